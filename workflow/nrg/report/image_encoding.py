"""Images as the page holds them: small, as data URIs."""

import io

import numpy as np
from PIL import Image

from nrg.report.page import make_data_uri

LARGEST = 64  # pixels of the side of an image that is shown as it is, without loss
THUMBNAIL = 96  # pixels of the side of a larger image as it is shown among many
PICTURE = 224  # the same of one that stands alone
QUALITY = 50  # of lossy pictures
# The share of a difference's values that is not cut off. Of an ℓ2 attack a few are so large that no
# other would be seen.
SEEN = 0.99
EFFORT = 5  # of the encoder; with 6, its most, pictures take sixty times as long and are as large


def is_lossy(shape: tuple[int, ...]) -> bool:
    """Whether an image (C, H, W) is shown smaller than it is, and with loss."""
    return shape[-1] > LARGEST


def find_shown_size(shape: tuple[int, ...]) -> int:
    """The side, in pixels, at which an image (C, H, W) is shown."""
    return THUMBNAIL if is_lossy(shape) else shape[-1]


def encode_sprite(images: np.ndarray, side: int | None = None) -> str:
    """Images (n, C, H, W), uint8, side by side in one picture, as a data URI.

    Args:
        side: pixels of the side of each; `find_shown_size` unless given.
    """
    side = side or find_shown_size(images.shape)
    resized = [
        np.asarray(to_image(image).resize((side, side), Image.Resampling.BOX)) for image in images
    ]
    joined = Image.fromarray(np.concatenate(resized, axis=1))
    lossy = is_lossy(images.shape)
    quality = QUALITY if lossy else 100
    buffer = io.BytesIO()
    joined.save(buffer, "WEBP", lossless=not lossy, quality=quality, method=EFFORT)
    return make_data_uri(buffer.getvalue(), "image/webp")


def to_image(pixels: np.ndarray) -> Image.Image:
    """An array (C, H, W), uint8, of one or three channels as an image."""
    return Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))


def amplify_difference(
    images: np.ndarray, clean: np.ndarray, share: float = 1
) -> tuple[np.ndarray, float]:
    """Adversarial minus clean images, amplified around grey, so that it fills 1 to 255.

    Args:
        images, clean: (n, C, H, W), uint8.
        share: of the values that are not cut off; with less than 1 the largest of them are.

    Returns:
        128 + factor · (images − clean), uint8, and the factor.
    """
    change = images.astype(np.int16) - clean
    factor = 127 / max(1, int(np.quantile(np.abs(change), share, method="higher")))
    return np.rint(128 + np.clip(factor * change, -127, 127)).astype(np.uint8), factor


def encode_picture(image: np.ndarray) -> str:
    """One image (C, H, W), uint8, as a data URI; only a very large one is made smaller."""
    enlarged = enlarge(image[None])
    return encode_sprite(enlarged, min(PICTURE, enlarged.shape[-1]))


def enlarge(images: np.ndarray) -> np.ndarray:
    """Small images (n, C, H, W) with each pixel as a block, because print blurs what is small."""
    times = max(1, LARGEST // images.shape[-1])
    return images.repeat(times, axis=2).repeat(times, axis=3)
