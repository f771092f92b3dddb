"""The suite's published archive of images, from where an earlier download broke off."""

from nrg.base.progress import log_job
from nrg.data.downloads import download

with log_job(snakemake.log[0], "download"):
    archive = snakemake.params.archive[0]
    download(archive.url, snakemake.output[0], archive.bytes, archive.sha256)
