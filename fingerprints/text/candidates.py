"""Which items and works are worth a closer look."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.text.fragments import Fragments
from fingerprints.text.index import Index
from fingerprints.text.normalise import Hashes, Words
from fingerprints.text.scheme import FINDING_CHARACTERS, LEAD_CHARACTERS, UNSPACED_CHARACTERS
from fingerprints.text.tokens import MOST_LETTERS

Places: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One text and one asset that share something."""

    text: int
    asset: int
    fragments: tuple[tuple[Places, Places], ...]
    """Equal words of the text and of the shard, fragment by fragment."""

    @property
    def pairs(self) -> int:
        """Equal words in all fragments."""
        return sum(item.size for item, _ in self.fragments)


def candidates(fragments: Fragments, words: Words, index: Index) -> Iterator[Candidate]:
    """Text by text, the assets with a fragment long enough for a lead, with several that could be a finding, or with all of text or asset.

    Most chance fragments end here, without a Python object.
    """
    if not fragments.texts.size:
        return
    starts = fragments.bounds[:-1]
    assets = index.asset_of(fragments.work[starts])
    _, group = np.unique(fragments.texts * len(index.assets) + assets, return_inverse=True)
    characters = np.add.reduceat(_characters(words.hashes[fragments.item]), starts)
    longest = np.zeros(group.max() + 1, np.int64)
    np.maximum.at(longest, group, characters)
    total = np.bincount(group, characters)
    sizes = np.diff(fragments.bounds)
    whole = (sizes == np.diff(words.texts)[fragments.texts]) | (sizes == index.sizes[assets])
    wanted = (longest >= LEAD_CHARACTERS) | (total >= FINDING_CHARACTERS) | (np.bincount(group, whole) > 0)
    kept = np.flatnonzero(wanted[group] & ~index.erased[assets])
    kept = kept[np.argsort(group[kept], kind="stable")]
    for members in np.split(kept, np.flatnonzero(np.diff(group[kept])) + 1) if kept.size else ():
        text = int(fragments.texts[members[0]])
        first, bounds = words.texts[text], fragments.bounds[members[:, None] + [0, 1]].tolist()
        yield Candidate(text, int(assets[members[0]]), tuple((fragments.item[a:b] - first, fragments.work[a:b]) for a, b in bounds))


def _characters(words: Hashes) -> Places:
    """The characters that each of the words counts for, with the space behind it."""
    return _COUNTED[words & np.uint32(MOST_LETTERS)]


LONG_WORD = 40
"""Characters for which a word of MOST_LETTERS or more counts here, where nothing must be lost; a longer one is no word."""
_COUNTED = np.array([FINDING_CHARACTERS // UNSPACED_CHARACTERS, *range(2, MOST_LETTERS + 1), LONG_WORD], np.int64)
