"""What the proof of a network's quick form costs.

Does not import torch, because plans, which start quickly, count its passes through networks.
"""

import math

LEAST = 16  # images of each kind, so that images wrong alike are more than chance explains
KINDS = ("images", "noisy images", "noise")


def count_forms(precision: str) -> int:
    """Networks that are built to prove a quick form for this precision of gradients.

    One computes in float64; in fp32 and in the precision there are the given and the quick form.
    """
    return 1 + 2 * len({"fp32", precision})


def count_images(microbatch: int) -> int:
    """Images whose gradient each form takes: of each kind full batches, and a single image."""
    return len(KINDS) * (math.ceil(LEAST / microbatch) * microbatch + 1)
