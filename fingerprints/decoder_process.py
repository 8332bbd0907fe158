"""The child of ``fingerprints.isolation``, and how the two talk: pickled calls in, pickled answers out, over its standard streams.

A message is the number of its parts, the length of each, and the parts: the pickle, then the arrays in it, sent from where they lie
(pickle protocol 5, PEP 574).
"""

import os
import pickle
import select
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, TypeAlias

from fingerprints.errors import DecoderError, FingerprintError

if sys.platform == "linux":
    import resource

READY = b"!"
ORPHANED = 5.0  # seconds beyond its time after which the kernel ends a child that nobody is left to end
STATM = Path("/proc/self/statm")  # proc(5): pages; the second number is what is in memory, the sixth what is private and can be written
DETAIL = 300  # characters of an unforeseen exception
_NUMBER = struct.Struct("<Q")
Part: TypeAlias = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Call:
    """What the child is asked for."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    seconds: float
    memory: int
    """Bytes beside what the child has when the call begins."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it."""

    value: Any
    error: FingerprintError | None
    resident: int
    """Bytes that the child held in memory before the call; 0 where the platform does not say."""


def packed(message: Call | Answer) -> list[Part]:
    """The parts of a message; raises what pickle raises."""
    arrays: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=arrays.append)
    return [body, *(array.raw() for array in arrays)]


def unpacked(parts: Sequence[Part]) -> Any:  # noqa: ANN401 - a call or an answer
    """The message; importing what it names can raise anything."""
    return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301 - from a process of ours


def write(file: BinaryIO, parts: Sequence[Part]) -> None:
    """Sends a message; raises BrokenPipeError when nobody is left to read it."""
    head = b"".join(_NUMBER.pack(number) for number in (len(parts), *map(len, parts)))
    for part in (head, *parts):
        rest = memoryview(part)
        while rest:
            rest = rest[file.write(rest) :]


def read(file: BinaryIO) -> list[Part]:
    """The parts of the next message; raises EOFError when nobody is left to send one."""
    count = _number(file)
    lengths = [_number(file) for _ in range(count)]
    return [_filled(file, _room(length)) for length in lengths]


def _number(file: BinaryIO) -> int:
    number: int = _NUMBER.unpack(_filled(file, memoryview(bytearray(_NUMBER.size))))[0]
    return number


def _room(length: int) -> memoryview:
    """Memory to read into; NumPy's for arrays, since Python would fill 36 MB with zeros first (in 40 ms)."""
    if length < 1 << 16:
        return memoryview(bytearray(length))
    import numpy as np

    return np.empty(length, np.uint8).data


def _filled(file: BinaryIO, room: memoryview) -> memoryview:
    rest = room
    while rest:
        count = file.readinto(rest)  # type: ignore[attr-defined] # of a raw file
        if not count:
            raise EOFError
        rest = rest[count:]
    return room


def serve() -> None:
    """The child's life: calls in, answers out, until the parent closes the pipe or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb", buffering=0)
    if sys.platform != "win32":
        threading.Thread(target=_end_with_parent, args=(requests.fileno(),), daemon=True).start()
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    answers.write(READY)
    os.dup2(nothing, 2)  # where libraries grumble about files; what matters is raised
    os.close(nothing)
    while True:
        resident = _pages(1)
        try:
            write(answers, _answered(read(requests), resident))
        except (EOFError, BrokenPipeError):
            return


def _answered(request: Sequence[Part], resident: int) -> list[Part]:
    confession = _Confession()
    with confession:
        call: Call = unpacked(request)
        with _limited(call.seconds, call.memory):
            value = call.function(*call.args, **call.kwargs)
        return packed(Answer(value, None, resident))
    return packed(Answer(None, confession.error, resident))


class _Confession:
    """Takes down what ended a call."""

    error: FingerprintError | None = None

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if isinstance(error, FingerprintError):
            self.error = error
        elif isinstance(error, MemoryError):
            self.error = DecoderError("the decoder needed more memory than it may take", "decoder-memory")
        elif error is not None:
            self.error = DecoderError(f"the decoder gave up: {type(error).__name__}: {error}"[:DETAIL], "decoder-failed")
            self.error.add_note("".join(traceback.format_exception(kind, error, trace)))
        return True


@contextmanager
def _limited(seconds: float, memory: int) -> Iterator[None]:
    """While a call runs: private memory (RLIMIT_DATA, which counts no mapped files) and, for orphans, time are limited by the kernel."""
    if sys.platform == "win32":
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds + ORPHANED)
    if sys.platform == "linux":
        before, most = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = _pages(5) + memory
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_DATA, (before, most))


def _pages(column: int) -> int:
    """Bytes of this process in a column of ``STATM``."""
    if sys.platform != "linux":
        return 0
    return int(STATM.read_text(encoding="ascii").split()[column]) * resource.getpagesize()


def _end_with_parent(pipe: int) -> None:
    """Ends this process when its parent is gone, in the middle of a call too (as soon as the decoder lets other threads run)."""
    hangup = select.poll()
    hangup.register(pipe, 0)  # no events asked for: a hang-up is always told
    hangup.poll()
    os._exit(1)
