"""torchvision's published weights, in networks built as torchvision builds them."""

from dataclasses import replace
from unittest.mock import patch

import pytest
import torch
import torchvision
from nrg.base.errors import UserError
from nrg.models.classifier import build_network, load_classifier
from nrg.models.network_checks import check_weights
from nrg.models.pretrained_weights import fetch_network
from nrg.models.stored_weights import save_weights
from nrg.models.torchvision_weights import (
    file_name,
    find_published,
    list_published,
    log_differences,
)
from nrg.study.settings import load_suite
from torch import nn
from torchvision.models import WeightsEnum
from weights import fetch_weights

CPU = torch.device("cpu")
SQUEEZENET = load_suite("imagenet", {}).zoo["squeezenet1_1"]


def zoo_model(name: str, **changes):
    given = {"name": name, "factory": f"torchvision.models:{name}", "weights": "IMAGENET1K_V1"}
    return replace(SQUEEZENET, **given | changes)


def as_torchvision(model, state) -> nn.Module:
    """The network that torchvision itself returns for published weights, with these in the file."""
    entry = find_published(model)
    builder = torchvision.models.get_model_builder(model.name)
    with patch.object(WeightsEnum, "get_state_dict", lambda *_, **__: state):
        return builder(weights=entry, **model.arguments).eval()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_networks_are_built_as_torchvision_builds_them(name, tmp_path):
    model = zoo_model(name)
    builder = torchvision.models.get_model_builder(name)
    with torch.device("meta"):
        whole = builder(init_weights=False, aux_logits=True)
    torch.manual_seed(0)
    state = {
        key: torch.rand(t.shape) * 0.1 + 0.01 if t.is_floating_point() else torch.zeros(())
        for key, t in whole.state_dict().items()
    }
    expected = as_torchvision(model, state)
    torch.save(state, tmp_path / f"{name}.pth")
    network, _ = fetch_network(model, tmp_path / f"{name}.pth")
    assert network.transform_input is expected.transform_input is True
    assert network.state_dict().keys() == expected.state_dict().keys() <= state.keys()
    save_weights(network.state_dict(), tmp_path / "w.safetensors", {})
    loaded = load_classifier(model, tmp_path / "w.safetensors", CPU)
    pixels = 255 * torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        torch.testing.assert_close(
            loaded(pixels), expected((pixels - loaded.mean) / loaded.std), rtol=1e-4, atol=1e-4
        )
    assert WeightsEnum.get_state_dict.__qualname__ == "WeightsEnum.get_state_dict"
    assert nn.Module.load_state_dict.__qualname__ == "Module.load_state_dict"


def test_vision_transformers_get_the_size_that_their_weights_ask_for():
    model = zoo_model("vit_b_16", weights="IMAGENET1K_SWAG_E2E_V1")
    with torch.device("meta"):
        assert build_network(model).image_size == 384
        assert build_network(replace(model, weights="IMAGENET1K_V1")).image_size == 224


@pytest.mark.parametrize(
    "weights", ["IMAGENET1K_V1", "SqueezeNet1_1_Weights.IMAGENET1K_V1", "DEFAULT", "folder/FILE"]
)
def test_published_weights_are_known_by_their_names_and_by_their_file_s(weights):
    entry = list_published(SQUEEZENET)["IMAGENET1K_V1"]
    given = weights.replace("FILE", file_name(entry))
    assert find_published(replace(SQUEEZENET, weights=given)) is entry


def test_other_factories_have_none():
    assert not list_published(replace(SQUEEZENET, factory="torch.nn:Flatten"))
    assert not list_published(replace(SQUEEZENET, factory="torchvision.models:AlexNet"))
    mine = replace(SQUEEZENET, name="mine", factory="torch.nn:Flatten")
    with pytest.raises(
        UserError, match=r"no weights 'IMAGENET1K_V1' of the model 'mine'.*'factory'"
    ):
        fetch_weights(mine, None)


def test_what_is_not_as_published_is_logged(caplog):
    caplog.set_level("INFO")
    log_differences(SQUEEZENET, 224)
    assert not caplog.text
    log_differences(replace(SQUEEZENET, mean=(0.5, 0.5, 0.5)), 160)
    assert "published for images of 224 pixels, and gets 160" in caplog.text
    assert "published with mean (0.485, 0.456, 0.406), not (0.5, 0.5, 0.5)" in caplog.text


def test_a_published_network_keeps_the_contract():
    model = zoo_model("squeezenet1_1")
    check_weights(model, build_network(model), (3, 64, 64), 1000)
