"""Every finding as a line of a CSV file for spreadsheets (RFC 4180, UTF-8)."""

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from provenance.document import Kept
from provenance.model import Audit
from provenance.rows import row

COLUMNS = (
    "id", "disposition", "rule", "severity", "modality", "kind", "score", "coverage_of_work", "coverage_of_item", "words", "seconds",
    "work_id", "work_title", "rights_holders", "path", "record", "field", "locator", "occurrence_count", "copies", "item_sha256",
    "revision", "baseline", "waiver",
)  # fmt: skip
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # OWASP, CSV Injection: the full-width ones too


def stream(audit: Audit, findings: Iterable[Kept], file: BinaryIO) -> None:  # noqa: ARG001 - a line says all of its finding
    """Writes a header and the findings in order; the places beyond the first are counted."""
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    lines = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for kept in findings:
        found = row(kept)
        lines.writerow([cell(found[name]) for name in COLUMNS])
    text.detach()


def cell(value: object) -> object:
    """The value as a cell that no spreadsheet takes for a formula: text that begins like one has an apostrophe before it."""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None else value
