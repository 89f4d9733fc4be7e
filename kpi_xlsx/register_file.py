"""register.xlsx as a file: its cells, or in plain words why they cannot be had; where it lies is another's business."""

from __future__ import annotations

from pathlib import Path

from kpi_xlsx.book import Book, Unreadable, damaged
from kpi_xlsx.context import Context
from kpi_xlsx.kinds import Kind, kind_of
from kpi_xlsx.sheets import read_book

_SAVE_AS = (
    "请在 Excel 或 WPS 里打开，用“另存为”存成 Excel 工作簿（*.xlsx），名字仍用 register.xlsx。",
    "Open it in Excel or WPS, choose Save as, Excel workbook (*.xlsx), and keep the name register.xlsx.",
)
_UNLOCK = (
    "请用密码打开，去掉密码后保存。",
    "Open it with the password, remove that, and save.",
)
_SMALLER = (
    "请删去图片和多余的工作表，再保存。",
    "Delete pictures and sheets that do not belong in it, and save.",
)
_PUT_BACK = (
    "请把登记簿本身放在这里。",
    "Put the register itself there.",
)


def read_register(path: Path, context: Context) -> Book | None:
    """The register's sheets; None if there is none. Raises Unreadable, and nothing else."""
    if path.is_symlink() and not path.exists():
        raise damaged("这是一个链接，指向的文件找不到", "it is a link to a file that cannot be found", _PUT_BACK)
    if not path.exists():
        return None
    if not path.is_file():
        raise damaged("这不是文件", "it is no file", _PUT_BACK)
    try:
        return read_book(path)
    except Unreadable as trouble:
        raise _told(path, context, trouble) from trouble


def _told(path: Path, context: Context, trouble: Unreadable) -> Unreadable:
    """The same trouble, said of a book that nobody sends in, and by what the file really is."""
    if trouble.code == "F104":
        return Unreadable(trouble.code, trouble.zh, trouble.en, _SMALLER)
    try:
        kind = kind_of(path.name, path.read_bytes(), context)
    except Unreadable as other:
        return Unreadable(other.code, other.zh, other.en, _SAVE_AS)
    except OSError:
        return Unreadable(trouble.code, trouble.zh, trouble.en, _SAVE_AS)
    if kind is Kind.LOCKED:
        return Unreadable("F103", "设了打开密码", "it opens only with a password", _UNLOCK)
    if kind is Kind.OLD_BOOK:
        return Unreadable("F102", "是旧格式（.xls），不是 .xlsx", "it is in the old format (.xls), not .xlsx", _SAVE_AS)
    return Unreadable(trouble.code, trouble.zh, trouble.en, _SAVE_AS)
