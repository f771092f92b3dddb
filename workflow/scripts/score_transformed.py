"""A target's predictions on adversarial and clean images that were transformed."""

from nrg.base.devices import prepare_device
from nrg.base.progress import log_job
from nrg.base.safetensors_files import map_joined
from nrg.base.table_files import write_parquet
from nrg.data.batches import Compute
from nrg.data.images import load_images
from nrg.models.predictions import SCHEMA, score_transformations
from nrg.models.quick_form_proof import load_proven

with log_job(snakemake.log[0], snakemake.wildcards.exhibit):
    params = snakemake.params
    exhibit, target = params.exhibit[0], params.target[0]
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    classifier = load_proven(target, snakemake.input.weights[0], snakemake.input.proofs[0], device)
    images = load_images(snakemake.input.images, snakemake.input.pixels)
    stored = map_joined(snakemake.input.sets)
    sets = {attack.name: stored[attack.name] for attack in exhibit.attacks}
    frame = score_transformations(
        {target.name: classifier},
        exhibit.sources[0],
        {"clean": images.pixels, **sets},
        images,
        exhibit.transformations,
        Compute(params.microbatch, device, params.seed),
    )
    write_parquet(frame, snakemake.output[0], SCHEMA)
