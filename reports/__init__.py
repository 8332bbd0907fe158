"""Reports: one audit, rendered for the reader who needs it."""

import importlib
from collections.abc import Mapping
from pathlib import Path

from provenance.errors import UsageError
from provenance.files import write_atomically
from provenance.model import Audit

FORMATS: Mapping[str, str] = {
    "html": "one page for a browser, with exhibits, that needs no network",
    "json": "the audit itself, from which every other report can be made",
    "pdf": "a document for counsel, with exhibits (PDF/A-3a, PDF/UA-1)",
    "sarif": "SARIF 2.1.0 for code hosts, without text of works or items",
}
"""What each format is for, by the name that ``-o FORMAT=FILE`` takes; ``reports.FORMAT.render`` makes it."""


def write(format: str, audit: Audit, path: Path, evidence: Path | None = None) -> None:  # noqa: A002 - the option's name
    """Writes a report whole or not at all; ``evidence`` is the folder of exhibits, without which a report says that it has none.

    Raises UsageError for an unknown format, CapabilityError where a library is missing.
    """
    write_atomically(path, render(format, audit, evidence))


def render(format: str, audit: Audit, evidence: Path | None = None) -> bytes:  # noqa: A002 - the option's name
    """The report's bytes; the same audit and exhibits give the same bytes."""
    if format not in FORMATS:
        raise UsageError(f"there is no report format {format!r}", f"use one of: {', '.join(FORMATS)}")
    rendered: bytes = importlib.import_module(f"reports.{format}").render(audit, evidence)
    return rendered
