"""The generators of random numbers that belong to the whole process, as code draws by default."""

import random
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor


class RandomStates(NamedTuple):
    """Where the generators of torch, Python and NumPy are."""

    torch: Tensor
    python: tuple[Any, ...]
    numpy: tuple[Any, ...]


def read_random_states() -> RandomStates:
    """Read where all of them are now."""
    numpy: Any = np.random.get_state()  # noqa: NPY002
    return RandomStates(torch.get_rng_state(), random.getstate(), numpy)


def put_back(states: RandomStates) -> None:
    """Set all of them to what they were."""
    torch.set_rng_state(states.torch)
    random.setstate(states.python)
    np.random.set_state(states.numpy)  # noqa: NPY002


def were_drawn(since: RandomStates) -> bool:
    """Whether random numbers were drawn, from any of them, since then."""
    now = read_random_states()
    return not (
        torch.equal(now.torch, since.torch)
        and now.python == since.python
        and all(map(np.array_equal, now.numpy, since.numpy))
    )
