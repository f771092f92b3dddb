"""Networks that take part, and networks that are refused with a message that says why."""

import os
import random
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from nrg.attack.gradients import LossGradient
from nrg.base.errors import UserError
from nrg.data.batches import Compute
from nrg.models.classifier import (
    Classifier,
    build_network,
    count_parameters,
    freeze,
    load_classifier,
    tensor_state,
)
from nrg.models.network_checks import build_for_images, check_model, check_on_images, check_weights
from nrg.models.predictions import predict
from nrg.models.pretrained_weights import fetch_network
from nrg.models.stored_weights import save_weights
from nrg.models.training import train
from nrg.study.settings import load_suite
from nrg.study.suite import Training
from torch import nn
from torch.nn import functional as F

CPU = torch.device("cpu")
SHAPE, CLASSES = (1, 8, 8), 4
PROTOTYPE = load_suite("digits", {}).zoo["alexnet"]


def model_of(name: str, **changes):
    given = {"name": name, "factory": f"{__name__}:{name}", "arguments": {}, **changes}
    return replace(PROTOTYPE, **given)


class Net(nn.Module):
    """A small network; subclasses change what it returns."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 5, 3), nn.Linear(5, CLASSES)

    def forward(self, x):
        return self.head(self.features(x))

    def features(self, x):
        return self.conv(x).relu().mean((2, 3))


class DrawsFromTorch(Net):
    def forward(self, x):
        return super().forward(x + 0.1 * torch.randn(1, 1, 1))


class DrawsFromPython(Net):
    def forward(self, x):
        return super().forward(x * random.random())


class DrawsFromNumpy(Net):
    def forward(self, x):
        return super().forward(x * float(np.random.rand()))  # noqa: NPY002


class OwnGenerator(Net):
    def __init__(self):
        super().__init__()
        self.generator = np.random.default_rng()

    def forward(self, x):
        return super().forward(x * float(self.generator.random()))


class AlwaysDropsOut(Net):
    def features(self, x):
        return F.dropout(super().features(x), 0.2)


class DropsLayersRarely(Net):
    def forward(self, x):
        return 0 * super().forward(x) if random.random() < 0.3 else super().forward(x)


class Counts(Net):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return super().forward(x) * self.calls


class DropsOut(Net):
    """A network that takes part."""

    def features(self, x):
        return F.dropout(super().features(x), 0.5, self.training)


class DrawsInVain(Net):
    def forward(self, x):
        torch.rand(3)
        return super().forward(x)


class RandomEachThirdTime(Counts):
    def forward(self, x):
        logits = Net.forward(self, x)
        self.calls += 1
        return logits + torch.randn(CLASSES) if self.calls % 3 == 0 else logits


@pytest.mark.parametrize(
    "name",
    (
        "DrawsFromTorch DrawsFromPython DrawsFromNumpy OwnGenerator AlwaysDropsOut "
        "DropsLayersRarely Counts RandomEachThirdTime"
    ).split(),
)
def test_a_network_that_is_random_in_eval_mode_is_refused_by_name(name):
    with pytest.raises(UserError, match=f"the model '{name}'.* other outputs each time"):
        check_model(model_of(name), SHAPE, CLASSES)


class RandomAtSomeImages(Net):
    def forward(self, x):
        odd = (x.mean((1, 2, 3)) > 0.3) & (x.mean((1, 2, 3)) < 0.4)
        return super().forward(x) + torch.randn(CLASSES) * odd[:, None]


class NotFiniteAtSomeImages(Net):
    def forward(self, x):
        return super().forward(x) / (x.amax((1, 2, 3)) != 90 / 255)[:, None]


class Leaves(Net):
    def forward(self, x):
        raise SystemExit(3)


@pytest.mark.parametrize(
    ("name", "message"),
    [("RandomAtSomeImages", "other outputs each time"), ("NotFiniteAtSomeImages", "not finite")],
)
def test_what_is_wrong_at_images_of_the_suite_alone_is_refused_there(name, message):
    model = model_of(name, mean=(0.0,), std=(1.0,))
    check_model(model, SHAPE, CLASSES)
    images = np.zeros((30, *SHAPE), np.uint8)
    check_on_images(freeze(build_for_images(model, SHAPE, CLASSES), CPU), model, images, CPU)
    images[13] = 90
    with pytest.raises(UserError, match=f"'{name}'.*{message}"):
        check_on_images(freeze(build_for_images(model, SHAPE, CLASSES), CPU), model, images, CPU)


def test_a_network_that_ends_the_program_is_named():
    with pytest.raises(UserError, match=r"Leaves.*fails on images"):
        check_model(model_of("Leaves"), SHAPE, CLASSES)


@pytest.mark.parametrize("name", ["Net", "DropsOut", "DrawsInVain"])
def test_a_deterministic_network_passes_and_leaves_random_numbers_as_they_were(name):
    random.seed(1), np.random.seed(1), torch.manual_seed(1)  # noqa: NPY002
    check_model(model_of(name), SHAPE, CLASSES, attacked=True)
    np.random.seed(1)  # noqa: NPY002
    expected = random.Random(1).random()
    assert random.random() == expected


class Softmax(Net):
    def forward(self, x):
        return super().forward(x).softmax(1)


class Percent(Net):
    def forward(self, x):
        return 100 * super().forward(x).softmax(1)


class Smoothed(Net):
    def forward(self, x):
        return super().forward(x).softmax(1) + 0.01


class Constant(Net):
    def forward(self, x):
        return 0 * super().forward(x) + torch.arange(CLASSES)


@pytest.mark.parametrize(("name", "total"), [("Percent", "100"), ("Smoothed", "1.04")])
def test_probabilities_in_other_units_are_refused_or_taken_too(name, total):
    with pytest.raises(UserError, match=rf"{name}.*probabilities.* sum to {total} for each"):
        check_model(model_of(name), SHAPE, CLASSES)
    check_model(model_of(name, outputs="probabilities"), SHAPE, CLASSES, attacked=True)
    check_model(model_of(name, outputs="logits"), SHAPE, CLASSES)


def test_logits_that_are_the_same_for_all_images_are_no_probabilities():
    check_model(model_of("Constant"), SHAPE, CLASSES)


class LogSoftmax(Net):
    def forward(self, x):
        return super().forward(x).log_softmax(1)


class Sigmoid(Net):
    def forward(self, x):
        return super().forward(x).sigmoid()


def weighted(name: str, **changes):
    model = model_of(name, **changes)
    return model, build_network(model)


def test_probabilities_are_refused_by_name_or_taken_where_the_user_says_so(tmp_path):
    with pytest.raises(UserError, match=r"Softmax.*probabilities.*'outputs: probabilities'"):
        check_model(model_of("Softmax"), SHAPE, CLASSES)
    said = model_of("Softmax", outputs="probabilities")
    check_model(said, SHAPE, CLASSES, attacked=True)
    network = build_network(said)
    save_weights(network.state_dict(), tmp_path / "w.safetensors", {})
    x = 255 * torch.rand(6, *SHAPE)
    classifier = load_classifier(said, tmp_path / "w.safetensors", CPU)
    honest = replace(said, factory=f"{__name__}:Net", outputs=None)
    logits = load_classifier(honest, tmp_path / "w.safetensors", CPU)(x)
    torch.testing.assert_close(classifier(x), logits.log_softmax(1))
    check_model(model_of("Softmax", outputs="logits"), SHAPE, CLASSES)  # the user knows


def test_log_probabilities_are_logits():
    check_weights(*weighted("LogSoftmax"), SHAPE, CLASSES)


def test_a_sigmoid_for_each_class_is_refused_by_name():
    with pytest.raises(UserError, match=r"Sigmoid.*sigmoid for each class.*'outputs: logits'"):
        check_weights(*weighted("Sigmoid"), SHAPE, CLASSES)
    check_weights(*weighted("Sigmoid", outputs="logits"), SHAPE, CLASSES)
    with pytest.raises(UserError, match="do not sum to one"):
        check_model(model_of("Sigmoid", outputs="probabilities"), SHAPE, CLASSES)
    with pytest.raises(UserError, match="do not sum to one"):
        check_model(model_of("Net", outputs="probabilities"), SHAPE, CLASSES)


def small(scale):
    """Logits that are between 0 and 1 at ordinary images."""
    network = Net()
    nn.init.constant_(network.head.bias, 0.5)
    nn.init.normal_(network.head.weight, std=scale)
    return network


def test_small_logits_are_no_probabilities():
    torch.manual_seed(0)
    check_weights(*weighted("small", arguments={"scale": 0.02}), SHAPE, CLASSES)


@dataclass
class Answer:
    scores: torch.Tensor
    hidden: torch.Tensor


class Slotted:
    __slots__ = ("hidden", "logits")

    def __init__(self, logits, hidden):
        self.logits, self.hidden = logits, hidden


class Property:
    def __init__(self, value):
        self._value = (value, value)

    @property
    def logits(self):
        return self._value[0]


def returning(what):
    """A network that returns `what(logits, features)`."""

    class Returning(Net):
        def forward(self, x):
            return what(super().forward(x), self.features(x))

    return Returning()


RETURNED = {
    "tuple": lambda logits, hidden: (hidden, logits),
    "list": lambda logits, hidden: [logits],
    "dict": lambda logits, hidden: {"out": logits, "features": hidden},
    "named": lambda logits, hidden: {"logits": logits, "auxiliary": 2 * logits},
    "dataclass": Answer,
    "slots": Slotted,
    "property": lambda logits, hidden: Property(logits),
    "nested": lambda logits, hidden: {"heads": [hidden, {"a": logits}], "loss": None},
    "double": lambda logits, hidden: logits.double(),
    "half": lambda logits, hidden: logits.half(),
}


@pytest.mark.parametrize("what", RETURNED)
def test_logits_are_found_in_what_a_network_returns(what, tmp_path):
    model = model_of("returning", arguments={"what": RETURNED[what]})
    network = build_network(model)
    place = check_weights(model, network, SHAPE, CLASSES)
    save_weights(network.state_dict(), tmp_path / "w.safetensors", {}, place)
    x = 255 * torch.rand(5, *SHAPE)
    found = load_classifier(model, tmp_path / "w.safetensors", CPU, quick=True)(x)
    plain = Net()
    plain.load_state_dict(network.state_dict())
    expected = freeze(Classifier(plain, model.mean, model.std), CPU)(x)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, atol=1e-3 if what == "half" else 1e-5, rtol=1e-3)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda a, b: (a, 2 * a), r"a tuple with \[0\] \(2, 4\), \[1\] \(2, 4\): several"),
        (lambda a, b: {"x": a, "y": a + 1}, r"a dict with \['x'\].*name one of them 'logits'"),
        (lambda a, b: b, r"returns a tensor \(2, 5\); it must give logits \(2, 4\)"),
        (lambda a, b: None, "returns a NoneType"),
        (lambda a, b: a.argmax(1), r"returns a tensor \(2,\) of torch.int64"),
        (lambda a, b: a.detach().numpy(), "returns a ndarray"),
        (lambda a, b: a[:, :, None], r"\(2, 4, 1\)"),
        (lambda a, b: a.squeeze() if len(a) > 1 else a[0], r"a single image into \(4,\)"),
        (lambda a, b: a / 0, "not finite"),
        (lambda a, b: a.view(16, -1), "any number of images"),
    ],
)
def test_what_holds_no_logits_is_described(what, message):
    with pytest.raises(UserError, match=message):
        check_model(model_of("returning", arguments={"what": what}), SHAPE, CLASSES)


class Squeezes(Net):
    def features(self, x):
        return super().features(x).squeeze()


class InBatches(Net):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(1, track_running_stats=False)

    def features(self, x):
        return super().features(self.norm(x))


def test_a_network_that_needs_more_than_one_image_is_refused():
    with pytest.raises(UserError, match="a single image"):
        check_model(model_of("Squeezes"), SHAPE, CLASSES)


def test_one_whose_images_depend_on_each_other_is_said_to(caplog):
    check_model(model_of("InBatches"), SHAPE, CLASSES)
    assert "depend on the other images" in caplog.text


class Detached(Net):
    @torch.no_grad()
    def forward(self, x):
        return super().forward(x)


def test_a_network_without_gradients_can_be_a_target_and_no_source():
    check_model(model_of("Detached"), SHAPE, CLASSES)
    with pytest.raises(UserError, match=r"Detached.*no gradient"):
        check_model(model_of("Detached"), SHAPE, CLASSES, attacked=True)


class InPlain(Net):
    """A layer that torch does not know of, so that no weight file holds it."""

    def __init__(self):
        super().__init__()
        self.hidden = [nn.Conv2d(1, 1, 3, padding=1)]

    def features(self, x):
        return super().features(self.hidden[0](x))


class HiddenTensor(Net):
    def __init__(self):
        super().__init__()
        self.register_buffer("shift", torch.randn(1), persistent=False)

    def features(self, x):
        return super().features(x + self.shift)


@pytest.mark.parametrize("name", ["InPlain", "HiddenTensor"])
def test_weights_that_no_file_holds_are_noticed(name):
    with pytest.raises(UserError, match=f"{name}.*does not depend on its weights alone"):
        check_weights(*weighted(name), SHAPE, CLASSES)


class Lazy(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.LazyConv2d(5, 3), nn.LazyBatchNorm2d()
        self.head = nn.LazyLinear(CLASSES)

    def forward(self, x):
        return self.head(self.norm(self.conv(x)).relu().flatten(1))


class Tied(nn.Module):
    """One module under two names, and one weight in two modules."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.Flatten(), nn.Linear(64, 64))
        self.again = self.body[-1]
        self.other = nn.Linear(64, 64)
        self.other.weight = self.again.weight
        self.head = nn.Linear(64, CLASSES)

    def forward(self, x):
        return self.head(self.other(self.again(self.body(x)).relu()))


