"""The images that every joint model classifies correctly: ids, labels, target labels, pixels."""

from nrg.base.frames import read_frame, write_frame
from nrg.base.progress import logged
from nrg.base.storage import map_pixels, new_pixels
from nrg.data.datasets import class_names
from nrg.data.evaluation_set import select

with logged(snakemake.log[0], "evaluation set"):
    params, output = snakemake.params, snakemake.output
    frames = map(read_frame, snakemake.input.clean)
    chosen = select(
        read_frame(snakemake.input.images),
        dict(zip(params.models, frames, strict=True)),
        params.evaluation_images,
        params.subset_images,
        len(class_names(params.data[0])),
        params.seed,
        params.wanted,
    )
    pixels = map_pixels(snakemake.input.pixels)["images"]
    shape = (len(chosen), *pixels.shape[1:])
    with new_pixels(output.pixels, {"images": shape}) as arrays:
        for place, index in enumerate(chosen.index):
            arrays["images"][place] = pixels[index]
    write_frame(chosen, output.table)
