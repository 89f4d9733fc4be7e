"""What is typed into an entry cell, and what is understood: a table for each type of column."""

from __future__ import annotations

import datetime as dt
import math
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xlsx.checks.reasons import REASONS
from kpi_xlsx.model import Cell, CellKind, CellType, Scalar, Source
from kpi_xlsx.periods import Period, bare_date, parse_period
from kpi_xlsx.reading import is_placeholder, printable, says_nothing, tidy_text
from kpi_xlsx.template import STATUS_WORDS, Column
from kpi_xlsx.values import read_answer, show, show_value


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
    odd = kind in (CellType.DATE, CellType.MONTH) and isinstance(given.value, dt.date) and given.value.year != 2018
    assert odd or answer.raw == show(given)
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
    ("typed", "number"),
    [
        ("2000万", 20_000_000.0),
        ("1.2万", 12_000.0),
        ("3亿", 300_000_000.0),
        ("100元", 100.0),
        ("¥-100", -100.0),
        ("人民币３００元", 300.0),
        ("12家", 12.0),
        ("十二", 12.0),
        ("（100）", -100.0),
        ("9亿9999万9999", 999_999_999.0),
        ("1.1万", 11_000.0),
        ("0.1亿", 10_000_000.0),
        ("3千瓦", 3.0),
        ("增长-5%", -5.0),
        ("'12", 12.0),
        ("1\u200b2", 12.0),
    ],
)
def test_numbers_with_clear_words_are_converted(typed: str, number: float) -> None:
    assert read(CellType.NUMBER, cell(typed)) == (number, None, True)


@pytest.mark.parametrize(
    "typed",
    [
        "12余家",
        "十几",
        "三五",
        "二三十",
        "近百",
        "12人以上",
        "到12",
        "下降约5%",
        "下降到5",
        "1亿20000万",
        "1.2亿3000万",
        "1亿2000",
        "百万",
        "三千米",
        "12.5，3",
        "5元/亩",
        "5km/h",
        "第3",
        "增长",
        "万元",
        "12公里（含支线）",
        "6.8%增长",
        "12\n15",
        "百分之九十以上",
        "百分之六万",
        "5%-",
        "up to 5",
        "12 o'clock",
        "9" * 101 + "家",
    ],
)
def test_numbers_with_other_words_are_never_guessed(typed: str) -> None:
    assert read(CellType.NUMBER, cell(typed)) == faulty("V101")


@pytest.mark.parametrize(
    "typed",
    [
        "1 234",
        "0,234",
        "12,34",
        "1,2345",
        ",123",
        "1.2.3",
        "12.",
        ".5",
        "1e3",
        "0x1F",
        "1_000",
        "inf",
        "nan",
        "--5",
        "5%%",
        "%",
    ],
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


@pytest.mark.parametrize(
    ("header", "group", "typed", "number"),
    [
        ("金额（单位：万元）", "", "3亿元", 30_000.0),
        ("本月", "完成值（亿元）", "5000万元", 0.5),
        ("本月", "完成值（亿元）", "5万", None),
        ("（1）金额（万元）", "", "1万元", 1.0),
        ("Spent (RMB 10,000)", "", "2 million yuan", 200.0),
        ("Spent ('000)", "", "2 million", 2000.0),
        ("Spent (£m)", "", "£3m", 3.0),
        ("Spent (£m)", "", "3m", None),
        ("面积（万平方米）", "", "3公顷", 3.0),
        ("学校（10所）", "", "3所", 3.0),
        ("树木（1000棵）", "", "300棵", 300.0),
        ("完成时限(月)", "", "6", 6.0),
        ("重量（吨）", "", "500公斤", 0.5),
        ("户数（户）", "", "3人", None),
        ("占地（亩）", "", "3公顷", None),
        ("金额（万元）", "", "两千", 2000.0),
        ("金额（万元）", "", "三万五千", None),
        ("金额（万元）", "", "3万5千元", 3.5),
        ("增长（%）", "", "3‰", 0.3),
        ("变化（百分点）", "", "百分之五百分点", None),
        ("人数（以上）", "", "3以上", None),
        ("Spent (million)", "", "5%", None),
        ("Spent (million)", "", "百分之五", None),
        ("占比%（累计）", "", "1.5个百分点", None),
        ("金额（元）", "", "叁佰元整", 300.0),
    ],
)
def test_the_columns_own_unit_counts(header: str, group: str, typed: str, number: float | None) -> None:
    own = Column("x", header, Source.DEPARTMENT, CellType.NUMBER, group=group)
    answer = read_answer(own, cell(typed), PERIOD)
    assert answer is not None
    assert (answer.value, answer.raw) == (number, typed)


@pytest.mark.parametrize(
    ("typed", "why"),
    [(0.068, "fraction"), ("０．０６８", "fraction"), ("下降0.068", "fraction"), ("零点五", "fraction")]
    + [(typed, "") for typed in (0.0, 1.0, -6.8, "0.068%", "百分之零点五", "0.5 percent", "1")],
)
def test_a_bare_fraction_of_percents_is_open_to_doubt(typed: Scalar, why: str) -> None:
    own = Column("x", "增长率（%）", Source.DEPARTMENT, CellType.NUMBER)
    answer = read_answer(own, cell(typed), PERIOD)
    assert answer is not None
    assert (answer.fault, answer.why) == (None, why)


def test_a_percent_format_contradicts_money() -> None:
    own = Column("x", "金额（万元）", Source.DEPARTMENT, CellType.NUMBER)
    answer = read_answer(own, cell(0.068, percent=True), PERIOD)
    assert answer is not None
    assert (answer.value, answer.fault, answer.why, answer.raw) == (None, "V101", "unit", "6.8%")


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


def test_white_space_parts_numbers() -> None:
    assert read(CellType.DATE, cell("2018 6 15")) == (JUNE_15, None, True)
    assert read(CellType.DATE, cell("6月1 5日")) == faulty("V101")
    assert read(CellType.MONTH, cell("1 1月")) == faulty("V101")


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
    ["6月", "2018年6月", "18-6-15", "已完成", "12", "2018-06-15起", "Jun 18", "18.6", "43266", "6月15日前", "1" * 61],
)
def test_texts_that_are_no_dates(typed: str) -> None:
    assert read(CellType.DATE, cell(typed)) == faulty("V101")


