"""What becomes of a unit that kills the processes that scan it."""

from provenance.matching import OTHER
from provenance.model import PieceResult, Unit, UnitResult, Unread
from provenance.readers import Piece, ReadSettings, pieces

DEATHS = 2  # after so many a unit is unread; the second trial runs alone, so that a neighbour's hunger for memory is not blamed on it


def died(unit: Unit, exit_code: int | None, settings: ReadSettings) -> UnitResult:
    """A unit that cannot be scanned: one unread entry for all of it; its rows are counted, so that later rows keep their numbers."""
    cause = f"signal {-exit_code}" if exit_code and exit_code < 0 else f"exit status {exit_code}"
    where = "the whole file" if unit.start is None else f"{unit.start} to {unit.stop} of it"
    unread = Unread("", None, "worker-died", f"{DEATHS} processes died of it ({cause}): {where}")
    rows = sum(part.rows for part in pieces(unit, settings) if isinstance(part, Piece))
    return UnitResult(unit, (PieceResult("", rows, unit.source.size, {OTHER: 1}, {}, 0, (unread,)),))
