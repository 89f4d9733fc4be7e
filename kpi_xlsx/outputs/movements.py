"""The sheet 变化情况 in the master: what became better, worse, new or was dropped since each goal's last answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.context import Context
from kpi_xlsx.excel import FONTS, Look, Sheet, height_of, line_count, looks_merged
from kpi_xlsx.master_columns import last_heading
from kpi_xlsx.model import Scalar
from kpi_xlsx.movements import (
    MOVEMENT_WORDS,
    Moved,
    Movement,
    figures_of,
    find_movements,
    show_step,
    words_of,
)
from kpi_xlsx.outputs.listing import FIRST_ROW, GONE, NEW, PlaceOf, begin_list, coloured, end_list, link_cell
from kpi_xlsx.past import Past, PastRow
from kpi_xlsx.template import Column
from kpi_xlsx.values import show_value

COLOURS: Mapping[Movement, tuple[str, str]] = {
    Movement.IMPROVED: ("E2EFDA", "375623"),
    Movement.WORSENED: ("FFC7CE", "9C0006"),
    Movement.NEW: ("DDEBF7", "1F4E78"),
    Movement.DROPPED: ("F2F2F2", "595959"),
}
"""Fill and text colour; the word always stands there too."""
FROZEN = 4


def write_movements(
    sheet: Sheet, context: Context, past: Past, today: Callable[[], Iterable[PastRow]], place_of: PlaceOf
) -> None:
    """One row for each goal that changed, in plan order; an empty list says so. `today` begins the rows anew."""
    columns = _Columns(context, past)
    table, language = context.template.main, context.language
    counts = Counter(moved.movement for moved in find_movements(today(), past, table))
    title = language.say("变化情况", "Changes")
    cell = begin_list(sheet, title, columns.headings, columns.widths, language, _summary(counts, context, past))
    row = FIRST_ROW - 1
    for row, moved in enumerate(find_movements(today(), past, table), FIRST_ROW):
        _write_row(sheet, row, moved, columns, cell)
        place = None if moved.now is None else place_of(moved.department, moved.goal.id, "status")
        link_cell(sheet, row, len(columns.headings) - 1, place, cell)
        if place is None:
            sheet.text(row, len(columns.headings) - 1, "", cell)
    if row < FIRST_ROW:
        words = language.say("没有变化。", "Nothing has changed.")
        sheet.text(FIRST_ROW, 0, words, {**cell, "text_wrap": False, "border": 0})
    else:
        looks_merged(sheet, [0], FIRST_ROW, row, "FFFFFF", cell["border_color"])
        sheet.fill(row + 1, 0, 0, {"top": 1, "top_color": cell["border_color"]})
    end_list(sheet, row, len(columns.headings), FROZEN)


def _summary(counts: Mapping[Movement, int], context: Context, past: Past) -> str:
    say = context.language.say
    parts = [f"{say(*MOVEMENT_WORDS[one])} {counts[one]}" for one in Movement if counts[one]]
    said = say("、", ", ").join(parts) or say("没有变化", "nothing has changed")
    before = past.previous.id if past.previous else ""
    return say(
        f"与各目标上一次报送相比（上一期 {before}；更早的注明期次）：{said}",
        f"Against each goal's last answer (last period: {before}; older ones are named): {said}",
    )


@dataclass(frozen=True)
class _Columns:
    """What stands in the sheet's columns, from the left."""

    context: Context
    past: Past

    @cached_property
    def words(self) -> Sequence[Column]:
        return words_of(self.context.template.main)

    @cached_property
    def figures(self) -> Sequence[Column]:
        return figures_of(self.context.template.main)

    @cached_property
    def status(self) -> Column | None:
        return self.context.template.main.by_key.get("status")

    @cached_property
    def headings(self) -> Sequence[str]:
        return [heading for heading, _ in self._all()]

    @cached_property
    def widths(self) -> Sequence[float]:
        return [width for _, width in self._all()]

    def _all(self) -> Iterator[tuple[str, float]]:
        say, language = self.context.language.say, self.context.language
        yield say("责任单位", "Department"), 14
        yield say("编号", "No."), 8
        yield say("目标名称", "Goal"), 20
        yield say("变化", "Change"), 10
        if self.status is not None:
            yield last_heading(self.status, language), 13
            yield say(f"本期{self.status.header}", f"Now: {self.status.header}"), 13
        for column in self.figures:
            yield column.header, 18
        for column in self.words:
            yield last_heading(column, language), 40
            yield say(f"本期{column.header}", f"Now: {column.header}"), 46
        yield say("位置", "Master"), 8

    def texts(self, moved: Moved) -> Iterator[tuple[Column | None, str, str]]:
        """Each cell: its column of the template, what was and what is."""
        say = self.context.language.say
        before, now = moved.before, moved.now
        yield None, "", moved.name
        yield None, "", moved.goal.id
        yield None, "", f"{'★' if moved.goal.starred else ''}{moved.goal.name}"
        yield None, "", say(*MOVEMENT_WORDS[moved.movement])
        if self.status is not None:
            yield None, "", self._was(moved, _shown(self.status, before))
            yield None, "", self._is(now, _shown(self.status, now))
        for column in self.figures:
            was, is_ = (None if row is None else row.values.get(column.key) for row in (before, now))
            yield column, "", _step(was, is_, gone=now is None)
        for column in self.words:
            was, is_ = _shown(column, before), _shown(column, now)
            yield column, is_, was
            yield column, was, is_

    def _was(self, moved: Moved, status: str) -> str:
        """The last status, with its cycle where that is not the one just before."""
        if moved.cycle is None:
            return "—"
        if moved.cycle is self.past.previous:
            return status or "—"
        return self.context.language.say(f"{status}\n（{moved.cycle.id}）", f"{status}\n({moved.cycle.id})").strip()

    def _is(self, now: PastRow | None, status: str) -> str:
        say = self.context.language.say
        if now is None:
            return "—"
        if not now.answered:
            return say("未报", "Not reported") if now.asked else say("本期不填", "Not due")
        return status or "—"


