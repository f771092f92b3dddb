"""What is drawn for an image is its own, whatever the batch."""

import numpy as np
import pytest
import torch
from adversarial_sets import CPU, images
from hypothesis import given, settings
from hypothesis import strategies as st
from nrg.attack.draws import Draws, Partners
from nrg.base.errors import UserError
from scipy.stats import kstest

SET = images(12)
SHAPE = (1, 3, 5)


def draw_all(ids, step: int, number: int) -> list[np.ndarray]:
    """Everything that can be drawn for images, one row for each."""
    draws, numbers = Draws(7, ids, SHAPE, CPU), torch.full((len(ids),), number)
    return [
        draws.normal(step, numbers).numpy().copy(),
        draws.normal(step, numbers, "spectrum").numpy().copy(),
        draws.uniform(step, numbers, "neighbours").numpy(),
        draws.shares(step, numbers, "resized", 5),
    ]


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.integers(0, 11), min_size=1, max_size=12),
    step=st.integers(0, 300),
    number=st.integers(0, 400),
)
def test_draws_and_partners_depend_on_the_image_alone(rows, step, number):
    whole = draw_all(SET.ids, step, number)
    part = draw_all([SET.ids[row] for row in rows], step, number)
    for of_all, of_some in zip(whole, part, strict=True):
        np.testing.assert_array_equal(of_some, of_all[rows])
    shares = whole[-1][:, 0]
    partners = Partners(SET, SET.labels).pick(shares, CPU)
    some = Partners(SET, SET.labels[rows]).pick(shares[rows], CPU)
    assert torch.equal(some, partners[rows])


def test_rows_beyond_the_images_are_those_of_other_numbers():
    numbers = torch.tensor([4, 4, 5, 5, 6])
    rows = Draws(7, SET.ids[:2], SHAPE, CPU, rows=5)
    alone = Draws(7, SET.ids[:2], SHAPE, CPU)
    for draw in ("normal", "uniform", "shares"):
        rest = (1,) if draw == "shares" else ()
        stacked = torch.as_tensor(getattr(rows, draw)(1, numbers, "a", *rest))
        for start in (0, 2, 4):
            expected = getattr(alone, draw)(1, torch.full((2,), 4 + start // 2), "a", *rest)
            part = stacked[start : start + 2]
            assert torch.equal(part, torch.as_tensor(expected)[: len(part)])


def test_draws_differ_by_seed_stream_step_and_number():
    one, zeros = Draws(0, SET.ids, SHAPE, CPU), torch.zeros(12, dtype=torch.int64)
    draws = [
        one.uniform(0, zeros, "a"),
        one.uniform(0, zeros, "b"),
        one.uniform(1, zeros, "a"),
        one.uniform(0, zeros + 1, "a"),
        Draws(1, SET.ids, SHAPE, CPU).uniform(0, zeros, "a"),
    ]
    for place, first in enumerate(draws):
        for second in draws[place + 1 :]:
            assert not (first == second).any()


def test_draws_are_uniform():
    draws, threes = Draws(0, SET.ids, (3, 40, 40), CPU), torch.full((12,), 3)
    noise = draws.uniform(2, threes, "a").double().numpy().ravel()
    assert kstest((noise + 1) / 2, "uniform").pvalue > 0.01
    assert kstest(draws.shares(2, threes, "a", 1000).ravel(), "uniform").pvalue > 0.01


def test_a_partner_has_another_label_and_every_such_image_can_be_one():
    picked = [
        Partners(SET, SET.labels[:1]).pick(np.array([share]), CPU)
        for share in np.arange(0, 1, 0.01)
    ]
    rows = {int(np.flatnonzero((SET.pixels == one.numpy()).all((1, 2, 3)))[0]) for one in picked}
    assert rows == {*np.flatnonzero(SET.labels != SET.labels[0]).tolist()}


def test_images_of_one_class_alone_have_no_partner():
    same = SET.pick([0, 5, 10])
    with pytest.raises(UserError, match="one of another class; attack images of two classes"):
        Partners(same, same.labels).pick(np.array([0.0, 0.5, 0.9]), CPU)
