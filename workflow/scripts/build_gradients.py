"""Gradients for growing m: their spectra, and one image's pictures."""

import pandas as pd
from nrg.probe_figures import gradient_pictures
from nrg.progress import logged
from nrg.storage import map_pixels, replaced
from nrg.style import save_svg, style
from nrg.tables import gradient_shares

with logged(snakemake.log[0], snakemake.wildcards.exhibit), style():
    frame = gradient_shares(snakemake.params.exhibit[0], pd.read_parquet(snakemake.input.shares))
    pictures = map_pixels(snakemake.input.pictures)
    save_svg(gradient_pictures(pictures, frame), snakemake.output.figure)
    with replaced(snakemake.output.table) as part:
        frame.to_csv(part, index=False)
