"""The suite's published archive of images, from where an earlier download broke off."""

from nrg.base.progress import logged
from nrg.data.downloads import download

with logged(snakemake.log[0], "download"):
    archive = snakemake.params.archive
    download(archive["url"], snakemake.output[0], archive["bytes"], archive["sha256"])
