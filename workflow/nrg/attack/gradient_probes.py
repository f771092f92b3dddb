"""Looking at gradients: their averages, spectra and cosines (Figure 2, and section 3.1).

Images are (n, C, H, W); pixels are 0–255.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from nrg.attack.gradients import LossGradient, running_means
from nrg.attack.noise import KeyedNoise
from nrg.base.errors import UserError
from nrg.base.image_keys import image_key
from nrg.base.progress import Progress
from nrg.data.batches import in_batches
from nrg.data.images import Images


def averaged_gradients(
    classifier: nn.Module,
    images: Images,
    copies: Sequence[int],
    sigma: float,
    seed: int,
    microbatch: int,
    device: torch.device,
    stream: str = "",
) -> dict[int, Tensor]:
    """The noise-reduced gradient of every image for each m in `copies` (Eq. 8); m 0 is the plain.

    Args:
        stream: a name for noise of its own; with none it is the noise of the attacks.

    Returns:
        For each m a tensor (n, C, H, W), on the CPU.

    Raises:
        UserError: a gradient that is not finite.
    """
    most, total = max(copies), len(images) * max(copies)
    with Progress("gradients", total) as progress:

        def work(part: slice, _: int) -> dict[int, Tensor]:
            progress.done = part.start * most  # also after a batch that failed
            batch = images[part]
            x, gradient, noise = prepared(classifier, batch, seed, device, stream)
            found = {0: gradient(x).cpu()} if 0 in copies else {}
            for m, mean in enumerate(running_means(gradient, x, most, sigma, noise), start=1):
                if m in copies:
                    found[m] = mean.cpu()
                progress.advance(len(batch))
            return found

        parts = [found for _, found in in_batches(len(images), microbatch, work)]
    averaged = {m: torch.cat([found[m] for found in parts]) for m in copies}
    for gradients in averaged.values():
        check_finite(gradients)
    return averaged


def prepared(
    classifier: nn.Module, batch: Images, seed: int, device: torch.device, stream: str = ""
) -> tuple[Tensor, LossGradient, KeyedNoise]:
    """A batch as float32 on the device, the gradient of its loss, and its noise."""
    x = torch.from_numpy(np.array(batch.pixels)).to(device).float()
    gradient = LossGradient([classifier], torch.from_numpy(np.array(batch.labels)).to(device))
    names = [f"{stream}/{name}" if stream else name for name in batch.ids]
    keys = [image_key(seed, name) for name in names]
    return x, gradient, KeyedNoise(keys, x.shape[1:], device)


def check_finite(gradients: Tensor) -> None:
    if not gradients.isfinite().all():
        raise UserError("a gradient is not finite: the model overflows; look at its weights")


def copy_cosines(
    classifier: nn.Module,
    images: Images,
    copies: int,
    sigma: float,
    seed: int,
    microbatch: int,
    device: torch.device,
) -> np.ndarray:
    """The mean cosine between the gradients of two noisy copies of each image, (n,).

    The mean is over all pairs of the copies, at least two; it follows from the length of the sum of
    their unit vectors.
    """

    def work(part: slice, _: int) -> np.ndarray:
        x, gradient, noise = prepared(classifier, images[part], seed, device)
        total = torch.zeros(len(x), x[0].numel(), dtype=torch.float64, device=device)
        alone = torch.zeros(len(x), dtype=torch.float64, device=device)
        for copy in range(copies):
            noisy = gradient(x + sigma * noise(0, copy))
            check_finite(noisy)
            unit = unit_vectors(noisy)
            total += unit
            alone += unit.square().sum(1)  # 1, or 0 of a gradient that is zero
        pairs = (total.square().sum(1) - alone) / (copies * (copies - 1))
        return pairs.cpu().numpy()

    return np.concatenate([found for _, found in in_batches(len(images), microbatch, work)])


def unit_vectors(gradients: Tensor) -> Tensor:
    """Gradients as rows of length 1, (n, C·H·W), float64; zero where a gradient is.

    Each is scaled by its largest entry before it is squared, for the squares of tiny ones vanish.
    """
    rows = gradients.flatten(1).double()
    largest = rows.abs().amax(1, keepdim=True)
    rows = rows / largest.where(largest > 0, 1)
    length = rows.norm(dim=1, keepdim=True)
    return rows / length.where(length > 0, 1)


def high_frequency_share(gradients: Tensor, above: float = 0.25) -> np.ndarray:
    """The share of each gradient's spectral energy above a frequency, in cycles a pixel, (n,)."""
    scaled = unit_vectors(gradients).view(gradients.shape)
    spectrum = torch.fft.fft2(scaled).abs().square().sum(1)
    height, width = gradients.shape[-2:]
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)[None]
    high = (rows.square() + columns.square()).sqrt() > above
    return ((spectrum * high).sum((1, 2)) / spectrum.sum((1, 2))).numpy()


def rendered(gradient: Tensor) -> np.ndarray:
    """A gradient (C, H, W) as a picture in [0, 1]: its largest channel, the top percent clipped."""
    picture = gradient.double().abs().amax(0).numpy()
    picture = picture / (picture.max() or 1)  # so that a tiny gradient is no black picture
    return np.clip(picture / max(np.quantile(picture, 0.99), 1e-30), 0, 1)


def gradient_pictures(gradients: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """The first image's gradient under each name, rendered, (1, H, W), uint8."""
    return {
        name: np.rint(255 * rendered(gradient[0]))[None].astype(np.uint8)
        for name, gradient in gradients.items()
    }


def share_frame(gradients: Mapping[tuple[str, int], Tensor], images: Images) -> pd.DataFrame:
    """The high-frequency share of every image's gradient in percent: method, m, image_id, share.

    Args:
        gradients: by method and m.
    """
    frames = [
        pd.DataFrame(
            {
                "method": method,
                "m": m,
                "image_id": images.ids,
                "share": 100 * high_frequency_share(gradient),
            }
        )
        for (method, m), gradient in gradients.items()
    ]
    return pd.concat(frames, ignore_index=True)


def cosine_frame(gradients: Mapping[str, Mapping[int, Tensor]], images: Images) -> pd.DataFrame:
    """The cosine between every two models' gradients: source, target, m, image_id, cosine.

    Zero where one of the two gradients is.
    """
    frames = []
    for m in next(iter(gradients.values())):
        unit = {name: unit_vectors(own[m]) for name, own in gradients.items()}
        for a, b in combinations(gradients, 2):
            cosines = (unit[a] * unit[b]).sum(1).numpy()
            columns = {"source": a, "target": b, "m": m, "image_id": images.ids, "cosine": cosines}
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
