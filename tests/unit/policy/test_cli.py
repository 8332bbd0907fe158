"""``provenance policy`` as a user meets it."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from provenance.cli.policy import policy
from provenance.policy import FACTS
from provenance.policy.policy import document


def run(*arguments):
    result = CliRunner().invoke(policy, list(arguments), standalone_mode=False)
    return result.return_value or 0, result.stdout, result.stderr


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(document("ci-gate").text, encoding="utf-8")
    return path


def test_list_names_the_shipped_policies():
    status, out, _ = run("list")
    assert status == 0
    assert "us-107 1." in out
    assert "ci-gate 1." in out


def test_show_prints_rules_one_rule_or_the_file_itself():
    assert "TXT-020" in run("show", "us-107")[1]
    assert "match.words >= 50" in run("show", "us-107", "TXT-020")[1]
    assert run("show", "us-107", "--source")[1] == document("us-107").text


def test_a_mistake_ends_in_status_2_with_its_place_on_stderr(mine):
    mine.write_text(mine.read_text(encoding="utf-8").replace("match.words >= 50", "match.wrods >= 50"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "provenance", "policy", "check", str(mine), "us-107"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"{mine}:")
    assert 'did you mean "match.words"?' in done.stderr
    assert "us-107: " in done.stdout


def test_a_policy_whose_tests_do_not_pass_ends_in_status_1(mine):
    assert run("test", str(mine))[0] == 0
    mine.write_text(mine.read_text(encoding="utf-8").replace("match.words >= 50", "match.words >= 60"), encoding="utf-8")
    status, out, _ = run("test", str(mine))
    assert status == 1
    assert "not as expected: fifty words" in out


def test_coverage_ends_in_status_1_when_a_change_goes_unnoticed(mine):
    assert run("coverage", str(mine))[0] == 0
    mine.write_text(mine.read_text(encoding="utf-8").replace("match.words: 49", "match.words: 48"), encoding="utf-8")
    status, out, _ = run("coverage", str(mine))
    assert status == 1
    assert "TXT-010: no test notices: match.words >= 50 with 49" in out


def test_doc_is_markdown():
    assert run("doc", "us-107")[1].startswith("# Policy us-107 ")


def test_doc_without_a_policy_lists_every_fact():
    listed = run("doc")[1]
    assert all(f"| `{name}` |" in listed for name in FACTS)


def test_one_rule_and_one_test_are_said_in_the_singular(tmp_path):
    small = tmp_path / "small.yaml"
    small.write_text(SMALL, encoding="utf-8")
    assert "1 rule, 1 test, no mistake found" in run("check", str(small))[1]
    assert "1 of 1 test passed" in run("test", str(small))[1]
    assert "thresholds: 1 of 2 changes noticed" in run("coverage", str(small))[1]
    assert "is at least 1 word\n" in run("doc", str(small))[1]


SMALL = """\
schema: provenance-policy/1
id: small
version: 1.0.0
owner: counsel@example.org
rules:
  - {id: A, title: Any word, when: match.words >= 1, disposition: block, severity: note}
tests:
  - {name: a word, facts: {match.words: 1}, expect: block, rule: A}
"""
