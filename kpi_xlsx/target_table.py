"""The second table of a form: a row for each target of goals that have several; no file here.

It is the form's own code on a derived context, whose goals are the targets. To everything behind the form they are
further cells of the goal's own row, under keys such as `2.total`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kpi_xlsx.model import (
    CellType,
    Entry,
    Goal,
    Language,
    Plan,
    Progress,
    Scalar,
    Source,
    clip,
    id_key,
)
from kpi_xlsx.targets import BASIS_WORDS, BY_STATUS, Target
from kpi_xlsx.template import Column, Condition, Table, Template, in_row
from kpi_xlsx.told_figures import uses_row

if TYPE_CHECKING:
    from kpi_xlsx.context import Context

TARGETS = "targets"
"""The key of the table."""
OWN = "target."
"""Before the keys of its columns: no definition's column has a dot in its key, so neither table is taken for the other.
"""
SHEET_NAMES = {Language.ZH: "指标数据", Language.EN: "Targets"}
TITLES = {Language.ZH: "（指标数据）", Language.EN: " (targets)"}
"""Behind the form's title."""
_KEY = re.compile(r"(?P<number>[1-9]\d*)\.(?P<column>[a-z_]+)", re.ASCII)


def target_context(context: Context) -> Context | None:
    """The context of the second table; None if no goal of the plan needs it."""
    goals = tuple(_rows(context))
    if not goals:
        return None
    plan = Plan(context.plan.departments, goals, units=context.plan.units)
    return replace(context, plan=plan, template=_template(context.template))


def targets_in_rows(context: Context, goal: Goal) -> tuple[Target, ...]:
    """The targets of a goal that have a row of their own."""
    return () if uses_row(context, goal) else context.plan.targets_of(goal.key)


def _rows(context: Context) -> Iterator[Goal]:
    """A goal's targets, as rows of the department that leads it."""
    for goal in context.plan.goals:
        for target in targets_in_rows(context, goal):
            yield replace(
                goal,
                id=target.id,
                name=target.name,
                departments=goal.departments[:1],
                cells=dict(_given(goal, target, context.language)),
                starred=False,
            )


def _given(goal: Goal, target: Target, language: Language) -> Iterator[tuple[str, Scalar]]:
    value = target.text if target.expression is None else str(replace(target.expression, unit=""))
    basis = "" if target.basis is None else language.say(*BASIS_WORDS[target.basis])
    cells = {
        "id": target.id,
        "goal": f"{goal.id} {goal.name}",
        "name": target.name,
        "value": value,
        "unit": target.unit,
        "basis": basis,
    }
    yield from ((OWN + key, text) for key, text in cells.items() if text)


# --- its design -------------------------------------------------------------------------------------------------------


def _template(template: Template) -> Template:
    language = template.language
    notes = (
        language.say(
            "只填浅黄色的格：有数的填“累计”，没有数的（交付、条件类）选“指标状态”；“本期”“上年同期”有就填。",
            "Fill in the light yellow cells only: the total where the target is a figure, the state where it is a "
            "deliverable or a condition; this period and last year if you have them.",
        ),
        language.say(
            "数字按“单位”一栏的单位填，6.8% 填 6.8；填的与“口径”不是一回事的（如目标是新增、填的是总数），"
            "在“填报口径”里选明。",
            "Give figures in the unit of their row: 6.8% is 6.8. If a figure is of another kind than the basis says "
            "(the target is what is new, the figure the whole stock), choose the kind under “basis told”.",
        ),
        language.say("不删行、不改表头；与第一张表一起发回。", "Keep rows and headings; send all sheets."),
    )
    return Template(
        name=f"{template.name}.{TARGETS}",
        version=template.version,
        language=language,
        tables=(Table(TARGETS, tuple(_columns(template)), f"{OWN}id", 0, (f"{OWN}name",), f"{OWN}unit"),),
        title=template.title,
        notes=notes,
        severity=template.severity,
        print=template.print,
        not_due=template.not_due,
    )


def _columns(template: Template) -> Iterator[Column]:
    say = template.language.say
    plan, ours = Source.PLAN, Source.DEPARTMENT
    words = [say(*pair) for basis, pair in BASIS_WORDS.items() if basis not in BY_STATUS]
    by_status = Condition(f"{OWN}basis", tuple(say(*pair) for basis, pair in BASIS_WORDS.items() if basis in BY_STATUS))
    yield Column(f"{OWN}id", say("指标编号", "Target no."), plan, width=9)
    yield Column(f"{OWN}goal", say("所属目标", "Of goal"), plan, width=18, merge=True)
    yield Column(f"{OWN}name", say("指标", "Target"), plan, width=24)
    yield Column(f"{OWN}value", say("目标值", "To reach"), plan, width=12)
    yield Column(f"{OWN}unit", say("单位", "Unit"), plan, width=8)
    yield Column(f"{OWN}basis", say("口径", "Basis"), plan, width=8)
    yield Column(
        f"{OWN}current",
        say("本期", "This period"),
        ours,
        CellType.NUMBER,
        width=12,
        help=say("本报送期内的数；没有就空着。", "The figure of this period alone; blank if there is none."),
    )
    yield _total(template, tuple(words))
    yield Column(
        f"{OWN}last_year",
        say("上年同期", "Same period last year"),
        ours,
        CellType.NUMBER,
        width=12,
        help=say("去年同一时段的数，与“累计”同口径。", "That of the same months last year, counted alike."),
    )
    yield Column(
        f"{OWN}as_of",
        say("数据截至", "Figures up to"),
        ours,
        CellType.MONTH,
        width=11,
        date_order=_date_order(template),
        help=say("数字统计到哪个月；与报送期末相同可以空着。", "The month up to which the figures count."),
    )
    yield Column(
        f"{OWN}told_basis",
        say("填报口径", "Basis told"),
        ours,
        CellType.CHOICE,
        width=11,
        choices=tuple(words),
        help=say("填的数与“口径”不是一回事时才选。", "Only if the figure is of another kind than the basis says."),
    )
    yield _state(template, by_status)


