"""CSV and JSON lines: every finding, and nothing in it that a spreadsheet runs."""

import csv
import io

import orjson
import pytest

import reports
from provenance.document import keep
from reports.csv import cell


def test_a_line_of_json_is_the_finding_in_its_digested_form(make):
    audit, _ = make(6)
    lines = reports.render("jsonl", audit).splitlines()
    assert lines == [keep(found).canonical for found in audit.findings]
    assert [orjson.loads(line)["id"] for line in lines] == [found.id for found in audit.findings]
    assert reports.render("jsonl", audit) == b"\n".join([*lines, b""])


def test_a_csv_has_a_header_and_a_line_for_each_finding(make, hostile):
    audit, _ = make(6, hostile)
    rows = list(csv.DictReader(io.StringIO(reports.render("csv", audit).decode(), newline="")))
    assert [row["id"] for row in rows] == [found.id for found in audit.findings]
    assert [int(row["occurrence_count"]) for row in rows] == [len(found.occurrences) for found in audit.findings]
    assert [row["path"] for row in rows] == [found.item.path for found in audit.findings]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=x", "\uff1d1", "=cmd|' /C calc'!A0"])
def test_no_cell_begins_as_a_formula_does(text):
    assert cell(text) == f"'{text}"
    assert cell([text, "b"]) == f"'{text}; b"


@pytest.mark.parametrize("value", ["a=b", "", 3, -0.5, "data/x"])
def test_other_cells_are_as_they_are(value):
    assert cell(value) == value


def test_a_quote_does_not_end_a_cell(make):
    audit, _ = make(1, '";=1+1;"')
    (row,) = csv.DictReader(io.StringIO(reports.render("csv", audit).decode(), newline=""))
    assert row["work_title"].endswith('";=1+1;"')
