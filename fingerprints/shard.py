"""An index shard on disk: the head ``shard.json`` and one memory-mapped ``.npy`` file per array; byte by byte in ``docs/index-format.md``.

The hot part (``hot-*.npy``) is mapped by every worker and touched by every batch; the cold part (``cold-*.npy``) is read only to verify.
The head holds a checksum of every block of every file. A block is compared with its checksum when a process first touches it, so that a
damaged one is refused and never answered from, and nothing is read that is not needed.
"""

import hashlib
import json
import mmap
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import xxhash
from numpy.typing import NDArray

from fingerprints.errors import SchemeError

FORMAT: Final = "provenance-shard/2"
HEAD: Final = "shard.json"
REBUILD: Final = "rebuild it with: provenance registry verify REGISTRY --rebuild"
BLOCK_BYTES: Final = 1 << 16
"""Bytes under one checksum. XXH3 of a block takes 4 µs (15 GB/s; CRC-32 20 µs, 3.3 GB/s), a page fault from disk 100 µs and more; 1 MiB
would be hashed at 18 GB/s, but reads sixteen times as much for one work."""
CHECKSUM_BYTES: Final = 8
FILTER: Final = "filter-"
"""Before the name of a folder that is no shard but a filter over several."""

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """One array's file, as the head describes it."""

    bytes: int
    offset: int
    """Where the array begins: the length of the .npy header."""
    dtype: str
    shape: tuple[int, ...]
    sha256: str
    blocks: str
    """XXH3 (64 bit, big-endian) of each block of the file, in hexadecimal, one after the other; the header belongs to the first."""


@dataclass(frozen=True, slots=True)
class Head:
    """What ``shard.json`` holds; its SHA-256 is the name of a shard within a snapshot."""

    scheme: str
    assets: tuple[str, ...]
    arrays: Mapping[str, Layout]
    """By the file's name without its suffix."""
    extra: Mapping[str, Any]
    format: str = FORMAT
    block: int = BLOCK_BYTES


