"""An audit of the hostile corpus: every entry is accounted for, in bounded memory, and nothing is written beside the output."""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from provenance.model import Audit
from provenance.options import Options
from provenance.pipeline import Clock, concluded, scanned
from provenance.readers.limits import LIMITS
from provenance.readers.names import visible
from provenance.readers.plan import plan
from provenance.terms import Terms
from tests.integration.hostile.archives import BEYOND, TRAVERSAL, packed, record, tar, zipped
from tests.integration.hostile.corpus import CORPUS, write
from tests.integration.hostile.entry import WORK, Hostile, line
from tests.integration.hostile.media import PICTURE, saved, wav
from tests.integration.hostile.tables import arrow, parquet, texts

if sys.platform != "linux":
    pytest.skip("the corpus has names, pipes and links of Linux, and memory is measured in /proc", allow_module_level=True)

MOST_MEMORY = 1 << 30  # bytes of a process of the audit itself
MOST_DECODING = LIMITS.decoder_memory + (320 << 20)
"""Of a decoder: its bound, and what it has when it starts, libraries included; 979, 981 and 1,031 MB were measured."""
MOST_SECONDS = 120
PATIENCE = 20  # seconds that an audit of a few small files may take
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
Listing = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, repr=False)
class Audited:
    """The audit of the whole corpus, and what it took."""

    folder: Path
    command: "subprocess.CompletedProcess[str]"
    report: Mapping[str, Any]
    seconds: float
    memory: int
    """Bytes in RAM that the largest process had at its peak, the decoders aside."""
    decoding: int
    """The same of the decoders, which are bounded by themselves."""
    before: Listing
    after: Listing

    def counts(self, path: str) -> list[Mapping[str, int]]:
        """The accounts of a file, or of those in a folder."""
        return [counts for name, counts in self.report["coverage"]["by_file"].items() if at(name, path)]

    def reasons(self, path: str) -> set[str]:
        """Why something at a path is unread."""
        return {entry["reason"] for entry in self.report["unread"] if at(entry["path"], path)}

    def found(self, path: str) -> set[str]:
        """Behind the path, the locators of items in which a work was found."""
        places = (place for finding in self.report["findings"] for place in finding["occurrences"])
        return {place["locator"].removeprefix(path) for place in places if at(place["path"], path)}


def at(name: str, path: str) -> bool:
    """True if a name is the path, or lies below it."""
    return name == path or name.startswith(f"{path}/")


def listing(folder: Path) -> Listing:
    """What a folder holds, and when each was last changed; links are not followed."""
    found: dict[str, tuple[int, ...]] = {}
    for place, _, files, descriptor in os.fwalk(folder):
        for name in (".", *files):
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            found[f"{place}/{name}"] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino)
    return found


