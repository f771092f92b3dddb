"""Build every model once, so that a wrong one is found before anything is computed."""

from contextlib import nullcontext

import pandas as pd
from nrg.base.errors import name_in_errors
from nrg.base.progress import log_job
from nrg.base.table_files import write_csv
from nrg.data.datasets import class_names
from nrg.models.network_checks import check_model

with log_job(snakemake.log[0], "models"):
    params = snakemake.params
    data = params.data[0]
    classes = len(class_names(data))
    rows = []
    for model in params.models:
        place = params.places.get(model.name)
        with name_in_errors(place) if place else nullcontext():
            rows.append(check_model(model, data.shape, classes, model.name in params.sources))
    write_csv(pd.DataFrame(rows), snakemake.output[0])
