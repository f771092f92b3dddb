"""Train replicates: in each a fully connected network of each depth."""

from nrg.base.devices import prepare_device
from nrg.base.errors import name_in_errors
from nrg.base.image_keys import mix
from nrg.base.processes import run_each
from nrg.base.progress import log_job, name_job
from nrg.data.datasets import open_data_set
from nrg.models.mlps import train_replicate
from nrg.models.stored_weights import save_weights


def train_one(name, path):
    name_job(f"mlps {name}")
    replicate = mlps.replicates[name]
    seed = mix(params.seed, replicate.seed)
    with name_in_errors(name):
        state = train_replicate(data, mlps, replicate.optimiser, seed, device)
    save_weights(state, path, {"origin": f"trained with seed {params.seed}"})


with log_job(snakemake.log[0], "mlps"):
    params, processes = snakemake.params, snakemake.resources.processes
    data, mlps = open_data_set(params.data[0]), params.mlps[0]
    device = prepare_device(snakemake.resources.gpu, snakemake.threads // processes)
    run_each(train_one, zip(params.replicates, snakemake.output, strict=True), processes)
