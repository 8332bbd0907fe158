"""Audits and exhibits as JSON, and back: the only place that knows how the types of ``provenance.model`` are written down."""

import hashlib
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from provenance.errors import UsageError
from provenance.model import SCHEMA, Audit, Exhibit

T = TypeVar("T")
AUDIT = TypeAdapter(Audit)
EXHIBIT = TypeAdapter(Exhibit)


def dumps(document: Audit | Exhibit) -> bytes:
    """The document as UTF-8 JSON, indented, ``schema`` first."""
    fields = AUDIT.dump_python(document, mode="json") if isinstance(document, Audit) else EXHIBIT.dump_python(document, mode="json")
    return orjson.dumps({"schema": fields.pop("schema"), **fields}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def digest(audit: Audit) -> str:
    """SHA-256 of the audit's canonical JSON (sorted keys, no white space), equal for every way of running it.

    Without ``run``, and without the names of exhibits: whether somebody asked for pictures changes no result.
    """
    fields = AUDIT.dump_python(audit, mode="json", exclude={"run": True, "findings": {"__all__": {"evidence"}}})
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
