"""The sheet 全年走势 in the master: how each goal stood in every cycle of this year."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_xlsx.excel import Look, Sheet, height_of, line_count, looks_merged
from kpi_xlsx.master_rows import STATUS_COLOURS, MasterRows
from kpi_xlsx.model import plain
from kpi_xlsx.outputs.listing import FIRST_ROW, PlaceOf, begin_list, end_list, link_cell
from kpi_xlsx.values import show_value
from kpi_xlsx.year_runs import Stand, YearCell, YearRun, figure_column, find_runs

CYCLE_WIDTH = 12
GREY, RED = "A6A6A6", "9C0006"


def write_year(sheet: Sheet, rows: MasterRows, place_of: PlaceOf) -> None:
    """One row for each goal of a department, the cycles across, the oldest first."""
    _YearSheet(sheet, rows, place_of).write()


class _YearSheet:
    def __init__(self, sheet: Sheet, rows: MasterRows, place_of: PlaceOf) -> None:
        self.sheet, self.rows, self.place_of = sheet, rows, place_of
        self.context = rows.context
        self.say = rows.context.language.say
        self.figure = figure_column(rows.table)
        self.shared = rows.context.plan.shared
        self.first = 4 if self.shared else 3
        self.cycles = [str(one.period) for one in reversed(rows.past.year)] + [str(rows.context.period)]
        given = (14, 8, 22, 8) if self.shared else (14, 8, 22)
        self.widths = (*given, *(CYCLE_WIDTH for _ in self.cycles), 9)

    def write(self) -> None:
        sheet, say = self.sheet, self.say
        headings = say("责任单位|编号|目标名称", "Department|No.|Goal").split("|")
        headings += [say("角色", "Role")] if self.shared else []
        headings += [one.replace("/", "/\n") for one in self.cycles] + [say("位置", "Master")]
        title = say("全年走势", "Year")
        cell = begin_list(sheet, title, headings, self.widths, self.context.language, self._legend())
        row = FIRST_ROW - 1
        for row, run in enumerate(find_runs(self.context.template, self.rows.past, self.rows.present()), FIRST_ROW):
            self._write(row, run, cell)
        if row >= FIRST_ROW:
            looks_merged(sheet, [0], FIRST_ROW, row, "FFFFFF", cell["border_color"])
            sheet.fill(row + 1, 0, 0, {"top": 1, "top_color": cell["border_color"]})
        end_list(sheet, row, len(self.widths), self.first)

    def _legend(self) -> str:
        say, year = self.say, self.context.period.financial_year
        parts = [say(f"{year} 年，按本期计划的顺序", f"{year}, in the order of this plan")]
        if self.figure is not None:
            name = "".join(f"{one} " for one in (self.figure.group,) if one) + self.figure.header
            parts.append(say(f"状态下面的数是“{name}”", f"the number beneath is “{name}”"))
        parts.append(say("“—”：当期不用报", "—: not due then"))
        parts.append(say("空格：当时没有这个目标", "blank: no such goal then"))
        return say("；", "; ").join(parts) + say("。", ".")

    def _write(self, number: int, run: YearRun, base: Look) -> None:
        row = run.row
        known = self.context.plan.by_code[row.department]
        given = [known.name, row.goal.id, row.goal.name]
        given += [self.context.role(row.goal, row.department)] if self.shared else []
        shown = [self._text(one) for one in run.cells]
        lines = max(line_count(text, width) for text, width in zip((*given, *shown), self.widths, strict=False))
        self.sheet.call("set_row", number, height_of(max(lines, 2), 10))
        for place, text in enumerate(given):
            look = {**base, "num_format": "@", "align": "left" if place in (0, 2) else "center"}
            look |= {"indent": 1} if place in (0, 2) else {}
            self.sheet.text(number, place, text, {**look, "top": 0, "bottom": 0} if place == 0 else look)
        for place, (cell, text) in enumerate(zip(run.cells, shown, strict=True), self.first):
            self.sheet.text(number, place, text, {**base, "num_format": "@", "align": "center", **_look(cell)})
        target = self.place_of(row.department, row.goal.id, "status")
        link_cell(self.sheet, number, self.first + len(shown), target, base)

    def _text(self, cell: YearCell) -> str:
        return "\n".join(self._lines(cell))

    def _lines(self, cell: YearCell) -> Iterator[str]:
        if cell.stand is Stand.NOT_DUE:
            yield "—"
        elif cell.stand is Stand.MISSING:
            yield self.say("未报", "Not reported")
        elif cell.stand is not Stand.ABSENT:
            figure = plain(cell.figure) if self.figure is None else show_value(self.figure, cell.figure)
            if cell.status or not figure:
                yield cell.status or self.say("已报", "Reported")
            if cell.stand is Stand.CARRIED:
                yield self.say("（沿用）", "(carried)")
            elif figure:
                yield figure


def _look(cell: YearCell) -> Look:
    if cell.stand is Stand.MISSING:
        return {"font_color": RED, "bold": True}
    if cell.stand is Stand.NOT_DUE:
        return {"font_color": GREY}
    if cell.progress is None:
        return {}
    fill, ink = STATUS_COLOURS[cell.progress]
    return {"bg_color": fill, "font_color": ink}
