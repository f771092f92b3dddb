"""Classifiers of pixels: a zoo's networks with their normalisation inside."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse
from torch.nn.functional import interpolate

from nrg.code import module_of_run
from nrg.errors import UserError
from nrg.progress import log
from nrg.settings import Model
from nrg.storage import damaged, file_sha256, packed, read_metadata, replaced


class Classifier(nn.Module):
    """A network that takes pixels (n, C, H, W), float32, 0–255, and normalises them itself.

    Args:
        mean, std: per channel, of pixels in [0, 1].
        input_size: side to which images are resized first (bilinear, antialiased), so that models
            of several sizes can meet the same images.
    """

    def __init__(
        self,
        network: nn.Module,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        input_size: int | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.input_size = input_size
        self.register_buffer("mean", 255 * torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        if self.input_size not in (None, pixels.shape[-1]):
            size = (self.input_size, self.input_size)
            pixels = interpolate(pixels, size, mode="bilinear", antialias=True)
        logits = self.network((pixels - self.mean) / self.std)
        return logits.float() if logits.dtype == torch.bfloat16 else logits


def build_network(model: Model) -> nn.Module:
    """Call the model's factory; its parameters are freshly initialised.

    Raises:
        UserError: no such factory, or one that does not take these arguments.
    """
    module, function = model.factory.split(":")
    where = f"zoo: the factory '{model.factory}' of the model '{model.name}'"
    try:
        factory = getattr(module_of_run(module), function)
    except (ImportError, AttributeError) as error:
        raise UserError(f"{where} cannot be imported: {error}") from error
    try:
        network = factory(**model.arguments)
    except Exception as error:  # whatever the user's code raises
        raise UserError(f"{where} fails: {error!r}") from error
    if not isinstance(network, nn.Module):
        raise UserError(f"{where} returns {type(network).__name__}, and no torch.nn.Module")
    return network


def build_classifier(model: Model) -> Classifier:
    """The model's network, freshly initialised, with its normalisation and size."""
    return Classifier(build_network(model), model.mean, model.std, model.input_size)


def check_model(model: Model, shape: tuple[int, int, int], classes: int) -> dict[str, Any]:
    """Build a model, with fresh parameters, and let it classify black images (C, H, W).

    Returns:
        What it is: model, factory, parameters.

    Raises:
        UserError: no such factory, or a network that does not turn images of this shape into
            logits (n, classes).
    """
    classifier = build_classifier(model)
    size = parameters(classifier.network)  # before batch norm is folded
    where = f"zoo: the network of the model '{model.name}', from '{model.factory}',"
    pixels = torch.zeros(2, *shape)
    try:
        with torch.inference_mode():
            logits = frozen(classifier, pixels.device)(pixels)
    except Exception as error:  # whatever the user's code raises
        raise UserError(f"{where} fails on images {tuple(pixels.shape)}: {error!r}") from error
    if logits.shape != (2, classes):
        raise UserError(
            f"{where} turns images {tuple(pixels.shape)} into {tuple(logits.shape)}, and must "
            f"give logits {(2, classes)}, one for each class"
        )
    if not logits.isfinite().all():
        raise UserError(f"{where} gives logits of a black image that are not finite")
    return {"model": model.name, "factory": model.factory, "parameters": size}


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """The state dictionary of a file that `save_weights` wrote.

    Raises:
        UserError: a file that is damaged or cut short.
    """
    try:
        state, written = load_file(path), read_metadata(path).get("tensors_sha256")
    except SafetensorError as error:
        raise damaged(path, str(error)) from error
    if tensors_sha256(state) != written:
        raise damaged(path, "its tensors do not have the checksum they were written with")
    return state


def load_classifier(model: Model, path: str | Path, device: torch.device) -> Classifier:
    """A frozen classifier with the weights of a file that `save_weights` wrote."""
    classifier = build_classifier(model)
    classifier.network.load_state_dict(read_weights(path))
    return frozen(classifier, device)


