"""Attacks of the user's own, run: as documented, and with every mistake that is known."""

import logging

import numpy as np
import pytest
import torch
from adversarial_sets import crafted, exact_network, images
from nrg.attack.trial import try_attack
from nrg.base.errors import UserError
from nrg.study.attacks import Attack
from nrg.study.catalogue import build_attack, look_up
from own_code import read_blocks, write_module

SHAPE = (1, 8, 8)
PIECE = {"ball": "linf", "epsilon": 15, "steps": 3, "alpha": 5}
WHOLE = {"ball": "linf", "epsilon": 15, "steps": 3, "budget": 3}
DOCUMENTED = {
    "erased": PIECE | {"look": ["my_attacks:erased"], "remember": ["momentum"]},
    "shrinking": WHOLE | {"attack": "my_attacks:shrinking"},
}


def build(entry: dict) -> Attack:
    return build_attack(look_up(entry))


@pytest.fixture
def documented(tmp_path, monkeypatch) -> dict[str, Attack]:
    write_module(tmp_path, monkeypatch, read_blocks("own-attacks")["python"])
    return {name: build(entry) for name, entry in DOCUMENTED.items()}


def test_each_documented_function_has_under_20_lines():
    for function in read_blocks("own-attacks")["python"].split("\n\n\n"):
        assert len(function.strip().splitlines()) < 20


@pytest.mark.parametrize("name", DOCUMENTED)
def test_neither_batch_nor_order_nor_shard_changes_a_documented_attack(documented, name):
    attack, data, network = documented[name], images(6), exact_network(1)
    together = crafted([network], [attack], data)[0][attack.name]
    assert (together != data.pixels).any()
    assert np.abs(together.astype(int) - data.pixels).max() <= 15
    order = [4, 2, 0, 5, 1, 3]
    for microbatch in (1, 4, 13):
        turned = crafted([network], [attack], data.pick(order), microbatch)[0][attack.name]
        np.testing.assert_array_equal(turned, together[order])
    shard = crafted([network], [attack], data[3:5], microbatch=4, evaluation_set=data)[0]
    np.testing.assert_array_equal(shard[attack.name], together[3:5])


@pytest.mark.parametrize(("name", "each"), [("erased", 3 * 4), ("shrinking", 3)])
def test_gradients_are_counted_for_every_member_of_an_ensemble(documented, name, each):
    attack, networks = documented[name], [exact_network(1), exact_network(2)]
    _, effects = crafted(networks, [attack], images(6), microbatch=4)
    assert effects.loc[attack.name, "gradients"] == 6 * 2 * each
    assert attack.gradients == each


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_attacks_pass_their_trial(documented, name):
    attack = documented[name]
    assert try_attack("mine.x", attack, SHAPE) == {
        "attack": attack.name,
        "functions": f"my_attacks:{name}",
        "gradients": attack.gradients,
        "outside": 0,
    }


def test_a_settings_value_reaches_the_function(documented):
    still = build(DOCUMENTED["erased"] | {"look": [{"my_attacks:erased": {"share": 0}}]})
    plain = build(DOCUMENTED["erased"] | {"look": []})
    sets, _ = crafted([exact_network(1)], [documented["erased"], still, plain], images(6))
    np.testing.assert_array_equal(sets[still.name], sets[plain.name])
    assert (sets[still.name] != sets[documented["erased"].name]).any()


