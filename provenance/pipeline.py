"""The whole way: plan, scan on an engine, aggregate, decide, judge. ``audit`` is the Python API."""

import hashlib
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from provenance import engines, policy
from provenance.account import Account
from provenance.assembly import completed
from provenance.cache import Cache
from provenance.calibration import error_rates
from provenance.claims import unread
from provenance.decide import decided
from provenance.engines.task import ScanTask
from provenance.errors import UsageError
from provenance.evidence import NOT_AT_HAND, ExhibitMaker
from provenance.evidence.folder import EvidenceFolder
from provenance.gate import judged
from provenance.ledger import Ledger
from provenance.located import Located, located
from provenance.model import Audit, Context, Finding, PieceResult, Run, Unit, UnitResult
from provenance.options import Options
from provenance.readers.names import visible
from provenance.readers.plan import Plan, plan
from provenance.readers.remote import public
from provenance.shortlist import MOST_FILES
from provenance.terms import Terms, cache_key, cited, read_settings, use, versions

PASSING = frozenset({"no-library", "decoder-died", "decoder-timeout", "decoder-memory", "decoder-failed", "unreadable", "more-unread"})
"""Reasons that may not hold in another run, and the one that may hide them."""
Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""
Announce = Callable[[Plan], None]
"""Called with the plan before anything is scanned."""


def audit(
    paths: Sequence[Path | str],
    registry: Path,
    options: Options | None = None,
    progress: Progress | None = None,
    announce: Announce | None = None,
) -> Audit:
    """Everything of the registry that reappears in the paths, decided by the policy.

    Paths are local or URLs that fsspec knows. Raises AuditError (see ``provenance.errors``) when the run cannot be made; what concerns
    one input is in the audit.
    """
    options, clock = options or Options(), Clock()
    terms = Terms.read(registry, options)
    planned = planned_for(paths, registry, options, announce)
    with EvidenceFolder.opened(options.evidence) if options.evidence else nullcontext() as evidence:
        results = scanned(planned.units, terms, options, progress, evidence)
        return concluded(results, planned, terms, options, named(paths), clock, evidence)


def planned_for(paths: Sequence[Path | str], registry: Path, options: Options, announce: Announce | None) -> Plan:
    """What is to be audited; the registry and the outputs of this and earlier runs are left out."""
    settings = read_settings(options)
    found = plan(paths, options.include, options.exclude, own=(registry, *options.own), settings=settings)
    if announce:
        announce(found)
    return found


def scanned(
    units: Sequence[Unit],
    terms: Terms,
    options: Options,
    progress: Progress | None = None,
    evidence: EvidenceFolder | None = None,
    *,
    show: bool = False,
) -> Iterator[UnitResult]:
    """The result of each unit as it comes; new results of pieces are kept in the cache, if there is one.

    Exhibits go to ``evidence`` as they come; with ``show`` they are made and left in the results.
    """
    cache = Cache(options.cache, cache_key(options, terms.leads)) if options.cache else None
    task = ScanTask(
        shards=terms.snapshot.shards,
        assets=terms.snapshot.assets,
        erased=terms.snapshot.erased,
        exhibitor=ExhibitMaker(terms.files) if evidence or show else None,
        settings=read_settings(options),
        share=options.sample,
        known=cache,
        leads=terms.leads,
    )
    tell = _Bytes(units, progress)
    with ExitStack() as stack:
        keep = stack.enter_context(cache.writer()).keep if cache else None

        def on_piece(unit: Unit, result: PieceResult, known: bool) -> PieceResult:
            if keep and result.content and not known and lasting(result):
                keep(result)
            tell(unit, result)
            if evidence is None:
                return result
            evidence.take(result.exhibits or ())
            return replace(result, exhibits=None)

        yield from engines.run(units, task, options, on_piece)


def lasting(result: PieceResult) -> bool:
    """False for a result that another run may not have: a library was missing, a decoder was given up, a work's file was not at hand."""
    if any(entry.reason in PASSING for entry in result.unread):
        return False
    items = (reuse.item for reuses in result.reuses.values() for reuse in reuses)
    if any(reason in PASSING for item in items for reason in unread(item.metadata)):
        return False
    return all(NOT_AT_HAND.encode() not in exhibit.content for exhibit in result.exhibits or () if exhibit.name.endswith(".json"))


