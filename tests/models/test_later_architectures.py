"""Architectures that came after the paper's, as guests: attention, layer norm, GELU."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from nrg.base.errors import UserError
from nrg.models.classifier import build_classifier
from nrg.models.network_checks import check_model
from nrg.models.quick_form_proof import prove
from nrg.models.torchvision_weights import describe_resizing, find_published
from nrg.study.settings import load_suite

CPU = torch.device("cpu")
GUESTS = load_suite("imagenet", {}).guest_list
PARTS = "torchvision.models"
TRANSFORMER = {"image_size": 32, "patch_size": 8, "num_layers": 2, "num_heads": 2}
TRANSFORMER |= {"hidden_dim": 16, "mlp_dim": 32, "num_classes": 10}
WINDOWS = {"patch_size": [4, 4], "embed_dim": 8, "depths": [2, 2], "num_heads": [1, 2]}
WINDOWS |= {"window_size": [4, 4], "num_classes": 10}
BLOCKS = {"input_size": [32, 32], "stem_channels": 8, "partition_size": 4, "head_dim": 4}
BLOCKS |= {"block_channels": [8, 16], "block_layers": [1, 1], "num_classes": 10}
BLOCKS |= {"stochastic_depth_prob": 0.1}
SMALL = {
    f"{PARTS}.vision_transformer:VisionTransformer": TRANSFORMER,
    f"{PARTS}.swin_transformer:SwinTransformer": WINDOWS,
    f"{PARTS}.maxvit:MaxVit": BLOCKS,
}


def small_model(factory: str):
    changes = {"name": "mine", "factory": factory, "arguments": SMALL[factory]}
    return replace(GUESTS["vit_b_16"], **changes, weights="factory")


def prove_anew(model, side: int, microbatch: int):
    """The verdict on a network of random weights, the same ones each time it is built."""

    def build():
        torch.manual_seed(0)
        return build_classifier(model)

    pixels = np.random.default_rng(0).integers(0, 256, (4, 3, side, side), np.uint8)
    return prove(build, pixels, np.zeros(4, np.int64), microbatch, CPU, ["fp32"])


def test_guests_are_pinned_to_published_weights_and_get_their_normalisation_and_size():
    assert len(GUESTS) == 6
    for model in GUESTS.values():
        entry = find_published(model)
        assert model.weights == entry.name == "IMAGENET1K_V1"
        assert not model.joint
        preset = entry.transforms()
        assert (tuple(preset.mean), tuple(preset.std)) == (model.mean, model.std)
        assert preset.crop_size == [224]


def test_how_images_were_resized_for_a_published_accuracy_is_known():
    assert describe_resizing(find_published(GUESTS["vit_b_16"])) == "256 bilinear"
    assert describe_resizing(find_published(GUESTS["swin_t"])) == "232 bicubic"


@pytest.mark.parametrize("factory", SMALL)
def test_their_blocks_keep_the_contract_and_what_runs_is_proven(factory):
    model = small_model(factory)
    assert check_model(model, (3, 32, 32), 10, attacked=True)["parameters"] > 0
    finding = prove_anew(model, 32, 4)["precisions"]["fp32"]
    assert "could not be measured" not in finding["why"]
    assert "logits_given" in finding


@pytest.mark.parametrize("name", ["efficientnet_b0", "regnet_y_3_2gf"])
def test_published_architectures_keep_the_contract(name):
    check_model(GUESTS[name], (3, 224, 224), 1000, attacked=True)


def test_a_transformer_refuses_a_size_that_it_does_not_take_and_the_message_says_what_to_do():
    model = small_model(f"{PARTS}.vision_transformer:VisionTransformer")
    check = partial(check_model, shape=(3, 64, 64), classes=10)
    message = r"'mine'.*\(2, 3, 64, 64\).*takes images of 32×32.*'input_size: 32'"
    with pytest.raises(UserError, match=message):
        check(model)
    check(replace(model, input_size=32))