class Checked:
    """An array in a mapped file; whoever asks for a stretch of it gets that stretch with its checksums compared."""

    def __init__(self, file: Path, layout: Layout) -> None:
        self._file = file
        self._raw = _mapped(file)
        if self._raw.size != layout.bytes:
            raise ValueError(f"{file.name} has {self._raw.size} bytes, not {layout.bytes}")
        self._array: Array = self._raw[layout.offset :].view(layout.dtype).reshape(layout.shape)
        self.offset, self._row = layout.offset, int(self._array.itemsize * np.prod(layout.shape[1:], dtype=np.int64))
        self._checksums = bytes.fromhex(layout.blocks)
        self._unseen = np.ones(-(-self._raw.size // BLOCK_BYTES), np.bool_)
        self._all_seen = False

    def __len__(self) -> int:
        return len(self._array)

    def all(self) -> Array:
        """The whole array, checked once; raises SchemeError where it is damaged."""
        if not self._all_seen:
            self._check(np.flatnonzero(self._unseen))
            self._all_seen = True
        return self._array

    def rows(self, start: int, stop: int) -> Array:
        """The rows from ``start`` to before ``stop``; raises SchemeError where one of their blocks is damaged."""
        if not self._all_seen and start < stop:
            first, last = self.block_of(start), (self.offset + stop * self._row - 1) // BLOCK_BYTES
            self._check(first + np.flatnonzero(self._unseen[first : last + 1]))
        return self._array[start:stop]

    def at(self, places: NDArray[np.int64]) -> Array:
        """The rows at these places, copied; raises SchemeError where one of their blocks is damaged."""
        if not self._all_seen:
            begins = self.offset + places * self._row
            blocks = np.concatenate([begins, begins + self._row - 1]) // BLOCK_BYTES
            self._check(np.unique(blocks[self._unseen[blocks]]))
        copied: Array = self._array[places]
        return copied

    def unchecked(self) -> Array:
        """The array for compiled loops, which must be kept within stretches that ``rows`` has checked."""
        return self._array

    def block_of(self, row: int) -> int:
        """The block in which a row begins."""
        return (self.offset + row * self._row) // BLOCK_BYTES

    def rows_of(self, block: int) -> tuple[int, int]:
        """The first row that reaches into a block, and the one behind the last that does."""
        start = max(0, (block * BLOCK_BYTES - self.offset) // self._row)
        return start, min(len(self), -(-((block + 1) * BLOCK_BYTES - self.offset) // self._row))

    def _check(self, blocks: NDArray[np.intp]) -> None:
        for block in blocks.tolist():
            begin, place = block * BLOCK_BYTES, block * CHECKSUM_BYTES
            if xxhash.xxh3_64_digest(self._raw[begin : begin + BLOCK_BYTES].data) != self._checksums[place : place + CHECKSUM_BYTES]:
                where = f"{self._file.parent.name}/{self._file.name}, block {block} at byte {begin}"
                raise SchemeError(f"the index is damaged ({where}); {REBUILD}")
            self._unseen[block] = False


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard opened for reading; its arrays are read-only maps of the files."""

    scheme: str
    assets: tuple[str, ...]
    hot: Mapping[str, Checked]
    cold: Mapping[str, Checked]
    extra: Mapping[str, Any]


def write(
    directory: Path,
    scheme: str,
    assets: Sequence[str],
    hot: Mapping[str, Array],
    cold: Mapping[str, Array],
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Writes a shard; ``extra`` holds the scheme's own settings as JSON."""
    directory.mkdir(parents=True, exist_ok=True)
    arrays = {f"{part}-{name}": array for part, of in (("hot", hot), ("cold", cold)) for name, array in of.items()}
    layouts = {name: _saved(directory / f"{name}.npy", np.ascontiguousarray(array)) for name, array in sorted(arrays.items())}
    head = Head(scheme, tuple(assets), layouts, dict(extra or {}))
    content = json.dumps(asdict(head), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    (directory / HEAD).write_text(f"{content}\n", encoding="utf-8", newline="\n")


def _saved(file: Path, array: Array) -> Layout:
    np.save(file, array, allow_pickle=False)
    content = _mapped(file).data
    checksums = (xxhash.xxh3_64_digest(content[begin : begin + BLOCK_BYTES]) for begin in range(0, content.nbytes, BLOCK_BYTES))
    sha256, offset = hashlib.sha256(content).hexdigest(), content.nbytes - array.nbytes
    return Layout(content.nbytes, offset, array.dtype.str, array.shape, sha256, b"".join(checksums).hex())


def _mapped(file: Path) -> NDArray[np.uint8]:
    """The bytes of a file, read-only; no file of a shard is empty."""
    with file.open("rb") as opened:
        return np.frombuffer(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)


def digest(directory: Path) -> str:
    """SHA-256 of a shard's head, and through it of everything in the shard: its name within a snapshot."""
    return hashlib.sha256((directory / HEAD).read_bytes()).hexdigest()


def head(directory: Path) -> Head:
    """A shard's head; raises SchemeError when it is not there, damaged or of another version.

    A folder that is named by a digest, with or without FILTER before it, is held to its name.
    """
    try:
        content = (directory / HEAD).read_bytes()
        named = directory.name.removeprefix(FILTER)
        if _DIGEST.fullmatch(named) and hashlib.sha256(content).hexdigest() != named:
            raise _damaged(directory, f"{HEAD} was changed")
        fields = json.loads(content)
        if fields["format"] != FORMAT:
            raise SchemeError(f"the index is of {fields['format']}, this version reads {FORMAT}; {REBUILD}")
        arrays = {name: Layout(**{**layout, "shape": tuple(layout["shape"])}) for name, layout in fields["arrays"].items()}
        return Head(**{**fields, "assets": tuple(fields["assets"]), "arrays": arrays})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(directory, error) from error


def read(directory: Path, scheme: str) -> Shard:
    """Opens a shard without reading its arrays.

    Raises SchemeError when it is damaged or of another scheme.
    """
    found = head(directory)
    if found.scheme != scheme:
        raise SchemeError(f"the index is of {found.scheme}, this version reads {scheme}; {REBUILD}")
    try:
        parts: dict[str, dict[str, Checked]] = {"hot": {}, "cold": {}}
        for full, layout in found.arrays.items():
            part, _, name = full.partition("-")
            parts[part][name] = Checked(directory / f"{full}.npy", layout)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(directory, error) from error
    return Shard(found.scheme, found.assets, parts["hot"], parts["cold"], found.extra)


def _damaged(directory: Path, cause: object) -> SchemeError:
    if isinstance(cause, FileNotFoundError):
        return SchemeError(f"the index shard {directory.name} is gone; if a newer one replaced it, run this again, else {REBUILD}")
    return SchemeError(f"the index shard {directory.name} is damaged ({cause}); {REBUILD}")


_DIGEST: Final = re.compile("[0-9a-f]{64}")
