import gzip
import io
import stat
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.model import Source, Unit
from provenance.readers import archive
from provenance.readers.limits import LIMITS, Limits
from provenance.readers.piece import Piece, ReadSettings
from provenance.readers.zip import inside, pieces, units

DEFLATED = zipfile.ZIP_DEFLATED


def packed(members, method=DEFLATED, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def read(data, limits=LIMITS):
    """Items, unread and excluded entries of an archive in memory, without the check that locators differ."""
    found = []
    for piece in inside(data, "", ReadSettings(limits), 1):
        found += piece.parts() if isinstance(piece, Piece) else [piece]
    items = [(part.place(i).locator, part.item(i)) for part in found if hasattr(part, "media") for i in range(len(part.media))]
    return items, [(part.record, part.reason) for part in found if not hasattr(part, "media")]


def planned(found):
    return [unit for unit in found.plan.units if unit.format == "zip"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, DEFLATED, zipfile.ZIP_BZIP2])
def test_members_are_items_under_their_names(seen, tmp_path, png, wav, method):
    members = [("folder/", b""), ("folder/a.png", png), ("a.txt", "ü".encode()), ("b.wav", wav), ("t.jsonl", b'{"text": "line"}\n')]
    (tmp_path / "s.zip").write_bytes(packed(members, method))
    found = seen("s.zip")
    assert found.items == {"s.zip#folder/a.png": png, "s.zip#a.txt": "ü", "s.zip#b.wav": wav, "s.zip#t.jsonl#0/text": "line"}
    assert found.unread == []


def test_a_json_beside_a_picture_describes_it(seen, tmp_path, png):
    (tmp_path / "s.zip").write_bytes(packed([("a.json", b'{"url": "u"}'), ("a.png", png), ("b.json", b'{"text": "alone"}')]))
    found = seen("s.zip")
    assert found.items == {"s.zip#a.png": png, "s.zip#b.json#0/text": "alone"}
    assert found.metadata["s.zip#a.png"] == {"url": "u"}
    assert [(entry.reason, entry.examples) for entry in found.excluded] == [("sidecar", ("s.zip#a.json",))]


def test_names_are_locators_and_nothing_is_written(seen, tmp_path):
    (tmp_path / "s.zip").write_bytes(packed([("../../evil.txt", b"1"), ("/abs.txt", b"2"), ("C:\\a.txt", b"3")]))
    before = sorted(tmp_path.parent.iterdir())
    assert sorted(seen("s.zip").items.values()) == ["1", "2", "3"]
    assert sorted(tmp_path.parent.iterdir()) == before


def test_two_members_of_one_name_are_both_read():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = packed([("a.txt", b"one"), ("a.txt", b"two")])
    assert read(data) == ([("#a.txt", "one"), ("#a.txt", "two")], [])


def test_names_of_other_encodings_can_be_read():
    plain = packed([("uuuu.txt", b"x")])
    assert read(plain.replace(b"uuuu", "üü".encode()))[0] == [("#üü.txt", "x")]  # UTF-8 without the flag
    assert read(plain.replace(b"uuuu", b"\x81uuu"))[0] == [("#üuuu.txt", "x")]  # code page 437


def test_an_archive_is_planned_in_ranges_that_part_no_key(seen, tmp_path, png):
    members = [(f"{i:04}.{kind}", png if kind == "png" else b'{"url": "%d"}' % i) for i in range(200) for kind in ("png", "json")]
    (tmp_path / "s.zip").write_bytes(packed(members))
    found = seen("s.zip")
    ranges = planned(found)
    assert len(ranges) > 10
    assert [unit.start for unit in ranges[1:]] == [unit.stop for unit in ranges[:-1]]
    assert (list(found.items), found.unread) == ([f"s.zip#{i:04}.png" for i in range(200)], [])
    assert len(found.excluded) == 200
    changed = [*members[:100], ("0049a.png", png), *members[100:]]
    (tmp_path / "t.zip").write_bytes(packed(changed))
    before = {piece.content for piece in found.pieces}
    assert 1 <= len([piece for piece in seen("t.zip").pieces if piece.content not in before]) <= 4


