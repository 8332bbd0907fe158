import io
import random
import zipfile
from pathlib import Path

import docx as python_docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fingerprints.errors import DecoderError
from fingerprints.model import Modality
from provenance.model import Source, Unit, Unread
from provenance.readers.batch import Batch
from provenance.readers.documents import docx, epub, extracted, html, member, members, pdf, pieces
from provenance.readers.limits import LIMITS, MB, METADATA_CHARS, Limits
from provenance.readers.piece import ReadSettings
from tests.unit.readers import made_documents as made

EXTRACTORS = {
    "html": html.extract,
    "pdf": lambda data, limits: pdf.read(data, limits, pdf.pages),
    "epub": epub.extract,
    "docx": docx.extract,
}
SETTINGS = ReadSettings()


def read(form, data, limits=LIMITS):
    return EXTRACTORS[form](data, limits)


def text(form, data, limits=LIMITS):
    found = read(form, data, limits)
    assert found.faults == ()
    return found.text


def reasons(found):
    return [reason for reason, _ in found.faults]


def page(body, head=""):
    return f"<!doctype html><html><head><title>T</title>{head}</head><body>{body}</body></html>".encode()


# --- HTML ------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>It was   the\n best</p><p>of <b>ti</b>mes</p>", "It was the best\nof times"),
        ("one<br>two<hr>three<div>four<div>five</div></div>six", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<table><tr><td>a<td> b </td></tr><tr><th>c<td></table>", "a\tb\nc"),
        ("<pre>def f():\n    return 1\n\nend</pre>after", "def f():\n    return 1\n\nend\nafter"),
        ("a<script>no()</script><style>p{}</style><noscript><p>no</p></noscript><template>no</template><!-- no -->b", "ab"),
        ('<img alt="I" src="i.png">t was', "It was"),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字", "漢字"),
        ("a&nbsp;b&shy;c &lt;i&gt; &#128512;", "a\u00a0b\u00adc <i> 😀"),
        ("<custom-tag>a</custom-tag><other-tag><p>b</p></other-tag>", "a\nb"),
        ("<p>never <i>closed <p>at all", "never closed\nat all"),
    ],
)
def test_a_page_gives_the_text_that_a_reader_sees(body, expected):
    assert text("html", page(body)) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("\ufeff<p>Grüße".encode(), "Grüße"),
        ("\ufeff<p>Grüße".encode("utf-16-le"), "Grüße"),
        ("\ufeff<p>Grüße".encode("utf-16-be"), "Grüße"),
        ("<p>Grüße, 世界".encode(), "Grüße, 世界"),
        ("<p>Grüße \u2013 \u20ac".encode("cp1252"), "Grüße \u2013 \u20ac"),
        ('<meta charset="windows-1251"><p>Война и мир'.encode("cp1251"), "Война и мир"),
        ('<meta http-equiv=Content-Type content="text/html; charset=gb2312"><p>红楼梦'.encode("gb18030"), "红楼梦"),
        ('<meta charset="shift_jis"><p>吾輩は猫'.encode("cp932"), "吾輩は猫"),
        ('<meta charset="iso-2022-jp"><p>吾輩は猫'.encode("iso2022_jp"), "吾輩は猫"),
        ('<?xml version="1.0" encoding="iso-8859-2"?><p>Žluťoučký kůň'.encode("iso8859-2"), "Žluťoučký kůň"),
        ('<meta charset="iso-8859-1"><p>Grüße, 世界'.encode(), "Grüße, 世界"),  # recoded, its declaration left behind
        ('<meta charset="utf-7"><p>Gr\xfc+AGEAYQ-'.encode("latin-1"), "Grü+AGEAYQ-"),  # an encoding that no browser reads
        ('<meta charset="no-such-thing"><p>Grüße'.encode("cp1252"), "Grüße"),
        (b"<p>caf\xc3\xa9 \xff\xfe</p>" + b" " * 1024 + b'<meta charset="utf-8">', "cafÃ© ÿþ"),  # declared too late
        ("<p>Война и мир".encode()[:-1], "Война и ми\ufffd"),
        (b'<meta charset="utf-8"><p>caf\xc3\xa9 \xff', "café \ufffd"),
    ],
)
def test_a_page_is_decoded_as_it_says_or_as_it_must(data, expected):
    assert text("html", data) == expected


