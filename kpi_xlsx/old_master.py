"""The master that stands there, read by department and goal whatever was sorted, hidden, moved or renamed in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kpi_xlsx import identity as identities
from kpi_xlsx.book import Book, Unreadable
from kpi_xlsx.book import Sheet as ReadSheet
from kpi_xlsx.context import Context
from kpi_xlsx.headings import find_sheet
from kpi_xlsx.limits import Limits
from kpi_xlsx.master_columns import ID_MARK, ID_PROPERTY, MASTER_SHEETS, MasterColumns
from kpi_xlsx.model import Cell, cell_ref, clip, id_key, match_key, plain
from kpi_xlsx.sheets import read_book
from kpi_xlsx.versions import RowPlace

OWN_LIMITS = Limits(
    file_bytes=2**31,
    part_bytes=2**33,
    unpacked=2**34,
    tags=2**31,
    cells=2**27,
    text=2**33,
    ratio=10**6,
)
"""For a master, which the office itself keeps and which may be as large as Excel allows."""
LAST_HEADING = 50
"""The row above which the headings are looked for."""


@dataclass(frozen=True, slots=True)
class Stray:
    """Something in a master that cannot be placed or used: its cell, what stands there, and why not."""

    cell: str
    text: str
    why: str

    def __str__(self) -> str:
        text = f" “{clip(self.text, 30)}”" if self.text else ""
        return f"{self.cell}{text}: {self.why}"


@dataclass(frozen=True, slots=True)
class StandingRow:
    """A row that belongs to a goal: its cells that hold something, by column key."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class OldMaster:
    """What stands in a master's main sheet. More than one row of a place: it was doubled by hand."""

    id: str | None = None
    """What it says of the cells that were written into it."""
    sheet: str = ""
    columns: Mapping[str, int] = field(default_factory=dict)
    """By key, those whose hidden key and heading do not contradict each other."""
    rows: Mapping[RowPlace, tuple[StandingRow, ...]] = field(default_factory=dict)
    strays: tuple[Stray, ...] = ()
    trouble: Unreadable | None = None

    def cell(self, row: StandingRow, key: str) -> str:
        """A cell's name with its sheet's."""
        return f"{self.sheet}!{cell_ref(row.number, self.columns[key])}"


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a sheet's table begins, its columns by key, and those that two witnesses contradict each other about."""

    above: int
    columns: Mapping[str, int]
    doubted: Mapping[int, str]


def read_old_master(path: Path, context: Context, *, remembers: bool = False) -> OldMaster:
    """What stands in the master at this path; nothing if there is no such file.

    `remembers`: whether a master of today has columns of last answers.
    """
    if not path.is_file():
        return OldMaster()
    try:
        book = read_book(path, OWN_LIMITS, only=MASTER_SHEETS)
    except Unreadable as trouble:
        return OldMaster(trouble=trouble)
    columns = MasterColumns(context, remembers)
    sheet = _main_sheet(book)
    frame = None if sheet is None else _frame_of(sheet, columns)
    if sheet is None or frame is None:
        words = context.language.say("表头和隐藏的列标识都认不出来", "headings and hidden keys cannot be recognised")
        return OldMaster(strays=(Stray(path.name, "", words),))
    rows: dict[RowPlace, tuple[StandingRow, ...]] = {}
    strays = list(_doubts(sheet, frame, columns))
    if not {"department", columns.table.row_key} <= frame.columns.keys():
        words = context.language.say("单位和编号两列认不出来", "the columns of department and number cannot be told")
        return OldMaster(strays=(*strays, Stray(sheet.name, "", words)))
    for number, cells in sheet.in_order():
        if number <= frame.above:
            continue
        own = {key: cells[column] for key, column in frame.columns.items() if column in cells}
        place = _place(context, own)
        if place is not None:
            rows[place] = (*rows.get(place, ()), StandingRow(number, own))
        strays.extend(_strays_of(sheet, number, cells, frame, context, placed=place is not None))
    return OldMaster(_id_of(sheet, book), sheet.name, frame.columns, rows, tuple(strays))


def find_main_sheet(book: Book) -> ReadSheet | None:
    """The main sheet of a workbook that says that it is a master; None where it is none."""
    marked = (sheet for sheet in book.sheets if _mark_in(sheet) is not None)
    return next(marked, find_sheet(book, *MASTER_SHEETS) if ID_PROPERTY in book.properties else None)


def _main_sheet(book: Book) -> ReadSheet | None:
    """The sheet by its name, else the one that still has its hidden keys, else the first."""
    marked = (sheet for sheet in book.sheets if any("department" in _marks(cells) for cells in _top(sheet)))
    return find_sheet(book, *MASTER_SHEETS) or next(marked, None) or next(iter(book.sheets), None)


def _top(sheet: ReadSheet) -> Iterator[Mapping[int, Cell]]:
    return (cells for row, cells in sheet.in_order() if row <= LAST_HEADING)


