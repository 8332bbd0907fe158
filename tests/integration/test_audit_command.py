"""The audit as its users type it: what it finds, what it writes, and how it ends."""

import gzip
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[[Path, Sequence[str]], Path]
PLAIN = "A plain sentence of no interest about the weather on the hills, which was mild and would stay so for a week or two."


@pytest.fixture(scope="module")
def story(registry: Path) -> str:
    return (registry.parent / "story.txt").read_text(encoding="utf-8")


def audit_json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_copied_passage_is_found_where_it_stands_on_both_sides(
    tmp_path: Path, provenance: Run, registry: Path, jsonl: Write, story: str
) -> None:
    passage = story[200:700]
    jsonl(tmp_path / "data" / "train.jsonl", [PLAIN, f"{PLAIN}\n\n{passage}\n\n{PLAIN}"])
    done = provenance("audit", "data", "--registry", registry, "-o", "json=audit.json", cwd=tmp_path)
    assert done.returncode in {0, 1}, done.stderr
    [finding] = audit_json(tmp_path / "audit.json")["findings"]
    assert finding["item"]["locator"] == "data/train.jsonl#1/text"
    [segment] = finding["match"]["segments"]
    text = f"{PLAIN}\n\n{passage}\n\n{PLAIN}"
    start, stop = segment["item"]
    assert text[start:stop] in passage
    assert stop - start > 0.95 * len(passage)
    assert story[slice(*segment["work"])] == text[start:stop]
    exhibit = audit_json(tmp_path / "audit.evidence" / Path(finding["evidence"]).name)
    assert any(piece["matched"] for piece in exhibit["work"]["pieces"])


def test_nothing_found_and_all_read_passes(tmp_path: Path, provenance: Run, registry: Path, jsonl: Write) -> None:
    jsonl(tmp_path / "train.jsonl", [PLAIN])
    done = provenance("audit", tmp_path / "train.jsonl", "--registry", registry)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].startswith("passed")


def test_a_finding_at_the_named_disposition_exits_1_after_the_reports_are_written(
    tmp_path: Path, provenance: Run, registry: Path, jsonl: Write, story: str
) -> None:
    jsonl(tmp_path / "train.jsonl", [story])
    outputs = [argument for kind in ("json", "html", "sarif", "pdf") for argument in ("-o", f"{kind}={tmp_path / 'audit'}.{kind}")]
    done = provenance("audit", tmp_path / "train.jsonl", "--registry", registry, "--fail-on", "review", *outputs)
    assert done.returncode == 1, done.stderr
    assert "review" in done.stderr.splitlines()[-1]
    assert [(tmp_path / f"audit.{kind}").stat().st_size > 1_000 for kind in ("json", "html", "sarif", "pdf")] == [True] * 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("audit", "missing.txt", "--registry", "{registry}"), "missing.txt"),
        (("audit", "empty-folder", "--registry", "{registry}"), "nothing to scan"),
        (("audit", "a.txt", "--registry", "nowhere"), "nowhere"),
        (("audit", "a.txt", "--registry", "{registry}", "--policy", "us-170"), "us-107"),
        (("audit", "a.txt", "--registry", "{registry}", "-o", "docx=x"), "FORMAT=FILE"),
        (("audit", "a.txt", "--registry", "{registry}", "-o", "json=empty-folder"), "is a folder"),
        (("audit", "a.txt", "--registry", "{registry}", "-o", "json=a.txt/b.json"), "nothing can be written"),
        (("audit", "a.txt", "--registry", "{registry}", "-o", "json=x", "-o", "html=x"), "named twice"),
        (("audit", "a.txt", "--registry", "{registry}", "--facts", "a.txt"), "a.txt"),
        (("audit", "a.txt", "--registry", "no-works"), "holds no works"),
        (("audit", "a.txt", "--registry", "{registry}", "--no-such-option"), "no-such-option"),
        (("explain", "a.txt", "F-1"), "a.txt"),
        (("policy", "check", "a.txt"), "a.txt"),
    ],
)
def test_what_cannot_run_exits_2_and_says_what_to_do(
    tmp_path: Path, provenance: Run, registry: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "empty-folder").mkdir()
    assert provenance("registry", "init", tmp_path / "no-works").returncode == 0
    (tmp_path / "a.txt").write_text(PLAIN, encoding="utf-8")
    done = provenance(*(argument.format(registry=registry) for argument in arguments), cwd=tmp_path)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def hostile(folder: Path) -> dict[str, str]:
    """A folder of inputs that cannot be read whole; gives the reason expected for each path and record."""
    folder.mkdir()
    line = json.dumps({"text": PLAIN}).encode() + b"\n"
    (folder / "cut.jsonl.gz").write_bytes(gzip.compress(line * 5_000, mtime=0)[:-400])
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)))
    (folder / "empty.wav").write_bytes(b"")
    (folder / "model.png").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12\n", encoding="utf-8"
    )
    (folder / "bad-line.jsonl").write_bytes(line + b'{"text": "this line ends befo\n' + line)
    with (folder / "long-line.jsonl").open("wb") as file:
        file.write(line + b'{"text": "')
        for _ in range(300):
            file.write(b"many words " * 95_326)
        file.write(b'"}\n' + line)
    return {
        "cut.jsonl.gz": "truncated",
        "broken.jpg": "undecodable",
        "empty.wav": "empty",
        "model.png": "lfs-pointer",
        "bad-line.jsonl#1": "bad-record",
        "long-line.jsonl#1": "too-large",
    }


