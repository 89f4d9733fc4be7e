"""The rows of a master judged against time, each by what holds in it, and for how many periods it has been behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from kpi_xlsx.context import Context
from kpi_xlsx.judgements import GoalPace, count_running
from kpi_xlsx.model import Answer, Role, Scalar, id_key
from kpi_xlsx.pace import judge_goal
from kpi_xlsx.pace_rules import Alert, Pace
from kpi_xlsx.past import NO_PAST, Past, PastCycle, PastRow
from kpi_xlsx.report import Row, find_carried
from kpi_xlsx.told_figures import CellOf, as_answer, as_confirmed


@dataclass(frozen=True)
class Pacing:
    """Judges the rows of one cycle; `past` are the earlier ones, whose colours rise while a goal is not cured."""

    context: Context
    past: Past = NO_PAST

    @property
    def applies(self) -> bool:
        """Whether the plan has any target; without, nothing is judged."""
        return bool(self.context.plan.targets)

    def pace_of(self, row: Row) -> GoalPace | None:
        """What can be said of a row's goal; None for supporters, spare rows and plans without targets."""
        context = self.context
        if row.goal is None or not self.applies or context.role_of(row.goal, row.department) is not Role.LEAD:
            return None
        cell, answered = self.told_in(row)
        return judge_goal(context, row.goal, cell, answered=answered)

    def told_in(self, row: Row) -> tuple[CellOf, bool]:
        """What holds in a row's cells, and whether anything was said in it."""
        carried = find_carried(row, self.context, self.past)
        if carried is not None:
            values = {**carried[1].values, **{key: one.value for key, one in row.amended.items() if one.value}}
            return _cells(values), True

        def cell(key: str) -> Answer | None:
            amended = row.amended.get(key)
            if amended is not None:
                return None if amended.value is None else as_confirmed(amended.value)
            return None if row.entry is None else row.entry.answers.get(key)

        return cell, row.entry is not None or any(one.value is not None for one in row.amended.values())

    def alert_of(self, row: Row, pace: GoalPace) -> tuple[Alert, int] | None:
        """The alert of a goal that is behind, and for how many periods running it has been; else None."""
        if pace.slow is None:
            return None
        count = 1 + count_running(self._earlier(row))
        alert = self.context.template.pace.alert(pace.slow, count, self.context.language)
        return None if alert is None else (alert, count)

    def _earlier(self, row: Row) -> Iterator[Pace | None]:
        """The state that a row's goal was in in each earlier cycle of the year, newest first."""
        for cycle, then in self.past.run(row.department, id_key(row.id)):
            goal = cycle.plan.by_key.get(id_key(row.id))
            if cycle.period.year_begin != self.context.period.year_begin or goal is None:
                return
            context = self._contexts[id(cycle)]
            if context.closed(goal):
                continue  # nothing was to be reported then, so nothing was cured
            yield judge_goal(context, goal, _cells(_values(then)), answered=then is not None and then.answered).slow

    @cached_property
    def _contexts(self) -> Mapping[int, Context]:
        """What was to be reached when, as each earlier cycle's own plan and period have it."""
        return {id(one): self._as_of(one) for one in self.past.cycles}

    def _as_of(self, cycle: PastCycle) -> Context:
        return replace(self.context, period=cycle.period, plan=cycle.plan)


def _values(row: PastRow | None) -> Mapping[str, Scalar]:
    return {} if row is None else row.values


def _cells(values: Mapping[str, Scalar]) -> CellOf:
    def cell(key: str) -> Answer | None:
        value = values.get(key)
        return None if value is None else as_answer(value)

    return cell
