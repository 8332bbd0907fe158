"""Totals over all findings, per work and per source, counted as the findings pass by."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fingerprints.model import Match
from provenance.model import Disposition, Explained, Finding, SourceSummary, Summary, WorkRef, WorkSummary

UNDECIDED = "undecided"  # where no policy was asked
MOST_WORKS = 10_000  # works with a row of their own in ``by_work``: 3 MB of audit.json; those with most findings
MOST_SOURCES = 1_000  # rows of ``by_source``; where findings stand in more files, their folders are counted instead


class Sources:
    """Names the source of each path: the file, or the folder so many levels down that at most ``MOST_SOURCES`` have to be told apart."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._depth: int | None = None

    def add(self, path: str) -> None:
        """Takes a path; whatever the order of paths, the depth comes out the same, for a longer prefix never tells fewer apart."""
        self._names.add(self.of(path))
        while len(self._names) > MOST_SOURCES and self._depth != 1:
            self._depth = max(name.count("/") for name in self._names) if self._depth is None else self._depth - 1
            self._depth = max(1, self._depth)
            self._names = {self.of(name) for name in self._names}

    def of(self, path: str) -> str:
        """The path's source, final after the last ``add``; a path from the root keeps its leading slash."""
        return path if self._depth is None else "/".join(path.split("/", self._depth)[: self._depth]) or "/"


@dataclass(slots=True)
class _Total:
    """What is counted for one work or one source."""

    findings: int = 0
    occurrences: int = 0
    words: int = 0
    milliseconds: int = 0
    rank: int = -1
    sources: int = 0
    """A bit for each source."""

    def add(self, finding: Finding) -> None:
        self.findings += 1
        self.occurrences += finding.occurrence_count
        self.words += round(_measure(finding.match, "words"))
        self.milliseconds += round(1000 * _measure(finding.match, "seconds"))
        self.rank = max(self.rank, _rank(finding))

    @property
    def strictest(self) -> Disposition | None:
        return None if self.rank < 0 else tuple(Disposition)[self.rank]


class Tally:
    """Counts findings, the findings of one content at a time, in any order of contents."""

    def __init__(self) -> None:
        self._items = self._occurrences = self._known = self._waived = 0
        self._by_disposition = Counter[tuple[str, str]]()
        self._by_kind, self._unknown, self._explained = Counter[str](), Counter[str](), Counter[str]()
        self._works: dict[str, tuple[WorkRef, _Total]] = {}
        self._sources: dict[str, tuple[int, _Total]] = {}

    def add(self, findings: Sequence[Finding], sources: Iterable[str]) -> None:
        """Takes every finding of one content and the sources that it stands in."""
        if not findings:
            return
        self._items += 1
        self._occurrences += findings[0].occurrence_count
        for finding in findings:
            self._by_disposition[disposition(finding), finding.match.modality.value] += 1
            self._by_kind[finding.match.kind.value] += 1
            self._unknown.update(name for name, fact in finding.facts.items() if fact.value is None)
            self._known += finding.baseline == "known"
            self._waived += finding.waiver is not None
        self._place(findings, sources)

    def explain(self, passages: Iterable[Explained]) -> None:
        """Takes passages that are no findings."""
        self._explained.update(passage.by for passage in passages)

    def summary(self) -> Summary:
        """Everything counted so far."""
        by_disposition: dict[str, dict[str, int]] = {}
        for (name, modality), count in sorted(self._by_disposition.items()):
            by_disposition.setdefault(name, {})[modality] = count
        by_modality = Counter[str]()
        for counts in by_disposition.values():
            by_modality.update(counts)
        works = sorted(self._works.values(), key=lambda entry: (-entry[1].findings, entry[0].id))
        return Summary(
            findings=self._by_disposition.total(),
            items=self._items,
            occurrences=self._occurrences,
            works=len(works),
            sources=len(self._sources),
            by_disposition=by_disposition,
            by_kind=dict(sorted(self._by_kind.items())),
            by_modality=dict(sorted(by_modality.items())),
            known=self._known,
            waived=self._waived,
            unknown_facts=dict(sorted(self._unknown.items(), key=lambda entry: (-entry[1], entry[0]))),
            explained=dict(sorted(self._explained.items())),
            by_work=tuple(_of_work(*entry) for entry in works[:MOST_WORKS]),
            by_source=self._by_source(),
        )

    def _place(self, findings: Sequence[Finding], sources: Iterable[str]) -> None:
        """Counts for each work and for each source; a work's sources are bits in the order in which they came."""
        bits, rank = 0, max(map(_rank, findings))
        for source in sources:
            number, total = self._sources.setdefault(source, (len(self._sources), _Total()))
            bits |= 1 << number
            total.findings += len(findings)
            total.rank = max(total.rank, rank)
        for finding in findings:
            _, total = self._works.setdefault(finding.work.id, (finding.work, _Total()))
            total.add(finding)
            total.sources |= bits

    def _by_source(self) -> tuple[SourceSummary, ...]:
        works = [0] * len(self._sources)
        for _, total in self._works.values():
            for number in range(total.sources.bit_length()):
                works[number] += total.sources >> number & 1
        rows = (SourceSummary(path, total.findings, works[number], total.strictest) for path, (number, total) in self._sources.items())
        return tuple(sorted(rows, key=lambda row: row.path))


def summarised(findings: Iterable[Finding]) -> Summary:
    """The summary of findings at hand, the sources taken from the places that they list."""
    findings = tuple(findings)
    sources, tally = Sources(), Tally()
    by_content: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        by_content.setdefault((finding.item.modality, finding.item.sha256), []).append(finding)
        for place in finding.occurrences:
            sources.add(place.path)
    for group in by_content.values():
        tally.add(group, {sources.of(place.path) for finding in group for place in finding.occurrences})
    return tally.summary()


def disposition(finding: Finding) -> str:
    """The finding's disposition; ``undecided`` where no policy was asked."""
    return finding.decision.disposition.value if finding.decision else UNDECIDED


def _of_work(work: WorkRef, total: _Total) -> WorkSummary:
    seconds, sources = total.milliseconds / 1000, total.sources.bit_count()
    return WorkSummary(
        work.id, work.title, work.rights_holders, total.findings, total.occurrences, total.words, seconds, total.strictest, sources
    )


def _rank(finding: Finding) -> int:
    """Of the disposition; -1 without one."""
    return finding.decision.disposition.rank if finding.decision else -1


def _measure(match: Match, name: str) -> float:
    value = match.measures.get(name, 0)
    return 0 if isinstance(value, str) else value
