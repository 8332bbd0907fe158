import bz2
import gzip
import io
import lzma
import re
import tarfile
import zlib
from time import perf_counter

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from provenance.readers.http import Body, body_of, recoded
from provenance.readers.limits import LIMITS, MB, Limits
from provenance.readers.piece import Piece, ReadSettings
from provenance.readers.streams import Fault
from provenance.readers.warc import inside
from provenance.readers.webrecord import HEADER_BYTES

PACK = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def record(number, block, kind="response", media="application/http; msgtype=response", length=None, extra=b""):
    header = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Target-URI: https://e.org/{number}\r\n"
        f"WARC-Date: 2026-01-02T03:04:05Z\r\nContent-Type: {media}\r\nContent-Length: {len(block) if length is None else length}\r\n"
    )
    return header.encode() + extra + b"\r\n" + block + b"\r\n\r\n"


def http(body, media="text/plain", extra=b""):
    return b"HTTP/1.1 200 OK\r\nContent-Type: " + media.encode() + b"\r\n" + extra + b"\r\n" + body


def page(number, **options):
    return record(number, http(b"the page of number %d" % number), **options)


def read(data, compression="", limits=LIMITS):
    """Items by the last part of their record's id, and what is unread or excluded."""
    found = []
    for piece in inside(data, compression, ReadSettings(limits), 1):
        found += piece.parts() if isinstance(piece, Piece) else [piece]
    items = {
        part.place(i).record.rpartition(":")[2]: part.item(i) for part in found if hasattr(part, "media") for i in range(len(part.media))
    }
    return items, [part for part in found if not hasattr(part, "media")]


def reasons(entries):
    return [(entry.record, entry.reason) for entry in entries]


PAGES = [page(number) for number in range(6)]
TEXTS = {str(number): f"the page of number {number}" for number in range(6)}


def without(*numbers):
    return {number: text for number, text in TEXTS.items() if number not in map(str, numbers)}


@pytest.mark.parametrize("kind", PACK)
def test_records_are_items_under_their_ids_with_address_and_date(seen, tmp_path, kind):
    packed = b"".join(map(PACK[kind], PAGES)) if kind else b"".join(PAGES)
    (tmp_path / f"a.warc{kind}").write_bytes(packed)
    found = seen(f"a.warc{kind}")
    assert found.items == {f"a.warc{kind}#urn:uuid:{number}": text for number, text in TEXTS.items()}
    assert found.metadata[f"a.warc{kind}#urn:uuid:3"] == {"url": "https://e.org/3", "date": "2026-01-02T03:04:05Z"}
    assert (found.places[3].record, found.unread) == ("urn:uuid:3", [])


def test_one_stream_around_all_records_is_read_as_well():
    assert read(gzip.compress(b"".join(PAGES)), "gz") == (TEXTS, [])


def test_records_about_records_are_excluded_and_counted():
    other = [
        record(kind, b"x: y\r\n", kind=kind, media="application/warc-fields") for kind in ("warcinfo", "request", "metadata", "revisit")
    ]
    items, rest = read(other[0] + PAGES[0] + b"".join(other[1:]) + PAGES[1])
    assert items == without(2, 3, 4, 5)
    assert [(entry.reason, entry.count, entry.examples) for entry in rest] == [
        ("no-media", 1, ("#urn:uuid:warcinfo",)),
        ("no-media", 1, ("#urn:uuid:request",)),
        ("no-media", 1, ("#urn:uuid:metadata",)),
        ("revisit", 1, ("#urn:uuid:revisit",)),
    ]


def test_extracted_text_and_resources_are_items(png, wav):
    wet = record(1, b"Ein Text", kind="conversion", media="text/plain")
    items, rest = read(wet + record(2, png, kind="resource", media="image/png") + record(3, http(wav, "application/octet-stream")))
    assert (items, rest) == ({"1": "Ein Text", "2": png, "3": wav}, [])


