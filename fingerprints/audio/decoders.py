"""Three ways to turn encoded bytes into blocks of samples, each giving up with UndecodableError where it cannot.

Nothing here opens a network address or a second file: content is read through a file object, and playlists and other formats that
point elsewhere are not on the list of accepted formats.
"""

import io
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.errors import TooLargeError, UndecodableError

Samples: TypeAlias = NDArray[np.float32]

FORMATS = "3gp,aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,matroska,mov,mp3,mp4,mpc,mpc8,mpeg,mpegts,ogg,qcp,tak,tta,voc,w64,wav,webm,wv,xwma"
"""Containers that hold their sound themselves; hls, dash, concat and the like, which name other files, are left out."""
ESTIMATING = frozenset({"mp3", "aac", "ac3", "eac3", "dts", "amr"})
"""Streams without a length of their own: FFmpeg guesses one from the bit rate, which says nothing about what is missing."""
LOWEST_RATE, HIGHEST_RATE = 1_000, 768_000
MOST_CHANNELS = 64
BLOCK_FRAMES = 1 << 16
FFMPEG_SECONDS = 600  # a decoder that takes longer is stopped


@dataclass(slots=True)
class Stream:
    """A sound being decoded; the counts grow while ``blocks`` is read."""

    decoder: str
    rate: int
    declared: float | None
    """Seconds, as the container states them; None where it does not."""
    blocks: Iterator[Samples]
    """Mono, the mean of the channels."""
    bad_packets: int = 0
    bad_seconds: float = 0.0


def opened(media: bytes | Path) -> BinaryIO:
    """The encoded bytes as a file; raises UndecodableError when there are none."""
    try:
        file: BinaryIO = io.BytesIO(media) if isinstance(media, bytes) else media.open("rb")
        empty = not file.read(1)
        file.seek(0)
    except OSError as error:
        raise UndecodableError(f"the file cannot be read: {error.strerror or error}") from error
    if empty:
        file.close()
        raise UndecodableError("the file is empty (0 bytes)")
    return file


def with_pyav(file: BinaryIO, _media: bytes | Path) -> Stream:
    """FFmpeg's libraries through PyAV."""
    import av

    try:
        container = av.open(
            file, "r", options={"format_whitelist": FORMATS, "protocol_whitelist": "none"}, metadata_errors="ignore", timeout=None
        )
        track = next(iter(container.streams.audio), None)
    except (av.error.FFmpegError, ValueError, UnicodeDecodeError) as error:
        raise UndecodableError(f"PyAV: {error}") from error
    if track is None:
        raise UndecodableError("PyAV: no sound in the file")
    rate = int(track.codec_context.sample_rate or 0)
    _checked(rate, int(track.codec_context.channels or 0))
    stream = Stream("pyav", rate, _declared(container, track, file), iter(()))
    stream.blocks = _pyav_blocks(container, track, stream)
    return stream


def _declared(container: Any, track: Any, file: BinaryIO) -> float | None:
    if container.format.name in ESTIMATING and not _has_frame_count(file):
        return None
    if track.duration is not None and track.time_base is not None:
        return float(track.duration * track.time_base)
    return container.duration / 1e6 if container.duration else None


def _has_frame_count(file: BinaryIO) -> bool:
    """Whether an MP3 states its number of frames (Xing, Info or VBRI header, after any ID3v2 tag)."""
    place = file.tell()
    try:
        file.seek(0)
        head = file.read(10)
        tag = 0
        if head[:3] == b"ID3" and len(head) == 10:
            tag = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        file.seek(tag)
        start = file.read(4096)
        return any(mark in start for mark in (b"Xing", b"Info", b"VBRI"))
    finally:
        file.seek(place)


def _pyav_blocks(container: Any, track: Any, stream: Stream) -> Iterator[Samples]:
    import av

    track.codec_context.thread_count = 1
    gathered = av.AudioFifo()  # frames can be as short as 64 samples; Python touches blocks only
    try:
        for packet in container.demux(track):
            for frame in _frames(packet, stream):
                frame.pts = None  # gaps in time stamps are no gaps in the sound
                gathered.write(frame)
            while gathered.samples >= BLOCK_FRAMES:
                yield _mono_frame(gathered.read(BLOCK_FRAMES))
        if gathered.samples:
            yield _mono_frame(gathered.read(0, partial=True))
    except (av.error.FFmpegError, ValueError) as error:
        raise UndecodableError(f"PyAV: {error}") from error
    finally:
        container.close()


