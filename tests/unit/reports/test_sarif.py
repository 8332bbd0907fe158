import json
import re
from dataclasses import replace

import pytest

from fingerprints.model import Modality
from provenance.model import Severity
from reports.sarif import render

LEVELS = {"none", "note", "warning", "error"}


@pytest.fixture
def run(make):
    audit, evidence = make(10)
    return audit, json.loads(render(audit, evidence))["runs"][0]


def test_a_log_has_the_structure_of_sarif_2_1_0(run):
    """The constraints of the OASIS schema that apply to the objects used here."""
    _, log = run
    rules = log["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule.get("defaultConfiguration", {}).get("level", "note") in LEVELS
    for result in log["results"]:
        assert result["level"] in LEVELS
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert result["baselineState"] in {"new", "unchanged"} if "baselineState" in result else True
        for location in result["locations"]:
            assert re.fullmatch(r"[!-~]+", location["physicalLocation"]["artifactLocation"]["uri"])
    (invocation,) = log["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["exitCode"] == 1
    assert invocation["startTimeUtc"] == "2026-11-22T09:11:12Z"


def test_results_hang_on_the_findings_ids(run):
    audit, log = run
    assert {result["partialFingerprints"]["provenanceFindingId/v1"] for result in log["results"]} == {
        finding.id for finding in audit.findings
    }


def test_levels_are_the_severities_of_the_decisions(run):
    audit, log = run
    severities = {finding.id: finding.decision.severity for finding in audit.findings}
    for result in log["results"]:
        assert Severity(result["level"]) is severities[result["partialFingerprints"]["provenanceFindingId/v1"]]


def test_what_was_not_read_is_a_notification(run):
    _, log = run
    notifications = log["invocations"][0]["toolExecutionNotifications"]
    assert [note["descriptor"]["id"] for note in notifications] == ["unread/bad-record", "unread/lfs-pointer", "unread/truncated"]


def test_waived_findings_stay_visible_as_suppressed(run):
    audit, log = run
    suppressed = {r["partialFingerprints"]["provenanceFindingId/v1"] for r in log["results"] if r.get("suppressions")}
    assert suppressed == {finding.id for finding in audit.findings if finding.waiver}


def test_only_a_plain_text_file_has_a_region(make):
    audit, _ = make(2)
    record, picture = audit.findings
    place = replace(record.occurrences[0], path="notes.txt", record=None, field=None, locator="notes.txt")
    plain = replace(record, id="F-plain", occurrences=(place,))
    results = json.loads(render(replace(audit, findings=(record, picture, plain)), None))["runs"][0]["results"]
    regions = {r["partialFingerprints"]["provenanceFindingId/v1"]: r["locations"][0]["physicalLocation"].get("region") for r in results}
    assert regions == {record.id: None, picture.id: None, "F-plain": {"charOffset": 120, "charLength": 880}}
    assert record.match.modality is Modality.TEXT


def test_an_audit_without_findings_is_a_log_without_results(make):
    audit, _ = make(0)
    log = json.loads(render(audit, None))["runs"][0]
    assert log["results"] == []
    assert log["tool"]["driver"]["rules"] == []


@pytest.mark.parametrize(("status", "ran"), [(0, True), (1, True), (3, True), (2, False), (70, False), (130, False)])
def test_a_run_that_could_not_run_is_not_called_successful(make, status, ran):
    audit, _ = make(0)
    log = json.loads(render(replace(audit, gate={"passed": False, "status": status, "reasons": []}), None))
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is ran
