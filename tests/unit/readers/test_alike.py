import base64
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from provenance.model import Source, Unit
from provenance.readers.alike import Templates
from provenance.readers.columns import ENCODED
from provenance.readers.encoded import begins_encoded
from provenance.readers.linewise import Lines, LongLine, lines

TEXTS = st.text(max_size=40) | st.sampled_from(
    ["", "e\u0301", "\U0001f600 ", 'quo"ted\\', "line\nbreak\ttab", "\u201c" * 80, "/9j/ \u00e9" * 20, "/9j/" + "A" * 80, "x" * 600]
)
NUMBERS = st.integers() | st.floats() | st.booleans() | st.none()
SHAPES = (
    st.fixed_dictionaries({"id": TEXTS, "text": TEXTS, "score": NUMBERS, "tags": st.lists(TEXTS, max_size=3)}),
    st.fixed_dictionaries({"prompt": TEXTS, "completion": TEXTS, "meta": st.fixed_dictionaries({"url": TEXTS, "year": NUMBERS})}),
    st.fixed_dictionaries({"text": TEXTS, "b": st.fixed_dictionaries({"c": TEXTS, "title": TEXTS})}, optional={"lang": TEXTS}),
    st.fixed_dictionaries({"text": TEXTS | NUMBERS, "embedding": st.lists(NUMBERS, max_size=3)}),
    st.fixed_dictionaries({"messages": st.lists(st.fixed_dictionaries({"role": TEXTS, "content": TEXTS}), max_size=2), "text": TEXTS}),
    st.dictionaries(TEXTS, TEXTS, max_size=3),
)  # fmt: skip
WRITTEN = st.tuples(st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\r : ")]))
BYTES = (*(b'"\\{}[],:.-+0eEu/ \n\r\t\x00\x1f\x7f\x80\xc3\xed\xf4\xffdnt'),)
CHANGES = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 2), st.sampled_from(BYTES)),
    max_size=3,
)  # fmt: skip
BROKEN = [
    b'{"text":"\\/9j\\/' + b"A" * 80 + b'"}',
    b'{"text":"\\u002f9j/' + b"A" * 80 + b'"}',
    b'{"text":"a"},{"text":"b"}',
    b'{"text":"a","text":"b"}',
    b'{"text":"}',
    b'","text":"b"}',
    b'{"text":"\\ud800"}',
    b'{"text":"\\ude00\\ud83d"}',
    b'{"text":"\\ud83d\\ude00 \\uFFFF\\u0000"}',
    b'{"text":"\xed\xa0\x80"}',
    b'{"text":"\xff"}',
    b'{"text":"a" "b"}',
    b'{"text":"a",}',
    b'{"text":"a"} x',
    b'\xef\xbb\xbf{"text":"a"}',
    b'{"\\u0074ext":"a"}',
]


def written(record, how):
    plain, separators = how
    return json.dumps(record, ensure_ascii=plain, separators=separators).encode("utf-8", "surrogatepass")


def changed(data, changes):
    data = bytearray(data)
    for place, kind, byte in changes:
        at = place % (len(data) + 1)
        data[at : at + (kind > 0)] = bytes([byte]) if kind < 2 else b""
    return bytes(data)


def everything(read, file):
    found = read(Unit(Source(file, "a.jsonl", file.stat().st_size, 0), "jsonl"))
    return found.places, found.items, found.metadata, found.unread


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SHAPES).flatmap(lambda shape: st.lists(shape, min_size=1, max_size=8)), WRITTEN, CHANGES)
@example([{"text": "a"}], (True, (",", ":")), [(3, 0, 0x22)])
def test_lines_give_the_same_whether_a_template_is_tried_or_not(tmp_path, monkeypatch, read, records, how, changes):
    file = tmp_path / "a.jsonl"
    file.write_bytes(changed(b"".join(written(record, how) + b"\n" for record in records), changes))
    fast = everything(read, file)
    with monkeypatch.context() as patch:
        patch.setattr(Templates, "take", lambda *_: None)
        assert fast == everything(read, file)


