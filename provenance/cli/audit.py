"""``provenance audit``."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from provenance.cli.options import FILE, FOLDER, Shard, Share, Size, gate, outputs
from provenance.model import Disposition


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--registry", required=True, type=FOLDER, help="The registry of works to look for.")
@click.option("--policy", default="us-107", show_default=True, metavar="NAME|FILE|none", help="What decides; none only measures.")
@click.option("--use", type=click.Choice(["train", "output"]), default="train", show_default=True, help="What is done with the items.")
@click.option("--facts", type=FILE, help="YAML of what you know of the use: commercial, territories, date of the act, acquisition by path.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day that counts as today.  [default: today, UTC]")
@click.option("--include", multiple=True, metavar="GLOB", help="Audit only these files (repeatable).")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these files out, counted as excluded (repeatable).")
@click.option("--text-column", "text_columns", multiple=True, metavar="NAME", help="Audit only this text field of tables (repeatable).")
@click.option("--semantic", metavar="MODEL", help="Look for paraphrases too, as leads: a sentence-transformers model, folder or name.")
@click.option("--sample", type=Share(), default="100%", show_default=True, help="Audit this share of the items, chosen by their content.")
@gate
@click.option("--jobs", type=click.IntRange(1), help="Worker processes.  [default: one per core]")
@click.option("--max-memory", type=Size(), help="Memory of all workers together, beside the index.")
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="What runs the workers.")
@click.option("--address", help="Of the Ray cluster.  [default: one on this machine]")
@click.option("--shard", type=Shard(), help="Scan one shard of the input and write only -o part=FILE, for 'provenance merge'.")
@click.option("--cache", type=FOLDER, help="Folder of results by content.  [default: PROVENANCE_CACHE, or the user's cache folder]")
@click.option("--no-cache", is_flag=True, help="Neither use results of earlier runs nor keep those of this one.")
@outputs
def audit(
    paths: tuple[str, ...],
    registry: Path,
    policy: str,
    use: str,
    facts: Path | None,
    as_of: datetime | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    text_columns: tuple[str, ...],
    semantic: str | None,
    sample: float,
    fail_on: str,
    allow_unread: int,
    jobs: int | None,
    max_memory: int | None,
    engine: Literal["local", "ray"],
    address: str | None,
    shard: tuple[int, int] | None,
    cache: Path | None,
    no_cache: bool,
    evidence: Path | None,
    outputs: tuple[str, ...],
) -> int:
    """Find which registered works reappear in PATHs, and what the policy says of each.

    PATHs are files, folders, or URLs that fsspec knows. A table goes to standard output, reports to the files that -o names. Every input
    ends as scanned, unread or excluded. An interrupted run goes on where it was when the same command is given again.
    """
    from provenance.cache import default_folder
    from provenance.cli.rendering import (
        evidence_folder,
        findings_file,
        part_file,
        progress_bar,
        resumable,
        show_plan,
        targets,
        write_reports,
    )
    from provenance.options import Options
    from provenance.pipeline import audit as run
    from provenance.sharding import scan_shard

    part = part_file(outputs) if shard else None
    files = () if shard else targets(outputs)
    folder = evidence or evidence_folder(files)
    options = Options(
        policy=None if policy == "none" else policy,
        use=use,
        facts=facts,
        as_of=as_of.date() if as_of else None,
        include=include,
        exclude=exclude,
        text_columns=text_columns,
        semantic=semantic,
        sample=sample,
        fail_on=Disposition(fail_on),
        allow_unread=allow_unread,
        evidence=folder,
        findings=findings_file(files),
        own=tuple(file for file in (*(file for _, file in files), folder, findings_file(files)) if file),
        command=("provenance", *sys.argv[1:]),
        engine=engine,
        address=address,
        jobs=jobs or os.cpu_count() or 1,
        most_memory=max_memory,
        cache=None if no_cache else cache or default_folder(),
    )
    with resumable(options.cache), progress_bar() as progress:
        if shard and part:
            units = scan_shard(paths, registry, options, shard, part, progress, show_plan)
            click.echo(f"wrote {part} (shard {shard[0]} of {shard[1]}, {units:,} units); next: provenance merge", err=True)
            return 0
        result = run(paths, registry, options, progress, show_plan)
    return write_reports(result, files, folder)
