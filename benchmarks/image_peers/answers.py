"""What the methods say of one attacked picture."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fingerprints.model import Kind
from image_peers.material import Picture
from image_peers.placed import Corners
from image_peers.registry import Registry


@dataclass(frozen=True, slots=True)
class Reported:
    """One work that this tool reports in an item."""

    work: str
    kind: Kind
    score: float
    item: tuple[Corners, ...]
    source: tuple[Corners, ...]
    """Of each place, on both sides."""
    told: str
    """The measures of the match."""

    @property
    def finding(self) -> bool:
        """Whether it is reported as reuse, rather than for a person to look."""
        return self.kind is not Kind.LEAD


@dataclass(frozen=True, slots=True)
class Distance:
    """A peer's answer to one item."""

    own: int | None
    """Bits from the work that the item shows, if it shows one and the peer keeps both hashes."""
    others: NDArray[np.uint16]
    """How many other works stand at each number of bits."""
    nearest: str
    """The name of the nearest of them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One attacked picture, and what every method says of it."""

    picture: Picture
    attack: str
    beside: tuple[str, ...]
    """Names of the distractors that the item shows besides."""
    planted: bool
    """Whether the picture is registered."""
    reported: tuple[Reported, ...]
    in_item: float
    in_work: float
    """Intersection over union of what is reported of the right work with the truth; 0 where it is not found."""
    distances: Mapping[str, Distance]

    @property
    def item(self) -> str:
        """What it is, for people."""
        return f"{self.picture.name}, {self.attack}" + (f", beside {', '.join(self.beside)}" if self.beside else "")

    @property
    def right(self) -> list[Reported]:
        """Reports of the work that is shown."""
        return [one for one in self.reported if self.planted and one.work == self.picture.name]

    @property
    def wrong(self) -> list[Reported]:
        """Reports of others."""
        return [one for one in self.reported if not (self.planted and one.work == self.picture.name)]

    @property
    def found(self) -> bool:
        """Whether the right work is reported as reused."""
        return any(one.finding for one in self.right)


@dataclass(frozen=True, slots=True)
class Trials:
    """All answers about one registry."""

    registry: Registry
    answers: tuple[Answer, ...]
    scan: float
    """CPU seconds of this tool's scan of an item, decoding included, on average."""

    @property
    def planted(self) -> list[Answer]:
        """About works."""
        return [answer for answer in self.answers if answer.planted]

    @property
    def negatives(self) -> list[Answer]:
        """About distractors."""
        return [answer for answer in self.answers if not answer.planted]
