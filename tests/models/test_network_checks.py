"""Networks that take part, and networks that are refused with a message that says why."""

import os
import random
from functools import partial

import numpy as np
import pytest
import torch
from made_networks import CLASSES, CPU, SHAPE, Net, make_model
from nrg.base.errors import UserError
from nrg.models.classifier import (
    freeze,
)
from nrg.models.network_checks import build_for_images, check_model, check_on_images
from torch import nn
from torch.nn import functional as F

model_of = partial(make_model, __name__)


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


def breaks():
    raise SystemError("no such device")


def test_a_factory_that_fails_or_a_module_that_does_is_named(tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"'breaks'.*fails: SystemError"):
        check_model(model_of("breaks"), SHAPE, CLASSES)
    (tmp_path / "broken_nets.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"cannot be imported: .*no licence"):
        check_model(model_of("x", factory="broken_nets:net"), SHAPE, CLASSES)
