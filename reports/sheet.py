"""One finding in words: what its row in a table and its sheet say, whatever the format."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fingerprints.model import Match, Segment
from provenance.model import ConditionTrace, Decision, Disposition, Fact, Finding, RuleTrace, Severity, WorkRef
from reports import wording
from reports.prose import KINDS, UNDECIDED
from reports.wording import printable

LISTED = 20  # occurrences, segments and alternatives a sheet lists; the rest is counted, and stands in audit.json
DECISIVE = ("true", "unknown", "exempt")
UNASKED = Decision(Disposition.REVIEW, None, Severity.NOTE)  # stands in where there is no policy; its disposition is never printed

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a rule, the value it saw, and what came of it."""

    text: str
    value: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was looked at."""

    id: str
    outcome: str
    """``true``, ``unknown``, or by which other rule it was set aside."""
    disposition: str
    decided: bool
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finding, ready to be printed: no string needs more than escaping."""

    number: int
    """From 1, in the order of the report."""
    id: str
    disposition: str
    modality: str
    kind: str
    work: str
    work_id: str
    about: Pairs
    """The head of the sheet: what was found, where, how much, by what rule; lines with nothing to say are left out."""
    rights_holders: str
    item: str
    occurrences: int
    amount: str
    shares: str
    rule: str
    state: str
    """Known or new, waived or not; empty where neither is asked."""
    identity: Pairs
    places: tuple[str, ...]
    segments: Pairs
    """Item side and work side of each aligned stretch."""
    facts: tuple[tuple[str, str, str], ...]
    """Name, value, source."""
    metadata: Pairs
    rules: tuple[Rule, ...]
    others: tuple[str, ...]
    """Rules that were looked at and did not apply."""
    legal: tuple[tuple[str, str, str], ...]
    """Citation, status with its date, note."""
    alternatives: tuple[str, ...]
    further: tuple[str, ...]
    waiver: Pairs


def sheet(number: int, finding: Finding, law: Mapping[str, Any]) -> Sheet:
    """The sheet of a finding; ``law`` is the policy's excerpt of law.yaml, by key."""
    decision = finding.decision or UNASKED
    match, work, aside = finding.match, finding.work, _set_aside(decision)
    return Sheet(
        number=number,
        id=finding.id,
        disposition=disposition(finding),
        modality=str(match.modality),
        kind=str(match.kind),
        work=wording.shortened(_title(work), 120),
        work_id=printable(work.id, 100),
        about=_about(finding, decision),
        rights_holders=wording.shortened(_names(work.rights_holders), 100),
        item=printable(finding.item.locator, 200),
        occurrences=finding.occurrence_count,
        amount=wording.amount(match),
        shares=wording.shares(match),
        rule=_fired(finding),
        state=_state(finding),
        identity=_identity(finding),
        places=_places(finding),
        segments=_segments(match.segments),
        facts=_facts(finding.facts),
        metadata=tuple((printable(name, 60), printable(found)) for name, found in sorted(finding.item.metadata.items())),
        rules=tuple(_rule(trace, decision, aside) for trace in decision.trace if trace.outcome in DECISIVE),
        others=tuple(printable(trace.rule, 60) for trace in decision.trace if trace.outcome not in DECISIVE),
        legal=tuple(_law(key, law.get(key)) for key in decision.legal_basis),
        alternatives=_bounded([_reference(other) for other in finding.alternatives], "further work"),
        further=_bounded([_further(other) for other in finding.other_matches], "further match", "further matches"),
        waiver=tuple((printable(name, 40), wording.value(found)) for name, found in (finding.waiver or {}).items()),
    )


def disposition(finding: Finding) -> str:
    """The finding's disposition; ``undecided`` where no policy was asked."""
    return str(finding.decision.disposition) if finding.decision else UNDECIDED


def _about(finding: Finding, decision: Decision) -> Pairs:
    match, work = finding.match, finding.work
    lines = (
        ("Registered work", f"{_title(work)} ({printable(work.id, 100)})"),
        ("By", _names(work.creators)),
        ("Rights holders", _names(work.rights_holders)),
        ("Licences on record", _licences(finding.facts.get("licences"))),
        ("Found in", printable(finding.item.locator)),
        ("Match", f"{match.kind}: {KINDS[match.kind]}"),
        ("How much", f"{wording.amount(match)}; {wording.shares(match)}"),
        ("Altered", wording.alteration(match)),
        ("Copies", _copies(finding.facts.get("match.multiplicity"))),
        ("Set off", _set_off(finding.facts)),
        ("Score", f"{match.score:.3f} of 1 ({printable(match.scheme, 120)})"),
        ("By chance", wording.chance(match.chance)),
        ("Rule", f"{_fired(finding)} {printable(decision.title) if decision.rule else ''}".strip()),
        ("Why", printable(decision.rationale, 2000)),
        ("How to fix", printable(decision.how_to_fix, 2000)),
    )
    return tuple(line for line in lines if line[1])


def _title(work: WorkRef) -> str:
    return printable(work.title, 200) or printable(work.id, 100)


