"""Which of a checkpoint's tensors are a network's weights, whatever they are filed under."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from nrg.base.errors import UserError
from nrg.models.checkpoints import state_dictionaries
from nrg.models.classifier import tensor_state

WRAPPERS = {"module", "_orig_mod"}  # what DataParallel and torch.compile put into names
# Counts beside the weights: of batch norm, of averaged models, and of operations.
COUNTS = {"num_batches_tracked", "n_averaged", "total_ops", "total_params"}
# torchvision's densenet files of 2017 say norm.1 where its network says norm1.
OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


@dataclass(frozen=True)
class Fit:
    """How some tensors of a checkpoint fit a network.

    Attributes:
        entry: where in the checkpoint they stand: keys, and what all names begin with.
        state: by the network's own names.
        problems: why they do not fit.
        left: names of tensors that stand beside these and are not read.
    """

    entry: str
    state: dict[str, Tensor]
    problems: list[str]
    left: list[str]


def modern_name(name: str) -> str:
    """A tensor's name without what wraps networks put into it."""
    name = OLD_DENSENET.sub(r"\1\2", name)
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def own_names(network: nn.Module) -> dict[str, str]:
    """A network's own names by their modern form."""
    names = list(tensor_state(network))
    modern = {modern_name(name): name for name in names}
    return modern if len(modern) == len(names) else {name: name for name in names}


def fits(network: nn.Module, content: Any) -> Iterator[Fit]:
    """Every way in which a checkpoint's tensors might be the network's."""
    names, tensors = own_names(network), tensor_state(network)
    needed = [name for name in names if not counts(name)]
    for place, found in state_dictionaries(content):
        given = {modern_name(name): tensor for name, tensor in found.items()}
        if len(given) != len(found):
            given = dict(found)
        for prefix in prefixes(given, needed):
            inside = {
                name.removeprefix(prefix): tensor
                for name, tensor in given.items()
                if name.startswith(prefix)
            }
            left = [name for name in given if not name.startswith(prefix)]
            entry = ".".join(filter(None, (place, prefix.rstrip("."))))
            state, problems = matched(inside, names, tensors)
            yield Fit(entry, state, problems, left)


def prefixes(given: Mapping[str, Tensor], needed: list[str]) -> list[str]:
    """What may stand before all of the network's names, the longest name deciding."""
    anchors = sorted(needed, key=lambda name: (-name.count("."), name))[:3]
    found = {
        name.removesuffix(anchor)
        for anchor in anchors
        for name in given
        if name == anchor or name.endswith(f".{anchor}")
    }
    return sorted(found) or [""]


def matched(
    inside: Mapping[str, Tensor], names: Mapping[str, str], tensors: Mapping[str, Tensor]
) -> tuple[dict[str, Tensor], list[str]]:
    """Tensors by the network's own names, and what is wrong with them."""
    state: dict[str, Tensor] = {}
    problems = []
    tied: dict[Any, list[str]] = {}  # one tensor under several names
    for name, own in names.items():
        tied.setdefault(memory(tensors[own]), []).append(name)
    for name, own in names.items():
        twins = (name, *tied[memory(tensors[own])])
        tensor = next((inside[twin] for twin in twins if twin in inside), None)
        trouble = "" if tensor is None else mismatch(tensor, tensors[own])
        if tensor is not None and not trouble:
            others = [twin for twin in twins if twin in inside and twin != name]
            others = [twin for twin in others if not torch.equal(inside[twin], tensor)]
            trouble = f"and its '{others[0]}' differ, and are one in the network" if others else ""
        if tensor is not None and not trouble:
            state[own] = tensor
        elif not counts(name):
            problems.append(f"its '{name}' {trouble}" if trouble else f"it has no '{name}'")
    problems += [
        f"the network has no '{name}'" for name in inside if name not in names and not counts(name)
    ]
    return state, problems


def counts(name: str) -> bool:
    return name.rpartition(".")[2] in COUNTS


def memory(tensor: Tensor) -> Any:
    """Equal for two of a network's tensors if they are one, under two names."""
    if is_lazy(tensor) or not tensor.numel():
        return id(tensor)
    return tensor.data_ptr(), tensor.shape, tensor.stride()


def mismatch(tensor: Tensor, own: Tensor) -> str:
    """Why a tensor cannot take the place of the network's own; "" if it can."""
    if tensor.is_meta:
        return "has no values (it lies on the device 'meta')"
    if tensor.is_quantized or tensor.layout != torch.strided:
        return f"is stored as {tensor.dtype}, {tensor.layout}, and must be plain numbers"
    if kind(tensor) != kind(own):
        return f"is of type {tensor.dtype}, and the network's is {own.dtype}"
    if not is_lazy(own) and tensor.shape != own.shape:
        return f"has the shape {tuple(tensor.shape)}, and the network's {tuple(own.shape)}"
    return ""


def kind(tensor: Tensor) -> str:
    if tensor.is_floating_point():
        return "floating"
    return "complex" if tensor.is_complex() else "whole"


def the_fit(
    network: nn.Module, content: Any, where: str, model: str, entry: str | None = None
) -> Fit:
    """The one part of a checkpoint that fits the network.

    Args:
        where, model: what the messages speak of.
        entry: the user's choice among several.

    Raises:
        UserError: none fits, or several with other values do.
    """
    tried = list(fits(network, content))
    if not tried:
        what = type(content).__name__.removeprefix("Inert ")
        raise UserError(
            f"{where} holds no named tensors ({what}), and must hold a state dictionary"
        )
    fitting = [fit for fit in tried if not fit.problems]
    if entry is not None:
        known = sorted({fit.entry for fit in tried})
        tried = fitting = [fit for fit in tried if fit.entry == entry]
        if not tried:
            raise UserError(f"{where} has no entry '{entry}'; it has {', '.join(known) or 'none'}")
        fitting = [fit for fit in tried if not fit.problems]
    if not fitting:
        nearest = min(tried, key=lambda fit: len(fit.problems))
        told = "; ".join(nearest.problems[:3])
        told += f"; and {len(nearest.problems) - 3} more" if len(nearest.problems) > 3 else ""
        inside = f" (of its entry '{nearest.entry}')" if nearest.entry else ""
        raise UserError(f"{where} does not fit the model '{model}': {told[:400]}{inside}")
    others = [fit.entry for fit in fitting[1:] if not same(fit.state, fitting[0].state)]
    if others:
        entries = ", ".join(repr(fit) for fit in (fitting[0].entry, *others))
        raise UserError(
            f"{where} holds several sets of weights that fit, {entries}; say which is meant by the "
            "model's key 'weights_entry'"
        )
    return fitting[0]


def same(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)
