"""Encoded bytes to canonical sound: mono float32 at 11,025 Hz, whole or an error, never a part passed off as the whole."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.audio.containers import torn
from fingerprints.audio.decoders import Stream, opened, with_ffmpeg, with_pyav, with_soundfile
from fingerprints.audio.resample import RATE, Resampler
from fingerprints.errors import TooLargeError, UndecodableError
from fingerprints.isolation import isolated

MAX_SECONDS = 3 * 3600
"""Longest sound that is decoded: 476 MB of samples."""
DECODING_SECONDS = 300.0
"""Wall time that decoding may take; the longest MP3 takes 15 s on an idle core."""
MISSING_SECONDS, MISSING_SHARE = 0.5, 0.01
"""A sound is whole when no more than the larger of the two is missing: encoder delay and padding of MP3 and AAC stay under 0.1 s."""
DECODERS: tuple[Callable[[BinaryIO], Stream], ...] = (with_pyav, with_soundfile, with_ffmpeg)

Samples: TypeAlias = NDArray[np.float32]
"""One-dimensional, in [-1, 1]."""
Pcm: TypeAlias = NDArray[np.int16]


@dataclass(frozen=True)
class Sound:
    """A sound, decoded whole."""

    samples: Samples
    """Mono at RATE hertz, the mean of the channels."""
    decoder: str
    declared_seconds: float | None
    """What the container says; None where it says nothing."""
    bad_packets: int
    """Damaged packets left out; their time is within the tolerance."""
    sha256: str
    """Of the encoded bytes."""

    @property
    def seconds(self) -> float:
        """Decoded length."""
        return len(self.samples) / RATE

    @cached_property
    def pcm(self) -> Pcm:
        """The samples as 16-bit integers: what the fingerprints are made of."""
        return np.rint(np.clip(self.samples, -1.0, 32767 / 32768) * np.float32(32768)).astype(np.int16)

    @property
    def pcm_sha256(self) -> str:
        """SHA-256 of the 16-bit samples, little-endian: equal for lossless copies in any container."""
        return hashlib.sha256(self.pcm.astype("<i2").tobytes()).hexdigest()


def decode_here(media: bytes | Path) -> Sound:
    """The whole sound, decoded in this process by the first decoder that can read it whole: PyAV, soundfile, ffmpeg.

    Raises UndecodableError when none can (naming how much was decoded, if any was), TooLargeError beyond MAX_SECONDS.
    """
    reasons: list[str] = []
    declared = reached = 0.0  # what one decoder was told or reached counts for the next: it must not pass off a part as the whole
    for decoder in DECODERS:
        with opened(media) as file:
            damage = torn(file)
            try:
                stream = decoder(file)
                declared = max(declared, stream.declared or 0.0)
                samples = _samples(stream)
                reached = max(reached, len(samples) / RATE)
                declared = max(declared, stream.declared or 0.0)
                _check_whole(stream, samples, max(declared, reached), damage)
            except UndecodableError as error:
                reasons.append(str(error))
                continue
        return Sound(samples, stream.decoder, declared or None, stream.bad_packets, _sha256(media))
    raise UndecodableError("; ".join(dict.fromkeys(reasons)))


def _check_whole(stream: Stream, samples: Samples, declared: float, damage: str | None) -> None:
    seconds = len(samples) / RATE
    if not len(samples):
        raise UndecodableError(f"{stream.decoder}: no sound could be decoded")
    if damage is not None:
        raise UndecodableError(f"{stream.decoder}: only {seconds:.1f} s could be decoded; {damage}")
    tolerated = max(MISSING_SECONDS, MISSING_SHARE * max(declared, seconds))
    if declared - seconds > tolerated:
        raise UndecodableError(f"{stream.decoder}: only {seconds:.1f} s of the declared {declared:.1f} s could be decoded")
    if stream.bad_seconds > tolerated:
        raise UndecodableError(f"{stream.decoder}: only a part was decoded ({seconds:.1f} s; {stream.bad_packets} damaged packets)")


def _samples(stream: Stream) -> Samples:
    if stream.declared is not None and stream.declared > MAX_SECONDS:
        raise TooLargeError(f"{stream.declared / 3600:.1f} hours of sound; the limit is {MAX_SECONDS // 3600}")
    resampler, made, parts = Resampler(stream.rate), 0, []
    for block in stream.blocks:
        parts.append(resampler.feed(block))
        made += len(parts[-1])
        if made > MAX_SECONDS * RATE:
            raise TooLargeError(f"more than {MAX_SECONDS // 3600} hours of sound")
    parts.append(resampler.flush())
    return np.concatenate(parts)


def _sha256(media: bytes | Path) -> str:
    if isinstance(media, bytes):
        return hashlib.sha256(media).hexdigest()
    with media.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


decode = isolated(decode_here, seconds=DECODING_SECONDS)
"""The same in a child process: raises DecoderError besides."""
