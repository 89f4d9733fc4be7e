"""Days and times as people write them into the register: cells of dates, and text in every usual spelling."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import replace

from kpi_xlsx.context import Context
from kpi_xlsx.dates import number_behind, read_date
from kpi_xlsx.model import Cell, CellKind, CellType, Source
from kpi_xlsx.periods import Period
from kpi_xlsx.reading import clean_text, tidy_text
from kpi_xlsx.template import Column

FIRST_MINUTE = dt.time()
YEARS_AWAY = 2
"""How far from the period's end a day may lie."""
_DAY = Column("date", "", Source.OFFICE, CellType.DATE)
_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(?:[+-]\d{2}:?\d{2}|Z)")
_CLOCK = re.compile(
    r"(?P<day>.*?(?:[日号\s,]|(?<=\d)T|^))[\s,]*(?P<half>上午|早上|下午|晚上|中午)?\s*"
    r"(?P<hour>\d{1,2})(?:[:时点](?:(?P<minute>\d{1,2}|半)分?(?::?(?P<second>\d{1,2})(?:\.\d+)?秒?)?)?|(?=\s*[ap]m))"
    r"\s*(?P<pm>[ap]m)?",
    re.ASCII | re.IGNORECASE,
)
_LATE = ("下午", "晚上", "pm")
_FIRST_SERIAL, _LAST_SERIAL = 36_526, 73_051
"""Excel's numbers of the years 2000 to 2099."""


def find_day(cell: Cell, context: Context, *, years_later: bool = False) -> dt.date | None:
    """The day that a cell names; its time of day is let go. With `years_later` it may be long after the period."""
    moment = _find_moment(cell, context, dt.UTC, FIRST_MINUTE)
    if moment is not None and not (years_later and moment.date() > context.period.end):
        moment = _near(moment, context)
    return None if moment is None else moment.date()


def find_moment(cell: Cell, context: Context, zone: dt.tzinfo, bare: dt.time = FIRST_MINUTE) -> dt.datetime | None:
    """The moment that a cell names, without an offset in the cycle's zone; of a bare day the time `bare`.

    A day without its year is the first such day from the beginning of the period's last month on: what is registered
    happens when the period ends, and after. What lies years away from the period is a slip of the hand: None.
    """
    found = _find_moment(cell, context, zone, bare)
    return None if found is None else _near(found, context)


def _near(moment: dt.datetime, context: Context) -> dt.datetime | None:
    near = range(context.period.end.year - YEARS_AWAY, context.period.end.year + YEARS_AWAY + 1)
    return moment if moment.year in near else None


def _find_moment(cell: Cell, context: Context, zone: dt.tzinfo, bare: dt.time) -> dt.datetime | None:
    value = cell.value
    if isinstance(value, dt.datetime) and number_behind(value) is None:
        return value.replace(microsecond=0, tzinfo=zone)
    if isinstance(value, str) and cell.kind is CellKind.TEXT:
        return _from_text(cell, value, context, zone, bare)
    if (
        cell.kind is CellKind.NUMBER
        and isinstance(value, float)
        and _FIRST_SERIAL <= value < _LAST_SERIAL
        and value % 1
    ):
        moment = dt.datetime(1899, 12, 30) + dt.timedelta(seconds=round(value * 86_400))
        return moment.replace(tzinfo=zone)
    day = _day(cell, str(value), context)
    return None if day is None else dt.datetime.combine(day, bare, zone)


def _from_text(cell: Cell, text: str, context: Context, zone: dt.tzinfo, bare: dt.time) -> dt.datetime | None:
    text = unicodedata.normalize("NFKC", clean_text(tidy_text(text)))
    if len(text) > 60:
        return None
    try:
        if _OFFSET.fullmatch(text):
            return dt.datetime.fromisoformat(text).astimezone(zone)
        clock = _CLOCK.fullmatch(text)
        if clock is None:
            day = _day(cell, text, context)
            return None if day is None else dt.datetime.combine(day, bare, zone)
        day = _day(cell, clock["day"].rstrip(", T"), context)
        return None if day is None else dt.datetime.combine(day, dt.time(), zone) + _since_midnight(clock)
    except (ValueError, OverflowError):
        return None


def _since_midnight(clock: re.Match[str]) -> dt.timedelta:
    """The time of day; 24:00 is the end of the day. Raises ValueError if there is no such time."""
    hour, second = int(clock["hour"]), int(clock["second"] or 0)
    minute = 30 if clock["minute"] == "半" else int(clock["minute"] or 0)
    half = clock["half"] or (clock["pm"] or "").casefold()
    if half in _LATE and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    if (hour, minute, second) != (24, 0, 0):
        dt.time(hour, minute, second)
    return dt.timedelta(hours=hour, minutes=minute, seconds=second)


def _day(cell: Cell, text: str, context: Context) -> dt.date | None:
    last = context.period.end
    window = Period(last.replace(day=1), last, last.month)
    order = next((column.date_order for column in context.template.main.columns if column.date_order), "")
    kind = CellKind.TEXT if isinstance(cell.value, str) else cell.kind
    value = text if isinstance(cell.value, str) else cell.value
    found = read_date(replace(_DAY, date_order=order), replace(cell, kind=kind, value=value), text, window).value
    return found if isinstance(found, dt.date) else None
