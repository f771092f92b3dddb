"""How alike the gradients of every two models are, for growing m."""

from nrg.attack.gradient_probes import average_gradients, tabulate_cosines
from nrg.base.devices import prepare_device
from nrg.base.errors import name_in_errors
from nrg.base.progress import log_job
from nrg.base.table_files import write_parquet
from nrg.data.batches import Compute
from nrg.data.images import load_images, pick_images
from nrg.models.quick_form_proof import load_proven

with log_job(snakemake.log[0], snakemake.wildcards.exhibit):
    params, exhibit = snakemake.params, snakemake.params.exhibit[0]
    probe = exhibit.probe
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    compute = Compute(params.microbatch, device, params.seed)
    images = load_images(snakemake.input.images, snakemake.input.pixels, exhibit.images)
    images = pick_images(images, probe.images, None)
    files = zip(params.models, snakemake.input.weights, snakemake.input.proofs, strict=True)
    # With the same noise, two models would be compared at the same points, and their gradients
    # would agree by more than the models share; so each model has noise of its own.
    gradients = {}
    for model, *paths in files:
        classifier = load_proven(model, *paths, device)
        name = model.name
        with name_in_errors(f"the model '{name}'"):
            gradients[name] = average_gradients(
                classifier, images, probe.copies, probe.sigma, compute, stream=name
            )
    write_parquet(tabulate_cosines(gradients, images), snakemake.output[0])
