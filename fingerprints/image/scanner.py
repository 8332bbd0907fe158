"""Audit side: finds registered pictures, whole or in part, in other pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fingerprints.errors import FingerprintError, SchemeError, UndecodableError
from fingerprints.image import matches
from fingerprints.image.codes import PROBES, encode
from fingerprints.image.decode import Picture, decode_grey
from fingerprints.image.features import ITEM_COUNT, ITEM_SIDE, Features, extract
from fingerprints.image.index import Index
from fingerprints.image.inverted import FULL_WEIGHT, rarity
from fingerprints.image.perceptual import View, views_of
from fingerprints.image.scheme import SCHEME
from fingerprints.image.verify import Item, Sighting, Variant, from_features, from_views
from fingerprints.model import Failure, Hit, Match, MediaBatch

MIN_VOTES = 3 * FULL_WEIGHT  # alike features from which a work is looked at closely
CANDIDATES = 24  # works and variants of a shard that are looked at closely for their features, an item
VIEWS_TRIED = 2  # nearest first: with and without the border
VARIANTS = tuple(product((False, True), repeat=2))  # mirrored, inverted


@dataclass(frozen=True, slots=True)
class Query:
    """An item and all that a shard is asked about it."""

    item: Item
    views: list[View]
    """None of a plain picture, whose hash says nothing."""
    hashes: NDArray[np.uint8]
    """Of the views, 32 bytes each."""
    weights: NDArray[np.int32]
    """Of the features."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work that an item may show, and why it was thought of."""

    work: int
    """Its number in the shard."""
    distance: int
    """Of the hashes, in bits of 256; more than any limit when they did not meet."""
    views: tuple[View, ...] = ()
    variants: tuple[int, ...] = ()
    """Numbers of the item's."""


class Scanner:
    """Finds registered pictures in batches of pictures; its arrays are mapped, shared by all workers.

    What is found in a shard never depends on which others are open beside it.
    """

    scheme = SCHEME

    def __init__(self, shards: Sequence[Path], erased: frozenset[str] = frozenset()) -> None:
        self._indexes = [Index.open(directory, erased) for directory in shards]

    def scan(self, batch: MediaBatch) -> Iterator[Hit | Failure]:
        """Yields every match by position, then by strength; a failure for each item that is no whole picture."""
        for position, media in enumerate(batch.content):
            try:
                if not isinstance(media, bytes | Path):
                    raise UndecodableError("a picture is given as its bytes or the path of a file")
                found = self._match(decode_grey(media))
            except SchemeError:
                raise  # the index is damaged, not the item
            except FingerprintError as error:
                yield Failure(position, error)
                continue
            for asset, match in found:
                yield Hit(position, asset, match)

    def _match(self, frames: Sequence[tuple[int, Picture]]) -> list[tuple[str, Match]]:
        """The strongest match of each work in any frame of an item."""
        best: dict[str, Match] = {}
        for number, picture in frames if self._indexes else ():
            query = _query(picture)
            for index in self._indexes:
                for asset, match in _found(index, picture, query):
                    found = matches.in_frame(match, number)
                    best[asset] = min(best.get(asset, found), found, key=matches.rank)
        return sorted(best.items(), key=lambda entry: (matches.rank(entry[1]), entry[0]))


def _query(picture: Picture) -> Query:
    grey = picture.pixels
    features = extract(grey, ITEM_SIDE, ITEM_COUNT)
    views, hashes = views_of(grey)
    variants = tuple(_variant(features, mirrored=mirrored, inverted=inverted) for mirrored, inverted in VARIANTS if len(features))
    weights = rarity(variants[0].codes) if variants else np.zeros(0, np.int32)
    return Query(Item(grey, picture.width, picture.height, variants), views, hashes, weights)


def _variant(features: Features, *, mirrored: bool, inverted: bool) -> Variant:
    seen = features.variant(mirrored=mirrored, inverted=inverted)
    return Variant(mirrored, inverted, seen, encode(seen.descriptors, PROBES))


def _found(index: Index, picture: Picture, query: Query) -> Iterator[tuple[str, Match]]:
    """The matches of one shard's works."""
    identical = index.identical(picture.sha256, picture.pixel_digest)
    for work in identical:
        yield index.asset(work), matches.exact(picture, index.reference(work))
    for candidate in _merge([*_by_hash(index, query), *_by_features(index, query)]):
        match = None if candidate.work in identical else _examine(index, candidate, query.item)
        if match is not None:
            yield index.asset(candidate.work), match


def _by_hash(index: Index, query: Query) -> list[Candidate]:
    if not query.views:
        return []
    similar = index.similar(query.hashes, matches.LEAD_DISTANCE)
    return [Candidate(work, distance, views=(query.views[view],)) for distance, view, work in similar]


def _by_features(index: Index, query: Query) -> list[Candidate]:
    """The candidates with the most votes; ties go by the asset's id, which does not change when shards are rebuilt."""
    found: list[tuple[int, str, Candidate]] = []
    for number, variant in enumerate(query.item.variants):
        votes = index.votes(variant.codes, variant.features.angles, query.weights)
        for work in np.flatnonzero(votes >= MIN_VOTES).tolist():
            candidate = Candidate(work, matches.NO_DISTANCE, variants=(number,))
            found.append((-int(votes[work]), index.asset(work), candidate))
    return [candidate for _, _, candidate in sorted(found, key=lambda entry: entry[:2])[:CANDIDATES]]


def _merge(candidates: list[Candidate]) -> list[Candidate]:
    """One candidate a work, with all its views and variants."""
    merged = []
    for work, group in groupby(sorted(candidates, key=lambda c: (c.work, c.distance)), key=lambda c: c.work):
        same = list(group)
        views, variants = (tuple(v for c in same for v in getattr(c, name)) for name in ("views", "variants"))
        merged.append(Candidate(work, same[0].distance, views[:VIEWS_TRIED], variants))
    return merged


def _examine(index: Index, candidate: Candidate, item: Item) -> Match | None:
    """The match of one work, by the strongest evidence that holds."""
    reference = index.reference(candidate.work)
    sightings: list[Sighting] = []
    for number in candidate.variants:
        sightings += from_features(reference, item, item.variants[number])
    if not any(s.verified for s in sightings) and candidate.views:
        whole = from_views(reference, item, list(candidate.views))
        sightings += [whole] if whole else []
    return matches.judge(reference, item, sightings, candidate.distance, candidate.views)
