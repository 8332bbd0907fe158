"""A model of these tests' own: words of one meaning have one direction, and a text is the sum of its words."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from fingerprints.text.semantic.scheme import scheme
from fingerprints.text.semantic.windows import WORD

DIMENSIONS = 64


def word(meaning: int, language: str) -> str:
    """A made-up word; two languages share no word, and no stem."""
    return language + hashlib.sha256(f"{language}{meaning}".encode()).hexdigest()[:6].translate(str.maketrans("0123456789", "ghijklmnop"))


def text(seed: int, words: int = 80, language: str = "x", meanings: int = 5_000) -> str:
    """The same meanings in the words of a language."""
    source = random.Random(seed)
    return " ".join(word(source.randrange(meanings), language) for _ in range(words))


MEANINGS = {word(meaning, language): meaning for meaning in range(5_000) for language in "xy"}
DIRECTIONS = np.random.default_rng(1).standard_normal((5_001, DIMENSIONS)).astype(np.float32)


@dataclass
class MeaningEncoder:
    """Knows the meaning of every made-up word of the languages x and y."""

    calls: int = 0

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.calls += len(texts)
        sums = [DIRECTIONS[[MEANINGS.get(found, -1) for found in WORD.findall(passage)]].sum(axis=0) for passage in texts]
        rows = np.array(sums, np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@dataclass
class MeaningModel:
    """Stands where a model of sentence-transformers would."""

    made: MeaningEncoder
    scheme: str = scheme("meanings", "0")

    def encoder(self) -> MeaningEncoder:
        return self.made


@pytest.fixture
def model() -> MeaningModel:
    return MeaningModel(MeaningEncoder())


@pytest.fixture(name="text")
def _text():
    return text
