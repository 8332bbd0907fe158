"""One filter over several shards: a seed that no work has is turned away with one look, however many shards there are.

It stands beside the shards, in the format of a shard without assets, and says over which it is. It decides nothing: what it lets pass is
looked up in each shard as always, so that results are the same without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np

from fingerprints import shard
from fingerprints.errors import SchemeError
from fingerprints.text.scheme import SCHEME
from fingerprints.text.seeds import FILTER_BITS, LENGTHS, Keys, fill_filter, keys_at, prefix_of

ROOM: Final = 1.25
"""A new filter has room for a quarter more seeds than there are, so that most additions copy it (20 MB at 1e7 seeds) and set their own
bits, and do not read every shard again."""
CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Prefilter:
    """A filter on disk, for each length of seeds."""

    bits: Mapping[int, shard.Checked]
    shards: frozenset[str]
    seeds: Mapping[int, int]
    """Those entered; a seed of several shards counts several times."""
    room: Mapping[int, int]


def over(shards: Sequence[Path]) -> Mapping[int, Keys]:
    """The filters beside the shards that are over all of them, checked, by the length of seeds.

    Empty if there are none. Raises SchemeError if one is damaged.
    """
    if len(shards) < 2 or len({directory.parent for directory in shards}) > 1:
        return {}
    names = {directory.name for directory in shards}
    for directory in sorted(shards[0].parent.glob(f"{shard.FILTER}*")):
        try:
            found = _read(directory)
        except SchemeError:
            if directory.exists():
                raise
            continue  # that of an older snapshot, deleted a moment ago
        if names <= found.shards:
            return {length: bits.all() for length, bits in found.bits.items()}
    return {}


def write(directory: Path, shards: Sequence[Path], previous: Path | None) -> None:
    """Writes a filter over the shards, from that over most of them if it has the room; raises SchemeError where one is damaged."""
    old = _read(previous) if previous is not None else Prefilter({}, frozenset(), {}, {})
    opened = [shard.read(path, SCHEME) for path in shards if path.name not in old.shards]
    seeds = {length: old.seeds.get(length, 0) + sum(map(partial(_postings, length), opened)) for length in LENGTHS}
    if previous is not None and any(count > old.room.get(length, 0) for length, count in seeds.items()):
        write(directory, shards, None)
        return
    room = {length: old.room[length] if previous is not None else int(count * ROOM) for length, count in seeds.items()}
    bits = {length: _filter(old.bits.get(length), room[length]) for length in LENGTHS if room[length]}
    for one, (length, of_length) in product(opened, bits.items()):
        _enter(one, length, of_length)
    extra = {
        "shards": sorted(path.name for path in shards),
        "seeds": {str(length): count for length, count in seeds.items()},
        "room": {str(length): count for length, count in room.items()},
    }
    shard.write(directory, SCHEME, (), {f"{prefix_of(length)}filter": array for length, array in bits.items()}, {}, extra)


def _postings(length: int, opened: shard.Shard) -> int:
    name = f"{prefix_of(length)}places"
    return len(opened.hot[name]) if name in opened.hot else 0


def _filter(old: shard.Checked | None, room: int) -> Keys:
    return old.all().copy() if old else np.zeros(max(1, room * FILTER_BITS // 64), np.uint64)


def _enter(opened: shard.Shard, length: int, bits: Keys) -> None:
    if not _postings(length, opened):
        return
    words, places = opened.cold["words"].all(), opened.hot[f"{prefix_of(length)}places"].all()
    keys = np.empty(CHUNK, np.uint64)
    for start in range(0, places.size, CHUNK):
        part = places[start : start + CHUNK]
        keys_at(words, part, length, keys)
        fill_filter(keys[: part.size], bits)


def _read(directory: Path) -> Prefilter:
    opened = shard.read(directory, SCHEME)
    names = {length: f"{prefix_of(length)}filter" for length in LENGTHS}
    bits = {length: opened.hot[name] for length, name in names.items() if name in opened.hot}
    seeds, room = ({int(length): count for length, count in opened.extra[name].items()} for name in ("seeds", "room"))
    return Prefilter(bits, frozenset(opened.extra["shards"]), seeds, room)
