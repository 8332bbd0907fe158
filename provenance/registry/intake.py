"""From paths to works' files: which there are, what they are, and the fingerprint of each, made in parallel."""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fingerprints.errors import FingerprintError
from fingerprints.model import IndexBuilder, Media, Modality
from fingerprints.schemes import SCHEMES
from provenance.errors import CapabilityError, UsageError
from provenance.files import file_sha256
from provenance.readers.sniff import head_of, sniff
from provenance.readers.walk import REGISTRY_FILE
from provenance.registry.processes import Died, in_order
from provenance.registry.store import Fingerprinted

WHOLE_FILE_READERS: Final = frozenset({"text", "image", "audio", "html", "pdf", "epub", "docx"})
COLLECTIONS: Final = frozenset({"jsonl", "json", "csv", "tsv", "parquet", "arrow", "tar", "zip", "warc"})
"""Formats that hold many items: data sets to audit, no works."""
CHANGED: Final = "changed"
CRASHED: Final = "crashed"
UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that may be a work's: its content's digest, and what it is."""

    file: Path
    asset: str
    size: int
    modality: Modality | None
    """None if it cannot be fingerprinted; ``reason`` and ``detail`` then say why."""
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no work."""

    file: Path
    reason: str
    detail: str


def find(paths: Iterable[Path], apart_from: Collection[Path]) -> tuple[tuple[Path, ...], tuple[Skipped, ...]]:
    """Every file under the paths, sorted, each once, resolved; hidden ones and those in ``apart_from`` are left out.

    Folders that hold another registry are not looked into; they come second. Raises UsageError for a path that is not there.
    """
    found: dict[Path, None] = {}
    registries: dict[Path, Skipped] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no {path}", "name files or folders that exist")
        for file in [path] if path.is_file() else sorted(_below(path, apart_from, registries)):
            if file.resolve() not in apart_from:
                found.setdefault(file.resolve())
    return tuple(found), tuple(registries.values())


def _below(folder: Path, apart_from: Collection[Path], registries: dict[Path, Skipped]) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        if REGISTRY_FILE in files:
            folders.clear()
            if (real := Path(parent).resolve()) not in apart_from:
                registries[real] = Skipped(real, "registry", "the folder of a registry: its files are no works")
            continue
        folders[:] = [name for name in folders if not name.startswith(".") and (Path(parent) / name).resolve() not in apart_from]
        yield from (Path(parent) / name for name in files if not name.startswith("."))


def examine_all(files: Sequence[Path], jobs: int) -> list[Examined | Skipped]:
    """What each file is, in their order; hashing leaves Python's lock, so that threads do."""
    with ThreadPoolExecutor(jobs) as threads:
        return list(threads.map(examine, files))


def examine(file: Path) -> Examined | Skipped:
    """What a file is, by its content before its name; one that cannot be opened is skipped and says so."""
    try:
        os.fspath(file).encode()  # a name that is not UTF-8 can be stored neither in SQLite nor in JSON
        with file.open("rb") as stream:
            head = head_of(stream)
        form = sniff(head, file.name)
        if form.excluded:
            return Skipped(file, form.reason, form.detail)
        if form.name in COLLECTIONS or (form.reader is not None and form.reader not in WHOLE_FILE_READERS):
            return Skipped(file, "collection", f"{form.name}: a data set to audit, not a work")
        asset, size = file_sha256(file), file.stat().st_size
    except UnicodeEncodeError:
        return Skipped(file, "name", "the file's name is not UTF-8: rename it")
    except OSError as error:
        return Skipped(file, UNREADABLE, str(error))
    if form.reader is None:
        return Examined(file, asset, size, None, form.reason, form.detail)
    return Examined(file, asset, size, form.modality)


def require(modalities: Iterable[Modality]) -> None:
    """Raises CapabilityError unless the libraries of every modality are installed."""
    for modality in modalities:
        missing = sorted({name for module, name in SCHEMES[modality].requires.items() if find_spec(module) is None})
        if missing:
            extra = "" if modality is Modality.TEXT else f"[{modality}]"
            raise CapabilityError(f"{modality} needs {', '.join(missing)}", f"pip install 'provenance-audit{extra}'")


def fingerprint_all(files: Sequence[Examined], jobs: int) -> Iterator[Fingerprinted]:
    """The fingerprint of each file, in their order, made by this many processes (by this one if it is one)."""
    if jobs == 1 or len(files) == 1:
        yield from map(fingerprint, files)
        return
    for made in in_order(fingerprint, files, jobs):
        yield Fingerprinted(None, CRASHED, "the process that read the file ended") if isinstance(made, Died) else made


def fingerprint(file: Examined) -> Fingerprinted:
    """The file's fingerprint, or why it has none."""
    if file.modality is None:
        return Fingerprinted(None, file.reason, file.detail)
    try:
        made = _attempt(file.modality, file.file)
        unchanged = file_sha256(file.file) == file.asset
    except OSError as error:
        return Fingerprinted(None, UNREADABLE, str(error))
    return made if unchanged else Fingerprinted(None, CHANGED, "the file changed while it was read")


def _attempt(modality: Modality, file: Path) -> Fingerprinted:
    try:
        return Fingerprinted(_builder(modality).fingerprint(_media(modality, file)))
    except FingerprintError as error:
        return Fingerprinted(None, error.reason, str(error))


def _media(modality: Modality, file: Path) -> Media:
    if modality is not Modality.TEXT:
        return file
    from provenance.readers.work import text_of

    return text_of(file)


@cache
def _builder(modality: Modality) -> IndexBuilder:
    """A builder to fingerprint with; nothing is added to it."""
    return SCHEMES[modality].builder()
