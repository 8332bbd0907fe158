"""What several commands share: where reports go, the progress of a scan, the last line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

import reports
from provenance.errors import UsageError
from provenance.model import Audit
from provenance.pipeline import Progress as Callback


def targets(outputs: Sequence[str]) -> tuple[tuple[str, Path], ...]:
    """Format and file of each ``FORMAT=FILE``; raises UsageError before anything is scanned."""
    known = ", ".join(reports.FORMATS)
    result = []
    for output in outputs:
        name, equals, file = output.partition("=")
        if not equals or not file or name not in reports.FORMATS:
            raise UsageError(f"-o {output}: not understood", f"write -o FORMAT=FILE with one of {known}")
        result.append((name, Path(file)))
    return tuple(result)


@contextmanager
def progress_bar() -> Iterator[Callback | None]:
    """A bar by bytes on a terminal's standard error; nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("scanning", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def write_reports(audit: Audit, files: Sequence[tuple[str, Path]], evidence: Path | None) -> int:
    """Writes every report, shows the audit on standard output, says why on standard error; gives the exit status."""
    from reports import terminal

    for name, file in files:
        reports.write(name, audit, file, evidence)
    terminal.show(audit, Console())
    for name, file in files:
        click.echo(f"wrote {file} ({name})", err=True)
    status = int(audit.gate["status"])
    reasons = "; ".join(audit.gate["reasons"])
    click.echo(f"passed: nothing reached {audit.gate['fail_on']}" if not status else f"exit {status}: {reasons}", err=True)
    return status
