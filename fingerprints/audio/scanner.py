"""The audit side: finds registered sounds in batches of sounds."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fingerprints.audio import search
from fingerprints.audio.alignment import Aligned
from fingerprints.audio.decode import Sound, decode
from fingerprints.audio.fingerprint import Fingerprint, fingerprint
from fingerprints.audio.index import Index
from fingerprints.audio.landmarks import ITEM_DENSITY
from fingerprints.audio.limits import lead
from fingerprints.audio.matches import exact, matched
from fingerprints.audio.scheme import SCHEME
from fingerprints.errors import FingerprintError
from fingerprints.model import Failure, Hit, Kind, Match, MediaBatch

MOST_LEADS = 3
"""Leads of one item in one shard; a person looks at each."""


class Scanner:
    """Finds passages of registered sounds in items, as they stand and under changes of speed, tempo and pitch.

    What is found in a shard never depends on which others are open beside it.
    """

    scheme = SCHEME

    def __init__(self, shards: Sequence[Path], erased: frozenset[str] = frozenset()) -> None:
        self._indexes = tuple(Index.open(shard) for shard in shards)
        self._erased = tuple(frozenset(number for number, asset in enumerate(index.assets) if asset in erased) for index in self._indexes)

    def scan(self, batch: MediaBatch) -> Iterator[Hit | Failure]:
        """Every match in order of position, an item's own by asset; a failure for each item that cannot be decoded whole."""
        for position, media in enumerate(batch.content):
            try:
                sound = decode(media)
            except FingerprintError as error:
                yield Failure(position, error)
                continue
            for asset, match in sorted(self._matches(sound), key=lambda pair: pair[0]):
                yield Hit(position, asset, match)

    def _matches(self, sound: Sound) -> list[tuple[str, Match]]:
        if not self._indexes:
            return []
        heard = fingerprint(sound, ITEM_DENSITY)
        item = search.prepared(heard.peaks)
        pairs = zip(self._indexes, self._erased, strict=True)
        return [pair for index, erased in pairs for pair in _found(index, erased, heard, item)]


def _found(index: Index, erased: frozenset[int], heard: Fingerprint, item: search.Item) -> list[tuple[str, Match]]:
    """The matches of one shard's assets; ``erased`` are the numbers of those that are not reported."""
    same = [number for number in index.identical(heard.sha256, heard.pcm_sha256) if number not in erased]
    result = [(index.assets[number], exact(heard, index.work(number))) for number in same]
    strong, weak = search.found(item, index, erased | set(same))
    verified = _by_asset(strong)
    for number, stretches in verified.items():
        result.append((index.assets[number], matched(Kind.VERIFIED, heard, index.work(number), stretches)))
    leads = []
    for number, stretches in _by_asset([pair for pair in weak if lead(pair[1])]).items():
        if number not in verified:
            best = max(stretches, key=lambda one: one.evidence)
            leads.append((-best.evidence, index.assets[number], matched(Kind.LEAD, heard, index.work(number), [best])))
    return result + [(asset, match) for _, asset, match in sorted(leads, key=lambda one: one[:2])[:MOST_LEADS]]


def _by_asset(stretches: list[tuple[int, Aligned]]) -> dict[int, list[Aligned]]:
    result: dict[int, list[Aligned]] = {}
    for number, stretch in stretches:
        result.setdefault(number, []).append(stretch)
    return result
