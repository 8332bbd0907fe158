import dataclasses
import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from provenance.model import Source, Unit
from provenance.readers import ReadSettings, roles
from provenance.readers.roles import absent, roles_of

RECORD = {"text": "a", "summary": None, "id": "1", "url": "u", "license": "cc0", "embedding": [0.5], "n": 3, "year": 1990, "lang": "en"}


@pytest.fixture
def unit(tmp_path):
    def write(path, data, format_):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return Unit(Source(file, path, len(data)), format_)

    return write


@pytest.fixture
def tables(unit, tmp_path):
    """One table in four formats."""
    line = json.dumps(RECORD).encode() + b"\n" + json.dumps({"summary": "s"}).encode() + b"\n"
    table = pa.table({name: [value] if name != "summary" else ["s"] for name, value in RECORD.items()})
    pq.write_table(table, tmp_path / "t.parquet")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return [
        unit("a.jsonl", line, "jsonl"),
        unit("b.jsonl.gz", gzip.compress(line), "jsonl.gz"),
        unit("c.parquet", (tmp_path / "t.parquet").read_bytes(), "parquet"),
        unit("d.arrow", sink.getvalue().to_pybytes(), "arrow"),
    ]


def test_each_format_tells_the_same_roles(tables):
    for found in roles_of(tables, ReadSettings()):
        assert set(found.text) == {"text", "summary"}
        assert set(found.source) == {"id", "url", "license", "year"}
        assert set(found.unread) == {"embedding", "n", "lang"}


def test_the_columns_of_csv_have_roles_by_their_names(unit):
    (found,) = roles_of([unit("a.csv", b"text;file_name;license\na;b.jpg;mit\n", "csv")], ReadSettings())
    assert str(found) == "a.csv: text: text; source: license; names of files: file_name"


def test_a_thousand_files_of_one_layout_are_one_line(unit):
    data = json.dumps({"text": "a", "id": 1}).encode()
    units = [unit(f"data/{i % 3}/{i}.jsonl", data, "jsonl") for i in range(30)]
    (found,) = roles_of(units, ReadSettings())
    assert str(found) == "data/**/*.jsonl (30 files, as the first of a folder): text: text; source: id"
    (found,) = roles_of([u for u in units if u.source.path.startswith("data/0/")], ReadSettings())
    assert found.tables == "data/0/*.jsonl"


def test_only_one_file_of_a_folder_is_opened(unit, monkeypatch):
    first = unit("a.jsonl", b'{"text": "a"}', "jsonl")
    missing = [Unit(Source(first.source.file.with_name(f"{i}.jsonl"), f"{i}.jsonl", 1), "jsonl", 0, 1) for i in range(1000)]
    assert [(found.files, found.known) for found in roles_of([first, *missing], ReadSettings())] == [(1001, True)]


def test_no_more_than_so_many_folders_are_looked_at(unit, monkeypatch):
    monkeypatch.setattr(roles, "LOOKS", 2)
    units = [unit(f"{i}/a.jsonl", b'{"text": "a"}', "jsonl") for i in range(5)]
    assert [(found.files, found.known) for found in roles_of(units, ReadSettings())] == [(2, True), (3, False)]


def test_chosen_fields_alone_are_text_and_one_that_no_table_has_is_told(unit):
    chat = {"messages": [{"role": "user", "content": "Hi"}], "text": "a"}
    found = roles_of([unit("a.jsonl", json.dumps(chat).encode(), "jsonl")], ReadSettings(text_columns=("messages/content",)))
    assert (found[0].text, found[0].unread) == (("messages/content",), ("messages/role", "text"))
    assert absent(found, ("messages/content", "body")) == ("body",)
    assert absent(found, ("messages",)) == ()


def test_images_and_their_paths_are_told_apart(unit, tmp_path):
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pq.write_table(pa.table({"image": pa.array([None], kind), "image_path": ["a"], "caption": ["b"]}), tmp_path / "x.parquet")
    (found,) = roles_of([unit("a.parquet", (tmp_path / "x.parquet").read_bytes(), "parquet")], ReadSettings())
    assert (found.text, found.media, found.paths) == (("caption",), ("image/bytes",), ("image/path", "image_path"))


@pytest.mark.parametrize("format_", ["jsonl", "csv", "parquet", "arrow", "jsonl.gz"])
@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"{" * 70_000])
def test_a_file_that_does_not_tell_is_said_not_to_be_known(unit, format_, data):
    found = roles_of([unit("a", data, format_)], ReadSettings())
    assert found[0].known is False or format_ == "csv"
    assert "not looked at" in str(found[0]) or format_ == "csv"


def test_other_files_are_no_tables_and_the_roles_can_be_written_as_json(unit, tables):
    assert roles_of([unit("a.txt", b"a", "text")], ReadSettings()) == ()
    assert json.loads(json.dumps(dataclasses.asdict(roles_of(tables, ReadSettings())[0])))["text"] == ["text", "summary"]
