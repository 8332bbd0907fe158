"""``provenance registry``: the registry manager's commands."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from provenance.registry import Added
    from provenance.registry.addition import Progress

INCOMPLETE = 3
FOLDER = click.Path(path_type=Path, file_okay=False)
JOBS = click.option("--jobs", type=click.IntRange(1), help="Processes to read files with. [default: one per core]")


@click.group()
def registry() -> None:
    """Keep the registry of works and their rights."""


@registry.command()
@click.argument("folder", metavar="REGISTRY", type=FOLDER)
def init(folder: Path) -> None:
    """Make an empty registry in the folder REGISTRY."""
    from provenance.registry import Registry

    with Registry.init(folder):
        click.echo(f"made the registry {folder}", err=True)


@registry.command()
@click.argument("folder", metavar="REGISTRY", type=FOLDER)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--metadata", type=click.Path(path_type=Path, dir_okay=False), help="Titles and rights: a .csv or .jsonl file.")
@JOBS
@click.pass_context
def add(context: click.Context, folder: Path, paths: tuple[Path, ...], metadata: Path | None, jobs: int | None) -> None:
    """Register the works in files and folders.

    Files that no audit will be able to find are listed, and the exit status is 3.
    """
    from provenance.registry import Registry

    with Registry.open(folder) as opened, _progress() as progress:
        added = opened.add(paths, metadata, jobs=jobs, progress=progress)
    _report(added)
    if added.unmatchable:
        context.exit(INCOMPLETE)


def _report(added: "Added") -> None:
    from provenance.registry.listing import counted

    for refused in added.unmatchable:
        click.echo(f"cannot be found by an audit: {refused.file}: {refused.reason}: {refused.detail}", err=True)
    for skipped in added.skipped:
        click.echo(f"not registered: {skipped.file}: {skipped.reason}: {skipped.detail}", err=True)
    if added.undescribed:
        without = f"{counted(added.undescribed, 'file')} without a row in the metadata"
        click.echo(f"{without}; rights that were not recorded before are UNKNOWN", err=True)
    new = f"{counted(len(added.works), 'new work')}, {counted(len(added.assets), 'new file')}"
    click.echo(f"{new}, {counted(len(added.updated), 'work')} with new metadata, {counted(added.unchanged, 'file')} unchanged", err=True)


@contextmanager
def _progress(what: str = "fingerprinting") -> "Iterator[Progress | None]":
    """A bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@registry.command()
@click.argument("folder", metavar="REGISTRY", type=FOLDER)
@click.option("--model", required=True, help="A sentence-transformers model: its folder, or a name that was fetched before.")
@JOBS
@click.pass_context
def embed(context: click.Context, folder: Path, model: str, jobs: int | None) -> None:
    """Embed the registered texts, so that 'provenance audit --semantic MODEL' finds paraphrases of them.

    The registered files must be there, unchanged; those that are not are listed, and the exit status is 3. What is embedded already stays,
    and an interrupted run goes on where it was. A registry holds the embeddings of one model. They are as private as the texts.
    """
    from provenance.registry import Registry
    from provenance.registry.listing import counted
    from provenance.semantic import model as found

    with Registry.open(folder) as opened, _progress("embedding") as progress:
        done = opened.embed(found(model), jobs=jobs, progress=progress)
    for absent in done.absent:
        click.echo(f"not embedded: {absent.file}: {absent.reason}: {absent.detail}", err=True)
    click.echo(f"{counted(done.assets, 'file')} embedded, {counted(done.unchanged, 'file')} unchanged; {done.scheme}", err=True)
    if done.absent:
        context.exit(INCOMPLETE)


