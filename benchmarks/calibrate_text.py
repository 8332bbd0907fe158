"""How often the text scheme reports unrelated prose: every module's documentation against every other distribution's.

The prose is what Python and the installed distributions say of themselves: the paragraphs of docstrings that are running text, no
code, tables, addresses or licences. Each distribution's is one registered work; each module's is one item; one trial is one item
against the work of one other distribution. Findings are printed, to be read by a person: what one project took from another
(vendored code, NumPy's descriptions of parameters) is reuse and no chance, and stands in RELATED or REUSED with the reason.

The population and the two tables were settled after looking at results, so the rate says how often prose matches that has no known
common source, not how often documentation at large does: with package descriptions, parameter lists and licences left in, 299
findings came of 113,100 trials (mostly badges, licence texts and shared descriptions; not every one was read), and 130 of this
population before the tables (all read, all shared text).

    python benchmarks/calibrate_text.py [--write] [--leads]
"""

import argparse
import ast
import datetime as dt
import importlib.metadata
import re
import sys
import sysconfig
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from fingerprints import calibration
from fingerprints.calibration import Calibration
from fingerprints.model import Hit, Kind, MediaBatch, Modality
from fingerprints.text import SCHEME, Builder, Scanner
from fingerprints.text.background import COMMON
from fingerprints.text.scheme import (
    ALPHABETIC_CHARACTERS,
    DISTINCT_PAIRS,
    DISTINCT_WORDS,
    EQUAL_SHARE,
    FINDING_CHARACTERS,
    FINDING_WORDS,
    GROUP_CHARACTERS,
    GROUP_GAIN,
    GROUP_WORDS,
    UNSPACED_CHARACTERS,
)

LEAST_WORDS = 20
ALPHABETIC = 0.9
NO_PROSE = re.compile(r">>>|://|::|\S\(|[=|{}\[\]<>\\]|\s:\s|copyright|licen[cs]e|warrant", re.IGNORECASE)
LEFT_OUT = {"_vendor", "vendor", "thirdparty", "thirdparty_files", "cloudpickle", "tests", "test", "idlelib", "site-packages", "lib2to3"}
TARGET = Path(__file__).parents[1] / "fingerprints" / "text" / "calibration.json"
DATE = dt.date(2026, 11, 22)
TRIAL = "one document against one unrelated work"
SELECTION = (
    "The population was narrowed to running text, 17 pairs of related distributions were left out and 5 passages that were read and are "
    "reuse were not counted, all after looking at findings; benchmarks/calibrate_text.py names them. That what is said twice "
    "counts once was settled on this population, too."
)
POPULATION = "running text in the docstrings of Python and its distributions, by module, against those of every other distribution"

# Distributions that share text wholesale; what they have in common was read, and they are no unrelated works: no trials.
RELATED = {
    frozenset(("Python", "setuptools")): "setuptools carries distutils, once of the standard library",
    frozenset(("Python", "numpy")): "numpy adapts inspect, unittest and distutils",
    frozenset(("numpy", "scipy")): "the two document the same functions in the same words",
    frozenset(("Python", "aiohappyeyeballs")): "asyncio's connection methods, by the same author",
    frozenset(("Python", "typing_extensions")): "backports",
    frozenset(("Python", "lxml")): "lxml adapts difflib",
    frozenset(("Python", "urllib3")): "urllib3 overrides http.client and keeps its words",
    frozenset(("numpy", "PyWavelets")): "numpy's test runner",
    frozenset(("numpy", "setuptools")): "distutils",
    frozenset(("asn1crypto", "oscrypto")): "one author",
    frozenset(("llvmlite", "numba")): "one project",
    frozenset(("pydantic", "pydantic_core")): "one project",
    frozenset(("Python", "ray")): "ray adapts asyncio's locks and keeps subprocess's words",
    frozenset(("Python", "protobuf")): "protobuf's json_format describes the arguments that it hands to json in json's words",
    frozenset(("grimp", "import-linter")): "one author",
    frozenset(("pyHanko", "pyhanko-certvalidator")): "one author",
    frozenset(("PyYAML", "ruamel.yaml")): "ruamel.yaml is a fork",
}
# Findings in other pairs that were read and are no chance: how the passage begins, and where it comes from.
REUSED = {
    "If you override this in a subclass, it should not return": "argparse, adapted by mypy",
    "True values are 'y', 'yes', 't', 'true', 'on'": "distutils.util.strtobool, adapted by pip and pytest",
    "Create and return a temporary directory. This has the same behavior": "tempfile, adapted by scipy",
    "Parse the given version string and return either a": "packaging.version, carried by numpy, scipy and pyarrow",
    "A callable whose return code determines whether an attribute": "attrs, adapted by markdown-it-py",
}


