"""The words and signs of a ``when:`` expression."""

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from provenance.policy.errors import ExpressionError

TokenKind: TypeAlias = Literal["word", "number", "date", "string", "sign", "end"]

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<date>\d{4}-\d{2}-\d{2}(?!\d))
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<string>"[^"\n]*"|'[^'\n]*')
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)
      | (?P<sign>==|!=|<=|>=|[<>()\[\],])""",
    re.VERBOSE,
)

_MEANT: Final = {
    "=": "a comparison for equality is written ==",
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`",
    "-": "amounts are never negative, and dates are written as 2026-05-01",
    "%": "shares are written from 0 to 1: 0.1 for 10 %",
    "\u201c": 'write straight quotation marks: "',
    "\u201d": 'write straight quotation marks: "',
    "\u2018": "write straight quotation marks: '",
    "\u2019": "write straight quotation marks: '",
    "{": "lists stand in brackets: [ ]",
    "≤": "write <=",
    "≥": "write >=",
    "≠": "write !=",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign, and the code points it takes up."""

    kind: TokenKind
    text: str
    start: int
    stop: int


def tokens(source: str) -> tuple[Token, ...]:
    """All tokens of the expression, with one of kind ``end`` behind them; raises ExpressionError."""
    found: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise _unreadable(source, at)
        if match.lastgroup != "space":
            found.append(Token(_kind(match), match.group(), at, match.end()))
        at = match.end()
    end = len(source.rstrip())
    return (*found, Token("end", "", end, end))


def _kind(match: re.Match[str]) -> TokenKind:
    kind: TokenKind = match.lastgroup  # type: ignore[assignment] # the groups of _TOKEN are named by TokenKind
    return kind


def _unreadable(source: str, at: int) -> ExpressionError:
    character = source[at]
    if character in "\"'":
        return ExpressionError(at, "this string has no end", f"close it with {character} on the same line")
    return ExpressionError(at, f'"{character}" has no place in an expression', _MEANT.get(character, ""))
