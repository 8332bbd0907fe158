"""Index shards on machines that do not reach the registry: packed once, unpacked once on each machine, found again by their digest."""

import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fingerprints import shard
from fingerprints.errors import SchemeError
from fingerprints.model import Modality
from provenance.errors import CapabilityError, RegistryError

CHUNK: Final = 64 << 20  # bytes that are in a process's memory at once; Ray moves objects of this size at the speed of the network
KEPT: Final = 7 * 24 * 3600  # seconds after its last use at which a run deletes an index that an earlier one left on the machine
BUILDING: Final = ".building-"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A folder of the index on its way."""

    name: str
    """The folder's, which is the digest of what is in it."""
    files: Mapping[str, tuple[Any, ...]]
    """By name, what stands for each chunk: it is given to ``fetch``, which gives its bytes."""


def at_hand(shards: Mapping[Modality, Sequence[Path]]) -> bool:
    """True if every shard is where the task says, and is the one that its name says, complete."""
    return all(_whole(folder) for folders in shards.values() for folder in folders)


def packed(shards: Mapping[Modality, Sequence[Path]], put: Callable[[bytes], Any]) -> tuple[Parcel, ...]:
    """Every folder that scanners open: the shards, and the filters beside them. Raises RegistryError where one cannot be read."""
    folders = {folder for of_modality in shards.values() for folder in of_modality}
    filters = {found for parent in {folder.parent for folder in folders} for found in parent.glob(f"{shard.FILTER}*") if _whole(found)}
    try:
        return tuple(_parcel(folder, put) for folder in sorted(folders | filters))
    except OSError as error:
        raise RegistryError(f"the index cannot be read: {error}", "run 'provenance registry verify'") from error


def unpacked(parcels: Sequence[Parcel], fetch: Callable[[Any], bytes]) -> Path:
    """The folder of this machine that holds all of the parcels; those are fetched that are not there yet.

    One process of a machine fetches while the others wait for it. Raises CapabilityError where nothing can be written.
    """
    home = Path(tempfile.gettempdir()) / f"provenance-index-{os.getuid()}"
    try:
        _make_private(home)
        with _alone(home):
            _tidy(home, {parcel.name for parcel in parcels})
            for parcel in parcels:
                _unpack(parcel, home, fetch)
    except OSError as error:
        remedy = "set TMPDIR on the nodes to a folder of a disk with room for the index"
        raise CapabilityError(f"a node cannot keep the index: {error}", remedy) from error
    return home


def _parcel(folder: Path, put: Callable[[bytes], Any]) -> Parcel:
    files = sorted(file for file in folder.iterdir() if file.is_file())
    return Parcel(folder.name, {file.name: tuple(map(put, _chunks(file))) for file in files})


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            yield chunk


def _unpack(parcel: Parcel, home: Path, fetch: Callable[[Any], bytes]) -> None:
    """Puts a parcel's folder into place by renaming it, so that it is there whole or not at all."""
    place = home / parcel.name
    if not _whole(place):
        shutil.rmtree(place, ignore_errors=True)
        building = home / f"{BUILDING}{secrets.token_hex(8)}"
        building.mkdir()
        for name, chunks in parcel.files.items():
            with (building / name).open("xb") as file:
                for chunk in chunks:
                    file.write(fetch(chunk))
        building.rename(place)
    os.utime(place)  # the time of its last use


def _whole(folder: Path) -> bool:
    """True if a folder's head is the one that its name says and its arrays have their sizes; contents are checked as they are read."""
    try:
        arrays = shard.head(folder).arrays
        return all((folder / f"{name}.npy").stat().st_size == layout.bytes for name, layout in arrays.items())
    except (SchemeError, OSError):
        return False


def _make_private(home: Path) -> None:
    """Makes the folder; refuses one that another user could have put there, since a registered text can be rebuilt from its index."""
    with suppress(FileExistsError):
        home.mkdir(mode=0o700)
    status = home.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise PermissionError(f"{home} is not a folder that its owner alone can open")


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Holds the folder's lock, which ends with the process that holds it."""
    import fcntl  # Unix alone, as are the nodes of a Ray cluster; the driver of one on Windows never comes here

    with (home / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tidy(home: Path, wanted: set[str]) -> None:
    """Deletes what interrupted runs left half built, and what no run has used for a while."""
    for folder in home.iterdir():
        if folder.name.startswith(BUILDING) or (folder.name not in wanted and folder.stat().st_mtime < time.time() - KEPT):
            shutil.rmtree(folder, ignore_errors=True)
