"""Rights in an XMP packet (ISO 16684-1), read as a stream: no entity is expanded, nothing outside opened, no tree built."""

from collections.abc import Mapping
from xml.parsers import expat

from provenance.claims.gathered import FIELD_CHARS, Gathered

MAX_BYTES = 8 << 20  # of a packet; editors keep lists of thousands of ancestors in it, which take a few megabytes
DEPTH = 64  # of elements; a list in a structure in a list takes 10, counted from the packet's root
RDF_RESOURCE = "http://www.w3.org/1999/02/22-rdf-syntax-ns# resource"
_NAMESPACES = {
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://ns.adobe.com/xap/1.0/rights": "xmpRights",
    "http://ns.adobe.com/xap/1.0/mm": "xmpMM",
    "http://ns.adobe.com/photoshop/1.0": "photoshop",
    "http://ns.adobe.com/tiff/1.0": "tiff",
    "http://creativecommons.org/ns": "cc",
    "http://web.resource.org/cc": "cc",
    "http://ns.useplus.org/ldf/xmp/1.0": "plus",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29": "Iptc4xmpExt",
    "http://www.w3.org/ns/tdmrep": "tdm",
}
PROPERTIES = frozenset(
    {
        "dc:title", "dc:creator", "dc:rights", "dc:identifier", "dcterms:license", "dcterms:rightsHolder", "dcterms:provenance",
        "xmpRights:Owner", "xmpRights:UsageTerms", "xmpRights:WebStatement", "xmpRights:Marked",
        "photoshop:Credit", "photoshop:Source", "photoshop:Instructions", "tiff:Artist", "tiff:Copyright",
        "cc:license", "cc:attributionName", "cc:attributionURL", "cc:morePermissions",
        "plus:DataMining", "plus:OtherConstraints", "plus:CopyrightOwnerName", "plus:ImageCreatorName", "plus:ImageSupplierName",
        "plus:LicensorName", "plus:LicensorURL", "plus:CreditLineRequired", "plus:TermsAndConditionsText", "plus:TermsAndConditionsURL",
        "plus:ImageSupplierImageID", "plus:CopyrightOwnerImageID", "plus:LicensorImageID",
        "Iptc4xmpExt:DigImageGUID", "Iptc4xmpExt:EncRightsExpr", "Iptc4xmpExt:LinkedRightsExpr",
        "tdm:reservation", "tdm:policy",
    }
)  # fmt: skip
"""What is read, wherever it stands in the packet. ``dcterms:provenance`` is where a C2PA manifest is said to be; it is never fetched."""
OTHERS = frozenset({"xmpMM:Pantry", "xmpMM:Ingredients", "xmpMM:DerivedFrom", "xmpMM:History", "xmpMM:ManagedFrom"})
"""What is said in these is said of other files."""


class _Refused(Exception):  # noqa: N818 - ends the parse; nobody outside sees it
    """The packet is not read any further."""


def read(packet: bytes, into: Gathered) -> None:
    """Adds the rights stated in a packet; of a broken one what stands before the fault, and why the rest is missing."""
    if b"\0" not in packet[:8]:  # where it is, it is half of a character of UTF-16, and no padding
        packet = packet.strip(b"\0 \t\r\n")
    if len(packet) > MAX_BYTES:
        into.unread(f"a packet of {len(packet)} bytes; up to {MAX_BYTES} are read")
        return
    try:
        _parser(into).Parse(packet, True)
    except (expat.ExpatError, _Refused) as error:
        into.unread(f"no well-formed XMP: {error}")
    except (LookupError, ValueError) as error:  # an encoding that Python does not have, or has no table for
        into.unread(f"XMP in an encoding that is not read: {error}")


def _parser(into: Gathered) -> expat.XMLParserType:
    elements = _Elements(into)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.EntityDeclHandler = _refuse_entity
    parser.StartElementHandler = elements.start
    parser.EndElementHandler = elements.end
    parser.CharacterDataHandler = elements.text
    return parser


def _refuse_entity(name: str, *_: object) -> None:
    """Takes the place of everything that entities can do to a parser."""
    raise _Refused(f"it declares the entity {name[:40]!r}")


class _Elements:
    """The elements that are open, and for each the property that its text belongs to: None if it is not one that is read."""

    def __init__(self, into: Gathered) -> None:
        self._into = into
        self._open: list[str | None] = []
        self._text: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins; RDF writes a property as an element or as an attribute, and its value as text or as a reference."""
        if len(self._open) == DEPTH:
            raise _Refused(f"more than {DEPTH} elements in one another")
        around = self._open[-1] if self._open else None
        own = _named(name)
        belongs = around if around in OTHERS else own if own in PROPERTIES or own in OTHERS else around
        self._open.append(belongs)
        self._forget()
        if belongs in OTHERS:
            return
        for key, value in attributes.items():
            if (stated := _named(key)) in PROPERTIES:
                self._into.add(stated, value)
            elif key == RDF_RESOURCE and belongs:
                self._into.add(belongs, value)

    def text(self, run: str) -> None:
        """Characters of the innermost element."""
        if self._open and self._open[-1] in PROPERTIES and self._length < 4 * FIELD_CHARS:
            self._text.append(run)
            self._length += len(run)

    def end(self, _name: str) -> None:
        """The innermost element ends."""
        if belongs := self._open.pop():
            self._into.add(belongs, "".join(self._text))
        self._forget()

    def _forget(self) -> None:
        self._text.clear()
        self._length = 0


def _named(name: str) -> str:
    """``prefix:local`` by the usual prefix of its namespace, whichever the packet declares; empty for a namespace that is not read."""
    namespace, _, local = name.rpartition(" ")
    prefix = _NAMESPACES.get(namespace.replace("https://", "http://").rstrip("/#"))
    return f"{prefix}:{local}" if prefix else ""
