"""Accuracy, family and size of every model of the zoo."""

from nrg.base.frames import read_frame
from nrg.base.progress import log, logged
from nrg.base.storage import read_metadata, replaced
from nrg.data.evaluation_set import clean_accuracy

with logged(snakemake.log[0], "accuracy"):
    models = snakemake.params.models
    frames = map(read_frame, snakemake.input.clean)
    clean = dict(zip((model.name for model in models), frames, strict=True))
    accuracy = clean_accuracy(read_frame(snakemake.input.images), clean)
    accuracy["family"] = [model.family for model in models]
    metadata = map(read_metadata, snakemake.input.weights)
    accuracy["parameters"] = [int(entry["parameters"]) for entry in metadata]
    accuracy["joint"] = [model.joint for model in models]
    log.info("clean accuracy\n%s", accuracy.to_string(index=False))
    with replaced(snakemake.output[0]) as part:
        accuracy.to_csv(part, index=False)
