"""What makes a form watch over itself while it is filled in: drop-down lists, validations and colours by formula.

None of it survives rough handling, and nothing relies on it: the Check column and the rules say the same again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kpi_xlsx.context import Context
from kpi_xlsx.excel import Sheet, looks_merged, reference
from kpi_xlsx.layout import Layout
from kpi_xlsx.model import CellType
from kpi_xlsx.selfcheck import complaint_formula, end_mark
from kpi_xlsx.template import Column, Table

HIDDEN_SHEET = "_kpi"
"""Holds the lists that are too long for a validation, and the identity once more."""
WRONG, GREEN_TEXT, RED_TEXT = "FFC7CE", "375623", "C00000"


def long_lists(table: Table) -> list[Column]:
    """Choice columns whose list cannot stand in the validation: over 255 characters, or with a comma or quote."""

    def awkward(choices: tuple[str, ...]) -> bool:
        return len(",".join(choices)) > 255 or any(sign in choice for choice in choices for sign in ',"')

    return [column for column in table.entry if awkward(column.choices)]


def _first_list(layout: Layout) -> int:
    """The first column of a table's lists, behind those of the form's first table."""
    return 1 if layout.within is None else 1 + len(long_lists(layout.within.context.template.main))


def write_lists(sheet: Sheet, layout: Layout) -> None:
    """The long lists on the hidden sheet, a column each, beside the identity in column A."""
    for place, column in enumerate(long_lists(layout.context.template.main), _first_list(layout)):
        for row, choice in enumerate(column.choices):
            sheet.text(row, place, choice, {})


def list_places(layout: Layout) -> Mapping[str, str]:
    """Where on the hidden sheet the choices stand that are too long for a formula, by column key."""
    found = {}
    for number, column in enumerate(long_lists(layout.context.template.main), _first_list(layout)):
        top, end = (reference(row, number, fixed_row=True, fixed_column=True) for row in (0, len(column.choices) - 1))
        found[column.key] = f"{HIDDEN_SHEET}!{top}:{end}"
    return found


def add_validations(sheet: Sheet, layout: Layout) -> None:
    """What may be typed in each entry column, with its help text, in the rows where it is open."""
    context = layout.context
    lists = list_places(layout)
    for column in context.template.main.entry:
        place, runs = layout.at[column.key], layout.runs(column)
        options: dict[str, Any] = {"ignore_blank": True}
        if column.help:
            options |= {"input_title": column.header[:32], "input_message": column.help[:255]}
        options |= _rule(column, context, lists)
        if runs and options.keys() & {"input_message", "error_message"}:
            (first, last), *others = runs
            more = {"other_cells": [[top, place, end, place] for top, end in others]} if others else {}
            sheet.call("data_validation", first, place, last, place, options | more)


def _rule(column: Column, context: Context, lists: Mapping[str, str]) -> dict[str, Any]:
    say = context.language.say
    low, high = column.min, column.max
    rule: dict[str, Any] = {"validate": "any"}
    if column.type is CellType.CHOICE:
        source = f"={lists[column.key]}" if column.key in lists else list(column.choices)
        rule = {"validate": "list", "source": source}
        words = say("请从下拉列表里选一项。", "Please choose from the list.")
    elif column.type is CellType.NUMBER:
        rule = {"validate": "decimal", **_between(low, high, -1e15, 1e15)}
        words = say("请只填数字，不带单位和文字。", "A number only, please, without unit or words.")
    elif column.type in (CellType.DATE, CellType.MONTH):
        first, last = context.period.year_begin.replace(year=1990), context.period.end.replace(year=2100)
        rule = {"validate": "date", **_between(low, high, first, last)}
        example = "2018-06-15" if column.type is CellType.DATE else "2018-06"
        words = say(f"请填日期，如 {example}。", f"A date, please, such as {example}.")
    else:
        return rule
    return rule | {"error_title": column.header[:32], "error_message": words, "error_type": "stop"}


def _between(low: object, high: object, least: object, most: object) -> dict[str, Any]:
    return {"criteria": "between", "minimum": least if low is None else low, "maximum": most if high is None else high}


def add_conditions(
    sheet: Sheet, context: Context, at: Mapping[str, int], first: int, last: int, given: tuple[str, str], *, open_: bool
) -> None:
    """Red where a row that was begun is wrong, its Check cell red or green, equal given cells as if merged.

    `given` are fill and line of the given cells; `open_` says whether any row is to be filled in at all.
    """
    table, language = context.template.main, context.language

    def cell(key: str) -> str:
        return reference(first, at[key], fixed_column=True)

    begun = f"COUNTA({','.join(cell(column.key) for column in table.entry)})>0"
    for column, wrong in _complaints(table, context, cell("check")) if open_ else ():
        place = at[column.key]
        sheet.condition(first, place, last, place, f"=AND({begun},{wrong})", {"bg_color": WRONG})
    check, mark = at["check"], cell("check")
    complains = f'ISNUMBER(FIND("{end_mark(language)}",{mark}))'
    sheet.condition(first, check, last, check, f"=AND({begun},{complains})", {"font_color": RED_TEXT})
    sheet.condition(first, check, last, check, f'={mark}="√"', {"font_color": GREEN_TEXT, "bold": True})
    merged = [at[column.key] for column in table.form_columns if column.merge]
    looks_merged(sheet, merged, first, last, *given)


def _complaints(table: Table, context: Context, check: str) -> Iterator[tuple[Column, str]]:
    """For each entry column that the Check cell can complain of, the formula that says whether it does."""
    for column in table.entry:
        wrong = complaint_formula(column, check, context.language)
        if wrong:
            yield column, wrong
