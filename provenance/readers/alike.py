"""The texts of lines that are written alike, as one column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from provenance.readers import scanned
from provenance.readers.columns import ENCODED_FROM
from provenance.readers.encoded import SUSPECTS
from provenance.readers.limits import METADATA_CHARS
from provenance.readers.lines import Places
from provenance.readers.linewise import Lines, views
from provenance.readers.parsing import BadRecordError, parse
from provenance.readers.template import Template, template_of

TEMPLATES = 4  # that a block is compared with: fields left out where they are null make two or three
LEAST = 5  # bytes of a text with its name, ``"":""``: short lines and a template of many texts must not fill the memory
WORTH = 0.02  # of a block's lines that a template must have taken to be kept for the next


@dataclass(frozen=True, slots=True)
class Alike:
    """What stands in those lines of a block that are written alike."""

    column: pa.LargeStringArray
    lines: Places
    """Of each text, its line's place in the block; ascending."""
    codes: Places
    """Of each text, the index of its field in ``fields``."""
    fields: tuple[str, ...]
    left: Places
    """The other lines of the block."""


class Templates:
    """How the lines of a stream are written, as far as they have been met."""

    def __init__(self, chosen: tuple[str, ...]) -> None:
        self._chosen = chosen
        self._known: list[Template] = []

    def take(self, block: Lines) -> Alike | None:
        """The texts of the lines that are written as some others are; None if there are none."""
        if not _is_unicode(block.data):
            return None
        left, taken, known = np.arange(len(block)), list[tuple[Template, Places, NDArray[np.int64]]](), self._known
        self._known = []
        for number in range(TEMPLATES):
            template = known[number] if number < len(known) else self._told(block, left, number - len(known))
            if template is None or not len(left):
                continue
            found, spans = _matched(block, left, template)
            if found.any():
                taken.append((template, left[found], spans))
                left = left[~found]
            if found.sum() > WORTH * len(block):
                self._known.append(template)
        return _joined(block, taken, left) if taken else None

    def _told(self, block: Lines, left: Places, number: int) -> Template | None:
        """A template from one of the lines that are left, another one each time."""
        if not len(left):
            return None
        try:
            return template_of(parse(block.line(int(left[len(left) * number // TEMPLATES]))), self._chosen)
        except BadRecordError:
            return None


def _is_unicode(data: bytes) -> bool:
    offsets = pa.py_buffer(np.array([0, len(data)], np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _matched(block: Lines, which: Places, template: Template) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which of the lines are written as a template says, and the (start, stop, bytes when decoded) of each text in them."""
    view, words = views(block.data)
    found, texts = np.empty(len(which), np.bool_), len(template.fields)
    spans = np.empty((min(len(which) * texts, len(block.data) // LEAST + texts), 3), np.int64)
    limits = (METADATA_CHARS, ENCODED_FROM)
    how = (template.ops, template.ends, template.names)
    scanned.match(view, words, block.starts, block.stops, which, *how, limits, SUSPECTS, spans, found)
    return found, spans[: int(found.sum()) * texts]


def _joined(block: Lines, taken: Sequence[tuple[Template, Places, NDArray[np.int64]]], left: Places) -> Alike:
    """The texts found by several templates, in the order of their lines."""
    fields = dict.fromkeys(field for template, _, _ in taken for field in template.fields)
    code = {field: number for number, field in enumerate(fields)}
    lines = np.concatenate([np.repeat(which, len(template.fields)) for template, which, _ in taken])
    codes = np.concatenate([np.tile([code[field] for field in template.fields], len(which)) for template, which, _ in taken])
    spans = np.concatenate([found for _, _, found in taken])
    if len(taken) > 1:
        order = np.argsort(lines, kind="stable")
        lines, codes, spans = lines[order], codes[order], spans[order]
    return Alike(_column(block.data, spans), lines, codes, tuple(fields), left)


def _column(data: bytes, spans: NDArray[np.int64]) -> pa.LargeStringArray:
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(spans[:, 2])))
    out = pa.allocate_buffer(int(offsets[-1]))  # of Arrow's pool, which keeps its pages: fresh ones cost 0.25 ms a MB (50 MB, n = 9)
    scanned.decode(*views(data), np.ascontiguousarray(spans), offsets, np.frombuffer(out, np.uint8))
    return pa.LargeStringArray.from_buffers(len(spans), pa.py_buffer(offsets), out)
