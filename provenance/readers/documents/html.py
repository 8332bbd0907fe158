"""The visible text of an HTML page, and what the page says of its origin.

All of it: menus and footers too, since an auditor reads what a model would be given. Left out is what no reader sees in the running text
(``HIDDEN``), the readings of ruby annotations among it: they repeat the word that they stand above, and would cut every sentence of
a Japanese children's book. The ``alt`` of a picture stands in the text, where it belongs: initials, emoji and formulas are pictures on
many pages, and "It was" is found although its "I" is one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum

import orjson
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from provenance.readers.documents.encoding import decoded
from provenance.readers.documents.extract import Extract, Gathering, Notes
from provenance.readers.limits import MB, Limits


class _Kind(IntEnum):
    """What a node does to the text."""

    INLINE, TEXT, HIDDEN, BLOCK, PREFORMATTED, CELL, BREAK, PICTURE = range(8)


HIDDEN = frozenset(
    {
        "head", "script", "style", "noscript", "template", "noembed", "noframes", "iframe", "datalist", "rp", "rt", "rtc",
        "annotation", "annotation-xml", "-comment", "-doctype",
    }
)  # fmt: skip
BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr",
        "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option", "p", "search", "section", "select", "summary", "table",
        "tbody", "tfoot", "thead", "tr", "ul",
    }
)  # fmt: skip
KINDS = {
    **dict.fromkeys(HIDDEN, _Kind.HIDDEN),
    **dict.fromkeys(BLOCKS, _Kind.BLOCK),
    **dict.fromkeys(("pre", "textarea", "listing", "plaintext", "xmp"), _Kind.PREFORMATTED),
    **dict.fromkeys(("td", "th"), _Kind.CELL),
    **dict.fromkeys(("img", "area"), _Kind.PICTURE),
    "br": _Kind.BREAK,
    "-text": _Kind.TEXT,
}

# Characters that stand for layout while the text is put together. U+0000 cannot come out of an HTML parser; the others mean nothing.
LINE, CELL, KEPT_SPACE, KEPT_TAB, KEPT_LINE = "\0", "\x01", "\x02", "\x03", "\x04"
KEPT = (("\r", ""), (" ", KEPT_SPACE), ("\t", KEPT_TAB), ("\n", KEPT_LINE))
LAID_OUT = ((CELL, "\t"), (KEPT_SPACE, " "), (KEPT_TAB, "\t"), (KEPT_LINE, "\n"))
SPACES = (("\n", " "), ("\t", " "), ("\r", " "), ("\f", " "))
CELL_ENDS = ((" " + CELL, CELL), (CELL + " ", CELL))

FIELDS = frozenset(
    {
        "author", "creator", "contributor", "publisher", "rights", "rightsholder", "copyright", "license", "licence", "title", "date",
        "issued", "published_time", "publication_date", "created", "language", "identifier", "isbn", "issn", "doi", "source", "url",
        "site_name", "robots", "tdm-reservation", "tdm-policy",
    }
)  # fmt: skip
VOCABULARY = re.compile(r"^(?:dc|dcterms|citation|og|article|book|prism|schema)[.:_]")
NAMES = {"licence": "license", "published_time": "date", "publication_date": "date", "issued": "date", "created": "date"}
LINKED_DATA = {
    "license": "license", "usageInfo": "usage_terms", "copyrightHolder": "copyright_holder", "copyrightNotice": "copyright",
    "copyrightYear": "copyright_year", "creditText": "credit", "author": "author", "publisher": "publisher", "datePublished": "date",
    "isbn": "isbn", "headline": "headline",
}  # fmt: skip
"""Property of schema.org -> our field."""
NOT_THE_PAGE = frozenset({"ImageObject", "VideoObject", "AudioObject", "Person", "Organization", "WebSite", "BreadcrumbList"})
"""Types of schema.org whose licence or author is not that of the page that they stand in."""


def extract(data: bytes, limits: Limits) -> Extract:
    """The page's text and metadata."""
    page = parsed(decoded(data))
    gathered = Gathering(limits)
    gathered.add(visible(page))
    return Extract(gathered.text(), _metadata(page), (gathered.fault,) if gathered.full else ())


def extract_all(pages: Sequence[bytes], limits: Limits) -> list[Extract]:
    """As above, of several pages."""
    return [extract(page, limits) for page in pages]


def parsed(page: str) -> LexborHTMLParser:
    """The page's tree; with scripting, so that what stands in a ``noscript`` is not mixed with what stands around it."""
    return LexborHTMLParser(page, options=LexborDocumentOptions.WO_EVENTS, scripting=True)


