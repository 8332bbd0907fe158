"""Findings get their facts and their decisions: what was measured, what the registry records, and what the user said."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from fingerprints.model import Kind, Modality
from provenance.claims import meaning
from provenance.errors import UsageError
from provenance.model import Decision, Fact, Finding, Work
from provenance.policy import FACTS, Facts, Policy
from provenance.policy.errors import FactError
from provenance.policy.values import Source, Term, licence_facts
from provenance.policy.yaml_problems import yaml_problem

FACTS_SCHEMA = "provenance-facts/1"
ATTRIBUTION = "licence.attribution_given"  # of this use, and so of every licence of the works it uses
FACT_NAME = re.compile(r"[a-z]+(?:\.[a-z_]+)?")
MEASURED = ("words", "chars", "seconds", "area", "quoted", "cited")  # measures of a match that rules read under ``match.``
LICENCE_NAMES = ("licence", "license", "rights")
NOTICE_NAMES = ("copyright", "copyright_notice")
"""Fields beside the item."""


@dataclass(frozen=True, slots=True)
class UserFacts:
    """What the user knows of the use: for every path, and for those that match a pattern."""

    everywhere: Facts = field(default_factory=Facts)
    by_path: tuple[tuple[str, Facts], ...] = ()

    @classmethod
    def read(cls, file: Path | None, stage: str) -> "UserFacts":
        """The facts of a ``--facts`` file (``facts:`` and, by pattern, ``paths:``) with the stage of use; raises UsageError."""
        written = _mapping(file) if file else {}
        everywhere = _given(file, "facts", {"use.stage": stage}, written.get("facts"))
        patterns = _table(file, "paths", written.get("paths"))
        return cls(everywhere, tuple((pattern, _given(file, pattern, {}, facts)) for pattern, facts in patterns.items()))

    def territories(self, paths: Iterable[str]) -> frozenset[str] | None:
        """Where the acts on these paths take place; None is UNKNOWN."""
        territories: set[str] = set()
        for path in paths:
            fact = self.of(path).values.get("act.territories")
            if fact is None or fact.value is None:
                return None
            territories |= fact.value
        return frozenset(territories)

    def of(self, path: str) -> Facts:
        """The facts that hold for one path; a later pattern overrides an earlier one."""
        facts = self.everywhere
        for number in self.patterns(path):
            facts = facts.joined(self.by_path[number][1])
        return facts

    def patterns(self, path: str) -> tuple[int, ...]:
        """Which patterns the path matches: of paths that match the same ones the same facts hold."""
        return tuple(number for number, (pattern, _) in enumerate(self.by_path) if fnmatchcase(path, pattern))


def decided(finding: Finding, work: Work, policy: Policy | None, user: UserFacts, copies: int) -> Finding:
    """The finding with its facts, of which ``copies`` is how often the passage stands in the data, and with the policy's decision, if any.

    What the user knows may differ between the places where the item occurs: the strictest decision holds, with its facts.
    """
    alike: dict[tuple[int, ...], str] = {}
    for path in dict.fromkeys(place.path for place in finding.occurrences):
        alike.setdefault(user.patterns(path), path)
    options = [facts_of(finding, work, user.of(path), copies) for path in alike.values()]
    if policy is None:
        return replace(finding, facts=_recorded(options[0], None))
    decisions = [(policy.decide(facts), facts) for facts in options]
    decision, facts = max(decisions, key=lambda pair: pair[0].disposition.rank)
    return replace(finding, facts=_recorded(facts, decision), decision=decision)


def facts_of(finding: Finding, work: Work, user: Facts, copies: int) -> Facts:
    """Everything that rules may read of one finding, each fact with its source."""
    match = finding.match
    measured = {
        "modality": finding.item.modality,
        "match.kind": match.kind,
        "match.score": match.score,
        "match.coverage_of_work": match.coverage_of_work,
        "match.coverage_of_item": match.coverage_of_item,
        "match.multiplicity": copies,
        "item.copyright_information_missing": _information_missing(finding, work),
        **{f"match.{name}": match.measures[name] for name in MEASURED if name in match.measures},
    }
    facts = _of(measured, "measured").joined(_registered(work)).joined(_of(_claimed(finding.item.metadata), "metadata"))
    return facts.joined(user)


def _claimed(metadata: Mapping[str, str]) -> Mapping[str, object]:
    """What the data set says beside the item, and where that is nothing, what the item's file says itself."""
    mining = meaning.data_mining(metadata)
    return {
        "item.licence": _first(metadata, LICENCE_NAMES) or meaning.licence(metadata),
        "item.copyright_notice": _first(metadata, NOTICE_NAMES) or meaning.copyright_notice(metadata),
        "item.data_mining": mining and mining.value,
        "item.data_mining_claim": mining and mining.claim,
    }


