"""The report of a whole run."""

from pathlib import Path

from nrg.base.progress import log_job
from nrg.report.run import Run
from nrg.report.write import write_report

with log_job(snakemake.log[0], "report"):
    run = Run(settings=snakemake.params.settings[0], **snakemake.params.run)
    write_report(run, Path(snakemake.output.page))
