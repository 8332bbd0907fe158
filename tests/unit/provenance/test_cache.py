"""Results are found by content, by whoever opens the folder later, and a cache that cannot be relied on is as if it were empty."""

import os
import pickle
import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from fingerprints.model import Chance, Kind, Match, Modality
from provenance import journal
from provenance.cache import Cache, Pruned, Writer, default_folder, prune, usage
from provenance.cli.cache import cache as cache_command
from provenance.errors import UsageError
from provenance.model import Attachment, Item, PieceResult, Reuse

KEY = "0f" * 32
DAY = 86400


def digest(name: object) -> str:
    return sha256(str(name).encode()).hexdigest()


A, B, C = digest("shard a"), digest("shard b"), digest("shard c")


def result(name: object, *shards: str, rows: int = 100) -> PieceResult:
    return PieceResult(digest(name), rows, 64 << 20, {"text": rows}, {"text": rows}, 60 << 20, reuses=dict.fromkeys(shards, ()))


def reuse(work: str) -> Reuse:
    item = Item("", 17, "text", "#17/text", Modality.TEXT, digest("item"))
    match = Match(Modality.TEXT, Kind.VERBATIM, "text/test/1", 0.1 + 0.2, (), 0.5, 1 / 3, Chance(1e-6, "one", "observed", 3), {"words": 12})
    return Reuse(item, work, digest(work), match)


def keep(folder: Path, *results: PieceResult, key: str = KEY) -> Path:
    """Keeps the results as one run; gives its file."""
    before = set(folder.glob("*/*.journal"))
    with Cache(folder, key).writer() as writer:
        for each in results:
            writer.keep(each)
    [made] = set(folder.glob("*/*.journal")) - before
    return made


def damaged(file: Path, found: bytes) -> None:
    """Flips a byte of the frame that begins with this mark and head."""
    content = bytearray(file.read_bytes())
    content[content.index(found) + len(found) + 40] ^= 1  # within the body, behind the head
    file.write_bytes(content)


def found(folder: Path, name: object, key: str = KEY) -> PieceResult | None:
    return Cache(folder, key).find(digest(name))


def test_what_one_run_kept_is_found_by_the_next(tmp_path: Path) -> None:
    kept = [result(number, A) for number in range(50)]
    matched = replace(result("match"), reuses={A: (reuse("w1"), reuse("w2")), B: ()}, exhibits=(Attachment("F-1.json", b"{}\0"),))
    keep(tmp_path, *kept, matched)
    cache = Cache(tmp_path, KEY)
    assert [cache.find(each.content) for each in reversed(kept)] == kept[::-1]
    assert cache.find(matched.content) == matched
    assert cache.find(digest("never kept")) is None


def test_results_under_another_key_do_not_hold(tmp_path: Path) -> None:
    keep(tmp_path, result(1, A))
    assert found(tmp_path, 1, key="aa" * 32) is None


def test_a_cache_that_was_never_written_is_empty(tmp_path: Path) -> None:
    assert found(tmp_path / "nowhere", 1) is None


def test_a_run_killed_while_it_wrote_leaves_what_it_had_kept(tmp_path: Path) -> None:
    file = keep(tmp_path, result(1, A), result(2, A))
    file.write_bytes(file.read_bytes()[:-45])  # the end mark, and some of the last result
    assert found(tmp_path, 1) == result(1, A)
    assert found(tmp_path, 2) is None


def test_results_are_found_while_another_process_writes(tmp_path: Path) -> None:
    with Cache(tmp_path, KEY).writer() as writer:
        writer.keep(result(1, A))
        assert found(tmp_path, 1) == result(1, A)


def test_the_newest_result_holds(tmp_path: Path) -> None:
    for rows in (3, 5, 4):
        keep(tmp_path, result(1, A, rows=rows))
    assert found(tmp_path, 1) == result(1, A, rows=4)


def test_results_against_further_index_shards_are_united(tmp_path: Path) -> None:
    older = replace(result(1), reuses={A: (reuse("a"),), B: ()}, exhibits=(Attachment("a", b"1"), Attachment("b", b"old")))
    newer = replace(result(1), reuses={C: (reuse("c"),)}, exhibits=(Attachment("b", b"new"), Attachment("c", b"3")))
    keep(tmp_path, older)
    keep(tmp_path, newer)
    united = found(tmp_path, 1)
    assert united is not None
    assert united.reuses == {A: (reuse("a"),), B: (), C: (reuse("c"),)}
    assert {each.name: each.content for each in united.exhibits or ()} == {"a": b"1", "b": b"new", "c": b"3"}


