"""Headings that a person wrote, in either language, and the sheets and columns that they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from kpi_xlsx.book import Book, Sheet
from kpi_xlsx.model import Cell, match_key


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading row that a person wrote: its row, the columns of known headings, and the text of all others."""

    row: int
    columns: Mapping[str, int]
    others: Mapping[int, str]
    doubled: tuple[tuple[str, int], ...]


def find_heading(sheet: Sheet, known: Mapping[str, str], enough: int) -> Heading | None:
    """The first of a sheet's ten first rows with `enough` known headings (compared by `match_key`)."""

    def meaning(text: str) -> tuple[str, bool] | None:
        key = known.get(match_key(text))
        return None if key is None else (key, False)

    return _first(sheet, meaning, lambda columns: len(columns) >= enough)


def find_loose_heading(sheet: Sheet, known: Mapping[str, str], own: frozenset[str], chief: str) -> Heading | None:
    """Headings in whatever words, over one row or two: three known ones, or two of which one is the `chief` column's.

    `own`: the names (as in `known`) that go before others for the same column.
    """

    def meaning(text: str) -> tuple[str, bool] | None:
        return next(((known[key], key in own) for key in readings(text) if key in known), None)

    found = _first(sheet, meaning, lambda columns: len(columns) > 1 + (chief not in columns))
    if found is None:
        return None
    lower = _read_row(found.row + 1, sheet.rows.get(found.row + 1, {}), meaning)
    if len(lower.columns.keys() - found.columns.keys()) >= 2:  # more than what stands below any heading by chance
        found = lower
    cells = {**sheet.rows.get(found.row - 1, {}), **_filled(sheet.rows[found.row])}
    joined = _read_row(found.row, cells, meaning)
    return joined if joined.columns.keys() > found.columns.keys() else found


def _filled(cells: Mapping[int, Cell]) -> Mapping[int, Cell]:
    return {column: cell for column, cell in cells.items() if str(cell.value or "").strip()}


Meaning = Callable[[str], tuple[str, bool] | None]
"""The column that a heading names, and whether by its own name."""


def _first(sheet: Sheet, meaning: Meaning, enough: Callable[[Mapping[str, int]], bool]) -> Heading | None:
    for row, cells in sheet.in_order():
        if row >= 10:
            break
        heading = _read_row(row, cells, meaning)
        if enough(heading.columns):
            return heading
    return None


def _read_row(row: int, cells: Mapping[int, Cell], meaning: Meaning) -> Heading:
    texts = {column: str(cell.value or "").strip() for column, cell in sorted(cells.items())}
    meant = {column: found for column, text in texts.items() if (found := meaning(text)) is not None}
    columns: dict[str, int] = {}
    doubled = []
    properly = {key for key, own in meant.values() if own}
    for column, (key, own) in meant.items():
        if own or key not in properly:  # 目标 beside 编号 is something else
            if key in columns:
                doubled.append((texts[column], column))
            columns.setdefault(key, column)
    known = {*columns.values(), *(column for _, column in doubled)}
    others = {column: text for column, text in texts.items() if text and column not in known}
    return Heading(row, columns, others, tuple(doubled))


_AROUND = re.compile(r"^[\s*★☆●◆#]+|^[(（]?\d{1,2}[)）.、．]\s*|[\s*:：。.]+$")
_BEHIND = re.compile(r"[\n(（\[【:：]")


def readings(text: str) -> Iterator[str]:
    """A heading as it stands; without marks, numbers and what explains it; and each of two that a stroke joins."""
    yield match_key(text)
    bare = _AROUND.sub("", text)
    yield match_key(bare)
    bare = _AROUND.sub("", _BEHIND.split(bare, maxsplit=1)[0])
    yield match_key(bare)
    yield from map(match_key, re.split(r"[/／、|]", bare))


def find_sheets(book: Book, *names: str) -> Iterator[Sheet]:
    """The sheets of any of these names; one that joins two of them (`receipts 收件`) is meant too."""
    wanted = both_languages({names[0]: names[1:]})
    return (sheet for sheet in book.sheets if match_key(sheet.name) in wanted)


def find_sheet(book: Book, *names: str) -> Sheet | None:
    """The first of these sheets."""
    return next(find_sheets(book, *names), None)


def both_languages(words: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    """Headings, alone or joined (`file 文件`), to the key that they stand for."""
    return _joined(tuple(words.items()))


@lru_cache(maxsize=256)  # the same few sets of words for every sheet
def _joined(words: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for key, names in words:
        for first in (key, *names):
            found.setdefault(match_key(first), key)
            for second in (key, *names):
                found.setdefault(match_key(first + second), key)
    return MappingProxyType(found)
