"""Build every model once, so that a wrong one is found before anything is computed."""

import pandas as pd
from nrg.images import class_names
from nrg.models import check_model
from nrg.progress import logged
from nrg.storage import replaced

with logged(snakemake.log[0], "models"):
    data = snakemake.params.data[0]
    classes = len(class_names(data))
    rows = [check_model(model, data.shape, classes) for model in snakemake.params.models]
    with replaced(snakemake.output[0]) as part:
        pd.DataFrame(rows).to_csv(part, index=False)
