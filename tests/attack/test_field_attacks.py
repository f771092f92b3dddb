"""The catalogue's attacks against torchattacks, or against their formulas, given the same draws.

Networks compute in float64, and images are small. What is left of a difference is a sign of a
direction that is nearly zero.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from adversarial_sets import CPU, crafted, exact_network, images
from nrg.attack.draws import Draws, Partners
from nrg.study.attacks import Attack
from nrg.study.catalogue import build_attack, look_up, read_catalogue
from torch.nn.functional import conv2d, cross_entropy, interpolate, pad

torchattacks = pytest.importorskip("torchattacks")

DATA = images(4, channels=3, size=16)
NETWORK = exact_network(3, 3 * 16 * 16, torch.float64)
CLEAN = torch.from_numpy(DATA.pixels).double()
LABELS = torch.from_numpy(DATA.labels)
DRAWS = Draws(0, DATA.ids, CLEAN.shape[1:], CPU)


def normal(step: int, number: int, stream: str = "") -> torch.Tensor:
    """What the project draws for these images: standard normal noise."""
    return DRAWS.normal(step, torch.full((len(DATA),), number), stream).double()


def uniform(step: int, number: int, stream: str) -> torch.Tensor:
    """Noise from −1 to 1."""
    return DRAWS.uniform(step, torch.full((len(DATA),), number), stream).double()


def shares(step: int, number: int, stream: str, count: int) -> np.ndarray:
    """Numbers from 0 to 1."""
    return DRAWS.shares(step, torch.full((len(DATA),), number), stream, count)


def take(name: str, **changes) -> Attack:
    """An attack of the catalogue, with whole pixels in place of 1.6, and fewer steps."""
    entry = {"like": name, "epsilon": 16, "alpha": 3, "steps": 3}
    return build_attack(look_up(entry | changes))


def craft_one(attack: Attack, data=DATA) -> np.ndarray:
    """The set that the project crafts, (n, C, H, W), uint8."""
    return crafted([NETWORK], [attack], data, microbatch=len(data))[0][attack.name]


def differing(ours: np.ndarray, theirs: torch.Tensor) -> float:
    """The share of pixels that are not the same."""
    return float(np.mean(ours != theirs.round().numpy().astype(np.uint8)))


class Peer(torch.nn.Module):
    """The network, of pixels from 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return NETWORK(255 * x)


def by_torchattacks(kind, data=DATA, **settings) -> torch.Tensor:
    """The images that torchattacks makes with ε 16, α 3 and three steps, in pixels."""
    peer = kind(Peer(), eps=16 / 255, alpha=3 / 255, steps=3, **settings)
    return 255 * peer(torch.from_numpy(data.pixels / 255.0), torch.from_numpy(data.labels))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("mi", torchattacks.MIFGSM), ("ni", torchattacks.NIFGSM), ("si", torchattacks.SINIFGSM)],
)
def test_attacks_without_draws_agree_with_torchattacks(name, kind):
    assert differing(craft_one(take(name)), by_torchattacks(kind)) < 1e-3


@pytest.mark.parametrize(
    ("name", "kind"), [("vmi", torchattacks.VMIFGSM), ("vni", torchattacks.VNIFGSM)]
)
def test_variance_tuning_agrees_with_torchattacks(name, kind, monkeypatch):
    noises = (uniform(step, copy, "neighbours") for step in range(3) for copy in range(20))
    monkeypatch.setattr(torch.Tensor, "uniform_", lambda self, low, high: high * next(noises))
    assert differing(craft_one(take(name)), by_torchattacks(kind, N=20)) < 1e-3


def test_resizing_agrees_with_torchattacks(monkeypatch):
    """Image by image, because torchattacks draws one size for a batch; it shrinks, by default."""
    look = [{"resized": {"probability": 0.5, "ratio": 0.7}}]
    ours, steps = craft_one(take("di", look=look)), 3
    for row in range(len(DATA)):
        drawn = [shares(step, 0, "resized", 4)[row] for step in range(steps)]
        integers = iter([share for chance, *three in drawn for share in three])
        chances = iter([chance for chance, *_ in drawn])

        def draw_integer(low, high, size, dtype, integers=integers):
            return torch.tensor([low + int(next(integers) * (high - low))], dtype=dtype)

        monkeypatch.setattr(torch, "randint", draw_integer)
        monkeypatch.setattr(
            torch, "rand", lambda count, chances=chances: torch.tensor(next(chances))
        )
        theirs = by_torchattacks(
            torchattacks.DIFGSM,
            DATA[row : row + 1],
            resize_rate=0.7,
            decay=1.0,
            diversity_prob=0.5,
        )
        assert differing(ours[row : row + 1], theirs) < 1e-3


