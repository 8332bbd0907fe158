"""Texts as words that are equal when a reader would call them equal, with the place of each in the original text."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.compiled import COMPILED
from fingerprints.text import tokens, vectorised_tokens
from fingerprints.text.bits import MARGIN
from fingerprints.text.characters import Characters

Bytes: TypeAlias = NDArray[np.uint8]
Hashes: TypeAlias = NDArray[np.uint32]
Places: TypeAlias = NDArray[np.int64]
Offsets: TypeAlias = NDArray[np.int64]

CONTINUES = (np.uint8(0xC0), np.uint8(0x80))  # mask and value of a byte that continues a character
MOST_UNKNOWN = 256  # characters learnt in one go
_tokenise_texts = tokens.tokenise_texts if COMPILED else vectorised_tokens.tokenise_texts


def most_words(size: int, texts: int) -> int:
    """Room for the words of so many bytes in so many texts: "aB aB" is four words in five bytes, and nothing is denser."""
    return 2 * (size + texts) // 3 + 1


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The words of several texts, one after the other."""

    hashes: Hashes
    """(words,) equal for equal normalised words; ``tokens.letters`` of a hash gives the word's length."""
    texts: Offsets
    """(number of texts + 1,) index of each text's first word."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedWords:
    """The words of one text with their places in it."""

    hashes: Hashes
    """(words,)"""
    starts: Places
    """(words,) first code point of each word."""
    stops: Places
    """(words,) the code point behind each word."""
    size: int
    """Code points of the text."""


class Normaliser:
    """Cuts UTF-8 texts into words; learns the characters it meets, so that one per process is best."""

    def __init__(self) -> None:
        self._characters = Characters()
        self._room, self._hashes = np.empty(0, np.uint8), np.empty(0, np.uint32)  # kept: fresh pages would cost a quarter of the time

    def words(self, data: Bytes, offsets: Offsets) -> Words:
        """The words of the texts data[offsets[n]:offsets[n + 1]], UTF-8 as in an Arrow column; the next call overwrites them."""
        first, size = int(offsets[0]), int(offsets[-1] - offsets[0])
        if self._hashes.size < most_words(size, offsets.size):
            self._hashes = np.empty(most_words(size, offsets.size), np.uint32)
        texts = self._tokenised(data[first : first + size], offsets - first, self._hashes, None)
        return Words(self._hashes[: texts[-1]], texts)

    def placed(self, text: bytes) -> PlacedWords:
        """The words of one text, and where each stands."""
        data = np.frombuffer(text, np.uint8)
        room = most_words(data.size, 1)
        hashes, bounds = np.empty(room, np.uint32), np.empty((room, 2), np.int64)
        count = int(self._tokenised(data, np.array([0, data.size]), hashes, bounds)[-1])
        places = bounds[:count].ravel()
        following = np.flatnonzero((data & CONTINUES[0]) == CONTINUES[1])
        tokens.to_code_points(following, places)
        return PlacedWords(hashes[:count], places[::2], places[1::2], data.size - following.size)

    def _tokenised(self, data: Bytes, offsets: Offsets, hashes: Hashes, bounds: Places | None) -> Offsets:
        """Index of each text's first word, and behind the last."""
        if self._room.size < data.size + MARGIN:
            self._room = np.empty(data.size + MARGIN, np.uint8)
        self._room[: data.size] = data
        texts, unknown, table = np.zeros(offsets.size, np.int64), np.zeros(MOST_UNKNOWN, np.uint32), self._characters
        text = 0
        while text < offsets.size - 1:
            text, missing = _tokenise_texts(
                self._room, offsets, text, table.codes, table.entries, table.folded, unknown, hashes, bounds, texts
            )
            table.learn(unknown[:missing].tolist())
        return texts