def _step(before: Scalar | None, now: Scalar | None, *, gone: bool) -> str:
    """A figure with what it was; of a goal that was dropped what was last said."""
    return show_step(None, before) if gone else show_step(before, now)


def _shown(column: Column, row: PastRow | None) -> str:
    return "" if row is None else show_value(column, row.values.get(column.key))


def _write_row(sheet: Sheet, number: int, moved: Moved, columns: _Columns, base: Look) -> None:
    texts = [*columns.texts(moved), (None, "", "")]
    language = columns.context.language
    lines = max(line_count(text, width) for (_, _, text), width in zip(texts, columns.widths, strict=True))
    sheet.call("set_row", number, height_of(max(lines, 2), 10))
    first_words = len(texts) - 1 - 2 * len(columns.words)
    for place, (column, other, text) in enumerate(texts[:-1]):
        prose = place in (0, 2) or place >= first_words
        look = {**base, "num_format": "@", **({"align": "left", "indent": 1} if prose else {"align": "center"})}
        if place == 0:
            look |= {"top": 0, "bottom": 0}
        elif place == 3 and moved.movement in COLOURS:
            fill, ink = COLOURS[moved.movement]
            look |= {"bg_color": fill, "font_color": ink, "bold": True}
        if place < first_words:
            strong = column is not None and " → " in text
            sheet.text(number, place, text, {**look, "bold": True, "font_color": NEW} if strong else look)
        elif (place - first_words) % 2 == 0:
            gone = {"font_color": GONE, "font_strikeout": moved.now is not None and moved.now.answered}
            parts = coloured(other, text, gone, language) if other else [(text, {"font_name": FONTS[language]})]
            sheet.runs(number, place, parts, {**look, "font_color": GONE})
        else:
            fresh = {"font_color": NEW, "bold": True}
            parts = coloured(other, text, fresh, language) if other else [(text, {"font_name": FONTS[language]})]
            sheet.runs(number, place, parts, look)
