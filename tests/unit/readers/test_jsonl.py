import base64
import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance.model import Source, Unit
from provenance.readers import jsonl as reader
from provenance.readers import lines
from provenance.readers.limits import Limits
from provenance.readers.plan import plan

SMALL = Limits(line=1000, ratio_from=100_000)


def test_each_record_is_an_item_named_by_row_and_field(seen, jsonl):
    found = seen(jsonl("train.jsonl", [{"id": "a", "text": "one"}, {"id": "b", "text": "zwei ü"}]))
    assert found.items == {"train.jsonl#0/text": "one", "train.jsonl#1/text": "zwei ü"}
    assert (found.places[1].path, found.places[1].record, found.places[1].field) == ("train.jsonl", 1, "text")


def test_what_stood_beside_a_text_is_kept_verbatim(seen, jsonl):
    row = {
        "text": "x",
        "url": "https://example.org/a",
        "Licence": "CC-BY-4.0",
        "author": ["A", "B"],
        "year": 1999,
        "lang": "en",
        "meta": {"doi": "10.1/x"},
    }
    found = seen(jsonl("a.jsonl", [b"\n", row]))
    expected = {"url": "https://example.org/a", "Licence": "CC-BY-4.0", "author": "A; B", "year": "1999", "meta/doi": "10.1/x"}
    assert found.metadata["a.jsonl#1/text"] == expected
    assert list(found.items) == ["a.jsonl#1/text"]


def test_prompt_and_completion_are_two_items_of_one_record(seen, jsonl):
    found = seen(jsonl("a.jsonl", [{"prompt": "Say it.", "completion": "It."}]))
    assert found.items == {"a.jsonl#0/prompt": "Say it.", "a.jsonl#0/completion": "It."}


def test_the_messages_of_a_chat_are_items(seen, jsonl):
    chat = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]}]}
    found = seen(jsonl("a.jsonl", [chat]))
    assert found.items == {"a.jsonl#0/messages/0/content": "Hi", "a.jsonl#0/messages/1/content/0/text": "Hello"}


def test_a_text_under_the_name_of_metadata_is_audited_when_it_is_long(seen, jsonl):
    found = seen(jsonl("a.jsonl", [{"text": "short", "title": "t" * 501}]))
    assert set(found.items) == {"a.jsonl#0/text", "a.jsonl#0/title"}


def test_a_picture_in_base64_is_an_image(seen, jsonl, png):
    png += b"\0" * 500
    data = base64.b64encode(png).decode()
    found = seen(jsonl("a.jsonl", [{"text": "a caption", "image": data}, {"image": {"url": f"data:image/png;base64,{data}"}}]))
    assert found.items == {"a.jsonl#0/text": "a caption", "a.jsonl#0/image": png, "a.jsonl#1/image/url": png}


