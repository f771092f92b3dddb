"""Image files to 8-bit RGB: what is done with every kind of pixel that Pillow reads.

`docs/inputs.md` has the same as a table.
"""

import os
from io import BytesIO
from typing import NoReturn

import numpy as np
from PIL import Image, UnidentifiedImageError

from nrg.base.errors import UserError

# Pillow's readers that are used. Of the others one starts a program (EPS), one does not scale
# shallow pixels (JPEG 2000), and most have no pixels that networks were ever trained on.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM", "AVIF")
FORMAT_NAMES = "JPEG, PNG, WebP, BMP, TIFF, GIF, PPM, PGM and AVIF"
SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
PLAIN = ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV")
TRANSPARENT = ("P", "LA", "PA", "RGBA")
PREMULTIPLIED = ("La", "RGBa")
BACKGROUND = 255  # white, as the pages that transparent images are made for
MOST_PIXELS = 2 * Image.MAX_IMAGE_PIXELS  # what Pillow itself refuses to decode
STRIP = 1 << 20  # pixels on which is calculated at once
POINTER = b"version https://git-lfs"


def decode_image(content: bytes, name: str) -> Image.Image:
    """The first frame of an image file as 8-bit RGB.

    As in torchvision's pipelines an EXIF orientation and colour profiles are not applied; only of
    TIFFs Pillow applies the orientation on its own.

    Args:
        content: of the file; its bytes and not its name say which format it has.
        name: for messages.

    Raises:
        UserError: it is no image, is damaged, or has pixels whose black and white nobody can tell.
    """

    def refuse(why: object) -> NoReturn:
        raise UserError(f"images: {name} cannot be read as an image: {why}")

    if not content:
        refuse("the file is empty")
    if content.startswith(POINTER):
        refuse("it is a pointer of Git LFS; fetch the images with `git lfs pull`")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as file:
            refuse_misread(file)
            key = transparent_value(file)
            white = white_value(file)
            file.load()
            return convert_to_rgb(file, white, key)
    except Unreadable as error:
        refuse(error)
    except UnidentifiedImageError:
        refuse(f"it is damaged, or none of {FORMAT_NAMES}")
    except Exception as error:  # decoders of damaged bytes raise what they like, RuntimeError too
        refuse(str(error) or type(error).__name__)


class Unreadable(Exception):
    """Pixels that have no meaning in 8 bits."""


def refuse_misread(file: Image.Image) -> None:
    """Refuse TIFFs whose pixels Pillow takes for others.

    Raises:
        Unreadable: such a file.
    """
    if file.format != "TIFF":
        return
    bits, formats = (file.tag_v2.get(tag, (1,)) for tag in (258, 339))
    if file.tag_v2.get(284) == 2 and len(bits) > 1 and max(bits) > 8:
        raise Unreadable(f"its channels lie in planes of {max(bits)} bits; save it interleaved")
    if file.mode == "P" and max(file.tag_v2.get(320, (65535,))) < 256:
        raise Unreadable("its palette has values of 8 bits where 16 belong; save it as RGB")
    if 2 in formats and file.mode not in ("I", "F"):
        raise Unreadable("its numbers are signed, and nothing says which value is white")


def white_value(file: Image.Image) -> int | None:
    """The value of white in a grey image of more than 8 bits; None if the file does not say.

    Negative where 0 is white and this is black.

    Raises:
        Unreadable: CMYK whose inks may be inverted or not.
    """
    if file.format in ("JPEG", "MPO") and file.mode == "CMYK" and "adobe" not in file.info:
        raise Unreadable(
            "it is a CMYK JPEG without Adobe's marker, so that its inks may be inverted or not; "
            "save it as RGB"
        )
    if file.format == "TIFF" and file.mode in SIXTEEN_BITS:
        bits, zero_is_white = file.tag_v2.get(258, (16,))[0], file.tag_v2.get(262) == 0
        return (1 - 2 * zero_is_white) * (2**bits - 1)
    return 65535 if file.format in ("PNG", "PPM") else None


def transparent_value(file: Image.Image) -> int | tuple[int, ...] | None:
    """The one value that a PNG or GIF without an alpha channel makes transparent, as in `file`.

    A PNG names it at its own depth, and Pillow scales its pixels to 8 bits but not this value.

    Raises:
        Unreadable: RGB of 16 bits, of which Pillow keeps 8.
    """
    key = file.info.get("transparency")
    if key is None or file.mode not in ("1", "L", "RGB", *SIXTEEN_BITS):
        return None
    raw = file.tile[0].args if file.tile else file.mode
    raw = raw if isinstance(raw, str) else raw[0]
    if raw == "RGB;16B":
        raise Unreadable("it has 16 bits per channel and a transparent colour; save it with alpha")
    if not isinstance(key, (int, tuple)):
        raise Unreadable("its transparent colour is none")
    return key * {"1": 255, "L;2": 85, "L;4": 17}.get(raw, 1) if isinstance(key, int) else key


