"""Archives whose names climb, whose entries overlap and whose lengths lie."""

import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.integration.hostile.entry import MB, file, line
from tests.integration.hostile.packed import deflated

TRAVERSAL = ("../../escaped-1.txt", "/escaped-2.txt", "a/../../../escaped-3.txt", "..\\..\\escaped-4.txt", "C:\\escaped-5.txt")
"""Names that lead out of the folder of whoever unpacks them."""
ODD = ("line\nbreak.txt", "\x1b[31mred\x1b[0m.txt", "\u202etxt.exe", "-rf.txt", " .txt")


def tar(*members: tuple[str, bytes] | tarfile.TarInfo, layout: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of named bytes, and of headers alone."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=layout) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                header = tarfile.TarInfo(member[0])
                header.size = len(member[1])
                archive.addfile(header, io.BytesIO(member[1]))
    return out.getvalue()


def header(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    """A header without data."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, size
    return made


def extended(name: str, **fields: str) -> bytes:
    """A member of eight bytes whose pax header says otherwise; the end of an archive."""
    said = "".join(_field(*each) for each in fields.items()).encode()
    first = header("pax", tarfile.XHDTYPE, size=len(said)).tobuf(tarfile.USTAR_FORMAT) + said + bytes(-len(said) % 512)
    return first + header(name, size=8).tobuf(tarfile.USTAR_FORMAT) + b"8 bytes.".ljust(512, b"\0") + bytes(1024)


def _field(name: str, value: str) -> str:
    """A field of a pax header, which begins with its own length."""
    size = len(f" {name}={value}\n".encode())
    return f"{size + len(str(size + 2))} {name}={value}\n"


def _open(text: str) -> bytes:
    """An archive of one good member, without its end."""
    data = text.encode()
    return header("good.txt", size=len(data)).tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)


def specials() -> tuple[tarfile.TarInfo, ...]:
    """Links out of the archive, a device and a pipe."""
    return (
        header("link.txt", tarfile.SYMTYPE, "/etc/passwd"),
        header("hard.txt", tarfile.LNKTYPE, "../../escaped-6.txt"),
        header("device.txt", tarfile.CHRTYPE),
        header("pipe.txt", tarfile.FIFOTYPE),
    )


def sized(name: str, size: bytes) -> bytes:
    """A header with another size, in the twelve bytes that it has in it; the end of an archive."""
    block = bytearray(header(name).tobuf(tarfile.GNU_FORMAT))
    block[124:136] = size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + bytes(1024)


def many(count: int) -> Iterator[bytes]:
    """A tar of very many members without a byte."""
    for number in range(count):
        yield header(f"{number}.txt").tobuf(tarfile.USTAR_FORMAT)
    yield bytes(1024)


@dataclass(frozen=True, slots=True)
class Packed:
    """An entry of a zip; every field may lie."""

    name: bytes
    data: bytes
    size: int
    crc: int
    method: int = 8
    flags: int = 0
    offset: int | None = None
    mode: int = 0
    extra: bytes = b""
    packed: int | None = None


def packed(name: str | bytes, data: bytes) -> Packed:
    """An entry that speaks the truth."""
    return Packed(name if isinstance(name, bytes) else name.encode(), _raw(data), len(data), zlib.crc32(data))


def zipped(*entries: Packed, count: int | None = None, directory: int = 0) -> bytes:
    """A zip; ``count`` and ``directory`` (bytes that its start is moved by) may lie."""
    out, described = b"", b""
    for entry in entries:
        size = len(entry.data) if entry.packed is None else entry.packed
        fixed = struct.pack(
            "<3H2H3L2H", 20, entry.flags, entry.method, 0, 33, entry.crc, size, entry.size, len(entry.name), len(entry.extra)
        )
        offset = len(out) if entry.offset is None else entry.offset
        described += b"PK\1\2" + struct.pack("<H", 3 << 8 | 20) + fixed + struct.pack("<3H2L", 0, 0, 0, entry.mode << 16, offset)
        described += entry.name + entry.extra
        if entry.offset is None:
            out += b"PK\3\4" + fixed + entry.name + entry.extra + entry.data
    number = len(entries) if count is None else count
    return out + described + b"PK\5\6" + struct.pack("<4H2LH", 0, 0, number, number, len(described), len(out) + directory, 0)


def _raw(data: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(data) + packer.flush()


def overlapping(text: str) -> bytes:
    """Five hundred entries that share the packed bytes of one (Fifield 2019), and a good one."""
    kernel = packed("kernel.txt", b"a" * (10 * MB))
    shared = [replace(kernel, name=b"%d.txt" % number, offset=0) for number in range(500)]
    return zipped(kernel, packed("good.txt", text.encode()), *shared)


def large(text: str, megabytes: int) -> bytes:
    """An entry that unpacks to so many megabytes of a letter, and a good one."""
    data, checksum = b"".join(deflated(b"", b"a" * MB, megabytes, -15)) + b"\3\0", 0
    for _ in range(megabytes):
        checksum = zlib.crc32(b"a" * MB, checksum)
    return zipped(packed("good.txt", text.encode()), Packed(b"large.txt", data, megabytes * MB, checksum))


def lying(text: str) -> bytes:
    """Entries of every kind of lie, and a good one."""
    true = packed("lie.txt", b"words of no interest " * 50)
    return zipped(
        packed("good.txt", text.encode()),
        replace(true, name=b"checksum.txt", crc=1),
        replace(true, name=b"short.txt", size=10),
        replace(true, name=b"long.txt", size=MB),
        replace(true, name=b"encrypted.txt", flags=1),
        replace(true, name=b"method.txt", method=97),
        replace(true, name=b"beyond.txt", offset=1 << 30),
        replace(true, name=b"middle.txt", offset=7),
        replace(true, name=b"link.txt", mode=0o120777),
        replace(true, name=b"reaching.txt", packed=MB),
        replace(true, name=b"noise.txt", data=b"\xff" * 50, packed=50),
    )


def exabytes(text: str) -> bytes:
    """An entry of Zip64 of 2**62 bytes, and one whose Zip64 field is missing, behind a good one."""
    wide = Packed(b"wide.txt", b"few", 0xFFFFFFFF, 0, extra=struct.pack("<2H2Q", 1, 16, 1 << 62, 3), packed=0xFFFFFFFF)
    return zipped(packed("good.txt", text.encode()), wide, replace(wide, name=b"bare.txt", extra=b""))


def nested(text: str, depth: int) -> bytes:
    """A zip in a zip, and so on; each with a good entry."""
    inner = zipped(packed("good.txt", text.encode()))
    for _ in range(depth - 1):
        inner = zipped(packed("good.txt", text.encode()), packed("inner.zip", inner))
    return inner


def record(number: int, block: bytes, length: object = None, extra: str = "", media: str = "text/plain") -> bytes:
    """A record of a web archive."""
    header = (
        f"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Target-URI: https://example.org/{number}\r\n"
        f"Content-Type: {media}\r\n{extra}Content-Length: {len(block) if length is None else length}\r\n\r\n"
    )
    return header.encode() + block + b"\r\n\r\n"


def around(bad: bytes, text: str) -> bytes:
    """A bad record between two good ones."""
    return record(0, text.encode()) + bad + record(2, text.encode())


def http_bomb(text: str) -> bytes:
    """A page that a server sent packed, and that grows to a gigabyte."""
    body = b"".join(deflated(b"", b"a" * MB, 1024))
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n" + body
    return around(record(1, answer, media="application/http; msgtype=response").replace(b": resource", b": response"), text)


def chunked(text: str) -> bytes:
    """A page in chunks, one of which says that it is larger than all memory."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nfew\r\n"
    return around(record(1, answer, media="application/http; msgtype=response").replace(b": resource", b": response"), text)


SIDES = "#urn:uuid:0 #urn:uuid:2"
WORDS = b"words of no interest " * 50
ARCHIVES = (
    file("traversal.tar", lambda text: tar(*((name, text.encode()) for name in TRAVERSAL)), "", " ".join(f"#{name}" for name in TRAVERSAL)),
    file("odd-names.tar", lambda text: tar(*((name, b"words") for name in ODD), ("good.txt", text.encode())), "", "#good.txt", 6),
    file("specials.tar", lambda text: tar(*specials(), ("good.txt", text.encode())), "link special-file", "#good.txt"),
    file("cut.tar", lambda text: tar(("good.txt", text.encode()), ("cut.txt", WORDS))[: 512 + 2048 + 512 + 300], "truncated", "#good.txt"),
    file("no-end.tar", _open, "truncated", "#good.txt"),
    file("damaged.tar", lambda text: _open(text) + b"x" * 5120, "undecodable", "#good.txt"),
    file("sparse.tar", lambda text: tar(header("sparse.txt", b"S"), ("good.txt", text.encode())), "unsupported-format", "#good.txt"),
    file("pax-noise.tar", lambda text: _open(text) + extended("lie.txt", size="-1"), "undecodable", "#good.txt"),
    file("negative.tar", lambda text: _open(text) + sized("lie.txt", b"\xff" * 12), "undecodable", "#good.txt"),
    file("long-name.tar", lambda text: tar(("n" * 4096 + ".txt", text.encode())), "", "#" + "n" * 4096 + ".txt"),
    file("endless-name.tar", lambda text: tar(("good.txt", text.encode()), ("n" * (2 * MB), WORDS)), "undecodable", "#good.txt"),
    file("nul-name.tar", lambda text: _open(text) + extended("c.txt", path="d\0e.txt"), "", "#good.txt", 2),
    file("twenty-thousand.tar", lambda _: many(20_000), "empty more-unread"),
    file(
        "nested.tar",
        lambda text: tar(("b.tar", tar(("good.txt", text.encode()), ("c.tar", tar(("d.txt", WORDS)))))),
        "nested-archive",
        "#b.tar#good.txt",
    ),
    file(
        "bomb.tar.gz",
        lambda text: deflated(_open(text) + header("bomb.txt", size=7 << 30).tobuf(), bytes(MB), 3072),
        "too-large",
        "#good.txt",
    ),
    file("cut.tar.gz", lambda text: gzip.compress(tar(("good.txt", text.encode())))[:-30], "truncated", "#good.txt"),
    file(
        "traversal.zip",
        lambda text: zipped(*(packed(name, text.encode()) for name in TRAVERSAL)),
        "",
        " ".join(f"#{name}" for name in TRAVERSAL),
    ),
    file(
        "odd-names.zip",
        lambda text: zipped(
            packed("a\0b.txt", b"words"),
            packed(b"\xff\xfe.txt", b"words"),
            packed("n" * 60_000, b"words"),
            packed("good.txt", text.encode()),
        ),
        "",
        "#good.txt",
        4,
    ),
    file("overlapping.zip", overlapping, "too-large", "#good.txt", None),
    file("bomb.zip", lambda text: large(text, 1500), "too-large", "#good.txt"),
    file("bomb-of-120-mb.zip", lambda text: large(text, 120), "", "#good.txt", 2),
    file("lying.zip", lying, "undecodable encrypted unsupported-format link too-large", "#good.txt"),
    file("zip64.zip", exabytes, "too-large undecodable", "#good.txt"),
    file("nested.zip", lambda text: nested(text, 4), "nested-archive", "#good.txt #inner.zip#good.txt"),
    file("cut.zip", lambda text: zipped(packed("good.txt", text.encode()))[:-40], "truncated"),
    file("short-directory.zip", lambda text: zipped(packed("good.txt", text.encode()), count=9), "undecodable", "#good.txt"),
    file("no-members.zip", lambda _: zipped(), "empty"),
    file("traversal.warc", lambda text: around(record(1, WORDS, extra="WARC-Filename: ../../escaped-7.txt\r\n"), text), "", SIDES, 3),
    file("too-long.warc", lambda text: around(record(1, WORDS, length=1 << 40), text), "too-large", SIDES),
    file("too-short.warc", lambda text: around(record(1, WORDS, length=10), text), "bad-record", SIDES),
    file("negative.warc", lambda text: around(record(1, WORDS, length=-1), text), "bad-record", SIDES),
    file("no-number.warc", lambda text: around(record(1, WORDS, length="many"), text), "bad-record", SIDES),
    file("cut.warc", lambda text: around(b"", text)[:-90], "truncated", "#urn:uuid:0"),
    file("endless-header.warc", lambda text: around(b"WARC/1.0\r\n" + b"X-Endless: " + b"x" * MB, text), "too-large", SIDES),
    file("http-bomb.warc", http_bomb, "too-large", SIDES),
    file("chunked.warc", chunked, "", SIDES, 3),
    file(
        "bomb.warc.gz",
        lambda text: deflated(record(0, text.encode()) + record(1, b"", length=3 << 30)[:-4], bytes(MB), 3072),
        "too-large",
        "#urn:uuid:0",
    ),
    file(
        "record.jsonl.tar",
        lambda text: tar(("a.jsonl", line(text) + b"{" + b"\n" + line(text))),
        "bad-record",
        "#a.jsonl#0/text #a.jsonl#2/text",
    ),
)
BEYOND = (
    file("pax-size.tar", lambda text: _open(text) + extended("lie.txt", size="9" * 18), "truncated", "#good.txt"),
    file("pax-beyond.tar", lambda text: _open(text) + extended("lie.txt", size="9" * 19), "undecodable", "#good.txt"),
    file("binary-size.tar", lambda text: _open(text) + sized("lie.txt", b"\x80" + b"\xff" * 11), "undecodable", "#good.txt"),
)
"""Tars with a member whose size no file system has: each is audited by itself, since one may end a whole audit."""
