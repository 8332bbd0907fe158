"""The types of an audit, from the unit of input to the audit as a whole.

All are frozen; ``audit.json`` is the JSON form of ``Audit`` (see ``provenance.document``). Dates are ISO 8601, sizes are bytes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from fingerprints.model import Kind, Match, Modality, Segment

SCHEMA = "provenance-audit/1"


def finding_id(work: str, item_sha256: str, modality: Modality) -> str:
    """The id on which baselines, waivers and exhibits hang: it changes with the work and the item's content, and with nothing else."""
    return "F-" + hashlib.sha256(f"{work}\0{item_sha256}\0{modality}".encode()).hexdigest()[:16]


class Disposition(StrEnum):
    """What a policy says of a finding, from least to most restrictive; the first three are permissive."""

    NO_OBJECTION = "no-objection"
    LICENCE_ON_RECORD = "licence-on-record"
    ATTRIBUTION_DUE = "attribution-due"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for the least restrictive."""
        return tuple(Disposition).index(self)

    @property
    def permissive(self) -> bool:
        """True if a finding so decided needs nobody's attention, or only a credit line."""
        return self.rank < Disposition.REVIEW.rank


class Severity(StrEnum):
    """How loudly a report speaks of a finding."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


# --- input -------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A file under audit: where it is, and the name under which reports know it."""

    file: Path
    """For a file behind a URL, what stands for a path there (``provenance.readers.remote``)."""
    path: str
    """The path given on the command line joined with the file's relative path, with forward slashes."""
    size: int
    modified: int = 0
    """Nanoseconds since 1970; 0 where the place it is in does not say."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A deterministic slice of one file, planned from the input alone; the engine carries units and nothing else.

    ``start`` and ``stop`` count bytes of a JSONL file or of a tar, row groups of a Parquet file, bytes of a zip's directory; both None
    mean the whole file. Where a slice begins is not where its first record begins: the reader takes what begins within it.
    """

    source: Source
    format: str
    """Name of the reader, and the compression behind a dot: ``jsonl``, ``csv.zst``."""
    start: int | None = None
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands in the data set."""

    path: str
    record: int | str | None
    """Zero-based row of a JSONL or Parquet file, the member's name in an archive, None for a plain file."""
    field: str | None
    locator: str
    """Path, record and field in one line, such as ``train.jsonl#17/text``."""


@dataclass(frozen=True, slots=True)
class Item(Place):
    """One thing under audit."""

    modality: Modality
    sha256: str
    """Of the UTF-8 text of a text item, of the encoded bytes of any other."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What stood beside it (licence, url, title, author, date), verbatim, by the name of its field, and what a picture says of itself
    (``exif:Copyright``; ``docs/claims.md``)."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An input that could not be audited, and why."""

    path: str
    record: int | str | None
    reason: str
    """A stable word, such as ``truncated``, ``bad-record``, ``too-large``, ``lfs-pointer``, ``undecodable``."""
    detail: str
    modality: Modality | None = None


@dataclass(frozen=True, slots=True)
class Excluded:
    """Inputs that were not to be audited, by reason."""

    reason: str
    count: int
    examples: tuple[str, ...]
    modality: Modality | None = None


# --- registry ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Licence:
    """One agreement, weighed whole. None is UNKNOWN; an empty set is known to be empty."""

    id: str
    """An SPDX expression, a ``LicenseRef-…``, or the id of an agreement."""
    uses: frozenset[str] | None = None
    territories: frozenset[str] | None = None
    """ISO 3166-1 alpha-2 codes, or ``WORLD``."""
    commercial: bool | None = None
    derivatives: bool | None = None
    attribution_required: bool | None = None
    start: date | None = None
    end: date | None = None
    perpetual: bool = False
    """True if it is on record that the licence has no end; otherwise a missing ``end`` is UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A rights holder's machine-readable reservation against text and data mining."""

    mechanism: str
    value: bool
    seen: date | None = None


