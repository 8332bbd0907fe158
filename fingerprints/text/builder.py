"""The registry side: fingerprints of works, and index shards of many."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fingerprints import shard
from fingerprints.errors import TooLargeError
from fingerprints.model import Media, Modality
from fingerprints.text import prefilter, seeds
from fingerprints.text.alignment import PADDING
from fingerprints.text.fingerprint import Fingerprint, make, pack, unpack
from fingerprints.text.normalise import Normaliser
from fingerprints.text.scheme import SCHEME
from fingerprints.text.whole import PERMUTATIONS

MOST_WORDS = 1 << 32
"""Words of a shard: places are 32-bit."""
MOST_LETTERS = (1 << 16) - 1


class Builder:
    """Makes text fingerprints and collects them for one shard."""

    modality = Modality.TEXT
    scheme = SCHEME

    def __init__(self) -> None:
        self._normaliser = Normaliser()
        self._assets: list[str] = []
        self._fingerprints: list[Fingerprint] = []

    def fingerprint(self, media: Media) -> bytes:
        """The hashes and places of the text's words; str, or UTF-8 as bytes or a file.

        Raises UndecodableError (with the offset of the first bad byte), TooLargeError, UnmatchableError below three words.
        """
        return pack(make(media, self._normaliser))

    def add(self, asset: str, fingerprint: bytes) -> None:
        """Takes a fingerprint into the shard; raises SchemeError when it is of another scheme or damaged."""
        self._fingerprints.append(unpack(fingerprint))
        self._assets.append(asset)

    def write(self, directory: Path) -> None:
        """Writes the shard: filter, buckets and postings (hot); words, their places and signatures (cold)."""
        works = self._fingerprints
        sizes = np.array([work.hashes.size for work in works], np.int64)
        first = PADDING + np.cumsum(sizes + PADDING) - sizes - PADDING
        total = PADDING + int((sizes + PADDING).sum())
        if total > MOST_WORDS:
            raise TooLargeError(f"the shard would hold {total:,} words, the limit is {MOST_WORDS:,}; write several shards")
        words, starts, letters = np.zeros(total, np.uint32), np.zeros(total, np.uint32), np.zeros(total, np.uint16)
        for start, work in zip(first.tolist(), works, strict=True):
            place = slice(start, start + work.hashes.size)
            words[place], starts[place] = work.hashes, work.starts
            letters[place] = np.minimum(work.stops - work.starts, MOST_LETTERS)
        hot = {name: array for table in seeds.build(words, first, sizes) for name, array in table.arrays().items()}
        cold: dict[str, shard.Array] = {
            "words": words,
            "starts": starts,
            "letters": letters,
            "first": first,
            "sizes": sizes,
            "characters": np.array([work.size for work in works], np.int64),
            "signatures": np.array([work.signature for work in works], np.uint32).reshape(-1, PERMUTATIONS),
        }
        shard.write(directory, SCHEME, self._assets, hot, cold)

    def write_filter(self, directory: Path, shards: Sequence[Path], previous: Path | None) -> None:
        """Writes a filter over the shards, into an empty directory beside them, from that over most of them if there is one.

        Raises SchemeError where one of them is damaged.
        """
        prefilter.write(directory, shards, previous)
