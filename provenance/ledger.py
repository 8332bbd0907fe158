"""Every match of an audit, however many, and the findings that come of them, both in bounded memory."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from struct import Struct
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import orjson
from pydantic import TypeAdapter

from fingerprints.model import Match
from provenance.aggregate import Aggregation, Content
from provenance.copies import Copies, CopyCounter, copies_of
from provenance.document import Kept, keep
from provenance.explaining import Territories
from provenance.model import Explained, Finding, Item, Place, Reuse, Summary, Work
from provenance.shortlist import Shortlist
from provenance.sorting import Record, Sorter
from provenance.summary import Sources, Tally

MOST_OCCURRENCES = 1_000  # places that a finding lists: 190 kB of audit.json; the count is exact
MOST_EXPLAINED = 10_000  # passages that audit.json lists: 8 MB of it; the counts are exact
ENTRY = TypeAdapter(tuple[Item, tuple[tuple[str, str, Match], ...]])
NUMBER = Struct(">Q")  # big-endian, so that numbers sort as bytes: start of the unit, place in the order of arrival
SEQUENCE = Struct(">I")

NOTHING_COUNTED: tuple[bytes, Copies] = b"", {}

Decide: TypeAlias = Callable[[Finding, int], Finding]
"""Completes a finding, of whose passage there are so many copies in the data."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What an audit found: totals, the first of the explained passages, and every finding in the order of the input."""

    summary: Summary
    explained: tuple[Explained, ...]
    findings: Iterable[Kept]
    """Readable as often as wanted while the ledger is open."""


