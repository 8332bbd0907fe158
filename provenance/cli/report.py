"""``provenance report``."""

from pathlib import Path

import click

from provenance.cli.options import FILE, FOLDER


@click.command()
@click.argument("audit_file", type=FILE, metavar="AUDIT")
@click.option("--evidence", type=FOLDER, help="Folder of the exhibits.  [default: beside AUDIT]")
@click.option("-o", "--output", "outputs", multiple=True, required=True, metavar="FORMAT=FILE", help="Write a report (repeatable).")
def report(audit_file: Path, evidence: Path | None, outputs: tuple[str, ...]) -> None:
    """Render AUDIT (an audit.json) again, from itself and its exhibits alone: no registry, no data, no scan."""
    import reports
    from provenance.cli.rendering import beside, targets
    from provenance.document import read_audit

    audit = read_audit(audit_file)
    usual = beside(audit_file)
    folder = evidence or (usual if usual.is_dir() else None)
    findings = audit_file.with_name(audit.findings_file.name) if audit.findings_file else None
    for name, file in targets(outputs):
        reports.write(name, audit, file, folder, findings)
        click.echo(f"wrote {file} ({name})", err=True)
