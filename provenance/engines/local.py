"""A pool of processes on this machine: a unit that kills its worker costs that unit, not the audit.

Not ``concurrent.futures``: its pool breaks as a whole when one process dies and cannot say which unit killed it, and it waits for running
units when a run is given up (both as of Python 3.13). Here each worker has a pipe of its own, so that a death has one culprit.
"""

import os
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import TypeAlias

from provenance.engines.memory import limited, own_memory
from provenance.engines.quarantine import DEATHS, died
from provenance.engines.task import ScanTask
from provenance.errors import CapabilityError, UsageError
from provenance.model import PieceResult, Unit, UnitResult

OnPiece: TypeAlias = Callable[[Unit, PieceResult, bool], PieceResult]
"""Told each piece's result as it comes, and whether it was known already; gives what is to be kept of it until its unit is finished."""
AHEAD = 2  # units that a worker holds: one at work and one that waits, so that it never idles while the caller looks at a result
SMALL, MANY = 1 << 20, 32  # bytes of units, so small that a worker holds up to so many of them: handing one over costs 0.2 ms
TOLD = 0.05  # seconds after which a worker tells what it has, so that a killed run loses no more than the pieces at work
PATIENCE = 2.0  # seconds that a worker has to go when it is told to; then it is killed
FALSE_STARTS = 3  # in a row, after which the machine and not the data must be at fault
READY = "ready"
LEAST_MEMORY = 256 << 20  # bytes of a worker: libraries that cannot allocate 80 MB try again without end
FULL = 0.6  # of its memory: a worker that has grown so large is replaced when it has finished its units
SINGLE_THREADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""One worker, one thread: libraries that start a thread per core in each worker take turns at the same cores."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a worker says of the unit at work."""

    pieces: tuple[tuple[PieceResult, bool], ...]
    finished: bool
    memory: int
    """Bytes of its own beside what it began with; 0 where that is not bounded."""


