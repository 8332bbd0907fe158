"""Documents: entities that multiply, tags without end, pages that are their own parents."""

import zlib
from collections.abc import Iterator

from tests.integration.hostile.archives import Packed, packed, zipped
from tests.integration.hostile.entry import MB, file
from tests.integration.hostile.packed import deflated
from tests.unit.readers.made_documents import (
    CONTAINER,
    ENCRYPT,
    OPF,
    W,
    epub,
    paragraph,
    pdf,
    pdf_bomb,
    relations,
    shown,
    stream,
    word,
)

LAUGHS = "<!DOCTYPE l [<!ENTITY l0 'lol'>" + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 11)) + "]>"
OUTSIDE = "<!DOCTYPE l [<!ENTITY l10 SYSTEM 'file:///etc/passwd'>]>"


def wrapped(text: str) -> str:
    """A text in lines that a page holds."""
    words, lines = text.replace("'", "").replace("(", "").replace(")", "").replace("\\", "").split(), [""]
    for each in words:
        lines = [*lines, each] if len(lines[-1]) > 60 else [*lines[:-1], f"{lines[-1]} {each}".strip()]
    return "\n".join(lines)


def docx_with(document: str) -> bytes:
    """A docx whose main part is given whole."""
    return zipped(
        packed("_rels/.rels", relations(("officeDocument", "word/document.xml")).encode()), packed("word/document.xml", document.encode())
    )


def docx_bomb(text: str) -> bytes:
    """A docx with a paragraph of a gigabyte behind a good one."""
    head = f"<w:document {W}><w:body>{paragraph(text)}<w:p><w:r><w:t>".encode()
    data = b"".join(deflated(head, b"a" * MB, 1024, -15)) + b"\3\0"
    return zipped(
        packed("_rels/.rels", relations(("officeDocument", "word/document.xml")).encode()),
        Packed(b"word/document.xml", data, len(head) + 1024 * MB, 0),
    )


def laughing_epub(text: str) -> bytes:
    """An EPUB whose package multiplies an entity."""
    opf = OPF.format(doctype=LAUGHS, metadata="<dc:title>&l10;</dc:title>", items="", spine="")
    return zipped(
        packed("mimetype", b"application/epub+zip"),
        packed("META-INF/container.xml", CONTAINER.encode()),
        packed("OEBPS/book.opf", opf.encode()),
    )


def attribute(text: str) -> Iterator[bytes]:
    """A tag with an attribute of 50 MB."""
    yield f"<html><body><p>{text}</p><p title='".encode()
    for _ in range(50):
        yield b"a" * MB
    yield b"'>end</p></body></html>"


def of_pages(kids: str, count: int, page: bytes) -> bytes:
    """A PDF whose tree of pages is given."""
    made = pdf(page)
    return made.replace(b"/Kids[6 0 R]/Count 1", f"/Kids[{kids}]/Count {count}".encode())


def object_streams() -> bytes:
    """Object streams that extend one another in a circle, and hold the catalog."""
    inner = zlib.compress(b"1 0 <</Type/Catalog/Pages 2 0 R>>")
    made = b"%PDF-1.7\n"
    for number, other in ((4, 5), (5, 4)):
        made += (
            b"%d 0 obj\n" % number + stream(inner, b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode/Extends %d 0 R" % other) + b"\nendobj\n"
        )
    return made + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"


PAPERS = (
    file("nested.html", lambda text: f"<html><body><p>{text}</p>".encode() + b"<div>" * 40_000, "", ".", None),
    file("attribute.html", attribute, "", "."),
    file("nul.html", lambda text: f"<html><body>\0<p>{text}</p>\0</body>".encode(), "", "."),
    file("open.html", lambda text: f"<html><body><p>{text}<!-- <script>".encode(), "", "."),
    file("bomb.html.gz", lambda text: deflated(f"<html><p>{text}</p>".encode(), b"a" * MB, 3072), "too-large", "", None),
    file("bomb.pdf", lambda _: pdf_bomb(200), "decoder-died"),
    file(
        "text-bomb.pdf",
        lambda text: pdf(
            (zlib.compress(b"BT /F 1 Tf " + b"(many words) Tj " * 3_000_000 + b"ET"), b"/Filter/FlateDecode"), shown(wrapped(text))
        ),
        "decoder-died",
        found=".",
    ),
    file("page-loop.pdf", lambda text: of_pages("6 0 R 2 0 R 2 0 R", 3, shown(wrapped(text))), "undecodable", "."),
    file("hundred-thousand-pages.pdf", lambda text: of_pages("6 0 R", 100_000, shown(wrapped(text))), "undecodable more-unread", "."),
    file("many-kids.pdf", lambda text: of_pages("6 0 R " * 1000, 1000, shown(wrapped(text))), "", "."),
    file("object-streams.pdf", lambda _: object_streams(), "undecodable"),
    file("encrypted.pdf", lambda text: pdf(shown(wrapped(text)), trailer=b"/Encrypt 8 0 R/ID[<00><00>]", more=(ENCRYPT,)), "encrypted"),
    file("cut.pdf", lambda text: pdf(shown(wrapped(text)), shown(wrapped(text)))[:900], "truncated"),
    file("header-alone.pdf", lambda _: b"%PDF-1.7\n", "truncated"),
    file("laughs.epub", laughing_epub, "undecodable"),
    file("missing-part.epub", lambda text: epub([("a.xhtml", f"<p>{text}</p>"), ("b.xhtml", None)]), "missing", "."),
    file("traversal.epub", lambda text: epub([("a.xhtml", f"<p>{text}</p>"), ("../../../escaped-8.xhtml", None)]), "missing", "."),
    file("cut.epub", lambda text: epub([("a.xhtml", f"<p>{text}</p>")])[:-50], "truncated"),
    file(
        "laughs.docx",
        lambda text: docx_with(
            f"<?xml version='1.0'?>{LAUGHS}<w:document {W}><w:body>{paragraph(text)}{paragraph('&l10;')}</w:body></w:document>"
        ),
        "undecodable",
        "",
        None,
    ),
    file(
        "outside.docx",
        lambda text: docx_with(
            f"<?xml version='1.0'?>{OUTSIDE}<w:document {W}><w:body>{paragraph(text)}{paragraph('&l10;')}</w:body></w:document>"
        ),
        "undecodable",
        "",
        None,
    ),
    file("bomb.docx", docx_bomb, "too-large", "."),
    file("deep.docx", lambda text: word(paragraph(text) + "<w:p>" * 100_000), "undecodable", "."),
    file("cut.docx", lambda text: word(paragraph(text))[:-50], "truncated"),
    file("laughs.svg", lambda text: f"<?xml version='1.0'?>{LAUGHS}<svg><text>&l10;</text><text>{text}</text></svg>".encode(), "", "."),
    file("old.doc", lambda text: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + text.encode(), "unsupported-format"),
    file("words.rtf", lambda text: b"{\\rtf1 " + text.encode() + b"}", "unsupported-format"),
)
