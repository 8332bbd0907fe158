"""An audit cut over several machines that share nothing but the input: each scans its shard, ``merged`` makes the audit of all parts."""

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from provenance import __version__, policy
from provenance.errors import UsageError
from provenance.evidence.folder import EvidenceFolder
from provenance.model import Audit, Excluded, Unit, Unread
from provenance.options import Options
from provenance.parts import PartHeader, checked, read_part, write_part
from provenance.pipeline import Announce, Clock, Progress, concluded, named, planned_for, scanned
from provenance.readers.plan import Plan
from provenance.readers.roles import TableRoles
from provenance.terms import Terms, cache_key, cited, use

LEFT_OUT = TypeAdapter(tuple[tuple[Unread, ...], tuple[Excluded, ...], tuple[TableRoles, ...]])


def scan_shard(
    paths: Sequence[Path | str],
    registry: Path,
    options: Options,
    shard: tuple[int, int],
    part: Path,
    progress: Progress | None = None,
    announce: Announce | None = None,
) -> int:
    """Scans the shard (number, count) and writes its part; gives the number of units in it. Raises AuditError as ``audit`` does."""
    terms = Terms.read(registry, options)
    planned = planned_for(paths, registry, replace(options, own=(part, *options.own)), announce)
    units = units_of(planned.units, *shard)
    header = PartHeader(
        shard=shard[0],
        shards=shard[1],
        plan=_digest(planned.units),
        registry=terms.snapshot.digest,
        policy=policy.citation(terms.rules) if terms.rules else None,
        settings={
            "options": _said(options, terms),
            "use": dict(use(options)),
            "results": cache_key(options, terms.leads),
            "left_out": _left_out(planned),
        },
        paths=named(paths),
        version=__version__,
    )
    write_part(part, header, scanned(units, terms, options, progress, show=True))
    return len(units)


def merged(parts: Sequence[Path], registry: Path, options: Options) -> Audit:
    """The audit that all shards together are: the same as that of one run. The inputs need not be at hand, the registry must be.

    Of the options, the gate and the outputs hold; all others are those of the shards. Raises UsageError where parts are missing or differ
    in their terms, or where the registry, the policy or the facts are not those that the shards were scanned with.
    """
    clock = Clock()
    opened = [read_part(part) for part in parts]
    header = checked([found for found, _ in opened])
    options = _asked(options, header)
    terms = Terms.read(registry, options, scan=False)
    found = {
        "registry": terms.snapshot.digest,
        "policy": policy.citation(terms.rules) if terms.rules else None,
        "facts": use(options),
        "version": __version__,
    }
    then = {"registry": header.registry, "policy": header.policy, "facts": header.settings["use"], "version": header.version}
    if changed := [name for name, value in found.items() if then[name] != value]:
        raise UsageError(
            f"changed since the shards were scanned: {', '.join(changed)}", "scan the shards again, or merge with what they had"
        )
    units = tuple(result.unit for _, results in (read_part(part) for part in parts) for result in results)
    if _digest(units) != header.plan:
        raise UsageError("the parts do not hold every unit of the plan", "scan the shards again: the input changed between them")
    left_out = header.settings["left_out"]
    unread, excluded, tables = LEFT_OUT.validate_python((left_out["unread"], left_out["excluded"], left_out["tables"]))
    planned = Plan(_in_order(units), unread, excluded, left_out["seen"], left_out["bytes"], tables)
    with EvidenceFolder.opened(options.evidence) if options.evidence else nullcontext() as evidence:
        return concluded(chain.from_iterable(results for _, results in opened), planned, terms, options, header.paths, clock, evidence)


def units_of(units: Sequence[Unit], number: int, count: int) -> tuple[Unit, ...]:
    """The units of a shard, numbered from 1: neighbours, as many bytes in each shard as in every other."""
    if not 1 <= number <= count:
        raise UsageError(f"--shard {number}/{count}: there is no such shard", f"number the shards from 1/{count} to {count}/{count}")
    sizes = [1 + (unit.stop - unit.start if unit.stop is not None and unit.start is not None else unit.source.size) for unit in units]
    total, before, chosen = sum(sizes), 0, list[Unit]()
    for unit, size in zip(units, sizes, strict=True):
        if before * count // max(1, total) == number - 1:
            chosen.append(unit)
        before += size
    return tuple(chosen)


def _in_order(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The units of each file together and by their start, which is all that matters of the order."""
    return tuple(sorted(units, key=lambda unit: (unit.source.path, unit.start is None, unit.start or 0)))


def _digest(units: Sequence[Unit]) -> str:
    lines = (f"{unit.source.path}\0{unit.source.size}\0{unit.format}\0{unit.start}\0{unit.stop}\n" for unit in _in_order(units))
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
    return digest.hexdigest()


def _said(options: Options, terms: Terms) -> dict[str, Any]:
    """What the merge is to know of the options, in JSON."""
    facts = str(options.facts) if options.facts else None
    return {**cited(options), "policy": options.policy, "use": options.use, "facts": facts, "as_of": terms.as_of.isoformat()}


def _asked(options: Options, header: PartHeader) -> Options:
    """The options of a merge: what shaped the parts is as it was."""
    said = header.settings["options"]
    return replace(
        options,
        policy=said["policy"],
        use=said["use"],
        facts=Path(said["facts"]) if said["facts"] else None,
        as_of=date.fromisoformat(said["as_of"]),
        include=tuple(said["include"]),
        exclude=tuple(said["exclude"]),
        text_columns=tuple(said["text_columns"]),
        semantic="as in the parts" if said["semantic"] else None,
        sample=said["sample"],
    )


def _left_out(planned: Plan) -> dict[str, Any]:
    """What the plan settled without a unit, in JSON."""
    return {
        "unread": [asdict(entry) for entry in planned.unread],
        "excluded": [asdict(entry) for entry in planned.excluded],
        "tables": [asdict(table) for table in planned.tables],
        "seen": planned.seen,
        "bytes": planned.bytes,
    }
