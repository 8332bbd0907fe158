"""What claims mean for facts: the notice, the licence, the creators, data mining, and whether there is copyright information at all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from provenance.claims.gathered import BETWEEN, unread

NOTICE = ("dc:rights", "iptc:CopyrightNotice", "exif:Copyright", "tiff:Copyright", "png:Copyright", "schema:copyrightNotice")
LICENCE = (
    *("cc:license", "dcterms:license", "schema:license", "xmpRights:UsageTerms", "plus:TermsAndConditionsText"),
    *("xmpRights:WebStatement", "plus:TermsAndConditionsURL", "schema:usageInfo"),
)
CREATOR = (
    *("dc:creator", "plus:ImageCreatorName", "iptc:By-line", "exif:Photographer", "exif:Artist", "exif:XPAuthor", "tiff:Artist"),
    *("png:Author", "schema:author"),
)
OWNER = (
    *("xmpRights:Owner", "plus:CopyrightOwnerName", "dcterms:rightsHolder", "schema:copyrightHolder", "iptc:Credit", "photoshop:Credit"),
    *("schema:creditText", "cc:attributionName", "plus:LicensorName"),
)
TITLE = ("dc:title", "iptc:ObjectName", "exif:ImageTitle", "exif:XPTitle", "png:Title")
FURTHER_TERMS = (
    *("xmpRights:Marked", "plus:OtherConstraints", "plus:CreditLineRequired", "plus:LicensorURL", "cc:attributionURL"),
    *("cc:morePermissions", "iptc:SpecialInstructions", "photoshop:Instructions", "png:Disclaimer", "schema:acquireLicensePage"),
    *("Iptc4xmpExt:EncRightsExpr", "Iptc4xmpExt:LinkedRightsExpr", "tdm:policy"),
)
IDENTIFIER = (
    "dc:identifier",
    "plus:ImageSupplierImageID",
    "plus:CopyrightOwnerImageID",
    "plus:LicensorImageID",
    "Iptc4xmpExt:DigImageGUID",
)
COPYRIGHT_INFORMATION = frozenset((*NOTICE, *LICENCE, *CREATOR, *OWNER, *TITLE, *FURTHER_TERMS, *IDENTIFIER))
"""17 U.S.C. 1202(c): title (1), author (2), owner and notice (1, 3), terms of use (6), identifying numbers (7)."""


class DataMining(StrEnum):
    """What a file says of text and data mining, from the least to the strictest."""

    ALLOWED = "allowed"
    UNSPECIFIED = "unspecified"
    PROHIBITED_GENERATIVE_TRAINING = "prohibited-generative-training"
    PROHIBITED_TRAINING = "prohibited-training"
    PROHIBITED_EXCEPT_SEARCH = "prohibited-except-search"
    CONSTRAINED = "constrained"
    """Prohibited but on terms stated elsewhere; without these it "shall be treated as equivalent to notAllowed" (CAWG 1.1, 2.1)."""
    PROHIBITED = "prohibited"

    @property
    def reserves(self) -> bool:
        """Whether it keeps anything back."""
        return self not in {DataMining.ALLOWED, DataMining.UNSPECIFIED}


PLUS = {  # https://ns.useplus.org/LDF/ldf-XMPSpecification, Data Mining; last part of the value's address
    "DMI-UNSPECIFIED": DataMining.UNSPECIFIED,
    "DMI-ALLOWED": DataMining.ALLOWED,
    "DMI-PROHIBITED-AIMLTRAINING": DataMining.PROHIBITED_TRAINING,
    "DMI-PROHIBITED-GENAIMLTRAINING": DataMining.PROHIBITED_GENERATIVE_TRAINING,
    "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING": DataMining.PROHIBITED_EXCEPT_SEARCH,
    "DMI-PROHIBITED": DataMining.PROHIBITED,
}
PLUS_PROHIBITED = "DMI-PROHIBITED-"
"""With any other ending (SEECONSTRAINT, SEEEMBEDDEDRIGHTSEXPR, SEELINKEDRIGHTSEXPR) it says where to read on."""
TDM_RESERVATION = {"0": DataMining.UNSPECIFIED, "1": DataMining.PROHIBITED}  # https://www.w3.org/ns/tdmrep; not reserved is no permission
TRAINING_MINING = ".training-mining"
NOT_ALLOWED = {  # CAWG 1.1, 2.1, and C2PA 1.4 under its own prefix; any other entry reserves something else
    "data_mining": DataMining.PROHIBITED,
    "ai_training": DataMining.PROHIBITED_TRAINING,
    "ai_generative_training": DataMining.PROHIBITED_GENERATIVE_TRAINING,
}
_STRICTNESS = {value: rank for rank, value in enumerate(DataMining)}


@dataclass(frozen=True, slots=True)
class Mining:
    """What holds of data mining, and the claim that says so."""

    value: DataMining
    claim: str
    """Name and value, such as ``xmp:plus:DataMining = http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED``."""


@dataclass(frozen=True, slots=True)
class Creators:
    """Who made it, and the name of the claim that says so."""

    names: tuple[str, ...]
    claim: str


def copyright_notice(claims: Mapping[str, str]) -> str | None:
    """The notice, verbatim, from where the standards want it before where it is only put."""
    return next((value for _, value in _stated(claims, NOTICE)), None)


def licence(claims: Mapping[str, str]) -> str | None:
    """The licence or the terms of use, verbatim: an address of a licence before a text, a text before a page to look at."""
    return next((value for _, value in _stated(claims, LICENCE)), None)


def creators(claims: Mapping[str, str]) -> Creators | None:
    """The creators by the first claim that names any."""
    for name, value in _stated(claims, CREATOR):
        if names := tuple(filter(None, (each.strip() for each in value.split(";")))):
            return Creators(names, name)
    return None


def copyright_information(claims: Mapping[str, str]) -> bool | None:
    """Whether the file carries copyright management information in its metadata; None if none was found and not all could be read."""
    mining = data_mining(claims)
    if any(_property(name) in COPYRIGHT_INFORMATION for name in claims) or (mining and mining.value is not DataMining.UNSPECIFIED):
        return True
    return None if unread(claims) else False


def data_mining(claims: Mapping[str, str]) -> Mining | None:
    """The strictest of what is stated of data mining; None where nothing is, or nothing that is in the vocabularies."""
    return max(_minings(claims), key=lambda mining: _STRICTNESS[mining.value], default=None)


def _minings(claims: Mapping[str, str]) -> Iterator[Mining]:
    for name, value in claims.items():
        if name.startswith("c2pa:") and TRAINING_MINING + ":" in name:
            found: DataMining | None = _entry(claims, name, value)
        elif _property(name) == "plus:DataMining":
            found = max(filter(None, map(_plus, value.split(BETWEEN))), key=_STRICTNESS.__getitem__, default=None)
        elif _property(name) == "tdm:reservation":
            found = max(filter(None, map(TDM_RESERVATION.get, value.split(BETWEEN))), key=_STRICTNESS.__getitem__, default=None)
        else:
            continue
        if found:
            yield Mining(found, f"{name} = {value}")


def _plus(value: str) -> DataMining | None:
    """A value of PLUS's vocabulary, by its address or its key alone."""
    key = value.strip().rpartition("/")[2].upper()
    return PLUS.get(key) or (DataMining.CONSTRAINED if key.startswith(PLUS_PROHIBITED) else None)


