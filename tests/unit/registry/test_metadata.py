from datetime import date

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import UsageError
from provenance.model import Licence, Reservation
from provenance.policy.facts import STAGES
from provenance.registry import MetadataError
from provenance.registry.description import DESCRIPTIVE, describe
from provenance.registry.metadata import read

HEAD = "file,work_id,title,creators,rights_holder,work_type,licence,public_domain\n"


def described(**cells):
    made = describe(cells)
    assert not made.problems
    return made.fields


def problems(path):
    with pytest.raises(MetadataError) as raised:
        read(path)
    return [(bad.line, bad.column) for bad in raised.value.problems]


def test_a_row_says_what_its_cells_say(shelf, write):
    (row,) = read(write(HEAD + "works/first.txt,w1,Grüße an 東京,Ann;Bob, Ed. X ,literary,,false\n"))
    assert row.file == (shelf / "first.txt").resolve()
    assert (row.work, row.source) == ("w1", "works.csv:2")
    assert row.fields["title"] == "Grüße an 東京"
    assert row.fields["creators"] == ("Ann", "Bob")
    assert row.fields["rights_holders"] == ("Ed. X",)
    assert row.fields["status"] == "in-copyright"
    assert row.fields["public_domain_territories"] == frozenset()
    assert "licences" not in row.fields


@pytest.mark.parametrize("cell", ["", "unknown", "Unknown"])
def test_public_domain_unknown_is_never_read_as_no(cell):
    fields = described(title="t", public_domain=cell)
    assert fields.get("status") is None
    assert fields.get("public_domain_territories") is None


def test_public_domain_without_territories_is_public_domain_somewhere_unknown():
    fields = described(public_domain="true")
    assert fields["status"] == "public-domain"
    assert fields["public_domain_territories"] is None
    assert described(public_domain="true", public_domain_territories="US; DE")["public_domain_territories"] == {"US", "DE"}


def test_all_rights_reserved_is_a_licence_that_grants_nothing():
    assert described(licence="LicenseRef-All-Rights-Reserved")["licences"] == (Licence("LicenseRef-All-Rights-Reserved", frozenset()),)


def test_a_licence_that_is_not_in_the_table_has_unknown_uses():
    assert described(licence="LicenseRef-Acme-17")["licences"] == (Licence("LicenseRef-Acme-17"),)


def test_a_creative_commons_licence_is_read_as_its_deed_and_counsel_may_override_it():
    (read_so,) = described(licence="cc-by-nc-4.0")["licences"]
    assert (read_so.id, read_so.commercial, read_so.perpetual, read_so.uses) == ("CC-BY-NC-4.0", False, True, frozenset(STAGES))
    (counsel,) = described(licence="CC-BY-NC-4.0", licence_uses="evaluate")["licences"]
    assert counsel.uses == {"evaluate"}
    (no_derivatives,) = described(licence="CC-BY-ND-4.0")["licences"]
    assert no_derivatives.derivatives is False
    assert "output" not in no_derivatives.uses


def test_no_licence_and_no_statement_are_different():
    assert described(licence="NONE")["licences"] == ()
    assert described(licence="NOASSERTION")["licences"] is None


def test_an_open_licence_is_a_status_only_where_nothing_else_was_said():
    assert described(licence="CC-BY-4.0")["status"] == "openly-licensed"
    assert described(licence="CC-BY-4.0", public_domain="false")["status"] == "in-copyright"
    assert "status" not in described(licence="CC-BY-NC-4.0")


def test_an_agreement_is_recorded_with_all_its_terms():
    cells = {"licence": "A-7", "licence_uses": "train;evaluate", "licence_territories": "EU;CH", "licence_commercial": "true"}
    cells |= {"licence_derivatives": "no", "licence_attribution": "yes", "licence_start": "2026-01-01", "licence_end": "2027-12-31"}
    assert described(**cells)["licences"] == (
        Licence("A-7", frozenset({"train", "evaluate"}), frozenset({"EU", "CH"}), True, False, True, date(2026, 1, 1), date(2027, 12, 31)),
    )
    assert described(licence="A-8", licence_end="perpetual")["licences"] == (Licence("A-8", perpetual=True),)


