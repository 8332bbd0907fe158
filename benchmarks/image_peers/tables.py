"""The measurements as Markdown: one table a question, target beside measured, a missed target marked."""

from collections.abc import Iterator, Sequence
from typing import Final

from target_tables import judged, table, wilson
from text_peers.measure import Machine

from fingerprints.model import Kind
from image_peers import cost, search, targets
from image_peers.attacks import GROUPS, MEAN_TARGET
from image_peers.falsehoods import Count, Falsehood, told
from image_peers.material import Material
from image_peers.methods import OURS, PEERS
from image_peers.recall import LED, LENIENT, Found, Share, Threshold

LISTED: Final = 200
"""False matches that are printed; --keep writes all."""
GB: Final = 1e9
KINDS: Final = (Kind.EXACT, Kind.VERIFIED, Kind.NEAR_DUPLICATE, Kind.LEAD)
LIBRARIES: Final = ("numpy", "numba", "opencv-python-headless", "faiss-cpu", "pillow", "ImageHash", "pdqhash")


def machine(one: Machine, made: Material, seconds: float) -> str:
    """What was measured, where and when."""
    libraries = ", ".join(f"{name} {number}" for name, number in one.libraries.items())
    works, distractors = (f"{len(of)} {name}" for of, name in ((made.works, "works"), (made.distractors, "distractors")))
    head = (
        f"{one.date}; {one.processor}, {one.cores} cores, {one.memory / GB:.0f} GB; {one.system}; Python {one.python}; {libraries}. "
        f"Load when it began {one.load}. One thread a process, CPU seconds, which a loaded machine makes longer. "
        f"The run took {seconds / 60:.0f} minutes.\n\n{works}, of which {made.plants} are attacked, and {distractors}. {made.described}.\n"
    )
    return head + (f"\nLeft out: {'; '.join(made.left_out)}.\n" if made.left_out else "")


def recall(found: Found) -> Iterator[str]:
    """What every method finds of each group and of each attack, and where."""
    yield "## Attacked works among pictures that are registered\n"
    yield (
        f"Found means that this tool makes a finding (no lead) that names the right work, and that a peer's hash is at most its threshold "
        f"away: the largest without one false pair among the {found.pairs:,} pairs of an attacked distractor and a work, chosen on these "
        f"very pairs, in the peers' favour (what so many pairs can show is a rate of at most {3 / max(1, found.pairs):.1e}). Everything "
        f"but the attacks on the encoding is saved as JPEG of quality 90. In brackets the 95 % interval (Wilson). "
        f"This tool takes {1000 * found.scan:.0f} ms of CPU an item here.\n"
    )
    head = ["attacks", "n", "target", OURS, LED, *PEERS]
    groups = [(group.name, group.target, names) for group in GROUPS if (names := _asked(found, [one.name for one in group.attacks]))]
    rows = [_row(name, target, found, names) for name, target, names in groups]
    yield table(head, [*rows, _mean_row(found)])
    yield "### Attack by attack\n"
    yield table(head, [_row(name, target, found, [name]) for _, target, names in groups for name in names])
    yield "### Thresholds of the peers\n"
    head = ["method", "bits", "the closest false pair", f"bits at {LENIENT:g} of the pairs", f"mean of {len(found.by_attack)} at these"]
    yield table(head, [_threshold_row(name, one) for name, one in found.thresholds.items()])
    yield "### Where it stands: median intersection over union with the truth, of what was found\n"
    yield table(["attacks", "item", "work"], [_overlap_row(name, found, names) for name, _, names in groups])
    if found.missed:
        yield "### Not found\n"
        yield table(["work", "attacks", "which"], _missed_rows(found))


def _missed_rows(found: Found) -> list[list[str]]:
    """By work, those missed most first."""
    by_work: dict[str, list[str]] = {}
    for one in found.missed:
        by_work.setdefault(one.picture.name, []).append(one.attack + (" (a lead)" if one.right else ""))
    return [[work, f"{len(missed)}", ", ".join(missed)] for work, missed in sorted(by_work.items(), key=lambda entry: -len(entry[1]))]


def _threshold_row(name: str, one: Threshold) -> list[str]:
    bits, lenient = (f"{bits}" if bits >= 0 else "none" for bits in (one.bits, one.lenient))
    return [name, bits, one.closest, lenient, f"{one.lenient_mean:.2f}"]


def _asked(found: Found, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in found.by_attack]


def _row(name: str, target: float, found: Found, attacks: Sequence[str]) -> list[str]:
    ours, led = found.together(attacks, OURS), found.together(attacks, LED)
    peers = [f"{found.together(attacks, peer).value:.2f}" for peer in PEERS]
    return [name, f"{ours.n:,}", f"{target}", judged(ours.value, target, _shown(ours)), f"{led.value:.3f}", *peers]


def _shown(share: Share) -> str:
    low, high = share.interval
    return f"{share.value:.4g} [{low:.3f}, {high:.3f}]"


def _mean_row(found: Found) -> list[str]:
    ours = judged(found.mean(OURS), MEAN_TARGET, f"{found.mean(OURS):.4f}")
    n = found.together(found.by_attack, OURS).n
    peers = [f"{found.mean(peer):.2f}" for peer in PEERS]
    return [f"**mean of {len(found.by_attack)}**", f"{n:,}", f"{MEAN_TARGET}", ours, f"{found.mean(LED):.4f}", *peers]


def _overlap_row(name: str, found: Found, attacks: Sequence[str]) -> list[str]:
    item, work = found.overlaps(attacks)
    return [name, f"{item:.3f}", f"{work:.3f}"]


