"""Works made for these tests: texts of words that no other text has."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provenance.registry import Registry


def prose(seed: int, words: int = 300) -> str:
    """A text of made-up words; texts of different seeds share none."""
    source = random.Random(seed)
    return " ".join("".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=source.randint(3, 9))) + f"{seed}" for _ in range(words))


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with two texts."""
    folder = tmp_path / "works"
    folder.mkdir()
    for seed, name in enumerate(("first.txt", "second.txt")):
        (folder / name).write_text(prose(seed), encoding="utf-8")
    return folder


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """An empty registry beside the works."""
    with Registry.init(tmp_path / "registry") as made:
        yield made


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a metadata file beside the works."""

    def to(content: str, name: str = "works.csv") -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return to


@pytest.fixture(name="prose")
def _prose() -> Callable[[int], str]:
    """Makes a text of words that no text of another seed has."""
    return prose
