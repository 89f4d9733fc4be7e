"""Family P, the plan by itself: can its goals be measured? Nothing here keeps a form from being made."""

from collections.abc import Iterator
from decimal import Decimal

from kpi_xlsx.checks.plans import PLAN_FILE
from kpi_xlsx.checks.rule import Hit, check_plan
from kpi_xlsx.context import Context
from kpi_xlsx.model import Goal, Severity, cell_ref, comparable, id_key, plain
from kpi_xlsx.plan_comparison import Comparison
from kpi_xlsx.targets import BY_STATUS, Target, TargetBasis, figure, parse_expression

WHOLE = (Decimal(100), Decimal(1))
"""What the weights of a department add up to, as hundredths or as shares."""


def _hit(context: Context, goal: Goal, item: str, **words: str) -> Hit:
    """A place in the goals sheet of plan.xlsx."""
    sheet = context.plan.sheet
    if goal.row is None:
        return Hit(words, goal.id, file=PLAN_FILE, sheet=sheet.name or None)
    cell = cell_ref(goal.row, sheet.columns.get(item, sheet.columns.get("id", 0)))
    return Hit(words, goal.id, None, cell, PLAN_FILE, goal.departments[0] if goal.departments else None, sheet.name)


def _of_target(context: Context, one: Target, **words: str) -> Hit:
    goal = context.plan.by_key[id_key(one.goal)]
    sheet, _, cell = one.place.rpartition("!")
    lead = goal.departments[0] if goal.departments else None
    return Hit({"what": one.name, **words}, goal.id, None, cell or None, PLAN_FILE, lead, sheet or None)


@check_plan(
    "P102",
    Severity.WARNING,
    "Goal {goal}, “{what}”: {reason}.",
    hint="Write an operator and a number: >=15, 3..5, ↓; for what is only done or not done, the basis deliverable.",
)
def target_unclear(_: Comparison, context: Context) -> Iterator[Hit]:
    """A target has no number, or what stands there is not one plain target; nothing can be judged by it.

    In a plan with targets, a goal that has none although its requirement speaks of figures is named, too.

    Fix: write the target so that it can be measured.

    Bad:
        - the plan's target of goal 2 is “clearly better”
    Good:
        - the plan's targets can be measured
    """
    plan, say = context.plan, context.language.say
    for target in plan.targets:
        if target.expression is None and target.basis not in (*BY_STATUS, TargetBasis.SCORE):
            blank = say("没有目标值", "there is no target value")
            unread = say(f"看不懂目标值“{target.text}”", f"the target “{target.text}” is not understood")
            yield _of_target(context, target, reason=unread if target.text else blank)
    for goal in plan.goals if plan.targets else ():
        requirement = plain(goal.cells.get("requirement"))
        if (
            goal.key not in plan.unconfirmed
            and not plan.targets_of(goal.key)
            and any(sign.isdigit() for sign in requirement)
        ):
            reason = say("考核内容里有数字，却没有设目标值", "its requirement has figures, but no target was set")
            yield _hit(context, goal, "target", what=goal.name, reason=reason)


@check_plan(
    "P103",
    Severity.WARNING,
    "Goal {goal}, “{what}”: the target {target} has no unit.",
    hint="Fill in the unit; percent and percentage points are different things.",
)
def unit_missing(_: Comparison, context: Context) -> Iterator[Hit]:
    """A figure without a unit: what comes back in another one is not noticed.

    Fix: fill in the unit. A rank or a score needs none.

    Bad:
        - the plan's target of goal 2 has no unit
    Good:
        - the plan's targets can be measured
    """
    for target in context.plan.targets:
        counted = target.expression is not None and target.expression.low is not None
        if counted and not target.unit and target.basis not in (TargetBasis.RANK, TargetBasis.SCORE):
            yield _of_target(context, target, target=target.text)