def run(
    units: Sequence[Unit], task: ScanTask, jobs: int, on_piece: OnPiece | None = None, *, most_memory: int | None = None
) -> Iterator[UnitResult]:
    """One result per unit, in the order in which they come.

    ``jobs`` workers are started, even a single one, since decoders crash on hostile files; 0 scans in this process (for debuggers).
    ``most_memory`` bytes are shared among the workers beside the index, which they map. Exceptions of a worker are raised here, with its
    traceback as a note; closing the iterator, or Ctrl-C, ends all workers at once.
    """
    tell = on_piece or (lambda _unit, result, _known: result)
    if most_memory and jobs and most_memory // jobs < LEAST_MEMORY:
        remedy = f"give at least {LEAST_MEMORY >> 20} MB a worker, or fewer --jobs"
        raise UsageError(f"--max-memory leaves {most_memory // jobs >> 20} MB for each of {jobs} workers", remedy)
    if jobs == 0:
        yield from _here(units, task, tell)
    else:
        yield from _Pool(task, min(jobs, len(units)), tell, most_memory // jobs if most_memory else None).run(units)


def _here(units: Sequence[Unit], task: ScanTask, tell: OnPiece) -> Iterator[UnitResult]:
    scan = task.opened()
    for unit in units:
        trial = _Trial(unit)
        for result, known in scan(unit):
            trial.pieces.append((tell(unit, result, known), known))
        yield trial.result()


@dataclass(slots=True)
class _Trial:
    """A unit, and how many workers have died of it."""

    unit: Unit
    deaths: int = 0
    pieces: list[tuple[PieceResult, bool]] = field(default_factory=list)

    def result(self) -> UnitResult:
        """What its pieces gave."""
        return UnitResult(self.unit, tuple(piece for piece, _ in self.pieces), sum(known for _, known in self.pieces))


class _Worker:
    """A process and the pipe to it; ``held`` are its units, the one at work first."""

    def __init__(self, task: ScanTask, most_memory: int | None) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, task, most_memory), daemon=True)
        self.held: deque[_Trial] = deque()
        self.ready = self.full = False
        with _child_settings():
            self.process.start()
        theirs.close()

    def has_room(self, ahead: int) -> bool:
        """True if it may be given one more unit: up to ``ahead`` of them, or, of small ones, many."""
        if self.full:
            return False
        small = ahead == AHEAD and len(self.held) < MANY and sum(trial.unit.source.size for trial in self.held) < SMALL
        return small or len(self.held) < ahead

    def give(self, trial: _Trial) -> None:
        """Hands over a unit; a dead worker is noticed when it is next listened to."""
        self.held.append(trial)
        with suppress(OSError):
            self.pipe.send(trial.unit)

    def message(self) -> object:
        """What the worker says: that it is ready, a result, or the exception that ended it; None if it is dead."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):  # OSError: it died while it spoke
            return None

    def end(self) -> int | None:
        """Ends the process, at once if it is at work; gives its exit status."""
        self.pipe.close()
        if self.held:
            self.process.terminate()
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        return self.process.exitcode


class _Pool:
    """Workers, the units that wait for one, and those that have killed one."""

    def __init__(self, task: ScanTask, size: int, tell: OnPiece, memory: int | None) -> None:
        self._task, self._size, self._tell, self._memory = task, size, tell, memory
        self._workers: list[_Worker] = []
        self._waiting: deque[_Trial] = deque()
        self._suspects: deque[_Trial] = deque()
        self._false_starts = 0

    def run(self, units: Sequence[Unit]) -> Iterator[UnitResult]:
        """One result per unit."""
        self._waiting.extend(map(_Trial, units))
        try:
            while self._hand_out():
                listened = wait([worker.pipe for worker in self._workers])
                for worker in [worker for worker in self._workers if worker.pipe in listened]:
                    yield from self._hear(worker)
        finally:
            for worker in self._workers:
                worker.end()

    def _hand_out(self) -> bool:
        """Gives units to workers, starting those that are missing; False when nothing is left to do."""
        if not self._waiting and not self._busy():
            self._waiting.extend([self._suspects.popleft()] if self._suspects else [])
        while len(self._workers) < self._size and len(self._waiting) > sum(not worker.held for worker in self._workers):
            self._workers.append(_Worker(self._task, self._memory))
        for ahead in range(1, AHEAD + 1):
            for worker in self._workers:
                while self._waiting and worker.has_room(ahead) and self._spare(worker):
                    worker.give(self._waiting.popleft())
        return self._busy()

    def _spare(self, worker: _Worker) -> bool:
        """True unless another worker could begin the unit sooner: near the end nobody keeps more than the one at work."""
        held = len(worker.held)
        return not held or len(self._waiting) > (self._size if held < AHEAD else MANY * self._size)

    def _busy(self) -> bool:
        return any(worker.held for worker in self._workers)

    def _hear(self, worker: _Worker) -> Iterator[UnitResult]:
        message = worker.message()
        if isinstance(message, BaseException):
            raise message
        if isinstance(message, Told):
            yield from self._listen(worker, message)
        elif message == READY:
            worker.ready, self._false_starts = True, 0
        else:
            yield from self._bury(worker)

    def _listen(self, worker: _Worker, told: Told) -> Iterator[UnitResult]:
        """Takes what a worker has to say of its unit; one that has grown too large is sent home when it has nothing left to do."""
        trial = worker.held[0]
        for result, known in told.pieces:
            trial.pieces.append((self._tell(trial.unit, result, known), known))
        if not told.finished:
            return
        worker.held.popleft()
        worker.full = self._memory is not None and told.memory > FULL * self._memory
        yield trial.result()
        if worker.full and not worker.held:
            self._workers.remove(worker)
            worker.end()

    def _bury(self, worker: _Worker) -> Iterator[UnitResult]:
        """Removes a dead worker; what it was working on is tried again alone, or given up."""
        self._workers.remove(worker)
        status = worker.end()
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts == FALSE_STARTS:
                raise CapabilityError(
                    f"worker processes cannot start (exit status {status})", "run with --jobs 1; standard error says why a process ended"
                )
        elif worker.held:
            trial = worker.held.popleft()
            trial.deaths += 1
            if trial.deaths < DEATHS:
                self._suspects.append(_Trial(trial.unit, trial.deaths))
            else:
                yield died(trial.unit, self._task.settings)
        self._waiting.extendleft(reversed(worker.held))


@contextmanager
def _child_settings() -> Iterator[None]:
    """While a process is started: it inherits one thread per library, and SIGINT blocked until it ignores it."""
    before = {name: os.environ.get(name) for name in SINGLE_THREADED}
    os.environ.update(dict.fromkeys(SINGLE_THREADED, "1"))
    resource_tracker.ensure_running()  # it unblocks SIGINT when it is started, so it is started before
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _postponed_interrupt():
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _postponed_interrupt() -> Iterator[None]:
    """While a process is started, which ends with a traceback when it is told half of what it needs.

    The mask does not suffice: the signal may reach a thread of a library, and Python then interrupts the main thread all the same.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    caught = list[int]()
    signal.signal(signal.SIGINT, lambda number, _frame: caught.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if caught:
        raise KeyboardInterrupt


def _work(pipe: Connection, task: ScanTask, most_memory: int | None) -> None:
    """A worker's life: units in, results of their pieces out, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with _Confession(pipe):
        scan = task.opened()
        begun = own_memory() if most_memory else 0
        limited(most_memory)
        pipe.send(READY)
        while True:
            try:
                unit = pipe.recv()
            except (EOFError, ConnectionResetError):  # reset: the parent was killed before it had read a result
                return
            _tell(pipe, scan(unit), begun)


def _tell(pipe: Connection, results: Iterator[tuple[PieceResult, bool]], begun: int) -> None:
    """Sends home what the pieces of a unit give, at the latest every TOLD seconds."""
    waiting, told = list[tuple[PieceResult, bool]](), time.monotonic()
    for result in results:
        waiting.append(result)
        if time.monotonic() - told > TOLD:
            pipe.send(Told(tuple(waiting), finished=False, memory=0))
            waiting, told = [], time.monotonic()
    pipe.send(Told(tuple(waiting), finished=True, memory=own_memory() - begun if begun else 0))


def _end_with_parent() -> None:
    """Ends this process when its parent dies, in the middle of a unit too: a killed audit leaves no process at work behind."""
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)


class _Confession:
    """Sends home what ends a worker, with its traceback; running out of memory counts as dying."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if error is None or isinstance(error, MemoryError):
            return False
        if not isinstance(error, BrokenPipeError):  # the parent is gone, and nobody is left to tell
            error.add_note("".join(traceback.format_exception(kind, error, trace)))
            self._pipe.send(error)
        return True
