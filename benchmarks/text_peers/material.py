"""Registered works and unrelated documents: generated, or from a folder of the user's own books."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from text_peers import prose
from text_peers.chain import Chain, shared_runs

NOVELS: Final = 8
NOVEL_WORDS: Final = 100_000
DOCUMENT_WORDS: Final = 1_200
ACCENTED: Final = 0.01
"""Words of the generated novels that carry accents, so that there is something to decompose."""
RUN: Final = 12
"""Words in a row that make a finding: the generated texts must share none."""
TOLERATED: Final = 1e-4
"""Share of places where such a run is met by chance, above which the material is unfit."""
LEAST_BOOKS: Final = 4


@dataclass(slots=True)
class Material:
    """What is registered, and what the documents are made of."""

    described: str
    novels: tuple[str, ...]
    works: Chain | None
    """More works, without end; none from books."""
    unrelated: Chain | None
    real: Sequence[str]
    """Prose by people that shares nothing with the works, in documents of DOCUMENT_WORDS."""
    shared: float = 0.0
    """Share of the places of unrelated text where RUN words in a row stand in a novel."""
    _asked: int = field(default=0)

    def documents(self, count: int, words: int = DOCUMENT_WORDS) -> list[str]:
        """Unrelated documents, others at each call; from books, excerpts that may overlap."""
        self._asked += 1
        if self.unrelated:
            return self.unrelated.texts([words] * count, 1000 + self._asked)
        rng = np.random.default_rng(1000 + self._asked)
        chosen = rng.integers(0, len(self.real), (count, -(-words // DOCUMENT_WORDS)))
        return ["\n".join(self.real[at] for at in row) for row in chosen.tolist()]

    def registered(self, words: int) -> list[str]:
        """Works of together so many words; the novels are the first of them."""
        count = max(1, round(words / NOVEL_WORDS))
        if self.works is None:
            raise SystemExit("registries of any size are made of generated works: leave --books out, or leave out the questions of speed")
        return [*self.novels, *self.works.texts([NOVEL_WORDS] * max(1, count - len(self.novels)), 500)][:count]


def generated(words: int) -> Material:
    """Novels and documents of two chains, trained on so many words of packages' prose that share no run of eight."""
    first, second = prose.halves(words)
    works, unrelated = Chain.of(first, ACCENTED), Chain.of(second)
    novels = tuple(works.texts([NOVEL_WORDS] * NOVELS, 1))
    sizes = [sum(map(len, half)) for half in (first, second)]
    told = (
        f"Novels and documents come from two Markov chains, trained on {sizes[0]:,} and {sizes[1]:,} words of prose that this machine's "
        f"packages ship ({len(works.vocabulary):,} and {len(unrelated.vocabulary):,} different words); the training texts share no run of "
        f"{prose.SHARED_WORDS} words."
    )
    real = _cut([word for paragraph in second for word in paragraph])
    return _checked(Material(told, novels, works, unrelated, real))


def of_books(folder: Path) -> Material:
    """Every second book of a folder (``*.txt``) is registered; the documents are of the others."""
    books = [file.read_text("utf-8", "replace") for file in sorted(folder.rglob("*.txt"))]
    if len(books) < LEAST_BOOKS:
        raise SystemExit(f"{folder} has {len(books)} books (*.txt); at least {LEAST_BOOKS} are needed")
    real = [document for book in books[1::2] for document in _cut(book.split())]
    told = f"Works are {len(books[::2])} books of the user's, documents are from {len(books[1::2])} others."
    return _checked(Material(told, tuple(books[::2]), None, None, real))


def _cut(words: Sequence[str]) -> list[str]:
    return [" ".join(words[at : at + DOCUMENT_WORDS]) for at in range(0, len(words) - DOCUMENT_WORDS + 1, DOCUMENT_WORDS)]


def _checked(material: Material) -> Material:
    material.shared = shared_runs(material.novels, material.documents(500), RUN)
    among = shared_runs(material.novels[::2], material.novels[1::2], RUN) if material.works else 0.0
    if material.works and max(material.shared, among) > TOLERATED:
        raise SystemExit(f"the generated texts share runs of {RUN} words ({material.shared:.1e}, {among:.1e}): let the chain forget more")
    return material


WORD: Final = re.compile(r"\S+")


def word_spans(text: str) -> np.ndarray:
    """(words, 2) first code point of each word and the one behind it."""
    return np.array([found.span() for found in WORD.finditer(text)], np.int64)
