"""Models' predictions on all candidates, and the form in which each runs from here on."""

from functools import partial

from nrg.base.devices import prepare_device
from nrg.base.errors import name_in_errors
from nrg.base.processes import run_each
from nrg.base.progress import log_job, name_job
from nrg.base.safetensors_files import map_pixels
from nrg.base.table_files import read_parquet, write_parquet
from nrg.data.batches import Compute
from nrg.models.classifier import freeze, read_classifier
from nrg.models.network_checks import check_on_images
from nrg.models.predictions import predict
from nrg.models.quick_form_proof import load_proven, log_verdict, prove, write_verdict


def predict_by(model, weights, clean, proof):
    name_job(f"clean {model.name}")
    images = read_parquet(snakemake.input.images)
    pixels, labels = map_pixels(snakemake.input.pixels)["images"], images["label"]
    build = partial(read_classifier, model, weights)
    check_on_images(freeze(build(), device), model, pixels, device)
    verdict = prove(build, pixels, labels, params.microbatch, device, [params.precision])
    log_verdict(model.name, verdict)
    write_verdict(verdict, proof)
    classifier = load_proven(model, weights, proof, device)
    with name_in_errors(f"the model '{model.name}'"):
        frame = predict(classifier, pixels, labels, Compute(params.microbatch, device))
    write_parquet(frame.assign(image_id=images["image_id"]), clean)


with log_job(snakemake.log[0], "clean"):
    params, processes = snakemake.params, snakemake.resources.processes
    device = prepare_device(snakemake.resources.gpu, snakemake.threads // processes)
    files = (snakemake.input.weights, snakemake.output.clean, snakemake.output.proofs)
    run_each(predict_by, zip(params.models, *files, strict=True), processes)
