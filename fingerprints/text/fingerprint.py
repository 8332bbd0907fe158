"""A work's fingerprint: the hashes and places of its words and its MinHash signature, as bytes."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import zstandard
from numpy.typing import NDArray

from fingerprints.errors import SchemeError, TooLargeError, UndecodableError, UnmatchableError
from fingerprints.model import Media
from fingerprints.text.normalise import Normaliser
from fingerprints.text.scheme import SCHEME, SHORT_SEED_WORDS
from fingerprints.text.whole import PERMUTATIONS, signature

LARGEST_BYTES = 1 << 30
"""Places are 32-bit."""
LEVEL = 1
"""Of the compression: 144 MB/s of text and 0.33 MB a novel; zlib took 10 MB/s for 0.27 MB."""
MOST_BYTES = 1 << 33  # more than the arrays of LARGEST_BYTES of text
MAGIC = SCHEME.encode() + b"\n"

Hashes: TypeAlias = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What the index holds of one work."""

    hashes: Hashes
    """(words,) one a word, in order."""
    starts: Hashes
    """(words,) first code point of each word."""
    stops: Hashes
    signature: Hashes
    """(PERMUTATIONS,) MinHash."""
    size: int
    """Code points of the text."""


def make(media: Media, normaliser: Normaliser) -> Fingerprint:
    """The fingerprint of a text; bytes and files are UTF-8, a byte order mark is not part of the text.

    Raises UndecodableError, TooLargeError, UnmatchableError.
    """
    text = _utf8(media)
    if len(text) > LARGEST_BYTES:
        raise TooLargeError(f"the text has {len(text):,} bytes, the limit is {LARGEST_BYTES:,}; register its parts as assets of one work")
    words = normaliser.placed(text)
    if words.hashes.size < SHORT_SEED_WORDS:
        raise UnmatchableError(
            f"the text has {words.hashes.size} words; at least {SHORT_SEED_WORDS} are needed to find it again: register a longer text"
        )
    return Fingerprint(words.hashes, words.starts.astype(np.uint32), words.stops.astype(np.uint32), signature(words.hashes), words.size)


def _utf8(media: Media) -> bytes:
    try:
        text = media.encode() if isinstance(media, str) else media if isinstance(media, bytes) else media.read_bytes()
        if not isinstance(media, str):
            text = text.removeprefix(b"\xef\xbb\xbf")
            text.decode()
    except UnicodeDecodeError as error:
        raise UndecodableError(f"byte {error.start} is not UTF-8 ({error.reason}); convert the text to UTF-8") from error
    except UnicodeEncodeError as error:
        raise UndecodableError(f"character {error.start} is half of a surrogate pair; repair the text") from error
    except OSError as error:
        raise UndecodableError(f"the file cannot be read: {error.strerror}") from error
    return text


def pack(fingerprint: Fingerprint) -> bytes:
    """The fingerprint as bytes: the scheme, a line feed, and the Zstandard-compressed arrays, whose bytes are sorted by significance."""
    places = np.stack([fingerprint.starts, fingerprint.stops], axis=1).ravel()
    gaps = np.diff(places, prepend=np.uint32(0)).astype("<u4")
    head = np.array([fingerprint.size, fingerprint.hashes.size], "<u4")
    planes = gaps.view(np.uint8).reshape(-1, 4).T  # high bytes are nearly all zero
    arrays = (head, fingerprint.signature.astype("<u4"), fingerprint.hashes.astype("<u4"), planes)
    return MAGIC + zstandard.ZstdCompressor(level=LEVEL).compress(b"".join(array.tobytes() for array in arrays))


def unpack(packed: bytes) -> Fingerprint:
    """What ``pack`` packed; raises SchemeError when it is of another scheme or damaged."""
    if not packed.startswith(MAGIC):
        raise SchemeError(f"the fingerprint is not of {SCHEME}; make it again with: provenance registry verify REGISTRY --rebuild")
    try:
        data = zstandard.ZstdDecompressor().decompress(packed[len(MAGIC) :], max_output_size=MOST_BYTES)
        size, count = np.frombuffer(data, "<u4", 2).tolist()
        end = 4 * (2 + PERMUTATIONS + count)
        numbers = np.frombuffer(data[8:end], "<u4").astype(np.uint32)
        gaps = np.ascontiguousarray(np.frombuffer(data[end:], np.uint8).reshape(4, 2 * count).T).view("<u4").ravel()
    except (zstandard.ZstdError, ValueError) as error:
        raise SchemeError(
            f"the fingerprint is damaged ({error}); make it again with: provenance registry verify REGISTRY --rebuild"
        ) from error
    places = np.cumsum(gaps, dtype=np.uint32).reshape(-1, 2)
    return Fingerprint(numbers[PERMUTATIONS:], places[:, 0], places[:, 1], numbers[:PERMUTATIONS], size)
