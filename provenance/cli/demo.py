"""``provenance demo``: the commands that a user would type, typed for them, and a look at whether they found what was planted."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provenance.cli.options import FOLDER
from provenance.errors import AuditError, UsageError

if TYPE_CHECKING:
    from provenance.demo import Expected

PASSED, REACHED = 0, 1


@click.command()
@click.argument("folder", type=FOLDER, default=Path("provenance-demo"))
def demo(folder: Path) -> int:
    """Register works that this project made, audit a training set and some outputs made from them, and write the reports to FOLDER.

    Exits 0 if everything planted was found and nothing else was; the audits inside end as yours would.
    """
    from provenance.demo import make

    _clear(folder)
    material = make(folder / "material")
    for part in material.missing:
        click.echo(f"left out: {part} (see: provenance doctor)", err=True)
    registry = str(folder / "registry")
    _type("registry", "init", registry)
    _type("registry", "add", registry, str(material.works), "--metadata", str(material.metadata))
    audits = {"training": (material.dataset, "train"), "outputs": (material.outputs, "output")}
    for name, (path, use) in audits.items():
        reports = [argument for kind in ("json", "html", "pdf") for argument in ("-o", f"{kind}={folder / name}.{kind}")]
        _type("audit", str(path), "--registry", registry, "--policy", "us-107", "--use", use, "--facts", str(material.use), *reports)
    return _judge(material.expected, [folder / f"{name}.json" for name in audits])


def _clear(folder: Path) -> None:
    """Makes room for a new demo in a folder that is new, empty, or an earlier demo's."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "material").is_dir():
            raise UsageError(f"{folder} holds something else", "name a new folder: provenance demo FOLDER")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def _type(*arguments: str) -> None:
    """Shows a command line and runs it; a finding is no failure of the demo."""
    click.secho(f"\n$ provenance {shlex.join(arguments)}", bold=True)
    sys.stdout.flush()
    status = subprocess.run([sys.executable, "-m", "provenance", *arguments], check=False).returncode
    if status not in {PASSED, REACHED}:
        raise AuditError(f"the command above ended with {status}", "run 'provenance doctor'; if it finds nothing, report this as a bug")


def _judge(expected: "Sequence[Expected]", audits: Sequence[Path]) -> int:
    """Compares the findings with what was planted."""
    from provenance.demo import Outcome
    from provenance.demo.judgement import differences
    from provenance.document import read_audit

    wrong = differences(expected, [finding for audit in audits for finding in read_audit(audit).findings])
    for line in wrong:
        click.echo(line, err=True)
    planted = sum(entry.outcome is Outcome.FINDING for entry in expected)
    verdict = f"{len(wrong)} differences, listed above" if wrong else "all found, and nothing else"
    click.echo(f"\nreuses planted in the demo: {planted}; {verdict}; reports: {audits[0].parent}/")
    return 1 if wrong else PASSED
