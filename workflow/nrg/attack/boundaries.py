"""Decision boundaries around images, in the plane of two directions (Figures 1b and 5).

Images are (n, C, H, W); pixels are 0–255. The points of a plane are x + u a + v b, where a points
along the data-dependent direction ∇f∥, and b along the rest of the gradient, ∇f⊥.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from nrg.attack.balls import BALLS, as_divisor
from nrg.attack.gradient_probes import average_gradients
from nrg.attack.gradients import Network
from nrg.attack.line_search import first_changes
from nrg.base.errors import UserError, name_in_errors
from nrg.base.progress import Progress
from nrg.data.batches import Compute, in_batches, load_pixels
from nrg.data.images import Images
from nrg.study.kinds import Probe

Directions = tuple[Tensor, Tensor]  # a and b of each image, both (n, C, H, W)


class Move(NamedTuple):
    """The ball whose direction function gives a step of length one, and whether pixels are then
    clipped."""

    ball: str
    clipped: bool


MOVES = {
    "unit": Move("l2", clipped=False),  # Figure 1b: directions of RMSD 1
    "sign": Move("linf", clipped=True),  # Eq. 13: signs, and then a clip to [0, 255]
}


def decompose(gradient: Tensor, parallel: Tensor, residual: str = "projection") -> Directions:
    """The data-dependent direction ∇f∥, and the rest of the gradient, ∇f⊥ (section 3.1).

    ∇f∥ is divided by its largest entry before it is squared, so that squares cannot vanish or
    overflow, not even those of gradients that come in float64.

    Args:
        gradient, parallel: ∇f and its noise-reduced estimate.
        residual: "projection" is ∇f minus its projection on ∇f∥; "difference" is ∇f − ∇f∥, as the
            paper writes it.

    Raises:
        UserError: a part is not finite.
    """
    full, along = gradient.double(), parallel.double()
    if residual == "projection":
        largest = along.abs().amax((1, 2, 3), keepdim=True)
        along = along / as_divisor(largest)
        length = along.square().sum((1, 2, 3), keepdim=True)
        factor = (full * along).sum((1, 2, 3), keepdim=True) / as_divisor(length)
        rest = full - factor * along
    else:
        rest = full - along
    rest = rest.to(gradient.dtype)
    if not (parallel.isfinite().all() and rest.isfinite().all()):
        raise UserError(
            "a part of the gradient (∇f∥ or ∇f⊥) is not finite; look at the model's weights"
        )
    return parallel, rest


def split_gradient(gradients: Mapping[int, Tensor]) -> dict[tuple[str, int], Tensor]:
    """The gradient and the parts that the paper splits it into, by name and m.

    Args:
        gradients: the gradient without noise as m = 0, and the noise-reduced one of another m.
    """
    (m,) = set(gradients) - {0}
    parallel, perpendicular = decompose(gradients[0], gradients[m])
    _, difference = decompose(gradients[0], gradients[m], "difference")
    return {
        ("gradient", 0): gradients[0],
        ("parallel", m): parallel,
        ("perpendicular", m): perpendicular,
        ("difference", m): difference,
    }


def normalise(directions: Directions, move: Move) -> Directions:
    """The directions as steps of length one: of RMSD 1, or signs."""
    ball = BALLS[move.ball]
    return ball.direction(directions[0]), ball.direction(directions[1])


def move_images(x: Tensor, unit: Directions, u: Tensor, v: Tensor, move: Move) -> Tensor:
    """x + u a + v b, for directions a and b of length one.

    Args:
        x: (n, C, H, W), and `unit` in the same shape.
        u, v: in pixels, (n, 1, 1, 1).
    """
    points = x + u * unit[0] + v * unit[1]
    return points.clamp(0, 255) if move.clipped else points


class Planes:
    """The planes through some images, and a network's labels there.

    Args:
        x: images (n, C, H, W), with `directions` of each, on the network's device.
        size: points that go through the network at once.
    """

    def __init__(
        self, network: Network, x: Tensor, directions: Directions, move: Move, size: int
    ) -> None:
        self.network, self.x, self.move, self.size = network, x, move, size
        self.unit = normalise(directions, move)

    @torch.inference_mode()
    def labels(self, rows: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The labels at points (u, v) of the planes through the images in `rows`, all (points,)."""
        labels = [np.empty(0, np.int64)]
        for start in range(0, len(rows), self.size):
            part = slice(start, start + self.size)
            row = torch.from_numpy(rows[part]).to(self.x.device)
            points = move_images(
                self.x[row],
                (self.unit[0][row], self.unit[1][row]),
                self.as_steps(u[part]),
                self.as_steps(v[part]),
                self.move,
            )
            labels.append(self.network(points).argmax(1).cpu().numpy())
        return np.concatenate(labels)

    def as_steps(self, distances: np.ndarray) -> Tensor:
        """Distances (points,) as a tensor (points, 1, 1, 1) of the images' type and device."""
        return torch.from_numpy(distances).to(self.x).view(-1, 1, 1, 1)


