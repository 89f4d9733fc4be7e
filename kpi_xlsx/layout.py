"""Where everything stands in a department's form: rows by goal, columns by key. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from kpi_xlsx.context import Context
from kpi_xlsx.model import Goal, Identity, Language, Role, Scalar, cell_ref, id_key, match_key
from kpi_xlsx.past import NO_PAST, Past
from kpi_xlsx.rhythm import settled_answers
from kpi_xlsx.target_table import SHEET_NAMES, goal_of, row_of, rows_of, unfold
from kpi_xlsx.template import LAST, Column
from kpi_xlsx.values import show_value

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
    settled: Mapping[str, Scalar] | None = None
    """The answers that stand in the row of a goal that an earlier cycle settled."""

    @property
    def locked(self) -> bool:
        """Whether nothing is to be typed into the row."""
        return self.closed or self.settled is not None

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
    answers: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    """What came in and stands in the entry cells: by goal key (or spare id) and column key."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What the supporters of a goal say, by its key, to be shown beside the lead's own cells."""
    within: Layout | None = None
    """Of the second table: the layout of the first, whose goals' targets it has."""

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
                self._settled(goal),
            )
            for goal in self._goals()
            if not self.only or goal.key in self.only
        )
        if self.only:
            return tuple(goals)
        return (*goals, *(Line(name, None, "", False, False) for name in context.spare_ids()))

    def _goals(self) -> tuple[Goal, ...]:
        """The goals that have a row. One that the template leaves out has one all the same if it was answered.

        A form that somebody wants although nothing of it is due has them all.
        """
        if self.within is not None:
            shown = rows_of({line.key for line in self.within.lines}, self.context)
            return tuple(goal for goal in self.context.plan.goals_of(self.department) if goal.key in shown)
        ours, standing = self.context.plan.goals_of(self.department), self.context.standing_goals(self.department)
        if self.only or not standing:
            return tuple(ours)
        return tuple(goal for goal in ours if goal in standing or self.answers.get(goal.key))

    def _settled(self, goal: Goal) -> Mapping[str, Scalar] | None:
        """The settled answers of a goal, unless something else came in."""
        if self.within is not None:
            lines = {line.key: line.settled for line in self.within.lines}
            first = lines.get(id_key(goal_of(goal.id)[0]))
            return None if first is None else unfold({goal_of(goal.key)[0]: first}).get(goal.key, {})
        found = settled_answers(self.context, self.past, self.department, goal.key)
        ours = self.answers.get(goal.key)
        return found if found is None or not ours or self.past.same_answers(found, ours) else None

    def values(self, line: Line) -> Mapping[str, Scalar]:
        """What stands in a row's entry cells."""
        return self.answers.get(line.key) or line.settled or {}

    @cached_property
    def second(self) -> Layout | None:
        """The layout of the second table, if targets of these goals stand there."""
        context = self.context.targets
        shown = frozenset() if context is None else rows_of({line.key for line in self.lines}, context)
        ours = () if context is None else context.plan.goals_of(self.department)
        if context is None or not any(goal.key in shown for goal in ours):
            return None
        only = rows_of(self.only, context) if self.only else frozenset()
        return Layout(context, self.department, only=only, answers=unfold(self.answers), within=self)

    @cached_property
    def lasts(self) -> Mapping[str, Mapping[str, str]]:
        """What the columns of last answers show: by their key, then by goal key. None that would be empty."""
        wanted = [column for column in self.context.template.main.entry if column.last] if self.past else []
        shown = {LAST + column.key: dict(self._last(column)) for column in wanted}
        return {key: texts for key, texts in shown.items() if texts}

    def _last(self, column: Column) -> Iterator[tuple[str, str]]:
        """The last answers in a column by goal key; from when, if not from the cycle before, and whose, if not its."""
        say, names = self.context.language.say, self.context.plan.by_code
        for line in self.lines:
            found = self.past.last(self.department, line.key) if line.goal is not None else None
            text = "" if found is None else show_value(column, found[1].values.get(column.key))
            if found is None or not text:
                continue
            cycle, row = found
            period = cycle.period
            marks = []
            if row.department != self.department and match_key(row.name) != match_key(names[self.department].name):
                marks.append(say(f"原{row.name}", f"formerly {row.name}"))
            if cycle is not self.past.previous:
                marks.append(say(f"{period.end.year}年{period.months}月", str(period)))
            lead = say("，", ", ").join(marks)
            yield line.key, f"{lead}{say('：', ': ')}{text}" if lead else text

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Row numbers by id as it is compared."""
        return {id_key(line.id): row for row, line in enumerate(self.lines, self.first)}

    @cached_property
    def at(self) -> Mapping[str, int]:
        """Column numbers by key; column A, hidden, holds the marks."""
        table = self.context.template.main
        names = ((LAST + column.key, column.key) for column in table.form_columns)
        keys = [key for last, own in names for key in ((last, own) if last in self.lasts else (own,))]
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
        language = self.context.language
        return SHEETS[language][0] if self.within is None else SHEET_NAMES[language]

    def open_columns(self, line: Line) -> tuple[Column, ...]:
        """The columns in which answers stand: in a spare row all but its number, nowhere those closed for its role."""
        return self.context.open_columns(line.goal, self.department)

    @cached_property
    def parts(self) -> frozenset[Role]:
        """The department's parts in the goals that are open here."""
        return frozenset(line.part for line in self.lines if line.goal is not None and not line.locked)

    def runs(self, column: Column) -> Sequence[tuple[int, int]]:
        """The first and the last row of each stretch of rows in which a column is open."""
        rows = (
            row
            for row, line in enumerate(self.lines, self.first)
            if line.settled is None and column in self.open_columns(line)
        )
        runs = (list(run) for _, run in groupby(enumerate(rows), key=lambda one: one[1] - one[0]))
        return [(run[0][1], run[-1][1]) for run in runs]

    def place(self, line: str | None, column: str | None) -> tuple[int, int] | None:
        """Where a remark belongs: at that cell, else at the row's name, else at the heading, else nowhere."""
        name = self.name_column
        row = self.rows.get(id_key(line or ""))
        if row is not None:
            return row, self.at.get(column or "", name)
        return (self.head_row, self.at[column]) if line is None and column is not None and column in self.at else None

    @property
    def name_column(self) -> int:
        """The column by which a person knows the rows."""
        table = self.context.template.main
        return self.at.get(table.witnesses[0], self.at[table.row_key])

    def find(self, line: str | None, column: str | None) -> tuple[Layout, tuple[int, int]] | None:
        """Where in the form a remark belongs: that of a target on the second table, with the layout it is in."""
        first = self.within or self
        target = None if line is None or column is None else row_of(line, column)
        if target is not None and first.second is not None and id_key(target[0]) in first.second.rows:
            place = first.second.place(*target)
            return None if place is None else (first.second, place)
        place = first.place(line, column)
        return None if place is None else (first, place)

    def cell(self, line: str | None, column: str | None) -> str | None:
        """The name of that cell; on the second table with its sheet."""
        found = self.find(line, column)
        if found is None:
            return None
        layout, place = found
        return cell_ref(*place) if layout.within is None else f"{layout.sheet}!{cell_ref(*place)}"
