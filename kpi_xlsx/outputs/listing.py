"""What the sheets that list things have in common: a title, a heading row to filter by, and a page that fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter

from kpi_xlsx.excel import FONTS, HEADING_FONTS, Look, Sheet
from kpi_xlsx.model import Language
from kpi_xlsx.wording import Change, find_changes

FIRST_ROW = 2
"""Where the list begins, below title and headings."""
MOST_PIECES = 80
"""More pieces than this nobody reads as a change: the text is another one."""
NEW, GONE = "C00000", "7F7F7F"
PlaceOf = Callable[[str | None, str | None, str | None], str | None]
"""Where in the master a department, a goal's id and a column stand, for links."""


def begin_list(
    sheet: Sheet,
    title: str,
    headings: Sequence[str],
    widths: Sequence[float],
    language: Language,
    summary: str = "",
) -> Look:
    """Write title (with a summary behind it) and headings; returns the look of the cells below."""
    base = {"font_name": FONTS[language], "font_size": 10, "text_wrap": True, "valign": "vcenter"}
    cell = {**base, "border": 1, "border_color": "BFBFBF"}
    for place, width in enumerate(widths):
        sheet.call("set_column", place, place, width)
    sheet.call("set_row", 0, 32)
    big = {**base, "font_name": HEADING_FONTS[language], "font_size": 16, "bold": True, "text_wrap": False}
    small = {"font_name": FONTS[language], "font_size": 10, "font_color": "595959"}
    if summary:
        sheet.runs(0, 0, [(f"{title}　", big), (summary, small)], big)
    else:
        sheet.text(0, 0, title, big)
    sheet.call("set_row", 1, 30)
    for place, text in enumerate(headings):
        sheet.text(1, place, text, {**cell, "bold": True, "align": "center", "bg_color": "D9E1F2"})
    return cell


def end_list(sheet: Sheet, last: int, columns: int, frozen: int) -> None:
    """Filter, frozen headings and page settings; `frozen` columns stay in sight."""
    sheet.call("autofilter", 1, 0, max(last, FIRST_ROW), columns - 1)
    sheet.raw.freeze_panes(FIRST_ROW, frozen)
    sheet.raw.hide_gridlines(2)
    sheet.raw.set_landscape()
    sheet.raw.set_paper(8)
    sheet.raw.fit_to_pages(1, 0)
    sheet.raw.repeat_rows(1)


def link_cell(sheet: Sheet, row: int, column: int, target: str | None, base: Look) -> None:
    """A link to a cell of the master, under its name."""
    if target is not None:
        cell = target.rpartition("!")[2]
        link = {**base, "font_color": "0563C1", "underline": 1, "align": "center"}
        sheet.formula(row, column, f'=HYPERLINK("#{target}","{cell}")', link, cell)


def coloured(other: str, text: str, differing: Look, language: Language, size: float = 10) -> list[tuple[str, Look]]:
    """A text in pieces, of which those that do not stand in the other text look different."""
    font = {"font_name": FONTS[language], "font_size": size}
    plainly = {**font, "font_color": GONE} if differing["font_color"] == GONE else font
    pieces = [(words, change is Change.NEW) for change, words in find_changes(other, text) if change is not Change.GONE]
    if len(pieces) > MOST_PIECES:
        pieces = [(text, True)]
    return [
        ("".join(words for words, _ in run), {**font, **differing} if fresh else plainly)
        for fresh, run in groupby(pieces, key=itemgetter(1))
    ]
