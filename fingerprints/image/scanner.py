"""Audit side: finds registered pictures, whole or in part, in other pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path

import numpy as np

from fingerprints.errors import FingerprintError, SchemeError, UndecodableError
from fingerprints.image import matches
from fingerprints.image.codes import PROBES, encode
from fingerprints.image.decode import Picture, decode
from fingerprints.image.features import ITEM_COUNT, ITEM_SIDE, extract
from fingerprints.image.index import Index
from fingerprints.image.inverted import FULL_WEIGHT, rarity
from fingerprints.image.perceptual import View, is_plain, views_of
from fingerprints.image.scheme import SCHEME
from fingerprints.image.verify import Item, Sighting, from_features, from_views
from fingerprints.image.views import grey_of
from fingerprints.model import Failure, Hit, Match, MediaBatch

MIN_VOTES = 3 * FULL_WEIGHT  # alike features from which a work is looked at closely
CANDIDATES = 24  # works and variants looked at closely an item
VARIANTS = tuple(product((False, True), repeat=2))  # mirrored, inverted


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work that an item may show, and why it was thought of."""

    index: Index
    work: int
    distance: int
    """Of the hashes, in bits of 256; more than any limit when they did not meet."""
    views: tuple[View, ...] = ()
    variants: tuple[tuple[bool, bool], ...] = ()


class Scanner:
    """Finds registered pictures in batches of pictures; its arrays are mapped, shared by all workers."""

    scheme = SCHEME

    def __init__(self, shards: Sequence[Path], erased: frozenset[str] = frozenset()) -> None:
        self._indexes = [Index.open(directory, erased) for directory in shards]

    def scan(self, batch: MediaBatch) -> Iterator[Hit | Failure]:
        """Yields every match by position, then by strength; a failure for each item that is no whole picture."""
        for position, media in enumerate(batch.content):
            try:
                if not isinstance(media, bytes | Path):
                    raise UndecodableError("a picture is given as its bytes or the path of a file")
                found = self._match(decode(media))
            except SchemeError:
                raise  # the index is damaged, not the item
            except FingerprintError as error:
                yield Failure(position, error)
                continue
            for asset, match in found:
                yield Hit(position, asset, match)

    def _match(self, picture: Picture) -> list[tuple[str, Match]]:
        found: dict[str, Match] = {}
        for index in self._indexes:
            for work in index.identical(picture.sha256, picture.pixel_digest):
                found[index.asset(work)] = matches.exact(picture)
        grey = grey_of(picture.pixels)
        item = Item(grey, picture.width, picture.height, extract(grey, ITEM_SIDE, ITEM_COUNT))
        for candidate in self._candidates(item):
            asset = candidate.index.asset(candidate.work)
            if asset not in found:
                match = _examine(candidate, item)
                if match is not None:
                    found[asset] = match
        return sorted(found.items(), key=lambda entry: (matches.rank(entry[1]), entry[0]))

    def _candidates(self, item: Item) -> list[Candidate]:
        return _merge([*self._by_hash(item), *self._by_features(item)])

    def _by_hash(self, item: Item) -> Iterator[Candidate]:
        if is_plain(item.grey):
            return
        views, hashes = views_of(item.grey)
        for index in self._indexes:
            for distance, view, work in index.similar(hashes, matches.LEAD_DISTANCE):
                yield Candidate(index, work, distance, views=(views[view],))

    def _by_features(self, item: Item) -> list[Candidate]:
        if not len(item.features):
            return []
        found: list[tuple[int, str, Candidate]] = []
        weights = rarity(encode(item.features.descriptors))
        for mirrored, inverted in VARIANTS:
            query = item.features.variant(mirrored=mirrored, inverted=inverted)
            codes = encode(query.descriptors, PROBES)
            for index in self._indexes:
                votes = index.votes(codes, query.angles, weights)
                for work in np.flatnonzero(votes >= MIN_VOTES).tolist():
                    candidate = Candidate(index, work, matches.NO_DISTANCE, variants=((mirrored, inverted),))
                    found.append((-int(votes[work]), index.asset(work), candidate))
        return [candidate for _, _, candidate in sorted(found, key=lambda entry: entry[:2])[:CANDIDATES]]


def _merge(candidates: list[Candidate]) -> list[Candidate]:
    """One candidate a work, with all its views and variants."""
    ordered = sorted(candidates, key=lambda c: (c.index.asset(c.work), c.distance))
    merged = []
    for _, group in groupby(ordered, key=lambda c: c.index.asset(c.work)):
        same = list(group)
        views, variants = (tuple(v for c in same for v in getattr(c, name)) for name in ("views", "variants"))
        merged.append(Candidate(same[0].index, same[0].work, same[0].distance, views[:VIEWS_TRIED], variants))
    return merged


VIEWS_TRIED = 2  # nearest first: with and without the border


def _examine(candidate: Candidate, item: Item) -> Match | None:
    """The match of one work, by the strongest evidence that holds."""
    reference = candidate.index.reference(candidate.work)
    sightings: list[Sighting] = []
    for mirrored, inverted in candidate.variants:
        sightings += from_features(reference, item, mirrored=mirrored, inverted=inverted)
    if not any(s.verified for s in sightings) and candidate.views:
        whole = from_views(reference, item, list(candidate.views))
        sightings += [whole] if whole else []
    return matches.judge(reference, item, sightings, candidate.distance, candidate.views)