@dataclass(frozen=True, slots=True)
class Rights:
    """What is recorded of a work's rights. None is UNKNOWN."""

    status: Literal["in-copyright", "public-domain", "openly-licensed"] | None = None
    public_domain_territories: frozenset[str] | None = None
    licences: tuple[Licence, ...] | None = None
    reservations: tuple[Reservation, ...] | None = None


@dataclass(frozen=True, slots=True)
class Asset:
    """One registered file of a work."""

    id: str
    """``sha256`` of its bytes."""
    modality: Modality
    file: str
    """Where it was when it was registered; evidence shows the work's side only while it is there unchanged."""
    size: int


@dataclass(frozen=True, slots=True)
class Work:
    """A registered work. None is UNKNOWN."""

    id: str
    title: str
    creators: tuple[str, ...] = ()
    rights_holders: tuple[str, ...] = ()
    work_type: str | None = None
    genre: str | None = None
    creativity: str | None = None
    published: bool | None = None
    first_published: date | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)
    boilerplate: bool = False
    """A text that many works carry (a licence notice); its passages explain matches with others."""
    rights: Rights = field(default_factory=Rights)
    assets: tuple[Asset, ...] = ()
    claims: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What each registered picture says of itself, by asset; of one that is not named nobody has looked."""


# --- findings ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reuse:
    """One item's match with one work, before the whole audit is known."""

    item: Item
    work: str
    asset: str
    match: Match
    order: int = 0
    """Place of the item among those of its piece."""


