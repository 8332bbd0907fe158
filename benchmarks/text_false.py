"""How often the text matcher reports material that is unrelated: the documents of every project against the works of all others.

    python benchmarks/text_false.py [FOLDER …] [--works FOLDER] [--generated MB] [--only POPULATION] [--limit MB] [--show SORT …]

The material is what the machine has: its packages' documentation, manuals, message catalogues, sources and logs, and what its programs
print. A FOLDER adds more, one project a sub-folder (unpacked packages, say). A file's project is its source package or distribution
(``projects``), its population follows from its name and its words (``population``); a file that two projects hold is taken once.

Each project is a work in each population (WORK_BYTES of it), each document an item, and a trial is one item against one work of another
project. Projects do share text, and there is no list of which: the rules of ``sort_of`` sort every finding. Suspects are the sorts
"formula" and "short"; they, or whatever ``--show`` names, are printed with their passages for a person to read. ``--works`` registers
the .txt files of a folder in place of the projects: novels, which nothing on a machine should contain but for quotations.
``--generated`` scans prose by a Markov chain, trained on the material, against the same works.
"""

import argparse
import contextlib
import email.parser
import gettext
import gzip
import html
import importlib.metadata
import io
import re
import subprocess
import sys
import sysconfig
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from fingerprints.errors import FingerprintError
from fingerprints.model import Hit, Kind, MediaBatch, Modality
from fingerprints.text import SCHEME, Builder, Scanner
from fingerprints.text.scheme import FINDING_WORDS, UNSPACED_CHARACTERS

PLACES = (
    *(
        f"/usr/share/{name}"
        for name in ("doc", "man", "info", "locale", "perl", "perl5", "vim", "i18n", "unicode", "dict", "games", "nodejs")
    ),
    *("/usr/include", "/usr/lib/python3/dist-packages", "/var/log"),
)
PRINTED = (
    ("dpkg", "-l"),
    ("ls", "-lR", "/usr/bin"),
    ("ls", "-lR", "/usr/share/zoneinfo"),
    ("find", "/usr/share/doc", "-ls"),
    ("ldconfig", "-p"),
    ("objdump", "-d", "/bin/true"),
    ("od", "-A", "x", "-t", "x1z", "/bin/true"),
    ("nm", "-D", "/bin/bash"),
    ("cal", "-y", "2026"),
    ("seq", "-s", " ", "1", "5000"),
    (sys.executable, "-X", "importtime", "-c", "import asyncio, xml.dom, unittest"),
    (sys.executable, "-v", "-c", "import http.client, sqlite3, decimal"),
)
CODE = re.compile(r"\.(pyi?|pyx|h|hpp|c|cc|cpp|p[lm]|m?js|ts|rs|sh|vim|rb|go|el)")
TEXT = re.compile(r"|\.(txt|rst|md|x?html?|xml|dict|info|pod|u8|json|csv|tsv|tab|dat|yaml|mo|log)")
PACKED = {".gz", ".dz"}
MANUAL = re.compile(r"\.[1-9]\w*")
VENDORED = {"_vendor", "vendor", "vendored", "third_party", "extern", "externals"}
NOTICES = re.compile(r"(copyright|copying|licen[cs]e|notice|install|authors)", re.IGNORECASE)
LEAST_BYTES, LARGEST_FILE = 200, 20_000_000
ITEM_CHARACTERS = 65_536
WORK_CHARACTERS = 500_000
BATCH_CHARACTERS = 8_000_000
ALPHABETIC, WORDS_A_LINE, SCRIPT_SHARE = 0.6, 2.0, 0.25
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
NO_LATIN = re.compile(r"[^\x00-\u024f\u2000-\u20ff]")

NOTICE = re.compile(
    r"copyright|licen[cs]e|warrant|redistribut|general public|free software|all rights reserved|public domain", re.IGNORECASE
)
WIDESPREAD = 3
"""Projects with the same passage from which it is nobody's: the tool's own rule for what it lists under `explained`."""
SHARED_WORDS = 40
"""Equal words from which a passage that is no formula is no chance: of 613 suspects that were read, no false sentence had more than 20."""
GAP = " […] "
SORTS = ("formula", "short", "related", "shared", "widespread", "notice")
SUSPECT = ("formula", "short")
SAMPLE_CHARACTERS = 20_000_000
WALKERS = 1024
WORD = re.compile(r"(?<!\S)[A-Za-z'-]+[.,;:]?(?!\S)")  # no addresses and no sentences without spaces: they are copied whole
LEAST_PLACES = 100
"""Without it, 8 MB of generated prose had 452 findings in the works it was trained on: sentences of rare words, addresses, fixed lists."""