@pytest.mark.parametrize("value", [True, 12.0, 2018.0, 43_266.5, -1.0, 36_525.0, 73_051.0, 1e300])
def test_values_that_are_no_dates(value: Scalar) -> None:
    assert read(CellType.DATE, cell(value)) == faulty("V101")


@pytest.mark.parametrize(
    "typed",
    ["6月15日", "15/06/2018", "六月十五日", "2018年6月15日17:30", "2018/6/15 7:30", "6/15", "JUNE 15TH", "15 of June"],
)
def test_days_without_their_year_lie_in_the_periods(typed: str) -> None:
    assert read(CellType.DATE, cell(typed)) == (JUNE_15, None, True)


def test_a_time_of_day_is_not_taken_for_a_part_of_the_day() -> None:
    assert read(CellType.DATE, cell("2018/6/1 17:30")) == (dt.date(2018, 6, 1), None, True)


def test_a_financial_year_says_where_a_day_lies() -> None:
    when = period("2018-04/2018-09", 4)
    assert read(CellType.DATE, cell("3月底"), when) == (dt.date(2019, 3, 31), None, True)
    assert read(CellType.DATE, cell("6月15日"), when) == (JUNE_15, None, True)
    assert read(CellType.MONTH, cell("Q4"), when) == (dt.date(2019, 3, 1), None, True)
    assert read(CellType.MONTH, cell("2018Q4"), when) == faulty("V101")


def shown_as_date(number: float, base: dt.datetime = dt.datetime(1899, 12, 30)) -> Cell:
    """What the reader sees of a number that was typed into a cell with a date format."""
    return cell(bare_date(base + dt.timedelta(days=number)))


@pytest.mark.parametrize("base", [dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)])
def test_a_number_typed_into_a_cell_of_months_is_told_from_a_date(base: dt.datetime) -> None:
    assert read(CellType.MONTH, shown_as_date(2018.06, base)) == (JUNE, None, True)
    assert read(CellType.MONTH, shown_as_date(2018.1, base)) == faulty("V101")
    assert read(CellType.DATE, shown_as_date(2018.06, base)) == faulty("V101")
    assert read(CellType.MONTH, shown_as_date(2018, base)) == faulty("V101")
    assert read(CellType.MONTH, shown_as_date(6, base)) == faulty("V101")


def test_a_month_as_one_number_in_a_cell_of_months() -> None:
    assert read(CellType.MONTH, shown_as_date(201_806)) == (JUNE, None, True)


