"""Making a snapshot: its parts are built beside, named by what is in them, and become visible when CURRENT is renamed.

Everything is on disk under its final name before CURRENT names it. A run that ends before leaves what no manifest names; the next one
deletes it.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import orjson

from fingerprints import shard
from fingerprints.errors import SchemeError
from fingerprints.model import Modality
from fingerprints.schemes import SCHEMES
from provenance.errors import RegistryError
from provenance.registry.snapshot import CURRENT, FOLDER, REMEDY, IndexShard, Manifest, Works, current, works_file
from provenance.registry.store import Store
from provenance.registry.tiers import planned

MOST_CHANGED: Final = 4096
"""Assets in the manifest itself (0.4 MB, 2 ms to read) before the works of all are written to a file of their own (0.3 s at 1e5 assets)."""
_BUILDING: Final = ".building-"


@runtime_checkable
class FilterWriter(Protocol):
    """A builder of a modality whose shards have a filter in common."""

    def write_filter(self, directory: Path, shards: Sequence[Path], previous: Path | None) -> None:
        """Writes a filter over the shards into an empty directory, from that over most of them if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class _Parts:
    """The index of one modality."""

    shards: tuple[IndexShard, ...] = ()
    filters: tuple[IndexShard, ...] = ()
    erased: tuple[str, ...] = ()


def publish(
    store: Store,
    registry: Path,
    build: Collection[Modality] = (),
    *,
    into_one: bool = False,
    keep_replaced: bool = True,
    embed: bool = False,
) -> str:
    """Makes the truth visible to audits, and gives the new snapshot's digest.

    Live assets of the modalities to ``build`` that no shard holds get a new one; so do those that an interrupted run registered.
    ``into_one`` makes each of them one shard without assets of removed works, and drops modalities of which no asset is left; then,
    and with ``embed``, the shard of embeddings is made again from those that are stored of live assets. All other
    shards are kept as they are, and assets of removed works in them are listed as erased. What neither the new snapshot nor the one that
    it replaces needs is deleted, so that an audit which pinned the replaced one can end; with ``keep_replaced`` off only the new one
    stays. Raises RegistryError where shards would have to be kept and the manifest that lists them cannot be read, where a shard is
    damaged, and where the disk is full.
    """
    try:
        return _published(store, registry, build, into_one=into_one, keep_replaced=keep_replaced, embed=embed)
    except SchemeError as error:
        raise RegistryError(str(error), REMEDY) from error
    except OSError as error:
        remedy = "what was recorded is kept; when the folder can be written and the disk has room, do this again"
        raise RegistryError(f"the index in {registry / FOLDER} cannot be written: {error.strerror or error}", remedy) from error


def _published(store: Store, registry: Path, build: Collection[Modality], *, into_one: bool, keep_replaced: bool, embed: bool) -> str:
    folder = registry / FOLDER
    folder.mkdir(exist_ok=True)
    old = _previous(store, registry, build)
    if old is not None and store.purged_since(old.entry):  # perhaps by a run that was interrupted: the truth does not know any more of what
        build, into_one, keep_replaced = store.modalities(), True, False
    parts = _parts_of(old)
    if into_one:
        live = store.modalities()
        parts = {modality: part for modality, part in parts.items() if modality in live}
    lost = {change.modality for change in store.changed_assets(old.entry) if change.works} if old else set()
    for modality in {*build, *lost}:
        parts[modality] = _built(store, folder, modality, parts.get(modality, _Parts()), into_one=into_one)
    embeddings = _embedded(store, folder) if embed or into_one or old is None else old.embeddings
    manifest = _manifest(store, folder, old, parts, embeddings, afresh=into_one)
    digest = _write(folder, manifest)
    _delete_unused(folder, (manifest, old) if old and keep_replaced else (manifest,))
    return digest


def _previous(store: Store, registry: Path, build: Collection[Modality]) -> Manifest | None:
    """The manifest in force; None if there is none or it is damaged, and everything is built anyway."""
    try:
        return current(registry)[1]
    except RegistryError:
        if set(store.modalities()) <= set(build):
            return None
        raise


def _parts_of(manifest: Manifest | None) -> dict[Modality, _Parts]:
    if manifest is None:
        return {}
    return {
        modality: _Parts(
            tuple(part for part in manifest.shards if part.modality is modality),
            tuple(part for part in manifest.filters if part.modality is modality),
            manifest.erased.get(modality, ()),
        )
        for modality in {part.modality for part in manifest.shards}
    }


def _built(store: Store, folder: Path, modality: Modality, old: _Parts, *, into_one: bool) -> _Parts:
    """The modality's index with every live asset in it."""
    scheme = SCHEMES[modality].name
    usable = {part.directory: part for part in old.shards if part.scheme == scheme}
    if into_one:
        usable = {name: part for name, part in usable.items() if not any(part.damage(folder, thorough=True))}
    held = {name: shard.head(folder / name).assets for name in usable}
    live = store.live(modality)
    plan = planned(held, store.matchable(modality, scheme), into_one=into_one)
    shards = [usable[name] for name in plan.kept]
    if plan.built:
        made = _placed(folder, modality, lambda place: _build(store, place, modality, plan.built), assets=len(plan.built))
        shards.append(made)
        held[made.directory] = plan.built
    shards.sort(key=lambda part: (-part.assets, part.directory))
    erased = {asset for part in shards for asset in held[part.directory] if asset not in live}
    return _Parts(tuple(shards), _filters(folder, shards, old.filters), tuple(sorted(erased)))


