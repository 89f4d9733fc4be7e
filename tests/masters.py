"""The master in the hands of the office: its main sheet as another program opens, changes and saves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx.cycle import Cycle


class Table:
    """The main sheet of a master in another program; it counts from 1."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        rows = [cells for cells in sheet.iter_rows(max_row=10) if str(cells[0].value).startswith("#department")]
        self.keys = int(rows[0][0].row or 0)
        self.first = self.keys + 2
        marks = {str(cell.value)[1:]: int(cell.column or 0) for cell in rows[0] if cell.value}
        self.at = {key: column for key, column in marks.items() if not key.startswith("*")}

    @property
    def rows(self) -> range:
        return range(self.first, self.sheet.max_row + 1)

    def row(self, goal: str) -> int:
        return next(row for row in self.rows if str(self.sheet.cell(row, self.at["id"]).value) == goal)

    def type(self, goal: str, column: str, value: Any) -> None:
        self.sheet.cell(self.row(goal), self.at[column]).value = value

    def see(self, goal: str, column: str) -> Any:
        return self.sheet.cell(self.row(goal), self.at[column]).value

    def values(self) -> list[list[Any]]:
        width = range(1, self.sheet.max_column + 1)
        return [[self.sheet.cell(row, column).value for column in width] for row in self.rows]

    def put(self, rows: list[list[Any]]) -> None:
        for row, values in enumerate(rows, self.first):
            for column, value in enumerate(values, 1):
                self.sheet.cell(row, column).value = value


@contextmanager
def opened(cycle: Cycle) -> Iterator[Table]:
    """The master, to be changed and saved as another program does it."""
    book = load_workbook(cycle.settings.master, rich_text=True)
    yield Table(book.worksheets[0])
    book.save(cycle.settings.master)
    book.close()
