"""How often the paraphrase scheme gives a lead to unrelated prose, and how many rewritten passages it meets.

Queries are windows of the running text in the docstrings of Python and its distributions (as in calibrate_text.py), drawn at random;
what is registered is the windows of all of them, of which a query is compared with those of every unrelated distribution. One trial is
one query. A near window that has a run of five words with the query in common does not count: it is shared wording, which the text
scanner finds, and no chance. The bound on the cosine is set by these trials alone: the least of two digits at which at most one query
in a thousand gives a lead.

Recall is of benchmarks/rewritings: windows of the rewritten texts that meet a window of the article they were written from, and texts
of which one window at least does; the texts of kind "non" are on the same subject, written without the article.

The shortlist is measured on the same windows: which of the queries it lets pass, with the windows of one half of the distributions
registered and those of the other half asked, and which of the rewritten ones, with the articles among what is registered.

    python benchmarks/calibrate_semantic.py MODEL [--queries N] [--kept FILE] [--write]

Embedding takes 60 ms a window on one core (10 minutes for 10,000); --kept keeps what was embedded, for a run that was interrupted.
"""

import argparse
import datetime as dt
import hashlib
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from calibrate_text import prose, unrelated

from fingerprints import calibration, shard
from fingerprints.calibration import Calibration, upper_95
from fingerprints.text.semantic import find
from fingerprints.text.semantic.encoder import Encoder, Vectors
from fingerprints.text.semantic.index import DIGITS
from fingerprints.text.semantic.scheme import LEAST_COSINE, WINDOW_WORDS, WORK_OVERLAP
from fingerprints.text.semantic.shortlist import RARE_COUNT, RARE_SHARE, TOGETHER, Shortlist, postings
from fingerprints.text.semantic.windows import WORD, stems, windows

HERE = Path(__file__).parent
TARGET = HERE.parent / "fingerprints" / "text" / "semantic" / "calibration.json"
REWRITINGS = HERE / "rewritings"
DATE = dt.date(2026, 11, 22)
FALSE_RATE = 1e-3
BOUNDS = tuple(round(0.5 + 0.02 * step, 2) for step in range(21))
SHARED_RUN = 5
AT_ONCE = 250
TRIAL = "one window of 80 words against {windows:,} windows of unrelated works"
POPULATION = (
    "windows of running text in the docstrings of Python and its distributions, against those of every other distribution; "
    "near windows with five words in a row in common are not counted"
)


