"""How often unrelated prose is reported, as measured; ``calibration.json`` is written by ``benchmarks/calibrate_text.py``."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fingerprints.errors import SchemeError
from fingerprints.model import Chance, Kind
from fingerprints.text.scheme import SCHEME


@dataclass(frozen=True, slots=True)
class Calibration:
    """Chances of a finding and of a lead in one trial."""

    finding: Chance
    lead: Chance

    def chance(self, kind: Kind) -> Chance:
        """The chance that a trial gives a match at least as strong."""
        return self.lead if kind is Kind.LEAD else self.finding


@cache
def calibration() -> Calibration:
    """The calibration of SCHEME; raises SchemeError when the file is of another."""
    data = json.loads(files("fingerprints.text").joinpath("calibration.json").read_text(encoding="utf-8"))
    if data["scheme"] != SCHEME:
        raise SchemeError(f"the calibration is of {data['scheme']}, not of {SCHEME}; run: python benchmarks/calibrate_text.py --write")
    return Calibration(*(Chance(data[part]["rate_upper_95"], data["trial"], "observed", data["trials"]) for part in ("findings", "leads")))