def test_what_holds_no_item_is_named():
    data = [
        record(1, b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"),
        record(2, b"20260102 e.org A 1.2.3.4", media="text/dns"),
        record(3, b"x", kind="continuation"),
        record(4, b"x", kind="response", extra=b"WARC-Segment-Number: 1\r\n"),
        record(5, b"x", kind="novelty"),
        record(6, http(b"\0\0\0\x14ftypisom" + bytes(30), "video/mp4")),
        record(7, b"no http"),
    ]
    items, rest = read(b"".join(data))
    assert items == {}
    by_reason = sorted((entry.reason, *([entry.record] if hasattr(entry, "record") else entry.examples)) for entry in rest)
    assert by_reason == [
        ("bad-record", "urn:uuid:7"),
        ("no-media", "#urn:uuid:1"),
        ("no-media", "#urn:uuid:2"),
        ("unsupported-format", "urn:uuid:3"),
        ("unsupported-format", "urn:uuid:4"),
        ("unsupported-format", "urn:uuid:5"),
        ("unsupported-medium", "urn:uuid:6"),
    ]


def test_the_format_is_told_by_content_then_media_type_then_address(png):
    lines = b'{"text": "one"}\n{"text": "two"}\n'
    data = (
        record(1, http(png, "text/html"))
        + record(2, http(lines, "application/json"))
        + record(3, http(b'{"text": "three"}', "application/json"))
    )
    found = [part for piece in inside(data, "", ReadSettings(), 1) for part in piece.parts()]
    assert sorted(part.place(i).locator for part in found for i in range(len(part.media))) == [
        "#urn:uuid:1",
        "#urn:uuid:2#0/text",
        "#urn:uuid:2#1/text",
        "#urn:uuid:3#0/text",
    ]
    assert all(part.metadata(0)["url"].startswith("https://e.org/") for part in found)


def test_a_page_gives_its_text():
    html = "<html><head><title>Titel</title></head><body><p>Ein Absatz über vieles.</p></body></html>"
    items, rest = read(record(1, http(html.encode("latin-1"), "text/html; charset=iso-8859-1")))
    assert rest == []
    assert "Ein Absatz über vieles." in items["1"]
    assert "<p>" not in items["1"]


BODY = b"A text to be packed. " * 200


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gzip.compress(BODY)),
        ("x-gzip", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", zlib.compress(BODY)[2:-4]),
        ("br", brotli.compress(BODY)),
        ("zstd", zstandard.ZstdCompressor().compress(BODY)),
        ("gzip, br", brotli.compress(gzip.compress(BODY))),
        ("identity", BODY),
        ("gzip", BODY),  # unpacked by the crawler, which left the header as it was
        ("br", BODY),
    ],
)
def test_packed_bodies_are_unpacked(coding, data):
    header = b"Content-Encoding: " + coding.encode() + b"\r\n"
    assert body_of(http(data, extra=header), Limits()) == Body(BODY, "text/plain")
    chunked = b"".join(b"%x;x=y\r\n%s\r\n" % (len(data[at : at + 50]), data[at : at + 50]) for at in range(0, len(data), 50)) + b"0\r\n\r\n"
    assert body_of(http(chunked, extra=header + b"Transfer-Encoding: chunked\r\n"), Limits()) == Body(BODY, "text/plain")


@pytest.mark.parametrize(
    ("header", "data", "reason"),
    [
        (b"Content-Encoding: gzip", gzip.compress(BODY)[:-9], "truncated"),
        (b"Content-Encoding: br", brotli.compress(BODY)[:-9], "truncated"),
        (b"Content-Encoding: zstd", zstandard.ZstdCompressor().compress(BODY)[:-9], "truncated"),
        (b"Content-Encoding: gzip", gzip.compress(bytes(3_000_000)), "too-large"),
        (b"Content-Encoding: br", brotli.compress(bytes(3_000_000)), "too-large"),
        (b"Content-Encoding: deflate", zlib.compress(bytes(3_000_000)), "too-large"),
        (b"Content-Encoding: sdch", BODY, "unsupported-format"),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n9\r\nhel", "truncated"),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\nnot a length", "undecodable"),
    ],
)
def test_bodies_that_cannot_be_unpacked_say_why(header, data, reason):
    found = body_of(http(data, extra=header + b"\r\n"), Limits(member=MB))
    assert isinstance(found, Fault)
    assert found.reason == reason


