"""What passages amount to: a finding, a lead or nothing."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.text.alignment import gains
from fingerprints.text.index import Index
from fingerprints.text.normalise import PlacedWords
from fingerprints.text.passages import Passage
from fingerprints.text.scheme import (
    ALPHABETIC_CHARACTERS,
    DISTINCT_PAIRS,
    DISTINCT_WORDS,
    FINDING_CHARACTERS,
    FINDING_WORDS,
    GROUP_CHARACTERS,
    GROUP_GAIN,
    GROUP_REACH,
    GROUP_WORDS,
    LEAD_CHARACTERS,
    LEAD_WORDS,
    UNSPACED_CHARACTERS,
)
from fingerprints.text.tokens import MOST_LETTERS, UNSPACED

Places: TypeAlias = NDArray[np.int64]

NEAR_LIMIT = 18
"""Words above FINDING_WORDS at which the closer look ends: a long address has thirty parts without a space. In code
an identifier counts as one word so."""
IDEOGRAPHIC = "\u2e80"
"""From here on a character of a script without spaces is half a word or more; before it stand the alphabets of Thai, Lao, Khmer …"""
EDGE_WORDS = 2
"""Words at either end that the closer look may not count."""
SHORT_LETTERS = 3
"""Letters of a word that proves nothing on its own."""
NEIGHBOURS = 3
"""Latest passages of a group of which the next may be a neighbour."""
SUPPORT_REACH = 200
"""Words around a finding, on both sides, in which shorter passages of the same work belong to it (sentences in another order)."""


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One text of a batch."""

    words: PlacedWords
    text: str

    def breaks(self, places: Places) -> list[str]:
        """What stands between each of the words and the next of them."""
        stops, starts = self.words.stops[places[:-1]].tolist(), self.words.starts[places[1:]].tolist()
        return [self.text[stop:start] for stop, start in zip(stops, starts, strict=True)]

    def letters(self, places: Places) -> NDArray[np.uint32]:
        """Letters of each of the words, as ``tokens.letters`` counts them."""
        return self.words.hashes[places] & np.uint32(MOST_LETTERS)


def size(item: Item, places: Places) -> tuple[float, float]:
    """Words, and characters with the spaces between them, that count; a character of a script without spaces counts for a share of both."""
    words, unspaced = item.words, item.letters(places) == UNSPACED
    spelt, alone = places[~unspaced], "".join(item.text[start] for start in words.starts[places[unspaced]].tolist())
    letters = int((words.stops[spelt] - words.starts[spelt] + 1).sum())
    alphabetic = sum(character < IDEOGRAPHIC for character in alone)
    share = alphabetic / ALPHABETIC_CHARACTERS + (len(alone) - alphabetic) / UNSPACED_CHARACTERS
    return spelt.size + share * FINDING_WORDS, max(0, letters - 1) + share * FINDING_CHARACTERS


def is_varied(item: Item, *found: Passage) -> bool:
    """True of passages that are no list and no form: enough of their words, and of their pairs of neighbours, are different."""
    words = [item.words.hashes[passage.item].astype(np.uint64) for passage in found]
    if np.unique(np.concatenate([of_one[:-1] << np.uint64(32) | of_one[1:] for of_one in words])).size < DISTINCT_PAIRS:
        return False
    _, first = np.unique(np.concatenate(words), return_index=True)
    places = np.concatenate([passage.item for passage in found])[first]
    bounds = zip(item.words.starts[places].tolist(), item.words.stops[places].tolist(), strict=True)
    of_letters = (not any(map(str.isdecimal, item.text[start:stop])) for start, stop in bounds)
    return sum(islice(filter(None, of_letters), DISTINCT_WORDS)) == DISTINCT_WORDS


def is_finding(passage: Passage, item: Item, index: Index) -> bool:
    """True when the passage is long enough to be no quotation of a phrase and no chance.

    Near the limit a closer look counts what a reader would: words parted by white space (not "come--no"), and no word at an end that
    is joined to the rest by another break than in the work. A word that follows a quotation equals the work's next word in one
    case of a hundred.
    """
    words, characters = size(item, passage.item)
    if words < FINDING_WORDS or characters < FINDING_CHARACTERS or not is_varied(item, passage):
        return False
    if words >= FINDING_WORDS + NEAR_LIMIT:
        return True
    places = _without_loose_ends(passage, item, index)
    words, characters = size(item, places)
    unspaced = (item.letters(places[1:]) == UNSPACED).tolist()
    words -= sum(not lone and not any(map(str.isspace, gap)) for gap, lone in zip(item.breaks(places), unspaced, strict=True))
    return words >= FINDING_WORDS and characters >= FINDING_CHARACTERS


