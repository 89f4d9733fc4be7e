"""The run of a year: what each goal said in each cycle of it, from the first to today's; no file here."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from kpi_xlsx.model import CellType, Goal, Language
from kpi_xlsx.movements import dropped_goals
from kpi_xlsx.past import Past, PastCycle, PastRow, lay_over
from kpi_xlsx.periods import Period
from kpi_xlsx.rhythm import find_settled
from kpi_xlsx.template import Column, Table


class Mark(StrEnum):
    """What a cycle has of a goal."""

    ANSWERED = "answered"
    SETTLED = "settled"
    """Completed and passed earlier; nothing was said since."""
    MISSING = "missing"
    """Asked for, and not answered."""
    NOT_DUE = "not due"
    ABSENT = "absent"
    """The department did not have the goal then."""


MARK_SIGNS: Mapping[Mark, tuple[str, str]] = {
    Mark.SETTLED: ("前期已完成", "Completed earlier"),
    Mark.MISSING: ("未报", "Not reported"),
    Mark.NOT_DUE: ("—", "—"),
    Mark.ABSENT: ("", ""),
}
"""What stands for a cycle without an answer."""


@dataclass(frozen=True, slots=True)
class YearCell:
    """A goal in one cycle; `row` is the answer that is shown: that cycle's, or the earlier one that settles it."""

    mark: Mark
    row: PastRow | None = None

    @property
    def said(self) -> PastRow | None:
        """What that very cycle says; None where an earlier answer still holds."""
        return self.row if self.mark is Mark.ANSWERED else None


@dataclass(frozen=True, slots=True)
class YearRun:
    """A goal of a department over the cycles of a year, the oldest first and today's last."""

    department: str
    """The code."""
    name: str
    goal: Goal
    cells: tuple[YearCell, ...]
    dropped: bool = False
    """Today's plan does not have it any more."""


ABSENT = YearCell(Mark.ABSENT)


def year_periods(past: Past) -> Sequence[Period]:
    """The periods of the year's cycles, as the cells of a run lie."""
    return [*(cycle.period for cycle in reversed(past.year)), past.period]


def find_runs(rows: Iterable[PastRow], past: Past, table: Table) -> Iterator[YearRun]:
    """The run of each of today's `rows`, in their order; behind a department's those that it had earlier this year."""
    year = past.year
    gone: dict[str, list[YearRun]] = {}
    for cycle, code, goal in dropped_goals(past, year):
        cells = (*(cell_in(one, one.rows.get((code, goal.key)), past, table) for one in reversed(year)), ABSENT)
        gone.setdefault(code, []).append(YearRun(code, cycle.plan.by_code[code].name, goal, cells, dropped=True))
    for code, own in groupby(rows, key=attrgetter("department")):
        for row in own:
            yield YearRun(code, row.name, past.plan.by_key[row.goal], tuple(_cells(row, past, table)))
        yield from gone.pop(code, ())
    for lost in gone.values():
        yield from lost


def first_figure(table: Table) -> Column | None:
    """The column whose figure stands beside the status."""
    return next((column for column in table.entry if column.type is CellType.NUMBER), None)


def month_name(period: Period, language: Language) -> str:
    """A period as a heading: 2018年1—3月, Jan–Mar 2018."""
    first, last = period.start, period.end
    one_year, one_month = first.year == last.year, first == last.replace(day=1)
    if language is Language.ZH:
        names = [f"{day.year}年{day.month}月" for day in (first, last)]
        joined = f"{first.year}年{first.month}—{last.month}月" if one_year else "—".join(names)
    else:
        short = [calendar.month_abbr[day.month] for day in (first, last)]
        names = [f"{short[0]} {first.year}", f"{short[1]} {last.year}"]
        joined = f"{short[0]}–{names[1]}" if one_year else "–".join(names)
    return names[1] if one_month else joined


def _cells(now: PastRow, past: Past, table: Table) -> Iterator[YearCell]:
    for cycle, row in reversed(list(past.run(now.department, now.goal))):
        if cycle.period.year_begin == past.period.year_begin:
            yield cell_in(cycle, row, past, table)
    yield YearCell(Mark.ANSWERED, now) if now.answered else _without_answer(now, past, table)


def cell_in(cycle: PastCycle, row: PastRow | None, past: Past, table: Table) -> YearCell:
    """What a cycle has, as seen from it; what the office alone amended there lies over what was said before."""
    if row is None:
        return ABSENT
    before = past.before(cycle)
    if not row.answered:
        return _without_answer(row, before, table)
    last = before.last(row.department, row.goal) if row.file is None else None
    return YearCell(Mark.ANSWERED, row if last is None else lay_over(last, (cycle, row))[1])


def _without_answer(row: PastRow, before: Past, table: Table) -> YearCell:
    """Why a row has no answer, as seen from its cycle."""
    settled = find_settled(table, before, row.department, row.goal)
    if settled is not None:
        return YearCell(Mark.SETTLED, settled[1])
    return YearCell(Mark.MISSING if row.asked else Mark.NOT_DUE)
