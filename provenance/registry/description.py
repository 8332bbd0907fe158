"""What the cells of one row say of a work, as a value for each field of ``Work`` and ``Rights``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from provenance.model import Licence, Reservation, Rights
from provenance.policy.facts import FACTS, GENRES, MECHANISMS, STAGES, WORK_TYPES
from provenance.registry import cells, identifiers
from provenance.registry.cells import CellError, Parser
from provenance.registry.licences import NO_LICENCE, NO_STATEMENT, OPEN, reading

_PLAIN: Final[Mapping[str, tuple[str, Parser]]] = {
    "title": ("title", cells.text),
    "creators": ("creators", cells.names),
    "rights_holder": ("rights_holders", cells.names),
    "work_type": ("work_type", cells.one_of(WORK_TYPES)),
    "genre": ("genre", cells.one_of(GENRES)),
    "creativity": ("creativity", cells.one_of(FACTS["work.creativity"].values)),
    "published": ("published", cells.yes_no),
    "first_published": ("first_published", cells.day),
    "boilerplate": ("boilerplate", cells.yes_no),
    **{name: (f"identifiers.{name}", parse) for name, parse in identifiers.PARSERS.items()},
}
"""Columns that stand for one field each."""

_TERMS: Final[Mapping[str, tuple[str, Parser]]] = {
    "licence_uses": ("uses", cells.some_of(STAGES)),
    "licence_territories": ("territories", cells.territories),
    "licence_commercial": ("commercial", cells.yes_no),
    "licence_derivatives": ("derivatives", cells.yes_no),
    "licence_attribution": ("attribution_required", cells.yes_no),
    "licence_start": ("start", cells.day),
    "licence_end": ("end", cells.last_day),
}
"""Columns that stand for one term of the licence."""

_RIGHTS: Final[Mapping[str, Parser]] = {
    "public_domain": cells.yes_no,
    "public_domain_territories": cells.territories,
    "licence": cells.names,
    "reservation_tdm": cells.yes_no,
    "reservation_mechanism": cells.one_of(MECHANISMS),
    "reservation_seen": cells.day,
}

_PARSERS: Final[Mapping[str, Parser]] = {
    **{column: parse for column, (_, parse) in _PLAIN.items()},
    **{column: parse for column, (_, parse) in _TERMS.items()},
    **_RIGHTS,
}
DESCRIPTIVE: Final = tuple(_PARSERS)
"""Every column that describes a work; ``file`` and ``work_id`` say which."""

COLUMN_OF: Final = {field: column for column, (field, _) in _PLAIN.items()} | {
    "status": "public_domain",
    "public_domain_territories": "public_domain_territories",
    "licences": "licence",
    "reservations": "reservation_tdm",
}
"""The column to name when a field is in doubt."""


@dataclass(slots=True)
class Description:
    """The fields that a row states, and the cells that cannot be read; None is UNKNOWN, a field that is absent was not mentioned."""

    fields: dict[str, Any]
    problems: list[CellError]

    @contextmanager
    def noting(self, column: str = "") -> Iterator[None]:
        """Keeps the error of a cell, so that one run reports all of them; an error that names its column keeps it."""
        try:
            yield
        except CellError as error:
            self.problems.append(CellError(error.reason, error.remedy, error.column or column))


def describe(row: Mapping[str, str], known: Rights | None = None) -> Description:
    """What the row says; with ``known`` rights, a licence or reservation is added to them.

    Terms of a licence that is among the known ones take the place of its terms; those that are not given stay.
    """
    result = Description({}, [])
    values: dict[str, Any] = {}
    for column, parse in _PARSERS.items():
        if cell := row.get(column, "").strip():
            with result.noting(column):
                values[column] = parse(cell)
    result.fields.update({_PLAIN[column][0]: value for column, value in values.items() if column in _PLAIN})
    for part in (_public_domain, _licences, _reservations):
        with result.noting():
            result.fields.update(part(values, known))
    if result.fields.get("boilerplate", False) is None:
        result.fields["boilerplate"] = False  # the one field that is known or false: it explains matches, it grants nothing
    return result


def _public_domain(values: Mapping[str, Any], _known: Rights | None) -> dict[str, Any]:
    if "public_domain" not in values and "public_domain_territories" not in values:
        return {}
    territories = values.get("public_domain_territories")
    if values.get("public_domain", bool(territories)) is False and territories:
        raise CellError("territories are named, and yet public_domain is false", "correct one of the two", "public_domain_territories")
    if "public_domain" not in values:
        return {"status": "public-domain" if territories else None, "public_domain_territories": territories}
    if values["public_domain"] is None:
        return {"status": None, "public_domain_territories": territories}
    if values["public_domain"]:
        return {"status": "public-domain", "public_domain_territories": territories}
    return {"status": "in-copyright", "public_domain_territories": frozenset()}


def _licences(values: Mapping[str, Any], known: Rights | None) -> dict[str, Any]:
    terms = {field: values[column] for column, (field, _) in _TERMS.items() if column in values}
    if "licence" not in values and not terms:
        return {}
    if "licence" not in values:
        raise CellError("terms are given, but not for which licence", _naming(known), "licence")
    ids = values["licence"]
    if ids is None or NO_STATEMENT in ids or ids == (NO_LICENCE,):
        if terms or (ids and len(ids) > 1):
            raise CellError("a licence that is not there cannot have terms or companions", "name the licence", "licence")
        return {"licences": () if ids == (NO_LICENCE,) else None}
    if terms and len(ids) > 1:
        raise CellError("terms are given for several licences at once", "give one licence, or leave its terms out", "licence")
    old = {licence.id: licence for licence in (known and known.licences) or ()}
    new = [_with(old.get(read.id, read), terms) for read in map(reading, ids)]
    fields: dict[str, Any] = {"licences": tuple((old | {licence.id: licence for licence in new}).values())}
    if all(licence.id in OPEN for licence in fields["licences"]) and "public_domain" not in values and not (known and known.status):
        fields["status"] = "openly-licensed"
    return fields


def _naming(known: Rights | None) -> str:
    """How the licence that terms belong to is named: in a table, or in a command for a work whose rights are known."""
    if known is None:
        return "name it in the column licence"
    recorded = ", ".join(licence.id for licence in known.licences or ())
    return f"name it with --licence; on record for this work: {recorded or 'none'}"


def _with(licence: Licence, terms: Mapping[str, Any]) -> Licence:
    changes = dict(terms)
    if "end" in changes:
        changes["perpetual"] = changes["end"] == cells.PERPETUAL
        changes["end"] = None if changes["perpetual"] else changes["end"]
    result = replace(licence, **changes)
    if result.start and result.end and result.end < result.start:
        raise CellError(f"the licence ends on {result.end}, before it starts on {result.start}", "correct one of the dates", "licence_end")
    return result


def _reservations(values: Mapping[str, Any], known: Rights | None) -> dict[str, Any]:
    given = {column: values[column] for column in values if column.startswith("reservation_")}
    if not given:
        return {}
    if given.get("reservation_tdm", True) is None:
        return {"reservations": None}
    if given.get("reservation_tdm") is False and "reservation_mechanism" not in given:
        return {"reservations": ()}
    mechanism, tdm = given.get("reservation_mechanism"), given.get("reservation_tdm")
    if mechanism is None:
        raise CellError("a reservation without its mechanism", f"write one of: {', '.join(MECHANISMS)}", "reservation_mechanism")
    if tdm is None:
        raise CellError("a mechanism without what it says", "write true or false in reservation_tdm", "reservation_tdm")
    seen: date | None = given.get("reservation_seen")
    others = tuple(one for one in (known and known.reservations) or () if one.mechanism != mechanism)
    return {"reservations": (*others, Reservation(mechanism, tdm, seen))}
