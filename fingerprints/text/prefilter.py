"""One filter over several shards: a seed that no work has is turned away with one look, however many shards there are.

It stands beside the shards, in the format of a shard without assets, and says over which it is. It decides nothing: what it lets pass is
looked up in each shard as always, so that results are the same without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from fingerprints import shard
from fingerprints.errors import SchemeError
from fingerprints.text.scheme import SCHEME
from fingerprints.text.seeds import FILTER_BITS, Keys, fill_filter, keys_at

ROOM: Final = 1.25
"""A new filter has room for a quarter more seeds than there are, so that most additions copy it (20 MB at 1e7 seeds) and set their own
bits, and do not read every shard again."""
CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Prefilter:
    """A filter on disk."""

    bits: shard.Checked
    shards: frozenset[str]
    seeds: int
    """Those entered; a seed of several shards counts several times."""
    room: int


def over(shards: Sequence[Path]) -> Keys | None:
    """The filter beside the shards that is over all of them, checked; None if there is none. Raises SchemeError if it is damaged."""
    if len(shards) < 2 or len({directory.parent for directory in shards}) > 1:
        return None
    names = {directory.name for directory in shards}
    for directory in sorted(shards[0].parent.glob(f"{shard.FILTER}*")):
        try:
            found = _read(directory)
        except SchemeError:
            if directory.exists():
                raise
            continue  # that of an older snapshot, deleted a moment ago
        if names <= found.shards:
            bits: Keys = found.bits.all()
            return bits
    return None


def write(directory: Path, shards: Sequence[Path], previous: Path | None) -> None:
    """Writes a filter over the shards, from that over most of them if it has the room; raises SchemeError where one is damaged."""
    old = _read(previous) if previous is not None else None
    new = [path for path in shards if old is None or path.name not in old.shards]
    opened = [shard.read(path, SCHEME) for path in new]
    seeds = sum(len(one.hot["places"]) for one in opened) + (old.seeds if old else 0)
    if old is not None and seeds > old.room:
        write(directory, shards, None)
        return
    room = old.room if old else int(seeds * ROOM)
    bits = old.bits.all().copy() if old else np.zeros(max(1, room * FILTER_BITS // 64), np.uint64)
    for one in opened:
        _enter(one, bits)
    extra = {"shards": sorted(path.name for path in shards), "seeds": seeds, "room": room}
    shard.write(directory, SCHEME, (), {"filter": bits}, {}, extra)


def _enter(opened: shard.Shard, bits: Keys) -> None:
    words, places = opened.cold["words"].all(), opened.hot["places"].all()
    keys = np.empty(CHUNK, np.uint64)
    for start in range(0, places.size, CHUNK):
        part = places[start : start + CHUNK]
        keys_at(words, part, keys)
        fill_filter(keys[: part.size], bits)


def _read(directory: Path) -> Prefilter:
    opened = shard.read(directory, SCHEME)
    return Prefilter(opened.hot["filter"], frozenset(opened.extra["shards"]), opened.extra["seeds"], opened.extra["room"])
