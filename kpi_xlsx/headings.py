"""Headings that a person wrote, in either language, and the sheets and columns that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_xlsx.book import Book, Sheet
from kpi_xlsx.model import match_key


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading row that a person wrote: its row, the columns of known headings, and the text of all others."""

    row: int
    columns: Mapping[str, int]
    others: Mapping[int, str]
    doubled: tuple[tuple[str, int], ...]


def find_heading(sheet: Sheet, known: Mapping[str, str], enough: int) -> Heading | None:
    """The first of a sheet's ten first rows with `enough` known headings (compared by `match_key`)."""
    for row, cells in sheet.in_order():
        if row >= 10:
            break
        columns: dict[str, int] = {}
        others: dict[int, str] = {}
        doubled = []
        for column, cell in sorted(cells.items()):
            text = str(cell.value or "").strip()
            key = known.get(match_key(text))
            if key is None:
                others[column] = text
            elif key in columns:
                doubled.append((text, column))
            else:
                columns[key] = column
        if len(columns) >= enough:
            return Heading(row, columns, {column: text for column, text in others.items() if text}, tuple(doubled))
    return None


def find_sheets(book: Book, *names: str) -> Iterator[Sheet]:
    """The sheets of any of these names; one that joins two of them (`receipts 收件`) is meant too."""
    wanted = both_languages({names[0]: names[1:]})
    return (sheet for sheet in book.sheets if match_key(sheet.name) in wanted)


def find_sheet(book: Book, *names: str) -> Sheet | None:
    """The first of these sheets."""
    return next(find_sheets(book, *names), None)


def both_languages(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Headings, alone or joined (`file 文件`), to the key that they stand for."""
    found: dict[str, str] = {}
    for key, names in words.items():
        for first in (key, *names):
            found.setdefault(match_key(first), key)
            for second in (key, *names):
                found.setdefault(match_key(first + second), key)
    return found
