"""How large perturbations are, by hand."""

import pytest
import torch
from nrg.attack.effects import Effect, measure_effect


def test_the_effect_on_a_batch_and_means_over_batches():
    clean = torch.full((2, 1, 2, 2), 100.0)
    adversarial = clean.to(torch.uint8)
    adversarial[0] = torch.tensor([[103, 96], [100, 100]])
    first = measure_effect(clean, adversarial, zero_gradients=1, gradients=12)
    assert first.linf == 4
    assert first.rmsd == pytest.approx(((3**2 + 4**2) / 4) ** 0.5)
    total = Effect() + first + Effect(images=2, linf=8, rmsd=1.5, gradients=12)
    assert total.means() == {
        "images": 4,
        "linf": 3,
        "rmsd": pytest.approx(1.0),
        "zero_gradients": 1,
        "gradients": 24,
    }
