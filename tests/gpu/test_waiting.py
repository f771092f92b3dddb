"""The CPU hands a GPU all of an attack's work and never waits for it in between."""

import pytest
import torch
from adversarial_sets import ALL
from nrg.attack.crafting import VARIANTS, craft_fast, craft_iterated
from nrg.attack.gradients import LossGradient
from nrg.attack.losses import LOSSES
from nrg.attack.noise import KeyedNoise, quantile_table
from nrg.study.attacks import Attack
from waiting import NoWaiting

OTHERS = [
    *(Attack("linf", 15, copies=3, sigma=9, variant=v) for v in VARIANTS if v != "random"),
    *(Attack("linf", 15, copies=3, sigma=9, loss=loss) for loss in LOSSES),
    Attack("l2", 15, variant="random"),
]


def prepare(attack: Attack, tiny, device: torch.device):
    """A function that crafts one attack on five images, of which a batch holds two copies."""
    clean = torch.full((12, 1, 8, 8), 100.0, device=device)
    labels = torch.zeros(12, dtype=torch.int64, device=device)
    noise = KeyedNoise(range(5), (1, 8, 8), device, rows=12)
    with device:
        network = tiny()
    gradient = LossGradient([network], labels, loss=LOSSES[attack.loss])
    gradient = VARIANTS[attack.variant](gradient, noise)
    craft_group = craft_fast if attack.steps == 1 else craft_iterated
    return lambda: list(craft_group([attack], clean, gradient, noise, images=5))


@pytest.mark.parametrize("attack", [*ALL, *OTHERS], ids=lambda attack: attack.name)
def test_an_attack_never_waits(tiny, attack):
    """On the device "meta", whose tensors have a shape and no numbers to wait for."""
    run = prepare(attack, tiny, torch.device("meta"))
    quantile_table(torch.device("meta"))  # which is copied to a device once
    with NoWaiting():
        (crafted,) = run()
    assert crafted.pixels.device.type == "meta"
    assert crafted.pixels.shape == (12, 1, 8, 8)


@pytest.mark.parametrize("wait", [float, bool, torch.Tensor.cpu, torch.ones(1).to])
def test_waiting_is_found(wait):
    with (
        NoWaiting(),
        pytest.raises(Exception, match=r"(?i)waits for a number|tensors on|cannot copy"),
    ):
        wait(torch.zeros((), device="meta"))


@pytest.mark.parametrize("attack", [*ALL, *OTHERS], ids=lambda attack: attack.name)
def test_an_attack_never_waits_on_a_gpu(tiny, attack, gpu):
    run = prepare(attack, tiny, gpu)
    run()
    torch.cuda.set_sync_debug_mode("error")
    try:
        run()
    finally:
        torch.cuda.set_sync_debug_mode("default")
