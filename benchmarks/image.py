"""How many reused pictures are found, how surely and how fast: this tool beside imagehash and pdqhash.

``make bench-image`` (or ``python benchmarks/image.py [--quick] [--large] [--pictures FOLDER] [--only QUESTION …] [--out FILE]``) takes the
pictures of a folder, or draws some, reuses them in 42 ways, puts the same questions to every method in one run, and writes
``docs/benchmarks/image.md`` with every target beside the measurement. Times are CPU seconds. ``--quick`` takes a few minutes and is for
trying the program; its figures are not written unless ``--out`` says where.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from typing import Final, TypeAlias

from image_peers import cost, falsehoods, material, recall, registry, search, tables, trials
from image_peers.answers import Trials
from image_peers.attacks import ATTACKS
from image_peers.material import Material, Sizes
from image_peers.processes import family_seconds
from target_tables import summary
from text_peers.measure import Machine

TARGET: Final = Path(__file__).parents[1] / "docs" / "benchmarks" / "image.md"
TITLE: Final = "# Pictures: what is found, and how fast\n"
WRITTEN: Final = "Written by `make bench-image`; do not edit.\n"
Answers: TypeAlias = Iterator[str]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of everything is measured."""

    sizes: Sizes
    files: int
    """Of each size, whose decoding and scanning is timed."""
    hashes: tuple[int, ...]
    works: tuple[int, ...]
    """Of registries, for the growth of search and scan."""
    dealt: int
    """Works whose features fill those registries, and items scanned in them."""


FULL: Final = Effort(Sizes(plants=60, works=500, distractors=240), 20, search.SIZES, search.WORKS, 60)
QUICK: Final = Effort(FULL.sizes.scaled(4), 4, search.SIZES[:2], search.WORKS[:1], 10)


@dataclass(frozen=True)
class Run:
    """One run: its material, and what several questions share."""

    made: Material
    folder: Path
    effort: Effort
    arguments: argparse.Namespace

    @cached_property
    def registered(self) -> registry.Registry:
        """The works, in every method's registry."""
        return registry.registered(self.made.works, self.folder, self.arguments.jobs)

    @cached_property
    def asked(self) -> Trials:
        """Every attacked picture's answers; this tool scans distractors only if their false matches are asked for."""
        attacks = [attack.name for attack in ATTACKS if any(part in attack.name for part in self.arguments.attacks)]
        wanted = not self.arguments.only or "false" in self.arguments.only
        return trials.asked(self.made, self.registered, attacks, self.arguments.jobs, negatives_scanned=wanted)

    def recall(self) -> Answers:
        """What is found."""
        return tables.recall(recall.scored(self.asked))

    def false(self) -> Answers:
        """What is reported that is not there."""
        found = falsehoods.falsehoods(self.asked)
        if self.arguments.keep:
            falsehoods.keep(found, self.asked, self.made, self.arguments.keep)
        return tables.false(falsehoods.counted(self.asked), found, self.registered.refused)

    def cost(self) -> Answers:
        """Pictures a second, bytes a work."""
        measured, works = cost.measured(self.made, self.registered, self.folder, self.effort.files), len(self.registered.works)
        return tables.costs(measured, works, self.registered.seconds / works)

    def search(self) -> Answers:
        """How both grow."""
        sizes = (*self.effort.works, search.LARGE) if self.arguments.large else self.effort.works
        items = self.made.distractors[: self.effort.dealt]
        grown = list(search.grown(sizes, self.registered.works[: self.effort.dealt], items))
        return tables.searches(list(search.searched(self.effort.hashes)), grown)


QUESTIONS: Final[dict[str, Callable[[Run], Answers]]] = {
    "recall": Run.recall,
    "false": Run.false,
    "cost": Run.cost,
    "search": Run.search,
}


def main() -> None:
    """Makes the material, asks the questions, writes the answers."""
    arguments = options().parse_args()
    began, machine = time.monotonic(), replace(Machine.this(), libraries={name: version(name) for name in tables.LIBRARIES})
    effort = QUICK if arguments.quick else FULL
    if arguments.plants:
        effort = replace(effort, sizes=FULL.sizes.scaled(arguments.plants))
    with tempfile.TemporaryDirectory(prefix="bench-image-") as place:
        made = _material(arguments, Path(place) / "pictures", effort.sizes)
        run = Run(made, Path(place), effort, arguments)
        pages = "\n".join(page for name in arguments.only or QUESTIONS for page in _told(name, run))
    head = tables.machine(machine, made, time.monotonic() - began)
    text = f"{TITLE}\n{WRITTEN}\n{summary(pages)}\n{head}\n{pages}"
    out = arguments.out or (None if arguments.quick or arguments.only else TARGET)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    else:
        print(text)


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="little of everything, in a few minutes")
    parser.add_argument("--large", action="store_true", help=f"also a scan of {search.LARGE:,} works (8 GB of memory, 5 of disk)")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="pictures in place of drawn ones; every second one is registered")
    parser.add_argument("--without", type=Path, metavar="FILE", help="given pictures not to use: a name, a tab and a reason a line")
    parser.add_argument("--half", choices=("a", "b"), help="of the pictures: thresholds are chosen on one half and reported on the other")
    parser.add_argument("--plants", type=int, metavar="N", help=f"works attacked (default {FULL.sizes.plants}); all else in proportion")
    parser.add_argument("--attacks", nargs="+", metavar="PART", default=[""], help="only attacks whose name has one of these in it")
    parser.add_argument("--jobs", type=int, metavar="N", default=cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where item and work of every false match are put side by side")
    parser.add_argument("--only", nargs="+", choices=QUESTIONS, metavar="QUESTION", help=" ".join(QUESTIONS))
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"where the answers go (default {TARGET.name} in docs/benchmarks)")
    return parser


def _material(arguments: argparse.Namespace, into: Path, sizes: Sizes) -> Material:
    into.mkdir()
    if arguments.pictures:
        without = material.reasons(arguments.without) if arguments.without else {}
        return material.given(arguments.pictures, into, sizes, arguments.half, without)
    return material.generated(into, sizes, arguments.half)


def _told(name: str, run: Run) -> Answers:
    began = family_seconds()
    yield from QUESTIONS[name](run)
    print(f"{name}: {family_seconds() - began:.0f} CPU s", file=sys.stderr)


if __name__ == "__main__":
    main()
