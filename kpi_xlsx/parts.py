"""The parts of a workbook that are read, each as a collector fed by a parser: strings, formats, cells; all bounded.

Format: ECMA-376 part 1 (SpreadsheetML). Names are compared without their namespace prefix, so that strict files and
careless writers are read too.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sized
from functools import lru_cache

from kpi_xlsx.book import HELD, MAX_COLUMN, MAX_ROW, Allowance, Sheet, damaged, over
from kpi_xlsx.limits import Limits
from kpi_xlsx.model import Cell, CellKind, Scalar, plain
from kpi_xlsx.periods import bare_date, serial_to_date, serial_to_time

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


def bounded_depth(start: Start, end: End | None, limit: int) -> tuple[Start, End]:
    """The same handlers, which refuse elements too deep within one another."""
    depth = 0

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > limit:
            raise over("内部的数据嵌套太深", "the data inside is nested too deep")
        start(tag, attributes)

    def closed(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(tag)

    return opened, closed


def local(tag: str) -> str:
    return tag.rsplit(":", 1)[-1] if ":" in tag else tag


class Outline:
    """workbook.xml: the sheets with their relationship, and the date system."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.sheets: list[tuple[str, str, bool]] = []
        self.date1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "sheet":
            if len(self.sheets) >= self.limit:
                raise over("工作表太多", "it has too many sheets")
            relation = next((value for key, value in attributes.items() if local(key) == "id" and ":" in key), "")
            self.sheets.append(
                (attributes.get("name", ""), relation, attributes.get("state", "") not in ("", "visible"))
            )
        elif tag == "workbookPr":
            self.date1904 = attributes.get("date1904", "0") in ("1", "true")


class Strings:
    """sharedStrings.xml: plain and rich runs joined, phonetic hints left out."""

    def __init__(self, limit: int) -> None:
        self.strings: list[str] = []
        self.left = limit
        self.parts: list[str] = []
        self.taking = False
        self.phonetic = False

    def start(self, tag: str, _: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "si":
            self.parts = []
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "t":
            self.taking = not self.phonetic

    def end(self, tag: str) -> None:
        tag = local(tag)
        if tag == "t":
            self.taking = False
        elif tag == "rPh":
            self.phonetic = False
        elif tag == "si":
            self.strings.append(unescape("".join(self.parts)))
            self.left -= 1

    def text(self, data: str) -> None:
        if self.taking:
            self.left -= len(data)
            if self.left < 0:
                raise over("文字太多", "it holds too much text")
            self.parts.append(data)


_BUILTIN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_BUILTIN_PERCENT = frozenset([9, 10])


class Formats:
    """styles.xml: what kind of number each cell format shows: date, percent or general."""

    def __init__(self, limit: int) -> None:
        self.kinds: list[str] = []
        self.limit = limit
        self.custom: dict[str, str] = {}
        self.in_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "numFmt":
            self._count(self.custom)
            self.custom[attributes.get("numFmtId", "")] = format_kind(attributes.get("formatCode", ""))
        elif tag == "cellXfs":
            self.in_cells = True
        elif tag == "xf" and self.in_cells:
            self._count(self.kinds)
            self.kinds.append(self._kind(attributes.get("numFmtId", "0")))

    def _count(self, formats: Sized) -> None:
        if len(formats) >= self.limit:
            raise over("单元格格式太多", "it has too many cell formats")

    def _kind(self, number: str) -> str:
        if number in self.custom:
            return self.custom[number]
        if not number.isdecimal():
            return "general"
        return builtin_kind(int(number))

    def end(self, tag: str) -> None:
        if local(tag) == "cellXfs":
            self.in_cells = False


def builtin_kind(number: int) -> str:
    """Of a format that every office program knows by its number, the East Asian ones included."""
    if number in _BUILTIN_DATES:
        return "date"
    return "percent" if number in _BUILTIN_PERCENT else "general"


def format_kind(code: str) -> str:
    """Date if letters of a date remain once quoted text, escapes and brackets are gone (ECMA-376, 18.8.31)."""
    bare = re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", code.split(";")[0]).lower()
    if re.search(r"[ymdhs]|年|月|日", bare) and "general" not in bare:
        return "date"
    return "percent" if "%" in bare else _scaled_look(_GENERAL.sub("0", code.split(";")[0]).replace("\\!.", "!."))


_SCALED_LOOK = "10^"
_GENERAL = re.compile(r"General|G/通用格式", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"|[\\!](.)|_.|\*.|\[[^\]]*\]')
_POINT = re.compile(r'(?:[\\!]\.|"\.")([0#?]+)')
"""A point that is only drawn: 0!.0, shows 20000000 as 2000.0 (WPS and Excel, for 万).

LibreOffice does not know the exclamation mark for an escape, shows it, and keeps it as \\!.
"""
_THOUSANDS = re.compile(r"[0#?](,+)(?![0#?,])")
_MULTIPLIES = re.compile(r"[万萬亿億千百元]|million|billion|thousand", re.IGNORECASE)


def _scaled_look(code: str) -> str:
    """Of a format that shows another figure than it keeps, 20000000 as 2000.0万, or 2000 as 2000元; else general."""
    point, thousands = _POINT.search(code), _THOUSANDS.search(_QUOTED.sub("", code))
    power = (len(point[1]) if point else 0) + (3 * len(thousands[1]) if thousands else 0)
    drawn = _QUOTED.sub(lambda found: (found[1] or found[2] or "").strip(".0#?"), code)
    before, _, behind = re.sub(r"[0#?][0#?,. ]*", "\0", drawn, count=1).partition("\0")
    return scaled_look(power, before, re.sub(r"[0#?,.]", "", behind))


def scaled_look(power: int, before: str, behind: str) -> str:
    """The look of numbers that are drawn with these words, and smaller by this power of ten; general if it is plain."""
    plainly = not power and not _MULTIPLIES.search(before + behind)
    return "general" if plainly else f"{_SCALED_LOOK}{power}\0{before.strip()}\0{behind.strip()}"


def shown_scaled(number: float, look: str) -> str:
    """The text that a person sees in such a cell; where no word says what it counts in, the factor is added."""
    power, before, behind = look.removeprefix(_SCALED_LOOK).split("\0")
    shown = float(f"{number / 10 ** int(power):.15g}")
    factor = "" if power == "0" or _MULTIPLIES.search(before + behind) else f"×{10 ** int(power)}"
    return f"{before}{plain(shown)}{behind}{factor}"


_REF = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})$")