def _names(names: tuple[str, ...]) -> str:
    return wording.value(names) if names else "unknown"


def _licences(fact: Fact | None) -> str:
    """How many there are and which; empty where the policy did not ask."""
    if fact is None or not isinstance(fact.value, list | tuple | type(None)):
        return ""
    if not fact.value:
        return "unknown" if fact.value is None else "none"
    ids = [licence.get("id", "unnamed") if isinstance(licence, Mapping) else licence for licence in fact.value]
    return f"{wording.number(len(ids))} ({wording.value(ids)})"


def _copies(fact: Fact | None) -> str:
    """How often the passage stands in the data; empty where it was not counted."""
    if fact is None or not isinstance(fact.value, int):
        return ""
    return wording.plural(fact.value, "copy in the data", "copies in the data")


def _set_off(facts: Mapping[str, Fact]) -> str:
    """What stands around the passage, as far as it was measured; empty where nothing does."""
    said = {"match.quoted": "as a quotation", "match.cited": "with a source named beside it"}
    return ", ".join(words for name, words in said.items() if name in facts and facts[name].value is True)


def _fired(finding: Finding) -> str:
    """The rule that decided, in a word or two."""
    if finding.decision is None:
        return "no policy"
    return printable(finding.decision.rule, 60) if finding.decision.rule else "default of the policy"


def _bounded(lines: Iterable[str], one: str, many: str = "") -> tuple[str, ...]:
    lines = list(lines)
    rest = len(lines) - LISTED
    return (*lines[:LISTED], f"and {wording.plural(rest, one, many)} in audit.json") if rest > 0 else tuple(lines)


def _places(finding: Finding) -> tuple[str, ...]:
    """The first places, and how many there are beside them; ``audit.json`` may not list all either."""
    shown = tuple(printable(place.locator) for place in finding.occurrences[:LISTED])
    rest = finding.occurrence_count - len(shown)
    where = f"; audit.json lists {len(finding.occurrences):,} in all" if finding.further_occurrences else " in audit.json"
    return (*shown, f"and {wording.plural(rest, 'further place')}{where}") if rest else shown


def _state(finding: Finding) -> str:
    """``new`` or ``known`` where there is a baseline, and ``waived``."""
    return ", ".join(([finding.baseline] if finding.baseline else []) + (["waived"] if finding.waiver else []))


def _identity(finding: Finding) -> Pairs:
    return (
        ("Finding", finding.id),
        ("Revision", printable(finding.revision, 80)),
        ("Item, SHA-256", printable(finding.item.sha256, 80)),
        ("Registered file, SHA-256", printable(finding.work.asset, 80)),
        ("Scheme", printable(finding.match.scheme, 120)),
    )


def _segments(segments: tuple[Segment, ...]) -> Pairs:
    if not segments:
        return (("the whole item", "the whole work"),)
    shown = tuple(wording.places(segment) for segment in segments[:LISTED])
    rest = len(segments) - LISTED
    return (*shown, (f"and {wording.plural(rest, 'further stretch', 'further stretches')}", "in audit.json")) if rest > 0 else shown


def _facts(facts: Mapping[str, Fact]) -> tuple[tuple[str, str, str], ...]:
    return tuple((printable(name, 60), wording.fact(name, fact.value, 600), fact.source) for name, fact in sorted(facts.items()))


def _set_aside(decision: Decision) -> str:
    """Only a true rule sets others aside, and a trace does not say which of several it was."""
    true = [trace.rule for trace in decision.trace if trace.outcome == "true"]
    return f"set aside by {printable(true[0], 60) if len(true) == 1 else 'another rule'}"


def _rule(trace: RuleTrace, decision: Decision, aside: str) -> Rule:
    conditions = tuple(_condition(condition) for condition in trace.conditions)
    outcome = aside if trace.outcome == "exempt" else trace.outcome
    return Rule(printable(trace.rule, 60), outcome, str(trace.disposition), trace.rule == decision.rule, conditions)


def _condition(trace: ConditionTrace) -> Condition:
    return Condition(printable(trace.text, 600), wording.fact(trace.text, trace.value), trace.outcome)


def _law(key: str, entry: object) -> tuple[str, str, str]:
    """Citation, its status with date, and the note; an entry that nobody verified says so."""
    if not isinstance(entry, Mapping):
        return printable(key), "not in the policy's excerpt of law.yaml", ""
    status = printable(entry.get("status") or "status not recorded")
    dated = f"{status}, as of {printable(entry['as_of'])}" if entry.get("as_of") else f"{status}, date not recorded"
    checked = dated if entry.get("verified") else f"{dated}; unverified: check before relying on it"
    return printable(entry.get("citation") or key), checked, printable(entry.get("note") or "", 600)


def _reference(work: WorkRef) -> str:
    by = f" by {wording.value(work.creators, 120)}" if work.creators else ""
    return f"{printable(work.title, 200)}{by} ({printable(work.id, 100)})"


def _further(match: Match) -> str:
    return f"{match.kind}: {wording.amount(match)}, {wording.shares(match)} ({printable(match.scheme, 120)})"
