"""What is done to an excerpt before it is planted: each edit takes words and gives the text that stands in the document."""

import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final, TypeAlias

Words: TypeAlias = Sequence[str]

# Letters as optical recognition mistakes them.
CONFUSED: Final = {
    "a": "o", "b": "h", "c": "e", "d": "cl", "e": "c", "f": "t", "g": "q", "h": "b", "i": "l", "l": "1", "m": "rn", "n": "u", "o": "0",
    "q": "g", "r": "v", "s": "5", "t": "f", "u": "n", "v": "y", "w": "vv", "y": "v",
}  # fmt: skip
CYRILLIC: Final = "\u0430\u0441\u0435\u0456\u043e\u0440\u0455\u0445\u0443\u0410\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420\u0422\u0425"
HOMOGLYPHS: Final = str.maketrans("aceiopsxyABCEHKMOPTX", CYRILLIC)
LIGATURES: Final = {"ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ"}
SOFT_HYPHEN, ZERO_WIDTH, ZERO_WIDTH_JOINER = "\u00ad", "\u200b", "\u200d"
DECOMPOSED: Final = {letter: unicodedata.normalize("NFD", letter) for letter in "áéíöü"}
HOMOGLYPH_SHARE: Final = 0.05  # of the words
INVISIBLE_SHARE: Final = 0.1
SENTENCES: Final = 3
"""An excerpt with fewer is cut into so many parts."""
LEAST_PART: Final = 6  # words


@dataclass(frozen=True, slots=True)
class Edit:
    """One way to change an excerpt."""

    name: str
    apply: Callable[[Words, Random, Words], str]
    """From the excerpt's words, a source of chance, and words to substitute or insert."""


def verbatim(words: Words, _rng: Random, _others: Words) -> str:
    """As it stands."""
    return " ".join(words)


def reflowed(words: Words, rng: Random, _others: Words) -> str:
    """Other line lengths with hyphenation, all capitals or none, other punctuation."""
    shown = [word.strip(",;:\"'()-") or word for word in words]
    shown = [word + rng.choice([",", ";", " -", "\u2026"]) if rng.random() < 0.1 else word for word in shown]
    cased = [rng.choice([str.upper, str.lower])(" ".join(shown))]
    lines = textwrap.wrap(cased[0], rng.randint(30, 90), break_long_words=False, break_on_hyphens=False)
    text = lines[0]
    for line in lines[1:]:
        first, _, rest = line.partition(" ")
        half = len(first) // 2
        text += f" {first[:half]}-\n{first[half:]} {rest}" if first.isalpha() and half > 2 and rng.random() < 0.25 else f"\n{line}"
    return text


def substituted(share: float, words: Words, rng: Random, others: Words) -> str:
    """So great a share of the words is another."""
    return " ".join(rng.choice(others) if rng.random() < share else word for word in words)


def inserted_and_deleted(share: float, words: Words, rng: Random, others: Words) -> str:
    """Half of that share of the words is left out, and after half of it stands one more."""
    shown: list[str] = []
    for word in words:
        chance = rng.random()
        if chance >= share / 2:
            shown.append(word)
        if chance >= 1 - share / 2:
            shown.append(rng.choice(others))
    return " ".join(shown)


def scanned(share: float, words: Words, rng: Random, _others: Words) -> str:
    """So great a share of the letters is misread."""
    return "".join(CONFUSED.get(letter.lower(), letter) if rng.random() < share else letter for letter in " ".join(words))


def disguised(words: Words, rng: Random, _others: Words) -> str:
    """Other code points for the same letters: quotes, NFD, ligatures, soft hyphens, zero-width characters, homoglyphs."""
    return " ".join(_disguised(word, rng) for word in words)


def _disguised(word: str, rng: Random) -> str:
    if rng.random() < HOMOGLYPH_SHARE:
        return word.translate(HOMOGLYPHS)
    for plain, other in (*LIGATURES.items(), *DECOMPOSED.items(), ("'", "\u2019"), (' "', " \u201c"), ('"', "\u201d")):
        word = word.replace(plain, other)
    if len(word) > 3 and rng.random() < INVISIBLE_SHARE:
        at = rng.randrange(1, len(word) - 1)
        word = word[:at] + rng.choice([SOFT_HYPHEN, ZERO_WIDTH, ZERO_WIDTH_JOINER]) + word[at:]
    return word


def shuffled(words: Words, rng: Random, _others: Words) -> str:
    """The sentences in another order."""
    ends = [at + 1 for at, word in enumerate(words) if word.endswith((".", "!", "?"))]
    if len(ends) < SENTENCES - 1:
        size = max(LEAST_PART, -(-len(words) // SENTENCES))
        ends = list(range(size, len(words), size))
    parts = [words[start:stop] for start, stop in zip([0, *ends], [*ends, len(words)], strict=True) if start < stop]
    rng.shuffle(parts)
    return " ".join(word for part in parts for word in part)


EDITS: Final = (
    Edit("verbatim", verbatim),
    Edit("reflow, case, punctuation", reflowed),
    Edit("5 % substituted", partial(substituted, 0.05)),
    Edit("10 % substituted", partial(substituted, 0.1)),
    Edit("20 % substituted", partial(substituted, 0.2)),
    Edit("10 % inserted or deleted", partial(inserted_and_deleted, 0.1)),
    Edit("OCR noise, 5 % of letters", partial(scanned, 0.05)),
    Edit("Unicode disguise", disguised),
    Edit("sentences shuffled", shuffled),
)
BY_NAME: Final[Mapping[str, Edit]] = {edit.name: edit for edit in EDITS}
