"""The drawing of a gradient's two parts shows what its caption says."""

import numpy as np
from nrg.figures.schematic import OWN, SHARED, START, trace_boundary_a, trace_boundary_b


def crosses(boundary, step):
    """Whether a model changes its label between the clean image and a step from it."""
    x, y = np.add(START, step)
    return bool(x > boundary(np.array([y]))[0])


def test_the_shared_part_crosses_both_boundaries_and_the_rest_that_of_a():
    assert not crosses(trace_boundary_a, (0, 0))
    assert not crosses(trace_boundary_b, (0, 0))
    assert crosses(trace_boundary_a, (SHARED, 0))
    assert crosses(trace_boundary_b, (SHARED, 0))
    assert crosses(trace_boundary_a, (0, OWN))
    assert not crosses(trace_boundary_b, (0, OWN))
    assert crosses(trace_boundary_b, (SHARED, OWN))
    assert not crosses(trace_boundary_b, (0.6 * SHARED, 0.6 * OWN)), "later than that of A"
    assert crosses(trace_boundary_a, (0.6 * SHARED, 0.6 * OWN))
