"""How alike a model's gradients at two noisy copies of an image are, for growing noise."""

import pandas as pd
from nrg.attack.gradient_probes import compare_copies
from nrg.base.devices import prepare_device
from nrg.base.errors import name_in_errors
from nrg.base.progress import log_job
from nrg.base.table_files import write_parquet
from nrg.data.batches import Compute
from nrg.data.images import load_images, pick_images
from nrg.models.quick_form_proof import load_proven

with log_job(snakemake.log[0], snakemake.wildcards.exhibit):
    params, exhibit = snakemake.params, snakemake.params.exhibit[0]
    probe, (m,) = exhibit.probe, exhibit.probe.copies
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    compute = Compute(params.microbatch, device, params.seed)
    images = load_images(snakemake.input.images, snakemake.input.pixels, exhibit.images)
    images = pick_images(images, probe.images, None)
    frames = []
    files = zip(params.models, snakemake.input.weights, snakemake.input.proofs, strict=True)
    for model, *paths in files:
        classifier = load_proven(model, *paths, device)
        for sigma in probe.sigmas:
            with name_in_errors(f"the model '{model.name}'"):
                cosines = compare_copies(classifier, images, m, sigma, compute)
            names = {"source": model.name, "target": model.name, "sigma": sigma}
            frames.append(pd.DataFrame(names | {"image_id": images.ids, "cosine": cosines}))
    write_parquet(pd.concat(frames, ignore_index=True), snakemake.output.cosines)
