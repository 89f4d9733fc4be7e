"""Real programs that open a form and save it again: LibreOffice, Gnumeric, exceljs, SheetJS, openpyxl."""

from __future__ import annotations

import functools
import random
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from office import PATIENCE, Book, Office
from ooxml import demand
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from pages import Layout, shifted

# --- changes by hand in LibreOffice -----------------------------------------------------------------------------------


@dataclass
class Table:
    """The form's table on a sheet of an open workbook, which LibreOffice has been told to unprotect."""

    book: Book
    layout: Layout
    random: random.Random

    @property
    def sheet(self) -> str:
        return self.layout.sheet

    def area(self, first: int, left: int = 1) -> str:
        """The table from a row and a column on, as LibreOffice names it."""
        return f"{get_column_letter(left)}{first}:{get_column_letter(self.layout.right)}{self.layout.body.stop - 1}"


def sort(table: Table) -> None:
    """Sort what is visible: the hidden column A was not selected and stays behind."""
    _sort(table, 2)
    table.layout.marked = False


def sort_with_marks(table: Table) -> None:
    _sort(table, 1)


def _sort(table: Table, left: int) -> None:
    layout = table.layout
    area = table.area(layout.body.start, left)
    by = table.random.choice(sorted(layout.columns.values()))
    table.book.do("sort", table.sheet, area, by - left, table.random.random() < 0.5)
    place = layout.columns["id"] - 1
    shown = [row[place] for row in table.book.do("read", table.sheet, table.area(layout.body.start))]
    start = layout.body.start
    layout.rows = {text: start + number for number, text in enumerate(shown) if text in layout.rows}


def insert_rows(table: Table) -> None:
    start, count = table.random.randint(1, table.layout.body.stop), table.random.randint(1, 4)
    table.book.do("insert_rows", table.sheet, start, count)
    table.layout.move(row_of=shifted(table.layout.body.stop, start, count))


def insert_columns(table: Table) -> None:
    start = table.random.randint(2, table.layout.right)
    table.book.do("insert_columns", table.sheet, get_column_letter(start))
    table.layout.move(column_of=shifted(table.layout.right, start, 1))


def move_columns(table: Table) -> None:
    order = sorted(table.layout.columns.values())
    moved, before = table.random.sample(order, 2)
    columns = list(range(1, table.layout.right + 1))
    columns.remove(moved)
    columns.insert(columns.index(before), moved)
    letter = get_column_letter(moved)
    table.book.do("move_columns", table.sheet, letter, letter, get_column_letter(before))
    table.layout.move(column_of={column: place for place, column in enumerate(columns, 1)})


def hide(table: Table) -> None:
    row = table.random.choice(sorted(table.layout.rows.values()))
    column = get_column_letter(table.random.choice(sorted(table.layout.columns.values())))
    table.book.play([("hide_rows", table.sheet, row), ("hide_columns", table.sheet, column)])


def rename_sheet(table: Table) -> None:
    name = table.random.choice([name for name in ("上半年", "Sheet 2", "A&B") if name != table.sheet])
    table.book.do("rename_sheet", table.sheet, name)
    table.layout.sheet = name


def move_sheet(table: Table) -> None:
    table.book.do("move_sheet", table.sheet, table.random.choice([0, 2, 3]))


def delete_hidden_sheet(table: Table) -> None:
    for name in table.book.do("list_sheets"):
        if name == "_kpi":
            table.book.do("delete_sheet", name)


def recalculate(table: Table) -> None:
    table.book.do("recalculate")


BY_HAND: tuple[Callable[[Table], None], ...] = (
    sort,
    sort_with_marks,
    insert_rows,
    insert_columns,
    move_columns,
    hide,
    rename_sheet,
    move_sheet,
    delete_hidden_sheet,
    recalculate,
)


# --- programs that save again -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Program:
    """A way of saving again, to the kind of file that the suffix names; `opens` are the kinds it can start from."""

    name: str
    suffix: str
    save: Callable[[Office, Path, Path, str], None]
    opens: frozenset[str] = frozenset({".xlsx", ".xls", ".ods"})

    def __str__(self) -> str:
        return f"{self.name}{self.suffix}"

    @property
    def by_office(self) -> bool:
        return self.name.startswith("office")


