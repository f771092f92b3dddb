"""Averages, spectra and cosines of gradients, and pictures of them (Figure 2, section 3.1).

Images are (n, C, H, W); pixels are 0–255.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from nrg.attack.balls import as_divisor
from nrg.attack.draws import Draws
from nrg.attack.gradients import (
    LossGradient,
    Network,
    is_not_finite,
    refuse_overflow,
    running_means,
)
from nrg.attack.noise import KeyedNoise
from nrg.base.progress import Progress
from nrg.data.batches import Compute, in_batches, load_pixels
from nrg.data.images import Images

HIGH = 0.25  # cycles per pixel, above which a frequency is high


def average_gradients(
    network: Network,
    images: Images,
    copies: Sequence[int],
    sigma: float,
    compute: Compute,
    stream: str = "",
) -> dict[int, Tensor]:
    """Compute the noise-reduced gradient of every image (Eq. 8), for several m.

    Args:
        copies: the values of m; 0 stands for the gradient without noise.
        sigma: standard deviation of the noise, in pixels.
        stream: a name that selects other noise; without one it is the noise of the attacks.

    Returns:
        For each m a tensor (n, C, H, W), on the CPU.

    Raises:
        UserError: a gradient is not finite.
    """
    most = max(copies)
    with Progress("gradients", len(images) * most) as progress:

        def average_batch(part: slice, _: int) -> dict[int, Tensor]:
            progress.done = part.start * most  # so that a repeated batch counts once
            batch = images[part]
            x, gradient, noise = prepare_batch(network, batch, compute, stream)
            averages = {0: gradient(x)} if 0 in copies else {}
            for m, mean in enumerate(running_means(gradient, x, most, sigma, noise), start=1):
                if m in copies:
                    averages[m] = mean
                progress.advance(len(batch))
            return {m: mean.cpu() for m, mean in averages.items()}

        batches = [each for _, each in in_batches(len(images), compute.microbatch, average_batch)]
    averaged = {m: torch.cat([averages[m] for averages in batches]) for m in copies}
    for gradients in averaged.values():
        refuse_overflow(is_not_finite(gradients), images.ids)
    return averaged


def prepare_batch(
    network: Network, batch: Images, compute: Compute, stream: str = ""
) -> tuple[Tensor, LossGradient, KeyedNoise]:
    """A batch as float32 on the device, the gradient of its loss, and its noise."""
    x = load_pixels(batch.pixels, compute.device)
    gradient = LossGradient([network], torch.from_numpy(np.array(batch.labels)).to(x.device))
    draws = Draws(compute.seed, batch.ids, x.shape[1:], compute.device)
    return x, gradient, draws.noise(stream)


def compare_copies(
    network: Network, images: Images, copies: int, sigma: float, compute: Compute
) -> np.ndarray:
    """The mean cosine between the gradients of two noisy copies of each image, (n,).

    The mean is over all pairs of the copies, of which there must be at least two. It is computed
    from the length of the sum of their unit vectors.

    Raises:
        UserError: a gradient is not finite.
    """

    def compare_batch(part: slice, _: int) -> np.ndarray:
        batch = images[part]
        x, gradient, noise = prepare_batch(network, batch, compute)
        total = torch.zeros(len(x), x[0].numel(), dtype=torch.float64, device=x.device)
        squares = torch.zeros(len(x), dtype=torch.float64, device=x.device)
        overflowed = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        for copy in range(copies):
            noisy = gradient(x + sigma * noise(0, copy))
            overflowed |= is_not_finite(noisy)
            unit = unit_vectors(noisy)
            total += unit
            squares += unit.square().sum(1)  # 1, or 0 where the gradient is zero
        refuse_overflow(overflowed, batch.ids)
        pairs = copies * (copies - 1)
        cosines: np.ndarray = ((total.square().sum(1) - squares) / pairs).cpu().numpy()
        return cosines

    batches = in_batches(len(images), compute.microbatch, compare_batch)
    return np.concatenate([cosines for _, cosines in batches])


def unit_vectors(gradients: Tensor) -> Tensor:
    """Gradients as rows of length 1, (n, C·H·W), float64; zero where a gradient is zero.

    Each gradient is first divided by its largest entry, so that squares cannot vanish or overflow,
    not even those of gradients that come in float64.
    """
    rows = gradients.flatten(1).double()
    largest = rows.abs().amax(1, keepdim=True)
    rows = rows / as_divisor(largest)
    length: Tensor = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows / as_divisor(length)


def high_frequency_share(gradients: Tensor) -> np.ndarray:
    """The share of each gradient's spectral energy above `HIGH`, (n,), between 0 and 1.

    It is NaN where the gradient is zero.
    """
    scaled = unit_vectors(gradients).view(gradients.shape)
    spectrum = torch.fft.fft2(scaled).abs().square().sum(1)
    height, width = gradients.shape[-2:]
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)[None]
    high = (rows.square() + columns.square()).sqrt() > HIGH
    share: np.ndarray = ((spectrum * high).sum((1, 2)) / spectrum.sum((1, 2))).numpy()
    return share


def render_gradient(gradient: Tensor) -> np.ndarray:
    """A gradient (C, H, W) as a picture (H, W) in [0, 1].

    A pixel shows the largest absolute value among its channels; the brightest percent is clipped.
    """
    picture = gradient.double().abs().amax(0).numpy()
    picture = picture / (picture.max() or 1)  # else a tiny gradient gives a black picture
    return np.clip(picture / max(np.quantile(picture, 0.99), 1e-30), 0, 1)


def render_gradients(gradients: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """The first image's gradient under each name as a picture, (1, H, W), uint8."""
    return {
        name: np.rint(255 * render_gradient(gradient[0]))[None].astype(np.uint8)
        for name, gradient in gradients.items()
    }


def tabulate_shares(gradients: Mapping[tuple[str, int], Tensor], images: Images) -> pd.DataFrame:
    """The high-frequency share of every image's gradient: method, m, image_id, share in percent.

    Args:
        gradients: by method and m.
    """
    frames = []
    for (method, m), gradient in gradients.items():
        shares = 100 * high_frequency_share(gradient)
        columns = {"method": method, "m": m, "image_id": images.ids, "share": shares}
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def tabulate_cosines(gradients: Mapping[str, Mapping[int, Tensor]], images: Images) -> pd.DataFrame:
    """The cosine between every two models' gradients: source, target, m, image_id, cosine.

    It is zero where one of the two gradients is zero.

    Args:
        gradients: by model and m.
    """
    frames = []
    for m in next(iter(gradients.values())):
        unit = {name: unit_vectors(by_m[m]) for name, by_m in gradients.items()}
        for a, b in combinations(gradients, 2):
            cosines = (unit[a] * unit[b]).sum(1).numpy()
            columns = {"source": a, "target": b, "m": m, "image_id": images.ids, "cosine": cosines}
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
