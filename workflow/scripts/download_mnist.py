"""MNIST's four files, from torchvision's mirrors."""

from pathlib import Path

from nrg.downloads import download_mnist
from nrg.progress import logged

with logged(snakemake.log[0], "mnist"):
    download_mnist(Path(snakemake.output[0]).parents[2])
