"""Blank goal ids filled in: department code and a running number, in a copy of the office's own plan workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kpi_xlsx.book import Book, Sheet, Unreadable
from kpi_xlsx.files import temporary_beside
from kpi_xlsx.headings import both_languages, find_heading, find_sheet
from kpi_xlsx.model import CycleError, Language, Mistake, id_key, match_key, plain, split_names
from kpi_xlsx.plan import DEPARTMENT_HEADINGS, DEPARTMENT_SHEET, GOAL_HEADINGS, GOAL_SHEET
from kpi_xlsx.sheets import read_book


def fill_ids(source: Path, target: Path, language: Language) -> int:
    """Write a copy of a plan in which every goal has an id; returns how many were made.

    All else in the workbook stays as it is. Raises CycleError if the source is no plan or the target exists.
    """
    if target.exists():
        words = language.say(
            "这个文件已经有了，没有改动。换一个名字。", "This file exists; nothing was changed. Take another name."
        )
        raise CycleError([Mistake(str(target), "", words)])
    try:
        book = read_book(source)
    except Unreadable as trouble:
        raise CycleError([Mistake(str(source), "", language.say(trouble.zh, trouble.en))]) from trouble
    sheet = find_sheet(book, *GOAL_SHEET)
    made = dict(_missing_ids(book, sheet)) if sheet is not None else None
    if sheet is None or made is None:
        words = language.say("里面没有“考核目标”工作表。", "It has no sheet “goals”.")
        raise CycleError([Mistake(str(source), "", words)])
    from openpyxl import load_workbook

    copy = load_workbook(source)
    for (row, column), text in made.items():
        copy[sheet.name].cell(row + 1, column + 1).value = text
    temporary = temporary_beside(target)
    try:
        copy.save(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return len(made)


def _missing_ids(book: Book, sheet: Sheet) -> Iterator[tuple[tuple[int, int], str]]:
    """The cell of each blank id and the id for it."""
    heading = find_heading(sheet, both_languages(GOAL_HEADINGS), 3)
    if heading is None or not {"id", "department", "name"} <= heading.columns.keys():
        return
    at = heading.columns
    codes = dict(_codes(book))
    rows = [(row, cells) for row, cells in sheet.in_order() if row > heading.row]
    taken = {id_key(plain(cells[at["id"]].value)) for _, cells in rows if at["id"] in cells}
    count: dict[str, int] = {}
    for row, cells in rows:
        named = at["name"] in cells and cells[at["name"]].value is not None
        if not named or (at["id"] in cells and plain(cells[at["id"]].value).strip()):
            continue
        text = plain(cells[at["department"]].value).strip() if at["department"] in cells else ""
        lead = next((codes[match_key(name)] for name in (text, *split_names(text)) if match_key(name) in codes), "G")
        number = count.get(lead, 0) + 1
        while id_key(f"{lead}-{number:02}") in taken:
            number += 1
        count[lead] = number
        yield (row, at["id"]), f"{lead}-{number:02}"


def _codes(book: Book) -> Iterator[tuple[str, str]]:
    """Every name of a department, as it is compared, with its code."""
    sheet = find_sheet(book, *DEPARTMENT_SHEET)
    heading = None if sheet is None else find_heading(sheet, both_languages(DEPARTMENT_HEADINGS), 2)
    if sheet is None or heading is None or "code" not in heading.columns:
        return
    for row, cells in sheet.in_order():
        code = cells.get(heading.columns["code"])
        if row > heading.row and code is not None and code.value is not None:
            for key in ("code", "name", "alias"):
                cell = cells.get(heading.columns.get(key, -1))
                for name in split_names(plain(cell.value)) if cell is not None else ():
                    yield match_key(name), plain(code.value)
