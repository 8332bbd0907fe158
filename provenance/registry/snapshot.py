"""A snapshot: the immutable index that audits read, under the name that reports cite; byte by byte in ``docs/index-format.md``."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from pydantic import TypeAdapter

from fingerprints import shard
from fingerprints.errors import SchemeError
from fingerprints.model import Modality
from provenance.errors import RegistryError
from provenance.files import file_sha256

SCHEMA: Final = "provenance-snapshot/2"
FOLDER: Final = "snapshots"
CURRENT: Final = "CURRENT"
REMEDY: Final = "make the index again: provenance registry verify REGISTRY --rebuild"
_RETRIES: Final = 4  # while a reader is between CURRENT and what it leads to, two publications can end, once in a long while
_DIGEST: Final = re.compile("[0-9a-f]{64}")

Works = Mapping[str, tuple[str, ...]]
"""Ids of works by the id of an asset."""


@dataclass(frozen=True, slots=True)
class IndexShard:
    """One folder of an index, as the manifest lists it: a shard, or a filter over several."""

    modality: Modality
    scheme: str
    directory: str
    """SHA-256 of its head, which holds the digest of every other file: equal contents have equal names."""
    assets: int
    files: Mapping[str, int]
    """Sizes in bytes by name."""

    def damage(self, folder: Path, *, thorough: bool) -> Iterator[str]:
        """The files that are missing or of another size, and, if thorough, those of another digest."""
        for name, size in self.files.items():
            file = folder / self.directory / name
            if not file.is_file():
                yield f"{file}: the file is missing"
            elif file.stat().st_size != size:
                yield f"{file}: the file has {file.stat().st_size} bytes, not {size}"
            elif thorough and name != shard.HEAD:
                yield from self._changed(file)

    def _changed(self, file: Path) -> Iterator[str]:
        try:
            layout = shard.head(file.parent).arrays.get(file.stem)
        except SchemeError as error:
            yield str(error)
            return
        if layout is None or file_sha256(file) != layout.sha256:
            yield f"{file}: the contents were changed or are damaged"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot consists of; its file's SHA-256 is the snapshot's name."""

    entry: int
    """Number of the log's newest entry: the state of works and rights that the snapshot was made from."""
    log_head: str
    """Digest of that entry."""
    shards: tuple[IndexShard, ...]
    """By modality, the largest first."""
    filters: tuple[IndexShard, ...]
    """At most one a modality, over all of its shards where there are several."""
    erased: Mapping[Modality, tuple[str, ...]]
    """Assets that are in a shard and must not be reported any more."""
    works: str | None
    """SHA-256 of the file that holds the works of every asset, as of some earlier entry."""
    changed: Works
    """The works of the assets of which that file does not hold, or not any more, the right ones; none for an asset whose works were
    all removed."""
    embeddings: IndexShard | None = None
    """Of the windows of text works, all under one model; what it holds of removed works is known by their absence from the assets."""
    schema: str = SCHEMA

    def encode(self) -> bytes:
        """The manifest as canonical JSON."""
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)

    def names(self) -> Iterator[str]:
        """Everything that it needs in the folder of snapshots, itself included."""
        yield f"{hashlib.sha256(self.encode()).hexdigest()}.json"
        yield from (part.directory for part in self.parts())
        if self.works is not None:
            yield works_file(self.works)

    def damage(self, folder: Path, *, thorough: bool) -> Iterator[str]:
        """What is wrong with the files of its shards and filters."""
        for part in self.parts():
            yield from part.damage(folder, thorough=thorough)

    def parts(self) -> Iterator[IndexShard]:
        """Every folder of the index."""
        yield from (*self.shards, *self.filters)
        if self.embeddings is not None:
            yield self.embeddings

    def works_by_asset(self, folder: Path) -> dict[str, tuple[str, ...]]:
        """Ids of works by asset, those of removed works left out; raises RegistryError where the file of them is damaged."""
        known = _MAP.validate_json(_named(folder, works_file(self.works), self.works)) if self.works is not None else {}
        known.update(self.changed)
        return {asset: works for asset, works in known.items() if works}


_MANIFEST = TypeAdapter(Manifest)
_MAP = TypeAdapter(dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An index to audit against, pinned: later changes of the registry do not touch it.

    Its files stay until the second publication after it, and on Linux for as long as a process has them mapped.
    """

    directory: Path
    digest: str
    """SHA-256 of the manifest."""
    shards: Mapping[Modality, tuple[Path, ...]]
    """Folders of the index, several a modality; the name of each is the digest of its contents. An asset is in one of them."""
    schemes: Mapping[Modality, str]
    erased: frozenset[str]
    assets: Works
    embeddings: tuple[str, Path] | None = None
    """Scheme and folder of the embeddings of text works, if there are any."""


def works_file(digest: str) -> str:
    """Name of the file that holds the works of every asset."""
    return f"works-{digest}.json"


def current(registry: Path) -> tuple[str, Manifest]:
    """The digest and the manifest that the registry's CURRENT names; raises RegistryError when they cannot be relied on."""
    digest = _current_digest(registry)
    fields = orjson.loads(_named(registry / FOLDER, f"{digest}.json", digest))
    if not isinstance(fields, dict) or fields.get("schema") != SCHEMA:
        raise RegistryError(f"the snapshot was written by another version: this one reads {SCHEMA}", REMEDY)
    return digest, _MANIFEST.validate_python(fields)


def read(registry: Path) -> Snapshot:
    """The registry's current snapshot; raises RegistryError when a shard's file is missing or cut short."""
    for _ in range(_RETRIES):
        before = _current_digest(registry)
        try:
            return _read(registry)
        except RegistryError:
            if _current_digest(registry) == before:
                raise
    return _read(registry)


def _read(registry: Path) -> Snapshot:
    digest, manifest = current(registry)
    folder = registry / FOLDER
    if damage := next(manifest.damage(folder, thorough=False), None):
        raise RegistryError(f"the index is damaged: {damage}", REMEDY)
    paths: dict[Modality, tuple[Path, ...]] = {}
    for part in manifest.shards:
        paths[part.modality] = (*paths.get(part.modality, ()), folder / part.directory)
    schemes = {part.modality: part.scheme for part in manifest.shards}
    erased = frozenset(asset for assets in manifest.erased.values() for asset in assets)
    embeddings = (manifest.embeddings.scheme, folder / manifest.embeddings.directory) if manifest.embeddings else None
    return Snapshot(folder, digest, paths, schemes, erased, manifest.works_by_asset(folder), embeddings)


def _current_digest(registry: Path) -> str:
    try:
        digest = (registry / FOLDER / CURRENT).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"the registry {registry} has no snapshot: {error}", REMEDY) from error
    if not _DIGEST.fullmatch(digest):
        raise RegistryError(f"the registry {registry} has no snapshot: {CURRENT} is damaged", REMEDY)
    return digest


def _named(folder: Path, name: str, digest: str) -> bytes:
    """A file that is named by its digest; raises RegistryError if it is another one or none."""
    what = "the manifest" if name == f"{digest}.json" else "the list of assets"
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise RegistryError(f"{what} of the snapshot cannot be read: {error}", REMEDY) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise RegistryError(f"{what} {name} is damaged: its digest is not its name", REMEDY)
    return content