def visible(page: LexborHTMLParser) -> str:
    """The text that a reader sees: a line for each block, a tab between the cells of a table, ``pre`` as it stands."""
    text = _replaced("".join(_walk(page.root)) if page.root else "", SPACES)
    while "  " in text:
        text = text.replace("  ", " ")  # half as many with each turn
    lines = (line.strip(" " + CELL) for line in text.split(LINE))
    return _replaced("\n".join(filter(None, lines)), (*CELL_ENDS, *LAID_OUT))


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The text with strings replaced, one after another: several times as fast as a regular expression, or ``str.translate``, for all."""
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def _walk(root: LexborNode) -> Iterator[str]:
    """Texts and marks in the order of the document; no recursion, since pages may be nested as deep as they like."""
    kinds: dict[int, _Kind] = {}  # by the parser's number of a tag: those of unknown tags hold for this tree alone
    above, kept, node = list[tuple[LexborNode, _Kind]](), 0, root
    while True:
        kind = kinds.get(node.tag_id)
        if kind is None:
            kind = kinds[node.tag_id] = KINDS.get(node.tag or "-comment", _Kind.INLINE)
        if kind is _Kind.TEXT:
            text = node.text_content or ""
            yield _replaced(text, KEPT) if kept else text
        elif kind is not _Kind.HIDDEN:
            if kind is not _Kind.INLINE:
                yield _mark(node, kind)
            inner = node.first_child
            if inner is not None:
                above.append((node, kind))
                kept += kind is _Kind.PREFORMATTED
                node = inner
                continue
        following = node.next
        while following is None:
            if not above:
                return
            node, kind = above.pop()
            kept -= kind is _Kind.PREFORMATTED
            if kind in {_Kind.BLOCK, _Kind.PREFORMATTED}:
                yield LINE
            elif kind is _Kind.CELL:
                yield CELL
            following = node.next
        node = following


def _mark(node: LexborNode, kind: _Kind) -> str:
    """What stands in the text where an element begins."""
    if kind is _Kind.PICTURE:
        return (node.attributes.get("alt") or "").replace(LINE, "")
    return "" if kind is _Kind.CELL else LINE


# --- metadata --------------------------------------------------------------------------------------------------------------------------


def _metadata(page: LexborHTMLParser) -> dict[str, str]:
    notes = Notes()
    title = page.css_first("head > title")
    notes.add("title", title.text() if title else None)
    for meta in page.css("meta[content]"):
        _meta(meta.attributes, notes)
    for link in page.css("[rel][href]"):
        relations = (link.attributes.get("rel") or "").lower().split()
        if "license" in relations or "copyright" in relations:
            notes.add("license", link.attributes.get("href"))
        elif "canonical" in relations:
            notes.add("url", link.attributes.get("href"))
    for script in page.css('script[type="application/ld+json"]'):
        _linked_data(script.text(), notes)
    if page.root:
        notes.add("language", page.root.attributes.get("lang"))
    return notes.fields()


def _meta(attributes: dict[str, str | None], notes: Notes) -> None:
    name = (attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or "").strip().lower()
    name = VOCABULARY.sub("", name)
    if name in FIELDS and not (name == "title" and "title" in notes):
        notes.add(NAMES.get(name, name), attributes.get("content"))


def _linked_data(script: str, notes: Notes) -> None:
    """What JSON-LD says of the page itself; a block that is no JSON says nothing."""
    if len(script) > MB:
        return
    try:
        found = orjson.loads(script)
    except orjson.JSONDecodeError:
        return
    graph = found.get("@graph", found) if isinstance(found, dict) else found
    for thing in graph if isinstance(graph, list) else [graph]:
        if isinstance(thing, dict) and NOT_THE_PAGE.isdisjoint(_names(thing.get("@type"))):
            for name, field in LINKED_DATA.items():
                for value in _names(thing.get(name)):
                    notes.add(field, value)


def _names(value: object) -> list[str]:
    """The strings that a property of JSON-LD gives: itself, or the name or address of the thing that it is."""
    if isinstance(value, list):
        return [name for entry in value[:20] if not isinstance(entry, list) for name in _names(entry)]
    if isinstance(value, dict):
        return [str(value[key]) for key in ("name", "@id", "url") if isinstance(value.get(key), str)][:1]
    return [str(value)] if isinstance(value, str | int) and not isinstance(value, bool) else []