def test_every_unreadable_input_is_listed_and_the_rest_is_audited_within_a_gigabyte(
    tmp_path: Path, provenance: Run, registry: Path, jsonl: Write, story: str
) -> None:
    expected = hostile(tmp_path / "data")
    jsonl(tmp_path / "data" / "good.jsonl", [PLAIN, story])
    done = provenance("audit", "data", "--registry", registry, "-o", "json=audit.json", cwd=tmp_path, measured=True)
    assert done.returncode == 3, done.stderr
    audit = audit_json(tmp_path / "audit.json")
    listed = {
        entry["path"].removeprefix("data/") + (f"#{entry['record']}" if isinstance(entry["record"], int) else ""): entry["reason"]
        for entry in audit["unread"]
    }
    assert {name.partition("#")[0] if name.startswith("cut") else name: reason for name, reason in listed.items()} == expected
    coverage = audit["coverage"]
    assert coverage["seen"] == coverage["scanned"] + coverage["unread"] + coverage["excluded"]
    assert coverage["by_file"]["data/long-line.jsonl"] == {"seen": 3, "scanned": 2, "unread": 1, "excluded": 0}
    assert [finding["item"]["path"] for finding in audit["findings"]] == ["data/good.jsonl"]
    peak = int(done.stderr.splitlines()[-1]) * (1 if sys.platform == "darwin" else 1024)
    assert peak < 1_000_000_000


def test_an_allowance_for_unread_inputs_passes(tmp_path: Path, provenance: Run, registry: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "a.txt").write_text(PLAIN, encoding="utf-8")
    assert provenance("audit", tmp_path, "--registry", registry).returncode == 3
    assert provenance("audit", tmp_path, "--registry", registry, "--allow-unread", 1).returncode == 0


