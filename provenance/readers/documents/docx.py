"""The text of a Word document (ISO/IEC 29500, WordprocessingML): body, headers and footers, notes, comments, shapes, charts.

Read as a stream of XML, not through an object model: that holds a document several times over in memory, and leaves out text boxes, content
controls and inserted text. Text that tracked changes deleted or moved away is no part of the document and is left out.
"""

from contextlib import suppress

from provenance.readers.documents.extract import PAGE_BREAK, Extract, Fault, Gathering, Notes
from provenance.readers.documents.package import BadPartError, Package, target
from provenance.readers.documents.xml import BadXmlError, Event, Start, events
from provenance.readers.limits import Limits

BODY = "word/document.xml"
CORE = "docProps/core.xml"
BOX = "txbxContent"
WITH_TEXT = frozenset({"header", "footer", "footnotes", "endnotes", "comments", "chart", "diagramData", "glossaryDocument"})
"""Types of relationship, by their last word, that lead from the body to more text."""
EMBEDDED = frozenset({"aFChunk", "package", "oleObject", "subDocument"})
"""Those that lead to a document of its own."""
SKIPPED = frozenset({"Fallback", "del", "moveFrom", "rt"})
"""Elements that repeat text for older programs, hold deleted text, or the reading of a ruby annotation."""
TEXTS = frozenset({"t", "v"})
SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}
FIELDS = {
    "title": "title", "creator": "author", "created": "date", "language": "language", "identifier": "identifier", "rights": "rights",
    "publisher": "publisher",
}  # fmt: skip
"""Core property -> our field."""


def extract(data: bytes, limits: Limits) -> Extract:
    """The document's text, its parts divided by form feeds, and its core properties."""
    try:
        package = Package(data, limits)
    except BadPartError as error:
        return Extract("", faults=(error.fault,))
    faults = [*package.faults]
    whole = _relations(package, "", faults)
    body = next((name for kind, name in whole if kind == "officeDocument"), BODY)
    around = _relations(package, body, faults)
    gathered = Gathering(limits)
    for name in dict.fromkeys([body, *(name for kind, name in around if kind in WITH_TEXT)]):
        gathered.add(PAGE_BREAK if name != body else "")
        fault = _part(package, name, gathered)
        if fault:
            faults.append(fault)
        if fault and fault[0] == "too-large":
            break
    embedded = sum(kind in EMBEDDED for kind, _ in around)
    if embedded:
        faults.append(("attachments", f"{embedded} files embedded in the document are not read"))
    core = next((name for kind, name in whole if kind == "core-properties"), CORE)
    text = gathered.text().strip("\n" + PAGE_BREAK)
    return Extract(text if text.strip() else "", _properties(package, core), tuple(faults))


def _part(package: Package, name: str, gathered: Gathering) -> Fault | None:
    """Adds the text of a part up to where it is damaged or the text is full; what is wrong with it."""
    text = _Text(gathered)
    try:
        for event in events(package.blocks(name)):
            text.take(event)
            if gathered.full:
                return gathered.fault
    except BadPartError as error:
        return error.fault
    except BadXmlError as error:
        return "undecodable", f"part {name!r}: {error}"
    return None


def _relations(package: Package, name: str, faults: list[Fault]) -> list[tuple[str, str]]:
    """Type (its last word) and name of the parts that a part refers to; those of the whole document for an empty name."""
    folder, slash, base = name.rpartition("/")
    rels, found = f"{folder}{slash}_rels/{base}.rels", list[tuple[str, str]]()
    try:
        for event in events(package.blocks(rels)) if rels in package else ():
            if isinstance(event, Start) and event.name == "Relationship" and event.attributes.get("TargetMode") != "External":
                kind = event.attributes.get("Type", "").rpartition("/")[2]
                found.append((kind, target(name, event.attributes.get("Target", ""))))
    except BadPartError as error:
        faults.append(error.fault)
    except BadXmlError as error:
        faults.append(("undecodable", f"part {rels!r}, which names other parts: {error}"))
    return found


def _properties(package: Package, name: str) -> dict[str, str]:
    """The core properties; nothing where they are missing or damaged, as metadata that cannot be read is not there."""
    notes, current = Notes(), ""
    with suppress(BadPartError, BadXmlError):
        for event in events(package.blocks(name)):
            if isinstance(event, str):
                notes.add(current, event)
            else:
                current = FIELDS.get(event.name, "") if isinstance(event, Start) else ""
    return notes.fields()


class _Text:
    """Takes the text of a part: a line for each paragraph, a tab between the cells of a table.

    A text box stands inside the paragraph that it is anchored to; its text follows that paragraph, so that neither cuts the other.
    """

    def __init__(self, gathered: Gathering) -> None:
        self._gathered = gathered
        self._skipped = self._reading = self._paragraphs = self._boxes = 0
        self._gap = ""  # what divides the text so far from what comes next
        self._boxed = list[str]()

    def take(self, event: Event) -> None:
        """Takes what comes next in the part."""
        if self._skipped or (isinstance(event, Start) and event.name in SKIPPED):
            self._skipped += 0 if isinstance(event, str) else 1 if isinstance(event, Start) else -1
        elif isinstance(event, str):
            if self._reading:
                self._say(event)
        elif isinstance(event, Start):
            self._begin(event.name)
        else:
            self._end(event.name)

    def _begin(self, name: str) -> None:
        if name in TEXTS:
            self._reading += 1
        elif name == BOX:
            self._boxes += 1
        elif name == "p":
            self._paragraphs += 1
        elif name in SIGNS and self._paragraphs:
            self._say(SIGNS[name])

    def _end(self, name: str) -> None:
        if name in TEXTS:
            self._reading -= 1
            if not self._paragraphs:
                self._gap = "\n"  # after a value of a chart
        elif name == BOX:
            self._boxes -= 1
        elif name == "p":
            self._paragraphs -= 1
            self._end_paragraph()
        elif name in {"tc", "tr"} and not self._boxes:
            self._gap = "\t" if name == "tc" else "\n"

    def _say(self, text: str) -> None:
        if self._boxes:
            self._boxed.append(text)
            return
        gap, self._gap = self._gap, ""
        self._gathered.add(gap + text)

    def _end_paragraph(self) -> None:
        if self._boxes:
            self._boxed.append("\n")
            return
        self._gap = "\n"
        if self._boxed and not self._paragraphs:
            text, self._boxed = "".join(self._boxed), []
            self._say(text.removesuffix("\n"))
            self._gap = "\n"
