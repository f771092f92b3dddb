"""The first change of a label along a line, where it is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nrg.attack.line_search import POINTS, TOLERANCE, distance_grid, first_changes, most_passes

REACH = 30.0


def walls(distance: float):
    """Another label from this distance on, to the right."""
    return lambda rows, steps: steps >= distance


@settings(max_examples=200, deadline=None)
@given(st.floats(0.02, REACH), st.booleans())
def test_a_boundary_is_found_to_one_percent(distance, left):
    def changed(rows, steps):
        return (-steps if left else steps) >= distance

    (found,) = first_changes(changed, 1, REACH)
    assert distance <= found <= distance * (1 + TOLERANCE) + 1e-12


@settings(max_examples=100, deadline=None)
@given(st.floats(0.05, 5), st.floats(1.2, 3), st.floats(0.1, 30), st.floats(0.1, 30))
def test_the_first_change_is_that_of_the_nearer_island(near, width, right, left):
    """An island that spans a point of the grid counts, though the label comes back behind it."""

    def changed(rows, steps):
        island = (steps >= near) & (steps <= near * width)
        return island | (steps >= right) | (-steps >= left)

    (found,) = first_changes(changed, 1, REACH)
    nearest = min(near, right, left)
    assert nearest <= found <= nearest * (1 + TOLERANCE) + 1e-12


def test_nothing_within_reach_is_infinite_and_the_reach_itself_counts():
    assert first_changes(walls(30.1), 1, REACH)[0] == np.inf
    assert first_changes(walls(30.0), 1, REACH)[0] == pytest.approx(30, rel=1e-9)
    assert first_changes(walls(1.0), 0, REACH).shape == (0,)


def test_below_the_grid_distances_are_exact_to_a_percent_of_its_begin():
    for distance in (0.0001, 0.003, 0.0199):
        (found,) = first_changes(walls(distance), 1, REACH)
        assert 0 <= found - distance <= 0.0002


def test_each_image_has_its_own_distance_and_is_left_once_it_is_found():
    distances = np.geomspace(0.01, 40, 50)
    seen = np.zeros(50, int)

    def changed(rows, steps):
        np.add.at(seen, rows, 1)
        return np.abs(steps) >= distances[rows]

    found = first_changes(changed, 50, REACH)
    within = distances <= REACH
    assert (found[within] <= 1.01 * distances[within] + 0.0002).all()
    assert (found[within] >= distances[within]).all()
    assert np.isinf(found[~within]).all()
    assert seen.max() <= most_passes()
    assert seen[0] < seen[25] <= seen[-1]


def test_the_grid_goes_by_one_factor_from_its_begin_to_the_reach():
    points = distance_grid(REACH)
    assert len(points) == POINTS
    assert (points[0], points[-1]) == pytest.approx((0.02, REACH))
    assert np.ptp(points[1:] / points[:-1]) < 1e-9
    assert distance_grid(0.01).max() == pytest.approx(0.01)
