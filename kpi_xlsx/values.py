"""One reader for each type of entry cell: what was typed becomes a value, and nothing is guessed in silence.

Every answer keeps its original text. A conversion is marked; what cannot be read names the rule that it breaks.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable

from kpi_xlsx.model import Answer, Cell, CellKind, CellType, Scalar, match_key, plain
from kpi_xlsx.periods import Period, serial_to_date
from kpi_xlsx.stand_ins import PICTURE, find_picture, is_error
from kpi_xlsx.template import Column

Reading = tuple[Scalar | None, str | None, bool]
"""A value, the code of the rule it breaks, and whether it was converted."""

_INVISIBLE = r"[\s\u200b\u200c\u200d\u2060\ufeff]+"
_EDGES = re.compile(rf"\A{_INVISIBLE}|{_INVISIBLE}\Z")
_PLACEHOLDER_WORDS = (
    "无 暂无 没有 略 同上 待填 待补 待定 空 不详 未知 暂缺 见上 测试 xx xxx xxxx test "
    "n/a na nil none tbd tbc todo pending same ditto unknown "
    "? ?? ??? . .. ... / // \\ - -- --- — —— _ * ** *** … …… 。 、"
)
_PLACEHOLDERS = frozenset(map(match_key, _PLACEHOLDER_WORDS.split()))


def tidy_text(text: str) -> str:
    """Text as it is kept: line ends are \\n; white space and invisible signs at the ends go."""
    return _EDGES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_placeholder(text: str) -> bool:
    """Whether a text only fills the cell: 无, 略, xxx, n/a, a dash."""
    return match_key(text) in _PLACEHOLDERS


def read_answer(column: Column, cell: Cell | None, period: Period) -> Answer | None:
    """What stands in one entry cell; None if it is blank."""
    if cell is None:
        return None
    formula = cell.formula is not None
    if find_picture(cell) is not None:
        raw = show(cell) or cell.formula or ""
        return Answer(cell.ref, raw, None, "V109", formula=formula, error=raw, why=PICTURE)
    if cell.value is None:
        raw = cell.formula or ""
        return Answer(cell.ref, raw, None, "V109", formula=True, uncalculated=True) if formula else None
    raw = show(cell)
    if not raw:
        return None
    if is_error(cell):
        return Answer(cell.ref, raw, None, "V109", formula=formula, error=raw)
    value, fault, converted = _READERS[column.type](column, cell, raw, period)
    return Answer(cell.ref, raw, value, fault, converted, formula)


def show(cell: Cell) -> str:
    """A cell as a person sees it: text tidied, 0.068 in a percent format as 6.8%."""
    if cell.percent and isinstance(cell.value, int | float) and math.isfinite(cell.value * 100):
        return f"{plain(_clean(float(cell.value) * 100))}%"
    return tidy_text(plain(cell.value))


def _clean(number: float) -> float:
    """Without the dust of binary fractions: 6.800000000000001 is 6.8."""
    return float(f"{number:.12g}")


def _read_text(_column: Column, _cell: Cell, raw: str, _period: Period) -> Reading:
    return raw, None, False


_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {ord("−"): "-"}
"""Full-width signs; not NFKC, to which 10² is 102 and ① is 1."""
_NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(%?)", re.ASCII)


def _read_number(_column: Column, cell: Cell, raw: str, _period: Period) -> Reading:
    if cell.kind is CellKind.NUMBER and isinstance(cell.value, int | float):
        if cell.percent:
            return _finite(_clean(float(cell.value) * 100), converted=True)
        return _finite(float(cell.value), converted=False)
    if cell.kind is not CellKind.TEXT:
        return None, "V101", False
    match = _NUMBER.fullmatch(raw.translate(_NARROW))
    if match is None:
        return None, "V101", False
    return _finite(float(match[1].replace(",", "")), converted=True)


def _finite(number: float, *, converted: bool) -> Reading:
    """A number, if it is not beyond what a cell can hold."""
    return (number, None, converted) if math.isfinite(number) else (None, "V101", False)


def _read_choice(column: Column, _cell: Cell, raw: str, _period: Period) -> Reading:
    for choice in column.choices:
        if match_key(choice) == match_key(raw):
            return choice, None, choice != raw
    return None, "V102", False


_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:T?00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})")


def _read_date(_column: Column, cell: Cell, raw: str, _period: Period) -> Reading:
    if isinstance(cell.value, dt.date):
        return _day(cell.value), None, isinstance(cell.value, dt.datetime)
    if cell.kind is CellKind.NUMBER and isinstance(cell.value, float):
        return _date_from_number(cell.value)
    match = _DATE.fullmatch(_folded(raw)) if cell.kind is CellKind.TEXT else None
    if match is None:
        return None, "V101", False
    year, month, day = (int(part) for part in match.groups() if part)
    return _real_date(year, month, day)


def _date_from_number(number: float) -> Reading:
    """A serial that lost its format, or 20180615; other numbers are no dates."""
    if not number.is_integer():
        return None, "V101", False
    whole = int(number)
    if 19_000_101 <= whole <= 21_001_231:
        return _real_date(whole // 10_000, whole // 100 % 100, whole % 100)
    date = serial_to_date(whole) if 36_526 <= whole <= 73_050 else None  # the years 2000 to 2099
    return (date, None, True) if date else (None, "V101", False)


def _real_date(year: int, month: int, day: int) -> Reading:
    try:
        return dt.date(year, month, day), None, True
    except ValueError:
        return None, "V107", False


_YEAR_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月]\d{1,2}日?|月)?(?:底|末)?")
_MONTH_ONLY = re.compile(r"(?:\d{1,2}[-—–至到])?(\d{1,2})月(?:份|底|末)?")


def _read_month(_column: Column, cell: Cell, raw: str, period: Period) -> Reading:
    """The first day of a month."""
    if isinstance(cell.value, dt.date):
        return _day(cell.value).replace(day=1), None, False
    if cell.kind is CellKind.NUMBER and isinstance(cell.value, float):
        value, _fault, _converted = _date_from_number(cell.value)
        return (value.replace(day=1), None, True) if isinstance(value, dt.date) else (None, "V101", False)
    text = _folded(raw) if cell.kind is CellKind.TEXT else ""
    if match := _YEAR_MONTH.fullmatch(text):
        year, month = int(match[1]), int(match[2])
    elif (match := _MONTH_ONLY.fullmatch(text)) and 1 <= int(match[1]) <= 12:
        year, month = period.month_of_year(int(match[1])).year, int(match[1])
    else:
        return None, "V101", False
    if not 1 <= month <= 12 or not 1900 <= year < 9999:
        return None, "V107", False
    return dt.date(year, month, 1), None, not re.fullmatch(r"\d{4}-\d{2}", raw)


def _folded(raw: str) -> str:
    return "".join(unicodedata.normalize("NFKC", raw).split())


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


_READERS: dict[CellType, Callable[[Column, Cell, str, Period], Reading]] = {
    CellType.TEXT: _read_text,
    CellType.NUMBER: _read_number,
    CellType.CHOICE: _read_choice,
    CellType.DATE: _read_date,
    CellType.MONTH: _read_month,
}


def show_value(column: Column, value: Scalar | None) -> str:
    """A value as messages quote it: a month as 2018-06."""
    if column.type is CellType.MONTH and isinstance(value, dt.date):
        return f"{value:%Y-%m}"
    return plain(value)
