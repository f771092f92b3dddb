"""torchvision's published weights: which a model names, their files, networks built for them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import nn

from nrg.base.errors import UserError
from nrg.base.files import file_sha256
from nrg.base.progress import log
from nrg.study.suite import Model

FACTORIES = "torchvision.models"


def list_published(model: Model) -> dict[str, Any]:
    """torchvision's weights for the model's factory, by name; none for other factories."""
    module, builder = model.factory.split(":")
    if module != FACTORIES and not module.startswith(f"{FACTORIES}."):
        return {}
    import torchvision

    if builder not in torchvision.models.list_models(torchvision.models):
        return {}
    return dict(torchvision.models.get_model_weights(builder).__members__)


def find_published(model: Model) -> Any | None:
    """The published weights that the model names, by their name or by the name of their file."""
    published = list_published(model)
    name = model.weights.rpartition("_Weights.")[2]
    if name in published:
        return published[name]
    return find_by_file(model, Path(model.weights).name)


def find_by_file(model: Model, file: str) -> Any | None:
    """The published weights for the model's factory that are in a file of this name."""
    published = list_published(model).values()
    return next((entry for entry in published if file_name(entry) == file), None)


def file_name(entry: Any) -> str:
    """The name of the file that holds these weights."""
    return str(entry.url).rsplit("/", 1)[1]


def build_as_published(
    builder: Callable[..., nn.Module],
    entry: Any,
    arguments: dict[str, Any],
    load: Callable[[nn.Module], None],
) -> nn.Module:
    """A network as torchvision's builder makes it for its published weights.

    These need more than their architecture: the builders of GoogLeNet and Inception v3 set
    `transform_input`, and keep auxiliary heads until the weights are loaded; that of ViT sets the
    size of its images. Only the builder knows what they need. So it is called as for a download,
    but `load` is called instead of torchvision's own loading.
    """
    from torchvision.models import WeightsEnum

    load_state_dict = nn.Module.load_state_dict

    def load_instead(network: nn.Module, *_: Any, **__: Any) -> None:
        with patch.object(nn.Module, "load_state_dict", load_state_dict):
            load(network)

    with (
        patch.object(WeightsEnum, "get_state_dict", lambda *_, **__: {}),
        patch.object(nn.Module, "load_state_dict", load_instead),
    ):
        return builder(weights=entry, **arguments)


def identify_origin(model: Model, path: Path) -> dict[str, str]:
    """What is known of a weight file: origin, file_sha256, verified, and of published weights
    published_top1, in percent, with published_resize, as "256 bilinear".

    Raises:
        UserError: by its name it is another release of torchvision's, or its contents are not
            those that its name promises.
    """
    sha256 = file_sha256(path)
    named = find_published(model)
    entry = find_by_file(model, path.name)
    if entry is not None and named is not None and entry is not named:
        raise UserError(f"weights: {path} is torchvision's {entry.name}, and not {named.name}")
    if entry is not None and not sha256.startswith(path.stem.rsplit("-", 1)[1]):
        raise UserError(f"weights: {path} does not have the hash in its name; delete it")
    origin = {"origin": f"torchvision {entry.name}" if entry else path.name, "file_sha256": sha256}
    origin["verified"] = str(entry is not None)
    if named is not None:
        metrics = named.meta.get("_metrics", {}).get("ImageNet-1K", {})
        origin |= {"published_top1": str(metrics["acc@1"])} if "acc@1" in metrics else {}
        origin["published_resize"] = describe_resizing(named)
    return origin


def describe_resizing(entry: Any) -> str:
    """How images were resized for the published accuracy: the shorter side and the filter."""
    preset = entry.transforms()
    (side,) = getattr(preset, "resize_size", [0])
    return f"{side} {preset.interpolation.value}"


def download_published(entry: Any) -> Path:
    """torchvision's weight file in torch's cache, downloaded and checked by its hash if missing.

    Raises:
        UserError: it cannot be downloaded.
    """
    path = Path(torch.hub.get_dir()) / "checkpoints" / file_name(entry)
    if not path.is_file():
        log.info("downloading %s", entry.url)
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix = path.stem.rsplit("-", 1)[1]
        try:
            torch.hub.download_url_to_file(entry.url, str(path), prefix, progress=False)
        except (OSError, RuntimeError) as error:
            raise UserError(
                f"weights: {path.name} is not in {path.parent} and cannot be downloaded ({error}); "
                "put it there, or name a folder that has it with the setting 'weights'"
            ) from error
    return path


def log_differences(model: Model, size: int) -> None:
    """Log where the zoo prepares images differently from torchvision for these weights.

    Args:
        size: of the suite's images, in pixels.
    """
    entry = find_published(model)
    if entry is None:
        return
    preset = entry.transforms()
    side = model.input_size or size
    wanted = getattr(preset, "crop_size", [side])[0]
    if side != wanted:
        log.info("%s was published for images of %d pixels, and gets %d", model.name, wanted, side)
    for key in ("mean", "std"):
        chosen = getattr(model, key)
        published = tuple(getattr(preset, key, chosen))
        if published != chosen:
            log.warning("%s was published with %s %s, not %s", model.name, key, published, chosen)
