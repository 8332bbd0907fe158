"""JSON as data sets write it: a line, or a whole document, as records."""

import codecs
import json
import re
from collections.abc import Mapping, Sequence

import orjson

LENIENT = re.compile(rb"NaN|Infinity|\\u[dD]|\d[eE]|\d{19}")
"""What Python's parser takes and orjson does not; without it a bad line is not parsed twice, at 19 µs each."""


class BadRecordError(Exception):
    """A line that is no record; the message says why."""


def parse(line: bytes) -> Mapping[str, object]:
    """The record on a line; NaN and Infinity, which Python writes and RFC 8259 forbids, are let pass.

    Every string in it, names included, can be encoded. Nesting is bounded by the parsers: 1024 levels (orjson), about 1000
    (Python's). Raises BadRecordError.
    """
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as first:
        record = _leniently(line, first)
    if not isinstance(record, dict):
        raise BadRecordError(f"a JSON {type(record).__name__}, not an object")
    return record


def parse_document(data: bytes) -> Sequence[object]:
    """The records of a whole JSON document: the elements of its list, or the one object that it is; raises BadRecordError."""
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data.lstrip().startswith(b"["):
        return [parse(data)]
    try:
        document: list[object] = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadRecordError(f"no JSON: {error}") from error
    return document


def _leniently(line: bytes, first: ValueError) -> object:
    """What Python's parser makes of a line that is no RFC 8259 JSON; half a surrogate pair, which it lets through, is refused."""
    try:
        text = line.decode("utf-8")
        if not LENIENT.search(line):
            raise BadRecordError(f"no JSON: {first}") from first
        record = json.loads(text)
        json.dumps(record, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRecordError(f"not UTF-8 at byte {error.start} of the line") from error
    except UnicodeEncodeError as error:
        raise BadRecordError("half of a surrogate pair in a name or a value, which is no Unicode text") from error
    except (ValueError, RecursionError):
        raise BadRecordError(f"no JSON: {first}") from first
    return record
