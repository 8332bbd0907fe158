"""Making a snapshot: shards are built beside, named by what is in them, and become visible when CURRENT is renamed."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Final

import orjson

from fingerprints.model import Modality
from fingerprints.schemes import SCHEMES
from provenance.errors import RegistryError
from provenance.files import file_sha256
from provenance.registry.snapshot import CURRENT, FOLDER, IndexShard, Manifest, current
from provenance.registry.store import Store

_BUILDING: Final = ".building-"


def publish(store: Store, registry: Path, build: Collection[Modality] = (), *, force: bool = False) -> str:
    """Makes the truth visible to audits, and gives the new snapshot's digest.

    Shards of the modalities to ``build`` are made again if an asset is missing in them, or in any case with ``force``; all others are
    kept as they are, and assets of removed works in them are listed as erased. What neither the new snapshot nor the one that it
    replaces needs is deleted, so that an audit which pinned the replaced one can end. Raises RegistryError where shards would have to
    be kept and the manifest that lists them cannot be read.
    """
    folder = registry / FOLDER
    folder.mkdir(exist_ok=True)
    old = _previous(registry, may_be_lost=set(store.modalities()) <= set(build))
    works = store.works_by_asset()
    kept = {shard.modality: shard for shard in (old.shards if old else ()) if not (force and shard.modality in build)}
    for modality in build:
        shard = _built(store, folder, modality, kept.get(modality))
        if shard is not None:
            kept[modality] = shard
    shards = tuple(kept[modality] for modality in Modality if modality in kept)
    erased = tuple(sorted({asset for shard in shards for asset in shard.assets} - set(works)))
    manifest = Manifest(store.head(), shards, erased, works)
    digest = _write(folder, manifest)
    _delete_unused(folder, (manifest, old) if old else (manifest,))
    return digest


def _previous(registry: Path, *, may_be_lost: bool) -> Manifest | None:
    """The manifest in force; None if there is none or it is damaged, where that does no harm."""
    try:
        return current(registry)[1]
    except RegistryError:
        if not may_be_lost:
            raise
        return None


def _built(store: Store, folder: Path, modality: Modality, old: IndexShard | None) -> IndexShard | None:
    """A shard that holds every live asset: the old one if that is so already; None if nothing can be matched."""
    scheme = SCHEMES[modality].name
    wanted = store.matchable(modality, scheme)
    if old is not None and old.scheme == scheme and set(wanted) <= set(old.assets):
        return old
    if not wanted:
        return None
    builder = SCHEMES[modality].builder()
    for asset in wanted:
        builder.add(asset, store.fingerprint(asset, scheme))
    place = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=folder))
    builder.write(place)
    files = {file.name: (file_sha256(file), file.stat().st_size) for file in sorted(place.iterdir())}
    name = hashlib.sha256(orjson.dumps(files, option=orjson.OPT_SORT_KEYS)).hexdigest()
    for file in place.iterdir():
        _settle(file)
    _settle(place)
    shard = IndexShard(modality, scheme, name, files, wanted)
    _take_place(place, folder, shard)
    return shard


def _take_place(built: Path, folder: Path, shard: IndexShard) -> None:
    """Moves a built shard under its name; one that stands there already stays if it is whole, and goes if it is damaged."""
    target = folder / shard.directory
    if target.exists():
        if not any(shard.damage(folder, thorough=True)):
            return
        target.rename(built.with_name(f"{built.name}-replaced"))
    built.chmod(0o755)  # mkdtemp lets nobody but the owner in; the registry's own folder decides who may read
    built.rename(target)
    _settle(folder)


def _write(folder: Path, manifest: Manifest) -> str:
    """Writes the manifest, then lets CURRENT name it; before the last rename nothing has changed for readers."""
    content = manifest.encode()
    digest = hashlib.sha256(content).hexdigest()
    _replace(folder / f"{digest}.json", content)
    _replace(folder / CURRENT, f"{digest}\n".encode("ascii"))
    return digest


def _replace(path: Path, content: bytes) -> None:
    """Writes a file whole, on disk before it has its name."""
    beside = path.with_name(f"{_BUILDING}{path.name}")
    beside.write_bytes(content)
    _settle(beside)
    beside.replace(path)
    _settle(path.parent)


def _settle(path: Path) -> None:
    """Waits until a file or folder is on disk; Windows cannot open folders, and orders renames in its journal."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _delete_unused(folder: Path, manifests: tuple[Manifest, ...]) -> None:
    """Deletes what no manifest names, and what an interrupted run left."""
    used = {CURRENT} | {shard.directory for manifest in manifests for shard in manifest.shards}
    used |= {f"{hashlib.sha256(manifest.encode()).hexdigest()}.json" for manifest in manifests}
    for path in folder.iterdir():
        if path.name in used:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
