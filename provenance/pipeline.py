"""The whole way: plan, read and scan on an engine, aggregate, decide, judge. ``audit`` is the Python API."""

import hashlib
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from provenance import __version__, calibration, policy
from provenance.account import coverage_of, excluded_of, unread_of
from provenance.aggregate import findings as aggregated
from provenance.decide import UserFacts, decided
from provenance.document import digest
from provenance.engines import ScanTask, local
from provenance.errors import UsageError
from provenance.evidence import ExhibitMaker
from provenance.gate import judged
from provenance.model import Audit, Context, Disposition, Finding, Run, UnitResult, Work
from provenance.readers import plan
from provenance.registry import Registry

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an audit may be told beside its inputs and its registry."""

    policy: str | None = "us-107"
    """A pack's name or a file; None measures without deciding."""
    use: str = "train"
    """The stage of use: ``train`` or ``output``."""
    facts: Path | None = None
    as_of: date | None = None
    """What "today" means; by default the day of the run (UTC)."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: Disposition = Disposition.BLOCK
    allow_unread: int = 0
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    evidence: Path | None = None
    """Folder for exhibits; None makes none."""


def audit(paths: Sequence[Path], registry: Path, options: Options | None = None, progress: Progress | None = None) -> Audit:
    """Everything of the registry that reappears in the paths, decided by the policy.

    Raises AuditError (see ``provenance.errors``) when the run cannot be made; what concerns one input is in the audit.
    """
    options = options or Options()
    started, clock = datetime.now(UTC), time.perf_counter()
    as_of = options.as_of or started.date()
    rules = policy.load(options.policy) if options.policy else None
    user = UserFacts.read(options.facts, options.use)
    planned = plan(paths, include=options.include, exclude=options.exclude)
    with Registry.open(registry) as opened:
        snapshot, works = opened.snapshot(), {work.id: work for work in opened.works()}
        files = {asset.id: opened.asset_path(asset) for work in works.values() for asset in work.assets}
    exhibit = ExhibitMaker(options.evidence, files) if options.evidence else None
    task = ScanTask(snapshot.shards, snapshot.erased, snapshot.assets, exhibit)
    results = sorted(local.run(planned.units, task, options.jobs, progress), key=_place)
    coverage = coverage_of(planned, results)
    if not coverage.seen - coverage.excluded:
        raise UsageError("nothing to scan: no input is left after exclusions", "name files or folders with data; check --include, --exclude")
    found, explained = aggregated((reuse for result in results for reuse in result.reuses), works)
    found = tuple(_with_evidence(decided(finding, works[finding.work.id], rules, user), options.evidence) for finding in found)
    unread = unread_of(planned, results)
    result = Audit(
        run=Run("", started.isoformat(timespec="seconds"), 0.0, platform.node(), (), options.jobs, _versions()),
        context=Context(
            as_of=as_of,
            inputs=_inputs(paths, results),
            registry={"snapshot": snapshot.digest, "works": len(works), "assets": len(snapshot.assets), "schemes": dict(snapshot.schemes)},
            policy=policy.citation(rules) if rules else None,
            use={"stage": options.use, "facts_file": _sha256(options.facts) if options.facts else None},
            settings={"include": list(options.include), "exclude": list(options.exclude)},
            error_rates=calibration.error_rates(snapshot.schemes),
        ),
        coverage=coverage,
        unread=unread,
        excluded=excluded_of(planned, results),
        explained=explained,
        findings=found,
        gate=judged(found, unread, options.fail_on, options.allow_unread),
    )
    return replace(result, run=replace(result.run, digest=digest(result), seconds=round(time.perf_counter() - clock, 3)))