def _without_loose_ends(passage: Passage, item: Item, index: Index) -> Places:
    words, places, partners = item.words, passage.item, passage.work
    here = words.starts[places[1:]] - words.stops[places[:-1]]
    there = index.starts(partners[1:]) - index.stops(partners[:-1])
    loose = np.minimum(here, 3) != np.minimum(there, 3)
    first = max((k + 1 for k in range(EDGE_WORDS) if loose[k]), default=0)
    last = max((k + 1 for k in range(EDGE_WORDS) if loose[-1 - k]), default=0)
    return places[first : places.size - last]


def trimmed(passage: Passage, item: Item) -> Passage:
    """The passage without a short word at either end that stands behind a blank line: after a notice, "The" begins many texts."""
    item_places, work_places = passage.item, passage.work
    (before,), (after,) = item.breaks(item_places[:2]), item.breaks(item_places[-2:])
    lengths = item.letters(item_places[[0, -1]])
    first = int(lengths[0] <= SHORT_LETTERS and before.count("\n") > 1)
    last = int(lengths[1] <= SHORT_LETTERS and after.count("\n") > 1)
    kept = slice(first, item_places.size - last)
    return Passage(item_places[kept], work_places[kept])


def groups(found: Sequence[Passage]) -> list[tuple[Passage, ...]]:
    """Passages, given in order of place in the item, that stand near one another on both sides."""
    grouped: list[list[Passage]] = []
    open_: list[list[Passage]] = []  # groups that the next passage may join
    for passage in found:
        open_ = [group for group in open_ if passage.item[0] - group[-1].item[-1] <= GROUP_REACH[0]]
        near = next((group for group in open_ if any(_is_near(passage, other) for other in group[-NEIGHBOURS:])), None)
        if near is None:
            near = []
            grouped.append(near)
            open_.append(near)
        near.append(passage)
    return [_distinct(group) for group in grouped if len(group) > 1]


def _is_near(passage: Passage, before: Passage) -> bool:
    between = max(passage.work[0] - before.work[-1], before.work[0] - passage.work[-1])
    return bool(passage.item[0] - before.item[-1] <= GROUP_REACH[0] and between <= GROUP_REACH[1])


def _distinct(group: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages of a group without those whose words of the work a longer one has: an address that is given again and again is one."""
    kept: list[Passage] = []
    for passage in sorted(group, key=lambda passage: -passage.item.size):
        if all(passage.work[-1] < other.work[0] or passage.work[0] > other.work[-1] for other in kept):
            kept.append(passage)
    return tuple(sorted(kept, key=lambda passage: int(passage.item[0])))


def is_group_finding(group: Sequence[Passage], item: Item) -> bool:
    """True when several passages, none of which is a finding, are more than phrases of the language together."""
    sizes = [size(item, passage.item) for passage in group]
    worth = sum(int(gains(item.words.hashes[passage.item]).sum()) for passage in group)
    words, characters = sum(words for words, _ in sizes), sum(characters for _, characters in sizes)
    enough = words >= GROUP_WORDS and characters >= GROUP_CHARACTERS and worth >= GROUP_GAIN
    return len(group) > 1 and enough and is_varied(item, *group)


def is_field(field: Sequence[Passage], item: Item) -> bool:
    """True when a person should look although nothing is long enough: one passage of half the length, or several that add up."""
    sizes = [size(item, passage.item) for passage in field]
    words, characters = sum(words for words, _ in sizes), sum(characters for _, characters in sizes)
    least = (LEAD_WORDS, LEAD_CHARACTERS) if len(field) == 1 else (FINDING_WORDS, FINDING_CHARACTERS)
    return words >= least[0] and characters >= least[1]


def supported(findings: Sequence[Passage], others: Sequence[Passage]) -> list[Passage]:
    """The shorter passages that stand near a finding on both sides; both are given in order of place in the item."""

    def near(passage: Passage, finding: Passage) -> bool:
        return all(
            theirs[0] - SUPPORT_REACH <= ours[0] <= theirs[-1] + SUPPORT_REACH
            for ours, theirs in ((passage.item, finding.item), (passage.work, finding.work))
        )

    starts, stops = ([int(finding.item[end]) for finding in findings] for end in (0, -1))
    return [
        passage
        for passage in others
        if any(
            near(passage, finding)
            for finding in findings[
                bisect_left(stops, int(passage.item[0]) - SUPPORT_REACH) : bisect_right(starts, int(passage.item[0]) + SUPPORT_REACH)
            ]
        )
    ]
