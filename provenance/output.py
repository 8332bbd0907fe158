"""Writing a file of any size so that a reader sees the old one or the new one, never half of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from provenance.errors import UsageError


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
