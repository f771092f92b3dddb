"""All modes of Pillow are converted to 8-bit RGB, and any bytes give an image or a message."""

import io
import struct
import zlib
from colorsys import hsv_to_rgb
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nrg.base.errors import UserError
from nrg.data.pixels import FORMATS, Unreadable, convert_to_rgb, decode_image, resize_and_crop
from PIL import Image
from published import jpegs
from torchvision.transforms.v2 import functional

SIZE = (40, 30)
WHITE = 255


def noise(channels, dtype=np.uint8, seed=0):
    """Random pixels (H, W, channels) over the whole range of their type."""
    values = np.random.default_rng(seed).integers(
        0, np.iinfo(dtype).max + 1, (*SIZE[::-1], channels)
    )
    return values.astype(dtype)


def image_of(mode, pixels):
    return Image.frombytes(mode, SIZE, np.ascontiguousarray(pixels).tobytes())


def saved(image, file_format, **how):
    file = io.BytesIO()
    image.save(file, file_format, **how)
    return file.getvalue()


def png(width, height, depth, colour, rows, chunks=()):
    """A PNG with a bit depth and a transparent colour that Pillow does not write."""

    def chunk(kind, content):
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [(b"IHDR", head), *chunks, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def grey(values):
    return np.repeat(np.asarray(values).reshape(*SIZE[::-1], 1), 3, axis=2)


def scaled(values, white):
    return np.floor(values.astype(float) * 255 / white + 0.5)


def over_white(colours, alpha):
    """Colours on a white background, computed in floating point from the definition of alpha."""
    share = alpha / 255
    return np.floor(colours * share + WHITE * (1 - share) + 0.5)


def read(content):
    image = decode_image(content, "image")
    assert image.mode == "RGB"
    return np.asarray(image).astype(int)


L, LA, RGB_, RGBA = (noise(channels, seed=channels) for channels in (1, 2, 3, 4))


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "BMP", "WEBP", "PPM", "GIF"])
def test_eight_bit_pixels_stay_as_they_are(file_format):
    how = {"lossless": True} if file_format == "WEBP" else {}
    assert (read(saved(image_of("L", L), file_format, **how)) == grey(L)).all()
    if file_format != "GIF":  # which has 256 colours
        assert (read(saved(image_of("RGB", RGB_), file_format, **how)) == RGB_).all()
    black_or_white = image_of("L", L).point(lambda value: 255 * (value > 99)).convert("1")
    if file_format != "WEBP":
        assert (read(saved(black_or_white, file_format)) == grey(255 * (L > 99))).all()


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_composited_on_white(file_format):
    how = {"lossless": True, "exact": True} if file_format == "WEBP" else {}
    expected = over_white(RGBA[..., :3], RGBA[..., 3:])
    assert (read(saved(image_of("RGBA", RGBA), file_format, **how)) == expected).all()
    if file_format != "WEBP":
        expected = over_white(grey(LA[..., :1]), LA[..., 1:])
        assert (read(saved(image_of("LA", LA), file_format)) == expected).all()


def test_an_opaque_alpha_changes_nothing():
    opaque = np.dstack([RGB_, np.full(SIZE[::-1], 255, np.uint8)])
    assert (read(saved(image_of("RGBA", opaque), "PNG")) == RGB_).all()


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_premultiplied_alpha_too(mode):
    pixels = LA if mode == "La" else RGBA
    alpha = pixels[..., -1:].astype(int)
    colours = pixels[..., :-1] * alpha // 255  # no brighter than their alpha
    image = image_of(mode, np.dstack([colours, alpha]).astype(np.uint8))
    expected = np.broadcast_to(colours + WHITE - alpha, (*SIZE[::-1], 3))
    assert (np.asarray(convert_to_rgb(image)) == expected).all()