MISTAKES = """
import random

import torch
from nrg.attack.looks import Groups, Round


def unknown_word(x, sight, numbers):
    return x + nonsense


def a_number(x, sight, numbers):
    return 1


def larger(x, sight, numbers):
    return x.repeat(1, 1, 2, 2)


def double(gradient):
    return gradient.double()


def only_here(groups, memory):
    return groups.here


def not_a_number(gradient):
    return gradient / 0 * 0


def miscounted(x, sight, *, count=2):
    gradients = list((yield Round(lambda x, numbers: x, count + 1)))
    return Groups(gradients[0])


def few(x, sight, *, count=2):
    (gradient,) = yield Round(lambda x, numbers: x, 1)
    return Groups(gradient)


def endless(x, sight, *, count=2):
    while True:
        list((yield Round(lambda x, numbers: x, 1)))


def detached(x, sight, numbers):
    return x.detach() + 1


def divides_by_the_mean_of_all(gradient):
    return gradient + gradient.mean()


def helps_itself(gradient, clean, epsilon, steps, draws):
    gradient.left = 100
    return clean + sum(epsilon * gradient(clean).sign() for _ in range(9)) / 9


def strays(gradient, clean, epsilon, steps, draws):
    return clean + epsilon * gradient(clean / 0).nan_to_num()


def flips_a_coin(gradient, clean, epsilon, steps, draws):
    return clean + (epsilon if random.random() < 2 else -epsilon)


def shifted(x, sight, numbers):
    with torch.no_grad():
        x += 50
    return x


def leading_shifted(x, sight):
    def look(x, numbers):
        with torch.no_grad():
            x += 50
        return x

    x += 50
    (gradient,) = yield Round(look, 1)
    return Groups(gradient)


def halved(gradient):
    return gradient.div_(2)


def turned(groups, memory):
    groups.here.neg_()
    return groups


def no_groups(x, sight):
    (gradient,) = yield Round(lambda x, numbers: x, 1)
    return gradient


def careless(x, sight, numbers):
    return x + 50 * torch.randn_like(x)


def no_images(gradient, clean, epsilon, steps, draws):
    gradient(clean)


def whole_pixels(gradient, clean, epsilon, steps, draws):
    return clean.to(torch.uint8)


def one_image(gradient, clean, epsilon, steps, draws):
    return clean[:1]


def nan_images(gradient, clean, epsilon, steps, draws):
    return clean * float("nan")


def greedy(gradient, clean, epsilon, steps, draws):
    while True:
        clean = clean + gradient(clean)


def one_gradient(gradient, clean, epsilon, steps, draws):
    return clean + gradient(clean[:1])


def average(gradient, clean, epsilon, steps, draws):
    return clean + epsilon * gradient(clean.mean(0).expand_as(clean)).sign().cumsum(0)


def own_noise(gradient, clean, epsilon, steps, draws):
    return clean + epsilon * torch.randn_like(clean).sign()


def quits(gradient, clean, epsilon, steps, draws):
    raise SystemExit(3)


def switches(gradient, clean, epsilon, steps, draws):
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    return clean + epsilon * gradient(clean).sign()


def far(gradient, clean, epsilon, steps, draws):
    return clean + 2 * epsilon * gradient(clean).sign()


def thrifty(gradient, clean, epsilon, steps, draws):
    while gradient.left > 1:
        step = gradient(clean)
    return clean + epsilon * step.sign()
"""


@pytest.fixture
def mistakes(tmp_path, monkeypatch):
    """Builds the attack that is or has the function of a name."""
    write_module(tmp_path, monkeypatch, MISTAKES, "mistaken")

    def attack_by(name: str, role: str, **changes) -> Attack:
        if role == "attack":
            return build(WHOLE | {"attack": f"mistaken:{name}"} | changes)
        return build(PIECE | {role: [f"mistaken:{name}"]} | changes)

    return attack_by


