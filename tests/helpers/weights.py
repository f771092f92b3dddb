"""A model's pretrained weights as a state dictionary."""

from pathlib import Path

from nrg.models.classifier import tensor_state
from nrg.models.pretrained_weights import fetch_network
from nrg.study.suite import Model
from torch import Tensor


def fetch_weights(model: Model, path: Path | None) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The state dictionary of a network with its weights, and where they came from."""
    network, origin = fetch_network(model, path)
    return tensor_state(network), origin
