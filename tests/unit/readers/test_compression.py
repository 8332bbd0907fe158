import bz2
import gzip
import io
import lzma
import random
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from provenance.model import Source, Unit
from provenance.readers.compression import CODECS, unpack, unpacked
from provenance.readers.limits import LIMITS, Limits
from provenance.readers.streams import Fault, chunks

PACK = {"gz": gzip.compress, "zst": zstandard.ZstdCompressor().compress, "bz2": bz2.compress, "xz": lzma.compress}
KINDS = list(PACK)
TEXT = b"\n".join(str(random.Random(i).random()).encode() for i in range(20_000))
SKIPPABLE = b"\x50\x2a\x4d\x18\x04\0\0\0seek"


def read(data, kind, limits=LIMITS, **options):
    """The content, and the faults."""
    found = list(unpack(io.BytesIO(data), kind, limits, **options))
    return b"".join(part for part in found if isinstance(part, bytes)), [part for part in found if isinstance(part, Fault)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_is_unpacked_whole(kind, tmp_path):
    (tmp_path / "a").write_bytes(PACK[kind](TEXT))
    unit = Unit(Source(tmp_path / "a", "a", 1), f"text.{kind}")
    assert b"".join(chunks(unit, Limits())) == TEXT


@pytest.mark.parametrize("kind", KINDS)
def test_streams_one_after_another_and_zeros_around_them_are_one(kind):
    packed = [PACK[kind](text) for text in (b"one ", b"", b"two ", TEXT)]
    assert read(packed[0] + packed[1] + bytes(700_000) + packed[2] + packed[3] + bytes(512), kind) == (b"one two " + TEXT, [])


def test_zstandard_frames_that_are_to_be_skipped_are_skipped():
    assert read(SKIPPABLE + PACK["zst"](TEXT) + SKIPPABLE, "zst") == (TEXT, [])
    assert read(PACK["zst"](b"x") + SKIPPABLE[:-1], "zst")[1][0].reason == "truncated"


@pytest.mark.parametrize("kind", KINDS)
def test_every_cut_is_noticed_and_what_stands_before_it_is_given(kind):
    packed = PACK[kind](TEXT[:40_000])
    for cut in range(1, len(packed), 37):
        given_, faults = read(packed[:cut], kind)
        assert TEXT.startswith(given_)
        assert [fault.reason for fault in faults] == ["truncated"]
        assert f"after {len(given_)} unpacked bytes" in faults[0].detail


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_in_the_second_stream_is_noticed_too(kind):
    first, second = PACK[kind](b"first"), PACK[kind](b"second")
    for cut in range(1, len(second)):
        given_, faults = read(first + second[:cut], kind)
        assert (given_[:5], [fault.reason for fault in faults]) == (b"first", ["truncated"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_byte_never_passes_for_the_content(kind):
    packed = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(TEXT) if kind == "zst" else PACK[kind](TEXT))
    for at in range(len(packed) // 2, len(packed), len(packed) // 16):
        damaged = packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at + 1 :]
        given_, faults = read(bytes(damaged), kind)
        assert faults or given_ == TEXT
        assert all(f"after {len(given_)} unpacked bytes" in fault.detail for fault in faults)


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_a_stream_and_is_none_is_named(kind):
    given_, faults = read(PACK[kind](TEXT) + b"something else", kind)
    assert (given_, [fault.reason for fault in faults]) == (TEXT, ["trailing-data"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_stream_is_undecodable(kind):
    assert [fault.reason for fault in read(b"no such stream", kind)[1]] == ["undecodable"]


@pytest.mark.parametrize("kind", KINDS)
def test_growth_beyond_the_limit_is_stopped_in_little_memory(kind):
    packed = PACK[kind](bytes(60_000_000))
    limits, largest, total = Limits(ratio=200, ratio_from=2_000_000), 0, 0
    for part in unpack(io.BytesIO(packed), kind, limits):
        if isinstance(part, Fault):
            assert part.reason == "too-large"
            break
        largest, total = max(largest, len(part)), total + len(part)
    else:
        pytest.fail("it was unpacked whole")
    assert total < 60_000_000
    assert largest <= 40 << 20


def test_many_equal_lines_are_no_bomb():
    assert read(gzip.compress(b"again\n" * 100_000), "gz") == (b"again\n" * 100_000, [])


def test_memory_beyond_the_limit_is_refused():
    wide = zstandard.ZstdCompressor(compression_params=zstandard.ZstdCompressionParameters(window_log=24))
    stream = wide.compressobj()
    packed = stream.compress(TEXT) + stream.flush()
    assert [fault.reason for fault in read(packed, "zst", Limits(window=1 << 20))[1]] == ["too-large"]
    assert [fault.reason for fault in read(lzma.compress(TEXT, preset=9), "xz", Limits(window=1 << 20))[1]] == ["too-large"]


def test_behind_a_damage_the_next_stream_that_begins_as_expected_is_read():
    streams = [gzip.compress(b"record %d " % i + TEXT[i * 1000 : i * 1000 + 3000]) for i in range(6)]
    streams[2] = streams[2][:200] + bytes([streams[2][200] ^ 0xFF]) + streams[2][201:]
    given_, faults = read(b"".join(streams[:4]) + b"garbage \x1f\x8b\x08 garbage" + b"".join(streams[4:]), "gz", resume=b"record")
    assert [i for i in range(6) if b"record %d " % i + TEXT[i * 1000 : i * 1000 + 3000] in given_] == [0, 1, 3, 4, 5]
    assert [fault.reason for fault in faults] == ["undecodable", "trailing-data"]


@pytest.mark.parametrize(("kind", "wrapping"), [("deflate", -15), ("zlib", 15)])
def test_a_stream_without_a_mark_is_exactly_one(kind, wrapping):
    stream = zlib.compressobj(wbits=wrapping)
    packed = stream.compress(TEXT) + stream.flush()
    assert unpacked(packed, kind, len(TEXT), Limits()) == TEXT
    assert unpacked(packed + b"x", kind, len(TEXT), Limits()).reason == "trailing-data"
    assert unpacked(packed, kind, len(TEXT) - 1, Limits()).reason == "too-large"
    assert unpacked(packed[:-9], kind, len(TEXT), Limits()).reason == "truncated"


@given(st.sampled_from(list(CODECS)), st.binary(max_size=300), st.booleans())
def test_any_bytes_give_content_or_one_fault(kind, data, marked):
    magic = CODECS[kind].magic[0] if marked and CODECS[kind].magic else b""
    found = list(unpack(io.BytesIO(magic + data), kind, Limits()))
    assert not any(isinstance(part, Fault) for part in found[:-1])