@dataclass(frozen=True, slots=True)
class Document:
    """One text of one project."""

    project: str
    place: str
    population: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """One finding, as a person reads it."""

    document: Document
    work: str
    kind: Kind
    equal: int
    here: str
    there: str
    sort: str = ""

    @property
    def owner(self) -> str:
        """The project whose work it is."""
        return self.work.rpartition("/")[0]

    @property
    def pair(self) -> frozenset[str]:
        """The two projects."""
        return frozenset((self.document.project, self.owner))


# The material


def packages() -> dict[str, str]:
    """Source package of each installed file; empty where there is no dpkg."""
    sources: dict[str, str] = {}
    status = Path("/var/lib/dpkg/status")
    for stanza in status.read_text("utf-8", "replace").split("\n\n") if status.exists() else ():
        fields = email.parser.HeaderParser().parsestr(stanza)
        sources[fields["Package"] or ""] = (fields["Source"] or fields["Package"] or "").split(" ")[0]
    owners: dict[str, str] = {}
    for listing in Path("/var/lib/dpkg/info").glob("*.list"):
        source = sources.get(listing.stem.split(":")[0], listing.stem)
        owners.update((line, source) for line in listing.read_text("utf-8", "replace").splitlines())
    return owners


def projects(folders: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Project and path of every file: of the folders, of the machine's packages, of Python and its distributions."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            yield path.relative_to(folder).parts[0], path
    owners = packages()
    for place in PLACES:
        for path in sorted(Path(place).rglob("*")):
            yield owners.get(str(path), "logs" if place == "/var/log" else ""), path
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*")):
        if "site-packages" not in path.parts:
            yield f"python{sysconfig.get_python_version()}", path
    for distribution in sorted(importlib.metadata.distributions(), key=lambda d: d.metadata["Name"].lower()):
        for file in distribution.files or ():
            yield distribution.metadata["Name"], Path(str(file.locate()))


def readable(path: Path) -> bool:
    """True of a regular file of a size and kind to be read, that is no copy kept of another project."""
    suffix = path.with_suffix("").suffix if path.suffix in PACKED else path.suffix
    kind = CODE.fullmatch(suffix) or TEXT.fullmatch(suffix) or MANUAL.fullmatch(suffix)
    return bool(kind and not VENDORED & set(path.parts) and path.is_file() and not path.is_symlink()) and (
        LEAST_BYTES <= path.stat().st_size <= LARGEST_FILE
    )


def read(path: Path) -> str:
    """The file's text without its mark-up; "" when it has none that is UTF-8."""
    data = path.read_bytes()
    if path.suffix in PACKED:
        with contextlib.suppress(EOFError, OSError, zlib.error):
            data = gzip.decompress(data)
        path = path.with_suffix("")
    if path.suffix == ".mo":
        return catalogue(data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    if MANUAL.fullmatch(path.suffix):
        return re.sub(r"(?m)^[.'].*\n|\\f\(..|\\f.|\\&", "", text).replace("\\-", "-")
    if path.suffix in {".html", ".htm", ".xhtml", ".xml"}:
        return html.unescape(re.sub(r"(?is)<(script|style|head)\b.*?</\1>|<!--.*?-->|<[^>]*>", " ", text))
    return "" if "\0" in text else text


def catalogue(data: bytes) -> str:
    """The translations of a message catalogue, one a line; "" when it is none."""
    try:
        messages: dict[object, str] = vars(gettext.GNUTranslations(io.BytesIO(data)))["_catalog"]
    except (OSError, ValueError, LookupError):
        return ""
    return "\n".join(text for key, text in messages.items() if key)


def population(path: Path, text: str) -> str:
    """What kind of material it is: by its name, else by what the text consists of."""
    suffixes = [suffix for suffix in path.suffixes if suffix not in PACKED]
    suffix = suffixes[-1] if suffixes else ""
    if NOTICES.match(path.name):
        return "notices"
    if suffix == ".log" or path.is_relative_to("/var/log"):
        return "logs"
    return "code" if CODE.fullmatch(suffix) else written(text[:20_000], suffix)


def written(sample: str, suffix: str) -> str:
    """The population of what is neither a notice nor a log nor code."""
    words, lines = sample.split(), [line for line in sample.splitlines() if line.strip()]
    letters = sum(map(str.isalpha, sample))
    if len(UNSPACED.findall(sample)) > SCRIPT_SHARE * letters:
        return "unspaced scripts"
    alphabetic = sum(word.strip(".,;:!?()[]'\"`*").isalpha() for word in words)
    if alphabetic < ALPHABETIC * len(words) or len(words) < WORDS_A_LINE * len(lines):
        return "tables and lists"
    if len(NO_LATIN.findall(sample)) > SCRIPT_SHARE * letters:
        return "other scripts"
    return "catalogues" if suffix == ".mo" else "prose"


def collected(folders: Iterable[Path]) -> Iterator[Document]:
    """Every text once, in items of about ITEM_CHARACTERS; files of no project are left out."""
    seen: set[int] = set()
    for project, path in projects(folders):
        text = read(path) if project and readable(path) else ""
        key = hash(text)
        if len(text) >= LEAST_BYTES and key not in seen:
            seen.add(key)
            kind = population(path, text)
            yield from (Document(project.lower(), str(path), kind, part) for part in parts(text))
    for command in PRINTED:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            done = subprocess.run(command, capture_output=True, timeout=60, check=False)
            name = " ".join((Path(command[0]).name, *command[1:]))
            yield from (
                Document(f"printed by {name}", name, "logs", part) for part in parts((done.stdout + done.stderr).decode("utf-8", "replace"))
            )


def parts(text: str) -> Iterator[str]:
    """The text in stretches that end at a line's end."""
    start = 0
    while start < len(text):
        stop = text.find("\n", start + ITEM_CHARACTERS) + 1 or len(text)
        yield text[start:stop]
        start = stop


def generated(sources: Sequence[Document], size: int, seed: int) -> Iterator[Document]:
    """Documents by a chain in which each word depends on the one before, trained on SAMPLE_CHARACTERS of the sources.

    A word is what ``WORD`` is. Each line is learnt once, or the chain would write down their formulas; a word that they have fewer
    than LEAST_PLACES times is followed by any word, or it would write down that word's only sentence.
    """
    rng = np.random.default_rng(seed)
    lines: dict[str, None] = {}
    characters = 0
    for number in rng.permutation(len(sources)):
        if characters < SAMPLE_CHARACTERS:
            lines.update(dict.fromkeys(sources[number].text.splitlines()))
            characters += len(sources[number].text)
    numbers: dict[str, int] = {}
    tokens = np.array([numbers.setdefault(word, len(numbers)) for word in WORD.findall(" ".join(lines))], np.int64)
    words = np.array(list(numbers), object)
    order = np.argsort(tokens[:-1], kind="stable")  # the places of each word, one word after the other
    bounds = np.searchsorted(tokens[:-1][order], np.arange(words.size + 1))
    made = 0
    while True:
        current = tokens[rng.integers(0, tokens.size - 1, WALKERS)]
        steps = np.empty((ITEM_CHARACTERS // 6, WALKERS), np.int64)
        for k in range(len(steps)):
            steps[k] = current
            low, high = bounds[current], bounds[current + 1]
            at = order[low + (rng.random(WALKERS) * (high - low)).astype(np.int64).clip(max=order.size - 1 - low)]
            current = tokens[np.where(high - low < LEAST_PLACES, rng.integers(0, order.size, WALKERS), at) + 1]
        for column in steps.T:
            text = " ".join(words[column])
            yield Document("generated", f"seed {seed}", "generated", text)
            made += len(text)
            if made >= size:
                return


# The measurement


def works_of(documents: Iterable[Document]) -> dict[str, str]:
    """Per project and population a work: of its documents every n-th, so that about WORK_CHARACTERS are taken from all over it."""
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for document in documents:
        grouped[f"{document.project}/{document.population}"].append(document.text)
    return {name: "\n\n".join(texts[:: 1 + sum(map(len, texts)) // WORK_CHARACTERS]) for name, texts in grouped.items()}


def opened(works: dict[str, str], folder: Path) -> Scanner:
    """A scanner of the works; those too short to be matched are left out."""
    builder = Builder()
    for name, text in works.items():
        with contextlib.suppress(FingerprintError):
            builder.add(name, builder.fingerprint(text))
    builder.write(folder / "shard")
    return Scanner([folder / "shard"])


def findings(scanner: Scanner, batch: Sequence[Document], works: dict[str, str]) -> Iterator[Found]:
    """Every finding of a document in the work of another project; leads are left out."""
    column = pa.array([document.text for document in batch], pa.large_string())
    for hit in scanner.scan(MediaBatch(Modality.TEXT, column)):
        document = batch[hit.position]
        if isinstance(hit, Hit) and hit.match.kind is not Kind.LEAD:
            here = GAP.join(document.text[slice(*segment.item)] for segment in hit.match.segments)
            there = GAP.join(works[hit.asset][slice(*segment.work)] for segment in hit.match.segments)
            found = Found(document, hit.asset, hit.match.kind, int(hit.match.measures.get("equal_words", 0)), here, there)
            if found.owner != document.project:
                yield found


def batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """The documents, about BATCH_CHARACTERS at a time."""
    batch: list[Document] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.text)
        if size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def sorted_out(found: Sequence[Found]) -> list[Found]:
    """The findings, each with its sort."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for one in found:
        for run in runs(one.here):
            owners[run].add(one.owner)
    first = [replace(one, sort=sort_of(one, owners)) for one in found]
    related = {one.pair for one in first if one.sort == "shared"}
    return [replace(one, sort="related") if one.sort == "short" and one.pair in related else one for one in first]


def runs(passage: str) -> list[str]:
    """The runs of six words in a passage."""
    words = re.findall(r"\w+", passage.lower())
    return [" ".join(words[k : k + 6]) for k in range(max(1, len(words) - 5))]


def sort_of(one: Found, owners: dict[str, set[str]]) -> str:
    """The first of these that holds of the passage.

    notice: it names a copyright, licence or warranty. formula: no stretch has FINDING_WORDS words once those without letters, and repeated
    pairs of neighbours, do not count. widespread: most of it stands in the works of WIDESPREAD projects. shared: it has SHARED_WORDS
    equal words. short: the rest; ``sorted_out`` calls it related where the two projects share a longer passage elsewhere.
    """
    if NOTICE.search(one.here):
        return "notice"
    if max(map(telling, one.here.split(GAP))) < FINDING_WORDS:
        return "formula"
    if np.median([len(owners[run]) for run in runs(one.here)]) >= WIDESPREAD:
        return "widespread"
    return "shared" if one.equal >= SHARED_WORDS else "short"


def telling(passage: str) -> float:
    """Words with letters, each pair of neighbours counted once; a character of an unspaced script counts as the scheme has it."""
    words = re.findall(r"[^\W_]+", passage.lower())
    total = 0.0
    for _, word in set(zip(["", *words], words, strict=False)):
        lone = len(UNSPACED.findall(word))
        total += lone * FINDING_WORDS / UNSPACED_CHARACTERS if lone else any(map(str.isalpha, word))
    return total


# The report


def bound(count: int, trials: float) -> float:
    """The upper end of the 95 % interval of a rate: 3/n for none (Hanley & Lippman-Hand 1983), else Wilson's."""
    if not count:
        return 3 / trials
    z, p = 1.96, count / trials
    centre = p + z * z / (2 * trials)
    return float((centre + z * np.sqrt(p * (1 - p) / trials + z * z / (4 * trials**2))) / (1 + z * z / trials))


HEADER = ("population", "projects", "MB", "items", "trials", *SORTS, "passages", "suspects a GB", "a trial at most")


@dataclass(slots=True)
class Row:
    """What was scanned of one population, and what was found."""

    projects: set[str]
    size: int
    items: int
    trials: int
    found: list[Found]

    def cells(self, name: str) -> tuple[str, ...]:
        """The row of the table."""
        counts = Counter(one.sort for one in self.found)
        suspects = sum(counts[sort] for sort in SUSPECT)
        distinct = len({key(one) for one in self.found if one.sort in SUSPECT})
        sizes = (f"{len(self.projects):,}", f"{self.size / 1e6:,.1f}", f"{self.items:,}", f"{self.trials:,}")
        rates = (f"{suspects / self.size * 1e9:,.1f}", f"{bound(suspects, self.trials):.1e}")
        return (name, *sizes, *(f"{counts[sort]:,}" for sort in SORTS), f"{distinct:,}", *rates)


def key(one: Found) -> str:
    """How a passage begins: findings that are equal in it are read once."""
    return " ".join(re.findall(r"\w+", one.here.lower()))[:80]


def scanned(documents: Iterable[Document], works: dict[str, str], scanner: Scanner) -> Row:
    """One population, scanned."""
    per_project = Counter(name.rpartition("/")[0] for name in works)
    row = Row(set(), 0, 0, 0, [])
    for batch in batches(documents):
        row.items += len(batch)
        row.size += sum(len(document.text.encode("utf-8", "replace")) for document in batch)
        row.trials += sum(len(works) - per_project[document.project] for document in batch)
        row.projects |= {document.project for document in batch}
        row.found += findings(scanner, batch, works)
    row.found = sorted_out(row.found)
    return row


def passages(found: Iterable[Found], most: int) -> Iterator[str]:
    """Each passage once, with how often it was found, and the other side where it differs."""
    seen: defaultdict[str, list[Found]] = defaultdict(list)
    for one in found:
        seen[key(one)].append(one)
    for group in sorted(seen.values(), key=lambda group: (group[0].sort, -len(group))):
        one = group[0]
        here, there = " ".join(one.here.split()), " ".join(one.there.split())
        yield f"[{one.sort}] {len(group)} x {one.kind}, {one.equal} words: {one.document.project}, {one.document.place} in {one.work}"
        yield f"    {here[:most]}"
        if there != here:
            yield f"  ~ {there[:most]}"


def measured(options: argparse.Namespace) -> Iterator[str]:
    """The report, line by line."""
    documents = list(collected(options.folders))
    works = works_of(documents)
    if options.works:
        works = {f"{path.stem}/book": path.read_text("utf-8", "replace") for path in sorted(options.works.glob("*.txt"))}
    groups: defaultdict[str, list[Document]] = defaultdict(list)
    for document in documents:
        groups[document.population].append(document)
    if options.generated:
        streams = {"generated": generated(groups["prose"], int(options.generated * 1e6), options.seed)}
    else:
        streams = {name: iter(thinned(group, options.limit)) for name, group in groups.items() if options.only in {None, name}}
    yield f"{SCHEME}: {len(works):,} works, {sum(map(len, works.values())) / 1e6:,.0f} million characters"
    yield from (" | ".join(HEADER), " | ".join("-" for _ in HEADER))
    suspects: list[Found] = []
    with tempfile.TemporaryDirectory(prefix="text-false-") as folder:
        scanner = opened(works, Path(folder))
        for name, stream in streams.items():
            row = scanned(stream, works, scanner)
            yield " | ".join(row.cells(name))
            suspects += [one for one in row.found if one.sort in options.show]
    yield from passages(suspects, options.characters)


def thinned(group: list[Document], limit: float) -> list[Document]:
    """Every n-th document, so that at most ``limit`` million characters are left."""
    total = sum(len(document.text) for document in group)
    return group[:: 1 + int(total / (limit * 1e6))] if limit else group


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="more material: one project a sub-folder")
    parser.add_argument("--works", type=Path, metavar="FOLDER", help="register its .txt files in place of the projects")
    parser.add_argument("--generated", type=float, default=0, metavar="MB", help="scan so much generated prose in place of the material")
    parser.add_argument("--seed", type=int, default=1, help="of the generated prose")
    parser.add_argument("--only", metavar="POPULATION", help="scan one population")
    parser.add_argument("--limit", type=float, default=0, metavar="MB", help="scan at most so much of each population")
    parser.add_argument("--show", nargs="*", default=SUSPECT, choices=SORTS, help="print the passages of these sorts")
    parser.add_argument("--characters", type=int, default=400, help="printed of each passage")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there instead of printing")
    options = parser.parse_args()
    with options.out.open("w", encoding="utf-8") if options.out else contextlib.nullcontext(sys.stdout) as out:
        for line in measured(options):
            print(line, file=out, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