def _id_of(sheet: ReadSheet, book: Book) -> str | None:
    """The cell speaks first: it moves with the sheet."""
    return _mark_in(sheet) or book.properties.get(ID_PROPERTY)


def _mark_in(sheet: ReadSheet) -> str | None:
    for cells in _top(sheet):
        for cell in cells.values():
            if isinstance(cell.value, str) and cell.value.startswith(ID_MARK):
                return cell.value.removeprefix(ID_MARK).strip()
    return None


def _marks(cells: Mapping[int, Cell]) -> dict[str, list[int]]:
    """The hidden keys of a row, with the columns in which each stands."""
    found: dict[str, list[int]] = {}
    for column, cell in sorted(cells.items()):
        text = str(cell.value)
        if text.startswith(identities.MARK) and not text.startswith(f"{identities.MARK}*"):
            found.setdefault(text[1:], []).append(column)
    return found


def _frame_of(sheet: ReadSheet, columns: MasterColumns) -> _Frame | None:
    """The first row of three known headings ends what stands above the table; the hidden keys are above it."""
    texts = Counter(match_key(columns.heading(key)) for key in columns.at)
    headings = {match_key(columns.heading(key)): key for key in columns.at}
    marked: dict[str, list[int]] = {}
    named: dict[str, list[int]] = {}
    above = -1
    for row, cells in sheet.in_order():
        if row > LAST_HEADING:
            break
        if not marked and (found := _marks(cells)):
            marked, above = found, row
        shown = {column: match_key(str(cell.value)) for column, cell in sorted(cells.items())}
        known = {column: headings[text] for column, text in shown.items() if texts[text] == 1}
        if len(set(known.values())) >= 3:
            above = row
            for column, key in known.items():
                named.setdefault(key, []).append(column)
            break
    if marked:  # the plan's own columns are numbered, and yesterday's third may be today's second
        named = {key: places for key, places in named.items() if not key.startswith("extra")}
    return _Frame(above, *_weigh(marked, named)) if above >= 0 else None


def _weigh(marked: Mapping[str, list[int]], named: Mapping[str, list[int]]) -> tuple[dict[str, int], dict[int, str]]:
    """Columns by key, from hidden keys and headings; what the two do not agree about belongs to nobody."""
    key_at = {column: key for key, places in marked.items() for column in places}
    name_at = {column: key for key, places in named.items() for column in places}
    claims: dict[str, list[int]] = {}
    doubted: dict[int, str] = {}
    for column in sorted(key_at.keys() | name_at.keys()):
        key, name = key_at.get(column), name_at.get(column)
        if key is not None and name is not None and key != name:
            doubted |= {column: name}
        else:
            claims.setdefault(key or name or "", []).append(column)
    found = {}
    for key, places in claims.items():
        sure = [column for column in places if key_at.get(column) == name_at.get(column)] if len(places) > 1 else places
        if len(sure) == 1 and not any(key in (key_at.get(column), name_at.get(column)) for column in doubted):
            found[key] = sure[0]
        else:
            doubted |= dict.fromkeys(places, key)
    return found, doubted


def _doubts(sheet: ReadSheet, frame: _Frame, columns: MasterColumns) -> Iterator[Stray]:
    """One line for each column that nobody can be sure about."""
    say = columns.context.language.say
    for column, key in sorted(frame.doubted.items()):
        text = columns.heading(key) if key in columns.at else key
        why = say(
            "这一列的表头和隐藏标识对不上，或者有两列，其中的改动没有采用",
            "heading and hidden key of this column disagree, or it is there twice; its edits were not used",
        )
        yield Stray(f"{sheet.name}!{cell_ref(frame.above, column)}", text, why)


def _place(context: Context, own: Mapping[str, Cell]) -> RowPlace | None:
    """Whose row it is: a known department with a goal (or spare row) that is its own."""
    row_key = context.template.main.row_key
    department, goal = (plain(own[key].value) if key in own else "" for key in ("department", row_key))
    found = context.plan.find_department(department)
    key = id_key(goal)
    return (found.code, key) if found is not None and context.has_row(found.code, key) else None


def _strays_of(
    sheet: ReadSheet, number: int, cells: Mapping[int, Cell], frame: _Frame, context: Context, *, placed: bool
) -> Iterator[Stray]:
    """What stands in a row that is nobody's, or in columns that the master does not have."""
    say, own = context.language.say, set(frame.columns.values())
    foreign = {column: cell for column, cell in cells.items() if column not in own and column not in frame.doubted}
    shown = {column: cell for column, cell in cells.items() if not placed or column in foreign}
    texts = {column: text for column, cell in sorted(shown.items()) if (text := plain(cell.value).strip())}
    if not texts:
        return
    cell = f"{sheet.name}!{cell_ref(number, next(iter(texts)))}"
    if placed:
        why = say("这一列不是汇总表的列，没有带过来", "this column is none of the master's; it was not carried over")
    else:
        why = say("这一行认不出是哪个单位的哪个目标", "this row belongs to no department and goal of the plan")
    yield Stray(cell, " | ".join(texts.values()), why)
