"""What returns are read and judged against: plan, template, period and rules of one cycle; picklable, no file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from kpi_xlsx.assessors import TABLE, assessor_template, find_assessors
from kpi_xlsx.identity import given_cells, make_identity, revision
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.model import Frequency, Goal, Identity, Language, Plan, Progress, Role, Severity, comparable, id_key
from kpi_xlsx.periods import Period
from kpi_xlsx.score_book import ScoreBook
from kpi_xlsx.template import Column, NotDue, Template


@dataclass(frozen=True)
class Context:
    """One cycle, as far as reading and judging need it."""

    cycle: str
    period: Period
    template: Template
    plan: Plan
    return_by: dt.datetime | None = None
    seal_key: str = ""
    limits: Limits = DEFAULT_LIMITS
    passwords: tuple[str, ...] = field(default=(), repr=False)
    """What locked returns are tried with, beside Excel's own default."""
    support_by: dt.datetime | None = None
    """When supporters' returns are due, if earlier than `return_by`."""
    scores: ScoreBook | None = None
    """How goals are scored, if they are."""

    @property
    def language(self) -> Language:
        return self.template.language

    @property
    def severity(self) -> Mapping[str, Severity]:
        """Severities that the template changes."""
        return self.template.severity

    @cached_property
    def targets(self) -> Context | None:
        """That of the second table, whose rows are targets; None if no goal has its targets there."""
        from kpi_xlsx.target_table import target_context  # which needs a context itself

        return target_context(self)

    def column(self, key: str | None, goal: str | None = None) -> Column | None:
        """The column of a cell in a goal's row (by its id); 2.total is that of its second target."""
        found = self.template.main.by_key.get(key or "")
        if found is not None or not key or not goal or "." not in key:
            return found
        from kpi_xlsx.target_table import column_in_goal

        return column_in_goal(self, self.plan.by_key.get(id_key(goal)), key)

    @cached_property
    def department_order(self) -> Mapping[str, int]:
        """The official order of departments, by code."""
        return {department.code: position for position, department in enumerate(self.plan.departments)}

    @cached_property
    def goal_order(self) -> Mapping[str, int]:
        """The plan's order of goals, by key."""
        return {goal.key: position for position, goal in enumerate(self.plan.goals)}

    @cached_property
    def given_texts(self) -> frozenset[str]:
        """Everything that stands in the plan's goals, as given cells are compared."""
        return frozenset(comparable(value) for goal in self.plan.goals for value in goal.cells.values())

    @cached_property
    def identities(self) -> Mapping[str, Identity]:
        """What today's form of each department says of itself."""
        return {department.code: self._identity(department.code) for department in self.plan.departments}

    def identity_of(self, code: str, only: Collection[str] = ()) -> Identity:
        """What today's form of a department says of itself, if it holds only the goals of these keys; none: all."""
        return self._identity(code, only) if only else self.identities[code]

    def _identity(self, code: str, only: Collection[str] = ()) -> Identity:
        table = self.template.main
        goals = [goal for goal in self.plan.goals_of(code) if not only or goal.key in only]
        made = revision(self.template, ((one.id, self.role(one, code), given_cells(table, one)) for one in goals))
        listed = tuple(goal.id for goal in goals) if only else ()
        return make_identity(self.seal_key, self.cycle, str(self.period), self.template.id, code, made, listed)

    def role_of(self, goal: Goal | None, code: str | None) -> Role:
        """A department's part in a goal; alone with it (or in a spare row), it leads."""
        supports = goal is not None and code in goal.departments[1:]
        return Role.SUPPORT if supports else Role.LEAD

    def open_columns(self, goal: Goal | None, code: str | None) -> tuple[Column, ...]:
        """The columns in which a department's answers to a goal stand; None: those of a spare row."""
        role = self.role_of(goal, code)
        return tuple(one for one in self.template.main.columns_of(spare=goal is None) if one.open_to(role))

    def open_cells(self, goal: Goal | None, code: str) -> frozenset[str]:
        """The keys of the cells in which a department's answers to a goal stand, those of its targets included."""
        own = frozenset(column.key for column in self.open_columns(goal, code))
        if self.targets is None or goal is None or goal.departments[:1] != (code,):
            return own
        from kpi_xlsx.target_table import keys_in_goal

        return own.union(keys_in_goal(self, goal))

    def role(self, goal: Goal, code: str) -> str:
        """Lead or support, in the cycle's language; empty where a goal has one department only, and for assessors."""
        if len(goal.departments) < 2 or self.of_assessors:
            return ""
        lead = goal.departments[0] == code
        return self.language.say("牵头" if lead else "配合", "Lead" if lead else "Support")

    def asks(self, goal: Goal) -> bool:
        """Whether the goal is to be reported this period."""
        return self.period.asks(goal.frequency)

    def closed(self, goal: Goal) -> bool:
        """Whether the goal stands grey in the form: not due this period. An exception stays open, but asks nothing."""
        return not self.asks(goal) and goal.frequency is not Frequency.EXCEPTION

    def omits(self, goal: Goal) -> bool:
        """Whether the template leaves the goal out of forms this period."""
        return self.template.not_due is NotDue.OMIT and self.closed(goal)

    def standing_goals(self, code: str) -> tuple[Goal, ...]:
        """The goals of a department that stand in its form, if the template leaves out those that are not due."""
        return tuple(goal for goal in self.plan.goals_of(code) if not self.omits(goal))

    @property
    def latest_day(self) -> dt.date:
        """The last day that a completion date may name: that of `return_by`, else the period's last."""
        return self.return_by.date() if self.return_by else self.period.end

    def progress(self, status: object) -> Progress | None:
        """What a status choice means."""
        return self.template.progress_of.get(status) if isinstance(status, str) else None

    @cached_property
    def spare(self) -> Mapping[str, str]:
        """The ids of a form's spare rows, by key."""
        numbers = range(1, self.template.main.spare_rows + 1)
        return {id_key(name): name for name in (self.language.say(f"新增{n}", f"New {n}") for n in numbers)}

    def spare_ids(self) -> tuple[str, ...]:
        """The ids of a form's spare rows."""
        return tuple(self.spare.values())

    def has_row(self, code: str, key: str) -> bool:
        """Whether a department's form has a row of this key: one of its goals, or a spare row."""
        goal = self.plan.by_key.get(key)
        return key in self.spare if goal is None else code in goal.departments

    def row_id(self, key: str) -> str:
        """The id of a goal or a spare row, as plan and forms write it."""
        goal = self.plan.by_key.get(key)
        return self.spare.get(key, key) if goal is None else goal.id

    @cached_property
    def assessing(self) -> Context | None:
        """What assessors' forms are written, read and judged against; None, if nobody assesses anything now."""
        goals = [goal for goal in self.plan.goals if not self.closed(goal)]
        rows = find_assessors(self.plan, goals, self.language)
        if rows is None:
            return None
        return replace(self, template=assessor_template(self.template, rows), plan=rows, support_by=None)

    @property
    def of_assessors(self) -> bool:
        """Whether this is what assessors' forms are read against, and not departments'."""
        return self.template.main.key == TABLE
