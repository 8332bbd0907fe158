"""Texts as words that are equal when a reader would call them equal, with the place of each in the original text."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.text import tokens
from fingerprints.text.characters import Characters

Bytes: TypeAlias = NDArray[np.uint8]
Hashes: TypeAlias = NDArray[np.uint32]
Places: TypeAlias = NDArray[np.int32]
Offsets: TypeAlias = NDArray[np.int64]

MOST_UNKNOWN = 256  # characters learnt in one go


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The words of one or several texts, one after the other."""

    hashes: Hashes
    """A word's hash, equal for equal normalised words."""
    starts: Places
    """Its first code point in its text."""
    stops: Places
    lengths: Bytes
    """Its letters after folding, at most 255; 0 for a character of a script without spaces, which counts as a word."""
    texts: Offsets
    """(number of texts + 1,) index of each text's first word."""
    sizes: Offsets
    """Code points of each text."""


class Normaliser:
    """Cuts UTF-8 texts into words; learns the characters it meets, so that one per process is best."""

    def __init__(self) -> None:
        self._characters = Characters()

    def words(self, data: Bytes, offsets: Offsets) -> Words:
        """The words of the texts data[offsets[n]:offsets[n + 1]], UTF-8 as in an Arrow column."""
        sizes = np.diff(offsets)
        total = int(offsets[-1] - offsets[0] + sizes.size) // 2 + 1  # a word has a byte and one between, or three bytes
        hashes, starts, stops = np.empty(total, np.uint32), np.empty(total, np.int32), np.empty(total, np.int32)
        lengths = np.empty(total, np.uint8)
        texts, points = np.zeros(sizes.size + 1, np.int64), np.zeros(sizes.size, np.int64)
        decoded = np.empty(int(sizes.max(initial=0)), np.uint32)
        unknown = np.zeros(MOST_UNKNOWN, np.uint32)
        text = 0
        while text < sizes.size:
            table = self._characters
            text, missing = tokens.tokenise_texts(
                data,
                offsets,
                text,
                table.codes,
                table.entries,
                table.folded,
                hashes,
                starts,
                stops,
                lengths,
                texts,
                points,
                decoded,
                unknown,
            )
            table.learn(unknown[:missing].tolist())
        count = int(texts[-1])
        return Words(hashes[:count], starts[:count], stops[:count], lengths[:count], texts, points)

    def text(self, text: bytes) -> Words:
        """The words of one text."""
        offsets = np.array([0, len(text)], np.int64)
        offsets.setflags(write=False)  # as in an Arrow column, so that one version is compiled
        return self.words(np.frombuffer(text, np.uint8), offsets)
