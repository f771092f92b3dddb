"""Gradients for growing m: pictures of one image's, and the spectra of many."""

from nrg.devices import prepare_device
from nrg.evaluation_set import ahead, load_images
from nrg.frames import write_frame
from nrg.probes import averaged_gradients, gradient_pictures, share_frame
from nrg.progress import logged
from nrg.proof import load_proven
from nrg.storage import new_pixels

with logged(snakemake.log[0], snakemake.wildcards.exhibit):
    params, exhibit = snakemake.params, snakemake.params.exhibit[0]
    probe = exhibit.probe
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    classifier = load_proven(
        params.model[0], snakemake.input.weights[0], snakemake.input.proofs[0], device
    )
    images = load_images(snakemake.input.images, snakemake.input.pixels, exhibit.images)
    images = ahead(images, probe["images"], probe.get("first"))
    gradients = averaged_gradients(
        classifier, images, probe["copies"], probe["sigma"], params.seed, params.microbatch, device
    )
    pictures = {"image": images.pixels[0], **gradient_pictures(gradients)}
    shapes = {key: picture.shape for key, picture in pictures.items()}
    with new_pixels(snakemake.output.pictures, shapes) as arrays:
        for key, picture in pictures.items():
            arrays[key][:] = picture
    write_frame(share_frame(gradients, images), snakemake.output.shares)
