"""How a cell of a metadata file is read: each parser takes the cell's text and gives the value, or says what is wrong with it.

The word ``unknown`` withdraws what was recorded (the value is None, UNKNOWN); an empty cell says nothing and never reaches a parser.
"""

from collections.abc import Callable, Iterable
from datetime import date
from difflib import get_close_matches
from typing import TypeAlias

from provenance.policy.territories import territory_problem

Parser: TypeAlias = Callable[[str], object]

PERPETUAL = "perpetual"
UNKNOWN_WORD = "unknown"
_YES = frozenset({"true", "yes", "1"})
_NO = frozenset({"false", "no", "0"})


class CellError(Exception):
    """A cell that cannot be read; ``remedy`` says what to write instead."""

    def __init__(self, reason: str, remedy: str, column: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.column = column


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy that names the nearest known word, or else all of them."""
    choices = sorted(known)
    close = get_close_matches(word.casefold(), choices, 1)
    return f'did you mean "{close[0]}"?' if close else f"write one of: {', '.join(choices)}"


def split(cell: str) -> tuple[str, ...]:
    """The values between semicolons, without the empty ones, each once, in order."""
    return tuple(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))


def text(cell: str) -> str:
    """The cell as it stands; here ``unknown`` is a word like any other."""
    return cell


def names(cell: str) -> tuple[str, ...] | None:
    """Names separated by semicolons."""
    return None if cell.casefold() == UNKNOWN_WORD else split(cell)


def yes_no(cell: str) -> bool | None:
    """True, false or UNKNOWN; never false because nobody knows."""
    word = cell.casefold()
    if word == UNKNOWN_WORD:
        return None
    if word not in _YES | _NO:
        raise CellError(f'"{cell}" is neither true nor false', "write true, false or unknown")
    return word in _YES


def day(cell: str) -> date | None:
    """A date in ISO 8601."""
    if cell.casefold() == UNKNOWN_WORD:
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        remedy = "write it as YYYY-MM-DD; where only the year is known, counsel chooses the day"
        raise CellError(f'"{cell}" is no date', remedy) from None


def last_day(cell: str) -> date | str | None:
    """A date, or the word ``perpetual`` for what has no end."""
    return PERPETUAL if cell.casefold() == PERPETUAL else day(cell)


def one_of(known: Iterable[str]) -> Parser:
    """A parser for a closed list of words."""
    words = frozenset(known)

    def parse(cell: str) -> str | None:
        word = cell.casefold()
        if word == UNKNOWN_WORD:
            return None
        if word not in words:
            raise CellError(f'"{cell}" is not known here', did_you_mean(cell, words))
        return word

    return parse


def some_of(known: Iterable[str]) -> Parser:
    """A parser for a set from a closed list; ``none`` is the empty set."""
    parse_one = one_of(known)

    def parse(cell: str) -> frozenset[object] | None:
        if cell.casefold() == UNKNOWN_WORD:
            return None
        return frozenset() if cell.casefold() == "none" else frozenset(parse_one(part) for part in split(cell))

    return parse


def territories(cell: str) -> frozenset[str] | None:
    """ISO 3166-1 alpha-2 codes, ``EU`` or ``WORLD``; ``none`` is the empty set."""
    if cell.casefold() == UNKNOWN_WORD:
        return None
    codes = () if cell.casefold() == "none" else split(cell)
    for code in codes:
        if problem := territory_problem(code):
            raise CellError(*problem)
    return frozenset(codes)
