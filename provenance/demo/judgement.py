"""Whether an audit of the demo's material found what was planted there, and nothing else."""

from collections.abc import Iterable, Sequence

from provenance.demo.expected import Expected, Outcome
from provenance.model import Finding, Place


def differences(expected: Sequence[Expected], findings: Iterable[Finding]) -> tuple[str, ...]:
    """A sentence for each planted passage that is no finding, and for each finding or lead that nobody planted; none if all is well."""
    found = {(place, finding.work.id): finding for finding in findings for place in finding.occurrences}
    planted = [row for row in expected if row.outcome is Outcome.FINDING]
    lost = [row for row in planted if not any(_meant(row, place, work) for place, work in found)]
    other = [(place, work) for place, work in found if not any(_meant(row, place, work) for row in planted)]
    return (
        *(f"not found: {row.work} in {row.path}{'' if row.record is None else f'#{row.record}'} ({row.reuse})" for row in lost),
        *(f"not planted: {work} in {place.locator} ({found[place, work].match.kind})" for place, work in other),
    )


def _meant(row: Expected, place: Place, work: str) -> bool:
    """Whether a place of an audit, whose paths begin where the command line says, is the row's."""
    return row.work == work and row.record == place.record and f"/{place.path}".endswith(f"/{row.path}")
