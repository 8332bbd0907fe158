import gzip
import io
import json
import tarfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance.model import Source, Unit
from provenance.readers import archive, read
from provenance.readers.limits import Limits


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
        ("v.mp4", b"\0\0\0\x14ftypisom"),
        ("t.txt", b"\xff"),
        ("x.npy", b"\x93NUMPY"),
        ("z.zip", b"PK\x03\x04\0"),
        ("ok.png", png),
    ]
    found = seen(tar("s.tar", members))
    assert list(found.items) == ["s.tar#ok.png"]
    assert sorted(found.reasons) == [
        ("e.png", "empty"),
        ("n.tar.gz", "nested-archive"),
        ("t.txt", "undecodable"),
        ("v.mp4", "unsupported-medium"),
        ("x.npy", "unsupported-format"),
        ("z.zip", "nested-archive"),
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
def test_no_cut_is_silent_and_what_stands_before_it_is_read(tar, tmp_path, data):
    members = [(f"{i:03}.txt", bytes([65 + i]) * (i * 300)) for i in range(1, 8)]
    whole = (tmp_path / tar("s.tar", members)).read_bytes()
    end = sum(512 + -(-len(content) // 512) * 512 for _, content in members) + 512
    cut = data.draw(st.integers(600, end - 1))
    file = tmp_path / "cut.tar"
    file.write_bytes(whole[:cut])
    names, unread = [], []
    for part in read(Unit(Source(file, "cut.tar", cut), "tar")):
        if hasattr(part, "reason"):
            unread.append(part.reason)
        else:
            names += part.origin.names
    whole_members, at = [], 0
    for name, content in members:
        at += 512 + len(content)
        if at <= cut:
            whole_members.append(name)
        at += -len(content) % 512
    assert names == whole_members
    assert unread == ["truncated"]


def test_a_cut_gzip_archive_says_where(seen, tar, tmp_path):
    import random

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
    parts = list(archive.members(iter((block + data,)), 1000))
    assert all(isinstance(part, archive.Member | archive.Fault) for part in parts)


def test_a_pax_header_of_nonsense_is_refused_quickly():
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1_000_000
    data = header.tobuf() + b"5 a=\n" * 200_000 + bytes(512 - 1_000_000 % 512)
    assert [part.reason for part in archive.members(iter((data,)), 1000)] == ["truncated"]
    header.size = 1 << 30
    assert [part.reason for part in archive.members(iter((header.tobuf(),)), 1000)] == ["undecodable"]


def test_many_small_members_come_in_few_batches_in_order(seen, tar, png):
    found = seen(
        tar("s.tar", [(f"{i:04}.{kind}", png if kind == "png" else b'{"url": "%d"}' % i) for i in range(300) for kind in ("json", "png")])
    )
    assert list(found.items) == [f"s.tar#{i:04}.png" for i in range(300)]
    assert all(found.metadata[f"s.tar#{i:04}.png"] == {"url": str(i)} for i in range(300))
    assert len(found.batches) < 20


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
