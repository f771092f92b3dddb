"""Seeds that depend on an image's id alone: for its noise, its rank and its target label."""

import hashlib

MASK = 2**64 - 1


def image_key(seed: int, image_id: str) -> int:
    """A hash of 64 bits, which is the same wherever the image is in a set or a batch."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{image_id}".encode(), digest_size=8).digest())


def mix(key: int, counter: int) -> int:
    """One round of splitmix64 over a key and a counter (Steele et al. 2014): 64 random bits."""
    z = (key + (counter + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)
