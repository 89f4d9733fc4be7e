"""OpenDocument spreadsheets (.ods, .ots) to cells: one pass over content.xml, within the limits of any package.

Format: OpenDocument 1.3 part 3. Names are compared without their namespace prefix, so that careless writers are
read too. What is repeated to the end of the grid costs nothing as long as it is blank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from kpi_xlsx.book import (
    BOX_LENGTH,
    BOXES,
    LINKS,
    MAX_COLUMN,
    MAX_ROW,
    OWN_REMARK,
    Allowance,
    Book,
    Extras,
    Sheet,
    Unreadable,
    damaged,
    over,
)
from kpi_xlsx.extras import file_name
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.model import Cell, CellKind, Scalar
from kpi_xlsx.open_values import by_local_name, count_of, formula_of, read_value
from kpi_xlsx.package import Package, unzipped
from kpi_xlsx.parts import local

_MANIFEST, _CONTENT, _META = "meta-inf/manifest.xml", "content.xml", "meta.xml"
_KINDS = {
    "text": ("文字文档（.odt）", "a text document (.odt)"),
    "presentation": ("演示文稿（.odp）", "a presentation (.odp)"),
    "drawing": ("绘图（.odg）", "a drawing (.odg)"),
}


def read_open_document(source: Path | IO[bytes], limits: Limits = DEFAULT_LIMITS) -> Book:
    """Read every worksheet of an .ods or .ots. Raises Unreadable, and nothing else, for whatever the bytes are."""
    with unzipped(source, limits) as archive:
        package = Package(archive, limits)
        _refuse_encrypted(package)
        if _CONTENT not in package.members:
            raise Unreadable("F102", "压缩包（.zip）", "a zip archive")
        content = _Content(limits)
        package.parse(_CONTENT, content.start, content.end, content.text)
        if not content.kind:
            raise damaged("里面没有表格", "there is no spreadsheet in it")
        properties = package.properties(_META, "user-defined")
        return Book(content.sheets, properties, any(map(_is_macro, package.members)), content.extras())


def _refuse_encrypted(package: Package) -> None:
    def start(tag: str, _: dict[str, str]) -> None:
        if local(tag) == "encryption-data":
            raise Unreadable("F103", "工作簿设了打开密码", "the workbook opens only with a password")

    if _MANIFEST in package.members:
        package.parse(_MANIFEST, start, None, None)


def _is_macro(part: str) -> bool:
    """A module of a library; the lists of libraries alone are harmless, and common."""
    return part.startswith(("basic/", "scripts/")) and not part.endswith(("/", "/script-lc.xml", "/script-lb.xml"))


@dataclass(slots=True)
class _Words:
    """The paragraphs of a cell, a comment or a box."""

    done: list[str] = field(default_factory=list)
    open: list[str] | None = None

    def begin(self) -> None:
        self.finish()
        self.open = []

    def finish(self) -> None:
        if self.open is not None:
            self.done.append("".join(self.open))
        self.open = None

    def add(self, text: str) -> None:
        if self.open is not None:
            self.open.append(text)

    def __str__(self) -> str:
        self.finish()
        return "\n".join(self.done)


def _unbroken(data: str) -> str:
    """A line feed in the file, with the indentation around it, is a space in the text."""
    first, *others, last = data.split("\n")
    between = (line for other in others if (line := other.strip(" \t")))
    return " ".join((first.rstrip(" \t"), *between, last.lstrip(" \t")))


@dataclass(frozen=True, slots=True)
class _Run:
    """Equal cells next to each other, in a row that is not yet placed."""

    column: int
    count: int
    kind: CellKind
    value: Scalar | None
    formula: str | None
    percent: bool


_BOXES = ("text-box", "custom-shape", "rect", "ellipse", "caption")
"""Shapes that may hold words."""


class _Content:
    """content.xml: hidden sheets by their style, then sheets, rows and cells; comments and drawings on the way."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.allowance = Allowance(limits)
        self.kind = ""
        self.sheets: list[Sheet] = []
        self.parent = ""
        self.style = ""
        self.hidden_styles: set[str] = set()
        self.depth = 0
        self.sheet: Sheet | None = None
        self.words: list[_Words] = []
        self.row = self.column = self.header = 0
        self.row_attributes: dict[str, str] = {}
        self.cell: dict[str, str] = {}
        self.runs: list[_Run] = []
        self.merged: list[tuple[int, int, int]] = []
        self.hidden: list[tuple[int, int]] = []
        self.comments = self.pictures = 0
        self.frame: set[str] = set()
        self.boxes: list[str] = []
        self.links: list[str] = []
        self.starts = self._starts()
        self.ends = self._ends()

    def _starts(self) -> dict[str, Callable[[dict[str, str]], None]]:
        """What is done where an element begins."""
        return {
            "table": self._open_table,
            "dde-link": self._open_link,
            "table-source": self._take_source,
            "table-column": self._take_columns,
            "table-row": self._open_row,
            "table-cell": self._open_cell,
            "covered-table-cell": self._open_cell,
            "frame": self._open_frame,
            "style": self._take_style,
            "table-properties": self._take_table_look,
            "p": self._open_paragraph,
            "h": self._open_paragraph,
            "s": self._take_spaces,
            "tab": lambda _: self._add("\t"),
            "line-break": lambda _: self._add("\n"),
            "image": lambda _: self.frame.add("image"),
            "object": lambda _: self.frame.add("object"),
            "object-ole": lambda _: self.frame.add("object"),
            **dict.fromkeys((*_BOXES, "annotation", "ruby-text"), self._push),
        }

    def _ends(self) -> dict[str, Callable[[], None]]:
        """What is done where an element ends."""
        return {
            "table": self._close_table,
            "table-row": self._close_row,
            "table-cell": self._close_cell,
            "covered-table-cell": self._close_cell,
            "annotation": self._close_comment,
            "frame": self._close_frame,
            "ruby-text": self._close_aside,
            "dde-link": self._close_link,
            "p": self._close_paragraph,
            "h": self._close_paragraph,
            **dict.fromkeys(_BOXES, self._close_box),
        }

    # --- what expat calls ---------------------------------------------------------------------------------------------

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if self.parent == "body":
            self._take_kind(tag)
        self.parent = tag
        if (take := self.starts.get(tag)) is not None:
            take(by_local_name(attributes))

    def end(self, tag: str) -> None:
        tag = local(tag)
        self.parent = ""
        if (take := self.ends.get(tag)) is not None:
            take()

    def text(self, data: str) -> None:
        if self.words and self.words[-1].open is not None:
            self._add(_unbroken(data) if "\n" in data else data)

    def _take_kind(self, tag: str) -> None:
        self.kind = tag
        if tag != "spreadsheet":
            zh, en = _KINDS.get(tag, ("不是表格的 OpenDocument 文件", "an OpenDocument file of another kind"))
            raise Unreadable("F102", zh, en)

    # --- text ---------------------------------------------------------------------------------------------------------

    def _add(self, text: str) -> None:
        if self.words:
            self.allowance.take_text(len(text))
            self.words[-1].add(text)

    def _push(self, _: dict[str, str]) -> None:
        self.words.append(_Words())

    def _pop(self) -> str:
        return str(self.words.pop()) if self.words else ""

    def _close_aside(self) -> None:
        self._pop()

    def _open_paragraph(self, _: dict[str, str]) -> None:
        if self.words:
            self.words[-1].begin()

    def _close_paragraph(self) -> None:
        if self.words:
            self.words[-1].finish()

    def _take_spaces(self, attributes: dict[str, str]) -> None:
        count = count_of(attributes, "c")
        self.allowance.take_text(count)
        if self.words:
            self.words[-1].add(" " * count)

    # --- sheets -------------------------------------------------------------------------------------------------------

    def _take_style(self, attributes: dict[str, str]) -> None:
        self.style = attributes.get("name", "") if attributes.get("family", "") == "table" else ""

    def _take_table_look(self, attributes: dict[str, str]) -> None:
        if self.style and attributes.get("display", "") == "false":
            self.hidden_styles.add(self.style)

    def _open_table(self, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > 1:
            return  # within a cell, or the values that a link has brought
        if len(self.sheets) >= self.limits.sheets:
            raise over("工作表太多", "it has too many sheets")
        self.sheet = Sheet(attributes.get("name", ""), attributes.get("style-name", "") in self.hidden_styles)
        self.sheets.append(self.sheet)
        self.row = self.header = 0
        self.hidden = []

    def _take_source(self, attributes: dict[str, str]) -> None:
        """A table that only keeps the values of another workbook is no sheet of this one."""
        link = file_name(attributes.get("href", ""))
        if link and link not in self.links and len(self.links) < LINKS:
            self.links.append(link)
        if self.sheet is not None and self.sheet.name.startswith("'") and "'#" in self.sheet.name:
            self.sheets.remove(self.sheet)

    def _open_link(self, _: dict[str, str]) -> None:
        self.depth += 1

    def _close_link(self) -> None:
        self.depth -= 1

    def _close_table(self) -> None:
        self.depth -= 1
        if self.depth > 0 or self.sheet is None:
            return
        last = max(self.sheet.rows, default=-1)
        for first, count in self.hidden:
            rows = range(first, min(first + count, last + 1))  # hiding all that is below the form is common
            self.allowance.take_cells(len(rows))
            self.sheet.hidden_rows.update(rows)
        self.sheet = None

    def _take_columns(self, attributes: dict[str, str]) -> None:
        if self.sheet is None or self.depth > 1:
            return
        after = min(self.header + count_of(attributes, "number-columns-repeated"), MAX_COLUMN)
        if attributes.get("visibility", "") in ("collapse", "filter"):
            self.sheet.hidden_columns.update(range(self.header, after))
        self.header = after

    # --- rows and cells -----------------------------------------------------------------------------------------------

    def _open_row(self, attributes: dict[str, str]) -> None:
        if self.sheet is None or self.depth > 1:
            return
        self.allowance.take_cells()
        self.row_attributes = attributes
        self.column = 0
        self.runs = []
        self.merged = []

    def _close_row(self) -> None:
        if self.sheet is None or self.depth > 1:
            return
        count = count_of(self.row_attributes, "number-rows-repeated")
        if self.row_attributes.get("visibility", "") in ("collapse", "filter"):
            self.hidden.append((self.row, count))
        if self.runs or self.merged:
            self._place_row(self.sheet, count)
        self.row += count

    def _place_row(self, sheet: Sheet, count: int) -> None:
        runs, first = self.runs, self.row
        ends = (*(run.column + run.count for run in runs), *(column + 1 for column, _, _ in self.merged))
        if first + count > MAX_ROW or max(ends) > MAX_COLUMN:
            raise over("单元格超出表格范围", "cells lie outside the grid")
        self.allowance.take_cells(count * sum(run.count for run in runs))
        words = sum(run.count * len(run.value) for run in runs if isinstance(run.value, str))
        self.allowance.take_text(count * words)
        if len(sheet.merges) + count * len(self.merged) > self.limits.merges:
            raise over("合并单元格太多", "it has too many merged cells")
        for row in range(first, first + count):
            if runs:
                sheet.rows[row] = {
                    column: Cell(row, column, run.kind, run.value, run.formula, run.percent)
                    for run in runs
                    for column in range(run.column, run.column + run.count)
                }
            for column, down, across in self.merged:
                sheet.merges.append((row, column, row + down - 1, column + across - 1))

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self.words.append(_Words())
        if self.sheet is not None and self.depth == 1:
            self.allowance.take_cells()
            self.cell = attributes

    def _close_cell(self) -> None:
        shown = self._pop()
        if self.sheet is None or self.depth > 1:
            return
        count = count_of(self.cell, "number-columns-repeated")
        kind, value, percent = read_value(self.cell, shown)
        formula = formula_of(self.cell)
        if value is not None or (formula is not None and not self.cell.get("value-type", "")):
            self.runs.append(_Run(self.column, count, kind, value, formula, percent))
        down, across = count_of(self.cell, "number-rows-spanned"), count_of(self.cell, "number-columns-spanned")
        if down > 1 or across > 1:
            self.merged.append((self.column, min(down, MAX_ROW - self.row), min(across, MAX_COLUMN - self.column)))
        self.column += count

    # --- beside the cells ---------------------------------------------------------------------------------------------

    def _close_comment(self) -> None:
        self.comments += not self._pop().lstrip().startswith(OWN_REMARK)

    def _open_frame(self, attributes: dict[str, str]) -> None:
        self._push(attributes)
        self.frame = set()

    def _close_frame(self) -> None:
        self._pop()
        self.pictures += self.frame == {"image"}  # that of a chart is an object, and its picture only a stand-in
        self.frame = set()

    def _close_box(self) -> None:
        text = self._pop().strip()
        if text and len(self.boxes) < BOXES:
            self.boxes.append(text[:BOX_LENGTH])

    def extras(self) -> Extras:
        return Extras(self.comments, 0, self.pictures, tuple(self.boxes), tuple(self.links))
