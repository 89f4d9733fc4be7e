"""Cells that a department merged in the table: what the merged cell says holds for the rows it covers, and is said.

A merged number is not repeated: it may be the total. What stands hidden under a merged cell stays that cell's own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from kpi_xlsx.model import Cell, CellType, Note, cell_ref
from kpi_xlsx.tables import Columns
from kpi_xlsx.template import Column

MOST_SPREAD = 50_000
"""Cells that are filled from merged ones at the most, however many ranges a file claims."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range over entry cells, and the column of its first cell, whose answer it shows."""

    top: int
    left: int
    bottom: int
    right: int
    column: Column | None

    @property
    def ref(self) -> str:
        return f"{cell_ref(self.top, self.left)}:{cell_ref(self.bottom, self.right)}"

    @property
    def spreads(self) -> bool:
        """Whether its answer was taken for every row that it covers."""
        return self.bottom > self.top and self.column is not None and self.column.type is not CellType.NUMBER


@dataclass(slots=True)
class Merges:
    """The merged cells of a table: rows with what is said of them by a cell above, and the ranges over entry cells."""

    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    over_entries: list[Merge] = field(default_factory=list)


def find_merges(columns: Columns) -> Merges:
    """What merged cells say of the rows that they cover. Rows without anything of their own are left alone."""
    found, table = columns.found, columns.table
    by_place = {place: table.by_key[key] for key, place in columns.at.items() if key in table.by_key}
    givens = {columns.at[column.key] for column in table.given if column.key in columns.at}
    own = {row: cells for row, cells in found.rows() if not givens.isdisjoint(cells)}
    order = sorted(own)
    made = Merges()
    left_over = MOST_SPREAD
    for top, left, bottom, right in found.sheet.merges:
        if bottom < found.first_row or top >= found.end:
            continue
        column = by_place.get(left)
        if any(by_place[place] in table.entry for place in by_place if left <= place <= right):
            made.over_entries.append(Merge(top, left, bottom, right, column))
        anchor = found.sheet.cell(top, left)
        if anchor is None or top < found.first_row or not (column in table.entry or (column and column.merge)):
            continue
        if column is None or column.type is CellType.NUMBER:
            continue
        for row in order[bisect_right(order, top) : bisect_left(order, min(bottom + 1, found.end))]:
            cells = made.rows.get(row) or own[row]
            if left not in cells and left_over > 0:
                left_over -= 1
                made.rows[row] = {**cells, left: replace(anchor, row=row, formula=None)}
    return made


def note_merges(merges: Merges, chosen: Mapping[int, str], columns: Columns) -> Iterator[Note]:
    """Entry cells that were merged into one, over several goals or several columns; `chosen`: the goals by row."""
    say = columns.context.language.say
    for merge in merges.over_entries:
        goals = [goal for row, goal in chosen.items() if merge.top <= row <= merge.bottom]
        if not goals:
            continue
        if merge.spreads and len(goals) > 1:
            taken = say("其中的内容按每个目标都计入", "its words were taken for each of these goals")
        else:
            taken = say("只有左上角那一格的内容能看到", "only its first cell's answer can be seen")
        key = merge.column.key if merge.column in columns.table.entry and merge.column else None
        words = {"cells": merge.ref, "goals": say("、", ", ").join(goals), "taken": taken}
        yield Note("S112", words, goals[0], key, cell_ref(merge.top, merge.left))
