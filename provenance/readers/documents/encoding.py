"""The characters of an HTML page, from bytes that may or may not say how they are encoded."""

import codecs
import re

DECLARED_WITHIN = 1024  # bytes in which a declaration must stand (WHATWG Encoding sniffing, "prescan a byte stream")
DECLARATION = re.compile(rb"""(?:<meta[^>]*?charset|<\?xml[^>]*?encoding)\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
FALLBACK = "cp1252"
ASCII = bytes(range(128))
DAMAGED = 10  # bytes beyond ASCII for each that is no UTF-8; in a page of another encoding nearly every one of them is not

WHATWG = {
    **dict.fromkeys(("ascii", "iso8859-1"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be"), "utf-8"),  # who could read the declaration did not read UTF-16
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
"""Python's name of a declared encoding -> of the one that browsers take it for (WHATWG Encoding, section 4.2)."""
READ = frozenset(
    {
        "utf-8", "cp1252", "gb18030", "cp932", "cp949", "big5hkscs", "cp1254", "cp874", "euc_jp", "iso2022_jp", "koi8-r", "koi8-u",
        "mac-roman", "mac-cyrillic", "cp866",
        *(f"cp125{n}" for n in range(9)),
        *(f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    }
)  # fmt: skip
"""The encodings of the standard; Python knows others (UTF-7, ``unicode_escape``) that can say one thing to it and another to a browser."""
SEVEN_BIT = frozenset({"iso2022_jp"})


def decoded(data: bytes) -> str:
    """The page's characters: by its byte order mark, as UTF-8 where it is valid, as it declares, else as windows-1252.

    The standard asks the declaration before it tries UTF-8. We try first: pages that were recoded keep their old declaration, and text
    of another encoding with anything but ASCII in it is practically never valid UTF-8. Undecodable bytes become U+FFFD.
    """
    for mark, encoding in BOMS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    declared = _declared(data[:DECLARED_WITHIN])
    if declared not in SEVEN_BIT:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return data.decode(declared or _undeclared(data), "replace")


def _undeclared(data: bytes) -> str:
    """UTF-8 for a page in which few bytes are not (it was cut, or a line was pasted into it); the fallback for any other."""
    damage = data.decode("utf-8", "replace").count("\ufffd")
    return "utf-8" if damage * DAMAGED <= len(data.translate(None, ASCII)) else FALLBACK


def _declared(head: bytes) -> str | None:
    """Python's name of the encoding that the page declares; None if there is none that browsers read."""
    found = DECLARATION.search(head)
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii", "replace")).name
    except (LookupError, ValueError):
        return None
    name = WHATWG.get(name, name)
    return name if name in READ else None
