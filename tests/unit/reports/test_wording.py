from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints.model import Chance, Segment
from reports import wording


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 %"), (1e-9, "< 0.1 %"), (0.011, "1.1 %"), (0.4, "40 %"), (0.995, "99.5 %"), (0.99999, "> 99.9 %"), (1, "100 %")],
)
def test_a_share_never_rounds_up_to_all_or_down_to_nothing(share, said):
    assert wording.percent(share) == said


@given(st.floats(0, 1))
def test_only_all_is_called_all_and_only_nothing_nothing(share):
    said = wording.percent(share)
    assert (said == "100 %") == (share == 1)
    assert (said == "0 %") == (share == 0)


def test_an_observed_chance_names_its_bound_and_its_trials():
    assert wording.chance(Chance(0.003, "one image", "observed", 1000)) == "≤ 3 in 1,000 observed (n = 1,000); one trial is one image"


def test_a_modelled_chance_says_that_it_was_not_observed():
    said = wording.chance(Chance(4e-12, "one image", "modelled", 1_000_000))
    assert said == "about 4 in 10^12, modelled beyond the n = 1,000,000 trials observed; one trial is one image"


@given(st.floats(1e-250, 1))
def test_a_rate_reads_back_as_the_probability_that_it_says(share):
    mantissa, scale = wording.rate(share).split(" in ")
    power = float(scale.replace(",", "").replace("10^", "1e"))
    assert float(mantissa) / power == pytest.approx(share, rel=0.006)


def test_places_are_counted_from_one_and_times_read_by_the_clock():
    assert wording.places(Segment("char", (120, 790), (0, 5))) == ("characters 121–790", "characters 1–5")  # noqa: RUF001 - an en dash
    assert wording.places(Segment("ms", (1234, 17_432), (3_600_000, 3_661_001)))[1] == "1:00:00.000–1:01:01.001"  # noqa: RUF001 - an en dash
    square = ((0.0, 0.0), (160.0, 2.0), (158.0, 90.0), (1.0, 90.0))
    assert wording.places(Segment("px", square, square))[0] == "x 0–160, y 0–90 px"  # noqa: RUF001 - an en dash


def test_a_date_is_written_the_same_in_every_locale():
    assert wording.day(date(2026, 11, 2)) == "2 November 2026"


def test_what_cannot_be_seen_is_not_printed():
    assert wording.printable("a\x00\x1b[31mb\u202ec\ud800\uffff\nd\te") == "a[31mbc d e"
    assert wording.passage("one\r\ntwo\x07\u2028three") == "one\ntwo\nthree"


@given(st.text(), st.integers(3, 50))
def test_a_printable_string_is_one_line_of_bounded_length(text, limit):
    said = wording.printable(text, limit)
    assert len(said) <= limit
    assert len(said.splitlines()) <= 1
    assert not wording.UNSEEN.search(said)


def test_a_shortened_path_keeps_both_ends():
    said = wording.shortened(f"data/{'x' * 500}/train.jsonl", 60)
    assert len(said) == 60
    assert said.startswith("data/x")
    assert said.endswith("/train.jsonl")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "unknown"),
        (True, "yes"),
        (False, "no"),
        (0.25, "0.25"),
        ([], "none"),
        ({"US", "DE"}, "DE, US"),
        ([{"id": "L"}, {"id": None}], "id: L · id: unknown"),
    ],
)
def test_a_fact_is_said_so_that_unknown_is_not_no(found, said):
    assert wording.value(found) == said


def test_amounts_are_words_seconds_and_shares_of_a_picture(make):
    audit, _ = make(3)
    assert [wording.amount(finding.match) for finding in audit.findings] == ["112 words", "62 % of the picture", "16.2 s"]
    uncounted = replace(audit.findings[0].match, measures={})
    assert wording.amount(uncounted) == "770 characters"


def test_an_alteration_too_small_to_be_printed_is_left_out(make):
    audit, _ = make(3)
    sound = audit.findings[2].match

    def said(**measures):
        return wording.alteration(replace(sound, measures=measures))

    assert said(tempo=0.9999, speed=1.0004, pitch=-0.04) == ""
    assert said(tempo=0.9994, speed=1.05, pitch=0.06) == "speed +5.0 %, tempo -0.1 %, pitch +0.1 semitones"


def test_a_list_drops_whole_entries_and_counts_them():
    places = [f"characters {n},000\N{EN DASH}{n},500" for n in range(1, 9)]
    said = wording.listed(places, 60, "; ")
    assert said == "; ".join([*places[:2], "and 6 more"])
    assert wording.listed(places[:1], 60) == places[0]
    assert wording.listed([], 60) == ""
    assert wording.value([f"work-{n}" for n in range(100)], 30) == "work-0, work-1, work-2, work-3, and 96 more"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("/..", "start not on record, no end"),
        ("../..", "no start, no end"),
        ("2024-01-01/", "from 2024-01-01, end not on record"),
        ("../2025-12-31", "no start, to 2025-12-31"),
        ("2024-01-01/2025-12-31", "from 2024-01-01 to 2025-12-31"),
    ],
)
def test_the_term_of_a_licence_is_said_in_words(written, said):
    assert wording.fact("licence.term", written) == said
    assert wording.fact("licences", [{"id": "L-1", "term": written}]) == f"id: L-1; term: {said}"
    assert wording.fact("act.date in licence.term", {"licence.term": written}) == f"licence.term: {said}"
    assert wording.fact("item.licence", "../..") == "../.."
