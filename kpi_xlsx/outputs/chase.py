"""Whom to chase as a workbook: what is open, whom to telephone, and the words to paste, a row for each department."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kpi_xlsx.excel import Look, Sheet, Workbook, height_of, line_count
from kpi_xlsx.model import Language
from kpi_xlsx.outputs.listing import FIRST_ROW, begin_list, end_list
from kpi_xlsx.periods import show_time
from kpi_xlsx.reading import one_line
from kpi_xlsx.reminders import remind, remind_all, show_wanted
from kpi_xlsx.standing import Stage, Standing, Status, group_by_leader

HEADINGS = {
    Language.ZH: "代码|责任单位|报送情况|要办的|截止时间|联系人|电话|邮箱|分管领导|审核人|催报文字",
    Language.EN: "Code|Department|Return|To do|Due by|Contact|Telephone|Email|Leader|Reviewer|Reminder",
}
WIDTHS = (9, 18, 13, 22, 18, 12, 18, 22, 14, 12, 80)
CENTRED = (0, 2, 4)
COLOURS: dict[Stage, Look] = {
    Stage.MISSING: {"font_color": "9C0006", "bg_color": "FFC7CE"},
    Stage.SENT_BACK: {"font_color": "7F6000", "bg_color": "FFEB9C"},
    Stage.AWAITING: {"font_color": "7F6000", "bg_color": "FFEB9C"},
}


def write_chase_book(path: Path, status: Status, *, by_leader: bool = False) -> None:
    """A workbook with one sheet, in plan order or by the leader responsible; the message for the group stands last."""
    language, ours = status.language, status.chased
    title = one_line(status.settings.full_title("", status.context.template.title))
    listed = [one for _, group in group_by_leader(ours) for one in group] if by_leader else ours
    with Workbook(path, status.settings.period.end, title=title) as book:
        sheet = book.add_sheet(language.say("催报名单", "To be chased"))
        heading = language.say("催报名单　", "To be chased: ") + title
        cell = {**begin_list(sheet, heading, HEADINGS[language].split("|"), WIDTHS, language), "num_format": "@"}
        row = FIRST_ROW - 1
        for row, one in enumerate(listed, FIRST_ROW):
            _write_row(sheet, row, one, _texts(one, status), cell)
        end_list(sheet, row, len(WIDTHS), 2)
        _write_message(sheet, row + 2, remind_all(status), cell, language)


def _texts(one: Standing, status: Status) -> Sequence[str]:
    department = one.department
    return (
        one.code,
        one.name,
        one.stage.word(status.language),
        show_wanted(one, status.language),
        show_time(one.due, status.zone),
        department.contact,
        department.phone,
        department.email,
        department.leader,
        department.reviewer,
        remind(one, status),
    )


def _write_row(sheet: Sheet, row: int, one: Standing, texts: Sequence[str], cell: Look) -> None:
    lines = max(line_count(text, width) for text, width in zip(texts, WIDTHS, strict=True))
    sheet.call("set_row", row, height_of(lines, 10))
    for place, text in enumerate(texts):
        # Whoever edits such a cell later must not turn its text into a formula.
        look: dict[str, Any] = {**cell, "quote_prefix": text[:1] in ("=", "+", "-", "@")}
        if place in CENTRED:
            look["align"] = "center"
        if place == 2:
            look |= {"bold": True, **COLOURS.get(one.stage, {})}
        sheet.text(row, place, text, look)


def _write_message(sheet: Sheet, row: int, message: str, cell: Look, language: Language) -> None:
    """The message for the group below the list, or that nobody is to be chased."""
    if not message:
        sheet.text(
            FIRST_ROW, 0, language.say("没有要催的单位。", "Nobody is to be chased."), {**cell, "text_wrap": False}
        )
        return
    last = len(WIDTHS) - 1
    sheet.call("set_row", row, height_of(line_count(message, WIDTHS[last]), 10))
    sheet.text(row, last - 1, language.say("发到群里", "For the group"), {**cell, "bold": True, "align": "center"})
    sheet.text(row, last, message, cell)
