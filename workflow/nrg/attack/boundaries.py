"""Decision boundaries around images, in the plane of two directions (Figures 1b and 5).

Images are (n, C, H, W); pixels are 0–255. Points of a plane are x + u a + v b, with a along the
data-dependent direction ∇f∥ and b along what it leaves of the gradient, ∇f⊥.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from nrg.attack.balls import BALLS
from nrg.attack.gradient_probes import averaged_gradients
from nrg.attack.line_search import first_changes
from nrg.base.errors import UserError
from nrg.base.progress import Progress
from nrg.data.batches import in_batches
from nrg.data.images import Images

Directions = tuple[Tensor, Tensor]


class Move(NamedTuple):
    """How u and v are measured, as a step of that ball, and whether pixels are clipped."""

    ball: str
    clipped: bool


MOVES = {
    "unit": Move("l2", clipped=False),  # Figure 1b: directions of RMSD 1
    "sign": Move("linf", clipped=True),  # Eq. 13: signs, and then clip to [0, 255]
}


def decompose(plain: Tensor, parallel: Tensor, residual: str = "projection") -> Directions:
    """The data-dependent direction ∇f∥, and what it leaves of the gradient, ∇f⊥ (section 3.1).

    Gradients are scaled by their largest entry before they are squared, for squares of tiny ones
    would vanish.

    Args:
        plain, parallel: ∇f and its noise-reduced estimate.
        residual: "projection", ∇f less its projection on ∇f∥, or "difference", ∇f − ∇f∥ as the
            paper writes it.

    Raises:
        UserError: a part is not finite.
    """
    full, along = plain.double(), parallel.double()
    if residual == "projection":
        largest = along.abs().amax((1, 2, 3), keepdim=True)
        along = along / largest.where(largest > 0, 1)
        length = along.square().sum((1, 2, 3), keepdim=True)
        share = (full * along).sum((1, 2, 3), keepdim=True) / length.where(length > 0, 1)
        rest = full - share * along
    else:
        rest = full - along
    rest = rest.to(plain.dtype)
    if not (parallel.isfinite().all() and rest.isfinite().all()):
        raise UserError("a part of a gradient is not finite; look at the model's weights")
    return parallel, rest


def parts(gradients: Mapping[int, Tensor]) -> dict[tuple[str, int], Tensor]:
    """The plain gradient (m 0) and its parts, by name and m: what the paper decomposes it into."""
    (m,) = set(gradients) - {0}
    plain = gradients[0]
    parallel, perpendicular = decompose(plain, gradients[m])
    _, difference = decompose(plain, gradients[m], "difference")
    return {
        ("gradient", 0): plain,
        ("parallel", m): parallel,
        ("perpendicular", m): perpendicular,
        ("difference", m): difference,
    }


def units(directions: Directions, move: Move) -> Directions:
    """The directions as steps of length one: of RMSD 1, or signs."""
    first, second = (BALLS[move.ball].direction(direction) for direction in directions)
    return first, second


def moved(x: Tensor, unit: Directions, u: Tensor, v: Tensor, move: Move) -> Tensor:
    """x + u a + v b for unit directions a and b, with u and v in pixels, (n, 1, 1, 1)."""
    points = x + u * unit[0] + v * unit[1]
    return points.clamp(0, 255) if move.clipped else points


class Plane:
    """The planes through some images, and a network's labels there.

    Args:
        x: images (n, C, H, W), and `directions` of each, on the network's device.
        size: points that go through the network at once.
    """

    def __init__(
        self, classifier: nn.Module, x: Tensor, directions: Directions, move: Move, size: int
    ) -> None:
        self.classifier, self.x, self.move, self.size = classifier, x, move, size
        self.unit = units(directions, move)

    @torch.inference_mode()
    def labels(self, rows: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The labels at points (u, v) of the planes through the images in these rows, int64."""
        found = [np.empty(0, np.int64)]
        for start in range(0, len(rows), self.size):
            part = slice(start, start + self.size)
            row = torch.from_numpy(rows[part]).to(self.x.device)
            steps = (torch.from_numpy(s[part]).to(self.x).view(-1, 1, 1, 1) for s in (u, v))
            own = (self.unit[0][row], self.unit[1][row])
            points = moved(self.x[row], own, *steps, self.move)
            found.append(self.classifier(points).argmax(1).cpu().numpy())
        return np.concatenate(found)


