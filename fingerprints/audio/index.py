"""The registry side: fingerprints in, an index shard out; and the shard as the scanner reads it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fingerprints import shard
from fingerprints.audio.decode import decode
from fingerprints.audio.fingerprint import Fingerprint, fingerprint, packed, unpacked
from fingerprints.audio.landmarks import BINS, FRAMES_A_SECOND, Peaks
from fingerprints.audio.lookup import GAP, Postings
from fingerprints.audio.pairs import STEP_BITS, WORK_FAN, buckets, pairs
from fingerprints.audio.scheme import SCHEME
from fingerprints.errors import TooLargeError, UnmatchableError
from fingerprints.model import Media, Modality

SHORTEST_SECONDS = 3.0
FEWEST_PEAKS = 24
"""A work needs three seconds of sound with this many landmarks: less cannot be told from others at the calibrated rate."""


class Builder:
    """Makes fingerprints of works and writes index shards of them."""

    modality = Modality.AUDIO
    scheme = SCHEME

    def __init__(self) -> None:
        self._assets: list[str] = []
        self._made: list[Fingerprint] = []

    def fingerprint(self, media: Media) -> bytes:
        """The fingerprint of an encoded sound.

        Raises UnmatchableError for a work that is too short or too quiet to be found, and what ``decode`` raises.
        """
        if isinstance(media, str):
            raise TypeError("a sound is given as bytes or as a Path")
        sound = decode(media)
        made = fingerprint(sound)
        if sound.seconds < SHORTEST_SECONDS or _seconds_with_peaks(made.peaks) < SHORTEST_SECONDS or len(made.peaks.times) < FEWEST_PEAKS:
            raise UnmatchableError(
                f"{sound.seconds:.1f} s of sound, of which {_seconds_with_peaks(made.peaks):.1f} s can be told from silence; "
                f"a work needs {SHORTEST_SECONDS:g} s: register a longer or louder recording"
            )
        return packed(made)

    def add(self, asset: str, fingerprint: bytes) -> None:
        """Takes an asset's fingerprint into the shard; raises SchemeError for bytes of another scheme."""
        self._made.append(unpacked(fingerprint))
        self._assets.append(asset)

    def write(self, directory: Path) -> None:
        """Writes the shard."""
        hot, cold = _layout(self._made)
        shard.write(directory, SCHEME, self._assets, hot, cold)


def _seconds_with_peaks(found: Peaks) -> float:
    """How much of the sound has landmarks, in steps of half a second."""
    halves = np.unique((found.times / (FRAMES_A_SECOND / 2)).astype(np.int64))
    return len(halves) / 2


def _layout(made: list[Fingerprint]) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    frames = np.array([one.peaks.frames for one in made], np.int64)
    bases = GAP + np.concatenate(([0], np.cumsum(frames + GAP)))[: len(made)]
    found = [pairs(one.peaks, WORK_FAN) for one in made]
    heads = np.concatenate([np.zeros(0, np.int64), *(buckets(one) for one in found)])
    gaps = np.concatenate([np.zeros(0, np.int32), *(one.gaps for one in found)])
    places = np.concatenate([np.zeros(0, np.int64), *(one.times + base for one, base in zip(found, bases, strict=True))])
    if len(places) and places.max() >= 1 << 32:
        raise TooLargeError("a shard holds 27,000 hours of sound at most; write several")
    order = np.lexsort((places, gaps, heads))
    digests = [np.frombuffer(one.sha256 + one.pcm_sha256, np.uint8) for one in made]
    hot: dict[str, NDArray[Any]] = {
        "heads": np.searchsorted(heads[order], np.arange((BINS << STEP_BITS) + 1)).astype(np.uint32),
        "gaps": gaps[order].astype(np.uint8),
        "places": places[order].astype(np.uint32),
        "bases": bases.astype(np.uint32),
        "digests": np.array(digests, np.uint8).reshape(len(made), 64),
    }
    cold = {
        "samples": np.array([one.samples for one in made], np.int64),
        "frames": frames,
        "peak_starts": np.cumsum([0, *(len(one.peaks.times) for one in made)]),
        "times": np.concatenate([np.zeros(0, np.int32), *(one.peaks.times for one in made)]),
        "bins": np.concatenate([np.zeros(0, np.uint8), *(one.peaks.bins.astype(np.uint8) for one in made)]),
        "code_starts": np.cumsum([0, *(len(one.codes) for one in made)]),
        "codes": np.concatenate([np.zeros(0, np.uint32), *(one.codes for one in made)]),
    }
    return hot, cold


@dataclass(frozen=True, slots=True)
class Index:
    """A shard opened for looking up; raises SchemeError, on opening and later, where what is asked for is damaged."""

    assets: tuple[str, ...]
    postings: Postings
    bases: NDArray[np.uint32]
    _digests: NDArray[np.uint8]
    _cold: dict[str, shard.Checked]

    @classmethod
    def open(cls, directory: Path) -> "Index":
        """Maps a shard; raises SchemeError when it is damaged or of another scheme."""
        opened = shard.read(directory, SCHEME)
        hot = {name: array.all() for name, array in opened.hot.items()}
        postings = Postings(hot["heads"].astype(np.int64), hot["gaps"], hot["places"])
        return cls(opened.assets, postings, hot["bases"], hot["digests"], dict(opened.cold))

    def owner(self, place: int) -> int:
        """The number of the asset on whose part of the common axis a diagonal starts; it may start before the asset does."""
        return max(0, int(np.searchsorted(self.bases, place + GAP // 2, side="right")) - 1)

    def work(self, number: int) -> Fingerprint:
        """An asset's stored fingerprint, cut from the maps."""
        first, last = self._stretch("peak_starts", number)
        frames = int(self._cold["frames"].rows(number, number + 1)[0])
        found = Peaks(self._cold["times"].rows(first, last), self._cold["bins"].rows(first, last), frames)
        digest = self._digests[number].tobytes()
        codes = self._cold["codes"].rows(*self._stretch("code_starts", number))
        return Fingerprint(int(self._cold["samples"].rows(number, number + 1)[0]), codes, found, digest[:32], digest[32:])

    def _stretch(self, starts: str, number: int) -> tuple[int, int]:
        first, last = self._cold[starts].rows(number, number + 2).tolist()
        return first, last

    def identical(self, sha256: bytes, pcm_sha256: bytes) -> tuple[int, ...]:
        """Numbers of the assets with the same bytes or the same decoded samples."""
        same_bytes = (self._digests[:, :32] == np.frombuffer(sha256, np.uint8)).all(axis=1)
        same_pcm = (self._digests[:, 32:] == np.frombuffer(pcm_sha256, np.uint8)).all(axis=1)
        return tuple(int(number) for number in np.flatnonzero(same_bytes | same_pcm))