def test_palettes_with_and_without_transparency():
    palette = np.random.default_rng(0).integers(0, 256, (256, 3), np.uint8)
    indices = L[..., 0]
    image = image_of("P", indices)
    image.putpalette(palette.tobytes())
    assert (read(saved(image, "PNG")) == palette[indices]).all()
    assert (read(saved(image, "GIF")) == palette[indices]).all()
    alphas = np.random.default_rng(1).integers(0, 256, 256, np.uint8)
    expected = over_white(palette[indices].astype(int), alphas[indices][..., None])
    assert (read(saved(image, "PNG", transparency=alphas.tobytes())) == expected).all()
    one = over_white(palette[indices].astype(int), 255 * (indices != 7)[..., None])
    assert (read(saved(image, "PNG", transparency=7)) == one).all()
    assert (read(saved(image, "GIF", transparency=7)) == one).all()
    with_alpha = Image.merge("LA", [Image.fromarray(indices), Image.fromarray(L[::-1, :, 0])])
    image = Image.new("PA", SIZE)
    image.putpalette(palette.tobytes())
    image.frombytes(with_alpha.tobytes())
    assert (np.asarray(convert_to_rgb(image)) == over_white(palette[indices], L[::-1])).all()


@pytest.mark.parametrize("mode", ["RGBX", "HSV", "YCbCr", "CMYK"])
def test_other_colour_spaces(mode):
    pixels = noise(len(Image.new(mode, (1, 1)).getbands()), seed=9)
    a, b, c = (pixels[..., i].astype(float) for i in range(3))
    got = np.asarray(convert_to_rgb(image_of(mode, pixels))).astype(float)
    most = 1
    if mode == "RGBX":
        expected, most = np.dstack([a, b, c]), 0
    elif mode == "HSV":
        turn = np.vectorize(hsv_to_rgb)
        expected = 255 * np.dstack(turn(a / 255, b / 255, c / 255))
    elif mode == "YCbCr":  # JFIF
        red, blue = 1.402 * (c - 128), 1.772 * (b - 128)
        expected = np.dstack([a + red, a - (0.299 * red + 0.114 * blue) / 0.587, a + blue])
    else:
        expected = (255 - pixels[..., :3].astype(float)) * (255 - pixels[..., 3:]) / 255
    assert np.abs(got - expected.clip(0, 255)).max() <= most


def test_adobes_inverted_inks_are_no_negative():
    pixels = np.zeros((*SIZE[::-1], 4), np.uint8)
    pixels[..., 0] = 200  # cyan
    jpeg = saved(image_of("CMYK", pixels), "JPEG", quality=100)
    assert np.abs(read(jpeg) - [55, 255, 255]).max() <= 3
    marker = jpeg.index(b"Adobe") - 4
    without = jpeg[:marker] + jpeg[marker + 16 :]
    with pytest.raises(UserError, match="CMYK JPEG without Adobe's marker"):
        read(without)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "PPM"])
def test_grey_of_sixteen_bits_is_scaled(file_format):
    values = noise(1, np.uint16)[..., 0]
    got = read(saved(Image.fromarray(values), file_format))
    assert (got == grey(scaled(values, 65535))).all()
    assert got.mean() == pytest.approx(127.5, abs=6)


@pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B", "I;16N"])
def test_in_either_order_of_bytes(mode):
    values = noise(1, np.uint16)[..., 0]
    image = Image.new(mode, SIZE)
    image.frombytes(values.astype(">u2" if mode == "I;16B" else "<u2").tobytes())
    assert (np.asarray(convert_to_rgb(image)) == grey(scaled(values, 65535))).all()
    if mode == "I;16B":
        assert (read(saved(image, "TIFF")) == np.asarray(convert_to_rgb(image))).all()


def test_tiffs_may_call_0_white_or_have_twelve_bits():
    values = noise(1, np.uint16)[..., 0]
    positive = scaled(values, 65535)
    negative = saved(Image.fromarray(values), "TIFF", tiffinfo={262: 0})
    assert (read(negative) == grey(255 - positive)).all()
    twelve = noise(1, np.uint16, 5)[..., 0] >> 4
    assert (read(tiff_of_12_bits(twelve)) == grey(scaled(twelve, 4095))).all()


def tiff_of_12_bits(values):
    """An uncompressed TIFF of two pixels in three bytes."""
    pairs = values.reshape(-1, 2).astype(int)
    packed = np.stack(
        [pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255], 1
    )
    return tiff([packed.astype(np.uint8).tobytes()], {258: [12], 262: [1]})


def tiff(planes, tags):
    """An uncompressed TIFF of these planes of pixels, with these values of its tags."""
    starts = np.cumsum([8, *map(len, planes)]).tolist()
    tags = {256: [SIZE[0]], 257: [SIZE[1]], 259: [1], 277: [len(tags[258])], **tags}
    tags |= {273: starts[:-1], 278: [SIZE[1]], 279: list(map(len, planes))}
    place, values, entries = starts[-1], b"", b""
    for tag, numbers in sorted(tags.items()):
        packed = struct.pack(f"<{len(numbers)}I", *numbers)
        value = packed if len(numbers) == 1 else struct.pack("<I", place + len(values))
        values += packed if len(numbers) > 1 else b""
        entries += struct.pack("<HHI", tag, 4, len(numbers)) + value
    start = struct.pack("<I", place + len(values))
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + start + b"".join(planes) + values + directory


