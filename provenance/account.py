"""The account of an audit: every input ends as scanned, unread or excluded, per file and per modality."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from provenance.errors import AccountingError
from provenance.matching import OTHER
from provenance.model import Counts, Coverage, Excluded, UnitResult, Unread
from provenance.readers.plan import EXAMPLES, Plan


def coverage_of(plan: Plan, results: Sequence[UnitResult]) -> Coverage:
    """What was looked at: items of files that could be opened, and each other file as one.

    Excluded files stand in the totals; ``by_file`` names the files that were read or should have been. Raises AccountingError
    if a part of the input did not come back; within a part, ``scan_unit`` sees to it that nothing is lost.
    """
    if Counter(result.unit for result in results) != Counter(plan.units):
        raise AccountingError(f"{len(plan.units)} parts of the input were planned, {len(results)} came back")
    by_file: dict[str, Counts] = defaultdict(Counts)
    by_modality: dict[str, Counts] = defaultdict(Counts)
    for entry in plan.unread:
        for table, key in ((by_file, entry.path), (by_modality, str(entry.modality or OTHER))):
            table[key] = _sum(table[key], Counts(seen=1, unread=1))
    for result in results:
        for modality, counts in _counts(result).items():
            by_file[result.unit.source.path] = _sum(by_file[result.unit.source.path], counts)
            by_modality[modality] = _sum(by_modality[modality], counts)
    left_out = sum(entry.count for entry in plan.excluded)
    if left_out:
        by_modality[OTHER] = _sum(by_modality[OTHER], Counts(seen=left_out, excluded=left_out))
    total = _sum(*by_modality.values())
    read = sum(result.bytes for result in results)
    return Coverage(total.seen, total.scanned, total.unread, total.excluded, read, dict(sorted(by_modality.items())), dict(by_file))


def unread_of(plan: Plan, results: Sequence[UnitResult]) -> tuple[Unread, ...]:
    """Everything that could not be audited, by path and record."""
    every = [*plan.unread, *(entry for result in results for entry in result.unread)]
    return tuple(
        sorted(every, key=lambda entry: (entry.path, isinstance(entry.record, str), str(entry.record or "").zfill(12), entry.reason))
    )


def excluded_of(plan: Plan, results: Sequence[UnitResult]) -> tuple[Excluded, ...]:
    """What was not to be audited, summed by reason."""
    counts: dict[str, int] = defaultdict(int)
    examples: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for entry in (*plan.excluded, *(entry for result in results for entry in result.excluded)):
        counts[entry.reason] += entry.count
        examples[entry.reason] = (*examples[entry.reason], *entry.examples)[:EXAMPLES]
    return tuple(Excluded(reason, counts[reason], examples[reason]) for reason in sorted(counts))


def _counts(result: UnitResult) -> Mapping[str, Counts]:
    """A unit's counts by modality; only what is no media is excluded within a file."""
    left_out = sum(entry.count for entry in result.excluded)
    counts = {}
    for modality, seen in result.seen.items():
        scanned, excluded = result.scanned.get(modality, 0), left_out if modality == OTHER else 0
        counts[modality] = Counts(seen, scanned, seen - scanned - excluded, excluded)
        if counts[modality].unread < 0:
            raise AccountingError(f"{result.unit.source.path}: more {modality} items accounted for than seen")
    return counts


def _sum(*counts: Counts) -> Counts:
    return Counts(*(sum(values) for values in _columns(counts)))


def _columns(counts: Iterable[Counts]) -> Iterable[tuple[int, ...]]:
    rows = [(count.seen, count.scanned, count.unread, count.excluded) for count in counts]
    return zip(*rows, strict=True) if rows else ((0,), (0,), (0,), (0,))
