"""One model's predictions on all candidates."""

from nrg.devices import prepare_device
from nrg.frames import read_frame, write_frame
from nrg.models import load_classifier
from nrg.predictions import predict
from nrg.progress import logged
from nrg.storage import map_pixels

with logged(snakemake.log[0], f"clean {snakemake.wildcards.model}"):
    device = prepare_device(snakemake.resources.gpu, snakemake.threads)
    classifier = load_classifier(snakemake.params.model[0], snakemake.input.weights, device)
    images = read_frame(snakemake.input.images)
    pixels = map_pixels(snakemake.input.pixels)["images"]
    frame = predict(classifier, pixels, images["label"], snakemake.params.microbatch, device)
    write_frame(frame.assign(image_id=images["image_id"]), snakemake.output[0])
