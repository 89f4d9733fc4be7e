"""The readers of days and months: what names exactly one is taken, what could name two or only a stretch is refused."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from kpi_xlsx.model import Cell, CellKind, match_key, plain
from kpi_xlsx.numerals import SIGNS, read_digits, read_numeral
from kpi_xlsx.periods import Period, month_end, serial_to_date
from kpi_xlsx.reading import REFERENCES, Reading, refused
from kpi_xlsx.template import Column

FIRST_YEAR = 1900
"""Excel knows no day before it."""
LONGEST = 60
"""Characters beyond which a text is no date that a person typed."""
_LAST = -1
"""The last day of a month."""


@dataclass(frozen=True, slots=True)
class _Spelt:
    """A month, or a day in it, as spelt; whether there is such a day is found out later."""

    year: int
    month: int
    day: int | None = None


def read_date(column: Column, cell: Cell, text: str, period: Period) -> Reading:
    """A day."""
    if isinstance(cell.value, dt.date) and number_behind(cell.value) is None:
        return _stored(cell.value, converted=isinstance(cell.value, dt.datetime))
    found = _find(column, cell, text, period)
    if isinstance(found, str):
        return refused(found)
    if found.day is None:
        real = _real(found)
        return real if real.fault else refused("vague")
    return _real(found)


def read_month(column: Column, cell: Cell, text: str, period: Period) -> Reading:
    """The first day of a month."""
    if isinstance(cell.value, dt.date) and number_behind(cell.value) is None:
        day = _stored(cell.value, converted=False)
        return Reading(_day(cell.value).replace(day=1)) if day.fault is None else day
    is_text = cell.kind is CellKind.TEXT
    found = _month_from_text(column, text, period) if is_text else _find(column, cell, text, period)
    if isinstance(found, str):
        return refused(found)
    real = _real(found)
    if real.fault is not None:
        return real
    return Reading(dt.date(found.year, found.month, 1), converted=not re.fullmatch(r"\d{4}-\d{2}", text))


def both_months(raw: str) -> tuple[str, ...]:
    """The months that the number 2024.1 may name."""
    year = raw.partition(".")[0]
    return f"{year}-01", f"{year}-10"


def both_readings(text: str, period: Period) -> tuple[dt.date, ...]:
    """The days that 03/04/2018 may name, month first and day first."""
    match = _YEAR_LAST.fullmatch(_fold(text)) or _BARE_PAIR.fullmatch(_fold(text))
    return tuple(_orders(match, period)) if match else ()


def _stored(value: dt.date, *, converted: bool) -> Reading:
    if value.year < FIRST_YEAR:
        return refused("too-early", "V107")
    return Reading(_day(value), converted=converted)


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _real(spelt: _Spelt) -> Reading:
    if not 1 <= spelt.month <= 12 or not 1 <= spelt.year <= dt.MAXYEAR:
        return refused("", "V107")
    last = month_end(spelt.year, spelt.month)
    if spelt.day not in (None, _LAST) and not 1 <= (spelt.day or 0) <= last.day:
        return refused("", "V107")
    if spelt.year < FIRST_YEAR:
        return refused("too-early", "V107")
    return Reading(last if spelt.day in (None, _LAST) else last.replace(day=spelt.day or 0), converted=True)


def _find(column: Column, cell: Cell, text: str, period: Period) -> _Spelt | str:
    if cell.kind is CellKind.BOOL:
        return "tick"
    if isinstance(cell.value, dt.date):
        return _from_number(number_behind(cell.value) or 0.0)
    if cell.kind is CellKind.NUMBER and isinstance(cell.value, float):
        return _from_number(cell.value)
    if cell.kind is not CellKind.TEXT:
        return "words"
    return _from_text(text, column.date_order, period)


# --- numbers ----------------------------------------------------------------------------------------------------------

_BASES = (dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1))
_YEAR_POINT_MONTH = re.compile(r"(19\d\d|20\d\d|21\d\d)\.(\d{1,2})")


def number_behind(value: dt.date) -> float | None:
    """The number that was typed into a cell of dates and shows as a date of old or of days to come.

    2024.1 shows as 1905-07-16 (as 1909-07-17 in the 1904 system), 201806 as 2452-07-10, 6 as 1900-01-06.
    """
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    if not (1900 <= value.year < 1911 or 2420 <= value.year < 2475):
        return None
    old, later = (round((moment - base) / dt.timedelta(days=1), 2) for base in _BASES)
    return later if _YEAR_POINT_MONTH.match(plain(later)) else old


def _from_number(number: float) -> _Spelt | str:
    """A serial that lost its format, 20180615, 201806, or 2018.06; other numbers are no dates."""
    match = _YEAR_POINT_MONTH.fullmatch(plain(number))
    if match:
        # As a number 2024.10 is 2024.1.
        return "ambiguous-month" if match[2] == "1" else _Spelt(int(match[1]), int(match[2]))
    if not number.is_integer():
        return "number"
    whole = int(number)
    if 1900 <= whole < 2200:
        return "vague"
    if 19_000_101 <= whole <= 21_001_231:
        return _Spelt(whole // 10_000, whole // 100 % 100, whole % 100)
    if 190_001 <= whole <= 210_012:
        return _Spelt(whole // 100, whole % 100)
    date = serial_to_date(whole) if 36_526 <= whole <= 73_050 else None  # the years 2000 to 2099
    return _Spelt(date.year, date.month, date.day) if date else "number"


# --- text -------------------------------------------------------------------------------------------------------------

_TIME = r"(?:\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?|\d{1,2}时(?:\d{1,2}分)?)"
_SPACE = re.compile(r"(?<!\d)\s+|\s+(?!\d|\s)")
_HALF_DAY = re.compile(r" ?[ap]m\Z")
_CLOCK = re.compile(_TIME, re.ASCII)
# 2018.1-6 is January to June.
_FULL = re.compile(
    rf"(\d{{4}})(?![/.年 ]\d{{1,2}}[-–—])[-–—/.年 ](\d{{1,2}})[-–—/.月 ](\d{{1,2}})(?:[日号](?:{_TIME})?|T{_TIME})?",
    re.ASCII,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_COMPACT_MONTH = re.compile(r"((?:19|20|21)\d{2})(\d{2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_BARE_PAIR = re.compile(r"(\d{1,2})[./](\d{1,2})", re.ASCII)
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.](\d{4})", re.ASCII)
_MONTH_DAY = re.compile(r"(\d{1,2})月(\d{1,2})[日号]?", re.ASCII)
_YEAR_MONTH = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})|年(?:(\d{1,2})[-–—~至到])?(?:(\d{1,2})月[-–—~至到])?(\d{1,2})月(?:份)?)(底|末|月末|月底)?",
    re.ASCII,
)
_MONTH = re.compile(r"(?:(\d{1,2})月?[-–—~至到])?(\d{1,2})月(?:份)?(底|末|月末|月底)?", re.ASCII)
_QUARTER = re.compile(
    r"(?:(\d{4})[-年/]?)?(?:第?([1-4])季度?|q([1-4])|(前)([234])季度?|([上下])半年|h([12])|(全年))", re.ASCII
)
_QUARTER_YEAR = re.compile(r"([qh])([1-4])[-/ ]?(\d{4})", re.ASCII)
_SHORT_YEAR = re.compile(
    r"\d{1,2}[-/.]\d{1,2}[-/.]'?\d{2}|'?\d{2}年.*|\d{2}[-/]\d{1,2}|[a-z]{3,9}[-.,']*\d{2}|\d{1,2}-?[a-z]{3,9}-?'?\d{2}",
    re.ASCII,
)
_VAGUE = re.compile(
    r".*(?:[上中下]旬|初|前|后|左右|半年|季度?|底|末|中|early|late|mid|before|after|quarter|by).*|\d{4}年?|q[1-4]"
)
_RANGE = re.compile(
    r"\d{4}[/.年 ]\d{1,2}[-–—]\d{1,2}|.*\d[日号月]?[-–—~至到]+\d.*[月日号.].*|.*\d(?:to|until|-)[a-z]*\d.*"
)
_CHINESE_YEAR = re.compile(r"([零〇○一二三四五六七八九]{4})(?=年)")
_CHINESE_COUNT = re.compile(rf"([{SIGNS}]+)(?=个?[月日号季])")
_MONTHS = "january february march april may june july august september october november december"
_NAMES = {name: number for number, name in enumerate(_MONTHS.split(), 1)}
_NAMES |= {name[:3]: number for name, number in _NAMES.items()} | {"sept": 9}
_NAME = "|".join(sorted(_NAMES, key=len, reverse=True))
_ENGLISH_DAY = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?:of)?[-/.]?({_NAME})[-/.,]*(\d{{4}})?", re.ASCII)
_ENGLISH_MONTH_DAY = re.compile(rf"({_NAME})[-/.]?(\d{{1,2}})(?:st|nd|rd|th)?(?:,(\d{{4}}))?", re.ASCII)
_ENGLISH_SPACED = re.compile(rf"({_NAME})\.?[ -](\d{{1,2}})(?:st|nd|rd|th)?,?[ -](\d{{4}})", re.ASCII)
_ENGLISH_MONTH = re.compile(rf"(?:({_NAME})(?:[-–—]|to))?({_NAME})[-/.,]*(\d{{4}})?", re.ASCII)
_ENGLISH_END = re.compile(rf"(?:the)?endof({_NAME}),?(\d{{4}})?|end({_NAME}),?(\d{{4}})?", re.ASCII)


_DASHES = dict.fromkeys(map(ord, "‐−"), "-")


def _fold(text: str) -> str:
    """Half width, small letters, Chinese numerals as digits; white space stays only where it parts two numbers."""
    folded = _SPACE.sub("", unicodedata.normalize("NFKC", text).strip()).casefold().translate(_DASHES)
    folded = folded[:-1] if re.search(r"[\d日号月][。.]\Z", folded) else folded
    folded = _CHINESE_YEAR.sub(lambda found: read_digits(found[1]) or found[1], folded)
    return _CHINESE_COUNT.sub(_count, folded.replace("元月", "1月"))


def _count(found: re.Match[str]) -> str:
    number = read_numeral(found[1])
    return found[1] if number is None or number > 99 else str(number)


def _from_text(text: str, order: str, period: Period) -> _Spelt | str:
    """A day or a month, or the reason why there is none."""
    if len(text) > LONGEST:
        return "words"
    if match_key(text) in REFERENCES:
        return "reference"
    folded = _fold(text)
    if match := _YEAR_LAST.fullmatch(folded) or _BARE_PAIR.fullmatch(folded):
        return _ordered(match, order, period)
    spaced = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    found = _numeric(folded, spaced) or _worded(folded, period) or _english(folded, spaced, period)
    return found or _why(folded)


def _orders(match: re.Match[str], period: Period) -> Iterator[dt.date]:
    """Month first, then day first, as far as there is such a day."""
    first, second = int(match[1]), int(match[2])
    for month, day in ((first, second), (second, first)):
        if 1 <= month <= 12:
            year = int(match[3]) if match.re is _YEAR_LAST else period.month_of_year(month).year
            if 1 <= year <= dt.MAXYEAR and 1 <= day <= month_end(year, month).day:
                yield dt.date(year, month, day)


def _ordered(match: re.Match[str], order: str, period: Period) -> _Spelt | str:
    """A day with its year behind: by the template's order, else only if one of the two orders is possible."""
    first, second = int(match[1]), int(match[2])
    whole = match.re is _YEAR_LAST
    if not whole and first > 12 and order != "dmy":
        return "year"  # 18.6: the 18th, or the year 2018
    possible = sorted(set(_orders(match, period)))
    if len(possible) > 1 and order:
        month, day = (first, second) if order == "mdy" else (second, first)
        return _Spelt(int(match[3]) if whole else _year_of(month, period), month, day)
    if len(possible) > 1:
        return "ambiguous-day"
    if possible:
        return _Spelt(possible[0].year, possible[0].month, possible[0].day)
    return _Spelt(int(match[3]) if whole else period.end.year, 0)  # 31.06: there is no such day


