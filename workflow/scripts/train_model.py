"""Train small classifiers, and refuse one that does not classify well enough."""

import torch
from nrg.base.devices import prepare_device
from nrg.base.processes import run_each
from nrg.base.progress import log_job, name_job
from nrg.data.datasets import open_data_set
from nrg.models.classifier import count_parameters, tensor_state
from nrg.models.network_checks import build_for_images, check_model, check_weights
from nrg.models.stored_weights import save_weights
from nrg.models.training import check_accuracy, train


def train_one(model, recipe, path):
    name_job(f"train {model.name}")
    torch.manual_seed(seed)  # for numbers that a network draws only when it is built
    check_model(model, shape, classes)
    classifier = build_for_images(model, shape, classes)
    train(classifier, *data.training, recipe, seed, device)
    check_accuracy(classifier, data, model.minimum_accuracy, model.name, device)
    logits_path = check_weights(model, classifier.network, shape, classes)
    parameters = str(count_parameters(classifier.network))
    attacked = (
        f" on images attacked with ε {recipe.adversarial.epsilon:g}" if recipe.adversarial else ""
    )
    origin = {"origin": f"trained with seed {seed}{attacked}", "parameters": parameters}
    save_weights(tensor_state(classifier.network), path, origin, logits_path)


with log_job(snakemake.log[0], "train"):
    params, processes = snakemake.params, snakemake.resources.processes
    data, seed = open_data_set(params.data[0]), params.seed
    shape, classes = data.read(0).shape, len(data.classes)
    device = prepare_device(snakemake.resources.gpu, snakemake.threads // processes)
    jobs = zip(params.models, params.recipes, snakemake.output, strict=True)
    run_each(train_one, jobs, processes)
