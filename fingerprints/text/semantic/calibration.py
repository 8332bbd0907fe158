"""The chance of a lead, which was measured for one model and is unknown for every other."""

import json
from importlib.resources import files

from fingerprints import calibration
from fingerprints.model import Chance, Kind

PACKAGE = "fingerprints.text.semantic"
NOT_CALIBRATED = "one window of text against the registry; not calibrated for this model"


def calibrated_scheme() -> str:
    """The scheme whose model was measured."""
    found: str = json.loads(files(PACKAGE).joinpath("calibration.json").read_text(encoding="utf-8"))["scheme"]
    return found


def chance(scheme: str) -> Chance:
    """How often a window gives a lead where nothing was reworded; of a model that was not measured, the bound of no trial at all: 1."""
    if scheme != calibrated_scheme():
        return Chance(1.0, NOT_CALIBRATED, "observed", 0)
    return calibration.read(PACKAGE, scheme).chance(Kind.LEAD)
