import gzip
import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from provenance.model import Source, Unit, Unread
from provenance.readers import ReadSettings, ipc
from provenance.readers import arrow as reader
from provenance.readers.limits import Limits

TEXTS = [f"text {i} of many" for i in range(100)]


def written(table, kind="file", rows=10, **options):
    sink = io.BytesIO()
    opened = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with opened(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue()


class Rows:
    """What the reader gave of a file, with rows numbered over all of it."""

    def __init__(self, folder, data, settings=None, format_="arrow"):
        file = folder / "a.arrow"
        file.write_bytes(data)
        source = Source(file, "a.arrow", len(data))
        self.units = reader.units(source) if format_ == "arrow" else [Unit(source, format_)]
        self.items, self.unread, self.pieces, first = {}, [], [], 0
        for unit in self.units:
            for piece in reader.pieces(unit, settings or ReadSettings()):
                for part in [piece] if isinstance(piece, Unread) else piece.parts():
                    if isinstance(part, Unread):
                        self.unread.append((None if part.record is None else part.record + first, part.reason))
                        continue
                    for position in range(len(part.media)):
                        place = part.place(position)
                        self.items[place.record + first, place.field] = part.item(position)
                if not isinstance(piece, Unread):
                    self.pieces.append(piece)
                    first += piece.rows


@pytest.fixture
def rows(tmp_path):
    return lambda *arguments, **options: Rows(tmp_path, *arguments, **options)


@pytest.fixture
def small(monkeypatch):
    for name in ("RANGE", "RANGE_OF_MEDIA", "MEAN", "WHOLE"):
        monkeypatch.setattr(reader, name, 2000)


@pytest.mark.parametrize("kind", ["file", "stream"])
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_rows_are_counted_over_units_and_pieces(rows, small, kind, compression):
    found = rows(written(pa.table({"text": TEXTS, "id": range(100)}), kind, compression=compression))
    assert (found.items, found.unread) == ({(i, "text"): text for i, text in enumerate(TEXTS)}, [])
    assert len(found.pieces) > 1
    assert len(found.units) == 1 or kind == "file"


@pytest.mark.parametrize("kind", ["file", "stream"])
@pytest.mark.parametrize(
    "type_",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string()), pa.run_end_encoded(pa.int32(), pa.string())],
)
def test_text_is_read_from_every_encoding_of_strings(rows, kind, type_):
    column = pa.array(["one", "zwei ü", "zwei ü", None])
    if pa.types.is_dictionary(type_):
        column = column.dictionary_encode()
    elif pa.types.is_run_end_encoded(type_):
        column = pa.compute.run_end_encode(column)
    else:
        column = column.cast(type_)
    found = rows(written(pa.table({"text": column}), kind))
    assert found.items == {(0, "text"): "one", (1, "text"): "zwei ü", (2, "text"): "zwei ü"}
    assert found.unread == [(3, "bad-record")]


def test_dictionaries_that_grow_and_change_are_followed(rows, small):
    sink, schema = io.BytesIO(), pa.schema([("text", pa.dictionary(pa.int8(), pa.string()))])
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as writer:
        for words in (["a"], ["a", "b"], ["c" * 3000], ["d"]):
            column = pa.DictionaryArray.from_arrays(pa.array(range(len(words)), pa.int8()), pa.array(words))
            writer.write_batch(pa.record_batch([column], schema=schema))
    assert list(rows(sink.getvalue()).items.values()) == ["a", "a", "b", "c" * 3000, "d"]


def test_pictures_sounds_and_chats_are_items(rows, png, wav):
    images = pa.array(
        [{"bytes": png, "path": "1.png"}, {"bytes": None, "path": "2.png"}], pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    )
    chats = pa.array([[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}], None])
    found = rows(written(pa.table({"image": images, "audio": pa.array([wav, None]), "messages": chats}), "stream"))
    assert found.items == {
        (0, "image/bytes"): png,
        (0, "audio"): wav,
        (0, "messages/0/content"): "Hi",
        (0, "messages/1/content"): "Hello",
    }
    assert found.unread == [(1, "no-bytes")]


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_of_a_table_that_is_cut_what_comes_before_is_read(rows, kind):
    data = written(pa.table({"text": TEXTS}), kind)
    found = rows(data[: len(data) // 2])
    assert 0 < len(found.items) < 100
    assert found.unread == [(len(found.items), "truncated")]


def test_a_stream_without_its_end_mark_is_truncated(rows):
    found = rows(written(pa.table({"text": TEXTS}), "stream")[:-8])
    assert (len(found.items), found.unread) == (100, [(100, "truncated")])


def test_a_file_without_its_footer_is_read_as_a_stream(rows):
    found = rows(written(pa.table({"text": TEXTS}))[:-1])
    assert (len(found.items), found.unread) == (100, [(100, "truncated")])


def test_streams_joined_into_one_file_are_not_read_by_halves_without_a_word(rows):
    stream = written(pa.table({"text": TEXTS}), "stream")
    assert rows(stream * 2).unread == [(100, "trailing-data")]


def test_a_compressed_stream_is_read(rows):
    assert len(rows(gzip.compress(written(pa.table({"text": TEXTS}), "stream")), format_="arrow.gz").items) == 100


@pytest.mark.parametrize("lie", [2**31 - 1, -5, 10_000])
def test_offsets_that_lie_cost_their_batch(rows, lie):
    data = bytearray(written(pa.table({"text": TEXTS[:10], "n": range(10)}), "stream", rows=5))
    offsets = pa.array(TEXTS[:5]).buffers()[1].to_pybytes()[:24]
    at = data.index(offsets)
    data[at + 8 : at + 12] = lie.to_bytes(4, "little", signed=True)
    found = rows(bytes(data))
    assert found.items == {(i, "text"): TEXTS[i] for i in range(5, 10)}
    assert found.unread == [(0, "undecodable")]


def test_a_string_that_is_no_utf_8_costs_itself(rows):
    data = written(pa.table({"text": ["ok", "no", "yo"], "chat": [[{"content": "ab"}], [{"content": "cd"}], None]}), "stream")
    found = rows(data.replace(b"oknoyo", b"ok\xff\xfeyo").replace(b"abcd", b"ab\xff\xfe"))
    assert found.items == {(0, "text"): "ok", (2, "text"): "yo", (0, "chat/0/content"): "ab"}
    assert sorted(found.unread) == [(1, "bad-record"), (1, "bad-record")]


def test_a_batch_that_grows_beyond_measure_is_not_unpacked(rows):
    data = written(pa.table({"text": ["A" * 2_000_000, "B"]}), "stream", rows=1, compression="zstd")
    found = rows(data, ReadSettings(Limits(ratio_from=1_000_000)))
    assert (found.items, found.unread) == ({(1, "text"): "B"}, [(0, "too-large")])


def test_a_dictionary_that_repeats_a_long_text_is_read_in_parts_or_not_at_all(rows):
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 300, pa.int8()), pa.array(["x" * 1_000_000]))
    data = written(pa.table({"text": column}), "stream", rows=300)
    assert len(rows(data).items) == 300
    nested = pa.ListArray.from_arrays(pa.array([0, 300]), column)
    data = written(pa.table({"text": nested}), "stream")
    assert rows(data, ReadSettings(Limits(member=10_000_000))).unread == [(0, "too-large")]


