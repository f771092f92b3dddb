"""Decision boundaries around images, where they are known."""

import logging

import numpy as np
import pytest
import torch
from adversarial_sets import LittleMemory
from hypothesis import given, settings
from hypothesis import strategies as st
from nrg.attack.boundaries import (
    MOVES,
    decompose,
    map_labels,
    measure_distances,
    move_images,
    normalise,
    probe_boundaries,
    split_gradient,
)
from nrg.base.errors import UserError
from nrg.data.batches import Compute
from nrg.data.images import Images
from nrg.study.kinds import Probe
from torch import nn

CPU = torch.device("cpu")
SHAPE = (1, 4, 4)


class Linear(nn.Module):
    """Label 1 where w·x exceeds a threshold, else 0."""

    def __init__(self, weights: torch.Tensor, threshold: float) -> None:
        super().__init__()
        self.weights, self.threshold = weights.flatten(), threshold

    def forward(self, x):
        over = x.double().flatten(1) @ self.weights - self.threshold
        return torch.stack([-over, over], 1)


class Island(nn.Module):
    """Label 1 where the mean of the left half is in an interval, or far to the right."""

    def forward(self, x):
        left = x[..., :2].mean((1, 2, 3))
        other = ((left >= 103) & (left <= 104)) | (left >= 120)
        return torch.stack([~other, other], 1).float()


def halves(n: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """∇f∥ on the left half of a 4×4 image, ∇f⊥ on the right."""
    left, right = torch.zeros(2, n, 1, 4, 4)
    left[..., :2], right[..., 2:] = 2.0, 5.0
    return left, right


def grey(value: int, n: int = 3) -> Images:
    pixels = np.full((n, 1, 4, 4), value, np.uint8)
    return Images([f"i{k}" for k in range(n)], pixels, np.zeros(n, int), np.ones(n, int))


def column(*values: float) -> torch.Tensor:
    return torch.tensor(values).view(-1, 1, 1, 1)


def test_moves_have_the_length_they_say():
    x, directions = torch.full((3, *SHAPE), 250.0), halves()
    unit = normalise(directions, MOVES["unit"])
    step = move_images(x, unit, column(3.0), column(0.0), MOVES["unit"]) - x
    torch.testing.assert_close(step.square().mean((1, 2, 3)).sqrt(), torch.full((3,), 3.0))
    signs = normalise(directions, MOVES["sign"])
    step = move_images(x, signs, column(3.0), column(-2.0), MOVES["sign"]) - x
    assert step.unique().tolist() == [-2.0, 3.0]
    far = (column(30.0), column(0.0))
    assert move_images(x, signs, *far, MOVES["sign"]).max() == 255, "Eq. 13 clips"
    assert move_images(x, unit, *far, MOVES["unit"]).max() > 255, "Figure 1b does not"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["unit", "sign"]), st.integers(1, 5))
def test_linear_boundaries_are_found_at_their_exact_distance(seed, name, microbatch):
    rng = torch.Generator().manual_seed(seed)
    weights = torch.randn(16, generator=rng, dtype=torch.float64)
    directions = tuple(torch.randn(3, *SHAPE, generator=rng) for _ in range(2))
    data, move = grey(128), MOVES[name]
    threshold = float(weights.sum() * 128) + 10 * float(weights.norm())
    found = measure_distances(
        Linear(weights, threshold), data, directions, move, 90, Compute(microbatch, CPU)
    )
    for axis, unit in zip("uv", normalise(directions, move), strict=True):
        slope = (unit.double().flatten(1) @ weights).abs()
        exact = 10 * float(weights.norm()) / slope.numpy()
        near = exact <= 90
        assert np.isinf(found[axis][~near]).all()
        assert found[axis][near] == pytest.approx(exact[near], rel=0.0101)
        assert (found[axis][near] >= 0.9999 * exact[near]).all()


def test_the_first_change_is_the_island_and_not_the_boundary_behind_it():
    for name, near in (("sign", 3.0), ("unit", 3.0 / 2**0.5)):
        found = measure_distances(Island(), grey(100), halves(), MOVES[name], 80, Compute(2, CPU))
        assert found["u"] == pytest.approx([near] * 3, rel=0.0101)
        assert np.isinf(found["v"]).all()


def test_clipping_puts_a_boundary_out_of_reach():
    """A mean of 250 on the left half is 250 away from black, but only 5 from white."""
    weights = torch.zeros(4, 4, dtype=torch.float64)
    weights[:, :2] = 1 / 8
    white = grey(250)
    unreachable = measure_distances(
        Linear(weights, 256.0), white, halves(), MOVES["sign"], 80, Compute(3, CPU)
    )
    assert np.isinf(unreachable["u"]).all()
    reachable = measure_distances(
        Linear(weights, 254.0), white, halves(), MOVES["sign"], 80, Compute(3, CPU)
    )
    assert reachable["u"] == pytest.approx([4.0] * 3, rel=0.0101)


