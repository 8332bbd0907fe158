"""What a file or a member is: by its content first, by its name second.

What can be read from its first byte to its last may be compressed, once, as gzip, zstandard, bzip2 or xz (``STREAMS``); what is read from
its end or at random (PDF, EPUB, docx, Parquet, Arrow, zip), or is compressed already (images, sounds), is not read inside a compression.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from fingerprints.model import Modality
from provenance.readers.limits import HEAD
from provenance.readers.names import (
    COMPRESSED_TAR,
    COMPRESSIONS,
    DESCRIPTIONS,
    EMPTY_BY_DESIGN,
    NAMED,
    NO_MEDIA_NAMES,
    NO_MEDIA_SUFFIXES,
    VIDEO_SUFFIXES,
)
from provenance.readers.signatures import signature
from provenance.readers.unpack import FIRST_BLOCK, DamagedError, beginning

POINTER_BYTES: Final = 1024  # the Git LFS specification, version 1: a pointer is smaller
CONTROL: Final = bytes(sorted({*range(32), 127} - {*b"\a\b\t\n\v\f\r\x1a\x1b"}))  # as in file(1), whose texts may end in Ctrl-Z, too
ZEROS: Final = 16  # one byte of so many: a text with more zeros among its bytes is UTF-16 or UTF-32
UNPRINTED: Final = re.compile("[\x00-\x06\x0e-\x19\x1c-\x1f\x7f\ufffd]")
BYTE_ORDER_MARKS: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}

MAIL: Final = frozenset({"eml", "mbox", "mht", "mhtml"})
STREAMS: Final = frozenset({"text", "json", "jsonl", "csv", "tsv", "html", "tar", "warc"})
"""Formats that are also read from a compressed file, as ``jsonl.gz``, ``csv.zst``, ``text.bz2``, ``tar.xz``."""

ANNEX: Final = re.compile(rb"(?:\.\./)*(?:\.git)?/annex/objects/\S+\s*")
HTML: Final = re.compile(rb"(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
JSON: Final = re.compile(rb'\{\s*(?:"|\}\s*$)|\[\s*\{\s*"')

READERS: Final[dict[str, tuple[str, Modality | None]]] = {
    **dict.fromkeys(("jpeg", "png", "webp", "gif", "bmp", "tiff", "avif", "heic"), ("image", Modality.IMAGE)),
    **dict.fromkeys(("wav", "flac", "mp3", "aac", "ogg", "m4a", "aiff", "matroska audio"), ("audio", Modality.AUDIO)),
    **{name: (name, Modality.TEXT) for name in ("pdf", "epub", "docx")},
    **{name: (name, None) for name in ("parquet", "arrow", "tar", "zip", "warc")},
}
"""Signature -> reader and modality."""
UNREAD: Final[dict[str, Modality]] = {
    **dict.fromkeys(("psd", "jpeg xl", "jpeg 2000", "ico", "exr"), Modality.IMAGE),
    **dict.fromkeys(("amr", "wavpack", "ape", "caf", "au", "riff"), Modality.AUDIO),
    **dict.fromkeys(("djvu", "opendocument", "Microsoft compound file", "xlsx", "pptx", "vsdx", "office open xml"), Modality.TEXT),
}
"""Signatures of media in formats that are not read."""


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


NO_MEDIA: Final = Format("no media", None, None, "no-media", "a file that describes or keeps others")


def head_of(file: BinaryIO) -> bytes:
    """The first bytes of an open file, as many as ``sniff`` wants: more of a compression that is unpacked by blocks."""
    head = file.read(HEAD)
    wanted = FIRST_BLOCK.get(signature(head) or "", 0) if len(head) == HEAD else 0
    return head + file.read(wanted - HEAD) if wanted > HEAD else head


def sniff(head: bytes, name: str) -> Format:
    """The format of something whose first bytes (those of ``head_of``; fewer than 16 KiB mean that this is all) and name are given."""
    base = _base(name)
    suffix = _suffix(base)
    described = DESCRIPTIONS.get(base) or DESCRIPTIONS.get(f".{suffix}")
    if base in NO_MEDIA_NAMES or suffix in NO_MEDIA_SUFFIXES or (described and described.search(head)):
        return NO_MEDIA
    if not head:
        return NO_MEDIA if base in EMPTY_BY_DESIGN else Format("empty", None, named(name), "empty", "no bytes")
    if pointer := _pointer(head, base, suffix):
        return pointer
    text, kind = is_text(head), None
    if not text or head.startswith((b"%PDF-", b"WARC/")) or _begins_as_named(head, suffix):
        kind = signature(head)
    if kind in FIRST_BLOCK:
        return _compressed(head, base, kind)
    return _binary(kind, suffix) if kind else _text(head, _suffix(_inside(base))) if text else _by_name(head, suffix)


def named(name: str) -> Modality | None:
    """The modality that a name promises, a compression's or a pointer's suffix aside."""
    return NAMED.get(_suffix(_inside(_base(name).removesuffix(".dvc"))), (None, None))[1]


def is_text(head: bytes) -> bool:
    """True if the bytes begin a text: no control characters, and UTF-8 but for a character cut at the end, or UTF-16 that says so."""
    if len(head.translate(None, CONTROL)) == len(head):
        try:
            head.decode("utf-8")
        except UnicodeDecodeError as error:
            return error.end == len(head) and error.reason == "unexpected end of data"
        return True
    encoding = BYTE_ORDER_MARKS.get(head[:2])
    if encoding is None:
        return False
    return not UNPRINTED.search(head[2 : len(head) & ~1].decode(encoding, "replace")[:-1])


def _begins_as_named(head: bytes, suffix: str) -> bool:
    """True for letters with which the binary format of this name begins: a GIF that was cut behind ``GIF89a`` is no text."""
    if suffix in COMPRESSIONS or suffix in COMPRESSED_TAR:
        return signature(head) in FIRST_BLOCK
    promised = NAMED.get(suffix, (None, None))[0]
    return promised not in {None, *STREAMS} and READERS.get(signature(head) or "", (None, None))[0] == promised


def unsupported(name: str, modality: Modality | None = None) -> Format:
    """A format that is known or unknown, and in either case not read."""
    return Format(name, None, modality, "unsupported-format", f"{name}: this format is not read")


def _base(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1].lower()


def _suffix(base: str) -> str:
    return base.rsplit(".", 1)[-1] if "." in base else ""


def _inside(base: str) -> str:
    """The name of what a compressed file holds; any other name as it is."""
    stem, _, suffix = base.rpartition(".")
    return f"{stem}.tar" if suffix in COMPRESSED_TAR else stem if stem and suffix in COMPRESSIONS else base


def _pointer(head: bytes, base: str, suffix: str) -> Format | None:
    """A file that stands for another one, kept elsewhere."""
    if len(head) >= POINTER_BYTES:
        return None
    if head.startswith((b"version https://git-lfs.github.com/spec/", b"version https://hawser.github.com/spec/")):
        return Format("Git LFS pointer", None, named(base), "lfs-pointer", "a Git LFS pointer: fetch the file with 'git lfs pull'")
    if suffix == "dvc" and (b"md5:" in head or b"outs:" in head or b"hash:" in head):
        return Format("DVC pointer", None, named(base), "dvc-pointer", "a DVC pointer: fetch the file with 'dvc pull'")
    if ANNEX.fullmatch(head):
        return Format("git-annex pointer", None, named(base), "annex-pointer", "a git-annex pointer: fetch the file with 'git annex get'")
    return None


def _binary(kind: str, suffix: str) -> Format:
    """The format of a signature, where the name may tell which of two it is."""
    if kind == "mp4" and suffix in {"m4a", "m4b", "m4p", "mp4a", "aac"}:
        kind = "m4a"
    if kind == "matroska":
        kind = "matroska audio" if suffix in {"weba", "mka", "opus"} else "video"
    if kind == "zip" and suffix in {"epub", "docx"}:
        kind = suffix  # the members that say so stand behind a large one
    if kind in READERS:
        reader, modality = READERS[kind]
        return Format(kind, reader, modality)
    if kind in {"video", "mp4", "midi"}:
        return Format(kind, None, None, "unsupported-medium", "moving pictures or note data; sounds and still images are read")
    return NO_MEDIA if kind == "AppleDouble" else unsupported(kind, UNREAD.get(kind))


def _compressed(head: bytes, base: str, kind: str) -> Format:
    """A compressed stream, by what it holds and, where its first block is not all here, by its name."""
    inside = _inside(base)
    short, promised = COMPRESSIONS[{"gzip": "gz", "zstandard": "zst", "bzip2": "bz2"}.get(kind, kind)], NAMED.get(_suffix(inside))
    try:
        inner = beginning(head, kind)
    except DamagedError as error:
        return Format(kind, None, named(base), error.reason, str(error))
    if inner:
        held = _one_deep(inner, inside)
    elif promised and promised[0]:
        held = Format(promised[0], *promised)
    else:
        return unsupported(f"{kind} of which neither content nor name tells what it holds")
    if held.reader in STREAMS:
        return replace(held, name=f"{held.name}.{short}", reader=f"{held.reader}.{short}")
    if held.reader is None and held.reason not in {"no-media", "empty"}:
        return replace(held, name=f"{held.name}.{short}")
    return unsupported(f"{held.name} inside {kind}", held.modality)


def _one_deep(inner: bytes, name: str) -> Format:
    """What a compressed stream holds, which is not unpacked if it is compressed again: some streams hold themselves."""
    kind = signature(inner)
    return Format(kind, kind) if kind in FIRST_BLOCK else sniff(inner, name)


def _text(head: bytes, suffix: str) -> Format:
    """A text: markup, records or prose; ``suffix`` leaves a compression's out."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{\\rtf"):
        return unsupported("rtf", Modality.TEXT)
    if suffix in MAIL:
        detail = "mail is not read: its parts are encoded; export the messages as text and the attachments as files"
        return Format("mail", None, Modality.TEXT, "unsupported-format", detail)
    promised = NAMED.get(suffix, (None, None))[0]
    if promised and promised not in STREAMS:
        suffix = ""  # a name that the content belies
    if head[:2] in BYTE_ORDER_MARKS:
        name = "text"
    elif promised == "html" or (start[:1] == b"<" and HTML.match(start[:POINTER_BYTES])):
        name = "html"
    elif promised in {"csv", "tsv"}:
        name = _table(start, promised)
    else:
        name = _json(start, suffix, promised)
    return Format(name, name, Modality.TEXT)


