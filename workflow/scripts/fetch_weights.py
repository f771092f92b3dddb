"""Check one model's pretrained weights, and write them as safetensors."""

from nrg.images import class_names
from nrg.models import check_model, fetch_weights, save_weights
from nrg.progress import logged

with logged(snakemake.log[0], f"weights {snakemake.wildcards.model}"):
    model, data = snakemake.params.model[0], snakemake.params.data[0]
    check_model(model, data.shape, len(class_names(data)))
    state, origin = fetch_weights(model, next(iter(snakemake.input), None))
    save_weights(state, snakemake.output[0], origin)
