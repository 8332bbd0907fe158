"""The installed command, and a small registry that tests audit against."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

STORY = """The ferry left the quay before the lamps were out, and nobody on board had slept. Marta stood at the rail with the ledger under
her coat, counting the poles that marked the channel, because counting kept her from thinking of the letter. Behind her the engine coughed
and settled. A boy was selling pears from a crate, three for a coin, and the old pilot bought six and gave four of them away. When the fog
lifted the islands were nearer than she remembered, each with its single white house, each house with its door painted a different blue.
She had promised to hand over the ledger to the first person who asked for it by its proper name. So far no one had. The pilot wiped
his hands and asked whether she had ever seen the tide come in from both sides at once. She said that she had not, and he laughed, and
told her that she would see it before noon, and that it always made strangers want to go home.
"""
OTHER = """Soil that has been worked for a century keeps a record of every crop, though not in a form that a farmer can read. Potash
leaves slowly, nitrogen leaves at once, and the worms turn over the rest. An experiment that began with eleven plots was still running
when its founder's grandchildren retired; by then the unmanured strip yielded a third of what its neighbour gave, and had done so, with
small swings for wet years, since anyone had begun to weigh the sheaves.
"""
MEASURED = """import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)"""  # the last line on standard error is then the most memory that a process of the command took
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def provenance(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the installed command, with a cache of the tests' own, and gives its outcome."""
    command, cache = Path(sys.executable).with_name("provenance"), tmp_path_factory.mktemp("cache")

    def run(*arguments: object, cwd: Path | None = None, measured: bool = False) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1", "PROVENANCE_CACHE": str(cache)}
        before = [sys.executable, "-c", MEASURED] if measured else []
        return subprocess.run(
            [*before, command, *map(str, arguments)], check=False, capture_output=True, text=True, cwd=cwd, env=environment
        )

    return run


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory, provenance: Run) -> Path:
    """A registry of one story, all rights reserved."""
    folder = tmp_path_factory.mktemp("registered")
    (folder / "story.txt").write_text(STORY, encoding="utf-8")
    (folder / "works.csv").write_text(
        "file,work_id,title,creators,work_type,genre,licence\n"
        "story.txt,W-1,The Ferry,Ada Example,literary,novel,LicenseRef-All-Rights-Reserved\n",
        encoding="utf-8",
    )
    for arguments in (("init", folder / "registry"), ("add", folder / "registry", folder, "--metadata", folder / "works.csv")):
        done = provenance("registry", *arguments)
        assert done.returncode == 0, done.stderr
    return folder / "registry"


@pytest.fixture
def jsonl() -> Callable[[Path, Sequence[str]], Path]:
    """Writes texts as records."""

    def write(path: Path, texts: Sequence[str]) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts)), encoding="utf-8")
        return path

    return write
