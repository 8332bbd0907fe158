"""Text without end that reads like what it was trained on: a word-level Markov chain (Shannon 1948) over a body of prose.

A chain of order 2 repeats long phrases of its training, so that two texts of one chain would share passages. Here each step forgets a part
of what went before, at random: mostly one word is remembered, sometimes two, now and then none. That texts made so share no passage is
not assumed but counted (``shared_runs``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from text_peers.prose import Paragraph

Numbers: TypeAlias = NDArray[np.int32]
Bytes: TypeAlias = NDArray[np.uint8]

TWO_WORDS: Final = 0.2
"""Steps that remember two words."""
NO_WORD: Final = 0.2
"""Steps that remember none; the rest remember one."""
LINE_WORDS: Final = 60
"""After so many words, the next sentence begins a paragraph."""
ACCENTS: Final = str.maketrans("aeiou", "áéíöü")


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """A trained chain."""

    vocabulary: tuple[str, ...]
    tokens: Numbers
    """(words,) the training text."""
    after_one: tuple[Numbers, Numbers, Numbers]
    """Places of the training text sorted by their word; for each place, where those of the same word begin and how many they are."""
    after_two: tuple[Numbers, Numbers, Numbers]
    """The same by the last two words."""
    pool: Bytes
    bounds: NDArray[np.int64]
    """(vocabulary + 1,) where each word's UTF-8 begins in the pool."""

    @classmethod
    def of(cls, paragraphs: Iterable[Paragraph], accented: float = 0.0) -> "Chain":
        """A chain trained on these paragraphs; so great a share of its vocabulary is spelled with accents."""
        words = [word for paragraph in paragraphs for word in paragraph]
        known = {word: number for number, word in enumerate(dict.fromkeys(words))}
        tokens = np.array([known[word] for word in words], np.int32)
        chosen = np.random.default_rng(5).random(len(known)) < accented
        spelled = tuple(word.translate(ACCENTS) if accent else word for word, accent in zip(known, chosen.tolist(), strict=True))
        encoded = [word.encode() for word in spelled]
        bounds = np.concatenate([[0], np.cumsum([len(word) for word in encoded])])
        pairs = np.concatenate([[0], tokens[:-1].astype(np.int64) * len(known) + tokens[1:]])
        return cls(spelled, tokens, _grouped(tokens), _grouped(pairs), np.frombuffer(b"".join(encoded), np.uint8), bounds)

    def texts(self, words: Sequence[int], seed: int) -> list[str]:
        """Texts of so many words each; the same seed gives the same texts."""
        places = walk(self.tokens.size, *self.after_one, *self.after_two, sum(words), seed)
        tokens, ends = self.tokens[places], np.cumsum(words)
        return [str(spell(part, self.pool, self.bounds).data, "utf-8") for part in np.split(tokens, ends[:-1])]


def _grouped(keys: NDArray[np.integer]) -> tuple[Numbers, Numbers, Numbers]:
    order = np.argsort(keys, kind="stable").astype(np.int32)
    _, group, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    starts = np.cumsum(sizes) - sizes
    return order, starts[group].astype(np.int32), sizes[group].astype(np.int32)


@njit(nogil=True)
def walk(size, order1, starts1, sizes1, order2, starts2, sizes2, count, seed):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Places in the training text, one a word: (count,) int32."""
    np.random.seed(seed)
    places = np.empty(count, np.int32)
    at = np.random.randint(size)
    for n in range(count):
        memory = np.random.random()
        if memory < NO_WORD:
            at = np.random.randint(size)
        elif memory < NO_WORD + TWO_WORDS:
            at = order2[starts2[at] + np.random.randint(sizes2[at])] + 1
        else:
            at = order1[starts1[at] + np.random.randint(sizes1[at])] + 1
        if at == size:
            at = 0
        places[n] = at
    return places


@njit(nogil=True)
def spell(tokens, pool, bounds):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """The words one after the other, as UTF-8; sentences begin a new line now and then."""
    total = 0
    for token in tokens:
        total += bounds[token + 1] - bounds[token] + 1
    text = np.empty(max(0, total - 1), np.uint8)
    end, line = 0, 0
    for token in tokens:
        if end:
            line += 1
            new = line > LINE_WORDS and text[end - 1] == 46  # a full stop
            text[end] = 10 if new else 32
            line = 0 if new else line
            end += 1
        for at in range(bounds[token], bounds[token + 1]):
            text[end] = pool[at]
            end += 1
    return text


def shared_runs(one: Sequence[str], other: Sequence[str], words: int) -> float:
    """Share of the places of the other texts where so many words stand in a row that stand in one of the first."""
    known, asked = (np.concatenate([_hashes(text, words) for text in texts]) for texts in (one, other))
    return float(np.isin(asked, known).mean()) if asked.size else 0.0


def _hashes(text: str, words: int) -> NDArray[np.int64]:
    hashes = np.array([hash(word.strip(".,;:!?()'\"`*")) for word in text.lower().split()], np.int64)
    runs = np.zeros(max(0, hashes.size - words + 1), np.int64)
    for at in range(words):
        runs = runs * np.int64(0x9E3779B97F4A7C1) + hashes[at : at + runs.size]
        runs ^= runs >> np.int64(29)
    return runs