BAD = {
    "broken": b'{"text": "ends befo\n',
    "a list": b'["text"]\n',
    "a number": b"17\n",
    "no UTF-8": b'{"text": "\xff\xfe"}\n',
    "half a surrogate pair": b'{"text": "\\ud800"}\n',
    "half a surrogate pair in a name": b'{"text": "x", "\\ud800": 1}\n',
    "half a surrogate pair in metadata": b'{"text": "x", "title": "\\ud800"}\n',
    "half a surrogate pair far inside": b'{"text": "x", "meta": [{"a": {"\\udfff": "y"}}]}\n',
    "no text": b'{"score": 1}\n',
    "too deep": b'{"text": ' + b"[" * 5000 + b"]" * 5000 + b"}\n",
    "a huge number": b'{"text": "x", "n": ' + b"9" * 5000 + b".e}\n",
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
def test_a_bad_line_costs_that_line(seen, jsonl, line):
    found = seen(jsonl("a.jsonl", [{"text": "before"}, b"\n", line, {"text": "after"}]))
    assert found.items == {"a.jsonl#0/text": "before", "a.jsonl#3/text": "after"}
    assert found.reasons == [(2, "bad-record")]


def test_a_record_of_links_alone_is_unread_as_such(seen, jsonl):
    found = seen(jsonl("a.jsonl", [{"url": "https://example.org/1.jpg", "width": 3}]))
    assert (found.items, found.reasons) == ({}, [(0, "no-bytes")])


def test_nan_is_let_pass(seen, jsonl):
    assert seen(jsonl("a.jsonl", [b'{"text": "x", "score": NaN}\n'])).items == {"a.jsonl#0/text": "x"}


def test_a_byte_order_mark_and_windows_line_ends_are_let_pass(seen, jsonl):
    found = seen(jsonl("a.jsonl", [b'\xef\xbb\xbf{"text": "x", "id": "i"}\r\n\r\n{"text": "y"}']))
    assert found.items == {"a.jsonl#0/text": "x", "a.jsonl#2/text": "y"}
    assert found.metadata["a.jsonl#0/text"] == {"id": "i"}


def test_a_line_beyond_the_limit_is_unread_and_reading_goes_on(seen, jsonl):
    rows = [{"text": "before"}, {"text": "x" * 9_000_000}, {"text": "after"}]
    found = seen(jsonl("a.jsonl", rows), SMALL)
    assert list(found.items.values()) == ["before", "after"]
    assert found.reasons == [(1, "too-large")]


@pytest.mark.parametrize("length", [990, 1100])
def test_the_limit_holds_for_lines_shorter_than_a_block(seen, jsonl, length):
    found = seen(jsonl("a.jsonl", [{"text": "x" * length}]), Limits(line=1000 + len('{"text": ""}')))
    assert found.reasons == ([] if length == 990 else [(0, "too-large")])


def test_ranges_give_what_the_whole_gives(tmp_path, monkeypatch, jsonl, read):
    monkeypatch.chdir(tmp_path)
    rows = [{"text": f"{i} " + "word " * (i % 97)} if i % 7 else b"not json\n" for i in range(4000)]
    rows[100] = {"text": "long " * 20_000}
    rows[200:205] = [b"\n"] * 5
    jsonl("a.jsonl", rows)
    whole = _summary(read(*plan(["a.jsonl"]).units))
    monkeypatch.setattr(reader, "RANGE", 20_000)
    units = plan(["a.jsonl"]).units
    assert len(units) > 20
    assert [unit.start for unit in units] == [0, *(unit.stop for unit in units[:-2]), None]
    assert _summary(read(*units)) == whole


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.sampled_from([b"", b" ", b'{"text": "a"}', b'{"text": "' + b"b" * 50 + b'"}', b"{", b"\xff"]), max_size=30),
    size=st.integers(1, 60),
    mean=st.sampled_from([1, 40, 200, 10_000]),
    end=st.booleans(),
)
def test_any_cut_at_any_size_gives_the_same_records(tmp_path, monkeypatch, read, rows, size, mean, end):
    file = tmp_path / "any.jsonl"
    file.write_bytes(b"\n".join(rows) + b"\n" * end)
    source = Source(file, str(file), file.stat().st_size)
    whole = _summary(read(Unit(source, "jsonl")))
    with monkeypatch.context() as patch:
        patch.setattr(reader, "RANGE", size)
        patch.setattr(lines, "BLOCK", 7)
        patch.setattr(lines, "MEAN", mean)
        patch.setattr(lines, "MOST", 100)
        assert _summary(read(*reader.units(source))) == whole


def _summary(found):
    texts = [(place.record, found.items[place.locator]) for place in found.places]
    return sorted(texts), sorted((entry.record is None, entry.record, entry.reason) for entry in found.unread)


def test_a_line_inserted_changes_one_piece(seen, jsonl, monkeypatch):
    monkeypatch.setattr(reader, "RANGE", 200_000)
    monkeypatch.setattr(lines, "MEAN", 10_000)
    rows = [{"text": f"{i} " + "word " * (i * 7919 % 97)} for i in range(4000)]
    before = [piece.content for piece in seen(jsonl("a.jsonl", rows)).pieces]
    rows.insert(1234, {"text": "new"})
    after = [piece.content for piece in seen(jsonl("a.jsonl", rows)).pieces]
    assert len(after) > 50
    assert len(set(after) - set(before)) == 1
    assert len(set(before) - set(after)) == 1


def test_equal_lines_are_cut_too(seen, jsonl, monkeypatch):
    monkeypatch.setattr(lines, "MOST", 1000)
    found = seen(jsonl("a.jsonl", [{"text": "same"}] * 1000))
    assert max(piece.size for piece in found.pieces) < 1100
    assert len(found.items) == 1000


def test_a_line_over_many_ranges_is_of_the_one_in_which_it_begins(seen, jsonl, monkeypatch):
    monkeypatch.setattr(reader, "RANGE", 100)
    found = seen(jsonl("a.jsonl", [{"text": "a"}, {"text": "b" * 2000}, {"text": "c"}]))
    assert [(place.record, len(found.items[place.locator])) for place in found.places] == [(0, 1), (1, 2000), (2, 1)]


