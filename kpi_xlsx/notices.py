"""A published notice of any format to its lines: looks at the bytes, not at the name, and calls the format's reader."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from kpi_xlsx.archives import is_zip, open_archive, part_name
from kpi_xlsx.book import Book, Sheet, Unreadable, damaged, over
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.model import Cell, CellKind, cell_ref, plain
from kpi_xlsx.notice import ROWS, Grid, Line, Notice, tidy
from kpi_xlsx.notice_docx import MAIN, read_docx
from kpi_xlsx.notice_html import read_html
from kpi_xlsx.notice_pdf import read_pdf
from kpi_xlsx.notice_text import read_text
from kpi_xlsx.old_books import read_old_book
from kpi_xlsx.old_master import find_main_sheet
from kpi_xlsx.open_document import read_open_document
from kpi_xlsx.sheets import read_book

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_FORMATS = (
    "。能读的有：文字、Word（.docx）、网页、Excel（.xlsx、.xls）和带文字的 PDF",
    ". What can be read: text, Word (.docx), web pages, Excel (.xlsx, .xls) and PDF that holds text",
)


def read_notice(path: Path, limits: Limits = DEFAULT_LIMITS) -> Notice:
    """What a file holds, line by line. Raises Unreadable, and nothing else, for whatever the bytes are."""
    if path.stat().st_size > limits.file_bytes:
        raise over("文件太大", "the file is too big")
    body = path.read_bytes()
    if not body.strip():
        raise damaged("文件是空的", "the file is empty")
    book = book_of(body, limits)
    if book is not None:
        return Notice(tuple(_of_book(book)), apart=True)
    if is_zip(body):
        return read_docx(body, limits)
    if b"%PDF-" in body[:1024]:
        return read_pdf(body, limits)
    if body.startswith(_PICTURES):
        raise _refused("是一张图片。请先用文字识别（OCR）软件转成文字", "it is a picture. Have an OCR program read it")
    if body.startswith(b"{\\rtf"):
        raise _refused("是 RTF 文档。请在 Word 里另存为 .docx", "it is an RTF document. Save it as .docx in Word")
    start = body[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"").lower()
    if start.startswith(b"<") or b"<table" in start or b"<html" in start:
        return read_html(body, limits)
    return read_text(body, limits)


def book_of(body: bytes, limits: Limits = DEFAULT_LIMITS) -> Book | None:
    """The workbook that bytes are, new or old; None if they are something else. Raises Unreadable if it is damaged."""
    if body.startswith(_OLE):
        if "WordDocument".encode("utf-16-le") in body and "Workbook".encode("utf-16-le") not in body:
            raise _refused(
                "是旧版 Word 文档（.doc、.wps）。请在 Word 或 WPS 里另存为 .docx",
                "it is an old Word document (.doc). Save it as .docx in Word",
            )
        if "EncryptedPackage".encode("utf-16-le") in body:
            raise Unreadable(
                "F103", "文件加了密码。请去掉密码另存一份", "it is locked. Save a copy without the password"
            )
        return read_old_book(body, limits)
    if not is_zip(body):
        return None
    with open_archive(io.BytesIO(body), limits) as archive:
        names = {part_name(info.filename) for info in archive.infolist()}
    if MAIN in names:
        return None
    if "content.xml" in names and "mimetype" in names:
        return read_open_document(io.BytesIO(body), limits)
    if not any(name.startswith("xl/") for name in names):
        raise _refused("是压缩包或别的文件。请解压后再导入", "it is an archive or something else. Unpack it first")
    return read_book(io.BytesIO(body), limits)


def _refused(zh: str, en: str) -> Unreadable:
    return Unreadable("F102", zh + _FORMATS[0], en + _FORMATS[1])


def _of_book(book: Book) -> Iterator[Line]:
    """The rows of the worksheets that one sees; of a master those of its main sheet, which the others show again."""
    main = find_main_sheet(book)
    for number, sheet in enumerate(book.sheets, 1):
        if not sheet.hidden and (main is None or sheet is main):
            yield from _of_sheet(sheet, number)


def _of_sheet(sheet: Sheet, number: int) -> Iterator[Line]:
    spans: dict[int, dict[int, int]] = {}
    above: dict[int, set[int]] = {}
    rows = sheet.rows
    for top, left, bottom, right in sheet.merges[:2000]:
        anchor = sheet.cell(top, left)
        for row in range(top, min(bottom, top + Grid.ROWS_DOWN) + 1):
            if anchor is not None and (row in rows or row == top):
                rows.setdefault(row, {}).setdefault(left, anchor)
                if row > top:
                    above.setdefault(row, set()).add(left)
                if right > left:
                    spans.setdefault(row, {})[left] = min(right, Grid.COLUMNS)
    if len(rows) > ROWS:
        raise over(f"工作表“{sheet.name}”的行太多", f"the sheet “{sheet.name}” has too many rows")
    for row, cells in sheet.in_order():
        if row in sheet.hidden_rows:
            continue
        last = min(max(cells, default=-1), Grid.COLUMNS - 1)
        texts = tuple(_text(sheet, cells.get(column)) for column in range(last + 1))
        if any(texts):
            place = f"{sheet.name}!{cell_ref(row, 0)}"
            yield Line((place, place), texts, number, spans.get(row, {}), frozenset(above.get(row, ())))


def _text(sheet: Sheet, cell: Cell | None) -> str:
    """What one sees in a cell; nothing of errors and hidden columns."""
    if cell is None or cell.kind is CellKind.ERROR or cell.column in sheet.hidden_columns:
        return ""
    return tidy(plain(cell.value))