def _information_missing(finding: Finding, work: Work) -> bool | None:
    """Whether the registered file carries copyright information and the picture that shows it carries none; None is UNKNOWN."""
    registered = work.claims.get(finding.work.asset)
    if finding.item.modality is not Modality.IMAGE or finding.match.kind is Kind.LEAD or not registered:
        return None
    carried = meaning.copyright_information(finding.item.metadata)
    return not carried if carried is not None and meaning.copyright_information(registered) else None


def _registered(work: Work) -> Facts:
    rights = work.rights
    reserved = None if rights.reservations is None else [r for r in rights.reservations if r.value]
    recorded = {
        "work.type": work.work_type,
        "work.genre": work.genre,
        "work.creativity": work.creativity,
        "work.published": work.published,
        "work.public_domain_territories": rights.public_domain_territories,
        "reservation.tdm": None if reserved is None else bool(reserved),
        "reservation.mechanism": None if reserved is None else [r.mechanism for r in reserved],
    }
    licences = None if rights.licences is None else tuple(licence_facts(licence) for licence in rights.licences)
    return replace(_of(recorded, "registry"), licences=licences)


def _of(values: Mapping[str, object], source: Source) -> Facts:
    return Facts.of({name: value for name, value in values.items() if value is not None}, source=source)


def _first(metadata: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((metadata[name] for name in names if metadata.get(name)), None)


def _recorded(facts: Facts, decision: Decision | None) -> Mapping[str, Fact]:
    """The facts as ``audit.json`` keeps them, with those that a rule asked for in vain; licences stand under ``licences``."""
    result = {name: replace(fact, value=_written(fact.value)) for name, fact in facts.values.items()}
    for name in _missed(decision):
        result.setdefault(name, Fact(None, cast("Source", FACTS[name].source)))
    result = dict(sorted(result.items()))
    if facts.licences is not None:
        licences = [{name.removeprefix("licence."): _written(value) for name, value in licence.items()} for licence in facts.licences]
        result["licences"] = Fact(licences, "registry")
    return result


def _missed(decision: Decision | None) -> Iterable[str]:
    """The facts in conditions that came out unknown; a licence's own facts stand with the licence."""
    traces = decision.trace if decision else ()
    texts = {condition.text for rule in traces for condition in rule.conditions if condition.outcome == "unknown"}
    words = {word for text in texts for word in FACT_NAME.findall(text)}
    return [name for name in words if name in FACTS and not FACTS[name].of_licence]


def _written(value: object) -> Any:  # noqa: ANN401 - any value of JSON
    """A fact's value as JSON has it: sets sorted, dates and terms as text."""
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value) if isinstance(value, date | Term) else value


def _given(file: Path | None, place: str, known: Mapping[str, object], facts: object) -> Facts:
    """The facts in one table of the file, beside what is known otherwise; only a user's facts may be given."""
    table = _table(file, place, facts)
    for name in table:
        if name in FACTS and (FACTS[name].source != "user" or name in ("use.stage", "modality")):
            by = "--use" if name == "use.stage" else f"is {FACTS[name].source}, not given"
            raise UsageError(f"{file}: {place}: {name}: {by}", "a facts file says what only you can know: use, act, acquisition, output")
    attribution = table.get(ATTRIBUTION)
    if not isinstance(attribution, bool | None):
        raise UsageError(f"{file}: {place}: {ATTRIBUTION} is yes or no, not {attribution!r}", "write true or false")
    try:
        of_use = {**known, **{name: value for name, value in table.items() if name != ATTRIBUTION}}
        return replace(Facts.of(of_use), attribution_given=attribution)
    except FactError as error:
        raise UsageError(f"{file}: {place}: {error}", error.hint or "'provenance policy doc' lists every fact with its type") from error


def _table(file: Path | None, place: str, value: object) -> Mapping[str, Any]:
    """A mapping with names as keys; an absent one is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise UsageError(f"{file}: {place} is no table of names and values", f"write it as {place}: {{use.commercial: true}}")
    return value


def _mapping(file: Path) -> Mapping[str, Any]:
    """The YAML of a facts file."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    remedy = "write YAML in UTF-8, such as: facts: {use.commercial: true}"
    try:
        text = file.read_text(encoding="utf-8")
        written = YAML(typ="safe", pure=True).load(text)
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else f"not UTF-8 at byte {error.start}"
        raise UsageError(f"{file} cannot be read: {what}", remedy) from error
    except YAMLError as error:
        raise UsageError(str(yaml_problem(error, text, str(file))), remedy) from error
    table = _table(file, "the file", written)
    unknown = sorted(set(table) - {"schema", "facts", "paths"})
    if unknown or table.get("schema", FACTS_SCHEMA) != FACTS_SCHEMA:
        what = f"the key {unknown[0]!r} is not known" if unknown else f"the schema is not {FACTS_SCHEMA}"
        raise UsageError(f"{file}: {what}", "a facts file has the keys schema, facts, and paths (pattern: facts); see docs/policy.md")
    return table
