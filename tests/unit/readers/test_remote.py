import io
import pickle
import re
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import fsspec
import pytest
from fsspec.registry import known_implementations

from provenance.errors import UsageError
from provenance.readers import remote, remote_tree
from provenance.readers.limits import LIMITS
from provenance.readers.remote import RemoteFile, public
from provenance.readers.sidecar import beside, is_sidecar
from provenance.readers.walk import walk


@pytest.fixture
def bucket():
    """Makes objects in an object store that lives in memory; gives its URL."""
    system, name = fsspec.filesystem("memory"), uuid4().hex

    def make(objects):
        for path, content in objects.items():
            system.pipe_file(f"/{name}/{path}", content)
        return f"memory://{name}"

    yield make
    if system.exists(f"/{name}"):
        system.rm(f"/{name}", recursive=True)


class Handler(BaseHTTPRequestHandler):
    """A web server of ``server.files`` by path; a folder's page is made of the files below it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.requests.append((self.command, self.path, self.headers.get("Range", "")))
        path, _, query = self.path.partition("?")
        if server.wants and query != server.wants:
            return self.answer(403, b"no")
        if path.endswith("/"):
            links = {rest.partition("/")[0] + ("/" if "/" in rest else "") for at in server.files if (rest := at.removeprefix(path)) != at}
            page = "".join(f'<a href="{link}">{link}</a>' for link in ["../", "?C=N;O=D", "/elsewhere.txt", *sorted(links)])
            return self.answer(200, page.encode(), "text/html")
        if path not in server.files:
            return self.answer(404, b"not here")
        content = server.files[path]
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked and server.ranges:
            start, end = int(asked[1]), min(int(asked[2]), len(content) - 1)
            return self.answer(206, content[start : end + 1], extra={"Content-Range": f"bytes {start}-{end}/{len(content)}"})
        return self.answer(200, content)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def answer(self, status, content, kind="application/octet-stream", extra=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if self.server.sizes:
            self.send_header("Content-Length", str(len(content)))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        for name, value in dict(extra).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            try:
                self.wfile.write(content[: len(content) // 2] if self.server.breaks else content)
                self.close_connection = self.close_connection or self.server.breaks
            except ConnectionError:  # a client that has read enough
                self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def serving(files, *, ranges=True, sizes=True, wants=""):
    pytest.importorskip("aiohttp")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.files = {f"/{path}": content for path, content in files.items()}
    server.ranges, server.sizes, server.wants, server.requests = ranges, sizes, wants, []
    server.breaks = False
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def files(*paths, **options):
    return [found for folder in walk(paths, **options) for found in folder]


def contents(found):
    answer = {}
    for entry in found:
        with entry.file.open("rb") as file:
            answer[entry.path] = file.read()
    return answer


def test_objects_of_a_bucket_are_found_in_order_with_their_bytes(bucket):
    url = bucket({"b.txt": b"two", "a/z.txt": b"three", "a/b/y.txt": b"five", "B.txt": b"one", "c.txt": b""})
    found = files(url)
    names = ["B.txt", "b.txt", "c.txt", "a/z.txt", "a/b/y.txt"]
    assert [entry.path for entry in found] == [f"{url}/{name}" for name in names]
    assert list(contents(found).values()) == [b"one", b"two", b"", b"three", b"five"]
    assert [entry.size for entry in found] == [3, 3, 0, 5, 4]


def test_one_object_can_be_named(bucket):
    url = bucket({"a/b.txt": b"x", "c.txt": b"y"})
    assert contents(files(f"{url}/a/b.txt")) == {f"{url}/a/b.txt": b"x"}


def test_an_object_and_a_folder_of_one_name_are_both_found(bucket, monkeypatch):
    url = bucket({"a/x.txt": b"x"})
    kind, listing = type(fsspec.filesystem("memory")), type(fsspec.filesystem("memory")).ls

    def both(self, path, detail=True, **options):
        entries = listing(self, path, detail=True, **options)
        mark = {"name": path, "size": 0, "type": "file"}
        return [mark, *entries, *({"name": entry["name"], "size": 9, "type": "file"} for entry in entries if entry["type"] == "directory")]

    monkeypatch.setattr(kind, "ls", both)
    assert [entry.path for entry in files(url)] == [f"{url}/a", f"{url}/a/x.txt"]


def test_patterns_registries_and_what_is_no_media_hold_for_objects_too(bucket):
    url = bucket(
        {
            "a.txt": b"x",
            "b.md": b"x",
            ".git/HEAD": b"x",
            "r/registry.sqlite": b"x",
            "r/snapshots/s.txt": b"x",
            "drafts/d/e.txt": b"x",
        }
    )
    found = {entry.path.removeprefix(f"{url}/"): entry.reason for entry in files(url, include=["*.txt", "HEAD"], exclude=["drafts"])}
    assert found == {
        "a.txt": "",
        "b.md": "pattern",
        ".git/HEAD": "no-media",
        "r/registry.sqlite": "registry",
        "r/snapshots/s.txt": "registry",
        "drafts/d/e.txt": "pattern",
    }
    assert all(entry.excluded == bool(entry.reason) for entry in files(url, exclude=["*"]))


def test_a_file_is_used_like_a_path_and_travels_to_other_processes(bucket):
    content = bytes(range(256)) * 1000
    (found,) = files(f"{bucket({'a.tar.gz': content})}/a.tar.gz")
    file = pickle.loads(pickle.dumps(found.file))
    assert (file, hash(file)) == (found.file, hash(found.file))
    assert (file.name, file.stem, file.suffix, file.stat().st_size) == ("a.tar.gz", "a.tar", ".gz", 256_000)
    with file.open("rb") as stream:
        assert stream.read(16384) == content[:16384]
        stream.seek(-10, io.SEEK_END)
        assert (stream.tell(), stream.read()) == (255_990, content[-10:])
        stream.seek(3)
        assert stream.read(200_000) == content[3:200_003]


def test_members_of_an_archive_behind_a_url_can_be_named_by_a_chain(bucket):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("d/in.txt", "inside")
    url = bucket({"x.zip": buffer.getvalue(), "e.txt": b"e"})
    assert contents(files(f"zip://::{url}/x.zip")) == {f"zip://d/in.txt::{url}/x.zip": b"inside"}
    assert contents(files(f"simplecache::{url}")) == {f"simplecache::{url}/e.txt": b"e", f"simplecache::{url}/x.zip": buffer.getvalue()}


def test_a_sidecar_is_taken_from_the_listing_and_never_asked_for(bucket):
    url = bucket({"a.jpg": b"x", "a.json": b'{"url": "u"}', "b.jpg": b"x", "c.json": b"[1]"})
    found = {entry.file.name: entry.file for entry in files(url)}
    assert dict(beside(found["a.jpg"], LIMITS)) == {"url": "u"}
    assert (beside(found["b.jpg"], LIMITS), beside(found["a.json"], LIMITS)) == ({}, {})
    assert [is_sidecar(found[name]) for name in sorted(found)] == [False, True, False, False]


def test_local_and_remote_paths_are_audited_in_one_run(bucket, tmp_path):
    (tmp_path / "a b.txt").write_bytes(b"local")
    url = bucket({"a.txt": b"remote"})
    assert list(contents(files(tmp_path, url)).values()) == [b"local", b"remote"]
    assert contents(files(f"file://{tmp_path}/a%20b.txt")) == {f"{tmp_path}/a b.txt": b"local"}
    assert len(files(url, f"{url}/a.txt")) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("memory://nowhere/at/all", "no such file"),
        ("nosuchprotocol://x", "nosuchprotocol"),
        ("zip://::memory://nowhere.zip", "no such file"),
    ],
)
def test_a_url_behind_which_nothing_is_stops_the_run(url, words):
    with pytest.raises(UsageError, match=words):
        files(url)


def test_a_protocol_without_its_driver_names_the_package(monkeypatch):
    monkeypatch.setitem(
        known_implementations, "faraway", {"class": "faraway_driver_that_is_not_there.System", "err": "Please install farfs to access Far"}
    )
    with pytest.raises(UsageError, match="install farfs") as stopped:
        files("faraway://bucket/x")
    assert stopped.value.remedy == "pip install farfs"
    web = ImportError(known_implementations["https"]["err"])
    assert remote.missing_packages(web) == "requests aiohttp"


def test_a_web_page_that_links_to_files_is_a_folder():
    data = {"set/a.txt": b"one", "set/sub/b%20c.txt": b"two", "set/sub/deep/d.txt": b"three", "other/x.txt": b"no"}
    with serving(data) as server:
        found = files(f"{server.url}/set/")
        assert [entry.path.removeprefix(server.url) for entry in found] == ["/set/a.txt", "/set/sub/b%20c.txt", "/set/sub/deep/d.txt"]
        assert list(contents(found).values()) == [b"one", b"two", b"three"]


def test_of_a_large_file_behind_https_only_what_is_read_is_fetched():
    content = bytes(range(251)) * 4000
    with serving({"big.bin": content}) as server:
        (found,) = files(f"{server.url}/big.bin")
        server.requests.clear()
        with found.file.open("rb") as file:
            assert file.read(16384) == content[:16384]
            file.seek(900_000)
            assert file.read(104_000) == content[900_000:]
        asked = [tuple(map(int, value.removeprefix("bytes=").split("-"))) for _, _, value in server.requests]
        assert asked[0] == (0, remote.READ_AHEAD - 1)
        assert sum(end - start + 1 for start, end in asked) < 300_000


def test_a_server_without_ranges_is_read_whole_up_to_a_size(monkeypatch):
    content = bytes(range(250)) * 1000
    with serving({"a.bin": content}, ranges=False) as server:
        (found,) = files(f"{server.url}/a.bin")
        with found.file.open("rb") as file:
            assert file.read(16384) == content[:16384]
            file.seek(200_001)
            assert file.read() == content[200_001:]
        monkeypatch.setattr(remote, "WHOLE", 1000)
        with found.file.open("rb") as file:
            file.seek(200_001)
            with pytest.raises(OSError, match="simplecache::"):
                file.read()
        assert list(contents(files(f"simplecache::{server.url}/a.bin")).values()) == [content]


def test_a_file_of_unsaid_size_is_accounted_for():
    with serving({"a.txt": b"x"}, sizes=False) as server:
        (found,) = files(f"{server.url}/a.txt")
    assert (found.reason, "how large" in found.detail) == ("unreadable", True)


def test_a_file_that_vanishes_after_the_listing_is_an_error_of_reading():
    with serving({"d/a.txt": b"x" * 100, "d/b.txt": b"y"}) as server:
        found = files(f"{server.url}/d/")
        del server.files["/d/a.txt"]
        with pytest.raises(OSError, match="404"), found[0].file.open("rb") as file:
            file.read()


def test_a_connection_that_breaks_is_an_error_of_reading():
    with serving({"a.txt": b"x" * 100_000}) as server:
        (found,) = files(f"{server.url}/a.txt")
        server.breaks = True
        with pytest.raises(OSError, match=r"\w"), found.file.open("rb") as file:
            file.read()


def test_a_folder_that_cannot_be_listed_is_unread_and_the_rest_is_found(bucket, monkeypatch):
    url = bucket({"a/x.txt": b"x", "b/y.txt": b"y"})
    kind, listing = type(fsspec.filesystem("memory")), type(fsspec.filesystem("memory")).ls

    def failing(self, path, **options):
        if path.endswith("/a"):
            raise TimeoutError
        return listing(self, path, **options)

    monkeypatch.setattr(kind, "ls", failing)
    assert [(entry.path, entry.reason, entry.detail) for entry in files(url)] == [
        (f"{url}/a", "unreadable", "no answer in time"),
        (f"{url}/b/y.txt", "", ""),
    ]


def test_a_server_whose_folders_never_end_is_given_up(monkeypatch):
    monkeypatch.setattr(remote_tree, "DEPTH", 9)
    with serving({}) as server:
        server.RequestHandlerClass = type(
            "Deeper", (Handler,), {"do_GET": lambda self: self.answer(200, b'<a href="d/">d</a>', "text/html")}
        )
        (found,) = files(f"{server.url}/")
    assert (found.reason, found.path.count("/d")) == ("unreadable", 10)


def test_signed_urls_open_files_and_are_never_shown():
    secret = "X-Amz-Signature=5EC2E7&Expires=2026-01-01T00:00:00Z"
    with serving({"data.jsonl": b'{"text": "x"}'}, wants=secret) as server:
        url = f"{server.url.replace('http://', 'http://someone:5EC2E7@')}/data.jsonl?{secret}"
        (found,) = files(url)
        assert contents([found]) == {f"{server.url}/data.jsonl": b'{"text": "x"}'}
        assert (found.file.name, found.file.suffix) == ("data.jsonl", ".jsonl")
        assert "5EC2E7" not in f"{found} {found.file!r} {found.file}"
        server.wants = "another"
        with pytest.raises(OSError, match="403") as refused, found.file.open("rb") as file:
            file.read()
        assert "5EC2E7" not in str(refused.value)
        with pytest.raises(UsageError, match="403") as stopped:
            files(url)
        assert "5EC2E7" not in f"{stopped.value} {stopped.value.remedy}"
        server.wants = ""
        with pytest.raises(UsageError, match="different queries"):
            files(url, f"{server.url.replace('http://', 'http://someone:5EC2E7@')}/data.jsonl?other=1")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://bucket/a/b.txt", "s3://bucket/a/b.txt"),
        ("s3://KEY:sec/ret+x@bucket/a@b.txt", "s3://bucket/a@b.txt"),
        ("s3://KEY:secret@bucket/a", "s3://bucket/a"),
        ("https://token@h.org/a", "https://h.org/a"),
        ("https://u:p@ss@h.org:8080/a@b", "https://h.org:8080/a@b"),
        ("https://h.org:8080/a@b", "https://h.org:8080/a@b"),
        ("https://h.org/a?sig=x:y&t=1", "https://h.org/a"),
        ("https://h.org/a?token", "https://h.org/a"),
        ("zip://m.txt::https://u:p@h.org/a.zip?x=1::y", "zip://m.txt::https://h.org/a.zip::y"),
        ("simplecache::ftp://u:p@h.org/a", "simplecache::ftp://h.org/a"),
        ("abfs://container@account.dfs.core.windows.net/a", "abfs://container@account.dfs.core.windows.net/a"),
        ("abfs://c:key@account/a", "abfs://account/a"),
        ("403, url='https://u:p@h.org/a?sig=1'", "403, url='https://h.org/a"),
    ],
)
def test_users_passwords_and_queries_are_left_out(url, shown):
    assert public(url) == shown


def test_an_empty_object_is_opened_without_asking():
    with RemoteFile(fsspec.filesystem("memory"), "/not/there", "a", 0).open("rb") as file:
        assert file.read() == b""
