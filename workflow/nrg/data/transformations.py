"""What an image may suffer on its way to a classifier (Figure 4). Pixels are uint8 throughout."""

import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageFilter

from nrg.base.image_keys import image_key


def rotation(image: Image.Image, degrees: float, key: int) -> Image.Image:
    """About the centre, bilinear; corners become black."""
    return image.rotate(degrees, Image.Resampling.BILINEAR)


def gaussian_noise(image: Image.Image, sigma: float, key: int) -> Image.Image:
    """With standard deviation σ in pixels, the same for an image whatever was done to it."""
    pixels = np.asarray(image)
    noise = np.random.default_rng(key).standard_normal(pixels.shape)
    return Image.fromarray(np.rint(pixels + sigma * noise).clip(0, 255).astype(np.uint8))


def gaussian_blur(image: Image.Image, radius: float, key: int) -> Image.Image:
    """With a standard deviation of `radius` pixels."""
    return image.filter(ImageFilter.GaussianBlur(radius))


def jpeg(image: Image.Image, quality: float, key: int) -> Image.Image:
    """Through a real encoder and decoder."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(quality))
    return Image.open(buffer)


TRANSFORMATIONS: dict[str, Callable[[Image.Image, float, int], Image.Image]] = {
    "rotation": rotation,
    "gaussian_noise": gaussian_noise,
    "gaussian_blur": gaussian_blur,
    "jpeg": jpeg,
}


def transform_images(
    pixels: np.ndarray, ids: Sequence[str], name: str, strength: float, seed: int
) -> np.ndarray:
    """Apply a transformation of TRANSFORMATIONS to every image.

    Args:
        pixels: (n, C, H, W), uint8, C 1 or 3.
        ids: of the images; a random transformation depends on them and the seed alone.
        strength: degrees, σ in pixels, radius in pixels, or JPEG quality.

    Returns:
        The same shape and type.
    """
    out = np.empty_like(pixels)
    for place, (image, image_id) in enumerate(zip(pixels, ids, strict=True)):
        picture = Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))
        key = image_key(seed, f"{name}/{strength}/{image_id}")
        result = np.asarray(TRANSFORMATIONS[name](picture, strength, key))
        out[place] = result[None] if result.ndim == 2 else result.transpose(2, 0, 1)
    return out


class TransformedImages:
    """Images that are transformed when they are read, slice by slice."""

    def __init__(
        self, pixels: np.ndarray, ids: Sequence[str], name: str, strength: float, seed: int
    ) -> None:
        self.pixels, self.ids = pixels, ids
        self.transformation = (name, strength, seed)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, part: slice) -> np.ndarray:
        return transform_images(self.pixels[part], self.ids[part], *self.transformation)