def _table(start: bytes, promised: str) -> str:
    """CSV or TSV: the first line tells them apart where it has the one's delimiter and not the other's."""
    first = start.partition(b"\n")[0]
    tabs, others = b"\t" in first, b"," in first or b";" in first
    return promised if tabs == others else "tsv" if tabs else "csv"


def _json(start: bytes, suffix: str, promised: str | None) -> str:
    """JSON lines if the first lines are objects of their own, one document if the name promises JSON, otherwise text."""
    if promised == "jsonl" and start.partition(b"\n")[0].strip() not in {b"{", b"["}:
        return "jsonl"  # a bad first line is one bad record
    if promised in {"json", "jsonl"} or (not suffix and JSON.match(start)):
        long = start[:1] == b"{" and b"\n" not in start and len(start) > POINTER_BYTES  # no document is written in one line of that length
        return "jsonl" if long or _is_object(start, lines=1) else "json"
    return "jsonl" if start[:1] == b"{" and _is_object(start, lines=2) else "text"


def _is_object(start: bytes, lines: int) -> bool:
    """True if the first line is a JSON object and, if two lines are asked for, the second one begins an object, too."""
    first, _, rest = start.partition(b"\n")
    try:
        return isinstance(json.loads(first), dict) and (lines == 1 or rest[:1] == b"{")
    except (ValueError, RecursionError):
        return False


def _by_name(head: bytes, suffix: str) -> Format:
    """Bytes that are neither text nor have a signature."""
    if suffix in VIDEO_SUFFIXES:
        return Format("video", None, None, "unsupported-medium", "moving pictures are not read")
    reader, modality = NAMED.get(suffix, (None, None))
    if modality is Modality.TEXT and head.count(0) * ZEROS > len(head) and reader in STREAMS and not JSON.match(head.lstrip()):
        return Format(suffix, None, modality, "undecodable", "not UTF-8, by its many zero bytes: UTF-16 without a byte order mark?")
    if reader:
        return Format(reader if reader in STREAMS else suffix, reader, modality)
    if suffix not in NAMED and len(head.translate(None, CONTROL)) == len(head):
        return Format("text", "text", Modality.TEXT)  # of another encoding than UTF-8: its reader says where
    return unsupported(suffix or "unknown", modality)
