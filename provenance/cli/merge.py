"""``provenance merge``."""

import sys
from pathlib import Path

import click

from provenance.cli.options import FOLDER, gate, outputs
from provenance.model import Disposition


@click.command()
@click.argument("parts", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="PART...")
@click.option("--registry", required=True, type=FOLDER, help="The registry that the shards were scanned with.")
@gate
@outputs
def merge(parts: tuple[Path, ...], registry: Path, fail_on: str, allow_unread: int, evidence: Path | None, outputs: tuple[str, ...]) -> int:
    """Make one audit of the PARTs that 'provenance audit --shard i/n -o part=FILE' wrote: the same as that of one run."""
    from provenance.cli.rendering import evidence_folder, findings_file, targets, write_reports
    from provenance.options import Options
    from provenance.sharding import merged

    files = targets(outputs)
    folder = evidence or evidence_folder(files)
    options = Options(
        fail_on=Disposition(fail_on),
        allow_unread=allow_unread,
        evidence=folder,
        findings=findings_file(files),
        command=("provenance", *sys.argv[1:]),
        jobs=0,
        cache=None,
    )
    return write_reports(merged(parts, registry, options), files, folder)
