"""``provenance compare``."""

from pathlib import Path

import click

from provenance.cli.options import FOLDER

PRESENT = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("work", type=PRESENT)
@click.argument("item", type=PRESENT)
@click.option("--evidence", type=FOLDER, help="Keep the exhibit and its pictures in this folder.")
def compare(work: Path, item: Path, evidence: Path | None) -> None:
    """Show what ITEM shares with WORK: two texts, two pictures or two sounds, with the aligned segments side by side.

    Nothing is decided; exit 0 whether or not they share anything.
    """
    from rich.console import Console

    from provenance.comparison import compare as measured
    from reports import explanation

    comparison = measured(work, item, evidence)
    explanation.show_comparison(str(work), str(item), comparison.matches, comparison.exhibit, evidence, Console())
