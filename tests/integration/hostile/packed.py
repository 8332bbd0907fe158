"""Compressed streams that grow, lie or end early."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator

import zstandard

from tests.integration.hostile.entry import MB, file, line

GIGABYTES = 3


def deflated(head: bytes, block: bytes, times: int, wrapping: int = 31) -> Iterator[bytes]:
    """One DEFLATE stream of a head and of a block many times over, without the work of compressing it so often; no checksum at its end."""
    packer = zlib.compressobj(9, wbits=wrapping)
    yield packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(times):
        yield again


def zstandard_bomb(head: bytes, times: int) -> bytes:
    """A frame with the head, and one of blocks that repeat a zero 128 KB often and take four bytes each (RFC 8878, 3.1.1.2)."""
    block = (128 << 10 << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
    return zstandard.ZstdCompressor().compress(head) + b"\x28\xb5\x2f\xfd\x00\x58" + block * (8 * times)


def wide_window(head: bytes) -> bytes:
    """A frame that asks for a window of 2 GB."""
    raw = (len(head) << 3 | 1).to_bytes(3, "little") + head
    return b"\x28\xb5\x2f\xfd\x00" + bytes([21 << 3]) + raw


def wide_dictionary(data: bytes) -> bytes:
    """An xz stream that asks for a dictionary of 4 GB; its header's checksum is right."""
    packed = bytearray(lzma.compress(data))
    size = 4 * (packed[12] + 1)
    packed[16] = 40
    packed[12 + size - 4 : 12 + size] = zlib.crc32(packed[12 : 12 + size - 4]).to_bytes(4, "little")
    return bytes(packed)


def streams(head: bytes, block: bytes, times: int) -> Iterator[bytes]:
    """Packed streams, one after another."""
    yield head
    for _ in range(times):
        yield block


def with_dictionary(data: bytes) -> bytes:
    """A zstandard frame that only its dictionary unpacks."""
    samples = zstandard.ZstdCompressionDict(b"the words of a dictionary " * 50, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    frame = bytearray(zstandard.ZstdCompressor(dict_data=samples).compress(data))
    return bytes(frame[:4] + bytes([frame[4] | 1, *frame[5:6], 7]) + frame[6:]) if not frame[4] & 3 else bytes(frame)


ZEROS = bytes(MB)
PACKED = (
    file("bomb.jsonl.gz", lambda text: deflated(line(text), ZEROS, GIGABYTES << 10), "too-large", "#0/text"),
    file("bomb-of-records.jsonl.gz", lambda text: deflated(line(text), line("a" * MB), GIGABYTES << 10), "too-large", "#0/text", None),
    file("bomb.txt.gz", lambda text: deflated(text.encode(), b"a" * MB, GIGABYTES << 10), "too-large", "@0", None),
    file("bomb.jsonl.zst", lambda text: zstandard_bomb(line(text), GIGABYTES << 10), "too-large", "#0/text"),
    file("bomb.jsonl.bz2", lambda text: streams(bz2.compress(line(text)), bz2.compress(bytes(16 * MB)), 200), "too-large", "#0/text"),
    file("bomb.jsonl.xz", lambda text: streams(lzma.compress(line(text)), lzma.compress(bytes(16 * MB)), 200), "too-large", "#0/text"),
    file("window.jsonl.zst", lambda text: wide_window(line(text)), "too-large"),
    file("dictionary.jsonl.xz", lambda text: wide_dictionary(line(text)), "too-large"),
    file("dictionary.jsonl.zst", lambda text: with_dictionary(line(text) * 9), "unsupported-format"),
    file(
        "cut.jsonl.gz", lambda text: gzip.compress(line(text) + line("more words " * 90) * 90, mtime=0)[:-9], "truncated", "#0/text", None
    ),
    file(
        "cut.jsonl.zst",
        lambda text: streams(zstandard.compress(line(text)), zstandard.compress(line("more"))[:-4], 1),
        "truncated",
        "#0/text",
    ),
    file("cut.jsonl.bz2", lambda text: streams(bz2.compress(line(text)), bz2.compress(line("more"))[:-4], 1), "truncated", "#0/text", None),
    file(
        "cut.jsonl.xz", lambda text: streams(lzma.compress(line(text)), lzma.compress(line("more"))[:-4], 1), "truncated", "#0/text", None
    ),
    file("checksum.jsonl.gz", lambda text: gzip.compress(line(text))[:-8] + bytes(8), "undecodable"),
    file(
        "damaged.jsonl.gz",
        lambda text: streams(gzip.compress(line(text)), gzip.compress(line("more"))[:-8] + bytes(8), 1),
        "undecodable",
        "#0/text",
    ),
    file("first-letters.txt.bz2", lambda _: b"BZh91AY", "truncated"),
    file("trailing.jsonl.gz", lambda text: gzip.compress(line(text)) + b"something else", "trailing-data", "#0/text"),
    file("header-alone.jsonl.gz", lambda _: b"\x1f\x8b\x08", "truncated"),
    file("twice.jsonl.gz.gz", lambda text: gzip.compress(gzip.compress(line(text))), "unsupported-format"),
    file("of-nothing.jsonl.gz", lambda _: gzip.compress(b""), "empty"),
    file("no-gzip.jsonl.gz", line, "", "#0/text"),
)
