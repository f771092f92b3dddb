"""Guests' predictions on a source's adversarial sets, of the images they classify correctly."""

import pandas as pd
from nrg.base.devices import prepare_device
from nrg.base.progress import log_job
from nrg.base.safetensors_files import map_joined
from nrg.base.table_files import read_parquet, write_parquet
from nrg.data.batches import Compute
from nrg.data.images import load_images
from nrg.models.defences import score_guest
from nrg.models.predictions import SCHEMA
from nrg.models.quick_form_proof import load_proven

with log_job(snakemake.log[0], f"score {snakemake.wildcards.source}"):
    params, source = snakemake.params, snakemake.wildcards.source
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    compute = Compute(params.microbatch, device, params.seed)
    images = load_images(snakemake.input.images, snakemake.input.pixels, params.which)
    stored = map_joined(snakemake.input.sets)
    sets = {attack.name: stored[attack.name] for attack in params.attacks}
    clean = iter(snakemake.input.clean)
    frames = []
    files = snakemake.input.weights, snakemake.input.proofs
    for guest, *paths in zip(params.models, *files, strict=True):
        classifier = load_proven(guest, *paths, device)
        known = None if guest.defence else read_parquet(next(clean))
        frames.append(score_guest(guest, classifier, source, sets, images, known, compute))
    write_parquet(pd.concat(frames, ignore_index=True), snakemake.output[0], SCHEMA)
