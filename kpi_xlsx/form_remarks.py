"""What a feedback copy has over a plain form: a bar with lines, marked cells, and a sheet that lists all remarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpi_xlsx.book import OWN_REMARK
from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.context import Context
from kpi_xlsx.excel import FONTS, HEADING_FONTS, Look, Sheet, height_of, line_count
from kpi_xlsx.identity import PAYLOAD
from kpi_xlsx.layout import BAR_ROW, Layout
from kpi_xlsx.model import Language, Leftover, Severity, cell_ref, clip, counted, id_key

LIST_SHEETS = {Language.ZH: "退回意见", Language.EN: "Comments"}
MOST_LINES = 12
"""How many lines stand above the table; the others only on the list."""
MOST_FROZEN = 3
"""With more lines the table would have no room left below a frozen heading."""
MOST_LISTED = 2_000

BORDERS = {Severity.ERROR: "C00000", Severity.WARNING: "ED7D31"}
FILLS = {Severity.ERROR: "FFE3E0", Severity.WARNING: "FFF2CC"}
TEXTS = {Severity.ERROR: "9C0006", Severity.WARNING: "7F6000", None: "404040"}
BAR, CLEAR, CALM, LINE, LINK = "FFC000", "C6E0B4", "F7F7F7", "BFBFBF", "0563C1"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to be said about a row, a column or a cell of the copy, in its own addresses."""

    message: str
    hint: str
    goal: str | None = None
    column: str | None = None
    severity: Severity | None = None
    """What the cell still needs; None if the copy has put it right, and it is only to be looked at."""
    explained: bool = False
    """It needs nothing: the department, or the office, has said why."""


@dataclass(frozen=True, slots=True)
class Remarks:
    """All that a feedback copy says beside the answers."""

    headline: str
    remarks: tuple[Remark, ...] = ()
    leftovers: tuple[tuple[str, Leftover], ...] = ()
    """What no cell of the copy could take, each with the file and sheet it stood in."""
    version: int = 0
    """Which copy of the form it is; the one sent out first is the first."""

    def count(self, severity: Severity) -> int:
        return sum(remark.severity is severity for remark in self.remarks)

    @property
    def unsettled(self) -> bool:
        """Whether a cell still needs something, which the department cannot see in the Check column."""
        return any(remark.severity for remark in self.remarks)

    @property
    def listed(self) -> bool:
        """Whether there is more than the lines above the table can say."""
        return bool(self.leftovers) or len(self.remarks) > MOST_LINES

    @property
    def shown(self) -> Sequence[Remark]:
        """The remarks that stand above the table; where there is a list, a line is kept for pointing at it."""
        return self.remarks[: MOST_LINES - self.listed]

    @property
    def above(self) -> int:
        """How many rows the bar and its lines take."""
        return 1 + len(self.shown) + self.listed

    @property
    def freezes(self) -> bool:
        return self.above - 1 <= MOST_FROZEN


# --- above the table --------------------------------------------------------------------------------------------------


def write_bar(sheet: Sheet, layout: Layout, widths: Mapping[int, float], remarks: Remarks) -> None:
    """The bar, and a line with a link for each remark; `widths` are those of the printed columns."""
    context, font = layout.context, FONTS[layout.context.language]
    todo = remarks.unsettled or not remarks.remarks
    bar: Look = {"font_name": font, "font_size": 12, "bold": True, "valign": "vcenter", "text_wrap": True}
    bar = {**bar, "bg_color": BAR if todo else CLEAR, "locked": True, "indent": 1}
    sheet.block(BAR_ROW, 1, BAR_ROW, layout.right, remarks.headline, bar)
    total = sum(widths.values())
    sheet.call("set_row", BAR_ROW, max(26, height_of(line_count(remarks.headline, total), 12)))
    begin = _text_column(widths)
    row = BAR_ROW
    for row, remark in enumerate(remarks.shown, BAR_ROW + 1):
        target = _target(layout, remark)
        _write_line(sheet, row, begin, widths, _line(remark, context), target, remark.severity, font)
    if remarks.listed:
        name = LIST_SHEETS[context.language]
        _write_line(sheet, row + 1, begin, widths, _pointer(remarks, context), (name, "A1"), None, font)


def _text_column(widths: Mapping[int, float]) -> int:
    """Where the words of a line begin: behind as many columns as a cell's name needs, but not behind all of them."""
    place, room = 1, widths[1]
    while room < 8 and place < max(widths) - 1:
        place += 1
        room += widths[place]
    return min(place + 1, max(widths))


