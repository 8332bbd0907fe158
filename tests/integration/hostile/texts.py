"""Texts and JSON: endless lines, bytes that are no text, records that are none."""

import base64
import json
from collections.abc import Iterator

from tests.integration.hostile.entry import MB, file, line

DEEP = 100_000


def beside(bad: bytes, text: str) -> bytes:
    """A bad line between two good ones."""
    return line(text, id=0) + bad + b"\n" + line(text, id=2)


def endless(text: str) -> Iterator[bytes]:
    """A line of 500 MB between two good ones."""
    yield line(text) + b'{"text": "'
    for _ in range(500):
        yield b"many words" * (MB // 10)
    yield b'"}\n' + line(text)


def marked(text: str) -> Iterator[bytes]:
    """A letter with ten million accents behind the passage."""
    yield text.encode() + b" a"
    for _ in range(10):
        yield "\u0301".encode() * 1_000_000


def shouted(text: str) -> bytes:
    """Escape sequences of terminals and marks that turn the direction of writing, around and in the passage's file."""
    return f"\x1b]0;title\x07\x1b[2J\x1b[31m\u202e\u2066{text}\u2069\u202c\x1b[0m\x9b5m".encode()


def notebook(text: str) -> bytes:
    """A Jupyter notebook."""
    return json.dumps({"cells": [{"cell_type": "markdown", "source": [text]}], "metadata": {}, "nbformat": 4}).encode()


BETWEEN = "#0/text #2/text"
TEXTS = (
    file("endless-line.jsonl", endless, "too-large", BETWEEN),
    file("deep.json", lambda _: b"[" * DEEP, "bad-record"),
    file("deep-and-closed.json", lambda _: b'[{"a":' * DEEP + b"1" + b"}]" * DEEP, "bad-record"),
    file("deep-line.jsonl", lambda text: beside(b"[" * DEEP + b"]" * DEEP, text), "bad-record", BETWEEN),
    file("deep-field.jsonl", lambda text: beside(b'{"text":' + b"[" * 900 + b'"x"' + b"]" * 900 + b"}", text), "too-deep", BETWEEN),
    file("nul-lines.jsonl", lambda text: beside(bytes(1000), text), "bad-record", BETWEEN),
    file("latin-1.jsonl", lambda text: beside(b'{"text": "caf\xe9"}', text), "bad-record", BETWEEN),
    file("surrogate.jsonl", lambda text: beside(rb'{"text": "half \ud800 of one"}', text), "bad-record", BETWEEN),
    file("surrogate-name.jsonl", lambda text: beside(rb'{"\udfff": "half of one in a name"}', text), "bad-record", BETWEEN),
    file("digits.jsonl", lambda text: beside(b'{"id": ' + b"9" * 10_000 + b', "text": "t"}', text), "bad-record", BETWEEN),
    file("no-object.jsonl", lambda text: beside(b'"a string"', text), "bad-record", BETWEEN),
    file("cut-line.jsonl", lambda text: line(text) + line(text)[:90], "bad-record", "#0/text"),
    file("returns.jsonl", lambda text: (line(text) * 3).replace(b"\n", b"\r"), "bad-record"),
    file("twice-the-key.jsonl", lambda text: b'{"text": "hidden", ' + line(text)[1:], "", "#0/text"),
    file("nan.jsonl", lambda text: b'{"a": NaN, "b": -Infinity, ' + line(text)[1:], "", "#0/text"),
    file("beyond-float.jsonl", lambda text: b'{"a": 1e400, "b": -1e400, ' + line(text)[1:], "", "#0/text"),
    file("endless-name.jsonl", lambda text: b'{"' + b"k" * (10 * MB) + b'": 1, ' + line(text)[1:], "", "#0/text"),
    file("blank.jsonl", lambda _: b"\n" * MB, "empty"),
    file("byte-order-mark.jsonl", lambda text: b"\xef\xbb\xbf" + line(text), "", "#0/text"),
    file("scalar.json", lambda _: b"3", "bad-record"),
    file("empty-list.json", lambda _: b"[]", "empty"),
    file("list-of-lists.json", lambda _: b"[[1], [2]]", "bad-record"),
    file("base64.json", lambda text: json.dumps({"image": _broken_png(), "text": text}).encode(), "undecodable", "#0/text"),
    file("nul.txt", lambda text: b"a\0b " + text.encode(), "", "."),
    file("latin-1.txt", lambda text: text.encode() + b" caf\xe9 ", "undecodable"),
    file("utf-16.txt", lambda text: text.encode("utf-16"), "", "."),
    file("utf-16-without-mark.txt", lambda text: text.encode("utf-16-le"), "undecodable"),
    file("utf-16-cut.txt", lambda text: text.encode("utf-16")[:-1], "undecodable"),
    file("utf-7.txt", lambda text: b"+AGEAYg- +ADw-script+AD4- " + text.encode(), "", "."),
    file("overlong.txt", lambda text: text.encode() + b" \xc0\xaf \xed\xa0\x80 \xf5\x80\x80\x80", "undecodable"),
    file("marks.txt", marked, "", "."),
    file("escapes.txt", shouted, "", "."),
    file("zeros.txt", lambda _: bytes(MB), "undecodable"),
    file("empty.txt", lambda _: b"", "empty"),
    file("notebook.ipynb", notebook, "", "."),
    file("recursive.yaml", lambda text: b"a: &a [*a, *a]\n# " + text.encode(), "", "."),
)


def _broken_png() -> str:
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(600)).decode()