def _frames(packet: Any, stream: Stream) -> list[Any]:
    """The packet's frames; damage is counted in the stream."""
    import av

    try:
        frames: list[Any] = packet.decode()
    except av.error.InvalidDataError:
        stream.bad_packets += 1
        stream.bad_seconds += float((packet.duration or 0) * (packet.time_base or 0))
        return []
    for frame in frames:
        if frame.sample_rate != stream.rate:
            raise UndecodableError(f"PyAV: the sample rate changes from {stream.rate} to {frame.sample_rate} Hz in the middle")
        if frame.is_corrupt:
            stream.bad_packets += 1
            stream.bad_seconds += frame.samples / stream.rate
    return frames


def _mono_frame(frame: Any) -> Samples:
    return _mono(frame.to_ndarray(), frame.format.is_planar, len(frame.layout.channels))


def _mono(samples: NDArray[Any], planar: bool, channels: int) -> Samples:
    if not planar:
        samples = samples.reshape(-1, channels).T
    if samples.dtype.kind == "f":
        scaled = samples.astype(np.float32, copy=False)
    elif samples.dtype.kind == "u":
        scaled = (samples.astype(np.float32) - np.float32(128.0)) / np.float32(128.0)
    else:
        scaled = samples.astype(np.float32) / np.float32(-float(np.iinfo(samples.dtype).min))
    mono: Samples = np.nan_to_num(scaled[0] if channels == 1 else scaled.mean(axis=0, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return mono


def with_soundfile(file: BinaryIO, _media: bytes | Path) -> Stream:
    """Libsndfile through soundfile."""
    import soundfile

    try:
        source = soundfile.SoundFile(file)
    except (soundfile.SoundFileError, TypeError, ValueError) as error:
        raise UndecodableError(f"soundfile: {error}") from error
    _checked(source.samplerate, source.channels)
    return Stream("soundfile", source.samplerate, source.frames / source.samplerate, _soundfile_blocks(source))


def _soundfile_blocks(source: Any) -> Iterator[Samples]:
    import soundfile

    try:
        with source:
            while len(block := source.read(BLOCK_FRAMES, dtype="float32", always_2d=True)):
                yield _mono(block, False, source.channels)
    except (soundfile.SoundFileError, ValueError) as error:
        raise UndecodableError(f"soundfile: {error}") from error


def with_ffmpeg(file: BinaryIO, _media: bytes | Path) -> Stream:
    """The ffmpeg program of imageio-ffmpeg, where that is installed."""
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise UndecodableError("ffmpeg: imageio-ffmpeg is not installed") from error
    program = imageio_ffmpeg.get_ffmpeg_exe()
    command = [program, "-v", "error", "-nostdin", "-format_whitelist", FORMATS, "-protocol_whitelist", "pipe", "-i", "pipe:0", "-vn"]
    command += ["-ac", "1", "-c:a", "pcm_f32be", "-f", "au", "pipe:1"]
    try:
        done = subprocess.run(command, input=file.read(), capture_output=True, timeout=FFMPEG_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise TooLargeError(f"ffmpeg took longer than {FFMPEG_SECONDS} s") from error
    if len(done.stdout) < 24:
        raise UndecodableError(f"ffmpeg: {done.stderr.decode(errors='replace').strip() or 'no sound'}"[:300])
    _magic, start, _size, _encoding, rate, channels = struct.unpack(">4s5I", done.stdout[:24])
    _checked(rate, channels)
    samples = np.nan_to_num(np.frombuffer(done.stdout, ">f4", offset=start).astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    lost = bool(done.stderr.strip()) or done.returncode != 0
    return Stream("ffmpeg", rate, None, iter((samples,)), bad_packets=int(lost), bad_seconds=float("inf") if lost else 0.0)


def _checked(rate: int, channels: int) -> None:
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise UndecodableError(f"a sample rate of {rate} Hz")
    if not 1 <= channels <= MOST_CHANNELS:
        raise UndecodableError(f"{channels} channels")