def _month_from_text(column: Column, text: str, period: Period) -> _Spelt | str:
    """A month; a day without its year is not taken, for its number may be that year: Jun 18, 18-Jun, 18.6."""
    folded = _fold(text) if len(text) <= LONGEST else ""
    pair = _BARE_PAIR.fullmatch(folded)
    named = _ENGLISH_MONTH_DAY.fullmatch(folded) or _ENGLISH_DAY.fullmatch(folded)
    if (pair and int(pair[1]) > 12) or (named and named[3] is None):
        return "year"
    return _from_text(text, column.date_order, period)


def _numeric(folded: str, spaced: str) -> _Spelt | str | None:
    """2018-06-15, 2018.6.15 17:30, 2018年6月15日, 20180615, 201806, 06/2018."""
    day, _, clock = _HALF_DAY.sub("", spaced).rpartition(" ")
    if day and _CLOCK.fullmatch(clock):
        folded = _fold(day)  # with the space gone 2018/6/1 17:30 would be 2018/6/11 7:30 as well
    match = _FULL.fullmatch(folded.upper()) or _COMPACT.fullmatch(folded)
    if match:
        return _Spelt(int(match[1]), int(match[2]), int(match[3]))
    if match := _COMPACT_MONTH.fullmatch(folded):
        return _Spelt(int(match[1]), int(match[2]))
    if match := _MONTH_YEAR.fullmatch(folded):
        return _Spelt(int(match[2]), int(match[1]))
    return "time" if _CLOCK.fullmatch(folded) else None


