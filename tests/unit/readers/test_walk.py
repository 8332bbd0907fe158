import os
import socket
from contextlib import nullcontext
from pathlib import Path

import pytest

from provenance.errors import UsageError
from provenance.readers.walk import walk


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def files(*paths, **options):
    return [found for folder in walk(paths, **options) for found in folder]


def reasons(found):
    return {entry.path: entry.reason for entry in found}


def test_files_of_a_folder_come_by_name_and_before_those_of_the_folders_in_it(data):
    for name in ("b.txt", "a/z.txt", "a/b/y.txt", "c.txt", "B.txt", "a.b/x.txt"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name)
    found = files("data")
    assert [entry.path for entry in found] == [f"data/{name}" for name in ("B.txt", "b.txt", "c.txt", "a/z.txt", "a/b/y.txt", "a.b/x.txt")]
    assert [entry.file for entry in found] == [Path(entry.path) for entry in found]
    assert [entry.size for entry in found] == [5, 5, 5, 7, 9, 9]


@pytest.mark.parametrize(
    ("given", "path"),
    [("data", "data/a.txt"), ("./data/", "data/a.txt"), ("data/a.txt", "data/a.txt"), (Path("data"), "data/a.txt"), (".", "data/a.txt")],
)
def test_a_path_is_written_as_it_was_given(data, given, path):
    (data / "a.txt").write_text("x")
    assert [entry.path for entry in files(given)] == [path]


def test_a_url_of_a_local_file_is_that_file_by_all_local_rules(data):
    (data / "a b.txt").write_text("x")
    (data / "out.txt").symlink_to("/etc/hostname")
    assert reasons(files(data.as_uri())) == {f"{data}/a b.txt": "", f"{data}/out.txt": "link-outside"}


def test_what_is_no_file_is_named_and_never_opened(data):
    os.mkfifo(data / "pipe.txt")
    (data / "device.txt").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("data/socket.txt")
        assert reasons(files("data")) == {
            "data/pipe.txt": "special-file",
            "data/socket.txt": "special-file",
            "data/device.txt": "link-outside",
        }
        assert reasons(files("data/pipe.txt", "/dev/zero")) == {"data/pipe.txt": "special-file", "/dev/zero": "special-file"}


def test_links_that_lead_in_circles_end(data):
    (data / "d").mkdir()
    (data / "d" / "a.txt").write_text("x")
    (data / "d" / "up").symlink_to("..")
    (data / "self").symlink_to("self")
    (data / "one").symlink_to("two")
    (data / "two").symlink_to("one")
    assert reasons(files("data")) == {
        "data/one": "dangling-link",
        "data/self": "dangling-link",
        "data/two": "dangling-link",
        "data/d/a.txt": "",
        "data/d/up": "link",
    }
    with pytest.raises(UsageError, match="self"):
        files("data/self")


def test_a_link_of_git_annex_whose_file_was_not_fetched_is_a_pointer(data):
    (data / "a.jpg").symlink_to(".git/annex/objects/xx/yy/SHA256E-s1--0.jpg/SHA256E-s1--0.jpg")
    assert reasons(files("data")) == {"data/a.jpg": "annex-pointer"}


def test_a_name_that_is_no_utf_8_is_found_and_can_be_written_down(data):
    name = os.fsdecode(b"\xff")
    (data / name).mkdir()
    (data / name / f"{name}.txt").write_text("x")
    (found,) = files("data")
    assert (found.path, found.file.read_text()) == ("data/\\xff/\\xff.txt", "x")


def test_a_file_that_vanishes_while_its_folder_is_listed_is_unread(data, monkeypatch):
    (data / "a.txt").write_text("x")
    (data / "b.txt").write_text("x")
    listing = os.scandir

    def late(folder):
        entries = list(listing(folder))
        (data / "a.txt").unlink(missing_ok=True)
        return nullcontext(entries)

    monkeypatch.setattr("provenance.readers.walk.os.scandir", late)
    assert reasons(files("data")) == {"data/a.txt": "unreadable", "data/b.txt": ""}


def test_a_folder_that_vanishes_before_it_is_listed_is_unread(data):
    (data / "a.txt").write_text("x")
    (data / "d").mkdir()
    folders = walk(["data"])
    first = next(folders)
    (data / "d").rmdir()
    assert (reasons(first), reasons(found for folder in folders for found in folder)) == ({"data/a.txt": ""}, {"data/d": "unreadable"})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_unread_and_one_that_is_named_stops_the_run(data):
    (data / "d").mkdir()
    (data / "d" / "a.txt").write_text("x")
    (data / "d").chmod(0)
    try:
        assert reasons(files("data")) == {"data/d": "unreadable"}
        with pytest.raises(UsageError, match="Permission"):
            files("data/d/a.txt")
    finally:
        (data / "d").chmod(0o700)


@pytest.mark.parametrize("path", ["nowhere", "data/nowhere", "no\0where", "x" * 5000])
def test_a_path_that_is_not_there_stops_the_run_before_anything_is_found(data, path):
    (data / "a.txt").write_text("x")
    with pytest.raises(UsageError, match="cannot be audited"):
        files("data", path)


def test_a_deep_tree_is_walked_without_recursion(data):
    deep = data
    for _ in range(600):
        deep /= "d"
    deep.mkdir(parents=True)
    (deep / "a.txt").write_text("x")
    assert [entry.path for entry in files("data")] == [f"data/{'d/' * 600}a.txt"]


def test_own_outputs_are_excluded_whether_named_found_or_linked(data):
    (data / "evidence").mkdir()
    (data / "evidence" / "a.txt").write_text("x")
    (data / "report.md").write_text("x")
    (data / "report.txt").write_text("x")
    (data / "link.txt").symlink_to("evidence/a.txt")
    own = [data / "report.md", Path("data/./evidence"), data / "not-there"]
    assert reasons(files("data", own=own)) == {
        "data/link.txt": "own-output",
        "data/report.md": "own-output",
        "data/report.txt": "",
        "data/evidence/a.txt": "own-output",
    }
    assert reasons(files("data/evidence", own=own)) == {"data/evidence/a.txt": "own-output"}
