import datetime as dt
from base64 import b64encode

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fingerprints.model import Modality
from provenance.model import Source
from provenance.readers import ReadSettings, leaves
from provenance.readers import parquet as reader
from provenance.readers.limits import Limits
from provenance.readers.plan import plan


def base64(data):
    return b64encode(data).decode()


def seen_of_table(seen, folder, rows):
    pq.write_table(rows, folder / "t.parquet")
    return seen("t.parquet")


@pytest.fixture
def parquet(tmp_path):
    def write(name, columns, **options):
        pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), tmp_path / name, **options)
        return name

    return write


def test_text_columns_are_items_and_metadata_stands_beside_them(seen, parquet):
    columns = {
        "text": ["a", "b"],
        "url": ["https://e.org/a", None],
        "date": [dt.date(2020, 1, 2), None],
        "license": pa.array(["cc0", "cc0"]).dictionary_encode(),
        "lang": ["en", "en"],
        "embedding": [[1.0, 2.0]] * 2,
        "meta": [{"doi": "10.1/x", "n": 3}] * 2,
    }
    found = seen(parquet("a.parquet", columns))
    assert found.items == {"a.parquet#0/text": "a", "a.parquet#1/text": "b"}
    assert found.metadata["a.parquet#0/text"] == {"url": "https://e.org/a", "license": "cc0", "date": "2020-01-02", "meta/doi": "10.1/x"}
    assert found.metadata["a.parquet#1/text"] == {"license": "cc0", "meta/doi": "10.1/x"}


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int32(), pa.string())])
def test_text_is_read_from_every_encoding_of_strings(seen, parquet, kind):
    texts = pa.array(["one", "zwei ü", None, ""], pa.string())
    column = (
        texts.dictionary_encode() if pa.types.is_dictionary(kind) else texts.cast(pa.binary()) if kind == pa.binary() else texts.cast(kind)
    )
    found = seen(parquet("a.parquet", {"text": column, "id": [1, 2, 3, 4]}))
    assert {place.record: found.items[place.locator] for place in found.places} == (
        {0: "one", 1: "zwei ü", 3: ""} if kind != pa.binary() else {0: "one", 1: "zwei ü"}
    )
    assert sorted(record for record, _ in found.reasons) == ([2] if kind != pa.binary() else [2, 3])


def test_rows_are_counted_over_the_whole_file(seen, parquet, monkeypatch):
    monkeypatch.setattr(reader, "RANGE", 1)
    monkeypatch.setattr(reader, "WHOLE", 1)
    found = seen(parquet("a.parquet", {"text": [f"t{i}" for i in range(1000)]}, row_group_size=130))
    assert [(unit.start, unit.stop) for unit in found.plan.units if unit.format == "parquet"] == [(i, i + 1) for i in range(8)]
    assert [piece.rows for piece in found.pieces] == [130] * 7 + [90]
    assert found.items == {f"a.parquet#{i}/text": f"t{i}" for i in range(1000)}


def test_pictures_and_sounds_in_binary_columns_are_items(seen, parquet, png, wav):
    rows = pa.table(
        {
            "image": pa.array(
                [{"bytes": png, "path": "1.png"}, {"bytes": None, "path": "2.png"}],
                pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
            ),
            "audio": pa.array([wav, b"\0\1\2"], pa.large_binary()),
            "images": pa.array([[{"bytes": png, "path": None}] * 2, []]),
            "url": ["u", "v"],
        }
    )
    found = seen(parquet("a.parquet", rows))
    assert found.items == {
        "a.parquet#0/image/bytes": png,
        "a.parquet#0/audio": wav,
        "a.parquet#0/images/0/bytes": png,
        "a.parquet#0/images/1/bytes": png,
    }
    assert {batch.media.modality for batch in found.batches} == {Modality.IMAGE, Modality.AUDIO}
    assert found.metadata["a.parquet#0/audio"] == {"url": "u"}
    assert found.reasons == [(1, "unsupported-format")]


