"""Unit results become findings: matches grouped by item and work, occurrences counted, and what others explain set aside."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fingerprints.model import Interval, Kind, Match, Modality, Quadrilateral, Segment
from provenance.model import Explained, Finding, Item, Place, Reuse, Work, WorkRef, finding_id

SAME_PASSAGE = 0.8  # of a passage's length or area: an edition that holds this much of it holds it
COMMON_TO = 3  # works by this many unrelated creators make a passage common (DESIGN: a notice, a proverb, a form of words)
STRENGTH = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Claim:
    """One work's matches in one item."""

    work: Work
    order: int
    """Place in the order of registration."""
    asset: str
    match: Match
    others: tuple[Match, ...] = ()


def findings(reuses: Iterable[Reuse], works: Mapping[str, Work]) -> tuple[tuple[Finding, ...], tuple[Explained, ...]]:
    """Findings without decisions, and the passages that others explain, both in the order of the items.

    ``works`` holds every registered work in the order of registration.
    """
    found: list[Finding] = []
    explained: list[Explained] = []
    order = {work: number for number, work in enumerate(works)}
    for item, places, matched in _by_content(reuses):
        claims = [_claim(works[work], order[work], of_work) for work, of_work in _by_work(matched).items()]
        left: list[Claim] = []
        for claim in sorted(claims, key=lambda c: c.order):
            kept, passages = _set_aside(item, claim, claims)
            explained += passages
            left += [kept] if kept else []
        found += [_finding(item, places, claim, alternatives) for claim, alternatives in _leading(left)]
    return tuple(found), _united(explained)


def _by_content(reuses: Iterable[Reuse]) -> Iterable[tuple[Item, tuple[Place, ...], list[Reuse]]]:
    """Items of equal content as one: its first place, all its places, and the matches of the first."""
    groups: dict[tuple[Modality, str], list[Reuse]] = defaultdict(list)
    for reuse in reuses:
        groups[reuse.item.modality, reuse.item.sha256].append(reuse)
    for group in groups.values():
        places = {r.item.locator: Place(r.item.path, r.item.record, r.item.field, r.item.locator) for r in group}
        first = group[0].item
        yield first, tuple(places.values()), [r for r in group if r.item.locator == first.locator]


def _by_work(reuses: Sequence[Reuse]) -> Mapping[str, list[Reuse]]:
    result: dict[str, list[Reuse]] = defaultdict(list)
    for reuse in reuses:
        result[reuse.work].append(reuse)
    return result


def _claim(work: Work, order: int, reuses: Sequence[Reuse]) -> Claim:
    """The strongest match of a work, and the rest; several assets of a work (editions) are one claim."""
    ranked = sorted(reuses, key=lambda r: (STRENGTH[r.match.kind], -r.match.coverage_of_item, -r.match.score, r.asset))
    return Claim(work, order, ranked[0].asset, ranked[0].match, tuple(r.match for r in ranked[1:]))


def _set_aside(item: Item, claim: Claim, claims: Sequence[Claim]) -> tuple[Claim | None, list[Explained]]:
    """The claim without the passages that others explain (None if nothing is left), and those passages."""
    kept: list[Segment] = []
    passages: list[Explained] = []
    for segment in claim.match.segments:
        holders = [c for c in claims if _share_within([segment], c.match.segments) >= SAME_PASSAGE]
        reason = _explanation(claim, holders)
        if reason:
            passages.append(Explained(item, (segment,), tuple(c.work.id for c in holders), reason))
        else:
            kept.append(segment)
    if not passages:
        return claim, []
    return (replace(claim, match=_reduced(claim.match, kept)) if kept else None), passages


def _explanation(claim: Claim, holders: Sequence[Claim]) -> str | None:
    """Why a passage that these works hold is no finding against the claimed one; None if it is one."""
    if any(c.work.boilerplate for c in holders):
        return "boilerplate"
    if claim.work.rights.status != "public-domain" and any(c.work.rights.status == "public-domain" for c in holders):
        return "public-domain"
    return "common-passage" if _unrelated(holders) >= COMMON_TO else None


def _unrelated(claims: Sequence[Claim]) -> int:
    """How many groups of works have no creator in common (their rights holders where creators are unknown)."""
    groups: list[set[str]] = []
    for claim in claims:
        names = _names(claim.work)
        touching = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names] + [names.union(*touching)]
    return len(groups)


def _names(work: Work) -> set[str]:
    """Those whose work it is; a work of whom nothing is known is related to itself alone."""
    return {name.casefold() for name in work.creators or work.rights_holders or (work.id,)}


