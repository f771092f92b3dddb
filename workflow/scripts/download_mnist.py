"""MNIST's four files, from torchvision's mirrors."""

from pathlib import Path

from nrg.base.progress import log_job
from nrg.data.downloads import download_mnist

with log_job(snakemake.log[0], "mnist"):
    download_mnist(Path(snakemake.output[0]).parents[2])