def paragraphs(source: bytes) -> Iterator[str]:
    """The running text in a module's docstrings; none if it is no Python of this version."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for paragraph in (ast.get_docstring(node) or "").split("\n\n"):
                words = [word.strip(".,;:!?()'\"`*") for word in paragraph.split()]
                if len(words) >= LEAST_WORDS and sum(map(str.isalpha, words)) >= ALPHABETIC * len(words) and not NO_PROSE.search(paragraph):
                    yield paragraph


def modules() -> Iterator[tuple[str, Path, str]]:
    """Distribution, file and place of every module installed; the standard library is the distribution "Python"."""
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*.py")):
        yield "Python", path, str(path.relative_to(library))
    for distribution in sorted(importlib.metadata.distributions(), key=lambda d: d.metadata["Name"].lower()):
        for file in distribution.files or ():
            if file.suffix == ".py":
                yield distribution.metadata["Name"], Path(str(file.locate())), str(file)


def prose() -> dict[str, list[tuple[str, str]]]:
    """Per distribution, the place and text of each of its documents; vendored code and tests are left out."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, path, place in modules():
        if not LEFT_OUT & set(Path(place).parts) and path.exists():
            text = "\n\n".join(paragraphs(path.read_bytes()))
            if text:
                found.setdefault(name, []).append((place, text))
    return found


def scanner(works: dict[str, list[tuple[str, str]]], folder: Path) -> Scanner:
    """A scanner of one work a distribution."""
    builder = Builder()
    for name, documents in works.items():
        builder.add(name, builder.fingerprint("\n\n".join(text for _, text in documents)))
    builder.write(folder / "shard")
    return Scanner([folder / "shard"])


def chance_hits(works: dict[str, list[tuple[str, str]]]) -> Iterator[tuple[str, str, Hit]]:
    """Place and passage of every hit of a document in an unrelated work that nobody has read and explained."""
    with tempfile.TemporaryDirectory() as folder:
        opened = scanner(works, Path(folder))
        for name, documents in works.items():
            texts = pa.array([text for _, text in documents], pa.large_string())
            for hit in opened.scan(MediaBatch(Modality.TEXT, texts)):
                assert isinstance(hit, Hit)
                place, text = documents[hit.position]
                passage = " […] ".join(" ".join(text[slice(*segment.item)].split()) for segment in hit.match.segments)
                nobodys = hit.match.measures.get("background", 0) >= COMMON  # set aside by the audit, with the reason
                if unrelated(name, hit.asset) and not nobodys and not passage.startswith(tuple(REUSED)):
                    yield f"{name}: {place}", passage, hit


def unrelated(one: str, other: str) -> bool:
    """True of two distributions that are not known to share text."""
    return one != other and frozenset((one, other)) not in RELATED


def measure(show_leads: bool) -> Calibration:
    """The calibration; prints every finding, for a person to read."""
    works = prose()
    items = sum(map(len, works.values()))
    trials = sum(len(works[name]) for name in works for other in works if unrelated(name, other))
    counts: Counter[str] = Counter()
    for place, passage, hit in chance_hits(works):
        kind = "leads" if hit.match.kind is Kind.LEAD else "findings"
        counts[kind] += 1
        if kind == "findings" or show_leads:
            print(f"{hit.match.kind} {hit.match.score:.2f} {place} in {hit.asset}: {passage[:600]}")
    size = sum(len(text.encode()) for documents in works.values() for _, text in documents)
    print(f"{items:,} documents, {len(works)} works, {size / 1e6:.1f} MB, {trials:,} trials: {dict(counts)}")
    false = {"finding": counts["findings"], "lead": counts["findings"] + counts["leads"]}
    thresholds = {
        "words": FINDING_WORDS,
        "characters": FINDING_CHARACTERS,
        "equal_share": EQUAL_SHARE,
        "distinct_words": DISTINCT_WORDS,
        "distinct_pairs": DISTINCT_PAIRS,
        "group_words": GROUP_WORDS,
        "group_characters": GROUP_CHARACTERS,
        "group_gain": GROUP_GAIN,
        "unspaced_characters": UNSPACED_CHARACTERS,
        "alphabetic_characters": ALPHABETIC_CHARACTERS,
    }
    return Calibration(SCHEME, DATE, POPULATION, TRIAL, trials, false, thresholds, SELECTION)


def main() -> int:
    """Measures, and writes the calibration when asked."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    options.add_argument("--leads", action="store_true", help="print leads, too")
    arguments = options.parse_args()
    measured = measure(arguments.leads)
    if arguments.write:
        calibration.write(TARGET, measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