def test_reservations_and_identifiers_are_recorded():
    fields = described(
        reservation_tdm="true", reservation_mechanism="tdmrep", reservation_seen="2026-05-01", isbn="978-3-16-148410-0", doi="10.1000/182"
    )
    assert fields["reservations"] == (Reservation("tdmrep", True, date(2026, 5, 1)),)
    assert (fields["identifiers.isbn"], fields["identifiers.doi"]) == ("978-3-16-148410-0", "10.1000/182")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"work_type": "litterary"}, "work_type"),
        ({"genre": "unknown-genre"}, "genre"),
        ({"public_domain": "perhaps"}, "public_domain"),
        ({"public_domain_territories": "UK"}, "public_domain_territories"),
        ({"public_domain": "false", "public_domain_territories": "US"}, "public_domain_territories"),
        ({"first_published": "1865"}, "first_published"),
        ({"licence": "A", "licence_uses": "trian"}, "licence_uses"),
        ({"licence": "A;B", "licence_uses": "train"}, "licence"),
        ({"licence_uses": "train"}, "licence"),
        ({"licence": "A", "licence_start": "2026-02-01", "licence_end": "2026-01-01"}, "licence_end"),
        ({"reservation_tdm": "true"}, "reservation_mechanism"),
        ({"reservation_mechanism": "tdmrep"}, "reservation_tdm"),
        ({"licence": "unknown", "licence_uses": "train"}, "licence"),
        ({"isbn": "978-3-16-148410-1"}, "isbn"),
        ({"doi": "182"}, "doi"),
    ],
)
def test_a_cell_that_makes_no_sense_is_named_with_a_remedy(cells, column):
    (problem,) = describe(cells).problems
    assert problem.column == column
    assert problem.reason
    assert problem.remedy


def test_every_bad_cell_is_reported_by_line_and_column(shelf, write):
    content = HEAD + 'works/first.txt,w1,"two\nlines",,,literary,,maybe\n\nworks/gone.txt,w2,,,,novel,,\n,w3,,,,,,\n'
    assert problems(write(content)) == [(2, "public_domain"), (5, "work_type"), (5, "file"), (6, "file")]


def test_an_unknown_column_is_an_error_with_a_suggestion(shelf, write):
    with pytest.raises(MetadataError, match=r'works\.csv:1: titel: "titel" is no column; did you mean "title"') as raised:
        read(write("file,titel\nworks/first.txt,x\n"))
    assert [(bad.line, bad.column) for bad in raised.value.problems] == [(1, "titel")]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("title\nx\n", (1, "file")),
        ("", (1, "file")),
        ("file;title\nworks/first.txt;x\n", (1, "file")),
        ("file,title,title\nworks/first.txt,a,b\n", (1, "title")),
        ("file,title\nworks/first.txt,a,b\n", (2, "row")),
        ("file,title\nworks/first.txt\n", (2, "row")),
        ('file,title\nworks/first.txt,"a"b\n', (2, "row")),
    ],
)
def test_a_table_of_the_wrong_shape_is_located(shelf, write, content, place):
    assert place in problems(write(content))


def test_rows_of_one_work_must_not_contradict_each_other(shelf, write):
    content = HEAD + "works/first.txt,w1,One,,,,,\nworks/second.txt,w1,Two,,,,,\n"
    assert problems(write(content)) == [(3, "title")]


def test_json_lines_say_the_same_as_csv(shelf, write):
    record = {"file": "works/first.txt", "work_id": "w1", "creators": ["Ann", "Bob"], "public_domain": False, "title": None}
    (row,) = read(write(orjson.dumps(record).decode() + "\n", "works.jsonl"))
    assert (row.fields["creators"], row.fields["status"]) == (("Ann", "Bob"), "in-copyright")
    assert problems(write('{"file": "works/first.txt"}\n[1]\n{"file"\n{"flie": "x"}\n', "works.jsonl")) == [
        (2, "row"),
        (3, "row"),
        (4, "flie"),
        (4, "file"),
    ]


@pytest.mark.parametrize("name", ["works.xlsx", "gone.csv"])
def test_a_file_that_is_no_table_is_refused(tmp_path, name):
    if name.endswith("xlsx"):
        (tmp_path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(UsageError):
        read(tmp_path / name)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path):
    (tmp_path / "works.csv").write_bytes(b"file,title\nx,\xff\n")
    with pytest.raises(MetadataError, match=r"works\.csv:2: row: the byte 0xff is not UTF-8; save the file as CSV UTF-8"):
        read(tmp_path / "works.csv")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"file,title\r\na,b\r\nx,caf\xe9\r\n", 3),
        (b"file,title\ra,b\rx,\xe9\r", 3),
        (b"\xef\xbb\xbffile\n\n\xe9\n", 3),
        ("file,title\n".encode("utf-16"), 1),
    ],
)
def test_the_line_of_the_first_byte_that_is_not_utf_8_is_named(tmp_path, content, line):
    (tmp_path / "works.csv").write_bytes(content)
    assert problems(tmp_path / "works.csv") == [(line, "row")]


def test_an_unknown_column_hides_no_bad_cell(shelf, write):
    content = "file,titel,work_type,public_domain\nworks/first.txt,x,litterary,\nworks/gone.txt,x,,perhaps\nworks/first.txt\n"
    assert problems(write(content)) == [(1, "titel"), (2, "work_type"), (3, "public_domain"), (3, "file"), (4, "row")]


@given(
    st.dictionaries(st.sampled_from(DESCRIPTIVE), st.one_of(st.text(max_size=12), st.sampled_from(["true", "none", "US", "unknown", ";"])))
)
def test_any_cells_are_read_or_refused_with_a_remedy(cells):
    made = describe(cells)
    assert all(problem.column in DESCRIPTIVE and problem.remedy for problem in made.problems)
