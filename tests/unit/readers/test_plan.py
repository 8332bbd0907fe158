import os

import pytest

from provenance.errors import UsageError
from provenance.readers.plan import plan


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A folder ``data`` of files, given as path -> content."""
    monkeypatch.chdir(tmp_path)

    def make(**files):
        for name, content in files.items():
            file = tmp_path / "data" / name.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content) if isinstance(content, str) else file.write_bytes(content)
        return tmp_path / "data"

    return make


def paths(planned):
    return [unit.source.path for unit in planned.units]


def reasons(planned):
    return {entry.path: entry.reason for entry in planned.unread}


def test_files_come_in_order_of_their_names_folders_after_files(tree):
    tree(**{"b.txt": "x", "a__z.txt": "x", "c.txt": "x", "a__b__y.txt": "x", "B.txt": "x"})
    assert paths(plan(["data"])) == ["data/B.txt", "data/b.txt", "data/c.txt", "data/a/z.txt", "data/a/b/y.txt"]


def test_paths_are_written_as_they_were_given(tree):
    folder = tree(**{"a.txt": "x"})
    assert paths(plan([folder])) == [f"{folder.as_posix()}/a.txt"]
    assert paths(plan(["./data/"])) == ["data/a.txt"]
    assert paths(plan(["data/a.txt"])) == ["data/a.txt"]


def test_a_file_named_twice_is_audited_once(tree):
    tree(**{"a.txt": "x", "b.txt": "x"})
    planned = plan(["data/a.txt", "data", "data"])
    assert (paths(planned), planned.seen) == (["data/a.txt", "data/b.txt"], 2)


def test_every_file_is_a_unit_or_unread_or_excluded(tree, png):
    folder = tree(
        **{
            "a.txt": "x",
            "e.wav": b"",
            "p.exe": b"MZ\x90\x00\x03\x00\x00\x00",
            ".gitattributes": "x",
            "i.png": png,
            "i.json": '{"url": "u"}',
            ".git__HEAD": "x",
        }
    )
    planned = plan(["data"])
    assert paths(planned) == ["data/a.txt", "data/i.png"]
    assert reasons(planned) == {"data/e.wav": "empty", "data/p.exe": "unsupported-format"}
    assert {entry.reason: (entry.count, entry.examples) for entry in planned.excluded} == {
        "no-media": (2, ("data/.gitattributes", "data/.git/HEAD")),
        "sidecar": (1, ("data/i.json",)),
    }
    assert planned.seen == 2 + 2 + 3
    assert planned.bytes == sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_the_folder_of_a_registry_is_excluded_whole(tree):
    folder = tree(
        **{"a.txt": "x", "r__registry.sqlite": "x", "r__snapshots__CURRENT": "text", "r__snapshots__d__b.txt": "x", "s__c.txt": "x"}
    )
    (folder / "link.txt").symlink_to("r/snapshots/CURRENT")
    planned = plan(["data"], exclude=["*.sqlite"])
    assert paths(planned) == ["data/a.txt", "data/s/c.txt"]
    assert [(entry.reason, entry.count) for entry in planned.excluded] == [("registry", 4)]
    assert "data/r/registry.sqlite" in planned.excluded[0].examples
    assert (planned.seen, planned.unread) == (6, ())


def test_reports_and_evidence_of_an_earlier_run_are_excluded_wherever_they_lie(tree, tmp_path):
    folder = tree(**{"a.txt": "x", "report.md": "x", "report.txt": "x", "out__evidence__F-1.json": "{}", "out__evidence__d__e.txt": "x"})
    (folder / "out" / "link.txt").symlink_to("evidence/F-1.json")
    (tmp_path / "report.html").write_text("x")
    (folder / "report.html").symlink_to(tmp_path / "report.html")
    own = [folder / "out" / "." / "evidence", folder / "report.md", tmp_path / "report.html", tmp_path / "not-there"]
    planned = plan(["data", "data/report.md"], own=own)
    assert paths(planned) == ["data/a.txt", "data/report.txt"]
    assert {entry.reason: entry.count for entry in planned.excluded} == {"own-output": 5}
    assert planned.unread == ()
    assert planned.seen == 7
    assert planned.bytes == sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    for root in ("data/report.md", "data/out/evidence/d", "data/out"):
        assert plan([root], own=own).units == ()


def test_a_path_that_is_not_there_stops_the_run(tree):
    with pytest.raises(UsageError, match="nowhere"):
        plan([tree(**{"a.txt": "x"}), "nowhere"])


@pytest.mark.parametrize(
    ("include", "exclude", "left"),
    [
        (["*.txt"], [], ["data/a.txt", "data/d/c.txt"]),
        ([], ["*.txt"], ["data/b.md", "data/d/e/f.md"]),
        ([], ["d"], ["data/a.txt", "data/b.md"]),
        ([], ["d/e/"], ["data/a.txt", "data/b.md", "data/d/c.txt"]),
        (["d/*"], ["*.md"], ["data/d/c.txt"]),
    ],
)
def test_patterns_choose_files_and_folders_and_the_rest_is_counted(tree, include, exclude, left):
    tree(**{"a.txt": "x", "b.md": "x", "d__c.txt": "x", "d__e__f.md": "x"})
    planned = plan(["data"], include, exclude)
    assert paths(planned) == left
    assert [(entry.reason, entry.count) for entry in planned.excluded] == [("pattern", 4 - len(left))]


def test_links_are_followed_to_files_inside_only(tree, tmp_path):
    folder = tree(**{"d__a.txt": "x"})
    (tmp_path / "outside.txt").write_text("x")
    (folder / "in.txt").symlink_to("d/a.txt")
    (folder / "out.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "away").symlink_to(tmp_path)
    (folder / "gone.txt").symlink_to("nothing")
    (folder / "loop").symlink_to("loop")
    (folder / "d" / "up").symlink_to("..")
    planned = plan(["data"])
    assert paths(planned) == ["data/in.txt", "data/d/a.txt"]
    assert reasons(planned) == {
        "data/away": "link-outside",
        "data/gone.txt": "dangling-link",
        "data/loop": "dangling-link",
        "data/out.txt": "link-outside",
    }
    assert [(entry.reason, entry.examples) for entry in planned.excluded] == [("link", ("data/d/up",))]


def test_a_link_that_is_named_itself_is_followed(tree, tmp_path):
    tree(**{"a.txt": "x"})
    (tmp_path / "link").symlink_to("data")
    assert paths(plan(["link"])) == ["link/a.txt"]


def test_a_pipe_is_unread_and_never_opened(tree):
    os.mkfifo(tree(**{"a.txt": "x"}) / "pipe.txt")
    assert reasons(plan(["data"])) == {"data/pipe.txt": "special-file"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_and_folders_without_permission_are_unread(tree):
    folder = tree(**{"a.txt": "x", "d__b.txt": "x"})
    (folder / "a.txt").chmod(0)
    (folder / "d").chmod(0)
    try:
        assert reasons(plan(["data"])) == {"data/a.txt": "unreadable", "data/d": "unreadable"}
    finally:
        (folder / "d").chmod(0o700)


def test_a_name_that_is_no_utf_8_can_still_be_written_down(tree):
    (tree(**{"a.txt": "x"}) / os.fsdecode(b"\xff.txt")).write_text("x")
    assert paths(plan(["data"])) == ["data/a.txt", "data/\\xff.txt"]
