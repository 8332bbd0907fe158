"""Which fields of a record are text to audit, and which say where it comes from: by type and by name."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from functools import lru_cache

from provenance.readers.limits import METADATA_CHARS


class Role(Enum):
    """What a string field is for."""

    TEXT = "text"  # to audit: whatever is not known to be something else
    SOURCE = "source"  # kept as the item's metadata
    LABEL = "label"  # neither


SOURCE_NAMES = frozenset(
    {
        "id", "uid", "uuid", "guid", "key", "doc_id", "document_id", "record_id", "url", "uri", "link", "href", "permalink", "image_url",
        "img_url", "audio_url", "video_url", "source", "src", "source_name", "dataset", "corpus", "origin", "provider", "collection",
        "licence", "license", "licenses", "licences", "license_name", "rights", "copyright", "copyright_notice", "copyright_holder",
        "rights_holder", "usage_terms", "terms", "title", "name", "author", "authors", "creator", "creators", "artist", "artists",
        "byline", "credit", "attribution", "publisher", "journal", "album", "site", "site_name", "website", "domain", "host", "date",
        "datetime", "timestamp", "time", "created", "created_at", "updated", "updated_at", "modified", "published", "published_at",
        "publication_date", "crawl_date", "year", "isbn", "issn", "doi", "isrc", "iswc", "iscc", "pmid", "arxiv_id",
    }
)  # fmt: skip
LABEL_NAMES = frozenset(
    {
        "lang", "language", "locale", "country", "split", "subset", "partition", "label", "labels", "category", "categories", "class",
        "tag", "tags", "keywords", "topic", "topics", "type", "role", "from", "model", "model_name", "mime", "mime_type", "content_type",
        "format", "encoding", "extension", "ext", "sha1", "sha256", "md5", "hash", "digest", "checksum", "file", "files", "file_name",
        "filename", "path", "file_path", "filepath", "image_path", "audio_path", "video_path", "status", "version", "difficulty",
        "sentiment",
    }
)  # fmt: skip
SOURCE_ENDING = re.compile(r"_(id|uid|url|uri|date|licen[cs]e|author|doi|isbn|year)$")
LABEL_ENDING = re.compile(r"_(hash|sha256|md5|path|file|filename|type|lang|language|label|category|class|split)$")
FILE_ENDING = re.compile(r"(^|[_/])(path|paths|file|files|filename|file_?name)$")
"""Fields that name a file beside the table."""
NESTED = frozenset({"meta", "metadata", "meta_data", "_meta", "info", "provenance"})
"""Fields that hold records of metadata."""
DEPTH = 12  # of lists and records inside a record that are looked through; chats and their parts take four
NAME_CHARS = 100  # of a field's name that are kept: one long name over a list of a million texts must not fill the memory
KNOWN_NAMES = 4096  # names whose role is kept; a data set that makes up names must not fill the memory
ENCODED = (
    "/9j/",
    "iVBORw0KGgo",
    "R0lGOD",
    "UklGR",
    "SUkq",
    "TU0AK",
    "Qk",
    "SUQz",
    "//uQ",
    "//vQ",
    "ZkxhQ",
    "T2dnUw",
    "data:image/",
    "data:audio/",
)
"""How JPEG, PNG, GIF, RIFF (WebP, WAV), TIFF, BMP, MP3, FLAC and Ogg begin in base64."""
ENCODED_FROM = 64  # characters; the smallest GIF takes 48, and no sentence of this length is valid base64

_known: dict[str, Role] = {}


def role(name: str) -> Role:
    """What a string field of this name is for; capitals, spaces and hyphens do not matter."""
    found = _known.get(name)
    if found is None:
        found = _role(re.sub(r"[\s.-]+", "_", name.strip()).casefold())
        if len(_known) < KNOWN_NAMES:
            _known[name] = found
    return found


def _role(name: str) -> Role:
    if name in SOURCE_NAMES or SOURCE_ENDING.search(name):
        return Role.SOURCE
    return Role.LABEL if name in LABEL_NAMES or LABEL_ENDING.search(name) else Role.TEXT


@lru_cache(maxsize=KNOWN_NAMES)
def is_chosen(field: str, chosen: tuple[str, ...]) -> bool:
    """True if a field, written ``messages/2/content``, is one of those named, as ``messages/content``, or stands in one."""
    plain = _unnumbered(field)
    return any(plain == name or plain.startswith(f"{name}/") for name in map(_unnumbered, chosen))


def _unnumbered(field: str) -> str:
    return "/".join(step for step in field.split("/") if not step.isdecimal()) if "/" in field else field


def may_be_media(text: str) -> bool:
    """True for a string that begins as an image or a sound in base64 does."""
    return len(text) >= ENCODED_FROM and text.startswith(ENCODED)


def contents(record: Mapping[str, object], chosen: tuple[str, ...] = ()) -> Iterator[tuple[str, str | bytes | None]]:
    """Each text and each run of bytes in a record with its field; a field inside others is written ``messages/2/content``.

    A string longer than metadata ever is counts as text under any name. Where fields are ``chosen``, these alone are text; other strings
    are given only if they may be images or sounds in base64. None stands for content deeper than ``DEPTH``.
    """
    for name, value in record.items():
        field = name[:NAME_CHARS]
        if isinstance(value, str):
            text = len(value) > METADATA_CHARS or role(name) is Role.TEXT
            if (is_chosen(field, chosen) or may_be_media(value)) if chosen else text:
                yield field, value
        elif isinstance(value, dict | list | bytes):
            yield from _nested(field, name, value, DEPTH, chosen)


def _nested(path: str, name: str, value: object, depth: int, chosen: tuple[str, ...]) -> Iterator[tuple[str, str | bytes | None]]:
    """As above, further inside; ``name`` is that of the nearest field that has one."""
    if isinstance(value, str | bytes):
        chosen_text = chosen and isinstance(value, str)
        if is_chosen(path, chosen) or may_be_media(str(value)) if chosen_text else _is_content(name, value):
            yield path, value
    elif not depth:
        if _holds_content(name, value):
            yield path, None
    else:
        for step, inner_name, inner in _inside(name, value):
            yield from _nested(f"{path}/{step}", inner_name, inner, depth - 1, chosen)


def is_text(name: str) -> bool:
    """True if short strings inside a field of this name are to be audited, too."""
    return role(name) is Role.TEXT and name.casefold() not in NESTED


def _is_content(name: str, value: str | bytes) -> bool:
    """True for what is to be audited inside a field of this name."""
    return isinstance(value, bytes) or len(value) > METADATA_CHARS or is_text(name)


def _inside(name: str, value: object) -> Iterator[tuple[str, str, object]]:
    """The parts of a record or a list: each one's key, the name that holds for it, and itself."""
    if isinstance(value, dict):
        under = name if name.casefold() in NESTED else None
        yield from ((str(key)[:NAME_CHARS], under or str(key), inner) for key, inner in value.items())
    elif isinstance(value, list | tuple):  # pairs of an Arrow map are tuples
        yield from ((str(number), name, inner) for number, inner in enumerate(value))


