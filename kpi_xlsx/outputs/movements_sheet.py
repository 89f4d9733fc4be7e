"""The sheet 变化情况 in the master: what moved against each row's last answer, new words coloured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kpi_xlsx.context import Context
from kpi_xlsx.excel import Look, Sheet, height_of, line_count, looks_merged
from kpi_xlsx.master_rows import STATUS_COLOURS, MasterRows
from kpi_xlsx.model import CellType, Progress, plain
from kpi_xlsx.movements import MOVE_WORDS, Move, Movement, find_movements, moving_columns, show_movement
from kpi_xlsx.outputs.listing import (
    FIRST_ROW,
    FRESH,
    GONE,
    STRUCK,
    PlaceOf,
    begin_list,
    coloured,
    end_list,
    link_cell,
)
from kpi_xlsx.template import Column
from kpi_xlsx.values import show_value

MOVE_LOOKS: dict[Move, Look] = {
    Move.IMPROVED: {"font_color": "375623", "bold": True},
    Move.WORSENED: {"font_color": "C00000", "bold": True},
    Move.NEW: {"font_color": "1F4E78", "bold": True},
    Move.DROPPED: {"font_color": GONE, "bold": True},
    Move.CHANGED: {},
}
KIND, BEFORE, NOW, FIRST_WORDS = 3, 4, 5, 6
WIDTHS = (14, 8, 18, 9, 12, 12)
WORDS_WIDTH, NUMBER_WIDTH, LINK_WIDTH = 40, 18, 9


def write_movements(sheet: Sheet, rows: MasterRows, place_of: PlaceOf) -> None:
    """One row for each goal of a department that moved; a line above counts them, an empty list says so."""
    _MovementsSheet(sheet, rows, place_of).write()


class _MovementsSheet:
    def __init__(self, sheet: Sheet, rows: MasterRows, place_of: PlaceOf) -> None:
        self.sheet, self.rows, self.place_of = sheet, rows, place_of
        self.context: Context = rows.context
        self.language = rows.context.language
        self.say = self.language.say
        columns = moving_columns(rows.table)
        self.words = [one for one in columns if one.type is not CellType.NUMBER]
        self.numbers = [one for one in columns if one.type is CellType.NUMBER]
        self.link = FIRST_WORDS + 2 * len(self.words) + len(self.numbers)
        number_widths = (NUMBER_WIDTH for _ in self.numbers)
        self.widths = (*WIDTHS, *(WORDS_WIDTH for _ in self.words for _ in range(2)), *number_widths, LINK_WIDTH)

    def write(self) -> None:
        sheet, say = self.sheet, self.say
        title = say("变化情况", "Changes")
        cell = begin_list(sheet, title, list(self._headings()), self.widths, self.language, self._summary())
        row = FIRST_ROW - 1
        for row, moved in enumerate(self._found(), FIRST_ROW):
            self._write(row, moved, cell)
        if row < FIRST_ROW:
            words = say("与上一次报的相比没有变化。", "Nothing differs from what was last reported.")
            sheet.text(FIRST_ROW, 0, words, {**cell, "text_wrap": False, "border": 0})
        else:
            looks_merged(sheet, [0], FIRST_ROW, row, "FFFFFF", cell["border_color"])
            sheet.fill(row + 1, 0, 0, {"top": 1, "top_color": cell["border_color"]})
        end_list(sheet, row, len(self.widths), FIRST_WORDS - 2)

    def _found(self) -> Iterator[Movement]:
        return find_movements(self.rows.table, self.rows.past, self.rows.present())

    def _headings(self) -> Iterator[str]:
        say = self.say
        yield from say(
            "责任单位|编号|目标名称|变化|上期状态|本期状态", "Department|No.|Goal|Change|Last status|Status now"
        ).split("|")
        for column in self.words:
            yield say(f"上期：{column.header}", f"Last: {column.header}")
            yield say(f"本期：{column.header}", f"Now: {column.header}")
        for column in self.numbers:
            yield f"{column.group}\n{column.header}" if column.group else column.header
        yield say("位置", "Master")

    def _summary(self) -> str:
        """How many rows moved in which way, and how many say nothing because nothing came."""
        say, counts = self.say, Counter(one.kind for one in self._found())
        said = [say(f"{MOVE_WORDS[one][0]} {counts[one]}", f"{counts[one]} {MOVE_WORDS[one][1]}") for one in Move]
        previous, missing = self.rows.past.previous, self._missing()
        against = "" if previous is None else previous.id
        text = say(f"与上期（{against}）或最近一次所报比：", f"Against {against}, or what was last reported: ")
        text += say("，", ", ").join(said)
        if missing:
            text += say(f"；本期未报 {missing} 项，不在此列", f"; {missing} not reported this time, not listed")
        return text + say("。", ".")

    def _missing(self) -> int:
        past = self.rows.past
        return sum(
            one.asked and not one.values and past.settled(one.department, one.goal.key) is None
            for one in self.rows.present()
        )

    def _write(self, number: int, moved: Movement, base: Look) -> None:
        texts = list(self._texts(moved))
        lines = max(line_count(text, width) for text, width in zip(texts, self.widths, strict=False))
        self.sheet.call("set_row", number, height_of(max(lines, 2), 10))
        for place, text in enumerate(texts):
            look = {**base, "num_format": "@"}
            words = FIRST_WORDS <= place < FIRST_WORDS + 2 * len(self.words)
            look |= {"align": "left", "indent": 1} if words or place in (0, 2) else {"align": "center"}
            look |= {"top": 0, "bottom": 0} if place == 0 else {}
            if words:
                now = (place - FIRST_WORDS) % 2 == 1
                self._words(number, place, (texts[place - now], texts[place - now + 1]), now=now, look=look)
            else:
                self.sheet.text(number, place, text, {**look, **self._look(place, moved, text)})
        key = self.rows.table.row_key
        target = self.place_of(moved.department, moved.goal.id, key) if moved.now is not None else None
        self.sheet.fill(number, self.link, self.link, base)
        link_cell(self.sheet, number, self.link, target, base)

    def _words(self, number: int, place: int, pair: tuple[str, str], *, now: bool, look: Look) -> None:
        """What was said and what is said now, in the colours of what differs; where only one is, in none."""
        before, after = pair
        text = after if now else before
        if now and before and after:
            self.sheet.runs(number, place, coloured(before, after, FRESH, self.language), look)
        elif before and after:
            grey = {**look, "font_color": GONE}
            self.sheet.runs(number, place, coloured(after, before, STRUCK, self.language), grey)
        else:
            self.sheet.text(number, place, text, look if now else {**look, "font_color": GONE})

    def _look(self, place: int, moved: Movement, text: str) -> Look:
        if place == KIND:
            return MOVE_LOOKS[moved.kind]
        if place == NOW and moved.now is not None:
            return _status_look(moved.now.progress)
        if place == BEFORE:
            return {"font_color": GONE}
        return FRESH if place > NOW and "→" in text else {}

    def _texts(self, moved: Movement) -> Iterator[str]:
        """What stands in the cells, from the left; the link is not among them."""
        before = {} if moved.before is None else moved.before.values
        now = {} if moved.now is None else moved.now.values
        known = self.context.plan.by_code.get(moved.department)
        yield moved.name or (moved.department if known is None else known.name)
        yield moved.goal.id
        yield moved.goal.name
        yield self.say(*MOVE_WORDS[moved.kind])
        yield self._last_status(moved)
        yield plain(now.get("status")) or self._no_status(moved)
        for column in self.words:
            yield show_value(column, before.get(column.key))
            yield show_value(column, now.get(column.key))
        for column in self.numbers:
            yield self._number(column, moved)

    def _number(self, column: Column, moved: Movement) -> str:
        before = None if moved.before is None else moved.before.values.get(column.key)
        if moved.now is None or not moved.now.values:
            return plain(before)
        return show_movement(before, moved.now.values.get(column.key))

    def _last_status(self, moved: Movement) -> str:
        """The status with the cycle that it is from, where that is not the one just before."""
        if moved.before is None or moved.cycle is None:
            return self.say("没有报过", "never reported") if moved.kind is not Move.NEW else ""
        status = plain(moved.before.values.get("status"))
        away = moved.cycle is not self.rows.past.previous
        return "\n".join(
            filter(None, (status, self.say(f"（{moved.cycle.id}）", f"({moved.cycle.id})") if away else ""))
        )

    def _no_status(self, moved: Movement) -> str:
        """Of a new goal that says nothing yet."""
        if moved.now is None or moved.now.values:
            return ""
        return self.say("未报", "Not reported") if moved.now.asked else "—"


def _status_look(progress: Progress | None) -> Look:
    if progress is None:
        return {}
    fill, ink = STATUS_COLOURS[progress]
    return {"bg_color": fill, "font_color": ink, "bold": True}
