"""Every model's predictions on a source's adversarial sets, and a few of their images."""

import pandas as pd
from nrg.attack.crafting import join_effects
from nrg.base.devices import prepare_device
from nrg.base.frames import write_frame
from nrg.base.progress import Progress, logged
from nrg.base.storage import map_joined, replaced
from nrg.data.evaluation_set import load_images
from nrg.data.samples import keep_samples
from nrg.models.predictions import SCHEMA, score
from nrg.models.quick_form_proof import load_proven

with logged(snakemake.log[0], f"score {snakemake.wildcards.source}"):
    params, source = snakemake.params, snakemake.wildcards.source
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    images = load_images(snakemake.input.images, snakemake.input.pixels, params.which)
    sets = map_joined(snakemake.input.sets)
    files = zip(params.targets, snakemake.input.weights, snakemake.input.proofs, strict=True)
    frames = []
    with Progress("predictions", len(params.targets) * len(sets) * len(images)) as progress:
        for model, *paths in files:
            target = {model.name: load_proven(model, *paths, device)}
            for attack, pixels in sets.items():
                frames.append(
                    score(target, source, attack, images, pixels, params.microbatch, device)
                )
                progress.advance(len(images))
    with replaced(snakemake.output.effects) as part:
        join_effects(snakemake.input.effects).to_csv(part, index=False)
    write_frame(pd.concat(frames, ignore_index=True), snakemake.output.predictions, SCHEMA)
    keep_samples(sets, snakemake.output.samples)
