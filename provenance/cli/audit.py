"""``provenance audit``."""

import os
import sys
from datetime import datetime
from pathlib import Path

import click

from provenance.model import Disposition

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--registry", required=True, type=FOLDER, help="The registry of works to look for.")
@click.option("--policy", default="us-107", show_default=True, metavar="NAME|FILE|none", help="What decides; none only measures.")
@click.option("--use", type=click.Choice(["train", "output"]), default="train", show_default=True, help="What is done with the items.")
@click.option("--facts", type=FILE, help="YAML of what you know of the use: commercial, territories, date of the act, acquisition by path.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day that counts as today.  [default: today, UTC]")
@click.option("--include", multiple=True, metavar="GLOB", help="Audit only these files (repeatable).")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these files out, counted as excluded (repeatable).")
@click.option(
    "--fail-on",
    type=click.Choice([d.value for d in Disposition]),
    default=Disposition.BLOCK.value,
    show_default=True,
    help="Exit 1 from here on.",
)
@click.option("--allow-unread", type=click.IntRange(0), default=0, show_default=True, help="Exit 3 if more inputs could not be read.")
@click.option("--jobs", type=click.IntRange(1), help="Worker processes.  [default: one per core]")
@click.option("--evidence", type=FOLDER, help="Folder for the exhibits.  [default: beside the JSON or first report]")
@click.option(
    "-o", "--output", "outputs", multiple=True, metavar="FORMAT=FILE", help="Write a report: json, html, pdf, sarif (repeatable)."
)
def audit(
    paths: tuple[Path, ...],
    registry: Path,
    policy: str,
    use: str,
    facts: Path | None,
    as_of: datetime | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    fail_on: str,
    allow_unread: int,
    jobs: int | None,
    evidence: Path | None,
    outputs: tuple[str, ...],
) -> int:
    """Find which registered works reappear in PATHs, and what the policy says of each.

    A table goes to standard output, reports to the files that -o names. Every input ends as scanned, unread or excluded.
    """
    from provenance.cli.rendering import evidence_folder, progress_bar, targets, write_reports
    from provenance.pipeline import Options
    from provenance.pipeline import audit as run

    files = targets(outputs)
    folder = evidence or evidence_folder(files)
    options = Options(
        policy=None if policy == "none" else policy,
        use=use,
        facts=facts,
        as_of=as_of.date() if as_of else None,
        include=include,
        exclude=exclude,
        fail_on=Disposition(fail_on),
        allow_unread=allow_unread,
        jobs=jobs or os.cpu_count() or 1,
        evidence=folder,
        own=(*(file for _, file in files), *([folder] if folder else [])),
        command=("provenance", *sys.argv[1:]),
    )
    with progress_bar() as progress:
        result = run(paths, registry, options, progress)
    return write_reports(result, files, folder)
