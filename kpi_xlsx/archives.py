"""Zip archives from strangers: opened only if their directory is of a sane size, names decoded, members bounded."""

from __future__ import annotations

import io
import itertools
import lzma
import re
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from kpi_xlsx.book import NO_PASSWORD, PACK_AGAIN, UNPACK, Unreadable, damaged, over
from kpi_xlsx.files import decoded
from kpi_xlsx.limits import Limits

_END, _END_64, _LOCATOR, _ENTRY = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
_LONGEST_COMMENT = 65_535
_UTF8 = 0x800
_ENCRYPTED = 0x1
_SYMLINK = 0o120000
_AES = 99
"""What a member that is locked by AES names as its method."""
_STARTS = (b"PK\x03\x04", _END, b"PK\x07\x08")
_ENTRY_BYTES = 512
"""What one entry of a directory may take on the average: 46 bytes, its name and some extra fields."""

BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error)
"""What zipfile raises for an archive that is cut off or corrupt."""
CONTRADICTORY = (ValueError, LookupError, RuntimeError, OverflowError, AssertionError)
"""What it raises for headers that contradict one another."""
DAMAGED = (OSError, NotImplementedError, *BROKEN, *CONTRADICTORY)
"""Whatever it raises when a member is opened and read."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive: its name below it, made safe to show, and its content or why there is none."""

    name: str
    body: bytes = b""
    trouble: Unreadable | None = None
    momentary: bool = False
    """A password opened it."""


def is_zip(body: bytes) -> bool:
    """Whether bytes begin as a zip does (an empty archive included)."""
    return body.startswith(_STARTS)


def open_archive(source: IO[bytes], limits: Limits) -> zipfile.ZipFile:
    """Open a zip. Raises Unreadable if its directory is too long to be read, or damaged."""
    try:
        if _directory_size(source) > limits.members * _ENTRY_BYTES:
            raise over("里面的文件太多", "it holds too many files", UNPACK)
        try:
            archive = zipfile.ZipFile(source)
        except UnicodeDecodeError:
            source.seek(0)
            archive = zipfile.ZipFile(io.BytesIO(_without_utf8_marks(source.read())))
    except BROKEN as problem:
        raise damaged("文件不完整或已损坏", "it is cut off or damaged") from problem
    except (NotImplementedError, *CONTRADICTORY) as problem:
        raise damaged("内部结构自相矛盾", "its inner structure contradicts itself") from problem
    count = len(archive.infolist())
    if count > limits.members:
        raise over(f"里面有 {count} 个文件", f"it holds {count} files", UNPACK)
    return archive


def _directory_size(source: IO[bytes]) -> int:
    """How long an archive says its directory is: zipfile takes all of it into memory before one can count."""
    length = source.seek(0, io.SEEK_END)
    source.seek(max(0, length - _LONGEST_COMMENT - 22 - 20 - 56))
    tail = source.read()
    end = tail.rfind(_END)
    if end < 0:
        return 0
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    record = end - 20 - 56
    if record >= 0 and tail[end - 20 : end - 16] == _LOCATOR and tail[record : record + 4] == _END_64:
        size = max(size, int.from_bytes(tail[record + 40 : record + 48], "little"))
    return min(size, length)


def _without_utf8_marks(body: bytes) -> bytes:
    """The archive with no name marked as UTF-8: some programs set the mark and write GBK all the same."""
    made = bytearray(body)

    def number(at: int) -> int:
        return int.from_bytes(made[at : at + 4], "little")

    def unmark(at: int) -> None:
        made[at : at + 2] = (int.from_bytes(made[at : at + 2], "little") & ~_UTF8).to_bytes(2, "little")

    end = body.rfind(_END)
    entry = end - number(end + 12)
    shift = entry - number(end + 16)
    while 0 <= entry < end and made[entry : entry + 4] == _ENTRY:
        unmark(entry + 8)
        unmark(max(0, min(number(entry + 42) + shift + 6, len(made) - 2)))
        entry += 46 + sum(int.from_bytes(made[entry + at : entry + at + 2], "little") for at in (28, 30, 32))
    return bytes(made)


def is_folder(info: zipfile.ZipInfo) -> bool:
    """As zipfile tells it, which stumbles over a member without a name."""
    return info.filename.endswith("/")


def part_name(name: str) -> str:
    """A member's name as it is compared within a document: lower case, either slash."""
    return name.replace("\\", "/").lstrip("/").lower()


