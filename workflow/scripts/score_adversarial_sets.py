"""Every model's predictions on a source's adversarial sets, and a few of their images."""

import pandas as pd
from nrg.attack.effects import join_effects
from nrg.base.devices import prepare_device
from nrg.base.progress import Progress, log_job
from nrg.base.safetensors_files import map_joined
from nrg.base.table_files import write_csv, write_parquet
from nrg.data.batches import Compute
from nrg.data.images import keep_samples, load_images
from nrg.models.predictions import SCHEMA, score
from nrg.models.quick_form_proof import load_proven

with log_job(snakemake.log[0], f"score {snakemake.wildcards.source}"):
    params, source = snakemake.params, snakemake.wildcards.source
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    compute = Compute(params.microbatch, device)
    images = load_images(snakemake.input.images, snakemake.input.pixels, params.which)
    sets = map_joined(snakemake.input.sets)
    files = zip(params.targets, snakemake.input.weights, snakemake.input.proofs, strict=True)
    frames = []
    with Progress("predictions", len(params.targets) * len(sets) * len(images)) as progress:
        for model, *paths in files:
            target = {model.name: load_proven(model, *paths, device)}
            for attack, pixels in sets.items():
                frames.append(score(target, source, attack, images, pixels, compute))
                progress.advance(len(images))
    write_csv(join_effects(snakemake.input.effects), snakemake.output.effects)
    write_parquet(pd.concat(frames, ignore_index=True), snakemake.output.predictions, SCHEMA)
    keep_samples(sets, snakemake.output.samples)
