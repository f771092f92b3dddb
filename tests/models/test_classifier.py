"""Classifiers: normalisation, weights from files, and the paper's architectures."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from adversarial_sets import crafted, images
from inputs import real
from nrg.attack.gradients import LossGradient
from nrg.base.errors import UserError
from nrg.base.safetensors_files import read_metadata
from nrg.data.datasets import open_data_set
from nrg.data.weight_files import find_weight_file, find_weight_files
from nrg.models.checkpoint_matching import modern_name
from nrg.models.classifier import Classifier, build_network, load_classifier
from nrg.models.network_checks import check_model
from nrg.models.quick_form import fold_batch_norm, replace_batch_norm
from nrg.models.stored_weights import save_weights, tensors_sha256
from nrg.study.attacks import Attack
from nrg.study.settings import load_suite
from processes import start
from safetensors.torch import save_file
from torch import nn
from weights import fetch_weights

CPU = torch.device("cpu")
IMAGENET = load_suite("imagenet", {})
DIGITS = load_suite("digits", {})
SQUEEZENET = IMAGENET.zoo["squeezenet1_1"]


def test_a_classifier_normalises_pixels_itself():
    classifier = Classifier(nn.Identity(), IMAGENET.zoo["alexnet"].mean, (0.5, 0.25, 1.0))
    pixels = torch.full((1, 3, 2, 2), 255.0)
    expected = (1 - torch.tensor(IMAGENET.zoo["alexnet"].mean)) / torch.tensor([0.5, 0.25, 1.0])
    torch.testing.assert_close(classifier(pixels)[0, :, 0, 0], expected)


def test_a_classifier_resizes_to_the_size_its_network_knows():
    classifier = Classifier(nn.Identity(), (0.0,), (1.0,), input_size=160)
    pixels = torch.rand(2, 3, 224, 224, requires_grad=True)
    seen = classifier(255 * pixels)
    assert seen.shape == (2, 3, 160, 160)
    torch.testing.assert_close(seen.mean(), pixels.mean(), atol=1e-3, rtol=0)
    seen.sum().backward()
    assert (pixels.grad != 0).all(), "every pixel of the image matters"


def test_a_model_that_normalises_itself_gets_0_to_1():
    entry = {"weights": "trained", "normalises_itself": True}
    recipe = {"optimiser": "sgd", "learning_rate": 0.1, "epochs": 1, "batch": 10}
    config = {"add_models": {"mine": entry}, "training": recipe}
    mine = load_suite("imagenet", {**config, "dataset": "digits"}).zoo["mine"]
    pixels = torch.full((1, 3, 2, 2), 255.0)
    torch.testing.assert_close(
        Classifier(nn.Identity(), mine.mean, mine.std)(pixels), torch.ones(1, 3, 2, 2)
    )


@pytest.mark.parametrize(
    ("change", "shape", "classes", "message"),
    [
        ({"factory": "torch.nn:Flatten", "arguments": {}}, (1, 16, 16), 10, r"a tensor \(2, 256\)"),
        ({}, (1, 16, 16), 11, r"\(2, 10\); it must give logits \(2, 11\)"),
        ({}, (3, 16, 16), 10, "fails on images"),
    ],
)
def test_a_model_that_cannot_classify_the_images_is_refused(change, shape, classes, message):
    with pytest.raises(UserError, match=message):
        check_model(replace(DIGITS.zoo["vgg13_bn"], **change), shape, classes)


def test_a_model_that_can_is_counted():
    found = check_model(DIGITS.zoo["resnet34"], (1, 16, 16), 10)
    assert found["parameters"] == sum(
        p.numel() for p in build_network(DIGITS.zoo["resnet34"]).parameters()
    )


@pytest.mark.parametrize("name", IMAGENET.zoo)
def test_every_architecture_of_the_paper_goes_through_nr_igsm(name):
    torch.manual_seed(0)
    model = IMAGENET.zoo[name]
    classifier = Classifier(build_network(model), model.mean, model.std)
    classifier.eval().requires_grad_(False)
    attack = Attack("linf", 15, steps=2, alpha=5, copies=2, sigma=15)
    data = images(1, channels=3, size=224)
    into, effects = crafted([classifier], [attack], data, microbatch=1)
    eta = np.abs(into[attack.name].astype(int) - data.pixels)
    assert 0 < eta.max() <= 10
    assert effects.loc[attack.name, "gradients"] == 4


def test_the_zoo_is_pinned_to_the_papers_weights():
    assert len(IMAGENET.zoo) == 15
    assert {model.weights for model in IMAGENET.zoo.values()} == {"IMAGENET1K_V1"}


def test_weights_survive_saving_and_keep_their_tensors_hash(tmp_path):
    model = DIGITS.zoo["resnet18"]
    network = build_network(model).eval()
    save_weights(network.state_dict(), tmp_path / "a.safetensors", {"origin": "a"})
    save_weights(network.state_dict(), tmp_path / "b.safetensors", {"origin": "another"})
    hashes = {read_metadata(tmp_path / f"{f}.safetensors")["tensors_sha256"] for f in "ab"}
    assert hashes == {tensors_sha256(network.state_dict())}
    loaded = load_classifier(model, tmp_path / "a.safetensors", CPU)
    pixels = torch.rand(2, 1, 16, 16) * 255
    expected = Classifier(network, model.mean, model.std)(pixels)
    torch.testing.assert_close(loaded(pixels), expected)
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def batch_norms(network):
    return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())


@pytest.mark.parametrize(
    ("model", "left"),
    [
        (IMAGENET.zoo["resnet18"], 0),
        (IMAGENET.zoo["vgg11_bn"], 0),
        (IMAGENET.zoo["densenet121"], 62),  # those before a convolution cannot be folded
        *((model, None) for model in DIGITS.zoo.values()),
    ],
)
def test_folding_batch_norm_keeps_the_function(model, left):
    torch.manual_seed(0)
    network = build_network(model)
    x = torch.randn(4, 1, 16, 16) if "digits" in model.factory else torch.randn(2, 3, 64, 64)
    network.train()(x)  # so that the running statistics are not those of a fresh network
    network.eval().double()
    folded = fold_batch_norm(network)
    torch.testing.assert_close(folded(x.double()), network(x.double()))
    assert left in (None, batch_norms(folded))
    assert batch_norms(folded) < batch_norms(network) or not batch_norms(network)
    without = replace_batch_norm(folded)
    assert not batch_norms(without)
    torch.testing.assert_close(without(x.double()), network(x.double()))


def test_a_batch_norm_without_statistics_or_parameters():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.BatchNorm2d(3, affine=False), nn.BatchNorm2d(3, track_running_stats=False)
    )
    x = torch.randn(4, 3, 5, 5)
    network(3 * x + 1)
    expected = network.eval()(x)
    assert batch_norms(replace_batch_norm(network)) == 1, "one needs its batch"
    torch.testing.assert_close(network(x), expected)


def test_a_network_that_cannot_be_traced_stays_as_it_is():
    class Fickle(nn.Module):
        def forward(self, x):
            return x if x.mean() > 0 else -x

    network = Fickle()
    assert fold_batch_norm(network) is network


def test_the_fast_path_differs_from_plain_fp32_as_little_as_that_from_fp64(tmp_path):
    """Measures, on trained weights, the share of pixels whose gradient has another sign."""
    model = replace(IMAGENET.zoo["resnet18"], name="mobilenet_v2")
    model = replace(model, factory="torchvision.models:mobilenet_v2")
    state, _ = fetch_weights(model, find_weight_file("mobilenet_v2", real("weights")))
    save_weights(state, tmp_path / "weights.safetensors", {})
    folder = real("imagenet-val-1300")
    data = open_data_set(
        replace(IMAGENET.data, images=str(folder / "images"), labels=str(folder / "val.txt"))
    )
    x = torch.from_numpy(np.stack([data.read(i) for i in range(4)])).float()
    labels = torch.from_numpy(data.labels[:4])

    network = build_network(model)
    network.load_state_dict(state)
    plain = Classifier(network, model.mean, model.std).eval().requires_grad_(False)
    fast = load_classifier(model, tmp_path / "weights.safetensors", CPU, quick=True)
    fast_signs, plain_signs = (LossGradient([net], labels)(x).sign() for net in (fast, plain))
    exact_signs = LossGradient([plain.double()], labels)(x.double()).sign()
    rounding = (plain_signs != exact_signs).double().mean()
    assert (fast_signs != plain_signs).double().mean() < 0.01
    assert (fast_signs != exact_signs).double().mean() < max(2 * rounding, 1e-4)


def write_pth(path, model=SQUEEZENET):
    torch.save(build_network(model).state_dict(), path)
    return path


def test_weights_of_the_users_own_folder(tmp_path):
    path = write_pth(tmp_path / "squeezenet1_1-mine.pth")
    (found,) = find_weight_files(
        replace(IMAGENET, zoo={"s": SQUEEZENET}, weights=str(tmp_path))
    ).values()
    assert found == path
    state, origin = fetch_weights(SQUEEZENET, path)
    assert tensors_sha256(state) == tensors_sha256(torch.load(path, weights_only=True))
    assert origin["origin"] == "squeezenet1_1-mine.pth"
    assert origin["verified"] == "False"
    save_file(state, tmp_path / "squeezenet1_1.safetensors")
    with pytest.raises(UserError, match="exactly one file"):
        find_weight_file("squeezenet1_1", tmp_path)
    with pytest.raises(UserError, match="found none"):
        find_weight_file("alexnet", tmp_path)
    with pytest.raises(UserError, match="no folder"):
        find_weight_file("alexnet", tmp_path / "nowhere")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_truncated_weight_file_is_refused_by_name(tmp_path, suffix):
    path = tmp_path / f"squeezenet1_1{suffix}"
    state = build_network(SQUEEZENET).state_dict()
    torch.save(state, path) if suffix == ".pth" else save_file(state, path)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(UserError, match=r"squeezenet1_1.* is damaged or truncated"):
        fetch_weights(SQUEEZENET, path)


def test_weights_of_another_architecture_are_refused(tmp_path):
    other = replace(SQUEEZENET, factory="torchvision.models:alexnet")
    path = write_pth(tmp_path / "squeezenet1_1.pth", other)
    with pytest.raises(UserError, match="does not fit the model 'squeezenet1_1'"):
        fetch_weights(SQUEEZENET, path)


def test_another_release_of_the_weights_is_refused(tmp_path):
    """resnet50-11ad3fa6.pth is torchvision's V2, and is often in torch's cache."""
    model = IMAGENET.zoo["resnet50"]
    path = write_pth(tmp_path / "resnet50-11ad3fa6.pth", model)
    with pytest.raises(UserError, match="is torchvision's IMAGENET1K_V2, and not IMAGENET1K_V1"):
        fetch_weights(model, path)
    path = write_pth(tmp_path / "resnet50-0676ba61.pth", model)
    with pytest.raises(UserError, match="does not have the hash in its name"):
        fetch_weights(model, path)


def test_densenet_files_of_2017_are_understood():
    state = build_network(IMAGENET.zoo["densenet121"]).state_dict()
    old = {
        key.replace("norm1.", "norm.1.")
        .replace("norm2.", "norm.2.")
        .replace("conv1.", "conv.1.")
        .replace("conv2.", "conv.2.")
        if "denselayer" in key
        else key: tensor
        for key, tensor in state.items()
    }
    assert old.keys() != state.keys()
    assert set(map(modern_name, old)) == state.keys()


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("torchvision.models:resnet19", "cannot be imported"),
        ("nowhere_at_all:net", "cannot be imported"),
        ("builtins:dict", "returns dict"),
        ("nrg.models.digits_zoo:residual", "fails"),
    ],
)
def test_a_wrong_factory_is_named(factory, message):
    with pytest.raises(UserError, match=message):
        build_network(replace(SQUEEZENET, factory=factory))


ALEXNET = """
import sys
from nrg.models.classifier import build_classifier
from nrg.study.settings import load_suite
build_classifier(load_suite("digits", {}).zoo["alexnet"])
sys.exit("torch._dynamo" in sys.modules)
"""


def test_a_network_is_built_without_importing_a_compiler():
    job = start(ALEXNET)
    _, said = job.communicate()
    assert job.returncode == 0, said
