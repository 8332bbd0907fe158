"""Files behind URLs, by any driver of fsspec: ``s3://``, ``gs://``, ``hf://``, ``https://``, ``memory://``, chains such as ``simplecache::s3://``.

A URL may hold credentials: a user and a password, a signed query. They are what a file is opened with, and go with it to the processes
that read it; every name and every message made here is ``public``: without user, password and query.
"""

import errno
import io
import os
import re
import stat
import sys
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

from provenance.readers.limits import MB

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

READ_AHEAD: Final = 65536  # bytes of one request for a small read: sniffing takes one; a large read asks for exactly what it reads
WHOLE: Final = 64 * MB  # bytes of a file that is fetched at once where the server gives no ranges
DETAIL: Final = 200  # code points of a message
HTTP: Final = frozenset({"http", "https"})

AZURE: Final = frozenset({"abfs", "abfss", "az", "adl"})  # their URLs name a container where others name a user
USER: Final = re.compile(r"\b([a-z][a-z0-9+.-]*)://([^/\s]*@|[^/\s:\[]+:(?!:|\d+(?:/|$))(?:(?!::)[^\s@])*@)", re.IGNORECASE)
"""What stands before the host: up to the first slash or, as the secrets of AWS hold slashes, up to the ``@`` behind a colon and no port."""
QUERY: Final = re.compile(r"\?(?:(?!::)\S)+")
DRIVERS: Final = re.compile(r'"([\w-]+)"|[Ii]nstall (?:the )?([\w-]+)')  # as fsspec's own messages name packages

CLIENTS: Final[dict[str, tuple[str, ...]]] = {
    "aiohttp": ("ClientError",),
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "gcsfs.retry": ("HttpError",),
    "google.auth.exceptions": ("GoogleAuthError",),
    "azure.core.exceptions": ("AzureError",),
    "httpx": ("HTTPError",),
    "paramiko": ("SSHException",),
    "ftplib": ("Error",),
    "zipfile": ("BadZipFile",),
    "tarfile": ("TarError",),
}
"""What the drivers' client libraries raise that is none of Python's own errors, by module."""


def failures() -> tuple[type[Exception], ...]:
    """The exceptions with which a driver says that it cannot; those of client libraries that are loaded."""
    loaded = ((sys.modules[module], names) for module, names in CLIENTS.items() if module in sys.modules)
    return (OSError, ValueError, RuntimeError, EOFError, *(getattr(module, name, OSError) for module, names in loaded for name in names))


def public(text: str) -> str:
    """A URL, or a message with URLs in it, without users, passwords and queries."""
    return QUERY.sub("", USER.sub(lambda found: found[0] if found[1].lower() in AZURE and ":" not in found[2] else f"{found[1]}://", text))


def told(error: BaseException) -> str:
    """What a driver's error says, in one line that may be shown."""
    cause = error.__cause__ or error  # fsspec calls every failure of a server "not found", and keeps what it was
    if isinstance(cause, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    status = getattr(cause, "status", None)
    said = f"{status} {getattr(cause, 'message', '')}" if isinstance(status, int) else getattr(cause, "strerror", None) or str(cause)
    return " ".join(public(said).split())[:DETAIL] or type(cause).__name__


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file behind a URL, with those members of ``pathlib.Path`` that readers use; it pickles, its credentials included.

    ``size`` is that of the listing: nothing is asked of the server before the file is opened.
    """

    system: Any = field(repr=False)
    """A file system of fsspec, equal to and hashed like any other with the same options."""
    path: str = field(repr=False)
    """As the file system calls it, for HTTP the whole URL: not to be shown."""
    name: str
    size: int
    sidecar: "RemoteFile | None" = field(default=None, repr=False)
    """The ``.json`` of the same stem that was listed beside it."""

    @property
    def suffix(self) -> str:
        """The extension with its dot; empty if there is none."""
        return PurePosixPath(self.name).suffix

    @property
    def stem(self) -> str:
        """The name without its extension."""
        return PurePosixPath(self.name).stem

    def stat(self) -> os.stat_result:
        """Of all that a file system knows, the kind and the size."""
        return os.stat_result((stat.S_IFREG, 0, 0, 0, 0, 0, self.size, 0, 0, 0))

    def open(self, mode: Literal["rb"] = "rb") -> io.BufferedReader:
        """The bytes, seekable. Raises OSError, as reading does, whatever the driver raises."""
        if not self.size:
            return io.BufferedReader(io.BytesIO())
        known = {"size": self.size} if is_http(self.system) else {}  # saves a request
        try:
            file = self.system.open(self.path, mode, cache_type="none", **known)
        except failures() as error:
            raise _as_os_error(error) from None  # the driver's own message may hold credentials
        return io.BufferedReader(_Ranges(file, self.size), READ_AHEAD)


class _Ranges(io.RawIOBase):
    """A driver's file, each read of which is one request."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        try:
            return self.file.seek(offset, whence)
        except failures() as error:
            raise _as_os_error(error) from None

    def tell(self) -> int:
        return self.file.tell()

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        into = memoryview(buffer)
        try:
            data = self._read(len(into))
        except failures() as error:
            raise _as_os_error(error) from None
        into[: len(data)] = data
        return len(data)

    def _read(self, count: int) -> bytes:
        """The next bytes; all at once where the server gives no ranges, of which fsspec's HTTP driver tells by a ValueError."""
        try:
            return self.file.read(count)
        except ValueError as error:
            if "range requests" not in str(error):
                raise
        at = self.file.tell()
        if self.size > WHOLE:
            raise OSError(errno.ENOTSUP, "the server gives no ranges of a file: write simplecache:: before the URL, or fetch a copy")
        self.file.seek(0)
        self.file = io.BytesIO(self.file.read(self.size))
        self.file.seek(at)
        return self.file.read(count)

    def close(self) -> None:
        if not self.closed:
            self.file.close()
            super().close()


def _as_os_error(error: Exception) -> OSError:
    return OSError(getattr(error, "errno", None) or errno.EIO, told(error))


def missing_packages(error: ImportError) -> str:
    """What pip is to install, as fsspec's message for a driver that is not there names it."""
    return " ".join(one or other for one, other in DRIVERS.findall(str(error)))


def is_http(system: Any) -> bool:  # noqa: ANN401 - fsspec has no types
    """True for files on a web server, which has neither folders nor, always, ranges."""
    return not HTTP.isdisjoint((system.protocol,) if isinstance(system.protocol, str) else system.protocol)
