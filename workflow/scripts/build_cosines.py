"""The cosine between models' gradients: its numbers and its picture."""

import pandas as pd
from nrg.probe_figures import cosines
from nrg.progress import logged
from nrg.storage import replaced
from nrg.style import save_svg, style
from nrg.tables import gradient_cosines

with logged(snakemake.log[0], snakemake.wildcards.exhibit), style():
    frame = gradient_cosines(snakemake.params.exhibit[0], pd.read_parquet(snakemake.input[0]))
    save_svg(cosines(frame), snakemake.output.figure)
    with replaced(snakemake.output.table) as part:
        frame.to_csv(part, index=False)
