"""A notice as a web page: its tables with cells that go over several rows or columns, and the text around them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from kpi_xlsx.book import damaged, over
from kpi_xlsx.files import decoded
from kpi_xlsx.limits import Limits
from kpi_xlsx.notice import Grid, Line, Notice, Place, tidy

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_SILENT = frozenset(["script", "style", "noscript", "template", "select", "textarea", "svg", "object"])
_BREAKING = frozenset(["br", "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "title"])
_DEEPEST = 8
"""Tables within one another: web pages are laid out in them."""


def read_html(body: bytes, limits: Limits) -> Notice:
    """The lines of a page. Raises Unreadable if it is no text, or too long."""
    text = _decode(body)
    if len(text) > limits.text:
        raise over("网页太大", "the page is too big")
    page = _Page(limits)
    try:
        page.feed(text)
        page.close()
    except (AssertionError, RecursionError) as problem:  # the parser gives up on some broken declarations
        raise damaged("网页的内容残缺", "the page is broken") from problem
    page.finish()
    return Notice(tuple(page.lines))


def _decode(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    named = _CHARSET.search(body[:4096])
    if named is not None and named[1].lower() in (b"gb2312", b"gbk", b"gb18030"):
        return body.decode("gb18030", "replace")
    text = decoded(body.removeprefix(b"\xef\xbb\xbf"))
    return body.decode("utf-8", "replace") if text is None else text


class _Table:
    """A table that is open: the row and the cell that are being read."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.grid = Grid(number)
        self.rows = 0
        self.cells: list[tuple[str, int, int]] | None = None
        self.text: list[str] | None = None
        self.size = (1, 1)


class _Page(HTMLParser):
    """Collects lines. Of tables within tables the innermost holds the rows; the outer ones only lay out the page."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.limits = limits
        self.lines: list[Line] = []
        self.open: list[_Table] = []
        self.text: list[str] = []
        self.silent = ""
        self.tables = 0
        self.count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count += 1
        if self.count > self.limits.extra_tags:
            raise over("网页太大", "the page is too big")
        if self.silent:
            return
        if tag in _SILENT:
            self.silent = tag
        elif tag == "table":
            self._table()
        elif tag in ("tr", "td", "th") and self.open:
            self._begin(tag, dict(attrs))
        elif tag in _BREAKING:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            self.silent = "" if tag == self.silent else self.silent
        elif tag == "table" and self.open:
            self._end_row()
            self.open.pop()
        elif tag == "tr" and self.open:
            self._end_row()
        elif tag in ("td", "th") and self.open:
            self._end_cell()
        elif tag in _BREAKING:
            self._break()

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        (self.text if not self.open or self.open[-1].text is None else self.open[-1].text).append(
            re.sub(r"\s+", " ", data)
        )

    def _break(self) -> None:
        if self.open and self.open[-1].text is not None:
            self.open[-1].text.append("\n")
        else:
            self._paragraph()

    def _paragraph(self) -> None:
        text = tidy("".join(self.text))
        self.text = []
        if text:
            number = len(self.lines) + 1
            self.lines.append(Line((f"第 {number} 段", f"paragraph {number}"), (text,)))

    def _table(self) -> None:
        if len(self.open) >= _DEEPEST:
            raise over("表格里套了太多层表格", "its tables stand too deep within one another")
        self._paragraph()
        if self.open and self.open[-1].text is not None:  # what stood before it in the outer cell is text of the page
            self.text = self.open[-1].text
            self.open[-1].text = []
            self._paragraph()
        self.tables += 1
        self.open.append(_Table(self.tables))

    def _begin(self, tag: str, attributes: dict[str, str | None]) -> None:
        table = self.open[-1]
        if tag == "tr":
            self._end_row()
            table.cells = []
            return
        self._end_cell()
        table.cells = [] if table.cells is None else table.cells
        table.text = []
        table.size = (_number(attributes.get("colspan")), _number(attributes.get("rowspan")))

    def _end_cell(self) -> None:
        table = self.open[-1]
        if table.text is not None and table.cells is not None:
            table.cells.append((tidy(re.sub(r" *\n\s*", "\n", "".join(table.text))), *table.size))
        table.text = None

    def _end_row(self) -> None:
        self._end_cell()
        table = self.open[-1]
        if table.cells is None:
            return
        table.rows += 1
        line = table.grid.row(_place(table.number, table.rows), table.cells)
        table.cells = None
        if any(line.cells):
            self.lines.append(line)

    def finish(self) -> None:
        """End what the page left open."""
        while self.open:
            self._end_row()
            self.open.pop()
        self._paragraph()


def _number(text: str | None) -> int:
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 5 else 1


def _place(table: int, row: int) -> Place:
    return f"表 {table} 第 {row} 行", f"table {table}, row {row}"
