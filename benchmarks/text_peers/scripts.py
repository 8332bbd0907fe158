"""Question 2: the same for scripts without spaces and for scripts that run from right to left.

The texts are nobody's: words are made of each script's common characters by its rules of word building, their frequencies follow Zipf's
law with the commonest the shortest, and sentences end as they do in the script. So characters and their pairs occur about as unevenly as
in a language.
"""
# ruff: noqa: RUF001 - the letters are those of their scripts

import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import numpy as np

from text_peers.measure import MB, timed
from text_peers.methods import Ours
from text_peers.plants import Cell, Plant, Score

WORDS_OF_CHARACTERS: Final = 20 / 12
"""Characters that count as one word where there are no spaces: twenty make a finding, or twelve words."""
LENGTHS: Final = (12, 25, 50)
VOCABULARY: Final = 12_000
ABBREVIATION: Final = 1.5
"""Letters by which words stray from the order in which the commonest are the shortest (Zipf 1935)."""
SENTENCE: Final = (8, 25)  # words
WORKS: Final = 4
WORK_WORDS: Final = 40_000
DOCUMENT_WORDS: Final = 800
CHUNK: Final = 5
"""Plants of a longest cell that are scanned together."""
ZERO_WIDTH: Final = ("\u200b", "\u2060", "\ufeff")
DIRECTIONS: Final = ("\u200e", "\u200f", "\u202b", "\u202c")


@dataclass(frozen=True, slots=True)
class Script:
    """How texts in a script are made."""

    name: str
    word: Callable[[Random], str]
    gap: str
    """Between words."""
    stops: Sequence[str]
    commas: Sequence[str]
    disguise: Callable[[str, Random], str]


def _of_codes(encoding: str, first: int, last: int) -> list[str]:
    """The characters of some rows of a double-byte character set, in their order."""
    pairs = (bytes((row, cell)) for row in range(first, last + 1) for cell in range(0xA1, 0xFF))
    return [pair.decode(encoding, "ignore") for pair in pairs if pair.decode(encoding, "ignore")]


HAN: Final = _of_codes("gb2312", 0xB0, 0xD7)  # level 1 of GB 2312: the 3,755 in common use
KANJI: Final = _of_codes("euc_jp", 0xB0, 0xCF)  # level 1 of JIS X 0208
HIRAGANA: Final = [chr(code) for code in range(0x3042, 0x3094) if unicodedata.category(chr(code)) == "Lo"]
KATAKANA: Final = [chr(code) for code in range(0x30A2, 0x30F4)]
PARTICLES: Final = ("の", "は", "が", "を", "に", "で", "と", "も", "から", "まで")
THAI: Final = [chr(code) for code in range(0x0E01, 0x0E2F)]
THAI_VOWELS: Final = ("{}า", "{}ะ", "{}ิ", "{}ี", "{}ุ", "{}ู", "เ{}", "แ{}", "โ{}", "ไ{}", "ใ{}", "{}อ", "{}ัว", "เ{}ีย")
THAI_TONES: Final = ("", "", "", "\u0e48", "\u0e49")
ARABIC: Final = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
ARABIC_FORMS: Final = ("{0}{1}{2}", "{0}ا{1}{2}", "م{0}{1}و{2}", "{0}{1}ا{2}", "ت{0}{1}ي{2}", "است{0}{1}ا{2}", "{0}{1}{2}ة", "ي{0}{1}{2}ون")
ARABIC_BEFORE: Final = ("", "", "ال", "و", "ب", "وال", "ل")
HEBREW: Final = "אבגדהוזחטיכלמנסעפצקרשת"
HEBREW_FORMS: Final = ("{0}{1}{2}", "{0}ו{1}{2}", "מ{0}{1}{2}", "ה{0}{1}י{2}", "{0}{1}י{2}ה", "ת{0}{1}{2}ת", "{0}{1}{2}ים")
HEBREW_BEFORE: Final = ("", "", "ה", "ו", "ב", "ל", "ש")


def _zipf(rng: Random, letters: Sequence[str]) -> str:
    """One of the characters, the first of them more often."""
    return letters[int(len(letters) ** rng.random()) - 1]


