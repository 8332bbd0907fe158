"""Options that several commands share, and values that they take."""

import re
from collections.abc import Callable
from pathlib import Path

import click

from provenance.model import Disposition

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Size(click.ParamType[int]):
    """Bytes, as a number with or without K, M, G or T (powers of 1024)."""

    name = "SIZE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", str(value).strip(), re.IGNORECASE)
        if not found or not float(found[1]):
            self.fail(f"{value!r} is no size: write 512M or 2G", param, ctx)
        return int(float(found[1]) * SIZES[found[2].upper()])


class Share(click.ParamType[float]):
    """A part of the whole, as 1% or 0.01."""

    name = "SHARE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The part, in (0, 1]."""
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = 0.0
        if not 0 < share <= 1:
            self.fail(f"{value!r} is no part of the whole: write 1% or 0.01", param, ctx)
        return share


class Shard(click.ParamType[tuple[int, int]]):
    """One of several shards, as 2/8."""

    name = "I/N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Number, from 1, and count."""
        found = re.fullmatch(r"(\d+)/(\d+)", str(value))
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            self.fail(f"{value!r} is no shard: write 1/8 to 8/8", param, ctx)
        return int(found[1]), int(found[2])


def gate(command: Callable[..., int]) -> Callable[..., int]:
    """--fail-on and --allow-unread."""
    fail_on = click.option(
        "--fail-on",
        type=click.Choice([disposition.value for disposition in Disposition]),
        default=Disposition.BLOCK.value,
        show_default=True,
        help="Exit 1 from here on.",
    )
    allow = click.option(
        "--allow-unread", type=click.IntRange(0), default=0, show_default=True, help="Exit 3 if more inputs could not be read."
    )
    return fail_on(allow(command))


def outputs(command: Callable[..., int]) -> Callable[..., int]:
    """--evidence and -o."""
    evidence = click.option("--evidence", type=FOLDER, help="Folder for the exhibits.  [default: beside the JSON or first report]")
    files = click.option(
        "-o", "--output", "outputs", multiple=True, metavar="FORMAT=FILE",
        help="Write a report: json, html, pdf, sarif, parquet, jsonl, csv (repeatable).",
    )  # fmt: skip
    return evidence(files(command))
