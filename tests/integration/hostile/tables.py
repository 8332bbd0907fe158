"""Tables whose footers, offsets and quotes lie."""

import io
import zlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

from tests.integration.hostile.entry import FILLER, MB, file
from tests.integration.hostile.packed import deflated


def parquet(table: pa.Table, **options: object) -> bytes:
    """A table in Parquet."""
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def texts(*values: str) -> pa.Table:
    """A table of one column of texts."""
    return pa.table({"text": list(values)})


def dictionary_bomb() -> bytes:
    """Rows of one text of a megabyte, which stands in the file once: 1.5 GB of text."""
    rows = pa.DictionaryArray.from_arrays(pa.array(np.zeros(1500, np.int32)), pa.array(["a" * MB]))
    return parquet(pa.table({"text": rows}), compression="zstd", data_page_size=MB)


def page_bomb() -> bytes:
    """A value of 100 MB, packed to some kilobytes."""
    return parquet(texts("a" * (100 * MB)), compression="zstd", use_dictionary=False, write_statistics=False)


def nested(depth: int) -> bytes:
    """A column of lists of lists, and so on."""
    column = pa.array([FILLER])
    for _ in range(depth):
        column = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), column)
    return parquet(pa.table({"text": column}))


def with_footer(data: bytes, length: int) -> bytes:
    """The file with another length of its footer."""
    return data[:-8] + length.to_bytes(4, "little") + data[-4:]


def noise_in(data: bytes, start: int, size: int = 200) -> bytes:
    """The file with other bytes from a place on."""
    return data[:start] + zlib.compress(b"noise" * 999)[:1] * size + data[start + size :]


def arrow(table: pa.Table, stream: bool = False, **options: object) -> bytes:
    """A table as an Arrow IPC file or stream."""
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(**options)
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(out, table.schema, options=options) as writer:
        writer.write_table(table)
    return out.getvalue()


def with_offsets(*offsets: int) -> bytes:
    """Two texts whose offsets, (0, 1111, 2222) in truth, are others."""
    data = arrow(texts("a" * 1111, "b" * 1111))
    return data.replace(np.array([0, 1111, 2222], np.int32).tobytes(), np.array(offsets, np.int32).tobytes())


def inflated(text: str) -> bytes:
    """A packed buffer that says that it unpacks to a terabyte."""
    data = arrow(texts(text * 9), compression="zstd")
    size = len(text * 9).to_bytes(8, "little")
    at = data.rindex(size + b"\x28\xb5\x2f\xfd")
    return data[:at] + (1 << 40).to_bytes(8, "little") + data[at + 8 :]


def lengthened(text: str) -> bytes:
    """A batch that says that it has 2**40 rows."""
    data = arrow(texts(*[text] * 7777), stream=True)
    return data.replace((7777).to_bytes(8, "little"), (1 << 40).to_bytes(8, "little"))


def open_quote(text: str) -> Iterator[bytes]:
    """A quote that is never closed, with 100 MB behind it."""
    yield f'id,text\n0,"{text}"\n1,"'.encode()
    for _ in range(100):
        yield (b"2," + b"words " * 170 + b"\n") * 1000


def endless_row(text: str) -> Iterator[bytes]:
    """A quote that is never closed, with 100 MB and no line behind it."""
    yield f'id,text\n0,"{text}"\n1,"'.encode()
    for _ in range(100):
        yield b"a" * MB


def wide_header(columns: int) -> bytes:
    """A table of very many columns."""
    return ",".join(f"column {number}" for number in range(columns)).encode() + b"\n" + b"," * (columns - 1) + b"\n"


def rows(text: str, bad: bytes) -> bytes:
    """A bad row between two good ones."""
    return f'id,text\n0,"{text}"\n'.encode() + bad + f'\n2,"{text}"\n'.encode()


BETWEEN = "#0/text #2/text"
TABLES = (
    file("bomb.parquet", lambda _: dictionary_bomb(), "", "", 1500),
    file("page-bomb.parquet", lambda _: page_bomb(), "too-large"),
    file("nested.parquet", lambda _: nested(60), "undecodable"),
    file("nested-less.parquet", lambda _: nested(40), "too-deep"),
    file("footer-too-long.parquet", lambda text: with_footer(parquet(texts(text)), 0x7FFFFFFF), "undecodable"),
    file("footer-of-nothing.parquet", lambda text: with_footer(parquet(texts(text)), 0), "undecodable"),
    file("footer-negative.parquet", lambda text: with_footer(parquet(texts(text)), 0xFFFFFFFF), "undecodable"),
    file("footer-noise.parquet", lambda text: noise_in(data := parquet(texts(text)), len(data) - 150, 100), "undecodable"),
    file("page-noise.parquet", lambda text: noise_in(parquet(texts(text), compression="zstd"), 4), "undecodable"),
    file("cut.parquet", lambda text: parquet(texts(text))[:-9], "truncated"),
    file("magic-alone.parquet", lambda _: b"PAR1", "undecodable"),
    file("no-row-groups.parquet", lambda _: parquet(texts().cast(pa.schema([("text", pa.string())]))), "empty"),
    file("no-columns.parquet", lambda _: parquet(pa.table({})), "empty"),
    file("offsets.arrow", lambda _: with_offsets(0, 1111, 1 << 30), "undecodable"),
    file("offsets-back.arrow", lambda _: with_offsets(0, 2222, -5), "undecodable"),
    file("inflated.arrow", inflated, "too-large"),
    file("lengthened.arrows", lengthened, "too-large"),
    file("cut.arrow", lambda text: arrow(texts(text))[:-90], "truncated", "#0/text"),
    file("cut.arrows", lambda text: arrow(texts(text), stream=True)[:-90], "truncated", "", None),
    file(
        "message-too-long.arrows",
        lambda text: arrow(texts(text), stream=True)[:-8] + b"\xff\xff\xff\xff\xf8\xff\xff\x7f",
        "undecodable",
        "#0/text",
    ),
    file("open-quote.csv", open_quote, "bad-record", "#0/text", 100_000),
    file("endless-row.csv", endless_row, "too-large", "#0/text"),
    file("open-quote-at-end.csv", lambda text: rows(text, b"1,fine") + b'3,"open', "bad-record", BETWEEN, 3),
    file("hundred-thousand-columns.csv", lambda _: wide_header(100_000), "too-large"),
    file("nul.csv", lambda text: rows(text, b"1,a\0b"), "", BETWEEN, 3),
    file("ragged.csv", lambda text: rows(text, b"1" + b",x" * 90), "bad-record", BETWEEN),
    file("latin-1.csv", lambda text: rows(text, b"1,caf\xe9"), "bad-record", BETWEEN),
    file("header-alone.csv", lambda _: b"id,text\n", "empty"),
    file(
        "bomb.csv.gz",
        lambda text: deflated(f'id,text\n0,"{text}"\n'.encode(), b"1," + b"a" * MB + b"\n", 3072),
        "too-large",
        "#0/text",
        None,
    ),
)
