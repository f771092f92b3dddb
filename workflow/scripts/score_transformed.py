"""A target's predictions on adversarial and clean images that were transformed."""

from nrg.base.devices import prepare_device
from nrg.base.frames import write_frame
from nrg.base.progress import logged
from nrg.base.storage import map_joined
from nrg.data.evaluation_set import load_images
from nrg.models.predictions import SCHEMA, score_transformations
from nrg.models.quick_form_proof import load_proven

with logged(snakemake.log[0], snakemake.wildcards.exhibit):
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
        params.seed,
        params.microbatch,
        device,
    )
    write_frame(frame, snakemake.output[0], SCHEMA)
