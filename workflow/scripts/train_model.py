"""Train one small classifier, and refuse it if it does not classify well enough."""

from nrg.devices import prepare_device
from nrg.images import open_data_set
from nrg.models import build_classifier, check_model, parameters, save_weights
from nrg.progress import logged
from nrg.training import check_accuracy, train

with logged(snakemake.log[0], f"train {snakemake.wildcards.model}"):
    model, recipe, seed = snakemake.params.model[0], snakemake.params.recipe, snakemake.params.seed
    data = open_data_set(snakemake.params.data[0])
    check_model(model, data.read(0).shape, len(data.classes))
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    classifier = build_classifier(model)
    train(classifier, *data.training, recipe, seed, device)
    check_accuracy(classifier, data, model.minimum_accuracy, model.name, device)
    origin = {
        "origin": f"trained with seed {seed}",
        "parameters": str(parameters(classifier.network)),
    }
    save_weights(classifier.network.state_dict(), snakemake.output[0], origin)
