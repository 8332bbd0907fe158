"""Values of facts: checked against the schema, brought into one form, and gathered into the record that a policy decides on."""

import math
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Final, Literal, TypeAlias

from provenance.model import Fact, Licence
from provenance.policy.errors import FactError
from provenance.policy.facts import FACTS, LICENCE_PREFIX, UNKNOWN, FactType, Type
from provenance.policy.territories import expanded, territory_problem

Source: TypeAlias = Literal["measured", "registry", "metadata", "user", "counsel"]
OPEN: Final = ".."
"""No limit on that side of a term (ISO 8601-2, open interval); nothing at all means that the limit is UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Term:
    """From the first to the last day, both included; None is UNKNOWN, ``date.min`` and ``date.max`` are no limit."""

    start: date | None
    end: date | None

    @classmethod
    def parse(cls, text: str) -> "Term":
        """The term written as ``2024-01-01/2025-12-31``, ``2024-01-01/..`` or, its end not being recorded, ``2024-01-01/``."""
        parts = text.split("/")
        if len(parts) != 2:
            raise FactError(f'"{text}" is no period of dates', "write it as 2024-01-01/2025-12-31; .. on one side is no limit")
        start, end = parts
        term = cls(_limit(start, date.min), _limit(end, date.max))
        if term.start and term.end and term.start > term.end:
            raise FactError(f'the period "{text}" ends before it starts')
        return term

    def contains(self, day: date) -> bool | None:
        """Whether the day lies in the term; None if that hangs on a limit that is UNKNOWN."""
        if (self.start and day < self.start) or (self.end and day > self.end):
            return False
        return True if self.start and self.end else UNKNOWN

    def __str__(self) -> str:
        start = OPEN if self.start == date.min else self.start or ""
        end = OPEN if self.end == date.max else self.end or ""
        return f"{start}/{end}"


def _limit(text: str, unlimited: date) -> date | None:
    if text == OPEN:
        return unlimited
    return parsed_date(text) if text else UNKNOWN


def parsed_date(text: str) -> date:
    """The day written as ``2026-05-01``; raises FactError for a day that no calendar has."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise FactError(f'there is no date "{text}"', "dates are written as 2026-05-01") from error


def member_problem(fact: FactType, value: str) -> tuple[str, str] | None:
    """What is wrong with one member of an enumeration or a set of territories, and what was probably meant."""
    if fact.type is Type.TERRITORIES:
        return territory_problem(value)
    if value in fact.values:
        return None
    if value.lower() in {"unknown", "none", "n/a"} and value.lower() not in fact.values:
        return f'{fact.name} is never "{value}"', "a fact that is not known is left out, or null; rules ask for it with known(…)"
    close = get_close_matches(value.lower(), fact.values, 1)
    hint = f'did you mean "{close[0]}"?' if close else f"allowed: {', '.join(fact.values)}"
    return f'{fact.name} is never "{value}"', hint


def checked(fact: FactType, value: object) -> object:
    """The value in the form that rules compare: a set as a frozenset, a date as a date; raises FactError."""
    return UNKNOWN if value is UNKNOWN else _CHECKS[fact.type](fact, value)


