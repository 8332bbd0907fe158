"""Ray tasks, on this machine or a cluster: a lost node costs nothing, a unit that kills its workers costs itself.

Core tasks over our own units, not Ray Data: the same function scans as on one machine, and an error stays with the item that made it. Not
actors: Ray places tasks on nodes as these come and go, and starts dead workers anew, which a pool of actors would have to be taught. The
retries are ours, since Ray's do not tell a node that was lost from a unit that kills its worker.
"""

import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeAlias

from provenance import __version__
from provenance.engines.local import FALSE_STARTS, MANY, SINGLE_THREADED, SMALL, OnPiece
from provenance.engines.quarantine import DEATHS, died
from provenance.engines.shipment import Parcel, at_hand, packed, unpacked
from provenance.engines.task import ScanTask
from provenance.errors import CapabilityError, UsageError
from provenance.model import PieceResult, Unit, UnitResult

AHEAD: Final = 2  # tasks for each CPU of the cluster: one at work and one that waits; those that wait make an autoscaler start nodes
FEWEST: Final = 4  # tasks, also while a cluster has no CPU yet
LOOK: Final = 5.0  # seconds after which the cluster's CPUs are counted again
TOLD: Final = 2.0  # seconds after which a task tells what it has; telling costs the worker 1-2 ms
UNHEARD: Final = 16  # messages of a task that may wait for the driver: then the task waits
LOSSES: Final = 5  # nodes that a unit may lose before it is suspected of taking them down
STORE: Final = 512 << 20  # bytes of shared memory for results on a Ray of our own
ANSWER: Final = 10.0  # seconds that a cluster has to answer at its address
REMEDY: Final = "install the same version of provenance-audit on every node; see docs/cluster.md"
BEGUN: Final = "begun"
OUT_OF_REACH: Final = "out of reach"

Told: TypeAlias = tuple[tuple[PieceResult, bool] | None, ...]
"""The pieces of a task's units in order, and whether each was known; None after the last piece of a unit."""


def run(
    units: Sequence[Unit], task: ScanTask, address: str | None = None, on_piece: OnPiece | None = None, *, jobs: int | None = None
) -> Iterator[UnitResult]:
    """One result per unit, in the order in which they come.

    ``address`` is that of a cluster (``auto``: the one that this machine belongs to); without one, a Ray of our own is started on this
    machine with ``jobs`` workers (None: one per CPU) and ended afterwards. If the caller is connected to a Ray already, that one is used.
    Exceptions of the scan are raised here as themselves. Closing the iterator, or Ctrl-C, cancels everything.
    Raises CapabilityError if Ray is not installed, cannot be reached, or cannot run the scan.
    """
    ray = _library()
    with _connected(ray, address, jobs):
        yield from _Flight(ray, task, on_piece or (lambda _unit, result, _known: result)).run(units)


# --- the driver --------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Trial:
    """Units in one task, and what became of it."""

    units: deque[Unit]
    """Those that are not finished, the one at work first."""
    deaths: int = 0
    losses: int = 0
    begun: bool = False
    pieces: list[tuple[PieceResult, bool]] = field(default_factory=list)
    """Of the unit at work."""

    def again(self, deaths: int = 0, losses: int = 0) -> "_Trial":
        """What is not finished, from its beginning."""
        return _Trial(self.units, self.deaths + deaths, self.losses + losses)

    def finish(self) -> UnitResult:
        """The result of the unit at work."""
        pieces, self.pieces = self.pieces, []
        return UnitResult(self.units.popleft(), tuple(piece for piece, _ in pieces), sum(known for _, known in pieces))


