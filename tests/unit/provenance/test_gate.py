"""The gate names every reason, and the strictest decides the status."""

from dataclasses import replace

import pytest

from fingerprints.model import Chance, Kind, Match, Modality
from provenance.gate import judged
from provenance.model import Decision, Disposition, Finding, Item, Severity, WorkRef
from provenance.summary import summarised

ITEM = Item("a", None, None, "a", Modality.TEXT, "0")
MATCH = Match(Modality.TEXT, Kind.EXACT, "text/test/1", 1.0, (), 1.0, 1.0, Chance(1e-6, "one item", "observed", 3), {})


def finding(disposition: Disposition) -> Finding:
    plain = Finding("F-1", "r", (), ITEM, WorkRef("w", "W", "x"), MATCH, (), ())
    return replace(plain, decision=Decision(disposition, "R-1", Severity.WARNING))


def test_nothing_found_and_all_read_passes() -> None:
    assert judged(summarised(()), 0, Disposition.BLOCK, 0) | {} == {
        "passed": True,
        "status": 0,
        "reasons": [],
        "fail_on": "block",
        "allow_unread": 0,
    }


@pytest.mark.parametrize(("disposition", "fail_on", "status"), [("review", "block", 0), ("block", "block", 1), ("review", "review", 1)])
def test_a_finding_fails_from_the_named_disposition_on(disposition: str, fail_on: str, status: int) -> None:
    assert judged(summarised([finding(Disposition(disposition))]), 0, Disposition(fail_on), 0)["status"] == status


def test_what_could_not_be_read_fails_unless_allowed() -> None:
    assert judged(summarised(()), 1, Disposition.BLOCK, 0)["status"] == 3
    assert judged(summarised(()), 1, Disposition.BLOCK, 1)["status"] == 0


def test_a_finding_outranks_what_could_not_be_read_and_both_reasons_are_named() -> None:
    verdict = judged(summarised([finding(Disposition.BLOCK)]), 1, Disposition.BLOCK, 0)
    assert verdict["status"] == 1
    assert len(verdict["reasons"]) == 2


def test_without_a_policy_nothing_reaches_the_gate() -> None:
    undecided = replace(finding(Disposition.BLOCK), decision=None)
    assert judged(summarised([undecided]), 0, Disposition.NO_OBJECTION, 0)["status"] == 0
