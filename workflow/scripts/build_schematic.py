"""Figure 1a, which has no numbers: its table holds the columns alone."""

import pandas as pd
from nrg.probe_figures import schematic
from nrg.progress import logged
from nrg.storage import replaced
from nrg.style import save_svg, style
from nrg.tables import COLUMNS

with logged(snakemake.log[0], snakemake.wildcards.exhibit), style():
    save_svg(schematic(), snakemake.output.figure)
    with replaced(snakemake.output.table) as part:
        pd.DataFrame(columns=COLUMNS).to_csv(part, index=False)
