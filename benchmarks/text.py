"""How much reused text is found, how surely and how fast: this tool beside datasketch, rensa, an automaton and a dictionary.

``make bench-text`` (or ``python benchmarks/text.py [--quick] [--large] [--books FOLDER] [--only QUESTION …] [--out FILE]``) makes its own
material from prose that packages ship, puts the same questions to every method in one run, and writes ``docs/benchmarks/text.md`` with
every target beside the measurement. Everything runs on one thread; times are CPU seconds. ``--quick`` takes about two minutes and is for
trying the program; its figures are not written unless ``--out`` says where.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from target_tables import summary
from text_peers import command, editions, material, recall, rewritings, scripts, speed, tables
from text_peers.material import Material
from text_peers.measure import MB, Machine

TARGET: Final = Path(__file__).parents[1] / "docs" / "benchmarks" / "text.md"
TITLE: Final = "# Text: what is found, and how fast\n"
WRITTEN: Final = "Written by `make bench-text`; do not edit.\n"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of everything is measured."""

    words: int
    """Of prose, to train the chains on."""
    recall: recall.Sizes
    script_plants: int
    script_negatives: int
    script_seconds: float
    """Of scanning a script, after which no more are planted."""
    editions: int
    """Works, each in five editions."""
    sizes: tuple[int, ...]
    """Of registries, in fingerprints."""
    scanned: int
    """Bytes of each kind of text for the library, and ..."""
    audited: int
    """... of each file for the command."""
    registry: int
    """Fingerprints of the command's registry."""


FULL: Final = Effort(
    2_000_000, recall.Sizes(1_000, 50, 1_500, 20_000), 1_000, 500, 60.0, 8, speed.SIZES, 40 * MB, 200 * MB, command.FINGERPRINTS
)
QUICK: Final = Effort(300_000, recall.Sizes(30, 4, 60, 300), 20, 20, 4.0, 2, (100_000, 1_000_000), 4 * MB, 10 * MB, 500_000)


def questions(made: Material, effort: Effort) -> dict[str, Callable[[], Iterator[str]]]:
    """By name, what answers each question in Markdown."""

    def recalled() -> Iterator[str]:
        found = recall.compared(made, effort.recall)
        yield from tables.recall(found)
        yield from tables.false_and_cost(found, made.novels)

    def audited() -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="bench-text-") as folder:
            audits, profiles = command.audited(made, Path(folder), effort.audited, effort.registry)
            yield from tables.command(audits, profiles, effort.registry)

    return {
        "recall": recalled,
        "scripts": lambda: tables.scripts(scripts.compared(effort.script_plants, effort.script_negatives, effort.script_seconds)),
        "rewritings": lambda: tables.rewritings(rewritings.compared()),
        "speed": lambda: tables.speed(speed.measured(made, effort.sizes, effort.scanned)),
        "command": audited,
        "editions": lambda: tables.editions(*editions.compared(made, effort.editions)),
    }


def main() -> None:
    """Makes the material, asks the questions, writes the answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="little of everything, in about two minutes")
    parser.add_argument("--large", action="store_true", help=f"also a registry of {speed.LARGE:,} fingerprints (1.2 GB of works)")
    parser.add_argument("--books", type=Path, metavar="FOLDER", help="plain texts (*.txt) in place of generated works and documents")
    parser.add_argument("--only", nargs="+", metavar="QUESTION", help="recall scripts rewritings speed command editions")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"where the answers go (default {TARGET.name} in docs/benchmarks)")
    arguments = parser.parse_args()
    began, machine = time.monotonic(), Machine.this()
    effort = QUICK if arguments.quick else FULL
    made = material.of_books(arguments.books) if arguments.books else material.generated(effort.words)
    asked = questions(made, effort)
    if arguments.large:
        asked["speed"] = partial(_large, made, effort)
    pages = "\n".join(page for name in arguments.only or asked for page in _told(name, asked))
    head = tables.machine(machine, made.described, made.shared, time.monotonic() - began)
    text = "\n".join([TITLE, WRITTEN, summary(pages), head, pages])
    out = arguments.out or (None if arguments.quick or arguments.only else TARGET)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    else:
        print(text)


def _large(made: Material, effort: Effort) -> Iterator[str]:
    return tables.speed(speed.measured(made, (*effort.sizes, speed.LARGE), effort.scanned))


def _told(name: str, asked: dict[str, Callable[[], Iterator[str]]]) -> Iterator[str]:
    if name not in asked:
        raise SystemExit(f"there is no question {name!r}; there are {', '.join(asked)}")
    began = time.process_time()
    yield from asked[name]()
    print(f"{name}: {time.process_time() - began:.0f} CPU s of this process", file=sys.stderr)


if __name__ == "__main__":
    main()