class Kept:
    """Embeds texts, and keeps what was embedded in a file if there is one."""

    def __init__(self, encoder: Encoder, file: Path | None) -> None:
        self._encoder, self._file = encoder, file
        self._known: dict[str, Vectors] = {}
        if file and file.exists():
            with np.load(file) as saved:
                self._known = dict(zip(saved["names"].tolist(), saved["vectors"], strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions); says how far it is."""
        names = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = {name: text for name, text in zip(names, texts, strict=True) if name not in self._known}
        for first in range(0, len(missing), AT_ONCE):
            some = list(missing)[first : first + AT_ONCE]
            self._known |= dict(zip(some, self._encoder.embed([missing[name] for name in some]), strict=True))
            print(f"embedded {first + len(some):,} of {len(missing):,}", file=sys.stderr)
            if self._file:
                np.savez(self._file, names=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
        return np.stack([self._known[name] for name in names])


def cut(text: str, overlap: int = 1) -> list[str]:
    """The windows of a text."""
    return [text[start:stop] for start, stop in windows(text, overlap)]


def population(most: int) -> tuple[list[str], list[str]]:
    """Distribution and text of windows of prose, drawn at random."""
    found = [(name, window) for name, texts in prose().items() for window in cut("\n\n".join(text for _, text in texts))]
    drawn = random.Random(0).sample(found, len(found))[:most]
    return [name for name, _ in drawn], [window for _, window in drawn]


def runs(text: str) -> set[tuple[str, ...]]:
    """Every run of SHARED_RUN words."""
    words = WORD.findall(text.casefold())
    return set(zip(*(words[first:] for first in range(SHARED_RUN)), strict=False))


def nearest(names: Sequence[str], texts: Sequence[str], vectors: Vectors) -> Iterator[tuple[float, int, int]]:
    """Of each query, cosine and places of the nearest unrelated window without shared wording."""
    groups = {name: number for number, name in enumerate(dict.fromkeys(names))}
    own = np.array([groups[name] for name in names])
    allowed = np.array([[unrelated(one, other) for other in groups] for one in groups])
    for query, vector in enumerate(vectors):
        cosines = np.where(allowed[own[query]][own], np.round(vectors @ vector, DIGITS), -1)
        order = np.argsort(-cosines, kind="stable")
        here = runs(texts[query])
        other = next(place for place in order.tolist() if cosines[place] < BOUNDS[0] or not here & runs(texts[place]))
        yield float(cosines[other]), query, other


def rewritings() -> Mapping[str, Mapping[str, list[str]]]:
    """Texts by topic and kind."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for file in sorted(REWRITINGS.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found[row["topic"]][row["kind"]].append(row["text"])
    return found


def recall(kept: Kept) -> Mapping[str, list[list[float]]]:
    """By kind, for each text the cosine of each of its windows with the nearest of its article."""
    result: dict[str, list[list[float]]] = defaultdict(list)
    for kinds in rewritings().values():
        article = kept.embed([window for text in kinds["original"] for window in cut(text, WORK_OVERLAP)])
        for kind in ("light", "heavy", "non"):
            result[kind] += [np.round(kept.embed(cut(text)) @ article.T, DIGITS).max(axis=1).tolist() for text in kinds[kind]]
    return result


def shortlist(registered: Sequence[str]) -> Shortlist:
    """The shortlist of these windows."""
    of_each = [stems(window) for window in registered]
    held = postings(np.concatenate(of_each), np.array([each.size for each in of_each], np.uint32))
    with tempfile.TemporaryDirectory() as folder:
        shard.write(Path(folder), "shortlist", (), held, {})
        return Shortlist(shard.read(Path(folder), "shortlist").hot)


def passing(names: Sequence[str], texts: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """What was asked of the shortlist, how many windows, and how many it let pass."""
    half = {name: number % 2 for number, name in enumerate(sorted(set(names)))}
    topics = rewritings()
    articles = [window for kinds in topics.values() for text in kinds["original"] for window in cut(text, WORK_OVERLAP)]
    registered = [text for name, text in zip(names, texts, strict=True) if half[name]]
    asked = {"unrelated": [text for name, text in zip(names, texts, strict=True) if not half[name]]}
    for kind in ("light", "heavy", "non"):
        asked[kind] = [window for kinds in topics.values() for text in kinds[kind] for window in cut(text)]
    for label, works in (("large", registered + articles), ("small", articles)):
        opened = shortlist(works)
        for kind, found in asked.items():
            yield f"{label} registry of {len(works):,} windows, {kind}", len(found), sum(opened.holds(stems(window)) for window in found)


def measure(model: str, queries: int, file: Path | None, show: int) -> Calibration:
    """The calibration; prints the shortlist, the nearest unrelated windows for a person to read, false leads and recall by cosine."""
    found = find(model)
    kept = Kept(found.encoder(), file)
    names, texts = population(queries)
    for label, count, passed in passing(names, texts):
        print(f"shortlist, {label}: {passed} of {count:,} pass ({passed / count:.2%})")
    near = sorted(nearest(names, texts, kept.embed(texts)), reverse=True)
    for cosine, query, other in near[:show]:
        print(f"{cosine:.3f} {names[query]}: {' '.join(texts[query].split())}\n      {names[other]}: {' '.join(texts[other].split())}")
    print(f"{len(near):,} queries of {WINDOW_WORDS} words, {len(set(names))} distributions")
    cosines = np.array([cosine for cosine, *_ in near])
    tabulate(cosines, recall(kept))
    thresholds = {
        "cosine": LEAST_COSINE,
        "rare_count": RARE_COUNT,
        "rare_share": RARE_SHARE,
        "together": TOGETHER,
        "window_words": WINDOW_WORDS,
    }
    false = {"finding": 0, "lead": int((cosines >= LEAST_COSINE).sum())}
    return Calibration(found.scheme, DATE, POPULATION, TRIAL.format(windows=len(texts)), len(near), false, thresholds)


def tabulate(near: Vectors, met: Mapping[str, list[list[float]]]) -> None:
    """Prints false leads and recall by the bound on the cosine, and which bound the false leads ask for."""
    print("cosine   false, bound (95 %)   windows / texts met: light, heavy, same subject")
    for bound in BOUNDS:
        false = int((near >= bound).sum())
        shares = []
        for texts in met.values():
            windows_met = np.mean([cosine >= bound for text in texts for cosine in text])
            texts_met = np.mean([max(text) >= bound for text in texts])
            shares.append(f"{windows_met:.3f} / {texts_met:.3f}")
        mark = "   <- in use" if bound == LEAST_COSINE else ""
        print(f"{bound:.2f}    {false:5}  {upper_95(false, len(near)):.1e}      {'  '.join(shares)}{mark}")
    print(f"windows / texts: {', '.join(f'{kind} {sum(map(len, texts))} / {len(texts)}' for kind, texts in met.items())}")
    least = min(hundredth / 100 for hundredth in range(50, 102) if (near >= hundredth / 100).sum() <= FALSE_RATE * len(near))
    print(f"least cosine at {FALSE_RATE:g} false leads a query: {least:.2f}")


def main() -> int:
    """Measures, and writes the calibration when asked."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("model", help="folder or name")
    options.add_argument("--queries", type=int, default=10_000)
    options.add_argument("--kept", type=Path, help="an .npz of embeddings, read and written")
    options.add_argument("--show", type=int, default=0, help="print so many of the nearest unrelated windows")
    options.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    arguments = options.parse_args()
    measured = measure(arguments.model, arguments.queries, arguments.kept, arguments.show)
    if arguments.write:
        calibration.write(TARGET, measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