def test_rows_before_a_dictionary_that_is_too_large_are_read(rows, monkeypatch):
    monkeypatch.setattr(reader, "BODY", 5000)
    sink, schema = io.BytesIO(), pa.schema([("text", pa.dictionary(pa.int8(), pa.string()))])
    with pa.ipc.new_stream(sink, schema) as writer:
        for word in ("a", "c" * 9000):
            writer.write_batch(pa.record_batch([pa.array([word]).dictionary_encode().cast(schema.types[0])], schema=schema))
    found = rows(sink.getvalue())
    assert (found.items, found.unread) == ({(0, "text"): "a"}, [(1, "too-large")])


def test_a_header_that_promises_more_than_there_is_takes_no_memory(rows):
    assert rows(b"\xff\xff\xff\xff\xff\xff\xff\x7f" + bytes(100)).unread == [(None, "undecodable")]


def test_a_table_without_rows_gives_nothing(rows):
    found = rows(written(pa.table({"text": pa.array([], pa.string())})))
    assert (found.items, found.unread) == ({}, [])


def test_a_table_without_content_is_one_unread(rows, small):
    found = rows(written(pa.table({"tokens": [[1, 2]] * 1000})))
    assert len(found.units) > 1
    assert found.unread == [(None, "no-content")]


def test_columns_of_one_name_are_told_apart(rows):
    found = rows(written(pa.table([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])))
    assert found.items == {(0, "text"): "a", (0, "text (1)"): "b"}


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_a_table_in_an_archive_is_read_under_the_name_of_its_member(kind):
    data = written(pa.table({"text": ["Hello", None]}), kind)
    batch, unread = reader.member("a/b.arrow", data, ReadSettings())
    assert (batch.place(0).record, batch.place(0).locator) == ("a/b.arrow", "#a/b.arrow#0/text")
    assert (unread.record, unread.detail.startswith("record 1: ")) == ("a/b.arrow", True)


def test_equal_batches_are_equal_pieces(rows):
    first, other = (rows(written(pa.table({"text": texts}), "stream")).pieces[0] for texts in (TEXTS, [*TEXTS[1:], "x"]))
    assert first.content == rows(written(pa.table({"text": TEXTS}), "stream")).pieces[0].content
    assert first.content != other.content


HOSTILE = [
    written(
        pa.table({"text": TEXTS[:6], "d": pa.array(TEXTS[:6]).dictionary_encode(), "l": [["a"], None] * 3}),
        kind,
        rows=3,
        compression=compression,
    )
    for kind in ("file", "stream")
    for compression in (None, "lz4")
]


@hypothesis_settings(max_examples=400, deadline=None)
@given(which=st.sampled_from(HOSTILE), changes=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), min_size=1, max_size=6))
def test_whatever_bytes_are_changed_nothing_but_unread_comes_of_it(tmp_path_factory, which, changes):
    data = bytearray(which)
    for at, value in changes:
        data[int(at * len(data))] = value
    found = Rows(tmp_path_factory.getbasetemp(), bytes(data))
    assert found.items or found.unread or not found.pieces


@pytest.mark.parametrize("size", [-1, -4096, -(2**63)])
@pytest.mark.parametrize("kind", ["file", "stream"])
def test_a_body_of_negative_length_is_damage(rows, kind, size):
    data = written(pa.table({"text": TEXTS[10:30]}), kind)
    *_, last = pa.ipc.MessageReader.open_stream(data[8:] if kind == "file" else data)
    at = data.index(last.body.size.to_bytes(8, "little"), data.index(b"text 19 of many"))
    found = rows(data[:at] + size.to_bytes(8, "little", signed=True) + data[at + 8 :])
    assert found.items == {(i, "text"): TEXTS[10 + i] for i in range(10)}
    assert found.unread == [(10, "undecodable")]


@pytest.mark.parametrize("size", [0, -1])
def test_nothing_is_read_of_no_bytes_or_fewer(size):
    source = ipc.Exact(iter((b"abc",)))
    assert (source.read(size), source.skip(size), source.read(9)) == (b"", 0, b"abc")