def _write_line(
    sheet: Sheet,
    row: int,
    begin: int,
    widths: Mapping[int, float],
    text: str,
    target: tuple[str, str] | None,
    severity: Severity | None,
    font: str,
) -> None:
    look: Look = {"font_name": font, "font_size": 10.5, "valign": "vcenter", "text_wrap": True, "locked": True}
    look = {**look, "bg_color": FILLS[severity] if severity else CALM, "bottom": 1, "bottom_color": "FFFFFF"}
    right = max(widths)
    sheet.block(row, begin, row, right, text, {**look, "font_color": TEXTS[severity], "indent": 1})
    if begin > 1:
        link = {**look, "font_color": LINK, "underline": 1, "align": "center"}
        sheet.block(row, 1, row, begin - 1, "", link)
        if target is not None:
            where = "→" if target[0] in LIST_SHEETS.values() else target[1]
            sheet.link(row, 1, f"'{target[0]}'!{target[1]}", where, link)
    room = sum(width for place, width in widths.items() if place >= begin)
    sheet.call("set_row", row, max(20, height_of(line_count(text, room - 2))))


def _target(layout: Layout, remark: Remark) -> tuple[str, str] | None:
    """The sheet and the cell of which a remark speaks."""
    found = layout.find(remark.goal, remark.column)
    return None if found is None else (found[0].sheet, cell_ref(*found[1]))


def _line(remark: Remark, context: Context) -> str:
    """A remark on one line: how grave, which goal, what, and what to do."""
    name = _goal_words(remark, context)
    if context.language is Language.ZH:
        return "　".join(filter(None, (_gravity(remark, context), name, remark.message + remark.hint)))
    return " · ".join(filter(None, (_gravity(remark, context), name, f"{remark.message} {remark.hint}".strip())))


def _gravity(remark: Remark, context: Context) -> str:
    if remark.severity is not None:
        return SEVERITY_WORDS[remark.severity][context.language]
    return (
        context.language.say("已说明", "Explained")
        if remark.explained
        else context.language.say("请核对", "Please check")
    )


def _goal_words(remark: Remark, context: Context) -> str:
    if remark.goal is None:
        return ""
    goal = context.plan.by_key.get(id_key(remark.goal))
    return clip(f"{remark.goal} {goal.name}" if goal else remark.goal, 60)


def _pointer(remarks: Remarks, context: Context) -> str:
    """The line that leads to the list."""
    say, name = context.language.say, LIST_SHEETS[context.language]
    rest, left = len(remarks.remarks) - len(remarks.shown), len(remarks.leftovers)
    parts = []
    if rest:
        parts.append(say(f"另有 {rest} 条意见", counted(rest, "more remark")))
    if left:
        parts.append(
            say(f"有 {left} 处内容没能搬到本表", f"{counted(left, 'piece')} of text could not be moved into this copy")
        )
    return say(f"{'；'.join(parts)}，见“{name}”工作表。", f"{'; '.join(parts)}: see the sheet {name}.")


# --- in the table -----------------------------------------------------------------------------------------------------


def _place_in(layout: Layout, remark: Remark) -> tuple[int, int] | None:
    """Where on this very sheet a remark belongs."""
    found = layout.find(remark.goal, remark.column)
    return found[1] if found is not None and found[0].sheet == layout.sheet else None


def find_marks(layout: Layout, remarks: Remarks) -> Mapping[tuple[int, int], Severity]:
    """The cells that still need something, with the gravest of what is said of each."""
    found: dict[tuple[int, int], Severity] = {}
    for remark in remarks.remarks:
        place = _place_in(layout, remark)
        if place is not None and remark.severity is not None and found.get(place) is not Severity.ERROR:
            found[place] = remark.severity
    return found


def mark(look: Look, severity: Severity) -> Look:
    """A cell's look with a thick frame, which survives printing in grey."""
    frame = {"border": 5, "border_color": BORDERS[severity], "bg_color": FILLS[severity]}
    return {key: value for key, value in look.items() if key not in ("top", "bottom")} | frame


def write_comments(sheet: Sheet, layout: Layout, remarks: Remarks) -> None:
    """What is said of a cell, in a comment on it; the reader knows these by how they begin."""
    language = layout.context.language
    said: dict[tuple[int, int], list[str]] = {}
    for remark in remarks.remarks:
        place = _place_in(layout, remark)
        if place is not None:
            words = language.say("", " ").join(filter(None, (remark.message, remark.hint)))
            said.setdefault(place, []).append(words)
    for (row, column), lines in said.items():
        sheet.comment(row, column, "\n".join([language.say(*OWN_REMARK), *lines]), FONTS[language])


# --- the list ---------------------------------------------------------------------------------------------------------

WIDTHS = (13, 24, 56, 52, 9)
HEADINGS = {
    Language.ZH: ("轻重", "目标", "审核意见", "怎么办", "位置"),
    Language.EN: ("Severity", "Goal", "Finding", "What to do", "Cell"),
}
LEFT_TITLE = {Language.ZH: "未能搬到本表的内容", Language.EN: "What could not be moved into this copy"}
LEFT_HEADINGS = {
    Language.ZH: ("原来的位置", "表头或编号", "内容", "出自"),
    Language.EN: ("It stood in", "Heading or number", "Text", "Of the file"),
}


