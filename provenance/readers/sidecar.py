"""The ``.json`` that stands beside an image, a sound or a text and says where it comes from."""

from collections.abc import Mapping
from pathlib import Path

import orjson

from provenance.readers.columns import metadata
from provenance.readers.limits import Limits


def beside(file: Path, limits: Limits) -> Mapping[str, str]:
    """What the sidecar of a file says; nothing if there is none or it cannot be read."""
    sidecar = file.with_suffix(".json")
    try:
        if sidecar == file or sidecar.is_symlink() or not sidecar.is_file() or sidecar.stat().st_size > limits.sidecar:
            return {}
        return parse(sidecar.read_bytes())
    except OSError:
        return {}


def parse(data: bytes) -> Mapping[str, str]:
    """The metadata in a sidecar's bytes; nothing if they are no JSON object."""
    try:
        record = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return metadata(record) if isinstance(record, dict) else {}
