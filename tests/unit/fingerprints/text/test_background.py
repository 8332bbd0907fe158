"""Forms of words that are nobody's are known; prose is not."""

import importlib.metadata
import random
from pathlib import Path

import numpy as np
import pytest

from fingerprints.text import background
from fingerprints.text.normalise import Normaliser
from tests.laws.material import prose


def share(text: str) -> float:
    hashes = Normaliser().placed(text.encode()).hashes
    return background.share(hashes, np.arange(hashes.size))


def test_the_table_was_made_with_the_word_hashes_of_this_version():
    assert background.head()["control"] == background.control(), "make it again: python benchmarks/background.py"


def test_the_table_says_what_it_was_made_from_and_holds_no_words():
    assert {"what", "sources", "date", "runs"} <= set(background.head())
    file = Path(background.__file__).with_name("background.txt")
    assert file.stat().st_size < 300_000
    body = [line for line in file.read_text("ascii").splitlines() if not line.startswith("#")]
    assert all(len(line) % 8 == 0 and " " not in line for line in body)


@pytest.mark.parametrize("name", ["click", "numba", "fsspec", "pydantic"])
def test_a_licence_notice_is_background_but_for_its_names(name):
    files = [file for file in importlib.metadata.files(name) or () if file.name.upper().startswith("LICENSE")]
    assert share(files[0].read_text()) >= background.COMMON


@pytest.mark.parametrize(
    "text",
    [
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
        "100, 95, 90, 85, 80, 75, 70, 65, 60, 55, 50",
        "1990 1991 1992 1993 1994 1995 1996 1997",
        "la la la la la la la la la la la la la",
        "tick tock tick tock tick tock tick tock tick tock tick tock",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z",
        "January, February, March, April, May, June, July, August, September, October, November, December",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.",
        "The quick brown fox jumps over the lazy dog.",
    ],
)
def test_what_everybody_counts_and_recites_is_background(text):
    assert share(text) >= background.COMMON


def test_prose_and_figures_are_no_background():
    rng = random.Random(1)
    figures = " ".join(str(rng.randrange(10**6)) for _ in range(2_000))
    for text in (prose(1), prose(2), figures, "3 1 4 1 5 9 2 6 5 3 5 8 9 7 9", "to be or not to be, that is the question", "one two", ""):
        assert share(text) < 0.01


def test_only_the_matched_words_of_a_stretch_count():
    hashes = Normaliser().placed(b"some words before one by one 1 2 3 4 5 6 7 8 and some behind").hashes
    assert background.share(hashes, np.arange(6, 14)) == 1.0
    assert background.share(hashes, np.arange(0, 12)) == 0.5
    assert background.share(hashes, np.arange(0)) == 0.0


def test_a_table_is_read_as_it_was_written():
    table = np.unique(np.random.default_rng(1).integers(0, 1 << background.KEPT_BITS, 100, np.uint64))
    lines = background.written(table).splitlines()
    assert (len(lines), len("".join(lines))) == (7, 800)
    assert lines == sorted(background.written(table[::-1]).splitlines(), key=lines.index)