def _worded(folded: str, period: Period) -> _Spelt | str | None:
    """6月15日, 2018年6月, 6月底, 1-6月, 二季度, 2018Q2, 上半年."""
    if match := _MONTH_DAY.fullmatch(folded):
        month = int(match[1])
        return _Spelt(_year_of(month, period), month, int(match[2]))
    if match := _YEAR_MONTH.fullmatch(folded):
        month, begin = int(match[2] or match[5]), match[3] or match[4]
        if begin and int(begin) >= month:
            return "range"
        return _Spelt(int(match[1]), month, _LAST if match[6] and not begin else None)
    if match := _MONTH.fullmatch(folded):
        month = int(match[2])
        if match[1] and int(match[1]) >= month:
            return "range"
        return _Spelt(_year_of(month, period), month, _LAST if match[3] and not match[1] else None)
    return _quarter(folded, period)


def _year_of(month: int, period: Period) -> int:
    """The year that a bare month lies in; a month that does not exist is found out later."""
    return period.month_of_year(month).year if 1 <= month <= 12 else period.end.year


def _quarter(folded: str, period: Period) -> _Spelt | str | None:
    """The last month of a quarter or half year; beside a calendar year it must be the calendar's."""
    if match := _QUARTER_YEAR.fullmatch(folded):
        months = int(match[2]) * (3 if match[1] == "q" else 6)
        year: str | None = match[3]
    elif match := _QUARTER.fullmatch(folded):
        quarter = match[2] or match[3] or match[5]
        half = {"上": 1, "下": 2, None: 0}[match[6]] or int(match[7] or 0)
        months = int(quarter) * 3 if quarter else half * 6 if half else 12
        year = match[1]
    else:
        return None
    if months > 12:
        return None
    if year is None:
        last = period.nth_month(months)
        return _Spelt(last.year, last.month)
    return _Spelt(int(year), months) if period.year_start == 1 else "vague"