class Ledger(AbstractContextManager["Ledger"]):
    """Takes the matches of units as they come; what memory does not hold goes to files in a folder of its own within ``folder``.

    2,000,000 matches of 200,000 contents, one of them in 1,000,000 places, took 144 MB of memory, the libraries included, and 82 MB of
    files; fewer than 40,000 take no file (see ``provenance.sorting``).
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = TemporaryDirectory(prefix="ledger-", dir=folder)
        self._occurrences = Sorter(Path(self._folder.name), "occurrences")
        self._sources = Sources()
        self._arrived = 0

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def add(self, order: tuple[str, int], reuses: Iterable[Reuse]) -> None:
        """Takes matches of the unit with this path and start, in any order of units.

        Within a unit, also over several calls, the sequence is that of its items: an item's matches with several index shards stand
        together, or those of a later item would come first where only a later shard knows the earlier.
        """
        path, start = order
        for _, matched in groupby(reuses, key=lambda r: (r.item.modality, r.item.sha256, r.item.locator)):
            found = list(matched)
            item = found[0].item
            self._sources.add(item.path)
            self._arrived += 1
            place = b"%s\0%s%s" % (path.encode(), NUMBER.pack(start), NUMBER.pack(self._arrived))
            entry = (item, [(reuse.work, reuse.asset, reuse.match) for reuse in found])
            self._occurrences.add(b"%s:%s\0%s" % (item.modality.encode(), item.sha256.encode(), place), orjson.dumps(entry))

    def settled(
        self,
        works: Mapping[str, Work],
        territories: Callable[[Iterable[str]], Territories] = lambda _: None,
        decide: Decide = lambda finding, _: finding,
        alike: Callable[[str], Hashable] = lambda _: None,
    ) -> Settled:
        """Aggregates, decides and counts everything that was added; once, after the last ``add``.

        ``works`` holds every registered work in the order of registration, ``territories`` gives those of the act for paths, ``decide``
        completes a finding, ``alike`` tells paths apart of which the user knows different things: one place of each is always listed.
        """
        aggregation, tally = Aggregation(works, territories), Tally()
        findings = Sorter(Path(self._folder.name), "findings")
        explained: Shortlist[Explained] = Shortlist(MOST_EXPLAINED)
        copies = self._copies()
        counted = NOTHING_COUNTED
        for key, records in groupby(self._occurrences, key=_content_key):
            place, content, sources = self._content(records, alike)
            if counted[0] < key:  # a content of nothing but leads has none
                counted = next(copies, NOTHING_COUNTED)
            found, passages = aggregation.findings(content)
            decided = [decide(finding, _multiplicity(finding, counted[1] if counted[0] == key else {})) for finding in found]
            for number, finding in enumerate(decided):
                findings.add(place + SEQUENCE.pack(number), _packed(keep(finding)))
            for number, passage in enumerate(passages):
                explained.add((place, number), passage)
            tally.add(decided, sources)
            tally.explain(passages)
        self._occurrences.clear()
        return Settled(tally.summary(), explained.listed(), _Findings(findings))

    def _copies(self) -> Iterator[tuple[bytes, Copies]]:
        """The copies of the stretches of every content, by its key."""
        counter = CopyCounter(Path(self._folder.name))
        for key, records in groupby(self._occurrences, key=_content_key):
            _, content, _ = self._content(records, lambda _: None)
            counter.add(key, content.occurrence_count, ((reuse.asset, reuse.match) for reuse in content.reuses))
        return counter.copies()

    def _content(self, records: Iterable[Record], alike: Callable[[str], Hashable]) -> tuple[bytes, Content, set[str]]:
        """A content by its occurrences, its place among all, and the sources it stands in.

        Places are told apart by locator within a unit: two members of one name and content in an archive are one place.
        """
        places: list[Place] = []
        first: dict[bytes, None] = {}  # the entries of the first occurrence, which may be several: an item in the order of its shards
        known: set[Hashable] = set()
        sources: set[str] = set()
        unit, beginning, count, locators = b"", b"", 0, set[str]()
        for key, entry in records:
            position = key.partition(b"\0")[2]
            place = _place(entry)
            if position[: -NUMBER.size] != unit:
                unit, locators = position[: -NUMBER.size], set()
                kind = alike(place.path)
                sources.add(self._sources.of(place.path))
            beginning = beginning or position
            if not places or (place.locator == places[0].locator and beginning.startswith(unit)):
                first[entry] = None
            if place.locator in locators:
                continue
            locators.add(place.locator)
            count += 1
            if len(places) < MOST_OCCURRENCES or kind not in known:
                places.append(place)
                known.add(kind)
        item, reuses = _decoded(first)
        return beginning, Content(item, tuple(places), count - len(places), reuses), sources


class _Findings:
    """Findings in the order of their first occurrence, read anew each time."""

    def __init__(self, records: Sorter) -> None:
        self._records = records

    def __iter__(self) -> Iterator[Kept]:
        return (_unpacked(payload) for _, payload in self._records)


def _content_key(record: Record) -> bytes:
    """Of an occurrence: the modality and digest of its content."""
    return record[0].partition(b"\0")[0]


def _multiplicity(finding: Finding, copies: Copies) -> int:
    """How often the passage stands in the data; a lead, which counts as no copy, as often as its item at least."""
    return max(finding.occurrence_count, copies_of(finding.match, finding.work.asset, copies))


def _place(entry: bytes) -> Place:
    item: Mapping[str, Any] = orjson.loads(entry)[0]
    return Place(item["path"], item["record"], item["field"], item["locator"])


def _decoded(entries: Iterable[bytes]) -> tuple[Item, tuple[Reuse, ...]]:
    decoded = [ENTRY.validate_json(entry) for entry in entries]
    item = decoded[0][0]
    return item, tuple(Reuse(item, work, asset, match) for _, matched in decoded for work, asset, match in matched)


def _packed(kept: Kept) -> bytes:
    """One line of canonical JSON and one with what stands beside it."""
    return kept.canonical + b"\n" + orjson.dumps((kept.disposition, kept.evidence))


def _unpacked(payload: bytes) -> Kept:
    canonical, _, beside = payload.rpartition(b"\n")
    return Kept(canonical, *orjson.loads(beside))
