"""Train one small classifier, and refuse it if it does not classify well enough."""

from nrg.base.devices import prepare_device
from nrg.base.progress import log_job
from nrg.data.datasets import open_data_set
from nrg.models.classifier import count_parameters, tensor_state
from nrg.models.network_checks import build_for_images, check_model, check_weights
from nrg.models.stored_weights import save_weights
from nrg.models.training import check_accuracy, train

with log_job(snakemake.log[0], f"train {snakemake.wildcards.model}"):
    params = snakemake.params
    model, recipe, seed = params.model[0], params.recipe[0], params.seed
    data = open_data_set(params.data[0])
    shape, classes = data.read(0).shape, len(data.classes)
    check_model(model, shape, classes)
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    classifier = build_for_images(model, shape, classes)
    train(classifier, *data.training, recipe, seed, device)
    check_accuracy(classifier, data, model.minimum_accuracy, model.name, device)
    logits_path = check_weights(model, classifier.network, shape, classes)
    origin = {
        "origin": f"trained with seed {seed}",
        "parameters": str(count_parameters(classifier.network)),
    }
    save_weights(tensor_state(classifier.network), snakemake.output[0], origin, logits_path)
