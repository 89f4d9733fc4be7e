"""What was typed into an entry cell becomes a value, by one reader for each type; nothing is guessed in silence.

Every answer keeps its original text. A conversion is marked; what cannot be read names the rule that it breaks, and
why. docs/values.md lists what each type takes and refuses.
"""

from __future__ import annotations

import datetime as dt
import math
import re

from kpi_xlsx.choices import read_choice
from kpi_xlsx.dates import number_behind, read_date, read_month
from kpi_xlsx.figures import clean_float, read_number
from kpi_xlsx.model import Answer, Cell, CellKind, CellType, Entry, Language, Scalar, plain
from kpi_xlsx.periods import Period
from kpi_xlsx.reading import Reading, clean_text, printable, refused, says_nothing, tidy_text
from kpi_xlsx.stand_ins import PICTURE, find_picture, is_error
from kpi_xlsx.template import Column, Table
from kpi_xlsx.versions import told


def read_answer(column: Column, cell: Cell | None, period: Period) -> Answer | None:
    """What stands in one entry cell; None if it is blank."""
    if cell is None:
        return None
    formula = cell.formula is not None
    if find_picture(cell) is not None:
        raw = printable(show(cell) or cell.formula or "")
        return Answer(cell.ref, raw, None, "V109", formula=formula, error=raw, why=PICTURE)
    if cell.value is None:
        raw = printable(cell.formula or "")
        return Answer(cell.ref, raw, None, "V109", formula=True, uncalculated=True) if formula else None
    typed = _typed_into(column, cell)
    if not typed:
        return None
    raw = printable(typed)
    if is_error(cell):
        return Answer(cell.ref, raw, None, "V109", formula=formula, error=raw)
    text = clean_text(typed)
    reading = _read(column, cell, text, period)
    converted = reading.value is not None and (reading.converted or text != typed)
    return Answer(
        cell.ref,
        raw,
        reading.value,
        reading.fault,
        converted,
        formula,
        absent=reading.absent,
        why=reading.why,
    )


def _typed_into(column: Column, cell: Cell) -> str:
    """What was typed: a cell of dates shows the number 2018.1 as a day of 1905."""
    if column.type in (CellType.DATE, CellType.MONTH) and isinstance(cell.value, dt.date):
        number = number_behind(cell.value)
        if number is not None:
            return plain(number)
    return _typed(cell)


def _read(column: Column, cell: Cell, text: str, period: Period) -> Reading:
    if column.type is CellType.TEXT:
        return refused("digits") if _has_lost_digits(cell, text) else Reading(text)
    if column.type is CellType.CHOICE:
        return read_choice(column, cell, text)
    if cell.kind is CellKind.TEXT and says_nothing(text):
        return Reading(absent=True)
    if column.type is CellType.NUMBER:
        return read_number(column, cell, text)
    return (read_date if column.type is CellType.DATE else read_month)(column, cell, text, period)


MOST_DIGITS = 15
"""So many digits of a number a spreadsheet keeps; those behind them become zeros."""
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?E\+(?:1[1-9]|[2-9]\d|\d{3})", re.ASCII)


def _has_lost_digits(cell: Cell, text: str) -> bool:
    """Whether a long number in a column of text (an id, an account) is no longer what was typed: 3.30106E+17."""
    if cell.kind is CellKind.NUMBER and isinstance(cell.value, int | float):
        return bool(abs(cell.value) >= 10**MOST_DIGITS)
    return _SCIENTIFIC.fullmatch(text) is not None


def show(cell: Cell) -> str:
    """A cell as a person sees it: text tidied, 0.068 in a percent format as 6.8%."""
    return printable(_typed(cell))


def _typed(cell: Cell) -> str:
    if cell.percent and isinstance(cell.value, int | float) and math.isfinite(cell.value * 100):
        return f"{plain(clean_float(float(cell.value) * 100))}%"
    if cell.kind is CellKind.NUMBER and isinstance(cell.value, float) and math.isfinite(cell.value):
        return plain(float(f"{cell.value:.{MOST_DIGITS}g}"))  # 0.1 + 0.2 shows as 0.3
    return tidy_text(plain(cell.value))


def seen_in(entry: Entry | None, column: str, language: Language) -> Scalar | None:
    """What a row shows in a column: its answer as understood, else as typed; of a picture only that it is one."""
    answer = None if entry is None else entry.answers.get(column)
    if answer is not None and answer.why == PICTURE:
        return language.say("[图片]", "[picture]")
    return told(entry, column)


def show_under(table: Table, key: str, value: Scalar | None) -> str:
    """A value as the column of this key shows it."""
    column = table.by_key.get(key)
    return plain(value) if column is None else show_value(column, value)


def show_value(column: Column, value: Scalar | None) -> str:
    """A value as messages quote it: a month as 2018-06."""
    if column.type is CellType.MONTH and isinstance(value, dt.date):
        return f"{value:%Y-%m}"
    return plain(value)
