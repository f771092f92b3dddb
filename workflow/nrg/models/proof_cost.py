"""What the proof of a network's quick form costs.

Does not import torch: the plan reads this module to count passes, and must start quickly.
"""

import math

LEAST = 16  # images of each kind; with fewer, the same fault in every one could be chance
IMAGE_KINDS = ("images", "noisy images", "noise")


def count_forms(precision: str) -> int:
    """How many networks are built to prove a quick form for this precision of gradients.

    One in float64; and the given and the quick form, each in fp32 and, if it is another, in this
    precision.
    """
    return 1 + 2 * len({"fp32", precision})


def count_images(microbatch: int) -> int:
    """How many images each form takes gradients of.

    For each kind these are full microbatches of LEAST images or more, and one single image.
    """
    return len(IMAGE_KINDS) * (math.ceil(LEAST / microbatch) * microbatch + 1)
