"""Image files to 8-bit RGB: how every kind of pixel that Pillow reads is converted.

A table in `docs/inputs.md` says the same.
"""

from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from nrg.base.errors import UserError
from nrg.data.archives import Member

# Integers (H, W, 1 or 3) from 0 to 255, of grey or of red, green and blue.
Colours = npt.NDArray[np.integer[Any]]

# The readers of Pillow that are used. Among the others, EPS starts a program, JPEG 2000 does not
# scale pixels of few bits, and most are for images that networks were never trained on.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM", "AVIF")
FORMAT_NAMES = "JPEG, PNG, WebP, BMP, TIFF, GIF, PPM, PGM and AVIF"
SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
PLAIN = ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV")
TRANSPARENT = ("P", "LA", "PA", "RGBA")
PREMULTIPLIED = ("La", "RGBa")
BACKGROUND = 255  # white, like the pages on which transparent images are usually shown
MOST_PIXELS = 2 * (Image.MAX_IMAGE_PIXELS or 0)  # above which Pillow itself refuses to decode
STRIP = 1 << 20  # pixels that are converted at once
LFS_POINTER = b"version https://git-lfs"


def decode_image(content: bytes, name: str) -> Image.Image:
    """Decode the first frame of an image file to 8-bit RGB.

    As in torchvision's pipelines, EXIF orientation and colour profiles are not applied, except that
    Pillow itself applies the orientation of TIFFs.

    Args:
        content: of the file. The format is found from these bytes, whatever the name says.
        name: of the file, for messages.

    Raises:
        UserError: the file is not an image, is damaged, or does not say which of its pixel values
            are black and white.
    """

    def refuse(reason: object) -> NoReturn:
        raise UserError(f"images: {name} cannot be read as an image: {reason}")

    if not content:
        refuse("the file is empty")
    if content.startswith(LFS_POINTER):
        refuse("it is a pointer of Git LFS; fetch the images with `git lfs pull`")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as file:
            refuse_misread(file)
            transparent = transparent_value(file)
            white = white_value(file)
            file.load()
            return convert_to_rgb(file, white, transparent)
    except Unreadable as error:
        refuse(error)
    except UnidentifiedImageError:
        refuse(f"it is damaged, or none of {FORMAT_NAMES}")
    except Exception as error:  # damaged bytes can make decoders raise anything
        refuse(str(error) or type(error).__name__)


class Unreadable(Exception):
    """Pixels that cannot be converted to 8 bits; the text says why."""


def refuse_misread(file: Image.Image) -> None:
    """Refuse TIFFs whose pixels Pillow misreads."""
    if not isinstance(file, TiffImageFile):
        return
    bits, formats = (file.tag_v2.get(tag, (1,)) for tag in (258, 339))
    if file.tag_v2.get(284) == 2 and len(bits) > 1 and max(bits) > 8:
        raise Unreadable(f"its channels lie in planes of {max(bits)} bits; save it interleaved")
    if file.mode == "P" and max(file.tag_v2.get(320, (65535,))) < 256:
        raise Unreadable("its palette has values of 8 bits where 16 belong; save it as RGB")
    if 2 in formats and file.mode not in ("I", "F"):
        raise Unreadable("its numbers are signed, and the file does not say which value is white")


def white_value(file: Image.Image) -> int | None:
    """The value that is white in a grey image of more than 8 bits; None if the file does not say.

    If 0 is white, it is the negative of the value that is black.

    Raises:
        Unreadable: a CMYK image whose inks may or may not be inverted.
    """
    if file.format in ("JPEG", "MPO") and file.mode == "CMYK" and "adobe" not in file.info:
        raise Unreadable(
            "it is a CMYK JPEG without Adobe's marker, so that its inks may or may not be "
            "inverted; save it as RGB"
        )
    if isinstance(file, TiffImageFile) and file.mode in SIXTEEN_BITS:
        bits = int(file.tag_v2.get(258, (16,))[0])
        zero_is_white = file.tag_v2.get(262) == 0
        return int(2**bits - 1) * (-1 if zero_is_white else 1)
    return 65535 if file.format in ("PNG", "PPM") else None