def demand_bounded(info: zipfile.ZipInfo, most: int, limits: Limits, who: tuple[str, str] = ("", "it")) -> None:
    """Refuse a member before it is unpacked: one too large, too dense, or packed by a method that nobody uses."""
    too_dense = info.file_size > limits.ratio_from and info.file_size > limits.ratio * max(info.compress_size, 1)
    if info.file_size > most or too_dense:
        size = f"{info.file_size / 2**20:.0f} MB"
        raise over(f"{who[0]}展开后有 {size}", f"{who[1]} unpacks to {size}")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise damaged("用了少见的压缩方法", "it is compressed by an unusual method")


def members(archive: zipfile.ZipFile, limits: Limits, passwords: Sequence[str] = ()) -> Iterator[Member]:
    """The files of a bundle, one after the other; folders are left out. What cannot be taken says why.

    Raises Unreadable before the first one if all together would unpack to more than a bundle may.
    """
    infos = [info for info in archive.infolist() if not is_folder(info) or "\0" in info.orig_filename]
    total = sum(info.file_size for info in infos)
    if total > limits.bundle_bytes:
        size = f"{total / 2**20:.0f} MB"
        raise over(f"压缩包展开后有 {size}", f"it unpacks to {size}", UNPACK)
    names = [_decoded(info) for info in infos]
    times = Counter(map(_folded, names))
    used: set[str] = set()
    for info, name in zip(infos, names, strict=True):
        shown = _shown(name, used)
        used.add(shown)
        try:
            if times[_folded(name)] > 1:
                raise unsafe("压缩包里有重名的文件", "the archive holds several files of this name")
            _demand_safe(info, name)
            locked = bool(info.flag_bits & _ENCRYPTED)
            yield Member(shown, _content(archive, info, limits, passwords), momentary=locked)
        except Unreadable as trouble:
            yield Member(shown, trouble=trouble)


def unsafe(zh: str, en: str) -> Unreadable:
    return Unreadable("F106", zh, en)


def _decoded(info: zipfile.ZipInfo) -> str:
    """A member's name, which zipfile takes for that of an old PC if it is not marked as UTF-8."""
    name = info.orig_filename
    text = name if info.flag_bits & _UTF8 else decoded(name.encode("cp437", "replace"))
    return unicodedata.normalize("NFC", name if text is None else text)


def _folded(name: str) -> str:
    return name.replace("\\", "/").casefold()


def _shown(name: str, used: Container[str]) -> str:
    """A name that can stand in a report, and once only: nothing that climbs, no control characters."""
    parts = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "\ufffd", name).replace("\\", "/").split("/")
    bare = "/".join(part for part in parts if part not in ("", ".", ".."))[-400:] or "_"
    numbered = (f"{bare} ({number})" for number in itertools.count(2))
    return next(shown for shown in itertools.chain([bare], numbered) if shown not in used)


def _demand_safe(info: zipfile.ZipInfo, name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or "\0" in name:
        raise unsafe("文件名指向压缩包以外的地方", "its name points outside of the archive")
    if info.external_attr >> 16 & 0o170000 == _SYMLINK:
        raise unsafe("这是一个链接，不是文件", "it is a link, not a file")


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits, passwords: Sequence[str]) -> bytes:
    if info.compress_type == _AES:
        raise Unreadable(
            "F103",
            "压缩包用 AES 方式加了密码，这里打不开",
            "the archive is locked by AES, which cannot be opened here",
            NO_PASSWORD,
        )
    demand_bounded(info, limits.file_bytes, limits)
    if not info.flag_bits & _ENCRYPTED:
        return _read(archive, info, None)
    for password in passwords:
        # Chinese Windows hands the password over in GBK, as it does the names.
        for key in dict.fromkeys(password.encode(encoding) for encoding in ("utf-8", "gb18030")):
            try:
                return _read(archive, info, key)
            except Unreadable:
                continue
    raise Unreadable("F103", "压缩包加了密码", "the archive has a password", NO_PASSWORD)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, password: bytes | None) -> bytes:
    try:
        with archive.open(info, pwd=password) as stream:
            return stream.read(max(1, info.file_size))  # without a number it unpacks all there is, whatever was claimed
    except DAMAGED as problem:
        raise damaged("在压缩包里已损坏", "it is damaged within the archive", PACK_AGAIN) from problem
