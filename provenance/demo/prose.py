"""The demo's texts: the registered ones, the training records and the answers in which passages of them stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a registered text, named by its first and last words so that it stays where it is when the text is edited."""

    text: str
    """Name of the text it stands in."""
    opening: str
    closing: str

    def read(self) -> str:
        """The passage, word for word; raises ValueError if the text does not have it exactly once."""
        whole = text(self.text)
        if whole.count(self.opening) != 1:
            raise ValueError(f'{self.text} does not have "{self.opening}" exactly once')
        start = whole.index(self.opening)
        return whole[start : whole.index(self.closing, start) + len(self.closing)]


@dataclass(frozen=True, slots=True)
class Record:
    """A block of ``training.txt`` or ``answers.txt``: its heading and its body, passages in place."""

    heading: str
    body: str


PASSAGES: Final[Mapping[str, Passage]] = {
    "dusk": Passage("the-lamp-keeper", "There was a page about compensation", "the words gone."),
    "poem": Passage("what-the-rain-counts", "What the Rain Counts", "I shall say: here."),
    "school": Passage("letter-from-port-ansgar", "I have nineteen scholars", "so rich in paper."),
    "clearance": Passage("on-margins", "A carpenter leaves a drawer", "for not sticking."),
    "notice": Passage("reading-notice", "Notice to the reader.", "the press lends."),
    "ringer": Passage("the-weight-of-the-bell", "He thought of his father", "on which he himself was born."),
}
"""What stands for ``{dusk}`` and so on in the records."""


def text(name: str) -> str:
    """The text of that name, without white space at its ends."""
    return (files("provenance.demo") / "texts" / f"{name}.txt").read_text(encoding="utf-8").strip()


def with_notice(story: str) -> str:
    """A story as its press lends it: the reading notice stands at its end."""
    return f"{story}\n\n\n{text('reading-notice')}"


def records(name: str) -> tuple[Record, ...]:
    """The records of a file of them, in order; ``{name}`` alone in a line is replaced by the passage of that name."""
    result = []
    for block in text(name).removeprefix("=== ").split("\n=== "):
        heading, body = block.split("\n", 1)
        lines = [PASSAGES[line[1:-1]].read() if line.startswith("{") else line for line in body.strip().split("\n")]
        result.append(Record(heading, "\n".join(lines)))
    return tuple(result)