class Expanded(Net):
    def __init__(self):
        super().__init__()
        self.register_buffer("gain", torch.ones(1).expand(5))
        self.conv.weight = nn.Parameter(torch.randn(3, 3, 1, 5).permute(3, 2, 0, 1))

    def features(self, x):
        return super().features(x) * self.gain


class HalfPrecision(Net):
    def __init__(self):
        super().__init__()
        self.half()


class DoublePrecision(Net):
    def __init__(self):
        super().__init__()
        self.double()


def parallel():
    return nn.DataParallel(Net())


ORDINARY = ["Lazy", "Tied", "Expanded", "HalfPrecision", "DoublePrecision", "parallel"]


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_networks_go_from_a_file_into_a_job(name, tmp_path):
    model = model_of(name, weights=str(tmp_path / "given.pth"))
    check_model(model, SHAPE, CLASSES, attacked=True)
    source = build_for_images(model, SHAPE)
    nn.init.normal_(source.network.head.bias)
    torch.save(source.network.state_dict(), tmp_path / "given.pth")
    network, origin = fetch_network(model, tmp_path / "given.pth")
    assert int(origin["parameters"]) == count_parameters(source.network) > 0
    place = check_weights(model, network, SHAPE, CLASSES)
    save_weights(network.state_dict(), tmp_path / "w.safetensors", origin, place)
    x = 255 * torch.rand(3, *SHAPE)
    expected = freeze(source, CPU)(x)
    for quick in (False, True):
        loaded = load_classifier(model, tmp_path / "w.safetensors", CPU, quick)
        torch.testing.assert_close(loaded(x), expected)


