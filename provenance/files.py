"""A file as a whole: its digest, and replacing it so that a reader sees the old one or the new one, never half of it."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from provenance.errors import UsageError


def file_sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal; raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A stream beside the file that replaces it once all is written; folders on the way are made.

    Raises UsageError where that cannot be done; whatever else goes wrong leaves the old file as it was.
    """
    beside = path.with_name(f".{path.name[:40]}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("wb") as file:
                yield file
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}", "name a file in a folder that you may write to") from error


def write_atomically(path: Path, content: bytes) -> None:
    """Writes beside the target, then renames over it; folders on the way are made. Raises UsageError where that cannot be done."""
    with replaced(path) as file:
        file.write(content)
