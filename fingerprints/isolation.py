"""Decoders in a child process: a file that crashes, hangs or bloats its decoder costs that file and nothing else.

The child knows no index and no registry, only the functions that it is asked to run. It contains accidents; it is no sandbox: whoever
takes over a decoder can do what this user can.

Not ``multiprocessing``: there the workers of a pool, being daemonic, may have no children, and starting a process runs the caller's
script again.
"""

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from io import FileIO
from typing import IO, Any, ParamSpec, TypeVar

from fingerprints.decoder_process import READY, Answer, Call, Part, packed, read, unpacked, write
from fingerprints.errors import DecoderError

if sys.platform == "linux":
    import fcntl

P = ParamSpec("P")
T = TypeVar("T")

SWITCH = "PROVENANCE_DECODE_IN_PROCESS"
"""Environment variable for debuggers: when it is 1, everything runs in the calling process, without limits."""
SECONDS = 60.0
MEMORY = 2 << 30
CALLS = 1000  # after so many a child is replaced; a start takes 0.3 s for images, 1 s for sound; 1,500 calls of each showed no leak
RESIDENT = 512 << 20  # bytes that a child holds between two calls, beyond which it is replaced
PIPE = 1 << 20  # bytes; with the usual 64 KB three megabytes take 7 ms instead of 4, most of it for changing turns
PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from fingerprints.decoder_process import serve; serve()"
SINGLE_THREADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
KEEPING = {"MALLOC_TRIM_THRESHOLD_": str(64 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}
"""What the child frees it keeps for the next call (mallopt(3)); given back and asked for again, a picture's memory costs 10 ms."""


def isolated(function: Callable[P, T], *, seconds: float = SECONDS, memory: int = MEMORY) -> Callable[P, T]:
    """The same function, run in a child of this process, within limits of wall time and of memory (bytes beside what the child has).

    The function travels by its name, so it stands at the top level of an importable module, and ``isolated`` gives it another one there
    (``decode = isolated(decode_here)``; as a decorator it would take the name away). Arguments and result are pickled; a path is opened
    by the child. Calls of several threads take turns.

    Raises what the function raises if that is a FingerprintError, and DecoderError otherwise.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if os.environ.get(SWITCH) == "1":
            return function(*args, **kwargs)
        result: T = _KEEPER.run(Call(function, args, kwargs, seconds, memory))
        return result

    return run


def describe() -> str:
    """How decoders are contained on this machine, for people."""
    if os.environ.get(SWITCH) == "1":
        return f"decoders run in the calling process, without limits ({SWITCH}=1)"
    memory = f"{MEMORY >> 20} MB" if sys.platform == "linux" else "memory cannot be limited on this platform"
    return f"decoders run in a process of their own (limits of an item, unless stated otherwise: {SECONDS:g} s; {memory})"


class _Child:
    """A process that decodes, and the pipes to it."""

    def __init__(self) -> None:
        environment = os.environ | dict.fromkeys(SINGLE_THREADED, "1") | KEEPING
        environment[SWITCH] = "1"  # what a decoder decodes, it decodes itself
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            bufsize=0,
            start_new_session=True,  # Ctrl-C reaches the parent alone, and what a decoder starts (ffmpeg) can be ended with it
        )
        self._requests, self._answers = _wide(self._process.stdin), _wide(self._process.stdout)
        self._calls = 0
        self._late = False
        self._fit = True
        if self._answers.read(1) != READY:
            raise RuntimeError(f"the decoders' process cannot start ({self.end()}); standard error says why")

    def fit(self) -> bool:
        """Whether it can take a call: alive, not in the middle of one, and not due for replacement."""
        return self._fit and self._process.poll() is None

    def run(self, call: Call) -> Any:  # noqa: ANN401 - whatever the function gives
        """What the function gives or raises; raises DecoderError when the child does not live to tell."""
        request = packed(call)
        self._fit = False
        answer = self._asked(request, call.seconds)
        if answer is None:
            raise self._death(call)
        self._calls += 1
        self._fit = not self._late and self._calls < CALLS and answer.resident <= RESIDENT
        if answer.error is not None:
            raise answer.error
        return answer.value

    def _asked(self, request: Sequence[Part], seconds: float) -> Answer | None:
        """The answer; None if the child died or had to be killed."""
        deadline = threading.Timer(seconds, self._expire)
        deadline.start()
        try:
            write(self._requests, request)
            answer: Answer = unpacked(read(self._answers))
        except (EOFError, BrokenPipeError):
            return None
        finally:
            deadline.cancel()
            deadline.join()
        return answer

    def _death(self, call: Call) -> DecoderError:
        cause = self.end()
        if self._late:
            return DecoderError(f"the decoder took longer than {call.seconds:g} s", "decoder-timeout")
        return DecoderError(f"the decoder's process died ({cause})", "decoder-died")

    def _expire(self) -> None:
        self._late = True
        self._kill()

    def _kill(self) -> None:
        if sys.platform == "win32":
            self._process.kill()
        elif self._process.returncode is None:  # not reaped yet, so that the number is still its own
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> str:
        """Ends the process, whatever it is doing, and says how it ended."""
        self._kill()
        status = self._process.wait()
        self.leave()
        return f"exit status {status}" if status >= 0 else f"signal {-status}, {signal.strsignal(-status)}"

    def leave(self) -> None:
        """Closes the pipes."""
        self._process.poll()  # after a fork the process is another's: this enters it as ended, so that nobody waits for it
        self._requests.close()
        self._answers.close()


def _wide(pipe: IO[bytes] | None) -> FileIO:
    """The pipe, with room for more if the system grants it."""
    if not isinstance(pipe, FileIO):
        raise TypeError("an unbuffered pipe was asked for")
    if sys.platform == "linux":
        with suppress(PermissionError):  # beyond the user's share (pipe(7), pipe-user-pages-soft)
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)
    return pipe


class _Keeper:
    """Has the one child of this process, from when it is first needed, and replaces it when it is not fit for another call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def run(self, call: Call) -> Any:  # noqa: ANN401 - whatever the function gives
        """What the function gives or raises."""
        with self._lock:
            if self._child is None or not self._child.fit():
                self.end()
                self._child = _Child()
            try:
                return self._child.run(call)
            finally:
                if not self._child.fit():
                    self.end()

    def end(self) -> None:
        """Ends the child, if there is one."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def start_anew(self) -> None:
        """In a forked process: leaves the child to the parent."""
        if self._child is not None:
            self._child.leave()
        self._lock, self._child = threading.Lock(), None


_KEEPER = _Keeper()
atexit.register(_KEEPER.end)
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_KEEPER.start_anew)