def test_exhibits_are_known_only_where_they_were_asked_for_every_time(tmp_path: Path) -> None:
    keep(tmp_path, replace(result(1, A), exhibits=()))
    keep(tmp_path, result(1, B))
    assert found(tmp_path, 1) == result(1, A, B)


def test_of_results_that_disagree_the_newest_holds_alone(tmp_path: Path) -> None:
    keep(tmp_path, result(1, A, rows=3))
    keep(tmp_path, result(1, B, rows=4))
    assert found(tmp_path, 1) == result(1, B, rows=4)


def test_behind_a_damaged_result_the_one_before_is_found(tmp_path: Path) -> None:
    keep(tmp_path, result(1, A, rows=3))
    newer = keep(tmp_path, result(1, A, rows=4), result(2, A))
    damaged(newer, bytes.fromhex(digest(1)))
    assert found(tmp_path, 1) == result(1, A, rows=3)
    assert found(tmp_path, 2) == result(2, A)


def test_no_flipped_byte_makes_another_result(tmp_path: Path) -> None:
    file = keep(tmp_path, result(1, A), result(2, B))
    whole = file.read_bytes()
    for at in range(0, len(whole), 3):
        file.write_bytes(whole[:at] + bytes((whole[at] ^ 0x10,)) + whole[at + 1 :])
        assert found(tmp_path, 1) in (None, result(1, A))
        assert found(tmp_path, 2) in (None, result(2, B))


def test_contents_whose_names_begin_alike_are_kept_apart(tmp_path: Path) -> None:
    alike = [replace(result(1, rows=rows), content="00" * 10 + f"{rows:044x}") for rows in range(1, 20)]
    keep(tmp_path, *alike)
    cache = Cache(tmp_path, KEY)
    assert [cache.find(each.content) for each in alike] == alike


def test_a_journal_whose_payload_is_no_result_is_passed_over(tmp_path: Path) -> None:
    keep(tmp_path, result(1, A))
    head = b"\xff" + bytes.fromhex(digest(1))
    with journal.Writer(tmp_path / KEY / "99999999.journal") as writer:
        writer.append(head, b"\x80\x04N.")  # a pickle
        writer.append(head, b"\x02\0\0\0{}")
    (tmp_path / KEY / "strange.journal").write_bytes(b"of another program")
    (tmp_path / KEY / "folder.journal").mkdir()
    assert found(tmp_path, 1) == result(1, A)


def test_a_file_deleted_meanwhile_is_as_if_it_had_not_been_there(tmp_path: Path) -> None:
    files = [keep(tmp_path, result(number, A)) for number in range(3)]
    cache = Cache(tmp_path, KEY)
    assert cache.find(digest(0)) == result(0, A)
    files[1].unlink()
    assert cache.find(digest(1)) is None
    assert cache.find(digest(0)) == result(0, A)
    assert cache.find(digest(2)) == result(2, A)


def test_a_cache_travels_to_other_processes_as_its_arguments(tmp_path: Path) -> None:
    keep(tmp_path, result(1, A))
    cache = Cache(tmp_path, KEY)
    assert cache.find(digest(1))
    pickled = pickle.dumps(cache)
    assert len(pickled) < 500
    assert pickle.loads(pickled).find(digest(1)) == result(1, A)


def test_a_result_of_no_content_is_not_kept_and_an_empty_journal_not_left(tmp_path: Path) -> None:
    with Cache(tmp_path, KEY).writer() as writer:
        writer.keep(replace(result(1), content=""))
    assert list(tmp_path.glob("*/*")) == []


def test_a_result_without_matches_takes_less_than_300_bytes(tmp_path: Path) -> None:
    file = keep(tmp_path, *(result(number, A, B, C, rows=1000 + number) for number in range(100)))
    assert file.stat().st_size / 100 < 300


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_folders_made_are_for_their_owner_alone(tmp_path: Path) -> None:
    file = keep(tmp_path / "new", result(1))
    assert {folder.stat().st_mode & 0o777 for folder in (file.parent, file.parent.parent)} == {0o700}


def test_where_nothing_can_be_written_the_error_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError) as caught:
        Writer(tmp_path / "file", KEY)
    assert "--no-cache" in caught.value.remedy
    assert "--cache DIR" in caught.value.remedy
    assert found(tmp_path / "file", 1) is None


# --- the folder --------------------------------------------------------------------------------------------------------------------


def aged(file: Path, days: float) -> Path:
    now = file.stat().st_mtime
    os.utime(file, (now - days * DAY, now - days * DAY))
    return file


def names(files: Iterable[Path]) -> set[str]:
    return {file.name for file in files}


