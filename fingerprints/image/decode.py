"""Bytes or a file in, the picture as a person sees it out: upright, in sRGB, over white; of an animation three frames."""

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile

from fingerprints.errors import TooLargeError, UndecodableError
from fingerprints.image.colour import to_rgb
from fingerprints.image.views import grey_of
from fingerprints.isolation import isolated

MAX_BYTES = 512 << 20
MAX_PIXELS = 100_000_000  # 300 MB of RGB; a larger picture is listed as unread, never decoded in part
# a JPEG is decoded at 1/2, 1/4 or 1/8 while its longer side stays at least so long, a third more than features are taken from
WORKING_SIDE = 960  # px
MAX_ANIMATED = 2_000_000_000  # px of all frames together, of which more than the first are looked at; about 10 s
ANIMATED = frozenset({"GIF", "WEBP", "PNG", "AVIF", "TIFF"})
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "DIB", "AVIF", "JPEG2000", "PPM", "QOI")  # none that starts a program, as EPS does
TURNS = {  # EXIF orientation (CIPA DC-008 4.6.4) -> what stands it upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
BROKEN = (  # what Pillow's parsers raise on damaged input
    OSError, ValueError, SyntaxError, TypeError, AttributeError, LookupError, ArithmeticError, EOFError, AssertionError,
    RuntimeError, struct.error, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright picture."""

    pixels: NDArray[np.uint8]
    """Rows x columns x 3 of sRGB, or rows x columns of grey; fewer than the picture has when it was decoded at a reduced size."""
    width: int
    """In px of the whole upright picture, as are all coordinates that are reported."""
    height: int
    sha256: str
    """Of the encoded bytes."""
    pixel_digest: str
    """SHA-256 of size and sRGB pixels; of the encoded bytes when not every pixel was decoded."""


def decode_here(media: bytes | Path, frame: int = 0) -> Picture:
    """The upright sRGB picture, from its encoded bytes or a file of them, decoded in this process; of an animation the frame named.

    Raises UndecodableError for anything that is not a whole picture and TooLargeError beyond ``MAX_BYTES`` or ``MAX_PIXELS``, which
    is known from the header before a pixel is decoded.
    """
    return next(_frames(_content(media), lambda _: (frame,)))[1]


def _content(media: bytes | Path) -> bytes:
    """The encoded bytes, unless there are too many."""
    try:
        size = len(media) if isinstance(media, bytes) else media.stat().st_size
        if size > MAX_BYTES:
            raise TooLargeError(f"{size} bytes; the limit is {MAX_BYTES}")
        return media if isinstance(media, bytes) else media.read_bytes()
    except OSError as error:
        raise UndecodableError(f"the file cannot be read: {error.strerror or error}") from error


def _frames(content: bytes, chosen: Callable[[Image.Image], Sequence[int]]) -> Iterator[tuple[int, Picture]]:
    if not content:
        raise UndecodableError("the file is empty")
    Image.init()
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # other libraries set it, and half a picture would then be grey without a word
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; what matters is raised
        try:
            with Image.open(io.BytesIO(content), formats=[name for name in FORMATS if name in Image.OPEN]) as image:
                sha256 = hashlib.sha256(content).hexdigest()
                for number in chosen(image):
                    image.seek(number)
                    yield number, _decoded(image, sha256)
        except Image.DecompressionBombError as error:
            raise TooLargeError(f"more than {MAX_PIXELS / 1e6:.0f} million pixels") from error
        except BROKEN as error:
            raise UndecodableError(f"no readable picture: {type(error).__name__}: {error}"[:300]) from error


def _chosen(image: Image.Image) -> list[int]:
    """Numbers of the frames that stand for all, in order."""
    width, height = image.size
    count = getattr(image, "n_frames", 1) if width * height <= MAX_PIXELS and image.format in ANIMATED else 1
    return sorted({0, count // 2, count - 1}) if count * width * height <= MAX_ANIMATED else [0]


def _decoded(image: Image.Image, sha256: str) -> Picture:
    """The frame at which the file stands."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise TooLargeError(f"{width} x {height} pixels; the limit is {MAX_PIXELS}")
    turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    if image.format in {"JPEG", "MPO"}:
        shrink = max(1, max(width, height) // WORKING_SIDE)
        image.draft(image.mode, (width // shrink, height // shrink))
    image.load()
    upright = to_rgb(image) if turn is None else to_rgb(image).transpose(turn)
    if turn is not None and turn >= Image.Transpose.ROTATE_90 and turn != Image.Transpose.ROTATE_180:
        width, height = height, width
    pixels = np.asarray(upright)
    return Picture(pixels, width, height, sha256, _pixel_digest(pixels, width, height) or sha256)


def _pixel_digest(pixels: NDArray[np.uint8], width: int, height: int) -> str | None:
    """None when not every pixel was decoded."""
    if pixels.shape[:2] != (height, width):
        return None
    digest = hashlib.sha256(struct.pack("<II", width, height))
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def decode_grey_here(media: bytes | Path) -> list[tuple[int, Picture]]:
    """As ``decode_here``, in grey, which is all that is compared, as frame 0; of an animation, or a file of many pages, three with numbers.

    These are the first, the middle and the last; of one whose frames have more than ``MAX_ANIMATED`` px together only the first, as the
    others cost the decoding of all before them.
    """
    return [(number, replace(picture, pixels=grey_of(picture.pixels))) for number, picture in _frames(_content(media), _chosen)]


decode, decode_grey = isolated(decode_here), isolated(decode_grey_here)
"""The same in a child process; raise DecoderError besides."""