def _wrong(fact: FactType, value: object, hint: str = "") -> FactError:
    return FactError(f"{fact.name} is a {fact.type}, and {_quoted(value)} is not", hint)


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _boolean(fact: FactType, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise FactError(f"{fact.name} is true or false, and {_quoted(value)} is neither", "write true or false")


def _text(fact: FactType, value: object) -> str:
    if isinstance(value, str):
        return str(value)  # of an enumeration's member, its plain text
    raise _wrong(fact, value)


def _date(fact: FactType, value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else parsed_date(_text(fact, value))


def _term(fact: FactType, value: object) -> Term:
    return value if isinstance(value, Term) else Term.parse(_text(fact, value))


def _number(fact: FactType, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(fact, value)
    problem = amount_problem(fact, value)
    if problem:
        raise FactError(*problem)
    return int(value) if fact.type is Type.COUNT else float(value)


def amount_problem(fact: FactType, value: float) -> tuple[str, str] | None:
    """What is wrong with an amount (negative, above 1, broken, not a number), and what was probably meant."""
    if math.isfinite(value) and value >= 0 and not (fact.type is Type.SHARE and value > 1) and not (fact.type is Type.COUNT and value % 1):
        return None
    hint = f"did you mean {value / 100:g}?" if fact.type is Type.SHARE and 1 < value <= 100 else ""
    return f"{fact.name} is a {fact.type}, and {value:g} is not", hint


def _member(fact: FactType, value: object) -> str:
    text = _text(fact, value)
    problem = member_problem(fact, text)
    if problem:
        raise FactError(*problem)
    return text


def _members(fact: FactType, value: object) -> frozenset[str]:
    if not isinstance(value, AbstractSet | list | tuple):
        raise _wrong(fact, value, "write a list in brackets")
    members = frozenset(_member(fact, member) for member in value)
    if not members and not fact.may_be_empty:
        raise FactError(f"{fact.name} may not be empty", "every act takes place somewhere; leave the fact out if the place is not known")
    return members


def _territories(fact: FactType, value: object) -> frozenset[str]:
    return expanded(_members(fact, value))


_CHECKS: Mapping[Type, Callable[[FactType, object], object]] = {
    Type.BOOLEAN: _boolean,
    Type.COUNT: _number,
    Type.NUMBER: _number,
    Type.SHARE: _number,
    Type.ENUM: _member,
    Type.ENUM_SET: _members,
    Type.TEXT: _text,
    Type.TERRITORIES: _territories,
    Type.DATE: _date,
    Type.TERM: _term,
}


LicenceFacts: TypeAlias = Mapping[str, Any]
"""One licence's facts by their full names, such as ``licence.uses``."""


def licence_facts(licence: Licence | Mapping[str, object]) -> LicenceFacts:
    """A licence as rules read it; from the registry's record, or from a mapping with or without the prefix ``licence.``."""
    if isinstance(licence, Licence):
        end = date.max if licence.perpetual and licence.end is None else licence.end
        term = Term(licence.start, end) if licence.start or end else UNKNOWN
        names = ("id", "uses", "territories", "commercial", "derivatives", "attribution_required")
        licence = {"term": term, **{name: getattr(licence, name) for name in names}}
    named = {name if name.startswith(LICENCE_PREFIX) else LICENCE_PREFIX + name: value for name, value in licence.items()}
    return {name: checked(fact_type(name), value) for name, value in named.items()}


def fact_type(name: str) -> FactType:
    """The schema's row; raises FactError with the nearest name."""
    if name in FACTS:
        return FACTS[name]
    raise FactError(f'unknown fact "{name}"', nearest_fact(name))


def nearest_fact(name: str) -> str:
    """A sentence that offers the fact that was probably meant, or says where the list stands."""
    close = get_close_matches(name, FACTS, 1) or [known for known in FACTS if known.rpartition(".")[2] == name.rpartition(".")[2]]
    return f'did you mean "{close[0]}"?' if close else "`provenance policy doc` lists every fact"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one finding. A fact that is missing, or whose value is None, is UNKNOWN."""

    values: Mapping[str, Fact] = field(default_factory=dict)
    licences: tuple[LicenceFacts, ...] | None = None
    """All licences on record for the work: None if nobody has recorded whether there are any, empty if there are none."""
    attribution_given: bool | None = None
    """What the user says of the credit line, whichever licence asks for it; joined with licences it is set on each."""

    @classmethod
    def of(
        cls,
        values: Mapping[str, object],
        licences: Iterable[Licence | Mapping[str, object]] | None = None,
        source: Source = "user",
    ) -> "Facts":
        """Facts checked against the schema, all from one source; raises FactError."""
        of_licence = next((name for name in values if name.startswith(LICENCE_PREFIX)), None)
        if of_licence:
            raise FactError(f"{of_licence} belongs to one licence", "list it under licences")
        return cls(
            {name: Fact(checked(fact_type(name), value), source) for name, value in values.items()},
            None if licences is None else tuple(licence_facts(licence) for licence in licences),
        )

    def joined(self, other: "Facts") -> "Facts":
        """These facts with the other's where they are known there; the licences with what is known of the credit line."""
        known = {name: fact for name, fact in other.values.items() if fact.value is not UNKNOWN}
        given = self.attribution_given if other.attribution_given is None else other.attribution_given
        facts = Facts({**self.values, **known}, self.licences if other.licences is None else other.licences)
        return facts if given is None else with_attribution(facts, given)


def with_attribution(facts: Facts, given: bool) -> Facts:
    """The facts with whether the credit line is given set on every licence on record."""
    fact = "licence.attribution_given"
    licences = None if facts.licences is None else tuple({**licence, fact: checked(FACTS[fact], given)} for licence in facts.licences)
    return Facts(facts.values, licences, given)
