"""This run's results beside another run's."""

from pathlib import Path

from nrg.base.progress import log_job
from nrg.compare.write import compare_run
from nrg.report.run import Run

with log_job(snakemake.log[0], "compare"):
    run = Run(settings=snakemake.params.settings[0], **snakemake.params.run)
    compare_run(run, snakemake.params.other, Path(snakemake.params.page))
