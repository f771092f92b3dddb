"""The CPU hands a GPU all of an attack's work and never waits for it in between."""

from dataclasses import replace

import pytest
import torch
from adversarial_sets import ALL, images
from nrg.attack.crafting import craft_fast, craft_iterated
from nrg.attack.draws import Draws, Partners
from nrg.attack.gradients import CountedGradient, LossGradient
from nrg.attack.losses import LOSSES
from nrg.attack.views import Sight
from nrg.study.attacks import VARIANTS, Attack
from nrg.study.catalogue import build_attack, look_up, read_catalogue
from waiting import NoWaiting

OTHERS = [
    *(Attack("linf", 15, copies=3, sigma=9, variant=v) for v in VARIANTS if v != "random"),
    *(Attack("linf", 15, copies=3, sigma=9, loss=loss) for loss in LOSSES),
    Attack("l2", 15, variant="random"),
]


def shorten(attack: Attack) -> Attack:
    """The same attack with two points in place of many."""
    look = tuple(
        replace(piece, settings=tuple((k, 2 if k == "count" else v) for k, v in piece.settings))
        for piece in attack.look
    )
    return replace(attack, look=look, copies=min(attack.copies, 2))


FIELD = [shorten(build_attack(look_up({"like": n, "steps": 2}))) for n in read_catalogue()]
# Sizes and partners are chosen on the CPU.
OTHERS += [a for a in FIELD if not {"resized", "mixed"} & {piece.name for piece in a.look}]


def prepare(attack: Attack, tiny, device: torch.device):
    """A function that crafts one attack on five images, of which a batch holds two copies."""
    clean = torch.full((12, 1, 8, 8), 100.0, device=device)
    labels = torch.zeros(12, dtype=torch.int64, device=device)
    data = images(5)
    draws = Draws(0, data.ids, (1, 8, 8), device, rows=12)
    with device:
        network = tiny()
    gradient = CountedGradient(LossGradient([network], labels, loss=LOSSES[attack.loss]), 5)
    craft_group = craft_fast if attack.shares_one_gradient else craft_iterated

    def run():
        sight = Sight(attack, draws, Partners(data, data.labels))
        return list(craft_group([attack], clean, gradient, sight))

    return run


@pytest.mark.parametrize("attack", [*ALL, *OTHERS], ids=lambda attack: attack.name)
def test_an_attack_never_waits(tiny, attack):
    """On the device "meta", whose tensors have a shape and no numbers to wait for."""
    run = prepare(attack, tiny, torch.device("meta"))
    run()  # which copies keys and a table of noise to a device once
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
