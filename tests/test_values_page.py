"""docs/values.md is true: every line of its tables is typed into a cell and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kpi_xlsx.checks.reasons import REASONS
from kpi_xlsx.model import Cell, CellKind, CellType, Source
from kpi_xlsx.periods import parse_period
from kpi_xlsx.reading import tidy_text
from kpi_xlsx.template import Column
from kpi_xlsx.units import KINDS
from kpi_xlsx.values import read_answer, show_value

PAGE = Path(__file__).parent.parent / "docs" / "values.md"
SECTIONS = {
    "Numbers": CellType.NUMBER,
    "Dates": CellType.DATE,
    "Months": CellType.MONTH,
    "Choices": CellType.CHOICE,
    "Text": CellType.TEXT,
}
ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([rn]))")


@dataclass(frozen=True)
class Line:
    """One row of a table."""

    kind: CellType
    typed: str
    where: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.kind}-{self.typed}-{self.where}"


def lines() -> Iterator[Line]:
    kind = None
    for row in PAGE.read_text("utf-8").splitlines():
        if row.startswith("## "):
            kind = SECTIONS[row.removeprefix("## ").partition(" · ")[0]]
        elif row.startswith("|") and kind is not None:
            cells = [cell.strip() for cell in row[1:-1].split("|")]
            if len(cells) == 4 and not cells[0].startswith(("typed", "-")):
                yield Line(kind, *cells[:3])


LINES = list(lines())


def escaped(text: str) -> str:
    def sign(found: re.Match[str]) -> str:
        return {"r": "\r", "n": "\n"}[found[3]] if found[3] else chr(int(found[1] or found[2], 16))

    return ESCAPE.sub(sign, text)


def quoted(text: str) -> str:
    found = re.search("`([^`]*)`", text)
    assert found is not None, text
    return escaped(found[1])


def cell_of(typed: str) -> Cell:
    if typed in ("true", "false"):
        return Cell(0, 0, CellKind.BOOL, typed == "true")
    if typed.startswith("number "):
        return Cell(0, 0, CellKind.NUMBER, float(quoted(typed)), percent=" shown as " in typed)
    return Cell(0, 0, CellKind.TEXT, quoted(typed))


def column_of(line: Line) -> Column:
    if line.kind is CellType.CHOICE:
        return Column("x", "某列", Source.DEPARTMENT, line.kind, choices=tuple(line.where.split("/")))
    if line.kind is CellType.NUMBER:
        return Column("x", line.where or "实际值", Source.DEPARTMENT, line.kind)
    return Column("x", "某列", Source.DEPARTMENT, line.kind, date_order=line.where)


@pytest.mark.parametrize("line", LINES, ids=str)
def test_line_is_read_as_the_page_says(line: Line) -> None:
    column, cell, period = column_of(line), cell_of(line.typed), parse_period("2018-01/2018-06")
    assert period is not None
    answer = read_answer(column, cell, period)
    assert answer is not None
    if line.outcome == "nothing · 没有":
        assert (answer.value, answer.fault, answer.absent, answer.converted) == (None, None, True, False)
        return
    assert not answer.absent
    code = re.search(r"V\d{3}", line.outcome)
    why = re.search(r"(?<=V\d{3} `)[a-z-]+", line.outcome)
    assert answer.why == (why[0] if why else "")
    if line.outcome.startswith("✗"):
        assert (answer.value, answer.fault, answer.converted) == (None, code and code[0], False)
        return
    assert (show_value(column, answer.value), answer.fault) == (quoted(line.outcome), None)
    assert answer.converted == converts(line, cell)


def converts(line: Line, cell: Cell) -> bool:
    """Whether anybody must be told: unless the value was typed just as the column has it."""
    if line.kind in (CellType.TEXT, CellType.CHOICE) and isinstance(cell.value, str):
        return tidy_text(cell.value) != quoted(line.outcome)
    if line.kind is CellType.TEXT or (line.kind is CellType.NUMBER and cell.kind is CellKind.NUMBER):
        return cell.percent
    return line.kind is not CellType.MONTH or quoted(line.typed) != quoted(line.outcome)


def test_page_names_every_unit() -> None:
    rows = [row.split("|") for row in PAGE.read_text("utf-8").splitlines() if row.count("|") == 4]
    named = {word: row[2].strip() for row in rows for word in re.findall("`([^`]+)`", row[3])}
    assert named == {word: size for sizes in KINDS.values() for size, words in sizes.items() for word in words.split()}


def test_page_shows_every_type_and_every_reason() -> None:
    assert {line.kind for line in LINES} == set(CellType)
    shown = {key for line in LINES for key in re.findall(r"(?<=✗ V101 `)[a-z-]+", line.outcome)}
    assert shown == set(REASONS)
