"""Totals by work and by source."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints.model import Chance, Kind, Match, Modality
from provenance import summary as summaries
from provenance.model import Decision, Disposition, Fact, Finding, Item, Place, Severity, WorkRef, finding_id
from provenance.summary import Sources, Tally, summarised

CHANCE = Chance(1e-6, "one item against one work", "observed", 3)


def finding(work: str, content: int, *paths: str, words: float = 50, rank: int | None = 3, kind: Kind = Kind.VERBATIM) -> Finding:
    modality = Modality.TEXT
    item = Item(paths[0], None, None, paths[0], modality, f"{content:064x}")
    decision = None if rank is None else Decision(tuple(Disposition)[rank], "R", Severity.NOTE)
    found = Match(modality, kind, "s", 1.0, (), 0.5, 0.5, CHANCE, {"words": words, "seconds": 0.1})
    places = tuple(Place(path, None, None, path) for path in paths)
    facts = {"act.date": Fact(None, "user"), "modality": Fact("text", "measured")}
    return Finding(
        finding_id(work, item.sha256, modality), "r", places, item, WorkRef(work, work, "x"), found, (), (), facts=facts, decision=decision
    )


FINDINGS = (
    finding("a", 1, "x/1", "x/2", "y/1"),
    finding("b", 1, "x/1", "x/2", "y/1", rank=4),
    finding("a", 2, "y/1", words=7.0, rank=0, kind=Kind.LEAD),
)


def test_each_total_is_of_its_own_kind_of_thing() -> None:
    total = summarised(FINDINGS)
    assert (total.findings, total.items, total.occurrences, total.works, total.sources) == (3, 2, 4, 2, 3)
    assert total.by_disposition == {"block": {"text": 1}, "no-objection": {"text": 1}, "review": {"text": 1}}
    assert (total.by_kind, total.by_modality) == ({"lead": 1, "verbatim": 2}, {"text": 3})
    assert total.unknown_facts == {"act.date": 3}


def test_a_work_is_summed_over_its_items_and_the_strictest_holds() -> None:
    first, second = summarised(FINDINGS).by_work
    assert (first.id, first.findings, first.occurrences, first.words, first.seconds, first.sources) == ("a", 2, 4, 57, 0.2, 3)
    assert first.strictest is Disposition.REVIEW
    assert (second.id, second.strictest) == ("b", Disposition.BLOCK)


def test_a_source_counts_the_findings_and_works_that_stand_in_it() -> None:
    rows = [(row.path, row.findings, row.works, row.strictest) for row in summarised(FINDINGS).by_source]
    assert rows == [("x/1", 2, 2, "block"), ("x/2", 2, 2, "block"), ("y/1", 3, 2, "block")]


def test_without_a_policy_nothing_is_strictest() -> None:
    total = summarised([finding("a", 1, "x", rank=None)])
    assert (total.by_work[0].strictest, total.by_source[0].strictest) == (None, None)
    assert total.by_disposition == {"undecided": {"text": 1}}


def test_where_findings_stand_in_many_files_their_folders_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "MOST_SOURCES", 5)
    found = [finding("a", n, f"data/{'uvw'[n % 3]}/{n}.txt") for n in range(30)]
    total = summarised([*found, finding("b", 99, "data/readme")])
    assert [(row.path, row.findings, row.works) for row in total.by_source] == [
        ("data/readme", 1, 1),
        ("data/u", 10, 1),
        ("data/v", 10, 1),
        ("data/w", 10, 1),
    ]
    assert total.by_work[0].sources == 3


def test_of_many_works_those_with_most_findings_have_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "MOST_WORKS", 2)
    total = summarised(finding(work, n * 10 + k, "x") for n, work in enumerate("abcd") for k in range(n + 1))
    assert [(row.id, row.findings) for row in total.by_work] == [("d", 4), ("c", 3)]
    assert total.works == 4


@given(st.lists(st.lists(st.sampled_from(("", "a", "b", "c", "s3:")), min_size=1, max_size=4).map("/".join), max_size=30), st.randoms())
def test_sources_hang_on_the_set_of_paths_and_not_on_their_order(paths: list[str], chosen: random.Random) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(summaries, "MOST_SOURCES", 4)
        named = []
        for _ in range(2):
            sources = Sources()
            for path in paths:
                sources.add(path)
            named.append([sources.of(path) for path in sorted(paths)])
            chosen.shuffle(paths)
    assert named[0] == named[1]
    tops = {path.split("/", 1)[0] for path in paths}
    assert len(set(named[0])) <= max(4, len(tops))


def test_the_order_of_findings_changes_no_total() -> None:
    assert summarised(FINDINGS[::-1]) == summarised(FINDINGS)


def test_a_content_without_findings_is_not_counted() -> None:
    tally = Tally()
    tally.add([], {"x"})
    assert tally.summary() == summarised([])
