"""One table of the paper: its numbers and its heat map."""

import pandas as pd
from nrg.figures import heat_map
from nrg.progress import logged
from nrg.storage import replaced
from nrg.style import save_svg, style
from nrg.tables import success_rates

with logged(snakemake.log[0], snakemake.wildcards.exhibit), style():
    predictions = pd.concat(map(pd.read_parquet, snakemake.input.predictions))
    images = pd.read_parquet(snakemake.input.images)
    frame = success_rates(snakemake.params.exhibit, predictions, images)
    save_svg(heat_map(frame, snakemake.params.labels), snakemake.output.figure)
    with replaced(snakemake.output.table) as part:
        frame.to_csv(part, index=False)
