"""One table or figure of success rates: its numbers and its picture."""

import pandas as pd
from nrg.figures import draw
from nrg.progress import logged
from nrg.storage import replaced
from nrg.style import save_svg, style
from nrg.tables import success_rates, with_capacity

with logged(snakemake.log[0], snakemake.wildcards.exhibit), style():
    predictions = pd.concat(map(pd.read_parquet, snakemake.input.predictions))
    images = pd.read_parquet(snakemake.input.images)
    exhibit = snakemake.params.exhibit[0]
    frame = success_rates(exhibit, predictions, images)
    if exhibit.kind == "capacity":
        frame = with_capacity(frame, pd.read_csv(snakemake.input.accuracy))
    save_svg(draw(frame, exhibit, snakemake.params.labels), snakemake.output.figure)
    with replaced(snakemake.output.table) as part:
        frame.to_csv(part, index=False)
