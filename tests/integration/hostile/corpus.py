"""The hostile corpus: every entry, and the folder in which they stand."""

from collections.abc import Iterable
from pathlib import Path

from tests.integration.hostile.archives import ARCHIVES
from tests.integration.hostile.entry import Hostile
from tests.integration.hostile.media import MEDIA
from tests.integration.hostile.packed import PACKED
from tests.integration.hostile.papers import PAPERS
from tests.integration.hostile.places import PLACES
from tests.integration.hostile.tables import TABLES
from tests.integration.hostile.texts import TEXTS

CORPUS: tuple[Hostile, ...] = (*PACKED, *TEXTS, *ARCHIVES, *TABLES, *PAPERS, *MEDIA, *PLACES)


def write(folder: Path, entries: Iterable[Hostile] = CORPUS) -> None:
    """Makes the entries in a folder."""
    for entry in entries:
        entry.make(folder / entry.name, entry.text)
