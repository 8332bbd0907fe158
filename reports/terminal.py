"""An audit on a terminal: readable at 80 columns and without colour."""

import re

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from provenance.model import Audit
from reports.locator import Locator
from reports.prose import NOT_SEARCHED_LINE
from reports.sheet import Sheet
from reports.tables import Table
from reports.view import View, view
from reports.wording import plural, shortened

FINDINGS = 50  # rows before "and n more": two screens
DIGEST = re.compile(r"[0-9a-f]{40,64}")
CELL = 90  # characters of a path in a list
LISTED = 10  # unread or explained entries before "and n more"
STYLES = {"block": "bold red", "review": "yellow", "attribution-due": "cyan", "undecided": "yellow"}


def show(audit: Audit, console: Console) -> None:
    """Prints what was audited, what was found, what was not read, and whether the gate holds.

    No string from the data is read as markup.
    """
    report = view(audit, FINDINGS)
    for part in (_head(report), _findings(report), *_most_affected(report), *_lists(report), _foot(report)):
        console.print(part)


def _head(report: View) -> RenderableType:
    grid = Grid.grid(padding=(0, 2), expand=True)
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(ratio=1, overflow="fold")
    for name, found in report.cover:
        grid.add_row(Text(name), Text(f"{found[:16]}…" if DIGEST.fullmatch(found) else found))
    grid.add_row(Text("Coverage"), Text(report.coverage))
    return Group(Text(report.title, style="bold"), Padding(grid, (0, 0, 1, 0)))


def _findings(report: View) -> RenderableType:
    """Two or three lines a finding, so that a long title or path has room."""
    headline = Text(report.headline, style="bold")
    if not report.sheets:
        return Padding(headline, (0, 0, 1, 0))
    grid = Grid(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, padding=(0, 1))
    grid.add_column("Disposition\nFinding", no_wrap=True)
    grid.add_column("Work\nItem", ratio=1, overflow="fold")
    grid.add_column("Kind\nHow much", overflow="fold", min_width=14, max_width=19)
    grid.add_column("Rule", overflow="fold", min_width=7, max_width=9)
    for sheet in report.sheets:
        grid.add_row(*_row(sheet))
    rest = report.findings - len(report.sheets)
    return Group(headline, grid, *([Text(f"and {plural(rest, 'more finding')}", style="dim"), Text()] if rest > 0 else []))


def _row(sheet: Sheet) -> tuple[RenderableType, ...]:
    state = f"\n{sheet.state}" if sheet.state else ""
    places = f" (and {sheet.occurrences - 1:,} more)" if sheet.occurrences > 1 else ""
    return (
        Text.assemble((sheet.disposition, STYLES.get(sheet.disposition, "green")), "\n", (sheet.id[:12], "dim")),
        Group(Text(shortened(sheet.work, 90), "bold"), Locator(f"{shortened(sheet.item, 110)}{places}"), Text()),
        Text(f"{sheet.kind}\n{sheet.amount}\n{sheet.shares.replace(', ', chr(10))}\n"),
        Text(f"{sheet.rule}{state}"),
    )


def _most_affected(report: View) -> list[RenderableType]:
    """Works and sources, where there are more findings than a terminal shows."""
    return [_counted(table) for table in (report.works, report.sources)] if report.left_out else []


def _counted(table: Table) -> RenderableType:
    grid = Grid(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, padding=(0, 1), title=table.caption, title_justify="left")
    grid.title_style = "bold"
    grid.add_column(table.header[0], ratio=1, overflow="fold")
    for name in table.header[1:]:
        grid.add_column(name, overflow="fold", max_width=20)
    for row in table.rows:
        grid.add_row(Text(shortened(row[0], CELL)), *map(Text, row[1:]))
    return Group(grid, *([Text(table.rest, style="dim"), Text()] if table.rest else []))


def _lists(report: View) -> list[RenderableType]:
    return [_list(table) for table in (report.explained, report.unread, report.excluded) if table.rows]


def _list(table: Table) -> RenderableType:
    """A line an entry, the first columns first; what is left out is counted. Of a path, which comes first, both ends are shown."""
    entries = (" · ".join((shortened(row[0], CELL), *filter(None, row[1:]))) for row in table.rows[:LISTED])
    lines = [Padding(Text(entry, overflow="fold"), (0, 0, 0, 2)) for entry in entries]
    rest = len(table.rows) - LISTED
    more = [Text(f"  and {rest:,} more{', ' + table.rest if table.rest else ''}", style="dim")] if rest > 0 else []
    return Group(Text(table.caption, style="bold"), *lines, *more, Text())


def _foot(report: View) -> RenderableType:
    passed = report.gate.startswith("Gate: passed")
    reasons = [Padding(Text(shortened(reason, 4 * CELL), overflow="fold"), (0, 0, 0, 2)) for reason in report.reasons]
    style = "bold" if passed else "bold red"
    return Group(Text(NOT_SEARCHED_LINE, style="dim"), Text(report.draft, style="dim"), Text(report.gate, style=style), *reasons)
