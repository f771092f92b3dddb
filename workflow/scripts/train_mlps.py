"""Train one replicate: a fully connected network of each depth."""

from nrg.base.devices import prepare_device
from nrg.base.image_keys import mix
from nrg.base.progress import log_job
from nrg.data.datasets import open_data_set
from nrg.models.mlps import train_replicate
from nrg.models.stored_weights import save_weights

with log_job(snakemake.log[0], f"mlps {snakemake.wildcards.replicate}"):
    params = snakemake.params
    optimiser, seed = snakemake.wildcards.replicate.rsplit("-s", 1)
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    own_seed = mix(params.seed, int(seed))
    state = train_replicate(
        open_data_set(params.data[0]), params.section, optimiser, own_seed, device
    )
    save_weights(state, snakemake.output[0], {"origin": f"trained with seed {params.seed}"})
