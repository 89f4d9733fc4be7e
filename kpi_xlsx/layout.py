"""Where everything stands in a department's form: rows by goal, columns by key. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.context import Context
from kpi_xlsx.model import Goal, Language, cell_ref, id_key
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

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The goals in plan order, then the spare rows."""
        context, code = self.context, self.department
        goals = (
            Line(goal.id, goal, context.role(goal, code), context.closed(goal), context.asks(goal))
            for goal in context.plan.goals_of(code)
        )
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
        return {key: number for number, key in enumerate([*keys, "check"], 1)}

    @cached_property
    def shows_role(self) -> bool:
        return any(line.role for line in self.lines)

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
        """The columns in which answers stand: in a spare row all but its number."""
        table = self.context.template.main
        return table.entry if line.goal is not None else table.free

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
