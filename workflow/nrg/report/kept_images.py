"""The images of adversarial sets that a run keeps."""

from functools import cache

import numpy as np

from nrg.base.safetensors_files import map_pixels
from nrg.study.crafting_jobs import Job
from nrg.study.result_paths import ResultPaths

map_once = cache(map_pixels)  # it reads a file as a whole, to check its checksum


def read_kept_images(results: ResultPaths, job: Job, attack: str) -> np.ndarray | None:
    """The kept images (n, C, H, W), uint8, of an attack of a job; None if it has not run."""
    path = results.fill("samples/{source}/{job}.safetensors", source=job.source, job=job.name)
    return map_once(path)[attack] if path.exists() else None