@pytest.mark.parametrize(
    ("name", "role", "message"),
    [
        ("unknown_word", "look", r"failed: NameError\(.*nonsense.*\(mistaken.py, line 9\)"),
        ("a_number", "look", "'mistaken:a_number' returns int, and it must be Tensor"),
        ("larger", "look", r"shape \(4, 1, 16, 16\), .* of shape \(4, 1, 8, 8\)"),
        ("double", "filter", "torch.float64.* must be of shape .*torch.float32"),
        ("only_here", "remember", "returns Tensor, and it must be Groups"),
        ("not_a_number", "filter", "not finite: 'mistaken:not_a_number' may make it so"),
        ("miscounted", "look", "looks at 3 points or more, and its settings say 2"),
        ("endless", "look", "looks at 3 points or more, and its settings say 2"),
        ("few", "look", "takes 3 gradients per image, and its settings say 6"),
        ("no_groups", "look", "returns Tensor, and it must be Groups"),
        ("careless", "look", "other pixels in another order"),
        ("no_images", "attack", "returns NoneType, and it must be Tensor"),
        ("whole_pixels", "attack", "torch.uint8"),
        ("one_image", "attack", r"returns a tensor of shape \(1, 1, 8, 8\)"),
        ("nan_images", "attack", "returns pixels of trial-0 that are not finite"),
        ("greedy", "attack", "takes more gradients than its budget of 3 per image"),
        ("one_gradient", "attack", r"asks for the gradient at a tensor of shape \(1, 1, 8, 8\)"),
        ("average", "attack", "other pixels in another order"),
        ("own_noise", "attack", "other pixels in another order"),
        ("flips_a_coin", "attack", "draws random numbers of Python, NumPy or torch"),
        ("detached", "look", "returns points from which no gradient flows back"),
        ("divides_by_the_mean_of_all", "filter", "other pixels if it is attacked alone"),
        ("helps_itself", "attack", "takes 9 gradients per image, more than its budget of 3"),
        ("strays", "attack", "not finite: 'mistaken:strays' may make it so"),
        ("quits", "attack", r"failed: SystemExit\(3\)"),
    ],
)
def test_a_mistake_ends_the_trial_with_exhibit_attack_and_function(mistakes, name, role, message):
    with pytest.raises(UserError, match=message) as raised:
        try_attack("mine.x", mistakes(name, role), SHAPE)
    assert str(raised.value).startswith("mine.x: ")
    assert f"'mistaken:{name}'" in str(raised.value)


def test_a_gradient_that_a_function_spoils_is_told_with_the_attack(mistakes):
    attack = mistakes("not_a_number", "filter")
    with pytest.raises(UserError, match="not finite") as raised:
        crafted([exact_network(1)], [attack], images(3))
    assert str(raised.value).startswith(f"{attack.name}: ")


def test_what_cannot_be_imported_is_said(tmp_path, monkeypatch):
    text = "import a_library_that_is_nowhere\n\n\ndef f(gradient):\n    return gradient\n"
    write_module(tmp_path, monkeypatch, text, "unimportable")
    with pytest.raises(UserError, match=r"'unimportable:f' cannot be imported: .*nowhere"):
        try_attack("mine.x", build(PIECE | {"filter": ["unimportable:f"]}), SHAPE)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("shifted", "look"),
        ("leading_shifted", "look"),
        ("halved", "filter"),
        ("turned", "remember"),
    ],
)
def test_what_a_piece_changes_in_place_changes_no_image(mistakes, name, role):
    """Else clean images would move, and with them the ball of this attack and of the next one."""
    attack, data = mistakes(name, role, steps=1, alpha=15), images(5)
    plain = Attack("linf", 15, steps=2, alpha=9)
    alone = crafted([exact_network(1)], [plain], data)[0][plain.name]
    together, _ = crafted([exact_network(1)], [attack, plain], data)
    np.testing.assert_array_equal(together[plain.name], alone)
    assert np.abs(together[attack.name].astype(int) - data.pixels).max() <= 15
    try_attack("mine.x", attack, SHAPE)


def test_settings_that_an_attack_changes_are_put_back(mistakes):
    attack = mistakes("switches", "attack")
    crafted([exact_network(1)], [attack], images(3))
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.parametrize("ball", ["linf", "l2"])
def test_pixels_outside_the_ball_are_a_warning_and_projected(mistakes, ball, caplog):
    attack, data = mistakes("far", "attack", ball=ball), images(5)
    with caplog.at_level(logging.WARNING, "nrg"):
        _, effects = crafted([exact_network(1)], [attack], data)
        crafted([exact_network(1)], [Attack("linf", 15)], data)
    (record,) = caplog.records
    assert f"{attack.name}: 100 % of pixels lay outside the ball" in record.getMessage()
    assert effects.loc[attack.name, "linf" if ball == "linf" else "rmsd"] <= 15.5
    assert "outside" not in effects
    assert try_attack("mine.x", attack, SHAPE)["outside"] == 1


def test_an_attack_may_take_fewer_gradients_than_its_budget(mistakes):
    attack = mistakes("thrifty", "attack")
    _, effects = crafted([exact_network(1)], [attack], images(5))
    assert effects.loc[attack.name, "gradients"] == 5 * 2
    assert try_attack("mine.x", attack, SHAPE)["gradients"] == 2
