"""What the office wrote into its own columns of a master: read by department and goal, so that sorting does no harm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kpi_xlsx import identity as identities
from kpi_xlsx.book import Sheet as ReadSheet
from kpi_xlsx.book import Unreadable
from kpi_xlsx.context import Context
from kpi_xlsx.headings import find_sheet
from kpi_xlsx.limits import Limits
from kpi_xlsx.master_columns import DEPARTMENT_HEADING, MASTER_SHEETS
from kpi_xlsx.model import Cell, Source, id_key, match_key, plain
from kpi_xlsx.sheets import read_book

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

OfficeCells = Mapping[tuple[str, str], Mapping[str, Cell]]
"""What the office wrote into its own columns: by department code and goal key, then column key."""


@dataclass(frozen=True, slots=True)
class OfficeNotes:
    """The office columns of a master, how many of their cells found no row in the plan, and why it cannot be read."""

    cells: OfficeCells
    unplaced: int = 0
    trouble: Unreadable | None = None


def read_office_notes(path: Path, context: Context) -> OfficeNotes:
    """What stands in the office columns of the master at this path; none if there is no such file."""
    table = context.template.main
    office = {column.key for column in table.of(Source.OFFICE)}
    if not office or not path.is_file():
        return OfficeNotes({})
    try:
        book = read_book(path, OWN_LIMITS)
    except Unreadable as trouble:
        return OfficeNotes({}, trouble=trouble)
    sheet = find_sheet(book, *MASTER_SHEETS) or next(iter(book.sheets), None)
    found = None if sheet is None else _columns_of(sheet, context)
    if sheet is None or found is None:
        return OfficeNotes({})
    heading, at = found
    notes: dict[tuple[str, str], dict[str, Cell]] = {}
    unplaced = 0
    for row, cells in sheet.in_order():
        written = {key: cells[at[key]] for key in office & at.keys() if at[key] in cells and row > heading}
        if not written:
            continue
        place = _place(
            context, *(plain(cells[at[key]].value) if at[key] in cells else "" for key in ("department", "id"))
        )
        if place is None:
            unplaced += len(written)
        else:
            notes[place] = written
    return OfficeNotes(notes, unplaced)


def _columns_of(sheet: ReadSheet, context: Context) -> tuple[int, Mapping[str, int]] | None:
    """The heading row, and the columns by key: from the hidden row of keys above it, else from the headings."""
    headings = {match_key(column.header): column.key for column in context.template.main.columns}
    headings[match_key(context.language.say(*DEPARTMENT_HEADING))] = "department"
    marked: Mapping[str, int] = {}
    for row, cells in sheet.in_order():
        if row > 50:
            return None
        texts = {column: str(cell.value) for column, cell in cells.items()}
        marked = marked or {text[1:]: column for column, text in texts.items() if text.startswith(identities.MARK)}
        named = {headings[match_key(text)]: column for column, text in texts.items() if match_key(text) in headings}
        if {"department", "id"} <= named.keys():
            return row, marked if {"department", "id"} <= marked.keys() else named
    return None


def _place(context: Context, department: str, goal: str) -> tuple[str, str] | None:
    found = context.plan.find_department(department)
    key = id_key(goal)
    spare = {id_key(name) for name in context.spare_ids()}
    known = found is not None and (key in spare or any(one.key == key for one in context.plan.goals_of(found.code)))
    return (found.code, key) if found is not None and known else None
