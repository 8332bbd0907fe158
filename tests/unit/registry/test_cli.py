import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import provenance
from provenance.cli.main import run as program
from provenance.cli.registry import registry as command
from provenance.errors import RegistryError, UsageError
from provenance.registry.description import DESCRIPTIVE
from provenance.registry.metadata import COLUMNS


@pytest.fixture
def run():
    def call(*arguments):
        return CliRunner().invoke(command, [str(argument) for argument in arguments])

    return call


@pytest.fixture
def folder(tmp_path, shelf, write, run):
    head = "file,work_id,title,rights_holder,licence,public_domain"
    metadata = write(f"{head}\nworks/first.txt,w1,=1+1 [b],Ann,A-1,false\nworks/second.txt,w2,Ünïcode,,,\n")
    assert run("init", tmp_path / "r").exit_code == 0
    added = run("add", tmp_path / "r", shelf, "--metadata", metadata, "--jobs", 1)
    assert added.exit_code == 0
    assert added.stdout == ""
    assert "2 new works" in added.stderr
    return tmp_path / "r"


def test_the_list_says_unknown_and_never_leaves_a_cell_blank(folder, run):
    rows = list(csv.DictReader(io.StringIO(run("list", folder).stdout)))
    assert [row["work_id"] for row in rows] == ["w1", "w2"]
    assert all(all(row.values()) for row in rows)
    assert rows[1]["title"] == "Ünïcode"
    assert {rows[1][name] for name in ("licence", "public_domain", "status", "rights_holder")} == {"UNKNOWN"}
    assert rows[0]["public_domain"] == "nowhere"


def test_a_title_cannot_become_a_spreadsheet_s_formula(folder, run):
    assert "'=1+1" in run("list", folder, "--format", "csv").stdout


def test_the_list_as_json_and_as_a_table_names_every_work(folder, run):
    assert [work["rights"]["licences"] is None for work in json.loads(run("list", folder, "--format", "json").stdout)] == [False, True]
    table = run("list", folder, "--format", "table").stdout
    assert "w1" in table
    assert "w2" in table


def test_show_names_the_source_of_every_value_and_what_held_before(folder, run):
    terms = ("--licence", "A-2", "--licence-uses", "train", "--no-commercial")
    assert run("set", folder, "w1", "--source", "contract 17", *terms).exit_code == 0
    shown = run("show", folder, "w1").stdout
    assert "set: contract 17" in shown
    assert "A-2: uses train, territories UNKNOWN, commercial no" in shown
    assert shown.count("metadata: works.csv:2") > 5
    about = json.loads(run("show", folder, "w1", "--format", "json").stdout)
    assert [licence["id"] for licence in about["work"]["rights"]["licences"]] == ["A-1", "A-2"]
    assert about["history"][-1]["source"] == "contract 17"


def test_a_file_that_cannot_be_matched_ends_with_3_and_is_shown_so(folder, run, shelf):
    (shelf / "short.txt").write_text("short", encoding="utf-8")
    added = run("add", folder, shelf, "--jobs", 1)
    assert added.exit_code == 3
    assert "short.txt: unmatchable" in added.stderr
    short = next(work["id"] for work in json.loads(run("list", folder, "--format", "json").stdout) if work["title"] == "short")
    assert "cannot be found by an audit" in run("show", folder, short).stdout


def test_verify_prints_problems_and_ends_with_2(folder, run):
    assert run("verify", folder).exit_code == 0
    for file in folder.glob("snapshots/*/shard.json"):
        file.write_text(file.read_text(encoding="utf-8").replace("w", "v", 1), encoding="utf-8")
    (folder / "snapshots" / "CURRENT").write_text("0" * 64, encoding="ascii")
    damaged = run("verify", folder)
    assert damaged.exit_code == 2
    assert damaged.stdout
    assert run("verify", folder, "--rebuild", "--jobs", 1).exit_code == 0


def test_remove_needs_a_reason_and_hides_the_work(folder, run):
    assert run("remove", folder, "w1").exit_code == 2
    assert run("remove", folder, "w1", "--reason", "notice 3").exit_code == 0
    assert "w1" not in run("list", folder).stdout


def test_an_error_reaches_the_caller_with_its_remedy(tmp_path, run, folder):
    assert isinstance(run("add", folder).exception, UsageError)


def test_help_imports_no_heavy_library():
    heavy = ["numpy", "pyarrow", "pydantic", "numba", "rich", "fingerprints.shard", "provenance.registry.registry"]
    check = f"import sys, provenance.cli.registry; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_column_of_the_metadata_can_be_set_and_is_documented():
    options = {option.name for option in command.commands["set"].params} - {"folder", "work", "source"}
    assert options == set(DESCRIPTIVE)
    documented = (Path(provenance.__file__).parents[1] / "docs" / "registry.md").read_text(encoding="utf-8")
    assert [column for column in COLUMNS if f"`{column}`" not in documented] == []


