"""The bench measures what it says, on its smallest network."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from contestants import LIBRARIES
from measure import busy_seconds, count_flop, make_problem, measure_peak, measure_rows, photographs
from nrg.attack.crafting import craft
from nrg.attack.gradients import LossGradient
from nrg.data.batches import Compute
from nrg.data.images import Images
from nrg.models.classifier import build_classifier, freeze
from nrg.study.attacks import Attack
from nrg.study.settings import load_suite

CPU = torch.device("cpu")


def test_every_library_attacks_the_same_images(tmp_path, monkeypatch):
    monkeypatch.setattr("measure.ROUNDS", 1)
    monkeypatch.setattr("measure.photographs", lambda count: photographs(2))
    measured = list(measure_rows(["squeezenet1_1"], "default", 100.0, CPU, tmp_path))
    assert len(measured) == sum(len(attacks) for _, attacks in LIBRARIES.values())
    for row in measured:
        assert row["gradients_per_s"] > 0
        if row["attack"] != "nr-igsm":
            assert row["sign_difference"] < 0.01, row


def test_a_gradients_work_is_twice_a_forward_pass(tmp_path):
    given = make_problem("squeezenet1_1", CPU, tmp_path)
    forward = 2 * 349e6  # multiply-adds as torchvision publishes them
    assert count_flop(given) == pytest.approx(2 * forward, rel=0.1)


def test_the_peak_is_above_any_networks_rate():
    assert measure_peak(CPU) > 1


def test_a_gpu_is_busy_once_where_its_work_overlaps():
    spans = [("CUDA", 0, 2e6), ("CUDA", 1e6, 4e6), ("CPU", 0, 9e6), ("CUDA", 5e6, 6e6)]
    events = [
        SimpleNamespace(
            device_type=getattr(torch.autograd.DeviceType, device),
            time_range=SimpleNamespace(start=start, end=end),
        )
        for device, start, end in spans
    ]
    assert busy_seconds(events) == 5


def test_crafting_spends_its_time_in_gradients(monkeypatch):
    """A ratio within one run: all that an attack does apart from gradients takes little time."""
    spent = 0.0
    compute = LossGradient.__call__

    def timed(self, *given):
        nonlocal spent
        start = time.perf_counter()
        gradient = compute(self, *given)
        spent += time.perf_counter() - start
        return gradient

    monkeypatch.setattr(LossGradient, "__call__", timed)
    model = load_suite("imagenet", {}).zoo["squeezenet1_1"]
    classifier = freeze(build_classifier(model), torch.device("cpu"), quick=True)
    labels = np.arange(8)
    images = Images([str(i) for i in labels], photographs(8), labels, labels)
    attacks = [
        Attack("linf", 15),
        Attack("linf", 15, copies=5, sigma=15),
        Attack("linf", 15, steps=2, alpha=5, copies=5, sigma=15),
    ]
    into = {attack.name: np.empty_like(images.pixels) for attack in attacks}
    start = time.perf_counter()
    craft([classifier], attacks, images, into, Compute(8, torch.device("cpu")))
    assert spent / (time.perf_counter() - start) > 0.9
