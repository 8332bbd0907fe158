"""What an audit of the demo's material must find, what it must explain, and what it must leave alone."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """Where a planted passage must turn up in the audit."""

    FINDING = "finding"
    EXPLAINED = "explained"  # listed, with what explains it
    NOTHING = "nothing"  # neither finding nor lead


@dataclass(frozen=True, slots=True)
class Expected:
    """One work in one item. An item that stands in no row of EXPECTED holds nothing of any work."""

    path: str
    """Relative to the demo's folder."""
    record: int | str | None
    """As in ``provenance.model.Place``."""
    work: str
    """Its id."""
    reuse: str
    """What was done to the work."""
    outcome: Outcome = Outcome.FINDING


TRAIN: Final = "dataset/train.jsonl"
SHARD: Final = "dataset/shard-000.tar"
ANSWERS: Final = "outputs/answers.jsonl"

EXPECTED: Final = (
    Expected(TRAIN, 4, "the-lamp-keeper", "a passage word for word inside other prose"),
    Expected(TRAIN, 10, "what-the-rain-counts", "the whole poem"),
    Expected(TRAIN, 12, "letter-from-port-ansgar", "a passage word for word inside other prose"),
    Expected(TRAIN, 15, "on-margins", "a passage word for word inside other prose"),
    Expected(TRAIN, 18, "the-lamp-keeper", "a passage with every eighth word or so replaced, other lines and other quotation marks"),
    Expected(TRAIN, 20, "what-the-rain-counts", "the whole poem, a second time"),
    Expected(TRAIN, 23, "the-lamp-keeper", "seven words in quotation marks", Outcome.NOTHING),
    Expected(TRAIN, 26, "reading-notice", "the whole notice", Outcome.EXPLAINED),
    Expected(TRAIN, 26, "the-lamp-keeper", "the notice that stands at the end of the story", Outcome.EXPLAINED),
    Expected("dataset/images/img-00417.jpg", None, "birches-in-may", "cropped to 70 % of the area, mirrored, JPEG quality 60"),
    Expected(SHARD, "000001.jpg", "harbour-at-night", "reduced, on a page with text and other pictures"),
    Expected("dataset/audio/field-recording-03.wav", None, "tidewater-waltz", "15 s from the middle, white noise 10 dB below"),
    Expected(ANSWERS, 0, "the-weight-of-the-bell", "a passage word for word between two sentences"),
    Expected("outputs/sunflower-blue.jpg", None, "plate-nine", "other colours, turned by 3 degrees"),
)
