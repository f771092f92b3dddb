"""A guest's predictions on a source's adversarial sets, of the images it classifies correctly."""

import pandas as pd
from nrg.base.devices import prepare_device
from nrg.base.progress import log_job
from nrg.base.safetensors_files import map_joined
from nrg.base.table_files import read_parquet, write_parquet
from nrg.data.batches import Compute
from nrg.data.images import load_images
from nrg.models.predictions import SCHEMA, keep_known, score
from nrg.models.quick_form_proof import load_proven

with log_job(snakemake.log[0], f"score {snakemake.wildcards.source}"):
    params, source, model = snakemake.params, snakemake.wildcards.source, snakemake.params.model[0]
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    compute = Compute(params.microbatch, device)
    images = load_images(snakemake.input.images, snakemake.input.pixels, params.which)
    files = snakemake.input.weights, snakemake.input.proof
    guest = {model.name: load_proven(model, *files, device)}
    frames = [
        score(guest, source, attack, images, pixels, compute)
        for attack, pixels in map_joined(snakemake.input.sets).items()
    ]
    clean = read_parquet(snakemake.input.clean)
    known = keep_known(pd.concat(frames, ignore_index=True), clean, images)
    write_parquet(known, snakemake.output[0], SCHEMA)
