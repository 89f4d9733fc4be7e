"""The sheet 概览 in the master: how many goals stand where, by department and group, in figures and in bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.excel import FONTS, HEADING_FONTS, Look, Sheet, height_of, line_count, reference, text_width
from kpi_xlsx.master_rows import LINE, STATUS_COLOURS, MasterRows
from kpi_xlsx.model import Department, Progress, Severity, State
from kpi_xlsx.outputs.bars import Bars, Series, draw_bars
from kpi_xlsx.outputs.paper import A3, Paper
from kpi_xlsx.pace_rules import PACE_COLOURS, Pace
from kpi_xlsx.tallies import BESIDE_WORDS, TURNOUT_WORDS, Beside, Standing, Tallies, Turnout, status_words

TITLE_HEIGHT, ROW_HEIGHT, HEAD_HEIGHT = 34, 20, 34
TILES, HEAD_ROW = 2, 5
TILE_HEIGHTS = (30, 34)
MOST_BARS = 40
"""In one chart; fewer where so many do not fit on a page."""
MOST_NAME = 36
"""The width of the departments' names; longer ones take more lines."""
LEAST_ROWS = 10
"""A chart's height in rows of the table: title, legend and one bar."""
CHART_WIDTH = 620
BARS: Mapping[Standing, tuple[str, str, str]] = {
    Progress.COMPLETED: ("#375623", "", "#FFFFFF"),
    Progress.ON_TRACK: ("#C6E0B4", "", "#375623"),
    Progress.BEHIND: ("#F4B000", "", "#3F3000"),
    Progress.NOT_DUE: ("#D9D9D9", "", "#404040"),
    Progress.NOT_STARTED: ("#E07B39", "", "#3F1A00"),
    Progress.DATA_PENDING: ("#9DC3E6", "", "#1F4E78"),
    Progress.CHANGE_REQUESTED: ("#7A4FA3", "", "#FFFFFF"),
    Beside.MISSING: ("#9C0006", "wide_upward_diagonal", "#9C0006"),
    Beside.SUPPORTED: ("#7F7F7F", "percent_10", "#404040"),
    Beside.UNCLEAR: ("#7F7F7F", "percent_25", "#404040"),
    Beside.NOT_ASKED: ("#A6A6A6", "percent_5", "#404040"),
}
"""Colour, pattern and ink of the figure; neighbours differ on a grey printer, too, and what is missing is hatched."""
TURNOUT_INK = {Turnout.MISSING: "9C0006", Turnout.LATE: "7F6000", Turnout.NOT_ASKED: "7F7F7F"}


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    width: float
    count: Callable[[Department], int] | None = None
    """None: the column holds words."""
    colours: tuple[str, str] | None = None
    """Fill and ink where there is any."""
    standing: Standing | None = None
    """What its figures mean, where they are part of the bars."""


def write_overview(sheet: Sheet, rows: MasterRows, tallies: Tallies, summary: str) -> None:
    """Totals, then a row for each department below its group, with its bar beside it."""
    _Overview(sheet, rows, tallies).write(summary)