def transparent_value(file: Image.Image) -> int | tuple[int, ...] | None:
    """The pixel value that a PNG or GIF without an alpha channel declares to be transparent.

    A PNG gives the value at its own bit depth, and Pillow scales the pixels to 8 bits but not this
    value. It is returned as it occurs in the pixels of `file`.

    Returns:
        A grey value, or red, green and blue; None if no value is transparent.

    Raises:
        Unreadable: RGB of 16 bits, of which Pillow keeps 8.
    """
    value = file.info.get("transparency")
    if value is None or file.mode not in ("1", "L", "RGB", *SIXTEEN_BITS):
        return None
    arguments = file.tile[0].args if isinstance(file, ImageFile) and file.tile else None
    raw_mode = arguments if isinstance(arguments, str) else str((arguments or (file.mode,))[0])
    if raw_mode == "RGB;16B":
        raise Unreadable("it has 16 bits per channel and a transparent colour; save it with alpha")
    if isinstance(value, tuple):
        return value
    if isinstance(value, int):
        return value * {"1": 255, "L;2": 85, "L;4": 17}.get(raw_mode, 1)
    raise Unreadable("its transparent colour is not a colour")


def convert_to_rgb(
    image: Image.Image, white: int | None = None, transparent: int | tuple[int, ...] | None = None
) -> Image.Image:
    """Convert an image of any of Pillow's modes to 8-bit RGB.

    Args:
        white: for a grey image of more than 8 bits, the result of `white_value`.
        transparent: for an image without an alpha channel, the result of `transparent_value`.

    Raises:
        Unreadable: the mode cannot be converted to 8 bits.
    """
    has_alpha = "transparency" in image.info or getattr(image.palette, "mode", "") == "RGBA"
    if image.mode in PLAIN and transparent is None and not (image.mode == "P" and has_alpha):
        return image.convert("RGB")
    width, height = image.size
    result = Image.new("RGB", image.size)
    rows = max(1, STRIP // width)  # because arithmetic takes many times the memory of pixels
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(height, top + rows)))
        colours = strip_colours(strip, white, transparent)
        pixels = np.broadcast_to(colours, (*colours.shape[:2], 3)).astype(np.uint8)
        result.paste(Image.fromarray(np.ascontiguousarray(pixels)), (0, top))
    return result


def strip_colours(
    image: Image.Image, white: int | None, transparent: int | tuple[int, ...] | None
) -> Colours:
    """The colours of a part of an image, with the arguments of `convert_to_rgb`."""
    mode = image.mode
    if mode in TRANSPARENT:
        pixels = np.asarray(image.convert("RGBA"))
        return put_on_background(pixels[..., :3], pixels[..., 3:])
    if mode in PREMULTIPLIED:
        pixels = np.asarray(image).astype(np.int32)
        behind = (255 - pixels[..., -1:]) * BACKGROUND // 255
        return np.asarray(np.minimum(pixels[..., :-1] + behind, 255))
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
            f"its pixels are {kind}, and the file does not say which values are black and white; "
            "save it with 8 bits per channel"
        )
    if transparent is None:
        return colours
    is_opaque = (values != np.asarray(transparent)).any(-1, keepdims=True)
    return put_on_background(colours, 255 * is_opaque)


def put_on_background(colours: Colours, alpha: Colours) -> Colours:
    """Composite colours on the background, rounded to whole values.

    Args:
        alpha: (H, W, 1), from 0 (transparent) to 255 (opaque).
    """
    alpha = alpha.astype(np.int32)
    return np.asarray((2 * (colours * alpha + BACKGROUND * (255 - alpha)) + 255) // 510)


def resize_and_crop(
    image: Image.Image, resize: int | None, size: int, name: str
) -> npt.NDArray[np.uint8]:
    """Resize the shorter side of an RGB image (bilinear), and crop the image at its centre.

    The pixels are the same as those of torchvision's Resize and CenterCrop on a PIL image.

    Args:
        resize: the length of the shorter side in pixels; None to leave the size as it is.
        size: of the crop, in pixels.
        name: of the file, for messages.

    Returns:
        (3, size, size), uint8.

    Raises:
        UserError: the image is smaller than the crop, or too long and narrow to be resized.
    """
    if resize is not None:
        width, height = image.size
        short = min(width, height)
        new_width, new_height = (
            resize if side == short else int(resize * side / short) for side in (width, height)
        )
        if new_width * new_height > MOST_PIXELS:
            raise UserError(
                f"images: {name} is {width}×{height}, and its shorter side resized to {resize} "
                f"makes {new_width}×{new_height}; crop it, or leave it out"
            )
        image = image.resize((new_width, new_height), Image.Resampling.BILINEAR)
    width, height = image.size
    if min(width, height) < size:
        raise UserError(
            f"images: {name} is {width}×{height}, smaller than image_size {size}; set 'resize'"
        )
    left, top = round((width - size) / 2), round((height - size) / 2)
    image = image.crop((left, top, left + size, top + size))
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


def read_bytes(path: Path | Member) -> bytes:
    """Read a file, or a member of an archive."""
    try:
        return path.read_bytes()
    except (OSError, MemoryError) as error:
        raise UserError(f"images: {path} cannot be read as an image: {error}") from error
