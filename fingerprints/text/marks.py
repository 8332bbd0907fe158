# ruff: noqa: RUF001 - this file is about characters that look like others
"""Quotation marks of the usual kinds, paired as a reader pairs them, and whether one pair encloses a passage."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

SLACK: Final = 4
"""Code points at a passage's edges that may lie outside of the marks: an alignment takes in a short word of the sentence around."""
INSIDE: Final = 4_000
"""Code points of a passage that are looked at; whether a quotation that is still open there encloses all of a longer one is UNKNOWN."""

CLOSERS: Final = {
    '"': '"', "＂": "＂", "'": "'", "“": "”", "‟": "”", "„": "“”", "‘": "’", "‛": "’", "‚": "‘’", "”": "”", "``": "''",
    "«": "»", "»": "«»", "‹": "›", "›": "‹›", "「": "」", "『": "』", "﹁": "﹂", "﹃": "﹄", "｢": "｣", "〝": "〞〟",
}  # fmt: skip
"""What opens a quotation, and what closes it (Unicode 16, 6.2 "Language-Based Usage of Quotation Marks")."""
UNDIRECTED: Final = "\"＂'»«›‹”"
"""Marks that open in one language or place and close in another: what stands around them tells."""
SINGLE: Final = "'‘‛’‚"
"""Marks that are apostrophes as well: one without a partner says nothing."""
MARK: Final = re.compile("``|''|\"+|[＂“”„‟«»‹›「」『』﹁﹂﹃﹄｢｣〝〞〟‚‛]|(?<!\\w)['‘’]|['‘’](?!\\w)")
ELISION: Final = re.compile(r"['‘’](?:tis|twas|twere|twill|em|til|till|cause|bout|round|cos|n|\d)\b", re.IGNORECASE)
FEET: Final = re.compile(r"\d\s?['’′]\s?\d{1,2}(?:\.\d+)?\Z")
INCHES: Final = re.compile(r"(?:^|[^\w.])\d+(?:[./]\d+)*\Z")
"""Before the mark of inches, which stands behind feet, or behind a number where no quotation is open."""
STRING: Final = re.compile(r"(?:[=+\\%]\s?|\w[(\[]|[\[{]\s?|[\"']\s?:\s?|[\"']\s?,\s?|\b[frbuFRBU]{1,2})\Z")
"""What stands before the quotation mark of a string in code or in JSON."""
BEGINNINGS: Final = "¡¿([{…—–-$#&*_'\"‘“„‚«‹`"  # what a quotation may begin with, beside letters and digits
DEEPEST: Final = 8  # quotations within one another; one that holds more is not closed
MOST_MARKS: Final = 500  # in what is looked at: of 8 novels no 8,000 characters have more than 234; beyond: UNKNOWN
BEFORE, AFTER = 8, 12  # code points around a mark that tell what it is


@dataclass(slots=True, eq=False)
class _Quotation:
    """An opened quotation; ``stop`` is where its closing mark stands."""

    mark: str
    start: int
    string: bool
    stop: int | None = None
    doubtful: int | None = None
    """Where it may have been closed, if that was no apostrophe behind an s."""
    sure: bool = True
    goes_on: bool = False
    """Whether a paragraph began with the mark once more: a narrator's speech in a novel, more often than a quotation of one."""

    @property
    def single(self) -> bool:
        return self.mark in SINGLE

    def at(self, start: int, stop: int) -> bool:
        """Whether it begins and ends where the passage does."""
        return self.stop is not None and start - self.start <= SLACK and self.stop - stop <= SLACK


def enclosed(text: str, passage: tuple[int, int], paragraph: tuple[int, int]) -> bool | None:
    """Whether one pair of quotation marks within the paragraph encloses the passage; None where its marks are not in pairs.

    Marks inside the passage, such as those of a dialogue, pair among themselves. Strings of code are no quotations.
    """
    start, stop = passage
    limit = min(paragraph[1], start + INSIDE)
    whole = paragraph[1] if stop <= limit else limit
    marks = list(islice(_marks(text, paragraph[0], whole), MOST_MARKS + 1))
    if len(marks) > MOST_MARKS:
        return None
    found, stray = _paired(text, marks, paragraph[0], whole)
    around = [quotation for quotation in found if quotation.start <= start + SLACK and not quotation.string]
    if stop > limit:
        return None if any(quotation.stop is None and not quotation.single for quotation in around) else False
    closed = [quotation for quotation in around if quotation.stop is not None and quotation.stop >= stop - SLACK]
    if any(quotation.sure and (not quotation.goes_on or quotation.at(start, stop)) for quotation in closed):
        return True
    torn = any(quotation.stop is None and not quotation.single for quotation in around) or any(place >= stop - SLACK for place in stray)
    return None if closed or torn else False


