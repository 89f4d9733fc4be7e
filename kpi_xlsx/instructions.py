"""The form's second sheet: how to fill it in, made from the definition and so never at odds with the checks.

What no cell asks for is explained as far as it stands in the form: last answers, rows that are locked.
"""

from __future__ import annotations

from collections.abc import Iterator

from kpi_xlsx.excel import FONTS, HEADING_FONTS, Look, Sheet, height_of, line_count
from kpi_xlsx.layout import Layout
from kpi_xlsx.model import Language, Role
from kpi_xlsx.selfcheck import not_asked, was_settled
from kpi_xlsx.template import AUTOMATIC, LAST_WORDS, TYPE_WORDS, Column, Condition, Table
from kpi_xlsx.values import show_value

WIDTHS = (16, 12, 24, 34, 60)


def write_instructions(sheet: Sheet, layout: Layout, title: str) -> None:
    """Notes, then a table of the columns to fill in: what, required or not, what is allowed, and the help text.

    Below it what else stands in this form, and is not to be filled in.
    """
    template, language = layout.context.template, layout.context.language
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
        _write_column(sheet, row, column, template.main, language, base)
    if layout.second is not None:
        second = layout.second.context.template.main
        words = language.say(f"在“{layout.second.sheet}”一页：", f"On the sheet {layout.second.sheet}:")
        sheet.text(row + 2, 0, words, {**base, "bold": True, "text_wrap": False})
        row += 2
        for column in second.entry:
            row += 1
            _write_column(sheet, row, column, second, language, base)
    for place, words in enumerate(_not_asked(layout), row + 2):
        sheet.block(place, 0, place, len(WIDTHS) - 1, words, base)
        sheet.call("set_row", place, height_of(line_count(words, sum(WIDTHS))))
    sheet.raw.hide_gridlines(2)
    sheet.raw.set_landscape()
    sheet.raw.set_paper(9)
    sheet.raw.fit_to_pages(1, 0)
    sheet.raw.protect("", {"format_rows": True, "format_columns": True})


def _not_asked(layout: Layout) -> Iterator[str]:
    """What stands in the form and is not to be filled in, as far as there is any of it."""
    language, say = layout.context.language, layout.context.language.say
    check = say(*AUTOMATIC["check"])
    if any(map(_differs, layout.context.template.main.entry)):
        yield say(
            "灰色的格不由本单位填写。只有一个责任单位的目标，由该单位按牵头单位填写。",
            "Grey cells are not yours to fill in. A department that has a goal to itself fills it in as its lead.",
        )
    if layout.lasts:
        yield say(
            f"表头以“{LAST_WORDS[0]}”开头的灰色各列，是上一次报的内容，供对照；不用填，写在那里的也不会采用。",
            f"The grey columns whose headings begin with “{LAST_WORDS[1].strip()}” hold what was reported last, to "
            "compare with. There is nothing to fill in, and nothing that is written there is taken.",
        )
    if layout.shows_supporters:
        column = say(*AUTOMATIC["supporters"])
        yield say(
            f"“{column}”一列是配合单位报来的内容，供牵头单位参考，不用填。",
            f"The column “{column}” holds what the supporters have reported, for the lead to read; it is not to be "
            "filled in.",
        )
    if any(line.settled is not None for line in layout.lines):
        yield say(
            f"“{check}”写着“{was_settled(language)}”的行：目标以前已报完成并审核通过，内容已经填好、锁定，不用再报。",
            f"Rows marked “{was_settled(language)}” under “{check}”: the goal was reported as completed and passed "
            "before. Its answers stand there, locked, and need not be reported again.",
        )
    if any(line.closed for line in layout.lines):
        yield say(
            f"“{check}”写着“{not_asked(language)}”的行：目标本期不用报。",
            f"Rows marked “{not_asked(language)}” under “{check}”: the goal is not to be reported this period.",
        )


def _write_column(sheet: Sheet, row: int, column: Column, table: Table, language: Language, base: Look) -> None:
    cells = (
        column.header if not column.group else f"{column.group} · {column.header}",
        language.say(*TYPE_WORDS[column.type]),
        _required(column, table, language),
        _allowed(column, language),
        column.help,
    )
    for place, text in enumerate(cells):
        look = {**base, "border": 1, "border_color": "BFBFBF", "align": "center" if place in (0, 1) else "left"}
        sheet.text(row, place, text, look)
    lines = max(line_count(text, width) for text, width in zip(cells, WIDTHS, strict=True))
    sheet.call("set_row", row, height_of(lines))


def _required(column: Column, table: Table, language: Language) -> str:
    """Whether the column must be filled in, and by whom, if that is not the same for leads and supporters."""
    lead, support = (_required_of(column, role, table, language) for role in Role)
    if lead == support:
        return lead
    return language.say(f"牵头单位：{lead}；\n配合单位：{support}", f"leads: {lead};\nsupporters: {support}")


def _required_of(column: Column, role: Role, table: Table, language: Language) -> str:
    """The same for one role; what depends on a column that is closed for it never comes about."""

    def may_hold(condition: Condition | None) -> bool:
        return condition is not None and table.by_key[condition.column].open_to(role)

    if not column.open_to(role):
        return language.say("不填", "leave blank")
    if column.required_of(role):
        text = language.say("必填", "yes")
        if column.waived and may_hold(column.waived):
            waived = _words(column.waived, language)
            text += language.say(f"（{waived}时可以不填）", f" (may stay blank with {waived})")
        return text
    if column.required_when and may_hold(column.required_when):
        needed = _words(column.required_when, language)
        text = language.say(f"{needed}时必填", f"with {needed}")
        if column.waived and may_hold(column.waived):
            waived = _words(column.waived, language)
            text += language.say(f"（{waived}时可以不填）", f" (may stay blank with {waived})")
        return text
    return language.say("选填", "no")


def _differs(column: Column) -> bool:
    """Whether a column is not the same thing for leads and supporters."""
    return column.closed_for is not None or column.required_for is not None


def _words(condition: Condition, language: Language) -> str:
    return language.say("、", ", ").join(filter(None, condition.choices))


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
