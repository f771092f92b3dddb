"""The scaled-down zoo: each network consists of its family's blocks, and the sizes rise in step."""

import pytest
import torch
from nrg.models.classifier import build_network, count_parameters
from nrg.models.digits_zoo import DenseLayer, Fire, ResidualBlock
from nrg.study.settings import load_suite
from torch import nn
from torchvision.models import get_model

ZOO = load_suite("digits", {}).zoo
PAPER = load_suite("imagenet", {}).zoo
BLOCKS = {"resnet": ResidualBlock, "densenet": DenseLayer, "squeezenet": Fire}


def test_it_has_the_papers_models_labelled_as_scaled_down():
    assert list(ZOO) == list(PAPER)
    for name, model in ZOO.items():
        assert model.family == PAPER[name].family
        assert model.label == f"{name} (scaled down)"
        assert model.weights == "trained"
        assert model.minimum_accuracy == 97


@pytest.mark.parametrize("name", ZOO)
def test_members_are_built_of_their_familys_block(name):
    network = build_network(ZOO[name]).eval()
    kinds = [type(module) for module in network.modules()]
    for family, block in BLOCKS.items():
        assert (block in kinds) == (ZOO[name].family == family)
    if ZOO[name].family in ("vgg", "alexnet"):
        assert isinstance(network, nn.Sequential)
        assert nn.MaxPool2d in kinds
    assert (nn.BatchNorm2d in kinds) == (ZOO[name].family not in ("alexnet", "squeezenet"))
    assert network(torch.zeros(2, 1, 16, 16)).shape == (2, 10)


@pytest.mark.parametrize("family", ["resnet", "vgg", "densenet"])
def test_sizes_rise_within_a_family_as_the_papers_do(family):
    names = [name for name, model in ZOO.items() if model.family == family]
    with torch.device("meta"):
        paper = {name: count_parameters(get_model(name, weights=None)) for name in names}
    ours = {name: count_parameters(build_network(ZOO[name])) for name in names}
    assert sorted(names, key=ours.get) == sorted(names, key=paper.get)
    assert len(set(ours.values())) == len(names)