class _Flight:
    """Tasks in flight, units that wait, and those that are suspected of killing workers."""

    def __init__(self, ray: ModuleType, task: ScanTask, tell: OnPiece) -> None:
        self._ray, self._task, self._tell = ray, task, tell
        self._flying: dict[Any, _Trial] = {}
        self._waiting: deque[_Trial] = deque()
        self._suspects: deque[_Trial] = deque()
        self._false_starts = 0
        self._width, self._looked = FEWEST, -LOOK
        self._order = ray.put(_Order(task, str(Path.cwd())))
        self._shipped = False
        self._work = ray.remote(
            num_cpus=1,
            max_retries=0,
            num_returns="streaming",
            _generator_backpressure_num_objects=UNHEARD,
            runtime_env={"env_vars": dict.fromkeys(SINGLE_THREADED, "1")},
        )(_work)

    def run(self, units: Sequence[Unit]) -> Iterator[UnitResult]:
        """One result per unit."""
        self._waiting.extend(_batches(units))
        try:
            while self._launch():
                for stream in self._speaking():
                    yield from self._hear(stream)
        except self._ray.exceptions.RayError as error:
            raise CapabilityError(f"Ray cannot run the scan: {_first_line(error)}", REMEDY) from error
        finally:
            for stream in self._flying:
                self._ray.cancel(stream, force=True)

    def _launch(self) -> bool:
        """Submits tasks while there is room; a suspect only on its own. False when nothing is left to do."""
        if not self._waiting and not self._flying and self._suspects:
            self._waiting.append(self._suspects.popleft())
        if time.monotonic() - self._looked > LOOK:
            self._width = max(FEWEST, AHEAD * int(self._ray.cluster_resources().get("CPU", 0)))
            self._looked = time.monotonic()
        while self._waiting and len(self._flying) < self._width:
            trial = self._waiting.popleft()
            self._flying[self._work.remote(__version__, [self._order], tuple(trial.units))] = trial
        return bool(self._flying)

    def _speaking(self) -> list[Any]:
        """The tasks that have something to say; waits for the first of them."""
        flying = list(self._flying)
        ready, _ = self._ray.wait(flying, num_returns=1, timeout=LOOK, fetch_local=False)
        if ready and len(flying) > 1:
            ready, _ = self._ray.wait(flying, num_returns=len(flying), timeout=0, fetch_local=False)
        return list(ready)

    def _hear(self, stream: Any) -> Iterator[UnitResult]:  # noqa: ANN401 - Ray's type cannot be named without importing it
        """Takes one message of a task, or its end."""
        trial, errors = self._flying[stream], self._ray.exceptions
        try:
            message = self._ray.get(next(stream))
        except StopIteration:
            del self._flying[stream]
            if trial.units:  # the index was out of its reach
                self._waiting.appendleft(trial.again())
        except errors.RayTaskError as error:
            del self._flying[stream]
            if not isinstance(error.cause, MemoryError):
                raise _itself(error) from None
            yield from self._bury(trial)
        except (errors.WorkerCrashedError, errors.OutOfMemoryError):
            del self._flying[stream]
            yield from self._bury(trial)
        except (errors.NodeDiedError, errors.LocalRayletDiedError, errors.ObjectLostError):
            del self._flying[stream]
            self._repeat(trial)
        else:
            yield from self._take(trial, message)

    def _take(self, trial: _Trial, message: str | Told) -> Iterator[UnitResult]:
        if message == BEGUN:
            trial.begun, self._false_starts = True, 0
        elif message == OUT_OF_REACH:
            self._ship()
        else:
            for piece in message:
                if isinstance(piece, tuple):
                    result, known = piece
                    trial.pieces.append((self._tell(trial.units[0], result, known), known))
                else:
                    yield trial.finish()

    def _bury(self, trial: _Trial) -> Iterator[UnitResult]:
        """Tries the units of a task whose worker has died again: several each on its own, a single one while nothing else is at work."""
        if not trial.begun:
            self._false_starts += 1
            if self._false_starts > max(FALSE_STARTS, self._width):
                raise CapabilityError("worker processes of Ray end before they begin", f"see Ray's logs on the nodes; {REMEDY}")
            self._waiting.appendleft(trial.again())
        elif len(trial.units) > 1:
            self._waiting.extendleft(_Trial(deque([unit])) for unit in reversed(trial.units))
        elif trial.deaths + 1 < DEATHS:
            self._suspects.append(trial.again(deaths=1))
        else:
            yield died(trial.units[0], self._task.settings)

    def _repeat(self, trial: _Trial) -> None:
        """Tries units again that were on a lost node, which is not their fault; if it happens time and again, each on its own."""
        if trial.losses + 1 < LOSSES:
            self._waiting.appendleft(trial.again(losses=1))
        else:
            self._suspects.extend(_Trial(deque([unit]), max(trial.deaths, 1)) for unit in trial.units)

    def _ship(self) -> None:
        """Puts the index into Ray's object store, from which each node that cannot reach it takes it once."""
        if not self._shipped:
            self._order = self._ray.put(_Order(self._task, str(Path.cwd()), packed(self._task.shards, self._ray.put)))
            self._shipped = True


def _batches(units: Sequence[Unit]) -> Iterator[_Trial]:
    """The units, small neighbours together: a task costs about 5 ms, which is as much as scanning a small file."""
    batch, size = deque[Unit](), 0
    for unit in units:
        if batch and (len(batch) == MANY or size + unit.source.size > SMALL):
            yield _Trial(batch)
            batch, size = deque(), 0
        batch.append(unit)
        size += unit.source.size
    if batch:
        yield _Trial(batch)