def label_map(
    classifier: nn.Module,
    images: Images,
    directions: Directions,
    move: Move,
    steps: np.ndarray,
    microbatch: int,
    device: torch.device,
) -> np.ndarray:
    """The label at every (v, u) of the plane through the first image, int64."""
    v, u = np.meshgrid(steps, steps, indexing="ij")
    x, own = on_device(images, directions, slice(0, 1), device)

    def work(part: slice, size: int) -> np.ndarray:
        plane = Plane(classifier, x, own, move, size)
        rows = np.zeros(part.stop - part.start, np.int64)
        return plane.labels(rows, u.ravel()[part], v.ravel()[part])

    parts = [labels for _, labels in in_batches(u.size, microbatch, work)]
    return np.concatenate(parts).reshape(u.shape)


def distances(
    classifier: nn.Module,
    images: Images,
    directions: Directions,
    move: Move,
    reach: float,
    microbatch: int,
    device: torch.device,
) -> dict[str, np.ndarray]:
    """The smallest |u| and |v| that change each image's label; inf where none within reach does.

    NaN for an image that the classifier mistakes as it is. How distances are found, and how
    exactly, says `line_search.first_changes`.
    """

    def work(part: slice, size: int) -> dict[str, np.ndarray]:
        plane = Plane(classifier, *on_device(images, directions, part, device), move, size)
        labels = np.array(images.labels[part])
        rows, still = np.arange(len(labels)), np.zeros(len(labels))
        wrong = plane.labels(rows, still, still) != labels

        def changed(axis: str, rows: np.ndarray, steps: np.ndarray) -> np.ndarray:
            none = np.zeros_like(steps)
            u, v = (steps, none) if axis == "u" else (none, steps)
            return plane.labels(rows, u, v) != labels[rows]

        right = rows[~wrong]
        found = {axis: np.full(len(labels), np.nan) for axis in ("u", "v")}
        for axis, sizes in found.items():
            sizes[right] = first_changes(
                lambda own, steps, axis=axis: changed(axis, right[own], steps), len(right), reach
            )
        return found

    parts = [found for _, found in in_batches(len(images), microbatch, work)]
    return {axis: np.concatenate([found[axis] for found in parts]) for axis in ("u", "v")}


def on_device(
    images: Images, directions: Directions, part: slice, device: torch.device
) -> tuple[Tensor, Directions]:
    """Some images as float32, and their directions."""
    x = torch.from_numpy(np.array(images.pixels[part])).to(device).float()
    return x, (directions[0][part].to(device), directions[1][part].to(device))


def probe_boundaries(
    sources: Mapping[str, nn.Module],
    targets: Mapping[str, nn.Module],
    images: Images,
    probe: Mapping[str, Any],
    seed: int,
    microbatch: int,
    device: torch.device,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Label maps of the first image, and distances of all, from every source on every target.

    Args:
        probe: move (of MOVES), reach (u and v go from −reach to reach, in pixels), points (so many
            on each axis of a map), copies ([m]) and sigma of ∇f∥, residual of `decompose`.

    Returns:
        The maps in long form: source, target, v, u, label; and the distances: source, target,
        image_id, u, v, in pixels, inf where no step within reach changes the label, NaN where the
        target mistakes the image as it is.
    """
    (m,), move, reach = probe["copies"], MOVES[probe["move"]], probe["reach"]
    steps = np.linspace(-reach, reach, probe["points"])
    v, u = np.meshgrid(steps, steps, indexing="ij")
    maps: list[pd.DataFrame] = []
    sizes: list[pd.DataFrame] = []
    for source, model in sources.items():
        gradients = averaged_gradients(
            model, images, [0, m], probe["sigma"], seed, microbatch, device
        )
        residual = probe.get("residual", "projection")
        directions = decompose(gradients[0], gradients[m], residual)
        with Progress("targets", len(targets)) as progress:
            for target, other in targets.items():
                ends = {"source": source, "target": target}
                given = (other, images, directions, move)
                labels = label_map(*given, steps, microbatch, device)
                points = {"v": v.ravel(), "u": u.ravel(), "label": labels.ravel()}
                maps.append(pd.DataFrame(ends | points))
                smallest = distances(*given, reach, microbatch, device)
                sizes.append(pd.DataFrame(ends | {"image_id": images.ids} | smallest))
                progress.advance(1)
    return joined(maps), joined(sizes)


def joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True)
