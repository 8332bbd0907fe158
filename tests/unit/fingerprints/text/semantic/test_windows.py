import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints.text.semantic.scheme import LEAST_WORDS, WINDOW_WORDS, WORK_OVERLAP
from fingerprints.text.semantic.windows import WORD, stems, windows


def words(count):
    return " ".join(f"word{number}," for number in range(count))


@pytest.mark.parametrize("overlap", [1, WORK_OVERLAP])
@pytest.mark.parametrize("count", [LEAST_WORDS, WINDOW_WORDS, WINDOW_WORDS + 1, 5 * WINDOW_WORDS + 33])
def test_windows_have_their_words_and_overlap_as_asked(count, overlap):
    text = words(count)
    found = [WORD.findall(text[start:stop]) for start, stop in windows(text, overlap)]
    assert all(len(window) == min(count, WINDOW_WORDS) for window in found[:-1])
    assert [window[0] for window in found] == [f"word{WINDOW_WORDS // overlap * number}" for number in range(len(found))]


def test_a_text_below_the_least_has_no_window_and_one_of_the_least_has_one():
    assert list(windows(words(LEAST_WORDS - 1))) == []
    assert list(windows(words(LEAST_WORDS))) == [(0, len(words(LEAST_WORDS)) - 1)]


def test_with_overlap_no_word_but_a_short_tail_is_left_out():
    for count in range(LEAST_WORDS, 4 * WINDOW_WORDS, 7):
        *_, (_, stop) = windows(words(count), WORK_OVERLAP)
        assert stop == len(words(count)) - 1


@given(st.text(max_size=2_000), st.sampled_from([1, 2]))
def test_windows_of_any_text_are_ordered_stretches_of_it(text, overlap):
    places = list(windows(text, overlap))
    assert places == sorted(places)
    assert all(0 <= start < stop <= len(text) for start, stop in places)


def test_a_character_of_a_script_without_spaces_counts_as_a_word():
    text = "一" * (2 * WINDOW_WORDS)
    assert list(windows(text)) == [(0, WINDOW_WORDS), (WINDOW_WORDS, 2 * WINDOW_WORDS)]


@pytest.mark.parametrize("text", ["." * 500_000, "a" * 500_000, "\n" * 500_000, "_" * 500_000, "a." * 250_000], ids=str.__len__)
def test_hostile_text_takes_linear_time(text):
    before = time.process_time()
    assert sum(1 for _ in windows(text)) >= 0
    assert time.process_time() - before < 2


def test_stems_are_sorted_and_unite_what_inflection_divides():
    assert np.array_equal(stems("Attraction rotates the Earth"), stems("attracted earth ROTATES of it"))
    assert stems("the of and a").size == 0
    assert stems("1815").size == 1
    assert (np.diff(stems(words(500)).astype(np.int64)) >= 0).all()
