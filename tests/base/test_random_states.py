"""Whether code drew random numbers that belong to the whole process."""

import random

import numpy as np
import pytest
import torch
from nrg.base.random_states import put_back, read_random_states, were_drawn


@pytest.mark.parametrize(
    "draw",
    [
        lambda: torch.rand(1),
        random.random,
        np.random.rand,
        np.random.standard_normal,
    ],
)
def test_a_single_number_is_noticed_and_can_be_put_back(draw):
    np.random.rand()  # noqa: NPY002, after which NumPy's next number is ready, and its words stay
    before = read_random_states()
    assert not were_drawn(before)
    first = draw()
    assert were_drawn(before)
    put_back(before)
    assert not were_drawn(before)
    assert draw() == first


def test_a_generator_of_ones_own_is_none_of_these():
    before = read_random_states()
    np.random.default_rng(0).random()
    torch.rand(1, generator=torch.Generator().manual_seed(0))
    random.Random(0).random()
    assert not were_drawn(before)
