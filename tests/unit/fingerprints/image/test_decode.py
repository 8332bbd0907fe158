import contextlib
import io
import struct
import time
import warnings
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile

from fingerprints.errors import FingerprintError, TooLargeError, UndecodableError
from fingerprints.image import decode as module
from fingerprints.image.decode import decode, decode_grey, decode_here
from fingerprints.image.views import grey_of


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_photograph_is_stood_upright(make, orientation):
    draw, encode, _ = make
    upright = draw(1, 60, 40)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions that store it as a camera held otherwise would
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode_here(encode(upright.transpose(Image.Transpose(undo[orientation])), exif=exif))
    assert (picture.width, picture.height) == (60, 40)
    assert np.array_equal(picture.pixels, np.asarray(upright))


def test_transparency_is_shown_over_white(make):
    _, encode, _ = make
    assert (decode_here(encode(Image.new("RGBA", (8, 8), (0, 0, 0, 0)))).pixels == 255).all()
    assert (decode_here(encode(Image.new("LA", (8, 8), (0, 0)))).pixels == 255).all()


def test_every_mode_shows_the_same_grey(make):
    _, encode, _ = make
    level = Image.new("L", (8, 8), 100)
    sixteen = Image.fromarray(np.full((8, 8), 100 * 257, np.uint16))
    floating = Image.fromarray(np.full((8, 8), 100 / 255, np.float32))
    for content in (
        encode(level),
        encode(level.convert("P")),
        encode(level.convert("RGB"), "JPEG", quality=95),
        encode(level.convert("CMYK"), "TIFF"),
        encode(sixteen),
        encode(floating, "TIFF"),
    ):
        assert np.abs(decode_here(content).pixels.astype(int) - 100).max() <= 1


def test_the_first_frame_of_an_animation_is_the_picture(make):
    _, encode, _ = make
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    assert tuple(decode_here(encode(frames[0], "GIF", save_all=True, append_images=frames[1:])).pixels[0, 0]) == (255, 0, 0)


def test_a_profile_other_than_srgb_is_converted(make):
    _, encode, _ = make
    green = Image.new("RGB", (8, 8), (100, 150, 100))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert tuple(decode_here(encode(green, icc_profile=lab)).pixels[0, 0]) == (100, 150, 100)
    assert decode_here(encode(green, icc_profile=b"no profile at all")).pixels.shape == (8, 8, 3)


def test_a_huge_jpeg_is_decoded_small_and_measured_whole(make):
    draw, encode, _ = make
    picture = decode_here(encode(draw(2).resize((4200, 3001)), "JPEG"))
    assert (picture.width, picture.height) == (4200, 3001)
    assert module.WORKING_SIDE <= picture.pixels.shape[1] < 2 * module.WORKING_SIDE


def png(width, height):
    """A whole PNG of black pixels, one bit each: a hundred kilobytes may hold a billion of them."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    squeezer = zlib.compressobj(1)
    rows = b"".join(squeezer.compress(bytes(1 + (width + 7) // 8)) for _ in range(height)) + squeezer.flush()
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_bomb_of_pixels_is_refused_before_it_is_decoded():
    assert decode(png(300, 300)).pixels.shape == (300, 300, 3)
    bomb = png(30_000, 30_000)
    before = time.process_time()
    with pytest.raises(TooLargeError, match="100 million pixels"):
        decode_here(bomb)
    assert time.process_time() - before < 0.5
    with pytest.raises(TooLargeError):
        decode(bomb)


def test_the_child_gives_the_same_picture_to_the_last_bit(make, tmp_path):
    draw, encode, _ = make
    for content in (encode(draw(4)), encode(draw(4, 2000, 1500), "JPEG", quality=80)):
        (tmp_path / "picture").write_bytes(content)
        here = decode_here(content)
        for there in (decode(content), decode(tmp_path / "picture")):
            assert np.array_equal(there.pixels, here.pixels)
            assert replace(there, pixels=here.pixels) == here
        ((number, grey),) = decode_grey(content)
        assert number == 0
        assert np.array_equal(grey.pixels, grey_of(here.pixels))
        assert replace(grey, pixels=here.pixels) == here


def test_pixels_in_another_container_have_the_same_digest(make):
    draw, encode, _ = make
    assert decode_here(encode(draw(4))).pixel_digest == decode_here(encode(draw(4), "BMP")).pixel_digest


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_picture_cut_off_is_never_accepted_in_part(make, monkeypatch, form):
    draw, encode, _ = make
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as another library may leave it
    content = encode(draw(3), form)
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(UndecodableError):
            decode_here(content[: int(len(content) * share)])


def test_nothing_and_no_file_are_undecodable(tmp_path):
    for media in (b"", tmp_path / "missing.png", tmp_path):
        with pytest.raises(UndecodableError):
            decode_here(media)


@settings(deadline=None, max_examples=200)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"II*\0", b"BM", b"P6\n", b"qoif"]),
)
def test_random_bytes_raise_nothing_but_fingerprint_errors(tail, magic):
    with contextlib.suppress(FingerprintError):
        decode_here(magic + tail)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 5000), st.integers(0, 255), st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "TIFF"]))
def test_a_flipped_byte_raises_nothing_but_fingerprint_errors(place, value, form):
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((32, 32)).convert("RGB").save(buffer, form)
    content = bytearray(buffer.getvalue())
    content[place % len(content)] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with contextlib.suppress(FingerprintError):
            decode_here(bytes(content))
