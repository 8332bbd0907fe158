import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest

from fingerprints.model import Modality
from fingerprints.schemes import SCHEMES
from provenance.errors import RegistryError, UsageError
from provenance.files import file_sha256
from provenance.model import Licence
from provenance.registry import MetadataError, Registry, database, intake, publish, snapshot
from provenance.registry.intake import Examined, fingerprint, fingerprint_all
from provenance.registry.processes import Died, in_order


def ids(registry):
    return [work.id for work in registry.works()]


def test_a_file_without_metadata_is_a_work_whose_rights_are_unknown(registry, shelf):
    added = registry.add([shelf], jobs=1)
    works = tuple(registry.works())
    assert len(added.works) == len(added.assets) == len(works) == 2
    for work in works:
        assert work.title in {"first", "second"}
        assert work.rights.status is work.rights.licences is work.rights.public_domain_territories is work.rights.reservations is None
        assert file_sha256(registry.asset_path(work.assets[0])) == work.assets[0].id


def test_adding_again_changes_nothing(registry, shelf, write):
    metadata = write("file,work_id,title,licence,public_domain\nworks/first.txt,w1,Eins,CC-BY-4.0,\nworks/second.txt,w2,Zwei,X,false\n")
    registry.add([shelf], metadata, jobs=1)
    before, digest = tuple(registry.works()), registry.snapshot().digest
    again = registry.add([shelf], metadata, jobs=1)
    assert (again.works, again.assets, again.updated, again.unchanged) == ((), (), (), 2)
    assert tuple(registry.works()) == before
    assert registry.snapshot().digest == digest


def test_a_registered_file_that_moved_is_found_in_its_new_place(registry, shelf):
    registry.add([shelf], jobs=1)
    (shelf / "first.txt").rename(shelf / "renamed.txt")
    assert registry.add([shelf], jobs=1).works == ()
    (work,) = (work for work in registry.works() if work.title == "first")
    assert registry.asset_path(work.assets[0]).name == "renamed.txt"
    assert registry.verify() == ()


def test_a_copy_of_a_registered_file_is_no_second_work(registry, shelf):
    (shelf / "copy.txt").write_bytes((shelf / "first.txt").read_bytes())
    assert (len(registry.add([shelf], jobs=1).works), len(ids(registry))) == (2, 2)


def test_several_rows_of_one_work_are_one_work_with_several_files(registry, shelf, write):
    registry.add([], write("file,work_id,title\nworks/first.txt,w,All\nworks/second.txt,w,\n"), jobs=1)
    (work,) = registry.works()
    assert (work.id, work.title, len(work.assets)) == ("w", "All", 2)
    assert set(registry.snapshot().assets.values()) == {("w",)}


def test_one_file_may_belong_to_two_works(registry, shelf, write):
    registry.add([], write("file,work_id\nworks/first.txt,recording\nworks/first.txt,composition\n"), jobs=1)
    assert tuple(registry.snapshot().assets.values()) == (("composition", "recording"),)
    registry.remove("recording", "withdrawn")
    assert registry.snapshot().erased == frozenset()
    registry.remove("composition", "withdrawn")
    assert len(registry.snapshot().erased) == 1


def test_files_without_a_row_are_registered_and_counted(registry, shelf, write):
    added = registry.add([shelf], write("file,work_id\nworks/first.txt,w\n"), jobs=1)
    assert (len(added.works), added.undescribed) == (2, 1)


def test_nothing_is_registered_if_any_row_is_bad(registry, shelf, write):
    digest = registry.snapshot().digest
    with pytest.raises(MetadataError):
        registry.add([shelf], write("file,work_id,public_domain\nworks/first.txt,w1,true\nworks/second.txt,w2,perhaps\n"), jobs=1)
    assert ids(registry) == []
    assert registry.snapshot().digest == digest


