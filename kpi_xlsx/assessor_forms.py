"""Forms for assessors into outbox/assessors/: rows are the goals of departments, columns what is to be settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from kpi_xlsx.assessors import ASSESSOR
from kpi_xlsx.context import Context
from kpi_xlsx.files import move_aside
from kpi_xlsx.model import Department, Mistake, PlanError
from kpi_xlsx.outbox import KINDS, OLD, Order, Outbox, write_orders
from kpi_xlsx.settings import Settings


def demand_assessors(context: Context) -> Context:
    """What their forms are made of. Raises PlanError where the plan names none for what is due this period."""
    if context.assessing is not None:
        return context.assessing
    say = context.language.say
    if any(goal.cells.get(ASSESSOR) for goal in context.plan.goals):
        words = say(
            "本期要报的目标都没有评分单位，没有评分表可以生成。",
            "No goal that is due this period has an assessor, so there is no form to write.",
        )
    else:
        words = say(
            "“考核目标”表没有填评分单位。请加一列“评分单位”，写上由谁核数、评分，再运行。",
            "The plan names no assessors. Add a column “assessor” to the goals with the body that settles each figure "
            "or score, then run this again.",
        )
    raise PlanError([Mistake("plan.xlsx", "", words)])


def find_bodies(assessing: Context, names: Iterable[str]) -> list[Department]:
    """Assessors by code or name; all of them, if none are named. Raises PlanError for one that assesses nothing."""
    wanted = list(names)
    found = [(name, assessing.plan.find_department(name)) for name in wanted]
    say = assessing.language.say
    known = say("、", ", ").join(one.name for one in assessing.plan.departments)
    unknown = [
        Mistake(
            "plan.xlsx",
            "",
            say(f"“{name}”不是评分单位。评分单位有：{known}。", f"“{name}” assesses nothing. The assessors: {known}."),
        )
        for name, body in found
        if body is None
    ]
    if unknown:
        raise PlanError(unknown)
    return [body for _, body in found if body is not None] if wanted else list(assessing.plan.departments)


def write_assessor_forms(
    assessing: Context, settings: Settings, bodies: Iterable[Department], folder: Path, *, tidy: bool
) -> Outbox:
    """Write a form for each of these bodies. With `tidy` this period's forms of others move to old/: they are stale."""
    titled = replace(settings, title="", support_by=None)  # the cycle's own title is that of departments' forms
    done = write_orders(assessing, titled, [Order(one, ASSESSOR) for one in bodies], folder)
    stale = list(_stale(folder, assessing, done)) if tidy else []
    return replace(done, moved=(*done.moved, *(move_aside(path, folder / OLD, path.stem) for path in stale)))


def _stale(folder: Path, assessing: Context, done: Outbox) -> Iterator[Path]:
    tails = [f"-{assessing.period.stamp}-{word}.xlsx" for word in KINDS[ASSESSOR]]
    for path in sorted(folder.iterdir()):
        if path.name.endswith(tuple(tails)) and not path.name.startswith((".", "~$")) and path not in done.forms:
            yield path
