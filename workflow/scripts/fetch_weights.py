"""Check one model's pretrained weights, and write them as safetensors."""

from nrg.models import fetch_weights, save_weights
from nrg.progress import logged

with logged(snakemake.log[0], f"weights {snakemake.wildcards.model}"):
    state, origin = fetch_weights(snakemake.params.model[0], next(iter(snakemake.input), None))
    save_weights(state, snakemake.output[0], origin)
