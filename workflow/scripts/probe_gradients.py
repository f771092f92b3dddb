"""Gradients for growing m, or the parts of one: pictures of one image's, and spectra of many."""

from nrg.attack.boundaries import split_gradient
from nrg.attack.gradient_probes import average_gradients, render_gradients, tabulate_shares
from nrg.base.devices import prepare_device
from nrg.base.errors import name_in_errors
from nrg.base.progress import log_job
from nrg.base.safetensors_files import write_arrays
from nrg.base.table_files import write_parquet
from nrg.data.batches import Compute
from nrg.data.images import load_images, pick_images
from nrg.models.quick_form_proof import load_proven

with log_job(snakemake.log[0], snakemake.wildcards.exhibit):
    params, exhibit = snakemake.params, snakemake.params.exhibit[0]
    probe, copies = exhibit.probe, exhibit.probe.copies
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    compute = Compute(params.microbatch, device, params.seed)
    model = params.model[0]
    classifier = load_proven(model, snakemake.input.weights[0], snakemake.input.proofs[0], device)
    images = load_images(snakemake.input.images, snakemake.input.pixels, exhibit.images)
    images = pick_images(images, probe.images, probe.first)
    wanted = [0, *copies] if probe.parts else copies
    with name_in_errors(f"the model '{model.name}'"):
        gradients = average_gradients(classifier, images, wanted, probe.sigma, compute)
        if probe.parts:
            shown = split_gradient(gradients)
        else:
            shown = {("nrg", m): gradients[m] for m in copies}
    drawn = render_gradients({str(m) if a == "nrg" else a: g for (a, m), g in shown.items()})
    write_arrays({"image": images.pixels[0], **drawn}, snakemake.output.pictures)
    write_parquet(tabulate_shares(shown, images), snakemake.output.shares)
