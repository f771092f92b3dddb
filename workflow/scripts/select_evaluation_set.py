"""The images that every model classifies correctly: ids, labels, target labels, pixels."""

import pandas as pd
from nrg.evaluation_set import clean_accuracy, select
from nrg.images import class_names
from nrg.models import read_metadata
from nrg.progress import log, logged
from nrg.storage import map_pixels, new_pixels, replaced

with logged(snakemake.log[0], "evaluation set"):
    params, output = snakemake.params, snakemake.output
    candidates = pd.read_parquet(snakemake.input.images)
    frames = map(pd.read_parquet, snakemake.input.clean)
    clean = dict(zip((model.name for model in params.models), frames, strict=True))
    accuracy = clean_accuracy(candidates, clean)
    accuracy["family"] = [model.family for model in params.models]
    metadata = map(read_metadata, snakemake.input.weights)
    accuracy["parameters"] = [int(entry["parameters"]) for entry in metadata]
    log.info("clean accuracy\n%s", accuracy.to_string(index=False))
    classes = len(class_names(params.data[0]))
    chosen = select(
        candidates, clean, params.evaluation_images, params.subset_images, classes, params.seed
    )
    pixels = map_pixels(snakemake.input.pixels)["images"]
    shape = (len(chosen), *pixels.shape[1:])
    with (
        new_pixels(output.pixels, {"images": shape}) as arrays,
        replaced(output.table) as table,
        replaced(output.accuracy) as accuracy_table,
    ):
        for place, index in enumerate(chosen.index):
            arrays["images"][place] = pixels[index]
        chosen.to_parquet(table, index=False)
        accuracy.to_csv(accuracy_table, index=False)
