import base64
import csv
import gzip
import io
import random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from provenance.model import Source, Unit, Unread
from provenance.readers import ReadSettings, quoting
from provenance.readers import csv as reader
from provenance.readers.limits import MB, Limits

PROSE = "It was the best of times, it was the worst of times; it was the age of wisdom "


class Rows:
    """What the reader gave of a file, with rows numbered over all of it."""

    def __init__(self, folder, data, settings=None, name="a.csv", format_="csv"):
        file = folder / name
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        self.items, self.metadata, self.unread, self.pieces, first = {}, {}, [], [], 0
        for piece in reader.pieces(Unit(Source(file, name, file.stat().st_size), format_), settings or ReadSettings()):
            parts = [piece] if isinstance(piece, Unread) else piece.parts()
            for part in parts:
                if isinstance(part, Unread):
                    self.unread.append((None if part.record is None else part.record + first, part.reason))
                    continue
                for position in range(len(part.media)):
                    place = part.place(position)
                    self.items[place.record + first, place.field] = part.item(position)
                    self.metadata[place.record + first] = part.metadata(position)
            if not isinstance(piece, Unread):
                self.pieces.append(piece)
                first += piece.rows
        self.rows = first


@pytest.fixture
def rows(tmp_path):
    return lambda *arguments, **options: Rows(tmp_path, *arguments, **options)


def test_texts_are_items_and_metadata_stands_beside_them(rows):
    found = rows("id,text,license\n1,Hello,cc0\n2,World,mit\n")
    assert found.items == {(0, "text"): "Hello", (1, "text"): "World"}
    assert found.metadata == {0: {"id": "1", "license": "cc0"}, 1: {"id": "2", "license": "mit"}}


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(rows, delimiter):
    text = "one, two; three | four"
    data = delimiter.join(("id", "text")) + "\n" + f'1{delimiter}"{text}"\n' * 3
    assert set(rows(data).items.values()) == {text}


def test_a_table_of_one_column_is_read_whole(rows):
    assert rows("text\na, b; c\nd\n").items == {(0, "text"): "a, b; c", (1, "text"): "d"}


