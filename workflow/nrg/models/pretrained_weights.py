"""A model's pretrained weights: read from a file or torchvision, and matched with its network."""

from pathlib import Path

from torch import nn

from nrg.base.errors import UserError
from nrg.base.progress import log
from nrg.models.checkpoint_matching import choose_fit
from nrg.models.checkpoints import read_checkpoint
from nrg.models.classifier import build_network, count_parameters, tensor_state
from nrg.models.stored_weights import tensors_sha256
from nrg.models.torchvision_weights import (
    FACTORIES,
    download_published,
    find_published,
    identify_origin,
)
from nrg.study.suite import OWN_WEIGHTS, Model


def fetch_network(model: Model, path: str | Path | None) -> tuple[nn.Module, dict[str, str]]:
    """A model's network with its pretrained weights, which are checked against it.

    Args:
        path: the user's own weight file. Without one the weights are those that the model's factory
            loads itself, if the model says so; or else torchvision's published file, from torch's
            cache or downloaded.

    Returns:
        The network, and where its weights came from: origin, file_sha256, verified (whether the
        file is the published one of the weights that the model names), parameters (their number).

    Raises:
        UserError: there is no file, or it is damaged, or for another architecture or other weights.
    """
    if path is None and model.weights == OWN_WEIGHTS:
        return build_with_own_weights(model)
    path = Path(path or download_published(require_published(model)))
    origin = identify_origin(model, path)
    content = read_checkpoint(path)

    def load(network: nn.Module) -> None:
        where = f"weights: {path}"
        fit = choose_fit(network, content, where, model.name, model.weights_entry)
        try:
            network.load_state_dict(fit.state, strict=False)
        except Exception as error:  # whatever the network's own code raises
            raise UserError(
                f"{where} cannot be loaded into the model '{model.name}': {str(error)[:300]}"
            ) from error
        types = sorted({str(t.dtype).removeprefix("torch.") for t in fit.state.values()})
        log.info("%s: %d tensors, %s", path.name, len(fit.state), ", ".join(types))
        if fit.entry:
            origin["origin"] += f", its entry {fit.entry}"
            log.info("the weights are those of the entry '%s'", fit.entry)
        if fit.left:
            log.info("%d other tensors are not read: %s …", len(fit.left), fit.left[0])

    network = build_network(model, load)
    if not tensor_state(network):
        raise UserError(
            f"zoo: the network of the model '{model.name}' has no weights that {path} could fill: "
            "are its modules and tensors attributes of it that torch knows?"
        )
    return network, origin | {"parameters": str(count_parameters(network))}


def build_with_own_weights(model: Model) -> tuple[nn.Module, dict[str, str]]:
    """The network with the weights that its factory loads."""
    network, again = build_network(model), build_network(model)
    sha256 = tensors_sha256(tensor_state(network))
    if tensors_sha256(tensor_state(again)) != sha256:
        raise UserError(
            f"zoo: the model '{model.name}' has no 'weights', and its factory '{model.factory}' "
            "gives other weights each time it is called, so it loads none: name a file, or a "
            "folder with the setting 'weights'"
        )
    origin = {"origin": f"loaded by {model.factory}", "verified": "False"}
    return network, origin | {"parameters": str(count_parameters(network))}


def require_published(model: Model) -> object:
    """torchvision's published weights that the model names."""
    entry = find_published(model)
    if entry is None:
        own = "" if model.factory.startswith(FACTORIES) else ", or 'factory' if it loads its own"
        raise UserError(
            f"zoo: there are no weights '{model.weights}' of the model '{model.name}'; name a "
            f"file, or a folder with the setting 'weights'{own}"
        )
    return entry
