"""Workbook bytes to cells: a bounded, streaming reader of xlsx on expat; it refuses, but never runs away.

Format: ECMA-376 part 1 (SpreadsheetML) and part 2 (packages). Names are compared without their namespace prefix and
without case, so that strict files and careless writers are read too.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

from kpi_xlsx.model import Cell, CellKind, Scalar, match_key
from kpi_xlsx.periods import bare_date, serial_to_date

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may hold at the most before it is refused with F104. Only the parts that are read count."""

    file_bytes: int = 100 * 2**20
    members: int = 10_000
    part_bytes: int = 256 * 2**20
    ratio: int = 400
    """Of a part's size to its compressed size, looked at from `ratio_from` bytes on."""
    ratio_from: int = 8 * 2**20
    unpacked: int = 512 * 2**20
    """Bytes of all parts together, a part that is read twice counted twice."""
    tags: int = 20_000_000
    """Tags of all parts together: what reading costs."""
    sheets: int = 64
    cells: int = 2_000_000
    """Cells of all sheets, blank styled ones included."""
    text: int = 64 * 2**20
    """Characters of shared strings, and of all cells, a shared one counted wherever it is shown."""
    formats: int = 70_000
    merges: int = 20_000


DEFAULT_LIMITS = Limits()


class Unreadable(Exception):  # noqa: N818  (a verdict on a file, named as the rules name it)
    """A workbook that cannot be read: the rule's code, and the reason in both languages."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en


@dataclass(slots=True)
class Sheet:
    """One worksheet: its cells that hold something, by row and column counted from 0."""

    name: str
    hidden: bool = False
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column."""

    def cell(self, row: int, column: int) -> Cell | None:
        return self.rows.get(row, {}).get(column)

    def in_order(self) -> Iterator[tuple[int, dict[int, Cell]]]:
        """Rows from the top, whatever the order in the file."""
        yield from sorted(self.rows.items())


@dataclass(slots=True)
class Book:
    """A workbook: its worksheets in order, its custom properties, and whether it carries macros."""

    sheets: list[Sheet]
    properties: dict[str, str] = field(default_factory=dict)
    macros: bool = False


def read_book(source: Path | IO[bytes], limits: Limits = DEFAULT_LIMITS) -> Book:
    """Read every worksheet of an xlsx. Raises Unreadable, and nothing else, for whatever the bytes are."""
    try:
        with zipfile.ZipFile(source) as archive:
            return _Package(archive, limits).book()
    except Unreadable:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error) as problem:
        raise _damaged("压缩包不完整或已损坏", "the package is cut off or corrupt") from problem
    except expat.ExpatError as problem:
        raise _damaged("内部的 XML 不完整或已损坏", "the XML inside is cut off or corrupt") from problem
    except NotImplementedError as problem:
        raise _damaged("用了少见的压缩方法", "it is compressed by an unusual method") from problem
    except OSError as problem:
        reason = problem.strerror or "?"
        raise _damaged(f"读不了这个文件（{reason}）", f"the file cannot be read ({reason})") from problem
    except (ValueError, LookupError, RuntimeError, OverflowError, AssertionError) as problem:
        # What zipfile and expat raise for contradictory headers and unknown encodings.
        raise _damaged("内部结构自相矛盾", "its inner structure contradicts itself") from problem


def _damaged(zh: str, en: str) -> Unreadable:
    return Unreadable("F101", zh, en)


def _over(zh: str, en: str) -> Unreadable:
    return Unreadable("F104", zh, en)


