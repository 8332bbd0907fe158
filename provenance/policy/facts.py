"""The fact schema: every name a rule may read, with its type, its meaning, and what it means that it is UNKNOWN."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from fingerprints.model import Kind, Modality
from provenance.claims.meaning import DataMining

UNKNOWN: Final = None
"""The value of a fact that nobody has established; ``null`` in YAML and JSON. It is never a member of an enumeration."""

LICENCE_PREFIX: Final = "licence."
"""Facts so named belong to one licence and are read inside ``some licence has (…)`` alone."""


class Type(StrEnum):
    """How a fact's value is written and compared."""

    BOOLEAN = "yes or no"
    COUNT = "whole number"
    NUMBER = "number"
    SHARE = "share from 0 to 1"
    ENUM = "one of a list"
    ENUM_SET = "set of a list"
    TEXT = "text"
    TERRITORIES = "set of territories"
    DATE = "date"
    TERM = "period of dates"

    @property
    def numeric(self) -> bool:
        """True if values are ordered amounts."""
        return self in {Type.COUNT, Type.NUMBER, Type.SHARE}

    @property
    def step(self) -> float:
        """The smallest difference between two thresholds that policies are tested for; 0 if values are no amounts."""
        return {Type.COUNT: 1.0, Type.SHARE: 0.01, Type.NUMBER: 0.5}.get(self, 0.0)

    @property
    def collection(self) -> bool:
        """True if a value holds several members."""
        return self in {Type.ENUM_SET, Type.TERRITORIES}


@dataclass(frozen=True, slots=True)
class FactType:
    """One fact that rules may read."""

    name: str
    type: Type
    phrase: str
    """How plain English names it: a noun phrase; for a yes-or-no fact a whole clause."""
    meaning: str
    source: str = ""
    """Who establishes it: measured, registry, metadata, user or counsel."""
    unknown: str = ""
    """What it means that the value is UNKNOWN."""
    unit: str = ""
    values: tuple[str, ...] = ()
    """The closed list of an enumeration."""
    may_be_empty: bool = True

    @property
    def of_licence(self) -> bool:
        """True if the fact belongs to one licence."""
        return self.name.startswith(LICENCE_PREFIX)


STAGES = ("train", "evaluate", "retrieve", "output")
WORK_TYPES = ("literary", "musical", "dramatic", "pictorial", "audiovisual", "sound-recording", "software", "database")
GENRES = (
    *("novel", "poem", "lyrics", "screenplay", "news", "reference", "article", "code", "photograph", "illustration"),
    *("comic", "logo", "composition", "recording", "film", "game", "other"),
)
GRADES = ("high", "medium", "low")
PURPOSES = (
    *("product", "internal", "research", "teaching", "scholarship"),
    *("news-reporting", "criticism", "comment", "parody", "search", "other"),
)
MECHANISMS = (
    *("robots-txt", "tdmrep", "http-header", "html-meta", "file-metadata"),
    *("ai-txt", "terms-of-service", "notice", "registry", "other"),
)
PROMPT_KINDS = ("none", "ordinary", "names-work", "quotes-work", "extraction")

_USER = "the user has not said (--facts)"
_IN_PROMPT = FactType("match.in_prompt", Type.BOOLEAN, "the passage stands in the prompt", "the output repeats what it was given")
_UNMEASURED = f"this version does not measure it, and {_USER}"
_NO_STATEMENT = "no picture, or its file states nothing of it that is in the vocabularies"
_TORN = "not a text, or its quotation marks are not in pairs"


def _from(source: str, unknown: str, *rows: FactType) -> tuple[FactType, ...]:
    """The rows with what they have in common: who establishes them, and what it means when nobody has."""
    return tuple(replace(row, source=row.source or source, unknown=row.unknown or unknown) for row in rows)


