"""The scheme's shipped error rates, as ``benchmarks/calibrate_audio.py`` measured them."""

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from fingerprints.model import Chance, Kind

RULE_OF_THREE = 3.0
"""Upper 95 % bound of a rate of which n trials showed none: 3 / n (Hanley & Lippman-Hand 1983)."""
TRIAL = "one item against one work"


@lru_cache(maxsize=1)
def calibration() -> dict[str, Any]:
    """``calibration.json``: scheme, date, population, and per kind the trials and how many matched though nothing was reused."""
    content: dict[str, Any] = json.loads(files("fingerprints.audio").joinpath("calibration.json").read_text(encoding="utf-8"))
    return content


def chance_of(kind: Kind) -> Chance:
    """How often a match of this kind is seen where nothing was reused: the upper 95 % bound."""
    if kind is Kind.EXACT:
        return Chance(per_trial=2.0**-128, trial=TRIAL, basis="modelled", n=0)
    content = calibration()
    trials, false = int(content["trials"]), int(content["false"][kind.value])
    bound = RULE_OF_THREE / trials if not false else (false + 1.96 * false**0.5 + 1.92) / trials
    return Chance(per_trial=min(1.0, bound), trial=TRIAL, basis="observed", n=trials)
