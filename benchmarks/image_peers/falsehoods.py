"""Question 2: which works are reported in pictures that show nothing of them, each for a person to look at."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

from fingerprints.model import Kind
from image_peers.answers import Answer, Reported, Trials
from image_peers.attacks import ATTACKS
from image_peers.material import Material
from image_peers.placed import Corners
from image_peers.trials import items

SHOWN_SIDE: Final = 640
"""px of the longer side of each picture that is kept side by side."""
OUTLINE: Final = (255, 0, 120)


@dataclass(frozen=True, slots=True)
class Count:
    """Reports in one kind of item."""

    items: str
    queries: int
    pairs: int
    by_kind: Mapping[Kind, int]
    distinct: int
    """Different pairs of an attacked picture and a work among the findings."""

    @property
    def findings(self) -> int:
        """Reports that are no leads."""
        return sum(count for kind, count in self.by_kind.items() if kind is not Kind.LEAD)


@dataclass(frozen=True, slots=True)
class Falsehood:
    """A work reported in an item that shows nothing of it."""

    answer: Answer
    reported: Reported


def counted(trials: Trials) -> list[Count]:
    """Distractors given and drawn, and works in which another work is reported."""
    kinds = {
        "given distractors": [answer for answer in trials.negatives if not answer.picture.drawn],
        "drawn distractors": [answer for answer in trials.negatives if answer.picture.drawn],
        "works, of other works": trials.planted,
    }
    works = len(trials.registry.works)
    return [_count(name, answers, works - (name == "works, of other works")) for name, answers in kinds.items() if answers]


def _count(name: str, answers: Sequence[Answer], works: int) -> Count:
    kinds = Counter(one.kind for answer in answers for one in answer.wrong)
    distinct = {(answer.picture.name, one.work) for answer in answers for one in answer.wrong if one.finding}
    return Count(name, len(answers), len(answers) * works, kinds, len(distinct))


def falsehoods(trials: Trials) -> list[Falsehood]:
    """All of them, findings before leads."""
    found = [Falsehood(answer, one) for answer in trials.answers for one in answer.wrong]
    return sorted(found, key=lambda one: (not one.reported.finding, -one.reported.score))


def keep(found: Sequence[Falsehood], trials: Trials, material: Material, folder: Path) -> None:
    """Writes the item and the work of each, side by side, with what was reported outlined in both."""
    folder.mkdir(parents=True, exist_ok=True)
    works = {work.name: work for work in trials.registry.works}
    for number, one in enumerate(found):
        attack = next(attack for attack in ATTACKS if attack.name == one.answer.attack)
        item = next(items(one.answer.picture, material.distractors, [attack]))
        with Image.open(BytesIO(item.content)) as opened:
            left = _outlined(opened.convert("RGB"), one.reported.item)
        right = _outlined(works[one.reported.work].open(), one.reported.source)
        both = Image.new("RGB", (left.width + right.width + 10, max(left.height, right.height)), "white")
        both.paste(left, (0, 0))
        both.paste(right, (left.width + 10, 0))
        both.save(folder / f"{number:04}-{one.reported.kind}.png")


def _outlined(image: Image.Image, quads: Sequence[Corners]) -> Image.Image:
    draw = ImageDraw.Draw(image)
    for quad in quads:
        draw.polygon([(x, y) for x, y in quad.tolist()], outline=OUTLINE, width=max(2, max(image.size) // 250))
    image.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    return image


def told(found: Sequence[Falsehood]) -> Iterator[list[str]]:
    """Each as a row: what was found in what, on what grounds."""
    for one in found:
        reported = one.reported
        yield [f"{reported.kind}", one.answer.item, reported.work, f"{reported.score:g}", reported.told]
