"""Matches: passages, identity and whole-work similarity as the types that every modality shares."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from fingerprints import calibration
from fingerprints.model import Chance, Interval, Kind, Match, Modality, Segment
from fingerprints.text import background, quotation
from fingerprints.text.alignment import gains
from fingerprints.text.background import COMMON
from fingerprints.text.index import Index
from fingerprints.text.judgement import Item, groups, is_field, is_finding, is_group_finding, supported, trimmed
from fingerprints.text.passages import Passage, fields, passages
from fingerprints.text.scheme import SCHEME
from fingerprints.text.whole import LEAST_WORDS

COMPARABLE = 3.0
"""An item is compared as a whole with works of at most this many times its words, and as few."""
BELOW_ONE = 0.9999
"""Score of the longest passage; 1 is kept for an item that is the work."""
_OF_PASSAGES = frozenset((Kind.VERBATIM, Kind.NEAR_VERBATIM, Kind.LEAD))

Places: TypeAlias = NDArray[np.int64]


def matches(item: Item, asset: int, fragments: Sequence[tuple[Places, Places]], index: Index) -> Iterator[Match]:
    """What the fragments of one asset in one item amount to: at most one match, and one of forms of words that are nobody's.

    The second says in ``background`` which share of its words stand in such forms.
    """
    found = passages(fragments, item.words.hashes)
    if _is_whole(item, asset, found, index):
        yield _exact(item, asset, index)
        return
    shares = [background_share(passage, item) for passage in found]
    for common in (False, True):
        kept = [trimmed(passage, item) for passage, share in zip(found, shares, strict=True) if (share >= COMMON) is common]
        if not kept:
            continue
        judged = _judged(kept, item, index) or _contained(kept, asset, index)
        if judged and not (common and judged[0] is Kind.LEAD):
            least = {"background": round(min(share for share in shares if share >= COMMON), 2)} if common else {}
            yield _match(*judged, item, asset, index, least)


def marked(match: Match, item: Item) -> Match:
    """The match with what the item says of it: whether its passages are quoted, and whether a source is named beside them."""
    if match.kind not in _OF_PASSAGES:
        return match
    here = [cast("Interval", segment.item) for segment in match.segments]
    return replace(match, measures={**match.measures, **quotation.measures(item.text, here)})


def _judged(found: Sequence[Passage], item: Item, index: Index) -> tuple[Kind, Sequence[Passage]] | None:
    """What passages of one asset are together, and which of them count."""
    judged = [(passage, is_finding(passage, item, index)) for passage in found]
    findings = [passage for passage, long in judged if long]
    if findings:
        others = [passage for passage, long in judged if not long]
        united = sorted(findings + supported(findings, others), key=lambda passage: int(passage.item[0]))
        verbatim = all(passage.words == passage.item.size for passage in united)
        return Kind.VERBATIM if verbatim else Kind.NEAR_VERBATIM, united
    rewritten = [passage for group in groups(found) if is_group_finding(group, item) for passage in group]
    if rewritten:
        return Kind.NEAR_VERBATIM, sorted(rewritten, key=lambda passage: int(passage.item[0]))
    leads = [field for field in fields(found) if is_field(field, item)]
    if leads:
        return Kind.LEAD, max(leads, key=lambda field: sum(passage.item.size for passage in field))
    return None


def _contained(found: Sequence[Passage], asset: int, index: Index) -> tuple[Kind, Sequence[Passage]] | None:
    """A lead where all of a short work (a headline, a verse) stands in the item, word for word."""
    whole = [passage for passage in found if passage.item.size == passage.words == index.sizes[asset]]
    return (Kind.LEAD, whole) if whole else None


def near_duplicates(item: Item, index: Index) -> Iterator[tuple[int, Match]]:
    """Assets that are similar to the item as a whole, without aligned passages: a song with its lines in another order."""
    words = item.words.hashes
    if words.size < LEAST_WORDS or background.share(words, np.arange(words.size)) >= COMMON:
        return
    for asset, similarity in index.signatures.near(words):
        size = int(index.sizes[asset])
        comparable = size <= words.size * COMPARABLE and words.size <= size * COMPARABLE
        if not index.erased[asset] and comparable:
            shared = similarity / (1 + similarity) * (words.size + size)  # |A and B| from the Jaccard similarity
            yield (
                asset,
                Match(
                    Modality.TEXT,
                    Kind.NEAR_DUPLICATE,
                    SCHEME,
                    min(similarity, BELOW_ONE),
                    (_whole(item, asset, index),),
                    round(min(1.0, shared / size), 4),
                    round(min(1.0, shared / words.size), 4),
                    _chance(Kind.NEAR_DUPLICATE),
                    {"words": int(words.size), "similarity": round(similarity, 4)},
                ),
            )


def _is_whole(item: Item, asset: int, found: Sequence[Passage], index: Index) -> bool:
    return len(found) == 1 and found[0].item.size == found[0].words == item.words.hashes.size == index.sizes[asset]


def _whole(item: Item, asset: int, index: Index) -> Segment:
    return Segment("char", (0, item.words.size), (0, int(index.characters[asset])))


def _exact(item: Item, asset: int, index: Index) -> Match:
    hashes = item.words.hashes
    share = background.share(hashes, np.arange(hashes.size))
    least = {"background": round(share, 2)} if share >= COMMON else {}
    measures = {"words": hashes.size, "chars": item.words.size, "equal_words": hashes.size, **least}
    return Match(Modality.TEXT, Kind.EXACT, SCHEME, 1.0, (_whole(item, asset, index),), 1.0, 1.0, _chance(Kind.EXACT), measures)


def _match(kind: Kind, found: Sequence[Passage], item: Item, asset: int, index: Index, further: Mapping[str, float]) -> Match:
    stretches = [_stretch(passage, item, index) for passage in found]
    here, there = _covered(here for here, _ in stretches), _covered(there for _, there in stretches)
    return Match(
        Modality.TEXT,
        kind,
        SCHEME,
        _score(found, item, index),
        tuple(Segment("char", *stretch) for stretch in stretches),
        round(there / int(index.characters[asset]), 6),
        round(here / item.words.size, 6),
        _chance(kind),
        {
            "words": sum(passage.words for passage in found),
            "chars": here,
            "equal_words": sum(int(passage.item.size) for passage in found),
            **further,
        },
    )


def background_share(passage: Passage, item: Item) -> float:
    """The share of a passage's equal words that stand in forms of words that are nobody's."""
    first, last = passage.item[[0, -1]].tolist()
    return background.share(item.words.hashes[first : last + 1], passage.item - first)


def _stretch(passage: Passage, item: Item, index: Index) -> tuple[Interval, Interval]:
    """From the first to the last equal word, in code points of the item and of the work."""
    ends = passage.work[[0, -1]]
    starts, stops = index.starts(ends), index.stops(ends)
    here = (int(item.words.starts[passage.item[0]]), int(item.words.stops[passage.item[-1]]))
    return here, (int(starts[0]), int(stops[1]))


def _covered(intervals: Iterable[Interval]) -> int:
    """Code points in the union of the intervals."""
    total, reached = 0, 0
    for start, stop in sorted(intervals):
        total += max(0, stop - max(start, reached))
        reached = max(reached, stop)
    return total


def _score(found: Sequence[Passage], item: Item, index: Index) -> float:
    """The rarity-weighted share of equal words among the aligned ones, and one more for doubt: it grows towards 1 with length."""
    equal, aligned, words = 0, 0, 0
    for passage in found:
        first, last = passage.item[[0, -1]].tolist()
        here = int(gains(item.words.hashes[first : last + 1]).sum())
        there = int(gains(index.hashes(int(passage.work[0]), int(passage.work[-1]) + 1)).sum())
        equal += int(gains(item.words.hashes[passage.item]).sum())
        aligned += max(here, there)
        words += passage.item.size
    return min(BELOW_ONE, round(equal / (aligned + equal / words), 4))


def _chance(kind: Kind) -> Chance:
    return calibration.read("fingerprints.text", SCHEME).chance(kind)