def test_tiffs_in_planes_are_read_or_refused_where_pillow_misreads_them():
    colours = noise(3)
    planes = [colours[..., channel].tobytes() for channel in range(3)]
    assert (read(tiff(planes, {258: [8] * 3, 262: [2], 284: [2]})) == colours).all()
    wide = [colours[..., channel].astype("<u2").tobytes() for channel in range(3)]
    with pytest.raises(UserError, match="planes of 16 bits"):
        read(tiff(wide, {258: [16] * 3, 262: [2], 284: [2]}))


def test_a_tiff_s_palette_has_sixteen_bits():
    values = noise(1)[..., 0]
    ramp = [257 * level for level in range(256)] * 3
    assert (read(tiff([values.tobytes()], {258: [8], 262: [3], 320: ramp})) == grey(values)).all()
    shallow = tiff([values.tobytes()], {258: [8], 262: [3], 320: list(range(256)) * 3})
    with pytest.raises(UserError, match=r"palette .* 8 bits"):
        read(shallow)


def test_signed_numbers_are_refused():
    with pytest.raises(UserError, match="signed"):
        read(tiff([noise(1).tobytes()], {258: [8], 262: [1], 339: [2]}))


def test_colours_of_sixteen_bits_keep_their_high_byte():
    values = noise(4, ">u2")
    rows = [row.tobytes() for row in values[..., :3].astype(">u2")]
    high = values // 256
    assert (read(png(*SIZE, 16, 2, rows)) == high[..., :3]).all()
    rows = [row.tobytes() for row in values]
    assert (read(png(*SIZE, 16, 6, rows)) == over_white(high[..., :3], high[..., 3:])).all()
    rows = [row.tobytes() for row in values[..., 2:].astype(">u2")]
    assert (read(png(*SIZE, 16, 4, rows)) == over_white(grey(high[..., 2]), high[..., 3:])).all()


