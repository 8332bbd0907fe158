"""Windows of a few sentences' length, in code points, and the stems of the words in them."""

import re
from collections import deque
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import xxhash
from numpy.typing import NDArray

from fingerprints.model import Interval
from fingerprints.text.semantic.scheme import LEAST_WORDS, WINDOW_WORDS

Stems: TypeAlias = NDArray[np.uint32]

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, Kana and Han: a character counts as a word."""
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]{{1,100}}")
"""A run of letters and digits; it has a bound, so that a file without spaces is cut too."""
STEM_LETTERS = 6
LEAST_LETTERS = 4
"""Shorter words are articles, pronouns and prepositions more often than not."""


def windows(text: str, overlap: int = 1) -> Iterator[Interval]:
    """The windows of a text in order, half-open, in code points: WINDOW_WORDS words each, the last as many as are left.

    With an overlap of n a window begins where an n-th part of the one before is over. A last window of fewer than LEAST_WORDS words is
    left out; so is a text of fewer. Memory does not grow with the text.
    """
    step = WINDOW_WORDS // overlap
    held: deque[Interval] = deque()
    new = 0
    for word in WORD.finditer(text):
        held.append(word.span())
        new += 1
        if len(held) == WINDOW_WORDS:
            yield held[0][0], held[-1][1]
            new = 0
            for _ in range(step):
                held.popleft()
    if new and len(held) >= LEAST_WORDS:
        yield held[0][0], held[-1][1]


def stems(text: str) -> Stems:
    """The sorted hashes of the stems of the longer words, each once: what a rewriting keeps of names, numbers and subjects.

    A stem is a word's first STEM_LETTERS letters: inflection changes what follows.
    """
    words = (found[0] for found in WORD.finditer(text.casefold()))
    found = {word[:STEM_LETTERS] for word in words if len(word) >= LEAST_LETTERS or word.isdigit() or word >= UNSPACED[0]}
    return np.sort(np.array([xxhash.xxh32_intdigest(stem.encode()) for stem in found], np.uint32))
