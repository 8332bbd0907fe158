import gzip
import os

import pytest

from fingerprints.model import Modality
from provenance.model import Source, Unit
from provenance.readers import text as text_reader
from provenance.readers.limits import MB, Limits
from provenance.readers.text import as_array, decode


@pytest.mark.parametrize("text", ["plain", "Grüße, 世界 🎵", "", "a\r\nb\n\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_is_itself_in_every_encoding_that_says_what_it_is(text, encoding):
    data = text.encode(encoding)
    assert as_array(data).to_pylist() == [text]
    assert decode(data) == text


def test_a_text_file_is_one_item(seen, tmp_path):
    (tmp_path / "a.txt").write_text("Grüße", encoding="utf-8-sig")
    found = seen("a.txt")
    assert found.items == {"a.txt": "Grüße"}
    assert (found.places[0].record, found.places[0].field) == (None, None)


def test_a_text_that_is_no_utf_8_is_unread_and_says_where(seen, tmp_path):
    (tmp_path / "a.txt").write_bytes("Café".encode("latin-1"))
    found = seen("a.txt")
    assert [(entry.reason, entry.detail) for entry in found.unread] == [("undecodable", "not utf-8 at byte 3")]


def test_a_packed_text_is_read_to_its_cut_without_half_a_character(seen, tmp_path):
    import random

    text = "".join(random.Random(3).choices("äöü世 abc", k=50_000))
    packed = gzip.compress(text.encode())
    (tmp_path / "a.txt.gz").write_bytes(packed[: len(packed) // 2])
    found = seen("a.txt.gz")
    assert text.startswith(found.items["a.txt.gz"])
    assert len(found.items["a.txt.gz"]) > 20_000
    assert [entry.reason for entry in found.unread] == ["truncated"]


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_a_large_text_is_read_in_sections_of_whole_lines(seen, tmp_path, monkeypatch, name):
    monkeypatch.setattr(text_reader, "SECTION", 1000)
    lines = [f"line {i} äöü\n" for i in range(1000)] + ["世" * 2000]
    data = "".join(lines).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    found = seen(name, Limits(text=5000))
    assert "".join(found.items.values()).encode() == data
    assert all(len(text.encode()) <= 1000 for text in found.items.values())
    assert all(data[int(locator.split("@")[1]) :].startswith(text.encode()) for locator, text in found.items.items())
    assert {(place.path, place.record) for place in found.places} == {(name, None)}


def test_a_bad_byte_costs_its_section(seen, tmp_path, monkeypatch):
    monkeypatch.setattr(text_reader, "SECTION", 1000)
    (tmp_path / "a.txt").write_bytes(b"good\n" * 300 + b"\xff\n" + b"good\n" * 1000)
    found = seen("a.txt", Limits(text=5000))
    assert [(entry.reason, entry.detail) for entry in found.unread] == [("undecodable", "not utf-8 at byte 1500")]
    assert len(found.items) == 6


def test_an_image_is_read_once_and_comes_with_what_its_sidecar_says(seen, tmp_path, png):
    (tmp_path / "a.png").write_bytes(png)
    (tmp_path / "a.json").write_text('{"license": "CC0-1.0", "width": 1}')
    found = seen(".")
    assert found.metadata["a.png"] == {"license": "CC0-1.0"}
    assert found.items["a.png"] == png
    assert found.batches[0].media.modality is Modality.IMAGE


def test_a_sidecar_that_is_broken_or_a_link_says_nothing(seen, tmp_path, png):
    (tmp_path / "a.png").write_bytes(png)
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.png").write_bytes(png)
    (tmp_path / "secret.txt").write_text('{"url": "secret"}')
    (tmp_path / "b.json").symlink_to("secret.txt")
    assert seen(".").metadata == {"a.png": {}, "b.png": {}, "secret.txt": {}}


def test_a_media_file_beyond_the_limit_is_unread(seen, tmp_path, wav):
    (tmp_path / "a.wav").write_bytes(wav)
    assert [(entry.reason, entry.modality) for entry in seen("a.wav", Limits(media_file=10)).unread] == [("too-large", Modality.AUDIO)]


@pytest.mark.parametrize("kind", ["text", "jsonl", "jsonl.gz", "json", "tar", "parquet", "image"])
def test_a_file_that_vanished_is_unread(tmp_path, kind, read):
    unit = Unit(Source(tmp_path / "gone", "gone", 10), kind)
    assert read(unit).reasons == [(None, "unreadable")]


def test_a_large_utf_16_text_is_unread_and_never_taken_for_utf_8(seen, tmp_path):
    (tmp_path / "a.txt").write_bytes(("line\n" * 2000).encode("utf-16"))
    found = seen("a.txt", Limits(text=5000))
    assert (found.items, [entry.reason for entry in found.unread]) == ({}, ["too-large"])


def test_a_json_beside_a_picture_that_is_no_one_small_object_is_audited(seen, tmp_path, png):
    contents = {
        "list": b'[{"text": "listed"}]',
        "lines": b'{"text": "one"}\n{"text": "two"}\n',
        "large": b'{"text": "' + b"x" * MB + b'"}',
        "nan": b'\xef\xbb\xbf{"url": "u", "aesthetic": NaN}',
    }
    for name, content in contents.items():
        (tmp_path / f"{name}.png").write_bytes(png)
        (tmp_path / f"{name}.json").write_bytes(content)
    found = seen(".")
    assert {name for name in found.items if ".json" in name} == {
        "list.json#0/text",
        "lines.json#0/text",
        "lines.json#1/text",
        "large.json#0/text",
    }
    assert found.metadata["nan.png"] == {"url": "u"}
    assert [(entry.reason, entry.examples) for entry in found.plan.excluded] == [("sidecar", ("nan.json",))]


def test_items_under_a_file_name_that_is_no_utf_8_can_be_written_down(seen, tmp_path):
    (tmp_path / os.fsdecode(b"\xff.jsonl")).write_text('{"text": "x"}\nbad\n')
    found = seen(".")
    assert (list(found.items), [entry.path for entry in found.unread]) == (["\\xff.jsonl#0/text"], ["\\xff.jsonl"])
