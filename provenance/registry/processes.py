"""One function over many things in spawned processes: results in order, and a thing that kills its process stops nothing else."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD: Final = 4  # tasks per process that are waiting: no process idles, and only so many results are in memory


@dataclass(frozen=True, slots=True)
class Died:
    """In place of a result: the process that worked on this task, and on nothing else, ended."""


def in_order(work: Callable[[T], R], tasks: Sequence[T], jobs: int) -> Iterator[R | Died]:
    """The result for each task; ``work`` must be importable.

    When a process dies, the oldest task without a result is tried in a process of its own, and the others go on in new ones.
    """
    done = 0
    while done < len(tasks):
        try:
            for result in _pooled(work, tasks[done:], min(jobs, len(tasks) - done)):
                yield result
                done += 1
        except BrokenProcessPool:
            yield _alone(work, tasks[done])
            done += 1


def _pooled(work: Callable[[T], R], tasks: Sequence[T], jobs: int) -> Iterator[R]:
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_end_with_parent)
    try:
        rest = iter(tasks)
        waiting: deque[Future[R]] = deque(pool.submit(work, task) for task in islice(rest, AHEAD * jobs))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(work, task) for task in islice(rest, 1))
            yield result
    finally:
        pool.shutdown(cancel_futures=True)


def _alone(work: Callable[[T], R], task: T) -> R | Died:
    try:
        return next(_pooled(work, [task], 1))
    except BrokenProcessPool:
        return Died()


def _end_with_parent() -> None:
    """Lets this process end when the one that started it does; a pool's workers otherwise wait for tasks forever once it is killed."""
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
