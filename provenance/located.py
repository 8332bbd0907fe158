"""Results put in their place: path, row and locator of everything that pieces, which know none of them, have given."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TypeVar

from provenance.model import Excluded, Item, PieceResult, Place, Reuse, Source, Unit, UnitResult, Unread
from provenance.readers import modality_of
from provenance.readers.limits import NOTHING

P = TypeVar("P", Place, Item, Unread)


@dataclass(frozen=True, slots=True)
class Located:
    """What one unit gave, in its place."""

    unit: Unit
    pieces: tuple[PieceResult, ...]
    reuses: tuple[Reuse, ...]
    """In the order of the items; an item's matches with several index shards stand together."""
    unread: tuple[Unread, ...]
    excluded: tuple[Excluded, ...]
    reused: int


def located(results: Iterable[UnitResult], units: Sequence[Unit]) -> Iterator[Located]:
    """Each result in its place, as soon as all units before it in the same file are there; a file without anything in it is unread.

    Rows of a unit are counted from those of the units before it, which is why none has to be read to plan the next.
    """
    queues: dict[Source, list[Unit]] = defaultdict(list)
    for unit in reversed(units):
        queues[unit.source].append(unit)
    early: dict[Unit, UnitResult] = {}
    rows: dict[Source, int] = defaultdict(int)
    held: dict[Source, bool] = defaultdict(bool)
    for result in results:
        early[result.unit] = result
        queue = queues[source := result.unit.source]
        while queue and queue[-1] in early:
            done = early.pop(queue.pop())
            found = _located(done, rows[source])
            rows[source] += sum(piece.rows for piece in done.pieces)
            held[source] = held[source] or any(sum(piece.seen.values()) for piece in done.pieces)
            if not queue and not held[source]:
                found = replace(found, unread=(*found.unread, _nothing(done.unit)))
            yield found


def _nothing(unit: Unit) -> Unread:
    return Unread(unit.source.path, None, *NOTHING, modality_of(unit.format))


def _located(result: UnitResult, first: int) -> Located:
    path = result.unit.source.path
    reuses, unread, excluded = list[Reuse](), list[Unread](), list[Excluded]()
    for piece in result.pieces:
        reuses += _reuses(piece.reuses, path, first)
        unread += [placed(entry, path, first) for entry in piece.unread]
        excluded += [replace(entry, examples=tuple(path + example for example in entry.examples)) for entry in piece.excluded]
        first += piece.rows
    return Located(result.unit, result.pieces, tuple(reuses), tuple(unread), tuple(excluded), result.reused)


def _reuses(by_shard: Mapping[str, Sequence[Reuse]], path: str, first: int) -> Iterator[Reuse]:
    """The matches of a piece, item by item."""
    items: dict[int, Item] = {}
    for reuse in sorted((reuse for of_shard in by_shard.values() for reuse in of_shard), key=attrgetter("order")):
        if reuse.order not in items:
            items[reuse.order] = placed(reuse.item, path, first)
        yield replace(reuse, item=items[reuse.order])


def placed(entry: P, path: str, first: int) -> P:
    """A place, an item or an unread entry of a piece that begins at row ``first`` of a file."""
    record = entry.record + first if isinstance(entry.record, int) else entry.record
    if isinstance(entry, Unread):
        return replace(entry, path=path, record=record)
    locator = f"#{record}/{entry.field}" if isinstance(record, int) else entry.locator
    return replace(entry, path=path, record=record, locator=path + locator)
