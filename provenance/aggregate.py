"""Unit results become findings: matches grouped by item and work, occurrences counted, and what others explain set aside."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from fingerprints.model import Interval, Kind, Match, Modality, Quadrilateral, Segment
from provenance.model import Explained, Finding, Item, Place, Reuse, Work, WorkRef, finding_id, strength
from provenance.policy.territories import WORLD, covers, expanded

SAME_PASSAGE = 0.8  # of a passage's length or area: an edition that holds this much of it holds it
COMMON_TO = 3  # works by this many unrelated creators make a passage common (a notice, a proverb, a form of words)
LEAST_WORDS = 12  # of a finding in text; what is left of a match after its explained passages may be less, and is then a lead
AMOUNTS = ("words", "chars", "equal_words", "seconds", "area")  # measures that shrink with the segments
Territories: TypeAlias = frozenset[str] | None
"""Of an act; None is UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One work's matches in one item."""

    work: Work
    order: int
    """Place in the order of registration."""
    asset: str
    match: Match
    others: tuple[Match, ...] = ()


def findings(
    reuses: Iterable[Reuse], works: Mapping[str, Work], territories: Callable[[Iterable[str]], Territories] = lambda _: None
) -> tuple[tuple[Finding, ...], tuple[Explained, ...]]:
    """Findings without decisions, and the passages that others explain, both in the order of the items.

    ``works`` holds every registered work in the order of registration; ``territories`` gives those of the act for the paths of an
    item: a work explains a passage as public domain only if it is known to be so in all of them.
    """
    found: list[Finding] = []
    explained: list[Explained] = []
    order = {work: number for number, work in enumerate(works)}
    for item, places, matched in _by_content(reuses):
        left, passages = _set_aside(item, matched, works, territories({place.path for place in places}))
        claims = [_claim(works[work], order[work], of_work) for work, of_work in _by_work(left).items()]
        found += [_finding(item, places, claim, alternatives) for claim, alternatives in _leading(claims)]
        explained += passages
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
    ranked = sorted(reuses, key=strength)
    return Claim(work, order, ranked[0].asset, ranked[0].match, tuple(r.match for r in ranked[1:]))


# --- what explains a passage ---------------------------------------------------------------------------------------------------------


def _set_aside(
    item: Item, matched: Sequence[Reuse], works: Mapping[str, Work], territories: Territories
) -> tuple[list[Reuse], list[Explained]]:
    """The matches without the passages that other works explain, and those passages; leads explain nothing."""
    solid = [reuse for reuse in matched if reuse.match.kind is not Kind.LEAD and reuse.match.segments]
    holders: dict[Interval | Quadrilateral, tuple[str, ...]] = {}
    left: list[Reuse] = []
    passages: list[Explained] = []
    for reuse in matched:
        kept: list[Segment] = []
        for segment in reuse.match.segments:
            if segment.item not in holders:
                holders[segment.item] = _holders(segment, solid)
            held = tuple(dict.fromkeys((*holders[segment.item], reuse.work)))
            reason = _explanation(works[reuse.work], [works[work] for work in held], territories)
            if reason:
                passages.append(Explained(item, (segment,), tuple(work for work in works if work in held), reason))
            else:
                kept.append(segment)
        if len(kept) == len(reuse.match.segments):
            left.append(reuse)
        elif kept:
            left.append(replace(reuse, match=_reduced(reuse.match, kept)))
    return left, passages


def _holders(segment: Segment, solid: Sequence[Reuse]) -> tuple[str, ...]:
    """The works that hold a passage of the item."""
    return tuple(reuse.work for reuse in solid if _share_within([segment], reuse.match.segments) >= SAME_PASSAGE)


def _explanation(claimed: Work, holders: Sequence[Work], territories: Territories) -> str | None:
    """Why a passage that these works hold is no finding against the claimed one; None if it is one."""
    if any(work.boilerplate for work in holders):
        return "boilerplate"
    if not _public_domain(claimed, territories) and any(_public_domain(work, territories) for work in holders):
        return "public-domain"
    return "common-passage" if _unrelated(holders) >= COMMON_TO else None


def _public_domain(work: Work, territories: Territories) -> bool:
    """Whether the work is on record as public domain wherever the act takes place; an unknown place is everywhere."""
    known = work.rights.public_domain_territories
    return known is not None and covers(expanded(known), expanded(territories or {WORLD}))


def _unrelated(works: Sequence[Work]) -> int:
    """How many groups of works have nobody in common; a work of whom nobody is known may be anybody's, and counts for nothing."""
    groups: list[set[str]] = []
    for names in filter(None, map(_names, works)):
        touching = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names] + [names.union(*touching)]
    return len(groups)


def _names(work: Work) -> set[str]:
    """Those whose work it is: its creators, or its rights holders where creators are unknown."""
    return {name.casefold() for name in work.creators or work.rights_holders}


def _reduced(match: Match, kept: Sequence[Segment]) -> Match:
    """The match on the segments that are left, its amounts reduced in proportion to their length."""
    share = sum(_size(s.item) for s in kept) / sum(_size(s.item) for s in match.segments)
    amounts = {name: value * share for name, value in match.measures.items() if name in AMOUNTS and not isinstance(value, str)}
    amounts = {name: round(value) if isinstance(match.measures[name], int) else value for name, value in amounts.items()}
    short = match.modality is Modality.TEXT and amounts.get("words", LEAST_WORDS) < LEAST_WORDS
    return replace(
        match,
        kind=Kind.LEAD if short else match.kind,
        segments=tuple(kept),
        coverage_of_item=match.coverage_of_item * share,
        coverage_of_work=match.coverage_of_work * share,
        measures={**match.measures, **amounts},
    )


# --- which work leads ----------------------------------------------------------------------------------------------------------------


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
    """Passages of one item that the same works hold, as one; of segments at one place of the item the first stands for all."""
    groups: dict[tuple[str, tuple[str, ...], str], Explained] = {}
    segments: dict[tuple[str, tuple[str, ...], str], dict[Interval | Quadrilateral, Segment]] = defaultdict(dict)
    for passage in passages:
        key = (passage.item.locator, passage.works, passage.by)
        groups.setdefault(key, passage)
        for segment in passage.segments:
            segments[key].setdefault(segment.item, segment)
    return tuple(
        replace(passage, segments=tuple(sorted(segments[key].values(), key=lambda segment: segment.item)))
        for key, passage in groups.items()
    )


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
