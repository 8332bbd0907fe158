"""The fingerprint of one frame of a registered picture, and its bytes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fingerprints.errors import SchemeError
from fingerprints.image.codes import CELL_BITS, encode
from fingerprints.image.features import Features
from fingerprints.image.views import Grey

MAGIC = b"PIF2"
JPEG_QUALITY = 88  # of the thumbnail: 9.5 KB on average; correlation with the original thumbnail at least 0.985 in 81 pictures
POINT_UNITS = 64  # stored steps a px
_HEAD = struct.Struct("<4sIIIHHHI32s32s32s32sB")


@dataclass(frozen=True, slots=True)
class Marks:
    """The features of a work as the registry keeps them, n of 23 bytes: places and codes, from which no picture can be drawn again."""

    points: NDArray[np.uint16]
    """n x 2, in ``POINT_UNITS``."""
    words: NDArray[np.uint64]
    """n x 2, codes of 128 bits."""
    cells: NDArray[np.uint16]
    angles: NDArray[np.uint8]
    size: tuple[int, int]
    """Width and height of the reduced picture in which the points stand, in px."""

    @staticmethod
    def of(features: Features) -> "Marks":
        """From features that were extracted."""
        codes = encode(features.descriptors)
        points = np.clip(np.rint(features.points * POINT_UNITS), 0, 65535).astype("<u2")
        return Marks(points, codes.words, codes.cells[:, 0].astype("<u2"), features.angles, features.size)

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, slots=True)
class Record:
    """All that the index and the verification need of a registered picture; never its full pixels."""

    width: int
    height: int
    sha256: bytes
    pixel_digest: bytes
    hash: bytes
    """The 256-bit perceptual hash, packed."""
    pdq: bytes
    """Meta's 256-bit hash, packed, for interchange."""
    quality: int
    """Of the PDQ hash, 0 to 100."""
    frame: int
    """Number of the frame; 0 of a still picture."""
    marks: Marks
    thumbnail: bytes
    """A grey JPEG, longer side ``THUMBNAIL_SIDE``."""

    def to_bytes(self) -> bytes:
        """The same bytes for the same record."""
        sizes = (self.frame, self.width, self.height, *self.marks.size, len(self.marks), len(self.thumbnail))
        head = _HEAD.pack(MAGIC, *sizes, self.sha256, self.pixel_digest, self.hash, self.pdq, self.quality)
        arrays = (self.marks.words, self.marks.points, self.marks.cells, self.marks.angles)
        return b"".join((head, self.thumbnail, *(array.tobytes() for array in arrays)))

    @staticmethod
    def all_from(content: bytes) -> "Iterator[Record]":
        """The records that were joined, one for each frame; raises SchemeError when the bytes are no such records."""
        start = 0
        while start == 0 or start < len(content):
            record, size = Record._first(content[start:])
            yield record
            start += size

    @staticmethod
    def _first(content: bytes) -> "tuple[Record, int]":
        """The record at the start, and its length in bytes."""
        try:
            head = _HEAD.unpack_from(content)
            magic, frame, width, height, across, down, count, thumb, sha256, pixels, bits, pdq, quality = head
            if magic != MAGIC:
                raise SchemeError("the fingerprint is of another scheme; register the picture again")
            start = _HEAD.size + thumb
            words = np.frombuffer(content, "<u8", count * 2, start).reshape(count, 2)
            points = np.frombuffer(content, "<u2", count * 2, start + 16 * count).reshape(count, 2)
            cells = np.frombuffer(content, "<u2", count, start + 20 * count)
            angles = np.frombuffer(content, np.uint8, count, start + 22 * count)
        except (struct.error, ValueError) as error:
            raise SchemeError(f"the fingerprint is damaged ({error}); register the picture again") from error
        if (cells >> CELL_BITS).any():
            raise SchemeError("the fingerprint is damaged (a feature in no cell); register the picture again")
        marks = Marks(points, words, cells, angles, (across, down))
        thumbnail = content[_HEAD.size : start]
        return Record(width, height, sha256, pixels, bits, pdq, quality, frame, marks, thumbnail), start + 23 * count


def to_points(stored: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Points in px from their stored steps."""
    return stored.astype(np.float32) / np.float32(POINT_UNITS)


def pack_thumbnail(grey: Grey) -> bytes:
    """A grey JPEG."""
    done, encoded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise SchemeError("OpenCV cannot write a JPEG")
    return bytes(encoded)


def unpack_thumbnail(content: NDArray[np.uint8]) -> Grey:
    """The grey picture; raises SchemeError when the stored bytes are damaged."""
    grey = cv2.imdecode(np.ascontiguousarray(content), cv2.IMREAD_GRAYSCALE) if len(content) else None
    if grey is None:
        raise SchemeError("a stored thumbnail is damaged; rebuild the index with: provenance registry verify REGISTRY --rebuild")
    result: Grey = np.asarray(grey, np.uint8)
    return result
