"""Findings get their facts and their decisions: what was measured, what the registry records, and what the user said."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from provenance.errors import UsageError
from provenance.model import Decision, Fact, Finding, Work
from provenance.policy import FACTS, Facts, Policy
from provenance.policy.errors import FactError
from provenance.policy.values import Source, Term, licence_facts

FACTS_SCHEMA = "provenance-facts/1"
FACT_NAME = re.compile(r"[a-z]+(?:\.[a-z_]+)?")
MEASURED = ("words", "chars", "seconds", "area")  # measures of a match that rules read under ``match.``
ITEM_METADATA = {"item.licence": ("licence", "license", "rights"), "item.copyright_notice": ("copyright", "copyright_notice")}


@dataclass(frozen=True, slots=True)
class UserFacts:
    """What the user knows of the use: for every path, and for those that match a pattern."""

    everywhere: Facts = field(default_factory=Facts)
    by_path: tuple[tuple[str, Facts], ...] = ()

    @classmethod
    def read(cls, file: Path | None, stage: str) -> "UserFacts":
        """The facts of a ``--facts`` file (``facts:`` and, by pattern, ``paths:``) with the stage of use; raises UsageError."""
        written = _mapping(file) if file else {}
        try:
            everywhere = Facts.of({"use.stage": stage, **(written.get("facts") or {})})
            by_path = tuple((str(pattern), Facts.of(facts)) for pattern, facts in (written.get("paths") or {}).items())
        except FactError as error:
            raise UsageError(f"{file}: {error}", "provenance policy doc lists every fact with its type") from error
        return cls(everywhere, by_path)

    def of(self, path: str) -> Facts:
        """The facts that hold for one path; a later pattern overrides an earlier one."""
        facts = self.everywhere
        for pattern, more in self.by_path:
            if fnmatchcase(path, pattern):
                facts = facts.joined(more)
        return facts


def decided(finding: Finding, work: Work, policy: Policy | None, user: UserFacts) -> Finding:
    """The finding with its facts, and with the policy's decision if there is a policy."""
    facts = facts_of(finding, work, user)
    decision = policy.decide(facts) if policy else None
    return replace(finding, facts=_recorded(facts, decision), decision=decision)


def facts_of(finding: Finding, work: Work, user: UserFacts) -> Facts:
    """Everything that rules may read of one finding, each fact with its source."""
    match = finding.match
    measured = {
        "modality": finding.item.modality,
        "match.kind": match.kind,
        "match.score": match.score,
        "match.coverage_of_work": match.coverage_of_work,
        "match.coverage_of_item": match.coverage_of_item,
        "match.multiplicity": len(finding.occurrences),
        **{f"match.{name}": match.measures[name] for name in MEASURED if name in match.measures},
    }
    metadata = {fact: _first(finding.item.metadata, names) for fact, names in ITEM_METADATA.items()}
    facts = _of(measured, "measured").joined(_registered(work)).joined(_of(metadata, "metadata"))
    return facts.joined(user.of(finding.item.path))


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


def _mapping(file: Path) -> Mapping[str, Any]:
    """The YAML of a facts file."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        written = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "write YAML in UTF-8, such as: facts: {use.commercial: true}") from error
    if not isinstance(written, dict) or set(written) - {"schema", "facts", "paths"} or written.get("schema", FACTS_SCHEMA) != FACTS_SCHEMA:
        raise UsageError(f"{file} is no facts file", f"it has the keys schema ({FACTS_SCHEMA}), facts, and paths (pattern: facts)")
    return written
