"""How each goal stood in the cycles of this year, one after the other; no file here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from kpi_xlsx.model import CellType, Progress, Scalar, plain
from kpi_xlsx.movements import Present
from kpi_xlsx.past import Past, PastRow
from kpi_xlsx.template import Column, Table, Template


class Stand(StrEnum):
    """What there is of a goal in one cycle."""

    ANSWERED = "answered"
    CARRIED = "carried"
    """Asked and not answered, since it had been completed and a reviewer had passed that."""
    MISSING = "missing"
    NOT_DUE = "not due"
    ABSENT = "absent"
    """The department had no such goal then."""


@dataclass(frozen=True, slots=True)
class YearCell:
    """A goal in one cycle of the year."""

    stand: Stand
    progress: Progress | None = None
    status: str = ""
    """This template's word for what the status means, else the row's own."""
    figure: Scalar | None = None


@dataclass(frozen=True, slots=True)
class YearRun:
    """A row of today's with its year: the oldest cycle first, today's last."""

    row: Present
    cells: tuple[YearCell, ...]


def figure_column(table: Table) -> Column | None:
    """The number by which a goal's year is told: the first running total, else the first number."""
    numbers = [column for column in table.entry if column.type is CellType.NUMBER]
    return next((one for one in numbers if one.cumulative), next(iter(numbers), None))


def told_columns(table: Table) -> tuple[Column, ...]:
    """The columns in which an earlier cycle is told in short: what is remembered, and the goal's figure."""
    figure = figure_column(table)
    return table.remembered + (() if figure is None or figure in table.remembered else (figure,))


def find_runs(template: Template, past: Past, present: Iterable[Present]) -> Iterator[YearRun]:
    """The year of each row, in the order of the rows."""
    gatherer = _Gatherer(template, past)
    for row in present:
        yield YearRun(row, tuple(gatherer.cells(row)))


class _Gatherer:
    def __init__(self, template: Template, past: Past) -> None:
        self.past = past
        self.figure = figure_column(template.main)
        self.first = len(past.cycles) - len(past.year)
        """How many cycles of other years come before."""
        self.words: dict[Progress, str] = {}
        for word, meaning in template.progress_of.items():
            self.words.setdefault(meaning, word)

    def cells(self, row: Present) -> Iterator[YearCell]:
        done: YearCell | None = None
        """The newest answer, if it says that the goal is completed and a reviewer has passed that."""
        run = [was for _, was in self.past.run(row.department, row.goal.key)]
        for number, was in enumerate(reversed(run)):
            cell = self._cell(was, done)
            if was is not None and was.answered:
                done = cell if was.passed and was.progress is Progress.COMPLETED else None
            if number >= self.first:
                yield cell
        yield self._cell(row, done)

    def _cell(self, row: PastRow | Present | None, done: YearCell | None) -> YearCell:
        if row is None:
            return YearCell(Stand.ABSENT)
        if row.values:
            own = plain(row.values.get("status"))
            status = own if row.progress is None else self.words.get(row.progress, own)
            figure = None if self.figure is None else row.values.get(self.figure.key)
            return YearCell(Stand.ANSWERED, row.progress, status, figure)
        if not row.asked:
            return YearCell(Stand.NOT_DUE)
        if done is not None:
            return YearCell(Stand.CARRIED, done.progress, done.status, done.figure)
        return YearCell(Stand.MISSING)