def _entry(claims: Mapping[str, str], name: str, value: str) -> DataMining | None:
    """What one entry of a training and data mining assertion says; only all three that concern mining and training allow it together."""
    assertion, _, entry = name.rpartition(":")
    if entry == "constraints":
        return None
    kind = entry.rpartition(".")[2]
    uses = set(value.split(BETWEEN))
    if uses == {"allowed"}:
        prefix = entry.removesuffix(kind)
        whole = all(claims.get(f"{assertion}:{prefix}{each}") == "allowed" for each in NOT_ALLOWED)
        return DataMining.ALLOWED if whole else DataMining.UNSPECIFIED
    return NOT_ALLOWED.get(kind, DataMining.CONSTRAINED) if "notAllowed" in uses else DataMining.CONSTRAINED


def _stated(claims: Mapping[str, str], properties: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Name and value of each claim of one of the properties, in the order of the properties."""
    for wanted in properties:
        yield from ((name, value) for name, value in sorted(claims.items()) if value and _property(name) == wanted)


def _property(name: str) -> str:
    """What a claim is of, whichever kind of metadata says it; empty for what stands beside a file, whose names have no namespace."""
    namespace, _, rest = name.partition(":")
    if namespace == "xmp":
        return rest
    if namespace != "c2pa":
        return name if rest else ""
    assertion, _, own = rest.partition(":")
    return f"schema:{own}" if assertion.endswith("CreativeWork") else own
