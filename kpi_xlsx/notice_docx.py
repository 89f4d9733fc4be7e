"""A notice as a Word document (.docx): its tables and paragraphs, streamed within the limits of all packages.

Format: ECMA-376 part 1 (WordprocessingML). Numbers that Word itself puts before paragraphs are not part of the text.
"""

from __future__ import annotations

import io
from dataclasses import replace

from kpi_xlsx.book import damaged, over
from kpi_xlsx.limits import Limits
from kpi_xlsx.notice import Grid, Line, Notice, Place, tidy
from kpi_xlsx.package import Package, unzipped
from kpi_xlsx.parts import local

MAIN = "word/document.xml"
_SKIPPED = frozenset(["del", "moveFrom", "txbxContent", "pict", "instrText", "Fallback", "footnoteReference"])
_DEEPEST = 8


def read_docx(body: bytes, limits: Limits) -> Notice:
    """The lines of a document. Raises Unreadable, and nothing else, for whatever the bytes are."""
    with unzipped(io.BytesIO(body), limits) as archive:
        package = Package(archive, limits)
        if MAIN not in package.members:
            raise damaged("里面没有 Word 正文", "there is no Word document in it")
        document = _Document(limits)
        package.parse(MAIN, document.start, document.end, document.text)
        return Notice(tuple(document.lines))


class _Table:
    """A table that is open: its cells as text, columns covered, and whether they go on from above."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.grid = Grid(number)
        self.rows = 0
        self.cells: list[tuple[str, int, int]] = []
        self.above: dict[int, str] = {}
        self.before = 0
        self.text: list[str] = []
        self.wide = 1
        self.goes_on = False
        self.covered: set[int] = set()


class _Document:
    """Follows the elements of the main part; tables within a cell are text of that cell."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.lines: list[Line] = []
        self.open: list[_Table] = []
        self.paragraph: list[str] = []
        self.skipped = 0
        self.taking = False
        self.tables = self.paragraphs = self.length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if self.skipped or tag in _SKIPPED:
            self.skipped += 1
            return
        given = {local(key): value for key, value in attributes.items()}
        if tag == "t":
            self.taking = True
        elif tag in ("br", "cr"):
            self._take("\n")
        elif tag == "tab":
            self._take(" ")
        elif tag == "tbl":
            self._table()
        elif self.open:
            self._of_table(tag, given)

    def _of_table(self, tag: str, given: dict[str, str]) -> None:
        table = self.open[0]
        if len(self.open) > 1:
            return
        if tag == "tr":
            table.cells, table.before, table.covered = [], 0, set()
        elif tag == "tc":
            table.text, table.wide, table.goes_on = [], 1, False
        elif tag == "gridSpan":
            table.wide = _number(given.get("val"))
        elif tag == "gridBefore":
            table.before = _number(given.get("val"))
        elif tag == "vMerge":
            table.goes_on = given.get("val", "continue") != "restart"

    def end(self, tag: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        tag = local(tag)
        if tag == "t":
            self.taking = False
        elif tag == "p":
            self._end_paragraph()
        elif tag == "tc" and len(self.open) == 1:
            self._end_cell(self.open[0])
        elif tag == "tr" and len(self.open) == 1:
            self._end_row(self.open[0])
        elif tag == "tbl" and self.open:
            self.open.pop()

    def text(self, data: str) -> None:
        if self.taking and not self.skipped:
            self._take(data)

    def _take(self, data: str) -> None:
        self.length += len(data)
        if self.length > self.limits.text:
            raise over("文字太多", "it holds too much text")
        (self.open[0].text if self.open else self.paragraph).append(data)

    def _table(self) -> None:
        if len(self.open) >= _DEEPEST:
            raise over("表格里套了太多层表格", "its tables stand too deep within one another")
        self._end_paragraph()
        if not self.open:
            self.tables += 1
        self.open.append(_Table(self.tables))

    def _end_paragraph(self) -> None:
        if self.open:
            self.open[0].text.append("\n")
            return
        text = tidy("".join(self.paragraph))
        self.paragraph = []
        self.paragraphs += 1
        if text:
            self.lines.append(Line((f"第 {self.paragraphs} 段", f"paragraph {self.paragraphs}"), (text,)))

    def _end_cell(self, table: _Table) -> None:
        column = table.before + sum(wide for _, wide, _ in table.cells)
        text = tidy("".join(table.text))
        if table.goes_on:  # what it shows stands in the first cell of the merge
            text = text or table.above.get(column, "")
            table.covered.add(column)
        table.above[column] = text
        table.cells.append((text, min(table.wide, Grid.COLUMNS), 1))
        if len(table.cells) > Grid.COLUMNS:
            raise over("表格的列太多", "a table has too many columns")

    def _end_row(self, table: _Table) -> None:
        table.rows += 1
        blank = [("", 1, 1)] * min(table.before, Grid.COLUMNS)
        line = table.grid.row(_place(table.number, table.rows), [*blank, *table.cells])
        if any(line.cells):
            self.lines.append(replace(line, above=frozenset(table.covered)))


def _number(text: str | None) -> int:
    digits = text or ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 5 else 1


def _place(table: int, row: int) -> Place:
    return f"表 {table} 第 {row} 行", f"table {table}, row {row}"
