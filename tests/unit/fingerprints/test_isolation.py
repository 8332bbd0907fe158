"""What happens to a call that goes wrong; built-in functions stand in for decoders, so that a child can import them."""

import operator
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import fingerprints
from fingerprints import isolation
from fingerprints.errors import DecoderError, FingerprintError, UndecodableError
from fingerprints.image.decode import decode
from fingerprints.isolation import SWITCH, describe, isolated

MB = 1 << 20
ROOT = Path(fingerprints.__file__).parent.parent
pid = isolated(os.getpid)


def refused(function, *args, **limits):
    with pytest.raises(DecoderError) as caught:
        isolated(function, **limits)(*args)
    return caught.value


def killed():
    """Ends the child while it is idle."""
    os.kill(pid(), signal.SIGKILL)
    isolation._KEEPER._child._process.wait(5)


def gone(process):
    """Whether a process has ended within two seconds."""
    for _ in range(200):
        try:
            if Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def commands():
    """The command line of every process."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield path.read_bytes()


def script(code, **environment):
    """The output of a script, which is no module and has no guard around its main part."""
    path = os.pathsep.join((str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-"],
        input=code,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_all_functions_run_in_one_other_process():
    assert isolated(os.getpid)() == pid() != os.getpid()
    assert isolated(operator.add)(1, 2) == 3
    assert isolated(int)("ff", base=16) == 255
    assert pid() == isolated(os.getpid)()


@pytest.mark.parametrize("array", [np.zeros((0, 3)), np.arange(12).reshape(3, 4), np.full((1500, 1500, 3), 7, np.uint8)])
def test_arrays_arrive_as_they_are(array):
    back = isolated(np.array)(array)
    assert np.array_equal(back, array)
    assert back.dtype == array.dtype


def test_large_bytes_arrive_as_they_are():
    content = os.urandom(5 * MB)
    assert isolated(bytes)(content) == content


def test_what_a_function_raises_of_ours_is_raised_here(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(FingerprintError, match="empty") as caught:
        decode(tmp_path / "empty")
    assert (type(caught.value), caught.value.reason) == (UndecodableError, "undecodable")


@pytest.mark.parametrize("limits", [{}, {"seconds": 5.0}])
def test_a_crash_costs_the_call_and_the_next_has_a_new_process(limits):
    before = pid()
    error = refused(os.abort, **limits)
    assert (error.reason, "signal 6" in str(error)) == ("decoder-died", True)
    assert pid() not in {before, os.getpid()}


def test_an_exit_is_a_death_with_its_status():
    error = refused(os._exit, 3)
    assert (error.reason, "exit status 3" in str(error)) == ("decoder-died", True)


def test_a_call_that_takes_too_long_is_ended_with_all_that_it_started():
    before, moment = pid(), f"29.{os.getpid()}"  # a duration that is looked for among all processes
    start = time.monotonic()
    error = refused(subprocess.check_call, ["sleep", moment], seconds=0.3)
    assert error.reason == "decoder-timeout"
    assert "0.3 s" in str(error)
    assert 0.25 < time.monotonic() - start < 5
    assert gone(before)
    assert not [name for name in commands() if name == f"sleep\0{moment}\0".encode()]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux alone")
def test_a_call_that_wants_too_much_memory_is_refused_and_its_process_lives():
    before = pid()
    assert refused(bytearray, 300 * MB, memory=200 * MB).reason == "decoder-memory"
    assert len(isolated(bytearray, memory=200 * MB)(100 * MB)) == 100 * MB
    assert refused(bytearray, 3 << 30).reason == "decoder-memory"
    assert pid() == before


@pytest.mark.parametrize(("function", "argument"), [(int, "no number"), (sys.exit, 0), (open, os.devnull)])
def test_an_exception_that_is_not_ours_fails_the_call_and_says_what_it_was(function, argument):
    before = pid()
    error = refused(function, argument)
    assert error.reason == "decoder-failed"
    assert any(name in str(error) for name in ("ValueError", "SystemExit", "TypeError"))
    assert "Traceback" in error.__notes__[0]
    assert pid() == before


def test_what_cannot_be_sent_is_the_callers_mistake():
    before = pid()
    with pytest.raises((AttributeError, TypeError)):
        isolated(str)(lambda: None)
    assert pid() == before


def test_a_process_that_dies_while_idle_is_replaced_without_a_word():
    killed()
    assert isolated(operator.add)(1, 2) == 3


def test_a_process_is_replaced_after_its_calls_and_when_it_keeps_too_much(monkeypatch):
    monkeypatch.setattr(isolation, "CALLS", 3)
    killed()
    processes = [pid() for _ in range(7)]
    assert len(set(processes)) == 3
    monkeypatch.setattr(isolation, "RESIDENT", 1)
    assert len({pid() for _ in range(3)}) == 3
    assert gone(processes[0])


def test_an_interrupted_call_leaves_no_answer_for_the_next():
    pid()
    timer = threading.Timer(0.3, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        isolated(time.sleep)(20)
    timer.join()
    assert isolated(operator.add)(1, 2) == 3


def test_threads_take_turns():
    results = {}
    threads = [threading.Thread(target=lambda n=n: results.update({n: isolated(operator.mul)(n, n)})) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: n * n for n in range(8)}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed on Linux alone")
def test_the_child_has_no_open_file_but_its_pipes():
    with Path(os.devnull).open() as held:
        os.set_inheritable(held.fileno(), True)
        killed()
        numbers = isolated(os.listdir)("/proc/self/fd")
    assert len(numbers) == len(("nothing for input, output and errors", 1, 2, "requests", "answers", "this listing"))


def test_the_child_ends_with_its_parent_in_the_middle_of_a_call():
    code = """
import os, threading, time
from fingerprints.isolation import isolated
print(isolated(os.getpid)(), flush=True)
threading.Timer(0.3, os._exit, [0]).start()
isolated(time.sleep)(30)
"""
    assert gone(int(script(code)))


def test_a_script_without_a_guard_and_a_daemonic_worker_can_use_it():
    code = """
import multiprocessing, os
from fingerprints.isolation import isolated
print(isolated(os.getpid)() != os.getpid(), flush=True)
worker = multiprocessing.get_context("fork").Process(target=lambda: print(isolated(os.getpid)() != os.getpid()), daemon=True)
worker.start()
worker.join()
"""
    assert script(code).split() == ["True", "True"]


def test_a_forked_process_starts_a_child_of_its_own():
    code = """
import os
from fingerprints.isolation import isolated
first = isolated(os.getpid)()
if fork := os.fork():
    print(os.waitpid(fork, 0)[1], isolated(os.getpid)() == first)
else:
    os._exit(int(isolated(os.getpid)() == first))
"""
    assert script(code) == "0 True"


def test_a_debugger_can_have_everything_in_one_process(monkeypatch):
    monkeypatch.setenv(SWITCH, "1")
    assert pid() == os.getpid()
    assert SWITCH in describe()
    monkeypatch.delenv(SWITCH)
    assert pid() != os.getpid()
    assert "60 s" in describe()


def test_what_a_decoder_decodes_it_decodes_itself():
    assert isolated(os.getenv)(SWITCH) == "1"


def test_a_child_that_cannot_start_is_no_items_fault(monkeypatch, capfd):
    killed()
    monkeypatch.setattr(isolation, "PROGRAM", "raise SystemExit('no interpreter')")
    with pytest.raises(RuntimeError, match="cannot start"):
        pid()
    assert "no interpreter" in capfd.readouterr().err
    monkeypatch.undo()
    assert pid() != os.getpid()
