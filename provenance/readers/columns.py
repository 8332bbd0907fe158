"""Which fields of a record are text to audit, and which say where it comes from: by type and by name."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum

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
NESTED = frozenset({"meta", "metadata", "meta_data", "_meta", "info", "provenance"})
"""Fields that hold records of metadata."""
DEPTH = 12  # of lists and records inside a record that are looked through; chats and their parts take four
NAME_CHARS = 100  # of a field's name that are kept: one long name over a list of a million texts must not fill the memory
KNOWN_NAMES = 4096  # names whose role is kept; a data set that makes up names must not fill the memory

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


def contents(record: Mapping[str, object], only: frozenset[str]) -> Iterator[tuple[str, str | bytes]]:
    """Each text and each run of bytes in a record with its field; a field inside others is written ``messages/2/content``.

    ``only`` names the text fields; if it is empty they are found by name. A string longer than metadata ever is counts as text
    under any name.
    """
    for name, value in record.items():
        if isinstance(value, str):
            if name in only if only else role(name) is Role.TEXT or len(value) > METADATA_CHARS:
                yield name[:NAME_CHARS], value
        elif isinstance(value, dict | list | bytes) and (not only or name in only):
            yield from _nested(name[:NAME_CHARS], "text" if only else name, value, DEPTH)


def _nested(path: str, name: str, value: object, depth: int) -> Iterator[tuple[str, str | bytes]]:
    """As above, further inside; ``name`` is that of the nearest field that has one."""
    if isinstance(value, str):
        if len(value) > METADATA_CHARS or (role(name) is Role.TEXT and name.casefold() not in NESTED):
            yield path, value
    elif isinstance(value, bytes):
        yield path, value
    elif depth and isinstance(value, dict):
        under = name if name.casefold() in NESTED else None
        for key, inner in value.items():
            yield from _nested(f"{path}/{str(key)[:NAME_CHARS]}", under or str(key), inner, depth - 1)
    elif depth and isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _nested(f"{path}/{number}", name, inner, depth - 1)


def metadata(record: Mapping[str, object]) -> dict[str, str]:
    """The fields that say where a record comes from, verbatim, also those of a ``meta`` record in it."""
    found: dict[str, str] = {}
    for name, value in record.items():
        if isinstance(value, dict) and name.casefold() in NESTED:
            found |= {f"{name}/{key}": text for key, text in metadata(value).items()}
        elif role(name) is Role.SOURCE and (text := _verbatim(value)):
            found[name] = text[:METADATA_CHARS]
    return found


def _verbatim(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return "; ".join(value)
    return str(value) if isinstance(value, int | float | date) and not isinstance(value, bool) else ""
