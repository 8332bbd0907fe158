"""Compressed streams unpacked in blocks, each to the byte at which it is cut or damaged: gzip, zstandard, bzip2, xz, raw DEFLATE.

gzip RFC 1952 · DEFLATE RFC 1951 · Zstandard RFC 8878 · the .xz file format 1.2.0. zstandard's own readers end without a word where a
frame is cut, and its decompressor takes no bound for what it gives: here it is fed so little at a time that it cannot give much.
"""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from provenance.readers.limits import BLOCK, MB, Limits
from provenance.readers.streams import Chunks, Fault

PACKED = MB // 4  # bytes read from the file at a time
PROBE = 4096  # packed bytes by which a stream is told from bytes that only look like the beginning of one
GZIP, RAW, ZLIB = 31, -15, 15  # zlib's window bits for the three wrappings


class _Decoder(Protocol):
    """A stream being unpacked, as Python's ``bz2`` and ``lzma`` offer it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes:
        """So many bytes at most; asked again with none while it needs no input."""
        ...


@dataclass(frozen=True, slots=True)
class Codec:
    """A compression."""

    name: str
    opened: Callable[[Limits], _Decoder]
    step: int
    """Packed bytes that the decoder is given at a time: what is lost before a damage, and bounds what zstandard gives at once."""
    magic: tuple[bytes, ...] = ()
    """How a stream begins; without one the data are exactly one stream."""


class _DamagedError(Exception):
    """The packed bytes are not what they should be."""


class _Zlib:
    """DEFLATE in one of its wrappings."""

    def __init__(self, wrapping: int) -> None:
        self._stream, self.needs_input = zlib.decompressobj(wbits=wrapping), True

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            block = self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
        except zlib.error as error:
            raise _DamagedError(str(error)) from error
        # zlib may have taken all input and still hold output that did not fit
        self.needs_input = not self._stream.unconsumed_tail and len(block) < max_length
        return block


class _Python:
    """bzip2 or xz, from Python's library."""

    def __init__(self, stream: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._stream = stream

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return self._stream.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            return self._stream.decompress(data, max_length)
        except (OSError, lzma.LZMAError, ValueError) as error:
            raise _DamagedError(str(error)) from error


class _Zstandard:
    """One frame; its output is bounded by its input, at most 128 KB for every 4 bytes (RFC 8878, section 3.1.1.2)."""

    needs_input = True

    def __init__(self, limits: Limits) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        self._stream = zstandard.ZstdDecompressor(max_window_size=limits.window).decompressobj()

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:  # noqa: ARG002 - the step bounds it
        try:
            return self._stream.decompress(data)
        except self._error as error:
            raise _DamagedError(str(error)) from error


SKIPPABLE = tuple(bytes([byte]) + b"\x2a\x4d\x18" for byte in range(0x50, 0x60))  # RFC 8878, section 3.1.2
CODECS: Mapping[str, Codec] = {
    "gz": Codec("gzip", lambda _: _Zlib(GZIP), 16384, (b"\x1f\x8b\x08",)),
    # 1024 bytes unpack to 33 MB at most; 600 MB/s of text where 64 KB at a time give 740 (zstandard 0.25)
    "zst": Codec("zstandard", _Zstandard, 1024, (b"\x28\xb5\x2f\xfd", *SKIPPABLE)),
    "bz2": Codec("bzip2", lambda _: _Python(bz2.BZ2Decompressor()), 65536, (b"BZh",)),
    "xz": Codec("xz", lambda limits: _Python(lzma.LZMADecompressor(lzma.FORMAT_XZ, limits.window)), 65536, (b"\xfd7zXZ\0",)),
    "deflate": Codec("DEFLATE", lambda _: _Zlib(RAW), 16384),
    "zlib": Codec("zlib", lambda _: _Zlib(ZLIB), 16384),
}
"""Suffix of a format -> its compression; the last two stand in zip files and in HTTP alone."""


class _Packed:
    """The packed bytes, with a step back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._held, self._at, self._start = file, b"", 0, file.tell()
        self._base = self._start

    @property
    def offset(self) -> int:
        """Of the next byte, from where the packed bytes begin."""
        return self._base + self._at - self._start

    def read(self, most: int) -> bytes:
        """Some of the next bytes; none at the end."""
        if self._at == len(self._held):
            self._base += self._at
            self._held, self._at = self._file.read(PACKED), 0
        data = self._held[self._at : self._at + most]
        self._at += len(data)
        return data

    def back(self, size: int) -> None:
        """Takes back so many bytes of the last ones read."""
        self._at -= size

    def head(self, size: int) -> bytes:
        """The next bytes, which stay; fewer at the end."""
        while len(self._held) - self._at < size and (more := self._file.read(PACKED)):
            self._base, self._held, self._at = self._base + self._at, self._held[self._at :] + more, 0
        return self._held[self._at : self._at + size]

    def pass_zeros(self) -> None:
        """Goes on to the next byte that is not zero: streams may be padded."""
        while data := self.read(PACKED):
            if rest := data.lstrip(b"\0"):
                self.back(len(rest))
                return

    def seek(self, offset: int) -> None:
        """Goes to a byte, counted as ``offset`` is."""
        self._base, self._held, self._at = self._start + offset, b"", 0
        self._file.seek(self._base)

    def find(self, word: bytes) -> bool:
        """Goes to the next place where the word stands; False at the end, if it stands nowhere."""
        while len(head := self.head(PACKED)) >= len(word):
            found = head.find(word)
            if found >= 0:
                self._at += found
                return True
            self._at += len(head) - len(word) + 1
        return False


def unpack(file: BinaryIO, kind: str, limits: Limits, resume: bytes = b"") -> Chunks:
    """The streams in a file unpacked, one after another; then a fault, if they end too early, grow too much or are followed by others.

    With ``resume``, what stands behind a damage is read on from the next stream whose content begins so: faults are not the last
    thing then. What a damaged stream took up is searched for others, too, as long as that is no more than ``limits.member`` in all.
    """
    codec, packed, unpacked, again = CODECS[kind], _Packed(file), 0, limits.member
    while packed.head(1):
        start = packed.offset
        for block in _next(packed, codec, limits):
            if isinstance(block, Fault):
                yield Fault(block.reason, f"{block.detail}, after {unpacked} unpacked bytes")
                again -= packed.offset - start
                if not resume or not _resumed(packed, codec, limits, start if again > 0 else packed.offset, resume):
                    return
                break
            unpacked += len(block)
            yield block
            if unpacked > max(limits.ratio_from, limits.ratio * packed.offset):
                detail = f"the {codec.name} stream grows more than {limits.ratio} times; given up after {unpacked} unpacked bytes"
                yield Fault("too-large", detail)
                return
        else:
            packed.pass_zeros()


def unpacked(data: bytes, kind: str, most: int, limits: Limits) -> bytes | Fault:
    """All that packed bytes hold, or why that is not to be had: more than ``most`` bytes, say."""
    blocks, size = list[bytes](), 0
    for block in unpack(io.BytesIO(data), kind, limits):
        if isinstance(block, Fault):
            return block
        size += len(block)
        if size > most:
            return Fault("too-large", f"it unpacks to more than {most} bytes")
        blocks.append(block)
    return b"".join(blocks)


def _next(packed: _Packed, codec: Codec, limits: Limits) -> Iterator[bytes | Fault]:
    """One stream in blocks, then a fault if it is none or not whole."""
    head, first = packed.head(max(map(len, codec.magic), default=0)), not packed.offset
    if codec.magic and not head.startswith(codec.magic):
        if any(magic.startswith(head) for magic in codec.magic):
            yield Fault("truncated", f"the {codec.name} stream ends in its first bytes")
        elif first:
            yield Fault("undecodable", f"no {codec.name} stream")
        else:
            yield Fault("trailing-data", f"at byte {packed.offset} something else follows the {codec.name} stream")
    elif not codec.magic and not first:
        yield Fault("trailing-data", f"at byte {packed.offset} something follows the {codec.name} stream")
    else:
        yield from _blocks(packed, codec, limits)


def _blocks(packed: _Packed, codec: Codec, limits: Limits) -> Iterator[bytes | Fault]:
    stream, held, size, fault = codec.opened(limits), list[bytes](), 0, None
    while not (stream.eof or fault):
        data = packed.read(codec.step) if stream.needs_input else b""
        if stream.needs_input and not data:
            fault = Fault("truncated", f"the {codec.name} stream ends in the middle")
            break
        try:
            block = stream.decompress(data, BLOCK)
        except _DamagedError as error:
            if "memory" in str(error).lower():  # so say zstd of a window and xz of a dictionary beyond the limit
                fault = Fault("too-large", f"the {codec.name} stream asks for more than {limits.window} bytes of memory")
            else:
                fault = Fault("undecodable", f"the {codec.name} stream is damaged: {error}")
            break
        held.append(block)
        size += len(block)
        if size >= BLOCK:
            yield b"".join(held)
            held, size = [], 0
    if size:
        yield b"".join(held)
    if fault:
        yield fault
    else:
        packed.back(len(stream.unused_data))


def _resumed(packed: _Packed, codec: Codec, limits: Limits, start: int, content: bytes) -> bool:
    """Goes to the next stream behind byte ``start`` whose content begins as given; False if there is none."""
    packed.seek(start + 1)
    while packed.find(codec.magic[0]):
        try:
            if codec.opened(limits).decompress(packed.head(PROBE)[: codec.step], len(content)).startswith(content):
                return True
        except _DamagedError:
            pass
        packed.read(1)
    return False
