"""Table 4: its numbers and its heat maps."""

import pandas as pd
from nrg.figures import mlp_heat_maps
from nrg.progress import logged
from nrg.storage import replaced
from nrg.style import save_svg, style
from nrg.tables import mlp_table

with logged(snakemake.log[0], snakemake.wildcards.exhibit), style():
    predictions = pd.concat(map(pd.read_parquet, snakemake.input))
    frame = mlp_table(snakemake.params.exhibit[0], predictions)
    save_svg(mlp_heat_maps(frame), snakemake.output.figure)
    with replaced(snakemake.output.table) as part:
        frame.to_csv(part, index=False)