@pytest.mark.parametrize(("typed", "raw"), [(2018.1, "2018.1"), (201_806, "201806"), (6, "6")])
def test_a_number_shown_as_a_date_is_quoted_as_it_was_typed(typed: float, raw: str) -> None:
    answer = read_answer(column(CellType.MONTH), shown_as_date(typed), PERIOD)
    assert answer is not None
    assert answer.raw == raw


@pytest.mark.parametrize("value", [dt.date(1018, 6, 15), dt.datetime(1899, 12, 31, 9), "1899-12-31"])
@pytest.mark.parametrize("kind", [CellType.DATE, CellType.MONTH])
def test_days_before_every_calendar_of_excel(kind: CellType, value: Scalar) -> None:
    assert read(kind, cell(value)) == faulty("V107")


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


@pytest.mark.parametrize("typed", ["2018-13", "2018年0月", "2018.99", "0000-01", "1899-12", "13月", "0月"])
def test_months_that_never_were(typed: str) -> None:
    assert read(CellType.MONTH, cell(typed)) == faulty("V107")


@pytest.mark.parametrize("value", ["6", "2018", "6-1月", "Jun 15", "18.6", "上旬", True, 6.0, 2018.1, 2018.0])
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


@pytest.mark.parametrize("value", ["完成", "未完成", "已完成、滞后", "已完成?", "On trck", "√", 1.0, True, JUNE_15])
def test_values_that_are_no_choices(value: Scalar) -> None:
    assert read(CellType.CHOICE, cell(value)) == faulty("V102")


OPPOSITES = ("On track", "Off track", "Completed", "Not completed", "Typical", "Atypical", "Increased", "Decreased")


@pytest.mark.parametrize("missing", OPPOSITES)
def test_a_choice_that_is_not_there_is_never_taken_for_its_opposite(missing: str) -> None:
    others = tuple(choice for choice in OPPOSITES if choice != missing)
    answer = read_answer(column(CellType.CHOICE, others), cell(missing), PERIOD)
    assert answer is not None
    assert (answer.value, answer.fault) == (None, "V102")


@pytest.mark.parametrize("choices", [ZH, ("已完成", "未完成", "已启动", "未启动", "达标", "不达标", "合格", "不合格")])
def test_no_chinese_choice_is_near_another(choices: tuple[str, ...]) -> None:
    for missing in choices:
        others = tuple(choice for choice in choices if choice != missing)
        answer = read_answer(column(CellType.CHOICE, others), cell(missing), PERIOD)
        assert answer is not None
        assert (answer.value, answer.fault) == (None, "V102")


@pytest.mark.parametrize(
    ("choices", "typed"),
    [
        (("Adopted", "Adapted"), "Adepted"),
        (("Phase1", "Phase2"), "Phase3"),
        (("A", "B"), "A、B"),
        (("3", "4"), "1.3"),
        (("+1", "-1"), "1"),
        (("是", "有", "否"), "√"),
    ],
)
def test_what_could_be_two_choices_is_none(choices: tuple[str, ...], typed: str) -> None:
    answer = read_answer(column(CellType.CHOICE, choices), cell(typed), PERIOD)
    assert answer is not None
    assert (answer.value, answer.fault) == (None, "V102")


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


@pytest.mark.parametrize("kind", [CellType.NUMBER, CellType.DATE, CellType.MONTH, CellType.CHOICE])
@pytest.mark.parametrize(
    "word",
    ["无", "—", "n/a", "N/A", "－", "-", "暂无", "待定", "不适用", "Not applicable", "–", "N.A.", "（无）", "无。"],
)
def test_a_word_for_nothing_is_neither_blank_nor_faulty(kind: CellType, word: str) -> None:
    answer = read_answer(column(kind), cell(word), PERIOD)
    assert answer is not None
    assert (answer.value, answer.fault, answer.absent, answer.raw, answer.converted) == (None, None, True, word, False)


@pytest.mark.parametrize("word", ["同上", "ditto", "见上"])
def test_a_word_that_points_elsewhere_is_something(word: str) -> None:
    assert is_placeholder(word)
    assert not says_nothing(word)
    for kind in (CellType.NUMBER, CellType.DATE, CellType.MONTH):
        assert read(kind, cell(word)) == faulty("V101")


