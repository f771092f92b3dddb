"""Train one replicate: a fully connected network of each depth."""

from nrg.base.devices import prepare_device
from nrg.base.image_keys import mix
from nrg.base.progress import log_job
from nrg.data.datasets import open_data_set
from nrg.models.mlps import train_replicate
from nrg.models.stored_weights import save_weights

with log_job(snakemake.log[0], f"mlps {snakemake.wildcards.replicate}"):
    params, mlps = snakemake.params, snakemake.params.mlps[0]
    replicate = mlps.replicates[snakemake.wildcards.replicate]
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    seed = mix(params.seed, replicate.seed)
    data = open_data_set(params.data[0])
    state = train_replicate(data, mlps, replicate.optimiser, seed, device)
    save_weights(state, snakemake.output[0], {"origin": f"trained with seed {params.seed}"})
