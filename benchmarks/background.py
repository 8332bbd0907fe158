# ruff: noqa: RUF001 - an alphabet of other letters that look like ours
"""Makes the table of background runs (``fingerprints/text/background.txt``) from licence texts and notices that are installed.

    python benchmarks/background.py            # writes the table; --measure FILE... says how much of these texts stands in it

Sources: the copyright files and common licences of a Debian system, and the licence files of installed Python distributions. Files that
share most of their runs are one source, so that the many packages of one project do not make its own words common. A run is kept if it
stands in LEAST_SOURCES of them, where those are too many in more. To these come the common licences whole, and the lists
below, which everybody knows.
The table holds hashes alone; it has to be made again when words are hashed in another way, and the tests say so.
"""

import argparse
import datetime as dt
import importlib.metadata
import string
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from fingerprints.text import background
from fingerprints.text.normalise import Normaliser

TARGET = Path(__file__).parents[1] / "fingerprints" / "text" / "background.txt"
LICENCES = Path("/usr/share/common-licenses")
LEAST_SOURCES = 3  # as many as make a passage of registered works common
MOST_RUNS = 36_000  # 8 characters each: 0.3 MB
LARGEST = 1_000_000  # bytes of a file: beyond that it lists the files of a project
SAME = 0.7  # share of the smaller file's runs in a source before it from which it is no other source, if the files are of about one length

MONTHS = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
)
DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "mon tue wed thu fri sat sun",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles jueves viernes sábado domingo",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica",
)
NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "fifteen sixteen seventeen eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four",
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "un deux trois quatre cinq six sept huit neuf dix onze douze",
    "uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx",
)
ALPHABETS = (
    " ".join(string.ascii_lowercase),
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega",
    (
        "alfa bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo sierra tango "
        "uniform victor whiskey x-ray yankee zulu"
    ),
    "а б в г д е ж з и й к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я",
)
FILLERS = (
    (
        "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua ut "
        "enim ad minim veniam quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat duis aute irure dolor in "
        "reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur excepteur sint occaecat cupidatat non proident sunt "
        "in culpa qui officia deserunt mollit anim id est laborum lorem ipsum dolor sit amet"
    ),
    "the quick brown fox jumps over the lazy dog the quick brown fox",
    "the quick brown fox jumped over the lazy dog",
    "pack my box with five dozen liquor jugs pack my box with",
    "how vexingly quick daft zebras jump",
    "franz jagt im komplett verwahrlosten taxi quer durch bayern",
    "portez ce vieux whisky au juge blond qui fume",
)
LISTS = (*(f"{row} {row}" for row in (*MONTHS, *DAYS)), *NUMBERS, *ALPHABETS, *FILLERS)


def notices() -> Iterator[Path]:
    """The files of the sources, in an order that does not hang on the file system's."""
    found = [*LICENCES.glob("*"), *Path("/usr/share/doc").glob("*/copyright")]
    for distribution in importlib.metadata.distributions():
        found += [Path(str(file.locate())) for file in distribution.files or () if {"licen", "copyi", "notic"} & {file.name[:5].lower()}]
    yield from sorted({file.resolve() for file in found if file.is_file() and file.suffix not in {".py", ".pyc", ".json"}})


def sources(files: Iterable[Path]) -> list[background.Runs]:
    """The runs of each source, each once; a file that is much like one before belongs to that one."""
    found = list[background.Runs]()
    for file in files:
        data = file.read_bytes()
        if len(data) <= LARGEST:
            runs = _runs(data)
            if runs.size and not any(_same(runs, other) for other in found):
                found.append(runs)
    return found


def _runs(*texts: bytes) -> background.Runs:
    """The runs of texts, each once."""
    normaliser = Normaliser()
    words = (normaliser.placed(text.decode("utf-8", "replace").encode()).hashes for text in texts)
    return np.unique(np.concatenate([background.runs(hashes) for hashes in words]))


def _same(one: background.Runs, other: background.Runs) -> bool:
    if not 0.5 <= one.size / other.size <= 2:
        return False
    return np.intersect1d(one, other, assume_unique=True).size >= SAME * min(one.size, other.size)


def common(found: list[background.Runs], always: background.Runs) -> tuple[background.Runs, int]:
    """``always`` and the runs of at least LEAST_SOURCES sources, at most MOST_RUNS, and in how many sources the rarest of these stand."""
    runs, counts = np.unique(np.concatenate(found), return_counts=True)
    least = LEAST_SOURCES
    while (kept := np.union1d(always, runs[counts >= least])).size > MOST_RUNS and least < len(found):
        least += 1
    return kept, least


def make() -> None:
    """Writes the table and says what is in it."""
    found = sources(notices())
    licences = [file.read_bytes() for file in sorted({file.resolve() for file in LICENCES.glob("*")})]
    always = _runs(*licences, *(row.encode() for row in LISTS))
    table, least = common(found, always)
    head = {
        "what": "hashes of runs of 5 words that stand in several unrelated sources; made by benchmarks/background.py",
        "sources": f"{len(found)} of Debian's copyright files, common licences and licence files of Python distributions",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "runs": f"{table.size}: of {len(licences)} licences, {len(LISTS)} lists, and {table.size - always.size} in {least} sources or more",
        "control": background.control(),
    }
    TARGET.write_text("".join(f"# {name}: {value}\n" for name, value in head.items()) + background.written(table), encoding="ascii")
    print(*(f"{name}: {value}" for name, value in head.items()), f"{TARGET.stat().st_size:,} bytes", sep="\n")


def measure(files: Iterable[Path]) -> None:
    """How many runs and words of each text are background."""
    for file in files:
        hashes = Normaliser().placed(file.read_bytes().decode("utf-8", "replace").encode()).hashes
        known = background.covered(hashes)
        passages = np.lib.stride_tricks.sliding_window_view(known, 12).mean(axis=1) >= background.COMMON if known.size >= 12 else known[:0]
        print(f"{file.name}: {hashes.size:,} words, {known.mean():.4%} in background, {passages.mean():.4%} of passages of 12 words")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", nargs="+", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure)
    else:
        make()


if __name__ == "__main__":
    main()
