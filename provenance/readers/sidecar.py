"""The ``.json`` that stands beside an image, a sound or a text and says where it comes from."""

import codecs
from collections.abc import Mapping
from pathlib import Path

from provenance.readers.columns import metadata
from provenance.readers.limits import LIMITS, Limits
from provenance.readers.parsing import BadRecordError, parse
from provenance.readers.walk import File


def beside(file: File, limits: Limits) -> Mapping[str, str]:
    """What the sidecar of a file says; nothing if there is none or it cannot be read."""
    sidecar = file.with_suffix(".json") if isinstance(file, Path) else file.sidecar
    return {} if sidecar is None or sidecar == file else metadata(_record_in(sidecar, limits) or {})


def is_sidecar(file: File, limits: Limits = LIMITS) -> bool:
    """True for a file that ``beside`` reads; whatever else has the name of one is to be audited."""
    return file.suffix == ".json" and _record_in(file, limits) is not None


def record_of(data: bytes, limits: Limits) -> Mapping[str, object] | None:
    """The one JSON object that a sidecar's bytes are; None if they are too many or anything else."""
    if len(data) > limits.sidecar:
        return None
    try:
        return parse(data.removeprefix(codecs.BOM_UTF8))
    except BadRecordError:
        return None


def _record_in(file: File, limits: Limits) -> Mapping[str, object] | None:
    """As above, of a file; None also for a link and for a file that cannot be read."""
    try:
        if isinstance(file, Path) and (file.is_symlink() or not file.is_file()):
            return None
        if file.stat().st_size > limits.sidecar:
            return None
        with file.open("rb") as stream:
            return record_of(stream.read(limits.sidecar + 1), limits)
    except OSError:
        return None
