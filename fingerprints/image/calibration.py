"""How often a comparison goes wrong by chance, as measured by ``benchmarks/calibrate_image.py``."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from fingerprints.model import Chance, Kind

TRIAL = "one picture against one registered picture"


@cache
def calibration() -> dict[str, Any]:
    """The shipped measurement: scheme, date, population, and per kind the pairs and the false matches among them."""
    content: dict[str, Any] = json.loads(files("fingerprints.image").joinpath("calibration.json").read_text(encoding="utf-8"))
    return content


@cache
def chance(kind: Kind) -> Chance:
    """The upper 95 % bound on a false match of this kind in one trial; identical content needs no luck that SHA-256 would allow."""
    measured = calibration()["kinds"]["verified" if kind is Kind.EXACT else kind.value]
    if kind is Kind.EXACT:
        return Chance(2.0**-128, TRIAL, "modelled", measured["pairs"])
    return Chance(measured["per_pair_upper_95"], TRIAL, "observed", measured["pairs"])
