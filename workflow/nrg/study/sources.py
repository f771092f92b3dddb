"""Sources by name: a model, an ensemble of models, a fully connected network, or noise."""

import re

from nrg.base.errors import UserError
from nrg.study.defences import MARK, model_behind

NOISE = "noise"  # the source of random attacks


def list_members(source: str) -> list[str]:
    """The models of a source: a, b and c of "a+b+c", a of "a", and none of "noise".

    Raises:
        UserError: if a member is missing or named twice, or if a weight is not a positive number.
    """
    return list(weigh_members(source))


def is_white_box(source: str, target: str) -> bool:
    """Whether the target is the source or a member of it, also behind a defence.

    Behind a defence the attack does not see all of the target, but it sees the gradients of its
    network, so that the pair says nothing of other networks.
    """
    return model_behind(target) in list_members(source)


def weigh_members(source: str) -> dict[str, float]:
    """The models of a source with their weights, which sum to 1: 0.75 and 0.25 for "a@3+b@1".

    Raises:
        UserError: as `list_members`.
    """
    if source == NOISE:
        return {}
    if MARK in source:
        raise UserError(
            f"the source '{source}': a defence is a target's; attack '{model_behind(source)}', and "
            "name it behind its defence among the targets"
        )
    parts = [part.partition("@") for part in source.split("+")]
    weights = {name: weight if at else "1" for name, at, weight in parts}
    are_numbers = all(re.fullmatch(r"\d+(\.\d+)?", weight) for weight in weights.values())
    if "" in weights or len(weights) < len(parts) or not are_numbers:
        raise UserError(
            f"'{source}' is no ensemble: write different models as a+b+c, with weights as a@2+b@1"
        )
    values = {name: float(weight) for name, weight in weights.items()}
    if min(values.values()) <= 0:
        raise UserError(f"'{source}': the weight of a member must be positive")
    return {name: value / sum(values.values()) for name, value in values.items()}


def name_mlp(depth: int) -> str:
    """The name of the fully connected network with this number of hidden layers."""
    return f"mlp_d{depth}"


def mlp_depth(name: str) -> int:
    """The number of hidden layers in a name that `name_mlp` made."""
    return int(name.removeprefix("mlp_d"))


def label_network(name: str) -> str:
    """What to print for a network: D = 3 for mlp_d3, and any other name as it is."""
    depth = re.fullmatch(r"mlp_d(\d+)", name)
    return f"D = {depth[1]}" if depth else name
