"""The error rates that an audit cites: what each scheme it used was measured to report where nothing was reused."""

from collections.abc import Iterable

from fingerprints import calibration
from fingerprints.model import Modality
from fingerprints.schemes import SCHEMES
from provenance.model import ErrorRate


def error_rates(modalities: Iterable[Modality]) -> tuple[ErrorRate, ...]:
    """The rates of findings (leads apart), in the order of the table of schemes."""
    wanted = set(modalities)
    return tuple(_rate(modality) for modality in SCHEMES if modality in wanted)


def _rate(modality: Modality) -> ErrorRate:
    scheme = SCHEMES[modality]
    measured = calibration.read(scheme.module, scheme.name)
    false = measured.false_matches["finding"]
    upper = calibration.upper_95(false, measured.n)
    population = f"{measured.population}. {measured.selection}" if measured.selection else measured.population
    return ErrorRate(measured.scheme, modality, measured.trial, measured.n, false, upper, population, measured.date)
