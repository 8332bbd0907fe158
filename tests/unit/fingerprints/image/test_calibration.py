from fingerprints.image import SCHEME
from fingerprints.image.calibration import calibration, chance
from fingerprints.image.matches import LEAD_DISTANCE, LEAD_INLIERS, NEAR_DISTANCE
from fingerprints.image.verify import MIN_EVIDENCE, MIN_OFF_LINES, MIN_SHARE
from fingerprints.model import Kind


def test_the_calibration_is_of_this_scheme_and_these_thresholds():
    measured = calibration()
    assert measured["scheme"] == SCHEME
    assert measured["kinds"]["verified"]["threshold"] == {"evidence": MIN_EVIDENCE, "share": MIN_SHARE, "off_lines": MIN_OFF_LINES}
    assert measured["kinds"]["near-duplicate"]["threshold"] == {"bits_of_256": NEAR_DISTANCE}
    assert measured["kinds"]["lead"]["threshold"] == {"bits_of_256": LEAD_DISTANCE, "inliers": LEAD_INLIERS}


def test_findings_made_no_false_match_when_they_were_calibrated():
    for kind in ("verified", "near-duplicate"):
        measured = calibration()["kinds"][kind]
        assert measured["false"] == 0
        assert measured["pairs"] >= 100_000
        assert 2.9 / measured["pairs"] < measured["per_pair_upper_95"] < 3.1 / measured["pairs"]


def test_the_chance_of_a_match_says_what_it_rests_on():
    assert chance(Kind.VERIFIED).basis == "observed"
    assert chance(Kind.EXACT).basis == "modelled"
    assert chance(Kind.EXACT).per_trial < chance(Kind.VERIFIED).per_trial
