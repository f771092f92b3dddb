"""Classifiers of pixels: a zoo's networks with their normalisation inside."""

import hashlib
import importlib
import logging
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from nrg.errors import UserError
from nrg.settings import Model
from nrg.storage import file_sha256, replaced

log = logging.getLogger("nrg")


class Classifier(nn.Module):
    """A network that takes pixels (n, C, H, W), float32, 0–255, and normalises them itself."""

    def __init__(self, network: nn.Module, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", 255 * torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.network((pixels - self.mean) / self.std)


def build_network(model: Model) -> nn.Module:
    """Call the model's factory; its parameters are freshly initialised.

    Raises:
        UserError: no such factory, or one that does not take these arguments.
    """
    module, function = model.factory.split(":")
    where = f"zoo: the factory '{model.factory}' of the model '{model.name}'"
    try:
        factory = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise UserError(f"{where} cannot be imported: {error}") from error
    try:
        network = factory(**model.arguments)
    except TypeError as error:
        raise UserError(f"{where} fails: {error}") from error
    if not isinstance(network, nn.Module):
        raise UserError(f"{where} returns {type(network).__name__}, and no torch.nn.Module")
    return network


def load_classifier(model: Model, path: str | Path, device: torch.device) -> Classifier:
    """A frozen classifier with the weights of a safetensors file that this project wrote."""
    network = build_network(model)
    network.load_state_dict(load_file(path))
    classifier = Classifier(network, model.mean, model.std)
    return classifier.eval().requires_grad_(False).to(device)


def save_weights(
    state: Mapping[str, Tensor], path: str | Path, metadata: Mapping[str, str]
) -> None:
    """Write a state dictionary, with the hash of its tensors in the metadata.

    The same weights saved again by another program have another file hash, and the same of these.
    """
    state = {key: tensor.contiguous() for key, tensor in state.items()}
    with replaced(path) as part:
        save_file(state, part, {**metadata, "tensors_sha256": tensors_sha256(state)})


def read_metadata(path: str | Path) -> dict[str, str]:
    with safe_open(path, "pt") as file:
        return file.metadata()


def tensors_sha256(state: Mapping[str, Tensor]) -> str:
    """A hash of names, types, shapes and values, whatever file they came from."""
    digest = hashlib.sha256()
    for key in sorted(state):
        tensor = state[key].cpu().contiguous()
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def fetch_weights(model: Model, folder: str | None) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A model's pretrained weights, checked against its network.

    Args:
        folder: with weight files of the user's own; otherwise torch's cache is used, or else
            torchvision's published file is downloaded and its hash checked.

    Returns:
        The state dictionary, and where it came from.

    Raises:
        UserError: no file, a damaged one, or one of another architecture.
    """
    network = build_network(model)
    if folder is not None:
        path = weight_file(model.name, Path(folder).expanduser())
        state = read_state(path)
        origin = {"origin": path.name, "file_sha256": file_sha256(path)}
    elif Path(model.weights).suffix:
        path = Path(model.weights).expanduser()
        state = read_state(path)
        origin = {"origin": path.name, "file_sha256": file_sha256(path)}
    else:
        state, origin = published_weights(model)
        path = Path(origin["origin"])
    try:
        network.load_state_dict(modern_names(state))
    except RuntimeError as error:
        detail = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise UserError(
            f"weights: {path} does not fit the model '{model.name}': {detail}"
        ) from error
    return network.state_dict(), origin


def weight_file(name: str, folder: Path) -> Path:
    """The one file of the folder whose name is the model's, or begins with it and a dash."""
    if not folder.is_dir():
        raise UserError(f"weights: there is no folder {folder}")
    suffixes = (".pth", ".pt", ".safetensors")
    found = sorted(
        path
        for path in folder.iterdir()
        if path.suffix in suffixes and (path.stem == name or path.name.startswith(f"{name}-"))
    )
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise UserError(
            f"weights: {folder} must hold exactly one file {name}.pth, {name}-*.pth or the same "
            f"as .pt or .safetensors; found {names}"
        )
    return found[0]


def read_state(path: Path) -> dict[str, Tensor]:
    """Read a state dictionary, without ever unpickling code."""
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise UserError(f"weights: there is no file {path}") from error
    except (SafetensorError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise UserError(f"weights: {path} is damaged or truncated: {error}") from error
    except Exception as error:  # pickle.UnpicklingError and whatever a damaged pickle raises
        raise UserError(f"weights: {path} is no plain state dictionary: {error}") from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise UserError(f"weights: {path} holds something else than a plain state dictionary")
    return state


def modern_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """torchvision's densenet files of 2017 say norm.1 where its network says norm1."""
    old = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")
    return {old.sub(r"\1\2", key): tensor for key, tensor in state.items()}


def published_weights(model: Model) -> tuple[dict[str, Tensor], dict[str, str]]:
    """torchvision's weights by name, from torch's cache or a download whose hash is checked."""
    import torchvision

    function = model.factory.split(":")[1]
    try:
        weights = torchvision.models.get_model_weights(function)[model.weights]
    except (ValueError, KeyError) as error:
        raise UserError(
            f"zoo: torchvision has no weights '{model.weights}' for the model '{model.name}'"
        ) from error
    name = weights.url.rsplit("/", 1)[1]
    log.info("weights %s, from torch's cache or %s", name, weights.url)
    try:
        state = weights.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError, EOFError) as error:
        cache = Path(torch.hub.get_dir()) / "checkpoints" / name
        raise UserError(
            f"weights: {name} could be neither read from {cache} nor downloaded ({error}); put the "
            "file there, or name a folder that has it with the setting 'weights'"
        ) from error
    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    sha256 = file_sha256(path)
    if not sha256.startswith(path.stem.rsplit("-", 1)[1]):  # torch checks downloads, not its cache
        raise UserError(f"weights: {path} does not have the hash in its name; delete it")
    published = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    return state, {
        "origin": f"torchvision {model.weights}",
        "file_sha256": sha256,
        "published_top1": str(published),
    }
