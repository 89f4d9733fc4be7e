"""Figures of targets for scores: only those that can be held against the target; others are missing, with why."""

from __future__ import annotations

from decimal import Decimal

from kpi_xlsx.context import Context
from kpi_xlsx.judgements import Judgement
from kpi_xlsx.model import Goal
from kpi_xlsx.pace import judge_goal
from kpi_xlsx.pace_rules import Pace
from kpi_xlsx.score_measures import divided, exact, show
from kpi_xlsx.scoring import Figure
from kpi_xlsx.targets import Target
from kpi_xlsx.told_figures import ACTUAL, CellOf, Told, tell, uses_row


def find_completion(context: Context, goal: Goal, cell: CellOf, answered: bool) -> Figure:
    """The mean completion of all of a goal's targets; what is beyond 100% of one makes up for no other."""
    say = context.language.say
    targets = context.plan.targets_of(goal.key)
    if not targets:
        return Figure(None, say("计划里这个目标没有指标", "the plan has no target of this goal"))
    found = [find_figure(context, "", goal, cell, answered, one.number, "completion") for one in targets]
    missing = [one.words for one in found if one is not None and one.value is None]
    if missing:
        return Figure(None, say("；", "; ").join(missing))
    shares = [
        min(Decimal(100), max(Decimal(0), one.value)) for one in found if one is not None and one.value is not None
    ]
    listed = say("，", ", ").join(f"{one.id} {show(share)}%" for one, share in zip(targets, shares, strict=True))
    mean = divided(sum(shares, Decimal(0)), Decimal(len(shares)))
    return Figure(mean, say(f"各指标完成率的平均：{listed}", f"mean completion: {listed}"))


def find_figure(
    context: Context, department: str, goal: Goal, cell: CellOf, answered: bool, number: int, field: str
) -> Figure | None:
    """A field of a goal's target (1 is `goal#1`); None if the goal has no such target."""
    say = context.language.say
    targets = {one.number: one for one in context.plan.targets_of(goal.key)}
    target = targets.get(number)
    if target is None:
        return None
    if field == "target":
        value = None if target.expression is None else target.expression.low
        wrong = say(f"目标值“{target.text}”不是一个数", f"the target “{target.text}” is no figure")
        return Figure(value, wrong if value is None else say(f"计划：{target.place}", f"plan: {target.place}"))
    told = tell(context, goal, target, cell, answered=answered)
    judged = next(one for one in judge_goal(context, goal, cell, answered=answered).judgements if one.target == target)
    value = _value(told, judged, cell, target, field)
    if value is None:
        reason = judged.reason if field in ("total", "completion") else say("没有报", "not reported")
        return Figure(None, f"{target.id}{say('：', ': ')}{reason}")
    place = (department, goal.id, ACTUAL) if uses_row(context, goal) else None
    return Figure(value, say(f"填报，指标 {target.id}", f"reported for target {target.id}"), place)


def _value(told: Told, judged: Judgement, cell: CellOf, target: Target, field: str) -> Decimal | None:
    """A doubted figure (a stock for a flow, another unit) is none."""
    match field:
        case "last_year":
            return told.last_year
        case "completion":
            if judged.completion is None:
                return Decimal(100) if judged.state is Pace.MET else None
            return exact(judged.completion * 100)
        case "current":
            answer = cell(f"{target.number}.current")
            value = None if answer is None else answer.value
            return Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return None if judged.state is Pace.CANNOT_TELL else told.figure