def test_an_addition_that_fails_half_way_registers_nothing(registry, shelf, write, monkeypatch):
    metadata = write("file,work_id\nworks/first.txt,w1\nworks/second.txt,w2\n")

    def fail(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(registry._store, "drop_unowned", fail)  # the last thing inside the transaction
        with pytest.raises(KeyboardInterrupt):
            registry.add([], metadata, jobs=1)
    assert ids(registry) == []
    assert registry.verify() == ()
    registry.add([], metadata, jobs=1)
    assert ids(registry) == ["w1", "w2"]


def test_a_file_that_cannot_be_matched_is_registered_and_said_to_be_so(registry, shelf):
    (shelf / "short.txt").write_text("Too short.", encoding="utf-8")
    (shelf / "broken.txt").write_bytes(b"caf\xe9 " * 100)
    for _ in range(2):
        added = registry.add([shelf], jobs=1)
        assert {(path.rsplit("/", 1)[-1], reason) for path, reason in ((one.file, one.reason) for one in added.unmatchable)} >= {
            ("short.txt", "unmatchable")
        }
    (short,) = (work for work in registry.works() if work.title == "short")
    assert short.id in {work for one in registry.unmatchable() for work in one.works}
    assert short.assets[0].id not in registry._store.matchable(Modality.TEXT, SCHEMES[Modality.TEXT].name)
    assert registry.verify() == ()


def test_data_sets_and_housekeeping_files_are_skipped_and_unreadable_formats_are_listed(registry, shelf):
    (shelf / "data.jsonl").write_text('{"text": "x"}\n', encoding="utf-8")
    (shelf / ".hidden.txt").write_text("never looked at", encoding="utf-8")
    (shelf / "film.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 100)
    added = registry.add([shelf], jobs=1)
    assert [(skip.file.name, skip.reason) for skip in added.skipped] == [("data.jsonl", "collection")]
    assert [one.reason for one in added.unmatchable] == ["unsupported-medium"]
    assert len(ids(registry)) == 2


def test_a_described_work_whose_file_cannot_be_read_keeps_its_rights(registry, shelf, write):
    (shelf / "film.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 100)
    added = registry.add([], write("file,work_id,licence\nworks/film.mp4,film,CC0-1.0\n"), jobs=1)
    assert registry.work("film").rights.licences[0].id == "CC0-1.0"
    assert [one.works for one in added.unmatchable] == [("film",)]


def test_the_metadata_file_and_the_registry_are_no_works(tmp_path, shelf):
    metadata = shelf / "works.csv"
    metadata.write_text("file,work_id\nfirst.txt,w\n", encoding="utf-8")
    with Registry.init(shelf / "registry") as registry:
        added = registry.add([shelf], metadata, jobs=1)
        assert (len(added.works), added.skipped, added.unmatchable) == (2, (), ())


def test_a_setting_is_kept_with_its_source_and_the_value_before(registry, shelf, write):
    registry.add([], write("file,work_id,genre,licence\nworks/first.txt,w,novel,A-1\n"), jobs=1)
    registry.set("w", "letter of 3 May", genre="article")
    work = registry.set("w", "contract 17", licence="A-2", licence_uses="train", licence_end="2027-01-01")
    assert work.genre == "article"
    assert work.rights.licences == (Licence("A-1"), Licence("A-2", frozenset({"train"}), end=date(2027, 1, 1)))
    genres = [(one.value, one.origin, one.source) for one in registry.history("w") if one.field == "genre"]
    assert genres == [("novel", "metadata", "works.csv:2"), ("article", "set", "letter of 3 May")]


def test_what_was_set_by_hand_stays_until_the_metadata_says_something_new(registry, shelf, write):
    registry.add([], write("file,work_id,genre\nworks/first.txt,w,novel\n"), jobs=1)
    registry.set("w", "counsel", genre="article")
    registry.add([], write("file,work_id,genre\nworks/first.txt,w,novel\n"), jobs=1)
    assert registry.work("w").genre == "article"
    assert registry.add([], write("file,work_id,genre\nworks/first.txt,w,poem\n"), jobs=1).updated == ("w",)
    assert registry.work("w").genre == "poem"


def test_a_value_can_be_withdrawn(registry, shelf, write):
    registry.add([], write("file,work_id,public_domain,public_domain_territories,licence\nworks/first.txt,w,true,US,A\n"), jobs=1)
    work = registry.set("w", "counsel", public_domain="unknown", licence="unknown")
    assert work.rights.status is work.rights.public_domain_territories is work.rights.licences is None


def test_terms_of_a_licence_on_record_are_changed_one_by_one(registry, shelf, write):
    registry.add([], write("file,work_id,licence,licence_uses\nworks/first.txt,w,A,train\n"), jobs=1)
    (licence,) = registry.set("w", "addendum", licence="A", licence_end="2030-12-31").rights.licences
    assert (licence.uses, licence.end) == ({"train"}, date(2030, 12, 31))


@pytest.mark.parametrize("cells", [{}, {"colour": "red"}, {"genre": "novell"}])
def test_a_setting_that_makes_no_sense_changes_nothing(registry, shelf, write, cells):
    registry.add([], write("file,work_id\nworks/first.txt,w\n"), jobs=1)
    digest = registry.snapshot().digest
    with pytest.raises(UsageError) as raised:
        registry.set("w", "counsel", **cells)
    assert raised.value.remedy
    assert registry.snapshot().digest == digest


def test_a_change_of_rights_keeps_the_index_and_changes_the_snapshot(registry, shelf, write):
    registry.add([], write("file,work_id\nworks/first.txt,w\n"), jobs=1)
    before = registry.snapshot()
    registry.set("w", "counsel", genre="novel")
    assert registry.snapshot().shards == before.shards
    assert registry.snapshot().digest != before.digest


def test_a_removed_work_is_hidden_at_once_and_the_index_is_not_built_again(registry, shelf, write):
    registry.add([], write("file,work_id\nworks/first.txt,w1\nworks/second.txt,w2\n"), jobs=1)
    before = registry.snapshot()
    registry.remove("w1", "notice 3")
    after = registry.snapshot()
    assert ids(registry) == ["w2"]
    assert after.shards == before.shards
    assert after.erased == before.assets.keys() - after.assets.keys()
    assert len(after.erased) == 1
    with pytest.raises(RegistryError, match=r"removed on .* because: notice 3"):
        registry.work("w1")
    assert registry.verify() == ()


def test_a_removed_work_does_not_come_back_by_adding_its_file_again(registry, shelf):
    registry.add([shelf], jobs=1)
    removed = ids(registry)[0]
    registry.remove(removed, "notice 3")
    added = registry.add([shelf], jobs=1)
    assert added.works == ()
    assert [skip.reason for skip in added.skipped] == ["removed"]
    assert removed not in ids(registry)


def test_a_work_that_is_not_there_cannot_be_set_or_removed(registry):
    for change in (lambda: registry.set("w", "x", genre="novel"), lambda: registry.remove("w", "x"), lambda: registry.work("w")):
        with pytest.raises(RegistryError, match="not in the registry"):
            change()


def test_opening_what_is_no_registry_says_what_to_check_and_how_one_is_made(tmp_path):
    with pytest.raises(RegistryError) as raised:
        Registry.open(tmp_path)
    expected = "check the folder given with --registry; a new registry is made with: provenance registry init PATH"
    assert raised.value.remedy == expected


def test_a_registry_that_cannot_be_made_is_an_error_with_a_remedy(shelf, monkeypatch, tmp_path):
    with pytest.raises(RegistryError, match=r"no registry can be made in .*first\.txt/r: Not a directory") as raised:
        Registry.init(shelf / "first.txt" / "r")
    assert raised.value.remedy
    monkeypatch.setattr(database, "FILE", "no/such/folder.sqlite")  # SQLite then says what it says where it may not write
    with pytest.raises(RegistryError, match=r"no registry can be made in .*unable to open") as raised:
        Registry.init(tmp_path / "r")
    assert raised.value.remedy


def test_a_row_without_an_id_describes_the_work_that_owns_the_file(registry, shelf, write):
    registry.add([], write("file,work_id,title\nworks/first.txt,W-17,\n"), jobs=1)
    added = registry.add([], write("file,title,genre\nworks/first.txt,One,novel\n"), jobs=1)
    (work,) = registry.works()
    assert (added.works, added.updated) == ((), ("W-17",))
    assert (work.id, work.title, work.genre) == ("W-17", "One", "novel")
    assert set(registry.snapshot().assets.values()) == {("W-17",)}


def test_a_copy_of_a_file_belongs_to_the_work_that_its_row_names(registry, shelf, write):
    (shelf / "copy.txt").write_bytes((shelf / "first.txt").read_bytes())
    metadata = write("file,work_id,genre\nworks/copy.txt,,novel\nworks/first.txt,W-17,\n")
    for known in (("W-17",), ()):
        assert registry.add([], metadata, jobs=1).works == known
    assert registry.work("W-17").genre == "novel"
    (shelf / "third.txt").write_bytes((shelf / "second.txt").read_bytes())
    assert registry.add([shelf], write("file,work_id\nworks/second.txt,W-18\n"), jobs=1).works == ("W-18",)
    assert ids(registry) == ["W-17", "W-18"]


def test_a_row_without_an_id_for_a_file_of_several_works_is_refused_by_its_line(registry, shelf, write):
    registry.add([], write("file,work_id\nworks/first.txt,recording\nworks/first.txt,composition\n"), jobs=1)
    digest = registry.snapshot().digest
    with pytest.raises(MetadataError, match=r"belongs to several works: composition, recording; .*work_id") as raised:
        registry.add([], write("file,title\nworks/second.txt,Two\nworks/first.txt,One\n"), jobs=1)
    assert [(bad.line, bad.column) for bad in raised.value.problems] == [(3, "work_id")]
    assert registry.snapshot().digest == digest
    registry.remove("recording", "withdrawn")
    registry.add([], write("file,title\nworks/first.txt,One\n"), jobs=1)
    assert registry.work("composition").title == "One"


def test_rows_of_equal_files_must_not_contradict_each_other(registry, shelf, write):
    (shelf / "copy.txt").write_bytes((shelf / "first.txt").read_bytes())
    with pytest.raises(MetadataError, match="line 2 says something else"):
        registry.add([], write("file,title\nworks/first.txt,One\nworks/copy.txt,Two\n"), jobs=1)


def test_a_row_without_an_id_does_not_bring_a_removed_work_back(registry, shelf, write):
    registry.add([], write("file,work_id\nworks/first.txt,W-17\n"), jobs=1)
    registry.remove("W-17", "notice 3")
    added = registry.add([], write("file,title\nworks/first.txt,One\n"), jobs=1)
    assert ([skip.reason for skip in added.skipped], ids(registry)) == (["removed"], [])


def test_the_folder_of_another_registry_is_left_out_and_said_to_be(registry, shelf):
    with Registry.init(shelf / "old" / "registry") as other:
        other.add([shelf / "first.txt"], jobs=1)
    added = registry.add([shelf], jobs=1)
    assert len(added.works) == 2
    assert [(skip.file, skip.reason) for skip in added.skipped] == [((shelf / "old" / "registry").resolve(), "registry")]
    assert [skip.reason for skip in registry.add([shelf / "old" / "registry"], jobs=1).skipped] == ["registry"]
    assert len(ids(registry)) == 2


def test_a_folder_that_holds_something_is_not_made_a_registry(tmp_path, registry, shelf):
    for folder in (registry.path, shelf, shelf / "first.txt"):
        with pytest.raises(RegistryError):
            Registry.init(folder)


def test_the_registry_is_open_to_its_owner_alone(registry):
    assert registry.path.stat().st_mode & 0o077 == 0


def test_paths_within_the_parent_folder_are_relative_so_that_both_can_move(tmp_path, registry, shelf):
    registry.add([shelf / "first.txt"], jobs=1)
    registry.close()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    registry.path.rename(moved / "registry")
    shelf.rename(moved / "works")
    with Registry.open(moved / "registry") as opened:
        (work,) = opened.works()
        assert opened.asset_path(work.assets[0]).is_file()


def test_a_second_writer_is_told_so_and_a_reader_is_not_disturbed(registry, shelf, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    holder = (
        "import sys; from pathlib import Path; from provenance.registry.store import Store\n"
        "with Store.open(Path(sys.argv[1])).only_writer():\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", holder, str(registry.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        assert registry.snapshot().digest
        with pytest.raises(RegistryError, match="another process is writing"):
            registry.add([shelf], jobs=1)
        other.communicate("")
    assert len(registry.add([shelf], jobs=1).works) == 2


def test_a_registry_in_a_folder_that_cannot_be_written_is_read_and_verified_and_refuses_changes(registry, shelf, write, monkeypatch):
    registry.add([], write("file,work_id\nworks/first.txt,w\n"), jobs=1)
    registry.close()
    monkeypatch.setattr(database.os, "access", lambda *_: False)  # root may write anywhere, so that a real one cannot be made here
    with Registry.open(registry.path) as opened:
        assert ids(opened) == ["w"]
        assert opened.verify() == ()
        with pytest.raises(RegistryError, match="readonly"):
            opened.remove("w", "notice 3")


def test_fingerprints_made_in_processes_are_those_made_here_in_the_same_order(shelf, prose):
    files = []
    for number in range(5):
        path = shelf / f"{number}.txt"
        path.write_text(prose(number + 10), encoding="utf-8")
        files.append(Examined(path, file_sha256(path), path.stat().st_size, Modality.TEXT))
    assert list(fingerprint_all(files, 2)) == [fingerprint(file) for file in files]


def test_a_task_that_kills_its_process_stops_no_other():
    tasks = [0, 0, signal.SIGKILL, 0, 0]  # raising signal 0 does nothing
    assert list(in_order(signal.raise_signal, tasks, 2)) == [None, None, Died(), None, None]


def test_workers_end_with_the_process_that_started_them():
    script = (
        "import os, signal\nfrom provenance.registry.processes import in_order\n"
        "if __name__ == '__main__':\n"
        "    for _ in in_order(os.getpgid, [0, 0], 1):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # the workers hold the pipe of standard output too: run() returns only once the last of them has ended
    ended = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, timeout=30, check=False)
    assert ended.returncode == -signal.SIGKILL


def test_a_file_that_changes_while_it_is_read_is_not_registered_as_it_was(shelf):
    made = fingerprint(Examined(shelf / "first.txt", "0" * 64, 1, Modality.TEXT))
    assert (made.value, made.reason) == (None, intake.CHANGED)


def test_a_file_that_changed_while_it_was_added_is_listed_and_not_registered(registry, shelf, monkeypatch):
    def write_on(file):
        file.file.write_text("something else", encoding="utf-8")
        return fingerprint(file)

    monkeypatch.setattr(intake, "fingerprint", write_on)
    added = registry.add([shelf / "first.txt"], jobs=1)
    assert [(one.reason, one.works) for one in added.unmatchable] == [(intake.CHANGED, ())]
    assert ids(registry) == []


def as_of_an_older_scheme(registry):
    """Fingerprints and shards as another version left them."""
    with registry._store.transaction():
        registry._store._rows("UPDATE fingerprints SET scheme = 'text/older/1'")
    _, manifest = snapshot.current(registry.path)
    shards = tuple(replace(part, scheme="text/older/1") for part in manifest.shards)
    publish._write(registry.path / snapshot.FOLDER, replace(manifest, shards=shards))


def test_a_file_read_by_another_version_of_the_scheme_is_read_again(registry, shelf):
    registry.add([shelf / "first.txt"], jobs=1)
    as_of_an_older_scheme(registry)
    added = registry.add([shelf / "second.txt"], jobs=1)
    assert added.unmatchable == ()
    assert len(registry.snapshot().assets) == 2
    assert registry.verify() == ()


def test_a_file_read_by_another_version_and_gone_since_is_said_to_be_unmatchable(registry, shelf):
    registry.add([shelf / "first.txt"], jobs=1)
    as_of_an_older_scheme(registry)
    (shelf / "first.txt").unlink()
    added = registry.add([shelf / "second.txt"], jobs=1)
    assert [one.reason for one in added.unmatchable] == ["scheme"]
    assert any("not in the index" in problem for problem in registry.verify())
