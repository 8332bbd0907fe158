import html.parser
import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from rich.console import Console

import reports
from fingerprints.model import Segment
from provenance.document import read_audit
from provenance.errors import CapabilityError, UsageError
from reports.locator import Locator
from reports.terminal import show

FORBIDDEN = re.compile(
    r"\b(infringes|infringement found|fair use applies|plagiari\w*|stolen|safe|clean|compliant|cleared for use|copied by|confidence"
    r"|chain of custody)\b",
    re.IGNORECASE,
)


class Words(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.text = []

    def handle_data(self, data):
        self.text.append(data)

    def handle_starttag(self, tag, attrs):
        self.text += [value for name, value in attrs if name in {"aria-label", "alt", "title"} and value]


def words(form, audit, evidence, folder):
    """What a reader reads of a report."""
    if form == "terminal":
        stream = io.StringIO()
        show(audit, Console(file=stream, width=200))
        return stream.getvalue()
    made = reports.render(form, audit, evidence)
    if form == "html":
        parser = Words()
        parser.feed(made.decode())
        return "\n".join(parser.text)
    if form == "parquet":
        return json.dumps(pq.read_table(io.BytesIO(made)).to_pylist())
    if form != "pdf":
        return made.decode()
    (folder / "r.pdf").write_bytes(made)
    return subprocess.run([shutil.which("pdftotext"), "-layout", folder / "r.pdf", "-"], capture_output=True, check=True).stdout.decode()


def readable(form):
    needs = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
    return pytest.param(form, marks=needs) if form == "pdf" else form


ALL = [readable(form) for form in (*reports.FORMATS, "terminal")]


@pytest.mark.parametrize("form", ALL)
def test_no_report_concludes_what_only_people_conclude(form, make, tmp_path):
    audit, evidence = make(6)
    assert not FORBIDDEN.findall(words(form, audit, evidence, tmp_path))


@pytest.mark.parametrize("form", [form for form in ALL if form not in ("csv", "json", "jsonl", "parquet", "sarif")])
def test_every_report_for_people_states_what_was_not_searched_and_the_accounting(form, make, tmp_path):
    text = re.sub(r"\s+", " ", words(form, *make(6), tmp_path)).lower()
    for part in ("style", "character", "voice", "plot", "melody", "works outside the registry", "1,010 items seen = 1,000 scanned"):
        assert part in text
    assert "not legal advice" in text


@pytest.mark.parametrize("form", reports.FORMATS)
def test_the_same_audit_gives_the_same_bytes(form, make):
    audit, evidence = make(3)
    assert reports.render(form, audit, evidence) == reports.render(form, audit, evidence)


@pytest.mark.parametrize("form", reports.FORMATS)
def test_data_in_any_field_break_no_report(form, make, hostile, tmp_path):
    audit, evidence = make(3, hostile)
    reports.write(form, audit, tmp_path / "report", evidence)
    assert (tmp_path / "report").stat().st_size > 1000
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("form", reports.FORMATS)
def test_an_audit_without_policy_findings_or_evidence_still_renders(form, make):
    audit, _ = make(0, policy=False)
    assert reports.render(form, audit, None) or form == "jsonl"  # no findings are no lines
    audit, _ = make(3, policy=False, exhibits=False)
    assert reports.render(form, audit, None)


def test_json_reads_back_as_the_same_audit(make, tmp_path):
    audit, _ = make(6)
    reports.write("json", audit, tmp_path / "deep" / "audit.json")
    again = read_audit(tmp_path / "deep" / "audit.json")
    assert again.findings == audit.findings
    assert again.coverage == audit.coverage


def test_an_unknown_format_names_the_known_ones(make, tmp_path):
    audit, _ = make(0)
    with pytest.raises(UsageError) as error:
        reports.write("docx", audit, tmp_path / "r.docx")
    assert error.value.remedy == "use one of: csv, html, json, jsonl, parquet, pdf, sarif"


def test_a_missing_library_is_named_with_the_command_that_installs_it(make, tmp_path, monkeypatch):
    audit, _ = make(0)
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(CapabilityError) as error:
        reports.write("pdf", audit, tmp_path / "r.pdf")
    assert error.value.remedy == "pip install 'provenance-audit[pdf]'"
    assert not list(tmp_path.glob("*.pdf"))


def test_sarif_needs_no_library_of_another_report(make):
    code = "import sys, reports.sarif, reports.html, reports.json; assert not {'typst', 'rich', 'PIL', 'numpy'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == ""


def test_markup_in_titles_is_printed_as_it_stands_on_a_terminal(make):
    audit, _ = make(2, "[bold red]x[/bold red] \x1b[31m")
    stream = io.StringIO()
    show(audit, Console(file=stream, width=400, no_color=True, force_terminal=False))
    assert "[bold red]x[/bold red]" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_report_keeps_to_its_width(make, width, hostile):
    audit, _ = make(5, hostile)
    stream = io.StringIO()
    show(audit, Console(file=stream, width=width, no_color=True))
    from rich.cells import cell_len

    assert max(cell_len(line) for line in stream.getvalue().splitlines()) <= width


def test_a_terminal_report_counts_what_it_leaves_out(make):
    audit, _ = make(60, exhibits=False)
    stream = io.StringIO()
    show(audit, Console(file=stream, width=100))
    assert "and 10 more findings" in stream.getvalue()


def test_places_on_a_terminal_are_never_cut_in_their_middle(make):
    audit, _ = make(1)
    passage = replace(audit.explained[0], segments=tuple(Segment("char", (n * 1000, n * 1000 + 99), (0, 99)) for n in range(12)))
    stream = io.StringIO()
    show(replace(audit, explained=(passage,)), Console(file=stream, width=200))
    (line,) = (line for line in stream.getvalue().splitlines() if "characters 1,001" in line)
    assert "…" not in line
    assert "and 7 more" in line


def test_a_path_on_a_terminal_breaks_before_its_parts_not_inside_a_name():
    stream = io.StringIO()
    Console(file=stream, width=26).print(Locator("data/outputs/batch.jsonl#1/output (and 1 more)"))
    assert [line.strip() for line in stream.getvalue().splitlines()] == ["data/outputs/batch.jsonl#1", "/output (and 1 more)"]


def test_sarif_is_json_that_leaves_text_at_home(make):
    audit, evidence = make(6, "secret-title")
    log = reports.render("sarif", audit, evidence).decode()
    assert json.loads(log)["version"] == "2.1.0"
    assert "The Old House" not in log
    assert "bright cold day" not in log