def _paired(text: str, marks: Iterable[tuple[str, int, int]], start: int, stop: int) -> tuple[list[_Quotation], list[int]]:
    """Every quotation that is opened in the paragraph, and the places of marks that close none."""
    found: list[_Quotation] = []
    stack: list[_Quotation] = []
    stray: list[int] = []
    for mark, first, last in marks:
        before, after = text[max(start, first - BEFORE) : first], text[last : min(stop, last + AFTER)]
        role = _role(mark, before, after)
        open_ = next((quotation for quotation in reversed(stack) if mark in CLOSERS[quotation.mark]), None)
        if open_ and (role == "close" or (role is None and mark in UNDIRECTED) or mark not in CLOSERS):
            if mark in SINGLE and before[-1:] in tuple("sS") and after[:1].isspace():
                open_.doubtful = first
                continue
            open_.stop, open_.sure = first, open_.doubtful is None or before[-1:] not in tuple("sS")
            del stack[stack.index(open_) :]
        elif mark in CLOSERS and (role == "open" or (role is None and mark not in "»›”")) and not _apostrophe(mark, text, first):
            _settle(stack, mark)
            if _at_line_start(text, first) and (same := next((quotation for quotation in stack if quotation.mark == mark), None)):
                same.goes_on = True
            else:
                found.append(_Quotation(mark, last, bool(STRING.search(before))))
                stack.append(found[-1])
                del stack[:-DEEPEST]
        elif mark not in SINGLE and mark != "''" and not (mark == '"' and INCHES.search(before)):
            stray.append(first)
    for mark in SINGLE:
        _settle(stack, mark)
    return found, stray


def _settle(stack: list[_Quotation], mark: str) -> None:
    """Closes, before another of its kind begins, a quotation where it may have ended."""
    last = next((quotation for quotation in reversed(stack) if quotation.mark == mark and quotation.doubtful), None)
    if last:
        last.stop, last.sure = last.doubtful, False
        del stack[stack.index(last) :]


def _marks(text: str, start: int, stop: int) -> Iterator[tuple[str, int, int]]:
    """The marks in order, each with its place; inches, and runs of marks as around a string of several lines in code, are none."""
    for match in MARK.finditer(text, start, stop):
        mark, first, last = match.group(), match.start(), match.end()
        if mark == '"' and FEET.search(text[max(start, first - BEFORE) : first]):
            continue
        if len(mark) > 1 and mark[0] == '"':
            if last - first == 2 and text[first - 1 : first].isspace() != text[last : last + 1].isspace():
                yield '"', first, first + 1  # one quotation ends or begins within another
                yield '"', first + 1, last
            continue
        yield mark, first, last


def _role(mark: str, before: str, after: str) -> str | None:
    """Whether the mark opens or closes; None where what stands around it does not tell."""
    if mark in ("``", "''"):
        return "open" if mark == "``" else "close"
    if mark in "“„" and after[:1].isalnum() and not before[-1:].isalnum():
        return "open"
    if mark in "“‘":
        return "close" if before[-1:] and not before[-1:].isspace() and not after[:1].isalnum() else "open"
    if mark not in UNDIRECTED:
        return "open" if mark in CLOSERS and mark != "’" else "close"
    opens = (after[:1].isalnum() or after[:1] in tuple(BEGINNINGS)) and not before[-1:].isalnum() and before[-1:] not in tuple(".,!?…")
    closes = bool(before[-1:].strip()) and not after[:1].isalnum()
    return None if opens == closes else "open" if opens else "close"


def _apostrophe(mark: str, text: str, place: int) -> bool:
    return mark in SINGLE and bool(ELISION.match(text, place))


def _at_line_start(text: str, place: int) -> bool:
    return not text[max(0, place - BEFORE) : place].rpartition("\n")[2].strip(" \t") and "\n" in text[max(0, place - BEFORE) : place]