def test_an_interrupted_audit_exits_130_and_leaves_no_process(tmp_path: Path, registry: Path, jsonl: Write, story: str) -> None:
    jsonl(tmp_path / "train.jsonl", [f"{number} {story}" for number in range(40_000)])
    command = [str(Path(sys.executable).with_name("provenance")), "audit", "train.jsonl", "--registry", str(registry), "--jobs", "2"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert not left_of(process.pid)


def left_of(group: int) -> list[str]:
    """The processes of a group that are there after five seconds, in which Python's resource tracker sees that its pipe is closed."""
    for _ in range(50):
        left = subprocess.run(["pgrep", "-g", str(group)], capture_output=True, text=True, check=False).stdout.split()
        if not left:
            break
        time.sleep(0.1)
    return left


def test_the_digest_is_the_same_for_one_worker_and_for_two(
    tmp_path: Path, provenance: Run, registry: Path, jsonl: Write, story: str
) -> None:
    for number in range(4):
        jsonl(tmp_path / "data" / f"{number}.jsonl", [PLAIN, story[number * 100 :]])
    audits = []
    for jobs in (1, 2):
        file = tmp_path / f"audit-{jobs}.json"
        provenance("audit", "data", "--registry", registry, "--jobs", jobs, "-o", f"json={file}", "--as-of", "2026-11-22", cwd=tmp_path)
        audits.append(audit_json(file))
    assert audits[0]["run"]["digest"] == audits[1]["run"]["digest"]
    assert len(audits[0]["findings"]) == 4


def test_a_report_is_rendered_again_from_the_audit_alone(tmp_path: Path, provenance: Run, registry: Path, jsonl: Write, story: str) -> None:
    jsonl(tmp_path / "data" / "train.jsonl", [story])
    provenance("audit", "data", "--registry", registry, "-o", "json=audit.json", "-o", "html=first.html", cwd=tmp_path)
    (tmp_path / "data" / "train.jsonl").unlink()
    done = provenance("report", "audit.json", "-o", "html=second.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()


def test_an_audit_does_not_audit_its_registry_or_what_it_wrote_before(
    tmp_path: Path, provenance: Run, registry: Path, jsonl: Write, story: str
) -> None:
    jsonl(tmp_path / "train.jsonl", [story])
    shutil.copytree(registry, tmp_path / "registry")
    digests = []
    for _ in range(2):
        done = provenance("audit", ".", "--registry", "registry", "-o", "json=audit.json", "--as-of", "2026-11-22", cwd=tmp_path)
        assert done.returncode in {0, 1}, done.stderr
        audit = audit_json(tmp_path / "audit.json")
        assert audit["coverage"]["scanned"] == 1
        digests.append(audit["findings"])
    assert digests[0] == digests[1]


def test_a_reader_who_stops_early_does_not_change_how_the_audit_ends(tmp_path: Path, registry: Path, jsonl: Write, story: str) -> None:
    jsonl(tmp_path / "train.jsonl", [story])
    command = [
        str(Path(sys.executable).with_name("provenance")),
        "audit",
        "train.jsonl",
        "--registry",
        str(registry),
        "--fail-on",
        "review",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=120) == 1


def test_explain_names_the_rule_and_each_condition_with_its_value(
    tmp_path: Path, provenance: Run, registry: Path, jsonl: Write, story: str
) -> None:
    jsonl(tmp_path / "data" / "train.jsonl", [story])
    provenance("audit", "data", "--registry", registry, "-o", "json=audit.json", cwd=tmp_path)
    [finding] = audit_json(tmp_path / "audit.json")["findings"]
    done = provenance("explain", "audit.json", finding["id"][:8], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert finding["decision"]["rule"] in done.stdout
    assert "match.words" in done.stdout
    assert "The Ferry" in done.stdout


def test_compare_shows_what_two_texts_share(tmp_path: Path, provenance: Run, registry: Path, story: str) -> None:
    (tmp_path / "item.txt").write_text(f"{PLAIN}\n\n{story[200:600]}\n\n{PLAIN}", encoding="utf-8")
    done = provenance("compare", registry.parent / "story.txt", tmp_path / "item.txt")
    assert done.returncode == 0, done.stderr
    assert "verbatim" in done.stdout
    apart = provenance("compare", registry.parent / "story.txt", registry.parent / "works.csv")
    assert apart.returncode == 2


def test_help_imports_no_library_but_click() -> None:
    program = (
        "import sys\nfrom provenance.cli.main import run\n"
        "try: run(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(re.findall(r"'(\w+)'", done.stderr))
    assert not loaded & {"numpy", "numba", "pyarrow", "pydantic", "rich", "orjson", "datasketch", "PIL", "cv2", "faiss", "av", "ruamel"}
    assert "audit" in done.stdout
