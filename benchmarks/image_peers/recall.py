"""Question 1: how much of each attack is found, and where; the peers at their largest threshold without a false pair."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Final

import numpy as np
from target_tables import wilson

from image_peers.answers import Answer, Trials
from image_peers.methods import OURS, PEERS

LED: Final = "or led to"
LENIENT: Final = 1e-4
"""Of the pairs; a second threshold of the peers, for those who can bear so many false ones."""
MOST_BITS: Final = 256


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    found: int
    n: int

    @property
    def value(self) -> float:
        """The share."""
        return self.found / max(1, self.n)

    @property
    def interval(self) -> tuple[float, float]:
        """At 95 %."""
        return wilson(self.found, max(1, self.n))


@dataclass(frozen=True, slots=True)
class Threshold:
    """A peer's largest distance without a false pair, and how little else would be found or reported falsely."""

    bits: int
    """-1 when two pictures that have nothing to do with each other have the same hash."""
    closest: str
    """The false pair that stands next."""
    lenient: int
    """The largest distance with at most LENIENT of the pairs."""
    lenient_mean: float
    """Of the shares found at that distance, over all attacks."""


@dataclass(frozen=True, slots=True)
class Found:
    """All shares of one run."""

    by_attack: Mapping[str, Mapping[str, Share]]
    """Attack, then method; LED is this tool with leads."""
    thresholds: Mapping[str, Threshold]
    pairs: int
    """Of an attacked distractor and a work."""
    missed: tuple[Answer, ...]
    """What this tool did not find."""
    answers: tuple[Answer, ...]
    scan: float
    """CPU seconds of this tool's scan of an item."""

    def together(self, attacks: Iterable[str], method: str) -> Share:
        """Of several attacks."""
        shares = [self.by_attack[attack][method] for attack in attacks]
        return Share(sum(one.found for one in shares), sum(one.n for one in shares))

    def mean(self, method: str) -> float:
        """Of the shares of all attacks."""
        return mean(shares[method].value for shares in self.by_attack.values())

    def overlaps(self, attacks: Sequence[str]) -> tuple[float, float]:
        """Median intersection over union in item and work, of what was found; not a number if nothing was."""
        found = [answer for answer in self.answers if answer.attack in attacks and answer.found]
        return (median(a.in_item for a in found), median(a.in_work for a in found)) if found else (float("nan"), float("nan"))


def scored(trials: Trials) -> Found:
    """Counts the answers."""
    planted, negatives = trials.planted, trials.negatives
    by_attack: dict[str, list[Answer]] = {}
    for answer in planted:
        by_attack.setdefault(answer.attack, []).append(answer)
    thresholds = {name: _threshold(name, negatives, by_attack) for name in PEERS}
    shares = {attack: _shares(answers, thresholds) for attack, answers in by_attack.items()}
    missed = tuple(answer for answer in planted if not answer.found)
    return Found(shares, thresholds, len(negatives) * len(trials.registry.works), missed, tuple(planted), trials.scan)


def _threshold(peer: str, negatives: Sequence[Answer], by_attack: Mapping[str, Sequence[Answer]]) -> Threshold:
    counted = np.zeros(MOST_BITS + 1, np.int64)
    for answer in negatives:
        others = answer.distances[peer].others
        counted[: len(others)] += others
    falsely = counted.cumsum()  # pairs at most so many bits apart
    least = int(np.argmax(falsely > 0))
    closest = next(answer for answer in negatives if len(others := answer.distances[peer].others) > least and others[least])
    lenient = int(np.searchsorted(falsely, LENIENT * falsely[-1], side="right")) - 1
    found = mean(_at(peer, answers, lenient).value for answers in by_attack.values())
    told = f"{closest.item}; {closest.distances[peer].nearest}; {least} bits"
    return Threshold(least - 1, told, lenient, found)


def _at(peer: str, answers: Sequence[Answer], bits: int) -> Share:
    own = [answer.distances[peer].own for answer in answers]
    return Share(sum(distance is not None and distance <= bits for distance in own), len(answers))


def _shares(answers: Sequence[Answer], thresholds: Mapping[str, Threshold]) -> dict[str, Share]:
    n = len(answers)
    ours = {OURS: Share(sum(answer.found for answer in answers), n), LED: Share(sum(bool(answer.right) for answer in answers), n)}
    return ours | {name: _at(name, answers, threshold.bits) for name, threshold in thresholds.items()}