def test_a_page_says_where_it_comes_from():
    head = (
        '<meta name="author" content="A. Author"><meta name="DC.rights" content="© 2020  A. Author">'
        '<meta property="article:published_time" content="2020-01-02"><meta name="tdm-reservation" content="1">'
        '<link rel="license" href="https://example.org/by"><link rel="canonical" href="https://example.org/page">'
        '<script type="application/ld+json">{"@graph": [{"@type": "ImageObject", "license": "of a picture"},'
        '{"@type": "Article", "license": "https://example.org/nc", "copyrightHolder": {"name": "Press"}, "author": [{"name": "A. Author"}]'
        "}]}</script>"
        '<script type="application/ld+json">{broken</script>'
        f'<meta name="copyright" content="{"c" * 10_000}">'
    )
    found = read("html", page("text", head)).metadata
    assert found["copyright"] == "c" * METADATA_CHARS
    assert {name: value for name, value in found.items() if name != "copyright"} == {
        "title": "T",
        "author": "A. Author",
        "rights": "© 2020 A. Author",
        "date": "2020-01-02",
        "tdm-reservation": "1",
        "license": "https://example.org/by; https://example.org/nc",
        "url": "https://example.org/page",
        "copyright_holder": "Press",
    }


def test_nul_bytes_and_their_references_do_not_break_lines():
    assert text("html", page("a\0b&#0;c&#xD800;d")) == "ab\ufffdc\ufffdd"


def test_a_deeply_nested_page_gives_its_text():
    assert text("html", page("<div>" * 10_000 + "deep")) == "deep"


def test_a_page_beyond_the_limit_of_text_is_cut_there_and_says_so():
    found = read("html", page("ä" * 100), Limits(document_text=51))
    assert found.text == "ä" * 25
    assert reasons(found) == ["too-large"]


# --- PDF -------------------------------------------------------------------------------------------------------------------------------


def test_the_pages_of_a_pdf_are_joined_so_that_they_can_be_counted():
    data = made.pdf(made.shown("one\ntwo"), b"", made.shown("three"), info=rb"/Title(A title)/Author(A. Author)/Copyright(All of it)")
    found = read("pdf", data)
    assert found.text == "one\ntwo\f\fthree"
    assert found.faults == ()
    assert found.metadata == {"title": "A title", "author": "A. Author", "copyright": "All of it"}


def test_a_word_that_a_line_cut_is_whole_again():
    assert text("pdf", made.pdf(made.shown("an extraor-\ndinary word"))) == "an extraordinary word"


def test_text_outside_the_page_and_invisible_text_is_read():
    assert text("pdf", made.pdf(b"BT /F 12 Tf 3 Tr 9000 9000 Td (hidden words) Tj ET")) == "hidden words"


def test_a_pdf_says_its_licence_in_its_own_xmp_and_not_in_that_of_a_picture():
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cc="http://creativecommons.org/ns#" xmlns:r="http://ns.adobe.com/xap/1.0/rights/">'
        '<rdf:Description r:WebStatement="https://example.org/terms"><dc:format>{}</dc:format><cc:license rdf:resource="{}"/>'
        '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© {}</rdf:li></rdf:Alt></dc:rights></rdf:Description></rdf:RDF></x:xmpmeta>'
    )
    of_the_book = made.stream(packet.format("application/pdf", "https://example.org/by", "Author").encode())
    of_a_picture = made.stream(packet.format("image/jpeg", "https://example.org/other", "Photographer").encode())
    found = read("pdf", made.pdf(made.shown("text"), more=(of_the_book, of_a_picture))).metadata
    assert found == {"rights_url": "https://example.org/terms", "license": "https://example.org/by", "rights": "© Author"}