def frozen(classifier: Classifier, device: torch.device) -> Classifier:
    """The classifier, changed in place: its parameters get no gradients, its inputs quick ones."""
    classifier.network = without_batch_norm(fold_batch_norm(classifier.network.eval()))
    classifier = classifier.eval().requires_grad_(False)
    return classifier.to(device, memory_format=torch.channels_last)  # the layout kernels like best


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Fold each batch norm that follows a convolution into it, as a frozen network allows.

    The function is the same up to low bits. A network that torch.fx cannot trace stays as it is.
    """
    try:
        return fuse(network)
    except Exception as error:  # whatever the network's own code raises at what is not a tensor
        log.info("batch norm is not folded, for the network cannot be traced: %s", error)
        return network


class MultiplyAdd(nn.Module):
    """What a batch norm that is frozen does: x ↦ scale · x + shift, for each channel.

    Half the passes over memory of a batch norm and its way back.
    """

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        scale = (norm.running_var + norm.eps).rsqrt()
        scale = scale if norm.weight is None else norm.weight.detach() * scale
        shift = -norm.running_mean * scale
        shift = shift if norm.bias is None else norm.bias.detach() + shift
        self.register_buffer("scale", scale[:, None, None], persistent=False)
        self.register_buffer("shift", shift[:, None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.shift, x, self.scale).to(x.dtype)


def without_batch_norm(network: nn.Module) -> nn.Module:
    """The network, changed in place, with a multiply-add for each batch norm left in it."""
    for name, module in network.named_children():
        if type(module) is nn.BatchNorm2d and module.running_var is not None:
            setattr(network, name, MultiplyAdd(module))
        else:
            without_batch_norm(module)
    return network


def save_weights(
    state: Mapping[str, Tensor], path: str | Path, metadata: Mapping[str, str]
) -> None:
    """Write a state dictionary, with the hash of its tensors in the metadata.

    The same weights saved again by another program have another file hash, and the same of these.
    """
    state = {key: tensor.contiguous() for key, tensor in state.items()}
    metadata = {**metadata, "tensors_sha256": tensors_sha256(state)}
    with replaced(path) as part:
        save_file(state, part, packed(metadata))


def tensors_sha256(state: Mapping[str, Tensor]) -> str:
    """A hash of names, types, shapes and values, whatever file they came from."""
    digest = hashlib.sha256()
    for key in sorted(state):
        tensor = state[key].cpu().contiguous()
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def fetch_weights(model: Model, path: str | None) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A model's pretrained weights, checked against its network.

    Args:
        path: a weight file of the user's own; without it torch's cache is used, or else
            torchvision's published file is downloaded and its hash checked.

    Returns:
        The state dictionary, and where it came from: origin, file_sha256, verified (whether the
        file is the published one of the weights that the model names), parameters.

    Raises:
        UserError: no file, a damaged one, or one of another architecture or other weights.
    """
    network = build_network(model)
    if path is None:
        path = published_file(model)
    state = read_state(Path(path))
    try:
        network.load_state_dict(modern_names(state))
    except RuntimeError as error:
        detail = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise UserError(
            f"weights: {path} does not fit the model '{model.name}': {detail[:200]}"
        ) from error
    origin = origin_of(model, Path(path)) | {"parameters": str(parameters(network))}
    return network.state_dict(), origin


def parameters(network: nn.Module) -> int:
    """Parameters of a network, its batch-norm statistics not counted."""
    return sum(parameter.numel() for parameter in network.parameters())


def origin_of(model: Model, path: Path) -> dict[str, str]:
    """What is known of a weight file.

    Raises:
        UserError: by its name it is another release of torchvision's, or not what its name says.
    """
    sha256 = file_sha256(path)
    known = published(model)
    name = next((name for name, weights in known.items() if file_name(weights) == path.name), None)
    if name not in (None, model.weights):
        raise UserError(f"weights: {path} is torchvision's {name}, and not {model.weights}")
    if name is not None and not sha256.startswith(path.stem.rsplit("-", 1)[1]):
        raise UserError(f"weights: {path} does not have the hash in its name; delete it")
    origin = {"origin": f"torchvision {name}" if name else path.name, "file_sha256": sha256}
    origin["verified"] = str(name is not None)
    if model.weights in known:
        metrics = known[model.weights].meta["_metrics"]
        origin["published_top1"] = str(metrics["ImageNet-1K"]["acc@1"])
    return origin


def published(model: Model) -> dict[str, Any]:
    """torchvision's weights for the model's factory by name; none for other factories."""
    if not model.factory.startswith("torchvision.models:"):
        return {}
    import torchvision

    weights = torchvision.models.get_model_weights(model.factory.split(":")[1])
    return {entry.name: entry for entry in weights}


def file_name(weights: Any) -> str:
    return weights.url.rsplit("/", 1)[1]


def published_file(model: Model) -> Path:
    """torchvision's weight file in torch's cache, downloaded, with its hash checked, if missing."""
    known = published(model)
    if model.weights not in known:
        raise UserError(
            f"zoo: there are no weights '{model.weights}' of the model '{model.name}'; name a "
            "file, or a folder with the setting 'weights'"
        )
    weights = known[model.weights]
    path = Path(torch.hub.get_dir()) / "checkpoints" / file_name(weights)
    if not path.is_file():
        log.info("downloading %s", weights.url)
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix = path.stem.rsplit("-", 1)[1]
        try:
            torch.hub.download_url_to_file(weights.url, str(path), prefix, progress=False)
        except (OSError, RuntimeError) as error:
            raise UserError(
                f"weights: {path.name} is not in {path.parent} and cannot be downloaded ({error}); "
                "put it there, or name a folder that has it with the setting 'weights'"
            ) from error
    return path


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
