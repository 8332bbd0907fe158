"""The files under the paths given on the command line, each once, in an order that does not depend on the file system."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from provenance.errors import UsageError
from provenance.readers.names import NO_MEDIA_FOLDERS


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


def walk(paths: Sequence[Path | str], include: Sequence[str] = (), exclude: Sequence[str] = ()) -> Iterator[list[Found]]:
    """The files of one folder after another; raises UsageError for a path that is not there."""
    patterns, seen = Patterns(tuple(include), tuple(exclude)), set[str]()
    roots = [Path(given) for given in paths]
    for root in roots:
        if not root.exists():
            raise UsageError(f"{printable(root)} cannot be audited: there is no such file or folder", "name an existing one")
    for root in roots:
        for folder in _Tree(root, patterns).folders():
            fresh = [found for found in folder if found.path not in seen] if seen else folder
            if len(roots) > 1:
                seen.update(found.path for found in fresh)
            if fresh:
                yield fresh


def printable(path: PurePath) -> str:
    r"""A path as reports write it: forward slashes, and bytes that are no UTF-8 as ``\xff``."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


class _Tree:
    """What lies under one path."""

    def __init__(self, root: Path, patterns: Patterns) -> None:
        self.root, self.patterns = root, patterns
        self.real = root.resolve()

    def folders(self) -> Iterator[list[Found]]:
        """The files of each folder by name, then those of the folders in it; a single file is a folder of one."""
        if not self.root.is_dir():
            yield [self._found(self.root, self.root.name, self.root.stat())]
            return
        waiting = [self.root]
        while waiting:
            folder = waiting.pop()
            try:
                names = sorted(os.listdir(folder))  # noqa: PTH208 - pathlib makes an object of each name first
            except OSError as error:
                yield [Found(folder, printable(folder), 0, "unreadable", error.strerror or str(error))]
                continue
            found, below = list[Found](), list[Path]()
            for name in names:
                entry = self._entry(folder / name)
                if isinstance(entry, Path):
                    below.append(entry)
                else:
                    found.append(entry)
            yield found
            waiting.extend(reversed(below))

    def _entry(self, file: Path) -> Found | Path:
        """The file, or the folder to look into."""
        try:
            status = file.lstat()
            if stat.S_ISDIR(status.st_mode):
                return file
            relative = file.relative_to(self.root).as_posix()
            return self._link(file, relative) if stat.S_ISLNK(status.st_mode) else self._found(file, relative, status)
        except OSError as error:
            return Found(file, printable(file), 0, "unreadable", error.strerror or str(error))

    def _link(self, file: Path, relative: str) -> Found:
        """A symbolic link: read if it leads to a file under the same path; a link to a folder is never followed."""
        path = printable(file)
        try:
            target = file.resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: a loop
            return Found(file, path, 0, "dangling-link", "a symbolic link to nothing")
        if not target.is_relative_to(self.real):
            return Found(
                file, path, 0, "link-outside", f"a symbolic link to {printable(target)}, outside of what is audited: name that path"
            )
        if target.is_dir():
            return Found(file, path, 0, "link", "a symbolic link to a folder that is audited where it is", excluded=True)
        return self._found(file, relative, target.stat())

    def _found(self, file: Path, relative: str, status: os.stat_result) -> Found:
        path = printable(file)
        if not self.patterns.admit(relative):
            return Found(file, path, status.st_size, "pattern", excluded=True)
        if not NO_MEDIA_FOLDERS.isdisjoint(relative.split("/")[:-1]):
            return Found(file, path, status.st_size, "no-media", excluded=True)
        if not stat.S_ISREG(status.st_mode):
            return Found(file, path, 0, "special-file", "a pipe, a socket or a device")
        return Found(file, path, status.st_size)
