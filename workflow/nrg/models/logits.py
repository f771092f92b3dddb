"""Where in what a network returns its logits are: a tensor, or one in a tuple, dict or object."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

Place = tuple[str | int, ...]  # keys, places in sequences, or names of attributes, outermost first


def at(output: Any, place: Place) -> Any:
    """What lies at a place."""
    for step in place:
        if isinstance(output, Mapping) or isinstance(step, int):
            output = output[step]
        else:
            output = getattr(output, step)
    return output


def tensors(output: Any, place: Place = (), depth: int = 4) -> Iterator[tuple[Place, Tensor]]:
    """All tensors in an output, with their places."""
    if isinstance(output, Tensor):
        yield place, output
    elif depth:
        for step, part in parts(output):
            yield from tensors(part, (*place, step), depth - 1)


def parts(output: Any) -> list[tuple[Any, Any]]:
    """What an output is made of."""
    if isinstance(output, Mapping):
        return list(output.items())
    if hasattr(output, "_fields"):  # a named tuple
        return [(name, getattr(output, name)) for name in output._fields]
    if isinstance(output, (tuple, list)):
        return list(enumerate(output))
    if dataclasses.is_dataclass(output):
        names: Any = [field.name for field in dataclasses.fields(output)]
    else:
        slots = getattr(type(output), "__slots__", ())
        names = [*getattr(output, "__dict__", ()), *([slots] if isinstance(slots, str) else slots)]
        names += ["logits"] * ("logits" not in names)  # a property
    return [(name, getattr(output, name)) for name in names if hasattr(output, name)]


def find_logits(output: Any, images: int, classes: int) -> Place:
    """The place of the logits, (images, classes), of an output.

    It is the only tensor of that shape, or the only one of several that is named `logits`.

    Raises:
        ValueError: no tensor has that shape, or several do; the message says what was returned.
    """
    found = list(tensors(output))
    fitting = [
        place
        for place, tensor in found
        if tensor.shape == (images, classes) and tensor.is_floating_point()
    ]
    named = [place for place in fitting if place and place[-1] == "logits"]
    chosen = fitting if len(fitting) == 1 else named
    if len(chosen) == 1:
        return chosen[0]
    told = ", ".join(f"{spoken(place)} {tuple(tensor.shape)}" for place, tensor in found[:8])
    what = "a tensor" if isinstance(output, Tensor) else f"a {type(output).__name__}"
    what += f" with {told}" if found and not isinstance(output, Tensor) else ""
    what += f" {tuple(output.shape)}" if isinstance(output, Tensor) else ""
    if isinstance(output, Tensor) and not output.is_floating_point():
        what += f" of {output.dtype}"
    if fitting:
        raise ValueError(
            f"returns {what}: several could be the logits {(images, classes)}; return one of them, "
            "or name one of them 'logits'"
        )
    raise ValueError(
        f"returns {what}; it must give logits {(images, classes)}, one for each image and class"
    )


def spoken(place: Place) -> str:
    """A place as Python writes it: [0], ['out'], .logits as ['logits'] too."""
    return "".join(f"[{step!r}]" for step in place) or "itself"
