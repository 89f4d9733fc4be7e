"""The sheet 打印稿 in the master: what a leader reads on paper, with real merged cells that end where a page does."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.excel import FONTS, HEADING_FONTS, Look, Sheet, height_of, line_count
from kpi_xlsx.master_columns import MasterColumns
from kpi_xlsx.master_rows import LINE, Line, MasterRows, RowCell
from kpi_xlsx.model import Progress, Source, plain
from kpi_xlsx.outputs.paper import A3, Paper
from kpi_xlsx.report import Row
from kpi_xlsx.report_states import REPORT_WORDS, ReportState
from kpi_xlsx.values import show_value

SHORT = frozenset(["attribute", "due_month", "actual", "data_as_of", "completed_on", "evidence"])
"""Columns that a leader does not need."""
WIDTHS: Mapping[str, float] = {
    "department": 13,
    "role": 6,
    "category": 12,
    "subcategory": 11,
    "name": 18,
    "requirement": 40,
    "progress": 56,
    "status": 10,
    "pace.state": 12,
    "explanation": 26,
}
CENTRED = frozenset(["department", "role", "category", "subcategory", "status", "pace.state"])
INKED = frozenset(["status", "pace.state"])
EXCUSED = frozenset([Progress.DATA_PENDING, Progress.NOT_DUE, Progress.CHANGE_REQUESTED])
"""With these the explanation stands for the answer."""
SIZE = 10
MOST_LINES, PIECE = 28, 12
"""What a row can hold; longer text stands in rows of fewer lines, which fill a page better."""
HEAD_ROW = 2
TITLE, HEAD = 36, 30
"""Heights in points."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands in a cell of one row: rows of the same key are one cell."""

    key: Hashable
    text: str
    ink: str = ""
    """Of a status, as the master has it."""
    opens: bool = True
    closes: bool = True
    """Whether the cell has a line above and below: text that goes on has none between its pieces."""