def test_a_mistaken_image_has_no_distance():
    data = grey(100)
    data.pixels[1] = 200
    weights = torch.full((4, 4), 1 / 16, dtype=torch.float64)
    found = measure_distances(
        Linear(weights, 150.0), data, halves(), MOVES["sign"], 80, Compute(2, CPU)
    )
    assert np.isnan(found["u"]).tolist() == [False, True, False]
    assert np.isnan(found["v"]).tolist() == [False, True, False]


def test_a_map_has_rows_of_v_and_columns_of_u():
    weights = torch.zeros(4, 4, dtype=torch.float64)
    weights[:, :2] = 1 / 8
    axis = np.array([-8.0, 0.0, 8.0])
    given = (grey(100), halves(), MOVES["sign"], axis)
    assert map_labels(Linear(weights, 106.0), *given, Compute(4, CPU)).tolist() == [[0, 0, 1]] * 3


def test_batches_are_halved_where_memory_runs_out(tiny, caplog):
    data = Images(
        [*"abc"],
        np.random.default_rng(0).integers(0, 256, (3, 1, 8, 8), dtype=np.uint8),
        np.zeros(3, int),
        np.ones(3, int),
    )
    network = tiny()
    with torch.inference_mode():
        data.labels[:] = network(torch.from_numpy(data.pixels).float()).argmax(1).numpy()
    probe = Probe(copies=(2,), sigma=15, move="unit", reach=60, points=5)
    runs = []
    for own, microbatch in ((network, 2), (LittleMemory(network, 2), 3)):
        with caplog.at_level(logging.WARNING):
            runs.append(
                probe_boundaries({"a": own}, {"b": own}, data, probe, Compute(microbatch, CPU))
            )
    assert "out of memory" in caplog.text
    (maps, sizes), (other_maps, other_sizes) = runs
    assert maps.equals(other_maps)
    np.testing.assert_allclose(sizes["u"], other_sizes["u"], rtol=0.03)
    assert list(maps) == ["source", "target", "v", "u", "label"]
    assert list(sizes) == ["source", "target", "image_id", "u", "v"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(-30, 4), st.floats(-30, 4))
def test_the_parts_add_up_and_are_orthogonal_at_any_scale(seed, scale, other):
    rng = torch.Generator().manual_seed(seed)
    plain = torch.randn(5, *SHAPE, generator=rng)
    along = torch.randn(5, *SHAPE, generator=rng)
    parallel, rest = decompose(10**scale * plain, 10**other * along)
    assert torch.equal(parallel, 10**other * along)
    rest = rest.double() / 10**scale
    along = along.double()
    size = rest.flatten(1).norm(dim=1) * along.flatten(1).norm(dim=1)
    assert ((rest * along).sum((1, 2, 3)).abs() < 1e-5 * size).all()
    share = (plain * along).sum((1, 2, 3)) / along.square().sum((1, 2, 3))
    expected = plain - share.view(-1, 1, 1, 1) * along
    torch.testing.assert_close(rest, expected, atol=1e-5, rtol=1e-4)


def test_parts_that_are_zero_or_not_finite():
    plain = torch.ones(1, *SHAPE)
    assert torch.equal(decompose(plain, torch.zeros_like(plain))[1], plain)
    with pytest.raises(UserError, match="not finite"):
        decompose(plain, torch.full_like(plain, torch.inf))


def test_a_source_that_overflows_is_named_with_its_image():
    class Overflowing(nn.Module):
        def forward(self, x):
            return torch.stack([x.flatten(1).sum(1) * np.inf, x.flatten(1).sum(1)], 1)

    data = Images(["one"], np.ones((1, *SHAPE), np.uint8), np.zeros(1, int), np.ones(1, int))
    probe = Probe(copies=(2,), sigma=1.0, points=3, reach=1.0, move="unit")
    with pytest.raises(UserError, match="the model 'vgg': the gradient of image one is not finite"):
        probe_boundaries({"vgg": Overflowing()}, {}, data, probe, Compute(1, CPU))


def test_the_literal_difference_is_another_residual():
    plain, along = torch.rand(2, *SHAPE), torch.rand(2, *SHAPE)
    assert torch.equal(decompose(plain, along, "difference")[1], plain - along)
    found = split_gradient({0: plain, 7: along})
    assert [name for name in found] == [
        ("gradient", 0), ("parallel", 7), ("perpendicular", 7), ("difference", 7),
    ]  # fmt: skip
