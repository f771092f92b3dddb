"""Build every model once, so that a wrong one is found before anything is computed."""

import pandas as pd
from nrg.base.files import write_whole
from nrg.base.progress import log_job
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
    with write_whole(snakemake.output[0]) as part:
        pd.DataFrame(rows).to_csv(part, index=False)
