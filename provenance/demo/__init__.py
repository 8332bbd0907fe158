"""Works, a training set and generated outputs that this project made itself, for ``provenance demo``.

Every text was written for it, every picture is drawn and every sound is synthesised here from a seed: nothing is anybody else's, and the
persons, presses and agreements on record are invented.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from provenance.demo import catalogue, prose, studio
from provenance.demo.expected import EXPECTED, Expected, Outcome

__all__ = ["EXPECTED", "Expected", "Material", "Outcome", "make"]

NO_PILLOW = "pictures: Pillow is not installed (pip install 'provenance-audit[image]')"
STORY_WITH_NOTICE = "the-lamp-keeper"


@dataclass(frozen=True, slots=True)
class Material:
    """Where everything is."""

    folder: Path
    works: Path
    """The folder of the works."""
    metadata: Path
    """What is on record of them: the CSV file beside that folder, for ``provenance registry add --metadata``."""
    dataset: Path
    outputs: Path
    use: Path
    """What is known of the use, for ``provenance audit --facts``."""
    missing: tuple[str, ...]
    """What could not be made, and why."""

    @property
    def expected(self) -> tuple[Expected, ...]:
        """The rows of EXPECTED that hold for what was made."""
        return tuple(row for row in EXPECTED if (self.folder / row.path).is_file())


def make(folder: Path) -> Material:
    """Writes ``works/``, ``works.csv``, ``dataset/``, ``outputs/`` and ``use.yaml`` into a folder: about 8 MB, the same bytes every time.

    Equal bytes hold for equal versions of NumPy and Pillow. Files of these names are overwritten. Without Pillow there are no pictures.
    """
    rows = [*catalogue.TEXTS, *catalogue.SOUNDS]
    _write(folder, _texts())
    _write(folder, studio.sounds())
    missing: tuple[str, ...] = ()
    if find_spec("PIL"):
        _write(folder, studio.pictures())
        rows += catalogue.PICTURES
    else:
        missing = (NO_PILLOW,)
    use = (files("provenance.demo") / "use.yaml").read_bytes()
    _write(folder, {"works.csv": catalogue.csv_of(rows).encode(), "use.yaml": use})
    works, dataset, outputs = (folder / name for name in ("works", "dataset", "outputs"))
    return Material(folder, works, folder / "works.csv", dataset, outputs, folder / "use.yaml", missing)


def _texts() -> dict[str, bytes]:
    """The registered texts, the training records and the answers."""
    written = {}
    for row in catalogue.TEXTS:
        text = prose.text(row.work_id)
        if row.work_id == STORY_WITH_NOTICE:
            text = prose.with_notice(text)
        written[row.file] = f"{text}\n".encode()
    training = [_training_record(number, record) for number, record in enumerate(prose.records("training"))]
    answers = [{"prompt": record.heading, "output": record.body} for record in prose.records("answers")]
    return written | {"dataset/train.jsonl": _json_lines(training), "outputs/answers.jsonl": _json_lines(answers)}


def _training_record(number: int, record: prose.Record) -> dict[str, str]:
    source, licence = record.heading.split(" | ")
    return {"id": f"doc-{number:05d}", "text": record.body, "source": source, "license": licence}


def _json_lines(records: Sequence[Mapping[str, str]]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
