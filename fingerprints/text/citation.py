# ruff: noqa: RUF001 - dashes and apostrophes as they are printed
"""Whether a source stands beside a passage: a citation, a footnote mark, a name behind a dash, an address or number of a publication."""

import re
from collections.abc import Sequence
from typing import Final

from fingerprints.model import Interval

NEAR: Final = 200
"""Code points before and behind a segment."""
MOST_SEGMENTS: Final = 200
"""Segments around which is looked."""
_YEAR = r"(?:1[4-9]|20)\d\d[a-z]?\b"
_CAPITAL = "[A-ZÀ-ÖØ-ÞĀŁŃŚŠŽΑ-ΩА-ЯЁ]"
_MONTH = "(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mai|Juni|Juli|Okt|Dez)[a-zä]{0,7}\\.?\\s)"
_SMALL = r"(?:(?:von|van|de|der|du|la|le|and|und|et|y|e|al)\b\.?\s?|&\s?)"
_NAME = rf"(?:{_SMALL}){{0,3}}{_CAPITAL}[\w.’'-]{{0,30}}"
_NAMES = rf"{_NAME}(?:,?\s{{1,2}}(?:{_NAME}|{_SMALL})){{0,6}}"

FORMS: Final = (
    # (Author, 1998), (see Author and Other 1998, 17), Author (1998)
    rf"[(\[]\s?(?:(?:see|cf\.|vgl\.|siehe|voir|e\.g\.)\s)?{_MONTH}{_NAMES},?\s{{1,2}}{_YEAR}[^()\[\]]{{0,60}}[)\]]",
    rf"\b{_MONTH}{_NAMES}\s\({_YEAR}[^()]{{0,30}}\)",
    # (Author 45), (Author and Other, pp. 45-47), (p. 45)
    rf"\({_MONTH}{_NAME}(?:\s(?:and|und|et|y|&)\s{_NAME})?,?\s(?:(?:pp?|S|Bd|vol|ch)\.\s?)?\d{{1,4}}(?:[-–]\d{{1,4}})?\)",
    r"\((?:pp?|S)\.\s?\d{1,4}[^()]{0,20}\)",
    # [12], [3, 4], [^5], [@key]; not an index in code
    r"(?<![\]\w])\[\^?\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,9}\](?!\s?[=\[+*/<>\]]|\w|\()|(?<=[^\W\d_]{3}[.,;”\"’)])\[\d{1,3}\]",
    r"\[\^\w{1,20}\]|\[@[\w:]{2,40}|<ref\b",
    # footnote marks, behind a word of four letters (m², km³ are units) or a mark
    r"(?<=[^\W\d_]{4})[¹²³⁴-⁹]{1,3}(?!\w)|(?<=[.,;:!?”»’\")」』])[¹²³⁴-⁹]{1,3}(?!\w)|(?<=[\w.,;!?”»’\"])[†‡]",
    r"\\(?:footnote|footcite|cite|citep|citet|parencite|autocite|textcite)\w*\b[\[{]",
    r"\bhttps?://[^\s/]+\.\w|\bwww\.\w+\.\w|\bdoi\s?[:.]\s?|\b10\.\d{4,9}/\S|\bISBN\b|\bISSN\b|\barXiv:",
    # in words, which belong to a few languages
    r"\b(?:quot|cit|excerpt|reprint|adapt)ed (?:in|by|from|after)\b|\baccording to\b|\bin the words of\b|\bexcerpts? from\b|\btaken from\b",
    r"\bSource:\s|\bQuelle:\s|\bzit(?:iert|\.)\s(?:nach|n\.|in|aus)\b|\bcitée?s? (?:par|dans|de)\b|\bextrait de\b|\bselon [A-ZÀ-Þ]",
    r"\bcitad[oa] (?:en|por|de)\b|\bsegún [A-ZÀ-Þ]|\bcitat[oa] (?:in|da)\b|\b(?:ibid|op\. cit|loc\. cit)\b|出典|引用|出处|引自|摘自",
)
"""Forms of a citation that may stand on either side."""
ANYWHERE: Final = re.compile("|".join(f"(?:{form})" for form in FORMS))
SIGNED: Final = re.compile(
    rf"(?:\A|\n)[\s\"”»“’'.!?>*_\\]{{0,12}}(?:[—–―]|--|-)\s?[*_~]{{0,2}}{_NAMES}[^\n]{{0,80}}"
    rf"|\A[\s\"”»“’'.!?*_]{{0,8}}(?:[—–―]|--)\s?[*_]{{0,2}}{_NAMES}\s?(?:[,(]|$|\n)"
)
"""A name behind a dash, on a line of its own or at the passage's end."""


def cited(text: str, segments: Sequence[Interval]) -> bool:
    """True if a citation stands within ``NEAR`` code points of a segment and in none: what the work itself cites says nothing."""
    bounded = sorted(segments)[:MOST_SEGMENTS]
    for number, (start, stop) in enumerate(bounded):
        low = max(0, start - NEAR, bounded[number - 1][1] if number else 0)
        high = min(len(text), stop + NEAR, bounded[number + 1][0] if number + 1 < len(bounded) else len(text))
        if ANYWHERE.search(text, low, start) or ANYWHERE.search(text, stop, high) or SIGNED.match(text[stop:high]):
            return True
    return False