def test_the_table_fits_80_columns_and_cuts_no_work_id(tmp_path, shelf, write, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    long = "publisher-catalogue-2026-0000000017-second-edition"
    head = "file,work_id,title,creators,public_domain,public_domain_territories,licence"
    rows = f"works/first.txt,{long},A very long title {'of many words ' * 6},Ann;Bob,true,US,CC-BY-4.0\nworks/second.txt,w2,Two,,false,,\n"
    run("init", tmp_path / "r")
    assert run("add", tmp_path / "r", "--metadata", write(f"{head}\n{rows}"), "--jobs", 1).exit_code == 0
    table = run("list", tmp_path / "r", "--format", "table").stdout
    assert max(map(len, table.splitlines())) <= 80
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in table.splitlines() if "│" in line]
    assert "".join(row[0] for row in cells) == f"{long}w2"
    assert "Ann; Bob" in [row[1] for row in cells]
    assert "public domain in US" in " ".join(row[2] for row in cells)
    assert "in copyright" in [row[2] for row in cells]
    assert [row[3] for row in cells if row[3]] == ["CC-BY-4.0", "UNKNOWN"]


def test_the_history_reads_like_what_holds_and_prints_no_json(folder, run):
    run("set", folder, "w1", "--source", "contract 17", "--licence", "A-2", "--licence-uses", "train", "--no-commercial")
    run("set", folder, "w1", "--source", "seen", "--reservation-tdm", "true", "--reservation-mechanism", "tdmrep")
    shown = run("show", folder, "w1").stdout
    past = shown.partition("  history\n")[2]
    assert "A-2: uses train, territories UNKNOWN, commercial no" in past
    assert "reservations = tdmrep (reserved, seen UNKNOWN)  [set: seen]" in past
    assert "public domain territories = nowhere" in past
    assert "rights holders = Ann" in past
    assert not set("{}") & set(shown)


def test_show_says_when_and_why_a_work_was_removed_and_what_was_recorded(folder, run):
    run("remove", folder, "w1", "--reason", "notice 3")
    shown = run("show", folder, "w1")
    assert shown.exit_code == 0
    assert re.match(r"w1  removed on 20\S+ because: notice 3\n", shown.stdout)
    assert "rights holders = Ann" in shown.stdout
    about = json.loads(run("show", folder, "w1", "--format", "json").stdout)
    assert about["work"] is None
    assert about["removed"].endswith("because: notice 3")
    assert isinstance(run("show", folder, "w0").exception, RegistryError)


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_source_or_reason_is_refused_with_2_and_changes_nothing(folder, blank, capsys):
    def status(*arguments):
        with pytest.raises(SystemExit) as ended:
            program(["registry", *map(str, arguments)])
        return ended.value.code

    assert status("set", folder, "w1", "--source", blank, "--genre", "novel") == 2
    assert status("remove", folder, "w1", "--reason", blank) == 2
    assert re.findall(r"error: (--\w+) is blank\n  remedy: ", capsys.readouterr().err) == ["--source", "--reason"]
    assert "genre" not in run_show(folder)


def run_show(folder):
    history = json.loads(CliRunner().invoke(command, ["show", str(folder), "w1", "--format", "json"]).stdout)["history"]
    return {one["field"] for one in history}


@pytest.mark.parametrize("term", [("--attribution",), ("--licence-uses", "train"), ("--no-commercial",)])
def test_terms_without_a_licence_are_refused_and_those_on_record_are_named(folder, run, term):
    error = run("set", folder, "w1", "--source", "contract 17", *term).exception
    assert isinstance(error, UsageError)
    assert error.remedy == "name it with --licence; on record for this work: A-1"
    assert run("set", folder, "w2", "--source", "x", *term).exception.remedy.endswith("on record for this work: none")


def test_one_of_a_thing_is_counted_in_the_singular(tmp_path, shelf, write, run):
    run("init", tmp_path / "r")
    added = run("add", tmp_path / "r", shelf, "--metadata", write("file,work_id\nworks/first.txt,w1\n"), "--jobs", 1).stderr
    assert "1 file without a row" in added
    assert "2 new works, 2 new files, 0 works with new metadata, 0 files unchanged" in added
    assert "0 new works, 0 new files, 0 works with new metadata, 1 file unchanged" in run("add", tmp_path / "r", shelf / "first.txt").stderr