class _Package:
    """The zip with its relationships; hands bounded streams of parts to expat."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        members = archive.infolist()
        if len(members) > limits.members:
            raise _over(f"压缩包里有 {len(members)} 个成员", f"the package has {len(members)} members")
        self.archive = archive
        self.limits = limits
        self.members = {_part_name(member.filename): member for member in members}
        self.bytes_left = limits.unpacked
        self.tags_left = limits.tags
        self.cells_left = limits.cells
        self.text_left = limits.text

    def book(self) -> Book:
        workbook = self._workbook_part()
        outline = _Outline(self.limits.sheets)
        self.parse(workbook, outline.start, None, None)
        relations = self._relations(workbook)
        by_kind = dict(relations.values())
        strings = self._strings(by_kind.get("sharedStrings"))
        formats = self._formats(by_kind.get("styles"))
        sheets = []
        for name, relation, hidden in outline.sheets:
            kind, target = relations.get(relation, ("worksheet", ""))
            if kind != "worksheet":
                continue  # a chart or dialog sheet holds no cells
            if target not in self.members:
                raise _damaged(f"缺少工作表“{name}”", f"the sheet “{name}” is missing")
            sheets.append(self._sheet(target, Sheet(name, hidden), strings, formats, outline.date1904))
        return Book(sheets, self._properties(), "xl/vbaproject.bin" in self.members)

    def _workbook_part(self) -> str:
        for kind, target in self._relations("").values():
            if kind == "officeDocument" and target in self.members:
                if not target.startswith("xl/") and target.startswith(("word/", "ppt/")):
                    break
                return target
        if "xl/workbook.xml" in self.members:
            return "xl/workbook.xml"
        if "xl/workbook.bin" in self.members:
            raise Unreadable("F102", "二进制工作簿（.xlsb）", "a binary workbook (.xlsb)")
        if "word/document.xml" in self.members:
            raise Unreadable("F102", "Word 文档（.docx）", "a Word document (.docx)")
        if "content.xml" in self.members and "mimetype" in self.members:
            raise Unreadable("F102", "OpenDocument 表格（.ods）", "an OpenDocument spreadsheet (.ods)")
        raise Unreadable("F102", "压缩包（.zip）", "a zip archive")

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Relationship id to kind and target part."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if _local(tag) == "Relationship" and attributes.get("TargetMode") != "External":
                if len(found) >= self.limits.members:
                    raise _over("内部关系太多", "it has too many relationships")
                target = attributes.get("Target", "")
                full = target if target.startswith("/") else posixpath.join(folder, target)
                kind = attributes.get("Type", "").rsplit("/", 1)[-1]
                found[attributes.get("Id", "")] = (kind, _part_name(posixpath.normpath(full)))

        if rels.lower() in self.members:
            self.parse(rels.lower(), start, None, None)
        return found

    def parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None,
        text: Callable[[str], None] | None,
    ) -> None:
        """Stream one part through expat, within the limits; a DOCTYPE is refused (no workbook needs one)."""
        member = self.members[part]
        limits = self.limits
        if member.flag_bits & 1:
            raise Unreadable("F103", "压缩包加了密码", "the package is encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError(member.compress_type)  # a workbook is deflated or stored (ECMA-376 part 2)
        too_dense = member.file_size > limits.ratio_from and member.file_size > limits.ratio * max(
            member.compress_size, 1
        )
        if member.file_size > limits.part_bytes or too_dense:
            size = f"{member.file_size / 2**20:.0f} MB"
            raise _over(f"内部的 {part} 展开后有 {size}", f"the part {part} unpacks to {size}")
        self.bytes_left -= member.file_size
        if self.bytes_left < 0:
            raise _over("展开后太大", "it unpacks to too much")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.XmlDeclHandler = _demand_unicode
        with self.archive.open(member) as stream:
            while chunk := stream.read(65_536):
                self.tags_left -= chunk.count(b"<")
                if self.tags_left < 0:
                    raise _over("内部的 XML 标记太多", "it has too many tags")
                parser.Parse(chunk, False)
        parser.Parse(b"", True)

    def _strings(self, part: str | None) -> list[str]:
        if part is None or part not in self.members:
            return []
        collector = _Strings(self.limits.text)
        self.parse(part, collector.start, collector.end, collector.text)
        return collector.strings

    def _formats(self, part: str | None) -> list[str]:
        if part is None or part not in self.members:
            return []
        collector = _Formats(self.limits.formats)
        self.parse(part, collector.start, collector.end, None)
        return collector.kinds

    def _sheet(self, part: str, sheet: Sheet, strings: list[str], formats: list[str], date1904: bool) -> Sheet:
        collector = _Cells(sheet, strings, formats, date1904, self.limits, self.cells_left, self.text_left)
        self.parse(part, collector.start, collector.end, collector.text)
        self.cells_left, self.text_left = collector.cells_left, collector.text_left
        return sheet

    def _properties(self) -> dict[str, str]:
        part = "docprops/custom.xml"
        if part not in self.members:
            return {}
        found: dict[str, str] = {}
        name = ""

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal name
            if _local(tag) == "property":
                name = attributes.get("name", "")

        def text(data: str) -> None:
            if name and len(found) < 100:
                found[name] = (found.get(name, "") + data)[:4096]

        try:
            self.parse(part, start, None, text)
        except (expat.ExpatError, ValueError, LookupError):
            return {}  # properties only corroborate; damaged ones must not cost the answers
        return {key: value.strip() for key, value in found.items()}


def _refuse_doctype(*_: object) -> None:
    raise _over("内部含有 DOCTYPE 声明", "it contains a DOCTYPE declaration")


def _demand_unicode(_version: str, encoding: str | None, _standalone: int) -> None:
    """Only what a package may use (and expat knows by itself): anything else would be looked up among Python codecs."""
    if encoding is not None and encoding.lower() not in ("utf-8", "utf-16", "us-ascii", "iso-8859-1"):
        raise _damaged("内部的 XML 用了少见的编码", "the XML inside is in an unusual encoding")


def _part_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _local(tag: str) -> str:
    return tag.rsplit(":", 1)[-1]


class _Outline:
    """workbook.xml: the sheets with their relationship, and the date system."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.sheets: list[tuple[str, str, bool]] = []
        self.date1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = _local(tag)
        if tag == "sheet":
            if len(self.sheets) >= self.limit:
                raise _over("工作表太多", "it has too many sheets")
            relation = next((value for key, value in attributes.items() if _local(key) == "id" and ":" in key), "")
            self.sheets.append(
                (attributes.get("name", ""), relation, attributes.get("state", "") not in ("", "visible"))
            )
        elif tag == "workbookPr":
            self.date1904 = attributes.get("date1904", "0") in ("1", "true")


