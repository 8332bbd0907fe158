"""Every scheme ships the error rate that was measured for it, and says how."""

import dataclasses
import json
from pathlib import Path

import pytest

from fingerprints import calibration
from fingerprints.errors import SchemeError
from fingerprints.model import Kind, Modality
from fingerprints.schemes import SCHEMES


@pytest.mark.parametrize("modality", list(Modality))
def test_a_scheme_and_its_calibration_are_of_one_version(modality: Modality) -> None:
    scheme = SCHEMES[modality]
    measured = calibration.read(scheme.module, scheme.name)
    assert measured.scheme == scheme.name
    assert measured.n >= 1_000
    assert measured.population
    assert set(measured.false_matches) >= {"finding", "lead"}


@pytest.mark.parametrize("modality", list(Modality))
def test_a_calibration_of_another_scheme_is_refused(modality: Modality) -> None:
    with pytest.raises(SchemeError, match="calibration"):
        calibration.read(SCHEMES[modality].module, "another/1")


def test_zero_of_n_is_three_in_n_and_more_is_the_upper_end_of_wilsons_interval() -> None:
    assert calibration.upper_95(0, 3_000) == pytest.approx(0.001)
    assert calibration.upper_95(9, 10) == pytest.approx(0.982, abs=1e-3)
    assert calibration.upper_95(0, 1) == 1.0


def test_identical_content_is_no_matter_of_the_observed_rate() -> None:
    measured = calibration.read(SCHEMES[Modality.TEXT].module, SCHEMES[Modality.TEXT].name)
    assert measured.chance(Kind.EXACT).basis == "modelled"
    assert measured.chance(Kind.VERBATIM).per_trial == calibration.upper_95(measured.false_matches["finding"], measured.n)
    assert measured.chance(Kind.LEAD).per_trial >= measured.chance(Kind.VERBATIM).per_trial


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    measured = calibration.read(SCHEMES[Modality.TEXT].module, SCHEMES[Modality.TEXT].name)
    calibration.write(tmp_path / "c.json", dataclasses.replace(measured, n=7))
    assert json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["n"] == 7
