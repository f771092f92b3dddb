"""Figure 4: its numbers and its picture."""

import pandas as pd
from nrg.figures import destruction
from nrg.progress import logged
from nrg.storage import replaced
from nrg.style import save_svg, style
from nrg.tables import destruction_rates

with logged(snakemake.log[0], snakemake.wildcards.exhibit), style():
    predictions = pd.concat(map(pd.read_parquet, snakemake.input.predictions))
    images = pd.read_parquet(snakemake.input.images)
    frame = destruction_rates(snakemake.params.exhibit[0], predictions, images)
    save_svg(destruction(frame), snakemake.output.figure)
    with replaced(snakemake.output.table) as part:
        frame.to_csv(part, index=False)