class _Overview:
    def __init__(self, sheet: Sheet, rows: MasterRows, tallies: Tallies) -> None:
        self.sheet = sheet
        self.rows = rows
        self.tallies = tallies
        self.language = rows.context.language
        self.say = self.language.say
        self.base: Look = {"font_name": FONTS[self.language], "font_size": 10, "valign": "vcenter"}
        self.cell: Look = {**self.base, "border": 1, "border_color": LINE, "align": "center"}
        self.paper = Paper(A3, [column.width for column in self.columns], CHART_WIDTH + 25)
        self.row = HEAD_ROW
        self.used = self.head_height = 0.0
        self.heights: dict[int, float] = {}
        self.breaks: list[int] = []

    @cached_property
    def columns(self) -> Sequence[_Column]:
        return list(self._columns())

    def _columns(self) -> Iterator[_Column]:
        say, by_code = self.say, self.tallies.by_code
        yield _Column(say("责任单位", "Department"), self._name_width)
        yield _Column(say("报送情况", "Return"), 11)
        yield _Column(say("目标", "Goals"), 7, lambda one: by_code[one.code].standings.total())
        for standing, word in self._standings():
            progress = STATUS_COLOURS.get(standing) if isinstance(standing, Progress) else None
            colours = progress or (("F8F8F8", "9C0006") if standing is Beside.MISSING else None)
            yield _Column(word, 8.5, self._standing_of(standing), colours, standing)
        for pace, word in self._paces():
            colours = None if pace is None else PACE_COLOURS[pace]
            yield _Column(word, 8.5, self._pace_of(pace), colours)
        for severity, colour in ((Severity.ERROR, ("FFC7CE", "9C0006")), (Severity.WARNING, ("FFEB9C", "7F6000"))):
            yield _Column(SEVERITY_WORDS[severity][self.language], 8.5, self._open_of(severity), colour)

    @property
    def _name_width(self) -> float:
        return max(18.0, *(min(text_width(one.name) + 4, MOST_NAME) for one in self.rows.context.plan.departments))

    def _standings(self) -> Iterator[tuple[Standing, str]]:
        """The template's meanings, whether anybody is there or not; of the rest those that occur, and the missing."""
        known = status_words(self.rows.context)
        yield from known.items()
        for beside, words in BESIDE_WORDS.items():
            if beside is Beside.UNCLEAR and not known:  # the template asks for none
                words = TURNOUT_WORDS[Turnout.REPORTED]
            if beside is Beside.MISSING or any(one.standings[beside] for one in self.tallies.by_code.values()):
                yield beside, self.say(*words)

    def _paces(self) -> Iterator[tuple[Pace | None, str]]:
        """The states that occur; goals whose targets differ come last."""
        for pace in (*Pace, None):
            if any(one.paces[pace] for one in self.tallies.by_code.values()):
                word = "" if pace is None else self.rows.context.template.pace.word(pace, self.language)
                yield pace, self.say(f"研判：{word or '不一'}", f"Pace: {word or 'mixed'}")

    def _standing_of(self, standing: Standing) -> Callable[[Department], int]:
        return lambda one: self.tallies.by_code[one.code].standings[standing]

    def _pace_of(self, pace: Pace | None) -> Callable[[Department], int]:
        return lambda one: self.tallies.by_code[one.code].paces[pace]

    def _open_of(self, severity: Severity) -> Callable[[Department], int]:
        return lambda one: self.tallies.open(one, severity)

    def write(self, summary: str) -> None:
        self._head(summary)
        groups = self.tallies.groups()
        for name, departments in groups.items():
            self._group(name, departments, alone=len(groups) == 1)
        if len(groups) > 1:
            self._total(self.say("总计", "All"), HEAD_ROW + 1, self.rows.context.plan.departments)
        self._finish()

    def _head(self, summary: str) -> None:
        sheet = self.sheet
        for place, column in enumerate(self.columns):
            sheet.call("set_column", place, place, column.width)
        sheet.call("set_column", len(self.columns), len(self.columns), 2)
        title = self.rows.settings.full_title("", self.rows.context.template.title)
        big = {**self.base, "font_name": HEADING_FONTS[self.language], "font_size": 18, "bold": True}
        sheet.call("set_row", 0, TITLE_HEIGHT)
        sheet.text(0, 0, self.say(f"{title}　概览", f"{title}: overview"), big)
        last = len(self.columns) - 1
        told = height_of(line_count(summary, sum(column.width for column in self.columns)), 10)
        sheet.call("set_row", 1, told)
        sheet.block(1, 0, 1, last, summary, {**self.base, "font_color": "595959", "text_wrap": True})
        self._tiles()
        self.used = self.head_height = TITLE_HEIGHT + told + sum(TILE_HEIGHTS) + 8 + HEAD_HEIGHT
        sheet.call("set_row", HEAD_ROW - 1, 8)
        sheet.call("set_row", HEAD_ROW, HEAD_HEIGHT)
        head = {**self.cell, "bold": True, "text_wrap": True}
        for place, column in enumerate(self.columns):
            fill, ink = column.colours or ("D9E1F2", "000000")
            sheet.text(HEAD_ROW, place, column.heading, {**head, "bg_color": fill, "font_color": ink})

    def _tiles(self) -> None:
        """The totals, each below its name."""
        small = {**self.cell, "font_color": "595959", "bg_color": "F7F7F7", "bottom": 0, "text_wrap": True}
        big = {**self.cell, "font_size": 16, "bold": True, "top": 0}
        totals = list(self._totals())
        self.sheet.call("set_row", TILES, TILE_HEIGHTS[0])
        for place, (word, _, _) in enumerate(totals):
            self.sheet.text(TILES, place, word, small)
        self.sheet.call("set_row", TILES + 1, TILE_HEIGHTS[1])
        for place, (_, number, ink) in enumerate(totals):
            self.sheet.value(TILES + 1, place, number, {**big, "font_color": ink} if number and ink else big)

    def _totals(self) -> Iterator[tuple[str, int, str]]:
        say = self.say
        turnouts = [*self.tallies.turnouts.values()]
        asked = len(turnouts) - turnouts.count(Turnout.NOT_ASKED)
        missing, late = turnouts.count(Turnout.MISSING), turnouts.count(Turnout.LATE)
        yield say("应报送单位", "Departments asked"), asked, ""
        yield say("已报送", "Reported"), asked - missing, ""
        yield say("未报送", "Missing"), missing, "9C0006"
        yield say("迟报", "Late"), late, "7F6000"
        for severity, ink in ((Severity.ERROR, "9C0006"), (Severity.WARNING, "7F6000"), (Severity.INFO, "")):
            yield SEVERITY_WORDS[severity][self.language], self.tallies.count(severity), ink
        explained = sum(self.tallies.count(severity, State.EXPLAINED) for severity in Severity)
        yield say("已说明", "Explained"), explained, ""

    def _group(self, name: str, departments: Sequence[Department], *, alone: bool) -> None:
        """A band with the group's name, its departments and their sum, in parts that each have a chart."""
        parts = math.ceil(len(departments) / self._most_bars)
        size = math.ceil(len(departments) / parts)
        said = name or (self.say("全部单位", "All departments") if alone else self.say("未分类", "No group"))
        self._break_before(min(size, len(departments)) + 2)
        band = self._next_row()
        look = {**self.base, "bold": True, "bottom": 1, "bottom_color": LINE}
        self.sheet.fill(band, 1, len(self.columns) - 1, look)
        self.sheet.text(band, 0, said, look)
        first, top = self.row + 1, band
        for part in range(parts):
            ours = departments[part * size : (part + 1) * size]
            if part:
                self._break_before(len(ours) + 1)
                top = self.row + 1
            begin = self.row + 1
            for department in ours:
                self._department(department)
            if part == parts - 1 and len(departments) > 1:
                word = self.say("合计", "Total") if alone else self.say("小计", "Subtotal")
                self._total(word, first, departments)
            for _ in range(LEAST_ROWS - (self.row + 1 - top)):
                self._next_row()
            number = f"（{part + 1}/{parts}）" if parts > 1 else ""
            self._chart(f"{said}{number}", top, begin, ours)
        self._next_row()

    @cached_property
    def _most_bars(self) -> int:
        """In one chart: what fits on the first page with its group's name and sum, and on any other."""
        return max(LEAST_ROWS, min(MOST_BARS, int((self.paper.room - self.head_height) / ROW_HEIGHT) - 3))

    def _next_row(self, height: float = ROW_HEIGHT) -> int:
        self.row += 1
        self.used += height
        self.heights[self.row] = height
        self.sheet.call("set_row", self.row, height)
        return self.row

    def _break_before(self, rows: int) -> None:
        if self.used + max(rows, LEAST_ROWS) * ROW_HEIGHT > self.paper.room:
            self.breaks.append(self.row + 1)
            self.used = HEAD_HEIGHT

    def _department(self, department: Department) -> None:
        width = self.columns[0].width
        row = self._next_row(max(ROW_HEIGHT, height_of(line_count(department.name, width - 1), 10)))
        turnout = self.tallies.turnouts[department.code]
        self.sheet.text(
            row, 0, department.name, {**self.cell, "align": "left", "indent": 1, "num_format": "@", "text_wrap": True}
        )
        ink = {"font_color": TURNOUT_INK[turnout]} if turnout in TURNOUT_INK else {}
        self.sheet.text(row, 1, self.say(*TURNOUT_WORDS[turnout]), {**self.cell, **ink})
        for place, column, count in self._figures():
            number = count(department)
            look: Look = {"font_color": "A6A6A6"} if not number else {}
            if number and column.colours is not None:
                look = {"bg_color": column.colours[0], "font_color": column.colours[1], "bold": True}
            self.sheet.value(row, place, number, {**self.cell, **look})

    def _figures(self) -> Iterator[tuple[int, _Column, Callable[[Department], int]]]:
        """The columns of figures with their places."""
        for place, column in enumerate(self.columns):
            if column.count is not None:
                yield place, column, column.count

    def _total(self, word: str, first: int, departments: Sequence[Department]) -> None:
        """Sums of the departments' rows, of which the first is given; sums among them do not count twice."""
        last = self.row
        row = self._next_row()
        look = {**self.cell, "bold": True, "bg_color": "F2F2F2"}
        self.sheet.text(row, 0, word, {**look, "align": "left", "indent": 1})
        self.sheet.text(row, 1, "", look)
        for place, _, count in self._figures():
            total = sum(map(count, departments))
            cells = f"{reference(first, place)}:{reference(last, place)}"
            self.sheet.formula(row, place, f"=SUBTOTAL(9,{cells})", look, total)

    def _chart(self, title: str, top: int, first: int, departments: Sequence[Department]) -> None:
        series = [
            Series(place, column.heading, list(map(count, departments)), *_fill(column.standing))
            for place, column, count in self._figures()
            if column.standing is not None
        ]
        chart = Bars(
            self.say(f"目标完成状态：{title}", f"Goals by status: {title}"),
            HEAD_ROW,
            first,
            first + len(departments) - 1,
            0,
            [one.name for one in departments],
            series,
            FONTS[self.language],
            CHART_WIDTH,
            round(sum(self.heights[row] for row in range(top, self.row + 1)) * 96 / 72) - 8,
        )
        draw_bars(self.sheet, top, len(self.columns) + 1, chart)

    def _finish(self) -> None:
        sheet = self.sheet
        sheet.raw.freeze_panes(HEAD_ROW + 1, 1)
        sheet.raw.hide_gridlines(2)
        sheet.raw.repeat_rows(HEAD_ROW)
        sheet.raw.set_h_pagebreaks(self.breaks)
        self.paper.apply(sheet, self.language, self.rows.settings.marking)


def _fill(standing: Standing) -> tuple[Look, str]:
    colour, pattern, ink = BARS[standing]
    border = {"border": {"color": "#FFFFFF" if not pattern else colour, "width": 0.75}}
    if pattern:
        return {**border, "pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"}}, ink
    return {**border, "fill": {"color": colour}}, ink
