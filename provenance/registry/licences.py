"""What a licence's id alone tells: a reading of the Creative Commons deeds that counsel may override term by term."""

from typing import Final

from provenance.model import Licence
from provenance.policy.facts import STAGES
from provenance.policy.territories import WORLD

ALL_RIGHTS_RESERVED: Final = "LicenseRef-All-Rights-Reserved"
NO_LICENCE: Final = "NONE"  # SPDX 2.3, 7.13: it is known that there is none
NO_STATEMENT: Final = "NOASSERTION"  # SPDX 2.3, 7.13: nobody has determined it

_ALL_STAGES: Final = frozenset(STAGES)
_WITHOUT_OUTPUT: Final = _ALL_STAGES - {"output"}


def _open(spdx: str, *, commercial: bool = True, derivatives: bool = True, attribution: bool = True) -> Licence:
    """A public licence: worldwide and for the whole term of copyright (CC 4.0 legal code, 2(a)(1) and 6(a)).

    NoDerivatives lets one make but not share adapted material (2(a)(1)(B)), and what a model puts out is seldom verbatim and whole, so that
    ``output`` is left out there. ShareAlike has no field of its own: it is in the id, and counsel reads it there. Compare Creative Commons'
    primer "Using CC-Licensed Works for AI Training" (May 2025), which calls its own guidance the most restrictive reading.
    """
    return Licence(
        id=spdx,
        uses=_ALL_STAGES if derivatives else _WITHOUT_OUTPUT,
        territories=frozenset({WORLD}),
        commercial=commercial,
        derivatives=derivatives,
        attribution_required=attribution,
        perpetual=True,
    )


_READINGS: Final = {
    licence.id.casefold(): licence
    for licence in (
        Licence(ALL_RIGHTS_RESERVED, uses=frozenset()),
        _open("CC0-1.0", attribution=False),
        _open("CC-BY-4.0"),
        _open("CC-BY-SA-4.0"),
        _open("CC-BY-NC-4.0", commercial=False),
        _open("CC-BY-NC-SA-4.0", commercial=False),
        _open("CC-BY-ND-4.0", derivatives=False),
        _open("CC-BY-NC-ND-4.0", commercial=False, derivatives=False),
    )
}

OPEN: Final = frozenset({"CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0"})
"""Licences that meet the Open Definition 2.1; works under them alone are recorded as openly licensed."""


def reading(identifier: str) -> Licence:
    """The licence of this id with the terms that the id implies; every term of an id that is not in the table is UNKNOWN.

    SPDX ids are matched without regard to case (SPDX 2.3, annex D.2) and come back as the table writes them.
    """
    return _READINGS.get(identifier.casefold(), Licence(identifier))
