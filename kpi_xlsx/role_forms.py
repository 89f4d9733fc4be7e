"""Forms for one role: the goals that a department leads, with what its supporters say, or those that it supports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kpi_xlsx.context import Context
from kpi_xlsx.model import CellType, Department, Mistake, PlanError, Role, clip, plain
from kpi_xlsx.outbox import Order
from kpi_xlsx.past import Answered
from kpi_xlsx.reading import printable
from kpi_xlsx.report import Report, Row, find_carried
from kpi_xlsx.rhythm import open_goals
from kpi_xlsx.template import Column

LONGEST = 240
"""How much of what one supporter says is shown; the rest stands in the master."""

Told = Mapping[str, str]
"""What the supporters of each goal say, by goal key."""


def demand_shared(context: Context) -> None:
    """Raises PlanError where no goal has supporters, so that there are no roles."""
    if context.plan.shared:
        return
    words = context.language.say(
        "没有一个目标由几个单位共同负责，不分牵头和配合，没有表可以按角色生成。请不带 --role 运行。",
        "No goal has more than one department, so there is no lead and no support. Run this without --role.",
    )
    raise PlanError([Mistake("plan.xlsx", "", words)])


def find_orders(
    context: Context, departments: Sequence[Department], role: Role, told: Told, *, named: bool
) -> Sequence[Order]:
    """A form for each department with goals in this role. Raises PlanError if one that was `named` has none.

    Goals that the template leaves out this period are left out here, too.
    """
    say = context.language.say
    notice = {
        Role.LEAD: say("本表只列本单位牵头（或独自负责）的目标。", "Only the goals that your department leads."),
        Role.SUPPORT: say("本表只列本单位配合的目标。", "Only the goals that your department supports."),
    }[role]
    orders, without = [], []
    for department in departments:
        code = department.code
        mine = [goal for goal in context.plan.goals_of(code) if context.role_of(goal, code) is role]
        standing = [goal for goal in mine if not context.omits(goal)]
        # As with whole forms: one that somebody wants although nothing of it is due has all of them.
        keys = frozenset(goal.key for goal in standing or (mine if named else ()))
        if keys:
            orders.append(Order(department, str(role), keys, notice, {key: told[key] for key in keys if key in told}))
        else:
            without.append(department.name)
    if named and without:
        raise PlanError([Mistake("plan.xlsx", "", _no_goal(name, role, context)) for name in without])
    return orders


def _no_goal(name: str, role: Role, context: Context) -> str:
    if role is Role.LEAD:
        return context.language.say(f"“{name}”没有牵头的目标。", f"“{name}” leads no goal.")
    return context.language.say(f"“{name}”没有配合的目标。", f"“{name}” supports no goal.")


def tell_supporters(report: Report) -> Told:
    """What the supporters of each goal have answered so far, each on a line of its own.

    Goals that their lead has not to report are left out: those that are not due, and those that are settled.
    """
    context = report.context
    rows = {(row.department, row.goal.key): row for row in report.entries if row.goal is not None}
    found = {}
    for lead in context.plan.departments:
        for goal in open_goals(context, report.past, lead.code):
            if len(goal.departments) > 1 and goal.departments[0] == lead.code:
                lines = (_words_of(rows[code, goal.key], report) for code in goal.departments[1:])
                found[goal.key] = "\n".join(lines)
    return found


def _words_of(row: Row, report: Report) -> str:
    context, say = report.context, report.context.language.say
    name = context.plan.by_code[row.department].name
    carried = find_carried(row, context, report.past)
    texts = [one for one in context.template.main.entry if one.type is CellType.TEXT and one.open_to(Role.SUPPORT)]
    said = [text for column in texts if (text := _shown(column, row, carried))]
    if row.entry is None and carried is None and not said:
        return say(f"{name}（未报）", f"{name} (not reported)")
    name = name if carried is None else say(f"{name}（前期已完成）", f"{name} (completed earlier)")
    words = clip(say("；", "; ").join(said), LONGEST) or say("（没有文字）", "(no words)")
    return say(f"{name}：{words}", f"{name}: {words}")


def _shown(column: Column, row: Row, carried: Answered | None) -> str:
    """What holds in a cell of theirs; what is only proposed stays with the office."""
    if column.key in row.amended:
        return printable(plain(row.amended[column.key].settled)).strip()
    if row.entry is None:
        return "" if carried is None else printable(plain(carried[1].values.get(column.key))).strip()
    return printable(row.entry.text(column.key)).strip()
