"""Directions of unit size, and projections that stay in the ball and in [0, 255]."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from nrg.attack.balls import BALLS, L2, Linf, rmsd

pixels = arrays(np.float32, (2, 1, 4, 4), elements=st.integers(0, 255).map(float))
steps = arrays(np.float32, (2, 1, 4, 4), elements=st.floats(-600, 600, width=32))
epsilons = st.floats(0.5, 100)


@given(pixels, steps, epsilons)
def test_linf_projection_is_the_nearest_point_of_both_boxes(clean, step, epsilon):
    x = Linf().project(torch.tensor(clean + step), torch.tensor(clean), epsilon).numpy()
    low, high = np.maximum(clean - epsilon, 0), np.minimum(clean + epsilon, 255)
    np.testing.assert_allclose(x, np.clip(clean + step, low, high), rtol=1e-6)


@given(pixels, steps, epsilons)
def test_l2_projection_stays_within_the_radius_and_the_pixels(clean, step, epsilon):
    x = L2().project(torch.tensor(clean + step), torch.tensor(clean), epsilon)
    assert x.min() >= 0
    assert x.max() <= 255
    assert (rmsd(x - torch.tensor(clean)) <= epsilon * (1 + 1e-5) + 1e-4).all()


def test_l2_projection_shrinks_towards_the_clean_image():
    clean = torch.full((1, 1, 2, 2), 100.0)
    eta = torch.tensor([[[[30.0, -40.0], [0.0, 0.0]]]])  # RMSD 25
    x = L2().project(clean + eta, clean, 5)
    torch.testing.assert_close(x - clean, eta / 5)
    torch.testing.assert_close(L2().project(clean + eta, clean, 30), clean + eta)
    torch.testing.assert_close(L2().project(clean, clean, 30), clean)


def test_rmsd_in_closed_form():
    eta = torch.tensor([[[[3.0, 4.0], [0.0, 0.0]]]])
    assert rmsd(eta).item() == pytest.approx(2.5)
    assert rmsd(torch.zeros(1, 1, 2, 2)).item() == 0
    assert rmsd(1e-30 * eta).item() == pytest.approx(2.5e-30)


@given(steps)
def test_directions_have_unit_size(gradient):
    gradient = torch.tensor(gradient)
    dead = (gradient == 0).all(3).all(2).all(1)
    sign, unit = Linf().direction(gradient), L2().direction(gradient)
    assert set(sign.unique().tolist()) <= {-1.0, 0.0, 1.0}
    expected = torch.where(dead, 0.0, 1.0)
    torch.testing.assert_close(rmsd(unit).flatten(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", BALLS)
def test_a_zero_gradient_moves_nothing(name):
    assert not BALLS[name].direction(torch.zeros(2, 1, 3, 3)).any()


def test_a_tiny_gradient_keeps_its_l2_direction():
    gradient = torch.tensor([[[[3.0, -4.0], [0.0, 0.0]]]])
    torch.testing.assert_close(L2().direction(1e-36 * gradient), L2().direction(gradient))