@pytest.mark.parametrize(
    ("value", "text", "raw"),
    [
        ("a\x07b", "ab", "a␇b"),
        ("a\vb", "a\nb", "a␋b"),
        ("a\ud800b", "a�b", "a�b"),
        ("a\u202eb", "ab", "a�b"),
        ("a\u200bb", "ab", "a\u200bb"),
        ("a\x7f\x9b1mb", "a1mb", "a␡�1mb"),
    ],
)
def test_signs_nobody_sees_are_taken_out_of_a_text_and_said(value: str, text: str, raw: str) -> None:
    answer = read_answer(column(CellType.TEXT), cell(value), PERIOD)
    assert answer is not None
    assert (answer.value, answer.raw, answer.converted) == (text, raw, True)


@pytest.mark.parametrize("text", ["👨\u200d👩\u200d👧 来访", "一\u00a0二", "a\tb", "👍🏽", "❤️"])
def test_signs_that_belong_to_a_text_stay(text: str) -> None:
    assert read(CellType.TEXT, cell(text)) == (text, None, False)


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
    "text",
    [
        "无",
        " 暂 无 ",
        "略",
        "同上",
        "XXX",
        "ｎ／ａ",
        "N/A",
        "—",
        "--",
        "……",
        "。",
        "TBD",
        "?",
        "？",
        "无。",
        "（无）",
        "暂\u200b无",
    ],
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


# --- there and back ---------------------------------------------------------------------------------------------------

DIGITS = "零一二三四五六七八九"
PLACES = ((1000, "千"), (100, "百"), (10, "十"), (1, ""))
MYRIADS = ((100_000_000, "亿"), (10_000, "万"), (1, ""))
FULL_WIDTH = str.maketrans("0123456789.,-%", "０１２３４５６７８９．，－％")
whole_numbers = st.integers(0, 10**12 - 1)


def spell(number: int) -> str:
    """A number as it is written on Chinese cheques, in everyday characters."""
    spelt, gap = "", False
    for myriad, name in MYRIADS:
        section = number // myriad % 10_000
        for place, sign in PLACES:
            digit = section // place % 10
            if digit:
                spelt += ("零" if gap and spelt else "") + DIGITS[digit] + sign
            gap = digit == 0
            if digit == 0 and spelt and spelt[-1] == "零":
                spelt = spelt[:-1]
            gap = gap or (spelt == "")
        spelt += name if section else ""
    return spelt or "零"


def number_of(text: str, header: str = "实际值") -> Scalar | None:
    answer = read_answer(Column("x", header, Source.DEPARTMENT, CellType.NUMBER), cell(text), PERIOD)
    assert answer is not None
    assert answer.converted
    return answer.value


@settings(deadline=None, derandomize=True, database=None, max_examples=500)
@given(whole_numbers)
def test_numbers_in_chinese_characters_come_back(number: int) -> None:
    spelt = spell(number)
    assert number_of(spelt) == number
    if spelt.startswith("一十"):
        assert number_of(spelt[1:]) == number


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(whole_numbers, st.integers(0, 99), st.booleans(), st.sampled_from(["", "%", "元", " 家", "个百分点"]))
def test_numbers_in_other_digits_come_back(whole: int, cents: int, negative: bool, unit: str) -> None:
    text = f"{'-' if negative else ''}{whole:,}.{cents:02}{unit}"
    number = float(f"{'-' if negative else ''}{whole}.{cents:02}")
    assert number_of(text) == number
    assert number_of(text.translate(FULL_WIDTH)) == number
    assert number_of(f"下降{text.removeprefix('-')}") == (-abs(number) if number else 0)


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(
    st.integers(0, 10**8), st.sampled_from([("万", 4), ("亿", 8), ("千", 3), ("百万", 6), (" million", 6), ("万元", 4)])
)
def test_numbers_with_multipliers_come_back(thousandths: int, scale: tuple[str, int]) -> None:
    word, power = scale
    assert number_of(f"{thousandths / 1000:.3f}{word}") == float(f"{thousandths}e{power - 3}")


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(st.integers(1, 10**9))
def test_money_comes_back_in_the_columns_unit(yuan: int) -> None:
    assert number_of(f"{yuan}元", "金额（万元）") == yuan / 10_000
    assert number_of(f"{yuan}万元", "金额（亿元）") == yuan / 10_000


DAY_SPELLINGS = (
    "{0:%Y-%m-%d}",
    "{0:%Y/%m/%d}",
    "{0.year}.{0.month}.{0.day}",
    "{0.year}年{0.month}月{0.day}日",
    "{0.year} 年 {0.month} 月 {0.day} 号",
    "{0:%Y%m%d}",
    "{0:%Y-%m-%d %H:%M:%S}",
    "{0:%Y-%m-%dT%H:%M}",
    "{0:%d %B %Y}",
    "{0:%B %d, %Y}",
    "{0:%d-%b-%Y}",
    "{0:%b %d %Y}",
)


