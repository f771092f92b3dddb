"""Looking at gradients and decision boundaries (Figures 1b, 2 and 5).

Images are (n, C, H, W); pixels are 0–255.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from nrg.balls import BALLS
from nrg.errors import UserError
from nrg.evaluation_set import Images
from nrg.gradients import LossGradient, running_means
from nrg.keys import image_key
from nrg.noise import KeyedNoise
from nrg.progress import Progress

Directions = tuple[Tensor, Tensor]
Move = Callable[[Tensor, Directions, float, float], Tensor]


def averaged_gradients(
    classifier: nn.Module,
    images: Images,
    copies: Sequence[int],
    sigma: float,
    seed: int,
    microbatch: int,
    device: torch.device,
) -> dict[int, Tensor]:
    """The noise-reduced gradient of every image for each m in `copies` (Eq. 8); m 0 is the plain.

    Returns:
        For each m a tensor (n, C, H, W), on the CPU.

    Raises:
        UserError: a gradient that is not finite.
    """
    found: dict[int, list[Tensor]] = {m: [] for m in copies}
    most = max(copies)
    with Progress("gradients", len(images) * most) as progress:
        for start in range(0, len(images), microbatch):
            batch = images[start : start + microbatch]
            x = torch.from_numpy(np.array(batch.pixels)).to(device).float()
            labels = torch.from_numpy(np.array(batch.labels)).to(device)
            gradient = LossGradient([classifier], labels)
            noise = KeyedNoise([image_key(seed, name) for name in batch.ids], x.shape[1:], device)
            if 0 in found:
                found[0].append(gradient(x).cpu())
            for m, mean in enumerate(running_means(gradient, x, most, sigma, noise), start=1):
                if m in found:
                    found[m].append(mean.cpu())
                progress.advance(len(batch))
    averaged = {m: torch.cat(parts) for m, parts in found.items()}
    for gradients in averaged.values():
        if not gradients.isfinite().all():
            raise UserError("a gradient is not finite: the model overflows; look at its weights")
    return averaged


def high_frequency_share(gradients: Tensor, above: float = 0.25) -> np.ndarray:
    """The share of each gradient's spectral energy above a frequency, in cycles a pixel, (n,)."""
    spectrum = torch.fft.fft2(gradients.double()).abs().square().sum(1)
    height, width = gradients.shape[-2:]
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)[None]
    high = (rows.square() + columns.square()).sqrt() > above
    return ((spectrum * high).sum((1, 2)) / spectrum.sum((1, 2))).numpy()


def rendered(gradient: Tensor) -> np.ndarray:
    """A gradient (C, H, W) as a picture in [0, 1]: its largest channel, the top percent clipped."""
    picture = gradient.abs().amax(0).numpy()
    return np.clip(picture / max(np.quantile(picture, 0.99), 1e-30), 0, 1)


def decompose(plain: Tensor, parallel: Tensor) -> Directions:
    """The data-dependent direction ∇f∥, and what it leaves of the gradient, ∇f⊥ (section 3.1)."""
    flat, along = plain.flatten(1), parallel.flatten(1)
    share = (flat * along).sum(1) / along.square().sum(1)
    return parallel, plain - share.view(-1, 1, 1, 1) * parallel


def unit_move(x: Tensor, directions: Directions, u: float, v: float) -> Tensor:
    """x + u ∇f∥/‖∇f∥‖ + v ∇f⊥/‖∇f⊥‖ (Figure 1b), with u and v as RMSD in pixels."""
    a, b = (BALLS["l2"].direction(direction) for direction in directions)
    return x + u * a + v * b


def sign_move(x: Tensor, directions: Directions, u: float, v: float) -> Tensor:
    """clip(x + u sign ∇f∥ + v sign ∇f⊥, 0, 255) (Eq. 13)."""
    a, b = (BALLS["linf"].direction(direction) for direction in directions)
    return (x + u * a + v * b).clamp(0, 255)


MOVES: dict[str, Move] = {"unit": unit_move, "sign": sign_move}


@torch.inference_mode()
def label_map(
    classifier: nn.Module, x: Tensor, directions: Directions, move: Move, steps: np.ndarray
) -> np.ndarray:
    """The label at every (v, u) of the plane through one image (1, C, H, W), int64."""
    device = next(classifier.parameters()).device
    rows = []
    for v in steps:
        points = torch.cat([move(x, directions, float(u), float(v)) for u in steps])
        rows.append(classifier(points.to(device)).argmax(1).cpu())
    return torch.stack(rows).numpy()


