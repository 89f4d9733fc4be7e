"""A template definition written as a sheet: its rows to the same keys and values that a TOML file would give.

Nothing is judged here but what a cell can say; mistakes are named by the reader of definitions, and their places by
`Placed.where` in sheet and cell.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpi_xlsx.book import Book, Sheet, Unreadable
from kpi_xlsx.definition_words import COLUMN_SHEET, FALSE, SETTINGS_SHEET, TRUE, find_key, find_value
from kpi_xlsx.headings import find_sheet
from kpi_xlsx.limits import DEFAULT_LIMITS
from kpi_xlsx.model import Cell, CellKind, Mistake, TemplateError, cell_ref, clip, match_key, plain
from kpi_xlsx.sheets import read_book

Keys = Mapping[str, tuple[type, ...]]
CONFIRM_HEADINGS = frozenset(map(match_key, ("请确认", "to confirm")))
"""A column of remarks, which is not read."""
_ROWS, _HEADING_ROWS = 300, 10
_NONE = object()


@dataclass(slots=True)
class Placed:
    """The keys and values of a definition, and the cell of each."""

    data: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    doubled: list[tuple[str, str]] = field(default_factory=list)
    """Cell and key of what stands there a second time."""

    def where(self, place: str) -> str:
        """The cell that a place of the definition (`columns[progress].width`) stands in, or its row; else the place."""
        row, _, key = place.rpartition(".")
        if place in self.cells:
            return self.cells[place]
        return f"{self.cells[row]}, {key}" if row in self.cells else place


def read_definition(path: Path, top: Keys, column: Keys, settings: Keys) -> Placed:
    """Read a workbook as a definition. `settings`: keys that stand in tables of the top level, as `print.paper`.

    Raises TemplateError if it cannot be read, or lacks the sheet of columns.
    """
    try:
        if path.stat().st_size > DEFAULT_LIMITS.file_bytes:
            raise Unreadable("F104", "文件太大", "it is too large")
        book = read_book(path)
    except FileNotFoundError as trouble:
        raise TemplateError([Mistake(path.name, "", "没有这个文件。 / There is no such file.")]) from trouble
    except (Unreadable, OSError) as trouble:
        zh, en = (trouble.zh, trouble.en) if isinstance(trouble, Unreadable) else (str(trouble.strerror),) * 2
        words = f"打不开：{zh}。请另存为 .xlsx。 / It cannot be opened: {en}. Save it as .xlsx."
        raise TemplateError([Mistake(path.name, "", words)]) from trouble
    return _Reader(path.name, book).read(top, column, settings)


class _Reader:
    def __init__(self, file: str, book: Book) -> None:
        self.file = file
        self.book = book
        self.placed = Placed()

    def read(self, top: Keys, column: Keys, settings: Keys) -> Placed:
        sheet = find_sheet(self.book, *COLUMN_SHEET)
        found = None if sheet is None else self._heading(sheet, column)
        if sheet is None or found is None:
            words = (
                "要有一个工作表“模板”，一行一列，表头有“列代号、表头、谁填”；另一个工作表“设置”写名称、版本、语言。 / "
                "A sheet “template” is needed with a row for each column and the headings Key, Heading, Filled in by; "
                "and a sheet “settings” with name, version and language."
            )
            raise TemplateError([Mistake(self.file, "" if sheet is None else sheet.name, words)])
        row, headings = found
        beside = find_sheet(self.book, *SETTINGS_SHEET)
        if beside is not None:
            self._settings(beside, {**{key: kinds for key, kinds in top.items() if key != "columns"}, **settings})
        self.placed.data["columns"] = list(self._columns(sheet, row, headings, column))
        return self.placed

    # --- the sheet of columns -----------------------------------------------------------------------------------------

    def _heading(self, sheet: Sheet, known: Keys) -> tuple[int, Mapping[int, str]] | None:
        """The first row with three known headings, and the key of each column; an unknown heading stands for itself."""
        for row, cells in sheet.in_order():
            if row >= _HEADING_ROWS:
                return None
            texts = {at: plain(cell.value).strip() for at, cell in sorted(cells.items())}
            keys = {at: find_key(text, known) for at, text in texts.items() if text}
            if sum(key is not None for key in keys.values()) >= 3:
                read = {at: key for at, key in keys.items() if match_key(texts[at]) not in CONFIRM_HEADINGS}
                named = {at: key or clip(texts[at]) for at, key in read.items()}
                first = {key: at for at, key in reversed(named.items())}
                others = ((f"{sheet.name}!{cell_ref(row, at)}", key) for at, key in named.items() if first[key] != at)
                self.placed.doubled.extend(others)
                return row, {at: key for key, at in first.items()}
        return None

    def _columns(self, sheet: Sheet, top: int, headings: Mapping[int, str], known: Keys) -> Iterator[dict[str, Any]]:
        number = 0
        for row, cells in sheet.in_order():
            held = {at: cells[at] for at in headings if at in cells and _text(cells[at])}
            if row <= top or not held:
                continue
            if row > top + _ROWS:
                words = f"“{sheet.name}”最多 {_ROWS} 行。 / The sheet “{sheet.name}” may have {_ROWS} rows."
                raise TemplateError([Mistake(self.file, f"{sheet.name}!{row + 1}", words)])
            number += 1
            column = {headings[at]: _value(headings[at], cell, known.get(headings[at])) for at, cell in held.items()}
            place = f"columns[{column.get('key') or number}]"
            self.placed.cells[place] = f"{sheet.name}!{row + 1}"
            for at, key in headings.items():
                self.placed.cells[f"{place}.{key}"] = f"{sheet.name}!{cell_ref(row, at)}"
            yield column

    # --- the sheet of settings ----------------------------------------------------------------------------------------

    def _settings(self, sheet: Sheet, known: Keys) -> None:
        """A name in the first filled cell of each row, its value in the next; a list goes on in rows of its own."""
        for row, cells in sheet.in_order():
            filled = [(at, cell) for at, cell in sorted(cells.items()) if _text(cell)][:2]
            if len(filled) < 2 or match_key(_text(filled[0][1])) in _HEADS:
                continue
            name = _text(filled[0][1])
            key = find_key(name, known) or clip(name)
            at, cell = filled[1]
            kinds = known.get(_NUMBERED.sub("[]", key))
            self._set(key, _value(key, cell, kinds), f"{sheet.name}!{cell_ref(row, at)}")

    def _set(self, key: str, value: Any, cell: str) -> None:
        """A value at its place: `print.paper` in a table, `pace.alerts[2].name` in the second one of a list."""
        home: Any = self.placed.data
        *around, name = key.split(".")
        for step in around:
            table, _, number = step.removesuffix("]").partition("[")
            home = home.setdefault(table, [] if number else {})
            if number and isinstance(home, list):
                place = int(number) if re.fullmatch("[1-9]|1[0-9]|20", number) else 1
                home.extend({} for _ in range(place - len(home)))
                home = home[place - 1]
            if not isinstance(home, dict):
                return  # what stands there in place of a table is a mistake that is named
        if isinstance(value, list) and isinstance(home.get(name), list):
            home[name].extend(value)
        elif name in home:
            self.placed.doubled.append((cell, key))
        else:
            home[name] = value
        self.placed.cells[key] = cell


_NUMBERED = re.compile(r"\[\d+\]")
_HEADS = frozenset(map(match_key, ("项目", "item", "setting")))


def _text(cell: Cell) -> str:
    return plain(cell.value).strip()


def _value(key: str, cell: Cell, kinds: tuple[type, ...] | None) -> Any:
    """What a cell says for a key, in the kind that the key takes, if it can be meant; else as it stands."""
    text, kinds = _text(cell), kinds or (str, int, float)
    if list in kinds:
        return split_list(text, key)
    if bool in kinds:
        if cell.kind is CellKind.BOOL or match_key(text) in _TRUTHS:
            return _TRUTHS.get(match_key(text), bool(cell.value))
        return text
    if cell.kind is CellKind.NUMBER and isinstance(cell.value, int | float) and not cell.percent:
        return _number(float(cell.value), kinds)
    if dt.date in kinds and isinstance(cell.value, dt.date):
        return cell.value
    number = _NONE if str in kinds else _typed_number(text)
    return find_value(key, text) if number is _NONE else number


_TRUTHS: Mapping[str, bool] = {
    **dict.fromkeys(map(match_key, (*TRUE, "true", "√", "y")), True),
    **dict.fromkeys(map(match_key, (*FALSE, "false", "×", "n")), False),
}


def _number(number: float, kinds: tuple[type, ...]) -> Any:
    if int in kinds or float in kinds:
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    return plain(number)


def _typed_number(text: str) -> Any:
    try:
        return _number(float(text), (int,))
    except (ValueError, OverflowError):
        return _NONE


def split_list(text: str, key: str) -> list[str]:
    """A list in one cell: a line each. Choices may also stand on one line, with | ; or 、 between them."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if key in ("choices", "means") and len(lines) == 1:
        sign = next((sign for sign in "|；;、" if sign in text), None)
        lines = [part.strip() for part in text.split(sign) if part.strip()] if sign else lines
    return [find_value(key, line) for line in lines]
