"""Identifiers of works: whether each is written as its standard has it, and whether its check digit fits the others.

A parser gives the cell as it stands: what stands in a contract or a catalogue is how people look for it.
"""

import re
from collections.abc import Callable
from typing import Final

from provenance.registry.cells import UNKNOWN_WORD, CellError, Parser, split

_ISBN_13_PREFIXES: Final = ("978", "979")  # ISO 2108:2017, 4.3
_ISRC: Final = re.compile(r"(ISRC[ :]?)?[A-Z]{2}-?[A-Z0-9]{3}-?\d{2}-?\d{5}", re.IGNORECASE | re.ASCII)
_ISWC: Final = re.compile(r"(ISWC[ :]?)?T-?\d{3}\.?\d{3}\.?\d{3}-?\d", re.IGNORECASE | re.ASCII)
_DOI: Final = re.compile(r"(doi:\s?|https?://(dx\.)?doi\.org/)?10\.\d{4,9}(\.\d+)*/\S+", re.IGNORECASE | re.ASCII)
_MISCOPIED: Final = "compare it with its source: one digit is wrong, or two have changed places"


def plain(cell: str) -> str | None:
    """An identifier of no form that could be checked."""
    return None if cell.casefold() == UNKNOWN_WORD else cell


def isbn(cell: str) -> str | None:
    """ISBN of ten or thirteen digits, with or without hyphens (ISO 2108); several are separated by semicolons."""
    return _each(cell, _check_isbn)


def isrc(cell: str) -> str | None:
    """ISRC: country, registrant, year and number (ISO 3901); several are separated by semicolons."""
    return _each(cell, _check_isrc)


def iswc(cell: str) -> str | None:
    """ISWC: T, nine digits and a check digit (ISO 15707); several are separated by semicolons."""
    return _each(cell, _check_iswc)


def doi(cell: str) -> str | None:
    """One DOI, bare or as a link (ISO 26324); a semicolon may be part of it."""
    if cell.casefold() != UNKNOWN_WORD and not _DOI.fullmatch(cell):
        raise CellError(f'"{cell}" is no DOI', "write it as 10.1000/182")
    return plain(cell)


PARSERS: Final[dict[str, Parser]] = {
    "isbn": isbn,
    "isrc": isrc,
    "iswc": iswc,
    "issn": plain,
    "doi": doi,
    "iscc": plain,
    "eidr": plain,
    "registration": plain,
}
"""By column; ``registration`` is a number at a copyright office."""


def _each(cell: str, check: Callable[[str], None]) -> str | None:
    if cell.casefold() == UNKNOWN_WORD:
        return None
    for one in split(cell):
        check(one)
    return cell


def _check_isbn(one: str) -> None:
    bare = re.sub(r"^(ISBN(-1[03])?:?)|[\s\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}-]", "", one.upper())
    if re.fullmatch(r"[0-9]{9}[0-9X]", bare):
        values = [10 if digit == "X" else int(digit) for digit in bare]
        fits = sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11 == 0
    elif re.fullmatch(r"[0-9]{13}", bare) and bare.startswith(_ISBN_13_PREFIXES):
        fits = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(bare)) % 10 == 0
    else:
        raise CellError(
            f'"{one}" is no ISBN', "write its ten digits, or thirteen that begin with 978 or 979; a spreadsheet may have cut them"
        )
    if not fits:
        raise CellError(f'the last digit of the ISBN "{one}" does not fit the others', _MISCOPIED)


def _check_isrc(one: str) -> None:
    if not _ISRC.fullmatch(one):
        raise CellError(f'"{one}" is no ISRC', "write it as US-RC1-76-07839: country, registrant, year, number")


def _check_iswc(one: str) -> None:
    if not _ISWC.fullmatch(one):
        raise CellError(f'"{one}" is no ISWC', "write it as T-034.524.680-1")
    digits = [int(digit) for digit in one if digit.isdigit()]
    if (1 + sum(place * digit for place, digit in enumerate(digits[:9], 1)) + digits[9]) % 10:
        raise CellError(f'the last digit of the ISWC "{one}" does not fit the others', _MISCOPIED)
