"""The form's second sheet: how to fill it in, made from the definition and so never at odds with the checks."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_xlsx.context import Context
from kpi_xlsx.excel import FONTS, HEADING_FONTS, Look, Sheet, height_of, line_count
from kpi_xlsx.model import Language
from kpi_xlsx.template import TYPE_WORDS, Column, Condition
from kpi_xlsx.values import show_value

WIDTHS = (16, 12, 24, 34, 60)


def write_instructions(sheet: Sheet, context: Context, title: str) -> None:
    """Notes, then a table of the columns to fill in: what, required or not, what is allowed, and the help text."""
    template, language = context.template, context.language
    base = {"font_name": FONTS[language], "font_size": 10.5, "text_wrap": True, "valign": "vcenter"}
    for place, width in enumerate(WIDTHS):
        sheet.call("set_column", place, place, width)
    big = {**base, "font_name": HEADING_FONTS[language], "font_size": 16, "bold": True, "text_wrap": False}
    sheet.text(0, 0, language.say("填报说明", "How to fill in this form"), big)
    sheet.call("set_row", 0, 30)
    sheet.text(1, 0, title, {**base, "font_color": "595959", "text_wrap": False})
    row = 3
    for number, note in enumerate(template.notes, 1):
        sheet.block(row, 0, row, len(WIDTHS) - 1, f"{number}. {note}", base)
        sheet.call("set_row", row, height_of(line_count(note, sum(WIDTHS))))
        row += 1
    row += 1
    heads = language.say("要填的列|类型|必填|可填内容|怎么填", "Column|Kind|Required|Allowed|How").split("|")
    for place, head in enumerate(heads):
        look = {**base, "bold": True, "bg_color": "FFE699", "border": 1, "border_color": "BFBFBF", "align": "center"}
        sheet.text(row, place, head, look)
    for column in template.main.entry:
        row += 1
        _write_column(sheet, row, column, language, base)
    sheet.raw.hide_gridlines(2)
    sheet.raw.set_landscape()
    sheet.raw.set_paper(9)
    sheet.raw.fit_to_pages(1, 0)
    sheet.raw.protect("", {"format_rows": True, "format_columns": True})


def _write_column(sheet: Sheet, row: int, column: Column, language: Language, base: Look) -> None:
    cells = (
        column.header if not column.group else f"{column.group} · {column.header}",
        language.say(*TYPE_WORDS[column.type]),
        _required(column, language),
        _allowed(column, language),
        column.help,
    )
    for place, text in enumerate(cells):
        look = {**base, "border": 1, "border_color": "BFBFBF", "align": "center" if place in (0, 1) else "left"}
        sheet.text(row, place, text, look)
    lines = max(line_count(text, width) for text, width in zip(cells, WIDTHS, strict=True))
    sheet.call("set_row", row, height_of(lines))


def _required(column: Column, language: Language) -> str:
    if column.required:
        text = language.say("必填", "yes")
        if column.waived:
            waived = _words(column.waived, language)
            text += language.say(f"（{waived}时可以不填）", f" (may stay blank with {waived})")
        return text
    if column.required_when:
        needed = _words(column.required_when, language)
        return language.say(f"{needed}时必填", f"with {needed}")
    return language.say("选填", "no")


def _words(condition: Condition, language: Language) -> str:
    return language.say("、", ", ").join(condition.choices)


def _allowed(column: Column, language: Language) -> str:
    return language.say("；", "; ").join(_bounds(column, language))


def _bounds(column: Column, language: Language) -> Iterator[str]:
    if column.choices:
        yield language.say("、", ", ").join(column.choices)
    if column.min is not None:
        low = show_value(column, column.min)
        yield language.say(f"不小于 {low}", f"at least {low}")
    if column.max is not None:
        high = show_value(column, column.max)
        yield language.say(f"不大于 {high}", f"at most {high}")
    if column.min_length:
        yield language.say(f"不少于 {column.min_length} 个字", f"at least {column.min_length} characters")
    if column.max_length:
        yield language.say(f"不超过 {column.max_length} 个字", f"at most {column.max_length} characters")