def test_quotes_line_ends_and_blank_lines_are_read_as_rfc_4180_has_them(rows):
    data = 'text,id\r\n"a ""quoted"" word\nand a line",1\r\n\r\nplain "not quoted",2\rlast,3'
    assert rows(data).items == {(0, "text"): 'a "quoted" word\nand a line', (1, "text"): 'plain "not quoted"', (2, "text"): "last"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(rows, encoding):
    assert rows("text,id\nzwölf 𝄞,1\n".encode(encoding)).items == {(0, "text"): "zwölf 𝄞"}


def test_a_first_row_of_prose_or_of_numbers_is_no_header(rows):
    assert rows(f"{PROSE[:60]}\t1\nb\t2\n").items[0, "0"] == PROSE[:60]
    assert rows(f"{PROSE[:59]}\t1\nb\t2\n").rows == 1
    assert rows("1,2\n3,4\n").rows == 2
    assert rows("1990,text\n3,4\n").rows == 1


def test_missing_cells_at_the_end_and_empty_ones_too_many_are_let_pass(rows):
    found = rows("text,note,id\na\nb,c,1\nd,e,2,,\nf,g,3,x\n")
    expected = {(0, "text"): "a", (1, "text"): "b", (1, "note"): "c", (2, "text"): "d", (2, "note"): "e"}
    assert (found.items, found.unread) == (expected, [(3, "bad-record")])
    assert found.rows == 4


def test_an_unclosed_quote_costs_its_line(rows):
    found = rows('id,text\n1,a\n2,"never closed\n3,c\n4,d\n')
    assert (found.items, found.unread) == ({(0, "text"): "a", (2, "text"): "c", (3, "text"): "d"}, [(1, "bad-record")])


def test_an_unclosed_quote_that_a_later_one_closes_costs_its_line(rows):
    found = rows('id,text,note\n1,"open\n2,b,x\n3,"c"\n')
    assert (found.items[1, "text"], found.items[2, "text"], found.unread) == ("b", "c", [(0, "bad-record")])


def test_an_unclosed_quote_that_makes_a_whole_record_of_two_loses_no_text(rows):
    found = rows('id,text\n1,"open\n2,"b"\n3,c\n')
    assert (found.items, found.unread) == ({(0, "text"): 'open\n2,b"', (1, "text"): "c"}, [])


def test_an_unclosed_quote_does_not_swallow_more_than_the_limit(rows):
    lines = "".join(f"{i},text {i}\n" for i in range(20_000))
    found = rows(f'id,text\n0,"open\n{lines}', ReadSettings(Limits(line=10_000)))
    assert found.unread == [(0, "bad-record")]
    assert found.items[20_000, "text"] == "text 19999"


def test_a_cell_of_seventy_megabytes_is_unread_and_the_rest_is_read(rows):
    found = rows(b'id,text\n1,a\n2,"' + b"x" * 70 * MB + b'"\n3,c\n')
    assert (found.items, found.unread) == ({(0, "text"): "a", (2, "text"): "c"}, [(1, "too-large")])


def test_nuls_are_read_and_bytes_that_are_no_utf_8_cost_their_cell(rows):
    found = rows(b"id,text,note\n1,a\0b,x\n2,\xff\xfe,y\n")
    assert found.items == {(0, "text"): "a\0b", (0, "note"): "x", (1, "note"): "y"}
    assert found.unread == [(1, "bad-record")]


def test_columns_of_one_name_are_told_apart(rows):
    assert rows("text,text,\na,b,c\n").items == {(0, "text"): "a", (0, "text (1)"): "b", (0, ""): "c"}


def test_ten_thousand_columns_are_read_and_a_hundred_thousand_are_not(rows):
    assert len(rows(",".join(f"c{i}" for i in range(10_000)) + "\n" + ",".join("x" * 10_000) + "\n").items) == 10_000
    assert rows(",".join(f"c{i}" for i in range(100_000)) + "\n").unread == [(None, "too-large")]


@pytest.mark.parametrize(
    ("data", "unread"), [("", []), ("\n\n", []), ("id,text\n", [(None, "empty")]), ("id,url\n1,u\n", [(None, "no-bytes")])]
)
def test_what_holds_no_row_says_so(rows, data, unread):
    assert (rows(data).items, rows(data).unread) == ({}, unread)


def test_pictures_in_base64_are_read_though_another_column_is_chosen(rows, png):
    data = f"image,question,hint\n{base64.b64encode(png).decode()},What is it?,A dot\n"
    assert rows(data, ReadSettings(text_columns=("question",))).items == {(0, "image"): png, (0, "question"): "What is it?"}


def test_a_compressed_table_is_read_to_where_it_is_cut(rows):
    lines = "".join(f"{i},{random.Random(i).getrandbits(400):x}\n" for i in range(5000))
    packed = gzip.compress(f"id,text\n{lines}".encode())
    assert len(rows(packed, name="a.csv.gz", format_="csv.gz").items) == 5000
    cut = rows(packed[: len(packed) // 2], name="a.csv.gz", format_="csv.gz")
    assert 0 < len(cut.items) < 5000
    assert cut.unread == [(cut.rows, "truncated")]


def test_an_inserted_row_changes_one_piece(rows, monkeypatch):
    lines = [f'{i},"{PROSE * (i % 7 + 1)}\n{i}"\n' for i in range(40_000)]
    first = [piece.content for piece in rows("id,text\n" + "".join(lines)).pieces]
    lines.insert(20_000, "x,one more\n")
    again = rows("id,text\n" + "".join(lines))
    assert len(first) > 3
    assert len({piece.content for piece in again.pieces} - set(first)) <= 2
    assert again.rows == 40_001


def test_a_table_in_an_archive_is_read_under_the_name_of_its_member(wav):
    batch, unread = reader.member("a/b.csv", b"text,url\nHello,u\nx,y,z\n", ReadSettings())
    assert (batch.place(0).record, batch.place(0).locator) == ("a/b.csv", "#a/b.csv#0/text")
    assert (unread.record, unread.detail) == ("a/b.csv", "record 1: 3 fields, the header has 2")


cells = st.text(st.sampled_from('ab ",;\n\r\x00é'), max_size=8)


@hypothesis_settings(max_examples=200, deadline=None)
@given(table=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=12), end=st.sampled_from(["\n", "\r\n"]))
def test_what_a_writer_quotes_is_read_as_it_was(tmp_path_factory, table, end):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *table])
    found = Rows(tmp_path_factory.getbasetemp(), out.getvalue())
    assert found.unread == []
    assert found.items == {(row, name): cell for row, values in enumerate(table) for name, cell in zip("abc", values, strict=True)}


@hypothesis_settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=200) | st.text(st.sampled_from('a1",\n\r'), max_size=200).map(str.encode), limit=st.sampled_from([20, 1000]))
def test_of_any_bytes_each_record_is_an_item_or_unread(tmp_path_factory, data, limit):
    found = Rows(tmp_path_factory.getbasetemp(), b"text,id\n" + data, ReadSettings(Limits(line=limit)))
    accounted = {row for row, _ in found.items} | {row for row, _ in found.unread if row is not None}
    assert accounted == set(range(found.rows))


@hypothesis_settings(max_examples=200, deadline=None)
@given(data=st.text(st.sampled_from('a",\n\r'), max_size=120).map(str.encode), size=st.integers(1, 40))
def test_records_are_the_same_however_the_stream_is_cut(data, size):
    def cut(step):
        blocks = (data[i : i + step] for i in range(0, len(data), step))
        return [(run.data, run.ends.tolist(), run.fields.tolist()) for run in quoting.runs(blocks, 44, 2, 1 << 20)]

    assert cut(size) == cut(1 << 20)
