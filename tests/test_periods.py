"""Calendar arithmetic: periods, due dates and frequencies in every spelling that the design promises."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xlsx.model import Frequency
from kpi_xlsx.periods import (
    FREQUENCY_WORDS,
    Period,
    add_months,
    month_end,
    parse_due,
    parse_frequency,
    parse_period,
)


def period(text: str = "2018-01/2018-06", year_start: int = 1) -> Period:
    found = parse_period(text, year_start)
    assert found is not None
    return found


CALENDAR = period()
FINANCIAL = period("2018-04/2018-06", 4)
"""The year that runs from April 2018 to March 2019."""

periods = st.builds(
    lambda year, month, length, year_start: Period(
        dt.date(year, month, 1), add_months(dt.date(year, month, 1), length), year_start
    ),
    st.integers(1950, 2150),
    st.integers(1, 12),
    st.integers(0, 11),
    st.integers(1, 12),
)
days = st.dates(dt.date(1950, 1, 1), dt.date(2150, 12, 31))
months = st.integers(1, 12)

patient = settings(deadline=None)


# --- periods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2018-01/2018-06", dt.date(2018, 1, 1), dt.date(2018, 6, 30)),
        ("2018-06", dt.date(2018, 6, 1), dt.date(2018, 6, 30)),
        (" 2016-02 / 2016-02 ", dt.date(2016, 2, 1), dt.date(2016, 2, 29)),
        ("2017-11/2018-02", dt.date(2017, 11, 1), dt.date(2018, 2, 28)),
    ],
)
def test_a_period_covers_whole_months(text: str, start: dt.date, end: dt.date) -> None:
    found = period(text)
    assert (found.start, found.end, found.year_start) == (start, end, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2018",
        "2018-1",
        "2018-13",
        "2018-00",
        "2018-06/2018-01",
        "2018-01/2018-13",
        "2018-01-01",
        "18-06",
        "6月",
        "2018-01/",
        "/2018-06",
        "2018-01/2018-06/2018-07",
        "1899-12",
        "9999-12",
        "0000-01",
    ],
)
def test_what_is_no_period(text: str) -> None:
    assert parse_period(text) is None


@pytest.mark.parametrize(
    ("text", "shown", "stamp", "in_title"),
    [
        ("2018-01/2018-06", "2018-01/2018-06", "201806", "1-6"),
        ("2018-06/2018-06", "2018-06", "201806", "6"),
        ("2018-12", "2018-12", "201812", "12"),
        ("2017-12/2018-02", "2017-12/2018-02", "201802", "12-2"),
    ],
)
def test_how_a_period_is_shown(text: str, shown: str, stamp: str, in_title: str) -> None:
    found = period(text)
    assert (str(found), found.stamp, found.months) == (shown, stamp, in_title)


@pytest.mark.parametrize(
    ("text", "year_start", "begins"),
    [
        ("2018-06", 1, "2018-01-01"),
        ("2018-06", 4, "2018-04-01"),
        ("2018-03", 4, "2017-04-01"),
        ("2018-04", 4, "2018-04-01"),
        ("2018-12", 12, "2018-12-01"),
        ("2018-11", 12, "2017-12-01"),
    ],
)
def test_the_year_in_which_a_period_ends(text: str, year_start: int, begins: str) -> None:
    assert period(text, year_start).year_begin == dt.date.fromisoformat(begins)


@patient
@given(periods)
def test_a_period_is_read_back_as_it_is_shown(found: Period) -> None:
    assert parse_period(str(found), found.year_start) == found


@patient
@given(periods)
def test_the_year_begins_within_twelve_months_before_the_end(found: Period) -> None:
    assert found.year_begin <= found.end <= add_months(found.year_begin, 11)
    assert found.year_begin.month == found.year_start


# --- months -----------------------------------------------------------------------------------------------------------


@patient
@given(days, st.integers(-600, 600))
def test_added_months_end_on_a_last_day(day: dt.date, count: int) -> None:
    found = add_months(day, count)
    assert found.day == monthrange(found.year, found.month)[1]
    assert found.year * 12 + found.month == day.year * 12 + day.month + count


@patient
@given(days, st.integers(-300, 300), st.integers(-300, 300))
def test_months_add_up(day: dt.date, one: int, two: int) -> None:
    assert add_months(add_months(day, one), two) == add_months(day, one + two)
    assert add_months(add_months(day, one), -one) == month_end(day.year, day.month)


# --- due dates --------------------------------------------------------------------------------------------------------


@patient
@given(periods, months)
def test_a_bare_month_lies_in_the_year_of_the_period(found: Period, number: int) -> None:
    due = parse_due(number, found)
    assert due is not None
    assert due.month == number
    assert found.year_begin < due <= add_months(found.year_begin, 11)
    assert due == add_months(due, 0)


@patient
@given(periods, months)
def test_every_way_to_write_a_month_is_the_same_day(found: Period, number: int) -> None:
    english = dt.date(2000, number, 1).strftime("%B")
    chinese = [
        f"{number}月",
        f"{number}月底前",
        f"{number} 月份",
        f"{number}月末",
        f"{number}月中旬",
        f"{number}月之前",
    ]
    written: list[object] = [float(number), str(number), f"{number:02}", *chinese, english, english[:3].upper()]
    assert {parse_due(one, found) for one in written} == {parse_due(number, found)}


@patient
@given(periods)
def test_quarters_and_halves_follow_each_other_through_the_year(found: Period) -> None:
    ends = [parse_due(f"Q{number}", found) for number in range(1, 5)]
    assert ends == [add_months(found.year_begin, count) for count in (2, 5, 8, 11)]
    assert [parse_due("上半年", found), parse_due("下半年", found)] == ends[1::2]
    assert parse_due(None, found) == parse_due("全年", found) == ends[3]


@pytest.mark.parametrize(
    ("written", "calendar", "financial"),
    [
        (None, "2018-12-31", "2019-03-31"),
        (1, "2018-01-31", "2019-01-31"),
        (3.0, "2018-03-31", "2019-03-31"),
        (4, "2018-04-30", "2018-04-30"),
        ("12", "2018-12-31", "2018-12-31"),
        ("１２月", "2018-12-31", "2018-12-31"),
        ("2月底前", "2018-02-28", "2019-02-28"),
        ("全年", "2018-12-31", "2019-03-31"),
        ("年底前", "2018-12-31", "2019-03-31"),
        ("Whole year", "2018-12-31", "2019-03-31"),
        ("year end", "2018-12-31", "2019-03-31"),
        ("二季度", "2018-06-30", "2018-09-30"),
        ("第二季度末", "2018-06-30", "2018-09-30"),
        ("2季度", "2018-06-30", "2018-09-30"),
        ("四季度底前", "2018-12-31", "2019-03-31"),
        ("q 1", "2018-03-31", "2018-06-30"),
        ("Q2", "2018-06-30", "2018-09-30"),
        ("3Q", "2018-09-30", "2018-12-31"),
        ("H1", "2018-06-30", "2018-09-30"),
        ("上半年", "2018-06-30", "2018-09-30"),
        ("6月30日前", "2018-06-30", "2018-06-30"),
        ("2月5日", "2018-02-05", "2019-02-05"),
        ("2019-03", "2019-03-31", "2019-03-31"),
        ("2020年2月底前", "2020-02-29", "2020-02-29"),
        ("2019/3", "2019-03-31", "2019-03-31"),
        ("2019.3.15", "2019-03-15", "2019-03-15"),
        ("2019-03-31", "2019-03-31", "2019-03-31"),
        ("2019年3月31日前", "2019-03-31", "2019-03-31"),
        (dt.date(2019, 3, 31), "2019-03-31", "2019-03-31"),
        (dt.datetime(2019, 3, 31, 9, 30), "2019-03-31", "2019-03-31"),
    ],
)
def test_due_dates_as_offices_write_them(written: object, calendar: str | None, financial: str | None) -> None:
    found = [
        None if day is None else day.isoformat()
        for day in (parse_due(written, CALENDAR), parse_due(written, FINANCIAL))
    ]
    assert found == [calendar, financial]


@pytest.mark.parametrize(
    "written",
    [
        0,
        13,
        -1,
        6.5,
        True,
        "0",
        "13",
        "13月",
        "0月",
        "五季度",
        "Q5",
        "Q0",
        "2019-13",
        "2018-02-30",
        "4月31日",
        "13月1日",
        "0000-01",
        "soon",
        "1-6月",
        "12月12",
        "-1",
        "2018",
        "20181231",
    ],
)
def test_what_is_no_due_date(written: object) -> None:
    assert parse_due(written, CALENDAR) is None


@patient
@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.booleans(), st.dates()), periods)
def test_a_due_date_is_a_day_or_nothing(written: object, found: Period) -> None:
    due = parse_due(written, found)
    assert due is None or (type(due) is dt.date)


# --- frequencies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "frequency"),
    [
        ("", Frequency.MONTH),
        ("  ", Frequency.MONTH),
        *((word, frequency) for frequency, words in FREQUENCY_WORDS.items() for word in words),
        ("QUARTERLY", Frequency.QUARTER),
        ("Half-Year", Frequency.HALF_YEAR),
        (" 半 年 ", Frequency.HALF_YEAR),
        ("ｙｅａｒ", Frequency.YEAR),
        ("by exception", Frequency.EXCEPTION),
    ],
)
def test_frequencies_in_either_language(text: str, frequency: Frequency) -> None:
    assert parse_frequency(text) is frequency


@pytest.mark.parametrize("text", ["weekly", "每周", "12", "月季"])
def test_what_is_no_frequency(text: str) -> None:
    assert parse_frequency(text) is None


def test_every_frequency_has_words_in_both_languages() -> None:
    assert list(FREQUENCY_WORDS) == list(Frequency)
    for words in FREQUENCY_WORDS.values():
        assert {word.isascii() for word in words} == {True, False}


ASKED = {
    Frequency.MONTH: range(1, 13),
    Frequency.QUARTER: (3, 6, 9, 12),
    Frequency.HALF_YEAR: (6, 12),
    Frequency.YEAR: (12,),
    Frequency.EXCEPTION: (),
}


@patient
@given(periods, st.sampled_from(Frequency))
def test_a_goal_is_asked_for_when_its_turn_ends(found: Period, frequency: Frequency) -> None:
    begin, end = found.year_begin, found.end
    position = (end.year - begin.year) * 12 + end.month - begin.month + 1
    assert found.asks(frequency) is (position in ASKED[frequency])


@pytest.mark.parametrize(
    ("text", "year_start", "asked"),
    [
        ("2018-01/2018-06", 1, "month quarter half-year"),
        ("2018-12", 1, "month quarter half-year year"),
        ("2018-05", 1, "month"),
        ("2018-06", 4, "month quarter"),
        ("2019-03", 4, "month quarter half-year year"),
    ],
)
def test_what_is_asked_for_at_the_end_of_a_period(text: str, year_start: int, asked: str) -> None:
    assert [frequency for frequency in Frequency if period(text, year_start).asks(frequency)] == asked.split()
