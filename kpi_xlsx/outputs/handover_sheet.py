"""The sheet 交接 beside the list of whom to chase: what a colleague who takes the round over must know."""

from __future__ import annotations

from kpi_xlsx.briefing import tell_handover
from kpi_xlsx.excel import Sheet, height_of, line_count
from kpi_xlsx.model import Language
from kpi_xlsx.outputs.listing import FIRST_ROW, begin_list, end_list
from kpi_xlsx.standing import Status

HEADINGS = {Language.ZH: "事项|单位或人|内容|位置、时间", Language.EN: "About|Who|What|Where, when"}
WIDTHS = (24, 26, 90, 34)


def write_handover_sheet(sheet: Sheet, status: Status, title: str) -> None:
    """One row for each item; a section in which there is nothing says so."""
    language = status.language
    heading = language.say("交接单　", "Hand-over: ") + title
    cell = {**begin_list(sheet, heading, HEADINGS[language].split("|"), WIDTHS, language), "num_format": "@"}
    rows = [
        (section.title, *texts)
        for section in tell_handover(status)
        for texts in [(one.who, one.what, one.where) for one in section.items] or [("", section.none, "")]
    ]
    for row, texts in enumerate(rows, FIRST_ROW):
        lines = max(line_count(text, width) for text, width in zip(texts, WIDTHS, strict=True))
        sheet.call("set_row", row, height_of(lines, 10))
        for place, text in enumerate(texts):
            look = {**cell, "quote_prefix": text[:1] in ("=", "+", "-", "@"), "bold": place == 0}
            sheet.text(row, place, text, look)
    end_list(sheet, FIRST_ROW + len(rows) - 1, len(WIDTHS), 1)
