"""A snapshot: the immutable index that audits read, under the name that reports cite."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from pydantic import TypeAdapter

from fingerprints.model import Modality
from provenance.errors import RegistryError
from provenance.files import file_sha256

SCHEMA: Final = "provenance-snapshot/1"
FOLDER: Final = "snapshots"
CURRENT: Final = "CURRENT"
REMEDY: Final = "make the index again: provenance registry verify REGISTRY --rebuild"


@dataclass(frozen=True, slots=True)
class IndexShard:
    """One folder of an index, as the manifest lists it."""

    modality: Modality
    scheme: str
    directory: str
    """SHA-256 of the list of its files and their digests; equal contents have equal names."""
    files: Mapping[str, tuple[str, int]]
    """SHA-256 and size by name."""
    assets: tuple[str, ...]

    def damage(self, folder: Path, *, thorough: bool) -> Iterator[str]:
        """The files that are missing or of another size, and, if thorough, those of another digest."""
        for name, (sha256, size) in self.files.items():
            file = folder / self.directory / name
            if not file.is_file():
                yield f"{file}: the file is missing"
            elif file.stat().st_size != size:
                yield f"{file}: the file has {file.stat().st_size} bytes, not {size}"
            elif thorough and file_sha256(file) != sha256:
                yield f"{file}: the contents were changed or are damaged"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot consists of; its file's SHA-256 is the snapshot's name."""

    log_head: str
    """Digest of the log's newest entry: the state of works and rights that the snapshot was made from."""
    shards: tuple[IndexShard, ...]
    erased: tuple[str, ...]
    """Assets that are in a shard and must not be reported any more."""
    works: Mapping[str, tuple[str, ...]]
    """Ids of works by asset; those of removed works are left out."""
    schema: str = SCHEMA

    def encode(self) -> bytes:
        """The manifest as canonical JSON."""
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS)

    def damage(self, folder: Path, *, thorough: bool) -> Iterator[str]:
        """What is wrong with the files of its shards."""
        for shard in self.shards:
            yield from shard.damage(folder, thorough=thorough)


_MANIFEST = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An index to audit against, pinned: later changes of the registry do not touch it."""

    directory: Path
    digest: str
    """SHA-256 of the manifest."""
    shards: Mapping[Modality, tuple[Path, ...]]
    """Folders of the index; the name of each is the digest of its contents."""
    schemes: Mapping[Modality, str]
    erased: frozenset[str]
    assets: Mapping[str, tuple[str, ...]]
    """Ids of works by the id of an asset."""


def current(registry: Path) -> tuple[str, Manifest]:
    """The digest and the manifest that the registry's CURRENT names; raises RegistryError when they cannot be relied on."""
    folder = registry / FOLDER
    try:
        digest = (folder / CURRENT).read_text(encoding="ascii").strip()
        content = (folder / f"{digest}.json").read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"the registry {registry} has no snapshot: {error}", REMEDY) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise RegistryError(f"the manifest {digest}.json is damaged: its digest is not its name", REMEDY)
    return digest, _manifest(orjson.loads(content))


def read(registry: Path) -> Snapshot:
    """The registry's current snapshot; raises RegistryError when a shard's file is missing or cut short."""
    digest, manifest = current(registry)
    folder = registry / FOLDER
    if damage := next(manifest.damage(folder, thorough=False), None):
        raise RegistryError(f"the index is damaged: {damage}", REMEDY)
    paths: dict[Modality, tuple[Path, ...]] = {}
    for shard in manifest.shards:
        paths[shard.modality] = (*paths.get(shard.modality, ()), folder / shard.directory)
    schemes = {shard.modality: shard.scheme for shard in manifest.shards}
    return Snapshot(folder, digest, paths, schemes, frozenset(manifest.erased), manifest.works)


def _manifest(fields: object) -> Manifest:
    """The manifest in parsed JSON."""
    if not isinstance(fields, dict) or fields.get("schema") != SCHEMA:
        raise RegistryError(f"the snapshot was written by another version: this one reads {SCHEMA}", REMEDY)
    return _MANIFEST.validate_python(fields)
