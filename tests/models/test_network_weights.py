"""Networks whose weights go from a file into a job, and those of which no file holds all."""

from functools import partial

import numpy as np
import pytest
import torch
from made_networks import CLASSES, CPU, SHAPE, Net, make_model
from nrg.attack.gradients import LossGradient
from nrg.base.errors import UserError
from nrg.data.batches import Compute
from nrg.models.classifier import (
    build_network,
    count_parameters,
    freeze,
    load_classifier,
    tensor_state,
)
from nrg.models.network_checks import build_for_images, check_model, check_weights
from nrg.models.predictions import predict
from nrg.models.pretrained_weights import fetch_network
from nrg.models.stored_weights import save_weights
from nrg.models.training import train
from nrg.study.suite import Training
from torch import nn
from torch.nn import functional as F

model_of = partial(make_model, __name__)


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
    model = model_of(name)
    with pytest.raises(UserError, match=f"{name}.*does not depend on its weights alone"):
        check_weights(model, build_network(model), SHAPE, CLASSES)


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


def test_a_factory_that_loads_none_is_found_out():
    with pytest.raises(UserError, match=r"'Net' has no 'weights'.* other weights each time"):
        fetch_network(model_of("Net", weights="factory"), None)


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
