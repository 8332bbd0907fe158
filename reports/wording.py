"""Measurements in the words that people use; every report says them in these, so that all say the same."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fingerprints.model import Chance, Match, Modality, Segment

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters, but for the tab and the ends of lines
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks of direction: they can make one path look like another
    "\u00ad\u2060\u2061-\u2064\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # invisible: soft hyphens, joiners, byte order marks, tags
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"  # half a surrogate pair and code points that are no characters
)
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
SPACE = re.compile(r"[\s\u2028\u2029]+")
MODALITIES = {Modality.TEXT: "Text", Modality.IMAGE: "Images", Modality.AUDIO: "Sound"}

NOTICED_DEGREES = 0.5  # a turn or a scaling below these is within the precision of the measurement
NOTICED_SHARE = 0.02
NOTICED_TEMPO = 0.0005  # half of the last digit that is printed, as is the next
NOTICED_SEMITONES = 0.05
TERM = re.compile(r"(\.\.|\d{4}-\d\d-\d\d)?/(\.\.|\d{4}-\d\d-\d\d)?")


def printable(text: object, limit: int = 300) -> str:
    """A string from data on one line, without control characters and marks of direction, at most ``limit`` characters long."""
    return shortened(SPACE.sub(" ", UNSEEN.sub("", str(text))).strip(), limit)


def passage(text: str) -> str:
    """A passage of text as it stands, without what cannot be seen; its lines are kept."""
    return UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\u2028", "\n").replace("\u2029", "\n")


def shortened(text: str, limit: int) -> str:
    """The text with its middle left out where it is longer than ``limit``: both ends of a path tell something."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail - 1]}…{text[len(text) - tail :]}"


def listed(parts: Sequence[str], limit: int, between: str = ", ") -> str:
    """As many whole parts as ``limit`` characters hold, at least one, and how many more there are."""
    shown, length = 1, len(parts[0]) if parts else 0
    while shown < len(parts) and length + len(between) + len(parts[shown]) <= limit:
        length += len(between) + len(parts[shown])
        shown += 1
    more = [f"and {len(parts) - shown:,} more"] if len(parts) > shown else []
    return between.join([*(shortened(part, limit) for part in parts[:shown]), *more])


def number(count: int) -> str:
    """``1,234``."""
    return f"{count:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """``1 finding``, ``1,234 findings``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """A share in percent that never rounds up to all or down to nothing."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    figure = 100 * share
    return f"{figure:.1f} %" if figure < 10 and share > 0 else f"{figure:.0f} %" if figure < 99 or share == 1 else f"{figure:.1f} %"


def size(count: int) -> str:
    """Bytes in the decimal unit that leaves one to three digits before the point."""
    figure = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if figure < 1000:
            return f"{figure:,.0f} {unit}" if unit == "bytes" else f"{figure:,.1f} {unit}"
        figure /= 1000
    return f"{figure:,.1f} TB"


def clock(milliseconds: int) -> str:
    """``mm:ss.mmm``, with hours before it from the first hour on."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}.{rest:03}" if hours else f"{minute:02}:{second:02}.{rest:03}"


def day(when: date) -> str:
    """``22 November 2026``, whatever the locale."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def rate(share: float) -> str:
    """A small probability as so many in a power of ten: ``3 in 1,000``."""
    if share <= 0:
        return "0"
    zeros = 0
    while share * 10**zeros < 0.9995 and zeros < 300:
        zeros += 1
    scale = f"{10**zeros:,}" if zeros <= 9 else f"10^{zeros}"
    return f"{share * 10**zeros:.3g} in {scale}"


def chance(found: Chance) -> str:
    """How often one trial gives such a score where nothing was reused; what was not observed is called modelled."""
    trials = f"n = {found.n:,}"
    if found.basis == "modelled":
        return f"about {rate(found.per_trial)}, modelled beyond the {trials} trials observed; one trial is {printable(found.trial)}"
    return f"≤ {rate(found.per_trial)} observed ({trials}); one trial is {printable(found.trial)}"


def amount(match: Match) -> str:
    """How much was found again: words, seconds, or a share of a picture."""
    if match.modality is Modality.IMAGE:
        return f"{percent(match.coverage_of_item)} of the picture"
    length = sum(_length(segment) for segment in match.segments)
    if match.modality is Modality.AUDIO:
        return f"{length / 1000:,.1f} s"
    words = match.measures.get("words")
    return plural(int(words), "word") if isinstance(words, int | float) else plural(length, "character")


def _length(segment: Segment) -> int:
    """Of the item's side, in code points or milliseconds; 0 for a quadrilateral."""
    return segment.item[1] - segment.item[0] if len(segment.item) == 2 else 0


