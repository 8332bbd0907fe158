"""XML as events, bounded: no entity is ever declared, none is expanded, nothing outside the document is opened, no tree is built."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias
from xml.parsers import expat

TEXT_BUFFER = 1 << 16  # bytes of character data handed on at a time


class BadXmlError(Exception):
    """No well-formed XML, or XML that declares entities; the message says why."""


class Start(NamedTuple):
    """An element begins; names are local names, without their namespace."""

    name: str
    attributes: Mapping[str, str]


class End(NamedTuple):
    """An element ends."""

    name: str


Event: TypeAlias = Start | End | str
"""A ``str`` is a run of characters; those between two tags may come in several runs."""


def events(blocks: Iterable[bytes]) -> Iterator[Event]:
    """What the document holds, in order; raises BadXmlError where it ends to be XML, and what the blocks raise.

    Depth needs no stack here, and memory is bounded by a block and by the longest tag or comment.
    """
    found = list[Event]()
    parser = _parser(found)
    try:
        for block in blocks:
            parser.Parse(block)
            yield from found
            found.clear()
        parser.Parse(b"", True)
        yield from found
    except expat.ExpatError as error:
        yield from found  # what stands before the fault
        raise BadXmlError(f"no well-formed XML: {error}") from error
    except LookupError as error:
        raise BadXmlError(f"XML in an encoding that is not read: {error}") from error


def _parser(found: list[Event]) -> expat.XMLParserType:
    """A parser that appends what it finds."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_size = TEXT_BUFFER
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = lambda name, given: found.append(Start(_local(name), {_local(key): given[key] for key in given}))
    parser.EndElementHandler = lambda name: found.append(End(_local(name)))
    parser.CharacterDataHandler = found.append
    return parser


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse(name: str, *_: object) -> None:
    """Takes the place of everything that entities can do to a parser."""
    raise BadXmlError(f"it declares the entity {name[:40]!r}: XML that declares entities is not read")