def map_labels(
    network: Network,
    images: Images,
    directions: Directions,
    move: Move,
    axis: np.ndarray,
    compute: Compute,
) -> np.ndarray:
    """The label at every (v, u) of the plane through the first image.

    Args:
        axis: the values of u, and of v, in pixels.

    Returns:
        (len(axis), len(axis)), int64.
    """
    v, u = np.meshgrid(axis, axis, indexing="ij")
    x, first = select_part(images, directions, slice(0, 1), compute.device)

    def label_points(part: slice, size: int) -> np.ndarray:
        plane = Planes(network, x, first, move, size)
        rows = np.zeros(part.stop - part.start, np.int64)
        return plane.labels(rows, u.ravel()[part], v.ravel()[part])

    labels = [labels for _, labels in in_batches(u.size, compute.microbatch, label_points)]
    return np.concatenate(labels).reshape(u.shape)


def measure_distances(
    network: Network,
    images: Images,
    directions: Directions,
    move: Move,
    reach: float,
    compute: Compute,
) -> dict[str, np.ndarray]:
    """The smallest |u| and |v| that change each image's label, in pixels, (n,) each.

    `line_search.first_changes` says how distances are found, and how exactly. A distance is inf
    where no step within reach changes the label, and NaN where the network misclassifies the image
    as it is.
    """

    def measure_batch(part: slice, size: int) -> dict[str, np.ndarray]:
        planes = Planes(network, *select_part(images, directions, part, compute.device), move, size)
        labels = np.array(images.labels[part])
        all_rows, zeros = np.arange(len(labels)), np.zeros(len(labels))
        correct = all_rows[planes.labels(all_rows, zeros, zeros) == labels]

        distances = {axis: np.full(len(labels), np.nan) for axis in ("u", "v")}
        for axis, distance in distances.items():

            def changes(index: np.ndarray, steps: np.ndarray, axis: str = axis) -> np.ndarray:
                rows, zeros = correct[index], np.zeros_like(steps)
                point = {"u": zeros, "v": zeros, axis: steps}
                changed: np.ndarray = planes.labels(rows, **point) != labels[rows]
                return changed

            distance[correct] = first_changes(changes, len(correct), reach)
        return distances

    batches = [each for _, each in in_batches(len(images), compute.microbatch, measure_batch)]
    return {axis: np.concatenate([distances[axis] for distances in batches]) for axis in ("u", "v")}


def select_part(
    images: Images, directions: Directions, part: slice, device: torch.device
) -> tuple[Tensor, Directions]:
    """A part of the images as float32, and their directions, on the device."""
    x = load_pixels(images.pixels[part], device)
    return x, (directions[0][part].to(device), directions[1][part].to(device))


def probe_boundaries(
    sources: Mapping[str, Network],
    targets: Mapping[str, Network],
    images: Images,
    probe: Probe,
    compute: Compute,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Map the labels around the first image, and measure the distances of all images.

    Each source gives the directions, and each target the labels.

    Args:
        probe: u and v go from −reach to reach; its σ and its only number of copies are those of
            ∇f∥.

    Returns:
        The maps, one row per point: source, target, v, u, label; and the distances, one row per
        image: source, target, image_id, u, v, as `measure_distances` gives them.

    Raises:
        UserError: a gradient of a source is not finite.
    """
    (m,), move, reach = probe.copies, MOVES[probe.move], probe.reach
    axis = np.linspace(-reach, reach, probe.points)
    v, u = np.meshgrid(axis, axis, indexing="ij")
    maps: list[pd.DataFrame] = []
    distances: list[pd.DataFrame] = []
    for source, source_network in sources.items():
        with name_in_errors(f"the model '{source}'"):
            gradients = average_gradients(source_network, images, [0, m], probe.sigma, compute)
            directions = decompose(gradients[0], gradients[m], probe.residual)
        with Progress("targets", len(targets)) as progress:
            for target, network in targets.items():
                names = {"source": source, "target": target}
                labels = map_labels(network, images, directions, move, axis, compute)
                points = {"v": v.ravel(), "u": u.ravel(), "label": labels.ravel()}
                maps.append(pd.DataFrame(names | points))
                nearest = measure_distances(network, images, directions, move, reach, compute)
                distances.append(pd.DataFrame(names | {"image_id": images.ids} | nearest))
                progress.advance(1)
    return pd.concat(maps, ignore_index=True), pd.concat(distances, ignore_index=True)
