"""Bundles of returns as other systems zip them: names in old code pages, tricks with paths, a zip in a zip."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from hostile import Ends, Member, pack, raw_zip, workbook

_UTF_8 = 0x800
_UNIX_LINK = 0o120777 << 16


def _bundle(*names: bytes, flags: int = 0) -> bytes:
    return raw_zip(*(Member.stored(name, workbook(), flags) for name in names))


def _decomposed() -> bytes:
    name = unicodedata.normalize("NFD", "résumé_がぎ.xlsx").encode()
    left = Member.stored(b"__MACOSX/._x.xlsx", b"\0\5\x16\7")
    return raw_zip(Member.stored(name, workbook(), _UTF_8), left)


def _twice() -> bytes:
    first = (Member.stored(name, workbook()) for name in (b"a.xlsx", b"A.XLSX"))
    return raw_zip(*first, Member.stored(b"a.xlsx", b"second"))


def _link() -> bytes:
    target = b"/etc/passwd"
    return raw_zip(replace(Member.stored(b"link.xlsx", target), made_by=3 << 8 | 20, attributes=_UNIX_LINK))


_PATHS = (b"../../evil.xlsx", b"/abs/evil.xlsx", b"C:\\evil.xlsx", b"..\\..\\win.xlsx", b"a/\0b.xlsx")

ENDS: Ends = {
    "read": {
        "arch_gbk_names.zip": lambda: _bundle(
            "财务部/一月填报.xlsx".encode("gbk"), "销售部/表①（终稿）.xlsx".encode("gbk")
        ),
        "arch_utf8_noflag.zip": lambda: _bundle("财务部/一月填报.xlsx".encode()),
        "arch_utf8_flag.zip": lambda: _bundle("财务部/一月填报.xlsx".encode(), flags=_UTF_8),
        "arch_utf8_flag_but_gbk.zip": lambda: _bundle("财务部.xlsx".encode("gbk"), flags=_UTF_8),
        "arch_nfd_macos.zip": _decomposed,
        "arch_traversal.zip": lambda: _bundle(*_PATHS),
        "arch_dup_names.zip": _twice,
        "arch_nested.zip": lambda: raw_zip(Member.stored(b"inner.zip", pack({"inner.xlsx": workbook()}))),
        "arch_symlink.zip": _link,
    },
}

INSIDE: Mapping[str, Mapping[str, str]] = {
    "arch_gbk_names.zip": {"财务部/一月填报.xlsx": "I101", "销售部/表①（终稿）.xlsx": "I101"},
    "arch_utf8_noflag.zip": {"财务部/一月填报.xlsx": "I101"},
    "arch_utf8_flag.zip": {"财务部/一月填报.xlsx": "I101"},
    "arch_utf8_flag_but_gbk.zip": {"财务部.xlsx": "I101"},
    "arch_nfd_macos.zip": {"résumé_がぎ.xlsx": "I101"},
    "arch_traversal.zip": dict.fromkeys(("evil.xlsx", "abs/evil.xlsx", "C:/evil.xlsx", "win.xlsx"), "F106"),
    "arch_dup_names.zip": dict.fromkeys(("a.xlsx", "A.XLSX", "a.xlsx (2)"), "F106"),
    "arch_nested.zip": {"inner.zip/inner.xlsx": "I101"},
    "arch_symlink.zip": {"link.xlsx": "F106"},
}
"""What becomes of a bundle's members, by their names as they are shown; the bundle itself is read."""
