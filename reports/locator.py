"""A place in the data as a terminal shows it: a line breaks before a part of the path, not inside a name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

PARTS = re.compile(r"(?=[/# ])")


@dataclass(frozen=True, slots=True)
class Locator:
    """A path, or a path with record and field, that breaks before ``/``, ``#`` and spaces; a part too long for a line is folded."""

    text: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines that fit the width at hand."""
        yield Text("\n".join(_lines(self.text, options.max_width)), overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """From the longest part to the whole."""
        longest = max(map(cell_len, PARTS.split(self.text)), default=0)
        return Measurement(longest, cell_len(self.text)).with_maximum(options.max_width)


def _lines(text: str, width: int) -> Iterator[str]:
    line = ""
    for part in PARTS.split(text):
        if line and cell_len(line) + cell_len(part) > width:
            yield line
            line = part.lstrip(" ")
        else:
            line += part
    yield line
