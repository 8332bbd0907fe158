"""``provenance doctor``."""

import click


@click.command()
def doctor() -> None:
    """Say what this machine can audit, what is missing, and the command that mends it."""
    from provenance.diagnosis import examine

    report = examine()
    width = max(len(finding.part) for finding in report)
    for finding in report:
        click.echo(f"{finding.state:8} {finding.part:{width}}  {finding.detail}")
        if finding.remedy:
            click.echo(f"{'':8} {'':{width}}  → {finding.remedy}")
    if any(finding.state == "broken" for finding in report):
        click.get_current_context().exit(2)
