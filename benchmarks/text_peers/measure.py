"""CPU seconds, memory and processes of their own."""

import gc
import multiprocessing
import platform
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from multiprocessing.connection import Connection
from os import cpu_count, getloadavg
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

MB: Final = 1_000_000
LIBRARIES: Final = ("numpy", "numba", "pyarrow", "orjson", "datasketch", "rensa", "pyahocorasick")


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures were measured on."""

    processor: str
    cores: int
    memory: int
    system: str
    python: str
    libraries: dict[str, str]
    date: str
    load: str

    @classmethod
    def this(cls) -> "Machine":
        """The machine as it is now."""
        told = dict(line.split(":", 1) for line in _lines("/proc/cpuinfo") if ":" in line)
        by_name = {name.strip(): value.strip() for name, value in told.items()}
        processor = f"{by_name.get('model name', platform.processor())}, {by_name.get('cache size', '?')} cache a core"
        memory = next((int(line.split()[1]) << 10 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
        libraries = {name: version(name) for name in LIBRARIES}
        load = ", ".join(f"{value:.1f}" for value in getloadavg())
        now = datetime.now(UTC).strftime("%Y-%m-%d")
        return cls(processor, cpu_count() or 0, memory, platform.platform(terse=True), platform.python_version(), libraries, now, load)


def _lines(file: str) -> list[str]:
    return Path(file).read_text("utf-8").splitlines() if Path(file).exists() else []


def timed(function: Callable[[], T]) -> tuple[T, float]:
    """What a function gives, and the CPU seconds of this process that it took."""
    begin = time.process_time()
    return function(), time.process_time() - begin


def own_memory() -> int:
    """Bytes of memory that this process alone holds and has written to (Linux; elsewhere the most it ever had)."""
    gc.collect()
    for line in _lines("/proc/self/smaps_rollup"):
        if line.startswith("Private_Dirty"):
            return int(line.split()[1]) << 10
    return most_memory()


def most_memory() -> int:
    """Bytes that this process had resident at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << (0 if sys.platform == "darwin" else 10)


def apart(function: Callable[[], T]) -> T:
    """What a function gives in a child of this process, so that its memory is its own and is gone afterwards."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=partial(_answer, function, there))
    child.start()
    there.close()
    try:
        answer: T = here.recv()
    except EOFError:
        child.join()
        raise SystemExit(f"a measurement ended with status {child.exitcode}") from None
    child.join()
    return answer


def _answer(function: Callable[[], T], pipe: Connection) -> None:
    pipe.send(function())
    pipe.close()