def test_scanned_pages_are_named_and_the_others_are_read():
    picture = b"q 100 0 0 100 0 0 cm /P Do Q"
    found = read("pdf", made.pdf(picture, picture, made.shown("text"), picture))
    assert found.text == "\f\ftext\f"
    assert found.faults == (("no-text", "pages with pictures and without text, which are not read: 1-2, 4"),)


def test_a_pdf_without_text_says_so():
    found = read("pdf", made.pdf(b"0 0 m 9 9 l S", b""))
    assert (found.text, found.faults) == ("", (("no-text", "2 pages without text: scanned pictures are not read"),))


def test_a_pdf_that_asks_for_a_password_is_encrypted():
    identity = b"/Encrypt 8 0 R/ID[<" + b"00" * 16 + b"><" + b"00" * 16 + b">]"
    assert reasons(read("pdf", made.pdf(made.shown("x"), trailer=identity, more=(made.ENCRYPT,)))) == ["encrypted"]


def test_a_cut_pdf_gives_what_is_left_and_says_so():
    data = made.pdf(*(made.shown(f"page {n}") for n in range(1, 9)))
    found = read("pdf", data[: data.index(b"(page 5)")])
    assert reasons(found)[0] == "truncated"
    assert read("pdf", data[:40]).faults[0][0] == "truncated"


def test_a_page_that_cannot_be_read_costs_itself():
    data = made.pdf(*(made.shown(f"page {n}") for n in range(1, 4)))
    broken = data.replace(b"[6 0 R 8 0 R 10 0 R]", b"[6 0 R 99 0 R 10 0 R]")
    found = read("pdf", broken)
    assert found.text == "page 1\f\fpage 3"
    assert [(reason, detail.split(":")[0]) for reason, detail in found.faults] == [("undecodable", "page 2")]


def test_a_page_that_breaks_its_decoder_costs_itself(monkeypatch):
    monkeypatch.setattr(pdf, "RUN", 2)

    def breaking(data, limits, first, stop):
        if first <= 2 < stop:
            raise DecoderError("it died", "decoder-died")
        return pdf.pages(data, limits, first, stop)

    found = pdf.read(made.pdf(*(made.shown(f"page {n}") for n in range(1, 6))), LIMITS, breaking)
    assert found.text == "page 1\fpage 2\f\fpage 4\fpage 5"
    assert found.faults == (("decoder-died", "page 3: it died"),)


def test_a_pdf_that_breaks_its_decoder_again_and_again_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf, "RUN", 1)
    asked = []

    def breaking(data, limits, first, stop):
        if stop:
            asked.append(first)
            raise DecoderError("it died", "decoder-died")
        return pdf.pages(data, limits, first, stop)

    found = pdf.read(made.pdf(*(made.shown("x") for _ in range(9))), LIMITS, breaking)
    assert asked == list(range(pdf.DEATHS))
    assert found.faults[-1] == ("decoder-died", "pages 4 to 9: it died")


def test_pages_beyond_the_limit_are_named():
    found = read("pdf", made.pdf(*(made.shown(f"page {n}") for n in range(1, 6))), Limits(pages=2))
    assert (found.text, found.faults) == ("page 1\fpage 2", (("too-large", "pages 3 to 5: the first 2 are read"),))


def test_text_of_a_pdf_beyond_the_limit_is_cut_and_says_so():
    found = read("pdf", made.pdf(*(made.shown(f"page {n}") for n in range(1, 6))), Limits(document_text=14))
    assert (found.text, reasons(found)) == ("page 1\fpage 2", ["too-large"])


def test_attached_files_are_counted():
    names = b"/Names<</EmbeddedFiles<</Names[(a)8 0 R]>>>>"
    attached = b"<</Type/Filespec/F(a.txt)/EF<</F 9 0 R>>>>"
    found = read("pdf", made.pdf(made.shown("x"), catalog=names, more=(attached, made.stream(b"hidden"))))
    assert (found.text, reasons(found)) == ("x", ["attachments"])


# --- EPUB ------------------------------------------------------------------------------------------------------------------------------


