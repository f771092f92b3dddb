"""Which of a checkpoint's tensors are a network's weights, whatever their names begin with."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from nrg.base.errors import UserError
from nrg.models.checkpoints import find_state_dictionaries
from nrg.models.classifier import tensor_state

WRAPPERS = {"module", "_orig_mod"}  # what DataParallel and torch.compile put into names
# Counts that are kept with the weights: by batch norm, averaged models, and counters of operations.
COUNTS = {"num_batches_tracked", "n_averaged", "total_ops", "total_params"}
# torchvision's densenet files of 2017 say norm.1 where its network says norm1.
OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


@dataclass(frozen=True)
class Fit:
    """How some tensors of a checkpoint fit a network.

    Attributes:
        entry: where in the checkpoint they are: the keys, and what all names begin with.
        state: the tensors that fit, by the network's own names.
        problems: why the others do not fit.
        left: names of tensors in the same place that are not read.
    """

    entry: str
    state: dict[str, Tensor]
    problems: list[str]
    left: list[str]


def modern_name(name: str) -> str:
    """A tensor's name without what wrapped networks put into it."""
    name = OLD_DENSENET.sub(r"\1\2", name)
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def list_names(network: nn.Module) -> dict[str, str]:
    """A network's own names of its tensors, by their modern form."""
    names = list(tensor_state(network))
    modern = {modern_name(name): name for name in names}
    return modern if len(modern) == len(names) else {name: name for name in names}


def find_fits(network: nn.Module, content: Any) -> Iterator[Fit]:
    """Every way in which a checkpoint's tensors might be the network's."""
    names, tensors = list_names(network), tensor_state(network)
    needed = [name for name in names if not is_count(name)]
    for stored in find_state_dictionaries(content):
        given = {modern_name(name): tensor for name, tensor in stored.tensors.items()}
        if len(given) != len(stored.tensors):
            given = dict(stored.tensors)
        for prefix in find_prefixes(given, needed):
            inside = {
                name.removeprefix(prefix): tensor
                for name, tensor in given.items()
                if name.startswith(prefix)
            }
            left = [name for name in given if not name.startswith(prefix)]
            entry = ".".join(filter(None, (stored.entry, prefix.rstrip("."))))
            state, problems = match_tensors(inside, names, tensors)
            yield Fit(entry, state, problems, left)


def find_prefixes(given: Mapping[str, Tensor], needed: list[str]) -> list[str]:
    """What might precede all of the network's names, judged by its longest ones."""
    anchors = sorted(needed, key=lambda name: (-name.count("."), name))[:3]
    prefixes = {
        name.removesuffix(anchor)
        for anchor in anchors
        for name in given
        if name == anchor or name.endswith(f".{anchor}")
    }
    return sorted(prefixes) or [""]


def match_tensors(
    inside: Mapping[str, Tensor], names: Mapping[str, str], tensors: Mapping[str, Tensor]
) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors that fit, by the network's own names, and what is wrong with the others.

    Args:
        inside: the checkpoint's tensors, by modern name.
        names: the network's own names, by modern name.
        tensors: the network's tensors, by its own names.
    """
    state: dict[str, Tensor] = {}
    problems = []
    tied: dict[Any, list[str]] = {}  # the modern names of each of the network's tensors
    for name, own_name in names.items():
        tied.setdefault(identify_memory(tensors[own_name]), []).append(name)
    for name, own_name in names.items():
        expected = tensors[own_name]
        twins = [twin for twin in (name, *tied[identify_memory(expected)]) if twin in inside]
        if not twins:
            if not is_count(name):
                problems.append(f"it has no '{name}'")
            continue
        tensor = inside[twins[0]]
        problem = explain_mismatch(tensor, expected)
        if not problem:
            differing = [
                twin for twin in twins if twin != name and not torch.equal(inside[twin], tensor)
            ]
            if differing:
                problem = f"and its '{differing[0]}' differ, and are one in the network"
        if not problem:
            state[own_name] = tensor
        elif not is_count(name):
            problems.append(f"its '{name}' {problem}")
    problems += [
        f"the network has no '{name}'"
        for name in inside
        if name not in names and not is_count(name)
    ]
    return state, problems


def is_count(name: str) -> bool:
    """Whether a tensor of this name is a count, which a network can do without."""
    return name.rpartition(".")[2] in COUNTS


def identify_memory(tensor: Tensor) -> Any:
    """A value that is equal for two of a network's tensors if they are one, under two names."""
    if is_lazy(tensor) or not tensor.numel():
        return id(tensor)
    return tensor.data_ptr(), tensor.shape, tensor.stride()


def explain_mismatch(tensor: Tensor, expected: Tensor) -> str:
    """Why a tensor cannot be loaded into the network's own; "" if it can."""
    if tensor.is_meta:
        return "has no values (it lies on the device 'meta')"
    if tensor.is_quantized or tensor.layout != torch.strided:
        return f"is stored as {tensor.dtype}, {tensor.layout}, and must be plain numbers"
    if kind_of_number(tensor) != kind_of_number(expected):
        return f"is of type {tensor.dtype}, and the network's is {expected.dtype}"
    if not is_lazy(expected) and tensor.shape != expected.shape:
        return f"has the shape {tuple(tensor.shape)}, and the network's {tuple(expected.shape)}"
    return ""


def kind_of_number(tensor: Tensor) -> str:
    """Whether a tensor's numbers are "floating", "complex" or "whole"."""
    if tensor.is_floating_point():
        return "floating"
    return "complex" if tensor.is_complex() else "whole"


def choose_fit(
    network: nn.Module, content: Any, where: str, model: str, entry: str | None = None
) -> Fit:
    """The one part of a checkpoint that fits the network.

    Args:
        where, model: names of the file and the model, for messages.
        entry: the part that the user chose.

    Raises:
        UserError: no part fits, or several with different values do.
    """
    fits = list(find_fits(network, content))
    if not fits:
        what = type(content).__name__.removeprefix("Inert ")
        raise UserError(
            f"{where} holds no named tensors ({what}), and must hold a state dictionary"
        )
    if entry is not None:
        known = sorted({fit.entry for fit in fits})
        fits = [fit for fit in fits if fit.entry == entry]
        if not fits:
            raise UserError(f"{where} has no entry '{entry}'; it has {', '.join(known) or 'none'}")
    fitting = [fit for fit in fits if not fit.problems]
    if not fitting:
        nearest = min(fits, key=lambda fit: len(fit.problems))
        problems = "; ".join(nearest.problems[:3])
        if len(nearest.problems) > 3:
            problems += f"; and {len(nearest.problems) - 3} more"
        inside = f" (of its entry '{nearest.entry}')" if nearest.entry else ""
        raise UserError(f"{where} does not fit the model '{model}': {problems[:400]}{inside}")
    first = fitting[0]
    others = [fit.entry for fit in fitting[1:] if not have_equal_tensors(fit.state, first.state)]
    if others:
        entries = ", ".join(repr(entry) for entry in (first.entry, *others))
        raise UserError(
            f"{where} holds several sets of weights that fit, {entries}; say which is meant by the "
            "model's key 'weights_entry'"
        )
    return first


def have_equal_tensors(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    """Whether two state dictionaries hold the same tensors under the same names."""
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)
