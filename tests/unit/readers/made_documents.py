"""Documents made by hand, byte for byte, so that tests say what is in them."""

import io
import zipfile
import zlib

HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
PICTURE = b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>stream\n\0\nendstream"
ENCRYPT = b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"a1" * 32 + b">/U<" + b"b2" * 32 + b">>>"


def stream(data, extra=b""):
    return b"<</Length %d%s>>stream\n" % (len(data), extra) + data + b"\nendstream"


def shown(text):
    """A page's content that shows lines of text."""
    lines = b" T* ".join(b"(" + line.encode("latin-1") + b") Tj" for line in text.split("\n"))
    return b"BT /F 12 Tf 14 TL 20 700 Td " + lines + b" ET"


def pdf(*pages, info=b"", catalog=b"", trailer=b"", more=()):
    """A PDF of content streams, each bytes or (bytes, the entries of its dictionary); ``more`` are objects from number 6 + 2 * pages on."""
    kids = b" ".join(b"%d 0 R" % (6 + 2 * n) for n in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        HELVETICA,
        PICTURE,
        b"<<%s>>" % info,
    ]
    for n, page in enumerate(pages):
        content, extra = page if isinstance(page, tuple) else (page, b"")
        resources = b"/Resources<</Font<</F 3 0 R>>/XObject<</P 4 0 R>>>>"
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]%s/Contents %d 0 R>>" % (resources, 7 + 2 * n))
        objects.append(stream(content, extra))
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate([*objects, *more], 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(offsets) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R/Info 5 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        size, table, size, trailer, len(out),
    )  # fmt: skip


def pdf_bomb(megabytes):
    """A page whose content is mostly operators that take memory: a thousandth of its size in the file."""
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(b"0 0 m 1 1 l S " * 75_000) for _ in range(megabytes)) + packed.flush()
    return pdf((data, b"/Filter/FlateDecode"))


def archive(members):
    """A zip of (name, content) pairs, names in any number."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return out.getvalue()


CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
OPF = """<?xml version="1.0"?>{doctype}
<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata>
<manifest>{items}</manifest><spine>{spine}</spine></package>"""
XHTML = '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head>{head}</head><body>{body}</body></html>'


def epub(parts, *, metadata="", spine=None, doctype="", extra=(), nav=""):
    """An EPUB of (href, body or None if it is missing) pairs, read in the order of ``spine`` (indices)."""
    items = "".join(f'<item id="i{n}" href="{href}" media-type="application/xhtml+xml"/>' for n, (href, _) in enumerate(parts))
    order = "".join(f'<itemref idref="i{n}"/>' for n in (range(len(parts)) if spine is None else spine))
    opf = OPF.format(doctype=doctype, metadata=metadata, items=items + nav, spine=order)
    texts = [
        (f"OEBPS/{href}", body if body.startswith("<?xml") else XHTML.format(head="<title/>", body=body)) for href, body in parts if body
    ]
    return archive([("mimetype", "application/epub+zip"), ("META-INF/container.xml", CONTAINER), ("OEBPS/book.opf", opf), *texts, *extra])


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELATION = '<Relationship Id="r{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>'


def relations(*pairs):
    found = "".join(RELATION.format(n=n, kind=kind, target=target) for n, (kind, target) in enumerate(pairs))
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{found}</Relationships>'


def paragraph(text):
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def word(body, *, around=(), extra=()):
    """A docx with a body of WordprocessingML; ``around`` are (type of relationship, target) pairs."""
    return archive(
        [
            ("_rels/.rels", relations(("officeDocument", "word/document.xml"))),
            ("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>"),
            ("word/_rels/document.xml.rels", relations(*around)),
            *extra,
        ]
    )