def _build(store: Store, place: Path, modality: Modality, assets: Sequence[str]) -> None:
    builder = SCHEMES[modality].builder()
    for asset in assets:
        builder.add(asset, store.fingerprint(asset, builder.scheme))
    builder.write(place)


def _embedded(store: Store, folder: Path) -> IndexShard | None:
    """The shard of the embeddings that are stored of live assets; None if there are none."""
    from fingerprints.text.semantic import Builder

    scheme = store.embedding_scheme()
    assets = store.matchable(Modality.TEXT, scheme) if scheme else ()
    if scheme is None or not assets:
        return None
    builder = Builder(scheme)
    for asset in assets:
        builder.add(asset, store.fingerprint(asset, scheme))
    return _placed(folder, Modality.TEXT, builder.write, assets=len(assets), scheme=scheme)


def _filters(folder: Path, shards: Sequence[IndexShard], old: tuple[IndexShard, ...]) -> tuple[IndexShard, ...]:
    """The filter over all shards of a modality, where there are several and its scheme has one."""
    if len(shards) < 2:
        return ()
    modality = shards[0].modality
    builder = SCHEMES[modality].builder()
    if not isinstance(builder, FilterWriter):
        return ()
    directories = [folder / part.directory for part in shards]
    previous = next((folder / part.directory for part in old if part.scheme == shards[0].scheme), None)
    return (_placed(folder, modality, lambda place: builder.write_filter(place, directories, previous), prefix=shard.FILTER),)


def _placed(
    folder: Path, modality: Modality, build: Callable[[Path], None], *, assets: int = 0, prefix: str = "", scheme: str | None = None
) -> IndexShard:
    """What was built, in a folder under the digest of its head, on disk; one that stands there already stays if it is whole."""
    place = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=folder))
    build(place)
    files = {file.name: file.stat().st_size for file in sorted(place.iterdir())}
    made = IndexShard(modality, scheme or SCHEMES[modality].name, prefix + shard.digest(place), assets, files)
    for file in place.iterdir():
        _settle(file)
    _settle(place)
    _take_place(place, folder, made)
    return made


def _take_place(built: Path, folder: Path, made: IndexShard) -> None:
    """Moves what was built under its name; what stands there already stays if it is whole, and goes if it is damaged."""
    target = folder / made.directory
    if target.exists():
        if not any(made.damage(folder, thorough=True)):
            return
        target.rename(built.with_name(f"{built.name}-replaced"))
    built.chmod(0o755)  # mkdtemp lets nobody but the owner in; the registry's own folder decides who may read
    built.rename(target)
    _settle(folder)


def _manifest(
    store: Store, folder: Path, old: Manifest | None, parts: Mapping[Modality, _Parts], embeddings: IndexShard | None, *, afresh: bool
) -> Manifest:
    """The manifest of these parts and of the works as they are now."""
    ordered = [(modality, parts[modality]) for modality in Modality if modality in parts and parts[modality].shards]
    manifest = Manifest(
        store.entry(),
        store.head(),
        tuple(part for _, of_modality in ordered for part in of_modality.shards),
        tuple(part for _, of_modality in ordered for part in of_modality.filters),
        {modality: of_modality.erased for modality, of_modality in ordered if of_modality.erased},
        old.works if old else None,
        old.changed if old else {},
        embeddings,
    )
    if old is not None and not afresh:
        manifest = _continued(store, manifest, old.entry)
        if len(manifest.changed) <= MOST_CHANGED:
            return manifest
    return _with_all_works(store, folder, manifest)


def _continued(store: Store, manifest: Manifest, since: int) -> Manifest:
    """The manifest with what changed after this entry of the log; its length does not depend on the registry's."""
    changes = store.changed_assets(since)
    erased = {modality: set(assets) for modality, assets in manifest.erased.items()}
    for change in changes:
        if change.works:
            erased.get(change.modality, set()).discard(change.id)
        elif store.is_matchable(change.id):
            erased.setdefault(change.modality, set()).add(change.id)
    changed = {**manifest.changed, **{change.id: change.works for change in changes}}
    left = {modality: tuple(sorted(assets)) for modality, assets in erased.items() if assets}
    return replace(manifest, erased=left, changed=changed)


def _with_all_works(store: Store, folder: Path, manifest: Manifest) -> Manifest:
    """The manifest with the works of every asset, in a file of their own if they are many."""
    works: Works = store.works_by_asset()
    if len(works) <= MOST_CHANGED:
        return replace(manifest, works=None, changed=works)
    content = orjson.dumps(works, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(content).hexdigest()
    _replace(folder / works_file(digest), content)
    return replace(manifest, works=digest, changed={})


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
    used = {CURRENT, *(name for manifest in manifests for name in manifest.names())}
    for path in folder.iterdir():
        if path.name in used:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
