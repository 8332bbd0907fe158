"""An index shard on disk: ``shard.json`` and one memory-mapped ``.npy`` file per array.

The hot part (``hot-*.npy``) is mapped by every worker and touched by every batch; the cold part (``cold-*.npy``) is read only to verify.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fingerprints.errors import SchemeError

FORMAT = "provenance-shard/1"
REBUILD = "rebuild it with: provenance registry verify REGISTRY --rebuild"
Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard opened for reading; its arrays are read-only maps of the files."""

    scheme: str
    assets: tuple[str, ...]
    hot: Mapping[str, Array]
    cold: Mapping[str, Array]
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
    for part, arrays in (("hot", hot), ("cold", cold)):
        for name, array in arrays.items():
            np.save(directory / f"{part}-{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
    head: dict[str, Any] = {"format": FORMAT, "scheme": scheme, "assets": list(assets), "hot": sorted(hot), "cold": sorted(cold)}
    head["extra"] = dict(extra or {})
    (directory / "shard.json").write_text(json.dumps(head, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read(directory: Path, scheme: str) -> Shard:
    """Opens a shard without reading it.

    Raises SchemeError when it is damaged or of another scheme.
    """
    try:
        head = json.loads((directory / "shard.json").read_text(encoding="utf-8"))
        if head["format"] != FORMAT or head["scheme"] != scheme:
            found = head["scheme"] if head["format"] == FORMAT else head["format"]
            raise SchemeError(f"the index is of {found}, this version reads {scheme}; {REBUILD}")
        parts = {part: {name: _map(directory / f"{part}-{name}.npy") for name in head[part]} for part in ("hot", "cold")}
        return Shard(head["scheme"], tuple(head["assets"]), parts["hot"], parts["cold"], head["extra"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SchemeError(f"the index shard {directory.name} is damaged ({error}); {REBUILD}") from error


def _map(path: Path) -> Array:
    """A read-only map; an empty array cannot be mapped and is read."""
    array: Array = np.load(path, allow_pickle=False, mmap_mode="r" if path.stat().st_size > _EMPTY else None)
    return array


_EMPTY = 128  # bytes of a .npy header without data
