"""Attack the networks of replicates: those of each by one another."""

from dataclasses import asdict

from nrg.base.devices import describe_device, prepare_device
from nrg.base.errors import name_in_errors, place_errors
from nrg.base.processes import run_each
from nrg.base.progress import log_job, name_job
from nrg.base.table_files import write_csv, write_parquet
from nrg.data.batches import Compute
from nrg.data.datasets import open_data_set
from nrg.models.mlp_attacks import attack_replicate
from nrg.models.mlps import load_replicate
from nrg.models.stored_weights import read_weights


def attack_one(name, weights, predictions, effects):
    name_job(f"mlps {name}")
    replicate, state = asdict(mlps.replicates[name]), read_weights(weights)
    networks = load_replicate(state, images.pixels[0].size, len(data.classes), mlps)
    compute = Compute(params.microbatch, device, params.seed)
    with name_in_errors(name), place_errors(params.places):
        frame, effect = attack_replicate(networks, images, params.attacks, compute)
    write_parquet(frame.assign(**replicate), predictions)
    write_csv(effect.assign(**replicate, **describe_device(device)), effects)


with log_job(snakemake.log[0], "mlps"):
    params, processes = snakemake.params, snakemake.resources.processes
    data, mlps = open_data_set(params.data[0]), params.mlps[0]
    images = data.load()
    device = prepare_device(snakemake.resources.gpu, snakemake.threads // processes)
    files = (snakemake.input.networks, snakemake.output.predictions, snakemake.output.effects)
    run_each(attack_one, zip(params.replicates, *files, strict=True), processes)
