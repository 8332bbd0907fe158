"""The files under the paths given on the command line, each once, in an order that does not depend on the file system."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Final

from provenance.errors import UsageError
from provenance.readers.names import NO_MEDIA_FOLDERS, visible

REGISTRY_FILE: Final = "registry.sqlite"
"""A folder that holds a file of this name is a registry: its texts are an index, no data."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file, or something that stands where a file could stand; ``reason`` is empty if it is to be opened."""

    file: Path
    path: str
    size: int = 0
    reason: str = ""
    detail: str = ""
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Patterns:
    """Which files are meant."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]

    def admit(self, relative: str) -> bool:
        """True if a file is to be audited, by its path below the one given."""
        wanted = not self.include or any(_matches(relative, pattern) for pattern in self.include)
        return wanted and not any(_matches(relative, pattern) for pattern in self.exclude)


def _matches(relative: str, pattern: str) -> bool:
    """True if the pattern fits the path, its last part or one of the folders on the way."""
    pattern = pattern.rstrip("/")
    parts = relative.split("/")
    ways = ["/".join(parts[: i + 1]) for i in range(len(parts))]
    return any(fnmatchcase(name, pattern) for name in (*ways, *parts))


def walk(
    paths: Sequence[Path | str], include: Sequence[str] = (), exclude: Sequence[str] = (), own: Sequence[Path] = ()
) -> Iterator[list[Found]]:
    """The files of one folder after another; raises UsageError for a path that is not there.

    What lies in the folder of a registry, and the files and folders in ``own``, are excluded whole.
    """
    patterns, seen = Patterns(tuple(include), tuple(exclude)), set[str]()
    outputs = frozenset(path.resolve() for path in own)
    roots = [Path(given) for given in paths]
    for root in roots:
        if not root.exists():
            raise UsageError(f"{printable(root)} cannot be audited: there is no such file or folder", "name an existing one")
    for root in roots:
        for folder in _Tree(root, patterns, outputs).folders():
            fresh = [found for found in folder if found.path not in seen] if seen else folder
            if len(roots) > 1:
                seen.update(found.path for found in fresh)
            if fresh:
                yield fresh


def printable(path: PurePath) -> str:
    r"""A path as reports write it: forward slashes, and bytes that are no UTF-8 as ``\xff``."""
    return visible(path.as_posix())


class _Tree:
    """What lies under one path."""

    def __init__(self, root: Path, patterns: Patterns, own: frozenset[Path]) -> None:
        self.root, self.patterns, self.own = root, patterns, own
        self.real = root.resolve()

    def folders(self) -> Iterator[list[Found]]:
        """The files of each folder by name, then those of the folders in it; a single file is a folder of one."""
        if not self.root.is_dir():
            yield [self._found(self.root, self.root.name, self.root.stat(), self._reason(self.real))]
            return
        waiting = [(self.root, self._reason(self.real))]
        while waiting:
            folder, reason = waiting.pop()
            try:
                names = sorted(os.listdir(folder))  # noqa: PTH208 - pathlib makes an object of each name first
            except OSError as error:
                yield [Found(folder, printable(folder), 0, "unreadable", error.strerror or str(error))]
                continue
            if REGISTRY_FILE in names:
                reason = "registry"
            found, below = list[Found](), list[tuple[Path, str]]()
            for name in names:
                entry = self._entry(folder / name, reason)
                if isinstance(entry, Found):
                    found.append(entry)
                else:
                    below.append(entry)
            yield found
            waiting.extend(reversed(below))

    def _reason(self, real: Path) -> str:
        """Why a resolved path is excluded whole, if it is one of this run's own outputs or lies in one; empty otherwise."""
        return "own-output" if self.own and not self.own.isdisjoint((real, *real.parents)) else ""

    def _entry(self, file: Path, reason: str) -> Found | tuple[Path, str]:
        """The file, or the folder to look into; with a ``reason``, both are excluded."""
        try:
            status = file.lstat()
            relative = file.relative_to(self.root).as_posix()
            if self.own and not reason:
                reason = self._reason(self.real / relative)
            if stat.S_ISDIR(status.st_mode):
                return file, reason
            if stat.S_ISLNK(status.st_mode) and not reason:
                return self._link(file, relative)
            return self._found(file, relative, status, reason)
        except OSError as error:
            return Found(file, printable(file), 0, "unreadable", error.strerror or str(error))

    def _link(self, file: Path, relative: str) -> Found:
        """A symbolic link: read if it leads to a file under the same path; a link to a folder is never followed."""
        path = printable(file)
        try:
            target = file.resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: a loop
            return Found(file, path, 0, "dangling-link", "a symbolic link to nothing")
        if output := self._reason(target):
            return self._found(file, relative, target.stat(), output)
        if not target.is_relative_to(self.real):
            return Found(
                file, path, 0, "link-outside", f"a symbolic link to {printable(target)}, outside of what is audited: name that path"
            )
        if target.is_dir():
            return Found(file, path, 0, "link", "a symbolic link to a folder that is audited where it is", excluded=True)
        within = any((folder / REGISTRY_FILE).is_file() for folder in target.parents if folder.is_relative_to(self.real))
        return self._found(file, relative, target.stat(), "registry" if within else "")

    def _found(self, file: Path, relative: str, status: os.stat_result, reason: str) -> Found:
        path = printable(file)
        if reason:
            return Found(file, path, status.st_size, reason, excluded=True)
        if not self.patterns.admit(relative):
            return Found(file, path, status.st_size, "pattern", excluded=True)
        if not NO_MEDIA_FOLDERS.isdisjoint(relative.split("/")[:-1]):
            return Found(file, path, status.st_size, "no-media", excluded=True)
        if not stat.S_ISREG(status.st_mode):
            return Found(file, path, 0, "special-file", "a pipe, a socket or a device")
        return Found(file, path, status.st_size)
