"""Several processes at work, CPU seconds of all of them, and a line now and then."""

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Final, TypeVar

from fingerprints.isolation import SWITCH

T = TypeVar("T")
EVERY: Final = 20
"""Results between two lines of progress."""


def pool_of(jobs: int, prepare: Callable[..., None], given: tuple[object, ...] = ()) -> Pool:
    """So many new processes, each made ready by ``prepare``."""
    return multiprocessing.get_context("spawn").Pool(jobs, prepare, given)


def decode_here() -> None:
    """Lets this process decode pictures itself: it is one of its own already."""
    os.environ[SWITCH] = "1"


def decode_apart() -> None:
    """Leaves decoding to a child of this process, as the tool does by default."""
    os.environ.pop(SWITCH, None)


def told(results: Iterable[T], what: str) -> Iterator[T]:
    """The results, with lines of progress on standard error."""
    began = time.monotonic()
    for number, result in enumerate(results, 1):
        yield result
        if number % EVERY == 0:
            print(f"{number} {what}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def family_seconds() -> float:
    """CPU seconds of this process and its children until now; of living children only on Linux, to a hundredth."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(map(_seconds, _children()))


def _children() -> list[str]:
    """Process numbers of the living children of all threads (proc(5))."""
    return [number for task in Path("/proc/self/task").glob("*/children") for number in task.read_text().split()]


def _seconds(number: str) -> float:
    """User and system time of a process, fields 14 and 15 of its ``stat``, which are counted behind its bracketed name."""
    stat = Path(f"/proc/{number}/stat")
    fields = stat.read_text().rpartition(")")[2].split() if stat.exists() else ["0"] * 13
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