def test_a_link_is_not_followed(seen, tmp_path):
    link = zipfile.ZipInfo("l.txt")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    (tmp_path / "s.zip").write_bytes(packed([(link, b"/etc/passwd"), ("a.txt", b"x")]))
    found = seen("s.zip")
    assert (found.items, found.reasons) == ({"s.zip#a.txt": "x"}, [("l.txt", "link")])
    assert "/etc/passwd" in found.unread[0].detail


def patched(data, name, at, form, value, *, local=None):
    """An archive with a field of one entry of its directory changed, and of its local header."""
    data = bytearray(data)
    struct.pack_into(form, data, data.rindex(name) - 46 + at, value)
    if local is not None:
        struct.pack_into(form, data, data.index(name) - 30 + local, value)
    return bytes(data)


TWO = packed([("a.txt", b"first"), ("b.txt", b"second " * 100)])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (patched(TWO, b"b.txt", 8, "<H", 1, local=6), "encrypted"),
        (patched(TWO, b"b.txt", 10, "<H", 99, local=8), "encrypted"),
        (patched(TWO, b"b.txt", 10, "<H", 9, local=8), "unsupported-format"),
        (patched(TWO, b"b.txt", 16, "<L", 1), "undecodable"),  # the checksum
        (patched(TWO, b"b.txt", 24, "<L", 699), "too-large"),  # a size that is too small
        (patched(TWO, b"b.txt", 24, "<L", 701), "undecodable"),  # one that is too large
        (patched(TWO, b"b.txt", 24, "<L", 1 << 30), "too-large"),
        (patched(TWO, b"b.txt", 20, "<L", 9), "truncated"),  # fewer packed bytes
        (patched(TWO, b"b.txt", 42, "<L", 3), "too-large"),  # an offset in the first entry
        (patched(TWO, b"b.txt", 42, "<L", 60), "undecodable"),  # an offset where no header is
        (patched(TWO, b"b.txt", 42, "<L", 1 << 31), "undecodable"),  # one outside of the file
        (packed([("a.txt", b"first"), ("b.txt", b"x")], zipfile.ZIP_LZMA), "unsupported-format"),
    ],
)
def test_a_member_that_is_not_what_it_should_be_costs_itself(data, reason):
    items, unread = read(data)
    assert unread[-1] == ("b.txt", reason)
    if reason != "unsupported-format" or len(unread) == 1:
        assert items == [("#a.txt", "first")]


def test_entries_that_share_their_bytes_are_read_once(seen, tmp_path):
    names = [f"{i:02}.txt" for i in range(50)]
    data = packed([(name, b"kernel " * 1000) for name in names])
    for name in names:
        data = patched(data, name.encode(), 42, "<L", 0)
    (tmp_path / "s.zip").write_bytes(data)
    found = seen("s.zip")
    assert len(planned(found)) == 1
    assert list(found.items) == ["s.zip#00.txt"]
    assert found.reasons == [(name, "too-large") for name in names[1:]]


def test_an_archive_that_grows_beyond_measure_gives_what_is_no_part_of_it():
    bomb = packed([(f"{i}.bin", bytes(400_000)) for i in range(5)] + [("a.txt", b"prose")])
    items, unread = read(bomb, Limits(ratio_from=1_000_000))
    assert items == [("#a.txt", "prose")]
    assert unread == [(f"{i}.bin", "too-large") for i in range(5)]


def test_every_cut_is_noticed(seen, tmp_path):
    data = packed([(f"{i}.txt", b"text %d " % i * 30) for i in range(8)])
    for cut in range(0, len(data), 37):
        items, unread = read(data[:cut])
        assert (items, unread) == ([], [(None, "truncated")])
    (tmp_path / "s.zip").write_bytes(data[:-30])
    assert seen("s.zip").reasons == [(None, "truncated")]


def test_a_cut_archive_with_a_whole_one_in_it_is_still_cut():
    inner = packed([("in.txt", b"in")])
    data = packed([("a.txt", b"x"), ("in.zip", inner)], zipfile.ZIP_STORED)
    assert read(data[: data.rindex(inner) + len(inner)]) == ([], [(None, "truncated")])