def test_the_messages_of_a_chat_are_items(seen, parquet):
    chats = [[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]]
    assert seen(parquet("a.parquet", {"messages": chats})).items == {
        "a.parquet#0/messages/0/content": "Hi",
        "a.parquet#0/messages/1/content": "Hello",
    }


def test_a_row_without_text_is_unread(seen, parquet):
    found = seen(parquet("a.parquet", {"text": ["a", None, "c"], "url": ["u", "v", "w"]}))
    assert (list(found.items), found.reasons) == (["a.parquet#0/text", "a.parquet#2/text"], [(1, "bad-record")])


@pytest.mark.parametrize(
    ("columns", "reason"), [({"image_url": ["https://e.org/1.jpg"]}, "no-bytes"), ({"tokens": [[1, 2]]}, "no-content")]
)
def test_a_table_without_content_is_unread(seen, parquet, columns, reason):
    assert seen(parquet("a.parquet", columns)).reasons == [(None, reason)]


def test_a_value_that_is_no_utf_8_costs_that_value(seen, parquet):
    offsets, data = pa.py_buffer(b"".join(i.to_bytes(4, "little") for i in (0, 2, 4, 6))), pa.py_buffer(b"ok\xff\xfeyo")
    found = seen(parquet("a.parquet", {"text": pa.StringArray.from_buffers(3, offsets, data)}))
    assert (found.items, found.reasons) == ({"a.parquet#0/text": "ok", "a.parquet#2/text": "yo"}, [(1, "bad-record")])


def test_a_text_under_the_name_of_metadata_is_audited_when_it_is_long(seen, parquet):
    found = seen(parquet("a.parquet", {"text": ["a", "b"], "title": ["short", "t" * 501]}))
    assert set(found.items) == {"a.parquet#0/text", "a.parquet#1/text", "a.parquet#1/title"}


def test_a_value_beyond_the_limit_is_unread(seen, parquet):
    found = seen(parquet("a.parquet", {"text": ["a", "b" * 2000], "raw": [b"c" * 3000, b"d"]}), Limits(line=1000, member=1000))
    assert found.items == {"a.parquet#0/text": "a", "a.parquet#1/raw": "d"}
    assert found.reasons == [(1, "too-large"), (0, "too-large")]


def test_a_damaged_page_costs_the_rest_of_its_row_group(seen, parquet, tmp_path):
    name = parquet("a.parquet", {"text": [f"text {i} " * 20 for i in range(3000)]}, row_group_size=1000, compression="zstd")
    group = pq.ParquetFile(tmp_path / name).metadata.row_group(1).column(0)
    data = bytearray((tmp_path / name).read_bytes())
    at = group.dictionary_page_offset or group.data_page_offset
    data[at + 60 : at + 200] = bytes(140)
    (tmp_path / name).write_bytes(data)
    found = seen(name)
    assert found.reasons == [(1000, "undecodable")]
    assert found.unread[0].detail.startswith("the last 1000 rows of a row group cannot be read: ")
    assert {place.record for place in found.places} == {*range(1000), *range(2000, 3000)}


def test_a_page_that_grows_beyond_measure_is_not_unpacked(seen, parquet):
    name = parquet("a.parquet", {"text": ["A" * 100_000 + str(i) for i in range(30)]}, compression="zstd", use_dictionary=False)
    assert seen(name, Limits(ratio_from=1_000_000)).reasons == [(0, "too-large")]


def test_few_rows_are_read_at_a_time_where_an_entry_is_repeated(parquet, tmp_path):
    name = parquet("a.parquet", {"text": ["A" * 1_000_000] * 500}, compression=None)
    group = pq.ParquetFile(tmp_path / name).metadata.row_group(0)
    assert reader._rows_at_a_time(group, Limits(member=10_000_000)) <= 10


