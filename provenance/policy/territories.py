"""Territories as rules compare them: ISO 3166-1 alpha-2 codes, ``WORLD``, and ``EU`` written out as its member states."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from difflib import get_close_matches

WORLD = "WORLD"
EU = "EU"

_EU_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_ISO_3166 = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG
CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL
GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA
LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP
NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""

EU_MEMBERS = frozenset(_EU_MEMBERS.split())
"""Since 2020-02-01, when the United Kingdom left."""

ISO_3166 = frozenset(_ISO_3166.split())
"""The 249 officially assigned codes (ISO 3166-1, as in the tz database of 2026)."""

USUAL_MISTAKES = {"UK": "GB", "EL": "GR", "USA": "US", "WW": WORLD, "WORLDWIDE": WORLD, "GLOBAL": WORLD}


def territory_problem(code: str) -> tuple[str, str] | None:
    """What is wrong with a code, and what was probably meant; None for a code that exists."""
    if code in ISO_3166 or code in {WORLD, EU}:
        return None
    upper = code.upper()
    known = sorted(ISO_3166 | {WORLD, EU})
    close = [upper] if upper in known else get_close_matches(upper, known, 1)
    meant = USUAL_MISTAKES.get(upper) or next(iter(close), "")
    hint = (
        f'did you mean "{meant}"?' if meant else "territories are ISO 3166-1 alpha-2 codes such as US, EU for its member states, or WORLD"
    )
    return f'no territory has the code "{code}"', hint


def expanded(codes: Iterable[str]) -> frozenset[str]:
    """The same territories with ``EU`` written out as its members, so that a licence for the EU covers an act in Germany."""
    given = frozenset(codes)
    return (given - {EU}) | EU_MEMBERS if EU in given else given


def covers(outer: AbstractSet[str], inner: AbstractSet[str]) -> bool:
    """Whether every territory of ``inner`` lies in ``outer``; ``WORLD`` lies only in ``WORLD``."""
    return WORLD in outer or inner <= outer