def test_a_program_before_the_archive_and_a_comment_behind_it_do_no_harm():
    assert read(b"MZ program" * 100 + TWO)[1] == []
    buffer = io.BytesIO(TWO)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"PK\5\6 no end of it" * 100
    assert [name for name, _ in read(buffer.getvalue())[0]] == ["#a.txt", "#b.txt"]


def test_zip64_is_read(monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    data = packed([(f"{i}.txt", b"text %d" % i * 50) for i in range(5)])
    assert b"PK\6\6" in data
    assert [name for name, _ in read(data)[0]] == [f"#{i}.txt" for i in range(5)]
    assert [name for name, _ in read(b"MZ program" + data)[0]] == [f"#{i}.txt" for i in range(5)]


def test_a_directory_that_is_damaged_or_too_short_is_named():
    data = bytearray(TWO)
    data[data.rindex(b"b.txt") - 46] = 0
    assert read(bytes(data)) == ([("#a.txt", "first")], [(None, "undecodable")])
    data = bytearray(TWO)
    struct.pack_into("<2H", data, len(data) - 14, 3, 3)
    assert read(bytes(data))[1] == [(None, "undecodable")]


def test_an_archive_in_an_archive_is_read_and_one_in_that_is_not(seen, tmp_path, png):
    deep = packed([("z.txt", b"too deep")])
    inner = packed([("a.txt", b"in"), ("b.png", png), ("deep.zip", deep), ("c.txt.gz", gzip.compress(b"c"))])
    (tmp_path / "s.zip").write_bytes(packed([("in.zip", inner), ("d.txt.gz", gzip.compress(b"d"))]))
    found = seen("s.zip")
    assert found.items == {"s.zip#in.zip#a.txt": "in", "s.zip#in.zip#b.png": png, "s.zip#d.txt.gz": "d"}
    assert found.reasons == [("in.zip", "nested-archive")] * 2
    assert seen("s.zip", Limits(nesting=3)).items["s.zip#in.zip#deep.zip#z.txt"] == "too deep"


def test_an_archive_without_members_is_one_unread(seen, tmp_path):
    (tmp_path / "s.zip").write_bytes(packed([("folder/", b"")]))
    assert seen("s.zip").reasons == [(None, "empty")]


def test_an_archive_that_changes_after_it_was_planned_is_no_error(tmp_path, png):
    file = tmp_path / "s.zip"
    file.write_bytes(packed([(f"{i:03}.png", png) for i in range(60)]))
    ranges = units(Source(file, "s.zip", file.stat().st_size))
    file.write_bytes(file.read_bytes()[:500])
    for unit in ranges:
        assert [entry.reason for entry in pieces(unit, ReadSettings())] == ["truncated"]


@given(st.data())
def test_changed_bytes_give_members_or_reasons(data):
    changed = bytearray(TWO)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(TWO) - 1))] = data.draw(st.integers(0, 255))
    items, unread = read(bytes(changed), Limits(member=10_000))
    assert len(items) + len(unread) >= 1
    assert {text for _, text in items} <= {"first", "second " * 100}


@given(st.binary(max_size=400))
def test_any_bytes_are_no_error(data):
    assert read(data)[1]
    assert read(data + TWO[-22:])[1]


def test_a_unit_speaks_for_its_range_alone(tmp_path, png):
    file = tmp_path / "s.zip"
    file.write_bytes(packed([(f"{i:03}.png", png) for i in range(60)]))
    first, *_, last = units(Source(file, "s.zip", file.stat().st_size))
    assert isinstance(first, Unit)
    assert [piece.content for piece in pieces(first, ReadSettings())] != [piece.content for piece in pieces(last, ReadSettings())]


def test_members_of_nothing_are_planned_in_ranges_and_cut_into_pieces(seen, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MEMBER", 1 << 20)
    (tmp_path / "s.zip").write_bytes(packed([(f"{i:04}.txt", b"") for i in range(400)]))
    found = seen("s.zip")
    assert len(planned(found)) > 2
    assert len(found.pieces) > 10
    assert [record for record, _ in found.reasons] == [f"{i:04}.txt" for i in range(400)]
