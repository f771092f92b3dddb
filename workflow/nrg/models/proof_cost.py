"""What the proof of a network's quick form costs.

Does not import torch, because plans, which start quickly, count its passes through networks.
"""

import math

LEAST = 16  # images of each kind; of fewer, equal faults in all could be due to chance
KINDS = ("images", "noisy images", "noise")


def count_forms(precision: str) -> int:
    """How many networks are built to prove a quick form for this precision of gradients.

    One computes in float64. In fp32 and in the precision there are the given and the quick form.
    """
    return 1 + 2 * len({"fp32", precision})


def count_images(microbatch: int) -> int:
    """How many images each form takes gradients of: of each kind, full batches and one alone."""
    return len(KINDS) * (math.ceil(LEAST / microbatch) * microbatch + 1)
