"""No quick form runs unless it computes what the network as given computes."""

import numpy as np
import pytest
import torch
from nrg.models.classifier import Classifier, build_network, freeze
from nrg.models.quick_form import make_quick_form
from nrg.models.quick_form_proof import (
    Answer,
    Sample,
    judge_form,
    load_proven,
    log_verdict,
    prove,
    write_verdict,
)
from nrg.models.stored_weights import save_weights
from nrg.study.settings import load_suite
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, weight_norm

CPU = torch.device("cpu")
CLASSES = 4


class Net(nn.Module):
    """A convolution, a body that subclasses change, and a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 6, 3, padding=1)
        self.conv = nn.Conv2d(6, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.head = nn.Linear(6, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(self.stem(x)).mean((2, 3)))

    def body(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x)).relu()


class AppliedThrice(Net):
    def body(self, x):
        for _ in range(3):
            x = self.norm(self.conv(x)).relu()
        return x


class LooksAtTypes(Net):
    """Its code depends on values, so that it cannot be traced, and on the types of modules."""

    def body(self, x):
        if x.isnan().any():
            return x
        for module in (self.conv, self.norm):
            x = 2 * module(x) if isinstance(module, nn.BatchNorm2d) else module(x)
        return x.relu()


class CountsModules(Net):
    def body(self, x):
        if x.isnan().any():
            return x
        norms = sum(isinstance(module, nn.BatchNorm2d) for module in self.modules())
        return self.norm(self.conv(x)).relu() * (1 + norms)


class Hooked(Net):
    def __init__(self):
        super().__init__()
        self.conv.register_forward_hook(lambda module, inputs, output: 2 * output)


class HookedBefore(Net):
    def __init__(self):
        super().__init__()
        self.norm.register_forward_pre_hook(lambda module, inputs: (inputs[0] + 1,))


class HookedBackward(Net):
    """The sign of the gradient is turned in the backward pass."""

    def __init__(self):
        super().__init__()
        self.norm.register_full_backward_hook(lambda module, into, out: (-into[0],))


class TwoNorms(Net):
    """One convolution, two batch norms."""

    def __init__(self):
        super().__init__()
        self.other = nn.BatchNorm2d(6)

    def body(self, x):
        return self.norm(self.conv(x)).relu() + self.other(self.conv(2 * x)).relu()


class TiedConvolutions(Net):
    """Two convolutions that share a weight, each followed by its own batch norm."""

    def __init__(self):
        super().__init__()
        self.other, self.second = nn.BatchNorm2d(6), nn.Conv2d(6, 6, 3, padding=1)
        self.second.weight = self.conv.weight

    def body(self, x):
        return self.other(self.second(self.norm(self.conv(x)).relu())).relu()


class ReadsWeights(Net):
    def body(self, x):
        return self.norm(self.conv(x)).relu() * self.conv.weight.abs().mean()


class ReadsStatistics(Net):
    def body(self, x):
        return self.norm(self.conv(x)).relu() * self.norm.running_var.mean()


class Functional(Net):
    def body(self, x):
        norm = self.norm
        x = F.batch_norm(self.conv(x), norm.running_mean, norm.running_var, norm.weight, norm.bias)
        return x.relu()


class Branches(Net):
    """Computes something else for bright images; a tracer would follow one branch only."""

    def body(self, x):
        return self.norm(self.conv(x)).relu() if x.mean() > 0.1 else -x


class BranchesOnBatch(Net):
    def body(self, x):
        x = self.norm(self.conv(x)).relu()
        return x if len(x) > 1 else 2 * x


class NoGradient(Net):
    """A part of it has no gradient, which a tracer does not notice."""

    def body(self, x):
        with torch.no_grad():
            gate = 10 * self.conv(x).abs().mean(1, keepdim=True)
        return self.norm(self.conv(x) * gate).relu()


class NumbersInside(Net):
    def body(self, x):
        return self.norm(self.conv(x)).relu() * float(x.detach().abs().max())


class Parametrised(Net):
    def __init__(self):
        super().__init__()
        parametrizations.spectral_norm(self.conv)


class WeightNormed(Net):
    def __init__(self):
        super().__init__()
        self.conv = weight_norm(self.conv)


class CustomNorm(nn.BatchNorm2d):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).tanh()


class Derived(Net):
    def __init__(self):
        super().__init__()
        self.norm = CustomNorm(6)


class Patched(Net):
    """A method of one module is replaced."""

    def __init__(self):
        super().__init__()
        self.norm.forward = lambda x: 3 * x


class InPlace(Net):
    def body(self, x):
        x = self.conv(x)
        return self.norm(x).add_(x).relu_()


class ConvTwice(Net):
    """The convolution's output is also used without the batch norm."""

    def body(self, x):
        x = self.conv(x)
        return self.norm(x).relu() + x


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class Quantised(Net):
    def body(self, x):
        return self.norm(self.conv(StraightThrough.apply(8 * x) / 8)).relu()


