"""The part of an audit that one shard gave (``provenance audit --shard i/n``), for ``provenance merge`` to make the audit from.

A part is a journal. Its first frame is the header as JSON; then comes, for each unit, a frame that names it and says how many pieces it
has, and a frame for each of the pieces; the end mark tells a whole part from one that was cut short.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from provenance import journal
from provenance.encoding import decode, encode
from provenance.errors import UsageError
from provenance.journal import JournalError
from provenance.model import PieceResult, Unit, UnitResult

SCHEMA: Final = "provenance-part/1"
REMEDY: Final = "name files that 'provenance audit --shard i/n -o part=FILE' wrote"
LISTED: Final = 10  # shards that a message names


@dataclass(frozen=True, slots=True)
class PartHeader:
    """Under which terms a part was made; the parts of one audit differ in ``shard`` alone. All values have a form in JSON."""

    shard: int
    """From 1 to ``shards``."""
    shards: int
    plan: str
    """Digest of all units of the audit, those of other shards included, in hexadecimal."""
    registry: str
    """Digest of the snapshot."""
    policy: Mapping[str, Any] | None
    """As the audit cites it."""
    settings: Mapping[str, Any]
    paths: tuple[str, ...]
    version: str
    """Of this program."""
    schema: str = SCHEMA


HEADER, UNIT, PIECE = b"H", b"U", b"P"  # the first byte of a frame's head
_HEADER: Final = TypeAdapter(PartHeader)
_UNIT: Final = TypeAdapter(tuple[Unit, int, int])
"""A unit, how many pieces follow it, and how many of those were known already."""


def write_part(path: Path, header: PartHeader, results: Iterable[UnitResult]) -> None:
    """Writes a part as its results come, beside the file and then renamed; raises UsageError where that cannot be done."""
    beside = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}")
    with _written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        writer = journal.Writer(beside)
    try:
        with writer:
            with _written(path):
                writer.append(HEADER, orjson.dumps(header, default=dict))
            for result in results:
                with _written(path):
                    _append(writer, result)
            with _written(path):
                writer.close()
        with _written(path):
            beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def read_part(path: Path) -> tuple[PartHeader, Iterator[UnitResult]]:
    """The header of a part, and its results in order, read as they are asked for; their ``source.file`` is no file to read.

    Raises UsageError for a file that is no part or was cut short, at once, and for one that is damaged when the damage is come to.
    """
    try:
        with journal.Reader(path) as reader:
            whole = reader.finished()
            head, payload = next(reader.frames(), (b"", b""))
        schema = _schema(payload) if head == HEADER else None
        header = _HEADER.validate_json(payload) if schema == SCHEMA else None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", REMEDY) from error
    except (JournalError, ValueError) as error:
        raise UsageError(f"{path} is no part of an audit: {error}", REMEDY) from error
    if header is None:
        raise UsageError(f"{path} has the schema {schema!r}, not {SCHEMA!r}", REMEDY)
    if not whole:
        raise UsageError(f"{path} was cut short: its end is missing", _again(header))
    return header, _results(path, header)


def checked(headers: Sequence[PartHeader]) -> PartHeader:
    """What the parts of one audit have in common: the first shard's header.

    Raises UsageError where parts are missing, double, or were made under different terms, and names what differs.
    """
    if not headers:
        raise UsageError("no part was given", REMEDY)
    first, *others = sorted(headers, key=lambda header: header.shard)
    for other in others:
        if difference := next(_differences(first, other), None):
            name, one, another = difference
            raise UsageError(
                f"the parts are not of one audit: {name} is {one} in shard {_name(first)} and {another} in shard {_name(other)}",
                "run all shards with the same arguments, the same registry and the same version",
            )
    found, wanted = Counter(header.shard for header in headers), range(1, first.shards + 1)
    if strange := [shard for shard in found if shard not in wanted]:
        raise UsageError(f"not a shard: {_listed(strange, first)}", REMEDY)
    if double := [shard for shard in sorted(found) if found[shard] > 1]:
        raise UsageError(f"given more than once: shard {_listed(double, first)}", "name each part once")
    if missing := list(islice((shard for shard in wanted if shard not in found), LISTED + 1)):
        raise UsageError(f"missing: shard {_listed(missing, first)}", "run the missing shards, and name the parts of all")
    return first


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Says what stands in the way of writing; what goes wrong in making the results is not its affair."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}", "name a file in a folder that you may write to") from error
    except JournalError as error:
        raise UsageError(f"{path} cannot hold a result: {error}", "run this shard again without exhibits") from error


def _append(writer: journal.Writer, result: UnitResult) -> None:
    """Writes a unit and its pieces."""
    unit = (result.unit, len(result.pieces), result.reused)
    writer.append(UNIT, orjson.dumps(unit, default=_nowhere))
    for piece in result.pieces:
        head, payload = encode(piece)
        writer.append(PIECE + head, payload)


def _nowhere(file: object) -> str:  # noqa: ARG001 - orjson's signature
    """What is written for the file of a source: where it was on this machine is nobody's affair."""
    return ""


def _results(path: Path, header: PartHeader) -> Iterator[UnitResult]:
    """The units behind the header, each with its pieces."""
    try:
        with journal.Reader(path) as reader:
            frames = islice(reader.frames(), 1, None)
            for head, payload in frames:
                yield _unit(head, payload, frames)
    except (OSError, JournalError, ValueError) as error:
        raise UsageError(f"{path} is damaged: {error}", _again(header)) from error


def _unit(head: bytes, payload: bytes, frames: Iterator[tuple[bytes, bytes]]) -> UnitResult:
    """The unit in a frame, with the pieces in the frames that follow; raises ValueError where they are something else."""
    if head != UNIT:
        raise ValueError("a unit is missing")
    unit, count, reused = _UNIT.validate_json(payload)
    unit = replace(unit, source=replace(unit.source, file=Path(unit.source.path)))
    pieces = tuple(_piece(head, payload) for head, payload in islice(frames, count))
    if len(pieces) != count:
        raise ValueError(f"{unit.source.path} has {len(pieces)} of {count} pieces")
    return UnitResult(unit, pieces, reused)


def _piece(head: bytes, payload: bytes) -> PieceResult:
    if not head.startswith(PIECE):
        raise ValueError("a piece is missing")
    return decode(head[len(PIECE) :], payload)


def _schema(payload: bytes) -> object:
    """What the header says that it is; raises ValueError where it is no JSON."""
    values = orjson.loads(payload)
    return values.get("schema") if isinstance(values, dict) else None


def _differences(first: PartHeader, other: PartHeader) -> Iterator[tuple[str, object, object]]:
    """What differs beside the shard's number: its name, and its value in each; of a mapping, the entry."""
    for field in fields(PartHeader):
        one, another = getattr(first, field.name), getattr(other, field.name)
        if one == another or field.name == "shard":
            continue
        name = field.name
        if isinstance(one, Mapping) and isinstance(another, Mapping):
            entry = min(key for key in {*one, *another} if one.get(key) != another.get(key))
            name, one, another = f"{name}.{entry}", one.get(entry), another.get(entry)
        yield name, one, another


def _listed(shards: Sequence[int], header: PartHeader) -> str:
    """The first of them by name."""
    return ", ".join([*(f"{shard}/{header.shards}" for shard in shards[:LISTED]), *("…" for _ in shards[LISTED : LISTED + 1])])


def _name(header: PartHeader) -> str:
    return f"{header.shard}/{header.shards}"


def _again(header: PartHeader) -> str:
    return f"run that shard again: --shard {_name(header)}"
