"""The whole way: plan, read and scan on an engine, aggregate, decide, judge. ``audit`` is the Python API."""

import hashlib
import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from provenance import __version__, policy
from provenance.account import coverage_of, excluded_of, unread_of
from provenance.aggregate import findings as aggregated
from provenance.calibration import error_rates
from provenance.decide import UserFacts, decided
from provenance.document import digest
from provenance.engines import local
from provenance.engines.task import ScanTask
from provenance.errors import UsageError
from provenance.evidence import ExhibitMaker
from provenance.files import file_sha256
from provenance.gate import judged
from provenance.model import Audit, Context, Disposition, Run, Unit, UnitResult, Work
from provenance.readers.names import visible
from provenance.readers.plan import Plan, plan
from provenance.registry import Registry, Snapshot

LIBRARIES = ("numpy", "numba", "pyarrow", "datasketch", "Pillow", "ImageHash", "opencv-python-headless", "faiss-cpu", "av", "soundfile")

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
    own: tuple[Path, ...] = ()
    """Files and folders that this and earlier runs write, left out of the audit."""
    command: tuple[str, ...] = ()
    """The command line, for the record."""


def audit(paths: Sequence[Path], registry: Path, options: Options | None = None, progress: Progress | None = None) -> Audit:
    """Everything of the registry that reappears in the paths, decided by the policy.

    Raises AuditError (see ``provenance.errors``) when the run cannot be made; what concerns one input is in the audit.
    """
    options, started, clock = options or Options(), datetime.now(UTC), time.perf_counter()
    rules = policy.load(options.policy) if options.policy else None
    user = UserFacts.read(options.facts, options.use)
    works, snapshot, files = _opened(registry)
    if not works:
        raise UsageError(f"the registry {registry} holds no works: nothing could be found", "check --registry, or: provenance registry add")
    planned = plan(paths, options.include, options.exclude, own=(registry, *options.own))
    exhibitor = ExhibitMaker(options.evidence, files) if options.evidence else None
    task = ScanTask(snapshot.shards, snapshot.assets, snapshot.erased, exhibitor)
    results = sorted(local.run(planned.units, task, options.jobs, _by_bytes(planned, progress)), key=lambda result: _order(result.unit))
    coverage = coverage_of(planned, results)
    if coverage.seen == coverage.excluded:
        raise UsageError(
            "nothing to scan: no input is left after exclusions", "name files or folders with data; check --include, --exclude"
        )
    found, explained = aggregated((reuse for result in results for reuse in result.reuses), works, user.territories)
    found = tuple(decided(finding, works[finding.work.id], rules, user) for finding in found)
    if exhibitor:
        found = tuple(replace(finding, evidence=exhibitor.settled(finding)) for finding in found)
    unread = unread_of(planned, results)
    result = Audit(
        run=Run(
            "",
            started.isoformat(timespec="seconds"),
            0.0,
            platform.node(),
            tuple(visible(word) for word in options.command),
            options.jobs,
            _versions(),
        ),
        context=Context(
            as_of=options.as_of or started.date(),
            inputs=_inputs(paths, planned),
            registry=_registry(snapshot, works),
            policy=policy.citation(rules) if rules else None,
            use={"stage": options.use, "facts_sha256": _sha256(options.facts) if options.facts else None},
            settings={"include": list(options.include), "exclude": list(options.exclude)},
            error_rates=error_rates(set(snapshot.schemes) & set(coverage.by_modality)),
        ),
        coverage=coverage,
        unread=unread,
        excluded=excluded_of(planned, results),
        explained=explained,
        findings=found,
        gate=judged(found, coverage.unread, options.fail_on, options.allow_unread),
    )
    return replace(result, run=replace(result.run, digest=digest(result), seconds=round(time.perf_counter() - clock, 3)))


def _opened(registry: Path) -> tuple[dict[str, Work], Snapshot, dict[str, Path]]:
    """The works in the order of registration, the snapshot to audit against, and where each asset's file was."""
    with Registry.open(registry) as opened:
        snapshot, works = opened.snapshot(), {work.id: work for work in opened.works()}
        while (newer := opened.snapshot()).digest != snapshot.digest:  # somebody wrote in between
            snapshot, works = newer, {work.id: work for work in opened.works()}
        files = {asset.id: opened.asset_path(asset) for work in works.values() for asset in work.assets}
        return works, snapshot, files


def _by_bytes(planned: Plan, progress: Progress | None) -> Callable[[UnitResult], None] | None:
    """Tells the progress in bytes; the units of one file share its size."""
    if progress is None:
        return None
    parts = Counter(unit.source.path for unit in planned.units)
    total, done = sum(unit.source.size / parts[unit.source.path] for unit in planned.units), 0.0

    def tell(result: UnitResult) -> None:
        nonlocal done
        done += result.unit.source.size / parts[result.unit.source.path]
        progress(round(done), round(total))

    return tell


def _order(unit: Unit) -> tuple[str, int]:
    return unit.source.path, unit.start or 0


def _inputs(paths: Sequence[Path], planned: Plan) -> Mapping[str, Any]:
    """What was audited, by the digest of every file that could be opened, and one digest over all of them."""
    sources = {unit.source.path: unit.source.file for unit in planned.units}
    digests = {name: _sha256(file) for name, file in sorted(sources.items())}
    listed = "".join(f"{sha256}  {name}\n" for name, sha256 in digests.items())
    whole = hashlib.sha256(listed.encode()).hexdigest()
    return {
        "paths": [visible(str(path)) for path in paths],
        "files": planned.seen,
        "bytes": planned.bytes,
        "sha256": whole,
        "sha256_of": digests,
    }


def _registry(snapshot: Snapshot, works: Mapping[str, Work]) -> Mapping[str, Any]:
    schemes = {str(modality): scheme for modality, scheme in snapshot.schemes.items()}
    return {"snapshot": snapshot.digest, "works": len(works), "assets": len(snapshot.assets), "schemes": schemes}


def _sha256(file: Path) -> str | None:
    """SHA-256 of a file's bytes; None for one that is gone or may not be read."""
    with suppress(OSError):
        return file_sha256(file)
    return None


def _versions() -> Mapping[str, str]:
    """Versions of this program and of the libraries that fingerprints rest on."""
    found = {"provenance-audit": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
