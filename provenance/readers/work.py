"""A registered text as an audit would read it: a plain file, or the text of a document."""

from pathlib import Path

from fingerprints.errors import TooLargeError, UndecodableError
from provenance.readers.documents import extracted
from provenance.readers.limits import LIMITS
from provenance.readers.sniff import head_of, sniff
from provenance.readers.text import decode

DOCUMENTS = frozenset({"html", "pdf", "epub", "docx"})


def text_of(file: Path) -> str:
    """The text of a work's file; raises FingerprintError for one that cannot be read whole, OSError for one that cannot be opened."""
    with file.open("rb") as stream:
        form = sniff(head_of(stream), file.name).reader
    size = file.stat().st_size
    if size > LIMITS.document:
        raise TooLargeError(f"a work of {size} bytes; up to {LIMITS.document} are read")
    data = file.read_bytes()
    if form in DOCUMENTS:
        found = extracted(form, data, LIMITS)
        if found.faults:
            raise UndecodableError("; ".join(f"{reason}: {detail}" for reason, detail in found.faults))
        return found.text
    try:
        return decode(data)
    except UnicodeDecodeError as error:
        raise UndecodableError(f"not {error.encoding} at byte {error.start}") from error
