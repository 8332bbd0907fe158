"""Embedding the registered text works, so that audits can look for paraphrases: a fingerprint of one more scheme, which needs the files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from fingerprints.errors import FingerprintError, ModelError
from fingerprints.model import Modality
from fingerprints.schemes import SCHEMES
from provenance.errors import CapabilityError
from provenance.files import file_sha256
from provenance.model import Asset
from provenance.readers.work import text_of
from provenance.registry.addition import Progress, Unmatchable
from provenance.registry.intake import CHANGED, CRASHED, UNREADABLE
from provenance.registry.processes import Died, in_order
from provenance.registry.store import Fingerprinted, Store

if TYPE_CHECKING:
    from fingerprints.text.semantic import Model

KEEP_SECONDS: Final = 1.0  # as an addition does: an interrupted run goes on where it was


@dataclass(frozen=True, slots=True)
class Embedded:
    """What embedding changed."""

    scheme: str
    assets: int
    """Files that were embedded now."""
    unchanged: int
    """Files that were embedded before."""
    absent: tuple[Unmatchable, ...]
    """Files that could not be: not there any more, changed, unreadable."""


def embed(store: Store, model: "Model", path_of: Callable[[Asset], Path], jobs: int, progress: Progress | None) -> Embedded:
    """Stores the embeddings of every text work that an audit can find and that has none; those of another model are dropped first.

    Raises CapabilityError where the model cannot be loaded.
    """
    if store.embedding_scheme() != model.scheme:
        with store.transaction():
            store.drop_embeddings()
    due = set(store.matchable(Modality.TEXT, SCHEMES[Modality.TEXT].name))
    missing = [asset for asset in store.pending(Modality.TEXT, model.scheme) if asset.id in due]
    made: list[tuple[str, Fingerprinted]] = []
    absent = list[Unmatchable]()
    kept = monotonic()
    try:
        for done, (asset, result) in enumerate(zip(missing, _embedded(model, missing, path_of, jobs), strict=True), 1):
            if result.value is None:
                owners = store.owners(asset.id)
                absent.append(Unmatchable(str(path_of(asset)), result.reason or "", result.detail or "", owners))
            else:
                made.append((asset.id, result))
            if monotonic() - kept >= KEEP_SECONDS:
                _keep(store, model, made)
                kept = monotonic()
            if progress is not None:
                progress(done, len(missing))
    finally:
        _keep(store, model, made)
    return Embedded(model.scheme, len(missing) - len(absent), len(due) - len(missing), tuple(absent))


def _keep(store: Store, model: "Model", made: list[tuple[str, Fingerprinted]]) -> None:
    """Stores what was made and empties the list."""
    with store.transaction():
        for asset, result in made:
            store.keep_fingerprint(asset, model.scheme, result)
    made.clear()


def _embedded(
    model: "Model", assets: Sequence[Asset], path_of: Callable[[Asset], Path], jobs: int
) -> "Sequence[Fingerprinted] | map[Fingerprinted]":
    tasks = [(asset.id, path_of(asset)) for asset in assets]
    work = partial(embedding, model)
    if jobs == 1 or len(tasks) <= 1:
        return map(work, tasks)
    return map(_survived, in_order(work, tasks, jobs))


def _survived(result: Fingerprinted | Died) -> Fingerprinted:
    return Fingerprinted(None, CRASHED, "the process that embedded the file ended") if isinstance(result, Died) else result


def embedding(model: "Model", task: tuple[str, Path]) -> Fingerprinted:
    """The embeddings of the file if it still is the asset, or why there are none; raises CapabilityError for an unusable model."""
    from fingerprints.text.semantic import make, pack

    asset, file = task
    try:
        if file_sha256(file) != asset:
            return Fingerprinted(None, CHANGED, "the file is not what was registered; put it back, or register it as it is now")
        return Fingerprinted(pack(model.scheme, make(text_of(file), model.encoder())))
    except ModelError as error:
        raise CapabilityError(str(error), error.remedy) from error
    except FingerprintError as error:
        return Fingerprinted(None, error.reason, str(error))
    except OSError as error:
        return Fingerprinted(None, UNREADABLE, f"the file cannot be read: {error.strerror or error}")
