"""The text of an EPUB in the order of its spine, and what its package document says of its origin (EPUB 3.3, OCF, OPF).

Texts that the manifest names and the spine leaves out follow at the end; the table of contents, which repeats headings, does not.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from provenance.readers.documents.encoding import decoded
from provenance.readers.documents.extract import PAGE_BREAK, Extract, Fault, Gathering, Notes, some_of
from provenance.readers.documents.html import parsed, visible
from provenance.readers.documents.package import BadPartError, Package, target
from provenance.readers.documents.xml import BadXmlError, Event, Start, events
from provenance.readers.limits import Limits

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
TEXTS = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document", "image/svg+xml"})
SUFFIXES = (".xhtml", ".html", ".htm", ".xml")
FIELDS = {
    "title": "title", "creator": "author", "contributor": "contributor", "publisher": "publisher", "rights": "rights", "date": "date",
    "language": "language", "identifier": "identifier", "source": "source",
}  # fmt: skip
"""Element of Dublin Core -> our field."""
PROPERTIES = {
    "dcterms:rights": "rights", "dcterms:license": "license", "cc:license": "license", "tdm:reservation": "tdm-reservation",
    "tdm:policy": "tdm-policy",
}  # fmt: skip

# XML closes elements that HTML leaves open, and HTML would take the whole page for the title of ``<title/>``.
SELF_CLOSED = re.compile(
    r"""<(title|script|style|textarea|iframe|noscript|noembed|noframes|xmp)\b((?:[^<>"']|"[^"]*"|'[^']*')*?)/>""", re.IGNORECASE
)
CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Book:
    """What the package document says."""

    parts: tuple[str, ...]
    """Names of the texts, in order of reading."""
    metadata: Mapping[str, str]
    faults: tuple[Fault, ...] = ()


def extract(data: bytes, limits: Limits) -> Extract:
    """The book's text, its parts divided by form feeds, and its metadata."""
    try:
        package = Package(data, limits)
        book = _book(package)
        encrypted = _encrypted(package)
    except BadPartError as error:
        return Extract("", faults=(error.fault,))
    gathered, faults = Gathering(limits), [*package.faults, *book.faults]
    locked = [name for name in book.parts if name in encrypted]
    if locked:
        faults.append(("encrypted", f"{len(locked)} of {len(book.parts)} parts are encrypted: {some_of(locked)}"))
    if len(book.parts) > limits.pages:
        faults.append(("too-large", f"{len(book.parts)} parts; the first {limits.pages} are read"))
    for name in book.parts[: limits.pages]:
        try:
            text = "" if name in encrypted else _text(package.read(name))
        except BadPartError as error:
            faults.append(error.fault)
            if error.fault[0] == "too-large":
                break
            text = ""
        if not gathered.add(text):
            faults.append(gathered.fault)
            break
    text = gathered.text(PAGE_BREAK)
    return Extract(text if text.strip() else "", book.metadata, tuple(faults))


def _text(part: bytes) -> str:
    """The visible text of one XHTML part."""
    page = CDATA.sub(lambda found: found[1].replace("&", "&amp;").replace("<", "&lt;"), decoded(part))
    return visible(parsed(SELF_CLOSED.sub(r"<\1\2></\1>", page))).replace(PAGE_BREAK, " ")


def _book(package: Package) -> _Book:
    """The texts in order; where the package document cannot be read, every text in the order of the zip, and a fault."""
    try:
        paths = _attributes(package, CONTAINER, "rootfile", "full-path")
        opf = _PackageDocument(paths[0] if paths else "")
        for event in events(package.blocks(opf.name)):
            opf.take(event)
        return opf.book()
    except BadPartError as error:
        fault = error.fault
    except BadXmlError as error:
        fault = "undecodable", f"the package document: {error}"
    found = tuple(name for name in package.names if name.lower().endswith(SUFFIXES) and not name.startswith("META-INF/"))
    return _Book(found, {}, (fault,))


def _encrypted(package: Package) -> frozenset[str]:
    """Names of the encrypted parts; those of fonts, which many free books scramble, are among them and are no texts."""
    try:
        return frozenset(_attributes(package, ENCRYPTION, "CipherReference", "URI") if ENCRYPTION in package else ())
    except (BadPartError, BadXmlError):
        return frozenset()  # a text that is encrypted all the same is then read as the noise that it is


def _attributes(package: Package, part: str, element: str, attribute: str) -> list[str]:
    """The names of members that an attribute of an element gives in a part; raises BadPartError and BadXmlError."""
    found = [
        event.attributes.get(attribute, "") for event in events(package.blocks(part)) if isinstance(event, Start) and event.name == element
    ]
    return [target("", name) for name in found]


class _PackageDocument:
    """Takes metadata, manifest and spine."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._notes, self._field, self._value = Notes(), "", list[str]()
        self._manifest: dict[str, tuple[str, str, str]] = {}
        self._spine: list[str] = []

    def take(self, event: Event) -> None:
        """Takes what comes next in the document."""
        if isinstance(event, Start):
            self._begin(event.name, event.attributes)
        elif isinstance(event, str):
            self._value.append(event if self._field else "")
        else:
            self._notes.add(self._field, "".join(self._value) if self._field else None)
            self._field = ""

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "item":
            part = target(self.name, attributes.get("href", ""))
            self._manifest[attributes.get("id", part)] = part, attributes.get("media-type", ""), attributes.get("properties", "")
        elif name == "itemref":
            self._spine.append(attributes.get("idref", ""))
        elif name == "meta":
            self._field, self._value = PROPERTIES.get(attributes.get("property", ""), ""), []
            self._notes.add(PROPERTIES.get(attributes.get("name", ""), ""), attributes.get("content"))
        elif name == "link" and {"cc:license", "license"} & set(attributes.get("rel", "").split()):
            self._notes.add("license", attributes.get("href"))
        else:
            self._field, self._value = FIELDS.get(name, ""), []

    def book(self) -> _Book:
        """The book, its faults those references that lead nowhere or to something that is no text."""
        return _Book(tuple(dict.fromkeys(self._parts())), self._notes.fields(), tuple(self._strangers()))

    def _parts(self) -> Iterator[str]:
        for reference in self._spine:
            part, kind, _ = self._manifest.get(reference, (reference, "", ""))
            if kind in TEXTS or not kind:
                yield part
        for part, kind, properties in self._manifest.values():
            if kind in TEXTS - {"image/svg+xml"} and "nav" not in properties.split():
                yield part

    def _strangers(self) -> Iterator[Fault]:
        for reference in self._spine:
            part, kind, _ = self._manifest.get(reference, ("", "", ""))
            if kind and kind not in TEXTS:
                yield "unsupported-format", f"part {part!r} is {kind[:60]}: this format is not read"
