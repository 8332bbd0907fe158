"""The cheap test before a model is asked: that enough rare words of a window stand together in some registered window."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fingerprints.shard import Array, Checked
from fingerprints.text.semantic.windows import Stems

TOGETHER = 6
"""Rare stems that a window has in common with one registered window at least."""
RARE_SHARE = 0.02
"""A rare stem is in at most this share of the registered windows."""
RARE_COUNT = 20
"""Or in at most so many, where few are registered."""


def postings(stems: Stems, counts: NDArray[np.uint32]) -> Mapping[str, Array]:
    """The windows of each rare stem, from the stems of one window after the other."""
    order = np.argsort(stems, kind="stable")
    numbers = np.repeat(np.arange(counts.size, dtype=np.uint32), counts)[order]
    distinct, first, found = np.unique(stems[order], return_index=True, return_counts=True)
    rare = found <= max(RARE_COUNT, RARE_SHARE * counts.size)
    starts = np.concatenate([[0], np.cumsum(found[rare])]).astype(np.uint64)
    return {"stems": distinct[rare], "stem_starts": starts, "stem_windows": numbers[np.repeat(rare, found)] if first.size else numbers}


class Shortlist:
    """The rare stems of all registered windows."""

    def __init__(self, hot: Mapping[str, Checked]) -> None:
        self._stems = hot["stems"].all()
        self._starts = hot["stem_starts"].all().astype(np.int64)
        self._windows = hot["stem_windows"]

    def holds(self, stems: Stems) -> bool:
        """True if TOGETHER of these stems or more are rare and stand in one registered window."""
        places = np.searchsorted(self._stems, stems)
        places = places[places < self._stems.size]
        known = places[self._stems[places] == stems[: places.size]]  # both ascend: what is cut off is larger than all that is known
        if known.size < TOGETHER:
            return False
        windows = np.concatenate([self._windows.rows(int(self._starts[place]), int(self._starts[place + 1])) for place in known])
        return bool(np.unique(windows, return_counts=True)[1].max() >= TOGETHER)