def save_with_openpyxl(_office: Office, source: Path, target: Path, _sheet: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # properties of Gnumeric's, and a style that SheetJS leaves out
        book = load_workbook(source)
    book.save(target)
    book.close()


def save_with_gnumeric(_office: Office, source: Path, target: Path, _sheet: str) -> None:
    program = demand(shutil.which("ssconvert"), "no ssconvert: install gnumeric")
    _run(program, source, target)


def save_with_node(way: str, _office: Office, source: Path, target: Path, _sheet: str) -> None:
    demand(_has_libraries(), "no node, or no exceljs and xlsx: npm install them and name the folder in NODE_PATH")
    _run("node", Path(__file__).with_name("resave.mjs"), way, source, target)


@functools.cache
def _has_libraries() -> bool:
    script = 'require.resolve("exceljs"); require.resolve("xlsx")'
    return bool(shutil.which("node")) and subprocess.run(["node", "-e", script], capture_output=True).returncode == 0


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


def save_with_office(office: Office, source: Path, target: Path, _sheet: str) -> None:
    with office.open(source) as book:
        book.do("save_as", target.resolve())


def copy_with_office(office: Office, source: Path, target: Path, sheet: str) -> None:
    """The sheet alone in a new workbook, as Move or Copy Sheet makes it."""
    with office.open(source) as book, book.copy_alone(sheet) as made:
        made.do("save_as", target.resolve())


def _programs() -> Iterator[Program]:
    only_xlsx = frozenset({".xlsx"})
    yield Program("openpyxl", ".xlsx", save_with_openpyxl, only_xlsx)
    yield Program("exceljs", ".xlsx", functools.partial(save_with_node, "exceljs"), only_xlsx)
    for suffix in (".xlsx", ".xls", ".ods"):
        yield Program("office", suffix, save_with_office)
        yield Program("office-alone", suffix, copy_with_office)
        yield Program("gnumeric", suffix, save_with_gnumeric)
        for way in ("sheetjs", "sheetjs-plain"):
            yield Program(way, suffix, functools.partial(save_with_node, way))


PROGRAMS = tuple(_programs())


def draw_programs(dice: random.Random, suffix: str, most: int = 2) -> list[Program]:
    """Programs that can go on from each other, the first from a file that LibreOffice saved with this suffix."""
    drawn = [Program("office", suffix, save_with_office)]
    for _ in range(dice.randint(1, most)):
        drawn.append(dice.choice([one for one in PROGRAMS if can_follow(one, drawn)]))
    return drawn[1:]


def can_follow(one: Program, drawn: Sequence[Program]) -> bool:
    """Whether a program keeps what the ones before it made; where it does not, that is theirs to mend."""
    last = drawn[-1]
    # LibreOffice 7.4 in a Chinese setting writes the format General as `ge\ner"al"` into xls and xlsx. The number
    # stays, but whoever looks at formats takes 12 for a day of 1900, and writes a day into ods.
    if any(other.by_office and other.suffix != ".ods" for other in drawn) and (one.by_office or one.suffix == ".ods"):
        return False
    pair = (last.name.partition("-")[0], one.name.partition("-")[0])
    # SheetJS adds an attribute to columns that openpyxl trips over; LibreOffice loses the line breaks of Gnumeric's
    # ods; Gnumeric fills up LibreOffice's ods with empty rows, more than are ever read.
    return (
        last.suffix in one.opens
        and pair != ("sheetjs", "openpyxl")
        and (last.suffix != ".ods" or pair not in (("gnumeric", "office"), ("office", "gnumeric")))
    )


def edit_with_office(
    office: Office, source: Path, target: Path, layout: Layout, changes: Sequence[Callable[[Table], None]], seed: int
) -> None:
    """Changes by hand in LibreOffice, which then saves."""
    with office.open(source) as book:
        book.play([("unprotect", layout.sheet), ("unmerge", layout.sheet)])
        table = Table(book, layout, random.Random(seed))
        for change in changes:
            change(table)
        book.do("save_as", target.resolve())
