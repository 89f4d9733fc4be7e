"""Old workbooks (.xls, and .et of WPS) to cells: guards around a parser that was not made for untrusted bytes.

Of a formula only the result is read, and that there is one. LibreOffice may save the text that a formula gave as
the number 0 (seen in 7.4, from an .xlsx); Gnumeric saves the text.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

from kpi_xlsx.book import MAX_COLUMN, Allowance, Book, Sheet, Unreadable, damaged, over
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.model import Cell, CellKind, Scalar
from kpi_xlsx.old_parts import Defused, defuse, read_properties
from kpi_xlsx.parts import builtin_kind, by_format, format_kind

_SUMMARY = "\x05DocumentSummaryInformation"
_OTHERS = (
    ("EncryptedPackage", "F103", "工作簿设了打开密码", "the workbook opens only with a password"),
    ("WordDocument", "F102", "旧版 Word 或 WPS 文字文档（.doc、.wps）", "an old Word document (.doc, .wps)"),
    ("PowerPoint Document", "F102", "旧版 PowerPoint 演示文稿（.ppt、.dps）", "an old presentation (.ppt, .dps)"),
    ("__properties_version1.0", "F102", "Outlook 邮件（.msg）", "an Outlook message (.msg)"),
)
"""What else such a container may hold: a member's name, the rule, and the words."""

_WIDTH_UNIT = 256
"""Into how many parts a width's unit is divided."""
_SOME_FORMULA = "="
"""That there is a formula; which one, nothing tells."""


def read_old_book(body: bytes, limits: Limits = DEFAULT_LIMITS) -> Book:
    """Read every worksheet of an .xls, .et or .ett. Raises Unreadable, and nothing else, for whatever the bytes are."""
    return _guarded(body, limits, _read_sheets)


def read_old_widths(body: bytes, sheet: str, limits: Limits = DEFAULT_LIMITS) -> dict[int, float]:
    """The widths of a sheet's columns, where they are not the common one. Raises Unreadable, and nothing else."""
    widths: dict[int, float] = {}

    def look(defused: Defused, _: Limits) -> list[Sheet]:
        book = _open_book(defused)
        if sheet in book.sheet_names():
            columns = book.sheet_by_name(sheet).colinfo_map.items()
            widths.update((number, info.width / _WIDTH_UNIT) for number, info in columns if number < MAX_COLUMN)
        return []

    _guarded(body, limits, look)
    return widths


def _guarded(body: bytes, limits: Limits, read: Callable[[Defused, Limits], list[Sheet]]) -> Book:
    """What is read of the workbook, once it cannot do harm any more."""
    if len(body) > limits.old_bytes:
        size, most = f"{len(body) / 2**20:.0f} MB", f"{limits.old_bytes / 2**20:.0f} MB"
        raise over(f"旧版工作簿有 {size}，最多 {most}", f"the old workbook has {size}, and {most} is the most")
    try:
        stream, properties, macros = _open_container(body)
        defused = defuse(stream, limits)
        return Book(read(defused, limits), properties, macros, defused.extras)
    except Unreadable:
        raise
    except (
        Exception
    ) as problem:  # assertions, struct.error, LookupError, RecursionError: whatever a parser stumbles over
        raise damaged(
            "旧版工作簿（.xls、.et）不完整或已损坏", "the old workbook (.xls, .et) is cut off or damaged"
        ) from problem


def embeds_books(body: bytes) -> bool:
    """Whether an old text or presentation holds the workbook in such a container, and not the other way round."""
    import olefile

    try:
        _check_header(body)
        with olefile.OleFileIO(io.BytesIO(body)) as container:
            return any(container.exists(name) for name in ("WordDocument", "PowerPoint Document"))
    except (MemoryError, RecursionError):
        raise
    except Exception:  # damaged in one of the many ways in which the library stumbles
        return False


def _open_container(body: bytes) -> tuple[bytes, dict[str, str], bool]:
    """The stream of the workbook, the custom properties, and whether there are macros."""
    import olefile

    _check_header(body)
    with olefile.OleFileIO(io.BytesIO(body)) as container:
        if container.root.size > len(body):
            raise damaged("内部结构自相矛盾", "its inner structure contradicts itself")
        for name, code, zh, en in _OTHERS:
            if container.exists(name):
                raise Unreadable(code, zh, en)
        stream = next((found for name in ("Workbook", "Book") if (found := _stream(container, name, len(body)))), None)
        if stream is None:
            raise Unreadable("F102", "不是工作簿的旧版 Office 文件", "an old Office file that is not a workbook")
        try:
            properties = read_properties(_stream(container, _SUMMARY, len(body)) or b"")
        except (struct.error, LookupError, ValueError, OSError):
            properties = {}  # they only corroborate; damaged ones must not cost the answers
        return stream, properties, bool(container.exists("_VBA_PROJECT_CUR"))