def false(counts: Sequence[Count], found: Sequence[Falsehood], refused: Sequence[str]) -> Iterator[str]:
    """What is reported that is not there, one by one."""
    yield "## False matches\n"
    rate = f"findings a 10,000 queries (target ≤ {targets.FALSE_PER_10_000:g})"
    head = ["items", "queries", "pairs", *KINDS, "findings, distinct pictures", rate, "upper 95 % bound"]
    yield table(head, map(_false_row, counts))
    pairs, findings = sum(one.pairs for one in counts), sum(one.findings for one in counts)
    bound = f"; what none of so many pairs can show is a rate of at most {3 / pairs:.1e}" if not findings else ""
    yield f"{findings} false findings in {pairs:,} pairs of an item and a work{bound}.\n"
    if refused:
        yield f"Not registered, because nothing tells them from others: {'; '.join(refused)}.\n"
    if found:
        yield table(["kind", "item", "work", "score", "measures"], list(told(found[:LISTED])))
    if len(found) > LISTED:
        yield f"{len(found) - LISTED} more, leads last, are not printed.\n"


def _false_row(one: Count) -> list[str]:
    rate = 10_000 * one.findings / one.queries
    high = 3 / one.queries if not one.findings else wilson(min(one.findings, one.queries), one.queries)[1]
    shown = [judged(rate, targets.FALSE_PER_10_000, f"{rate:.2g}", at_most=True), f"{10_000 * high:.1f}"]
    kinds = [f"{one.by_kind.get(kind, 0)}" for kind in KINDS]
    return [one.items, f"{one.queries:,}", f"{one.pairs:,}", *kinds, f"{one.distinct}", *shown]


def costs(measured: cost.Costs, works: int, registering: float) -> Iterator[str]:
    """Pictures a second, and bytes a work."""
    sizes = [files.size for files in measured.files]
    files = ", ".join(f"{files.size} ({files.bytes / 1000:.0f} KB)" for files in measured.files)
    yield f"## Speed by tier and size, against {works:,} works\n"
    yield (
        f"JPEGs of {files}, enlarged and grained distractors; pictures a CPU second of this process and the decoder's together. By default "
        f"a picture is decoded in a process of its own (*isolated decoder*); *in one process* is what remains without the pipe between the "
        f"two, and what the targets are compared with. The hash tier ends with the hashes of all views of an item. Peers decode the whole "
        f"picture with Pillow, as their documentation does. A work takes {1000 * registering:.0f} ms to register.\n"
    )
    rates = {(one.what, one.size): one.rate for one in measured.rates}
    whats = list(dict.fromkeys(what for what, _ in rates))
    yield table(["pictures a second", *sizes], [[what, *(_rate(rates, what, size) for size in sizes)] for what in whats])
    yield "## Bytes a work\n"
    yield "What one more work adds to each array of the index.\n"
    rows = [[f"`{one.name}`", one.part, one.group, f"{one.bytes:,.0f}"] for one in measured.arrays]
    yield table(["array", "part", "belongs to", "bytes"], rows)
    yield table(["", "bytes a work", "target"], list(_sums(measured.arrays)))


def _rate(by_cell: dict[tuple[str, str], float], what: str, size: str) -> str:
    target = targets.RATES.get((what, size))
    return judged(by_cell[what, size], target, f"{by_cell[what, size]:.0f}") + (f" (target ≥ {target:g})" if target else "")


def _sums(arrays: Sequence[cost.Array]) -> Iterator[list[str]]:
    def total(*groups: str, part: str = "") -> float:
        return sum(one.bytes for one in arrays if one.group in groups and one.part.startswith(part))

    hashes, both = total("hashes"), total("hashes", "features")
    yield ["hashes and digests", judged(hashes, targets.HASH_BYTES, f"{hashes:,.0f}", at_most=True), f"≤ {targets.HASH_BYTES:,.0f}"]
    yield ["with features", judged(both, targets.ALL_BYTES, f"{both:,.0f}", at_most=True), f"≤ {targets.ALL_BYTES:,.0f}"]
    yield ["of these hot, which every process maps", f"{total('hashes', 'features', part='hot'):,.0f}", ""]
    yield ["thumbnails, apart", f"{total('thumbnails'):,.0f}", ""]


def searches(hashes: Sequence[search.Search], growth: Sequence[search.Growth]) -> Iterator[str]:
    """How search and scan grow with the registry."""
    yield "## Search among many works\n"
    yield f"Exact search of {search.QUERIES} random hashes of 256 bits at once (numpy: {search.NUMPY_QUERIES}); CPU ms a hash.\n"
    methods = list(hashes[0].milliseconds)
    yield table(["hashes", "target", *methods], [_search_row(one, methods) for one in hashes])
    yield "### The whole scan\n"
    yield (
        "CPU ms an item with decoding, all tiers, among works whose features are those of registered pictures dealt anew, so that every "
        f"list of the index is as long as it would be among so many pictures, and that none of the items shows; at most "
        f"{search.SHARD:,} in a shard.\n"
    )
    rows = [[f"{one.works:,}", f"{one.milliseconds:.1f}", f"{one.build / one.works * 1000:.2f}"] for one in growth]
    yield table(["works", "ms an item", "ms a work to write the shard"], rows)


def _search_row(one: search.Search, methods: Sequence[str]) -> list[str]:
    target = targets.SEARCH.get(one.hashes)
    ours = judged(one.milliseconds[OURS], target, f"{one.milliseconds[OURS]:.3f}", at_most=True)
    others = [f"{one.milliseconds[name]:.3f}" for name in methods if name != OURS]
    return [f"{one.hashes:,}", f"≤ {target:g}" if target else "", ours, *others]
