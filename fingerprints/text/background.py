"""Forms of words that are nobody's: licence notices, standard headers, lists that everybody knows, counting, and repetition.

The table beside this file holds hashes alone, of runs of five words that stand in several unrelated sources; ``benchmarks/background.py``
makes it from what is installed, and its head says from what. Counting and repetition are told by rule.
"""

import base64
from functools import cache
from importlib import resources
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.text.normalise import Normaliser

RUN: Final = 5
"""Words of a run."""
COMMON: Final = 0.8
"""Share of a passage's words that stand in such runs from which the passage is background: the rest are names, years and edges."""
MOST_DISTINCT: Final = 2
"""Different words of a run that is repetition ("la la la la la")."""
COUNTED_TO: Final = 10_000
"""Numbers below this are known when they are counted."""
KEPT_BITS: Final = 48  # of a run's hash: 37,000 entries of 8 characters are 0.3 MB, and 1 of 7.6e9 other runs is taken for one of them
CONTROL: Final = b"one two three four five"
"""Its run is in the table's head: a table of another way of hashing words would silently know nothing."""
MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
SHIFT: Final = np.uint64(29)

Hashes: TypeAlias = NDArray[np.uint32]
Runs: TypeAlias = NDArray[np.uint64]


def share(hashes: Hashes, matched: NDArray[np.int64]) -> float:
    """The share of the matched words that stand in background runs, in [0, 1].

    ``hashes`` are those of the item's words (as ``Words`` has them) from the first aligned one to the last, ``matched`` the indexes in it
    of the equal ones.
    """
    if not matched.size:
        return 0.0
    return float(np.count_nonzero(covered(hashes)[matched]) / matched.size)


def covered(hashes: Hashes) -> NDArray[np.bool_]:
    """For each word, whether a background run holds it."""
    words = np.zeros(hashes.size, np.bool_)
    if hashes.size >= RUN:
        of_run = _known(runs(hashes)) | _repeated(hashes) | _counted(hashes)
        for k in range(RUN):
            words[k : k + of_run.size] |= of_run
    return words


def runs(hashes: Hashes) -> Runs:
    """The hash of every run of ``RUN`` words, of ``KEPT_BITS``; (words - RUN + 1,)."""
    size = hashes.size - RUN + 1
    value = np.zeros(max(0, size), np.uint64)
    for k in range(RUN if size > 0 else 0):
        value = (value ^ hashes[k : k + size]) * MULTIPLIER
        value ^= value >> SHIFT
    return value >> np.uint64(64 - KEPT_BITS)


def written(table: Runs) -> str:
    """The runs as the table has them: sorted, each in base64, 16 a line."""
    entries = [base64.b64encode(int(run).to_bytes(KEPT_BITS // 8, "big")).decode() for run in np.unique(table)]
    return "".join("".join(entries[k : k + 16]) + "\n" for k in range(0, len(entries), 16))


def head() -> dict[str, str]:
    """What the table says of itself, by name."""
    lines = (line[1:].partition(":") for line in _lines() if line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in lines}


def control() -> str:
    """The run of ``CONTROL`` under this version's word hashes, as the table's head has it."""
    return f"{int(runs(Normaliser().placed(CONTROL).hashes)[0]):012x}"


def _known(found: Runs) -> NDArray[np.bool_]:
    table = _table()
    places = np.minimum(np.searchsorted(table, found), table.size - 1)
    return table[places] == found


def _repeated(hashes: Hashes) -> NDArray[np.bool_]:
    size = hashes.size - RUN + 1
    ordered = np.sort(np.stack([hashes[k : k + size] for k in range(RUN)]), axis=0)
    new: NDArray[np.bool_] = ordered[1:] != ordered[:-1]
    return new.sum(axis=0) < MOST_DISTINCT


def _counted(hashes: Hashes) -> NDArray[np.bool_]:
    """Runs of numbers with equal steps."""
    known, values = _numbers()
    places = np.minimum(np.searchsorted(known, hashes), known.size - 1)
    is_number = known[places] == hashes
    if not is_number.any():
        return np.zeros(hashes.size - RUN + 1, np.bool_)
    number = np.where(is_number, values[places].astype(np.float64), np.nan)
    steps = np.diff(number)
    equal = steps[1:] == steps[:-1]
    return np.lib.stride_tricks.sliding_window_view(equal, RUN - 2).sum(axis=1) == RUN - 2


@cache
def _numbers() -> tuple[Hashes, NDArray[np.int64]]:
    """The hashes of the numbers, sorted, and what they stand for."""
    hashes = Normaliser().placed(" ".join(map(str, range(COUNTED_TO))).encode()).hashes
    order = np.argsort(hashes, kind="stable")
    return hashes[order], order


@cache
def _table() -> Runs:
    packed = base64.b64decode("".join(line.strip() for line in _lines() if not line.startswith("#")))
    size = KEPT_BITS // 8
    entries = np.zeros((len(packed) // size, 8), np.uint8)
    entries[:, 8 - size :] = np.frombuffer(packed, np.uint8).reshape(-1, size)
    return entries.view(">u8").ravel().astype(np.uint64)


def _lines() -> list[str]:
    return resources.files("fingerprints.text").joinpath("background.txt").read_text("ascii").splitlines()