def test_a_body_that_was_taken_out_of_its_chunks_already_is_taken_as_it_is():
    assert body_of(http(b"plain text", extra=b"Transfer-Encoding: chunked\r\n"), Limits()) == Body(b"plain text", "text/plain")


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("text/plain; charset=windows-1251", "Слово".encode("cp1251"), "Слово".encode("utf-8-sig")),
        ('text/html; charset="Shift_JIS"', "言葉".encode("shift_jis"), "言葉".encode("utf-8-sig")),
        ("text/plain; charset=latin-1", "ü".encode(), "ü".encode()),
        ("text/plain; charset=no-such", b"\xff", b"\xff"),
        ("text/plain; charset=unicode_escape", b"\xff\\u0041", b"\xff\\u0041"),
        ("image/png; charset=latin-1", b"\xff", b"\xff"),
    ],
)
def test_texts_of_other_encodings_are_recoded_if_they_hold(kind, data, text):
    assert recoded(Body(data, kind)) == text


DAMAGED = {
    "garbage between": (b"garbage of any kind\r\n" + PAGES[2], 2, [(None, "bad-record")], True),
    "a length that is too large": (page(2, length=300), 2, [("urn:uuid:2", "bad-record")], False),
    "a length that is huge": (page(2, length=10**15), 2, [("urn:uuid:2", "too-large")], False),
    "a length that is too small": (page(2, length=40), 2, [("urn:uuid:2", "bad-record")], False),
    "a length that is none": (page(2, length="many"), 2, [("urn:uuid:2", "bad-record")], False),
    "no length": (page(2).replace(b"Content-Length", b"X-Length"), 2, [("urn:uuid:2", "bad-record")], False),
    "an endless header": (page(2, extra=b"X-Long: " + b"x" * HEADER_BYTES + b"\r\n"), 2, [("urn:uuid:2", "too-large")], False),
    "no blank line": (page(2).replace(b"\r\n\r\n", b"\r\n"), 2, [("urn:uuid:2", "bad-record")], False),
}


@pytest.mark.parametrize("case", DAMAGED)
@pytest.mark.parametrize("compression", ["", "gz"])
def test_a_damaged_record_costs_itself(case, compression):
    data, number, expected, whole = DAMAGED[case]
    records = [*PAGES[:2], data, *PAGES[3:]]
    items, rest = read(b"".join(map(gzip.compress, records)) if compression else b"".join(records), compression)
    assert items == (TEXTS if whole else without(number))
    assert [reason for _, reason in reasons(rest)] == [reason for _, reason in expected]
    assert reasons(rest)[0][0] == expected[0][0]
    assert re.search(r"at byte \d+", rest[0].detail)


def test_what_a_length_leaves_out_before_a_blank_line_is_named():
    items, rest = read(PAGES[0] + page(1, length=41) + PAGES[2])
    assert items == without(1, 3, 4, 5)
    assert sorted(entry.reason for entry in rest) == ["bad-record", "no-media"]


def test_a_damaged_gzip_member_costs_its_record():
    packed = list(map(gzip.compress, PAGES))
    packed[2] = packed[2][:150] + bytes([packed[2][150] ^ 0xFF]) + packed[2][151:]
    items, rest = read(b"".join(packed), "gz")
    assert items.items() >= without(2).items()
    assert [entry.reason for entry in rest] == ["undecodable"]


