"""The text of a PDF page by page, and what the file says of its origin (PDFium).

Pages are read in runs, each in a call of its own, so that a long book has as long as it takes; a run that breaks its decoder is read page
by page. Text comes in the order in which the page draws it. Not read: pictures of text, annotations, form fields, attached files.
"""

import ctypes
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import pypdfium2 as pdfium
from pypdfium2 import raw

from fingerprints.errors import DecoderError
from provenance.readers.documents.extract import PAGE_BREAK, Extract, Fault, Gathering, Notes
from provenance.readers.documents.xml import BadXmlError, Start, events
from provenance.readers.limits import MB, Limits

RUN = 200  # pages to a call: a second or two of work
DEATHS = 4  # processes that may end before the rest of a document is given up
TAIL = 4096  # bytes at the end of the file in which its end mark must stand; 1024 in Acrobat, and servers append

LINE_HYPHEN = re.compile("[\x02\ufffe](?=\\S)")  # PDFium's sign for a line's end that cut a word, its hyphen included
INFO = {
    "Title": "title", "Author": "author", "CreationDate": "date", "Copyright": "copyright", "License": "license", "Rights": "rights",
    "ISBN": "isbn", "DOI": "doi",
}  # fmt: skip
"""Entry of the document information dictionary (ISO 32000-2, 14.3.3; from Copyright on not standard, but met) -> our field."""
XMP = {
    "title": "title", "creator": "author", "rights": "rights", "license": "license", "UsageTerms": "usage_terms",
    "WebStatement": "rights_url", "identifier": "identifier", "language": "language", "publisher": "publisher", "doi": "doi",
    "isbn": "isbn", "reservation": "tdm-reservation", "policy": "tdm-policy",
}  # fmt: skip
"""Local name in XMP (Dublin Core, xmpRights, cc, PRISM, W3C TDMRep) -> our field."""
LISTS = frozenset({"Alt", "Bag", "Seq", "li"})
PACKET = re.compile(rb"<x:xmpmeta\b.{1,%d}?</x:xmpmeta>" % MB, re.DOTALL)
PACKETS = 100  # looked at; pictures in the file have their own, which say nothing of the document


@dataclass(frozen=True, slots=True)
class Pages:
    """A run of pages."""

    total: int
    """Pages in the whole document."""
    texts: tuple[str, ...] = ()
    """One for each page that was read, blank ones included; fewer than were asked for where the text was too much."""
    pictured: tuple[int, ...] = ()
    """Numbers, from 1, of the pages that have a picture and no text."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def read(data: bytes, limits: Limits, call: Callable[[bytes, Limits, int, int], Pages]) -> Extract:
    """The document, in as many calls of ``pages`` as it takes; raises FingerprintError where it cannot even be opened."""
    whole = call(data, limits, 0, 0)
    gathered, faults, pictured, deaths = Gathering(limits), [*whole.faults], list[int](), 0
    last = min(whole.total, limits.pages)
    waiting = deque((first, min(first + RUN, last)) for first in range(0, last, RUN))
    while waiting:
        first, stop = waiting.popleft()
        try:
            run = call(data, limits, first, stop)
        except DecoderError as error:
            deaths += 1
            if deaths == DEATHS:
                faults.append((error.reason, f"pages {first + 1} to {last}: {error}"))
                break
            if stop - first > 1:  # one by one, so that the page that breaks its decoder costs itself
                waiting.extendleft((page, page + 1) for page in reversed(range(first, stop)))
                continue
            run = Pages(whole.total, ("",))
            faults.append((error.reason, f"page {stop}: {error}"))
        faults += run.faults
        pictured += run.pictured
        for text in run.texts:
            gathered.add(text)
        if gathered.full or len(run.texts) < stop - first:
            faults.append(gathered.fault)
            break
    if whole.total > last:
        faults.append(("too-large", f"pages {last + 1} to {whole.total}: the first {last} are read"))
    text = gathered.text(PAGE_BREAK)
    return Extract(text if text.strip() else "", whole.metadata, (*faults, *_without_text(whole.total, pictured, text, faults)))


def _without_text(total: int, pictured: list[int], text: str, faults: list[Fault]) -> Iterator[Fault]:
    """What is to be said of pages that are pictures."""
    if total and not text.strip() and not faults:
        yield "no-text", f"{total} pages without text: scanned pictures are not read"
    elif pictured:
        yield "no-text", f"pages with pictures and without text, which are not read: {_ranges(pictured)}"


def _ranges(numbers: list[int]) -> str:
    """Numbers in one line, runs of them as ``3-7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