def _holds_content(name: str, value: object) -> bool:
    """True if there is something to audit anywhere inside; needs no stack and keeps no path, however deep it is."""
    waiting = [_inside(name, value)]
    while waiting:
        found = next(waiting[-1], None)
        if found is None:
            waiting.pop()
        elif isinstance(found[2], str | bytes):
            if _is_content(found[1], found[2]):
                return True
        elif isinstance(found[2], dict | list | tuple):
            waiting.append(_inside(found[1], found[2]))
    return False


def metadata(record: Mapping[str, object], depth: int = DEPTH) -> dict[str, str]:
    """The fields that say where a record comes from, verbatim, also those of a ``meta`` record in it, to ``depth`` levels."""
    found: dict[str, str] = {}
    for name, value in record.items():
        if isinstance(value, dict) and name.casefold() in NESTED:
            found |= {f"{name}/{key}": text for key, text in metadata(value, depth - 1).items()} if depth else {}
        elif role(name) is Role.SOURCE and (text := _verbatim(value)):
            found[name] = text[:METADATA_CHARS]
    return found


def _verbatim(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return "; ".join(value)
    return str(value) if isinstance(value, int | float | date) and not isinstance(value, bool) else ""


def nothing_in(record: Mapping[str, object], chosen: tuple[str, ...] = ()) -> tuple[str, str]:
    """Why a record has no item: reason and detail."""
    links = [name for name, value in record.items() if role(name) is Role.SOURCE and isinstance(value, str) and value.startswith("http")]
    if links:
        return "no-bytes", f"a link in {links[0]!r}, but neither text nor bytes"
    if files := [field for field, value in _leaves(record) if FILE_ENDING.search(field.casefold()) and value]:
        return (
            "no-bytes",
            f"a file named in {files[0]!r}, but neither text nor bytes; a file that is among the input is audited where it lies",
        )
    wanted = f"no text in {', '.join(chosen)}" if chosen else "no text field"
    return "bad-record", f"{wanted}; fields: {', '.join(map(str, list(record)[:8])) or 'none'}"


def _leaves(record: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The strings of a record and of the records in it, with their fields."""
    for name, value in record.items():
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, dict):
            yield from ((f"{name}/{key}", inner) for key, inner in value.items() if isinstance(inner, str))
