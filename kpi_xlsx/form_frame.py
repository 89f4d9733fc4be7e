"""What stands round a form's table: title, notes and form id above, signatures below, protection and page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from kpi_xlsx import identity as identities
from kpi_xlsx.excel import FONTS, HEADING_FONTS, Look, Sheet, height_of, line_count, reference
from kpi_xlsx.form_rules import GREEN_TEXT
from kpi_xlsx.layout import BAR_ROW, Layout
from kpi_xlsx.model import Language, Role, cell_ref
from kpi_xlsx.selfcheck import READY, SETTLE, count_rows, end_mark
from kpi_xlsx.settings import Settings
from kpi_xlsx.target_table import TITLES

NOTICE, NOTICE_TEXT = "DDEBF7", "1F4E78"
AMBER, GREEN = "FFEB9C", "E2EFDA"
Widths = Mapping[int, float]
"""Of the printed columns, by number."""


def write_head(sheet: Sheet, layout: Layout, settings: Settings, widths: Widths, version: int = 0) -> None:
    """Title, instructions and the printed form id; nobody opens a second sheet to read how to fill this one."""
    context, language = layout.context, layout.context.language
    sheet.text(0, 0, identities.to_payload(layout.identity), {"num_format": ";;;", "locked": True})
    title = settings.full_title(context.plan.by_code[layout.department].name, context.template.title)
    title += TITLES[language] if layout.within is not None else ""
    base = {"font_name": FONTS[language], "valign": "vcenter", "locked": True}
    big = {**base, "font_name": HEADING_FONTS[language], "font_size": 18, "bold": True}
    sheet.block(0, 1, 0, layout.right, title, {**big, "align": "center"})
    sheet.call("set_row", 0, 34)
    split = _split(widths)
    notes = "\n".join(f"{mark}{note}" for mark, note in zip("①②③④⑤⑥⑦⑧⑨", context.template.notes, strict=False))
    facts = _facts(layout, settings, version)
    quiet = {**base, "font_size": 10, "text_wrap": True, "valign": "top", "font_color": "404040"}
    sheet.block(1, 1, 1, split - 1, notes, quiet)
    sheet.block(1, split, 1, layout.right, "\n".join(facts), {**quiet, "align": "right"})
    left = sum(width for place, width in widths.items() if place < split)
    sheet.call("set_row", 1, height_of(max(line_count(notes, left), len(facts)), 10))


def write_notice(sheet: Sheet, layout: Layout, widths: Widths, words: str) -> None:
    """Below title and notes, in the row of remarks that such a form has none of: that it does not hold all goals."""
    look = {"font_name": HEADING_FONTS[layout.context.language], "font_size": 12, "bold": True, "text_wrap": True}
    look |= {"valign": "vcenter", "indent": 1, "bg_color": NOTICE, "font_color": NOTICE_TEXT, "locked": True}
    sheet.block(BAR_ROW, 1, BAR_ROW, layout.right, words, look)
    sheet.call("set_row", BAR_ROW, max(26, height_of(line_count(words, sum(widths.values())), 12)))


def _split(widths: Widths) -> int:
    """The column from which the head's right-hand block begins: wide enough for the form id."""
    room, place = 0.0, max(widths)
    for number in sorted(widths, reverse=True):
        if room >= 58 or place <= 2:
            break
        place = number
        room += widths[number]
    return place


def _facts(layout: Layout, settings: Settings, version: int) -> list[str]:
    """What form this is and when it is due; `version` numbers copies that were sent back."""
    period, say = layout.context.period, layout.context.language.say
    number = form_number(layout)
    copy = say(f"　第{version}版", f", copy {version}") if version else ""
    lines = [say(f"填报编码：{number}", f"Form ID: {number}") + copy]
    months = say(f"报送期：{period.end.year}年{period.months}月", f"Period: {period}")
    returns, supports = settings.return_by, settings.support_by
    due = supports if supports and layout.parts == {Role.SUPPORT} else returns
    if due:
        deadline = say(f"{_moment(due, say)} 前报送", f"return by {_moment(due, say)}")
        months = f"{months}　{deadline}" if layout.context.language is Language.ZH else f"{months}, {deadline}"
    lines.append(months)
    if supports and supports != due and Role.SUPPORT in layout.parts:
        moment = _moment(supports, say)
        lines.append(say(f"其中配合目标请于 {moment} 前报送", f"goals that you support: by {moment}"))
    if settings.contact:
        lines.append(say(f"联系人：{settings.contact}", f"Contact: {settings.contact}"))
    if settings.marking:
        lines.append(settings.marking)
    return lines


def _moment(moment: dt.datetime, say: Callable[[str, str], str]) -> str:
    return say(f"{moment.month}月{moment.day}日{moment:%H:%M}", f"{moment:%Y-%m-%d %H:%M}")


def write_counter(sheet: Sheet, layout: Layout, checks: Sequence[str], *, unsettled: bool) -> None:
    """The line above the table that counts what is filled in; `checks` is what the Check cells show.

    `unsettled`: the form marks faults that the Check column cannot see.
    """
    language, row, place = layout.context.language, layout.counter_row, layout.at["check"]
    first, last = (
        reference(number, place, fixed_column=True, fixed_row=True) for number in (layout.first, layout.last)
    )
    cells = f"{first}:{last}"
    counter = count_rows(first, cells, list(checks), layout.first + 1, _ready(layout, unsettled), language)
    look: Look = {"font_name": FONTS[language], "font_size": 11, "bold": True, "valign": "vcenter", "bg_color": AMBER}
    look = {**look, "locked": True, "indent": 1}
    sheet.block(row, 1, row, layout.right, "", look)
    sheet.formula(row, 1, counter.formula, look, counter.value)
    sheet.call("set_row", row, 24)
    if not unsettled:
        done = f'COUNTIF({cells},"*{end_mark(language)}*")=0'
        sheet.condition(row, 1, row, layout.right, f"={done}", {"bg_color": GREEN, "font_color": GREEN_TEXT})


