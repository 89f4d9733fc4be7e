"""What lies in the inbox: which files there are, which are ignored by rule, and what their bytes claim to be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kpi_xlsx.files import readable
from kpi_xlsx.limits import Limits
from kpi_xlsx.model import ReturnStatus
from kpi_xlsx.parts import Unreadable
from kpi_xlsx.sheets import is_zip

_IGNORED_PREFIXES = ("~$", "._", ".~lock.")
_IGNORED_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", ".gitkeep", ".gitignore"})
_IGNORED_FOLDERS = frozenset({"__macosx"})

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ATTACHED = (
    (b"%PDF-", "PDF", "PDF"),
    (b"\x89PNG\r\n", "图片", "picture"),
    (b"\xff\xd8\xff", "图片", "picture"),
    (b"GIF8", "图片", "picture"),
    (b"II*\x00", "图片", "picture"),
    (b"MM\x00*", "图片", "picture"),
)
_CLAIMS = (
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包", "a 7z archive"),
    (b"Rar!\x1a\x07", "rar 压缩包", "a rar archive"),
    (b"<html", "网页", "a web page"),
    (b"<!doctype html", "网页", "a web page"),
    (b"<?xml", "XML 文件", "an XML file"),
    (b"{\\rtf", "RTF 文档", "an RTF document"),
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file to be looked at: its name in reports, with `/`, and where it lies."""

    name: str
    path: Path


def find_arrivals(inbox: Path, prefix: str = "inbox") -> Iterator[Arrival]:
    """Every file below the inbox, in the order of names; symbolic links are not followed."""
    if inbox.is_dir():
        for path in sorted(inbox.rglob("*"), key=lambda found: found.relative_to(inbox).parts):
            if path.is_file() or path.is_symlink():
                yield Arrival(readable("/".join((prefix, *path.relative_to(inbox).parts))), path)


def ignored(arrival: Arrival) -> bool:
    """Whether a file is one that office programs and file managers leave lying about."""
    *folders, name = arrival.name.casefold().split("/")
    return name.startswith(_IGNORED_PREFIXES) or name in _IGNORED_NAMES or bool(_IGNORED_FOLDERS.intersection(folders))


def sniff(head: bytes, body: bytes) -> ReturnStatus:
    """Read for a zip (perhaps a workbook), attached for honest companions.

    Raises Unreadable, which says what the file is and how to save it again, for all else.
    """
    if is_zip(head):
        return ReturnStatus.READ
    if any(head.startswith(magic) for magic, _, _ in _ATTACHED):
        return ReturnStatus.ATTACHED
    if head.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in body:
            raise Unreadable("F103", "工作簿设了打开密码", "the workbook opens only with a password")
        raise Unreadable("F102", "旧版 Excel 或 WPS 表格（.xls、.et）", "an old Excel or WPS workbook (.xls, .et)")
    if not head:
        raise Unreadable("F101", "文件是空的（0 字节）", "the file is empty (0 bytes)")
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, zh, en in _CLAIMS:
        if head.startswith(magic) or lowered.startswith(magic):
            raise Unreadable("F102", zh, en)
    if b"\0" not in head:
        raise Unreadable("F102", "纯文本文件（如 .csv、.txt）", "a plain text file (such as .csv or .txt)")
    raise Unreadable("F101", "不是工作簿，也认不出是什么文件", "it is not a workbook, nor any file that is known here")


def load(path: Path, limits: Limits) -> tuple[bytes, str]:
    """A file's bytes and sha256. Raises Unreadable for one over the limit, a link, or one that cannot be opened."""
    try:
        if path.is_symlink():
            raise Unreadable("F101", "这是一个链接，不是文件", "this is a link, not a file")
        size = path.stat().st_size
        if size > limits.file_bytes:
            shown = f"{size / 2**20:.0f} MB"
            raise Unreadable("F104", f"文件有 {shown}", f"the file has {shown}")
        body = path.read_bytes()
    except OSError as problem:
        reason = problem.strerror or "?"
        raise Unreadable("F101", f"读不了这个文件（{reason}）", f"the file cannot be read ({reason})") from problem
    return body, hashlib.sha256(body).hexdigest()


def chunks(arrivals: Iterable[Arrival], size: int = 32) -> Iterator[tuple[Arrival, ...]]:
    """Handfuls of files: what one call to an executor takes."""
    batch: list[Arrival] = []
    for arrival in arrivals:
        batch.append(arrival)
        if len(batch) == size:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)
