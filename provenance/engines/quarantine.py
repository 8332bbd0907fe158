"""What becomes of a unit that kills the processes that scan it."""

from provenance.matching import OTHER
from provenance.model import PieceResult, Unit, UnitResult, Unread
from provenance.readers import Piece, ReadSettings, pieces

DEATHS = 2  # after so many a unit is unread; the second trial runs alone, so that a neighbour's hunger for memory is not blamed on it


def died(unit: Unit, settings: ReadSettings) -> UnitResult:
    """A unit that cannot be scanned: one unread entry for all of it; its rows are counted, so that later rows keep their numbers.

    How the processes ended is not said: not every engine knows, and the audit is to be the same on all.
    """
    where = "the whole file" if unit.start is None else f"{unit.start} to {unit.stop} of it"
    unread = Unread("", None, "worker-died", f"{DEATHS} processes died of it: {where}")
    rows = sum(part.rows for part in pieces(unit, settings) if isinstance(part, Piece))
    return UnitResult(unit, (PieceResult("", rows, unit.source.size, {OTHER: 1}, {}, 0, (unread,)),))
