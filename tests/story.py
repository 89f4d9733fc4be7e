"""Pages that tell a story: their commands are run, their deeds done, and what they show is what was printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import commands
import returns_kit as kit
from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language

DOCS = Path(__file__).parent.parent / "docs"


@dataclass
class Desk:
    """Where a story takes place."""

    language: Language
    folder: Path
    told: str = ""
    """What the commands since the last check printed."""
    refused: str = ""
    """A command that ended with exit code 2, which the page must say."""

    @property
    def cycle(self) -> Cycle:
        return Cycle.load(self.folder, self.language)

    def run(self, line: str) -> None:
        """A command as it stands on the page."""
        program, *arguments = re.findall(r'"[^"]*"|\S+', line)
        if program == "cd":
            self.folder = (self.folder / arguments[0]).resolve()
            return
        assert program == "kpi-xlsx"
        words = (word.strip('"') for word in arguments)
        done = commands.run(*words, cwd=self.folder, language=self.language, COLUMNS="300")
        assert done.returncode in (0, 1, 2), f"{line}\n{done.stderr}"
        self.told += done.stdout + done.stderr
        if done.returncode == 2:
            self.refused = f"{line}\n{done.stderr}"


Deeds = Mapping[str, Callable[[Desk], None]]
"""What people do between the commands, by how the page calls it."""
_STEP = re.compile(r"<!-- deed: (.+?) -->|```(bash|text)\n(.*?)```", re.DOTALL)


def steps(page: Path) -> Iterator[tuple[str, str]]:
    """The page's steps in their order: `deed`, `bash` or `text`, with its words."""
    for found in _STEP.finditer(page.read_text("utf-8")):
        yield ("deed", found[1]) if found[1] else (found[2], found[3])


def plot(page: Path) -> list[tuple[str, str]]:
    """What happens on a page, whatever its language."""
    return [
        (kind, words.replace("--lang zh", "").replace("--lang en", "")) for kind, words in steps(page) if kind != "text"
    ]


def play(page: Path, deeds: Deeds, desk: Desk) -> None:
    """Do what the page says, and hold what was printed against what it shows."""
    for kind, words in steps(page):
        if kind == "text":
            told = " ".join(desk.told.split())
            for line in words.splitlines():
                assert " ".join(line.split()) in told, f"{line!r} is not in\n{desk.told}"
            desk.refused = ""
            continue
        assert not desk.refused, desk.refused
        if kind == "deed":
            deeds[words](desk)
        else:
            desk.told = ""
            for line in words.splitlines():
                assert not desk.refused, desk.refused
                desk.run(line)
    assert not desk.refused, desk.refused


# --- what people do in workbooks --------------------------------------------------------------------------------------


def enter(desk: Desk, sheet: tuple[str, str], **cells: object) -> None:
    """A row at the end of a sheet of the register."""
    append(desk.cycle.settings.register, desk.language.say(*sheet), cells)


def append(path: Path, sheet: str, *rows: Mapping[str, object]) -> None:
    """Rows at the end of a sheet, below the headings that the tool made."""
    book = load_workbook(path)
    page = book[sheet]
    above, columns = headings(page)
    first = next(number for number in range(above + 1, 10_000) if blank(page, number))
    for row, cells in enumerate(rows, first):
        for heading, value in cells.items():
            page.cell(row, columns[heading]).value = value  # type: ignore[assignment]
    book.save(path)


def headings(page: Worksheet) -> tuple[int, dict[str, int]]:
    """The heading row, and the columns by what stands there."""
    for row in page.iter_rows():
        found = {str(cell.value): cell.column for cell in row if isinstance(cell, Cell) and cell.value is not None}
        if len(found) > 2:
            return row[0].row or 0, found
    raise AssertionError(page.title)


def blank(page: Worksheet, row: int) -> bool:
    return all(cell.value is None for cell in page[row])


def type_into(source: Path, changes: Mapping[tuple[str, str], object], target: Path) -> None:
    """Type into a form, by goal key and column key, and save it elsewhere."""
    book = load_workbook(source)
    marks = kit.Marks.of(book.worksheets[0])
    for (goal, column), value in changes.items():
        book.worksheets[0].cell(marks.rows[goal], marks.columns[column]).value = value  # type: ignore[assignment]
    book.save(target)