def test_smoothing_agrees_with_torchattacks(monkeypatch):
    peer = torchattacks.TIFGSM(
        Peer(), eps=16 / 255, alpha=3 / 255, steps=3, decay=1.0, diversity_prob=0.0
    )
    peer.stacked_kernel = peer.stacked_kernel.double()
    theirs = 255 * peer(CLEAN / 255, LABELS)
    assert differing(craft_one(take("ti")), theirs) < 1e-3


# The formulas, written out. Each is a function of x, the step and what the attack remembers, to the
# gradient that goes into the momentum; `remembered` has m, and what a formula keeps there itself.


def gradient(x: torch.Tensor, see=lambda x: x, labels=LABELS) -> torch.Tensor:
    """The gradient of the cross entropy at what is seen of x, with respect to x."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad(cross_entropy(see(x), labels, reduction="sum"), x)[0]


def at(x: torch.Tensor, see=lambda x: x) -> torch.Tensor:
    return gradient(x, lambda x: NETWORK(see(x)))


def unit(g: torch.Tensor) -> torch.Tensor:
    """N(g)."""
    return g / g.abs().mean((1, 2, 3), keepdim=True)


def admix(x, step, remembered):
    total = 0
    for number in range(3):
        picked = shares(step, number, "mixed", 1)[:, 0]
        other = Partners(DATA, DATA.labels).pick(picked, CPU).double()
        for i in range(5):
            total = total + at(x, lambda x, i=i, other=other: (x + 0.2 * other) / 2**i)
    return total / 15


def cosine_transform(x: torch.Tensor) -> torch.Tensor:
    """DCT-II of rows and columns, as sums."""
    n = torch.arange(x.shape[-1]).double()
    basis = torch.cos(torch.pi * (n + 0.5) * n[:, None] / len(n))
    return torch.einsum("fy,ncyx,gx->ncfg", basis, x, basis)


def inverse_cosine_transform(spectrum: torch.Tensor) -> torch.Tensor:
    n = torch.arange(spectrum.shape[-1]).double()
    basis = torch.cos(torch.pi * (n + 0.5) * n[:, None] / len(n)) * 2 / len(n)
    basis[0] /= 2
    return torch.einsum("fy,ncfg,gx->ncyx", basis, spectrum, basis)


def ssa(x, step, remembered):
    total = 0
    for number in range(20):
        noisy = x + 16 * normal(step, number, "spectrum")
        factors = 1 + 0.5 * uniform(step, number, "spectrum-factors")
        total = total + at(inverse_cosine_transform(cosine_transform(noisy) * factors))
    return total / 20


def emi(x, step, remembered):
    last = remembered.get("last", torch.zeros_like(x))
    mean = sum(at(x + c * 3 * last) for c in np.linspace(-7, 7, 11)) / 11
    remembered["last"] = unit(mean)
    return mean


def gra(x, step, remembered):
    here = at(x)
    around = sum(at(x + 56 * uniform(step, i, "neighbours")) for i in range(20)) / 20
    cosine = torch.cosine_similarity(here.flatten(1), around.flatten(1)).view(-1, 1, 1, 1)
    return cosine * here + (1 - cosine) * around


def pgn(x, step, remembered):
    total = 0
    for number in range(20):
        near = x + 48 * uniform(step, number, "retreating")
        first = at(near)
        total = total + 0.5 * first + 0.5 * at(near - 3 * unit(first))
    return total / 20


def mef(x, step, remembered):
    total = 0
    for number in range(20):
        push = remembered.get(number, torch.zeros_like(x))
        found = at(x + 32 * uniform(step, number, "inverted") + 0.15 * 16 * push)
        remembered[number] = unit(found) - 0.9 * push
        total = total + found
    return total / 20


def nr_mi(x, step, remembered):
    return sum(at(x + 15 * normal(step, i)) for i in range(20)) / 20


def resized_scaled_ahead(x, step, remembered):
    """A composition: each point ahead is resized, and seen at five scales."""
    total = 0
    drawn = shares(step, 0, "resized", 4).tolist()
    ahead = x + 3 * remembered.get("m", torch.zeros_like(x))

    def see(x):
        rows = []
        for image, (chance, size, top, left) in zip(x.split(1), drawn, strict=True):
            side = 16 + int(size * 1)
            top, left = int(top * (17 - side)), int(left * (17 - side))
            larger = interpolate(image, (side, side), mode="bilinear")
            larger = pad(larger, (left, 17 - side - left, top, 17 - side - top))
            back = interpolate(larger, (16, 16), mode="bilinear")
            rows.append(back if chance < 0.5 else image)
        return torch.cat(rows)

    for i in range(5):
        total = total + at(ahead, lambda x, i=i: see(x) / 2**i)
    return total / 5


def by_formula(rule, decay: float = 1.0, wane: float = 1.0) -> torch.Tensor:
    """Three steps of m ← μ m + N(g), x ← clip(x + α sign(m)), in pixels."""
    x, remembered, size = CLEAN, {}, torch.ones_like(CLEAN)
    for step in range(3):
        g = unit(rule(x, step, remembered))
        last = remembered.get("m", g)
        remembered["m"] = decay * remembered.get("m", 0) + g
        size = size * torch.where(last.sign() == remembered["m"].sign(), 1, wane)
        x = x + 3 * size * remembered["m"].sign()
        x = x.clamp(CLEAN - 16, CLEAN + 16).clamp(0, 255)
    return x


@pytest.mark.parametrize(
    ("attack", "rule", "settings"),
    [
        (take("admix"), admix, {}),
        (take("ssa"), ssa, {"decay": 0.0}),
        (take("emi"), emi, {}),
        (take("gra"), gra, {"wane": 0.94}),
        (take("pgn"), pgn, {}),
        (take("mef"), mef, {"decay": 0.5}),
        (take("nr-mi"), nr_mi, {}),
        (take("ni", look=["ahead", "resized", "scaled"]), resized_scaled_ahead, {}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_attacks_are_their_formulas(attack, rule, settings):
    assert differing(craft_one(attack), by_formula(rule, **settings)) < 2e-3


def test_the_logit_attack_is_its_formula():
    """Ascend z of the target, smoothed and added up without N (Zhao et al. 2021)."""
    attack = take("logit", look=[])
    line = torch.exp(-(torch.linspace(-3, 3, 5).double() ** 2) / 2)
    kernel = torch.outer(line, line) / torch.outer(line, line).sum()
    x, total = CLEAN, torch.zeros_like(CLEAN)
    for _ in range(3):
        point = x.detach().requires_grad_()
        logits = NETWORK(point).gather(1, torch.from_numpy(DATA.target_labels)[:, None])
        g = torch.autograd.grad(logits.sum(), point)[0]
        total = total + conv2d(g, kernel.expand(3, 1, 5, 5), padding=2, groups=3)
        x = (x + 3 * total.sign()).clamp(CLEAN - 16, CLEAN + 16).clamp(0, 255)
    assert differing(craft_one(attack), x) < 1e-3


SHORT = {name: take(name, steps=2) for name in read_catalogue()}


@pytest.mark.parametrize("name", SHORT)
def test_the_counter_agrees_with_what_the_rule_implies(name):
    """An ensemble's gradients are counted once per member."""
    attack, data = SHORT[name], images(3)
    _, effects = crafted([exact_network(0), exact_network(1)], [attack], data, microbatch=2)
    assert effects.loc[attack.name, "gradients"] == 2 * 3 * attack.gradients
    assert attack.gradients == 2 * attack.gradients_per_step


