"""What a file or a member is: by its content first, by its name second."""

import json
import zlib
from dataclasses import dataclass

from fingerprints.model import Modality
from provenance.readers.names import NAMED, NO_MEDIA_NAMES, NO_MEDIA_SUFFIXES, VIDEO_SUFFIXES
from provenance.readers.signatures import signature

POINTER_BYTES = 1024  # the Git LFS specification, version 1: a pointer is smaller
GUESSED_BYTES = 65536  # of a gzip stream, unpacked to see what is in it
CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b") | {127}


@dataclass(frozen=True, slots=True)
class Format:
    """How to read something (``reader`` is None: it cannot be read, ``reason`` says why, as in ``Unread`` or ``Excluded``)."""

    name: str
    reader: str | None
    modality: Modality | None = None
    reason: str = ""
    detail: str = ""

    @property
    def excluded(self) -> bool:
        """True for what is no media."""
        return self.reason == "no-media"


def sniff(head: bytes, name: str) -> Format:
    """The format of something whose first bytes (up to 16 KiB; fewer mean that this is all) and name are given."""
    base = _base(name)
    suffix = _suffix(base)
    if base in NO_MEDIA_NAMES or base.startswith("._") or suffix in NO_MEDIA_SUFFIXES:
        return Format("no media", None, None, "no-media", "a file that describes or keeps others")
    modality = named(name)
    if not head:
        return Format("empty", None, modality, "empty", "no bytes")
    return _pointer(head, suffix, modality) or _by_signature(head, base, suffix) or _by_name(head, suffix)


def named(name: str) -> Modality | None:
    """The modality that a name promises."""
    return NAMED.get(_suffix(_base(name)), (None, None))[1]


def is_text(head: bytes) -> bool:
    """True if the bytes begin a UTF-8 text: no control characters, and nothing invalid but a character cut at the end."""
    if not CONTROL.isdisjoint(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.end == len(head) and error.reason == "unexpected end of data"
    return True


def _base(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1].lower()


def _suffix(base: str) -> str:
    """The last extension; ``jsonl.gz`` is sniffed as gzip, whatever it is called."""
    return base.rsplit(".", 1)[-1] if "." in base else ""


def _pointer(head: bytes, suffix: str, modality: Modality | None) -> Format | None:
    """A file that stands for another one, kept elsewhere."""
    if len(head) >= POINTER_BYTES:
        return None
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        return Format("Git LFS pointer", None, modality, "lfs-pointer", "a Git LFS pointer: fetch the file with 'git lfs pull'")
    if suffix == "dvc" and (b"md5:" in head or b"outs:" in head or b"hash:" in head):
        return Format("DVC pointer", None, modality, "dvc-pointer", "a DVC pointer: fetch the file with 'dvc pull'")
    if b"/annex/objects/" in head:
        return Format("git-annex pointer", None, modality, "annex-pointer", "a git-annex pointer: fetch the file with 'git annex get'")
    return None


def _by_signature(head: bytes, base: str, suffix: str) -> Format | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and suffix in {"txt", "md", "text"}:
        return Format("text", "text", Modality.TEXT)  # UTF-16 with its byte order mark
    frames = NAMED.get(suffix, (None, None))[0] not in {"text", "jsonl"}  # a line of JSON that is no UTF-8 is no MP3
    found = None if is_text(head) and not head.startswith(b"%PDF-") else signature(head, frames=frames)
    if found is None:
        return None
    if found == "gzip":
        return _in_gzip(head, base)
    if found == "mp4" and suffix in {"m4a", "m4b", "m4p", "mp4a", "aac"}:
        found = "m4a"
    if found == "matroska":
        found = "matroska audio" if suffix in {"weba", "mka", "opus"} else "video"
    if found in READERS:
        reader, modality = READERS[found]
        return Format(found, reader, modality)
    if found in {"video", "mp4", "midi"}:
        return Format(found, None, None, "unsupported-medium", "moving pictures or note data; sounds and still images are read")
    return unsupported(found)


def _in_gzip(head: bytes, base: str) -> Format:
    """A gzip stream, by what it holds."""
    try:
        inner = zlib.decompressobj(wbits=31).decompress(head, GUESSED_BYTES)
    except zlib.error:
        inner = b""
    name = base.removesuffix(".gz").removesuffix(".gzip").removesuffix(".tgz")
    name = f"{name}.tar" if base.endswith(".tgz") else name
    if not inner:
        return Format("gzip", None, None, "undecodable", "a gzip stream that is damaged from the start")
    held = sniff(inner, name)
    if held.reader in {"jsonl", "tar", "text"}:
        return Format(f"{held.name}.gz", f"{held.reader}.gz", held.modality)
    if held.reader is None and held.reason != "no-media":
        return Format(f"{held.name}.gz", None, held.modality, held.reason, held.detail)
    return unsupported(f"{held.name} in gzip")


def _by_name(head: bytes, suffix: str) -> Format:
    if suffix in VIDEO_SUFFIXES:
        return Format("video", None, None, "unsupported-medium", "moving pictures are not read")
    if suffix == "json" or (suffix == "" and head.lstrip()[:1] == b"{"):
        return _json(head)
    if suffix in NAMED:
        reader, modality = NAMED[suffix]
        return Format(suffix, reader, modality) if reader else unsupported(suffix, modality)
    if is_text(head):
        markup = head.lstrip()[:64].lower()
        if markup.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg", b"{\\rtf")):
            return unsupported("markup")
        return Format("text", "text", Modality.TEXT)
    return unsupported(suffix or "unknown")


def _json(head: bytes) -> Format:
    """JSON lines if the first line is an object of its own, otherwise one document."""
    if not is_text(head):
        return unsupported("json")
    first, newline, _ = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if first.startswith(b"{") and not newline and len(head) > POINTER_BYTES:
        return Format("jsonl", "jsonl", Modality.TEXT)  # a line longer than what was looked at: no document is written so
    try:
        lines = isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        lines = False
    return Format("jsonl", "jsonl", Modality.TEXT) if lines else Format("json", "json", Modality.TEXT)


def unsupported(name: str, modality: Modality | None = None) -> Format:
    """A format that is known or unknown, and in either case not read."""
    return Format(name, None, modality, "unsupported-format", f"{name}: this format is not read")


READERS: dict[str, tuple[str, Modality | None]] = {
    **dict.fromkeys(("jpeg", "png", "webp", "gif", "bmp", "tiff", "avif", "heic"), ("image", Modality.IMAGE)),
    **dict.fromkeys(("wav", "flac", "mp3", "aac", "ogg", "m4a", "aiff", "matroska audio"), ("audio", Modality.AUDIO)),
    "parquet": ("parquet", None),
    "tar": ("tar", None),
}
