"""How each Unicode character counts when texts are compared: folded to what a reader sees, as a table that compiled code can index.

A character's folded form is NFKD, casefold, NFKD again (Unicode Standard, section 3.13, "compatibility caseless match"), without
accents and points, digits as ASCII digits, and with letters that are drawn like Latin ones counted as these (``confusables``).
The table is filled with the characters that occur: `learn` is given those that are still unknown. What is equal to what, and what
is lost, is told in docs/text-normalisation.md.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from itertools import chain
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.text.confusables import folded, look_alikes

CODE_POINTS = 0x110000

# What a character does: its code. From 32 on the code is the ASCII letter or digit that the character folds to.
UNKNOWN, SEPARATOR, SPACE, NEW_LINE, APOSTROPHE, HYPHEN, SOFT_HYPHEN, SKIPPED = range(8)
ALONE, LETTER = 30, 31  # folds to the bytes that its entry names; ALONE is a word of its own
LENGTH_BITS = 6  # of an entry; then the offset of the folded bytes

Codes: TypeAlias = NDArray[np.uint8]
Entries: TypeAlias = NDArray[np.uint32]
Folded: TypeAlias = NDArray[np.uint8]

_CODES: Final = {
    character: code
    for code, characters in {
        # Quotation marks, primes, modifier letters and accents that stand for an apostrophe (UTS 39: confusable with it), and the
        # points that may stand inside a word (UAX 29: MidLetter, such as the Catalan middle dot and the Hebrew gershayim).
        APOSTROPHE: "'`\u00b4\u2018\u2019\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u0374\u055a\u05f3"
        "\u07f4\u07f5\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\ua78b\ua78c\uff07\uff40\u00b7\u0387\u05f4",
        HYPHEN: "-\u2010\u2011\ufe63\uff0d\u058a\u05be\u1806",  # dashes part words
        SOFT_HYPHEN: "\u00ad",
        SPACE: "\r",
        NEW_LINE: "\n\u0085\u2028",
        SEPARATOR: "\u2029",  # ends a paragraph, and a word with it
        # Tatweel and its like of N'Ko stretch a word; the fraction slash, so that a half is the same as one character and as three;
        # fillers of Hangul and selectors, which Unicode ignores by default although they are letters and marks.
        SKIPPED: "\u0640\u07fa\u2044\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5\u2065\u180b\u180c\u180d\u180f"
        "\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f",
    }.items()
    for character in characters
}

# Scripts written without spaces: each character is a word of its own (Unicode blocks, first and last; UAX 14, classes ID and SA).
_UNSPACED: Final = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF),  # Tai Le, New Tai Lue
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0x3005, 0x3007),  # ideographic iteration mark and zero
    (0x3021, 0x312F),  # Hangzhou numerals, Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0xA4CF),  # Han, Yi
    (0xA980, 0xA9FF),  # Javanese, Myanmar
    (0xAA60, 0xAADF),  # Myanmar, Tai Viet
    (0xF900, 0xFAFF),
    (0x116D0, 0x116FF),  # Myanmar
    (0x11700, 0x1174F),  # Ahom
    (0x12000, 0x1467F),  # cuneiform, hieroglyphs
    (0x16FE0, 0x18DFF),  # Tangut, Khitan
    (0x1AFF0, 0x1B2FF),  # Kana supplements, Nushu
    (0x20000, 0x3FFFD),  # Han extensions, also those that Python does not know yet
)
_UNSPACED_EDGES: Final = tuple(chain.from_iterable((first, last + 1) for first, last in _UNSPACED))
_IGNORABLE: Final = range(0xE0000, 0xE1000)  # tags, variation selectors, and what Unicode reserves for their like


class Characters:
    """The table of all characters met so far, by code point: ``codes``, and ``entries`` that point to ``folded`` bytes."""

    def __init__(self) -> None:
        self.codes: Codes = np.zeros(CODE_POINTS, np.uint8)
        self.entries: Entries = np.zeros(CODE_POINTS, np.uint32)
        self.folded: Folded = np.zeros(1 << 12, np.uint8)
        self._used = 0
        self.learn(range(128))

    def learn(self, code_points: Iterable[int]) -> None:
        """Adds characters to the table."""
        for code_point in code_points:
            letters = fold(chr(code_point))
            code = _code(chr(code_point), letters)
            if code == LETTER and len(letters) == 1 and letters < "\x80":
                code = ord(letters)
            elif code in {LETTER, ALONE}:
                data = letters.encode()
                self.entries[code_point] = len(data) | self._place(data) << LENGTH_BITS
            self.codes[code_point] = code

    def _place(self, data: bytes) -> int:
        start, self._used = self._used, self._used + len(data)
        if self._used > self.folded.size:
            self.folded = np.concatenate([self.folded, np.zeros_like(self.folded)])
        self.folded[start : self._used] = np.frombuffer(data, np.uint8)
        return start


def fold(character: str) -> str:
    """What a character stands for, without case, accents and differences of drawing; empty if that is no letter, digit or vowel sign."""
    if character in _CODES:
        return ""
    return "".join(_LOOK_ALIKES.get(c) or _digit(c) for c in folded(character) if _counts(c))


def _digit(character: str) -> str:
    value = unicodedata.digit(character, None)
    return character if value is None else str(value)


def _counts(character: str) -> bool:
    """True of letters and digits, of marks that spell vowels, and of characters to come where only ideographs can.

    Marks of combining class 0 (Unicode Standard, section 4.3) are the vowel signs of Indic scripts: without them 40 % of the words of a
    Hindi dictionary would equal another, with them 2 %. Marks of other classes are accents, points, tones, nukta and virama. In scripts
    without spaces all marks belong to the character before them.
    """
    if character in _CODES or ord(character) in _IGNORABLE:
        return False
    category = unicodedata.category(character)
    if category in {"Mn", "Mc"}:
        return unicodedata.combining(character) == 0 and not _is_unspaced(character)
    return category[0] in "LN" or character in _LOOK_ALIKES or (category == "Cn" and _is_unspaced(character))


def _is_unspaced(character: str) -> bool:
    return bisect_right(_UNSPACED_EDGES, ord(character)) % 2 == 1


def _code(character: str, letters: str) -> int:
    if character in _CODES:
        return _CODES[character]
    if letters:
        return ALONE if _is_unspaced(letters[0]) else LETTER
    if _is_skipped(character):
        return SKIPPED
    return SPACE if character.isspace() else SEPARATOR


def _is_skipped(character: str) -> bool:
    """True of marks, of invisible characters and of letters that are nothing else, such as the half-width voiced sound mark."""
    return ord(character) in _IGNORABLE or all(
        unicodedata.category(c) in {"Mn", "Mc", "Me", "Cf"} or _CODES.get(c) == SKIPPED for c in unicodedata.normalize("NFKD", character)
    )


_LOOK_ALIKES: Final = look_alikes()