def test_the_catalogue_costs_what_benchmarks_count():
    costs = {name: build_attack(look_up({"like": name})).gradients for name in read_catalogue()}
    assert costs == {
        "mi": 10, "ni": 10, "di": 20, "ti": 10, "si": 50, "vmi": 210, "vni": 210, "admix": 150,
        "ssa": 200, "emi": 110, "gra": 210, "pgn": 400, "mef": 400, "logit": 300, "nr-mi": 200,
    }  # fmt: skip


@pytest.mark.parametrize("name", SHORT)
def test_shards_and_order_change_no_byte(name):
    attack, data = SHORT[name], images(9)
    whole = crafted([exact_network(0)], [attack], data, microbatch=4)[0][attack.name]
    order = np.random.default_rng(1).permutation(9)
    for rows in (order[:3], order[3:]):
        shard = data.pick(rows.tolist())
        into = crafted([exact_network(0)], [attack], shard, microbatch=4, evaluation_set=data)[0]
        np.testing.assert_array_equal(into[attack.name], whole[rows])


@pytest.mark.parametrize("name", SHORT)
def test_a_batch_of_few_images_looks_at_several_points_at_once_and_changes_little(name):
    """Its rows are the same images; a network's kernels differ in low bits between batch sizes."""
    attack, data = SHORT[name], images(3)
    networks = [exact_network(0, dtype=torch.float64)]
    single, effects = crafted(networks, [attack], data, microbatch=3)
    stacked, of_stacked = crafted(networks, [attack], data, microbatch=8)
    assert np.mean(single[attack.name] != stacked[attack.name]) < 5e-3
    assert effects.equals(of_stacked) or np.allclose(effects["gradients"], of_stacked["gradients"])


def test_fewer_steps_come_from_the_same_run():
    longer = replace(SHORT["vmi"], steps=3)
    together, effects = crafted([exact_network(0)], [SHORT["vmi"], longer], images(3))
    alone, _ = crafted([exact_network(0)], [SHORT["vmi"]], images(3))
    assert np.array_equal(together[SHORT["vmi"].name], alone[SHORT["vmi"].name])
    assert effects["gradients"].tolist() == [3 * 63] * 2