def test_a_gzip_stream_is_read_to_its_cut(seen, jsonl, tmp_path):
    import random

    rng = random.Random(1)
    rows = [{"text": "".join(rng.choices("abcdefgh ", k=200))} for _ in range(500)]
    name = jsonl("a.jsonl.gz", rows)
    packed = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(packed[: len(packed) // 2])
    found = seen(name)
    assert 200 < len(found.items) < 300
    assert found.reasons == [(len(found.items), "truncated")]
    assert all(found.items[f"a.jsonl.gz#{i}/text"] == rows[i]["text"] for i in range(len(found.items)))


def test_a_damaged_gzip_stream_is_unread_from_there(seen, jsonl, tmp_path):
    name = jsonl("a.jsonl.gz", [{"text": str(i)} for i in range(5000)])
    packed = bytearray((tmp_path / name).read_bytes())
    packed[-8] ^= 1  # the checksum
    (tmp_path / name).write_bytes(packed)
    assert [reason for _, reason in seen(name).reasons] == ["undecodable"]


def test_gzip_members_one_after_another_are_one_file(seen, tmp_path):
    lines = [json.dumps({"text": str(i)}).encode() + b"\n" for i in range(3)]
    (tmp_path / "a.jsonl.gz").write_bytes(b"".join(map(gzip.compress, lines)) + bytes(512))
    assert list(seen("a.jsonl.gz").items.values()) == ["0", "1", "2"]


def test_a_gzip_bomb_is_given_up(seen, jsonl):
    found = seen(jsonl("a.jsonl.gz", [{"text": "ok"}, b"\0" * 3_000_000]), SMALL)
    assert list(found.items.values()) == ["ok"]
    assert found.reasons[-1][1] == "too-large"


def test_a_file_that_shrinks_while_it_is_read_is_truncated(jsonl, tmp_path, read):
    file = tmp_path / jsonl("a.jsonl", [{"text": "x"}])
    unit = Unit(Source(file, "a.jsonl", 10_000), "jsonl")
    assert read(unit).reasons == [(1, "truncated")]


def test_a_json_document_is_a_list_of_records(seen, tmp_path):
    (tmp_path / "list.json").write_text(json.dumps([{"text": "a", "url": "u"}, 3], indent=1))
    (tmp_path / "one.json").write_text(json.dumps({"text": "b"}, indent=1))
    (tmp_path / "bad.json").write_text("[{")
    found = seen(".")
    assert found.items == {"list.json#0/text": "a", "one.json#0/text": "b"}
    assert found.metadata["list.json#0/text"] == {"url": "u"}
    assert [(entry.path, entry.record, entry.reason) for entry in found.unread] == [
        ("bad.json", None, "bad-record"),
        ("list.json", 1, "bad-record"),
    ]


def test_lines_of_json_under_the_name_json_are_lines(seen, tmp_path):
    (tmp_path / "a.json").write_text('{"text": "a"}\n{"text": "b"}\n')
    assert list(seen("a.json").items) == ["a.json#0/text", "a.json#1/text"]


def _nest(value, levels):
    for _ in range(levels):
        value = [value]
    return value


def test_text_too_deep_to_be_read_is_one_unread_beside_what_was_read(seen, jsonl):
    deep = {"text": "x", "a": _nest({"content": ["y", "z"]}, 11), "b": _nest({"content": "w"}, 40), "deepest": _nest("v", 900)}
    found = seen(jsonl("a.jsonl", [deep, {"text": "after"}]))
    assert found.items == {"a.jsonl#0/text": "x", "a.jsonl#1/text": "after"}
    assert found.reasons == [(0, "too-deep")]


def test_text_at_the_last_level_is_read_and_numbers_below_it_are_nothing(seen, jsonl):
    record = {"a": _nest("text", 12), "b": _nest(1.5, 40), "c": _nest({"lang": "en"}, 40)}
    found = seen(jsonl("a.jsonl", [record]))
    assert (list(found.items.values()), found.reasons) == (["text"], [])


def test_metadata_nested_without_end_is_read_to_a_depth(seen, jsonl):
    meta = {"title": "never reached"}
    for _ in range(900):
        meta = {"meta": meta}
    found = seen(jsonl("a.jsonl", [{"text": "x", "meta": {"title": "t", "meta": meta}}]))
    assert found.metadata == {"a.jsonl#0/text": {"meta/title": "t"}}


@pytest.mark.parametrize(("name", "data"), [("a.json", b"[]"), ("a.jsonl", b"\n \r\n"), ("a.jsonl.gz", gzip.compress(b"\n"))])
def test_a_file_without_records_is_one_unread(seen, tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert [(entry.path, entry.record, entry.reason) for entry in seen(name).unread] == [(name, None, "empty")]


@pytest.mark.parametrize(
    ("data", "reasons"),
    [(b"\n" * 5000, ["empty"]), (b"\n" * 5000 + b'{"text": "x"}\n', []), (b'{"text": "x"}\n' + b"\n" * 5000, [])],
    ids=["all blank", "blank first", "blank last"],
)
def test_blank_ranges_are_empty_only_where_the_whole_file_is(seen, tmp_path, monkeypatch, data, reasons):
    monkeypatch.setattr(reader, "RANGE", 1000)
    (tmp_path / "a.jsonl").write_bytes(data)
    found = seen("a.jsonl")
    assert len(found.plan.units) > 4
    assert [entry.reason for entry in found.unread] == reasons


def test_lines_longer_than_a_piece_are_counted_once_by_ranges(seen, jsonl, monkeypatch):
    for name, size in (("BLOCK", 16), ("MEAN", 40), ("MOST", 64)):
        monkeypatch.setattr(lines, name, size)
    monkeypatch.setattr(reader, "RANGE", 128)
    rows = [{"text": f"{i} " + "x" * (i * 37 % 150)} for i in range(200)]
    found = seen(jsonl("a.jsonl", rows))
    assert [found.items[f"a.jsonl#{i}/text"] for i in range(200)] == [row["text"] for row in rows]
    assert sum(piece.rows for piece in found.pieces) == len(found.items) == 200
