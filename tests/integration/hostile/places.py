"""Names that are no text, and things that stand where a file could stand."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from tests.integration.hostile.entry import Hostile, file

ROOT = os.geteuid() == 0


def place(name: str, make: Callable[[Path, str], object], unread: str = "", found: str = "", excluded: str = "") -> Hostile:
    """A place that is no ordinary file; the words are as for ``file``."""

    def made(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path, text)

    places = tuple("" if word == "." else word for word in found.split())
    return Hostile(name, made, frozenset(unread.split()), places, len(places), excluded)


def linked(path: Path, text: str) -> None:
    """A file with three names, one of them a symbolic link."""
    path.mkdir()
    (path / "first.txt").write_text(text, encoding="utf-8")
    (path / "hard.txt").hardlink_to(path / "first.txt")
    (path / "soft.txt").symlink_to("first.txt")


def locked(path: Path, text: str) -> None:
    """A file that nobody may read."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0)


def locked_folder(path: Path, text: str) -> None:
    """A folder that nobody may look into."""
    path.mkdir()
    (path / "within.txt").write_text(text, encoding="utf-8")
    path.chmod(0)


def deep(path: Path, text: str) -> None:
    """A file whose path is longer than the system takes at once (4096 bytes)."""
    path.mkdir()
    folder = os.open(path, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=folder)
        folder, above = os.open("d" * 200, os.O_RDONLY, dir_fd=folder), folder
        os.close(above)
    with os.fdopen(os.open("too-deep.txt", os.O_CREAT | os.O_WRONLY, dir_fd=folder), "w", encoding="utf-8") as out:
        out.write(text)
    os.close(folder)


NAMES = (
    "line\nbreak.txt",
    "\x1b]0;title\x07\x1b[31mred.txt",
    "\u202egnp.txt",
    "-rf.txt",
    " .txt",
    "back\\slash.txt",
    "hash#0/text.txt",
    "%2e%2e%2f.txt",
    "n" * 251 + ".txt",
)
PLACES = (
    *(file(f"names/{name}", lambda text: text.encode(), "", ".") for name in NAMES),
    file("names/" + os.fsdecode(b"\xff\xfe-no-utf-8.txt"), lambda text: text.encode("utf-8", "backslashreplace"), "", "."),
    file("names/d/" * 40 + "deep.txt", lambda text: text.encode(), "", "."),
    place(".git/objects/pack", lambda path, text: path.write_text(text, encoding="utf-8"), excluded="no-media"),
    place("pipe.jsonl", lambda path, _: os.mkfifo(path), "special-file"),
    place("socket.jsonl", lambda path, _: os.mknod(path, stat.S_IFSOCK | 0o600), "special-file"),
    place("device.txt", lambda path, _: path.symlink_to("/dev/zero"), "link-outside"),
    place("memory.txt", lambda path, _: path.symlink_to("/proc/self/mem"), "link-outside"),
    place("passwords.txt", lambda path, _: path.symlink_to("../../../../../../../../etc/passwd"), "link-outside"),
    place("loop.txt", lambda path, _: path.symlink_to(path.name), "dangling-link"),
    place("nowhere.txt", lambda path, _: path.symlink_to("no such file"), "dangling-link"),
    place("loop-of-folders/again", lambda path, _: path.symlink_to(".."), excluded="link"),
    place("linked", linked, "", "/first.txt /hard.txt /soft.txt"),
    place("too-deep", deep, "unreadable"),
    *(() if ROOT else (place("locked.txt", locked, "unreadable"), place("locked", locked_folder, "unreadable"))),
)
