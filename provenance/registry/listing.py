"""Works as people read them: a table, CSV, JSON, and one work with everything that was ever recorded of it."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import TypeAdapter

from provenance.model import Licence, Reservation, Work
from provenance.registry.addition import Unmatchable
from provenance.registry.log import canonical
from provenance.registry.store import CLAIMS, Statement

if TYPE_CHECKING:
    from rich.table import Table

UNKNOWN: Final = "UNKNOWN"
NONE: Final = "none"
NOWHERE: Final = "nowhere"
_ID_COLUMNS: Final = 24  # an id made from the content has 18; longer ones go on in the next line
_LICENCES: Final = TypeAdapter(tuple[Licence, ...])
_RESERVATIONS: Final = TypeAdapter(tuple[Reservation, ...])
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet calculate (OWASP, CSV injection)


def summary(work: Work) -> dict[str, str]:
    """The work in one line of words; what nobody has told is UNKNOWN, never blank."""
    rights = work.rights
    return {
        "work_id": work.id,
        "title": work.title,
        "creators": _several(work.creators or None),
        "rights_holder": _several(work.rights_holders or None),
        "work_type": work.work_type or UNKNOWN,
        "genre": work.genre or UNKNOWN,
        "status": rights.status or UNKNOWN,
        "public_domain": _several(rights.public_domain_territories, NOWHERE),
        "licence": UNKNOWN if rights.licences is None else _several([licence.id for licence in rights.licences]),
        "reservation": UNKNOWN if rights.reservations is None else _several([one.mechanism for one in rights.reservations if one.value]),
        "files": str(len(work.assets)),
    }


def as_csv(works: Iterable[Work]) -> str:
    """One line per work; a cell that a spreadsheet would calculate begins with an apostrophe."""
    text = io.StringIO()
    rows = [summary(work) for work in works]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(summary(Work("", "")))
    writer.writerows([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row.values()] for row in rows)
    return text.getvalue()


def as_json(value: object) -> str:
    """Works and statements as indented JSON; null is UNKNOWN."""
    return orjson.dumps(orjson.loads(canonical(value)), option=orjson.OPT_INDENT_2).decode()


def as_table(works: Iterable[Work]) -> "Table":
    """The works for a terminal of 80 columns: what tells them apart, and their rights in short; nothing is cut."""
    from rich.markup import escape
    from rich.table import Table

    listed = tuple(works)
    table = Table()
    width = min(max((len(work.id) for work in listed), default=0), _ID_COLUMNS)
    table.add_column("work id", width=width or None, overflow="fold")
    for heading in ("title", "status", "licence"):
        table.add_column(heading, overflow="fold")
    for work in listed:
        title = "\n".join(filter(None, (work.title, "; ".join(work.creators))))
        table.add_row(*map(escape, (work.id, title, _standing(work), summary(work)["licence"])))
    return table


def _standing(work: Work) -> str:
    """The work's status in words, and where it is in the public domain."""
    status, territories = work.rights.status, work.rights.public_domain_territories
    if status is None:
        return UNKNOWN
    if status == "public-domain":
        return f"public domain in {_several(territories)}"
    return status.replace("-", " ")


