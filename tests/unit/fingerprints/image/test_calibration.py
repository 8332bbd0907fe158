from fingerprints import calibration
from fingerprints.image import SCHEME
from fingerprints.image.matches import LEAD_DISTANCE, LEAD_INLIERS, NEAR_DISTANCE
from fingerprints.image.verify import MIN_EVIDENCE, MIN_OFF_LINES, MIN_SHARE


def test_the_calibration_is_of_these_thresholds():
    assert calibration.read("fingerprints.image", SCHEME).thresholds == {
        "evidence": MIN_EVIDENCE,
        "share": MIN_SHARE,
        "off_lines": MIN_OFF_LINES,
        "near_bits": NEAR_DISTANCE,
        "lead_bits": LEAD_DISTANCE,
        "lead_inliers": LEAD_INLIERS,
    }


def test_no_match_of_a_million_pairs_was_false_when_they_were_measured():
    measured = calibration.read("fingerprints.image", SCHEME)
    assert measured.false_matches["finding"] == 0
    assert measured.n >= 1_000_000
