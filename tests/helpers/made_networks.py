"""A small network for tests of networks, and models of an image suite that name a factory."""

from dataclasses import replace

import torch
from nrg.study.settings import load_suite
from nrg.study.suite import Model
from torch import nn

CPU = torch.device("cpu")
SHAPE, CLASSES = (1, 8, 8), 4
PROTOTYPE = load_suite("digits", {}).zoo["alexnet"]


def make_model(module: str, name: str, **changes: object) -> Model:
    """A model whose factory is this name of a module, without arguments."""
    given = {"name": name, "factory": f"{module}:{name}", "arguments": {}, **changes}
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
