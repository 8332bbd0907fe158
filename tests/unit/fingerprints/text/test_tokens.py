"""Words found sixty-four bytes at a time are those that are found character by character."""

import string
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprints.text import tokens
from fingerprints.text.bits import MARGIN, WIDTH
from fingerprints.text.characters import ALONE, Characters
from fingerprints.text.normalise import Normaliser

APOSTROPHES, HYPHENS = "'`\u2018\u2019\u02bc\uff07\u00b7", "-\u2010\u2011\u00ad\ufe63"
SPACES = (" ", "\t", "\n", "\r\n", "\u00a0", "\u0085", "\u2028", "\u2029", "\u3000", "   \n  ", "\x00", "\x1f")
TYPOGRAPHIC = "".join(map(chr, range(0x2010, 0x2030)))
MARKS = "\u0301\u0336\u064b\u200b\u200d\ufe0f\ufeff\u2044"
LETTERS = "\u00e9\u00c9\u00df\ufb01\u0436\u03b1\u05d0\uac00\u0939\U0001d424\u212a"
UNSPACED = "\u65e5\u306f\u3099\uff8a\uff9e\u0e01\u0e31\u17d2\U00020000"
PIECE = st.one_of(
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=3),
    st.integers(1, 200).map(lambda size: (string.ascii_lowercase * 8)[:size]),
    st.sampled_from(("camelCase", "HTTPServer2xx", "aB", "iPhone", "E\u0301cole", "eE\u0301t")),
    st.sampled_from(APOSTROPHES + HYPHENS + TYPOGRAPHIC + MARKS),
    st.sampled_from(SPACES),
    st.sampled_from(LETTERS + UNSPACED),
    st.sampled_from(string.punctuation),
    st.characters(exclude_categories=["Cs"]),
)
TEXT = st.lists(PIECE, max_size=30).map("".join).map(str.encode)
SHIFT = st.builds(bytes.__mul__, st.sampled_from((b" ", b"x", b"-", b"'")), st.integers(0, WIDTH))
ALIGNED = st.builds(bytes.__add__, SHIFT, TEXT)
BROKEN = st.lists(st.one_of(TEXT, st.binary(min_size=1, max_size=4)), max_size=8).map(b"".join)
"""Bytes that are no UTF-8 between bytes that are."""

Word = tuple[int, int, int]
"""Its hash, its first byte, and the byte behind it."""


def by_blocks(*texts: bytes) -> list[list[Word]]:
    """The words of each text of a column, as the scanner has them; places within the text."""
    data = np.frombuffer(b"".join(texts), np.uint8)
    offsets = np.cumsum([0, *map(len, texts)])
    bounds = np.empty((data.size // 2 + 1, 2), np.int64)
    hashes = np.empty(data.size // 2 + 1, np.uint32)
    ends = Normaliser()._tokenised(data, offsets, hashes, bounds)
    return [
        [(word, start - begin, stop - begin) for word, (start, stop) in zip(hashes[a:b].tolist(), bounds[a:b].tolist(), strict=True)]
        for begin, (a, b) in zip(offsets.tolist(), pairwise(ends.tolist()), strict=False)
    ]


KNOWN = Characters()


def by_characters(text: bytes) -> list[Word]:
    """The same by spelling the text from its first character to its last."""
    data, end, unknown = np.frombuffer(text + bytes(MARGIN), np.uint8), len(text), np.zeros(1, np.uint32)
    k = 0
    while k < end:
        point, k = tokens._character(data, k, end)
        if KNOWN.codes[point] == tokens.UNKNOWN:
            KNOWN.learn([point])
    words, k = list[Word](), 0
    while k < end:
        point, following = tokens._character(data, k, end)
        if KNOWN.codes[point] < ALONE:
            k = following
            continue
        word, stop, _ = tokens._spelt(data, k, end, KNOWN.codes, KNOWN.entries, KNOWN.folded, unknown, 0)
        words.append((int(word), k, stop))
        k = stop
    return words


@settings(max_examples=400, deadline=None)
@given(ALIGNED)
def test_the_words_of_any_text_are_those_of_spelling_it(text):
    assert by_blocks(text) == [by_characters(text)]


@settings(max_examples=150, deadline=None)
@given(BROKEN)
def test_the_words_of_bytes_that_are_no_utf8_are_those_of_spelling_them(data):
    assert by_blocks(data) == [by_characters(data)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(ALIGNED, BROKEN), max_size=6))
def test_the_texts_of_a_column_have_the_words_that_they_have_alone(texts):
    assert by_blocks(*texts) == [by_characters(text) for text in texts]


@pytest.mark.parametrize("between", [*TYPOGRAPHIC, *APOSTROPHES, *HYPHENS, *SPACES, *MARKS, "- ", "-\n", "'-", "-'", "--", "\u2019\u2014"])
def test_what_stands_between_two_words_does_the_same_at_every_place_of_a_block(between):
    for size in range(1, WIDTH + 8):
        text = f"{'a' * size}{between}bc{between}De".encode()
        assert by_blocks(text) == [by_characters(text)], (between, size)