def _total(template: Template, figures: tuple[str, ...]) -> Column:
    """The figure that is judged. The Check column asks for it where the basis is one of figures."""
    say = template.language.say
    excused = (Progress.DATA_PENDING, Progress.NOT_DUE, Progress.CHANGE_REQUESTED)
    waiving = tuple(word for word, meaning in template.progress_of.items() if meaning in excused)
    return Column(
        f"{OWN}total",
        say("累计", "Total"),
        Source.DEPARTMENT,
        CellType.NUMBER,
        width=12,
        required_when=Condition(f"{OWN}basis", ("", *figures)),
        waived=Condition(f"{OWN}state", waiving) if waiving else None,
        help=say(
            "与目标值比较的那个数：今年以来的累计（流量）、期末数（存量）或本期的率。数据未发布的不填，在“指标状态”里选明。",
            "What is compared with the target: the total since the year began, the stock at its end, or the rate. If "
            "it is not out yet, leave it blank and say so under the state.",
        ),
    )


def _state(template: Template, by_status: Condition) -> Column:
    say, status = template.language.say, template.main.by_key.get("status")
    choices = status.choices if status is not None and status.type is CellType.CHOICE else ()
    return Column(
        f"{OWN}state",
        say("指标状态", "State"),
        Source.DEPARTMENT,
        CellType.CHOICE if choices else CellType.TEXT,
        width=12,
        required_when=by_status,
        choices=choices,
        help=say("没有数的指标（交付、条件）必选；其他的可以不选。", "For deliverables and conditions; else optional."),
    )


def _date_order(template: Template) -> str:
    """How the template's own dates are meant."""
    return next((column.date_order for column in template.main.columns if column.date_order), "")


# --- its cells as cells of the goal's row -----------------------------------------------------------------------------


def goal_of(row: str) -> tuple[str, int]:
    """The goal and the number of a row: 11#2 is the second target of 11."""
    goal, _, number = row.rpartition("#")
    return goal, int(number)


def row_of(goal: str, key: str) -> tuple[str, str] | None:
    """The row and the column of the second table in which a cell of a goal's row stands; None for any other."""
    found = _KEY.fullmatch(key)
    return None if found is None else (f"{goal}#{found['number']}", OWN + found["column"])


def key_in_goal(row: str, column: str) -> str:
    """The key of a cell of the second table in the goal's own row: 2.total."""
    return f"{goal_of(row)[1]}.{column.removeprefix(OWN)}"


def keys_in_goal(context: Context, goal: Goal) -> Iterator[str]:
    """The keys of the cells of a goal's targets in the goal's own row."""
    entry = () if context.targets is None else context.targets.template.main.entry
    for target in targets_in_rows(context, goal):
        yield from (key_in_goal(target.id, column.key) for column in entry)


def rows_of(goals: Collection[str], context: Context) -> frozenset[str]:
    """The keys of the rows of the second table (whose `context` it is) that are of these goals, by their keys."""
    return frozenset(one.key for one in context.plan.goals if id_key(goal_of(one.id)[0]) in goals)


def fold(entry: Entry, rows: Iterable[Entry], sheet: str) -> Entry:
    """A goal's row with the cells of its targets in it; these are on another sheet, which the cells' names say."""
    answers, places = dict(entry.answers), dict(entry.places)
    for row in rows:
        for key, place in row.places.items():
            places[key_in_goal(row.goal, key)] = f"{sheet}!{place}"
        for key, answer in row.answers.items():
            answers[key_in_goal(row.goal, key)] = replace(answer, cell=f"{sheet}!{answer.cell}")
    return replace(entry, answers=answers, places=places)


def unfold(answers: Mapping[str, Mapping[str, Scalar]]) -> dict[str, dict[str, Scalar]]:
    """The values in the rows of the second table, by row and column key, from those in the rows of goals."""
    found: dict[str, dict[str, Scalar]] = {}
    for goal, values in answers.items():
        for key, value in values.items():
            place = row_of(goal, key)
            if place is not None:
                found.setdefault(place[0], {})[place[1]] = value
    return found


def columns_told(context: Context, goal: str, entries: Iterable[Entry | None]) -> Iterator[Column]:
    """The columns of targets' cells of a goal (by its id) in which any of these rows says something."""
    told = dict.fromkeys(key for one in entries if one is not None for key in one.answers if "." in key)
    yield from filter(None, (context.column(key, goal) for key in told))


def column_in_goal(context: Context, goal: Goal | None, key: str) -> Column | None:
    """The column of a target's cell in a goal's row, under a heading that says which target it is."""
    second = context.targets
    place = None if goal is None or second is None else row_of(goal.key, key)
    if second is None or place is None:
        return None
    row, column = second.plan.by_key.get(place[0]), second.template.main.by_key.get(place[1])
    if row is None or column is None:
        return None
    number, say = goal_of(row.id)[1], context.language.say
    name = f"{say('指标', 'target ')}{number} {clip(row.name, 30)}{say('·', ', ')}{column.header}"
    return in_row(second.template.main, replace(column, key=key, header=name), row)
