"""Gather the exhibits and where they come from, and write one HTML file."""

from pathlib import Path

from nrg.progress import logged
from nrg.report import render
from nrg.report_data import gather
from nrg.storage import replaced

with logged(snakemake.log[0], "report"):
    params = snakemake.params
    context = gather(
        params.settings[0],
        params.exhibits,
        params.not_shown,
        params.jobs,
        results=params.results,
        effects=snakemake.input.effects,
        mlp_effects=snakemake.input.mlp_effects,
        benchmarks=Path(params.benchmarks),
        code=Path(snakemake.scriptdir),
    )
    page = render(snakemake.input.template, context)
    with replaced(snakemake.output[0]) as part:
        part.write_text(page)