def test_a_book_is_read_in_the_order_of_its_spine_and_what_the_spine_leaves_out_at_the_end():
    data = made.epub([("notes.xhtml", "<p>Notes</p>"), ("2.xhtml", "<p>Two</p>"), ("text/1.xhtml", "<p>One</p>")], spine=[2, 1])
    assert text("epub", data) == "One\fTwo\fNotes"


def test_a_book_says_where_it_comes_from():
    metadata = (
        "<dc:title>A Title</dc:title><dc:creator>One</dc:creator><dc:creator>Two</dc:creator><dc:rights>© 2020</dc:rights>"
        '<dc:identifier>urn:isbn:9780000000000</dc:identifier><dc:language>en</dc:language><meta property="tdm:reservation">1</meta>'
        '<link rel="cc:license" href="https://example.org/by"/><dc:description>A long text</dc:description>'
    )
    assert read("epub", made.epub([("a.xhtml", "x")], metadata=metadata)).metadata == {
        "title": "A Title",
        "author": "One; Two",
        "rights": "© 2020",
        "identifier": "urn:isbn:9780000000000",
        "language": "en",
        "tdm-reservation": "1",
        "license": "https://example.org/by",
    }


def test_what_xml_closes_and_html_does_not_swallows_no_chapter():
    head = '<title/><script src="a.js"/><style type="text/css" />'
    body = '<p>The <a id="x"/>whole <![CDATA[chapter & more]]></p>'
    assert text("epub", made.epub([("a.xhtml", made.XHTML.format(head=head, body=body))])) == "The whole chapter & more"


def test_missing_parts_are_named_and_the_others_are_read():
    found = read("epub", made.epub([("a.xhtml", "One"), ("b.xhtml", None), ("c.xhtml", "Three"), ("d.xhtml", None)]))
    assert found.text == "One\f\fThree\f"
    assert [(reason, "b.xhtml" in detail, "d.xhtml" in detail) for reason, detail in found.faults] == [
        ("missing", True, False),
        ("missing", False, True),
    ]


@pytest.mark.parametrize("name", ["../../../../../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "..%2f..%2f..%2fetc%2fpasswd"])
def test_a_name_in_the_spine_is_never_a_path(name):
    found = read("epub", made.epub([(name, None), ("a.xhtml", "One")]))
    assert reasons(found) == ["missing"]
    assert "root" not in found.text


LAUGHS = "<!DOCTYPE p [<!ENTITY a0 'ha'>{}]>".format("".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)))
OUTSIDE = "<!DOCTYPE p [<!ENTITY a9 SYSTEM 'file:///etc/passwd'>]>"
PARAMETER = "<!DOCTYPE p [<!ENTITY % a SYSTEM 'file:///etc/passwd'> %a;]>"


@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE, PARAMETER])
def test_a_book_whose_package_declares_entities_is_read_without_it(doctype):
    data = made.epub([("a.xhtml", "One"), ("b.xhtml", "Two")], doctype=doctype, metadata="<dc:title>&a9;</dc:title>")
    found = read("epub", data)
    assert (found.text, found.metadata, reasons(found)) == ("One\fTwo", {}, ["undecodable"])
    assert "entity" in found.faults[0][1]


@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE])
def test_entities_of_a_chapter_are_not_expanded(doctype):
    found = read("epub", made.epub([("a.xhtml", f"<?xml version='1.0'?>{doctype}<html><body><p>x &a9; y</p></body></html>")]))
    assert "x &a9; y" in found.text
    assert len(found.text) < 2000


def test_encrypted_chapters_are_named_and_scrambled_fonts_are_not():
    names = ("OEBPS/a.xhtml", "OEBPS/font.otf")
    references = "".join(f'<e:CipherReference URI="{name}"/>' for name in names)
    listing = f'<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:e="http://www.w3.org/2001/04/xmlenc#">{references}</encryption>'
    found = read("epub", made.epub([("a.xhtml", "noise"), ("b.xhtml", "Two")], extra=[("META-INF/encryption.xml", listing)]))
    assert (found.text, reasons(found)) == ("\fTwo", ["encrypted"])
    assert "1 of 2 parts are encrypted: OEBPS/a.xhtml" in found.faults[0][1]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_named():
    found = read("epub", made.epub([("a.xhtml", "One")], extra=[("OEBPS/a.xhtml", "Other")]))
    assert (found.text, reasons(found)) == ("Other", ["duplicate-name"])


