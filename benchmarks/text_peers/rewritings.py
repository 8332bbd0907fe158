"""Question 3: what people rewrote, lightly or heavily, and what they wrote on the same subject by themselves."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from text_peers.measure import apart
from text_peers.methods import WHOLE_SHINGLE, GramDictionary, Method, Ours, minhash, normalised

FOLDER: Final = Path(__file__).parents[1] / "rewritings"
SIMILAR: Final = 0.5
KINDS: Final = ("light", "heavy", "non")


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the collection."""

    topic: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Reported:
    """How many texts of a kind a method reports as made from the original of their topic."""

    n: int
    found: int
    led: int
    """Found, or pointed to by a lead."""
    elsewhere: int
    """Reported as made from the original of another topic."""


def collection() -> list[Text]:
    """All texts beside this program."""
    lines = (line for file in sorted(FOLDER.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines() if line.strip())
    return [Text(f"{read['topic']}", read["kind"], read["text"]) for read in map(json.loads, lines)]


def compared() -> Mapping[str, Mapping[str, Reported]]:
    """By method and kind; empty where there is no collection."""
    texts = collection()
    originals = [text for text in texts if text.kind == "original"]
    if not originals:
        return {}
    return {
        "this tool": apart(partial(_by_method, Ours, originals, texts)),
        f"datasketch, Jaccard ≥ {SIMILAR}": _by_jaccard(originals, texts),
        "8-gram dictionary": apart(partial(_by_method, GramDictionary, originals, texts)),
    }


def _by_method(method: type[Method], originals: Sequence[Text], texts: Sequence[Text]) -> Mapping[str, Reported]:
    with tempfile.TemporaryDirectory(prefix="bench-text-") as folder:
        opened = method([text.text for text in originals], Path(folder))
        spans = dict(zip(texts, opened.scan([text.text for text in texts]), strict=True))

    def of(text: Text) -> tuple[set[str], set[str]]:
        found, led = ({originals[span.work].topic for span in spans[text] if not span.lead or leads} for leads in (False, True))
        return found, led

    return _counted(texts, of)


def _by_jaccard(originals: Sequence[Text], texts: Sequence[Text]) -> Mapping[str, Reported]:
    made = [(text.topic, minhash(normalised(text.text), WHOLE_SHINGLE)) for text in originals]

    def of(text: Text) -> tuple[set[str], set[str]]:
        asked = minhash(normalised(text.text), WHOLE_SHINGLE)
        found = {topic for topic, other in made if asked.jaccard(other) >= SIMILAR}
        return found, found

    return _counted(texts, of)


def _counted(texts: Sequence[Text], topics: Callable[[Text], tuple[set[str], set[str]]]) -> Mapping[str, Reported]:
    reported: dict[str, Reported] = {}
    for kind in KINDS:
        of_kind = [(text.topic, *topics(text)) for text in texts if text.kind == kind]
        found, led = sum(topic in met for topic, met, _ in of_kind), sum(topic in met for topic, _, met in of_kind)
        reported[kind] = Reported(len(of_kind), found, led, sum(bool(met - {topic}) for topic, met, _ in of_kind))
    return reported