def test_blocks_of_rows_join_into_batches_of_a_few_megabytes(seen, parquet):
    found = seen(parquet("a.parquet", {"text": [f"{i} " + "word " * 600 for i in range(4000)]}))
    assert 2 <= len(found.batches) <= 4
    assert found.items["a.parquet#3999/text"].startswith("3999 ")
    assert found.batches[0].media.content.type == pa.large_string()


def test_strings_are_recognised_in_every_encoding():
    assert not leaves.is_string(pa.binary())
    assert leaves.is_string(pa.dictionary(pa.int8(), pa.large_string()))


def test_a_nested_string_that_is_no_utf_8_costs_that_value(seen, parquet):
    offsets, data = pa.py_buffer(b"".join(i.to_bytes(4, "little") for i in (0, 2, 4))), pa.py_buffer(b"ok\xff\xfe")
    inner = pa.StructArray.from_arrays([pa.StringArray.from_buffers(2, offsets, data)], ["content"])
    found = seen(parquet("a.parquet", {"message": inner}))
    assert (found.items, found.reasons) == ({"a.parquet#0/message/content": "ok"}, [(1, "bad-record")])


def test_two_columns_of_one_name_are_both_read(seen, parquet):
    twice = pa.table([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    assert seen(parquet("a.parquet", twice)).items == {"a.parquet#0/text": "a", "a.parquet#0/text (1)": "b"}


def test_a_file_that_changed_after_it_was_planned_is_unread(parquet, tmp_path):
    file = tmp_path / parquet("a.parquet", {"text": ["a"]})
    (unit,) = plan([file]).units
    file.write_bytes(b"PAR1 no more")
    assert [part.reason for part in reader.pieces(unit, ReadSettings())] == ["truncated"]


def test_a_table_without_rows_is_one_unread(seen, parquet):
    assert seen(parquet("a.parquet", {"text": pa.array([], pa.string())})).reasons == [(None, "empty")]


def test_a_row_group_without_rows_is_nothing(seen, tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "RANGE", 1)
    monkeypatch.setattr(reader, "WHOLE", 1)
    rows = pa.table({"text": ["a"]})
    with pq.ParquetWriter(tmp_path / "a.parquet", rows.schema) as writer:
        for part in (rows.slice(0, 0), rows, rows.slice(0, 0)):
            writer.write_table(part)
    found = seen("a.parquet")
    assert (found.items, found.reasons) == ({"a.parquet#0/text": "a"}, [])


def test_text_too_deep_in_several_columns_is_one_unread_of_its_row(seen, parquet):
    kind, value = pa.string(), "x"
    for _ in range(13):
        kind, value = pa.list_(kind), [value]
    columns = {"text": ["a", "b"], "p": pa.array([value, None], kind), "q": pa.array([value, None], kind)}
    found = seen(parquet("a.parquet", columns))
    assert (found.items, found.reasons) == ({"a.parquet#0/text": "a", "a.parquet#1/text": "b"}, [(0, "too-deep")])


def test_the_values_of_a_map_are_items(seen, parquet):
    maps = pa.array([[("summary", "s")]], pa.map_(pa.string(), pa.string()))
    assert "s" in seen(parquet("a.parquet", {"parts": maps})).items.values()


def test_chosen_columns_alone_are_text_and_pictures_are_still_read(seen, parquet, png):
    chats = [[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]]
    columns = {"messages": chats, "text": ["a"], "title": ["t" * 600], "image": [png], "raw": [b"words"], "code": [base64(png)]}
    found = seen(parquet("a.parquet", columns), text_columns=("messages/content", "absent"))
    assert found.items == {
        "a.parquet#0/messages/0/content": "Hi",
        "a.parquet#0/messages/1/content": "Hello",
        "a.parquet#0/image": png,
        "a.parquet#0/code": png,
    }
    assert found.reasons == []


def test_a_table_without_the_chosen_column_is_unread(seen, parquet):
    found = seen(parquet("a.parquet", {"text": ["a"], "n": [1]}), text_columns=("body",))
    assert (found.items, found.reasons) == ({}, [(None, "no-content")])


def test_pictures_in_base64_are_pictures(seen, parquet, png):
    sentence = "/9j/ is how a JPEG begins in base64, which these words are not at all."
    found = seen(parquet("a.parquet", {"image": [base64(png), f"data:image/png;base64,{base64(png)}", sentence]}))
    assert found.items == {"a.parquet#0/image": png, "a.parquet#1/image": png, "a.parquet#2/image": sentence}


def test_a_row_that_only_names_a_file_has_no_bytes(seen, parquet):
    sounds = pa.array([{"bytes": None, "path": "1.wav"}], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    found = seen(parquet("a.parquet", {"audio": sounds}))
    assert found.reasons == [(0, "no-bytes")]
    assert "audio/path" in found.unread[0].detail


def test_equal_row_groups_are_equal_pieces_and_other_ones_are_not(parquet, tmp_path):
    texts = [f"text {i}" for i in range(100)]

    def digest(name, columns, **options):
        file = tmp_path / parquet(name, columns, **options)
        (unit,) = reader.units(Source(file, name, file.stat().st_size))
        (piece,) = reader.pieces(unit, ReadSettings())
        return piece.content

    first = digest("a.parquet", {"text": texts, "embedding": [[1.0]] * 100})
    assert digest("b.parquet", {"text": texts, "embedding": [[2.0]] * 100}) == first
    assert digest("c.parquet", {"text": [*texts[:-1], "text 9X"], "embedding": [[1.0]] * 100}) != first
    assert digest("d.parquet", {"body": texts, "embedding": [[1.0]] * 100}) != first


def test_a_row_group_of_nothing_but_nulls_without_end_is_not_read(seen, parquet, monkeypatch):
    monkeypatch.setattr(reader, "ROWS_FROM", 1000)
    assert seen(parquet("a.parquet", {"text": pa.nulls(1 << 20, pa.string())}), Limits(ratio=20)).reasons == [(0, "too-large")]


def test_a_table_in_an_archive_is_read_under_the_name_of_its_member(parquet, tmp_path):
    name = parquet("a.parquet", {"text": ["a", None], "url": ["u", None]})
    batch, unread = reader.member("data/a.parquet", (tmp_path / name).read_bytes(), ReadSettings())
    assert (batch.place(0).record, batch.place(0).locator) == ("data/a.parquet", "#data/a.parquet#0/text")
    assert batch.metadata(0) == {"url": "u"}
    assert (unread.record, unread.detail.startswith("record 1: ")) == ("data/a.parquet", True)
    assert [part.reason for part in reader.member("b", b"PAR1 no more", ReadSettings())] == ["truncated"]


def test_columns_whose_types_repeat_values_are_read(seen, tmp_path):
    dictionary = pa.DictionaryArray.from_arrays(pa.array([0, 0, 1], pa.int8()), pa.array(["one", "two"]))
    found = seen_of_table(seen, tmp_path, pa.table({"text": dictionary, "lists": [["a"], [], ["b", "c"]]}))
    assert {key.partition("#")[2]: text for key, text in found.items.items()} == {
        "0/text": "one", "1/text": "one", "2/text": "two", "0/lists/0": "a", "2/lists/0": "b", "2/lists/1": "c",
    }  # fmt: skip


def test_ten_thousand_columns_are_read(seen, parquet):
    found = seen(parquet("a.parquet", {f"c{i}": [str(i)] for i in range(10_000)}))
    assert (len(found.items), found.items["a.parquet#0/c9999"]) == (10_000, "9999")


def misnamed(file, group):
    """Makes a column's name in a row group's description, but not in the schema, one that is no UTF-8."""
    data, name = bytearray(file.read_bytes()), b"quite_a_text"
    places = [at for at in range(len(data)) if data.startswith(name, at)]
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    at = [place for place in places if place > footer][1 + group]  # the first is the schema's
    data[at] = 0xFF
    file.write_bytes(data)


def test_a_column_whose_name_is_no_utf_8_costs_its_row_groups(seen, parquet, tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "RANGE", 1)
    monkeypatch.setattr(reader, "WHOLE", 1)
    table = pa.table({"quite_a_text": [f"text {i}" for i in range(30)]})
    misnamed(tmp_path / parquet("a.parquet", table, row_group_size=10, store_schema=False), 1)
    found = seen("a.parquet", text_columns=("quite_a_text",))
    assert found.reasons == [(10, "undecodable")]
    assert {place.record for place in found.places} == {*range(10), *range(20, 30)}


def test_a_member_whose_column_has_a_name_that_is_no_utf_8_is_unread_by_its_row_groups(parquet, tmp_path):
    table = pa.table({"quite_a_text": ["text " * 50] * 30})
    file = tmp_path / parquet("a.parquet", table, row_group_size=10, store_schema=False, compression="zstd")
    misnamed(file, 0)
    found = list(reader.member("m.parquet", file.read_bytes(), ReadSettings(Limits(ratio=0, ratio_from=1), ("quite_a_text",))))
    assert [part.reason for part in found] == ["undecodable", "too-large", "too-large"]


def test_a_description_that_cannot_be_read_leaves_the_file_one_unit(parquet, tmp_path, monkeypatch):
    file = tmp_path / parquet("a.parquet", {"text": ["a"] * 20}, row_group_size=10)
    monkeypatch.setattr(reader, "WHOLE", 1)
    monkeypatch.setattr(reader, "RANGE", 1)
    source = Source(file, "a.parquet", file.stat().st_size)
    assert len(reader.units(source)) == 2

    def damaged(_file):
        raise OSError("no such type")

    monkeypatch.setattr(reader, "_work", damaged)
    assert [(unit.start, unit.stop) for unit in reader.units(source)] == [(None, None)]


@pytest.mark.parametrize("before", [0, 3])
def test_what_is_said_of_a_damaged_row_group_does_not_tell_where_it_stood(seen, parquet, tmp_path, monkeypatch, before):
    monkeypatch.setattr(reader, "RANGE", 1)
    monkeypatch.setattr(reader, "WHOLE", 1)
    texts = ["other " * 30] * 10 * before + [f"text {i} " * 20 for i in range(10)]
    file = tmp_path / parquet(
        "a.parquet", {"text": texts}, row_group_size=10, compression="snappy", use_dictionary=False, write_statistics=False
    )
    column = pq.ParquetFile(file).metadata.row_group(before).column(0)
    data = bytearray(file.read_bytes())
    data[column.data_page_offset + 60 : column.data_page_offset + column.total_compressed_size] = bytes(column.total_compressed_size - 60)
    file.write_bytes(data)
    (unread,) = seen("a.parquet").unread
    assert unread.record == 10 * before
    assert unread.detail.startswith("the last 10 rows of a row group cannot be read: ")


def test_what_is_said_of_a_row_group_too_large_does_not_tell_where_it_stood(seen, parquet):
    found = seen(parquet("a.parquet", {"text": ["A" * 10_000] * 30}, row_group_size=10, compression="zstd"), Limits(ratio=0, ratio_from=1))
    assert len({entry.detail for entry in found.unread}) == 1
    assert found.reasons == [(0, "too-large"), (10, "too-large"), (20, "too-large")]


def test_a_codec_that_nobody_knows_costs_its_row_group(seen, parquet, tmp_path):
    file = tmp_path / parquet("a.parquet", {"text": ["a", "b"]}, compression="snappy", store_schema=False)
    data = bytearray(file.read_bytes())
    at = data.rindex(b"\x04text\x15\x02") + 6  # of the column's description: its path, then field 4, codec 1 in zigzag (parquet.thrift)
    data[at] = 2 * 56
    file.write_bytes(data)
    assert seen("a.parquet").reasons == [(0, "undecodable")]
