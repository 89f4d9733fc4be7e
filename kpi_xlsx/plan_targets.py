"""The targets of a plan: from the goals' own columns or the sheet of targets, each mistake named by its cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from kpi_xlsx.book import Book, Sheet
from kpi_xlsx.headings import Heading
from kpi_xlsx.model import Goal, id_key, plain
from kpi_xlsx.plan_rows import PlanRow, PlanTables
from kpi_xlsx.reading import narrow
from kpi_xlsx.targets import Expression, Milestone, Target, convert, parse_basis, parse_expression

TARGET_SHEET = ("targets", "指标")
TARGET_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("编号", "指标编号", "goal"),
    "name": ("指标", "指标名称", "target name"),
    "target": ("目标值",),
    "unit": ("单位", "计量单位"),
    "basis": ("口径",),
    "baseline": ("基数", "上年同期", "last year"),
    "milestones": ("序时节点", "节点"),
}
_NUMBERED = re.compile(r"(?P<goal>.+?)\s*[#＃]\s*(?P<number>[1-9]\d{0,2})")
_MILESTONE = re.compile(r"(?P<month>\d{1,2})(?:月末?|月底)?[:：=]?(?:达到?)?(?P<share>\d+(?:\.\d+)?)[%％]", re.ASCII)


def read_targets(tables: PlanTables, book: Book, sheet: Sheet, heading: Heading, goals: Sequence[Goal]) -> list[Target]:
    """All targets, in the order of the goals and their own; `sheet` and `heading` are those of the goals."""
    by_row = {goal.row: goal for goal in goals}
    own = [
        target
        for row in (tables.rows(sheet, heading) if "target" in heading.columns or "basis" in heading.columns else ())
        if row.number in by_row and (target := _of_goal(tables, row, by_row[row.number])) is not None
    ]
    found = tables.find(book, TARGET_SHEET, TARGET_HEADINGS, ("id", "target"), 3, optional=True)
    listed = [] if found is None else list(_listed(tables, tables.rows(*found), goals))
    twice = {target.goal: target for target in own}
    for target in listed:
        if target.goal in twice:
            where = twice.pop(target.goal).place
            tables.wrong(
                target.place,
                f"目标 {target.goal} 在“考核目标”表的 {where} 已写了目标值，两处只留一处。",
                f"Goal {target.goal} has a target in the goals sheet, too ({where}); keep one of them.",
            )
    order = {goal.id: number for number, goal in enumerate(goals)}
    return sorted([*own, *listed], key=lambda one: (order[one.goal], one.number))


def _of_goal(tables: PlanTables, row: PlanRow, goal: Goal) -> Target | None:
    """The one target in a goal's own row, if there is one."""
    if not row.text("target") and not row.text("basis"):
        return None
    return _target(tables, row, goal, 1, goal.name)


def _listed(tables: PlanTables, rows: Iterator[PlanRow], goals: Sequence[Goal]) -> Iterator[Target]:
    known = {goal.key: goal for goal in goals}
    last: dict[str, int] = {}
    places: dict[str, str] = {}
    for row in rows:
        text = row.text("id")
        numbered = _NUMBERED.fullmatch(text)
        whole = known.get(id_key(text))
        goal = whole or (known.get(id_key(numbered["goal"])) if numbered else None)
        if goal is None:
            _unknown(tables, row, text, known)
            continue
        number = int(numbered["number"]) if numbered and whole is None else last.get(goal.key, 0) + 1
        last[goal.key] = max(number, last.get(goal.key, 0))
        target = _target(tables, row, goal, number, row.text("name") or goal.name)
        if target.key in places:
            where = places[target.key]
            tables.wrong(
                row.place("id"), f"“{target.id}”与 {where} 重复。", f"“{target.id}” already stands at {where}."
            )
        elif target.key in known:
            tables.wrong(
                row.place("id"),
                f"“{target.id}”也是一个目标的编号，分不清是哪个。请改目标的编号。",
                f"“{target.id}” is the id of a goal, too. Give that goal another id.",
            )
        else:
            places[target.key] = row.place("id")
            yield target


