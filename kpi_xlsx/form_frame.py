"""What stands round a form's table: title, notes and form id above, signatures below, protection and page."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_xlsx import identity as identities
from kpi_xlsx.excel import FONTS, HEADING_FONTS, Sheet, height_of, line_count, reference
from kpi_xlsx.layout import Layout
from kpi_xlsx.model import Language
from kpi_xlsx.settings import Settings

Widths = Mapping[int, float]
"""Of the printed columns, by number."""


def write_head(sheet: Sheet, layout: Layout, settings: Settings, widths: Widths, version: int = 0) -> None:
    """Title, instructions and the printed form id; nobody opens a second sheet to read how to fill this one."""
    context, language = layout.context, layout.context.language
    identity = context.identities[layout.department]
    sheet.text(0, 0, identities.to_payload(identity), {"num_format": ";;;", "locked": True})
    title = settings.full_title(context.plan.by_code[layout.department].name, context.template.title)
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
    if settings.return_by:
        moment = settings.return_by
        deadline = say(f"{moment.month}月{moment.day}日{moment:%H:%M} 前报送", f"return by {moment:%Y-%m-%d %H:%M}")
        months = f"{months}　{deadline}" if layout.context.language is Language.ZH else f"{months}, {deadline}"
    lines.append(months)
    if settings.contact:
        lines.append(say(f"联系人：{settings.contact}", f"Contact: {settings.contact}"))
    if settings.marking:
        lines.append(settings.marking)
    return lines


def form_number(layout: Layout) -> str:
    """The printed form id."""
    return identities.form_id(layout.context.identities[layout.department], layout.context.period.stamp)


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
        top, end = (reference(row, layout.at[column.key], fixed_column=True) for row in (layout.first, layout.last))
        sheet.call("unprotect_range", f"{top}:{end}", column.key)
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
    raw.freeze_panes(layout.first if frozen else 0, 1 + layout.at.get("name", layout.at[table.row_key]))
    begin = layout.at[table.entry[0].key]
    raw.set_selection(layout.first, begin, layout.first, begin)
    raw.activate()
    raw.set_first_sheet()


def _footer(text: str) -> str:
    """Text in a header or footer, where & begins a code."""
    return " ".join(text[:80].replace("&", "&&").split())