def _reduced(match: Match, kept: Sequence[Segment]) -> Match:
    """The match on the segments that are left, its amounts reduced in proportion to their length."""
    share = sum(_size(s.item) for s in kept) / sum(_size(s.item) for s in match.segments)
    amounts = {
        name: round(value * share) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in match.measures.items()
    }
    return replace(
        match,
        kind=Kind.NEAR_VERBATIM if match.kind is Kind.EXACT else match.kind,
        segments=tuple(kept),
        coverage_of_item=match.coverage_of_item * share,
        coverage_of_work=match.coverage_of_work * share,
        measures=amounts,
    )


def _leading(claims: Sequence[Claim]) -> list[tuple[Claim, tuple[WorkRef, ...]]]:
    """One claim for each passage of related works, the earliest registered first; works of others that hold it are alternatives too."""
    led: list[tuple[Claim, list[Claim]]] = []
    for claim in sorted(claims, key=lambda c: (_weak(c), c.order)):
        leader = next((entry for entry in led if _same_passage(entry[0], claim) and _names(entry[0].work) & _names(claim.work)), None)
        if leader:
            leader[1].append(claim)
        else:
            led.append((claim, []))
    result = []
    for leading, editions in sorted(led, key=lambda entry: entry[0].order):
        rivals = [other for other, _ in led if other is not leading and _same_passage(other, leading)]
        result.append((leading, tuple(_reference(c) for c in sorted(editions + rivals, key=lambda c: c.order))))
    return result


def _weak(claim: Claim) -> bool:
    """A lead never leads over a finding."""
    return claim.match.kind is Kind.LEAD


def _same_passage(one: Claim, other: Claim) -> bool:
    return _share_within(other.match.segments, one.match.segments) >= SAME_PASSAGE


def _finding(item: Item, places: tuple[Place, ...], claim: Claim, alternatives: tuple[WorkRef, ...]) -> Finding:
    return Finding(
        id=finding_id(claim.work.id, item.sha256, item.modality),
        revision=hashlib.sha256(repr((claim.match.scheme, claim.match.segments)).encode()).hexdigest()[:16],
        occurrences=places,
        item=item,
        work=_reference(claim),
        match=claim.match,
        other_matches=claim.others,
        alternatives=alternatives,
    )


def _reference(claim: Claim) -> WorkRef:
    return WorkRef(claim.work.id, claim.work.title, claim.asset, claim.work.creators, claim.work.rights_holders)


def _united(passages: Iterable[Explained]) -> tuple[Explained, ...]:
    """Passages of one item that the same works hold, as one."""
    groups: dict[tuple[str, tuple[str, ...], str], Explained] = {}
    for passage in passages:
        key = (passage.item.locator, passage.works, passage.by)
        known = groups.get(key)
        segments = passage.segments if known is None else tuple(sorted({*known.segments, *passage.segments}, key=lambda s: repr(s.item)))
        groups[key] = replace(passage, segments=_distinct(segments))
    return tuple(groups.values())


def _distinct(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Each place of the item once; the first work's side stands for all."""
    return tuple({segment.item: segment for segment in reversed(segments)}.values())[::-1]


# --- lengths and areas ---------------------------------------------------------------------------------------------------------------


def _share_within(inner: Sequence[Segment], outer: Sequence[Segment]) -> float:
    """How much of the inner segments' item side lies within the outer ones', in [0, 1]; whole-item matches (no segments) cover all."""
    total = sum(_size(s.item) for s in inner)
    if not outer or not total:
        return 1.0
    return min(1.0, sum(_shared(a.item, b.item) for a in inner for b in outer) / total)


def _size(region: Interval | Quadrilateral) -> float:
    low, high = _box(region)
    return (high[0] - low[0]) * (high[1] - low[1])


def _shared(one: Interval | Quadrilateral, other: Interval | Quadrilateral) -> float:
    """Length that two intervals share, or area that the boxes around two quadrilaterals share."""
    (low_a, high_a), (low_b, high_b) = _box(one), _box(other)
    sides = [max(0.0, min(high_a[axis], high_b[axis]) - max(low_a[axis], low_b[axis])) for axis in (0, 1)]
    return sides[0] * sides[1]


def _box(region: Interval | Quadrilateral) -> tuple[tuple[float, float], tuple[float, float]]:
    """The upright box around a quadrilateral; an interval is a box of height one."""
    if len(region) == 2:
        start, stop = region
        return (start, 0.0), (stop, 1.0)
    xs, ys = zip(*region, strict=True)
    return (min(xs), min(ys)), (max(xs), max(ys))
