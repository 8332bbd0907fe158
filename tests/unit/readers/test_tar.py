import bz2
import gzip
import io
import json
import lzma
import random
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance.model import Source, Unit
from provenance.readers import archive, tape
from provenance.readers import tar as tar_reader
from provenance.readers.limits import Limits
from provenance.readers.member import Member
from provenance.readers.piece import Piece, ReadSettings


def test_members_are_items_under_their_names(seen, tar, png, wav):
    found = seen(tar("s.tar", [("a.png", png), ("a.txt", b"a caption"), ("b.wav", wav), ("d/c.md", "ü".encode())]))
    assert found.items == {"s.tar#a.png": png, "s.tar#a.txt": "a caption", "s.tar#b.wav": wav, "s.tar#d/c.md": "ü"}
    assert (found.places[0].path, found.places[0].record, found.places[0].field) == ("s.tar", "a.png", None)


@pytest.mark.parametrize("order", [["a.json", "a.png"], ["a.png", "a.json"]])
def test_a_json_of_the_same_key_is_metadata(seen, tar, png, order):
    content = {"a.json": json.dumps({"url": "https://example.org", "caption": "c", "license": "CC0-1.0"}).encode(), "a.png": png}
    found = seen(tar("s.tar", [(name, content[name]) for name in order]))
    assert found.items == {"s.tar#a.png": png}
    assert found.metadata["s.tar#a.png"] == {"url": "https://example.org", "license": "CC0-1.0"}
    assert [(entry.reason, entry.count, entry.examples) for entry in found.excluded] == [("sidecar", 1, ("s.tar#a.json",))]


def test_a_json_that_describes_nothing_is_a_text_to_audit(seen, tar):
    found = seen(tar("s.tar", [("a.json", b'{"text": "alone", "url": "u"}'), ("b.json", b"{"), ("c.json", b'[{"text": 1}]')]))
    assert found.items == {"s.tar#a.json#0/text": "alone"}
    assert found.metadata["s.tar#a.json#0/text"] == {"url": "u"}
    assert found.reasons == [("b.json", "bad-record"), ("c.json", "bad-record")]


def test_a_table_in_an_archive_is_read_and_located_twice(seen, tar):
    found = seen(tar("s.tar.gz", [("in/a.jsonl", b'{"text": "x"}\nbad\n{"text": "y"}\n')]))
    assert found.items == {"s.tar.gz#in/a.jsonl#0/text": "x", "s.tar.gz#in/a.jsonl#2/text": "y"}
    assert found.places[0].record == "in/a.jsonl"
    assert [(entry.record, entry.reason, entry.detail[:8]) for entry in found.unread] == [("in/a.jsonl", "bad-record", "record 1")]


def test_what_cannot_be_read_in_an_archive_is_listed_by_name(seen, tar, png):
    inner = gzip.compress(b"text")
    members = [
        ("e.png", b""),
        ("n.tar.gz", inner),
        ("r.rar", b"Rar!\x1a\x07\0"),
        ("v.mp4", b"\0\0\0\x14ftypisom"),
        ("t.txt", b"\xff"),
        ("x.npy", b"\x93NUMPY"),
        ("z.zip", b"PK\x03\x04\0"),
        ("ok.png", png),
    ]
    found = seen(tar("s.tar", members))
    assert found.items == {"s.tar#ok.png": png, "s.tar#n.tar.gz": "text"}
    assert sorted(found.reasons) == [
        ("e.png", "empty"),
        ("r.rar", "unsupported-format"),
        ("t.txt", "undecodable"),
        ("v.mp4", "unsupported-medium"),
        ("x.npy", "unsupported-format"),
        ("z.zip", "truncated"),
    ]


def test_links_and_devices_are_unread_and_folders_are_nothing(seen, tar, tmp_path):
    members = []
    for name, kind in [
        ("l.txt", tarfile.SYMTYPE),
        ("h.txt", tarfile.LNKTYPE),
        ("d", tarfile.CHRTYPE),
        ("f", tarfile.FIFOTYPE),
        ("folder", tarfile.DIRTYPE),
    ]:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        members.append(info)
    found = seen(tar("s.tar", members))
    assert found.reasons == [("l.txt", "link"), ("h.txt", "link"), ("d", "special-file"), ("f", "special-file")]


