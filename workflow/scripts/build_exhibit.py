"""One exhibit: its numbers, the outcomes behind them, and its picture."""

from nrg.base.progress import log_job
from nrg.base.table_files import write_csv, write_parquet
from nrg.data.datasets import class_names
from nrg.figures.build_exhibit import Names, build_exhibit
from nrg.figures.style import style
from nrg.figures.svg_files import save_svg

with log_job(snakemake.log[0], snakemake.wildcards.exhibit), style():
    params, exhibit = snakemake.params, snakemake.params.exhibit[0]
    names = Names(params.labels, params.families, class_names(params.data[0]))
    built = build_exhibit(exhibit, dict(snakemake.input.items()), names, params.pixel_scale)
    save_svg(built.figure, snakemake.output.figure)
    write_csv(built.table, snakemake.output.table)
    write_parquet(built.outcomes, snakemake.output.outcomes)
