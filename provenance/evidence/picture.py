"""A reduced copy of a picture and the matched regions in its pixels."""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from fingerprints.model import Media, Quadrilateral
from provenance.model import PictureSide

LONGEST_SIDE = 720  # px; about 100 kB a picture
QUALITY = 85


def reduced(label: str, media: Media, regions: Sequence[Quadrilateral], name: str) -> tuple[PictureSide, bytes]:
    """The side with its outlines, and the reduced picture, upright and in sRGB, as JPEG; raises FingerprintError."""
    if isinstance(media, str):
        raise TypeError("a picture is bytes or a path")
    jpeg, width, height, scale = _drawn(media)
    outlines = tuple(tuple((round(x * scale, 1), round(y * scale, 1)) for x, y in corners) for corners in regions)
    return PictureSide(label, name, width, height, outlines, scale), jpeg


@lru_cache(maxsize=16)
def _drawn(media: bytes | Path) -> tuple[bytes, int, int, float]:
    """The reduced picture as JPEG, its width and height in px, and its scale; a work is drawn once for the many items that match it."""
    from PIL import Image

    from fingerprints.image.decode import decode

    picture = decode(media)
    scale = min(1.0, LONGEST_SIDE / max(picture.width, picture.height))
    width, height = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    buffer = io.BytesIO()
    Image.fromarray(picture.pixels).resize((width, height), Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue(), width, height, scale
