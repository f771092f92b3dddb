"""Decision boundaries and spectra, where the answer is known."""

import numpy as np
import pandas as pd
import pytest
import torch
from nrg.evaluation_set import Images
from nrg.metrics import bootstrap
from nrg.probes import (
    MOVES,
    averaged_gradients,
    cosine_frame,
    decompose,
    distance_frame,
    distances,
    high_frequency_share,
    label_map,
    map_frame,
    rendered,
)
from torch import nn

CPU = torch.device("cpu")


class Plane(nn.Module):
    """Label 1 where the mean of the left half exceeds a threshold, else 0."""

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self.threshold = nn.Parameter(torch.tensor(threshold))

    def forward(self, x):
        left = x[..., :2].mean((1, 2, 3)) - self.threshold
        return torch.stack([-left, left], 1)


def halves() -> tuple[torch.Tensor, torch.Tensor]:
    """∇f∥ on the left half of a 4×4 image, ∇f⊥ on the right."""
    left = torch.zeros(3, 1, 4, 4)
    left[..., :2] = 2.0
    right = torch.zeros(3, 1, 4, 4)
    right[..., 2:] = 5.0
    return left, right


def grey(value: int, n: int = 3) -> Images:
    pixels = np.full((n, 1, 4, 4), value, np.uint8)
    return Images([f"i{k}" for k in range(n)], pixels, np.zeros(n, int), np.ones(n, int))


def test_the_parts_add_up_and_are_orthogonal():
    torch.manual_seed(0)
    plain, parallel = torch.randn(5, 1, 4, 4), torch.randn(5, 1, 4, 4)
    a, b = decompose(plain, parallel)
    torch.testing.assert_close((a * b).sum((1, 2, 3)), torch.zeros(5), atol=1e-5, rtol=0)
    share = (plain * parallel).sum((1, 2, 3)) / parallel.square().sum((1, 2, 3))
    torch.testing.assert_close(b + share.view(-1, 1, 1, 1) * a, plain)


def test_moves_have_the_length_they_say():
    x, directions = torch.full((3, 1, 4, 4), 250.0), halves()
    moved = MOVES["unit"](x, directions, 3.0, 0.0) - x
    torch.testing.assert_close(moved.square().mean((1, 2, 3)).sqrt(), torch.full((3,), 3.0))
    moved = MOVES["sign"](x, directions, 3.0, -2.0) - x
    assert moved.unique().tolist() == [-2.0, 3.0]
    assert MOVES["sign"](x, directions, 30.0, 0.0).max() == 255, "Eq. 13 clips"
    assert MOVES["unit"](x, directions, 30.0, 0.0).max() > 255, "Figure 1b does not"


def test_a_straight_boundary_is_found_where_it_is():
    steps = np.array([-12.0, -8.0, -4.0, 4.0, 8.0, 12.0])
    smallest = distances(Plane(106.0), grey(100), halves(), MOVES["sign"], steps, microbatch=2)
    assert smallest["u"].tolist() == [8.0] * 3
    assert smallest["v"].tolist() == [np.inf] * 3
    axis = np.array([-8.0, 0.0, 8.0])
    first = tuple(d[:1] for d in halves())
    x = torch.full((1, 1, 4, 4), 100.0)
    grid = label_map(Plane(106.0), x, first, MOVES["sign"], axis)
    assert grid.tolist() == [[0, 0, 1]] * 3, "rows are v, columns u"
    frame = map_frame({"a": grid}, reach=8)
    assert frame[frame["label"] == 1]["u"].unique().tolist() == [8]
    assert len(distance_frame({"a": smallest}, grey(100))) == 3


def test_spectra_of_known_waves():
    y, x = np.mgrid[:16, :16]
    slow = torch.tensor(np.cos(2 * np.pi * x / 16))[None, None]
    fast = torch.tensor(np.cos(np.pi * (x + y)))[None, None]
    assert high_frequency_share(slow)[0] == pytest.approx(0, abs=1e-12)
    assert high_frequency_share(fast)[0] == pytest.approx(1)
    assert high_frequency_share(slow + fast)[0] == pytest.approx(2 / 3)


def test_averaging_is_that_of_eq_8(tiny):
    data = Images(
        ["a", "b"], np.full((2, 1, 8, 8), 90, np.uint8), np.array([0, 1]), np.array([1, 2])
    )
    found = averaged_gradients(tiny(), data, [0, 1, 4], 15.0, 0, microbatch=1, device=CPU)
    again = averaged_gradients(tiny(), data, [4], 15.0, 0, microbatch=2, device=CPU)
    torch.testing.assert_close(found[4], again[4])
    assert {m: tuple(g.shape) for m, g in found.items()} == dict.fromkeys([0, 1, 4], (2, 1, 8, 8))


def test_cosines_of_known_gradients():
    one = {0: torch.tensor([[[[1.0, 0.0]]]]), 5: torch.tensor([[[[2.0, 2.0]]]])}
    two = {0: torch.tensor([[[[0.0, 3.0]]]]), 5: torch.tensor([[[[1.0, 0.0]]]])}
    data = Images(["a"], np.zeros((1, 1, 1, 2), np.uint8), np.zeros(1, int), np.ones(1, int))
    frame = cosine_frame({"one": one, "two": two}, data)
    assert frame["m"].tolist() == [0, 5]
    assert frame["cosine"].tolist() == pytest.approx([0, 0.5**0.5])


def test_a_rendered_gradient_lies_between_black_and_white():
    picture = rendered(torch.randn(3, 20, 20, generator=torch.Generator().manual_seed(0)))
    assert picture.shape == (20, 20)
    assert picture.min() >= 0
    assert picture.max() == 1
    assert rendered(torch.zeros(1, 4, 4)).max() == 0


def test_bootstrap_intervals_cover_the_truth():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        got = bootstrap(rng.normal(3, 1, 60), np.mean)
        hits += got["ci_low"] <= 3 <= got["ci_high"]
    assert 180 <= hits <= 199
    censored = bootstrap(np.array([1.0, 2.0, np.inf, np.inf, np.inf]), np.median)
    assert pd.isna(censored["value"]) is False
    assert censored["value"] == np.inf