def test_a_damaged_chapter_costs_itself():
    data = bytearray(made.epub([("a.xhtml", "One " * 500), ("b.xhtml", "Two")]))
    at = data.index(b"OEBPS/a.xhtml") + 30
    data[at : at + 8] = b"\xff" * 8
    found = read("epub", bytes(data))
    assert (found.text, reasons(found)) == ("\fTwo", ["undecodable"])


def test_the_parts_of_a_book_are_unpacked_within_one_budget():
    found = read("epub", made.epub([(f"{n}.xhtml", "x" * MB) for n in range(9)]), Limits(ratio=2, ratio_from=3 * MB))
    assert reasons(found) == ["too-large"]
    assert MB < len(found.text) < 4 * MB


# --- docx ------------------------------------------------------------------------------------------------------------------------------


def test_a_word_document_is_read_with_tables_notes_and_margins_in_order():
    document = python_docx.Document()
    document.add_heading("A heading")
    document.add_paragraph("First\tparagraph ").add_run("goes on").add_break()
    cells = document.add_table(2, 2)
    for row, line in zip(cells.rows, ("ab", "cd"), strict=True):
        for cell, letter in zip(row.cells, line, strict=True):
            cell.text = letter
    document.add_paragraph("Last paragraph")
    document.sections[0].header.paragraphs[0].text = "In the header"
    document.sections[0].footer.paragraphs[0].text = "In the footer"
    document.add_comment(document.paragraphs[0].runs, "In a comment")
    document.core_properties.title, document.core_properties.author = "A title", "A. Author"
    document.core_properties.language = "en"
    out = io.BytesIO()
    document.save(out)
    found = read("docx", out.getvalue())
    body, *around = found.text.split("\f")
    assert body == "A heading\nFirst\tparagraph goes on\n\na\tb\nc\td\nLast paragraph"
    assert sorted(filter(None, (part.strip() for part in around))) == ["In a comment", "In the footer", "In the header"]
    assert found.faults == ()
    assert {"title": "A title", "author": "A. Author", "language": "en"}.items() <= found.metadata.items()


def test_what_object_models_leave_out_is_read():
    box = f"<w:txbxContent>{made.paragraph('In a box')}</w:txbxContent>"
    choice = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    body = (
        f'<w:p><w:r><w:t>Around </w:t></w:r><w:r><mc:AlternateContent xmlns:mc="m">{choice}</mc:AlternateContent></w:r>'
        f"<w:r><w:t>the box</w:t></w:r></w:p><w:sdt><w:sdtContent>{made.paragraph('In a control')}</w:sdtContent></w:sdt>"
        "<w:p><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del></w:p>"
    )
    notes = f"<w:footnotes {made.W}><w:footnote>{made.paragraph('In a note')}</w:footnote></w:footnotes>"
    data = made.word(body, around=(("footnotes", "footnotes.xml"),), extra=[("word/footnotes.xml", notes)])
    assert text("docx", data) == "Around the box\nIn a box\nIn a control\ninserted\fIn a note"


def test_missing_damaged_and_embedded_parts_are_named():
    around = (("header", "header1.xml"), ("footer", "footer1.xml"), ("oleObject", "embeddings/sheet.bin"))
    data = made.word(made.paragraph("Body"), around=around, extra=[("word/footer1.xml", f"<w:ftr {made.W}>{made.paragraph('Foot')}<w:p>")])
    found = read("docx", data)
    assert (found.text, reasons(found)) == ("Body\f\fFoot", ["missing", "undecodable", "attachments"])


def test_a_document_that_unpacks_to_very_much_text_is_cut_at_the_limit():
    found = read("docx", made.word(made.paragraph("A" * 40 * MB)), Limits(document_text=MB))
    assert (len(found.text), reasons(found)) == (MB, ["too-large"])


