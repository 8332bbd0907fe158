"""The matches of one content become findings: grouped by work, with what others explain set aside."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fingerprints.model import Kind, Match
from provenance.explaining import SAME_PASSAGE, Territories, frame_of, names_of, set_aside
from provenance.model import Explained, Finding, Item, Place, Reuse, Work, WorkRef, finding_id, strength
from provenance.overlap import Extent

MOST_LEADS = 3  # of one item over all index shards, as the scanners give of one: so that how an index is cut changes nothing


@dataclass(frozen=True, slots=True)
class Content:
    """One content under audit, wherever it stands: what its id is of."""

    item: Item
    """Its first occurrence."""
    occurrences: tuple[Place, ...]
    further_occurrences: int
    """How many there are beside those listed."""
    reuses: tuple[Reuse, ...]
    """The matches of the first occurrence, in any order; equal ones count once."""

    @property
    def occurrence_count(self) -> int:
        """In how many places it stands."""
        return len(self.occurrences) + self.further_occurrences


@dataclass(frozen=True, slots=True)
class Claim:
    """One work's matches in one item."""

    work: Work
    order: int
    """Place in the order of registration."""
    asset: str
    match: Match
    extent: Extent
    others: tuple[Match, ...] = ()


class Aggregation:
    """Makes findings of contents, one at a time; what it makes of one hangs on no other.

    ``works`` holds every registered work in the order of registration; ``territories`` gives those of the act for the paths of an
    item: a work explains a passage as public domain only if it is known to be so in all of them.
    """

    def __init__(self, works: Mapping[str, Work], territories: Callable[[Iterable[str]], Territories] = lambda _: None) -> None:
        self._works, self._territories = works, territories
        self._order = {work: number for number, work in enumerate(works)}

    def findings(self, content: Content) -> tuple[tuple[Finding, ...], tuple[Explained, ...]]:
        """Findings without decisions, by work in the order of registration, and the passages that others explain."""
        matched = _with_few_leads(self._distinct(content.reuses))
        territories = self._territories({place.path for place in content.occurrences})
        left, explained = set_aside(content.item, matched, self._works, self._order, territories)
        claims = [_claim(self._works[work], self._order[work], of_work) for work, of_work in _by_work(left).items()]
        found = tuple(_finding(content, claim, alternatives) for claim, alternatives in _leading(claims))
        return found, tuple(explained)

    def _distinct(self, reuses: Iterable[Reuse]) -> list[Reuse]:
        """Each match once, in an order that hangs on the matches alone."""
        distinct = {(reuse.work, reuse.asset, repr(reuse.match)): reuse for reuse in reuses}
        return [reuse for _, reuse in sorted(distinct.items(), key=lambda e: (self._order[e[0][0]], strength(e[1]), e[0][2]))]


def _with_few_leads(reuses: Sequence[Reuse]) -> list[Reuse]:
    """The matches without the leads on all but the ``MOST_LEADS`` strongest assets; an asset may belong to several works."""
    leads = sorted((reuse for reuse in reuses if reuse.match.kind is Kind.LEAD), key=lambda lead: (strength(lead), repr(lead.match)))
    kept = list(dict.fromkeys(lead.asset for lead in leads))[:MOST_LEADS]
    return [reuse for reuse in reuses if reuse.match.kind is not Kind.LEAD or reuse.asset in kept]


def _by_work(reuses: Sequence[Reuse]) -> Mapping[str, list[Reuse]]:
    result: dict[str, list[Reuse]] = defaultdict(list)
    for reuse in reuses:
        result[reuse.work].append(reuse)
    return result


def _claim(work: Work, order: int, reuses: Sequence[Reuse]) -> Claim:
    """The strongest match of a work, and the rest; several assets of a work (editions) are one claim."""
    ranked = sorted(reuses, key=strength)
    return Claim(
        work,
        order,
        ranked[0].asset,
        ranked[0].match,
        Extent(ranked[0].match.segments, frame_of(ranked[0].match)),
        tuple(r.match for r in ranked[1:]),
    )


def _leading(claims: Sequence[Claim]) -> list[tuple[Claim, tuple[WorkRef, ...]]]:
    """One claim for each passage of related works, the earliest registered first; works of others that hold it are alternatives too."""
    led: list[tuple[Claim, list[Claim]]] = []
    for claim in sorted(claims, key=lambda c: (_weak(c), c.order)):
        leader = next((entry for entry in led if names_of(entry[0].work) & names_of(claim.work) and _same_passage(entry[0], claim)), None)
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
    return one.extent.same(other.match.segments, frame_of(other.match)) >= SAME_PASSAGE


def _finding(content: Content, claim: Claim, alternatives: tuple[WorkRef, ...]) -> Finding:
    return Finding(
        id=finding_id(claim.work.id, content.item.sha256, content.item.modality),
        revision=hashlib.sha256(repr((claim.match.scheme, claim.match.segments)).encode()).hexdigest()[:16],
        occurrences=content.occurrences,
        item=content.item,
        work=_reference(claim),
        match=claim.match,
        other_matches=claim.others,
        alternatives=alternatives,
        further_occurrences=content.further_occurrences,
    )


def _reference(claim: Claim) -> WorkRef:
    return WorkRef(claim.work.id, claim.work.title, claim.asset, claim.work.creators, claim.work.rights_holders)