def _english(folded: str, spaced: str, period: Period) -> _Spelt | str | None:
    """15 June 2018, June 15, 2018, 15-Jun-2018, June 2018, Jan-Jun 2018, end of June."""
    if match := _ENGLISH_DAY.fullmatch(folded):
        day, name, year = match.groups()
    elif match := _ENGLISH_MONTH_DAY.fullmatch(folded) or _ENGLISH_SPACED.fullmatch(spaced):
        if match[3] is None and _short_year(match, spaced, period):
            return "year"
        name, day, year = match.groups()
    elif match := _ENGLISH_END.fullmatch(folded):
        name, year = match[1] or match[3], match[2] or match[4]
        return _Spelt(int(year) if year else _year_of(_NAMES[name], period), _NAMES[name], _LAST)
    elif match := _ENGLISH_MONTH.fullmatch(folded):
        begin, name, year = match.groups()
        if begin and _NAMES[begin] >= _NAMES[name]:
            return "range"
        return _Spelt(int(year) if year else _year_of(_NAMES[name], period), _NAMES[name])
    else:
        return None
    return _Spelt(int(year) if year else _year_of(_NAMES[name], period), _NAMES[name], int(day))


def _short_year(match: re.Match[str], spaced: str, period: Period) -> bool:
    """Whether the number behind a month may be a year: Jun-18, or Jun 18 in 2018."""
    if re.search(r"\d(?:st|nd|rd|th)", spaced):
        return False
    years = {period.start.year % 100, period.end.year % 100}
    return not re.search(r"[a-z] \d", spaced) or int(match[2]) in years


def _why(folded: str) -> str:
    for why, pattern in (("year", _SHORT_YEAR), ("range", _RANGE), ("vague", _VAGUE)):
        if pattern.fullmatch(folded):
            return why
    return "number" if re.fullmatch(r"[-+]?[\d.,]+", folded) else "words"
