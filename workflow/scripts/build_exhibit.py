"""One exhibit: its numbers and its picture."""

from nrg.base.files import write_whole
from nrg.base.progress import log_job
from nrg.data.datasets import class_names
from nrg.figures.build_exhibit import BUILDERS, Names
from nrg.figures.style import save_svg, style

with log_job(snakemake.log[0], snakemake.wildcards.exhibit), style():
    params, exhibit = snakemake.params, snakemake.params.exhibit[0]
    names = Names(params.labels, params.families, class_names(params.data[0]))
    frame, figure = BUILDERS[exhibit.kind.name](exhibit, dict(snakemake.input.items()), names)
    save_svg(figure, snakemake.output.figure)
    with write_whole(snakemake.output.table) as part:
        frame.to_csv(part, index=False)