@pytest.mark.parametrize("line", BROKEN)
def test_a_line_that_only_looks_alike_is_judged_by_the_parser(tmp_path, monkeypatch, read, line):
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"text":"one"}\n' + line + b'\n{"text":"two"}\n')
    fast = everything(read, file)
    with monkeypatch.context() as patch:
        patch.setattr(Templates, "take", lambda *_: None)
        assert fast == everything(read, file)


def block(data):
    (found,) = lines(iter((data,)), 0, 1000)
    return found


@given(st.lists(st.text(max_size=60).map("\u201c{}".format), min_size=1, max_size=5), st.booleans())
def test_records_written_alike_need_no_parser(texts, plain):
    data = b"".join(written({"id": str(n), "text": text, "meta": {"n": n}}, (plain, (", ", ": "))) + b"\n" for n, text in enumerate(texts))
    found = Templates(()).take(block(data))
    assert found.column.to_pylist() == texts
    assert not len(found.left)
    assert found.lines.tolist() == list(range(len(texts)))


def test_fields_left_out_where_they_are_null_make_a_template_of_their_own():
    rows = [{"text": "a", "url": "u"}, {"text": "b"}, {"text": "c", "url": None}, {"text": "d", "body": "e"}]
    found = Templates(()).take(block(b"".join(json.dumps(row).encode() + b"\n" for row in rows)))
    assert found.column.to_pylist() == ["a", "b", "c", "d", "e"]
    assert found.lines.tolist() == [0, 1, 2, 3, 3]
    assert not len(found.left)


@pytest.mark.parametrize("beginning", ["SUMMARY OF ", "database of ", "Zk", "\u201cQk"])
def test_a_text_that_begins_somewhat_like_a_picture_needs_no_parser(beginning):
    data = b"".join(json.dumps({"text": text + "word " * 20}, ensure_ascii=False).encode() + b"\n" for text in ("a ", beginning))
    assert not len(Templates(()).take(block(data)).left)


@pytest.mark.parametrize("beginning", [*ENCODED, "data:image\\/", "i\\u0056BORw0KGgo", "\\/9j\\/"])
def test_every_beginning_of_a_picture_however_it_is_written_is_left_to_the_parser(beginning):
    data = b'{"text":"a"}\n{"text":"' + beginning.encode() + b"A" * 80 + b'"}\n'
    assert Templates(()).take(block(data)).left.tolist() == [1]


def test_what_may_be_a_picture_and_what_is_long_for_a_title_is_left_to_the_parser():
    picture = base64.b64encode(b"\xff\xd8\xff" + bytes(90)).decode()
    rows = [{"text": "a", "title": "t"}, {"text": picture, "title": "t"}, {"text": "b", "title": "t" * 501}]
    found = Templates(()).take(block(b"".join(json.dumps(row).encode() + b"\n" for row in rows)))
    assert found.left.tolist() == [1, 2]


@given(st.lists(st.binary(max_size=12), max_size=8), st.integers(1, 9), st.integers(0, 20))
def test_blocks_of_lines_are_the_lines_wherever_the_stream_is_cut(parts, size, limit):
    data = b"\n".join(parts)
    found = dict[int, bytes | None]()
    for part in lines((data[at : at + size] for at in range(0, len(data), size)), 0, limit):
        if isinstance(part, LongLine):
            found[part.record] = None
        else:
            assert isinstance(part, Lines)
            assert np.all(part.stops >= part.starts)
            found |= {part.first + at: part.line(at) for at in range(len(part))}
    expected = data.split(b"\n") if data and not data.endswith(b"\n") else data.split(b"\n")[:-1]
    assert found == {number: line if len(line) <= limit else None for number, line in enumerate(expected)}


@given(st.lists(st.sampled_from([*ENCODED, "", "/9", "é", "Qk"]).flatmap(lambda head: st.text(max_size=3).map(head.__add__)), max_size=9))
def test_strings_of_a_column_begin_as_they_do_alone(texts):
    column = pa.array(["before", *texts], pa.large_string())[1:]
    among = np.array([at for at, text in enumerate(texts) if len(text.encode()) > 1], np.int64)
    assert begins_encoded(column, among) == [at for at, text in enumerate(texts) if text.startswith(ENCODED)]
