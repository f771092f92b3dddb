"""Candidates for the evaluation set: ids, labels and pixels, in seeded order."""

import pandas as pd
from nrg.base.errors import UserError
from nrg.base.progress import log, log_job
from nrg.base.safetensors_files import create_pixels
from nrg.base.table_files import write_parquet
from nrg.data.datasets import open_data_set, order_candidates, write_pixels

with log_job(snakemake.log[0], "images"):
    data = open_data_set(snakemake.params.data[0])
    order = order_candidates(data.ids, snakemake.params.seed)[: snakemake.params.candidates]
    if len(order) < snakemake.params.least:
        raise UserError(
            f"there are {len(order)} candidates, and evaluation_images asks for "
            f"{snakemake.params.least}: lower it, or give more images"
        )
    log.info("%d images, %d of them candidates", len(data.ids), len(order))
    table = pd.DataFrame(
        {"image_id": [data.ids[i] for i in order], "label": data.labels[order]},
    )
    if data.targets is not None:
        table["target_label"] = data.targets[order]
    shape = (len(order), *data.read(order[0]).shape)
    with create_pixels(snakemake.output.pixels, {"images": shape}) as arrays:
        write_pixels(data, order, arrays["images"], snakemake.threads)
    write_parquet(table, snakemake.output.table)
