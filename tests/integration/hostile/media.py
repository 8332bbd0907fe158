"""Pictures and sounds that claim more than they hold, or hold more than they should; and files that are neither."""

import io
import sqlite3
import struct
import zlib
from functools import cache
from itertools import count
from typing import Any

import numpy as np
import soundfile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.integration.hostile.archives import packed, zipped
from tests.integration.hostile.entry import MB, file, line
from tests.integration.hostile.packed import deflated
from tests.laws.material import RATE, melody, picture

PNG = b"\x89PNG\r\n\x1a\n"
PICTURE, SOUND = picture(1), melody(1, 20.0).astype(np.float32)
NUMBERS = count()


def saved(form: str, image: Image.Image = PICTURE, **options: Any) -> bytes:
    """A picture encoded."""
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def sound(form: str, samples: np.ndarray = SOUND, rate: int = RATE, **options: Any) -> bytes:
    """A sound encoded."""
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=form, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes, *others: bytes, depth: int = 1) -> bytes:
    """A grey PNG of packed rows; the size may lie."""
    return (
        PNG
        + chunk(b"IHDR", struct.pack(">2I5B", width, height, depth, 0, 0, 0, 0))
        + b"".join(others)
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def sixteen_bits() -> bytes:
    """The registered picture in grey of 16 bits, which is legal."""
    grey = np.asarray(PICTURE.convert("L")).astype(np.uint16) * 257
    return saved("PNG", Image.fromarray(grey))


def zeros(megabytes: int) -> bytes:
    """So many megabytes of zeros, packed; Adler's checksum of n zeros is n modulo 65521, and one."""
    return b"".join(deflated(b"", bytes(MB), megabytes, 15)) + b"\3\0" + struct.pack(">2H", megabytes * MB % 65521, 1)


def frame_header(width: int, height: int) -> bytes:
    """A JPEG whose header has another size."""
    data = bytearray(saved("JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">2H", height, width)
    return bytes(data)


def looping_tiff() -> bytes:
    """A TIFF whose only directory is followed by itself."""
    data = bytearray(saved("TIFF"))
    at = int.from_bytes(data[4:8], "little")
    behind = at + 2 + 12 * int.from_bytes(data[at : at + 2], "little")
    data[behind : behind + 4] = data[4:8]
    return bytes(data)


def tiff_tag(tag: int, value: int) -> bytes:
    """A TIFF in which one tag has another value."""
    data = bytearray(saved("TIFF"))
    at = int.from_bytes(data[4:8], "little") + 2
    while int.from_bytes(data[at : at + 2], "little") != tag:
        at += 12
    data[at + 2 : at + 12] = struct.pack("<H2L", 4, 1, value)
    return bytes(data)


def many_frames(frames: int) -> bytes:
    """A GIF of very many frames, the registered picture first."""
    data = saved("GIF")
    frame = b"\x21\xf9\4\0\1\0\0\0\x2c" + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return data[:-1] + frame * frames + b"\x3b"


@cache
def wav() -> bytes:
    """The registered sound."""
    return sound("WAV")


def wav_with(at: int, form: str, value: int) -> bytes:
    """A WAV with another value in its header."""
    data = bytearray(wav())
    struct.pack_into(form, data, at, value)
    return bytes(data)


def noise_in(data: bytes, share: float) -> bytes:
    """The bytes with a tenth of them replaced by noise, from a place on."""
    start, size = int(len(data) * share), len(data) // 10
    return data[:start] + np.random.default_rng(1).bytes(size) + data[start + size :]


def endless_pages() -> bytes:
    """An Ogg in which every page says that it is the first of a stream of its own, with a granule beyond all time."""
    data = bytearray(sound("OGG"))
    at = data.find(b"OggS", 1)
    while at >= 0:
        data[at + 6 : at + 18] = b"\xff" * 7 + b"\x7f" + next(NUMBERS).to_bytes(4, "little")
        at = data.find(b"OggS", at + 1)
    return bytes(data)


def four_hours() -> bytes:
    """Silence of four hours, in a file of some kilobytes."""
    return sound("FLAC", np.zeros(4 * 3600 * 1000, np.int16), 1000)


def film() -> bytes:
    """The first atoms of an MP4 with a track of pictures."""
    handler = struct.pack(">I4sIi4s12x", 40, b"hdlr", 0, 0, b"vide") + bytes(8)
    return (
        struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"isom") + struct.pack(">I4s", 8 + len(handler), b"moov") + handler + bytes(1000)
    )


def database() -> bytes:
    """A SQLite database."""
    with sqlite3.connect(":memory:") as base:
        base.execute("create table t (text)")
        return base.serialize()


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
MEDIA = (
    file("sixteen-bits.png", lambda _: sixteen_bits(), "", "."),
    file("no-data.png", lambda _: png(2**31 - 1, 2**31 - 1, b""), "too-large"),
    file("bomb.png", lambda _: png(30_000, 30_000, zeros(108)), "too-large"),
    file("more-rows.png", lambda _: png(64, 64, zeros(1024)), "", "", 1),
    file("cut-rows.png", lambda _: png(5000, 5000, zlib.compress(bytes(9999))), "undecodable"),
    file("text-bomb.png", lambda _: png(64, 64, zlib.compress(bytes(64 * 9)), chunk(b"zTXt", b"Comment\0\0" + zeros(512))), "undecodable"),
    file("profile-bomb.png", lambda _: saved("PNG", icc_profile=bytes(64 * MB)), "undecodable"),
    file("many-texts.png", lambda _: saved("PNG", pnginfo=_texts()), "", "."),
    file("checksum.png", lambda _: saved("PNG").replace(b"IDAT", b"IDAX", 1), "undecodable"),
    file("cut.png", lambda _: saved("PNG")[:-5000], "undecodable"),
    file("huge.jpg", lambda _: frame_header(65500, 65500), "too-large"),
    file("taller.jpg", lambda _: frame_header(640, 9000), "", "."),
    file("cut.jpg", lambda _: saved("JPEG")[:-9000], "undecodable"),
    file("cmyk.jpg", lambda _: saved("JPEG", PICTURE.convert("CMYK"), quality=95), "", "."),
    file("exif-noise.jpg", lambda _: saved("JPEG", exif=b"Exif\0\0" + b"II*\0\xff\xff\xff\x7f" * 99), "", "."),
    file("ten-thousand-frames.gif", lambda _: many_frames(10_000), "", "."),
    file("cut.gif", lambda _: saved("GIF")[:-60_000], "undecodable"),
    file("huge.gif", lambda _: (data := saved("GIF"))[:6] + b"\xff" * 4 + data[10:], "too-large"),
    file("cut.webp", lambda _: saved("WEBP")[:-5000], "undecodable"),
    file("loop.tiff", lambda _: looping_tiff(), "", "."),
    file("wide.tiff", lambda _: tiff_tag(256, 2_000_000_000), "too-large"),
    file("offset.tiff", lambda _: tiff_tag(273, 0x7FFFFFFF), "undecodable"),
    file("cut.tiff", lambda _: saved("TIFF", compression="tiff_deflate")[:90_000], "undecodable"),
    file("huge.bmp", lambda _: (data := saved("BMP"))[:18] + struct.pack("<2i", 2**31 - 1, -(2**31)) + data[26:], "too-large"),
    file("noise.avif", lambda _: b"\0\0\0\x1cftypavif" + bytes(4) + b"avifmif1" + b"\xff" * 900, "undecodable"),
    file("words.jpg", lambda text: text.encode(), "", "."),
    file("picture.txt", lambda _: saved("PNG", optimize=True), "", "."),
    file("archive.png", lambda text: zipped(packed("good.txt", text.encode())), "", "#good.txt"),
    file("records.parquet", line, "", "#0/text"),
    file("four-gigabytes.wav", lambda _: wav_with(40, "<I", 0xFFFFFFF0), "", "."),
    file("no-samples.wav", lambda _: wav()[:44], "undecodable"),
    file("empty.wav", lambda _: b"", "empty"),
    file("no-rate.wav", lambda _: wav_with(24, "<I", 0), "undecodable"),
    file("endless-rate.wav", lambda _: wav_with(24, "<I", 0xFFFFFFFF), "undecodable"),
    file("many-channels.wav", lambda _: wav_with(22, "<H", 0xFFFF), "undecodable"),
    file("not-a-number.wav", lambda _: sound("WAV", np.full(RATE * 9, np.nan, np.float32), subtype="FLOAT"), "", "", 1),
    file("cut.mp3", lambda _: sound("MP3")[:60_000], "undecodable"),
    file("noise.mp3", lambda _: noise_in(sound("MP3"), 0.5), "undecodable"),
    file("frames.flac", lambda _: noise_in(sound("FLAC"), 0.5), "undecodable"),
    file("four-hours.flac", lambda _: four_hours(), "too-large"),
    file("cut.flac", lambda _: sound("FLAC")[:-90_000], "undecodable"),
    file("pages.ogg", lambda _: endless_pages(), "undecodable"),
    file("cut.ogg", lambda _: sound("OGG")[:60_000], "undecodable"),
    file("words.mp3", lambda text: text.encode(), "", "."),
    file("film.mp4", lambda _: film(), "unsupported-medium"),
    file("film.avi", lambda _: b"RIFF\xff\xff\xff\xffAVI LIST" + bytes(500), "unsupported-medium"),
    file("notes.mid", lambda _: b"MThd\0\0\0\6\0\1\xff\xff\0\x60", "unsupported-medium"),
    file("program.jpg", lambda _: b"MZ\x90\0\3\0\0\0" + bytes(range(256)) * 9, "undecodable"),
    file("program.exe", lambda _: b"MZ\x90\0\3\0\0\0" + bytes(range(256)) * 9, "unsupported-format"),
    file("first-letters.gif", lambda _: b"GIF89a", "undecodable"),
    file("first-letters.flac", lambda _: b"fLaC", "undecodable"),
    file("library.so", lambda _: b"\x7fELF\2\1\1\0" + bytes(range(256)) * 9, "unsupported-format"),
    file("base.sqlite", lambda _: database(), "unsupported-format"),
    file(
        "object.pkl",
        lambda _: b"\x80\4\x95\x20\0\0\0\0\0\0\0\x8c\5posix\x94\x8c\6system\x94\x93\x94\x8c\4true\x94\x85\x94R\x94.",
        "unsupported-format",
    ),
    file(
        "array.npy",
        lambda _: b"\x93NUMPY\1\0\x76\0" + b"{'descr': '|O', 'fortran_order': False, 'shape': (99999999999,), }" + bytes(99),
        "unsupported-format",
    ),
    file("weights.png", lambda _: POINTER, "lfs-pointer"),
    file("train.jsonl.dvc", lambda _: b"outs:\n- md5: 00000000000000000000000000000000\n  path: train.jsonl\n", "dvc-pointer"),
    file("annexed.wav", lambda _: b"../.git/annex/objects/xx/yy/SHA256E-s9--00.wav/SHA256E-s9--00.wav\n", "annex-pointer"),
)


def _texts() -> PngInfo:
    info = PngInfo()
    for number in range(2000):
        info.add_text(f"Comment {number}", "words " * 9)
    return info
