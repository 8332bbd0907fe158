"""The account of an audit: every input ends as scanned, unread or excluded, per file and per modality."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from fingerprints.calibration import upper_95
from provenance.errors import AccountingError
from provenance.located import Located
from provenance.matching import OTHER
from provenance.model import Counts, Coverage, Excluded, PieceResult, Sample, Unread
from provenance.readers.plan import EXAMPLES, Plan
from provenance.shortlist import UnreadList, shortened


class Account:
    """What has come of each part of the input so far."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._missing = Counter(plan.units)
        self._by_file: dict[str, Counts] = defaultdict(Counts)
        self._by_modality: dict[str, Counts] = defaultdict(Counts)
        self._bytes = 0
        self._unread = UnreadList()
        self._excluded: dict[str, tuple[int, tuple[str, ...]]] = {}
        for entry in plan.unread:
            self._unread.add(entry)
            self._add(entry.path, str(entry.modality or OTHER), Counts(seen=1, unread=1))
        for left_out in plan.excluded:
            self._exclude(left_out)
            counts = self._by_modality[OTHER]
            self._by_modality[OTHER] = _sum(counts, Counts(seen=left_out.count, excluded=left_out.count))

    def enter(self, result: Located) -> None:
        """Enters what a unit gave; raises AccountingError if it came twice, or was never planned."""
        unit = result.unit
        self._missing[unit] -= 1
        if self._missing[unit] < 0:
            raise AccountingError(f"{unit.source.path}: a part of it came back twice")
        counted = 0
        for piece in result.pieces:
            for modality, counts in _counts(piece).items():
                self._add(unit.source.path, modality, counts)
            counted += len(piece.unread)
            self._bytes += piece.bytes
        for extra in result.unread[counted:]:
            self._add(unit.source.path, str(extra.modality or OTHER), Counts(seen=1, unread=1))
        for entry in result.unread:
            self._unread.add(entry)
        for left_out in result.excluded:
            self._exclude(left_out)

    def coverage(self) -> Coverage:
        """What was looked at: items of files that could be opened, and each other file as one.

        Excluded files stand in the totals; ``by_file`` names the files that were read or should have been. Raises AccountingError
        if a part of the input did not come back; within a part, ``provenance.matching`` sees to it that nothing is lost.
        """
        missing = sum(self._missing.values())
        if missing:
            raise AccountingError(f"{missing} of {len(self._plan.units)} parts of the input did not come back")
        total = _sum(*self._by_modality.values())
        modalities = dict(sorted(self._by_modality.items()))
        return Coverage(total.seen, total.scanned, total.unread, total.excluded, self._bytes, modalities, shortened(self._by_file))

    def unread(self) -> tuple[Unread, ...]:
        """What could not be audited, by path and record; the first of very many."""
        return self._unread.listed()

    def sample(self, share: float, occurrences: int) -> Sample | None:
        """What a sample says of the items left out, where one was taken; ``occurrences`` of the items looked at hold a finding."""
        if share >= 1:
            return None
        left_out, _ = self._excluded.get("sample", (0, ()))
        scanned = _sum(*self._by_modality.values()).scanned
        return Sample(share, scanned, left_out, occurrences, upper_95(occurrences, scanned) if scanned else 1.0)

    def excluded(self) -> tuple[Excluded, ...]:
        """What was not to be audited, summed by reason."""
        return tuple(Excluded(reason, count, examples) for reason, (count, examples) in sorted(self._excluded.items()))

    def _exclude(self, entry: Excluded) -> None:
        count, examples = self._excluded.get(entry.reason, (0, ()))
        self._excluded[entry.reason] = (count + entry.count, tuple(sorted({*examples, *entry.examples})[:EXAMPLES]))

    def _add(self, path: str, modality: str, counts: Counts) -> None:
        self._by_file[path] = _sum(self._by_file[path], counts)
        self._by_modality[modality] = _sum(self._by_modality[modality], counts)


def _counts(piece: PieceResult) -> Mapping[str, Counts]:
    """A piece's counts by modality."""
    left_out = Counter[str]()
    for entry in piece.excluded:
        left_out[entry.modality.value if entry.modality else OTHER] += entry.count
    counts = {}
    for modality, seen in piece.seen.items():
        scanned, excluded = piece.scanned.get(modality, 0), left_out[modality]
        counts[modality] = Counts(seen, scanned, seen - scanned - excluded, excluded)
        if counts[modality].unread < 0:
            raise AccountingError(f"more {modality} items accounted for than seen")
    return counts


def _sum(*counts: Counts) -> Counts:
    return Counts(*(sum(values) for values in _columns(counts)))


def _columns(counts: Iterable[Counts]) -> Iterable[tuple[int, ...]]:
    rows = [(count.seen, count.scanned, count.unread, count.excluded) for count in counts]
    return zip(*rows, strict=True) if rows else ((0,), (0,), (0,), (0,))
