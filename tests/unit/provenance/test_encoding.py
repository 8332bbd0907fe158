"""A result is the same after it was written and read; what is no result raises ValueError and nothing else."""

import struct
from contextlib import suppress
from dataclasses import fields
from types import MappingProxyType

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints.model import Chance, Kind, Match, Modality, Segment
from provenance.encoding import decode, encode, packed, packed_content
from provenance.model import Attachment, Excluded, Item, PieceResult, Reuse, Unread

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DIGEST = st.binary(min_size=32, max_size=32).map(bytes.hex)
COUNT = st.integers(0, 2**63 - 1)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\:\0"), min_size=1, max_size=12).filter(
    lambda name: name not in {".", ".."}
)
MODALITY = st.sampled_from(Modality)
COUNTS = st.dictionaries(st.sampled_from([*map(str, Modality), "other"]), COUNT, max_size=4)
RECORD = st.none() | COUNT | TEXT
POINT = st.tuples(FLOAT, FLOAT)
WHERE = st.tuples(COUNT, COUNT) | st.tuples(POINT, POINT, POINT, POINT)
SEGMENT = st.builds(Segment, st.sampled_from(["char", "px", "ms"]), WHERE, WHERE)
CHANCE = st.builds(Chance, FLOAT, TEXT, st.sampled_from(["observed", "modelled"]), COUNT)
MEASURES = st.dictionaries(TEXT, st.booleans() | COUNT | FLOAT | TEXT, max_size=3)
SEGMENTS = st.lists(SEGMENT, max_size=2).map(tuple)
MATCH = st.builds(Match, MODALITY, st.sampled_from(Kind), TEXT, FLOAT, SEGMENTS, FLOAT, FLOAT, CHANCE, MEASURES)
METADATA = st.dictionaries(TEXT, TEXT, max_size=2)
ITEM = st.builds(Item, TEXT, RECORD, st.none() | TEXT, TEXT, MODALITY, DIGEST, METADATA)
REUSES = st.dictionaries(DIGEST | TEXT, st.lists(st.builds(Reuse, ITEM, TEXT, DIGEST, MATCH), max_size=2).map(tuple), max_size=3)
UNREAD = st.lists(st.builds(Unread, TEXT, RECORD, TEXT, TEXT, st.none() | MODALITY), max_size=2).map(tuple)
EXCLUDED = st.lists(st.builds(Excluded, TEXT, COUNT, st.lists(TEXT, max_size=2).map(tuple), st.none() | MODALITY), max_size=2).map(tuple)
EXHIBITS = st.none() | st.lists(st.builds(Attachment, NAME, st.binary(max_size=50)), max_size=2).map(tuple)
FIELDS = {
    "content": DIGEST | TEXT,
    "rows": COUNT,
    "size": COUNT,
    "seen": COUNTS,
    "scanned": COUNTS,
    "bytes": COUNT,
    "unread": UNREAD,
    "excluded": EXCLUDED,
    "reuses": REUSES,
    "exhibits": EXHIBITS,
    "file": st.none() | DIGEST,
}
RESULT = st.builds(PieceResult, **FIELDS)


def test_the_property_below_draws_every_field_of_a_result() -> None:
    assert FIELDS.keys() == {field.name for field in fields(PieceResult)}


@given(RESULT)
def test_a_result_read_is_the_result_written_to_the_last_bit(result: PieceResult) -> None:
    back = decode(*encode(result))
    assert back == result
    assert repr(back) == repr(result)  # which tells 1 from 1.0 and True, 0.0 from -0.0, and shows order


def test_mappings_that_are_no_dict_are_written_as_if_they_were() -> None:
    seen = MappingProxyType({"text": 3})
    assert decode(*encode(PieceResult("", 1, 1, seen, seen, 1))).seen == {"text": 3}


@given(st.binary(max_size=80), st.binary(max_size=200))
def test_random_bytes_raise_value_errors_only(head: bytes, payload: bytes) -> None:
    with pytest.raises(ValueError):
        decode(head, payload)


@given(RESULT, st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_raises_value_errors_or_gives_a_result(result: PieceResult, at: int, change: int) -> None:
    head, payload = encode(result)
    data = bytearray(payload)
    data[at % len(data)] ^= change
    with suppress(ValueError):
        assert isinstance(decode(head, bytes(data)), PieceResult)


@pytest.mark.parametrize("values", [[], {}, 1, [{}, [], None], [{"rows": 1}, 3, None], [{}, [[1]], [["a", "b"]]], [{}, [], [["a", -1]]]])
def test_json_that_is_no_result_raises_value_error(values: object) -> None:
    body = orjson.dumps(values)
    with pytest.raises(ValueError):
        decode(packed("ab" * 32), struct.pack("<I", len(body)) + body)


@pytest.mark.parametrize("name", ["../up", "a/b", "a\\b", "C:x", "", ".", "..", "a\0b"])
def test_an_exhibit_that_would_leave_its_folder_is_refused(name: str) -> None:
    result = PieceResult("", 0, 0, {}, {}, 0, exhibits=(Attachment(name, b"x"),))
    with pytest.raises(ValueError, match="cannot stand here"):
        decode(*encode(result))


def test_a_number_that_is_not_finite_never_becomes_another_one() -> None:
    item = Item("", 0, "text", "#0/text", Modality.TEXT, "0" * 64)
    match = Match(Modality.TEXT, Kind.LEAD, "s", float("nan"), (), 1.0, 1.0, Chance(1.0, "t", "observed", 1))
    with pytest.raises(ValueError):
        decode(*encode(PieceResult("", 0, 0, {}, {}, 0, reuses={"s": (Reuse(item, "w", "a", match),)})))


@given(DIGEST | TEXT, st.lists(DIGEST | TEXT, max_size=3, unique=True))
def test_the_content_stands_first_in_a_head(content: str, shards: list[str]) -> None:
    head, _ = encode(PieceResult(content, 0, 0, {}, {}, 0, reuses=dict.fromkeys(shards, ())))
    assert packed_content(head) == packed(content)


def test_a_name_too_long_for_a_head_is_refused() -> None:
    with pytest.raises(ValueError, match="255 bytes"):
        packed("x" * 255)
