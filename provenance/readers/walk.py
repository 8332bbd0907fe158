"""The files under the paths given on the command line, each once, in an order that does not depend on the file system."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias
from urllib.parse import unquote

from provenance.errors import UsageError
from provenance.readers.names import NO_MEDIA_FOLDERS, visible

if TYPE_CHECKING:
    from provenance.readers.remote import RemoteFile

File: TypeAlias = "Path | RemoteFile"

REGISTRY_FILE: Final = "registry.sqlite"
"""A folder that holds a file of this name is a registry: its texts are an index, no data."""
REMOTE: Final = "://"
LOCAL_URL: Final = "file://"


@dataclass(frozen=True, slots=True)
class Found:
    """A file, or something that stands where a file could stand; ``reason`` is empty if it is to be opened."""

    file: File
    path: str
    size: int = 0
    reason: str = ""
    detail: str = ""
    excluded: bool = False


class Tree(Protocol):
    """What lies under one path."""

    name: str
    """Of the path, as reports show it."""
    identity: str
    """What tells two of one name apart: a URL's name leaves its query out."""

    def folders(self) -> Iterator[list[Found]]:
        """The files of each folder by name, then those of the folders in it; a single file is a folder of one."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder to look into: its place below the path given, with a slash behind it, and why everything in it is excluded, if it is."""

    relative: str = ""
    reason: str = ""
    no_media: bool = False

    def below(self, name: str, reason: str) -> "Folder":
        """A folder in this one."""
        return Folder(f"{self.relative}{name}/", reason, self.no_media or name in NO_MEDIA_FOLDERS)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Which files are meant."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]

    def exclusion(self, folder: Folder, name: str) -> str:
        """Why a file is excluded, by its name and the folders on the way; empty if it is to be audited."""
        if folder.reason:
            return folder.reason
        if (self.include or self.exclude) and not self._admit(folder.relative + name):
            return "pattern"
        return "no-media" if folder.no_media else ""

    def _admit(self, relative: str) -> bool:
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
    """The files of one folder after another, local ones and those behind URLs; raises UsageError for a path that is not there.

    What lies in the folder of a registry, and the files and folders in ``own``, are excluded whole. A string with ``://`` in it that is
    no local file is a URL (see ``provenance.readers.remote``), but for ``file://``, which names a local one.
    """
    patterns = Patterns(tuple(include), tuple(exclude))
    outputs = frozenset(os.path.realpath(path) for path in own)
    trees = [_tree(given, patterns, outputs) for given in paths]
    named = {tree.name: tree.identity for tree in trees}
    if alike := [tree.name for tree in trees if named[tree.name] != tree.identity]:
        raise UsageError(f"{alike[0]} is given twice with different queries, which no report shows", "audit one after the other")
    seen = set[str]()
    for tree in trees:
        for folder in tree.folders():
            fresh = [found for found in folder if found.path not in seen] if seen else folder
            if len(trees) > 1:
                seen.update(found.path for found in fresh)
            if fresh:
                yield fresh


def printable(path: PurePath) -> str:
    r"""A path as reports write it: forward slashes, and bytes that are no UTF-8 as ``\xff``."""
    return visible(path.as_posix())


def _tree(given: Path | str, patterns: Patterns, own: frozenset[str]) -> Tree:
    if isinstance(given, str) and given.startswith(LOCAL_URL):
        given = unquote(given.removeprefix(LOCAL_URL).removeprefix("localhost"))
    if isinstance(given, str) and REMOTE in given and not os.path.lexists(given):
        from provenance.readers.remote_tree import RemoteTree  # fsspec takes a tenth of a second

        return RemoteTree(given, patterns)
    return LocalTree(Path(given), patterns, own)