def in_characters(day: dt.date) -> str:
    year = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year))
    return f"{year}年{spell(day.month)}月{spell(day.day)}日".replace("一十", "十")


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(9999, 12, 31)))
def test_days_come_back_in_every_spelling(moment: dt.datetime) -> None:
    day = moment.date()
    for text in (*(spelling.format(moment) for spelling in DAY_SPELLINGS), in_characters(day)):
        for typed in (text, text.translate(FULL_WIDTH)):
            assert read(CellType.DATE, cell(typed)) == (day, None, True), typed
            value, fault, _ = read(CellType.MONTH, cell(typed))
            assert (value, fault) == (day.replace(day=1), None), typed


@settings(deadline=None, derandomize=True, database=None, max_examples=200)
@given(st.dates(dt.date(1900, 1, 1)), st.sampled_from(["dmy", "mdy", ""]), st.sampled_from("/-."))
def test_days_with_the_year_behind_come_back_in_the_templates_order(day: dt.date, order: str, between: str) -> None:
    parts = [day.month, day.day] if order == "mdy" else [day.day, day.month]
    text = between.join(map(str, [*parts, day.year]))
    answer = read_answer(Column("x", "x", Source.DEPARTMENT, CellType.DATE, date_order=order), cell(text), PERIOD)
    assert answer is not None
    clear = order or day.day > 12 or day.day == day.month
    assert (answer.value, answer.why) == ((day, "") if clear else (None, "ambiguous-day"))


# --- whatever stands there --------------------------------------------------------------------------------------------

SIGNS = "0123456789.,-+%/年月日底至万亿十百千一二三零〇两点元约下降（）()junot¥√ "
SIGNS += "\ud800\x07\n\u200b\u3000１２３－．％２²½无xX#=<>&😀"
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
HEADERS = ["实际值", "金额（万元）", "增长率（%）", "变化（百分点）", "Spent (£ million)", "x()", "减排量（吨）"]
KINDS: dict[CellType, type] = {
    CellType.TEXT: str,
    CellType.NUMBER: float,
    CellType.CHOICE: str,
    CellType.DATE: dt.date,
    CellType.MONTH: dt.date,
}


@settings(deadline=None, derandomize=True, database=None, max_examples=400)
@given(st.sampled_from(CellType), cells, st.integers(1, 12), st.sampled_from(HEADERS), st.sampled_from(["", "dmy"]))
def test_every_cell_is_blank_understood_or_at_fault(
    kind: CellType, given: Cell, year_start: int, header: str, order: str
) -> None:
    own = replace(column(kind), header=header, date_order=order)
    answer = read_answer(own, given, period("2018-06", year_start))
    if answer is None:
        assert given.value is None or not show(given)
        return
    assert answer.cell == given.ref
    assert answer.raw == (show(given) if given.value is not None else printable(given.formula or ""))
    assert (answer.value is None) == (answer.fault is not None or answer.absent)
    assert not (answer.fault is not None and answer.absent)
    answer.raw.encode()
    assert answer.fault in (None, "V101", "V102", "V107", "V109")
    assert answer.fault != "V101" or answer.why in REASONS
    assert answer.formula == (given.formula is not None)
    if answer.value is not None:
        assert isinstance(answer.value, KINDS[kind])
    if isinstance(answer.value, float):
        assert math.isfinite(answer.value)
    if kind is CellType.MONTH and isinstance(answer.value, dt.date):
        assert answer.value.day == 1


@pytest.mark.parametrize("kind", CellType)
@pytest.mark.parametrize("sign", [" ", "。", "1", "1,", "十", "年", "-", "\u200b", "\ud800", "a ", "("])
def test_the_longest_text_takes_no_time(kind: CellType, sign: str) -> None:
    """A cell holds 32,767 characters; a reader that goes over them again and again would take minutes."""
    begin = time.perf_counter()
    read_answer(column(kind), cell(f"x{sign * 32_767}x"[:32_767]), PERIOD)
    read_answer(column(kind), cell(sign * 32_767), PERIOD)
    assert time.perf_counter() - begin < 5


@settings(deadline=None, derandomize=True, database=None, max_examples=200)
@given(texts)
def test_text_is_tidied_once(text: str) -> None:
    tidy = tidy_text(text)
    assert tidy_text(tidy) == tidy
    assert "\r" not in tidy
    assert "".join(tidy.split()) in "".join(text.split())
