"""A piece's result as bytes, and back: what the cache keeps and what the parts of an audit are made of.

A result is two byte strings. The head names the content and the index shards, so that an index can be built from heads alone. The payload
is the rest as JSON, its length before it, and behind it the exhibits as they are. Nothing in either is ever executed.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from provenance.model import Attachment, PieceResult, Reuse

LENGTH: Final = struct.Struct("<I")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
LONGEST_NAME: Final = 0xFE  # bytes of UTF-8
SHA256: Final = 0xFF  # stands where a length would


RESULT: Final = TypeAdapter(PieceResult)
BODY: Final = TypeAdapter(tuple[dict[str, Any], tuple[tuple[Reuse, ...], ...], list[tuple[str, int]] | None])
"""The JSON of a payload: plain fields; matches by shard, in the order of the head, or nothing; name and size of each exhibit."""
APART: Final = {"content", "reuses", "exhibits"}
PLAIN: Final = tuple(field for field in fields(PieceResult) if field.name not in APART)


def encode(result: PieceResult) -> tuple[bytes, bytes]:
    """Head and payload of a result; ``decode`` gives an equal one.

    Raises ValueError where a name is too long. A number that is not finite has no form in JSON: such a result does not decode.
    """
    plain = {field.name: value for field in PLAIN if (value := getattr(result, field.name)) != field.default}
    reuses = tuple(result.reuses.values()) if any(result.reuses.values()) else ()
    exhibits = result.exhibits or ()
    listed = None if result.exhibits is None else [(each.name, len(each.content)) for each in exhibits]
    body = orjson.dumps((plain, reuses, listed), default=dict)  # for mappings that are no dict
    head = b"".join(packed(name) for name in (result.content, *result.reuses))
    return head, b"".join((LENGTH.pack(len(body)), body, *(each.content for each in exhibits)))


def decode(head: bytes, payload: bytes) -> PieceResult:
    """The result in a head and a payload; raises ValueError where they are not what ``encode`` gives."""
    content, *shards = _unpacked(head)
    if len(payload) < LENGTH.size:
        raise ValueError("the payload is cut short")
    end = LENGTH.size + LENGTH.unpack_from(payload)[0]
    plain, reuses, listed = BODY.validate_json(payload[LENGTH.size : end])
    exhibits = tuple(_attachments(listed or [], memoryview(payload)[end:]))
    apart = {
        "content": content,
        "reuses": dict(zip(shards, reuses or ((),) * len(shards), strict=True)),
        "exhibits": None if listed is None else exhibits,
    }
    return RESULT.validate_python(plain | apart)


def packed(name: str) -> bytes:
    """A name in few bytes: its length and its UTF-8, or ``SHA256`` and the 32 bytes of a digest."""
    if DIGEST.fullmatch(name):
        return bytes((SHA256,)) + bytes.fromhex(name)
    data = name.encode()
    if len(data) > LONGEST_NAME:
        raise ValueError(f"a content or an index shard has a name of {len(data)} bytes, more than {LONGEST_NAME}")
    return bytes((len(data),)) + data


def packed_content(head: bytes) -> bytes:
    """The packed name of the content with which a head begins."""
    return head[: 1 + _length(head[0])]


def _length(tag: int) -> int:
    return 32 if tag == SHA256 else tag


def _unpacked(head: bytes) -> Iterator[str]:
    """The names in a head."""
    at = 0
    while at < len(head):
        tag = head[at]
        data = head[at + 1 : at + 1 + _length(tag)]
        if len(data) != _length(tag):
            raise ValueError("the head is cut short")
        yield data.hex() if tag == SHA256 else data.decode()
        at += 1 + len(data)


def _attachments(listed: list[tuple[str, int]], content: memoryview) -> Iterator[Attachment]:
    """The exhibits behind the JSON; a name that leads out of the evidence folder is refused, for parts come from elsewhere."""
    at = 0
    for name, size in listed:
        if size < 0 or at + size > len(content) or not name or name in {".", ".."} or re.search(r"[/\\\0:]", name):
            raise ValueError(f"an exhibit {name!r} of {size} bytes cannot stand here")
        yield Attachment(name, bytes(content[at : at + size]))
        at += size
    if at != len(content):
        raise ValueError("something stands behind the last exhibit")