@check_plan(
    "P104",
    Severity.WARNING,
    "Goal {goal}, “{what}”: the target {target} does not say on which basis it is counted.",
    hint="Fill in the basis: flow (what is new this year), stock (what there is at the end), growth, ratio, rank …",
)
def basis_missing(_: Comparison, context: Context) -> Iterator[Hit]:
    """Nobody knows whether a target counts what is new this year or what there is altogether.

    Without that no figure can be held against it: 167 companies may be far more than 15, or no answer at all.

    Fix: fill in the basis.

    Bad:
        - the plan's target of goal 2 has no basis
    Good:
        - the plan's targets can be measured
    """
    for target in context.plan.targets:
        if target.expression is not None and target.basis is None and target.unit != "%":
            yield _of_target(context, target, target=target.text)


@check_plan(
    "P105",
    Severity.INFO,
    "Goal {goal} has no deadline; the end of the year is taken.",
    hint="Fill in the month, if it is another one.",
)
def deadline_missing(_: Comparison, context: Context) -> Iterator[Hit]:
    """The plan gives deadlines, but this goal has none.

    Fix: fill it in, if the end of the year is not meant.

    Bad:
        - the plan's goal 2 has no deadline
    Good:
        - the plan's targets can be measured
    """
    given = [goal for goal in context.plan.goals if goal.cells.get("due_month") is not None]
    for goal in context.plan.goals if given else ():
        if goal.cells.get("due_month") is None:
            yield _hit(context, goal, "due_month")


@check_plan(
    "P106",
    Severity.WARNING,
    "Goal {goal} says the same as goal {other}.",
    hint="Take one of them out, or name them so that they can be told apart.",
)
def goal_doubled(_: Comparison, context: Context) -> Iterator[Hit]:
    """Two goals of one department have the same name and the same requirement; each would be reported twice.

    Fix: take one out.

    Bad:
        - the plan's goal 3 says the same as its goal 2
    Good:
        - the plan's targets can be measured
    """
    seen: dict[tuple[str, str, str], Goal] = {}
    for goal in context.plan.goals:
        lead = goal.departments[0] if goal.departments else ""
        first = seen.setdefault((lead, comparable(goal.name), comparable(goal.cells.get("requirement"))), goal)
        if first is not goal:
            yield _hit(context, goal, "name", other=first.id)


@check_plan(
    "P107",
    Severity.WARNING,
    "{who}: {reason}.",
    hint="Correct the weights in plan.xlsx.",
)
def weights_off(_: Comparison, context: Context) -> Iterator[Hit]:
    """The weights of a department's goals do not add up to 100 (or 1), or one of them is missing or no number.

    Fix: correct the weights.

    Bad:
        - the weights of the plan's goals add up to 90
    Good:
        - the weights of the plan's goals add up to 100
    """
    say = context.language.say
    for department in context.plan.departments:
        own = [goal for goal in context.plan.goals_of(department.code) if goal.departments[0] == department.code]
        weighed = [goal for goal in own if goal.cells.get("weight") is not None]
        if not weighed:
            continue
        total, wrong = Decimal(0), False
        for goal in own:
            read = parse_expression(goal.cells.get("weight"))
            if read is None or read.low is None or read.low < 0:
                typed = plain(goal.cells.get("weight"))
                none = say(f"目标 {goal.id} 没有权重", f"goal {goal.id} has no weight")
                odd = say(f"目标 {goal.id} 的权重“{typed}”不是数字", f"goal {goal.id}'s weight “{typed}” is no number")
                yield _hit(context, goal, "weight", who=department.name, reason=odd if typed else none)
                wrong = True
            else:
                total += read.low
        if not wrong and total not in WHOLE:
            reason = say(f"权重合计 {figure(total)}，不是 100", f"the weights add up to {figure(total)}, not to 100")
            yield _hit(context, weighed[0], "weight", who=department.name, reason=reason)


CHECKS = (target_unclear, unit_missing, basis_missing, deadline_missing, goal_doubled, weights_off)