def test_a_lazy_network_can_be_trained_here():
    classifier = build_for_images(model_of("Lazy"), SHAPE, CLASSES)
    pixels = np.random.default_rng(0).integers(0, 256, (20, *SHAPE), np.uint8)
    recipe = Training("sgd", learning_rate=0.1, epochs=1, batch=10)
    train(classifier, pixels, np.arange(20) % CLASSES, recipe, 0, CPU)
    assert count_parameters(classifier.network) > 0


class InBuffers(nn.Module):
    """Frozen weights, kept as buffers."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weight", torch.randn(CLASSES, 64))
        self.norm = nn.BatchNorm2d(1, affine=False)

    def forward(self, x):
        return F.linear(self.norm(x).flatten(1), self.weight)


def test_weights_that_are_buffers_are_counted_and_statistics_are_not():
    assert count_parameters(InBuffers()) == 64 * CLASSES
    assert count_parameters(nn.Sequential(nn.BatchNorm2d(7))) == 14


class LoadsItself(Net):
    def __init__(self):
        super().__init__()
        nn.init.constant_(self.head.weight, 0.5)
        nn.init.constant_(self.head.bias, 0.25)
        for parameter in self.conv.parameters():
            nn.init.constant_(parameter, 0.1)


def test_a_factory_may_load_its_own_weights():
    network, origin = fetch_network(model_of("LoadsItself", weights="factory"), None)
    assert (network.head.weight == 0.5).all()
    assert "LoadsItself" in origin["origin"]


def meddling():
    network = Net()
    os.chdir("/")
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.use_deterministic_algorithms(True)
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    torch.backends.cudnn.benchmark = True
    return network


def test_what_a_factory_sets_for_the_whole_process_is_undone():
    def settings():
        return (
            os.getcwd(),  # noqa: PTH109
            torch.get_default_dtype(),
            torch.is_grad_enabled(),
            torch.are_deterministic_algorithms_enabled(),
            torch.backends.cuda.matmul.fp32_precision,
            torch.backends.cudnn.benchmark,
        )

    before = settings()
    check_model(model_of("meddling"), SHAPE, CLASSES, attacked=True)
    assert settings() == before


def test_a_factory_that_loads_none_is_found_out():
    with pytest.raises(UserError, match=r"'Net' has no 'weights'.* other weights each time"):
        fetch_network(model_of("Net", weights="factory"), None)


def breaks():
    raise SystemError("no such device")


def test_a_factory_that_fails_or_a_module_that_does_is_named(tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"'breaks'.*fails: SystemError"):
        check_model(model_of("breaks"), SHAPE, CLASSES)
    (tmp_path / "broken_nets.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"cannot be imported: .*no licence"):
        check_model(model_of("x", factory="broken_nets:net"), SHAPE, CLASSES)


class ChangesItsInput(Net):
    def features(self, x):
        x -= 0.5
        return super().features(x.clamp_(-1, 1))


class KeepsOtherState(Net):
    def get_extra_state(self):
        return {"version": 1}

    def set_extra_state(self, state):
        pass


class CachesTensors(Net):
    """Keeps a tensor that it makes at the first pass, as networks do with masks or positions."""

    def features(self, x):
        if not hasattr(self, "gain"):
            self.gain = torch.full(x.shape[1:], 0.5) + torch.zeros(())
        return super().features(x * self.gain)


class TakesNoWeights(Net):
    def _load_from_state_dict(self, *_):
        raise KeyError("no such version")


class Empty(Net):
    """Its weights are on a device without values."""

    def __init__(self):
        super().__init__()
        self.to("meta")


@pytest.mark.parametrize("name", ["ChangesItsInput", "KeepsOtherState", "CachesTensors"])
def test_other_ways_of_networks_are_left_to_them(name, tmp_path):
    model = model_of(name)
    check_model(model, SHAPE, CLASSES, attacked=True)
    network = build_network(model)
    torch.save(network.state_dict(), tmp_path / "given.pth")
    fetched, origin = fetch_network(model, tmp_path / "given.pth")
    check_weights(model, fetched, SHAPE, CLASSES)
    save_weights(tensor_state(fetched), tmp_path / "w.safetensors", origin)
    loaded = load_classifier(model, tmp_path / "w.safetensors", CPU)
    x = 255 * torch.rand(3, *SHAPE)
    labels = np.zeros(3, np.int64)
    first = predict(loaded, x.byte().numpy(), labels, Compute(2, CPU))
    gradient = LossGradient([loaded], torch.from_numpy(labels))
    assert gradient(x).any(), "and gradients after that"
    assert predict(loaded, x.byte().numpy(), labels, Compute(2, CPU)).equals(first)


def test_networks_that_cannot_hold_weights_are_told(tmp_path):
    torch.save(Net().state_dict(), tmp_path / "given.pth")
    with pytest.raises(UserError, match=r"cannot be loaded into .*'TakesNoWeights'.*no such"):
        fetch_network(model_of("TakesNoWeights"), tmp_path / "given.pth")
    with pytest.raises(UserError, match=r"'Empty'.*without values"):
        check_model(model_of("Empty"), SHAPE, CLASSES)
