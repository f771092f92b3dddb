"""Attack the networks of one replicate by one another."""

from dataclasses import asdict

from nrg.base.devices import describe_device, prepare_device
from nrg.base.progress import log_job
from nrg.base.table_files import write_csv, write_parquet
from nrg.data.batches import Compute
from nrg.data.datasets import open_data_set
from nrg.models.mlp_attacks import attack_replicate
from nrg.models.mlps import load_replicate
from nrg.models.stored_weights import read_weights

with log_job(snakemake.log[0], f"mlps {snakemake.wildcards.replicate}"):
    params, mlps = snakemake.params, snakemake.params.mlps[0]
    replicate = asdict(mlps.replicates[snakemake.wildcards.replicate])
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    data = open_data_set(params.data[0])
    images = data.load()
    state = read_weights(snakemake.input.networks)
    networks = load_replicate(state, images.pixels[0].size, len(data.classes), mlps)
    compute = Compute(params.microbatch, device, params.seed)
    frame, effects = attack_replicate(networks, images, params.attacks, compute)
    write_parquet(frame.assign(**replicate), snakemake.output.predictions)
    effects = effects.assign(**replicate, **describe_device(device))
    write_csv(effects, snakemake.output.effects)
