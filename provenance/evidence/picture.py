"""A reduced copy of a picture and the matched regions in its pixels."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fingerprints.model import Media, Quadrilateral
from provenance.model import PictureSide

LONGEST_SIDE = 720  # px; about 100 kB a picture
QUALITY = 85
CANVAS_SIDE = 1_920  # px; a JPEG that is decoded at a reduced size is not larger, and 11 MB are the most that one takes
CANVASES = 4  # kept: an item against several works and a work against several items decode each file once


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture to draw from, upright and in sRGB."""

    pixels: NDArray[np.uint8]
    """Rows x columns x 3, at most ``CANVAS_SIDE`` px long."""
    width: int
    """In px of the whole picture, in which regions are given."""
    height: int


def reduced(label: str, media: Media, regions: Sequence[Quadrilateral], name: str, frame: int) -> tuple[PictureSide, bytes]:
    """The side with its outlines, and the reduced picture or the frame of it, upright and in sRGB, as JPEG; raises FingerprintError."""
    jpeg, width, height, scale = _drawn(file_of(media), frame)
    outlines = tuple(tuple((round(x * scale, 1), round(y * scale, 1)) for x, y in corners) for corners in regions)
    return PictureSide(label, name, width, height, outlines, scale), jpeg


def file_of(media: Media) -> bytes | Path:
    """The medium, which for a picture is never text."""
    if isinstance(media, str):
        raise TypeError("a picture is bytes or a path")
    return media


@lru_cache(maxsize=CANVASES)
def canvas(media: bytes | Path, frame: int) -> Canvas:
    """The decoded picture, or one frame of an animation; raises FingerprintError."""
    from fingerprints.image.decode import decode

    picture = decode(media, frame)
    width, height = _fitted(picture.pixels.shape[1], picture.pixels.shape[0], CANVAS_SIDE)
    return Canvas(_resized(picture.pixels, width, height), picture.width, picture.height)


@lru_cache(maxsize=16)
def _drawn(media: bytes | Path, frame: int) -> tuple[bytes, int, int, float]:
    """The reduced picture as JPEG, its width and height in px, and its scale; a work is drawn once for the many items that match it."""
    whole = canvas(media, frame)
    scale = min(1.0, LONGEST_SIDE / max(whole.width, whole.height))
    width, height = max(1, round(whole.width * scale)), max(1, round(whole.height * scale))
    return jpeg(_resized(whole.pixels, width, height)), width, height, scale


def _fitted(width: int, height: int, side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _resized(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    from PIL import Image

    if (height, width) == pixels.shape[:2]:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS))


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Rows x columns, or those x 3, as a JPEG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