def strength(reuse: Reuse) -> tuple[int, float, float, str]:
    """Sorts the matches of one item and work, strongest first: by kind, coverage of the item, score, asset."""
    match = reuse.match
    return tuple(Kind).index(match.kind), -match.coverage_of_item, -match.score, reuse.asset


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an exhibit, made where the item was at hand: its name in the evidence folder, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PieceResult:
    """What scanning one piece of a unit gave; the counts are of items, by modality, with what has no known modality under ``other``.

    It holds wherever the same content is met again: paths in it are empty, locators begin behind the path, rows count from the piece's
    first. ``provenance.located`` puts it in its place.
    """

    content: str
    """SHA-256 of the piece (see ``provenance.readers.piece``), in hexadecimal; empty for what stands outside of pieces."""
    rows: int
    """Rows that the piece takes up in its file; 0 where records have names."""
    size: int
    """Bytes of input."""
    seen: Mapping[str, int]
    scanned: Mapping[str, int]
    bytes: int
    """Of the items scanned."""
    unread: tuple[Unread, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    reuses: Mapping[str, tuple[Reuse, ...]] = field(default_factory=dict)
    """The matches by index shard, for every shard that the piece was compared with; those that gave none are named too."""
    exhibits: tuple[Attachment, ...] | None = None
    """None if none were asked for."""
    file: str | None = None
    """SHA-256 of the whole file, in the result that stands for it."""


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What the pieces of one unit gave, in order."""

    unit: Unit
    pieces: tuple[PieceResult, ...]
    reused: int = 0
    """Of the pieces, those whose results were known already."""


@dataclass(frozen=True, slots=True)
class WorkRef:
    """A work as a finding cites it."""

    id: str
    title: str
    asset: str
    creators: tuple[str, ...] = ()
    rights_holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that policy rules read, and where it comes from; None is UNKNOWN."""

    value: Any
    source: Literal["measured", "registry", "metadata", "user", "counsel"]


@dataclass(frozen=True, slots=True)
class ConditionTrace:
    """One condition of a rule, the values it saw, and what came of it."""

    text: str
    value: Any
    outcome: Literal["true", "false", "unknown"]


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule as it was looked at; ``exempt`` is a rule that another one, being true, set aside."""

    rule: str
    outcome: Literal["true", "false", "unknown", "exempt"]
    disposition: Disposition
    conditions: tuple[ConditionTrace, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says of one finding, and why; ``rule`` is None where no rule fired and the pack's default holds."""

    disposition: Disposition
    rule: str | None
    severity: Severity
    title: str = ""
    rationale: str = ""
    how_to_fix: str = ""
    legal_basis: tuple[str, ...] = ()
    trace: tuple[RuleTrace, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One work in one item, wherever that item occurs."""

    id: str
    """Digest of work, item digest and modality: stable when schemes, thresholds or files move."""
    revision: str
    """Digest of scheme and aligned segments."""
    occurrences: tuple[Place, ...]
    """The first ones by path and place, and of those beyond the first one of which the user knows something else."""
    item: Item
    """The first occurrence."""
    work: WorkRef
    match: Match
    """The strongest, by kind, then by how much of the item it covers."""
    other_matches: tuple[Match, ...]
    alternatives: tuple[WorkRef, ...]
    """Other works that explain the same passage: editions, shared sources."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    decision: Decision | None = None
    """None until the policy has been asked, and where there is none."""
    baseline: Literal["new", "known"] | None = None
    waiver: Mapping[str, Any] | None = None
    evidence: str | None = None
    """Name of the exhibit's JSON in the evidence folder, which is written here as ``evidence/``."""
    further_occurrences: int = 0
    """How many there are beside those listed."""

    @property
    def occurrence_count(self) -> int:
        """In how many places the item stands."""
        return len(self.occurrences) + self.further_occurrences


@dataclass(frozen=True, slots=True)
class Explained:
    """A passage that is no finding: it stands in works of many, or in one marked as boilerplate or public domain."""

    item: Item
    segments: tuple[Segment, ...]
    works: tuple[str, ...]
    by: str


# --- the audit ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
    """Items of one file or modality: seen = scanned + unread + excluded."""

    seen: int = 0
    scanned: int = 0
    unread: int = 0
    excluded: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at."""

    seen: int
    scanned: int
    unread: int
    excluded: int
    bytes: int
    by_modality: Mapping[str, Counts]
    by_file: Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class WorkSummary:
    """What was found of one work in the whole audit."""

    id: str
    title: str
    rights_holders: tuple[str, ...]
    findings: int
    occurrences: int
    """Places of the items in which it was found."""
    words: int
    """Matched in texts, an item that occurs many times counted once."""
    seconds: float
    """Matched in sounds, counted likewise."""
    strictest: Disposition | None
    """None where no policy was asked."""
    sources: int
    """In how many sources (see ``SourceSummary``) it was found."""


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """What was found in one file, or below one folder where there are too many files to list."""

    path: str
    findings: int
    works: int
    strictest: Disposition | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals over all findings, those included that ``audit.json`` does not hold."""

    findings: int = 0
    items: int = 0
    """Distinct contents with a finding."""
    occurrences: int = 0
    """Places of these items."""
    works: int = 0
    sources: int = 0
    """Files or folders with a finding."""
    by_disposition: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Findings by disposition (``undecided`` without a policy) and modality; only what occurs."""
    by_kind: Mapping[str, int] = field(default_factory=dict)
    by_modality: Mapping[str, int] = field(default_factory=dict)
    known: int = 0
    """Findings that stand in the baseline."""
    waived: int = 0
    unknown_facts: Mapping[str, int] = field(default_factory=dict)
    """Facts that nobody supplied, with the findings that lack them, most often missing first."""
    explained: Mapping[str, int] = field(default_factory=dict)
    """Passages that are no findings, by what explains them, those included that are not listed."""
    by_work: tuple[WorkSummary, ...] = ()
    """Most findings first, up to a stated number of works."""
    by_source: tuple[SourceSummary, ...] = ()
    """By path."""


@dataclass(frozen=True, slots=True)
class FindingsFile:
    """The Parquet file beside ``audit.json`` that holds every finding."""

    name: str
    sha256: str
    count: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What part of the items was looked at, chosen by content, and what that says of the others."""

    share: float
    scanned: int
    left_out: int
    with_finding: int
    """Of the items scanned."""
    upper_95: float
    """At most this share of the items left out holds a finding, at 95 %, as far as contents are distinct: equal items are in the sample
    together or not at all."""


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """How often a scheme reports a match where nothing was reused, as measured when it was calibrated."""

    scheme: str
    modality: Modality
    trial: str
    n: int
    false_matches: int
    upper_95: float
    population: str
    date: date


@dataclass(frozen=True, slots=True)
class Context:
    """Under which terms the audit was made: everything that another person needs to make it again."""

    as_of: date
    inputs: Mapping[str, Any]
    registry: Mapping[str, Any]
    policy: Mapping[str, Any] | None
    use: Mapping[str, Any]
    settings: Mapping[str, Any]
    error_rates: tuple[ErrorRate, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """The circumstances of one run; the audit's digest covers everything but this."""

    digest: str
    """SHA-256 of the audit's canonical JSON without ``run`` (see ``provenance.document.digest``)."""
    started: str
    seconds: float
    host: str
    command: tuple[str, ...]
    workers: int
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Audit:
    """Findings, coverage and context: what every report is rendered from."""

    run: Run
    context: Context
    coverage: Coverage
    unread: tuple[Unread, ...]
    excluded: tuple[Excluded, ...]
    explained: tuple[Explained, ...]
    findings: tuple[Finding, ...]
    """All of them, or the strictest, in the order of the input; ``summary.findings`` says how many there are."""
    gate: Mapping[str, Any] = field(default_factory=dict)
    """Whether the run passed, its exit status and every reason."""
    summary: Summary = field(default_factory=Summary)
    findings_file: FindingsFile | None = None
    """Where all findings are, if not all of them are here."""
    sample: Sample | None = None
    """None where all items were looked at."""
    schema: str = SCHEMA


# --- exhibits ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text in an exhibit; ``omitted`` code points were left out before it."""

    text: str
    matched: bool
    omitted: int = 0


@dataclass(frozen=True, slots=True)
class TextSide:
    """One side of a text exhibit, with context around the matched runs."""

    label: str
    start: int
    """Code point of the original text where the first piece begins."""
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class PictureSide:
    """One side of an image exhibit: a reduced picture, and the matched region in its pixels."""

    label: str
    file: str
    """Beside the exhibit's JSON."""
    width: int
    height: int
    outlines: tuple[tuple[tuple[float, float], ...], ...]
    """Corners of each matched region in pixels of this reduced picture."""
    scale: float
    """Pixels of this picture for one pixel of the original."""


LAID = ("item", "work", "overlay", "difference")
"""The pictures of an alignment, by the names of its fields."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A matched region of two pictures, the work laid over the item: four pictures of one frame and one size, beside the exhibit's JSON."""

    region: int
    """Number of the outline on both sides, from 1."""
    width: int
    """Of each picture, in px."""
    height: int
    outline: tuple[tuple[float, float], ...]
    """Corners of the region in these pictures; where the item cuts the work off they lie outside."""
    item: str
    """The item as it stands, the region with a little around it."""
    work: str
    """The work, turned, mirrored and scaled to lie as it does in the item."""
    overlay: str
    """Squares of the item and of the work in turn."""
    difference: str
    """White where both are equal once the work's colours are matched to the item's as a whole, black from 64 levels of 255."""
    differing: float
    """Share of the region in which they differ by 32 levels or more."""
    measures: Mapping[str, float | bool]
    """How the work stands in this region, by the names of a match's measures: mirrored, inverted, rotated, scaled."""

    @property
    def files(self) -> tuple[str, ...]:
        """The four pictures, in the order of ``LAID``."""
        return self.item, self.work, self.overlay, self.difference


@dataclass(frozen=True, slots=True)
class SoundSide:
    """One side of an audio exhibit: its length, the matched stretches, and a picture of its spectrum."""

    label: str
    duration_ms: int
    stretches: tuple[tuple[int, int], ...]
    file: str
    """Spectrogram beside the exhibit's JSON: time to the right over the whole duration, frequency upwards on a logarithmic scale."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What a person looks at to judge a finding; ``work`` is None while the registered file is not at hand."""

    finding: str
    modality: Modality
    item: TextSide | PictureSide | SoundSide
    work: TextSide | PictureSide | SoundSide | None
    note: str = ""
    """Why a side is missing or shortened."""
    alignments: tuple[Alignment, ...] = ()
    """Of pictures, by region; none where the registered file was not at hand, and in exhibits written before there were any."""
    schema: str = "provenance-exhibit/1"
