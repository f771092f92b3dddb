"""Candidates for the evaluation set: ids, labels and pixels, in seeded order."""

import pandas as pd
from nrg.base.errors import UserError
from nrg.base.frames import write_frame
from nrg.base.progress import log, logged
from nrg.base.storage import new_pixels
from nrg.data.datasets import candidate_order, open_data_set, write_pixels

with logged(snakemake.log[0], "images"):
    data = open_data_set(snakemake.params.data[0])
    order = candidate_order(data.ids, snakemake.params.seed)[: snakemake.params.candidates]
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
    with new_pixels(snakemake.output.pixels, {"images": shape}) as arrays:
        write_pixels(data, order, arrays["images"], snakemake.threads)
    write_frame(table, snakemake.output.table)
