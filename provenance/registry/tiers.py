"""Which shards there are to be: new works get a shard of their own, and small shards are merged when there would be too many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MOST_SHARDS: Final = 4
"""Of one modality. Each is looked up for what the filter over all lets pass, so that more of them cost time in every audit."""
GROWTH: Final = 4
"""A shard up to so many times larger than what is merged already is merged with it. A thousand additions of one work each to 10,000 build
a work anew 13 times on average; with 1 it were 42 times, with 8 15, and 167 without this rule (simulated)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the shards of a modality."""

    kept: tuple[str, ...]
    """Folders of the shards that stay as they are."""
    built: tuple[str, ...]
    """Sorted ids of the assets of the shard to build; none if nothing is to be built."""


def planned(held: Mapping[str, Sequence[str]], wanted: Sequence[str], *, into_one: bool = False) -> Plan:
    """How shards that hold these assets, by folder, become shards that hold all the wanted ones, at most MOST_SHARDS, or one.

    Assets that are not wanted any more are left out of what is built, and stay in what is kept.
    """
    live, present = frozenset(wanted), frozenset(asset for assets in held.values() for asset in assets)
    if into_one:
        whole = len(held) == 1 and present == live
        return Plan(tuple(held), ()) if whole else Plan((), tuple(sorted(live)))
    new = live - present
    if not new:
        return Plan(tuple(held), ())
    ascending = sorted(held, key=lambda name: (len(held[name]), name))
    count = merged([len(held[name]) for name in ascending], len(new))
    moved = {asset for name in ascending[:count] for asset in held[name]}
    return Plan(tuple(ascending[count:]), tuple(sorted(new | moved & live)))


def merged(sizes: Sequence[int], new: int) -> int:
    """How many of the shards of these ascending sizes are built anew together with ``new`` assets.

    As few as leave MOST_SHARDS, and then every next one that is at most GROWTH times larger than all before it together (size-tiered
    compaction, after O'Neil et al. 1996, the LSM-tree).
    """
    count = max(0, len(sizes) + 1 - MOST_SHARDS)
    total = new + sum(sizes[:count])
    while 0 < count < len(sizes) and sizes[count] <= GROWTH * total:
        total += sizes[count]
        count += 1
    return count
