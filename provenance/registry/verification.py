"""What is wrong with a registry: in its database, in its log, in its index, and between them."""

from collections.abc import Iterator
from pathlib import Path

from fingerprints import shard
from fingerprints.errors import SchemeError
from provenance.errors import RegistryError
from provenance.registry import snapshot
from provenance.registry.snapshot import Manifest
from provenance.registry.store import Store


def problems(store: Store, registry: Path) -> Iterator[str]:
    """One sentence for each thing that is wrong; each shard file is read and its digest compared."""
    yield from store.problems()
    try:
        yield from (f"the stored fingerprint of the asset {asset} is damaged" for asset, _ in store.damaged_fingerprints())
        _, manifest = snapshot.current(registry)
        yield from manifest.damage(registry / snapshot.FOLDER, thorough=True)
        yield from _differences(store, registry / snapshot.FOLDER, manifest)
    except RegistryError as error:
        yield str(error)


def _differences(store: Store, folder: Path, manifest: Manifest) -> Iterator[str]:
    """Where the index is not what the truth would give."""
    works = store.works_by_asset()
    if manifest.log_head != store.head():
        yield "the snapshot was made before the log's newest entry: what was recorded since is not in it"
    if manifest.works_by_asset(folder) != dict(works):
        yield "the snapshot assigns files to works otherwise than the registry does"
    try:
        held = {asset for part in manifest.shards for asset in shard.head(folder / part.directory).assets}
    except SchemeError:
        return  # its damage is listed already
    for asset in sorted(store.due() - held):
        yield f"the asset {asset} is not in the index"
    erased = {asset for assets in manifest.erased.values() for asset in assets}
    for asset in sorted(held - works.keys() - erased):
        yield f"the asset {asset} is in the index, but it belongs to no work"
    for asset in sorted(works.keys() & erased):
        yield f"the asset {asset} belongs to a work, but the index hides it"