def test_a_cut_gzip_member_between_whole_ones_costs_its_record():
    packed = list(map(gzip.compress, PAGES))
    packed[2] = packed[2][:-40]
    items, rest = read(b"".join(packed), "gz")
    assert items == without(2)
    assert rest


@pytest.mark.parametrize("kind", PACK)
def test_no_cut_is_silent_and_what_stands_before_it_is_read(kind):
    parts = list(map(PACK[kind], PAGES))
    whole, ends = b"".join(parts), [sum(map(len, parts[: i + 1])) for i in range(len(parts))]
    for cut in range(1, len(whole), 37):
        items, rest = read(whole[:cut], kind[1:])
        complete = sum(end <= cut for end in ends)
        assert items.items() >= without(*range(complete, 6)).items()
        assert set(items.items()) <= set(TEXTS.items())
        assert rest or len(items) == complete or (not kind and len(items) == complete + 1)
        assert all(entry.reason == "truncated" for entry in rest)


def test_a_cut_in_one_stream_around_all_records_is_not_silent():
    whole = gzip.compress(b"".join(PAGES))
    for cut in range(1, len(whole), 37):
        items, rest = read(whole[:cut], "gz")
        assert set(items.items()) <= set(TEXTS.items())
        assert "truncated" in [entry.reason for entry in rest]


def test_a_record_beyond_the_limit_is_passed_over():
    items, rest = read(PAGES[0] + record(1, http(b"x" * 5000)) + PAGES[2], limits=Limits(member=1000))
    assert (items, reasons(rest)) == (without(1, 3, 4, 5), [("urn:uuid:1", "too-large")])


def test_many_records_that_claim_what_follows_them_take_time_in_proportion():
    lying = b"".join(page(i % 6, length=30_000_000) for i in range(5000))
    started = perf_counter()
    items, rest = read(lying + bytes(31_000_000))
    assert perf_counter() - started < 20  # it took 40 ms for each where all that they claim was copied
    assert (items, len(rest)) == ({}, 5000)


def test_loose_line_ends_and_a_missing_last_one_do_no_harm():
    loose = [record(i, http(TEXTS[str(i)].encode()).replace(b"\r\n", b"\n")).replace(b"\r\n", b"\n") for i in range(5)]
    assert read(b"".join(loose) + PAGES[5].rstrip()) == (TEXTS, [])


def test_an_added_record_leaves_all_pieces_but_its_neighbours_as_they_were(png):
    records = [record(i, png + b"%d" % i, kind="resource", media="image/png") for i in range(200)]
    before, after = (
        {piece.content for piece in inside(b"".join(data), "", ReadSettings(), 1)}
        for data in (records, [*records[:90], record("new", png, kind="resource", media="image/png"), *records[90:]])
    )
    assert len(before) > 10
    assert 1 <= len(after - before) <= 4


def test_a_web_archive_in_a_tar_is_read(seen, tmp_path):
    packed = b"".join(map(gzip.compress, PAGES[:2]))
    with tarfile.open(tmp_path / "s.tar", "w") as archive:
        info = tarfile.TarInfo("a.warc.gz")
        info.size = len(packed)
        archive.addfile(info, io.BytesIO(packed))
    found = seen("s.tar")
    assert found.items == {f"s.tar#a.warc.gz#urn:uuid:{i}": TEXTS[str(i)] for i in range(2)}
    assert found.metadata["s.tar#a.warc.gz#urn:uuid:1"]["url"] == "https://e.org/1"
    assert found.places[0].record == "a.warc.gz"


@given(st.data())
def test_changed_bytes_are_no_error_and_never_silent(data):
    whole = b"".join(PAGES)
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    items, rest = read(bytes(changed))
    assert len(items) + len(rest) >= 5


@given(st.binary(max_size=500), st.booleans())
def test_any_bytes_are_no_error(data, marked):
    items, rest = read((b"WARC/1.0\r\nA: b" if marked else b"") + data)
    assert items or rest or not data.strip(b"\r\n")
