"""Audits and exhibits as JSON, and back: the only place that knows how the types of ``provenance.model`` are written down."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from provenance.errors import UsageError
from provenance.model import SCHEMA, Audit, Exhibit, Finding

T = TypeVar("T")
AUDIT = TypeAdapter(Audit)
EXHIBIT = TypeAdapter(Exhibit)
FINDING = TypeAdapter(Finding)


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding as it is digested, sorted and written: its canonical JSON, and beside it what is no part of that."""

    canonical: bytes
    """One line of JSON with sorted keys and no white space, without ``evidence``: whether somebody asked for pictures changes no result."""
    disposition: str | None
    evidence: str | None

    def finding(self) -> Finding:
        """The finding itself."""
        return FINDING.validate_python({**orjson.loads(self.canonical), "evidence": self.evidence})


def keep(finding: Finding) -> Kept:
    """The finding in its canonical form."""
    fields = FINDING.dump_python(finding, mode="json", exclude={"evidence"})
    disposition = finding.decision.disposition.value if finding.decision else None
    return Kept(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS), disposition, finding.evidence)


def dumps(document: Audit | Exhibit) -> bytes:
    """The document as UTF-8 JSON, indented, ``schema`` first."""
    fields = AUDIT.dump_python(document, mode="json") if isinstance(document, Audit) else EXHIBIT.dump_python(document, mode="json")
    return orjson.dumps({"schema": fields.pop("schema"), **fields}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def digest(audit: Audit, findings: Iterable[Kept] | None = None) -> str:
    """SHA-256 of the audit's canonical JSON (sorted keys, no white space), equal for every way of running it.

    Without ``run`` and ``findings_file``; in place of the findings stand their number and the SHA-256 over the canonical JSON of each
    in order, a line feed after each: so an audit of any size is digested as it streams. ``findings`` are all of them where the audit
    does not hold all; raises ValueError if they are not as many as its summary says.
    """
    every = hashlib.sha256()
    count = 0
    for kept in map(keep, audit.findings) if findings is None else findings:
        every.update(kept.canonical + b"\n")
        count += 1
    if count != audit.summary.findings:
        raise ValueError(f"{count} findings of {audit.summary.findings}: the digest covers all")
    fields = AUDIT.dump_python(audit, mode="json", exclude={"run", "findings", "findings_file"})
    fields["findings"] = {"count": count, "sha256": every.hexdigest()}
    return hashlib.sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()


def read_audit(path: Path) -> Audit:
    """The audit in a file; raises UsageError where it is none."""
    return _read(path, AUDIT, SCHEMA)


def read_exhibit(path: Path) -> Exhibit:
    """The exhibit in a file; raises UsageError where it is none."""
    return _read(path, EXHIBIT, "provenance-exhibit/1")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of ``audit.json``."""
    return AUDIT.json_schema(mode="serialization")


def _read(path: Path, adapter: TypeAdapter[T], schema: str) -> T:
    try:
        fields = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else f"no JSON ({error})"
        raise UsageError(f"{path} cannot be read: {what}", "name a file that 'provenance audit -o json=FILE' wrote") from error
    found = fields.get("schema") if isinstance(fields, dict) else None
    if found != schema:
        raise UsageError(f"{path} has the schema {found!r}, not {schema!r}", "audit again, or use the version that wrote it")
    try:
        return adapter.validate_python(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path}: {place}: {first['msg']}", "the file was changed after it was written; make it again") from error
