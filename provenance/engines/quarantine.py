"""What becomes of a unit that kills the processes that scan it."""

from dataclasses import replace
from pathlib import Path

from fingerprints.errors import FingerprintError
from fingerprints.isolation import isolated
from provenance.matching import OTHER
from provenance.model import PieceResult, Unit, UnitResult, Unread
from provenance.readers import Piece, ReadSettings, pieces

DEATHS = 2  # after so many a unit is unread; the second trial runs alone, so that a neighbour's hunger for memory is not blamed on it


COUNTING = 300.0  # seconds that the rows of a unit may take to be counted: hashing speed is a gigabyte in a few


def rows_of(unit: Unit, settings: ReadSettings) -> int:
    """The rows that a unit takes up."""
    return sum(part.rows for part in pieces(unit, settings) if isinstance(part, Piece))


def _anywhere(unit: Unit) -> Unit:
    """The unit for a process that may have been started in another folder."""
    file = unit.source.file
    return replace(unit, source=replace(unit.source, file=file.absolute())) if isinstance(file, Path) else unit


def died(unit: Unit, settings: ReadSettings) -> UnitResult:
    """A unit that cannot be scanned: one unread entry for all of it; its rows are counted, so that later rows keep their numbers.

    How the processes ended is not said: not every engine knows, and the audit is to be the same on all.
    """
    where = "the whole file" if unit.start is None else f"{unit.start} to {unit.stop} of it"
    detail = f"{DEATHS} processes died of it: {where}"
    try:
        rows = isolated(rows_of, seconds=COUNTING)(_anywhere(unit), settings)  # in a process of its own: what killed two may kill this one
    except FingerprintError:
        rows, detail = 0, f"{detail}; rows behind it in the file are numbered as if it had none"
    unread = Unread("", None, "worker-died", detail)
    return UnitResult(unit, (PieceResult("", rows, unit.source.size, {OTHER: 1}, {}, 0, (unread,)),))
