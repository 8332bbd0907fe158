"""Every finding as a line of JSON, in the form in which it is digested (see ``provenance.document.Kept``)."""

from collections.abc import Iterable
from typing import BinaryIO

from provenance.document import Kept
from provenance.model import Audit


def stream(audit: Audit, findings: Iterable[Kept], file: BinaryIO) -> None:  # noqa: ARG001 - a line says all of its finding
    """Writes the findings in order; the SHA-256 of the file is the one under ``findings`` that the audit's digest covers."""
    file.writelines(kept.canonical + b"\n" for kept in findings)
