"""Check one model's pretrained weights, and write them as safetensors."""

from nrg.base.progress import log_job
from nrg.data.datasets import class_names
from nrg.models.classifier import tensor_state
from nrg.models.network_checks import check_model, check_weights
from nrg.models.pretrained_weights import fetch_network
from nrg.models.stored_weights import save_weights
from nrg.models.torchvision_weights import log_differences

with log_job(snakemake.log[0], f"weights {snakemake.wildcards.model}"):
    model, data = snakemake.params.model[0], snakemake.params.data[0]
    classes = len(class_names(data))
    check_model(model, data.shape, classes)
    log_differences(model, data.image_size)
    network, origin = fetch_network(model, next(iter(snakemake.input), None))
    logits_path = check_weights(model, network, data.shape, classes)
    save_weights(tensor_state(network), snakemake.output[0], origin, logits_path)