def _chinese(rng: Random) -> str:
    return "".join(_zipf(rng, HAN) for _ in range(rng.choice((1, 2, 2, 2, 3))))


def _japanese(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.2:
        return "".join(rng.choice(KATAKANA) for _ in range(rng.randint(2, 5)))
    stem = "".join(_zipf(rng, KANJI) for _ in range(rng.choice((1, 1, 2))))
    return stem + "".join(rng.choice(HIRAGANA) for _ in range(rng.randint(0, 2))) + rng.choice(PARTICLES)


def _thai(rng: Random) -> str:
    def syllable() -> str:
        return rng.choice(THAI_VOWELS).format(rng.choice(THAI) + rng.choice(THAI_TONES)) + rng.choice(("", "น", "ง", "ม", "ก"))

    return "".join(syllable() for _ in range(rng.randint(1, 3)))


def _semitic(letters: str, forms: Sequence[str], before: Sequence[str], rng: Random) -> str:
    """A root of three consonants in one of the patterns, with a prefix."""
    return rng.choice(before) + rng.choice(forms).format(*(rng.choice(letters) for _ in range(3)))


def _arabic(rng: Random) -> str:
    return _semitic(ARABIC, ARABIC_FORMS, ARABIC_BEFORE, rng)


def _hebrew(rng: Random) -> str:
    return _semitic(HEBREW, HEBREW_FORMS, HEBREW_BEFORE, rng)


def _invisible(text: str, rng: Random) -> str:
    """NFD, and characters without width."""
    return "".join(letter + (rng.choice(ZERO_WIDTH) if rng.random() < 0.05 else "") for letter in unicodedata.normalize("NFD", text))


def _directed(marks: Sequence[str], text: str, rng: Random) -> str:
    """Vowel points or stretching, and marks of direction."""
    return "".join(letter + (rng.choice((*marks, *DIRECTIONS)) if letter.isalpha() and rng.random() < 0.1 else "") for letter in text)


def _pointed(text: str, rng: Random) -> str:
    return _directed(("\u05b7", "\u05b8", "\u05b4"), text, rng)


def _vowelled(text: str, rng: Random) -> str:
    return _directed(("\u064e", "\u0650", "\u064f", "\u0640"), text, rng)


SCRIPTS: Final = (
    Script("Chinese", _chinese, "", ("。", "！"), ("，", "、"), _invisible),
    Script("Japanese", _japanese, "", ("。",), ("、",), _invisible),
    Script("Thai", _thai, "", (" ",), ("",), _invisible),
    Script("Arabic", _arabic, " ", (".", "؟"), ("،",), _vowelled),
    Script("Hebrew", _hebrew, " ", (".", "?"), (",",), _pointed),
)
EDITS: Final = ("verbatim", "reflow", "10 % substituted", "Unicode disguise")


class Writer:
    """Makes texts in a script."""

    def __init__(self, script: Script) -> None:
        rng = Random(f"words of {script.name}")
        self.script = script
        words = dict.fromkeys(script.word(rng) for _ in range(VOCABULARY))
        self._words = sorted(words, key=lambda word: len(word) + rng.gauss(0, ABBREVIATION))
        share = 1 / (np.arange(len(self._words)) + 2.7)
        self._share = np.cumsum(share) / share.sum()

    def words(self, count: int, rng: Random) -> list[str]:
        """Words, each as often as its rank allows."""
        chances = np.random.default_rng(rng.getrandbits(32)).random(count)
        return [self._words[rank] for rank in np.searchsorted(self._share, chances).tolist()]

    def text(self, words: int, rng: Random) -> str:
        """Sentences of together so many words."""
        script, parts, drawn = self.script, list[str](), self.words(words, rng)
        while drawn:
            count = rng.randint(*SENTENCE)
            sentence = [word + (rng.choice(script.commas) if rng.random() < 0.1 else "") for word in drawn[:count]]
            drawn = drawn[count:]
            parts.append(script.gap.join(sentence) + rng.choice(script.stops))
        return script.gap.join(parts)


@dataclass(frozen=True, slots=True)
class Found:
    """This tool's figures for one script."""

    name: str
    cells: Mapping[Cell, Score]
    false: int
    negatives: int
    scan: float
    """MB/s of UTF-8."""


def compared(plants: int, negatives: int, seconds: float) -> Iterator[Found]:
    """Every script, with so many plants in each cell of 50 words a fifth in the others, until scanning took ``seconds``."""
    for script in SCRIPTS:
        print(f"scripts: {script.name}", file=sys.stderr)
        rng, writer = Random(f"texts of {script.name}"), Writer(script)
        works = [writer.text(WORK_WORDS, rng) for _ in range(WORKS)]
        with tempfile.TemporaryDirectory(prefix="bench-text-") as folder:
            yield _found(writer, works, Ours(works, Path(folder)), (plants, negatives, seconds), rng)


def _found(writer: Writer, works: Sequence[str], ours: Ours, wanted: tuple[int, int, float], rng: Random) -> Found:
    plants, negatives, most = wanted
    cells = {(words, edit): Score() for words in LENGTHS for edit in EDITS}
    rounds, of_shorter = max(1, plants // CHUNK), max(1, CHUNK // 4)
    list(ours.scan([works[0][:1000]]))  # compiles, maps and checks
    seconds = size = false = asked = 0.0
    for _ in range(rounds):
        made = [_plant(writer, works, cell, rng) for cell in cells for _ in range(CHUNK if cell[0] == max(LENGTHS) else of_shorter)]
        unrelated = [writer.text(DOCUMENT_WORDS, rng) for _ in range(max(1, negatives // rounds))]
        documents = [*(plant.document for plant in made), *unrelated]
        spans, took = timed(lambda documents=documents: list(ours.scan(documents)))  # type: ignore[misc]
        for plant, of_plant in zip(made, spans, strict=False):
            cells[plant.cell].enter(plant, of_plant)
        false += sum(any(not span.lead for span in of_document) for of_document in spans[len(made) :])
        asked, seconds, size = asked + len(unrelated), seconds + took, size + sum(len(text.encode()) for text in documents)
        if seconds > most:
            break
    return Found(writer.script.name, cells, int(false), int(asked), size / seconds / MB)


def _plant(writer: Writer, works: Sequence[str], cell: Cell, rng: Random) -> Plant:
    words, edit = cell
    work = rng.randrange(len(works))
    start, stop = _excerpt(works[work], words, writer.script, rng)
    excerpt = _edited(works[work][start:stop], edit, writer, rng)
    before, after = (writer.text(DOCUMENT_WORDS // 2, rng) for _ in range(2))
    before += "\n"
    return Plant(f"{before}{excerpt}\n{after}", (words, edit), work, (len(before), len(before) + len(excerpt)), (start, stop))


def _excerpt(work: str, words: int, script: Script, rng: Random) -> tuple[int, int]:
    """Where so many words, or as many characters as count for them, stand in a work; from a letter to a letter."""
    start = rng.randrange(len(work) - 12 * words)
    if not script.gap:
        start = next(at for at in range(start, len(work)) if work[at].isalpha())
        stop, letters = start, 0
        while letters < words * WORDS_OF_CHARACTERS or unicodedata.category(work[stop]).startswith("M"):
            letters += unicodedata.category(work[stop]).startswith("L")
            stop += 1
        return start, stop
    start = work.index(" ", start) + 1
    return start, start + len(" ".join(work[start:].split(" ", words)[:words]).rstrip(".,،؟?"))


def _edited(text: str, edit: str, writer: Writer, rng: Random) -> str:
    if edit == "Unicode disguise":
        return writer.script.disguise(text, rng)
    gap = writer.script.gap
    if edit == "reflow":
        units, size = (text.split(" "), 9) if gap else (list(text), 30)
        return "\n".join(gap.join(units[at : at + size]) for at in range(0, len(units), size))
    if edit == "10 % substituted":
        if gap:
            return " ".join(writer.words(1, rng)[0] if rng.random() < 0.1 else word for word in text.split(" "))
        return "".join(rng.choice(writer.words(1, rng)[0]) if letter.isalpha() and rng.random() < 0.1 else letter for letter in text)
    return text
