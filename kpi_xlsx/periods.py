"""Reporting periods, due dates and frequencies, as offices write them; pure calendar arithmetic, no clock."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from kpi_xlsx.model import Frequency, match_key


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, from the first day to the last, in a year that begins at `year_start` (1 = January)."""

    start: dt.date
    end: dt.date
    year_start: int = 1

    def __str__(self) -> str:
        first, last = f"{self.start:%Y-%m}", f"{self.end:%Y-%m}"
        return first if first == last else f"{first}/{last}"

    @property
    def stamp(self) -> str:
        """The last month as it stands in file names and form ids: 201806."""
        return f"{self.end:%Y%m}"

    @property
    def months(self) -> str:
        """`1-6`, or `6` for a single month."""
        first, last = self.start.month, self.end.month
        return str(last) if self.start == self.end.replace(day=1) else f"{first}-{last}"

    @property
    def year_begin(self) -> dt.date:
        """The first day of the (financial) year in which the period ends."""
        year = self.end.year if self.end.month >= self.year_start else self.end.year - 1
        return dt.date(year, self.year_start, 1)

    def month_of_year(self, number: int) -> dt.date:
        """The last day of a calendar month (1-12) that lies in the year of this period."""
        year = self.year_begin.year if number >= self.year_start else self.year_begin.year + 1
        return month_end(year, number)

    def nth_month(self, count: int) -> dt.date:
        """The last day of the n-th month of the year, counted from where the year begins."""
        return add_months(self.year_begin, count - 1)

    def asks(self, frequency: Frequency) -> bool:
        """Whether a goal of this frequency is reported at the period's end. An exception never is asked for."""
        position = (self.end.month - self.year_start) % 12 + 1
        every = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.HALF_YEAR: 6, Frequency.YEAR: 12}.get(frequency)
        return every is not None and position % every == 0


END_OF_DAY = dt.time(23, 59, 59)


def end_of(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """A day's last second."""
    return dt.datetime.combine(day, END_OF_DAY, zone)


def show_time(moment: dt.datetime, zone: dt.tzinfo | None) -> str:
    """A moment in an offset, to the minute: 2018-07-05 17:30."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def month_end(year: int, month: int) -> dt.date:
    """The last day of a month."""
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def add_months(day: dt.date, count: int) -> dt.date:
    """The last day of the month that lies `count` months after the month of `day`."""
    index = day.year * 12 + day.month - 1 + count
    return month_end(index // 12, index % 12 + 1)


def parse_period(text: str, year_start: int = 1) -> Period | None:
    """`2018-01/2018-06` or `2018-06` (ISO 8601 months); None if it is neither or runs backwards."""
    match = re.fullmatch(r"\s*(\d{4})-(\d{2})(?:\s*/\s*(\d{4})-(\d{2}))?\s*", text)
    if not match:
        return None
    first = (int(match[1]), int(match[2]))
    last = (int(match[3]), int(match[4])) if match[3] else first
    if not (1 <= first[1] <= 12 and 1 <= last[1] <= 12 and first[0] >= 1900 and first <= last and last[0] < 9999):
        return None
    return Period(dt.date(*first, 1), month_end(*last), year_start)


_CHINESE_DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九十")}
_QUARTER = re.compile(r"(?:q([1-4])|([1-4])q|第?([一二三四1-4])季度?)(?:末|底|前|底前|末前)?")
_MONTH = re.compile(r"(\d{1,2})(?:月份?)?(?:底|末|中旬|上旬|下旬)?(?:之?前)?")
_MONTH_DAY = re.compile(r"(\d{1,2})月(\d{1,2})[日号](?:之?前)?")
_FULL = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?(?:底|末)?(?:之?前)?")
_WORDS = {"全年": 12, "年底": 12, "年底前": 12, "年末": 12, "下半年": 12, "上半年": 6, "半年": 6}
_WORDS |= {"wholeyear": 12, "year-end": 12, "yearend": 12, "endofyear": 12, "h1": 6, "h2": 12}
_ENGLISH_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_ENGLISH_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}


def parse_due(value: object, period: Period) -> dt.date | None:
    """The last day by which a goal is due, from a plan's cell; blank is the twelfth month of the year.

    Understood: 1-12, `12月`, `12月底前`, `全年`, `二季度`, `Q2`, `2019-03`, `2019-03-31`, a date. Else None.
    """
    if value is None:
        return period.nth_month(12)
    if isinstance(value, dt.date):
        return value.date() if isinstance(value, dt.datetime) else value
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return period.month_of_year(int(value)) if value in range(1, 13) else None
    return _parse_due_text(match_key(str(value)), period)


def _parse_due_text(text: str, period: Period) -> dt.date | None:
    if text in _WORDS:
        return period.nth_month(_WORDS[text])
    if text in _ENGLISH_MONTHS:
        return period.month_of_year(_ENGLISH_MONTHS[text])
    if match := _QUARTER.fullmatch(text):
        number = match[1] or match[2] or match[3]
        return period.nth_month(3 * (_CHINESE_DIGITS.get(number) or int(number)))
    if match := _MONTH.fullmatch(text):
        return period.month_of_year(int(match[1])) if 1 <= int(match[1]) <= 12 else None
    try:
        if match := _MONTH_DAY.fullmatch(text):
            return period.month_of_year(int(match[1])).replace(day=int(match[2]))
        if match := _FULL.fullmatch(text):
            year, month = int(match[1]), int(match[2])
            return dt.date(year, month, int(match[3])) if match[3] else month_end(year, month)
    except ValueError:  # 31 April, month 13
        return None
    return None


FREQUENCY_WORDS = {
    Frequency.MONTH: ("月", "每月", "月报", "month", "monthly"),
    Frequency.QUARTER: ("季", "季度", "每季", "季报", "quarter", "quarterly"),
    Frequency.HALF_YEAR: ("半年", "每半年", "半年报", "half-year", "half-yearly", "halfyear"),
    Frequency.YEAR: ("年", "每年", "全年", "年报", "year", "yearly", "annual", "annually"),
    Frequency.EXCEPTION: ("例外", "exception", "byexception"),
}
_FREQUENCIES = {match_key(word): frequency for frequency, words in FREQUENCY_WORDS.items() for word in words}


def parse_frequency(text: str) -> Frequency | None:
    """A frequency in either language; blank is monthly; None if the word is not known."""
    key = match_key(text)
    return _FREQUENCIES.get(key) if key else Frequency.MONTH


def serial_to_date(serial: float, date1904: bool = False) -> dt.date | None:
    """The date of a serial number, or None where it is a time of day or outside of what Excel knows.

    In the 1900 system day 60 is 29 February 1900, which never was; serials below it count from one day later.
    """
    if not 1 <= serial < 2_958_466:
        return None
    base = dt.datetime(1904, 1, 1) if date1904 else dt.datetime(1899, 12, 30 if serial >= 60 else 31)
    try:
        return bare_date(base + dt.timedelta(seconds=round(serial * 86_400)))
    except OverflowError:  # rounded into the year 10000, or beyond it in the 1904 system
        return None


def serial_to_time(serial: float) -> str:
    """A time of day without its date, as it is shown: 0.75 is 18:00."""
    minutes = min(round(serial * 1440), 1439)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def bare_date(moment: dt.datetime) -> dt.date:
    """A moment at midnight is a date."""
    return moment.date() if moment.time() == dt.time() else moment