def counted(number: int, thing: str) -> str:
    """The number and the thing in its number: 1 file, 2 files."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def record(work: Work, history: Sequence[Statement], unmatchable: Collection[Unmatchable]) -> dict[str, Any]:
    """Everything about one work, for JSON."""
    refused = {one.file: f"{one.reason}: {one.detail}" for one in unmatchable if work.id in one.works}
    return {"work": work, "history": tuple(history), "unmatchable": refused}


def described(work: Work, history: Sequence[Statement], unmatchable: Collection[Unmatchable]) -> Iterator[str]:
    """Everything about one work, line by line: what holds, where each value comes from, and what held before."""
    refused = {one.file: f"cannot be found by an audit ({one.reason}: {one.detail})" for one in unmatchable if work.id in one.works}
    sources = {one.field: f"{_whence(one)}, {one.time}" for one in history}
    yield f"{work.id}  {work.title}"
    for field, value in _fields(work):
        source = f"  [{sources[field]}]" if field in sources else ""
        yield f"  {field.replace('_', ' '):26} {value}{source}"
    for licence in work.rights.licences or ():
        yield _terms(licence)
    yield "  files"
    for asset in work.assets:
        yield f"    {asset.file}  {asset.modality}, {asset.size} bytes, sha256 {asset.id}"
        if asset.file in refused:
            yield f"      {refused[asset.file]}"
        yield from (f"      {name}  {claim}" for name, claim in sorted(work.claims.get(asset.id, {}).items()))
    yield "  history"
    yield from _past(history)


def removed(work_id: str, removal: str, history: Sequence[Statement]) -> Iterator[str]:
    """What is left to say of a removed work: when and why it was removed, and what had been recorded."""
    yield f"{work_id}  {removal}"
    yield "  history"
    yield from _past(history)


def _past(history: Iterable[Statement]) -> Iterator[str]:
    """Each statement, in the words in which ``described`` prints what holds."""
    for one in history:
        licences = _LICENCES.validate_python(one.value) if one.field == "licences" and one.value else ()
        stated = "" if licences else f" = {_stated(one)}"
        field = "claims" if one.field.startswith(CLAIMS) else one.field.replace("_", " ")
        yield f"    {one.time}  {field}{stated}  [{_whence(one)}]"
        for licence in licences:
            yield f"  {_terms(licence)}"


def _stated(one: Statement) -> str:
    if one.value is None:
        return UNKNOWN
    if one.field == "reservations":
        return _several([_reservation(reservation) for reservation in _RESERVATIONS.validate_python(one.value)])
    if isinstance(one.value, dict):
        return _several([f"{name} {claim}" for name, claim in one.value.items()])
    if isinstance(one.value, list):
        return _several(one.value, NOWHERE if one.field == "public_domain_territories" else NONE)
    return _value(one.value)


def _fields(work: Work) -> Iterator[tuple[str, str]]:
    for field in ("title", "creators", "rights_holders", "work_type", "genre", "creativity", "published", "first_published", "boilerplate"):
        yield field, _value(getattr(work, field))
    for name, identifier in work.identifiers.items():
        yield f"identifiers.{name}", identifier
    rights = work.rights
    yield "status", _value(rights.status)
    yield "public_domain_territories", _several(rights.public_domain_territories, NOWHERE)
    yield "licences", UNKNOWN if rights.licences is None else _several([licence.id for licence in rights.licences])
    yield "reservations", UNKNOWN if rights.reservations is None else _several([_reservation(one) for one in rights.reservations])


def _terms(licence: Licence) -> str:
    """The licence's terms, each known, UNKNOWN or none."""
    terms: Mapping[str, str] = {
        "uses": _several(licence.uses),
        "territories": _several(licence.territories),
        "commercial": _value(licence.commercial),
        "derivatives": _value(licence.derivatives),
        "attribution": _value(licence.attribution_required),
        "start": _value(licence.start),
        "end": "perpetual" if licence.perpetual else _value(licence.end),
    }
    return f"    {licence.id}: " + ", ".join(f"{name} {value}" for name, value in terms.items())


def _reservation(one: Reservation) -> str:
    return f"{one.mechanism} ({'reserved' if one.value else 'not reserved'}, seen {_value(one.seen)})"


def _whence(one: Statement) -> str:
    return f"{one.origin}: {one.source}" if one.source else one.origin


def _several(values: Iterable[str] | None, none: str = NONE) -> str:
    if values is None:
        return UNKNOWN
    return "; ".join(sorted(values) if isinstance(values, frozenset) else values) or none


def _value(value: object) -> str:
    if value is None or value == ():
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(value)
    return value if isinstance(value, str) else canonical(value).decode().strip('"')
