"""The folder that results are kept in: where it is, what it holds, and how it is kept small."""

import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from provenance import journal
from provenance.errors import UsageError
from provenance.journal import JournalError

SUFFIX: Final = ".journal"
REMEDY: Final = "name a folder that you may write to: --cache DIR, or do without: --no-cache"
TOUCHED: Final = timedelta(hours=1)  # how exactly the last use of a file is known: one change of its time an hour is no load
BUSY: Final = timedelta(days=1)  # without an end mark and changed since: a run may be writing it, even one that long found all it asked for


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted."""

    files: int
    bytes: int
    busy: int
    """Files that were to go and stayed, because a run may be writing them."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a folder holds."""

    runs: int
    entries: int
    bytes: int
    oldest: datetime | None
    """When the file was last used whose last use is longest ago."""


def default_folder() -> Path:
    """Where results are kept unless told otherwise: $PROVENANCE_CACHE, or the system's place for caches.

    Raises UsageError for an account without a home folder.
    """
    if named := os.environ.get("PROVENANCE_CACHE"):
        return Path(named)
    name = "provenance-audit"
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if base.is_absolute():  # a relative one is to be ignored: XDG Base Directory Specification
        return base / name
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / name / "Cache"
        return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / name
    except RuntimeError as error:
        raise UsageError("this account has no home folder to keep results in", REMEDY) from error


def prune(folder: Path, *, older: timedelta | None = None, most_bytes: int | None = None) -> Pruned:
    """Deletes what was last used that long ago, then the longest unused until what is left is no larger; either may be None.

    A file without an end mark that changed within the last day stays, for a run may be writing it: where storage is shared over a network,
    times can be relied on and locks cannot. A run that reads a deleted file scans again. Raises UsageError where nothing can be deleted.
    """
    now = time.time()
    files = sorted(_stored(folder), key=lambda file: (file[1].st_mtime, file[0]))
    left = sum(status.st_size for _, status in files)
    gone = freed = busy = 0
    for path, status in files:
        expired = older is not None and max(now - status.st_mtime, 0) >= older.total_seconds()
        if not expired and (most_bytes is None or left <= most_bytes):
            continue
        if now - status.st_mtime < BUSY.total_seconds() and not _finished(path):
            busy += 1
            continue
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(folder, error) from error
        gone, freed, left = gone + 1, freed + status.st_size, left - status.st_size
        with suppress(OSError):
            path.parent.rmdir()  # which does nothing to a folder that is not empty
    return Pruned(gone, freed, busy)


def usage(folder: Path) -> Usage:
    """How much a folder holds; raises UsageError where it cannot be read."""
    files = tuple(_stored(folder))
    entries = 0
    for path, _ in files:
        with suppress(OSError, JournalError), journal.Reader(path) as reader:
            entries += sum(1 for _ in reader.heads())
    last = min((status.st_mtime for _, status in files), default=None)
    oldest = None if last is None else datetime.fromtimestamp(last, UTC)
    return Usage(len(files), entries, sum(status.st_size for _, status in files), oldest)


def journals(folder: Path) -> tuple[Path, ...]:
    """The journals in the folder of one key, oldest first by the time in their names; none where it cannot be read."""
    try:
        return tuple(sorted(path for path in folder.iterdir() if path.suffix == SUFFIX))
    except OSError:
        return ()


def touch(file: Path) -> None:
    """Notes that a journal is in use, where its time may be changed."""
    with suppress(OSError):
        if time.time() - file.stat().st_mtime > TOUCHED.total_seconds():
            os.utime(file)


def unusable(folder: Path, error: OSError) -> UsageError:
    """What to say where results cannot be kept."""
    return UsageError(f"results cannot be kept in {folder}: {error.strerror or error}", REMEDY)


def _stored(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Every journal of every key: its magic says that it is one, for other programs call their files so too."""
    try:
        subfolders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror or error}", "name the folder of results: --cache DIR") from error
    for path in (path for subfolder in subfolders for path in journals(subfolder)):
        with suppress(OSError, JournalError):  # deleted meanwhile, or not ours
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                journal.Reader(path).close()
                yield path, status


def _finished(path: Path) -> bool:
    """True if whoever wrote the journal has closed it."""
    try:
        with journal.Reader(path) as reader:
            return reader.finished()
    except (OSError, JournalError):
        return False