def write_list(sheet: Sheet, layout: Layout, remarks: Remarks) -> None:
    """All remarks with links to their cells, and below them what could not be moved."""
    language = layout.context.language
    base: Look = {"font_name": FONTS[language], "font_size": 10.5, "text_wrap": True, "valign": "vcenter"}
    for place, width in enumerate(WIDTHS):
        sheet.call("set_column", place, place, width)
    big = {**base, "font_name": HEADING_FONTS[language], "font_size": 14, "bold": True}
    sheet.block(0, 0, 0, len(WIDTHS) - 1, remarks.headline, big)
    sheet.call("set_row", 0, max(32, height_of(line_count(remarks.headline, sum(WIDTHS) * 0.75), 14)))
    row = 1
    if remarks.remarks:
        row = _list_remarks(sheet, row, layout, remarks.remarks, base) + 1
    if remarks.leftovers:
        _list_leftovers(sheet, row, language, remarks.leftovers, base)
    sheet.raw.hide_gridlines(2)
    sheet.raw.set_landscape()
    sheet.raw.set_paper(9)
    sheet.raw.fit_to_pages(1, 0)
    sheet.raw.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.5)
    sheet.raw.protect("", {"format_rows": True, "format_columns": True})


def _list_remarks(sheet: Sheet, top: int, layout: Layout, remarks: Sequence[Remark], base: Look) -> int:
    """Headings and a row for each remark; returns the row behind them."""
    context = layout.context
    _write_headings(sheet, top, HEADINGS[context.language], base)
    for row, remark in enumerate(remarks[:MOST_LISTED], top + 1):
        texts = (_gravity(remark, context), _goal_words(remark, context), remark.message, remark.hint)
        cell = _write_cells(sheet, row, texts, base)
        if remark.severity is not None:
            grave = {"font_color": TEXTS[remark.severity], "bg_color": FILLS[remark.severity]}
            sheet.text(row, 0, texts[0], {**cell, **grave})
        target = _target(layout, remark)
        if target is None:
            sheet.text(row, len(texts), "", cell)
        else:
            link = {**cell, "font_color": LINK, "underline": 1}
            sheet.link(row, len(texts), f"'{target[0]}'!{target[1]}", target[1], link)
    return _write_rest(sheet, top + 1, len(remarks), context.language, base)


def _list_leftovers(
    sheet: Sheet, top: int, language: Language, leftovers: Sequence[tuple[str, Leftover]], base: Look
) -> None:
    """Text of a return that has no cell here, whole, so that it can be copied to where it belongs."""
    sheet.text(top, 0, LEFT_TITLE[language], {**base, "font_size": 12, "bold": True, "text_wrap": False})
    sheet.call("set_row", top, 26)
    _write_headings(sheet, top + 1, LEFT_HEADINGS[language], base)
    for row, (origin, one) in enumerate(leftovers[:MOST_LISTED], top + 2):
        # What looks like the identity of another form must not be taken for it when the copy comes back.
        text = f"“{one.text}”" if one.text.startswith(PAYLOAD) else one.text
        _write_cells(sheet, row, (one.cell, one.label, text, origin), base)
    _write_rest(sheet, top + 2, len(leftovers), language, base)


def _write_rest(sheet: Sheet, top: int, count: int, language: Language, base: Look) -> int:
    """What of a list that begins at `top` was too much, in a line; returns the row behind it."""
    behind, rest = top + min(count, MOST_LISTED), count - MOST_LISTED
    if rest <= 0:
        return behind
    text = language.say(f"另有 {rest} 条没有列出。", f"{rest} more are not listed.")
    sheet.text(behind, 0, text, {**base, "text_wrap": False})
    return behind + 1


def _write_headings(sheet: Sheet, row: int, headings: Sequence[str], base: Look) -> None:
    for place, text in enumerate(headings):
        look = {**base, "bold": True, "align": "center", "bg_color": "D9E1F2", "border": 1, "border_color": LINE}
        sheet.text(row, place, text, look)
    sheet.call("set_row", row, 24)


def _write_cells(sheet: Sheet, row: int, texts: Sequence[str], base: Look) -> Look:
    """Texts in a row as tall as they need; returns their look."""
    cell = {**base, "border": 1, "border_color": LINE, "num_format": "@", "indent": 1}
    for place, text in enumerate(texts):
        sheet.text(row, place, text, {**cell, "quote_prefix": text[:1] in "=+-@"} if text else cell)
    lines = max(line_count(text, width - 2) for text, width in zip(texts, WIDTHS, strict=False))
    sheet.call("set_row", row, height_of(lines))
    return cell