class PrintSheet:
    """Writes the sheet row by row, as the master's rows go by."""

    def __init__(self, sheet: Sheet, rows: MasterRows, summary: str) -> None:
        self.sheet = sheet
        self.rows = rows
        self.columns = rows.columns
        self.language = rows.context.language
        self.say = self.language.say
        self.table = rows.table
        self.summary = summary
        self.keys = tuple(_printed(self.columns))
        self.widths = [WIDTHS.get(key, self.columns.width(key)) for key in self.keys]
        self.paper = Paper(A3, self.widths)
        self.row = HEAD_ROW
        self.used: float = 0
        self.breaks: list[int] = []
        self.begun: list[tuple[Hashable, int]] = [(None, 0)] * len(self.keys)
        """Of each column the cell that is not closed yet: its key and first row."""

    def begin(self) -> None:
        """Title, what is to be said of the whole, and headings."""
        sheet, last = self.sheet, len(self.keys) - 1
        for place, width in enumerate(self.widths):
            sheet.call("set_column", place, place, width)
        base = {"font_name": FONTS[self.language], "font_size": SIZE, "valign": "vcenter"}
        sheet.call("set_row", 0, TITLE)
        title = self.rows.settings.full_title("", self.rows.context.template.title)
        big = {**base, "font_name": HEADING_FONTS[self.language], "font_size": 20, "bold": True, "align": "center"}
        sheet.block(0, 0, 0, last, title, big)
        told = height_of(line_count(self.summary, sum(self.widths)), SIZE)
        sheet.call("set_row", 1, told)
        sheet.block(1, 0, 1, last, self.summary, {**base, "text_wrap": True})
        self.used = TITLE + told + HEAD
        sheet.call("set_row", HEAD_ROW, HEAD)
        head = {**base, **_BORDER, "bold": True, "align": "center", "text_wrap": True, "bg_color": "F2F2F2"}
        for place, key in enumerate(self.keys):
            sheet.text(HEAD_ROW, place, self.columns.heading(key), head)

    def add(self, line: Line) -> None:
        """A goal: one row, or more where a text is longer than a row can be."""
        cells = list(self._cells(line))
        for number in range(max(len(cell) for cell in cells)):
            self._write_row([cell[min(number, len(cell) - 1)] for cell in cells])

    def end(self) -> None:
        """Close what is open, and set the page up."""
        for place in range(len(self.keys)):
            self._close(place)
        if self.row == HEAD_ROW:
            self.row += 1
            words = self.say("没有目标。", "There are no goals.")
            self.sheet.text(self.row, 0, words, {"font_name": FONTS[self.language], "font_size": SIZE})
        self._notes()
        self.sheet.raw.freeze_panes(HEAD_ROW + 1, 0)
        self.sheet.raw.hide_gridlines(2)
        self.sheet.raw.repeat_rows(HEAD_ROW)
        self.sheet.raw.print_area(0, 0, self.row, len(self.keys) - 1)
        self.sheet.raw.set_h_pagebreaks(self.breaks)
        self.paper.apply(self.sheet, self.language, self.rows.settings.marking)

    def _notes(self) -> None:
        """What changed in the plan this year, below the table."""
        look = {"font_name": FONTS[self.language], "font_size": SIZE, "text_wrap": True, "valign": "vcenter"}
        for number, note in enumerate(self.columns.notes, 1):
            text = self.say(f"注 {number}：{note}", f"Note {number}: {note}")
            height = height_of(line_count(text, sum(self.widths)), SIZE)
            if self.used + height > self.paper.room:
                self.breaks.append(self.row + 1)
                self.used = HEAD
            self.row += 1
            self.used += height
            self.sheet.call("set_row", self.row, height)
            self.sheet.block(self.row, 0, self.row, len(self.keys) - 1, text, look)

    def _cells(self, line: Line) -> Iterator[Sequence[_Piece]]:
        """The pieces of each column's text."""
        found = {cell.key: cell for cell in line.cells}
        above: list[str] = []
        for key, width in zip(self.keys, self.widths, strict=True):
            column, value = self.table.by_key.get(key), found[key].value
            text = plain(value) if column is None else show_value(column, value)
            if key == self._answer and not text:
                text = self._instead(line.row, found)
            pieces = split_text(text, width * 1.05 - 1)
            own: Hashable = (line.row.department, line.row.id)
            if key in self.columns.merged and len(pieces) == 1:
                above.append(text)
                own = (line.row.department, *above) if text else own
            if len(pieces) == 1:
                ink = str(found[key].look.get("font_color", "")) if key in INKED else ""
                yield [_Piece(own, text, ink)]
            else:
                last = len(pieces) - 1
                yield [_Piece((own, at), piece, "", at == 0, at == last) for at, piece in enumerate(pieces)]

    def _instead(self, row: Row, found: Mapping[str, RowCell]) -> str:
        """What stands in place of a blank answer, which on paper would look like an oversight of the printer's."""
        state = self.rows.state_of(row)
        if state in (ReportState.REPORTED, ReportState.LATE):
            excused = "status" in found and self.rows.context.progress(found["status"].value) in EXCUSED
            return "—" if excused else self.say(*REPORT_WORDS[ReportState.BLANK])
        return self.say(*REPORT_WORDS[state])

    @cached_property
    def _answer(self) -> str:
        """The column that says why there is nothing in it."""
        keys = [column.key for column in self.table.entry if column.key in self.keys]
        return "progress" if "progress" in keys else next(iter(keys), "")

    def _write_row(self, pieces: Sequence[_Piece]) -> None:
        begun = [piece.key != key for piece, (key, _) in zip(pieces, self.begun, strict=True)]
        height = self._height(pieces, begun)
        if self.used + height > self.paper.room:
            begun = [True] * len(pieces)
            height, self.used = self._height(pieces, begun), HEAD
            self.breaks.append(self.row + 1)
        fresh = self.breaks[-1:] == [self.row + 1]
        for place, new in enumerate(begun):
            if new:
                self._close(place)
        self.row += 1
        self.used += height
        self.sheet.call("set_row", self.row, height)
        for place, (piece, new) in enumerate(zip(pieces, begun, strict=True)):
            if new:
                self.begun[place] = (piece.key, self.row)
            look = self._look(self.keys[place], piece, fresh=fresh)
            self.sheet.text(self.row, place, piece.text if new else "", look)

    def _height(self, pieces: Sequence[_Piece], begun: Sequence[bool]) -> float:
        shown = zip(pieces, self.widths, begun, strict=True)
        return height_of(max([2, *(line_count(one.text, width * 1.05 - 1) for one, width, new in shown if new)]), SIZE)

    def _close(self, place: int) -> None:
        key, first = self.begun[place]
        if key is not None and first < self.row:
            self.sheet.merge_written(first, place, self.row, place)

    def _look(self, key: str, piece: _Piece, *, fresh: bool) -> Look:
        """`fresh`: on the first row of a page, which has a line above it."""
        look = {"font_name": FONTS[self.language], "font_size": SIZE, "text_wrap": True, "valign": "vcenter"}
        look |= {**_BORDER, "align": "center" if key in CENTRED else "left", "num_format": "@"}
        look |= {"font_color": piece.ink, "bold": True} if piece.ink else {}
        look |= {"indent": 1} if key not in CENTRED else {}
        if not (piece.opens and piece.closes):  # spread, so that no gap stands between the pieces of a text
            look |= {"valign": "top" if piece.closes else "vjustify"}
        look |= {} if piece.opens or fresh else {"top": 0}
        return look if piece.closes else {**look, "bottom": 0}


_BORDER: Look = {"border": 1, "border_color": LINE}


def _printed(columns: MasterColumns) -> Iterator[str]:
    """The columns on paper, from the left: what was to be done, what was said, and what follows."""
    table = columns.table
    named = "name" in table.by_key
    for key in columns.at:
        column = table.by_key.get(key)
        if key in ("department", "role"):
            yield key
        if column is None or column.source is Source.OFFICE or not column.print or key in SHORT:
            continue
        if key != table.row_key or not named:
            yield key
        if key == "status" and "pace.state" in columns.at:
            yield "pace.state"


def split_text(text: str, width: float, most: int = MOST_LINES, piece: int = PIECE) -> Sequence[str]:
    """A text of more than `most` lines in pieces, parted where a line or sentence ends if one does so near the end."""
    if line_count(text, width) <= most:
        return [text]
    pieces: list[str] = []
    while text:
        end = _fitting(text, width, piece)
        if end < len(text):
            stops = [text.rfind(stop, end * 3 // 4, end) + len(stop) for stop in ("\n", "。", "；", ". ", " ")]
            end = next((stop for stop in stops if stop > end * 3 // 4), end)
        pieces.append(text[:end].removesuffix("\n"))
        text = text[end:]
    return pieces


def _fitting(text: str, width: float, most: int) -> int:
    """How many of a text's first signs fit into so many lines; at least one."""
    low, high = 1, min(len(text), int(width * most * 1.2) + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if line_count(text[:middle], width) <= most:
            low = middle
        else:
            high = middle - 1
    return low