def concluded(
    results: Iterable[UnitResult],
    planned: Plan,
    terms: Terms,
    options: Options,
    names: Sequence[str],
    clock: "Clock",
    evidence: EvidenceFolder | None = None,
) -> Audit:
    """The audit that comes of all results: accounted for, aggregated, decided and judged."""
    account, inputs = Account(planned), _Inputs()
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="provenance-")))))
        for unit in located(results, planned.units):
            account.enter(unit)
            inputs.enter(unit)
            ledger.add((unit.unit.source.path, unit.unit.start or 0), unit.reuses)
            if evidence:  # of a merge; those of this run are there already
                evidence.take(exhibit for piece in unit.pieces for exhibit in piece.exhibits or ())
        coverage = account.coverage()
        if coverage.seen == coverage.excluded:
            remedy = "name files or folders with data; check --include, --exclude, --sample"
            raise UsageError("nothing to scan: no input is left after exclusions", remedy)

        def decide(finding: Finding, copies: int) -> Finding:
            finding = decided(finding, terms.works[finding.work.id], terms.rules, terms.user, copies)
            return replace(finding, evidence=evidence.settled(finding)) if evidence else finding

        settled = ledger.settled(terms.works, terms.user.territories, decide, terms.user.patterns)
        result = Audit(
            run=clock.run(options),
            context=Context(
                as_of=terms.as_of,
                inputs={
                    "paths": list(names),
                    "files": planned.seen,
                    "bytes": planned.bytes,
                    "tables": [asdict(table) for table in planned.tables],
                    **inputs.digests(),
                },
                registry=terms.registry(),
                policy=policy.citation(terms.rules) if terms.rules else None,
                use=use(options),
                settings=cited(options),
                error_rates=error_rates(set(terms.snapshot.schemes) & set(coverage.by_modality)),
            ),
            coverage=coverage,
            unread=account.unread(),
            excluded=account.excluded(),
            explained=settled.explained,
            findings=(),
            gate=judged(settled.summary, coverage.unread, options.fail_on, options.allow_unread),
            summary=settled.summary,
            sample=account.sample(options.sample, settled.summary.occurrences),
        )
        result = completed(result, settled.findings, options.findings)
        return replace(result, run=replace(result.run, seconds=clock.seconds()))


class Clock:
    """When the run began."""

    def __init__(self) -> None:
        self._started, self._clock = datetime.now(UTC), time.perf_counter()

    def seconds(self) -> float:
        """Since then."""
        return round(time.perf_counter() - self._clock, 3)

    def run(self, options: Options) -> Run:
        """The circumstances, still without digest and duration."""
        command = tuple(visible(public(word)) for word in options.command)
        found = {**versions(), "python": platform.python_version()}
        return Run("", self._started.isoformat(timespec="seconds"), 0.0, platform.node(), command, options.jobs, found)


class _Inputs:
    """What was read, by the digest of every local file, and by the digest of the pieces of all."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._pieces: dict[str, str] = {}
        """By path, the SHA-256 of that of the pieces before and of the next one's content."""

    def enter(self, result: Located) -> None:
        """Takes a unit's digests, in the order of the units of its file."""
        path = result.unit.source.path
        chain = self._pieces.get(path, "")
        for piece in result.pieces:
            if piece.file:
                self._files[path] = piece.file
            if piece.content:
                chain = hashlib.sha256(f"{chain}{piece.content}".encode()).hexdigest()
        self._pieces[path] = chain

    def digests(self) -> Mapping[str, Any]:
        """One ``sha256`` over all that was read, and ``sha256_of`` the first files by path (None: it is remote, or was not read)."""
        whole = hashlib.sha256()
        for path, pieces in sorted(self._pieces.items()):
            whole.update(f"{pieces}  {path}\n".encode())
        listed = sorted(self._pieces)[:MOST_FILES]
        return {"sha256": whole.hexdigest(), "sha256_of": {path: self._files.get(path) for path in listed}}


class _Bytes:
    """Tells the progress in bytes of the input; the units of one file share its size."""

    def __init__(self, units: Sequence[Unit], progress: Progress | None) -> None:
        self._progress = progress
        self._parts = Counter(unit.source.path for unit in units) if progress else Counter[str]()
        self._total = sum(unit.source.size / self._parts[unit.source.path] for unit in units) if progress else 0.0
        self._done: dict[Unit, float] = {}
        self._sum = 0.0

    def __call__(self, unit: Unit, result: PieceResult) -> None:
        """Counts a piece, up to the size of its unit: what a compressed stream gives is more than what is read of it."""
        if self._progress is None:
            return
        share = unit.source.size / self._parts[unit.source.path]
        before = self._done.get(unit, 0.0)
        self._done[unit] = share if result.file else min(share, before + result.size)
        self._sum += self._done[unit] - before
        self._progress(round(self._sum), round(self._total))


def named(paths: Sequence[Path | str]) -> tuple[str, ...]:
    """The paths that were asked for, as an audit cites them."""
    return tuple(visible(public(str(path))) for path in paths)