def _check_header(body: bytes) -> None:
    """Refuse tables of sectors that are larger than the file: following them would take for ever."""
    (shift,) = struct.unpack_from("<H", body, 30)
    if shift not in (9, 12):
        raise damaged("内部结构自相矛盾", "its inner structure contradicts itself")
    sectors = (len(body) >> shift) + 1
    fat, small, double = (struct.unpack_from("<I", body, at)[0] for at in (44, 64, 72))
    if fat > 4 + 2 * (sectors >> (shift - 2)) or small > sectors or double > 4 + (sectors >> (shift - 2)):
        raise damaged("内部结构自相矛盾", "its inner structure contradicts itself")


def _stream(container: Any, name: str, most: int) -> bytes | None:
    if not container.exists(name):
        return None
    if container.get_size(name) > most:
        raise damaged("内部结构自相矛盾", "its inner structure contradicts itself")
    content: bytes = container.openstream(name).read()
    return content


def _open_book(defused: Defused) -> Any:
    import xlrd

    book = xlrd.open_workbook(
        file_contents=defused.stream, logfile=io.StringIO(), formatting_info=True, on_demand=True, ragged_rows=True
    )
    if book.biff_version < 50:
        raise Unreadable("F102", "Excel 4 或更早的表格", "a worksheet of Excel 4 or older")
    return book


def _read_sheets(defused: Defused, limits: Limits) -> list[Sheet]:
    book = _open_book(defused)
    reader = _Reader(book, limits)
    sheets = []
    for number, formulas in enumerate(defused.formulas):
        sheets.append(reader.read(book.sheet_by_index(number), formulas))
        book.unload_sheet(number)
    return sheets


class _Reader:
    """Turns the parser's sheets into ours, one after the other, within one allowance."""

    def __init__(self, book: Any, limits: Limits) -> None:
        self.limits = limits
        self.allowance = Allowance(limits)
        self.date1904 = bool(book.datemode)
        self.looks = [self._look(book.format_map.get(form.format_key), form.format_key) for form in book.xf_list]

    @staticmethod
    def _look(known: Any, key: int) -> str:
        return format_kind(known.format_str) if known is not None else builtin_kind(key)

    def read(self, old: Any, formulas: set[tuple[int, int]]) -> Sheet:
        sheet = Sheet(old.name, old.visibility != 0)
        for cell in self._cells(old, formulas):
            sheet.rows.setdefault(cell.row, {})[cell.column] = cell
        sheet.hidden_rows.update(row for row, info in old.rowinfo_map.items() if info.hidden)
        sheet.hidden_columns.update(column for column, info in old.colinfo_map.items() if info.hidden)
        if len(old.merged_cells) > self.limits.merges:
            raise over("合并单元格太多", "it has too many merged cells")
        sheet.merges.extend((top, left, below - 1, right - 1) for top, below, left, right in old.merged_cells)
        return sheet

    def _cells(self, old: Any, formulas: set[tuple[int, int]]) -> Iterator[Cell]:
        self.allowance.take_cells(old.nrows)  # empty rows, and the gaps between cells, take time and memory, too
        for row in range(old.nrows):
            if (length := old.row_len(row)) == 0:
                continue
            self.allowance.take_cells(length)
            for column, (code, value) in enumerate(zip(old.row_types(row), old.row_values(row), strict=True)):
                if value == "":
                    continue
                formula = _SOME_FORMULA if (row, column) in formulas else None
                if isinstance(value, str):
                    self.allowance.take_text(len(value))
                    yield Cell(row, column, CellKind.TEXT, value, formula)
                else:
                    kind, shown, percent = self._value(code, value, old.cell_xf_index(row, column))
                    yield Cell(row, column, kind, shown, formula, percent)

    def _value(self, code: int, value: float, form: int) -> tuple[CellKind, Scalar | None, bool]:
        import xlrd

        if code == xlrd.XL_CELL_BOOLEAN:
            return CellKind.BOOL, bool(value), False
        if code == xlrd.XL_CELL_ERROR:
            return CellKind.ERROR, xlrd.error_text_from_code.get(value, "#N/A"), False
        if not math.isfinite(value):
            return CellKind.TEXT, str(value), False
        return by_format(float(value), self.looks[form] if form < len(self.looks) else "general", self.date1904)
