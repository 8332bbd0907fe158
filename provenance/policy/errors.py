"""What is wrong with a policy, an expression or a fact: where, why, and what was probably meant.

AuditError (provenance.errors)
├── PolicyError     a policy file does not pass its checks; carries every problem found
└── FactError       a value that the fact schema does not allow
"""

from collections.abc import Iterable
from dataclasses import dataclass

from provenance.errors import AuditError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a policy file; line and column are counted from 1, columns in code points."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    source: str = ""
    """The line as it stands in the file."""

    def __str__(self) -> str:
        """``FILE:LINE:COLUMN: message``, the line with a caret below the place, and what was probably meant."""
        lines = [f"{self.file}:{self.line}:{self.column}: {self.message}"]
        if self.source.strip():
            indent = "".join(character if character == "\t" else " " for character in self.source[: self.column - 1])
            lines += [f"    {self.source}", f"    {indent}^"]
        if self.hint:
            lines.append(f"    {self.hint}")
        return "\n".join(lines)


class PolicyError(AuditError):
    """A policy that cannot be used; ``problems`` holds all that was found, in the file's order."""

    def __init__(self, problems: Iterable[Problem], remedy: str = "") -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems), remedy)


class FactError(AuditError):
    """A value that the fact schema does not allow; ``hint`` is what was probably meant."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.hint = hint


class ExpressionError(Exception):
    """A mistake at code point ``at`` of an expression; the checker gives it a file, a line and a column."""

    def __init__(self, at: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.at, self.message, self.hint = at, message, hint
