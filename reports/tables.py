"""The tables of a report, in words: each leaves out what is long, and says how much."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from fingerprints.model import Modality
from provenance.model import Audit, Disposition, ErrorRate, Excluded, Explained, Finding
from reports import wording
from reports.prose import UNDECIDED
from reports.sheet import Sheet, disposition
from reports.wording import number, plural, printable

ROWS = 200  # lines of a list of unread, explained or integrity entries; the rest is counted, and stands in audit.json
PLACES = 120  # characters of the places of a passage; the rest is counted
WORKS = 10  # works listed as most affected

STRICTEST_FIRST = (*(str(d) for d in sorted(Disposition, key=lambda d: -d.rank)), UNDECIDED)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; ``rest`` says what it leaves out."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rest: str = ""


def dispositions(findings: Iterable[Finding]) -> Table:
    """How many findings have which disposition, by medium."""
    counts = Counter((disposition(finding), finding.match.modality) for finding in findings)
    rows = []
    for name in STRICTEST_FIRST:
        row = [counts[name, modality] for modality in Modality]
        if name != UNDECIDED or any(row):
            rows.append((name, *map(number, row), number(sum(row))))
    totals = [sum(counts[name, modality] for name in STRICTEST_FIRST) for modality in Modality]
    rows.append(("all", *map(number, totals), number(sum(totals))))
    return Table("Findings by disposition and medium", ("Disposition", *wording.MODALITIES.values(), "All"), tuple(rows))


def works(sheets: tuple[Sheet, ...]) -> Table:
    """The works with the strictest dispositions, then those with most findings."""
    by_work: dict[str, list[Sheet]] = defaultdict(list)
    for found in sheets:
        by_work[found.work_id].append(found)
    ranked = sorted(by_work.values(), key=lambda group: (STRICTEST_FIRST.index(group[0].disposition), -len(group), group[0].work_id))
    rows = tuple(
        (group[0].work, group[0].rights_holders, number(len(group)), number(sum(s.occurrences for s in group)), group[0].disposition)
        for group in ranked[:WORKS]
    )
    rest = f"and {plural(len(ranked) - WORKS, 'further work')}" if len(ranked) > WORKS else ""
    header = ("Work", "Rights holder", "Findings", "Places", "Strictest")
    return Table("Works most affected, strictest disposition first", header, rows, rest)


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
    rest = f"and {plural(len(listed) - ROWS, 'further item')} in audit.json" if len(listed) > ROWS else ""
    return Table(f"Not read: {tally}" if tally else "Not read: nothing", ("Place", "Reason", "Detail"), rows, rest)


def excluded(excluded: Iterable[Excluded]) -> Table:
    """What was not to be audited, by reason."""
    rows = tuple((printable(e.reason), number(e.count), wording.value(e.examples)) for e in excluded)
    return Table("Not to be audited", ("Reason", "Items", "Examples"), rows)


def explained(explained: tuple[Explained, ...]) -> Table:
    """Passages that others explain."""
    rows = tuple(
        (
            printable(e.item.locator),
            wording.listed([wording.places(s)[0] for s in e.segments], PLACES, "; ") or "whole item",
            printable(e.by),
            wording.value(e.works),
        )
        for e in explained[:ROWS]
    )
    rest = f"and {plural(len(explained) - ROWS, 'further passage')} in audit.json" if len(explained) > ROWS else ""
    return Table("Passages that are no findings, and what explains them", ("Item", "Where", "Explained by", "Works"), rows, rest)


def unknown(findings: tuple[Finding, ...]) -> Table:
    """Facts that nobody supplied, most often missing first."""
    missing = Counter(name for finding in findings for name, fact in finding.facts.items() if fact.value is None)
    total = len(findings)
    rows = tuple((printable(name, 60), f"{number(count)} of {plural(total, 'finding')}") for name, count in missing.most_common(ROWS))
    return Table("Facts that were unknown", ("Fact", "Unknown in"), rows)
