"""The sheet 全年走势 in the master: each goal over the cycles of the year, status and figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kpi_xlsx.context import Context
from kpi_xlsx.excel import Look, Sheet, height_of, line_count, looks_merged
from kpi_xlsx.master_columns import DEPARTMENT_HEADING
from kpi_xlsx.master_rows import status_colours
from kpi_xlsx.model import Progress, plain
from kpi_xlsx.outputs.listing import FIRST_ROW, begin_list, end_list
from kpi_xlsx.past import Past, PastRow
from kpi_xlsx.template import Column
from kpi_xlsx.values import show_value
from kpi_xlsx.year_runs import MARK_SIGNS, Mark, YearCell, YearRun, find_runs, first_figure, month_name, year_periods

WIDTHS = (14, 8, 26)
MONTH = 12
GREY, RED = "7F7F7F", "9C0006"


def write_year(sheet: Sheet, context: Context, past: Past, today: Iterable[PastRow]) -> None:
    """One row for each goal of a department, the year's cycles across, today's last."""
    say, language = context.language.say, context.language
    months = [month_name(period, language) for period in year_periods(past)]
    headings = [say(*DEPARTMENT_HEADING), say("编号", "No."), say("目标名称", "Goal"), *months]
    widths = [*WIDTHS, *(MONTH for _ in months)]
    figure = first_figure(context.template.main)
    cell = begin_list(sheet, say("全年走势", "Year"), headings, widths, language, _summary(context, figure))
    words = {meaning: word for word, meaning in reversed(list(context.template.progress_of.items()))}
    row = FIRST_ROW - 1
    for row, run in enumerate(find_runs(today, past, context.template.main), FIRST_ROW):
        texts = [_text(one, words, figure, context) for one in run.cells]
        _write_row(sheet, row, run, texts, widths, cell, context)
    if row >= FIRST_ROW:
        looks_merged(sheet, [0], FIRST_ROW, row, "FFFFFF", cell["border_color"])
        sheet.fill(row + 1, 0, 0, {"top": 1, "top_color": cell["border_color"]})
    end_list(sheet, row, len(widths), len(WIDTHS))


def _summary(context: Context, figure: Column | None) -> str:
    say = context.language.say
    parts = [
        *([say(f"第二行：{figure.header}", f"second line: {figure.header}")] if figure is not None else []),
        say("斜体：前期已完成，之后没有再报", "italics: completed earlier, not reported since"),
        say("—：当期不填", "—: not due"),
        say("空白：当时没有这个目标", "blank: no such goal then"),
    ]
    return say("；", "; ").join(parts)


def _text(one: YearCell, words: Mapping[Progress, str], figure: Column | None, context: Context) -> str:
    """The status as it was said (that of another template by what it means), and the figure of an answer."""
    if one.row is None:
        return context.language.say(*MARK_SIGNS[one.mark])
    status, progress = one.row.values.get("status"), one.row.progress
    word = "" if status in context.template.progress_of or progress is None else words.get(progress, "")
    none = MARK_SIGNS[one.mark] if one.mark is Mark.SETTLED else ("已报", "Reported")
    word = word or plain(status) or context.language.say(*none)
    value = None if figure is None or one.mark is Mark.SETTLED else one.row.values.get(figure.key)
    return word if figure is None or value is None else f"{word}\n{show_value(figure, value)}"


def _look_of(one: YearCell, base: Look, context: Context) -> Look:
    look = {**base, "align": "center", "num_format": "@", "italic": one.mark is Mark.SETTLED}
    if one.mark is Mark.MISSING:
        return {**look, "font_color": RED}
    if one.row is None or one.row.progress is None:
        return {**look, "font_color": GREY} if one.row is None else look
    fill, ink = status_colours(one.row.progress, one.row.values.get("status"), context.template)
    return {**look, "bg_color": fill, "font_color": ink}


def _write_row(
    sheet: Sheet,
    number: int,
    run: YearRun,
    texts: Sequence[str],
    widths: Sequence[float],
    base: Look,
    context: Context,
) -> None:
    name = f"{'★' if run.goal.starred else ''}{run.goal.name}"
    if run.dropped:
        name = context.language.say(f"{name}（已取消）", f"{name} (dropped)")
    shown = [run.name, run.goal.id, name, *texts]
    lines = max(line_count(text, width) for text, width in zip(shown, widths, strict=True))
    sheet.call("set_row", number, height_of(max(lines, 2), 10))
    quiet = {"font_color": GREY} if run.dropped else {}
    left = {**base, "align": "left", "indent": 1, "num_format": "@"}
    sheet.text(number, 0, run.name, {**left, "top": 0, "bottom": 0})
    sheet.text(number, 1, run.goal.id, {**base, **quiet, "align": "center", "num_format": "@"})
    sheet.text(number, 2, name, {**left, **quiet})
    for place, (one, text) in enumerate(zip(run.cells, texts, strict=True), len(WIDTHS)):
        sheet.text(number, place, text, _look_of(one, base, context))
