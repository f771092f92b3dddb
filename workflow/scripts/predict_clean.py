"""One model's predictions on all candidates, and the form in which it runs from here on."""

from functools import partial

from nrg.base.devices import prepare_device
from nrg.base.errors import name_in_errors
from nrg.base.progress import log_job
from nrg.base.safetensors_files import map_pixels
from nrg.base.table_files import read_parquet, write_parquet
from nrg.data.batches import Compute
from nrg.models.classifier import freeze, read_classifier
from nrg.models.network_checks import check_on_images
from nrg.models.predictions import predict
from nrg.models.quick_form_proof import load_proven, log_verdict, prove, write_verdict

with log_job(snakemake.log[0], f"clean {snakemake.wildcards.model}"):
    params, output, weights = snakemake.params, snakemake.output, snakemake.input.weights
    model, precisions = params.model[0], [params.precision]
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    images = read_parquet(snakemake.input.images)
    pixels, labels = map_pixels(snakemake.input.pixels)["images"], images["label"]
    build = partial(read_classifier, model, weights)
    check_on_images(freeze(build(), device), model, pixels, device)
    verdict = prove(build, pixels, labels, params.microbatch, device, precisions)
    log_verdict(model.name, verdict)
    write_verdict(verdict, output.proof)
    classifier = load_proven(model, weights, output.proof, device)
    with name_in_errors(f"the model '{model.name}'"):
        frame = predict(classifier, pixels, labels, Compute(params.microbatch, device))
    write_parquet(frame.assign(image_id=images["image_id"]), output.clean)
