"""Accuracy, family and size of every model of the zoo."""

from nrg.base.progress import log, log_job
from nrg.base.safetensors_files import read_metadata
from nrg.base.table_files import read_parquet, write_csv
from nrg.data.evaluation_set import measure_accuracy

with log_job(snakemake.log[0], "accuracy"):
    models = snakemake.params.models
    frames = map(read_parquet, snakemake.input.clean)
    clean = dict(zip((model.name for model in models), frames, strict=True))
    accuracy = measure_accuracy(read_parquet(snakemake.input.images), clean)
    accuracy["family"] = [model.family for model in models]
    metadata = map(read_metadata, snakemake.input.weights)
    accuracy["parameters"] = [int(entry["parameters"]) for entry in metadata]
    accuracy["joint"] = [model.joint for model in models]
    log.info("clean accuracy\n%s", accuracy.to_string(index=False))
    write_csv(accuracy, snakemake.output[0])