class LocalTree:
    """What lies under one path of a mounted file system. Raises UsageError if there is no such path."""

    def __init__(self, root: Path, patterns: Patterns, own: frozenset[str]) -> None:
        self.root, self.patterns, self.own = root, patterns, own
        self.name = self.identity = printable(root)
        try:
            self.status = root.stat()
        except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
            why = "there is no such file or folder" if isinstance(error, FileNotFoundError | ValueError) else error.strerror
            raise UsageError(f"{self.name} cannot be audited: {why}", "name an existing one") from error
        self.real = os.path.realpath(root)
        self.shown = "" if self.name == "." else self.name if self.name.endswith("/") else f"{self.name}/"

    def folders(self) -> Iterator[list[Found]]:
        """The files of each folder by name, then those of the folders in it; a single file is a folder of one."""
        folder = Folder(reason=self._output(self.real, inside=True))
        if not stat.S_ISDIR(self.status.st_mode):
            yield [self._found(self.root, self.name, self.status, self.patterns.exclusion(folder, self.root.name))]
            return
        waiting = [folder]
        while waiting:
            folder = waiting.pop()
            found, below = self._listed(folder)
            yield found
            waiting.extend(reversed(below))

    def _listed(self, folder: Folder) -> tuple[list[Found], list[Folder]]:
        """The files of a folder, and the folders in it."""
        place = self.root / folder.relative
        try:
            with os.scandir(place) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            return [Found(place, printable(place), 0, "unreadable", error.strerror or str(error))], []
        if any(entry.name == REGISTRY_FILE for entry in entries):
            folder = Folder(folder.relative, "registry", folder.no_media)
        found, below, shown = list[Found](), list[Folder](), self.shown + visible(folder.relative)
        for entry in entries:
            name, path, reason = entry.name, shown + visible(entry.name), folder.reason
            try:
                if self.own and not reason:
                    reason = self._output(os.path.join(self.real, folder.relative + name))  # noqa: PTH118 - compared as text
                if entry.is_dir(follow_symlinks=False):
                    below.append(folder.below(name, reason))
                elif entry.is_symlink() and not reason:
                    found.append(self._link(place / name, path, folder))
                else:
                    reason = reason or self.patterns.exclusion(folder, name)
                    found.append(self._found(place / name, path, entry.stat(follow_symlinks=False), reason))
            except OSError as error:
                found.append(Found(place / name, path, 0, "unreadable", error.strerror or str(error)))
        return found, below

    def _output(self, real: str, *, inside: bool = False) -> str:
        """Why a resolved path is excluded whole: it is one of this run's own outputs, or lies in one; empty otherwise."""
        outside = map(str, PurePath(real).parents) if inside else ()
        return "own-output" if self.own and not self.own.isdisjoint((real, *outside)) else ""

    def _link(self, file: Path, path: str, folder: Folder) -> Found:
        """A symbolic link: read if it leads to a file under the same path; a link to a folder is never followed."""
        try:
            target = file.resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: a loop
            if "/annex/objects/" in os.readlink(file):  # noqa: PTH115 - compared as text
                return Found(file, path, 0, "annex-pointer", "a git-annex pointer: fetch the file with 'git annex get'")
            return Found(file, path, 0, "dangling-link", "a symbolic link to nothing")
        if output := self._output(str(target), inside=True):
            return self._found(file, path, target.stat(), output)
        if not target.is_relative_to(self.real):
            away = f"a symbolic link to {printable(target)}, outside of what is audited: name that path"
            return Found(file, path, 0, "link-outside", away)
        if target.is_dir():
            return Found(file, path, 0, "link", "a symbolic link to a folder that is audited where it is", excluded=True)
        within = any((above / REGISTRY_FILE).is_file() for above in target.parents if above.is_relative_to(self.real))
        return self._found(file, path, target.stat(), "registry" if within else self.patterns.exclusion(folder, file.name))

    @staticmethod
    def _found(file: Path, path: str, status: os.stat_result, reason: str) -> Found:
        if reason:
            return Found(file, path, status.st_size, reason, excluded=True)
        if not stat.S_ISREG(status.st_mode):
            return Found(file, path, 0, "special-file", "a pipe, a socket or a device")
        return Found(file, path, status.st_size)
