"""The measurements as Markdown: one table a question, target beside measured, a missed target marked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import isnan, log10
from typing import Final

from target_tables import MISSED, judged, table

from text_peers import targets
from text_peers.command import Audited, Profile
from text_peers.editions import Editions, Speed
from text_peers.edits import EDITS
from text_peers.measure import MB, Machine
from text_peers.methods import OURS
from text_peers.plants import Cell, Score, medians
from text_peers.recall import LENGTHS, Outcome, per_novel
from text_peers.rewritings import KINDS, Reported
from text_peers.scripts import EDITS as SCRIPT_EDITS
from text_peers.scripts import LENGTHS as SCRIPT_LENGTHS
from text_peers.scripts import Found
from text_peers.speed import Figures

GB: Final = 1e9
LEAST_SHARE: Final = 0.5  # of the start-up, below which what remains after it is mostly its noise
TEN_MILLION: Final = 7e6  # fingerprints, as nearly as whole works allow


def machine(one: Machine, told: str, shared: float, seconds: float) -> str:
    """What was measured, where and when."""
    libraries = ", ".join(f"{name} {number}" for name, number in one.libraries.items())
    return (
        f"{one.date}; {one.processor}, {one.cores} cores, {one.memory / GB:.0f} GB; {one.system}; Python {one.python}; {libraries}. "
        f"Load when it began {one.load}. One thread, CPU seconds, which a loaded machine makes longer; MB are 10⁶ bytes of UTF-8. "
        f"The run took {seconds / 60:.0f} minutes.\n\n{told} Of the places of unrelated text, {shared:.1e} begin a run of twelve words "
        f"that stands in a registered novel.\n"
    )


def recall(found: Mapping[str, Outcome]) -> Iterator[str]:
    """What every method finds of each cell."""
    ours = found[OURS]
    yield "## Excerpts in documents\n"
    yield (
        "One excerpt stands in each document of about 1,200 words; found means that a finding (no lead) names the right work at a place "
        "that overlaps the excerpt. In brackets the 95 % interval (Wilson).\n"
    )
    head = ["words", "edit", "n", "target", *found, "n of the peers"]
    yield table(head, (_recall_row((words, edit.name), found) for words in LENGTHS for edit in EDITS))
    yield "### Where it stands: median intersection over union with the truth, of what was found\n"
    head = ["excerpts", "target", *(f"{name}, {side}" for name in found for side in (("item", "work") if name == OURS else ("item",)))]
    rows = [(f"{words} words, {edit.name}", [(words, edit.name)]) for words in (50,) for edit in EDITS]
    yield table(head, (_overlap_row(label, cells, found) for label, cells in [("all", list(ours.cells)), *rows]))


def _recall_row(cell: Cell, found: Mapping[str, Outcome]) -> list[str]:
    target = targets.RECALL.get(cell)
    scores = {name: outcome.cells[cell] for name, outcome in found.items()}
    shown = [_recall(score, target if name == OURS else None, interval=name == OURS) for name, score in scores.items()]
    peers = {score.n for name, score in scores.items() if name != OURS}
    return [f"{cell[0]}", cell[1], f"{scores[OURS].n:,}", f"{target or ''}", *shown, "/".join(map(str, sorted(peers)))]


def _recall(score: Score, target: float | None, *, interval: bool) -> str:
    low, high = score.interval
    return judged(score.recall, target, f"{score.recall:.4g} [{low:.3f}, {high:.3f}]" if interval else f"{score.recall:.2f}")


def _overlap_row(label: str, cells: Sequence[Cell], found: Mapping[str, Outcome]) -> list[str]:
    row = [label, f"{targets.OVERLAP}"]
    for name, outcome in found.items():
        item, work = medians(outcome.cells[cell] for cell in cells)
        row.append(judged(item, targets.OVERLAP, f"{item:.3f}") if name == OURS else "" if isnan(item) else f"{item:.2f}")
        if name == OURS:
            row.append(judged(work, targets.OVERLAP, f"{work:.3f}"))
    return row


def false_and_cost(found: Mapping[str, Outcome], works: Sequence[str]) -> Iterator[str]:
    """What is reported that is not there, and what each method costs on the same work."""
    yield "## False documents, speed and memory on the same work\n"
    yield (
        "False are documents for which a work is reported of which nothing stands there: generated ones, prose by people that shares no "
        "run of eight words with the training of the novels, and documents with an excerpt for which another novel is named. The scanned "
        "documents are those with excerpts and those without, together.\n"
    )
    head = ["method", "false, generated", "false, by people", "leads only", "wrong novel beside an excerpt", "build MB/s", "scan MB/s"]
    yield table([*head, "index, MB a novel of 0.63 MB"], (_cost_row(name, outcome, works) for name, outcome in found.items()))
    ours = found[OURS]
    false, size = ours.false_generated + ours.false_real, ours.negative_bytes / GB
    bound = (3.0 if not false else false + 2 * false**0.5 + 2) / size
    rate = judged(false / size, targets.FALSE_PER_GB, f"{false / size:.1f}", at_most=True)
    yield (
        f"This tool: {false} false findings in {size * 1000:.0f} MB, {rate} "
        f"a GB (target ≤ {targets.FALSE_PER_GB:g}; the upper bound that so much text supports is about {bound:.0f} a GB).\n"
    )


def _cost_row(name: str, outcome: Outcome, works: Sequence[str]) -> list[str]:
    wrong, n = sum(score.wrong for score in outcome.cells.values()), sum(score.n for score in outcome.cells.values())
    generated, real = outcome.negatives
    false = [f"{outcome.false_generated} of {generated:,}", f"{outcome.false_real} of {real:,}"]
    memory = per_novel(outcome.memory, works)
    index = judged(memory, targets.HOT if name == OURS else None, f"{memory:.2f}", at_most=True)
    return [name, *false, f"{outcome.leads}", f"{wrong} of {n:,}", f"{outcome.build_mb_s:.1f}", f"{outcome.scan_mb_s:.1f}", index]


def scripts(found: Iterable[Found]) -> Iterator[str]:
    """This tool in other scripts."""
    yield "## Scripts without spaces, and from right to left\n"
    yield "Text of random words with Zipf's frequencies; where there are no spaces, twelve words stand for twenty characters.\n"
    collected = list(found)
    cells = [(one, words) for one in collected for words in SCRIPT_LENGTHS]
    rows = [[one.name, f"{words}", *(_script_cell(one.cells, (words, edit)) for edit in SCRIPT_EDITS)] for one, words in cells]
    yield table(["script", "words", *SCRIPT_EDITS], rows)
    head = ["script", f"median intersection over union, item/work (target ≥ {targets.OVERLAP})", "false documents", "scan MB/s"]
    yield table(head, map(_script_row, collected))


def _script_row(one: Found) -> list[str]:
    item, work = medians(one.cells.values())
    overlap = judged(min(item, work), targets.OVERLAP, f"{item:.3f}/{work:.3f}")
    return [one.name, overlap, f"{one.false} of {one.negatives}", f"{one.scan:.2f}"]


def _script_cell(scores: Mapping[Cell, Score], cell: Cell) -> str:
    score, target = scores[cell], targets.SCRIPTS.get(cell)
    return f"{_recall(score, target, interval=True)} n = {score.n:,}" + (f" (target {target})" if target else "")


def rewritings(found: Mapping[str, Mapping[str, Reported]]) -> Iterator[str]:
    """What is found of what people rewrote."""
    yield "## Rewritten by people\n"
    if not found:
        yield "The collection of rewritings is not beside the program.\n"
        return
    rows = []
    for method, kinds in found.items():
        ours = method == OURS
        for kind in KINDS:
            reported, target = kinds[kind], targets.HEAVY if ours and kind == "heavy" else None
            share = reported.found / max(1, reported.n)
            shown = judged(share, target, f"{share:.2f} ({reported.found} of {reported.n})")
            shown += MISSED if ours and kind == "non" and reported.found else ""
            led = f"{reported.led / max(1, reported.n):.2f}" if ours else ""
            rows.append(
                [method, kind, f"≥ {target}" if target else "0" if ours and kind == "non" else "", shown, led, f"{reported.elsewhere}"]
            )
    yield table(["method", "texts", "target", "found", "found or led to", "another topic's original reported"], rows)


def speed(figures: Sequence[Figures]) -> Iterator[str]:
    """How the library grows with the registry."""
    yield "## The library: growth with the registry\n"
    kinds = list(figures[0].scan)
    head = [
        "fingerprints",
        "works MB",
        f"build MB/s (target ≥ {targets.BUILD:g})",
        f"hot MB a novel (target ≤ {targets.HOT})",
        "cold MB a novel",
    ]
    rows = [
        [
            f"{one.postings:,}",
            f"{one.work_bytes / MB:.1f}",
            judged(one.build, targets.BUILD, f"{one.build:.1f}"),
            judged(one.hot, targets.HOT, f"{one.hot:.2f}", at_most=True),
            f"{one.cold:.2f}",
            *(f"{one.scan[kind]:.0f}" for kind in kinds),
            f"{one.memory / MB:.0f}",
        ]
        for one in figures
    ]
    yield table([*head, *(f"scan MB/s, {kind}" for kind in kinds), "scanning process, MB of its own"], rows)
    for one, other in pairwise(figures):
        yield _slowdown(one, other, kinds)
    if len(figures) > 2:
        yield _slowdown(figures[0], next((size for size in figures if size.postings > TEN_MILLION), figures[-1]), kinds)


def _slowdown(one: Figures, other: Figures, kinds: Sequence[str]) -> str:
    factors = {kind: one.scan[kind] / other.scan[kind] for kind in kinds}
    ratio = round(log10(other.postings / one.postings))
    target = targets.SLOWDOWN if ratio == 2 else targets.SLOWDOWN_LARGE if one.postings > TEN_MILLION else None
    said = ", ".join(f"{kind}: {judged(factor, target, f'{factor:.2f}', at_most=True)}" for kind, factor in factors.items())
    return f"- from {one.postings:,} to {other.postings:,} slower by a factor of {said}" + (f" (target ≤ {target})\n" if target else "\n")


def command(audits: Sequence[Audited], profiles: Mapping[str, Profile], fingerprints: int) -> Iterator[str]:
    """The command beside the scanner and ``wc -w``."""
    yield f"## The command, end to end, {fingerprints:,} fingerprints\n"
    yield (
        "`provenance audit --jobs 1 --no-cache`, CPU seconds of all its processes, one document in a hundred with 600 characters of a "
        "work. Start-up is what the command takes for a file of one document; the target is compared with what remains without it, and the "
        "whole is beside it.\n"
    )
    head = [
        "format",
        "documents of",
        "text MB",
        "CPU s",
        "start-up s",
        "MB/s without start-up",
        "MB/s whole",
        "target",
        "scanner alone MB/s",
        "`wc -w` MB/s",
    ]
    yield table(head, map(_audit_row, audits))
    for name, profile in profiles.items():
        yield f"### Where the worker's time goes: {name}, documents of 2 KB (cProfile, which makes small functions dearer)\n"
        yield table(list(profile.shares), [[f"{share:.0%}" for share in profile.shares.values()]])
        yield table(["function", "share"], [[f"`{name}`", f"{share:.1%}"] for name, share in profile.top])


def _audit_row(one: Audited) -> list[str]:
    remains, target = one.seconds - one.startup, targets.SCAN[one.format]
    told = remains > LEAST_SHARE * one.startup
    net = judged(one.size / remains / MB, target, f"{one.size / remains / MB:.0f}") if told else "too short to tell"
    words = "" if isnan(one.words) else f"{one.size / one.words / MB:.0f}"
    figures = [net, f"{one.size / one.seconds / MB:.0f}", f"≥ {target:g}", f"{one.scanner:.0f}", words]
    return [one.format, f"{one.document // 1000} KB", f"{one.size / MB:.0f}", f"{one.seconds:.2f}", f"{one.startup:.2f}", *figures]


def editions(found: Mapping[str, Editions], measured: Speed) -> Iterator[str]:
    """What is found of editions, and how fast signatures are."""
    yield "## Editions of whole works, and signatures\n"
    rows = [
        [
            kind,
            judged(max(one.aligned, one.by_signature) / one.n, targets.EDITIONS, f"{one.aligned} of {one.n}"),
            f"{one.by_signature}",
            f"{one.datasketch}",
        ]
        for kind, one in found.items()
    ]
    yield table(
        ["edition", "aligned over half its length (target: all)", "signatures ≥ .5", "datasketch, word 5-grams, Jaccard ≥ .5"], rows
    )
    shown = judged(measured.signature, targets.SIGNATURES, f"{measured.signature:.1f}")
    yield table(
        ["signatures from hashed words MB/s", "target", "whole fingerprint from text MB/s", "datasketch from text MB/s"],
        [[shown, f"≥ {targets.SIGNATURES:g}", f"{measured.fingerprint:.1f}", f"{measured.datasketch:.1f}"]],
    )
