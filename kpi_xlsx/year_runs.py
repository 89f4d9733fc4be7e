"""The run of a year: what each goal said in each cycle of it, from the first to today's; no file here."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from kpi_xlsx.model import CellType, Goal, Language
from kpi_xlsx.movements import dropped_goals
from kpi_xlsx.past import Answered, Past, PastCycle, PastRow, is_settled, lay_over, same_answers
from kpi_xlsx.periods import Period
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


def find_runs(rows: Iterable[PastRow], past: Past) -> Iterator[YearRun]:
    """The run of each of today's `rows`, in their order; behind a department's those that it had earlier this year."""
    year = past.year
    gone: dict[str, list[YearRun]] = {}
    for cycle, code, goal in dropped_goals(past, year):
        cells = (*_gone_cells(year, code, goal), ABSENT)
        gone.setdefault(code, []).append(YearRun(code, cycle.plan.by_code[code].name, goal, cells, dropped=True))
    for code, own in groupby(rows, key=attrgetter("department")):
        for row in own:
            yield YearRun(code, row.name, past.plan.by_key[row.goal], tuple(_cells(row, past)))
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


def follow(found: Iterable[tuple[PastCycle, PastRow | None]]) -> Iterator[YearCell]:
    """What each of these cycles, the oldest first, has of a goal by what was answered until then."""
    last: Answered | None = None
    for cycle, row in found:
        cell, last = _follow(cycle, row, last)
        yield cell


def _cells(now: PastRow, past: Past) -> Iterator[YearCell]:
    """Through all earlier cycles, since what was settled may have been so last year; shown are this year's."""
    last: Answered | None = None
    for cycle, row in reversed(list(past.run(now.department, now.goal))):
        cell, last = _follow(cycle, row, last)
        if cycle.period.year_begin == past.period.year_begin:
            yield cell
    yield _cell(now, last, past.plan.by_key[now.goal], past.period)


def _gone_cells(year: Sequence[PastCycle], code: str, goal: Goal) -> Iterator[YearCell]:
    yield from follow((cycle, cycle.rows.get((code, goal.key))) for cycle in reversed(year))


def _follow(cycle: PastCycle, row: PastRow | None, last: Answered | None) -> tuple[YearCell, Answered | None]:
    """What a cycle has, and what was last answered when it was over."""
    if row is None:
        return ABSENT, last
    if not row.answered:
        return _cell(row, last, cycle.plan.by_key[row.goal], cycle.period), last
    found = (cycle, row)
    if row.file is None and last is not None:
        found = lay_over(last, found)
    elif last is not None and last[1].passed and same_answers(last[1].values, row.values):
        found = (cycle, replace(row, passed=True))  # it came back as it was passed
    return YearCell(Mark.ANSWERED, found[1]), found


def _cell(row: PastRow, last: Answered | None, goal: Goal, period: Period) -> YearCell:
    if row.answered:
        return YearCell(Mark.ANSWERED, row)
    if last is not None and is_settled(last, goal, period):
        return YearCell(Mark.SETTLED, last[1])
    return YearCell(Mark.MISSING if row.asked else Mark.NOT_DUE)