def test_a_document_that_unpacks_to_very_much_of_anything_is_given_up():
    found = read("docx", made.word(made.paragraph("Before") + "<w:x/>" * MB), Limits(ratio=100, ratio_from=2 * MB))
    assert (found.text, reasons(found)) == ("Before", ["too-large"])


def test_entities_in_a_word_document_are_refused():
    data = made.archive([("word/document.xml", f"<?xml version='1.0'?>{LAUGHS}<w:document {made.W}>{made.paragraph('&a9;')}</w:document>")])
    assert reasons(read("docx", data)) == ["undecodable"]


# --- all -------------------------------------------------------------------------------------------------------------------------------

SAMPLES = {
    "html": page("<p>The text of a sample</p>"),
    "pdf": made.pdf(made.shown("The text of a sample")),
    "epub": made.epub([("a.xhtml", "The text of a sample")]),
    "docx": made.word(made.paragraph("The text of a sample")),
}
NOTHING_IN = {"html": page(""), "pdf": made.pdf(b""), "epub": made.epub([("a.xhtml", " ")]), "docx": made.word(made.paragraph(""))}


@pytest.mark.parametrize("form", SAMPLES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_documents_give_text_or_faults_and_nothing_else(form, data):
    sample = bytearray(SAMPLES[form])
    for _ in range(data.draw(st.integers(1, 8))):
        sample[data.draw(st.integers(0, len(sample) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(sample[: data.draw(st.integers(0, len(sample)))])
    found = read(form, cut)
    assert isinstance(found.text, str)
    found.text.encode()
    assert all(reason and detail for reason, detail in found.faults)
    if form != "html":
        assert found.text or found.faults or not found.text.strip()


@pytest.mark.parametrize("form", SAMPLES)
def test_random_bytes_raise_nothing(form):
    for seed in range(20):
        found = read(form, random.Random(seed).randbytes(2000))
        assert form == "html" or found.faults


@pytest.mark.parametrize("form", ["pdf", "epub", "docx"])
def test_a_cut_document_is_never_read_as_whole(form):
    for cut in (1, 2, 3):
        found = read(form, SAMPLES[form][: len(SAMPLES[form]) * cut // 4])
        assert reasons(found)[0] == "truncated"


def unit(tmp_path, name, data, form):
    file = tmp_path / name
    file.write_bytes(data)
    return Unit(Source(file, name, len(data)), form)


@pytest.mark.parametrize("form", SAMPLES)
def test_a_file_is_one_piece_with_one_item_and_knows_no_path(tmp_path, monkeypatch, form):
    (piece,) = pieces(unit(tmp_path, f"a.{form}", SAMPLES[form], form), SETTINGS)
    (elsewhere,) = pieces(unit(tmp_path, f"b.{form}", SAMPLES[form], form), SETTINGS)
    (other,) = pieces(unit(tmp_path, f"c.{form}", NOTHING_IN[form], form), SETTINGS)
    assert piece.content == elsewhere.content != other.content
    assert piece.size == len(SAMPLES[form])
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    (batch,) = piece.parts()
    assert (batch.item(0), batch.media.modality) == ("The text of a sample", Modality.TEXT)
    place = batch.place(0)
    assert (place.path, place.record, place.locator) == ("", None, "")
    assert not list(here.iterdir())


@pytest.mark.parametrize("form", NOTHING_IN)
def test_a_document_without_text_is_one_unread(tmp_path, form):
    (piece,) = pieces(unit(tmp_path, "a", NOTHING_IN[form], form), SETTINGS)
    (part,) = piece.parts()
    assert isinstance(part, Unread)
    assert (part.reason, part.modality) == ("no-text" if form == "pdf" else "empty", Modality.TEXT)


@pytest.mark.parametrize("form", SAMPLES)
def test_a_member_of_an_archive_is_told_by_its_content_and_named(form):
    (batch,) = member("folder/some name", SAMPLES[form], SETTINGS)
    place = batch.place(0)
    assert (place.record, place.locator, batch.item(0)) == ("folder/some name", "#folder/some name", "The text of a sample")
    (unread,) = member("x", NOTHING_IN[form], SETTINGS)
    assert (unread.path, unread.record) == ("", "x")


def test_members_together_are_read_like_members_alone(monkeypatch):
    monkeypatch.setattr("provenance.readers.documents.reader.TOGETHER", 200)
    named = [("a", page("One")), ("b", page("Two")), ("c", page("")), ("d", SAMPLES["pdf"]), ("e", page("x" * 300)), ("f", page("Six"))]

    def told(parts):
        return [part if isinstance(part, Unread) else (part.place(0), part.item(0), part.metadata(0)) for part in parts]

    assert told(members(named, SETTINGS)) == [part for name, data in named for part in told(member(name, data, SETTINGS))]


def test_a_page_that_breaks_its_decoder_costs_itself_and_not_those_that_are_read_with_it():
    named = [("a", page("One")), ("b", page("<div>" * 60_000)), ("c", page("Three"))]
    first, second, third = members(named, ReadSettings(Limits(decoder_seconds=0.5)))
    assert (first.item(0), third.item(0)) == ("One", "Three")
    assert (second.record, second.reason) == ("b", "decoder-timeout")


def test_the_same_bytes_as_another_format_are_another_piece(tmp_path):
    digests = {next(pieces(unit(tmp_path, "a", SAMPLES["epub"], form), SETTINGS)).content for form in SAMPLES}
    assert len(digests) == len(SAMPLES)


def test_metadata_of_a_sidecar_stands_beside_that_of_the_document(tmp_path):
    (tmp_path / "a.json").write_text('{"licence": "CC-BY-4.0", "title": "Of the sidecar"}')
    (piece,) = pieces(unit(tmp_path, "a.html", SAMPLES["html"], "html"), SETTINGS)
    (batch,) = piece.parts()
    assert batch.metadata(0) == {"licence": "CC-BY-4.0", "title": "T"}


def test_a_packed_page_is_read_and_one_that_is_cut_says_so(tmp_path):
    import gzip

    packed = gzip.compress(page("<p>The text of a sample</p>" + "".join(f"<p>{random.Random(n).random()}" for n in range(500))))
    (piece,) = pieces(unit(tmp_path, "a.html.gz", packed, "html.gz"), SETTINGS)
    (batch,) = piece.parts()
    assert batch.item(0).startswith("The text of a sample\n")
    piece, fault = pieces(unit(tmp_path, "b.html.gz", packed[: len(packed) // 2], "html.gz"), SETTINGS)
    (batch,) = piece.parts()
    assert batch.item(0).startswith("The text of a sample\n")
    assert fault.reason == "truncated"


def test_a_document_beyond_the_limit_is_unread(tmp_path):
    small = ReadSettings(Limits(document=10))
    (unread,) = pieces(unit(tmp_path, "a.html", SAMPLES["html"], "html"), small)
    (inside,) = member("a.html", SAMPLES["html"], small)
    assert (unread.reason, inside.reason) == ("too-large", "too-large")


def test_a_library_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert extracted("pdf", SAMPLES["pdf"], LIMITS).faults == (("no-library", "install what it needs: pip install pypdfium2"),)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory of a process is limited on Linux alone")
def test_a_bomb_ends_by_the_limits_of_its_process_and_the_next_document_is_read():
    bomb = extracted("pdf", made.pdf_bomb(60), Limits(decoder_memory=128 * MB, decoder_seconds=20.0))
    assert bomb.text == ""
    assert bomb.faults[0][0] in {"decoder-died", "decoder-memory"}
    slow = extracted("html", page("<div>" * 60_000), Limits(decoder_seconds=0.3))
    assert reasons(slow) == ["decoder-timeout"]
    assert extracted("pdf", SAMPLES["pdf"], LIMITS).text == "The text of a sample"


def test_samples_are_what_they_are_called():
    assert all(isinstance(part, Batch) for form in SAMPLES for part in member(form, SAMPLES[form], SETTINGS))
    assert zipfile.is_zipfile(io.BytesIO(SAMPLES["epub"]))
