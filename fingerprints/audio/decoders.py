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
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.audio.containers import ESTIMATING, TIMED, Packets, states_its_frames
from fingerprints.errors import TooLargeError, UndecodableError

if TYPE_CHECKING:
    from av.audio.fifo import AudioFifo
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from soundfile import SoundFile

Samples: TypeAlias = NDArray[np.float32]

FORMATS = (
    "3gp,aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,matroska,mov,mp3,mp4,mpc,mpc8,"
    "mpeg,mpegts,ogg,qcp,tak,tta,voc,w64,wav,webm,wv,xwma"
)
"""Containers that hold their sound themselves; hls, dash, concat and the like, which name other files, are left out."""
LOWEST_RATE, HIGHEST_RATE = 1_000, 768_000
MOST_CHANNELS = 64
BLOCK_FRAMES = 1 << 16
FFMPEG_SECONDS = 240  # a decoder that takes longer is stopped; less than the whole of decoding may take


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


def with_pyav(file: BinaryIO) -> Stream:
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


def _declared(container: "InputContainer", track: "AudioStream", file: BinaryIO) -> float | None:
    if container.format.name in ESTIMATING and not states_its_frames(file):
        return None
    if track.duration is not None and track.time_base is not None:
        return float(track.duration * track.time_base)
    return container.duration / 1e6 if container.duration else None


def _pyav_blocks(container: "InputContainer", track: "AudioStream", stream: Stream) -> Iterator[Samples]:
    import av

    track.codec_context.thread_count = 1
    seen = Packets(container.format.name)
    gathered, kind = av.AudioFifo(), None  # frames can be as short as 64 samples; Python touches blocks only
    try:
        for packet in container.demux(track):
            for frame in _frames(packet, seen, stream.rate):
                if kind is not None and kind != _kind(frame):  # a fifo of one layout must not be given another
                    yield from _read(gathered, gathered.samples)
                    gathered = av.AudioFifo()
                kind = _kind(frame)
                frame.pts = None  # gaps in time stamps are no gaps in the sound
                gathered.write(frame)
            while gathered.samples >= BLOCK_FRAMES:
                yield from _read(gathered, BLOCK_FRAMES)
        yield from _read(gathered, gathered.samples)
    except (av.error.FFmpegError, ValueError) as error:
        raise UndecodableError(f"PyAV: {error}") from error
    finally:
        container.close()
    stream.bad_packets, stream.bad_seconds = seen.bad_packets, seen.bad_seconds
    if container.format.name in TIMED:
        stream.declared = max(seen.end, stream.declared or 0.0)


def _frames(packet: "Packet[AudioStream]", seen: Packets, rate: int) -> list["AudioFrame"]:
    """The packet's frames; damage is counted in ``seen``."""
    import av

    try:
        frames: list[AudioFrame] = packet.decode()
    except av.error.InvalidDataError:
        seen.bad(packet)
        return []
    if any(frame.sample_rate != rate for frame in frames):
        raise UndecodableError(f"PyAV: the sample rate of {rate} Hz changes in the middle")
    if any(frame.is_corrupt for frame in frames):
        seen.bad(packet)
    elif frames:
        seen.good(packet)
    return frames


def _kind(frame: "AudioFrame") -> tuple[str, int]:
    return frame.format.name, len(frame.layout.channels)


def _read(gathered: "AudioFifo", samples: int) -> Iterator[Samples]:
    frame = gathered.read(samples) if samples else None
    if frame is not None:
        yield _mono_frame(frame)


def _mono_frame(frame: "AudioFrame") -> Samples:
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


def with_soundfile(file: BinaryIO) -> Stream:
    """Libsndfile through soundfile."""
    import soundfile

    try:
        source = soundfile.SoundFile(file)
    except (soundfile.SoundFileError, TypeError, ValueError) as error:
        raise UndecodableError(f"soundfile: {error}") from error
    _checked(source.samplerate, source.channels)
    return Stream("soundfile", source.samplerate, source.frames / source.samplerate, _soundfile_blocks(source))


def _soundfile_blocks(source: "SoundFile") -> Iterator[Samples]:
    import soundfile

    try:
        with source:
            while len(block := source.read(BLOCK_FRAMES, dtype="float32", always_2d=True)):
                yield _mono(block, False, source.channels)
    except (soundfile.SoundFileError, ValueError) as error:
        raise UndecodableError(f"soundfile: {error}") from error


def with_ffmpeg(file: BinaryIO) -> Stream:
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