@pytest.mark.parametrize(("depth", "most"), [(1, 1), (2, 3), (4, 15)])
def test_shallow_greys_and_their_transparent_value(depth, most):
    values = np.random.default_rng(depth).integers(0, most + 1, SIZE[::-1], np.uint8)
    bits = np.unpackbits(values[..., None], axis=-1)[..., 8 - depth :].reshape(SIZE[1], -1)
    rows = [row.tobytes() for row in np.packbits(bits, axis=1)]
    expected = grey(values.astype(int) * 255 // most)
    assert (read(png(*SIZE, depth, 0, rows)) == expected).all()
    key = [(b"tRNS", struct.pack(">H", 1))]
    seen = np.where(grey(values) == 1, WHITE, expected)
    assert (read(png(*SIZE, depth, 0, rows, key)) == seen).all()


def test_transparent_values_of_other_depths():
    rows = [row.tobytes() for row in L]
    key = [(b"tRNS", struct.pack(">H", 7))]
    assert (read(png(*SIZE, 8, 0, rows, key)) == np.where(grey(L) == 7, WHITE, grey(L))).all()
    few = RGB_ % 2 * 90
    rows = [row.tobytes() for row in few]
    key = [(b"tRNS", struct.pack(">HHH", 90, 0, 90))]
    seen = np.where((few == [90, 0, 90]).all(-1, keepdims=True), WHITE, few)
    assert (read(png(*SIZE, 8, 2, rows, key)) == seen).all()
    wide = (noise(1, ">u2") // 256 * 256).astype(">u2")
    rows = [row.tobytes() for row in wide]
    key = [(b"tRNS", struct.pack(">H", 512))]
    seen = np.where(wide == 512, WHITE, scaled(wide, 65535))
    assert (read(png(*SIZE, 16, 0, rows, key)) == grey(seen)).all()
    rows = [row.tobytes() for row in noise(3, ">u2")]
    with pytest.raises(UserError, match="16 bits per channel and a transparent colour"):
        read(png(*SIZE, 16, 2, rows, [(b"tRNS", struct.pack(">HHH", 9, 9, 9))]))


@pytest.mark.parametrize("mode", ["I", "F"])
def test_pixels_without_a_known_white_are_refused(mode):
    with pytest.raises(
        UserError, match=r"image cannot be read .* not say which values are black and white"
    ):
        read(saved(Image.new(mode, SIZE), "TIFF"))


def test_cielab_is_refused_because_pillow_converts_it_roughly():
    with pytest.raises(UserError, match="CIELAB; save it as RGB"):
        read(saved(Image.new("LAB", SIZE), "TIFF"))


def test_every_mode_of_pillow_is_dealt_with():
    for mode in Image.MODES:
        try:
            assert convert_to_rgb(Image.new(mode, SIZE)).mode == "RGB"
        except Unreadable:
            assert mode in ("I", "F", "LAB")


def test_orientation_and_profiles_are_not_applied_and_the_first_frame_is_read():
    image = image_of("RGB", RGB_)
    exif = Image.Exif()
    exif[0x0112] = 6
    assert (read(saved(image, "PNG", exif=exif, icc_profile=b"any")) == RGB_).all()
    assert (read(saved(image, "TIFF", exif=exif)) == np.rot90(RGB_, -1)).all(), "as Pillow does"
    others = [image_of("RGB", 255 - RGB_), Image.new("RGB", SIZE)]
    for file_format, how in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})):
        several = saved(image, file_format, save_all=True, append_images=others, **how)
        assert Image.open(io.BytesIO(several)).n_frames == 3
        assert (read(several) == RGB_).all()


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_rgb_is_what_torchvision_gives(file_format):
    content = saved(image_of("RGB", RGB_), file_format)
    image = Image.open(io.BytesIO(content)).convert("RGB")
    expected = functional.center_crop(functional.resize(image, [21]), [17, 17])
    got = resize_and_crop(decode_image(content, "image"), 21, 17, "image")
    np.testing.assert_array_equal(got, np.asarray(expected).transpose(2, 0, 1))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "image cannot be read as an image: the file is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "pointer of Git LFS"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "none of JPEG, PNG"),
        (b"<svg/>", "none of JPEG, PNG"),
    ],
)
def test_files_that_are_not_images_are_reported(content, message):
    with pytest.raises(UserError, match=message):
        decode_image(content, "image")


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_half_an_image_is_refused(file_format):
    content = saved(image_of("RGB", RGB_), file_format)
    with pytest.raises(UserError, match="image cannot be read as an image"):
        decode_image(content[: len(content) // 2], "image")


def test_large_images_are_calculated_in_strips(monkeypatch):
    for mode, pixels in (("RGBA", RGBA), ("LA", LA), ("I;16", noise(1, np.uint16))):
        whole = np.asarray(convert_to_rgb(image_of(mode, pixels)))
        for strip in (1, 7 * SIZE[0] + 3):
            monkeypatch.setattr("nrg.data.pixels.STRIP", strip)
            np.testing.assert_array_equal(np.asarray(convert_to_rgb(image_of(mode, pixels))), whole)
        monkeypatch.undo()


def test_a_long_narrow_image_is_refused_before_it_fills_the_memory():
    with pytest.raises(UserError, match=r"image is 30000×1, .* makes 7680000×256"):
        resize_and_crop(Image.new("RGB", (30_000, 1)), 256, 224, "image")


WHOLE = [
    saved(image_of(mode, noise(len(mode), seed=3)), file_format)
    for file_format, modes in {
        "JPEG": ["L", "RGB", "CMYK"],
        "PNG": ["L", "LA", "RGB", "RGBA"],
        "TIFF": ["L", "LA", "CMYK"],
        "WEBP": ["RGBA"],
        "AVIF": ["RGB"],
        "BMP": ["RGB"],
        "GIF": ["L"],
        "PPM": ["RGB"],
    }.items()
    for mode in modes
]
WHOLE += jpegs(2)  # real photographs, where they are


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of damaged tags
@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_any_bytes_are_an_image_or_are_refused(content, data):
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed) - 1) | st.integers(0, 60))
        changed[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(changed)) | st.just(len(changed)))
    with suppress(UserError):
        assert decode_image(bytes(changed[:cut]), "image").mode == "RGB"


def test_no_reader_that_starts_programs_is_used():
    assert not {"EPS", "WMF", "FITS", "HDF5", "GRIB", "BUFR"} & set(FORMATS)