@lru_cache(maxsize=4096)
def parse_ref(ref: str) -> tuple[int, int]:
    """Row and column, from 0, of a cell name. Raises Unreadable beyond the grid of Excel."""
    match = _REF.match(ref)
    if match:
        column = 0
        for letter in match[1].upper():
            column = column * 26 + ord(letter) - 64
        row = int(match[2])
        if 1 <= row <= MAX_ROW and column <= MAX_COLUMN:
            return row - 1, column - 1
    raise over(f"单元格地址 {ref[:20]} 超出表格范围", f"the cell address {ref[:20]} lies outside the grid")


_NO_SIZE = re.compile(r"0+(\.0*)?")


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    """Whether a row or column is not shown: it says so, or is drawn down to nothing."""
    return attributes.get("hidden", "0") in ("1", "true") or _NO_SIZE.fullmatch(attributes.get(size, "")) is not None


class Cells:
    """A worksheet part: cells that hold something, hidden rows and columns, merged ranges."""

    def __init__(
        self,
        sheet: Sheet,
        strings: list[str],
        formats: list[str],
        date1904: bool,
        limits: Limits,
        allowance: Allowance,
    ) -> None:
        self.sheet = sheet
        self.strings = strings
        self.formats = formats
        self.date1904 = date1904
        self.limits = limits
        self.take_cells = allowance.take_cells
        self.take_text = allowance.take_text
        self.columns_left = MAX_COLUMN
        self.row = -1
        self.column = -1
        self.attributes: dict[str, str] = {}
        self.value: list[str] | None = None
        self.formula: list[str] | None = None
        self.target: list[str] | None = None
        self.phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "c":
            self._open_cell(attributes)
        elif tag == "v":
            self.value = self.target = []
        elif tag == "t" and not self.phonetic and self.attributes.get("t") == "inlineStr":
            self.value = self.target = self.value or []
        elif tag == "f":
            self.formula = self.target = []
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "row":
            self._open_row(attributes)
        elif tag == "col":
            self._hide_columns(attributes)
        elif tag == "mergeCell":
            if len(self.sheet.merges) >= self.limits.merges:
                raise over("合并单元格太多", "it has too many merged cells")
            first, _, last = attributes.get("ref", "").partition(":")
            (top, left), (bottom, right) = parse_ref(first), parse_ref(last or first)
            self.sheet.merges.append((min(top, bottom), min(left, right), max(top, bottom), max(left, right)))

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self.row = parse_ref(f"A{number}")[0] if number is not None else self.row + 1
        self.column = -1
        if _is_hidden(attributes, "ht"):
            self.take_cells()
            self.sheet.hidden_rows.add(self.row)

    def _hide_columns(self, attributes: dict[str, str]) -> None:
        """Hidden columns; a file may claim a range as often as it likes, but the grid is looked at once."""
        first, last = (attributes.get(name, "") for name in ("min", "max"))
        if not _is_hidden(attributes, "width") or not (first.isdecimal() and last.isdecimal()):
            return
        if len(first) <= 7 and len(last) <= 7:
            hidden = range(max(int(first), 1) - 1, min(int(last), MAX_COLUMN))
            self.columns_left -= len(hidden)
            if self.columns_left >= 0:
                self.sheet.hidden_columns.update(hidden)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self.take_cells()
        ref = attributes.get("r")
        if ref:
            self.row, self.column = parse_ref(ref)
        else:
            self.column += 1
            if self.column >= MAX_COLUMN or not 0 <= self.row < MAX_ROW:
                raise over("单元格超出表格范围", "cells lie outside the grid")
        self.attributes = attributes
        self.value = self.formula = self.target = None

    def text(self, data: str) -> None:
        if self.target is not None:
            self.take_text(len(data))
            self.target.append(data)

    def end(self, tag: str) -> None:
        tag = local(tag)
        if tag in ("v", "f", "t"):
            self.target = None
        elif tag == "rPh":
            self.phonetic = False
        elif tag == "c":
            self._close_cell()

    def _close_cell(self) -> None:
        if self.value is None and self.formula is None:
            return
        raw = "".join(self.value) if self.value is not None else ""
        formula = None if self.formula is None else "=" + "".join(self.formula)
        kind, value, percent = self._read(raw)
        if value is None and self.value is not None and self.attributes.get("t") == "str":
            return  # a formula was calculated, and gave an empty text
        if value is not None or formula is not None:
            self.take_cells(HELD - 1)
            cells = self.sheet.rows.setdefault(self.row, {})
            cells[self.column] = Cell(self.row, self.column, kind, value, formula, percent)

    def _read(self, raw: str) -> tuple[CellKind, Scalar | None, bool]:
        kind = self.attributes.get("t", "n")
        if kind == "s":
            text = self._shared(raw)
            return (CellKind.TEXT, text, False) if text else (CellKind.EMPTY, None, False)
        if raw == "":
            return CellKind.EMPTY, None, False
        if kind == "n":
            return self._number(raw)
        if kind == "b":
            return CellKind.BOOL, raw.strip().lower() in ("1", "true"), False
        if kind == "e":
            return CellKind.ERROR, raw, False
        if kind == "d":
            return iso_date(raw)
        return CellKind.TEXT, unescape(raw), False

    def _shared(self, raw: str) -> str:
        index = int(raw) if raw.strip().isdecimal() else -1
        if not 0 <= index < len(self.strings):
            raise damaged("单元格引用的文字不存在", "a cell refers to text that is not there")
        self.take_text(len(self.strings[index]))
        return self.strings[index]

    def _number(self, raw: str) -> tuple[CellKind, Scalar | None, bool]:
        number = read_float(raw)
        if number is None:
            return CellKind.TEXT, raw, False
        style = self.attributes.get("s", "0")
        look = self.formats[int(style)] if style.isdecimal() and int(style) < len(self.formats) else "general"
        return by_format(number, look, self.date1904)


def read_float(raw: str) -> float | None:
    """A finite number as a file spells it; Python alone would take 1_000 and nan as well."""
    try:
        number = float(raw)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in raw else None


def by_format(number: float, look: str, date1904: bool = False) -> tuple[CellKind, Scalar | None, bool]:
    """A number as its format shows it: kind, value, and whether as a percentage."""
    if look == "date":
        date = serial_to_date(number, date1904)
        if date is not None:
            return CellKind.DATE, date, False
        if 0 < number < 1:
            return CellKind.TEXT, serial_to_time(number), False
    if number and look.startswith(_SCALED_LOOK):
        return CellKind.TEXT, shown_scaled(number, look), False
    return CellKind.NUMBER, number, look == "percent"


def iso_date(raw: str) -> tuple[CellKind, Scalar | None, bool]:
    """A date or moment that is written out, or the text itself."""
    try:
        moment = dt.datetime.fromisoformat(raw.strip())
    except ValueError:
        return CellKind.TEXT, raw, False
    return CellKind.DATE, bare_date(moment.replace(tzinfo=None)), False


_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Undo the `_xHHHH_` escapes of SpreadsheetML (ECMA-376, 22.9.2.19); a lone surrogate becomes U+FFFD."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
