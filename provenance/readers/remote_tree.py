"""What lies behind a URL: the listings of a file system of fsspec."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from fsspec.core import url_to_fs

from provenance.errors import UsageError
from provenance.readers.names import visible
from provenance.readers.remote import HTTP, RemoteFile, failures, is_http, missing_packages, public, told
from provenance.readers.walk import REGISTRY_FILE, Folder, Found, Patterns

DEPTH: Final = 64  # folders in one another; a server that makes up its listings has no last one
REQUESTS: Final = 16  # at a time, for the sizes of files that a listing leaves out


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of a listing; ``size`` is None where it is not said."""

    name: str
    path: str
    kind: str
    size: int | None


class RemoteTree:
    """What lies behind one URL. Raises UsageError if there is no driver for it, or nothing that answers.

    An HTTP server has no folders; a URL that ends in a slash is taken for a page that links to the files and folders below it.
    """

    def __init__(self, given: str, patterns: Patterns) -> None:
        self.identity, self.name, self.patterns = given, public(given), patterns
        try:
            self.system, self.root = url_to_fs(given, **_plain_bytes(given))
            self.is_folder, self.size = self._kind()
        except ImportError as error:
            raise UsageError(f"{self.name} cannot be audited: {error}", f"pip install {missing_packages(error)}") from None
        except failures() as error:
            raise UsageError(f"{self.name} cannot be audited: {told(error)}", "name a URL that is there and that you may read") from None

    def _kind(self) -> tuple[bool, int | None]:
        """Whether it is a folder, and otherwise the file's size, None if the server does not say."""
        if is_http(self.system) and urlsplit(self.root).path.endswith("/"):
            return True, None
        about = self.system.info(self.root)
        return about["type"] == "directory", about.get("size")

    def folders(self) -> Iterator[list[Found]]:
        """The files of each folder by name, then those of the folders in it; a single file is a folder of one."""
        if not self.is_folder:
            name = public(self.root).rpartition("/")[2] or self.name
            yield [self._found(_Entry(name, self.root, "file", self.size), Folder(), None)]
            return
        waiting = [(self.root, Folder())]
        while waiting:
            place, folder = waiting.pop()
            try:
                entries = self._entries(place)
            except failures() as error:
                path = self._path(folder.relative.rstrip("/")) if folder.relative else self.name
                yield [Found(RemoteFile(self.system, place, path, 0), path, 0, "unreadable", told(error))]
                continue
            if any(entry.name == REGISTRY_FILE for entry in entries):
                folder = Folder(folder.relative, "registry", folder.no_media)
            yield self._files(entries, folder)
            below = [(entry.path, folder.below(entry.name, folder.reason)) for entry in entries if _is_way(entry, folder)]
            waiting.extend(reversed(below))

    def _entries(self, place: str) -> list[_Entry]:
        """What a folder lists, by name, but for the mark with which object stores keep an empty folder."""
        listing = self.system.ls(place, detail=True)
        self.system.invalidate_cache(place)  # some drivers keep every listing
        entries = dict[tuple[str, str], _Entry]()  # an object and a folder may have the same name
        for about in listing:
            path, kind = about["name"], about["type"]
            name = path.rstrip("/").rpartition("/")[2]
            if path.rstrip("/") == place.rstrip("/"):
                if kind != "directory":
                    continue
                name = ""
            if not is_http(self.system) or _is_direct(path, place):
                entries[name, kind] = _Entry(name, path, kind, about.get("size"))
        return [entries[key] for key in sorted(entries)]

    def _files(self, entries: list[_Entry], folder: Folder) -> list[Found]:
        """Whatever a folder lists that is not to be looked into."""
        files = [entry for entry in entries if not _is_way(entry, folder)]
        unsized = [entry for entry in files if entry.size is None and entry.kind == "file"]
        with ThreadPoolExecutor(REQUESTS) as threads:
            sized = dict(zip(unsized, threads.map(self._sized, unsized), strict=True)) if unsized else {}
        sidecars = {entry.name.removesuffix(".json"): self._file(entry) for entry in files if entry.name.endswith(".json")}
        return [self._found(sized.get(entry, entry), folder, sidecars.get(PurePosixPath(entry.name).stem)) for entry in files]

    def _sized(self, entry: _Entry) -> _Entry:
        """The same with its size; with what kept the server from telling in the place of its kind."""
        try:
            return replace(entry, size=self.system.info(entry.path).get("size"))
        except failures() as error:
            return replace(entry, kind=told(error))

    def _found(self, entry: _Entry, folder: Folder, sidecar: RemoteFile | None) -> Found:
        file, path = self._file(entry, sidecar), self._path(folder.relative + entry.name)
        if not self.is_folder:
            path = self.name
        if reason := self.patterns.exclusion(folder, entry.name):
            return Found(file, path, file.size, reason, excluded=True)
        if entry.kind == "directory":
            return Found(file, path, 0, "unreadable", f"a folder without a name, or more than {DEPTH} folders in one another")
        if entry.kind in {"link", "other"}:
            return Found(file, path, 0, "special-file", "a link, a pipe or a device")
        if entry.size is None:
            why = "the server does not say how large it is: fetch a copy" if entry.kind == "file" else entry.kind
            return Found(file, path, 0, "unreadable", why)
        return Found(file, path, entry.size)

    def _file(self, entry: _Entry, sidecar: RemoteFile | None = None) -> RemoteFile:
        return RemoteFile(self.system, entry.path, entry.name, entry.size or 0, None if entry.name.endswith(".json") else sidecar)

    def _path(self, relative: str) -> str:
        """A place below the URL as reports show it; in a chain, below the first link that has a path."""
        links = self.name.split("::")
        at = next(i for i, link in enumerate(links) if "://" in link)
        links[at] += relative if links[at].endswith("/") else f"/{relative}"
        return visible("::".join(links))


def _is_way(entry: _Entry, folder: Folder) -> bool:
    """True for a folder that is to be looked into."""
    return entry.kind == "directory" and bool(entry.name) and folder.relative.count("/") < DEPTH


def _is_direct(path: str, page: str) -> bool:
    """True for a link to something directly below an HTTP server's page, not to the same page in another order."""
    below = path.removeprefix(page).rstrip("/")
    return path.startswith(page) and bool(below) and not set(below) & set("/?#")


def _plain_bytes(given: str) -> dict[str, Any]:
    """Options with which an HTTP server sends files as they are, not compressed on the way, so that sizes and ranges hold."""
    protocol = given.rpartition("::")[2].partition("://")[0]
    return {protocol: {"headers": {"Accept-Encoding": "identity"}}} if protocol in HTTP else {}