def test_a_name_that_climbs_out_is_a_locator_and_writes_nothing(seen, tar, tmp_path):
    before = sorted(tmp_path.parent.iterdir())
    found = seen(tar("s.tar", [("../../evil.txt", b"evil"), ("/abs.txt", b"evil")]))
    assert list(found.items) == ["s.tar#../../evil.txt", "s.tar#/abs.txt"]
    assert sorted(tmp_path.parent.iterdir()) == before
    assert [file.name for file in tmp_path.iterdir()] == ["s.tar"]


@pytest.mark.parametrize("layout", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_are_whole_in_every_format(seen, tar, layout):
    long = "/".join(["folder" * 6] * 4) + "/" + ("ü" if layout != tarfile.USTAR_FORMAT else "u") * 60 + ".txt"
    assert list(seen(tar("s.tar", [(long, b"x"), ("b.txt", b"y")], layout)).items) == [f"s.tar#{long}", "s.tar#b.txt"]


def test_a_name_that_is_no_utf_8_can_still_be_written_down(seen, tmp_path):
    info = tarfile.TarInfo("?.txt")
    header = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    header[0] = 0xFF
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "s.tar").write_bytes(bytes(header) + bytes(1024))
    assert seen("s.tar").reasons == [("\\xff.txt", "empty")]


def test_a_member_beyond_the_limit_is_passed_over(seen, tar):
    found = seen(tar("s.tar", [("big.txt", b"x" * 5000), ("ok.txt", b"y")]), Limits(member=1000))
    assert (list(found.items), found.reasons) == (["s.tar#ok.txt"], [("big.txt", "too-large")])


def test_archives_joined_into_one_are_not_read_in_silence(seen, tar, tmp_path):
    first, second = (tmp_path / tar(name, [("a.txt", b"x")]) for name in ("1.tar", "2.tar"))
    (tmp_path / "s.tar").write_bytes(first.read_bytes() + second.read_bytes())
    found = seen("s.tar")
    assert (list(found.items), found.reasons) == (["s.tar#a.txt"], [(None, "trailing-data")])


