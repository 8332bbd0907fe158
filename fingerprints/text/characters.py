"""How each Unicode character counts when texts are compared: folded to what a reader sees, as a table that compiled code can index.

A character's folded form is NFKD, casefold, NFKD again (Unicode Standard, section 3.13, "compatibility caseless match"), without
marks, with look-alikes of other scripts drawn as Latin letters (a subset of Unicode Technical Standard 39, confusables). The table
is filled with the characters that occur: `learn` is given those that are still unknown. Characters that Python's Unicode data do
not know yet separate words.
"""

import unicodedata
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

CODE_POINTS = 0x110000

# What a character does: its code. From 32 on the code is the ASCII letter or digit that the character folds to.
UNKNOWN, SEPARATOR, SPACE, NEW_LINE, APOSTROPHE, HYPHEN, SOFT_HYPHEN, SKIPPED = range(8)
ALONE, LETTER = 30, 31  # folds to the bytes that its entry names; ALONE is a word of its own
LENGTH_BITS = 6  # of an entry; then the offset of the folded bytes

Codes: TypeAlias = NDArray[np.uint8]
Entries: TypeAlias = NDArray[np.uint32]
Folded: TypeAlias = NDArray[np.uint8]

_CODES = {
    "'": APOSTROPHE,
    "\u2019": APOSTROPHE,  # right and left single quotation mark
    "\u2018": APOSTROPHE,
    "\u02bc": APOSTROPHE,  # modifier letter apostrophe, a letter to Unicode
    "\u02b9": APOSTROPHE,
    "\uff07": APOSTROPHE,
    "\u00b4": APOSTROPHE,  # acute accent
    "`": APOSTROPHE,
    "\u2032": APOSTROPHE,  # prime
    "-": HYPHEN,
    "\u2010": HYPHEN,
    "\u2011": HYPHEN,
    "\u00ad": SOFT_HYPHEN,
    "\r": SPACE,
    "\n": NEW_LINE,
}

# Letters drawn alike, keyed by their folded form, so that case does not matter: capital Ve, drawn like B, counts as "b" in both cases.
_CYRILLIC = dict(zip("авеһкмнорстухіјѕԁԛԝ", "abehkmhopctyxijsdqw", strict=True))
_GREEK = dict(zip("αβεζηικμνορτυχγ", "abezhikmvoptuxy", strict=True))
_ARMENIAN = dict(zip("\u0585\u057d\u0570\u0578\u0581\u0563", "ouhngq", strict=True))
_LATIN = dict(zip("ıøłđħŧɑɡɩ", "ioldhtagi", strict=True))  # letters that Unicode does not decompose
_LOOK_ALIKES = str.maketrans(_CYRILLIC | _GREEK | _ARMENIAN | _LATIN | {"æ": "ae", "œ": "oe"})

# Scripts written without spaces: each character is a word of its own (Unicode blocks, first and last).
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # ideographic iteration mark and zero
    (0x3040, 0x312F),  # Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x1B000, 0x1B16F),  # Kana supplements
    (0x20000, 0x3FFFF),  # Han extensions
)


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
            character = chr(code_point)
            folded = fold(character).encode("utf-8", "surrogatepass")
            code = _code(character, folded)
            if code == LETTER and len(folded) == 1:
                code = folded[0]
            elif code in {LETTER, ALONE}:
                self.entries[code_point] = len(folded) | self._place(folded) << LENGTH_BITS
            self.codes[code_point] = code

    def _place(self, folded: bytes) -> int:
        start, self._used = self._used, self._used + len(folded)
        if self._used > self.folded.size:
            self.folded = np.concatenate([self.folded, np.zeros_like(self.folded)])
        self.folded[start : self._used] = np.frombuffer(folded, np.uint8)
        return start


def fold(character: str) -> str:
    """The letters and digits that a character stands for, without case, marks and script look-alikes; empty if there are none."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    letters = "".join(_digit(c) for c in text if unicodedata.category(c)[0] in "LN" and c not in _CODES)
    return letters.translate(_LOOK_ALIKES)


def _digit(character: str) -> str:
    value = unicodedata.digit(character, None)
    return character if value is None else str(value)


def _code(character: str, folded: bytes) -> int:
    if character in _CODES:
        return _CODES[character]
    category = unicodedata.category(character)
    if folded and category != "Co":
        first = ord(folded.decode("utf-8", "surrogatepass")[0])
        return ALONE if any(low <= first <= high for low, high in _UNSPACED) else LETTER
    if category in {"Mn", "Mc", "Me", "Cf"} or _only_marks(character):
        return SKIPPED
    return SPACE if character.isspace() else SEPARATOR


def _only_marks(character: str) -> bool:
    """True of a letter that decomposes into marks alone, such as the half-width voiced sound mark."""
    return unicodedata.category(character)[0] == "L" and all(
        unicodedata.category(c)[0] == "M" for c in unicodedata.normalize("NFKD", character)
    )
