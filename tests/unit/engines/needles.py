"""A scheme for tests of what stands around schemes: an asset is a string, and matches wherever it occurs."""

import os
import signal
import time
from pathlib import Path

from fingerprints import shard
from fingerprints.errors import UndecodableError
from fingerprints.model import Chance, Failure, Hit, Kind, Match, Modality, Segment

SCHEME = "test/needles/1"


def write(directory, **needles):
    """A shard in which each asset is a string."""
    shard.write(directory, SCHEME, tuple(needles), {}, {})
    lines = "".join(f"{asset}\t{needle}\n" for asset, needle in needles.items())
    (directory / "needles.txt").write_text(lines, encoding="utf-8")
    return directory


class Scanner:
    """Reads ``asset<TAB>string`` lines from ``needles.txt`` of each shard; obeys orders that stand in the items."""

    scheme = SCHEME

    def __init__(self, shards, erased=frozenset()):
        lines = [line for shard in shards for line in (Path(shard) / "needles.txt").read_text(encoding="utf-8").splitlines()]
        self.needles = [(asset, needle) for asset, needle in (line.split("\t") for line in lines) if asset not in erased]

    def scan(self, batch):
        for position in range(len(batch)):
            text = self._text(batch.content[position])
            if text is None:
                yield Failure(position, UndecodableError("no text in it"))
                continue
            self._obey(text)
            for asset, needle in self.needles:
                if needle in text:
                    yield Hit(position, asset, match(batch.modality, text.index(needle), len(needle), len(text), "lead" in asset))

    @staticmethod
    def _text(entry):
        if isinstance(entry, Path):
            entry = entry.read_bytes()
        if isinstance(entry, bytes):
            return None if b"BROKEN" in entry else entry.decode("latin-1")
        return entry.as_py()

    @staticmethod
    def _obey(text):
        if "KILL-ALWAYS" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "KILL-ONCE " in text:
            marker = Path(text.split("KILL-ONCE ", 1)[1].split()[0])
            if not marker.exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        if "NAP" in text:
            time.sleep(0.06)
        if "HOARD" in text:
            bytearray(1 << 30)
        if "RAISE" in text:
            raise ZeroDivisionError("a bug in a scanner")
        if "SLEEP " in text:
            marker = Path(text.split("SLEEP ", 1)[1].split()[0])
            marker.write_text(str(os.getpid()), encoding="ascii")
            time.sleep(60)


def match(modality, start, length, whole, lead=False):
    segment = Segment("char" if modality is Modality.TEXT else "ms", (start, start + length), (0, length))
    kind = Kind.LEAD if lead else Kind.VERBATIM
    return Match(modality, kind, SCHEME, 1.0, (segment,), 1.0, length / whole, Chance(1e-9, "one item", "modelled", 1))
