"""What explains a passage, which is then no finding.

It stands in works of many, in one that is boilerplate or in the public domain, or it is a form of words that is nobody's (background).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from fingerprints.model import Interval, Kind, Match, Modality, Quadrilateral, Segment
from provenance.model import Explained, Item, Reuse, Work
from provenance.overlap import Extent, size
from provenance.policy.territories import WORLD, covers, expanded

SAME_PASSAGE = 0.8  # of a passage's length or area: an edition that holds this much of it holds it
COMMON_TO = 3  # works by this many unrelated creators make a passage common (a notice, a proverb, a form of words)
LEAST_WORDS = 12  # of a finding in text; what is left of a match after its explained passages may be less, and is then a lead
BACKGROUND = 0.8  # of a match's words in forms of words that no work holds alone (``fingerprints.text.background``)
AMOUNTS = ("words", "chars", "equal_words", "seconds", "area")  # measures that shrink with the segments
UNSETTLED = (("quoted", False), ("cited", True))
"""Measures that one segment decides: what is left of a match may be quoted, and need not be cited."""
Territories: TypeAlias = frozenset[str] | None
"""Of an act; None is UNKNOWN."""


def set_aside(
    item: Item, matched: Sequence[Reuse], works: Mapping[str, Work], order: Mapping[str, int], territories: Territories
) -> tuple[list[Reuse], list[Explained]]:
    """The matches without the passages that other works explain, and those passages; leads explain nothing.

    Passages that the same works hold for the same reason are one, of whose segments at one place of the item the first stands for all.
    ``order`` is the place of each work in the order of registration.
    """
    solid = [(r.work, Extent(r.match.segments, frame_of(r.match))) for r in matched if r.match.kind is not Kind.LEAD and r.match.segments]
    holders: dict[tuple[float, Interval | Quadrilateral], tuple[str, ...]] = {}
    left: list[Reuse] = []
    passages: dict[tuple[tuple[str, ...], str], dict[Interval | Quadrilateral, Segment]] = defaultdict(dict)
    for reuse in matched:
        kept: list[Segment] = []
        frame = frame_of(reuse.match)
        for segment in reuse.match.segments:
            if (frame, segment.item) not in holders:
                holders[frame, segment.item] = tuple(work for work, extent in solid if extent.same([segment], frame) >= SAME_PASSAGE)
            held = tuple(sorted({*holders[frame, segment.item], reuse.work}, key=order.__getitem__))
            reason = _explanation(works[reuse.work], [works[work] for work in held], territories) or _background(reuse.match)
            if reason:
                passages[held, reason].setdefault(segment.item, segment)
            else:
                kept.append(segment)
        if len(kept) == len(reuse.match.segments):
            left.append(reuse)
        elif kept:
            left.append(replace(reuse, match=_reduced(reuse.match, kept)))
    explained = [
        Explained(item, tuple(sorted(segments.values(), key=lambda segment: segment.item)), held, reason)
        for (held, reason), segments in passages.items()
    ]
    return left, explained


def frame_of(match: Match) -> float:
    """The number of the item's frame in which the match stands; 0 where there is but one."""
    return float(match.measures.get("frame", 0))


def _explanation(claimed: Work, holders: Sequence[Work], territories: Territories) -> str | None:
    """Why a passage that these works hold is no finding against the claimed one; None if it is one."""
    if any(work.boilerplate for work in holders):
        return "boilerplate"
    if not _public_domain(claimed, territories) and any(_public_domain(work, territories) for work in holders):
        return "public-domain"
    return "common-passage" if _unrelated(holders) >= COMMON_TO else None


def _background(match: Match) -> str | None:
    """The scanner keeps background passages in a match of their own, so that one is so as a whole or not at all."""
    share = match.measures.get("background", 0)
    return "background" if not isinstance(share, str) and share >= BACKGROUND else None


def _public_domain(work: Work, territories: Territories) -> bool:
    """Whether the work is on record as public domain wherever the act takes place; an unknown place is everywhere."""
    known = work.rights.public_domain_territories
    return known is not None and covers(expanded(known), expanded(territories or {WORLD}))


def _unrelated(works: Sequence[Work]) -> int:
    """How many groups of works have nobody in common; a work of whom nobody is known may be anybody's, and counts for nothing."""
    groups: list[set[str]] = []
    for names in filter(None, map(names_of, works)):
        touching = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names] + [names.union(*touching)]
    return len(groups)


def names_of(work: Work) -> set[str]:
    """Those whose work it is: its creators, or its rights holders where creators are unknown."""
    return {name.casefold() for name in work.creators or work.rights_holders}


def _reduced(match: Match, kept: Sequence[Segment]) -> Match:
    """The match on the segments that are left, its amounts reduced in proportion to their length."""
    share = sum(size(s.item) for s in kept) / sum(size(s.item) for s in match.segments)
    amounts = {name: value * share for name, value in match.measures.items() if name in AMOUNTS and not isinstance(value, str)}
    amounts = {name: round(value) if isinstance(match.measures[name], int) else value for name, value in amounts.items()}
    measures = {name: value for name, value in match.measures.items() if (name, value) not in UNSETTLED}
    short = match.modality is Modality.TEXT and amounts.get("words", LEAST_WORDS) < LEAST_WORDS
    return replace(
        match,
        kind=Kind.LEAD if short else match.kind,
        segments=tuple(kept),
        coverage_of_item=match.coverage_of_item * share,
        coverage_of_work=match.coverage_of_work * share,
        measures={**measures, **amounts},
    )
