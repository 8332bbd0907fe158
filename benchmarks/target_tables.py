"""Markdown tables with targets marked, and intervals of shares."""

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Final

MISSED: Final = " **missed**"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar in a cell, as names of files may have, is escaped."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def judged(value: float, target: float | None, shown: str, *, at_most: bool = False) -> str:
    """The value as it is shown, marked where it misses its target."""
    if target is None:
        return shown
    return shown + ("" if (value <= target if at_most else value >= target) else MISSED)


def summary(pages: str) -> str:
    """How many targets were missed, counted in the tables themselves."""
    missed = pages.count(MISSED)
    return f"{missed} figures miss their target; they are marked.\n" if missed else "No figure misses its target.\n"


def wilson(found: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z, share = 1.959964, found / n
    centre, spread = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)
