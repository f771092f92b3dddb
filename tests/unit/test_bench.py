"""The bench measures what it says, on its smallest network."""

import pytest
import torch
from contestants import LIBRARIES
from measure import flop, peak, problem, rows

CPU = torch.device("cpu")


def test_every_library_attacks_the_same_images(tmp_path, monkeypatch):
    monkeypatch.setattr("measure.ROUNDS", 1)
    found = list(rows(["squeezenet1_1"], "default", 100.0, CPU, tmp_path))
    assert len(found) == sum(len(attacks) for _, attacks in LIBRARIES.values())
    for row in found:
        assert row["gradients_per_s"] > 0
        if row["attack"] != "nr-igsm":
            assert row["sign_difference"] < 0.01, row


def test_a_gradients_work_is_twice_a_forward_pass(tmp_path):
    given = problem("squeezenet1_1", CPU, tmp_path)
    forward = 2 * 349e6  # multiply-adds as torchvision publishes them
    assert flop(given) == pytest.approx(2 * forward, rel=0.1)


def test_the_peak_is_above_any_networks_rate():
    assert peak(CPU) > 1
