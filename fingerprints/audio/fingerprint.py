"""All that the index keeps of one sound, as bytes: Chromaprint codes, landmarks, lengths and digests."""

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fingerprints.audio.chromaprint import Codes, codes
from fingerprints.audio.decode import Sound
from fingerprints.audio.landmarks import WORK_DENSITY, Peaks, peaks
from fingerprints.audio.resample import RATE
from fingerprints.errors import SchemeError

MAGIC = b"PAF1"
_HEAD = struct.Struct("<4sIIII32s32s")  # magic, samples, frames, peaks, codes, digests of bytes and PCM


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One sound as the index knows it."""

    samples: int
    """Length at RATE."""
    codes: Codes
    peaks: Peaks
    sha256: bytes
    """Of the encoded bytes."""
    pcm_sha256: bytes
    """Of the 16-bit samples."""

    @property
    def milliseconds(self) -> int:
        """Length, rounded up so that it holds every position."""
        return -(-self.samples * 1000 // RATE)


def fingerprint(sound: Sound, density: int = WORK_DENSITY) -> Fingerprint:
    """The fingerprint of a decoded sound, with about ``density`` peaks a second."""
    return Fingerprint(
        samples=len(sound.samples),
        codes=codes(sound.pcm),
        peaks=peaks(sound.pcm, density),
        sha256=bytes.fromhex(sound.sha256),
        pcm_sha256=bytes.fromhex(sound.pcm_sha256),
    )


def packed(made: Fingerprint) -> bytes:
    """The fingerprint as bytes: differences by byte planes, deflated (about 260 KB an hour)."""
    changes = made.codes.copy()
    changes[1:] ^= made.codes[:-1]
    steps = np.diff(made.peaks.times, prepend=0)
    body = b"".join((_planes(changes), _planes(steps.astype(np.uint32)), made.peaks.bins.astype(np.uint8).tobytes()))
    head = _HEAD.pack(MAGIC, made.samples, made.peaks.frames, len(made.peaks.times), len(made.codes), made.sha256, made.pcm_sha256)
    return head + zlib.compress(body, 9)


def unpacked(data: bytes) -> Fingerprint:
    """The fingerprint that ``packed`` wrote; raises SchemeError for anything else."""
    try:
        magic, samples, frames, peak_count, code_count, sha256, pcm_sha256 = _HEAD.unpack_from(data)
        body = np.frombuffer(zlib.decompress(data[_HEAD.size :]), np.uint8)
    except (struct.error, zlib.error) as error:
        raise SchemeError(f"no audio fingerprint of this version ({error})") from error
    if magic != MAGIC or len(body) != 4 * code_count + 5 * peak_count:
        raise SchemeError("no audio fingerprint of this version")
    changes = _from_planes(body[: 4 * code_count])
    steps = _from_planes(body[4 * code_count : 4 * (code_count + peak_count)])
    found = Peaks(np.cumsum(steps, dtype=np.int64).astype(np.int32), body[4 * (code_count + peak_count) :].astype(np.int32), frames)
    return Fingerprint(samples, np.bitwise_xor.accumulate(changes), found, sha256, pcm_sha256)


def _planes(values: NDArray[np.uint32]) -> bytes:
    """Byte k of every value, then byte k + 1: small numbers leave long runs of zero."""
    return np.ascontiguousarray(values.astype("<u4").view(np.uint8).reshape(-1, 4).T).tobytes()


def _from_planes(data: NDArray[np.uint8]) -> NDArray[np.uint32]:
    return np.ascontiguousarray(data.reshape(4, -1).T).view("<u4").reshape(-1).astype(np.uint32)
