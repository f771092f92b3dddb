"""Decision regions: the smallest steps that change labels, and the label maps."""

import pandas as pd
from nrg.images import class_names
from nrg.probe_figures import decision_maps
from nrg.progress import logged
from nrg.storage import replaced
from nrg.style import save_svg, style
from nrg.tables import boundary_distances

with logged(snakemake.log[0], snakemake.wildcards.exhibit), style():
    params, exhibit = snakemake.params, snakemake.params.exhibit[0]
    frame = boundary_distances(exhibit, pd.read_parquet(snakemake.input.distances))
    maps = pd.read_parquet(snakemake.input.maps)
    figure = decision_maps(maps, exhibit, params.labels, class_names(params.data[0]))
    save_svg(figure, snakemake.output.figure)
    with replaced(snakemake.output.table) as part:
        frame.to_csv(part, index=False)
