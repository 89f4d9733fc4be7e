"""Names and moves of files: safe on every system, whole or not at all, and never over what a person made."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kpi_xlsx.model import CycleError, Language, Mistake

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?$", re.IGNORECASE)


def safe_name(stem: str, suffix: str, limit: int = 200) -> str:
    """A file name made of any text: NFC, without what Windows forbids, at most 200 bytes as UTF-8."""
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", stem)).strip().rstrip(". ")
    name = f"_{name}" if _RESERVED.match(name) else name
    while len((name + suffix).encode("utf-8", "replace")) > limit:
        name = name[:-1].rstrip(". ")
    return (name or "_") + suffix


def decoded(raw: bytes, *, whole: bool = True) -> str | None:
    """Text as UTF-8, else as GBK, which Chinese Windows writes; None if it is neither. A piece may end in a sign."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return codecs.getincrementaldecoder(encoding)().decode(raw, whole)
        except UnicodeDecodeError:
            continue
    return None


def readable(name: str) -> str:
    """A file name as text that can be printed, whatever bytes the system could not decode."""
    raw = name.encode("utf-8", "surrogateescape")
    text = decoded(raw)
    return raw.decode("utf-8", "replace") if text is None else text


def temporary_beside(path: Path) -> Path:
    """A name in the same folder for a file that is not whole yet; a leading dot keeps it out of sight.

    Also of a file that is such a one itself: what a killed run left is known by how its name begins.
    """
    return path.with_name(f".{path.stem.lstrip('.')[:40]}.{secrets.token_hex(4)}.tmp")


def landing(path: Path) -> Path:
    """Where a file lies that a link stands for: what is written goes there, and the link stays."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def put_in_place(temporary: Path, path: Path) -> None:
    """Let a finished file take another's place; whoever could open that one can open it."""
    with suppress(OSError):  # there is none
        shutil.copymode(path, temporary)
    temporary.replace(path)


@contextmanager
def named_errors(path: Path, temporary: Path) -> Iterator[None]:
    """What the system refuses is said of this file, not of the one beside it that nobody knows."""
    try:
        yield
    except OSError as error:
        if error.filename in (None, str(temporary)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def write_atomically(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    path = landing(path)
    temporary = temporary_beside(path)
    try:
        with named_errors(path, temporary):
            temporary.write_text(text, "utf-8", newline="\n")
            put_in_place(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """The sha256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def move_aside(path: Path, folder: Path, stem: str) -> Path:
    """Move a file into a folder under a name that is not taken there; nothing is overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{stem}{path.suffix}"
    number = 2
    while target.exists():
        target = folder / f"{stem}-{number}{path.suffix}"
        number += 1
    path.rename(target)
    return target


def demand_closed(paths: Iterable[Path], language: Language) -> None:
    """Raises CycleError, naming each, if any of these workbooks is open in another program."""
    mistakes = [
        Mistake(
            path.name,
            "",
            language.say(
                f"正在 Excel 或 WPS 里打开（有 {lock}），请先关闭再运行。",
                f"It is open in Excel or WPS ({lock} is there); close it and run this again.",
            ),
        )
        for path in paths
        if (lock := opened_elsewhere(path)) is not None
    ]
    if mistakes:
        raise CycleError(mistakes)


def opened_elsewhere(path: Path) -> str | None:
    """The lock file that Excel, WPS or LibreOffice keeps beside a workbook that is open, if there is one."""
    for name in (f"~${path.name}", f"~${path.name[2:]}", f".~lock.{path.name}#"):
        if (path.parent / name).exists():
            return name
    return None
