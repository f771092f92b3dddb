"""Where the logits are in what a network returns: itself a tensor, or one in a tuple or object."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

# The keys, positions or names of attributes that lead to the logits, the outermost first.
LogitsPath = tuple[str | int, ...]


def follow(output: Any, path: LogitsPath) -> Any:
    """What the path leads to in an output."""
    for step in path:
        if isinstance(output, Mapping) or isinstance(step, int):
            output = output[step]
        else:
            output = getattr(output, step)
    return output


def find_tensors(
    output: Any, path: LogitsPath = (), depth: int = 4
) -> Iterator[tuple[LogitsPath, Tensor]]:
    """All tensors in an output, with their paths."""
    if isinstance(output, Tensor):
        yield path, output
    elif depth:
        for step, child in list_children(output):
            yield from find_tensors(child, (*path, step), depth - 1)


def list_children(output: Any) -> list[tuple[Any, Any]]:
    """What an output consists of, each part with its key, position or name."""
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


def find_logits(output: Any, images: int, classes: int) -> LogitsPath:
    """The path to the logits, (images, classes), in an output.

    They are the only tensor of that shape, or the only one of that shape that is named `logits`.

    Raises:
        ValueError: no tensor has that shape, or several do; the message says what was returned.
    """
    tensors = list(find_tensors(output))
    fitting = [
        path
        for path, tensor in tensors
        if tensor.shape == (images, classes) and tensor.is_floating_point()
    ]
    named = [path for path in fitting if path and path[-1] == "logits"]
    chosen = fitting if len(fitting) == 1 else named
    if len(chosen) == 1:
        return chosen[0]
    if isinstance(output, Tensor):
        what = f"a tensor {tuple(output.shape)}"
        what += "" if output.is_floating_point() else f" of {output.dtype}"
    else:
        shapes = [f"{format_path(path)} {tuple(tensor.shape)}" for path, tensor in tensors[:8]]
        what = f"a {type(output).__name__}{' with ' * bool(shapes)}{', '.join(shapes)}"
    if fitting:
        raise ValueError(
            f"returns {what}: several could be the logits {(images, classes)}; return one of them, "
            "or name one of them 'logits'"
        )
    raise ValueError(
        f"returns {what}; it must give logits {(images, classes)}, one for each image and class"
    )


def format_path(path: LogitsPath) -> str:
    """A path as Python writes it: [0], ['out']; attributes are written as ['logits'] too."""
    return "".join(f"[{step!r}]" for step in path) or "itself"