class Momentless(Net):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(6, track_running_stats=False)


class InSingle(Net):
    """Casts to float32 inside, so that it cannot run in float64."""

    def body(self, x):
        return self.norm(self.conv(x.float())).relu()


ODD = [
    *(AppliedThrice, LooksAtTypes, CountsModules, Hooked, HookedBefore, HookedBackward, TwoNorms),
    *(TiedConvolutions, ReadsWeights, ReadsStatistics, Functional, Branches, BranchesOnBatch),
    *(NoGradient, NumbersInside, Parametrised, WeightNormed, Derived, Patched, InPlace, ConvTwice),
    *(Quantised, Momentless, InSingle),
]
# Of these the quick form computes something else, or cannot be compared.
WRONG = [
    *(AppliedThrice, LooksAtTypes, CountsModules, Hooked, HookedBefore, HookedBackward, TwoNorms),
    *(ReadsWeights, NoGradient, Patched, InSingle, Momentless),
]
PIXELS = np.random.default_rng(0).integers(0, 256, (24, 1, 8, 8), np.uint8)
LABELS = np.arange(24) % CLASSES


def build(kind: type[Net]) -> Classifier:
    """A network with running statistics that differ from those of a new one."""
    torch.manual_seed(0)
    network = kind()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d) and module.running_var is not None:
            nn.init.uniform_(module.running_var, 0.05, 0.3)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.normal_(module.bias)
    return Classifier(network, (0.3,), (0.35,))


def gradient(classifier: Classifier, pixels: Tensor) -> tuple[Tensor, Tensor]:
    x = pixels.clone().requires_grad_()
    logits = classifier(x)
    (found,) = torch.autograd.grad(logits.log_softmax(1)[:, 0].sum(), x)
    return logits.detach(), found


@pytest.mark.parametrize("kind", ODD)
def test_whatever_runs_computes_what_the_network_as_given_computes(kind):
    verdict = prove(lambda: build(kind), PIXELS, LABELS, 12, CPU, ["fp32"])
    quick = verdict["precisions"]["fp32"]["quick"]
    assert not (quick and kind in WRONG), verdict
    if not quick:
        assert verdict["precisions"]["fp32"]["why"]
    used, plain = freeze(build(kind), CPU, quick), freeze(build(kind), CPU)
    for count in (1, 12, 24):
        pixels = torch.from_numpy(PIXELS[:count]).float()
        for ours, theirs in zip(gradient(used, pixels), gradient(plain, pixels), strict=True):
            torch.testing.assert_close(
                ours, theirs, rtol=1e-3, atol=1e-5 * float(theirs.abs().max())
            )


@pytest.mark.parametrize("kind", [Net, InPlace, ConvTwice, Derived])
def test_ordinary_networks_are_proven_and_run_in_their_quick_form(kind):
    verdict = prove(lambda: build(kind), PIXELS, LABELS, 12, CPU, ["fp32", "bf16"])
    assert {entry["quick"] for entry in verdict["precisions"].values()} == {True}, verdict
    quick = freeze(build(Net), CPU, quick=True)
    assert not any(type(module) is nn.BatchNorm2d for module in quick.modules())


def test_what_is_wrong_in_fp32_runs_in_no_precision():
    """A form that fails in fp32 computes something else, however coarse another precision is."""
    verdict = prove(lambda: build(ReadsWeights), PIXELS, LABELS, 12, CPU, ["bf16"])
    assert {entry["quick"] for entry in verdict["precisions"].values()} == {False}


def test_a_form_that_cannot_be_measured_does_not_run(monkeypatch, caplog):
    def broken(network, device):
        raise RuntimeError("no such kernel")

    monkeypatch.setattr("nrg.models.classifier.make_quick_form", broken)
    verdict = prove(lambda: build(Net), PIXELS, LABELS, 12, CPU, ["fp32"])
    assert not verdict["precisions"]["fp32"]["quick"]
    log_verdict("mine", verdict)
    assert "mine runs as given in fp32" in caplog.text
    assert "no such kernel" in caplog.text


def test_few_images_and_little_memory(monkeypatch):
    """One image is enough for a comparison, and a batch that does not fit is halved."""
    verdict = prove(lambda: build(Net), PIXELS[:1], LABELS[:1], 4, CPU, ["fp32"])
    assert verdict["precisions"]["fp32"]["quick"]
    sizes = []
    forward = Classifier.forward

    def small(self, pixels):
        sizes.append(len(pixels))
        if len(pixels) > 5:
            raise torch.OutOfMemoryError("full")
        return forward(self, pixels)

    monkeypatch.setattr(Classifier, "forward", small)
    verdict = prove(lambda: build(Net), PIXELS, LABELS, 16, CPU, ["fp32"])
    assert verdict["precisions"]["fp32"]["quick"]
    assert set(sizes) == {16, 8, 4, 2, 1}, "4, and in float64 a quarter of these at once"


