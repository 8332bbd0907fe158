"""Streams of sound frames without a header: MPEG audio and ADTS, known by two frames in a row."""

from typing import Final

RATES: Final = (44100, 48000, 32000)  # Hz, of MPEG 1
HALVINGS: Final = (2, None, 1, 0)  # of these rates, by the version's two bits: MPEG 2.5, none, MPEG 2, MPEG 1
KBITS: Final = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by version and layer, in the order of their index (ISO/IEC 11172-3 and 13818-3)."""


def frames(head: bytes) -> str | None:
    """``mp3`` for MPEG audio of any layer, ``aac`` for ADTS, None for anything else.

    The eleven or twelve bits that begin a frame begin one file in two thousand by chance; the next frame must stand where the first ends,
    as far as the bytes reach.
    """
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    adts = head[1] & 0xF6 == 0xF0
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5 if adts else _mpeg_length(head)
    following = head[length : length + 2]
    if length < 7 or following != head[:2][: len(following)]:
        return None
    return "aac" if adts else "mp3"


def _mpeg_length(head: bytes) -> int:
    """Bytes of the frame whose header begins here; 0 if it is none, or of free bit rate."""
    halvings, layer = HALVINGS[head[1] >> 3 & 3], 4 - (head[1] >> 1 & 3)
    index, rate = head[2] >> 4, head[2] >> 2 & 3
    if halvings is None or layer == 4 or index in {0, 15} or rate == 3:
        return 0
    version = 2 if halvings else 1
    bits, hertz, padding = 1000 * KBITS[version, layer][index - 1], RATES[rate] >> halvings, head[2] >> 1 & 1
    if layer == 1:
        return (12 * bits // hertz + padding) * 4
    return (72 if (version, layer) == (2, 3) else 144) * bits // hertz + padding
