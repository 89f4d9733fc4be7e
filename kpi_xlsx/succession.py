"""Which period follows another, when it is due, and what its folder is called; pure calendar arithmetic, no file."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kpi_xlsx.periods import Period, add_months

_NAMES: Sequence[Callable[[dt.date], str]] = (
    lambda day: f"{day:%Y-%m}",
    lambda day: f"{day:%Y%m}",
    lambda day: f"{day:%Y.%m}",
    lambda day: f"{day:%Y_%m}",
    lambda day: f"{day.year}年{day.month}月",
    lambda day: f"{day.year}年{day.month:02}月",
    lambda day: f"{day.year}-{day.month}",
)
"""How offices write a month into a folder's name."""
_QUARTERS = "一二三四"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A period that may be meant, and how it comes about: by adding so many months, or as the next of its length."""

    period: Period
    added: int
    """How many months longer than the one before; 0: it begins right after it."""


def month_count(period: Period) -> int:
    """How many months a period has."""
    return months_between(period.start, period.end) + 1


def months_between(one: dt.date, other: dt.date) -> int:
    return (other.year - one.year) * 12 + other.month - one.month


def find_next(period: Period, before: Period | None) -> Sequence[Candidate]:
    """What may follow a period: one candidate if it is certain, several if a person must say.

    `before`: the one before it, if that is known. A span that begins with its year may grow (1-5, 1-6, 1-7) or be one
    of several (1-3, 4-6); which it is, only the one before tells.
    """
    if before is not None and before.end < period.end:
        step = _step(period, before)
        return [_right_after(period) if step is None else _grown(period, step)]
    length = month_count(period)
    if length == 1 or period.start != _year_begin(period):
        return [_right_after(period)]
    steps = [step for step in (1, 3) if step < length and length % step == 0]
    return [*(_grown(period, step) for step in steps), _right_after(period)]


def _step(period: Period, before: Period) -> int | None:
    """By how many months a running total grows; None if the periods stand one behind the other."""
    if before.start == period.start:
        return months_between(before.end, period.end)
    fresh = period.start == _year_begin(period) and before.start == _year_begin(before)
    # A year's first month behind a year's twelve: the total has begun anew.
    return month_count(period) if fresh and month_count(before) > month_count(period) else None


def _grown(period: Period, step: int) -> Candidate:
    last = _year_end(period)
    if period.end >= last:
        start = last + dt.timedelta(days=1)
        return Candidate(Period(start, add_months(start, step - 1), period.year_start), step)
    return Candidate(Period(period.start, min(add_months(period.end, step), last), period.year_start), step)


def _right_after(period: Period) -> Candidate:
    """The next of the same length; one that would run over the year's end stops there."""
    start = period.end + dt.timedelta(days=1)
    first = Period(start, add_months(start, 0), period.year_start)
    return Candidate(
        Period(start, min(add_months(start, month_count(period) - 1), _year_end(first)), period.year_start), 0
    )


def _year_begin(period: Period) -> dt.date:
    return period.year_begin


def _year_end(period: Period) -> dt.date:
    return add_months(period.year_begin, 11)


def shift(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day and hour so many months later; a day that the month has not is its last."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def rename(text: str, old: Period, new: Period) -> str | None:
    """A name with the old period's last month turned into the new one's, written as it was; None if it is not there."""
    for write in _NAMES:
        found = list(re.finditer(rf"(?<!\d){re.escape(write(old.end))}(?!\d)", text))
        if found:
            place = found[-1]  # of 2018-01—2018-06 the end
            return text[: place.start()] + write(new.end) + text[place.end() :]
    return None


def rename_id(text: str, old: Period, new: Period) -> str | None:
    """A cycle's own id with the old period turned into the new one; None if the old one is not in it."""
    if str(old) in text:
        changed: str | None = text.replace(str(old), str(new))
    else:
        changed = rename(text, old, new)
    return None if changed == text else changed


def find_figures(title: str, period: Period) -> Iterator[str]:
    """What in a title names the period in so many words, where placeholders would have moved on by themselves."""
    bare = re.sub(r"\{[^{}]*\}", "\0", title)
    end, names = period.end, "|".join((calendar.month_name[period.end.month], calendar.month_abbr[period.end.month]))
    quarter = (end.month - period.year_start) % 12 // 3
    patterns = (
        rf"(?<!\d){period.start.year}(?!\d)",
        rf"(?<!\d){end.year}(?!\d)",
        rf"(?<!\d)(?:{period.start.month}\s*[-—－–~～至到]\s*)?0?{end.month}\s*月",
        rf"第?[{_QUARTERS[quarter]}{quarter + 1}]季度",
        rf"\bQ{quarter + 1}\b",
        "上半年" if end.month <= 6 else "下半年",
        rf"\b(?:{names})\b",
    )
    seen: list[str] = []
    for pattern in patterns:
        seen += [match[0] for match in re.finditer(pattern, bare)]
    yield from dict.fromkeys(seen)