def test_what_is_found_counts_as_used(tmp_path: Path) -> None:
    file = aged(keep(tmp_path, result(1)), days=40)
    assert found(tmp_path, 2) is None
    assert prune(tmp_path, older=timedelta(days=50)) == Pruned(0, 0, 0)
    assert found(tmp_path, 1)
    assert prune(tmp_path, older=timedelta(days=30)) == Pruned(0, 0, 0)
    assert file.exists()


def test_pruning_deletes_what_was_not_used_for_so_long(tmp_path: Path) -> None:
    old, young = aged(keep(tmp_path, result(1), key="aa"), days=31), aged(keep(tmp_path, result(2)), days=29)
    size = old.stat().st_size
    assert prune(tmp_path, older=timedelta(days=30)) == Pruned(1, size, 0)
    assert not old.parent.exists()  # nothing was left in it
    assert young.exists()


def test_pruning_to_a_size_deletes_the_longest_unused_first(tmp_path: Path) -> None:
    files = [aged(keep(tmp_path, result(number)), days) for number, days in enumerate((1, 3, 2))]
    sizes = [file.stat().st_size for file in files]
    assert prune(tmp_path, most_bytes=sizes[0] + sizes[2]) == Pruned(1, sizes[1], 0)
    assert names(tmp_path.glob("*/*")) == names((files[0], files[2]))
    assert prune(tmp_path, most_bytes=0).files == 2


def test_a_journal_being_written_is_not_pruned_and_one_that_a_killed_run_left_is(tmp_path: Path) -> None:
    with Cache(tmp_path, KEY).writer() as writer:
        writer.keep(result(1))
        assert prune(tmp_path, older=timedelta(0), most_bytes=0) == Pruned(0, 0, 1)
        [file] = tmp_path.glob("*/*.journal")
        aged(file, days=2)
        assert prune(tmp_path, older=timedelta(0)).files == 1
    assert list(tmp_path.glob("*/*.journal")) == []


def test_files_of_other_programs_are_never_pruned(tmp_path: Path) -> None:
    (tmp_path / "machine").mkdir()
    strange = tmp_path / "machine" / "system.journal"  # systemd calls its logs so
    strange.write_bytes(b"LPKSHHRH")
    keep(tmp_path, result(1))
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    shutil.copytree(tmp_path / KEY, outside)
    (tmp_path / "link").symlink_to(outside)
    assert prune(tmp_path, older=timedelta(0)).files == 1
    assert strange.exists()
    assert len(list(outside.iterdir())) == 1


def test_usage_counts_runs_entries_and_bytes(tmp_path: Path) -> None:
    assert usage(tmp_path / "nowhere").runs == 0
    files = [keep(tmp_path, result(1), result(2)), aged(keep(tmp_path, result(3), key="aa"), days=2)]
    told = usage(tmp_path)
    assert (told.runs, told.entries, told.bytes) == (2, 3, sum(file.stat().st_size for file in files))
    assert told.oldest is not None
    assert told.oldest.timestamp() == pytest.approx(files[1].stat().st_mtime, abs=1e-5)


def test_the_default_folder_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PROVENANCE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert default_folder().is_relative_to(Path.home())
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert default_folder().is_relative_to(Path.home())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "provenance-audit"
    monkeypatch.setenv("PROVENANCE_CACHE", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"


# --- the command -------------------------------------------------------------------------------------------------------------------


def test_show_says_what_is_kept(tmp_path: Path) -> None:
    keep(tmp_path, result(1), result(2))
    said = CliRunner().invoke(cache_command, ["show", "--cache", str(tmp_path)])
    assert said.exit_code == 0
    assert f"folder   {tmp_path}" in said.stdout
    assert "results  2" in said.stdout


@pytest.mark.parametrize("options", [["--all"], ["--older-than", "30d"], ["--max-size", "0.1K"]])
def test_prune_says_last_on_standard_error_what_was_freed(tmp_path: Path, options: list[str]) -> None:
    size = aged(keep(tmp_path, result(1)), days=31).stat().st_size
    said = CliRunner().invoke(cache_command, ["prune", *options, "--cache", str(tmp_path)])
    assert said.stdout == ""
    assert said.stderr.splitlines()[-1] == f"freed {size} bytes in 1 file"


def test_prune_without_a_bound_says_what_is_missing() -> None:
    said = CliRunner().invoke(cache_command, ["prune"])
    assert isinstance(said.exception, UsageError)
    assert "--all" in said.exception.remedy


@pytest.mark.parametrize("options", [["--older-than", "30"], ["--older-than", "-3d"], ["--max-size", "2X"], ["--max-size", "all"]])
def test_an_age_or_a_size_that_is_none_is_shown_how_to_write(options: list[str]) -> None:
    said = CliRunner().invoke(cache_command, ["prune", *options])
    assert said.exit_code == 2
    assert "as in" in said.stderr
