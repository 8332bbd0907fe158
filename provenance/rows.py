"""Findings as rows of a table: the Parquet file that holds all of an audit, however many, and what of it goes into a CSV."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from provenance.document import Kept, keep
from provenance.errors import UsageError
from provenance.files import file_sha256, replaced
from provenance.model import Audit

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA = "provenance-findings/1"
GROUP_BYTES = 4 << 20  # of canonical JSON in a row group: about 900 findings with 50 rules; writing one takes 10 times as much memory
GROUP_ROWS = 10_000
TEXTS = ("id", "revision", "disposition", "rule", "severity", "modality", "kind", "scheme", "work_id", "work_title")
MEASURES = ("score", "coverage_of_work", "coverage_of_item", "words", "seconds")
PLACE = ("path", "record", "field", "locator")


def row(kept: Kept) -> dict[str, Any]:
    """One finding as a flat mapping from column to value; see ``docs/findings-parquet.md``."""
    fields = orjson.loads(kept.canonical)
    item, work, match, decision = fields["item"], fields["work"], fields["match"], fields["decision"] or {}
    return {
        "id": fields["id"],
        "revision": fields["revision"],
        "disposition": decision.get("disposition"),
        "rule": decision.get("rule"),
        "severity": decision.get("severity"),
        "modality": match["modality"],
        "kind": match["kind"],
        "scheme": match["scheme"],
        "score": match["score"],
        "coverage_of_work": match["coverage_of_work"],
        "coverage_of_item": match["coverage_of_item"],
        "words": match["measures"].get("words"),
        "seconds": match["measures"].get("seconds"),
        "work_id": work["id"],
        "work_title": work["title"],
        "rights_holders": work["rights_holders"],
        **_place(item),
        "item_sha256": item["sha256"],
        "occurrence_count": len(fields["occurrences"]) + fields["further_occurrences"],
        "copies": (fields["facts"].get("match.multiplicity") or {}).get("value"),
        "occurrences": [_place(place) for place in fields["occurrences"]],
        "segments": [{"unit": s["unit"], "item": _flat(s["item"]), "work": _flat(s["work"])} for s in match["segments"]],
        "chance": match["chance"]["per_trial"],
        "facts": _json(fields["facts"]),
        "trace": _json(decision["trace"]) if decision else None,
        "baseline": fields["baseline"],
        "waiver": _json(fields["waiver"]) if fields["waiver"] else None,
        "evidence": kept.evidence,
        "finding": kept.canonical.decode(),
    }


def columns() -> "pa.Schema":
    """The columns of the Parquet file and their types."""
    import pyarrow as pa

    text, place = pa.string(), [(name, pa.string()) for name in PLACE]
    numbers = pa.list_(pa.float64())
    return pa.schema(
        [
            *((name, text) for name in TEXTS),
            *((name, pa.float64()) for name in MEASURES),
            ("rights_holders", pa.list_(text)),
            *place,
            ("item_sha256", text),
            ("occurrence_count", pa.int64()),
            ("copies", pa.int64()),
            ("occurrences", pa.list_(pa.struct(place))),
            ("segments", pa.list_(pa.struct([("unit", text), ("item", numbers), ("work", numbers)]))),
            ("chance", pa.float64()),
            *((name, text) for name in ("facts", "trace", "baseline", "waiver", "evidence")),
            ("finding", pa.large_string()),
        ]
    )


def write_parquet(audit: Audit, findings: Iterable[Kept], file: BinaryIO) -> None:
    """Writes all findings, a row group at a time; the footer names the schema, the audit's digest and the registry's snapshot."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    named = {"schema": SCHEMA, "audit_digest": audit.run.digest, "snapshot_digest": str(audit.context.registry.get("snapshot", ""))}
    schema = columns().with_metadata({f"provenance.{name}": found for name, found in named.items()})
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(findings):
            writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=GROUP_ROWS)


def read_parquet(file: Path, id_begins: str = "") -> Iterator[Kept]:
    """The findings in a file that ``write_parquet`` made, in order; only those whose id begins so.

    Raises UsageError where it is none; reads one row group at a time.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as table:
            for group in range(table.num_row_groups):
                if id_begins and not pc.any(pc.starts_with(table.read_row_group(group, ["id"])["id"], id_begins)).as_py():
                    continue
                for found in table.read_row_group(group, ["id", "finding", "disposition", "evidence"]).to_pylist():
                    if found["id"].startswith(id_begins):
                        yield Kept(found["finding"].encode(), found["disposition"], found["evidence"])
    except (OSError, pa.ArrowException, KeyError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "name the Parquet file that was written beside audit.json") from error


def every(audit: Audit, findings: Path | None) -> Iterable[Kept]:
    """All findings of an audit, from itself or from its ``findings_file``; readable as often as wanted.

    Raises UsageError where the audit does not hold all and the file is missing or not the one that belongs to it.
    """
    if len(audit.findings) == audit.summary.findings:
        return [keep(finding) for finding in audit.findings]
    named = audit.findings_file
    held = f"the audit holds {len(audit.findings):,} of {audit.summary.findings:,} findings"
    if named is None or findings is None:
        raise UsageError(f"{held}, and the others were not kept", "audit again with -o json=FILE, which keeps them all beside FILE")
    try:
        same = file_sha256(findings) == named.sha256
    except OSError as error:
        raise UsageError(f"{held}; {findings} cannot be read: {error.strerror}", f"keep {named.name} beside audit.json") from error
    if not same:
        raise UsageError(f"{held}; {findings} is not the file that belongs to it", f"keep {named.name} beside audit.json")
    return _Again(findings)


class _Again:
    """The findings of a Parquet file, read anew each time."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __iter__(self) -> Iterator[Kept]:
        return read_parquet(self._file)


def write_findings_file(audit: Audit, findings: Iterable[Kept], path: Path) -> str:
    """Writes the Parquet file of all findings, whole or not at all, and gives its SHA-256."""
    with replaced(path) as file:
        write_parquet(audit, findings, file)
    return file_sha256(path)


def _groups(findings: Iterable[Kept]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    size = 0
    for kept in findings:
        rows.append(row(kept))
        size += len(kept.canonical)
        if size >= GROUP_BYTES or len(rows) == GROUP_ROWS:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _place(place: Mapping[str, Any]) -> dict[str, str | None]:
    """Path, record, field and locator; a record's number as text."""
    return {name: None if place[name] is None else str(place[name]) for name in PLACE}


def _flat(region: list[Any]) -> list[float]:
    """An interval as its two ends, a quadrilateral as x and y of each corner."""
    return list(chain.from_iterable(region)) if region and isinstance(region[0], list) else region


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
