"""What lies in the inbox: which files there are, which are ignored by rule, and their bytes within a limit."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kpi_xlsx.book import Unreadable, damaged, over
from kpi_xlsx.files import readable
from kpi_xlsx.limits import Limits

_THE_FILE = (
    "请把文件本身放进 inbox/。",
    "Put the file itself into inbox/.",
)
_SMALLER = (
    "是填报表的，请把内容抄到一份新表里再报；是扫描件或压缩包的，请缩小或拆开。",
    "If it is a form, copy its answers into a fresh one; a scan or an archive has to be made smaller or split up.",
)
_LOOK = (
    "请看看文件是不是正在别的程序里打开、自己有没有权限打开，再运行一次。",
    "See whether another program has it open, and whether you may open it yourself; then run this again.",
)
_IGNORED_PREFIXES = ("~$", "._", ".~lock.")
_IGNORED_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", ".gitkeep", ".gitignore"})
_IGNORED_FOLDERS = frozenset({"__macosx"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file to be looked at: its name in reports, with `/`, and where it lies."""

    name: str
    path: Path


def find_arrivals(inbox: Path, prefix: str = "inbox") -> Iterator[Arrival]:
    """Every file below the inbox, in the order of names; symbolic links are not followed.

    A folder that cannot be looked into stands for what is in it, so that nothing is passed over in silence.
    """
    if inbox.exists() and not inbox.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(inbox))
    if inbox.is_symlink() and not inbox.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(inbox))
    if inbox.is_dir():
        for path in sorted(_find(inbox), key=lambda found: found.relative_to(inbox).parts):
            yield Arrival(readable("/".join((prefix, *path.relative_to(inbox).parts))), path)


def _find(inbox: Path) -> Iterator[Path]:
    closed: list[Path] = []

    def note(problem: OSError) -> None:
        closed.append(Path(problem.filename))

    for folder, folders, files in os.walk(inbox, onerror=note):
        for name in (*files, *(name for name in folders if Path(folder, name).is_symlink())):
            yield Path(folder, name)
    yield from closed


def ignored(name: str) -> bool:
    """Whether a file is one that office programs and file managers leave lying about."""
    *folders, own = name.casefold().split("/")
    return own.startswith(_IGNORED_PREFIXES) or own in _IGNORED_NAMES or bool(_IGNORED_FOLDERS.intersection(folders))


def unopened(problem: OSError) -> Unreadable:
    """A file that the system does not hand out."""
    reason = problem.strerror or "?"
    return damaged(f"系统提示“{reason}”", f"the system says “{reason}”", _LOOK)


def load(path: Path, limits: Limits) -> tuple[bytes, str]:
    """A file's bytes and sha256. Raises Unreadable for one over the limit, a link, or one that cannot be opened."""
    try:
        if path.is_symlink():
            raise damaged("这是一个链接，不是文件", "it is a link, not a file", _THE_FILE)
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise damaged("这不是普通文件", "it is no ordinary file", _THE_FILE)
        size = status.st_size
        if size > limits.file_bytes:
            shown = f"{size / 2**20:.0f} MB"
            raise over(f"文件有 {shown}", f"it has {shown}", _SMALLER)
        body = path.read_bytes()
    except OSError as problem:
        raise unopened(problem) from problem
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
