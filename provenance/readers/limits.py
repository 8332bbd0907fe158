"""How much of one thing a reader takes before it calls it unread: data sets are untrusted input."""

from dataclasses import dataclass

MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds in bytes unless stated otherwise; whatever lies beyond one becomes ``Unread`` with the reason ``too-large``."""

    line: int = 32 * MB
    """A line of JSON or a row of CSV, and a whole ``.json`` document. Seven Bibles; scanning one takes seven times as much memory."""
    text: int = 64 * MB
    """A plain text that is one item; a larger file is read in sections, so that nothing of it is lost."""
    document: int = 256 * MB
    """A PDF, an EPUB, a docx or an HTML page, as it is on disk."""
    document_text: int = 64 * MB
    """The text that one document gives, in UTF-8."""
    pages: int = 20_000
    """Pages of a PDF, parts of an EPUB."""
    member: int = 128 * MB
    """A member of an archive or a value of a Parquet column: these are held in memory."""
    media_file: int = 512 * MB
    """An image or audio file; it is handed on as a path, so that this bounds the decoder's time rather than our memory."""
    ratio: int = 200
    """Times a compressed stream or member may grow: JSON lines grow 3 to 30 times, DEFLATE can grow 1032 times."""
    ratio_from: int = 256 * MB
    """Output below which the ratio is not looked at: a small file of equal lines is no bomb."""
    window: int = 128 * MB
    """Memory that a zstd frame may ask for as its window (RFC 8878 recommends that decoders support 8 MB; ``--long=27`` makes 128 MB)."""
    nesting: int = 2
    """Archives inside one another: a zip in a tar is read, a zip in a zip in a tar is not."""
    sidecar: int = MB
    """A ``.json`` beside an image or sound."""
    listed: int = 1000
    """Unread entries that one piece lists one by one; the rest is one entry (the counts stay exact)."""
    decoder_seconds: float = 60.0
    """Time that a decoder's process may take over one item."""
    decoder_memory: int = 768 * MB
    """Memory that a decoder's process may take beside what it needs to start."""


LIMITS = Limits()
NOTHING = ("empty", "no records in it")
"""Reason and detail of a file, or of a member of an archive, that can be read and holds nothing."""
BLOCK = 4 * MB  # bytes read and handed on at a time: the text kernel's cost per call is below 1 % of it, and memory stays small
METADATA_CHARS = 500  # code points; a longer "title" or "id" is text to audit, so that no name hides a text
HEAD = 16384  # bytes that sniffing looks at: the code names of a Matroska file stand within the first few thousand
