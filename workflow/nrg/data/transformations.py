"""Transformations of images before they are classified (Figure 4). All pixels are uint8."""

import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageFilter

from nrg.base.image_keys import image_key
from nrg.data.images import SliceablePixels


def rotate(image: Image.Image, degrees: float, key: int) -> Image.Image:
    """Rotate about the centre, with bilinear interpolation; corners become black."""
    return image.rotate(degrees, Image.Resampling.BILINEAR)


def add_gaussian_noise(image: Image.Image, sigma: float, key: int) -> Image.Image:
    """Add normal noise of standard deviation σ (pixel values 0–255).

    The noise depends on `key` alone, so that the clean image and all adversarial images made from
    it get the same noise.
    """
    pixels = np.asarray(image)
    noise = np.random.default_rng(key).standard_normal(pixels.shape)
    return Image.fromarray(np.rint(pixels + sigma * noise).clip(0, 255).astype(np.uint8))


def blur(image: Image.Image, radius: float, key: int) -> Image.Image:
    """Blur with a Gaussian whose standard deviation is `radius` pixels."""
    return image.filter(ImageFilter.GaussianBlur(radius))


def compress_as_jpeg(image: Image.Image, quality: float, key: int) -> Image.Image:
    """Encode as JPEG with this quality, and decode again."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(quality))
    return Image.open(buffer)


def reduce_bit_depth(image: Image.Image, bits: float, key: int) -> Image.Image:
    """Round each channel to the nearest of 2^bits values from 0 to 255, equally far apart."""
    steps = 2 ** int(bits) - 1
    values = np.rint(np.asarray(image) * (steps / 255))
    return Image.fromarray(np.rint(values * (255 / steps)).astype(np.uint8))


def resize_and_pad(image: Image.Image, percent: float, key: int) -> Image.Image:
    """Make the image smaller by up to `percent`, on black of its old size, at a random place.

    Xie et al. (2018) make images larger, which not all networks take. Size and place depend on
    `key` alone.
    """
    random = np.random.default_rng(key)
    share = 1 - percent / 100 * random.random()
    width, height = (round(share * side) for side in image.size)
    left, top = (
        int(random.integers(0, room + 1)) for room in (image.width - width, image.height - height)
    )
    padded = Image.new(image.mode, image.size)
    padded.paste(image.resize((width, height), Image.Resampling.BILINEAR), (left, top))
    return padded


TRANSFORMATIONS: dict[str, Callable[[Image.Image, float, int], Image.Image]] = {
    "rotation": rotate,
    "gaussian_noise": add_gaussian_noise,
    "gaussian_blur": blur,
    "jpeg": compress_as_jpeg,
    "bit_depth": reduce_bit_depth,
    "resizing": resize_and_pad,
}


def transform_images(
    pixels: np.ndarray, ids: Sequence[str], name: str, strength: float, seed: int
) -> np.ndarray:
    """Apply a transformation of TRANSFORMATIONS to every image.

    Args:
        pixels: (n, C, H, W), uint8, C 1 or 3.
        ids: of the images. Random transformations depend on the id, the strength and the seed.
        strength: in the unit that the function of the transformation names.

    Returns:
        The transformed images, of the same shape and type.
    """
    out = np.empty_like(pixels)
    for index, (image, image_id) in enumerate(zip(pixels, ids, strict=True)):
        picture = Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))
        key = image_key(seed, f"{name}/{strength}/{image_id}")
        transformed = np.asarray(TRANSFORMATIONS[name](picture, strength, key))
        out[index] = transformed[None] if transformed.ndim == 2 else transformed.transpose(2, 0, 1)
    return out


class TransformedImages:
    """Images that are transformed when they are read, slice by slice."""

    def __init__(
        self, pixels: SliceablePixels, ids: Sequence[str], name: str, strength: float, seed: int
    ) -> None:
        self.pixels, self.ids = pixels, ids
        self.transformation = (name, strength, seed)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, part: slice) -> np.ndarray:
        return transform_images(self.pixels[part], self.ids[part], *self.transformation)
