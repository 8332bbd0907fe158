"""Tar archives and WebDataset shards: each member is an item, a ``.json`` of the same key is its metadata.

Members of one key stand one after another (the WebDataset layout). A ``.json`` without such a neighbour, or that is
not one object of the size of metadata, is a document to audit; JSON lines are read as a table. Both stand under the member's name.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa

from fingerprints.model import MediaBatch, Modality
from provenance.model import Excluded, Unit, Unread
from provenance.readers.archive import Member, members
from provenance.readers.batch import Batch, Members
from provenance.readers.columns import metadata
from provenance.readers.jsonl import read_lines, read_records
from provenance.readers.limits import BLOCK, HEAD, MB, NOTHING, Limits
from provenance.readers.parsing import BadRecordError, parse_document
from provenance.readers.records import Gathering
from provenance.readers.sidecar import record_of
from provenance.readers.sniff import Format, named, sniff
from provenance.readers.streams import Fault, chunks
from provenance.readers.text import decode

Part: TypeAlias = Batch | Unread | Excluded
ARCHIVES = frozenset({"tar", "parquet", "zip", "gzip", "7z", "rar", "bzip2", "xz", "zstandard", "arrow", "hdf5"})
GROUP = 64 * MB  # held of one key; beyond it items are handed on without waiting for their sidecar
BATCH_ITEMS = 64  # images or sounds handed on at a time


@dataclass(slots=True)
class _Held:
    """Members that wait to be handed on."""

    items: dict[Modality, list[tuple[str, bytes]]] = field(default_factory=dict)
    sidecars: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    """Names and bytes of JSON members, by key."""
    keys: set[str] = field(default_factory=set)
    """Of the items."""
    size: int = 0
    count: int = 0


def read(unit: Unit, limits: Limits) -> Iterator[Part]:
    """The members in order of the archive, plain or gzip."""
    held, current = _Held(), ""
    for member in members(chunks(unit, limits), limits.member):
        if isinstance(member, Fault):
            yield Unread(unit.source.path, None, member.reason, member.detail)
            continue
        key = _key(member.name)
        full = held.size >= BLOCK or held.count >= BATCH_ITEMS
        if (key != current and full) or held.size >= GROUP:
            yield from _handed_on(unit, held, limits)
            held = _Held()
        current = key
        yield from _take(unit, member, held, limits)
    yield from _handed_on(unit, held, limits)


def _key(name: str) -> str:
    """WebDataset's key: the path up to the first dot of its last part."""
    folder, slash, base = name.rpartition("/")
    return folder + slash + base.split(".", 1)[0]


def _take(unit: Unit, member: Member, held: _Held, limits: Limits) -> Iterator[Part]:
    """Keeps an item or a sidecar; hands on at once what is neither."""
    path, data = unit.source.path, member.data
    if data is None:
        yield Unread(path, member.name, member.reason, member.detail, named(member.name))
        return
    found = sniff(data[:HEAD], member.name)
    if found.reader in {"jsonl", "json"}:
        if member.name.endswith(".json") and record_of(data, limits) is not None:
            held.sidecars.setdefault(_key(member.name), []).append((member.name, data))
        else:
            yield from _table(unit, member.name, data, found.reader, limits)
    elif found.modality and found.reader in {"text", "image", "audio"}:
        held.items.setdefault(found.modality, []).append((member.name, data))
        held.keys.add(_key(member.name))
    elif found.excluded:
        yield Excluded("no-media", 1, (f"{path}#{member.name}",))
    else:
        yield _unread(path, member.name, found)
    held.size += len(data)
    held.count += 1


def _unread(path: str, name: str, found: Format) -> Unread:
    kind = found.name.split(".")[0]
    if found.reader or kind in ARCHIVES:
        return Unread(path, name, "nested-archive", f"{found.name} inside an archive is not read", found.modality)
    return Unread(path, name, found.reason, found.detail, found.modality)


def _handed_on(unit: Unit, held: _Held, limits: Limits) -> Iterator[Part]:
    """What was held, as batches by modality, then what becomes of the JSON members."""
    path = unit.source.path

    def about(name: str) -> Mapping[str, str]:
        return {
            field: text for _, data in held.sidecars.get(_key(name), ()) for field, text in metadata(record_of(data, limits) or {}).items()
        }

    for modality, items in held.items.items():
        if modality is Modality.TEXT:
            yield from _texts(path, items, about)
        else:
            names, contents = zip(*items, strict=True)
            yield Batch(MediaBatch(modality, contents), Members(path, names, about))
    for key, sidecars in held.sidecars.items():
        for name, data in sidecars:
            if key in held.keys:
                yield Excluded("sidecar", 1, (f"{path}#{name}",))
            else:
                yield from _document(Gathering(path, name, limits), data)


def _texts(path: str, items: list[tuple[str, bytes]], about: Callable[[str], Mapping[str, str]]) -> Iterator[Batch | Unread]:
    names, texts = list[str](), list[str]()
    for name, data in items:
        try:
            texts.append(decode(data))
            names.append(name)
        except UnicodeDecodeError as error:
            yield Unread(path, name, "undecodable", f"not {error.encoding} at byte {error.start}", Modality.TEXT)
    if texts:
        yield Batch(MediaBatch(Modality.TEXT, pa.array(texts, pa.large_string())), Members(path, tuple(names), about))


def _table(unit: Unit, name: str, data: bytes, reader: str, limits: Limits) -> Iterator[Batch | Unread]:
    """A member that holds records, as lines or as a document."""
    gathering, nothing = Gathering(unit.source.path, name, limits), True
    for part in read_lines(iter((data,)), unit, name, limits) if reader == "jsonl" else _document(gathering, data):
        nothing = False
        yield part
    if nothing:
        yield Unread(unit.source.path, name, *NOTHING, Modality.TEXT)


def _document(gathering: Gathering, data: bytes) -> Iterator[Batch | Unread]:
    """A JSON member that describes no other: a document to audit."""
    try:
        yield from read_records(parse_document(data), gathering)
    except BadRecordError as error:
        yield gathering.unread(0, "bad-record", str(error))