def answered(wrong: list[int], shift: float = 0.0) -> list[Answer]:
    """These numbers of wrong signs in 20 images of 1,000 pixels each, and errors of logits."""
    signs = torch.ones(20, 1000, dtype=torch.int8)
    for image, count in enumerate(wrong):
        signs[image, :count] = -1
    return [Answer(torch.full((20, 4), 8.0, dtype=torch.float64) + shift, signs)]


@pytest.mark.parametrize(
    ("given", "quick", "runs"),
    [
        ([5] * 20, [10] * 20, True),  # twice as many
        ([5] * 20, [13] * 20, False),
        ([0] * 20, [0] * 20, True),
        ([0] * 20, [900] + [0] * 19, True),  # one image, which decides nothing
        ([0] * 20, [1] * 9 + [0] * 11, True),  # 9 deviate by √9 times
        ([0] * 20, [1] * 10 + [0] * 10, False),
    ],
)
def test_the_rule_of_signs(given, quick, runs):
    sample = Sample("images", torch.zeros(20, 1, 1, 1), torch.zeros(20))
    found = judge_form([sample], answered([]), answered(given), answered(quick), 2**-24)
    assert found["quick"] is runs
    assert found["signs_quick"] == pytest.approx(sum(quick) / 20_000)


@pytest.mark.parametrize(
    ("given", "quick", "runs"),
    [(1e-6, 9e-6, True), (1e-6, 1.1e-5, False), (0.0, 4e-6, True), (0.0, 6e-6, False)],
)
def test_the_rule_of_logits(given, quick, runs):
    """Logits are 8, whose rounding is 8 · 2⁻²⁴ = 4.8e-7."""
    sample = Sample("images", torch.zeros(20, 1, 1, 1), torch.zeros(20))
    none = [0] * 20
    found = judge_form(
        [sample], answered(none), answered(none, given), answered(none, quick), 2**-24
    )
    assert found["quick"] is runs


def test_honest_forms_are_refused_by_chance_once_in_a_thousand_at_most():
    """Wrong signs come in clusters: an image has none, or a geometrically distributed number."""
    generator = np.random.default_rng(0)
    sample = Sample("images", torch.zeros(48, 1, 1, 1), torch.zeros(48))
    truth = torch.ones(48, 400, dtype=torch.int8)
    logits = torch.zeros(48, 4, dtype=torch.float64)

    def drawn(share: float, mean: float = 5) -> list[Answer]:
        counts = generator.geometric(1 / mean, 48) * (generator.random(48) < share)
        signs = truth.clone()
        signs[torch.arange(400) < torch.from_numpy(counts)[:, None]] = -1
        return [Answer(logits, signs)]

    exact = [Answer(logits, truth)]
    refused = {}
    for share in (0.02, 0.1, 0.5):
        found = [judge_form([sample], exact, drawn(share), drawn(share), 0) for _ in range(700)]
        refused[share] = sum(not entry["quick"] for entry in found)
    assert sum(refused.values()) <= 2, refused
    wrong = [judge_form([sample], exact, drawn(0.1), drawn(1, mean=20), 0) for _ in range(100)]
    assert not any(entry["quick"] for entry in wrong), "5 % of the signs of every image are wrong"


def test_a_verdict_holds_on_its_kind_of_device_and_in_its_precision(tmp_path, caplog):
    model = load_suite("digits", {}).zoo["vgg11_bn"]
    save_weights(build_network(model).state_dict(), tmp_path / "w.safetensors", {})
    files = (tmp_path / "w.safetensors", tmp_path / "proof.json")
    precisions = {"fp32": {"quick": True, "why": ""}, "bf16": {"quick": False, "why": "x"}}

    def is_quick(device: str, precision: str) -> bool:
        write_verdict({"device": device, "precisions": precisions}, files[1])
        loaded = load_proven(model, *files, CPU, precision)
        return not any(isinstance(module, nn.BatchNorm2d) for module in loaded.modules())

    assert is_quick("cpu", "fp32")
    assert not is_quick("cpu", "bf16")
    assert not is_quick("cpu", "tf32"), "of which the verdict says nothing"
    assert not is_quick("cuda", "fp32")
    assert "was proven on the device cuda" in caplog.text


def test_the_quick_form_leaves_the_answer_of_a_network_it_cannot_trace():
    network = build(Branches).network.eval()
    x = torch.rand(3, 1, 8, 8)
    expected = network(x)
    torch.testing.assert_close(make_quick_form(network, CPU)(x), expected)
