"""What is typed into an entry cell, and what is understood: a table for each type of column."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xlsx.model import Cell, CellKind, CellType, Scalar, Source
from kpi_xlsx.periods import Period, parse_period
from kpi_xlsx.template import STATUS_WORDS, Column
from kpi_xlsx.values import is_placeholder, read_answer, show, show_value, tidy_text


def period(text: str = "2018-01/2018-06", year_start: int = 1) -> Period:
    found = parse_period(text, year_start)
    assert found is not None
    return found


PERIOD = period()
ZH = tuple(words[0] for words in STATUS_WORDS.values())
EN = ("Completed", "On track", "Behind")


def column(kind: CellType, choices: tuple[str, ...] = ZH) -> Column:
    return Column("x", "某列", Source.DEPARTMENT, kind, choices=choices if kind is CellType.CHOICE else ())


def cell(value: Scalar | None, *, formula: str | None = None, percent: bool = False) -> Cell:
    """The cell that stands for a value as the reader of workbooks gives it."""
    kinds: dict[type, CellKind] = {bool: CellKind.BOOL, float: CellKind.NUMBER, str: CellKind.TEXT}
    kind = CellKind.EMPTY if value is None else kinds.get(type(value), CellKind.DATE)
    return Cell(6, 5, kind, value, formula, percent)


def read(kind: CellType, given: Cell | None, when: Period = PERIOD) -> tuple[Scalar | None, str | None, bool]:
    answer = read_answer(column(kind), given, when)
    assert answer is not None
    assert answer.cell == "F7"
    assert given is not None
    assert answer.raw == show(given)
    return answer.value, answer.fault, answer.converted


def faulty(code: str) -> tuple[None, str, bool]:
    return None, code, False


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", 12.0),
        ("12.50", 12.5),
        ("-5", -5.0),
        ("+5", 5.0),
        ("0", 0.0),
        ("007", 7.0),
        ("１２３．５", 123.5),
        ("－５", -5.0),
        ("−5", -5.0),
        ("1,234", 1234.0),
        ("12,345,678.9", 12_345_678.9),
        ("１，２３４", 1234.0),
        ("85%", 85.0),
        ("８５．５％", 85.5),
        ("-12.49%", -12.49),
        (" 12 ", 12.0),
        ("\u00a012", 12.0),
        ("\u300012\u3000", 12.0),
        ("\u200b12", 12.0),
        ("12\n", 12.0),
    ],
)
def test_numbers_as_text_are_converted(typed: str, number: float) -> None:
    assert read(CellType.NUMBER, cell(typed)) == (number, None, True)


@pytest.mark.parametrize(
    "typed",
    ["2000万", "1.2万", "3亿", "约12", "12左右", "100元", "¥100", "￥１００", "12家", "十二", "(100)", "（100）"],
)
def test_numbers_with_words_are_never_guessed(typed: str) -> None:
    assert read(CellType.NUMBER, cell(typed)) == faulty("V101")


@pytest.mark.parametrize(
    "typed",
    ["1 234", "12,34", "1,2345", ",123", "1.2.3", "12.", ".5", "1e3", "0x1F", "1_000", "inf", "nan", "--5", "5%%", "%"],
)
def test_numbers_in_strange_spellings_are_none(typed: str) -> None:
    assert read(CellType.NUMBER, cell(typed)) == faulty("V101")


@pytest.mark.parametrize("typed", ["10²", "①", "5⁻¹", "½", "⑫", "٣", "Ⅻ"])
def test_signs_that_only_look_like_digits_are_none(typed: str) -> None:
    assert read(CellType.NUMBER, cell(typed)) == faulty("V101")


@pytest.mark.parametrize("digits", [309, 400, 5000])
def test_numbers_beyond_every_cell_are_none(digits: int) -> None:
    assert read(CellType.NUMBER, cell("9" * digits)) == faulty("V101")


def test_numbers_stay_numbers() -> None:
    assert read(CellType.NUMBER, cell(12.5)) == (12.5, None, False)
    assert read(CellType.NUMBER, cell(0.0)) == (0.0, None, False)
    assert read(CellType.NUMBER, cell(-1e300)) == (-1e300, None, False)


@pytest.mark.parametrize(
    ("stored", "shown", "number"), [(0.068, "6.8%", 6.8), (1.0, "100%", 100.0), (-0.1249, "-12.49%", -12.49)]
)
def test_percent_formats_count_in_percent(stored: float, shown: str, number: float) -> None:
    given = cell(stored, percent=True)
    assert show(given) == shown
    assert read(CellType.NUMBER, given) == (number, None, True)


def test_percent_formats_beyond_every_number() -> None:
    value, fault, _ = read(CellType.NUMBER, cell(1.5e308, percent=True))
    assert (value, fault) == (None, "V101")


@pytest.mark.parametrize("value", [True, False, dt.date(2018, 6, 15), dt.datetime(2018, 6, 15, 9)])
def test_a_date_or_a_yes_is_no_number(value: Scalar) -> None:
    assert read(CellType.NUMBER, cell(value)) == faulty("V101")


# --- dates ------------------------------------------------------------------------------------------------------------

JUNE_15 = dt.date(2018, 6, 15)


@pytest.mark.parametrize(
    "typed",
    [
        "2018-06-15",
        "2018-6-15",
        "2018/6/15",
        "2018/06/15",
        "2018.6.15",
        "2018年6月15日",
        "2018年06月15日",
        "2018年6月15",
        "2018 年 6 月 15 日",
        "２０１８年６月１５日",
        "２０１８－６－１５",
        "20180615",
        "2018-06-15 00:00:00",
        "2018-06-15T00:00",
        " 2018-06-15\n",
        "\u200b2018-06-15",
    ],
)
def test_dates_as_text_are_converted(typed: str) -> None:
    assert read(CellType.DATE, cell(typed)) == (JUNE_15, None, True)


@pytest.mark.parametrize("number", [20_180_615.0, 43_266.0])
def test_dates_that_lost_their_format_are_converted(number: float) -> None:
    assert read(CellType.DATE, cell(number)) == (JUNE_15, None, True)


def test_dates_stay_dates() -> None:
    assert read(CellType.DATE, cell(JUNE_15)) == (JUNE_15, None, False)
    assert read(CellType.DATE, cell(dt.datetime(2018, 6, 15, 17, 30))) == (JUNE_15, None, True)
    assert read(CellType.DATE, cell(dt.date(2019, 12, 31))) == (dt.date(2019, 12, 31), None, False)


@pytest.mark.parametrize(
    "typed",
    ["2018-02-30", "2018/2/29", "2018年6月31日", "2018.13.1", "2018-00-10", "2018-06-00", "20180230", "0000-01-01"],
)
def test_days_that_never_were(typed: str) -> None:
    assert read(CellType.DATE, cell(typed)) == faulty("V107")


def test_a_number_that_is_a_day_that_never_was() -> None:
    assert read(CellType.DATE, cell(20_180_230.0)) == faulty("V107")


@pytest.mark.parametrize(
    "typed",
    ["6月15日", "6月", "2018年6月", "18-6-15", "15/06/2018", "六月十五日", "6月底", "已完成", "12", "2018-06-15起"],
)
def test_texts_that_are_no_dates(typed: str) -> None:
    assert read(CellType.DATE, cell(typed)) == faulty("V101")


@pytest.mark.parametrize("value", [True, 12.0, 2018.0, 43_266.5, -1.0, 36_525.0, 73_051.0, 1e300])
def test_values_that_are_no_dates(value: Scalar) -> None:
    assert read(CellType.DATE, cell(value)) == faulty("V101")


# --- months -----------------------------------------------------------------------------------------------------------

JUNE = dt.date(2018, 6, 1)


@pytest.mark.parametrize(
    "typed",
    [
        "2018/6",
        "2018-6",
        "2018.06",
        "2018年6月",
        "２０１８年６月",
        "2018年6月底",
        "2018年6月末",
        "2018-06-30",
        "2018年6月15日",
        "6月",
        "06月",
        "6月份",
        "6月底",
        "1-6月",
        "1—6月",
        "１－６月",
        "1至6月份",
    ],
)
def test_months_as_text_are_converted(typed: str) -> None:
    assert read(CellType.MONTH, cell(typed)) == (JUNE, None, True)


def test_months_in_their_own_spelling_are_as_they_should_be() -> None:
    assert read(CellType.MONTH, cell("2018-06")) == (JUNE, None, False)
    assert read(CellType.MONTH, cell(dt.date(2018, 6, 30))) == (JUNE, None, False)
    assert read(CellType.MONTH, cell(dt.datetime(2018, 6, 30, 9))) == (JUNE, None, False)
    assert read(CellType.MONTH, cell(43_266.0)) == (JUNE, None, True)


@pytest.mark.parametrize(
    ("typed", "month"), [("4月", dt.date(2018, 4, 1)), ("12月", dt.date(2018, 12, 1)), ("3月", dt.date(2019, 3, 1))]
)
def test_bare_months_lie_in_the_year_that_begins_in_april(typed: str, month: dt.date) -> None:
    assert read(CellType.MONTH, cell(typed), period("2018-04/2018-09", 4)) == (month, None, True)


@pytest.mark.parametrize("typed", ["2018-13", "2018年0月", "2018.99", "0000-01", "9999-12"])
def test_months_that_never_were(typed: str) -> None:
    assert read(CellType.MONTH, cell(typed)) == faulty("V107")


@pytest.mark.parametrize("value", ["13月", "0月", "6", "上半年", "六月", "2018", True, 6.0, 2018.6])
def test_values_that_are_no_months(value: Scalar) -> None:
    assert read(CellType.MONTH, cell(value)) == faulty("V101")


# --- choices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", ZH)
def test_choices_as_they_stand(choice: str) -> None:
    assert read(CellType.CHOICE, cell(choice)) == (choice, None, False)


@pytest.mark.parametrize("typed", ["on track", "ON TRACK", "Ontrack", "ＯＮ ＴＲＡＣＫ", "On\u00a0track", "On\ntrack"])
def test_choices_are_known_whatever_their_case_and_width(typed: str) -> None:
    answer = read_answer(column(CellType.CHOICE, EN), cell(typed), PERIOD)
    assert answer is not None
    assert (answer.value, answer.fault, answer.converted, answer.raw) == ("On track", None, True, tidy_text(typed))


def test_white_space_around_a_choice_is_no_conversion() -> None:
    assert read(CellType.CHOICE, cell(" 正常推进\n")) == ("正常推进", None, False)
    assert read(CellType.CHOICE, cell("正常 推进")) == ("正常推进", None, True)


@pytest.mark.parametrize("value", ["完成", "已完成。", "已完成、滞后", "On trck", "无", 1.0, True, JUNE_15])
def test_values_that_are_no_choices(value: Scalar) -> None:
    assert read(CellType.CHOICE, cell(value)) == faulty("V102")


# --- text, blanks, errors, formulas -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" 一\r\n二\r三 ", "一\n二\n三"),
        (12.0, "12"),
        (0.1, "0.1"),
        (True, "TRUE"),
        (JUNE_15, "2018-06-15"),
        (dt.datetime(2018, 6, 15, 17, 30), "2018-06-15 17:30"),
        ("=1+1", "=1+1"),
        ("<r>a & b</r>", "<r>a & b</r>"),
    ],
)
def test_a_text_column_takes_everything_as_it_is_shown(value: Scalar, text: str) -> None:
    assert read(CellType.TEXT, cell(value)) == (text, None, False)


BLANKS = [
    "",
    " ",
    "\n",
    "\t\r\n",
    "\u00a0",
    "\u3000",
    "\u200b",
    "\ufeff",
    "\u2060",
    "\u200b \u200b \u200b",
    " \u200d\u00a0",
]


@pytest.mark.parametrize("kind", CellType)
@pytest.mark.parametrize("text", BLANKS)
def test_what_looks_blank_is_blank(kind: CellType, text: str) -> None:
    assert read_answer(column(kind), cell(text), PERIOD) is None


@pytest.mark.parametrize("kind", CellType)
def test_no_cell_and_an_empty_cell_are_blank(kind: CellType) -> None:
    assert read_answer(column(kind), None, PERIOD) is None
    assert read_answer(column(kind), cell(None), PERIOD) is None


@pytest.mark.parametrize("kind", CellType)
@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#SPILL!", "Err:502"])
def test_an_error_is_neither_blank_nor_zero(kind: CellType, error: str) -> None:
    given = Cell(6, 5, CellKind.ERROR, error, "=1/0")
    answer = read_answer(column(kind), given, PERIOD)
    assert answer is not None
    assert (answer.value, answer.fault, answer.error, answer.raw, answer.formula) == (None, "V109", error, error, True)


@pytest.mark.parametrize("kind", CellType)
def test_a_formula_never_calculated_is_neither_blank_nor_zero(kind: CellType) -> None:
    answer = read_answer(column(kind), cell(None, formula="=A1*2"), PERIOD)
    assert answer is not None
    assert (answer.value, answer.fault, answer.uncalculated, answer.raw) == (None, "V109", True, "=A1*2")


def test_a_formula_counts_with_its_value() -> None:
    answer = read_answer(column(CellType.NUMBER), cell(12.0, formula="=6*2"), PERIOD)
    assert answer is not None
    assert (answer.value, answer.fault, answer.formula, answer.uncalculated) == (12.0, None, True, False)


@pytest.mark.parametrize(
    "text", ["无", " 暂 无 ", "略", "同上", "XXX", "ｎ／ａ", "N/A", "—", "--", "……", "。", "TBD", "?", "？"]
)
def test_words_that_only_fill_a_cell(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["", "无锡", "无进展", "12", "0", "已完成", "no", "xxxxx公司", "测试通过"])
def test_words_that_say_something(text: str) -> None:
    assert not is_placeholder(text)


def test_months_are_quoted_as_months() -> None:
    assert show_value(column(CellType.MONTH), JUNE) == "2018-06"
    assert show_value(column(CellType.DATE), JUNE_15) == "2018-06-15"
    assert show_value(column(CellType.NUMBER), 12.0) == "12"
    assert show_value(column(CellType.TEXT), None) == ""


# --- whatever stands there --------------------------------------------------------------------------------------------

SIGNS = "0123456789.,-+%/年月日底至万 \n\u200b\u3000１２３－．％２²½无xX#=<>&😀"
texts = st.text(SIGNS, max_size=14) | st.text(max_size=20)
values = st.none() | texts | st.booleans() | st.floats(allow_nan=False) | st.dates() | st.datetimes() | st.integers()
cells = st.builds(
    Cell,
    st.integers(0, 1_048_575),
    st.integers(0, 16_383),
    st.sampled_from(CellKind),
    values,
    st.none() | texts,
    st.booleans(),
)
KINDS: dict[CellType, type] = {
    CellType.TEXT: str,
    CellType.NUMBER: float,
    CellType.CHOICE: str,
    CellType.DATE: dt.date,
    CellType.MONTH: dt.date,
}


@settings(deadline=None, derandomize=True, database=None, max_examples=400)
@given(st.sampled_from(CellType), cells, st.integers(1, 12))
def test_every_cell_is_blank_understood_or_at_fault(kind: CellType, given: Cell, year_start: int) -> None:
    answer = read_answer(column(kind), given, period("2018-06", year_start))
    if answer is None:
        assert given.value is None or not show(given)
        return
    assert answer.cell == given.ref
    assert answer.raw == (show(given) if given.value is not None else printable(given.formula or ""))
    assert (answer.value is None) == (answer.fault is not None or answer.absent)
    assert not (answer.fault is not None and answer.absent)
    answer.raw.encode()
    assert answer.fault in (None, "V101", "V102", "V107", "V109")
    assert answer.formula == (given.formula is not None)
    if answer.value is not None:
        assert isinstance(answer.value, KINDS[kind])
    if isinstance(answer.value, float):
        assert math.isfinite(answer.value)
    if kind is CellType.MONTH and isinstance(answer.value, dt.date):
        assert answer.value.day == 1


@settings(deadline=None, derandomize=True, database=None, max_examples=200)
@given(texts)
def test_text_is_tidied_once(text: str) -> None:
    tidy = tidy_text(text)
    assert tidy_text(tidy) == tidy
    assert "\r" not in tidy
    assert "".join(tidy.split()) in "".join(text.split())