@torch.inference_mode()
def distances(
    classifier: nn.Module,
    images: Images,
    directions: Directions,
    move: Move,
    steps: np.ndarray,
    microbatch: int,
) -> dict[str, np.ndarray]:
    """The smallest |u| and |v| of `steps` that change each image's label; inf where none does.

    NaN for an image that the classifier mistakes as it is.
    """
    device = next(classifier.parameters()).device
    smallest = {axis: np.full(len(images), np.inf) for axis in ("u", "v")}
    for start in range(0, len(images), microbatch):
        part = slice(start, start + microbatch)
        x = torch.from_numpy(np.array(images.pixels[part])).float()
        labels = torch.from_numpy(np.array(images.labels[part]))
        own = (directions[0][part], directions[1][part])
        for size in steps[np.argsort(np.abs(steps), kind="stable")]:
            for axis, (u, v) in (("u", (size, 0.0)), ("v", (0.0, size))):
                moved = move(x, own, float(u), float(v)).to(device)
                changed = (classifier(moved).argmax(1).cpu() != labels).numpy()
                found = smallest[axis][part]
                found[changed] = np.minimum(found[changed], abs(size))
        wrong = (classifier(x.to(device)).argmax(1).cpu() != labels).numpy()
        for sizes in smallest.values():
            sizes[part][wrong] = np.nan
    return smallest


def probe_boundaries(
    source: nn.Module,
    targets: Mapping[str, nn.Module],
    images: Images,
    probe: Mapping[str, Any],
    seed: int,
    microbatch: int,
    device: torch.device,
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, np.ndarray]]]:
    """Label maps of the first image, and distances of all, on every target.

    Args:
        probe: move (of MOVES), reach (u and v go from −reach to reach, in pixels), points (so many
            on each axis), copies ([m]) and sigma of ∇f∥.

    Returns:
        Each target's map (points, points), and its smallest |u| and |v| of every image.
    """
    (m,), move = probe["copies"], MOVES[probe["move"]]
    gradients = averaged_gradients(source, images, [0, m], probe["sigma"], seed, microbatch, device)
    directions = decompose(gradients[0], gradients[m])
    steps = axis(probe["reach"], probe["points"])
    x = torch.from_numpy(np.array(images.pixels[:1])).float()
    first = (directions[0][:1], directions[1][:1])
    maps, sizes = {}, {}
    with Progress("targets", len(targets)) as progress:
        for name, target in targets.items():
            maps[name] = label_map(target, x, first, move, steps)
            sizes[name] = distances(target, images, directions, move, steps[steps != 0], microbatch)
            progress.advance(1)
    return maps, sizes


def axis(reach: float, points: int) -> np.ndarray:
    return np.linspace(-reach, reach, points)


def map_frame(maps: Mapping[str, np.ndarray], reach: float) -> pd.DataFrame:
    """Maps in long form: target, v, u, label."""
    frames = []
    for target, labels in maps.items():
        v, u = np.meshgrid(axis(reach, len(labels)), axis(reach, len(labels)), indexing="ij")
        columns = {"target": target, "v": v.ravel(), "u": u.ravel(), "label": labels.ravel()}
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def distance_frame(
    distances: Mapping[str, Mapping[str, np.ndarray]], images: Images
) -> pd.DataFrame:
    """Distances in long form: target, image_id, u, v; inf where no step changes the label."""
    return pd.concat(
        [
            pd.DataFrame({"target": target, "image_id": images.ids, **smallest})
            for target, smallest in distances.items()
        ],
        ignore_index=True,
    )


def gradient_pictures(gradients: Mapping[int, Tensor]) -> dict[str, np.ndarray]:
    """The first image's gradient for each m, rendered, (1, H, W), uint8."""
    return {
        str(m): np.rint(255 * rendered(gradient[0]))[None].astype(np.uint8)
        for m, gradient in gradients.items()
    }


def share_frame(gradients: Mapping[int, Tensor], images: Images) -> pd.DataFrame:
    """The high-frequency share of every image's gradient for each m, in percent."""
    return pd.concat(
        [
            pd.DataFrame({"m": m, "image_id": images.ids, "share": 100 * high_frequency_share(g)})
            for m, g in gradients.items()
        ],
        ignore_index=True,
    )


def cosine_frame(gradients: Mapping[str, Mapping[int, Tensor]], images: Images) -> pd.DataFrame:
    """The cosine between every two models' gradients: source, target, m, image_id, cosine."""
    frames = [
        pd.DataFrame(
            {
                "source": a,
                "target": b,
                "m": m,
                "image_id": images.ids,
                "cosine": cosine_similarity(
                    gradients[a][m].flatten(1), gradients[b][m].flatten(1)
                ).numpy(),
            }
        )
        for a, b in combinations(gradients, 2)
        for m in gradients[a]
    ]
    return pd.concat(frames, ignore_index=True)