def test_a_damaged_header_ends_the_archive_aloud(seen, tar, tmp_path):
    file = tmp_path / tar("s.tar", [("a.txt", b"x"), ("b.txt", b"y"), ("c.txt", b"z")], tarfile.USTAR_FORMAT)
    data = bytearray(file.read_bytes())
    data[1024 + 150] ^= 7
    file.write_bytes(data)
    found = seen("s.tar")
    assert (list(found.items), found.reasons) == (["s.tar#a.txt"], [(None, "undecodable")])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_cut_is_silent_and_what_stands_before_it_is_read(tar, read, tmp_path, data):
    members = [(f"{i:03}.txt", bytes([65 + i]) * (i * 300)) for i in range(1, 8)]
    whole = (tmp_path / tar("s.tar", members)).read_bytes()
    end = sum(512 + -(-len(content) // 512) * 512 for _, content in members) + 512
    cut = data.draw(st.integers(600, end - 1))
    file = tmp_path / "cut.tar"
    file.write_bytes(whole[:cut])
    found = read(Unit(Source(file, "cut.tar", cut), "tar"))
    whole_members, at = [], 0
    for name, content in members:
        at += 512 + len(content)
        if at <= cut:
            whole_members.append(name)
        at += -len(content) % 512
    assert [place.record for place in found.places] == whole_members
    assert found.reasons == [(None, "truncated")]


def test_a_cut_gzip_archive_says_where(seen, tar, tmp_path):
    name = tar("s.tar.gz", [(f"{i}.txt", random.Random(i).randbytes(3000).hex().encode()) for i in range(50)])
    packed = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(packed[: len(packed) // 2])
    found = seen(name)
    assert 20 <= len(found.items) <= 30
    assert [entry.reason for entry in found.unread] == ["truncated"]
    assert f"in member '{len(found.items)}.txt'" in found.unread[0].detail


@given(st.binary(max_size=2000), st.booleans())
def test_any_bytes_give_members_or_a_fault(data, header):
    block = tarfile.TarInfo("x").tobuf() if header else b""
    parts = list(tape.members(iter((block + data,)), 1000))
    assert all(isinstance(part, tape.Member | tape.Fault) for part in parts)


def test_a_pax_header_of_nonsense_is_refused_quickly():
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1_000_000
    data = header.tobuf() + b"5 a=\n" * 200_000 + bytes(512 - 1_000_000 % 512)
    assert [part.reason for part in tape.members(iter((data,)), 1000)] == ["truncated"]
    header.size = 1 << 30
    assert [part.reason for part in tape.members(iter((header.tobuf(),)), 1000)] == ["undecodable"]


def test_pictures_come_in_order_about_eight_in_a_piece(seen, tar, png):
    found = seen(
        tar("s.tar", [(f"{i:04}.{kind}", png if kind == "png" else b'{"url": "%d"}' % i) for i in range(300) for kind in ("json", "png")])
    )
    assert list(found.items) == [f"s.tar#{i:04}.png" for i in range(300)]
    assert all(found.metadata[f"s.tar#{i:04}.png"] == {"url": str(i)} for i in range(300))
    assert len(found.batches) < 60


def test_a_json_beside_a_picture_that_is_no_one_small_object_is_audited(seen, tar, png):
    members = [
        ("list.png", png),
        ("list.json", b'[{"text": "listed"}]'),
        ("lines.png", png),
        ("lines.json", b'{"text": "one"}\n{"text": "two"}\n'),
        ("large.png", png),
        ("large.json", json.dumps({"text": "x" * 500, "url": "u"}).encode()),
        ("nan.png", png),
        ("nan.json", b'{"url": "u", "aesthetic": NaN}'),
        ("bad.png", png),
        ("bad.json", b'{"url": "\\ud800"}'),
    ]
    found = seen(tar("s.tar", members), Limits(sidecar=400))
    assert {name: text for name, text in found.items.items() if ".json" in name} == {
        "s.tar#list.json#0/text": "listed",
        "s.tar#lines.json#0/text": "one",
        "s.tar#lines.json#1/text": "two",
        "s.tar#large.json#0/text": "x" * 500,
    }
    assert (found.metadata["s.tar#large.png"], found.metadata["s.tar#nan.png"]) == ({}, {"url": "u"})
    assert [(entry.reason, entry.examples) for entry in found.excluded] == [("sidecar", ("s.tar#nan.json",))]
    assert found.reasons == [("bad.json", "bad-record")]


def test_an_archive_without_members_is_one_unread(seen, tar):
    folder = tarfile.TarInfo("folder")
    folder.type = tarfile.DIRTYPE
    assert seen(tar("s.tar", [folder])).reasons == [(None, "empty")]


def test_members_without_records_are_unread_by_name(seen, tar):
    found = seen(tar("s.tar", [("a.jsonl", b"\n\n"), ("b.json", b"[]"), ("c.txt", b"x")]))
    assert (list(found.items), found.reasons) == (["s.tar#c.txt"], [("a.jsonl", "empty"), ("b.json", "empty")])


@pytest.mark.parametrize("layout", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("length", [1, 110])
def test_whatever_stands_under_a_name_that_is_no_utf_8_can_be_written_down(seen, tmp_path, png, layout, length):
    odd = "\udcff" * length if layout != tarfile.USTAR_FORMAT else "\udcff" * min(length, 80)
    with tarfile.open(tmp_path / "s.tar", "w", format=layout, errors="surrogateescape") as archive_:
        for name, data in [(f"{odd}.png", png), (f"{odd}.json", b'{"url": "u"}'), (f"{odd}.bin", b"\0"), (f"{odd}1.txt", b"x")]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive_.addfile(info, io.BytesIO(data))
    found = seen("s.tar")
    written = [f"{place.path}{place.record}{place.locator}" for place in found.places]
    written += [f"{entry.path}{entry.record}{entry.detail}" for entry in found.unread] + [entry.examples[0] for entry in found.excluded]
    assert len(written) == 4
    assert all("\\xff" in name and name.encode() for name in written)


def named_members(count, png):
    return [(f"{i:04}.{kind}", png if kind == "png" else b'{"url": "%d"}' % i) for i in range(count) for kind in ("png", "json")]


def test_a_plain_archive_is_planned_in_ranges_that_part_no_key(seen, tar, png, tmp_path):
    found = seen(tar("s.tar", named_members(200, png)))
    units = [unit for unit in found.plan.units if unit.format == "tar"]
    assert len(units) > 10
    assert [unit.start for unit in units[1:]] == [unit.stop for unit in units[:-1]]
    assert (units[0].start, units[-1].stop) == (0, None)
    assert len(found.excluded) == 200  # every sidecar stood with its picture
    assert (list(found.items), found.unread) == ([f"s.tar#{i:04}.png" for i in range(200)], [])


def test_an_added_member_leaves_all_pieces_but_its_neighbours_as_they_were(seen, tar, png):
    members = named_members(300, png)
    for suffix in ("", ".gz"):
        before = {piece.content for piece in seen(tar("a.tar" + suffix, members)).pieces}
        added = seen(tar("b.tar" + suffix, [*members[:200], ("0099a.png", png), *members[200:]])).pieces
        fresh = [piece for piece in added if piece.content not in before]
        assert 1 <= len(fresh) <= 4 < len(before) / 5


def test_a_piece_knows_neither_its_archive_nor_its_place_in_it(seen, tar):
    text = [(f"{i}.txt", b"t" * 2_000_000) for i in range(24)]
    one = {piece.content for piece in seen(tar("one.tar.gz", text)).pieces}
    other = {piece.content for piece in seen(tar("other.tar", [("first.txt", b"x"), *text])).pieces}
    assert len(one) >= 3
    assert len(one & other) >= len(one) - 1


def test_damage_behind_the_first_unit_costs_what_stands_behind_it(seen, tar, png, tmp_path):
    file = tmp_path / tar("s.tar", [(f"{i:03}.png", png) for i in range(100)], tarfile.USTAR_FORMAT)
    data = bytearray(file.read_bytes())
    data[60 * 1024 + 150] ^= 7
    file.write_bytes(data)
    found = seen("s.tar")
    assert len(found.plan.units) > 3
    assert (len(found.items), found.reasons) == (60, [(None, "undecodable")])


def test_archives_in_archives_are_read_to_the_second(seen, tar, png, tmp_path):
    inner = (tmp_path / tar("in.tar.gz", [("a.txt", b"deep"), ("b.png", png), ("l.jsonl", b'{"text": "line"}\n')])).read_bytes()
    deeper = (tmp_path / tar("deep.tar", [("in.tar.gz", inner), ("c.txt.gz", gzip.compress(b"c"))])).read_bytes()
    found = seen(tar("s.tar", [("in.tar.gz", inner), ("deep.tar", deeper), ("t.jsonl.gz", gzip.compress(b'{"text": "x", "url": "u"}\n'))]))
    assert found.items == {
        "s.tar#in.tar.gz#a.txt": "deep",
        "s.tar#in.tar.gz#b.png": png,
        "s.tar#in.tar.gz#l.jsonl#0/text": "line",
        "s.tar#t.jsonl.gz#0/text": "x",
    }
    assert {place.record for place in found.places} == {"in.tar.gz", "t.jsonl.gz"}
    assert found.metadata["s.tar#t.jsonl.gz#0/text"] == {"url": "u"}
    assert found.reasons == [("deep.tar", "nested-archive")] * 2
    assert [entry.detail[:12] for entry in found.unread] == ["in.tar.gz: t", "c.txt.gz: te"]


def test_a_bomb_in_an_archive_costs_itself(seen, tar):
    bomb = gzip.compress(bytes(3_000_000))
    limits = Limits(member=1_000_000)
    found = seen(tar("s.tar", [("b.txt.gz", gzip.compress(b"a" * 3_000_000)), ("ok.txt", b"ok"), ("b.tar.gz", bomb)]), limits)
    assert found.items == {"s.tar#ok.txt": "ok"}
    assert dict(found.reasons)["b.txt.gz"] == "too-large"
    assert "b.tar.gz" in dict(found.reasons)


@pytest.mark.parametrize("kind", ["gz", "zst", "bz2", "xz"])
def test_no_cut_of_a_packed_archive_is_silent(tar, tmp_path, kind):
    pack = {"gz": gzip.compress, "zst": zstandard.ZstdCompressor().compress, "bz2": bz2.compress, "xz": lzma.compress}[kind]
    members = {f"{i}.txt": random.Random(i).randbytes(150).hex() for i in range(12)}
    packed = pack((tmp_path / tar("s.tar", [(name, text.encode()) for name, text in members.items()])).read_bytes())
    for cut in range(1, len(packed), 37):
        items, unread = {}, []
        for piece in tar_reader.inside(packed[:cut], kind, ReadSettings(), 1):
            for part in piece.parts() if isinstance(piece, Piece) else [piece]:
                if hasattr(part, "media"):
                    items |= {part.place(i).record: part.item(i) for i in range(len(part.media))}
                else:
                    unread.append(part.reason)
        assert items.items() <= members.items()
        assert unread == ["truncated"]


def test_numbers_in_binary_and_sums_of_signed_bytes_are_understood(seen, tmp_path):
    info = tarfile.TarInfo("ä.txt")
    info.size = 1
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\x80" + (1).to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % (sum(header) - 256 * sum(byte > 127 for byte in header))
    (tmp_path / "s.tar").write_bytes(bytes(header) + b"x" + bytes(511 + 1024))
    assert seen("s.tar").items == {"s.tar#ä.txt": "x"}


def test_tables_and_documents_in_an_archive_are_read_by_their_formats(seen, tar):
    parquet, arrow, table = io.BytesIO(), io.BytesIO(), pa.table({"text": ["in a column"], "url": ["u"]})
    pq.write_table(table, parquet)
    with pa.ipc.new_file(arrow, table.schema) as writer:
        writer.write_table(table)
    members = [
        ("a.csv", b'text,url\n"some, prose",u\n'),
        ("b.tsv", b"text\turl\nsome prose\tu\n"),
        ("c.without-a-name", parquet.getvalue()),
        ("d.arrow", arrow.getvalue()),
        ("e.html", b"<html><body><p>A page</p></body></html>"),
        ("f.csv.gz", gzip.compress(b"text,url\nprose,u\n")),
        ("g.pdf", b"%PDF-1.4 no more"),
    ]
    found = seen(tar("s.tar", members))
    assert found.items == {
        "s.tar#a.csv#0/text": "some, prose",
        "s.tar#b.tsv#0/text": "some prose",
        "s.tar#c.without-a-name#0/text": "in a column",
        "s.tar#d.arrow#0/text": "in a column",
        "s.tar#e.html": "A page",
        "s.tar#f.csv.gz#0/text": "prose",
    }
    assert [place.record for place in found.places][:2] == ["a.csv", "b.tsv"]
    assert found.metadata["s.tar#f.csv.gz#0/text"] == {"url": "u"}
    assert [entry.record for entry in found.unread] == ["g.pdf"]


def test_members_of_nothing_are_cut_into_pieces_too(monkeypatch):
    monkeypatch.setattr(archive, "MEMBER", 1 << 20)
    pieces = list(archive.pieces_of((Member(f"{i:04}.txt", 0, b"") for i in range(500)), ReadSettings()))
    assert 500 / 32 <= len(pieces) <= 500 / 8
    assert sum(len(list(piece.parts())) for piece in pieces) == 500


def test_links_without_end_in_a_stream_are_not_held_together(seen, tar, monkeypatch):
    monkeypatch.setattr(archive, "MEMBER", 1 << 20)
    members = []
    for i in range(200):
        info = tarfile.TarInfo(f"{i:04}.txt")
        info.type, info.linkname = tarfile.SYMTYPE, "0000.txt"
        members.append(info)
    for name in ("s.tar.gz", "s.tar"):
        found = seen(tar(name, members))
        assert found.reasons == [(f"{i:04}.txt", "link") for i in range(200)]
        assert len(found.pieces) > 5
    assert len([unit for unit in found.plan.units if unit.format == "tar"]) > 1


@pytest.mark.parametrize("member", [Member("a.txt", 0, b""), Member("a" * 10_000, 0, None, "link")], ids=["one key", "long names"])
def test_what_is_held_counts_names_and_members(monkeypatch, member):
    monkeypatch.setattr(archive, "HELD", 1 << 20)
    pieces = list(archive.pieces_of(iter([member] * 1000), ReadSettings()))
    assert len(pieces) == -(-1000 // -(-(1 << 20) // (archive.MEMBER + len(member.name))))
