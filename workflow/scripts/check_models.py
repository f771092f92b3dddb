"""Build every model once, so that a wrong one is found before anything is computed."""

import pandas as pd
from nrg.base.progress import log_job
from nrg.base.table_files import write_csv
from nrg.data.datasets import class_names
from nrg.models.network_checks import check_model

with log_job(snakemake.log[0], "models"):
    params = snakemake.params
    data = params.data[0]
    classes = len(class_names(data))
    rows = [
        check_model(model, data.shape, classes, model.name in params.sources)
        for model in params.models
    ]
    write_csv(pd.DataFrame(rows), snakemake.output[0])
