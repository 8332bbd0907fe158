"""How often a scheme reports a match where nothing was reused, as measured: each modality ships its ``calibration.json``.

The benchmarks ``calibrate_*.py`` measure it and write the file; it is valid for one scheme, and a test fails when the two differ.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from fingerprints.errors import SchemeError
from fingerprints.model import Chance, Kind

FORMAT = "provenance-calibration/1"
FIELDS = ("population", "trial", "n", "false_matches", "thresholds", "selection")
Z_95 = 1.96
COLLISION = 2.0**-128  # two different contents of one SHA-256


@dataclass(frozen=True, slots=True)
class Calibration:
    """Trials in which nothing was reused, and how many of them gave a match at least as strong as a kind."""

    scheme: str
    date: date
    population: str
    """What was scanned against what."""
    trial: str
    """What one trial is, such as "one image against one work"."""
    n: int
    false_matches: Mapping[str, int]
    """By kind; ``finding`` stands for every kind that is not counted by itself."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """What the measurement held a match to be, by name; it does not speak for other thresholds."""
    selection: str = ""
    """How the population was chosen where that was not blind: what was left out after looking, and why."""

    def false_of(self, kind: Kind) -> int:
        """False matches of a kind."""
        return self.false_matches.get(kind, self.false_matches["finding"])

    def chance(self, kind: Kind) -> Chance:
        """The chance that one trial gives a match of this kind; identical content needs a collision of SHA-256."""
        if kind is Kind.EXACT:
            return Chance(COLLISION, self.trial, "modelled", self.n)
        return Chance(upper_95(self.false_of(kind), self.n), self.trial, "observed", self.n)


def upper_95(events: int, n: int) -> float:
    """The upper 95 % bound of a rate: 3/n for zero of n (Hanley & Lippman-Hand 1983), Wilson's otherwise (Wilson 1927)."""
    if not events:
        return min(1.0, 3 / n)
    rate, z2 = events / n, Z_95**2
    spread = Z_95 * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return min(1.0, (rate + z2 / (2 * n) + spread) / (1 + z2 / n))


@cache
def read(package: str, scheme: str) -> Calibration:
    """The calibration that a modality's package ships; raises SchemeError when it is of another scheme."""
    data = json.loads(files(package).joinpath("calibration.json").read_text(encoding="utf-8"))
    if data["format"] != FORMAT or data["scheme"] != scheme:
        raise SchemeError(f"{package} ships a calibration of {data['scheme']}, not of {scheme}; run: make bench-calibration")
    day = date.fromisoformat(data["date"])
    return Calibration(
        scheme, day, data["population"], data["trial"], data["n"], data["false_matches"], data["thresholds"], data["selection"]
    )


def write(file: Path, calibration: Calibration) -> None:
    """Writes what ``read`` reads."""
    fields = {
        name: getattr(calibration, name) for name in ("scheme", "population", "trial", "n", "false_matches", "thresholds", "selection")
    }
    content = {"format": FORMAT, "date": calibration.date.isoformat(), **fields}
    file.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