def shares(match: Match) -> str:
    """Which part of the work and which part of the item the match covers."""
    return f"{percent(match.coverage_of_work)} of the work, {percent(match.coverage_of_item)} of the item"


def shown(match: Match) -> str:
    """How a picture shows a work, in one line: ``shows 48 % of the work; the work covers 10 % of the item; mirrored; scaled to 31 %``."""
    altered = alteration(match).replace(", ", "; ")
    said = f"shows {percent(match.coverage_of_work)} of the work; the work covers {percent(match.coverage_of_item)} of the item"
    return f"{said}; {altered}" if altered else said


def alteration(match: Match) -> str:
    """What was done to the work before it came into the item, as far as it was measured; empty where it stands as it was."""
    return altered(match.measures)


def altered(measures: Mapping[str, float | str | bool]) -> str:
    """The same of the measures of a match, or of one region of it."""
    said = ["mirrored"] if measures.get("mirrored") else []
    said += ["tones inverted"] if measures.get("inverted") else []
    said += [_turned(turned)] if abs(turned := _amount(measures.get("rotated"), 0)) >= NOTICED_DEGREES else []
    said += [f"scaled to {100 * scaled:.0f} %"] if abs((scaled := _amount(measures.get("scaled"), 1)) - 1) >= NOTICED_SHARE else []
    tempos = ((name, _amount(measures.get(name), 1) - 1) for name in ("speed", "tempo"))
    said += [f"{name} {100 * changed:+.1f} %" for name, changed in tempos if abs(changed) >= NOTICED_TEMPO]
    said += [f"pitch {pitch:+.1f} semitones"] if abs(pitch := _amount(measures.get("pitch"), 0)) >= NOTICED_SEMITONES else []
    return ", ".join(said)


def _turned(degrees: float) -> str:
    """By how much, and which way round unless it is half a turn."""
    figure = f"{abs(degrees):.0f}"
    return f"turned by {figure}°{'' if figure == '180' else ' clockwise' if degrees > 0 else ' counter-clockwise'}"


def _amount(found: object, unchanged: float) -> float:
    return float(found) if isinstance(found, int | float) else unchanged


def places(segment: Segment) -> tuple[str, str]:
    """Where a segment stands in the item and in the work; characters are counted from 1, and both ends belong to it."""
    return _place(segment.unit, segment.item), _place(segment.unit, segment.work)


def _place(unit: str, where: tuple[Any, ...]) -> str:
    if unit == "px":
        across, down = [corner[0] for corner in where], [corner[1] for corner in where]
        return f"x {_span(min(across), max(across))}, y {_span(min(down), max(down))} px"
    start, stop = where
    return stretch(start, stop) if unit == "ms" else f"characters {_span(start + 1, stop)}"


def stretch(start: int, stop: int) -> str:
    """A stretch of time in milliseconds, by the clock."""
    return f"{clock(start)}\N{EN DASH}{clock(stop)}"


def _span(low: float, high: float) -> str:
    return f"{low:,.0f}\N{EN DASH}{high:,.0f}"


def value(found: object, limit: int = 300) -> str:
    """A fact's value: ``unknown``, ``yes``, ``no``, a figure, or a list with commas."""
    if found is None or isinstance(found, bool):
        return {None: "unknown", True: "yes", False: "no"}[found]
    if isinstance(found, float):
        return f"{found:.4g}"
    if isinstance(found, Mapping):
        return listed([f"{printable(name)}: {value(part)}" for name, part in found.items()], limit, "; ") or "none"
    if isinstance(found, list | tuple | set | frozenset):
        parts = sorted(found, key=str) if isinstance(found, set | frozenset) else found
        between = " · " if any(isinstance(part, Mapping) for part in parts) else ", "
        return listed([value(part) for part in parts], limit, between) or "none"
    return printable(found, limit)


def fact(name: str, found: object, limit: int = 300) -> str:
    """The value of the fact so named, or of a condition that so reads; the terms of licences are said in words."""
    return value(_termed(name, found), limit)


def _termed(name: str, found: object) -> object:
    if isinstance(found, Mapping):
        return {inner: _termed(inner, part) for inner, part in found.items()}
    if isinstance(found, list | tuple):
        return [_termed(name, part) for part in found]
    written = TERM.fullmatch(found) if isinstance(found, str) and re.search(r"\bterm\b", name) else None
    return term(*written.groups()) if written else found


def term(start: str | None, end: str | None) -> str:
    """A licence's first and last day in words; ``..`` is no limit, and nothing a limit that is not on record."""
    begins = {None: "start not on record", "..": "no start"}.get(start, f"from {start}")
    ends = {None: "end not on record", "..": "no end"}.get(end, f"to {end}")
    return f"{begins} {ends}" if begins.startswith("from") and ends.startswith("to") else f"{begins}, {ends}"
