"""Words that a reader would call equal have equal hashes, and stand where the original text has them."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints.text.normalise import Normaliser
from fingerprints.text.tokens import letters

NORMALISER = Normaliser()
PLAIN = "The office don't know; a well-known example of naive cooperation, 42 times"


def hashes(text: str) -> list[int]:
    return NORMALISER.placed(text.encode()).hashes.tolist()


def spans(text: str) -> list[str]:
    words = NORMALISER.placed(text.encode())
    return [text[start:stop] for start, stop in zip(words.starts, words.stops, strict=True)]


@pytest.mark.parametrize(
    "variant",
    [
        PLAIN.upper(),
        PLAIN.title(),
        PLAIN.replace(" ", "\n   "),
        PLAIN.replace(" ", "\u00a0\u2009"),
        PLAIN.replace("don't", "don\u2019t"),
        PLAIN.replace("don't", "dont"),
        PLAIN.replace(";", " \u2014 ").replace(",", "\u201d"),
        PLAIN.replace("office", "o\ufb03ce"),
        PLAIN.replace("office", "of\u00adfi\u200bce\u2060"),
        PLAIN.replace("example", "exam-\n    ple"),
        PLAIN.replace("example", "exam-\r\nple"),
        PLAIN.replace("example", "exam\u00ad\nple"),
        PLAIN.replace("well-known", "well-\nknown"),
        PLAIN.replace("well-known", "_well_-*known*").replace("_-*", "-"),
        PLAIN.replace("naive", "na\u00efve"),
        PLAIN.replace("naive", "nai\u0308ve"),
        PLAIN.replace("cooperation", "c\u043e\u043ep\u0435r\u0430ti\u043en"),  # Cyrillic
        PLAIN.replace("cooperation", "c\u03bf\u03bfperati\u03bfn"),  # Greek
        PLAIN.replace("42", "\uff14\uff12").replace("times", "\uff54\uff49\uff4d\uff45\uff53"),  # full width
        PLAIN.replace("know", "\U0001d424\U0001d427\U0001d428\U0001d430"),  # mathematical bold
        f"_{PLAIN}_",
        f"\ufeff\u201c{PLAIN}\u201d",
    ],
)
def test_a_disguise_does_not_change_the_words(variant):
    assert hashes(variant) == hashes(PLAIN)


@pytest.mark.parametrize("other", [PLAIN.replace("a well", "the well"), PLAIN.replace("42", "43"), PLAIN.replace("know;", "k now;")])
def test_another_word_changes_the_words(other):
    assert hashes(other) != hashes(PLAIN)


def test_words_stand_where_the_original_text_has_them():
    text = "\u201cNai\u0308ve\u201d, it\u2019s an exam-\n  ple \U0001f600 of \u65e5\u672c x"
    assert spans(text) == ["Nai\u0308ve", "it\u2019s", "an", "exam-\n  ple", "of", "\u65e5", "\u672c", "x"]


def test_a_paragraph_or_a_dash_ends_a_word():
    assert spans("one-\n\ntwo three--four five - six 'seven' eight-") == ["one", "two", "three", "four", "five", "six", "seven", "eight"]


def test_each_character_of_a_script_without_spaces_is_a_word():
    words = NORMALISER.placed("吾輩は猫である abc สวัสดี".encode())
    assert [letters(word) for word in words.hashes] == [0] * 7 + [3] + [0] * 4  # vowel signs above belong to their consonant


@given(st.text())
def test_words_lie_inside_the_text_in_order(text):
    encoded = text.encode("utf-8", "replace")
    words = NORMALISER.placed(encoded)
    assert words.size == len(encoded.decode())
    edges = [edge for pair in zip(words.starts.tolist(), words.stops.tolist(), strict=True) for edge in pair]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
    assert all(start < stop for start, stop in zip(words.starts, words.stops, strict=True))


@given(st.lists(st.text(alphabet=st.characters(max_codepoint=127)), min_size=1))
def test_ascii_is_read_the_same_with_and_without_other_characters_beside_it(texts):
    joined = "\n\n".join(texts)
    assert hashes(f"{joined}\n\n\u2014") == hashes(joined)


@given(st.text(alphabet=st.characters(categories=["Ll", "Nd", "Zs"])))
def test_composition_and_case_do_not_matter(text):
    once = hashes(text)
    assert hashes(unicodedata.normalize("NFD", text)) == once
    assert hashes(unicodedata.normalize("NFC", text)) == once
    assert hashes(text.casefold()) == once


@given(st.binary(max_size=200))
def test_bytes_that_are_no_utf8_are_read_within_bounds(data):
    words = NORMALISER.placed(data)
    assert all(0 <= stop <= len(data) for stop in words.stops.tolist())


def test_texts_of_a_column_are_kept_apart():
    texts = ["one two", "", "three \u65e5", "four"]
    data = "".join(texts).encode()
    ends = [len("".join(texts[:n]).encode()) for n in range(len(texts) + 1)]
    words = NORMALISER.words(np.frombuffer(data, np.uint8), np.array(ends, np.int64))
    assert words.texts.tolist() == [0, 2, 2, 4, 5]
    assert words.hashes.tolist() == [word for text in texts for word in hashes(text)]