# --- in the decoder's process ------------------------------------------------------------------------------------------------------------


def pages(data: bytes, limits: Limits, first: int, stop: int) -> Pages:
    """The pages from index ``first`` to before ``stop``; of no pages, the metadata and what is wrong with the whole."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        return Pages(0, faults=(_unopened(error, data),))
    with document:
        total = len(document)
        if stop <= first:
            return Pages(total, metadata=_metadata(document, data), faults=tuple(_of_the_whole(document, data)))
        gathered, texts, pictured, faults = Gathering(limits), list[str](), list[int](), list[Fault]()
        for index in range(first, min(stop, total)):
            try:
                text, is_picture = _page(document, index)
            except pdfium.PdfiumError as error:
                text, is_picture = "", False
                faults.append(("undecodable", f"page {index + 1}: {error}"))
            if not gathered.add(text):
                break
            texts.append(text)
            if is_picture:
                pictured.append(index + 1)
        return Pages(total, tuple(texts), tuple(pictured), faults=tuple(faults))


def _unopened(error: pdfium.PdfiumError, data: bytes) -> Fault:
    if error.err_code == raw.FPDF_ERR_PASSWORD:
        return "encrypted", "the PDF asks for a password"
    if error.err_code == raw.FPDF_ERR_SECURITY:
        return "encrypted", "the PDF is protected in a way that is not read"
    reason = "undecodable" if b"%%EOF" in data[-TAIL:] else "truncated"
    return reason, str(error)


def _of_the_whole(document: pdfium.PdfDocument, data: bytes) -> Iterator[Fault]:
    """What may be missing although the document opens."""
    if b"%%EOF" not in data[-TAIL:]:
        yield "truncated", "the PDF has no end mark; what could be reconstructed of it is read"
    attached = document.count_attachments()
    if attached > 0:
        yield "attachments", f"{attached} files attached to the PDF are not read"


def _page(document: pdfium.PdfDocument, index: int) -> tuple[str, bool]:
    """A page's text, and whether it is nothing but pictures; raises PdfiumError."""
    page = document[index]
    try:
        text = _whole_words(_characters(page.get_textpage()))
        if text.strip():
            return text, False
        return "", any(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))
    finally:
        page.close()


def _characters(page: pdfium.PdfTextPage) -> str:
    """Everything drawn as text; what stands outside the page's box or is invisible is text all the same.

    Not ``get_text_bounded``, which drops ends of lines between blocks and so glues words together ("verbatimThe"), and not
    ``get_text_range``, which recurses for each character without a place.
    """
    count = page.count_chars()
    buffer = (ctypes.c_ushort * (2 * count + 2))()  # UTF-16, of which a character may take two units
    written = raw.FPDFText_GetText(page, 0, count, buffer)
    return bytes(memoryview(buffer)[: max(written - 1, 0)]).decode("utf-16-le", "replace")


def _whole_words(text: str) -> str:
    r"""The text with words that a line's end had cut put together; a word that the page's end cuts keeps its hyphen.

    >>> _whole_words("in\x02comprehensible \r\nexam\x02")
    'incomprehensible \nexam-'
    """
    text = LINE_HYPHEN.sub("", text.replace("\r\n", "\n").rstrip())
    return text.replace("\x02", "-").replace("\ufffe", "-").replace("\f", " ").replace("\0", "")


def _metadata(document: pdfium.PdfDocument, data: bytes) -> dict[str, str]:
    notes = Notes()
    for entry, name in INFO.items():
        notes.add(name, document.get_metadata_value(entry))
    packets = [packet for _, packet in zip(range(PACKETS), PACKET.finditer(data), strict=False) if b"application/pdf" in packet[0]]
    if packets:  # the last is that of the last revision
        with suppress(BadXmlError):  # metadata that cannot be read is metadata that is not there
            _xmp(packets[-1][0], notes)
    return notes.fields()


def _xmp(packet: bytes, notes: Notes) -> None:
    """Adds the values of an XMP packet: elements, lists in them, and attributes; raises BadXmlError."""
    above = [""]
    for event in events([packet]):
        if isinstance(event, str):
            notes.add(above[-1], event if above[-1] else None)
        elif isinstance(event, Start):
            above.append(XMP.get(event.name) or (above[-1] if event.name in LISTS else ""))
            for name, value in event.attributes.items():
                notes.add(above[-1] if name == "resource" else XMP.get(name, ""), value)
        else:
            above.pop()
