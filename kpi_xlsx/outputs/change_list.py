"""The sheet that lists what was changed in the plan by document: goals adjusted, departments renamed or merged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from kpi_xlsx.context import Context
from kpi_xlsx.excel import Sheet, height_of, line_count
from kpi_xlsx.model import Language
from kpi_xlsx.outputs.listing import FIRST_ROW, begin_list, end_list
from kpi_xlsx.plan import GOAL_HEADINGS
from kpi_xlsx.plan_changes import ADDED, DROPPED, UNIT_WORDS, GoalChange, UnitChange

HEADINGS = {
    Language.ZH: "变更|日期|文号|编号|目标或单位|项目|原来|现在|自何时起|原因|计划中的位置",
    Language.EN: "Change|Date|Document|No.|Goal or department|Item|Before|Now|From|Reason|Place in the plan",
}
WIDTHS = (10, 12, 22, 10, 24, 16, 34, 34, 12, 34, 16)
CENTRED = frozenset({0, 1, 3, 8})


def write_change_list(sheet: Sheet, context: Context, marking: str) -> None:
    """One row for each line of the plan's sheets of changes and of units; an empty list says so."""
    language = context.language
    title = language.say("计划变更", "Changes of the plan")
    cell = begin_list(sheet, f"{title}　{marking}".strip(), HEADINGS[language].split("|"), WIDTHS, language)
    row = FIRST_ROW - 1
    for row, texts in enumerate(_rows(context), FIRST_ROW):
        lines = max(line_count(text, width) for text, width in zip(texts, WIDTHS, strict=True))
        sheet.call("set_row", row, height_of(lines, 10))
        for place, text in enumerate(texts):
            look = {**cell, "num_format": "@", "quote_prefix": text[:1] in ("=", "+", "-", "@")}
            sheet.text(row, place, text, look | ({"align": "center"} if place in CENTRED else {"indent": 1}))
    if row < FIRST_ROW:
        words = language.say("计划没有登记变更。", "No changes of the plan are recorded.")
        sheet.text(FIRST_ROW, 0, words, {**cell, "text_wrap": False, "border": 0})
    end_list(sheet, row, len(WIDTHS), 0)


def _rows(context: Context) -> Iterator[Sequence[str]]:
    for change in context.plan.changes:
        yield _goal_row(change, context)
    for unit in context.plan.units:
        yield _unit_row(unit, context)


def _goal_row(one: GoalChange, context: Context) -> Sequence[str]:
    say, goal = context.language.say, context.plan.by_key.get(one.goal)
    kinds = {ADDED: say("新增目标", "Goal added"), DROPPED: say("停报目标", "Goal dropped")}
    return (
        kinds.get(one.item, say("目标调整", "Goal changed")),
        _day(one.date),
        one.document,
        one.goal if goal is None else goal.id,
        "" if goal is None else goal.name,
        "" if one.item in kinds else _heading(one.item, context),
        one.old,
        one.new,
        _day(one.since),
        one.reason,
        one.place,
    )


def _heading(item: str, context: Context) -> str:
    column = context.template.main.by_key.get(item)
    if column is not None:
        return column.header
    return context.language.say(GOAL_HEADINGS[item][0], item) if item in GOAL_HEADINGS else item


def _unit_row(one: UnitChange, context: Context) -> Sequence[str]:
    say, by_code = context.language.say, context.plan.by_code
    between = say("、", ", ")
    names = [by_code[code].name if code in by_code else code for code in one.new]
    return (
        say(*UNIT_WORDS[one.kind]).capitalize(),
        _day(one.date),
        one.document,
        between.join(context.row_id(key) for key in one.goals),
        between.join(names or one.old),
        say("责任单位", "Department"),
        between.join(one.old),
        between.join(names),
        "",
        "",
        one.place,
    )


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()
