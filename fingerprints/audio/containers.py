"""What a sound file says about its own length, where the decoders do not tell."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet

ESTIMATING = frozenset({"mp3", "aac", "ac3", "eac3", "dts", "amr"})
"""Streams without a length of their own: FFmpeg guesses one from the bit rate, which says nothing about what is missing."""
TIMED = frozenset({"flac", "matroska,webm"})
"""Containers whose time stamps go on behind a hole: the last one tells how long the sound should be."""

ID3_HEADER = 10
FRAME_SEARCH = 4096  # bytes in which an MP3's first frame states the number of frames
OGG_PAGE_MOST = 27 + 255 + 255 * 255  # RFC 3533, section 6
OGG_HEADER = 27
RIFF_UNKNOWN = frozenset({0, 0xFFFFFFFF})  # written by programs that could not seek back


def states_its_frames(file: BinaryIO) -> bool:
    """Whether an MP3 states its number of frames (Xing, Info or VBRI header, after any ID3v2 tag)."""
    place = file.tell()
    try:
        file.seek(0)
        head = file.read(ID3_HEADER)
        tag = 0
        if head[:3] == b"ID3" and len(head) == ID3_HEADER:
            tag = ID3_HEADER + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        file.seek(tag)
        start = file.read(FRAME_SEARCH)
        return any(mark in start for mark in (b"Xing", b"Info", b"VBRI"))
    finally:
        file.seek(place)


def torn(file: BinaryIO) -> str | None:
    """How a file shows that its end is missing; None where it does not. FFmpeg decodes such files without a word."""
    place = file.tell()
    try:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(8)
        if head[:4] in {b"RIFF", b"RF64"}:
            stated = int.from_bytes(head[4:8], "little")
            if stated not in RIFF_UNKNOWN and stated + 8 > size + 1:
                return f"the header states {stated + 8:,} bytes, the file has {size:,}"
        if head[:4] == b"OggS":
            file.seek(max(0, size - OGG_PAGE_MOST))
            return _torn_page(file.read())
        return None
    finally:
        file.seek(place)


def _torn_page(tail: bytes) -> str | None:
    start = tail.rfind(b"OggS")
    if start < 0 or len(tail) < start + OGG_HEADER:
        return "the last page is cut off"
    table = tail[start + OGG_HEADER : start + OGG_HEADER + tail[start + OGG_HEADER - 1]]
    stop = start + OGG_HEADER + tail[start + OGG_HEADER - 1] + sum(table)
    return "the last page is cut off" if stop > len(tail) else None


@dataclass(slots=True)
class Packets:
    """What a stream's packets tell of sound that never became one."""

    format: str
    bad_packets: int = 0
    bad_seconds: float = 0.0
    """Of damage between good packets. What stands behind the last good one can be a tag; a missing end shows in the stated length."""
    start: float | None = None
    end: float = 0.0
    """Seconds from the first good packet's start to the last one's end, by their time stamps."""
    _bytes: int = 0
    _next: int | None = None  # the byte after the last good packet: what lies between is lost
    _pending_bytes: int = 0
    _pending_seconds: float = 0.0

    def good(self, packet: "Packet[AudioStream]") -> None:
        """Takes in a packet that was decoded."""
        self._bytes += packet.size
        if packet.pts is not None and packet.time_base is not None:
            at = float(packet.pts * packet.time_base)
            self.start = at if self.start is None else self.start
            self.end = at - self.start + float((packet.duration or 0) * packet.time_base)
        if packet.pos is not None and packet.pos >= 0:
            if self._next is not None and self.format in ESTIMATING:
                self._pending_bytes = max(self._pending_bytes, packet.pos - self._next)
            self._next = packet.pos + packet.size
        if self._pending_bytes:
            lost = self._pending_seconds
            if self.format in ESTIMATING:  # one packet holds everything up to the next good frame; its bytes tell how long that was
                lost = max(lost, self.end * self._pending_bytes / self._bytes)
            self.bad_seconds += lost
            self._pending_bytes, self._pending_seconds = 0, 0.0

    def bad(self, packet: "Packet[AudioStream]") -> None:
        """Takes in a packet that was not."""
        self.bad_packets += 1
        self._pending_bytes += max(1, packet.size)
        self._pending_seconds += float((packet.duration or 0) * (packet.time_base or 0))