class Watch:
    """Looks at the peak memory of a process and of all that it starts, until it ends."""

    def __init__(self, process: int) -> None:
        self.most, self._root, self._over = {False: 0, True: 0}, process, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> tuple[int, int]:
        """The largest peak of a process and of a decoder, in bytes."""
        self._over.set()
        self._thread.join()
        return self.most[False], self.most[True]

    def _look(self) -> None:
        while not self._over.wait(0.05):
            tree = {self._root}
            processes = dict(self._processes())
            while more := {process for process, (parent, *_) in processes.items() if parent in tree} - tree:
                tree |= more
            for _, peak, decodes in (processes[process] for process in tree if process in processes):
                self.most[decodes] = max(self.most[decodes], peak)

    @staticmethod
    def _processes() -> Iterator[tuple[int, tuple[int, int, bool]]]:
        """Every process with its parent, the most that it ever had in RAM, and whether it decodes."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                status = dict(line.split(":", 1) for line in (folder / "status").read_text(errors="replace").splitlines() if ":" in line)
                decodes = b"decoder_process" in (folder / "cmdline").read_bytes()
                yield int(folder.name), (int(status["PPid"]), int(status.get("VmHWM", "0 kB").split()[0]) << 10, decodes)
            except (OSError, KeyError):  # it has ended
                continue


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory, provenance: Any) -> Path:
    """A registry of a text, a picture and a sound."""
    folder = tmp_path_factory.mktemp("works")
    (folder / "works").mkdir()
    (folder / "works" / "text.txt").write_text(WORK, encoding="utf-8")
    PICTURE.save(folder / "works" / "picture.png")
    (folder / "works" / "sound.wav").write_bytes(wav())
    for arguments in (("init", folder / "registry"), ("add", folder / "registry", folder / "works")):
        done = provenance("registry", *arguments)
        assert done.returncode == 0, done.stderr
    return folder / "registry"


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory, works: Path) -> Iterator[Audited]:
    """The installed command, run once over the corpus."""
    folder = tmp_path_factory.mktemp("hostile")
    run, corpus = folder / "at" / "work", folder / "at" / "work" / "data"
    corpus.mkdir(parents=True)
    write(corpus)
    before = listing(folder)
    arguments = ["audit", "data", "--registry", works, "-o", "json=audit.json", "--no-cache", "--jobs", "2"]
    started = time.perf_counter()
    command = [str(Path(sys.executable).with_name("provenance")), *map(str, arguments)]
    with (folder.parent / "stdout").open("w+b") as out, (folder.parent / "stderr").open("w+b") as errors:
        process = subprocess.Popen(command, cwd=run, stdout=out, stderr=errors, env=os.environ | {"NO_COLOR": "1", "COLUMNS": "100"})
        watch = Watch(process.pid)
        process.wait()
        seconds = time.perf_counter() - started
        memory, decoding = watch.stop()
        out.seek(0)
        errors.seek(0)
        texts = (out.read().decode("utf-8", "replace"), errors.read().decode("utf-8", "replace"))
    done = subprocess.CompletedProcess(command, process.returncode, *texts)
    report = json.loads((run / "audit.json").read_text(encoding="utf-8")) if (run / "audit.json").is_file() else {}
    yield Audited(folder, done, report, seconds, memory, decoding, before, listing(folder))
    shutil.rmtree(folder)


@pytest.fixture(params=CORPUS, ids=lambda entry: visible(entry.name)[:40].encode("unicode_escape").decode())
def entry(request: pytest.FixtureRequest) -> Hostile:
    return request.param


def path_of(entry: Hostile) -> str:
    return f"data/{visible(entry.name)}"


def test_the_audit_ends_as_incomplete_and_not_in_an_error(audited: Audited) -> None:
    assert audited.command.returncode == 3, audited.command.stderr[-3000:]
    assert "Traceback" not in audited.command.stderr


def test_all_that_was_seen_is_scanned_unread_or_excluded(audited: Audited) -> None:
    coverage = audited.report["coverage"]
    for counts in (coverage, *coverage["by_file"].values(), *coverage["by_modality"].values()):
        assert counts["seen"] == counts["scanned"] + counts["unread"] + counts["excluded"]
    assert sum(entry["count"] for entry in audited.report["excluded"]) == coverage["excluded"]


def test_every_entry_is_in_the_account(entry: Hostile, audited: Audited) -> None:
    path = path_of(entry)
    if entry.excluded:
        assert any(path in left_out["examples"] for left_out in audited.report["excluded"] if left_out["reason"] == entry.excluded)
        assert not audited.counts(path)
    else:
        assert sum(counts["seen"] for counts in audited.counts(path))


def test_what_cannot_be_read_is_unread_for_its_own_reason_and_nothing_else_is(entry: Hostile, audited: Audited) -> None:
    assert audited.reasons(path_of(entry)) == entry.unread
    if entry.scanned is not None:
        assert sum(counts["scanned"] for counts in audited.counts(path_of(entry))) == entry.scanned


def test_the_work_is_found_beside_whatever_is_hostile(entry: Hostile, audited: Audited) -> None:
    assert audited.found(path_of(entry)) == set(entry.found)


def test_no_process_takes_more_than_the_limit(audited: Audited) -> None:
    print(f"audit {audited.memory >> 20} MB, decoders {audited.decoding >> 20} MB, {audited.seconds:.0f} s")
    assert 0 < audited.memory < MOST_MEMORY
    assert 0 < audited.decoding < MOST_DECODING


def test_the_audit_ends_in_two_minutes(audited: Audited) -> None:
    assert audited.seconds < MOST_SECONDS


def test_nothing_is_written_or_changed_but_the_output(audited: Audited) -> None:
    run = str(audited.folder / "at" / "work")
    output = (f"{run}/audit.json", f"{run}/audit.evidence")
    changed = {path for path in audited.before.keys() | audited.after.keys() if audited.before.get(path) != audited.after.get(path)}
    assert {path for path in changed if not path.startswith(output)} <= {f"{run}/."}


def test_no_name_that_leads_out_of_an_archive_became_a_file(audited: Audited) -> None:
    names = {name.replace("\\", "/").rpartition("/")[2] for name in TRAVERSAL}
    places = [audited.folder, audited.folder / "at", audited.folder / "at" / "work", Path("/"), Path.home(), Path(tempfile.gettempdir())]
    assert len(names) == len(TRAVERSAL)
    assert not [place / name for place in places for name in names if (place / name).exists()]
    assert not [path for path in audited.after if path.rpartition("/")[2].startswith("escaped")]


def test_no_name_and_no_text_speaks_to_the_terminal(audited: Audited) -> None:
    assert not UNPRINTABLE.findall(audited.command.stdout)
    assert not UNPRINTABLE.findall(audited.command.stderr)


def test_no_locator_grows_beyond_measure(audited: Audited) -> None:
    assert max(len(entry["detail"]) for entry in audited.report["unread"]) < 10_000


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(line("more words"))


def rewritten(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(path.stat().st_size - 8))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def led_away(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def made_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.fixture
def audit_later(works: Path) -> Iterator[Callable[[Path, Callable[[], object]], Audit]]:
    """Audits a folder in this process, and does something between planning and scanning; what hangs is interrupted."""

    def run(folder: Path, between: Callable[[], object] = lambda: None) -> Audit:
        options = Options(jobs=0, cache=None)
        terms, clock = Terms.read(works, options), Clock()
        planned = plan([folder])
        between()
        signal.alarm(PATIENCE)
        results = scanned(planned.units, terms, options)
        return concluded(results, planned, terms, options, ("data",), clock)

    before = signal.signal(signal.SIGALRM, _give_up)
    yield run
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _give_up(*_: object) -> None:
    pytest.fail("the audit hangs")  # no OSError, which would be taken for a file that cannot be read


@pytest.mark.parametrize("tar", BEYOND, ids=lambda entry: entry.name)
def test_a_size_that_no_file_can_have_costs_what_stands_behind_it(tar: Hostile, audit_later: Any, tmp_path: Path) -> None:
    write(tmp_path, [tar])
    audit = audit_later(tmp_path)
    assert {entry.reason for entry in audit.unread} == tar.unread
    assert audit.coverage.scanned == len(tar.found)


CHANGING = {
    "a.jsonl": lambda text: line(text) * 9,
    "a.txt": lambda text: text.encode() * 9,
    "a.json": lambda text: b"[" + line(text) + b"]",
    "a.csv": lambda text: f'id,text\n0,"{text}"\n1,"{text}"\n'.encode(),
    "a.parquet": lambda text: parquet(texts(*[text] * 9)),
    "a.arrow": lambda text: arrow(texts(*[text] * 9)),
    "a.tar": lambda text: tar(("a.txt", text.encode()), ("b.txt", text.encode())),
    "a.zip": lambda text: zipped(packed("a.txt", text.encode()), packed("b.txt", text.encode())),
    "a.warc": lambda text: record(0, text.encode()) + record(1, text.encode()),
    "a.jsonl.gz": lambda text: gzip.compress(line(text) * 9),
    "a.html": lambda text: f"<html><body>{text}</body></html>".encode() * 9,
    "a.png": lambda _: saved("PNG"),
    "a.wav": lambda _: wav(),
}
CHANGES = (grown, rewritten, cut, Path.unlink, made_a_folder, led_away, made_a_pipe)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_file_that_changes_after_it_was_planned_is_unread_as_such(change: Any, audit_later: Any, tmp_path: Path) -> None:
    for name, content in CHANGING.items():
        (tmp_path / name).write_bytes(content(f"{name} {WORK}"))
    audit = audit_later(tmp_path, lambda: [change(tmp_path / name) for name in CHANGING])
    told = {entry.path.rpartition("/")[2] for entry in audit.unread if entry.reason in {"changed", "unreadable"}}
    assert told == set(CHANGING)
    coverage = audit.coverage
    assert coverage.seen == coverage.scanned + coverage.unread + coverage.excluded
