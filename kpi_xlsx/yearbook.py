"""The cycles of a year side by side: one line for each goal of a department, with what every cycle has of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.context import Context
from kpi_xlsx.model import CellType, Goal, Language, match_key
from kpi_xlsx.past import Past, PastCycle, PastRow
from kpi_xlsx.template import Column
from kpi_xlsx.year_runs import YearCell, cell_in, month_name

MOST_FIGURES = 3
"""So many number columns stand beside a status; more nobody would read across twelve months."""


@dataclass(frozen=True, slots=True)
class YearCycle:
    """One of the cycles, and how far it has come."""

    cycle: PastCycle
    closed: dt.date | None = None
    """When its register says that it was closed."""

    def label(self, language: Language) -> str:
        """What stands above its columns."""
        name = month_name(self.cycle.period, language)
        if not self.cycle.merged:
            return name + language.say("（未汇总）", " (not merged)")
        return name + (language.say("（已结账）", " (closed)") if self.closed else "")


@dataclass(frozen=True, slots=True)
class YearLine:
    """A goal of a department over the year."""

    department: str
    goal: Goal
    role: str
    cells: Sequence[YearCell]
    """What each cycle has of it, the first cycle first."""
    note: str
    """What is to be known of the line: no longer in the plan, reported by another department for a time."""


@dataclass(frozen=True)
class Yearbook:
    """The cycles of one year up to today's, which is the last of them, as seen from today's plan."""

    context: Context
    past: Past
    cycles: Sequence[YearCycle]
    """The first one first."""

    @property
    def cut_short(self) -> bool:
        """Whether the chain of earlier cycles broke off within this year, so that its beginning is not here."""
        first = self.cycles[0].cycle.period
        return bool(self.past.remarks) and first.start > first.year_begin

    @cached_property
    def figures(self) -> tuple[Column, ...]:
        """The number columns that are shown."""
        return tuple(one for one in self.context.template.main.entry if one.type is CellType.NUMBER)[:MOST_FIGURES]

    @cached_property
    def lines(self) -> Sequence[YearLine]:
        """In the plan's order, the lead of a goal first; behind them what is in the plan no more."""
        plan, used = self.context.plan, set[int]()
        found = []
        for department in plan.departments:
            for goal in plan.goals_of(department.code):
                rows = tuple(self.past.find(one.cycle, department.code, goal.key) for one in self.cycles)
                used.update(id(row) for row in rows if row is not None)
                role, note = self.context.role(goal, department.code), self._tell_others(department.name, rows)
                found.append(YearLine(department.name, goal, role, self._cells(rows), note))
        return [*found, *self._dropped(used)]

    def _cells(self, rows: Sequence[PastRow | None]) -> Sequence[YearCell]:
        table = self.context.template.main
        return [cell_in(one.cycle, row, self.past, table) for one, row in zip(self.cycles, rows, strict=True)]

    def _dropped(self, used: set[int]) -> Iterator[YearLine]:
        """Rows that no line of today's plan shows, under the department that had them last."""
        say, plan = self.context.language.say, self.context.plan
        left: dict[tuple[str, str], list[PastRow | None]] = {}
        goals: dict[str, Goal] = {}
        for number in reversed(range(len(self.cycles))):
            cycle = self.cycles[number].cycle
            for place, row in cycle.rows.items():
                if id(row) in used or (row.goal in plan.by_key and not row.answered):
                    continue
                left.setdefault(place, [None] * len(self.cycles))[number] = row
                goals.setdefault(row.goal, cycle.plan.by_key[row.goal])
        for (_, key), rows in left.items():
            newest = next(row for row in reversed(rows) if row is not None)
            note = (
                say("不再由这个单位承担", "No longer with this department")
                if key in plan.by_key
                else say("已不在今天的计划里", "No longer in the plan")
            )
            others = self._tell_others(newest.name, rows)
            notes = "\n".join(filter(None, (note, others)))
            yield YearLine(newest.name, goals[key], "", self._cells(rows), notes)

    def _tell_others(self, name: str, rows: Sequence[PastRow | None]) -> str:
        """Who reported while the department was another one, or bore another name."""
        say = self.context.language.say
        others: dict[str, list[str]] = {}
        for one, row in zip(self.cycles, rows, strict=True):
            if row is not None and row.answered and match_key(row.name) != match_key(name):
                others.setdefault(row.name, []).append(str(one.cycle.period))
        parts = []
        for other, periods in others.items():
            when = periods[0] if len(periods) == 1 else say("{} 至 {}", "{} to {}").format(periods[0], periods[-1])
            parts.append(say(f"{when} 由{other}报送", f"{when}: reported by {other}"))
        return "\n".join(parts)