class _Strings:
    """sharedStrings.xml: plain and rich runs joined, phonetic hints left out."""

    def __init__(self, limit: int) -> None:
        self.strings: list[str] = []
        self.left = limit
        self.parts: list[str] = []
        self.taking = False
        self.phonetic = False

    def start(self, tag: str, _: dict[str, str]) -> None:
        tag = _local(tag)
        if tag == "si":
            self.parts = []
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "t":
            self.taking = not self.phonetic

    def end(self, tag: str) -> None:
        tag = _local(tag)
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
                raise _over("文字太多", "it holds too much text")
            self.parts.append(data)


_BUILTIN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_BUILTIN_PERCENT = frozenset([9, 10])


class _Formats:
    """styles.xml: what kind of number each cell format shows: date, percent or general."""

    def __init__(self, limit: int) -> None:
        self.kinds: list[str] = []
        self.limit = limit
        self.custom: dict[str, str] = {}
        self.in_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = _local(tag)
        if tag == "numFmt":
            self._count(self.custom)
            self.custom[attributes.get("numFmtId", "")] = _format_kind(attributes.get("formatCode", ""))
        elif tag == "cellXfs":
            self.in_cells = True
        elif tag == "xf" and self.in_cells:
            self._count(self.kinds)
            self.kinds.append(self._kind(attributes.get("numFmtId", "0")))

    def _count(self, formats: Sized) -> None:
        if len(formats) >= self.limit:
            raise _over("单元格格式太多", "it has too many cell formats")

    def _kind(self, number: str) -> str:
        if number in self.custom:
            return self.custom[number]
        if not number.isdecimal():
            return "general"
        if int(number) in _BUILTIN_DATES:
            return "date"
        return "percent" if int(number) in _BUILTIN_PERCENT else "general"

    def end(self, tag: str) -> None:
        if _local(tag) == "cellXfs":
            self.in_cells = False


def _format_kind(code: str) -> str:
    """Date if letters of a date remain once quoted text, escapes and brackets are gone (ECMA-376, 18.8.31)."""
    bare = re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", code.split(";")[0]).lower()
    if re.search(r"[ymdhs]|年|月|日", bare) and "general" not in bare:
        return "date"
    return "percent" if "%" in bare else "general"


_REF = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})$")


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
    raise _over(f"单元格地址 {ref[:20]} 超出表格范围", f"the cell address {ref[:20]} lies outside the grid")


