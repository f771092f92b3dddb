"""Craft a source's attacks, and say what they did to the images."""

from nrg.attack.crafting import craft
from nrg.base.devices import describe_device, gradients_in, prepare_device
from nrg.base.errors import place_errors
from nrg.base.files import write_whole
from nrg.base.progress import identify_work, log, log_job
from nrg.base.safetensors_files import create_pixels
from nrg.data.batches import Compute
from nrg.data.images import load_images
from nrg.models.quick_form_proof import load_proven
from nrg.study.crafting_jobs import Shard

params, output = snakemake.params, snakemake.output
work = identify_work(output, snakemake.input, dict(params.items()), snakemake.resources.gpu)
with log_job(snakemake.log[0], f"craft {snakemake.wildcards.source}", work):
    device = prepare_device(snakemake.resources.gpu, snakemake.threads, params.precision)
    compute = Compute(params.microbatch, device, params.seed)
    files = zip(params.members, snakemake.input.weights, snakemake.input.proofs, strict=True)
    networks = [load_proven(*entry, device, params.precision) for entry in files]
    whole = load_images(snakemake.input.images, snakemake.input.pixels)
    images = load_images(snakemake.input.images, snakemake.input.pixels, params.which)
    images = images[Shard.from_name(snakemake.wildcards.shard).slice]
    shapes = {attack.name: images.pixels.shape for attack in params.attacks}
    machine = describe_device(device, params.precision)
    log.info("%s on %s", ", ".join(shapes), machine["device"])
    with create_pixels(output.sets, shapes) as sets, write_whole(output.effects) as effects:
        with gradients_in(params.precision, device), place_errors(params.places):
            frame = craft(networks, params.attacks, images, sets, compute, params.weights, whole)
        frame = frame.assign(source=snakemake.wildcards.source, **machine)
        frame.to_csv(effects, index=False)