def convert_to_rgb(
    image: Image.Image, white: int | None = None, key: int | tuple[int, ...] | None = None
) -> Image.Image:
    """An image of any of Pillow's modes as 8-bit RGB.

    Args:
        white: of a grey image of more than 8 bits, as `white_value` gives it.
        key: the value that is transparent, of an image without alpha.

    Raises:
        Unreadable: by its mode it has no meaning in 8 bits.
    """
    has_alpha = "transparency" in image.info or getattr(image.palette, "mode", "") == "RGBA"
    if image.mode in PLAIN and key is None and not (image.mode == "P" and has_alpha):
        return image.convert("RGB")
    width, height = image.size
    whole = Image.new("RGB", image.size)
    rows = max(1, STRIP // width)  # arithmetic takes many times the memory of the pixels
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(height, top + rows)))
        whole.paste(eight_bits(strip_colours(strip, white, key)), (0, top))
    return whole


def strip_colours(
    image: Image.Image, white: int | None, key: int | tuple[int, ...] | None
) -> np.ndarray:
    """The colours, 0–255 and (H, W, 1 or 3), of a part of an image, as `rgb` says."""
    mode = image.mode
    if mode in TRANSPARENT:
        pixels = np.asarray(image.convert("RGBA"))
        return over_background(pixels[..., :3], pixels[..., 3:])
    if mode in PREMULTIPLIED:
        pixels = np.asarray(image).astype(np.int32)
        return np.minimum(pixels[..., :-1] + (255 - pixels[..., -1:]) * BACKGROUND // 255, 255)
    if mode in SIXTEEN_BITS and white is None:
        white = 65535
    if mode in (*SIXTEEN_BITS, "I") and white is not None:
        values = np.asarray(image).astype(np.int64)[..., None]
        grey = (values * 510 + abs(white)) // (2 * abs(white))
        colours = grey if white > 0 else 255 - grey
    elif mode in PLAIN:
        values = colours = np.asarray(image.convert("RGB"))
    elif mode == "LAB":  # whose conversion in Pillow is off by up to 30 levels
        raise Unreadable("its colours are CIELAB; save it as RGB")
    else:
        kind = "floating-point numbers" if mode == "F" else f"integers of mode {mode}"
        raise Unreadable(
            f"its pixels are {kind}, whose black and white are nowhere said; save it with 8 bits "
            "per channel"
        )
    if key is None:
        return colours
    seen = (values != np.asarray(key)).any(-1, keepdims=True)
    return over_background(colours, 255 * seen)


def over_background(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours (H, W, 1 or 3) with an alpha (H, W, 1), 0–255, over the background, rounded."""
    alpha = alpha.astype(np.int32)
    return (2 * (colours * alpha + BACKGROUND * (255 - alpha)) + 255) // 510


def eight_bits(pixels: np.ndarray) -> Image.Image:
    """Pixels (H, W, 1 or 3) of 0–255 as an RGB image."""
    height, width = pixels.shape[:2]
    return Image.fromarray(
        np.ascontiguousarray(np.broadcast_to(pixels, (height, width, 3)).astype(np.uint8))
    )


def resize_and_crop(image: Image.Image, resize: int | None, size: int, name: str) -> np.ndarray:
    """An RGB image with its shorter side resized (bilinear), cropped at the centre.

    The same pixels as torchvision's Resize and CenterCrop on a PIL image.

    Returns:
        (3, size, size), uint8.

    Raises:
        UserError: it is smaller than the crop, or too long and narrow to be resized.
    """
    if resize is not None:
        width, height = image.size
        short = min(width, height)
        sides = tuple(resize if s == short else int(resize * s / short) for s in image.size)
        if sides[0] * sides[1] > MOST_PIXELS:
            raise UserError(
                f"images: {name} is {width}×{height}, and its shorter side resized to {resize} "
                f"makes {sides[0]}×{sides[1]}; crop it, or leave it out"
            )
        image = image.resize(sides, Image.Resampling.BILINEAR)
    width, height = image.size
    if min(width, height) < size:
        raise UserError(
            f"images: {name} is {width}×{height}, smaller than image_size {size}; set 'resize'"
        )
    left, top = round((width - size) / 2), round((height - size) / 2)
    image = image.crop((left, top, left + size, top + size))
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


def read_bytes(path: os.PathLike | object) -> bytes:
    """The content of a file or of an archive's member.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except (OSError, MemoryError) as error:
        raise UserError(f"images: {path} cannot be read as an image: {error}") from error
