"""``provenance cache``: show and prune the results that earlier runs kept."""

import re
from datetime import timedelta
from pathlib import Path

import click

from provenance.errors import UsageError
from reports.wording import number, plural, size

SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}  # decimal, as sizes are printed
FOLDER = click.option(
    "--cache",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of results.  [default: $PROVENANCE_CACHE, else this account's cache folder]",
)


def _age(ctx: click.Context, param: click.Parameter, value: str | None) -> timedelta | None:
    """The time span that was written as hours, days or weeks."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,6})([hdw])", value)
    if not found:
        raise click.BadParameter(f"{value!r} is no age: write hours, days or weeks, as in 12h, 30d, 4w", ctx, param)
    return int(found[1]) * SPANS[found[2]]


def _size(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """The bytes that were written with a decimal unit, or without one."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)([KMGT]?)B?", value, re.IGNORECASE)
    if not found:
        raise click.BadParameter(f"{value!r} is no size: write bytes with a decimal unit, as in 500M, 1.5G", ctx, param)
    return int(float(found[1]) * UNITS[found[2].upper()])


@click.group()
def cache() -> None:
    """Show and prune the results that earlier runs kept, so that equal content is not scanned again."""


@cache.command()
@FOLDER
def show(folder: Path | None) -> None:
    """Show how much is kept, and where."""
    from provenance.cache import default_folder, usage

    folder = folder or default_folder()
    found = usage(folder)
    click.echo(f"folder   {folder}")
    click.echo(f"runs     {number(found.runs)}")
    click.echo(f"results  {number(found.entries)}")
    click.echo(f"size     {size(found.bytes)}")
    if found.oldest:
        click.echo(f"oldest   last used {found.oldest:%Y-%m-%d}")


@cache.command()
@click.option("--older-than", "older", metavar="AGE", callback=_age, help="Delete what was last used that long ago: 12h, 30d, 4w.")
@click.option(
    "--max-size", "most_bytes", metavar="SIZE", callback=_size, help="Delete the longest unused until no more than this is left: 500M, 2G."
)
@click.option("--all", "everything", is_flag=True, help="Delete all but what a run may be writing.")
@FOLDER
def prune(older: timedelta | None, most_bytes: int | None, everything: bool, folder: Path | None) -> None:
    """Delete kept results; what is needed again is scanned again."""
    from provenance.cache import default_folder
    from provenance.cache import prune as pruned

    if older is None and most_bytes is None and not everything:
        raise UsageError("nothing says what to delete", "add --older-than 30d, --max-size 2G or --all")
    gone = pruned(folder or default_folder(), older=timedelta(0) if everything else older, most_bytes=most_bytes)
    busy = f"; left {plural(gone.busy, 'file')} that a run may be writing" if gone.busy else ""
    click.echo(f"freed {size(gone.bytes)} in {plural(gone.files, 'file')}{busy}", err=True)
