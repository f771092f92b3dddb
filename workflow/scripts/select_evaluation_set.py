"""The images that every joint model classifies correctly: ids, labels, target labels, pixels."""

from nrg.base.progress import log_job
from nrg.base.safetensors_files import create_pixels, map_pixels
from nrg.base.table_files import read_parquet, write_parquet
from nrg.data.datasets import class_names
from nrg.data.evaluation_set import select_images

with log_job(snakemake.log[0], "evaluation set"):
    params, output = snakemake.params, snakemake.output
    frames = map(read_parquet, snakemake.input.clean)
    chosen = select_images(
        read_parquet(snakemake.input.images),
        dict(zip(params.models, frames, strict=True)),
        params.evaluation_images,
        params.subset_images,
        len(class_names(params.data[0])),
        params.seed,
        params.wanted,
    )
    pixels = map_pixels(snakemake.input.pixels)["images"]
    shape = (len(chosen), *pixels.shape[1:])
    with create_pixels(output.pixels, {"images": shape}) as arrays:
        for row, index in enumerate(chosen.index):
            arrays["images"][row] = pixels[index]
    write_parquet(chosen, output.table)