class _Cells:
    """A worksheet part: cells that hold something, hidden rows and merged ranges."""

    def __init__(
        self,
        sheet: Sheet,
        strings: list[str],
        formats: list[str],
        date1904: bool,
        limits: Limits,
        cells_left: int,
        text_left: int,
    ) -> None:
        self.sheet = sheet
        self.strings = strings
        self.formats = formats
        self.date1904 = date1904
        self.limits = limits
        self.cells_left = cells_left
        self.text_left = text_left
        self.row = -1
        self.column = -1
        self.attributes: dict[str, str] = {}
        self.value: list[str] | None = None
        self.formula: list[str] | None = None
        self.target: list[str] | None = None
        self.phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if ":" in tag:
            tag = _local(tag)
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
        elif tag == "mergeCell":
            if len(self.sheet.merges) >= self.limits.merges:
                raise _over("合并单元格太多", "it has too many merged cells")
            first, _, last = attributes.get("ref", "").partition(":")
            (top, left), (bottom, right) = parse_ref(first), parse_ref(last or first)
            self.sheet.merges.append((min(top, bottom), min(left, right), max(top, bottom), max(left, right)))

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self.row = parse_ref(f"A{number}")[0] if number is not None else self.row + 1
        self.column = -1
        if attributes.get("hidden", "0") in ("1", "true"):
            self.sheet.hidden_rows.add(self.row)
        self._count()

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self._count()
        ref = attributes.get("r")
        if ref:
            self.row, self.column = parse_ref(ref)
        else:
            self.column += 1
            if self.column >= MAX_COLUMN or not 0 <= self.row < MAX_ROW:
                raise _over("单元格超出表格范围", "cells lie outside the grid")
        self.attributes = attributes
        self.value = self.formula = self.target = None

    def _count(self) -> None:
        self.cells_left -= 1
        if self.cells_left < 0:
            raise _over("单元格太多", "it has too many cells")

    def text(self, data: str) -> None:
        if self.target is not None:
            self._count_text(len(data))
            self.target.append(data)

    def _count_text(self, length: int) -> None:
        self.text_left -= length
        if self.text_left < 0:
            raise _over("文字太多", "it holds too much text")

    def end(self, tag: str) -> None:
        if ":" in tag:
            tag = _local(tag)
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
            return self._iso(raw)
        return CellKind.TEXT, unescape(raw), False

    def _shared(self, raw: str) -> str:
        index = int(raw) if raw.strip().isdecimal() else -1
        if not 0 <= index < len(self.strings):
            raise _damaged("单元格引用的文字不存在", "a cell refers to text that is not there")
        self._count_text(len(self.strings[index]))
        return self.strings[index]

    def _number(self, raw: str) -> tuple[CellKind, Scalar | None, bool]:
        try:
            number = float(raw)
        except ValueError:
            return CellKind.TEXT, raw, False
        if number != number or number in (float("inf"), float("-inf")) or "_" in raw:
            return CellKind.TEXT, raw, False
        style = self.attributes.get("s", "0")
        look = self.formats[int(style)] if style.isdecimal() and int(style) < len(self.formats) else "general"
        if look == "date":
            date = serial_to_date(number, self.date1904)
            if date is not None:
                return CellKind.DATE, date, False
        return CellKind.NUMBER, number, look == "percent"

    @staticmethod
    def _iso(raw: str) -> tuple[CellKind, Scalar | None, bool]:
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


def is_zip(head: bytes) -> bool:
    """Whether bytes begin as a zip does (an empty archive included)."""
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading row that a person wrote: its row, the columns of known headings, and the text of all others."""

    row: int
    columns: Mapping[str, int]
    others: Mapping[int, str]
    doubled: tuple[tuple[str, int], ...]


def find_heading(sheet: Sheet, known: Mapping[str, str], enough: int) -> Heading | None:
    """The first of a sheet's ten first rows with `enough` known headings (compared by `match_key`)."""
    for row, cells in sheet.in_order():
        if row >= 10:
            break
        columns: dict[str, int] = {}
        others: dict[int, str] = {}
        doubled = []
        for column, cell in sorted(cells.items()):
            text = str(cell.value or "").strip()
            key = known.get(match_key(text))
            if key is None:
                others[column] = text
            elif key in columns:
                doubled.append((text, column))
            else:
                columns[key] = column
        if len(columns) >= enough:
            return Heading(row, columns, {column: text for column, text in others.items() if text}, tuple(doubled))
    return None


def find_sheet(book: Book, *names: str) -> Sheet | None:
    """The sheet of any of these names; one that joins them (`receipts 收件`) is meant too."""
    wanted = {match_key(name) for name in names} | {match_key("".join(names)), match_key("".join(reversed(names)))}
    return next((sheet for sheet in book.sheets if match_key(sheet.name) in wanted), None)


def both_languages(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Headings, alone or joined (`file 文件`), to the key that they stand for."""
    found: dict[str, str] = {}
    for key, names in words.items():
        for first in (key, *names):
            found.setdefault(match_key(first), key)
            for second in (key, *names):
                found.setdefault(match_key(first + second), key)
    return found
