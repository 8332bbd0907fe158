"""What several commands share: where reports go, the progress of a scan, the last line."""

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

import reports
from provenance.errors import UsageError
from provenance.model import Audit, Disposition
from provenance.pipeline import Progress as Callback
from provenance.readers.plan import Plan


def targets(outputs: Sequence[str], formats: Collection[str] = tuple(reports.FORMATS)) -> tuple[tuple[str, Path], ...]:
    """Format and file of each ``FORMAT=FILE``; raises UsageError, before anything is scanned, for one that cannot be written."""
    known = ", ".join(formats)
    result: dict[Path, str] = {}
    for output in outputs:
        name, equals, given = output.partition("=")
        if not equals or not given or name not in formats:
            raise UsageError(f"-o {output}: not understood", f"write -o FORMAT=FILE with one of: {known}")
        file = Path(given)
        if file.is_dir():
            raise UsageError(f"-o {output}: {file} is a folder", f"name a file: -o {name}={file / f'audit.{name}'}")
        if file in result:
            raise UsageError(f"-o {output}: {file} is named twice", "name one file for each format")
        there = next(parent for parent in file.absolute().parents if parent.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            raise UsageError(f"-o {output}: nothing can be written to {there}", "name a file in a folder that you may write to")
        result[file] = name
    return tuple((name, file) for file, name in result.items())


def part_file(outputs: Sequence[str]) -> Path:
    """The file of the part that a shard writes; raises UsageError."""
    named = targets(outputs, ("part",))
    if len(named) != 1:
        raise UsageError("--shard writes a part of an audit", "add -o part=FILE, once; 'provenance merge' writes the reports")
    return named[0][1]


def findings_file(files: Sequence[tuple[str, Path]]) -> Path | None:
    """Where all findings go when they are more than an audit holds itself: beside the JSON or the first report."""
    named = [file for name, file in files if name == "json"] or [file for _, file in files]
    return named[0].with_name(f"{named[0].stem}.findings.parquet") if named else None


def evidence_folder(files: Sequence[tuple[str, Path]]) -> Path | None:
    """Where exhibits go unless told otherwise: beside the JSON, where ``explain`` and ``report`` look, or beside the first report."""
    named = [file for name, file in files if name == "json"] or [file for _, file in files]
    return beside(named[0]) if named else None


def beside(file: Path) -> Path:
    """The evidence folder that belongs to a report."""
    return file.with_name(f"{file.stem}.evidence")


@contextmanager
def progress_bar() -> Iterator[Callback | None]:
    """A bar by bytes on a terminal's standard error; nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task("scanning", total=None)

    def tell(done: int, total: int) -> None:
        bar.start()  # with the first piece, so that it stands above no message of what comes before; again does nothing
        bar.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        bar.stop()


def show_plan(plan: Plan) -> None:
    """How tables will be read, on standard error, before anything is."""
    for table in plan.tables:
        click.echo(f"reading {table}", err=True)


@contextmanager
def resumable(cache: Path | None) -> Iterator[None]:
    """Says what an interrupted run has kept."""
    try:
        yield
    except KeyboardInterrupt:
        kept = f"what was scanned is kept in {cache}: the same command goes on from there" if cache else "nothing was kept (--no-cache)"
        click.echo(kept, err=True)
        raise


def write_reports(audit: Audit, files: Sequence[tuple[str, Path]], evidence: Path | None) -> int:
    """Writes every report, shows the audit on standard output, says why on standard error; gives the exit status."""
    findings = findings_file(files) if audit.findings_file else None
    for name, file in files:
        reports.write(name, audit, file, evidence, findings)
    show(audit)
    for name, file in files:
        click.echo(f"wrote {file} ({name})", err=True)
    if findings:
        click.echo(f"wrote {findings} (every finding)", err=True)
    status = int(audit.gate["status"])
    waiting = sum(audit.summary.by_disposition.get(Disposition.REVIEW, {}).values())
    passed = f"passed: nothing reached {audit.gate['fail_on']}" + (f"; for review: {waiting:,}" if waiting else "")
    click.echo(f"exit {status}: {'; '.join(audit.gate['reasons'])}" if status else passed, err=True)
    return status


def show(audit: Audit) -> None:
    """The audit on standard output; a reader who has had enough of it changes nothing about how the command ends."""
    from reports import terminal

    try:
        terminal.show(audit, Console())
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich turns the one into the other
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
