"""Random numbers for a batch of images, keyed by image, so that no batch or shard changes them.

A number depends on the seed, the image, a stream (what draws it), the step and the number of the
point that it is for, and on nothing else.
"""

from collections.abc import Sequence
from math import prod

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nrg.attack.noise import KeyedNoise
from nrg.attack.philox import philox
from nrg.base.errors import UserError
from nrg.base.image_keys import image_key
from nrg.data.batches import load_pixels
from nrg.data.images import Images

Numbers = Tensor | int  # of the point in each row, (rows,), or one for all rows


class Draws:
    """What is drawn for each image of a batch.

    Args:
        seed: of the run.
        ids: of the images, (n,).
        shape: of one image, (C, H, W).
        device: where images are.
        rows: of the batch; as many as images unless given. Where there are more, the images follow
            one another again and again.
    """

    def __init__(
        self,
        seed: int,
        ids: Sequence[str],
        shape: Sequence[int],
        device: torch.device,
        rows: int | None = None,
    ) -> None:
        self.seed, self.ids, self.shape, self.device = seed, ids, tuple(shape), device
        self.rows = rows or len(ids)
        self.blocks = (torch.arange(self.rows) // len(ids)).to(device)
        self.noises: dict[str, KeyedNoise] = {}

    def noise(self, stream: str) -> KeyedNoise:
        """The normal noise of a stream, whose keys are those of its other numbers."""
        if stream not in self.noises:
            names = [f"{stream}/{image_id}" if stream else image_id for image_id in self.ids]
            keys = [image_key(self.seed, name) for name in names]
            self.noises[stream] = KeyedNoise(keys, self.shape, self.device, self.rows)
        return self.noises[stream]

    def normal(self, step: int, numbers: Numbers, stream: str = "") -> Tensor:
        """Standard normal noise, (rows, C, H, W), overwritten by the stream's next call.

        Args:
            numbers: of the point in each row, (rows,), int64, or one number for all rows.
            stream: what draws; "" is that of the noise of Eq. 8.
        """
        return self.noise(stream)(step, numbers)

    def words(self, step: int, numbers: Numbers, stream: str, count: int) -> Tensor:
        """Random words of 64 bits, `count` or a few more, for each row, int64."""
        return philox(self.noise(stream).streams(step, numbers), -(-count // 4))

    def uniform(self, step: int, numbers: Numbers, stream: str) -> Tensor:
        """Noise that is uniform from −1 to 1, (rows, C, H, W), float32."""
        size = prod(self.shape)
        integers = self.words(step, numbers, stream, -(-size // 2)).view(torch.int32)
        return (integers[:, :size].float() * 2.0**-31).view(-1, *self.shape)

    def shares(
        self, step: int, numbers: Numbers, stream: str, count: int
    ) -> npt.NDArray[np.float64]:
        """Numbers from 0 to 1, without 1, (rows, count)."""
        words = self.words(step, numbers, stream, count).cpu().numpy().view(np.uint64)
        return np.ldexp((words >> 11).astype(np.float64), -53)[:, :count]


class Partners:
    """For each image of a batch, images of other classes from the whole evaluation set.

    The set is in its fixed order, so that neither batch nor shard changes what is picked.

    Args:
        images: the whole set.
        labels: of the batch, (n,).
    """

    def __init__(self, images: Images, labels: npt.NDArray[np.int64]) -> None:
        self.images, self.labels = images, labels

    def pick(self, shares: npt.NDArray[np.float64], device: torch.device) -> Tensor:
        """Pick the image that lies at this share, (n,), of all that have another label.

        Returns:
            (n, C, H, W), float32, pixels 0–255.

        Raises:
            UserError: all images of the set have the same label.
        """
        rows = []
        for label, share in zip(self.labels, shares, strict=True):
            others = np.flatnonzero(self.images.labels != label)
            if not len(others):
                raise UserError(
                    f"all images have the label {label}, and to mix an image takes one of another "
                    "class; attack images of two classes or more"
                )
            rows.append(others[int(share * len(others))])
        return load_pixels(self.images.pixels[rows], device)