def _itself(error: Any) -> BaseException:  # noqa: ANN401 - as above
    """The exception that a task raised, with its traceback as a note."""
    cause: BaseException = error.cause
    if isinstance(cause, ImportError):
        return CapabilityError(f"a node cannot load the scan: {cause}", REMEDY)
    cause.add_note(str(error))
    return cause


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line), type(error).__name__)


def _library() -> ModuleType:
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise CapabilityError(f"Ray cannot be loaded: {error}", "pip install 'provenance-audit[ray]'") from error
    library: ModuleType = ray
    return library


@contextmanager
def _connected(ray: ModuleType, address: str | None, jobs: int | None) -> Iterator[None]:
    """While it is open this process is connected to Ray; what was started here is ended."""
    if ray.is_initialized():
        yield
        return
    if address:
        _check(address)
    # "local" is said, since ray.init() without an address joins whatever cluster a stale file in /tmp names
    own = {"address": "local", "num_cpus": jobs, "include_dashboard": False, "object_store_memory": STORE}
    try:
        with _no_usage_statistics():
            ray.init(**({"address": address} if address else own), log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        where = f"no Ray cluster can be reached at {address}" if address else "Ray cannot be started on this machine"
        raise CapabilityError(f"{where}: {_first_line(error)}", "see 'ray status'; --engine local needs no Ray") from error
    # It tells of dead workers on standard output, which is the report's alone; Ray's own debugger switches that off in the same way
    ray._private.worker._worker_logs_enabled = False  # noqa: SLF001
    try:
        yield
    finally:
        ray.shutdown()


def _check(address: str) -> None:
    """Raises UsageError for an address that the engine cannot use, CapabilityError where nobody answers: Ray would try for minutes."""
    if address.startswith("ray://"):
        remedy = "run the audit on the cluster: ray job submit -- provenance audit … --engine ray --address auto"
        raise UsageError(f"--address {address}: the audit cannot run through Ray Client", remedy)
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        try:
            socket.create_connection((host, int(port)), ANSWER).close()
        except OSError as error:
            raise CapabilityError(f"no Ray cluster answers at {address}: {error}", "see 'ray status' on its head node") from error


@contextmanager
def _no_usage_statistics() -> Iterator[None]:
    """Ray reports usage to its makers unless this says no."""
    name = "RAY_USAGE_STATS_ENABLED"
    before = os.environ.get(name)
    os.environ[name] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


# --- the workers -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Order:
    """What a worker is told once."""

    task: ScanTask
    folder: str
    """In which the driver runs: relative paths start there."""
    parcels: tuple[Parcel, ...] | None = None
    """The index for nodes that do not reach it; None until one of them asks."""


class _OutOfReachError(Exception):
    """The index has to be shipped."""


def _work(version: str, order: Sequence[Any], units: Sequence[Unit]) -> Iterator[str | Told]:
    """Says that it has begun, then what the pieces of the units give: at the end, or every TOLD seconds."""
    if version != __version__:
        raise CapabilityError(f"a node has provenance-audit {__version__}, not {version}", REMEDY)
    try:
        scan = _opened(order[0])
    except _OutOfReachError:
        yield OUT_OF_REACH
        return
    yield BEGUN
    waiting, told = list[tuple[PieceResult, bool] | None](), time.monotonic()
    for unit in units:
        for piece in scan(unit):
            waiting.append(piece)
            if time.monotonic() - told > TOLD:
                yield tuple(waiting)
                waiting, told = [], time.monotonic()
        waiting.append(None)
    yield tuple(waiting)


@lru_cache(maxsize=1)
def _opened(order: Any) -> Callable[[Unit], Iterator[tuple[PieceResult, bool]]]:  # noqa: ANN401 - as above
    """The scan that an order asks for; its scanners stay open for the next task of this process."""
    ray = _library()
    ordered: _Order = ray.get(order)
    with suppress(OSError):  # where the driver's folder is not shared, relative paths are unreadable, and say so
        os.chdir(ordered.folder)
    task = ordered.task
    if not at_hand(task.shards):
        if ordered.parcels is None:
            raise _OutOfReachError
        home = unpacked(ordered.parcels, ray.get)
        task = replace(
            task, shards={modality: tuple(home / folder.name for folder in folders) for modality, folders in task.shards.items()}
        )
    return task.opened()