@registry.command("set")
@click.argument("folder", metavar="REGISTRY", type=FOLDER)
@click.argument("work")
@click.option("--source", required=True, help="On whose word: a contract's number, a letter, a catalogue.")
@click.option("--title")
@click.option("--creators", help="Names separated by semicolons.")
@click.option("--rights-holder", help="Names separated by semicolons.")
@click.option("--work-type")
@click.option("--genre")
@click.option("--creativity")
@click.option("--published", help="true, false or unknown.")
@click.option("--first-published", help="YYYY-MM-DD.")
@click.option("--boilerplate", help="true if many works carry this text, such as a licence notice.")
@click.option("--isbn")
@click.option("--isrc")
@click.option("--iswc")
@click.option("--issn")
@click.option("--doi")
@click.option("--iscc")
@click.option("--eidr")
@click.option("--registration", help="Number at a copyright office.")
@click.option("--public-domain", help="true, false or unknown.")
@click.option("--public-domain-territories", help="Codes such as US;DE, or EU, or WORLD.")
@click.option("--licence", help="SPDX id or the agreement's number; its terms follow. NONE: it is known that there is none.")
@click.option("--licence-uses", help="train, evaluate, retrieve, output, separated by semicolons; or none.")
@click.option("--licence-territories", help="Codes such as US;DE, or EU, or WORLD.")
@click.option("--commercial/--no-commercial", "licence_commercial", default=None, help="Whether the licence extends to commercial use.")
@click.option("--derivatives/--no-derivatives", "licence_derivatives", default=None, help="Whether it extends to altered copies.")
@click.option("--attribution/--no-attribution", "licence_attribution", default=None, help="Whether it requires a credit line.")
@click.option("--licence-start", help="First day, YYYY-MM-DD.")
@click.option("--licence-end", help="Last day, YYYY-MM-DD, or perpetual.")
@click.option("--reservation-tdm", help="true if text and data mining is reserved.")
@click.option("--reservation-mechanism", help="How: robots-txt, tdmrep, notice …")
@click.option("--reservation-seen", help="When it was seen, YYYY-MM-DD.")
def set_(folder: Path, work: str, source: str, **columns: str | bool | None) -> None:
    """Record rights or a description of WORK. The word unknown withdraws a value; earlier values stay in the history."""
    from provenance.registry import Registry

    with Registry.open(folder) as opened:
        opened.set(work, source, **{name: str(value) for name, value in columns.items() if value is not None})
    click.echo(f"recorded; see: provenance registry show {folder} {work}", err=True)


@registry.command("list")
@click.argument("folder", metavar="REGISTRY", type=FOLDER)
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), help="[default: table on a terminal, otherwise csv]")
def list_(folder: Path, form: str | None) -> None:
    """List the works and what is known of their rights."""
    from provenance.registry import Registry, listing

    with Registry.open(folder) as opened:
        works = tuple(opened.works())
    form = form or ("table" if sys.stdout.isatty() else "csv")
    if form == "table":
        from rich.console import Console

        Console().print(listing.as_table(works))
    else:
        click.echo(listing.as_csv(works) if form == "csv" else listing.as_json(works), nl=form == "json")


@registry.command()
@click.argument("folder", metavar="REGISTRY", type=FOLDER)
@click.argument("work")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(folder: Path, work: str, form: str) -> None:
    """Show everything about WORK: what holds, on whose word, and what held before; of a removed one, when and why."""
    from provenance.registry import Registry, listing

    with Registry.open(folder) as opened:
        if removal := opened.removal(work):
            history = opened.history(work)
            left = {"work": None, "removed": removal, "history": history}
            click.echo(listing.as_json(left) if form == "json" else "\n".join(listing.removed(work, removal, history)))
            return
        about = (opened.work(work), opened.history(work), opened.unmatchable())
    click.echo(listing.as_json(listing.record(*about)) if form == "json" else "\n".join(listing.described(*about)))


@registry.command()
@click.argument("folder", metavar="REGISTRY", type=FOLDER)
@click.argument("work")
@click.option("--reason", required=True, help="Why, for the log: a takedown notice's number, the end of a contract.")
def remove(folder: Path, work: str, reason: str) -> None:
    """Hide WORK at once from every audit that begins later. Its records and fingerprints stay on disk."""
    from provenance.registry import Registry

    with Registry.open(folder) as opened:
        opened.remove(work, reason)
    click.echo(f"{work} is hidden from now on", err=True)


@registry.command()
@click.argument("folder", metavar="REGISTRY", type=FOLDER)
@click.option("--rebuild", is_flag=True, help="Make the index again from the registered fingerprints first.")
@JOBS
@click.pass_context
def verify(context: click.Context, folder: Path, rebuild: bool, jobs: int | None) -> None:
    """Check the database, the log's chain, and every file of the index."""
    from provenance.registry import Registry
    from provenance.registry.listing import counted

    with Registry.open(folder) as opened:
        problems = opened.verify(rebuild=rebuild, jobs=jobs)
    for problem in problems:
        click.echo(problem)
    click.echo(counted(len(problems), "problem") if problems else "nothing is wrong", err=True)
    if problems:
        context.exit(2)


@registry.command()
@click.argument("folder", metavar="REGISTRY", type=FOLDER)
@click.option("--purge", is_flag=True, help="Also erase what is recorded of removed works, for good.")
@JOBS
def compact(folder: Path, purge: bool, jobs: int | None) -> None:
    """Make the index of each modality one shard without removed works.

    With --purge the files, fingerprints, descriptions and rights of removed works are erased too, and the old index at once. The log
    keeps its entries, but nobody can tie them to a work any more.
    """
    from provenance.registry import Registry
    from provenance.registry.listing import counted

    with Registry.open(folder) as opened:
        purged = opened.compact(purge=purge, jobs=jobs)
        assets = len(opened.snapshot().assets)
    erased = f"; erased {counted(purged, 'removed work')}" if purge else ""
    click.echo(f"the index holds {counted(assets, 'file')}{erased}", err=True)
