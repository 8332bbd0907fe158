"""The first bytes inside a compressed stream, unpacked within bounds, to see what it holds."""

import bz2
import lzma
import zlib
from io import BytesIO
from typing import Final

from provenance.readers.limits import HEAD, LIMITS

GUESSED_BYTES: Final = 65536  # unpacked at most
FIRST_BLOCK: Final = {
    "gzip": HEAD,
    "xz": HEAD,
    "zstandard": 131072 + 4096,  # RFC 8878: a block holds up to 128 KiB; its frame may be preceded by a skippable one
    "bzip2": 921600,  # a block holds 900,000 bytes and, of random ones, takes up 0.5 % more
}
"""Compressions, and the bytes with which each has given its first output: gzip and xz give some for any, the others a block as a whole."""
GZIP: Final = 31  # zlib's window bits that ask for a gzip header


class DamagedError(Exception):
    """A stream is damaged from the start, or asks for more memory than it may have; ``reason`` is that of ``Unread``."""

    def __init__(self, message: str, reason: str = "undecodable") -> None:
        super().__init__(message)
        self.reason = reason


def beginning(head: bytes, kind: str) -> bytes:
    """Up to 64 KiB of what a stream holds; empty if its first block is not complete. Raises DamagedError."""
    try:
        return _unpacked(head, kind)
    except lzma.LZMAError as error:
        if "limit" in str(error).lower():
            raise DamagedError(f"an xz stream that asks for more than {LIMITS.window} bytes of memory", "too-large") from error
        raise DamagedError(f"an xz stream that is damaged from the start: {error}") from error
    except (zlib.error, OSError, ValueError) as error:
        raise DamagedError(f"a {kind} stream that is damaged from the start: {error}") from error


def _unpacked(head: bytes, kind: str) -> bytes:
    if kind == "gzip":
        return zlib.decompressobj(wbits=GZIP).decompress(head, GUESSED_BYTES)
    if kind == "bzip2":
        return bz2.BZ2Decompressor().decompress(head, GUESSED_BYTES)
    if kind == "xz":
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=LIMITS.window).decompress(head, GUESSED_BYTES)
    return _from_zstandard(head)


def _from_zstandard(head: bytes) -> bytes:
    """Of the first frame that holds anything: pzstd and seekable files begin with one to be skipped."""
    import zstandard

    try:
        frames = zstandard.ZstdDecompressor(max_window_size=LIMITS.window).stream_reader(BytesIO(head), read_across_frames=True)
        return frames.read(GUESSED_BYTES)
    except zstandard.ZstdError as error:
        if "memory" in str(error):
            raise DamagedError(f"a zstandard frame that asks for more than {LIMITS.window} bytes of memory", "too-large") from error
        if "ictionary" in str(error):
            raise DamagedError("a zstandard stream that needs a dictionary", "unsupported-format") from error
        raise DamagedError(f"a zstandard stream that is damaged from the start: {error}") from error
