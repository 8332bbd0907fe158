"""``provenance explain``."""

from itertools import islice
from pathlib import Path

import click

from provenance.cli.options import FILE, FOLDER

MOST_NAMED = 5  # findings that a message lists


@click.command()
@click.argument("audit_file", type=FILE, metavar="AUDIT")
@click.argument("finding")
@click.option("--evidence", type=FOLDER, help="Folder of the exhibits.  [default: beside AUDIT]")
def explain(audit_file: Path, finding: str, evidence: Path | None) -> None:
    """Show why FINDING (its id, or the first characters of it) was made: its segments, its rule, each condition with its value."""
    from rich.console import Console

    from provenance.cli.rendering import beside
    from provenance.document import read_audit
    from provenance.errors import UsageError
    from provenance.rows import read_parquet
    from reports import explanation

    audit = read_audit(audit_file)
    found = [f for f in audit.findings if f.id.startswith(finding)]
    if audit.findings_file and not found:
        every = read_parquet(audit_file.with_name(audit.findings_file.name), id_begins=finding)
        found = [kept.finding() for kept in islice(every, MOST_NAMED + 1)]
    if len(found) != 1:
        listed = ", ".join(f.id for f in found[:MOST_NAMED])
        raise UsageError(
            f"{len(found)} findings of {audit_file} have an id that begins with {finding!r}",
            f"name one of them: {listed}" if found else "the table that the audit printed, and its reports, list every id",
        )
    usual = beside(audit_file)
    explanation.explain(found[0], audit, evidence or (usual if usual.is_dir() else None), Console())