def _unknown(tables: PlanTables, row: PlanRow, text: str, known: Mapping[str, Goal]) -> None:
    if "id" in row.faulty:
        return
    close = tables.close(text.partition("#")[0], [goal.id for goal in known.values()])
    tables.wrong(
        row.place("id"),
        f"考核目标表里没有编号“{text}”" + (close or "。请写成 目标编号#序号，如 11#2。"),
        f"There is no goal “{text}” in the plan" + (close or ". Write goal id#number, such as 11#2."),
    )


def _target(tables: PlanTables, row: PlanRow, goal: Goal, number: int, name: str) -> Target:
    cell = row.cell("target")
    expression = parse_expression(row.value("target"), percent=cell is not None and cell.percent)
    unit = row.text("unit") or (expression.unit if expression else "")
    basis = parse_basis(row.text("basis")) if row.text("basis") else (expression.basis if expression else None)
    if row.text("basis") and basis is None:
        tables.wrong(
            row.place("basis"),
            f"看不懂口径“{row.text('basis')}”。可写：流量、存量、增速、比率、位次、交付、条件、计分。",
            f"The basis “{row.text('basis')}” is not known. Write one of: flow, stock, growth, ratio, rank, "
            "deliverable, condition, score.",
        )
    if expression is not None:
        expression = _in_unit(tables, row, expression, unit)
    text = row.text("target")
    if cell is not None and cell.percent and expression is not None:
        text = str(expression)
    baseline, milestones = _baseline(tables, row), tuple(_milestones(tables, row))
    return Target(goal.id, number, name, text, expression, unit, basis, baseline, milestones, row.place("target"))


def _in_unit(tables: PlanTables, row: PlanRow, expression: Expression, unit: str) -> Expression:
    """A target whose cell has a unit of its own, in the unit of its column where both are there."""
    if not expression.unit or expression.low is None:
        return expression
    low = convert(expression.low, expression.unit, unit)
    high = None if expression.high is None else convert(expression.high, expression.unit, unit)
    if low is None:
        tables.wrong(
            row.place("unit"),
            f"目标值的单位是“{expression.unit}”，单位一栏写的是“{unit}”，两者换算不了。",
            f"The target is in “{expression.unit}”, the unit is given as “{unit}”; one cannot be converted into the "
            "other.",
        )
        return expression
    return replace(expression, low=low, high=high, unit=unit)


def _baseline(tables: PlanTables, row: PlanRow) -> Decimal | None:
    value, cell = row.value("baseline"), row.cell("baseline")
    if value is None:
        return None
    read = parse_expression(value, percent=cell is not None and cell.percent)
    if read is None or read.low is None or read.high is not None:
        text = plain(value)
        tables.wrong(
            row.place("baseline"), f"看不懂基数“{text}”，请写一个数字。", f"The baseline “{text}” is no number."
        )
        return None
    return read.low


def _milestones(tables: PlanTables, row: PlanRow) -> Iterator[Milestone]:
    text = row.text("milestones")
    last = (0, Decimal(0))
    for part in filter(None, re.split(r"[,，;；、\n]|\s{2,}", narrow(text))):
        found = _MILESTONE.fullmatch(re.sub(r"\s", "", part))
        month = int(found["month"]) if found else 0
        share = Decimal(found["share"]) / 100 if found else Decimal(-1)
        if not 1 <= month <= 12 or share < 0 or (last[0] and share < last[1]):
            tables.wrong(
                row.place("milestones"),
                f"看不懂节点“{part.strip()}”。请写成 3月20%；6月45%；9月70%；12月100%，月份按先后，比例不减。",
                f"The milestone “{part.strip()}” is not understood. Write 3:20%; 6:45%; 9:70%; 12:100%, months in "
                "their order, shares that do not fall.",
            )
            return
        last = (month, share)
        yield Milestone(month, share)