def _ready(layout: Layout, unsettled: bool) -> str:
    """What the counter says when nothing is missing on its sheet; the first one speaks of the second, too."""
    language, second = layout.context.language, layout.second
    if layout.within is not None:
        return language.say("本页已填齐。", "This sheet is complete.")
    if second is None:
        return (SETTLE if unsettled else READY)[language]
    first = language.say("上面列出的各项处理好、", "once the points above are settled and ") if unsettled else ""
    return language.say(
        f"本页必填内容已填齐；{first}“{second.sheet}”一页也填齐后，可以报送。",
        f"This sheet is complete; {first or 'once '}the sheet {second.sheet} is complete, too, "
        "the form is ready to be sent.",
    )


def form_number(layout: Layout) -> str:
    """The printed form id."""
    return identities.form_id(layout.identity, layout.context.period.stamp)


def write_signature(sheet: Sheet, layout: Layout, widths: Widths, signed: Mapping[str, str]) -> None:
    """Who signs; every label has room behind it, where one may type, or what was typed there before."""
    labels = [label + signed.get(label, "") for label in layout.context.template.signature]
    if not labels:
        return
    row = layout.last + 2
    sheet.text(row, 0, identities.SIGNATURE_MARK, {"num_format": ";;;", "locked": True})
    sheet.call("set_row", row, 30)
    font = FONTS[layout.context.language]
    look = {"font_name": font, "font_size": 10.5, "valign": "vcenter", "text_wrap": True, "locked": False}
    segments = _segments(widths, len(labels))
    shown = [*labels[: len(segments) - 1], "　".join(labels[len(segments) - 1 :])]
    for (left, right), label in zip(segments, shown, strict=True):
        sheet.block(row, left, row, right, label, look)


def _segments(widths: Widths, count: int) -> list[tuple[int, int]]:
    """The printed columns cut into runs of about equal width."""
    places = sorted(widths)
    count = min(count, len(places))
    share = sum(widths.values()) / count
    segments: list[tuple[int, int]] = []
    start, width = places[0], 0.0
    for place in places:
        width += widths[place]
        left = len(places) - places.index(place) - 1
        if len(segments) < count - 1 and (width >= share * 0.8 or left <= count - len(segments) - 1):
            segments.append((start, place))
            start, width = place + 1, 0.0
    return [*segments, (start, places[-1])]


def protect_form(sheet: Sheet, layout: Layout) -> None:
    """Locked but for the entry cells, without a password; a paste, which locks cells, is allowed to be pasted over."""
    for column in layout.context.template.main.entry:
        place = layout.at[column.key]
        areas = [f"{cell_ref(top, place)}:{cell_ref(end, place)}" for top, end in layout.runs(column)]
        if areas:
            sheet.call("unprotect_range", " ".join(areas), column.key)
    allowed = ("format_rows", "format_columns", "select_locked_cells", "select_unlocked_cells")
    sheet.raw.protect("", dict.fromkeys(allowed, True))


def set_page(sheet: Sheet, layout: Layout, settings: Settings, *, frozen: bool) -> None:
    """Paper, print area, footer, and what stays in sight on the screen; `frozen` if the heading does."""
    raw, context = sheet.raw, layout.context
    table, paper = context.template.main, context.template.print
    raw.set_paper(8 if paper.paper == "A3" else 9)
    (raw.set_landscape if paper.orientation == "landscape" else raw.set_portrait)()
    raw.fit_to_pages(1, 0)
    raw.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    raw.repeat_rows(layout.head_row - table.grouped, layout.head_row)
    raw.print_area(0, 1, layout.last + (2 if context.template.signature else 0), layout.right)
    pages = context.language.say("第 &P 页　共 &N 页", "Page &P of &N")
    department = context.plan.by_code[layout.department].name
    sheet.call("set_footer", f"&L&9{_footer(department)}　{form_number(layout)}&R&9{pages}")
    if settings.marking:
        sheet.call("set_header", f"&R&9{_footer(settings.marking)}")
    # Under many remarks a frozen heading would leave the table no room on a small screen.
    raw.freeze_panes(layout.first if frozen else 0, 1 + layout.name_column)
    row, begin = _first_open(layout)
    raw.set_selection(row, begin, row, begin)
    if layout.within is None:
        raw.activate()
        raw.set_first_sheet()


def _first_open(layout: Layout) -> tuple[int, int]:
    """Where to begin typing: in the first row that asks for anything, if there is one."""
    entry = layout.context.template.main.entry
    for row, line in enumerate(layout.lines, layout.first):
        column = next((one for one in layout.open_columns(line) if one in entry and not line.locked), None)
        if column is not None:
            return row, layout.at[column.key]
    return layout.first, layout.at[entry[0].key]


def _footer(text: str) -> str:
    """Text in a header or footer, where & begins a code."""
    return " ".join(text[:80].replace("&", "&&").split())
