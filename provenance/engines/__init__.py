"""Engines move units to workers and results back; they never read and never decide."""

from collections.abc import Iterator, Sequence

from provenance.engines import local
from provenance.engines.local import OnPiece
from provenance.engines.task import ScanTask
from provenance.errors import UsageError
from provenance.model import Unit, UnitResult
from provenance.options import Options


def run(units: Sequence[Unit], task: ScanTask, options: Options, on_piece: OnPiece) -> Iterator[UnitResult]:
    """One result per unit, in the order in which they come, from the engine that the options name."""
    if options.engine == "ray":
        if options.most_memory:
            raise UsageError("--max-memory bounds workers of this machine", "bound those of a cluster where it is set up (docs/cluster.md)")
        from provenance.engines.ray import run as run_on_ray

        return run_on_ray(units, task, options.address, on_piece, jobs=options.jobs)
    return local.run(units, task, options.jobs, on_piece, most_memory=options.most_memory)
