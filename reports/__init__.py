"""Reports: one audit, rendered for the reader who needs it."""

import importlib
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from shutil import copyfileobj

from provenance.errors import UsageError
from provenance.files import replaced, write_atomically
from provenance.model import Audit
from provenance.rows import every

FORMATS: Mapping[str, str] = {
    "csv": "a line a finding for a spreadsheet, without text that it would take for a formula",
    "html": "one page for a browser, with exhibits, that needs no network",
    "json": "the audit itself, from which every other report can be made",
    "jsonl": "every finding as a line of JSON",
    "parquet": "every finding as a row, for analysis at any size",
    "pdf": "a document for counsel, with exhibits (PDF/A-3a, PDF/UA-1)",
    "sarif": "SARIF 2.1.0 for code hosts, without text of works or items",
}
"""What each format is for, by the name that ``-o FORMAT=FILE`` takes.

``reports.FORMAT.render`` makes it; of the formats that hold every finding, however many, ``reports.FORMAT.stream``.
"""
STREAMED = frozenset({"csv", "jsonl", "parquet"})


def write(
    format: str,  # noqa: A002 - the option's name
    audit: Audit,
    path: Path,
    evidence: Path | None = None,
    findings: Path | None = None,
) -> None:
    """Writes a report whole or not at all; ``evidence`` is the folder of exhibits, without which a report says that it has none.

    ``findings`` is the audit's ``findings_file``, needed where it has one; beside an ``audit.json`` written elsewhere goes a copy.
    Raises UsageError for an unknown format, CapabilityError where a library is missing.
    """
    if format in STREAMED:
        with replaced(path) as file:
            importlib.import_module(f"reports.{format}").stream(audit, every(audit, findings), file)
    elif format == "json" and audit.findings_file and findings:
        write_atomically(path, render(format, _with_copy(audit, findings, path), evidence))
    else:
        write_atomically(path, render(format, audit, evidence))


def render(
    format: str,  # noqa: A002 - the option's name
    audit: Audit,
    evidence: Path | None = None,
    findings: Path | None = None,
) -> bytes:
    """The report's bytes; the same audit and exhibits give the same bytes."""
    if format not in FORMATS:
        raise UsageError(f"there is no report format {format!r}", f"use one of: {', '.join(FORMATS)}")
    module = importlib.import_module(f"reports.{format}")
    if format in STREAMED:
        stream = io.BytesIO()
        module.stream(audit, every(audit, findings), stream)
        return stream.getvalue()
    rendered: bytes = module.render(audit, evidence)
    return rendered


def findings_beside(path: Path) -> Path:
    """The Parquet file of all findings that belongs to a report."""
    return path.with_name(f"{path.stem}.findings.parquet")


def _with_copy(audit: Audit, findings: Path, path: Path) -> Audit:
    """The audit as it is written to the path, its findings file beside it."""
    beside = findings_beside(path)
    if audit.findings_file is None or beside.absolute() == findings.absolute():
        return audit
    every(audit, findings)  # raises if it is missing or another
    with findings.open("rb") as source, replaced(beside) as target:
        copyfileobj(source, target)
    return replace(audit, findings_file=replace(audit.findings_file, name=beside.name))
