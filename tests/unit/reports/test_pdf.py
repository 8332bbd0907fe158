import io
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from fingerprints.model import Kind
from provenance.document import dumps
from reports import pdf
from reports.glyphs import Glyphs, breakable

CONCLUSION = "Reviewer\N{RIGHT SINGLE QUOTATION MARK}s conclusion"
needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")


def opened(audit, evidence):
    return PdfFileReader(io.BytesIO(pdf.render(audit, evidence)))


def text(audit, evidence, folder, *options):
    (folder / "r.pdf").write_bytes(pdf.render(audit, evidence))
    return subprocess.run([shutil.which("pdftotext"), *options, folder / "r.pdf", "-"], capture_output=True, check=True).stdout.decode()


def test_the_document_is_tagged_archivable_and_has_bookmarks_and_a_language(make):
    document = opened(*make(3))
    metadata = document.root["/Metadata"].data.decode()
    assert re.search(r"pdfaid:part\W+3\b", metadata)
    assert re.search(r"pdfaid:conformance\W+A\b", metadata)
    assert re.search(r"pdfuaid:part\W+1\b", metadata)
    assert document.root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF object
    assert str(document.root["/Lang"]).startswith("en")
    assert int(document.root["/Outlines"]["/Count"]) != 0


def test_the_audit_is_attached(make):
    audit, evidence = make(1)
    names = opened(audit, evidence).root["/Names"]["/EmbeddedFiles"]["/Names"]
    assert names[1]["/EF"]["/F"].data == dumps(audit)


def test_the_document_is_dated_by_the_audit_not_by_the_clock(make):
    document = opened(*make(0))
    assert str(document.trailer["/Info"]["/CreationDate"]).startswith("D:20261122000000")


def test_an_undrawable_picture_does_not_stop_the_document(make, tmp_path):
    audit, evidence = make(3)
    (evidence / "1-item.png").write_bytes((evidence / "1-item.png").read_bytes()[:60])
    assert len(opened(audit, evidence).root["/Pages"]["/Kids"]) > 0


@needs_pdftotext
def test_a_sheet_shows_facts_rule_law_and_exhibit(make, tmp_path):
    read = re.sub(r"\s+", " ", text(*make(2), tmp_path, "-layout"))
    for part in (
        "Contents",
        "What it is not",
        "It is no legal opinion",
        "≤ 3 in 1,000 observed (n = 1,000)",
        "act.territories <= licence.territories",
        "17 U.S.C. §107",
        "pending appeal, as of 2026-06-11; unverified: check before relying on it",
        "characters 121–790",  # noqa: RUF001 - an en dash
        "1,234 characters omitted",
        "Second edition",
        "How to fix",
        "How to run it again",
        "Reviewed by counsel",
        "Integrity record",
        "9f" * 32,
        "Matter 2026-0042",
    ):
        assert part in read, part


@needs_pdftotext
def test_pages_are_numbered_of_all_pages_with_the_audits_digest(make, tmp_path):
    pages = text(*make(1), tmp_path).split("\f")[:-1]
    for place, page in enumerate(pages, 1):
        assert f"Page {place} of {len(pages)}" in page
        assert "9f9f9f9f9f9f9f9f" in page


@needs_pdftotext
def test_code_in_the_data_is_printed_as_it_stands(make, tmp_path):
    read = re.sub(r"\s+", "", text(*make(1, '#panic("x") $x^2$ <y> @z'), tmp_path))
    assert '#panic("x")$x^2$<y>@z' in read


@needs_pdftotext
def test_characters_without_a_font_are_named_not_silently_dropped(make, tmp_path):
    read = text(*make(1, "\ue000"), tmp_path)
    assert "U+E000" in read
    assert "\u25a1" in read


@needs_pdftotext
def test_a_long_word_stays_within_the_page_and_nothing_is_added_to_it(make, tmp_path):
    audit, evidence = make(1, "x" * 3000)
    (tmp_path / "r.pdf").write_bytes(pdf.render(audit, evidence))
    boxes = subprocess.run([shutil.which("pdftotext"), "-bbox", tmp_path / "r.pdf", "-"], capture_output=True, check=True).stdout.decode()
    assert max(float(edge) for edge in re.findall(r'<word .*?xMax="([\d.]+)"', boxes)) < 595 - 60
    assert "\u200b" not in boxes


@needs_pdftotext
def test_findings_beyond_the_sheets_stand_in_the_table(make, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "SHEETS", 2)
    read = re.sub(r"\s+", " ", text(*make(6), tmp_path))
    assert "The first 2 findings, the strictest, have a sheet; 4 further findings stand in the table" in read
    assert read.count("Reviewer’s conclusion") == 2  # noqa: RUF001 - an apostrophe


def test_words_too_long_for_a_column_may_break_but_digests_and_alternative_texts_do_not():
    changed = breakable({"path": "data/" + "y" * 30, "digest": "ab" * 32, "alt": "z" * 40, "short": "train.jsonl"})
    assert changed["path"].replace("\u200b", "") == "data/" + "y" * 30
    assert "\u200b" in changed["path"]
    assert (changed["digest"], changed["alt"], changed["short"]) == ("ab" * 32, "z" * 40, "train.jsonl")


def test_what_typst_refuses_is_learnt_from_its_message():
    refusal = 'error: the text `"字"` could not be displayed with font `"X"`\nerror: the PDF contains the codepoint `"\\u{e000}"`'
    learnt = Glyphs().without(refusal)
    assert learnt.missing == {"字", "\ue000"}
    assert learnt.drawable({"a": ["字b", "\ue000"]}) == {"a": ["\u25a1b", "\u25a1"]}
    assert "U+5B57 CJK UNIFIED IDEOGRAPH-5B57, U+E000 unnamed" in learnt.note()[0]


def test_a_document_of_no_matter_and_no_policy_compiles(make):
    audit, _ = make(2, policy=False)
    bare = replace(audit, context=replace(audit.context, use={}, error_rates=()), gate={})
    assert opened(bare, None).root["/Pages"]


@needs_pdftotext
def test_leads_are_printed_in_brief_two_on_a_page(make, with_findings, tmp_path):
    audit, _ = make(4)
    text_lead = replace(
        audit.findings[3], match=replace(audit.findings[3].match, kind=Kind.LEAD), occurrences=audit.findings[3].occurrences[:1]
    )
    leads = tuple(replace(text_lead, id=f"F-{n:016x}") for n in range(4))
    pages = text(with_findings(audit, leads), None, tmp_path).split("\f")
    conclusions = [page.count(CONCLUSION) for page in pages]
    assert [count for count in conclusions if count] == [2, 2]
    brief = "\n".join(page for page, count in zip(pages, conclusions, strict=True) if count)
    assert "TXT-050: true" in brief
    assert "LIC-010" not in brief
    assert "Facts that the policy read" not in brief
    assert "provenance explain" in brief


@needs_pdftotext
def test_a_text_sheet_takes_two_pages(make, tmp_path):
    audit, evidence = make(1)
    pages = text(audit, evidence, tmp_path).split("\f")
    start = next(number for number, page in enumerate(pages) if "In the registered work" in page)
    end = next(number for number, page in enumerate(pages) if CONCLUSION in page)
    assert end - start == 1
