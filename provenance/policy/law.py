"""Dated, sourced facts about the law that rules cite; none of them is a conclusion."""

from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

from provenance.policy.errors import FactError, PolicyError
from provenance.policy.fields import FieldReader
from provenance.policy.source import Document
from provenance.policy.values import parsed_date

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

SCHEMA: Final = "provenance-law/1"
FILE: Final = "law.yaml"
PACKS: Final = "policies"
"""The package of data that holds the shipped policies and the law file."""
VERIFIED: Final = ("read", "memory")


@dataclass(frozen=True, slots=True)
class LawEntry:
    """One statute, decision or document; what an entry says is for people, no rule computes with it."""

    id: str
    jurisdiction: str
    citation: str
    kind: str
    status: str
    as_of: date
    note: str
    source: str
    verified: str
    """``read`` if the page named in ``source`` was read; ``memory`` means: verify before relying on it."""


@cache
def law() -> dict[str, LawEntry]:
    """All entries of the shipped law file by id; raises PolicyError if the file is damaged."""
    with as_file(files(PACKS) / FILE) as path:
        return read_law(Document.read(path))


def read_law(document: Document) -> dict[str, LawEntry]:
    """The entries of a law file by id; raises PolicyError with all problems."""
    reader = FieldReader(document)
    top = reader.mapping(document.root, "the law file", ("schema", "as_of", "entries"))
    if "schema" in top and reader.text(top["schema"], "schema") != SCHEMA:
        reader.report(top["schema"], f'the schema of a law file is "{SCHEMA}"')
    entries = {}
    for node in reader.items(top.get("entries"), "entries"):
        entry = _entry(reader, node)
        if entry and entry.id in entries:
            reader.report(node, f'"{entry.id}" stands in this file twice')
        elif entry:
            entries[entry.id] = entry
    if reader.problems:
        raise PolicyError(reader.problems)
    return entries


def _entry(reader: FieldReader, node: "Node") -> LawEntry | None:
    before = len(reader.problems)
    names = [field.name for field in fields(LawEntry)]
    values = reader.mapping(node, "an entry", names)
    texts = {name: reader.text(value, name) for name, value in values.items() if name != "as_of"}
    if texts.get("verified", VERIFIED[0]) not in VERIFIED:
        reader.report(values["verified"], f'verified is never "{texts["verified"]}"', f"allowed: {', '.join(VERIFIED)}")
    day = _day(reader, values["as_of"]) if "as_of" in values else None
    return LawEntry(as_of=day, **texts) if day and len(reader.problems) == before else None


def _day(reader: FieldReader, node: "Node") -> date | None:
    try:
        return parsed_date(str(node.value))
    except FactError as error:
        reader.report(node, str(error), error.hint)
        return None
