"""Where a network's logits are, and what is no logit."""

from dataclasses import dataclass, replace
from functools import partial

import pytest
import torch
from made_networks import CLASSES, CPU, SHAPE, Net, make_model
from nrg.base.errors import UserError
from nrg.models.classifier import Classifier, build_network, freeze, load_classifier
from nrg.models.network_checks import check_model, check_weights
from nrg.models.stored_weights import save_weights
from torch import nn

model_of = partial(make_model, __name__)


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
