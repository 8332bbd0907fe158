"""A pool of processes on this machine: a unit that kills its worker costs that unit, not the audit.

Not ``concurrent.futures``: its pool breaks as a whole when one process dies and cannot say which unit killed it, and it waits for running
units when a run is given up (both as of Python 3.13). Here each worker has a pipe of its own, so that a death has one culprit.
"""

import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import TypeAlias

from provenance.engines.task import ScanTask
from provenance.errors import CapabilityError
from provenance.matching import OTHER
from provenance.model import Unit, UnitResult, Unread

Progress: TypeAlias = Callable[[UnitResult], None]
AHEAD = 2  # units that a worker holds: one at work and one that waits, so that it never idles while the caller looks at a result
DEATHS = 2  # after so many a unit is unread; the second trial runs alone, so that a neighbour's hunger for memory is not blamed on it
PATIENCE = 2.0  # seconds that a worker has to go when it is told to; then it is killed
FALSE_STARTS = 3  # in a row, after which the machine and not the data must be at fault
READY = "ready"
SINGLE_THREADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""One worker, one thread: libraries that start a thread per core in each worker take turns at the same cores."""


def run(units: Sequence[Unit], task: ScanTask, jobs: int, progress: Progress | None = None) -> Iterator[UnitResult]:
    """One result per unit, in the order in which they come.

    ``jobs`` workers are started, even a single one, since decoders crash on hostile files; 0 scans in this process (for debuggers).
    Exceptions of a worker are raised here, with its traceback as a note; closing the iterator, or Ctrl-C, ends all workers at once.
    """
    results = map(task.opened(), units) if jobs == 0 else _Pool(task, min(jobs, len(units))).run(units)
    for result in results:
        if progress:
            progress(result)
        yield result


def died(unit: Unit, exit_code: int | None) -> UnitResult:
    """A unit that cannot be scanned: one unread entry for all of it."""
    where = (
        "the whole file" if unit.start is None else f"{'row groups' if unit.format == 'parquet' else 'bytes'} {unit.start} to {unit.stop}"
    )
    cause = f"signal {-exit_code}" if exit_code and exit_code < 0 else f"exit status {exit_code}"
    detail = f"{DEATHS} processes died of it ({cause}): {where}, from record {unit.first_record} on"
    unread = Unread(unit.source.path, None, "worker-died", detail)
    return UnitResult(unit, {OTHER: 1}, {}, 0, unread=(unread,))


@dataclass(slots=True)
class _Trial:
    """A unit, and how many workers have died of it."""

    unit: Unit
    deaths: int = 0


class _Worker:
    """A process and the pipe to it; ``held`` are its units, the one at work first."""

    def __init__(self, task: ScanTask) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, task), daemon=True)
        self.held: deque[_Trial] = deque()
        self.ready = False
        with _child_settings():
            self.process.start()
        theirs.close()

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

    def __init__(self, task: ScanTask, size: int) -> None:
        self._task, self._size = task, size
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
            self._workers.append(_Worker(self._task))
        for ahead in range(1, AHEAD + 1):
            for worker in self._workers:
                spare = ahead == 1 or len(self._waiting) > self._size  # near the end nobody keeps a unit that another could begin
                if self._waiting and spare and len(worker.held) < ahead:
                    worker.give(self._waiting.popleft())
        return self._busy()

    def _busy(self) -> bool:
        return any(worker.held for worker in self._workers)

    def _hear(self, worker: _Worker) -> Iterator[UnitResult]:
        message = worker.message()
        if isinstance(message, BaseException):
            raise message
        if isinstance(message, UnitResult):
            worker.held.popleft()
            yield message
        elif message == READY:
            worker.ready, self._false_starts = True, 0
        else:
            yield from self._bury(worker)

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
                self._suspects.append(trial)
            else:
                yield died(trial.unit, status)
        self._waiting.extendleft(reversed(worker.held))


@contextmanager
def _child_settings() -> Iterator[None]:
    """While a process is started: it inherits one thread per library, and SIGINT blocked until it ignores it."""
    before = {name: os.environ.get(name) for name in SINGLE_THREADED}
    os.environ.update(dict.fromkeys(SINGLE_THREADED, "1"))
    resource_tracker.ensure_running()  # it unblocks SIGINT when it is started, so it is started before
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _work(pipe: Connection, task: ScanTask) -> None:
    """A worker's life: units in, results out, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with _Confession(pipe):
        scan = task.opened()
        pipe.send(READY)
        while True:
            try:
                unit = pipe.recv()
            except (EOFError, ConnectionResetError):  # reset: the parent was killed before it had read a result
                return
            pipe.send(scan(unit))


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