_MEASURED = _from(
    "measured",
    "not measured: the modality has no such measure, or nobody has looked",
    FactType("modality", Type.ENUM, "the modality", "the kind of medium", values=tuple(Modality)),
    FactType("match.kind", Type.ENUM, "the kind of match", "what the match rests on", values=tuple(Kind)),
    FactType("match.score", Type.SHARE, "the score of the match", "1 when the item is the work"),
    FactType("match.words", Type.COUNT, "the number of matched words", "words of aligned text", unit="words"),
    FactType("match.chars", Type.COUNT, "the number of matched characters", "code points of aligned text", unit="characters"),
    FactType("match.seconds", Type.NUMBER, "the matched duration", "aligned sound", unit="seconds"),
    FactType("match.area", Type.SHARE, "the share of the item's picture that matches", "aligned area of the item"),
    FactType("match.coverage_of_work", Type.SHARE, "the share of the work that reappears", "aligned part of the work"),
    FactType("match.coverage_of_item", Type.SHARE, "the share of the item that matches", "aligned part of the item"),
    FactType(
        "match.quoted",
        Type.BOOLEAN,
        "the passage is set off as a quotation",
        "every segment stands in quotation marks, in a block quotation or in markup that says so",
        unknown=_TORN,
    ),
    FactType(
        "match.cited",
        Type.BOOLEAN,
        "a source is named beside the passage",
        "a citation, a footnote mark, a name behind a dash or an address within 200 characters",
    ),
    FactType(
        "match.multiplicity",
        Type.COUNT,
        "the number of copies of the passage in the data",
        "at least half of one of its stretches stands so often in this audit, near-duplicates and other excerpts counted",
        unit="copies",
    ),
    FactType(
        "item.copyright_information_missing",
        Type.BOOLEAN,
        "the work's file carries copyright information and the item carries none",
        "of 17 U.S.C. 1202(c), in the metadata of the two files; who left it out, and why, is not measured",
        unknown="no picture, a lead, the work's file carries none, or the metadata of one was not read whole",
    ),
    replace(_IN_PROMPT, source="user", unknown=_UNMEASURED),
)
_REGISTRY = _from(
    "registry",
    "the registry does not say",
    FactType("work.type", Type.ENUM, "the type of the work", "a category of 17 U.S.C. 102(a), or a database", values=WORK_TYPES),
    FactType("work.genre", Type.ENUM, "the genre of the work", "what the work is", values=GENRES),
    FactType("work.creativity", Type.ENUM, "the creativity of the work", "as graded by counsel", source="counsel", values=GRADES),
    FactType("work.published", Type.BOOLEAN, "the work has been published", "with the rights holder's consent"),
    FactType(
        "work.public_domain_territories",
        Type.TERRITORIES,
        "the territories where the work is on record as public domain",
        "each with a recorded basis; empty if the work is in copyright everywhere",
    ),
    FactType("licence.id", Type.TEXT, "the id of the licence", "an SPDX expression or the number of an agreement"),
    FactType("licence.uses", Type.ENUM_SET, "the uses that the licence grants", "empty if it grants none", values=STAGES),
    FactType("licence.commercial", Type.BOOLEAN, "the licence extends to commercial use", "as agreed"),
    FactType("licence.derivatives", Type.BOOLEAN, "the licence extends to altered copies", "as agreed"),
    FactType("licence.territories", Type.TERRITORIES, "the territories of the licence", "WORLD if it has no limits"),
    FactType("licence.term", Type.TERM, "the term of the licence", "from the first to the last day; `..` is no limit"),
    FactType("licence.attribution_required", Type.BOOLEAN, "the licence asks for a credit line", "as agreed"),
    FactType("licence.attribution_given", Type.BOOLEAN, "the credit line is given", "in this use", source="user", unknown=_USER),
    FactType("reservation.tdm", Type.BOOLEAN, "text and data mining is reserved", "by any mechanism"),
    FactType("reservation.mechanism", Type.ENUM_SET, "the mechanisms of the reservation", "all that were seen", values=MECHANISMS),
)
_USE = _from(
    "user",
    _USER,
    FactType("acquisition.lawful_access", Type.BOOLEAN, "the copy was obtained by lawful access", "bought, licensed or openly offered"),
    FactType("acquisition.shadow_library", Type.BOOLEAN, "the copy came from a shadow library", "offered without the rights holders"),
    FactType("acquisition.date", Type.DATE, "the date of acquisition", "when this copy was obtained"),
    FactType("use.stage", Type.ENUM, "the stage of use", "what is done with the item", values=STAGES),
    FactType("use.commercial", Type.BOOLEAN, "the use is commercial", "of the model or of the output"),
    FactType("use.purpose", Type.ENUM, "the purpose of the use", "those that 17 U.S.C. 107 names, and products", values=PURPOSES),
    FactType("act.date", Type.DATE, "the date of the act", "when the copy was or will be made"),
    FactType("act.territories", Type.TERRITORIES, "the territories of the act", "where copies are made or offered", may_be_empty=False),
    FactType("output.model", Type.TEXT, "the model", "name and version of what made the output"),
    FactType("output.prompt_kind", Type.ENUM, "the kind of prompt", "how the output was called forth", values=PROMPT_KINDS),
    FactType("output.web_search", Type.BOOLEAN, "the model could search the web", "the output may then come from there"),
)
_METADATA = _from(
    "metadata",
    "none found beside the item or, of a picture, in it",
    FactType("item.licence", Type.TEXT, "the licence stated beside the item or in it", "verbatim: what the source says, no grant"),
    FactType("item.copyright_notice", Type.TEXT, "the copyright notice beside the item or in it", "verbatim"),
    FactType(
        "item.data_mining",
        Type.ENUM,
        "what the item's file says of data mining",
        "the strictest of what PLUS, C2PA, CAWG and TDMRep metadata in it state",
        unknown=_NO_STATEMENT,
        values=tuple(DataMining),
    ),
    FactType(
        "item.data_mining_claim",
        Type.TEXT,
        "the claim that says so of data mining",
        "its name and value, verbatim",
        unknown=_NO_STATEMENT,
    ),
)

FACTS: Final = {row.name: row for row in (*_MEASURED, *_REGISTRY, *_USE, *_METADATA)}
"""The schema by name, in the table's order."""
