"""Documents as items: a file, or a member of an archive, is one text, extracted by a decoder's process.

A document that is read in part gives its text and an ``Unread`` for each part that is missing from it.
"""

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from importlib.metadata import version

from fingerprints.errors import FingerprintError
from fingerprints.isolation import isolated
from fingerprints.model import MediaBatch, Modality
from provenance.model import Unit, Unread
from provenance.readers.batch import Batch, Members, WholeFile
from provenance.readers.documents.extract import Extract
from provenance.readers.limits import HEAD, MB, Limits
from provenance.readers.piece import Part, Piece, ReadSettings, content
from provenance.readers.sidecar import beside
from provenance.readers.sniff import sniff
from provenance.readers.streams import Fault, chunks

EXTRACTOR = 1
"""Goes up with every change of the extractors that may change a text: results under an older number are not used again."""
LIBRARIES: Mapping[str, tuple[str, ...]] = {"html": ("selectolax",), "epub": ("selectolax",), "pdf": ("pypdfium2",), "docx": ()}
"""Format -> packages, of the same name as their module, that its extractor needs; another version may give another text."""

TOGETHER = 2 * MB  # bytes of HTML to a call: a call costs about 1 ms, a page of 40 kB about 3, and 2 MB hold 50 of them


def pieces(unit: Unit, settings: ReadSettings) -> Iterator[Piece | Unread]:
    """The document, one piece, then the fault of the stream that held it; raises OSError."""
    form, limit, held = unit.format.partition(".")[0], settings.limits.document, bytearray()
    about, fault = beside(unit.source.file, settings.limits), None
    for block in chunks(unit, settings.limits):
        if isinstance(block, Fault):
            fault = Unread("", None, block.reason, block.detail, Modality.TEXT)
            break
        held += block
        if len(held) > limit:
            yield Unread("", None, "too-large", f"a document of more than {limit} bytes", Modality.TEXT)
            return
    data = bytes(held)
    if data or not fault:
        digest = content(_scheme(form).encode(), data, about)
        yield Piece(digest, partial(_items, form, None, data, settings.limits, about), size=len(data))
    if fault:
        yield fault


def member(name: str, data: bytes, settings: ReadSettings) -> Iterator[Part]:
    """The document that a member of an archive is, whatever its content and its name tell that it is: otherwise HTML."""
    yield from members([(name, data)], settings)


def members(named: Sequence[tuple[str, bytes]], settings: ReadSettings) -> Iterator[Part]:
    """The documents that several members are, in order, by name and bytes; pages of HTML go to the decoders' process many at a time."""
    pages, size = list[tuple[str, bytes]](), 0
    for name, data in named:
        form = sniff(data[:HEAD], name).reader
        is_page = form not in LIBRARIES or form == "html"
        if pages and (not is_page or size + len(data) > TOGETHER):
            yield from _pages(pages, settings.limits)
            pages, size = [], 0
        if is_page:
            pages.append((name, data))
            size += len(data)
        elif form:
            yield from _items(form, name, data, settings.limits, {})
    yield from _pages(pages, settings.limits)


def _pages(pages: Sequence[tuple[str, bytes]], limits: Limits) -> Iterator[Part]:
    """Pages of HTML in one call; where it fails, in a call each, so that a page that breaks its decoder costs itself."""
    if len(pages) > 1 and not _missing("html") and all(len(data) <= limits.document for _, data in pages):
        from provenance.readers.documents import html

        read = isolated(html.extract_all, seconds=limits.decoder_seconds, memory=limits.decoder_memory)
        with suppress(FingerprintError):
            found = read([data for _, data in pages], limits)
            for (name, _), extract in zip(pages, found, strict=True):
                yield from _parts(extract, name, {})
            return
    for name, data in pages:
        yield from _items("html", name, data, limits, {})


def _items(form: str, name: str | None, data: bytes, limits: Limits, about: Mapping[str, str]) -> Iterator[Part]:
    yield from _parts(extracted(form, data, limits), name, about)


def _parts(found: Extract, name: str | None, about: Mapping[str, str]) -> Iterator[Part]:
    """The text of a document as a batch of one, then what could not be read of it; ``name`` is that of a member, None for a file."""
    if found.text:
        import pyarrow as pa  # here, since the decoders' process imports this package and has no use for it

        metadata = {**about, **found.metadata}
        origin = WholeFile("", metadata) if name is None else Members("", (name,), lambda _: metadata)
        yield Batch(MediaBatch(Modality.TEXT, pa.array([found.text], pa.large_string())), origin)
    for reason, detail in found.faults or (() if found.text else (("empty", "a document without text"),)):
        yield Unread("", name, reason, detail, Modality.TEXT)


def extracted(form: str, data: bytes, limits: Limits) -> Extract:
    """What the extractor of ``html``, ``pdf``, ``epub`` or ``docx`` makes of the bytes; all that can go wrong is a fault in it."""
    missing = _missing(form)
    if missing:
        return Extract("", faults=(("no-library", f"install what it needs: pip install {' '.join(missing)}"),))
    if len(data) > limits.document:
        return Extract("", faults=(("too-large", f"a document of {len(data)} bytes; up to {limits.document} are read"),))
    module = import_module(f"{__package__}.{form}")
    seconds, memory = limits.decoder_seconds, limits.decoder_memory
    try:
        if form == "pdf":
            found: Extract = module.read(data, limits, isolated(module.pages, seconds=seconds, memory=memory))
        else:
            found = isolated(module.extract, seconds=seconds, memory=memory)(data, limits)
    except FingerprintError as error:
        return Extract("", faults=((error.reason, f"{form}: {error}"),))
    return found


def _missing(form: str) -> list[str]:
    """The packages that would have to be installed."""
    return [package for package in LIBRARIES[form] if importlib.util.find_spec(package) is None]


@cache
def _scheme(form: str) -> str:
    """What decides, beside the bytes, which text they give."""
    versions = [f"{package} {version(package)}" for package in LIBRARIES[form] if importlib.util.find_spec(package)]
    return f"document/{form}/{EXTRACTOR} {' '.join(versions)}"
