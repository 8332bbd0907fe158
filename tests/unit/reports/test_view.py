from dataclasses import replace

from fingerprints.model import Segment
from provenance.model import Disposition, Fact, FindingsFile
from reports.sheet import LISTED
from reports.tables import ROWS
from reports.view import coverage, ordered, view


def seen(audit):
    return view(audit, 1_000)


def test_findings_stand_strictest_first_and_waived_ones_after_their_like(make):
    audit, _ = make(40)
    dispositions = [Disposition(found.decision.disposition).rank for found in ordered(audit.findings)]
    assert dispositions == sorted(dispositions, reverse=True)
    blocked = [bool(found.waiver) for found in ordered(audit.findings) if found.decision.disposition is Disposition.BLOCK]
    assert blocked == sorted(blocked)
    assert any(blocked)


def test_the_order_does_not_hang_on_the_order_of_the_findings(make):
    audit, _ = make(20)
    assert seen(replace(audit, findings=audit.findings[::-1])).sheets == seen(audit).sheets


def test_the_accounting_stands_in_one_line(make):
    audit, _ = make()
    assert coverage(audit) == "1,010 items seen = 1,000 scanned + 3 unread + 7 excluded (123.5 MB)"


def test_every_finding_is_counted_once_in_the_summary(make):
    audit, _ = make(30)
    rows = seen(audit).dispositions.rows
    assert rows[-1] == ("all", "10", "10", "10", "30")
    assert sum(int(row[-1]) for row in rows[:-1]) == 30


def test_without_a_policy_findings_are_undecided(make):
    audit, _ = make(2, policy=False)
    report = seen(audit)
    assert {sheet.disposition for sheet in report.sheets} == {"undecided"}
    assert {sheet.rule for sheet in report.sheets} == {"no policy"}
    assert ("Policy", "none; findings are undecided") in report.cover


def test_an_audit_without_findings_still_says_what_was_not_read(make):
    audit, _ = make(0)
    report = seen(audit)
    assert report.headline.startswith("No finding was made.")
    assert len(report.unread.rows) == 3


def test_the_law_is_cited_with_its_status_and_what_nobody_verified_says_so(make):
    audit, _ = make(1)
    checked, unchecked, absent = seen(audit).sheets[0].legal
    assert checked == ("17 U.S.C. §107", "current, as of 2026-11-22", "Four factors.")
    assert unchecked[1] == "pending appeal, as of 2026-06-11; unverified: check before relying on it"
    assert absent == ("xx-none", "not in the policy's excerpt of law.yaml", "")


def test_a_matter_is_named_only_where_one_is_given(make):
    audit, _ = make(1)
    assert seen(audit).cover[1] == ("Matter", "2026-0042")
    bare = replace(audit, context=replace(audit.context, use={"stage": "output"}))
    assert [name for name, _ in seen(bare).cover][:2] == ["As of", "Use"]


def test_unknown_facts_are_counted(make):
    audit, _ = make(5)
    assert seen(audit).unknown.rows == (("act.territories", "5 of 5 findings"),)


def test_licences_are_unknown_none_or_named(make, with_findings):
    audit, _ = make(1)

    def said(value):
        finding = replace(audit.findings[0], facts={"licences": Fact(value, "registry")})
        return dict(seen(with_findings(audit, (finding,))).sheets[0].about)["Licences on record"]

    assert (said(None), said([]), said([{"id": "L-1"}, {"id": "L-2"}])) == ("unknown", "none", "2 (L-1, L-2)")


def test_long_lists_are_cut_and_the_rest_is_counted(make):
    audit, _ = make(3)
    many = replace(audit, unread=audit.unread[:1] * (ROWS + 5))
    assert len(seen(many).unread.rows) == ROWS
    assert seen(many).unread.rest == "and 5 further items in audit.json"
    places = max((sheet.places for sheet in seen(audit).sheets), key=len)
    assert len(places) == LISTED + 1
    assert places[-1] == "and 11 further places in audit.json"


def test_the_rule_that_decided_is_marked_and_false_rules_are_only_named(make):
    audit, _ = make(2)
    sheet = next(sheet for sheet in seen(audit).sheets if sheet.rule == "TXT-050")
    assert [(rule.id, rule.decided) for rule in sheet.rules] == [("TXT-050", True), ("LIC-010", False)]
    assert sheet.others == ("PD-001",)
    assert sheet.rules[0].conditions[2].value == "unknown"


def test_a_rule_that_was_set_aside_names_the_rule_that_did_it_if_only_one_can_have(make, with_findings):
    audit, _ = make(1)
    found = audit.findings[0]
    first, second, third = found.decision.trace

    def said(*trace):
        finding = replace(found, decision=replace(found.decision, trace=trace))
        return [rule.outcome for rule in seen(with_findings(audit, (finding,))).sheets[0].rules]

    aside = replace(second, outcome="exempt")
    assert said(first, aside) == ["true", "set aside by TXT-050"]
    assert said(first, aside, replace(third, outcome="true")) == ["true", "set aside by another rule", "true"]


def test_one_is_said_in_the_singular(make):
    audit, _ = make(1)
    assert seen(audit).unknown.rows == (("act.territories", "1 of 1 finding"),)


def test_the_places_of_an_explained_passage_are_dropped_whole_and_counted(make):
    audit, _ = make(1)
    passage = replace(audit.explained[0], segments=tuple(Segment("char", (n * 1000, n * 1000 + 99), (0, 99)) for n in range(12)))
    (row,) = seen(replace(audit, explained=(passage,))).explained.rows
    assert row[1].startswith("characters 1\N{EN DASH}99; characters 1,001\N{EN DASH}1,099; ")
    assert row[1].endswith("; and 7 more")


def test_findings_without_a_sheet_are_counted_and_the_file_that_holds_them_is_named(make):
    audit, _ = make(9)
    assert view(audit, 9).left_out == ""
    assert view(audit, 4).left_out == "The strictest findings are shown, 4 of 9. All are in audit.json."
    partly = replace(audit, findings=audit.findings[:6], findings_file=FindingsFile("audit.findings.parquet", "0" * 64, 9))
    assert view(partly, 6).left_out.endswith("6 of 9. 3 further findings are in audit.findings.parquet.")
    assert "not kept" in view(replace(partly, findings_file=None), 6).left_out
    assert view(partly, 4).headline == view(audit, 9).headline


def test_totals_are_of_all_findings_and_not_of_those_at_hand(make):
    audit, _ = make(30)
    partly = replace(audit, findings=audit.findings[:2])
    assert (seen(partly).dispositions, seen(partly).works, seen(partly).unknown) == (
        seen(audit).dispositions,
        seen(audit).works,
        seen(audit).unknown,
    )


def test_sources_are_listed_with_the_strictest_first(make):
    audit, _ = make(5)
    table = seen(audit).sources
    assert table.rows[0][0] == "data/part-0000.jsonl"
    assert [row[-1] for row in table.rows] == ["block", "review", "attribution-due", "licence-on-record", "no-objection"]
    assert {row[1] for row in table.rows} == {"1"}


def test_places_that_no_list_holds_are_counted(make, with_findings):
    audit, _ = make(1)
    many = replace(audit.findings[0], further_occurrences=1_999)
    (sheet,) = seen(with_findings(audit, (many,))).sheets
    assert sheet.occurrences == 2_000
    assert sheet.places[-1] == "and 1,999 further places; audit.json lists 1 in all"
