"""The tables of a report, in words: each leaves out what is long, and says how much."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from fingerprints.model import Modality
from provenance.model import Audit, Disposition, ErrorRate, Excluded, Summary
from reports import wording
from reports.prose import UNDECIDED
from reports.wording import number, plural, printable

ROWS = 200  # lines of a list of unread, explained or integrity entries; the rest is counted, and stands in audit.json
PLACES = 120  # characters of the places of a passage; the rest is counted
MOST = 10  # works and sources listed as most affected

STRICTEST_FIRST = (*(str(d) for d in sorted(Disposition, key=lambda d: -d.rank)), UNDECIDED)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; ``rest`` says what it leaves out."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rest: str = ""


def dispositions(summary: Summary) -> Table:
    """How many findings have which disposition, by medium."""
    rows = []
    for name in STRICTEST_FIRST:
        counts = summary.by_disposition.get(name, {})
        if name != UNDECIDED or counts:
            rows.append((name, *(number(counts.get(modality, 0)) for modality in Modality), number(sum(counts.values()))))
    rows.append(("all", *(number(summary.by_modality.get(modality, 0)) for modality in Modality), number(summary.findings)))
    return Table("Findings by disposition and medium", ("Disposition", *wording.MODALITIES.values(), "All"), tuple(rows))


def works(summary: Summary) -> Table:
    """The works with the strictest dispositions, then those with most findings."""
    ranked = sorted(summary.by_work, key=lambda work: (_strictness(work.strictest), -work.findings, work.id))
    rows = tuple(
        (
            wording.shortened(printable(work.title, 200) or printable(work.id, 100), 120),
            wording.shortened(wording.value(work.rights_holders) if work.rights_holders else "unknown", 100),
            number(work.findings),
            number(work.occurrences),
            str(work.strictest or UNDECIDED),
        )
        for work in ranked[:MOST]
    )
    rest = f"and {plural(summary.works - MOST, 'further work')}" if summary.works > MOST else ""
    header = ("Work", "Rights holder", "Findings", "Places", "Strictest")
    return Table("Works most affected, strictest disposition first", header, rows, rest)


def sources(summary: Summary) -> Table:
    """The files, or the folders of many, with the strictest dispositions, then those with most findings."""
    ranked = sorted(summary.by_source, key=lambda source: (_strictness(source.strictest), -source.findings, source.path))
    rows = tuple((printable(s.path), number(s.findings), number(s.works), str(s.strictest or UNDECIDED)) for s in ranked[:MOST])
    rest = f"and {plural(summary.sources - MOST, 'further source')}" if summary.sources > MOST else ""
    return Table("Sources most affected, strictest disposition first", ("Source", "Findings", "Works", "Strictest"), rows, rest)


def _strictness(disposition: Disposition | None) -> int:
    """0 for the strictest."""
    return STRICTEST_FIRST.index(str(disposition or UNDECIDED))


def media(audit: Audit) -> Table:
    """Items seen, scanned, unread and excluded, by medium."""
    order = tuple(wording.MODALITIES)
    rows = tuple(
        (wording.MODALITIES.get(name, printable(name, 40)), *map(number, (c.seen, c.scanned, c.unread, c.excluded)))  # type: ignore[call-overload]
        for name, c in sorted(
            audit.coverage.by_modality.items(),
            key=lambda entry: (order.index(Modality(entry[0])) if entry[0] in order else len(order), entry[0]),
        )
    )
    c = audit.coverage
    total = ("all", *map(number, (c.seen, c.scanned, c.unread, c.excluded)))
    return Table("Items by medium", ("Medium", "Seen", "Scanned", "Unread", "Excluded"), (*rows, total))


def rates(rates: Iterable[ErrorRate]) -> Table:
    """The error rates that were measured when the schemes were calibrated."""
    rows = tuple(
        (
            f"{wording.MODALITIES[r.modality]}: {printable(r.scheme, 100)}",
            printable(r.trial),
            f"{number(r.false_matches)} in {number(r.n)}",
            f"≤ {wording.rate(r.upper_95)}",
            f"{printable(r.population)}; {r.date.isoformat()}",
        )
        for r in rates
    )
    header = ("Scheme", "One trial", "False matches observed", "Upper 95 % bound", "Population and date")
    return Table("How often a scheme reports a match where nothing was reused", header, rows)


def unread(audit: Audit) -> Table:
    """What could not be audited, the commonest reason first."""
    reasons = Counter(unread.reason for unread in audit.unread)
    listed = sorted(audit.unread, key=lambda u: (-reasons[u.reason], u.reason))
    rows = tuple(
        (printable(u.path if u.record is None else f"{u.path}#{u.record}"), printable(u.reason, 60), printable(u.detail))
        for u in listed[:ROWS]
    )
    tally = ", ".join(f"{number(count)} {printable(reason, 60)}" for reason, count in reasons.most_common())
    unlisted = max(len(listed), audit.coverage.unread) - ROWS
    rest = f"and {plural(unlisted, 'further item')} in audit.json" if unlisted > 0 else ""
    return Table(f"Not read: {tally}" if tally else "Not read: nothing", ("Place", "Reason", "Detail"), rows, rest)


def excluded(excluded: Iterable[Excluded]) -> Table:
    """What was not to be audited, by reason."""
    rows = tuple((printable(e.reason), number(e.count), wording.value(e.examples)) for e in excluded)
    return Table("Not to be audited", ("Reason", "Items", "Examples"), rows)


def explained(audit: Audit) -> Table:
    """Passages that others explain."""
    rows = tuple(
        (
            printable(e.item.locator),
            wording.listed([wording.places(s)[0] for s in e.segments], PLACES, "; ") or "whole item",
            printable(e.by),
            wording.value(e.works),
        )
        for e in audit.explained[:ROWS]
    )
    unlisted = max(sum(audit.summary.explained.values()), len(audit.explained)) - ROWS
    rest = f"and {plural(unlisted, 'further passage')}, listed or counted in audit.json" if unlisted > 0 else ""
    return Table("Passages that are no findings, and what explains them", ("Item", "Where", "Explained by", "Works"), rows, rest)


def unknown(summary: Summary) -> Table:
    """Facts that nobody supplied, most often missing first."""
    missing = sorted(summary.unknown_facts.items(), key=lambda fact: (-fact[1], fact[0]))
    total = plural(summary.findings, "finding")
    rows = tuple((printable(name, 60), f"{number(count)} of {total}") for name, count in missing[:ROWS])
    return Table("Facts that were unknown", ("Fact", "Unknown in"), rows)
