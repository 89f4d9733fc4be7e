"""Where everything stands in a department's form: rows by goal, columns by key. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from kpi_xlsx.context import Context
from kpi_xlsx.model import Goal, Identity, Language, Role, cell_ref, id_key
from kpi_xlsx.past import NO_PAST, Past
from kpi_xlsx.template import Column

SHEETS = {Language.ZH: ("填报", "说明"), Language.EN: ("Report", "Instructions")}
BAR_ROW = 2
"""Below title and notes: the bar of remarks if there are any, else the counter."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the form: a goal, or a spare row."""

    id: str
    goal: Goal | None
    role: str
    closed: bool
    asked: bool
    part: Role = Role.LEAD

    @property
    def key(self) -> str:
        """By what answers are assigned to it."""
        return self.goal.key if self.goal else self.id


@dataclass(frozen=True)
class Layout:
    """The rows and columns of one department's form, counted from 0; `above` rows of remarks push the table down."""

    context: Context
    department: str
    above: int = 0
    past: Past = NO_PAST
    only: frozenset[str] = frozenset()
    """The keys of the goals in a form that holds only some of its department's; none: all of them."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What the supporters of a goal say, by its key, to be shown beside the lead's own cells."""

    @cached_property
    def identity(self) -> Identity:
        """What the form says of itself."""
        return self.context.identity_of(self.department, self.only)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The goals in plan order, then the spare rows."""
        context, code = self.context, self.department
        goals = (
            Line(
                goal.id,
                goal,
                context.role(goal, code),
                context.closed(goal),
                context.asks(goal),
                context.role_of(goal, code),
            )
            for goal in context.plan.goals_of(code)
            if not self.only or goal.key in self.only
        )
        if self.only:
            return tuple(goals)
        return (*goals, *(Line(name, None, "", False, False) for name in context.spare_ids()))

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Row numbers by id as it is compared."""
        return {id_key(line.id): row for row, line in enumerate(self.lines, self.first)}

    @cached_property
    def at(self) -> Mapping[str, int]:
        """Column numbers by key; column A, hidden, holds the marks."""
        table = self.context.template.main
        keys = [column.key for column in table.form_columns]
        if self.shows_role:
            keys.insert(keys.index(table.row_key) + 1, "role")
        if self.shows_supporters:
            keys.insert(keys.index(table.beside_supporters.key), "supporters")
        return {key: number for number, key in enumerate([*keys, "check"], 1)}

    @cached_property
    def shows_role(self) -> bool:
        return any(line.role for line in self.lines)

    @cached_property
    def shows_supporters(self) -> bool:
        return any(line.key in self.told for line in self.lines)

    @property
    def right(self) -> int:
        """The last printed column."""
        return max(self.at[column.key] for column in self.context.template.main.form_columns if column.print)

    @property
    def counter_row(self) -> int:
        return BAR_ROW + self.above

    @property
    def key_row(self) -> int:
        """The hidden row of column keys."""
        return self.counter_row + 1

    @property
    def head_row(self) -> int:
        return self.key_row + 1 + self.context.template.main.grouped

    @property
    def first(self) -> int:
        """The first row of the table."""
        return self.head_row + 1

    @property
    def last(self) -> int:
        return self.first + max(len(self.lines), 1) - 1

    @property
    def sheet(self) -> str:
        return SHEETS[self.context.language][0]

    def open_columns(self, line: Line) -> tuple[Column, ...]:
        """The columns in which answers stand: in a spare row all but its number, nowhere those closed for its role."""
        return self.context.open_columns(line.goal, self.department)

    @cached_property
    def parts(self) -> frozenset[Role]:
        """The department's parts in the goals that are open here."""
        return frozenset(line.part for line in self.lines if line.goal is not None and not line.closed)

    def runs(self, column: Column) -> Sequence[tuple[int, int]]:
        """The first and the last row of each stretch of rows in which a column is open."""
        rows = (row for row, line in enumerate(self.lines, self.first) if column in self.open_columns(line))
        runs = (list(run) for _, run in groupby(enumerate(rows), key=lambda one: one[1] - one[0]))
        return [(run[0][1], run[-1][1]) for run in runs]

    def place(self, line: str | None, column: str | None) -> tuple[int, int] | None:
        """Where a remark belongs: at that cell, else at the row's name, else at the heading, else nowhere."""
        table = self.context.template.main
        name = self.at.get("name", self.at[table.row_key])
        row = self.rows.get(id_key(line or ""))
        if row is not None:
            return row, self.at.get(column or "", name)
        return (self.head_row, self.at[column]) if line is None and column is not None and column in self.at else None

    def cell(self, line: str | None, column: str | None) -> str | None:
        """The name of that cell."""
        found = self.place(line, column)
        return None if found is None else cell_ref(*found)
