"""The reader of workbooks, held against calamine and openpyxl on what other programs write, and against its limits."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hostile import (
    MAIN,
    PLAIN,
    SHEET,
    STRICT_MAIN,
    STRICT_RELATIONS,
    STRINGS,
    Tab,
    cell,
    data,
    one_part_many_sheets,
    one_string_many_cells,
    pack,
    parts,
    relationships,
    row,
    styles,
    words,
    workbook,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.packaging.custom import StringProperty
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from kpi_xlsx import excel
from kpi_xlsx.archives import is_zip
from kpi_xlsx.book import Sheet, Unreadable
from kpi_xlsx.headings import both_languages, find_heading, find_sheet
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.model import CellKind, Scalar, cell_ref
from kpi_xlsx.parts import parse_ref, unescape
from kpi_xlsx.periods import serial_to_date
from kpi_xlsx.sheets import read_book

Values = dict[str, dict[str, object]]
"""By sheet and cell name; a number is a float, a date a datetime, and true is not 1."""

QUICK = settings(deadline=None, derandomize=True, database=None, max_examples=40)


# --- three readers ----------------------------------------------------------------------------------------------------


def normal(value: object) -> object:
    if isinstance(value, bool):
        return f"bool {value}"
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    return value


def ours(body: bytes) -> Values:
    return {
        sheet.name: {
            one.ref: normal(one.value)
            for _, cells in sheet.in_order()
            for one in cells.values()
            if one.value is not None
        }
        for sheet in read_book(io.BytesIO(body)).sheets
    }


def calamine(body: bytes) -> Values:
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    return {
        name: {
            cell_ref(at, column): normal(value)
            for at, cells in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            for column, value in enumerate(cells)
            if value != ""
        }
        for name in book.sheet_names
    }


def by_openpyxl(body: bytes) -> Values:
    book = openpyxl.load_workbook(io.BytesIO(body), data_only=True)
    return {
        sheet.title: {one.coordinate: normal(one.value) for line in sheet for one in line if one.value is not None}
        for sheet in book.worksheets
    }


READERS = [calamine, by_openpyxl]


# --- three writers ----------------------------------------------------------------------------------------------------

DATES: list[object] = [
    dt.date(1900, 3, 1),
    dt.date(1904, 1, 2),
    dt.date(2018, 6, 15),
    dt.datetime(2018, 6, 15, 17, 30),
    dt.datetime(2018, 6, 15, 23, 59, 59),
    dt.date(2100, 2, 28),
    dt.date(9999, 12, 31),
]
OTHERS: list[object] = [
    "文字",
    "第一行\n第二行",
    "  spaces  ",
    "<&>\"'",
    "𠮷😀👨‍👩‍👧é",
    "0012",
    "TRUE",
    "http://example.org",
    0,
    -1.5,
    1e-7,
    0.1 + 0.2,
    123_456_789_012_345,
    True,
    False,
]


def written_by_xlsxwriter(
    path: Path, values: Sequence[object], *, streaming: bool = False, date_1904: bool = False
) -> bytes:
    options = {"constant_memory": streaming, "date_1904": date_1904, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("值")
        look = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for place, value in enumerate(values):
            sheet.write(place, place % 3, value, look if isinstance(value, dt.date) else None)
    return path.read_bytes()


def streamed_by_xlsxwriter(path: Path, values: Sequence[object], *, date_1904: bool = False) -> bytes:
    return written_by_xlsxwriter(path, values, streaming=True, date_1904=date_1904)


def written_by_openpyxl(path: Path, values: Sequence[object], *, date_1904: bool = False) -> bytes:
    book = openpyxl.Workbook()
    if date_1904:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.worksheets[0]
    for place, value in enumerate(values):
        sheet.cell(place + 1, place % 3 + 1).value = value  # type: ignore[assignment]
    book.save(path)
    return path.read_bytes()


WRITERS = [written_by_xlsxwriter, streamed_by_xlsxwriter, written_by_openpyxl]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("date_1904", [False, True])
def test_it_reads_what_calamine_and_openpyxl_read(tmp_path: Path, write: Callable[..., bytes], date_1904: bool) -> None:
    values = [*OTHERS, *(DATES[1:] if date_1904 else DATES)]
    body = write(tmp_path / "a.xlsx", values, date_1904=date_1904)
    found = ours(body)
    for read in READERS:
        assert found == read(body)
    assert sorted(map(repr, found.popitem()[1].values())) == sorted(repr(normal(written(value))) for value in values)


def written(value: object) -> object:
    """A float as xlsxwriter and Excel keep it."""
    return float(f"{value:.16g}") if isinstance(value, float) else value


def test_days_before_march_1900_count_from_one_day_later(tmp_path: Path) -> None:
    days = [dt.date(1900, 1, 1), dt.date(1900, 2, 28), dt.date(1900, 3, 1)]
    body = written_by_xlsxwriter(tmp_path / "a.xlsx", days)
    assert list(ours(body)["值"].values()) == [normal(day) for day in days]
    assert ours(body) == by_openpyxl(body)


@pytest.mark.parametrize(
    ("serial", "date_1904", "date"),
    [
        (0, False, None),
        (0.99, False, None),
        (-1, False, None),
        (1, False, dt.date(1900, 1, 1)),
        (59, False, dt.date(1900, 2, 28)),
        (61, False, dt.date(1900, 3, 1)),
        (43_266, False, dt.date(2018, 6, 15)),
        (43_266.5, False, dt.datetime(2018, 6, 15, 12)),
        (43_265.999_999_99, False, dt.date(2018, 6, 15)),
        (2_958_465, False, dt.date(9999, 12, 31)),
        (2_958_466, False, None),
        (2_958_465.999_999_9, False, None),
        (43_844, True, dt.date(2024, 1, 15)),
        (2_957_003, True, dt.date(9999, 12, 31)),
        (2_957_004, True, None),
    ],
)
def test_serials_become_dates(serial: float, date_1904: bool, date: dt.date | None) -> None:
    assert serial_to_date(serial, date_1904) == date


BUILT_IN = [0, 1, 2, 3, 4, 9, 10, 11, 12, *range(14, 23), *range(27, 41), *range(45, 50), *range(50, 60)]
CODES = [
    "General",
    "@",
    "0.00",
    "#,##0_);(#,##0)",
    "0.0%",
    '0.00"元"',
    "[Red]0.00",
    '"day"0',
    "\\d0",
    "[DBNum1][$-804]General",
    "[DBNum1][$-804]G/通用格式",
    "yyyy\\-mm\\-dd",
    'yyyy"年"m"月"d"日"',
    '[$-804]yyyy"年"m"月"d"日"',
    "yyyy/m/d;@",
    "h:mm AM/PM",
    "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
    "mm/dd/yyyy hh:mm:ss.000",
]


def test_number_formats_make_dates_where_calamine_sees_them() -> None:
    formats: list[int | str] = [*BUILT_IN, *CODES]
    lines = [row(at, cell(f"A{at}", 43_266.25, style=at - 1)) for at in range(1, len(formats) + 1)]
    body = workbook(data(*lines), look=styles(*formats))
    mine, theirs = ours(body)["Sheet1"], calamine(body)["Sheet1"]
    named = dict(zip(mine, formats, strict=True))
    assert {named[ref] for ref, value in mine.items() if isinstance(value, dt.date)} == {
        named[ref] for ref, value in theirs.items() if isinstance(value, dt.date | dt.time | dt.timedelta)
    }


def test_percent_formats_are_marked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, code in enumerate((9, 10, "0.0%", "0%;-0%", "General", '0"%"', "0.00")):
            sheet.write_number(0, place, 0.068, book.add_format({"num_format": code}))
    cells = read_book(path).sheets[0].rows[0]
    assert [cells[place].percent for place in range(7)] == [True, True, True, True, False, False, False]
    assert {one.value for one in cells.values()} == {0.068}


@pytest.mark.parametrize(
    ("code", "number", "seen"),
    [
        ('0!.0,"万"', 20_000_000, "2000万"),
        ('0\\.0000"万元"', 20_000_000, "2000万元"),
        ('0\\!.0,"万"', 20_000_000, "2000万"),
        ('0!.0,"万";-0!.0,"万"', -20_000_000, "-2000万"),
        ('0.00"亿元"', 25, "25亿元"),
        ('"人民币"#,##0.00"元"', 2000, "人民币2000元"),
        ('G/通用格式"万元"', 20, "20万元"),
        ("0.00,,", 20_000_000, "20×1000000"),
        ("#,##0,", 0, 0.0),
        ('0"家"', 15, 15.0),
        ('_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ', 5, 5.0),
        ("#,##0.00_);[Red](#,##0.00)", 1234.5, 1234.5),
        ("0.00E+00", 12_000_000, 12_000_000.0),
    ],
)
def test_a_number_is_what_its_format_shows(code: str, number: float, seen: str | float, tmp_path: Path) -> None:
    """20000000 that is shown as 2000.0万 is no 20000000 below 万元."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_number(0, 0, number, book.add_format({"num_format": code}))
    assert read_book(path).sheets[0].rows[0][0].value == seen


def test_a_time_of_day_is_no_number(tmp_path: Path) -> None:
    """A clock time without a date is a fraction of a day; taken for a figure, 12:30 would be 0.52."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        clock = book.add_format({"num_format": "hh:mm"})
        for place, number in enumerate((0.75, 12.5 / 24, 0.999999, 0.0, -0.5)):
            sheet.write_number(0, place, number, clock)
    cells = read_book(path).sheets[0].rows[0]
    assert [cells[place].value for place in range(5)] == ["18:00", "12:30", "23:59", 0.0, -0.5]


# --- formulas and errors ----------------------------------------------------------------------------------------------

FORMULAS = data(
    row(
        1,
        '<c r="A1"><f>1+1</f><v>2</v></c>',
        '<c r="B1" t="str"><f>"a"&amp;"_x0041_"</f><v>a_x005F_x0041_</v></c>',
        '<c r="C1" t="b"><f>1=1</f><v>1</v></c>',
        '<c r="D1" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<c r="E1"><f>A1</f></c>',
        '<c r="F1"><f>A1</f><v></v></c>',
        '<c r="G1" t="str"><f>""</f><v></v></c>',
        '<c r="H1"><f t="array" ref="H1:H2">{1;2}</f><v>1</v></c>',
        '<c r="I1"><f t="shared" ref="I1:I2" si="0">ROW()</f><v>1</v></c>',
    ),
    row(2, '<c r="I2"><f t="shared" si="0"/><v>2</v></c>'),
)


def test_formulas_keep_what_was_calculated() -> None:
    sheet = read_book(io.BytesIO(workbook(FORMULAS))).sheets[0]
    found = {one.ref: (one.kind, one.value, one.formula) for _, cells in sheet.in_order() for one in cells.values()}
    assert found == {
        "A1": (CellKind.NUMBER, 2.0, "=1+1"),
        "B1": (CellKind.TEXT, "a_x0041_", '="a"&"_x0041_"'),
        "C1": (CellKind.BOOL, True, "=1=1"),
        "D1": (CellKind.ERROR, "#DIV/0!", "=1/0"),
        "E1": (CellKind.EMPTY, None, "=A1"),
        "F1": (CellKind.EMPTY, None, "=A1"),
        "H1": (CellKind.NUMBER, 1.0, "={1;2}"),
        "I1": (CellKind.NUMBER, 1.0, "=ROW()"),
        "I2": (CellKind.NUMBER, 2.0, "="),
    }, "G1 was calculated, and is blank"


@pytest.mark.parametrize(("value", "read"), [(None, 0.0), (7, 7.0), ("六", "六"), (True, True), ("#N/A", "#N/A")])
def test_formulas_of_xlsxwriter_show_their_value(tmp_path: Path, value: Scalar | None, read: Scalar) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_formula(0, 0, "=A2", None, 0 if value is None else value)
    found = read_book(path).sheets[0].cell(0, 0)
    assert found is not None
    assert (found.value, found.formula) == (read, "=A2")


def test_formulas_of_openpyxl_were_never_calculated(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].append([1, "=A1+1"])
    book.save(path)
    found = read_book(path).sheets[0].cell(0, 1)
    assert found is not None
    assert (found.kind, found.value, found.formula) == (CellKind.EMPTY, None, "=A1+1")


ERRORS = ("#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#CALC!", "Err:502")


@pytest.mark.parametrize("error", ERRORS)
def test_errors_are_no_text(error: str) -> None:
    body = workbook(data(row(1, cell("A1", error, "e"), words("B1", error))))
    cells = read_book(io.BytesIO(body)).sheets[0].rows[0]
    assert [(cells[place].kind, cells[place].value) for place in (0, 1)] == [
        (CellKind.ERROR, error),
        (CellKind.TEXT, error),
    ]


def test_numbers_that_are_none_stay_text() -> None:
    raw = ["1e400", "NaN", "INF", "-inf", "1_000", "abc", "1,5", "0x1F"]
    body = workbook(data(row(1, *(cell(f"{letter}1", text) for letter, text in zip("ABCDEFGH", raw, strict=True)))))
    assert list(ours(body)["Sheet1"].values()) == raw


def test_true_and_false_are_read_as_words_too() -> None:
    raw = ("1", "0", "true", "FALSE", "2")
    body = workbook(data(row(1, *(cell(f"{letter}1", text, "b") for letter, text in zip("ABCDE", raw, strict=True)))))
    cells = read_book(io.BytesIO(body)).sheets[0].rows[0]
    assert [one.value for one in cells.values()] == [True, False, True, False, False]


def test_dates_in_iso_form() -> None:
    raw = ("2018-06-15", "2018-06-15T17:30:00", "2018-06-15T10:30:00.123Z", "garbage")
    body = workbook(data(row(1, *(cell(f"{letter}1", text, "d") for letter, text in zip("ABCD", raw, strict=True)))))
    assert list(ours(body)["Sheet1"].values()) == [
        dt.datetime(2018, 6, 15),
        dt.datetime(2018, 6, 15, 17, 30),
        dt.datetime(2018, 6, 15, 10, 30, 0, 123_000),
        "garbage",
    ]


# --- text -------------------------------------------------------------------------------------------------------------

RICH = """<r><t>富</t></r><r><rPr><b/></rPr><t xml:space="preserve"> 文本</t></r>"""
PHONETIC = '<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="0"/>'
SHARED = f"""<si><t>普通</t></si><si>{RICH}</si><si>{PHONETIC}</si><si><t xml:space="preserve">  前后  </t></si>
<si><t>a_x0007_b_x005F_x000D_</t></si><si/><si><t>一&#10;二&#13;&#10;三</t></si><si><t>_xD83D__xDE00_</t></si>"""


def test_strings_shared_and_in_cells() -> None:
    cells = [cell(f"{letter}1", place, "s") for place, letter in enumerate("ABCDEFGH")]
    cells += [f'<c r="I1" t="inlineStr"><is>{RICH}</is></c>', f'<c r="J1" t="inlineStr"><is>{PHONETIC}</is></c>']
    cells += ['<c r="K1" t="inlineStr"/>', '<c r="L1" t="str"><v>直接</v></c>', words("M1", "_x0041_")]
    body = workbook(data(row(1, *cells)), strings=SHARED)
    found = ours(body)["Sheet1"]
    assert found == {
        "A1": "普通",
        "B1": "富 文本",
        "C1": "東京",
        "D1": "  前后  ",
        "E1": "a\x07b_x000D_",
        "G1": "一\n二\r\n三",
        "H1": "😀",
        "I1": "富 文本",
        "J1": "東京",
        "L1": "直接",
        "M1": "A",
    }
    assert found == {**calamine(body)["Sheet1"], "H1": "😀"}, "calamine leaves escaped surrogates as they are"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a", "a"),
        ("_x0041_", "A"),
        ("_x005F_x0041_", "_x0041_"),
        ("_x0041_x0042_", "Ax0042_"),
        ("_x41_", "_x41_"),
        ("_X0041_", "_X0041_"),
        ("_xD83D__xDE00_", "😀"),
        ("a_xD83D_b", "a\ufffdb"),
        ("\ufeff_x0041_", "\ufeffA"),
    ],
)
def test_escapes_are_undone_once(text: str, plain: str) -> None:
    assert unescape(text) == plain


HARD: list[Scalar] = [
    "<r>a & b</r>",
    "<r></r>",
    "<r> 中\n </r>",
    "<r>_x0041_</r>",
    "<r>\x07</r>",
    "a _x0041_ _x005F_ x0041_",
    "__x0041__x0042_",
    "_xD83D_",
    "a\rb\r\nc\n",
    " \t 两边 \n ",
    "\x07\x1f\ud800\ufffe\uffff",
    "\ufeff\u200b\u2028\x85\x7f",
    "]]>&amp;<!--",
    "'=1+1",
    dt.date(1900, 1, 1),
    dt.date(9999, 12, 31),
    dt.datetime(1900, 2, 28, 23, 59, 59),
    -0.0,
    5e-324,
]
SIGNS = ("\n", "\r\n", "\t", " ", "\x07", "\u200b", "中文", "😀", "&amp;", "]]>")
PIECES = ("_x0041_", "_x005F_", "x0041_", "<r>", "</r>", "=1", *SIGNS)
TWICE = re.compile("_x[0-9a-fA-F]{4}_x[0-9a-fA-F]{4}_")
"""What looks like two escapes that share a sign; xlsxwriter guards only the first of them."""
texts = (
    st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=8)
    .map("".join)
    .filter(lambda text: not TWICE.search(text))
)
rich = texts.map("<r>{}</r>".format)
numbers = st.integers(-(10**15), 10**15) | st.floats(-1e300, 1e300, allow_nan=False)
days = st.dates(dt.date(1900, 1, 1), dt.date(9999, 12, 31))
moments = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(9999, 12, 31)).map(lambda one: one.replace(microsecond=0))
typed = st.lists(texts | rich | numbers | days | moments | st.booleans(), min_size=1, max_size=12)


@pytest.mark.parametrize("streaming", [False, True])
def test_what_is_hard_to_write_is_read_as_typed(tmp_path: Path, streaming: bool) -> None:
    assert_comes_back(tmp_path / "a.xlsx", HARD, streaming)


@pytest.mark.parametrize("streaming", [False, True])
def test_what_is_typed_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, streaming: bool) -> None:
    path = tmp_path_factory.mktemp("typed") / "a.xlsx"

    @QUICK
    @given(typed)
    def check(values: list[Scalar]) -> None:
        assert_comes_back(path, values, streaming)

    check()


def assert_comes_back(path: Path, values: Sequence[Scalar], streaming: bool) -> None:
    write_cells(path, values, streaming)
    sheet = read_book(path).sheets[0]
    cells = [sheet.cell(place, place % 5) for place in range(len(values))]
    assert [normal(one.value) if one else None for one in cells] == [expected(value) for value in values]


def write_cells(path: Path, values: Sequence[Scalar], streaming: bool) -> None:
    with excel.Workbook(path, dt.date(2018, 6, 30), streaming=streaming) as book:
        sheet = book.add_sheet("填报")
        for place, value in enumerate(values):
            look = {"num_format": "yyyy-mm-dd hh:mm:ss"} if isinstance(value, dt.date) else {}
            sheet.value(place, place % 5, value, look)


def expected(value: Scalar) -> object:
    if isinstance(value, str):
        return excel.clean(value) or None
    return normal(written(value))


# --- where things stand -----------------------------------------------------------------------------------------------


def _prefixed(part: str) -> str:
    return re.sub(r"<(/?)(?![?!])(\w)", r"<\1x:\2", part).replace("xmlns=", "xmlns:x=", 1)


def _renamed(change: Callable[[str], str]) -> bytes:
    return pack({change(name): body for name, body in parts(Tab()).items()})


def _with_prefixes() -> bytes:
    made = parts(Tab())
    return pack({name: _prefixed(str(body)) if name.endswith("t1.xml") else body for name, body in made.items()})


def _strict() -> bytes:
    cells = (cell("A1", 1), cell("B1", "2018-06-15", "d"), cell("C1", 0, "s"))
    return pack(
        parts(Tab(data(row(1, *cells))), strings="<si><t>严格</t></si>", main=STRICT_MAIN, relations=STRICT_RELATIONS)
    )


def _absolute_targets() -> bytes:
    made = parts(Tab())
    made["xl/_rels/workbook.xml.rels"] = relationships(("worksheet", f"/{SHEET}"))
    return pack(made)


ODD: Mapping[str, Callable[[], bytes]] = {
    "cells without names": lambda: workbook(
        data("<row><c><v>1</v></c><c><v>2</v></c></row>", "<row><c><v>3</v></c></row>", row(10, "<c><v>4</v></c>"))
    ),
    "names in lower case": lambda: workbook(data(row(1, cell("a1", 1), cell("xfd1", 2)))),
    "rows out of order": lambda: workbook(data(row(5, cell("A5", 5)), row(2, cell("A2", 2)), row(9, cell("C9", 3)))),
    "a row twice": lambda: workbook(data(row(1, cell("A1", 1)), row(1, cell("A1", 2), cell("B1", 3)))),
    "a cell twice": lambda: workbook(data(row(1, cell("A1", 1), cell("A1", 2)))),
    "a row's number contradicted": lambda: workbook(data(row(1, cell("A7", 1), cell("B1", 2)))),
    "blank cells": lambda: workbook(data(row(1, '<c r="A1"/>', '<c r="B1"><v/></c>', cell("C1", 1)))),
    "empty rows and columns first": lambda: workbook(data(row(3, cell("C3", 1)), row(5, cell("E5", 2)))),
    "a false dimension": lambda: workbook('<dimension ref="A1"/>' + data(row(5, cell("C5", 5)))),
    "prefixed names": _with_prefixes,
    "strict": _strict,
    "absolute targets": _absolute_targets,
    "backslashes in names": lambda: _renamed(lambda name: name.replace("/", "\\")),
    "names in upper case": lambda: _renamed(lambda name: name.replace("workbook.xml", "Workbook.XML")),
    "style unknown": lambda: workbook(data(row(1, cell("A1", 45_306, style=999)))),
    "a byte-order mark": lambda: workbook(f"\ufeff<x>{data(row(1, words('A1', '字')))}</x>".encode()),
    "a sheet of charts": lambda: _chart(),
}


def _chart() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.add_worksheet("数据").write_number(0, 0, 1)
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=数据!$A$1"})
        book.add_chartsheet("图").set_chart(chart)
    return stream.getvalue()


@pytest.mark.parametrize("name", ODD)
def test_odd_but_readable_workbooks(name: str) -> None:
    body = ODD[name]()
    mine = ours(body)
    assert mine == {sheet: cells for sheet, cells in calamine(body).items() if cells}
    assert any(mine.values())


def test_utf_16_is_read() -> None:
    part = f'<worksheet xmlns="{MAIN}">{data(row(1, words("A1", "中😀")))}</worksheet>'
    assert ours(workbook(part.encode("utf-16"))) == calamine(workbook(part.encode())) == {"Sheet1": {"A1": "中😀"}}


def test_merges_and_hidden_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:C1", "标题")
        sheet.merge_range("B3:B5", "竖")
        sheet.set_row(6, None, None, {"hidden": True})
        sheet.write(6, 0, "藏")
        sheet.set_row(8, None, None, {"hidden": True})
    found = read_book(path).sheets[0]
    theirs = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).merged_cell_ranges
    assert found.hidden_rows == {6, 8}
    assert found.merges == [(0, 0, 0, 2), (2, 1, 4, 1)]
    assert [((top, left), (bottom, right)) for top, left, bottom, right in found.merges] == theirs
    assert {one.ref: one.value for cells in found.rows.values() for one in cells.values()} == {
        "A1": "标题",
        "B3": "竖",
        "A7": "藏",
    }


def test_sheets_in_their_order_hidden_ones_too(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("填报", "说明 & 其他", "_藏", "_深藏"):
            book.add_worksheet(name).write(0, 0, name)
        book.worksheets()[2].hide()
        book.worksheets()[3].very_hidden()
    found = read_book(path)
    seen = [str(one.visible) for one in CalamineWorkbook.from_path(str(path)).sheets_metadata]
    assert [(sheet.name, sheet.hidden) for sheet in found.sheets] == [
        ("填报", False),
        ("说明 & 其他", False),
        ("_藏", True),
        ("_深藏", True),
    ]
    assert [sheet.hidden for sheet in found.sheets] == [not word.endswith(".Visible") for word in seen]


def test_sheets_of_one_name_are_two() -> None:
    body = pack(parts(Tab(data(row(1, cell("A1", 1))), "填报"), Tab(data(row(1, cell("A1", 2))), "填报")))
    assert [sheet.rows[0][0].value for sheet in read_book(io.BytesIO(body)).sheets] == [1.0, 2.0]


def test_custom_properties_of_openpyxl_and_xlsxwriter(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.custom_doc_props.append(StringProperty(name="kpi-xlsx", value="甲 & 乙"))  # type: ignore[attr-defined]
    book.save(tmp_path / "a.xlsx")
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as other:
        other.set_custom_property("kpi-xlsx", "甲 & 乙")
        other.set_custom_property("number", 7)
    assert read_book(tmp_path / "a.xlsx").properties == {"kpi-xlsx": "甲 & 乙"}
    assert read_book(tmp_path / "b.xlsx").properties == {"kpi-xlsx": "甲 & 乙", "number": "7"}


@pytest.mark.parametrize("part", ["", "<Properties><property name='a'>x", "<Properties>&x;</Properties>", "中"])
def test_damaged_properties_cost_no_answers(part: str) -> None:
    book = read_book(io.BytesIO(pack({**parts(Tab()), "docProps/custom.xml": part.encode("gbk")})))
    assert book.properties == {}
    assert book.sheets[0].rows


def test_properties_that_do_not_unpack_cost_no_answers() -> None:
    body = pack({**parts(Tab()), "docProps/custom.xml": "<Properties>damaged</Properties>"})
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        right = archive.getinfo("docProps/custom.xml").CRC.to_bytes(4, "little")
    book = read_book(io.BytesIO(body.replace(right, bytes(4))))
    assert book.properties == {}
    assert book.sheets[0].rows


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "XL\\vbaproject.bin"])
def test_macros_are_noticed(name: str) -> None:
    assert read_book(io.BytesIO(pack({**parts(Tab()), name: b"macros"}))).macros
    assert not read_book(io.BytesIO(workbook())).macros


def test_a_path_is_read_as_its_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "没有后缀"
    path.write_bytes(workbook())
    assert read_book(path) == read_book(io.BytesIO(workbook()))
    with pytest.raises(Unreadable) as caught:
        read_book(tmp_path / "none.xlsx")
    assert caught.value.code == "F101"


# --- limits -----------------------------------------------------------------------------------------------------------

_BROAD = data(*(row(at, *(f'<c r="{letter}{at}" s="0"/>' for letter in "ABCDE")) for at in range(1, 11)))
_MERGED = data() + "<mergeCells>" + '<mergeCell ref="A1:B1"/>' * 9 + "</mergeCells>"
_TEXT = "<si><t>" + "长" * 60 + "</t></si>"

OVER: Mapping[str, tuple[Mapping[str, int], Callable[[], bytes]]] = {
    "members": ({"members": 5}, lambda: workbook(strings="")),
    "part_bytes": ({"part_bytes": 4000}, lambda: workbook(" " * 4000)),
    "ratio": ({"ratio": 20, "ratio_from": 4000}, lambda: workbook(" " * 4000)),
    "unpacked": ({"unpacked": 20_000}, lambda: one_part_many_sheets(9, " " * 4000)),
    "tags": ({"tags": 1000}, lambda: one_part_many_sheets(9, "<a/>" * 120)),
    "tag_bytes": ({"tag_bytes": 100_000}, lambda: workbook(PLAIN + f"<!--{'<' * 200_000}-->")),
    "depth": ({"depth": 90}, lambda: workbook(f"{PLAIN}{'<a>' * 91}{'</a>' * 91}{'<b/>' * 300_000}")),
    "sheets": ({"sheets": 2}, lambda: pack(parts(Tab(), Tab(name="b"), Tab(name="c")))),
    "cells": ({"cells": 99}, lambda: pack(parts(Tab(_BROAD), Tab(_BROAD, "b")))),
    "text": ({"text": 100}, lambda: workbook(strings=_TEXT * 2)),
    "formats": ({"formats": 8}, lambda: workbook(look=styles(*[0] * 9))),
    "merges": ({"merges": 8}, lambda: workbook(_MERGED)),
}


def read_under(limits: Limits, body: bytes) -> str:
    try:
        read_book(io.BytesIO(body), limits)
    except Unreadable as trouble:
        return trouble.code
    return ""


def test_every_limit_has_its_test() -> None:
    # Looked at before; where the ratio begins to count; and what costs no answers.
    elsewhere = {"file_bytes", "old_bytes", "ratio_from", "extra_tags", "bundle_bytes", "bundle_depth"}
    assert {one.name for one in fields(Limits)} == set(OVER) | elsewhere


@pytest.mark.parametrize("name", OVER)
def test_what_is_over_a_limit_is_refused(name: str) -> None:
    limits, make = OVER[name]
    assert read_under(Limits(**limits), make()) == "F104"
    assert read_under(DEFAULT_LIMITS, make()) == ""


@pytest.mark.parametrize(
    "body",
    [
        workbook(data(row(1, words("A1", "长" * 200)))),
        workbook(data(*(row(at, words(f"A{at}", "长" * 60)) for at in (1, 2)))),
        pack(parts(*(Tab(data(row(1, words("A1", "长" * 60))), name) for name in "ab"))),
        one_string_many_cells(20, 10),
        workbook(data(row(1, f'<c r="A1"><f>{"1+" * 100}1</f><v>1</v></c>'))),
    ],
    ids=["one cell", "two cells", "two sheets", "one string many times", "a formula"],
)
def test_text_is_counted_where_it_is_shown(body: bytes) -> None:
    assert read_under(Limits(text=100), body) == "F104"
    assert read_under(DEFAULT_LIMITS, body) == ""


def test_a_dense_part_is_refused_only_from_a_size_on() -> None:
    assert read_under(Limits(ratio=20, ratio_from=10_000), workbook(" " * 4000)) == ""


def test_parts_that_are_not_read_do_not_count() -> None:
    body = pack({**parts(Tab()), "xl/media/image1.png": bytes(10_000)})
    assert read_under(Limits(part_bytes=4000, ratio_from=4000), body) == ""


READ = [SHEET, STRINGS, "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "_rels/.rels"]


@pytest.mark.parametrize("part", [*READ, "docProps/custom.xml"])
def test_a_doctype_is_refused_in_every_part(part: str) -> None:
    made = {**parts(Tab(), strings=""), part: f'<!DOCTYPE x><x xmlns="{MAIN}"/>'}
    assert read_under(DEFAULT_LIMITS, pack(made)) == "F104"


@pytest.mark.parametrize(
    ("ref", "place"),
    [("A1", (0, 0)), ("$B$3", (2, 1)), ("aa10", (9, 26)), ("XFD1048576", (1_048_575, 16_383))],
)
def test_cell_names_within_the_grid(ref: str, place: tuple[int, int]) -> None:
    assert parse_ref(ref) == place


@pytest.mark.parametrize("ref", ["", "A", "1", "A0", "1A", "XFE1", "A1048577", "A99999999", "ABCD1", "A1:B2", "A-1"])
def test_cell_names_beyond_the_grid(ref: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_ref(ref)
    assert caught.value.code == "F104"


@pytest.mark.parametrize(
    ("head", "zip_like"),
    [(b"PK\x03\x04", True), (b"PK\x05\x06" + bytes(18), True), (b"PK", False), (b"", False), (b"\xd0\xcf", False)],
)
def test_how_a_zip_begins(head: bytes, zip_like: bool) -> None:
    assert is_zip(head) is zip_like


# --- headings and names -----------------------------------------------------------------------------------------------

KNOWN = both_languages({"file": ("文件",), "received": ("收到时间", "时间"), "by": ("收件人",)})


def sheet_of(*rows: Sequence[str | None], name: str = "收件") -> Sheet:
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = name
    for line in rows:
        sheet.append(list(line))
    book.save(stream)
    return read_book(stream).sheets[0]


def test_headings_of_both_languages_stand_for_one_key() -> None:
    assert KNOWN["文件"] == KNOWN["file"] == KNOWN["file文件"] == KNOWN["文件file"] == "file"
    assert KNOWN["时间"] == KNOWN["收到时间received"] == "received"
    assert "收件" not in KNOWN


def test_the_first_row_with_enough_headings_is_taken() -> None:
    headings = [" File 文件 ", "收 到 时间", "备注", "file", None, "ＢＹ"]
    sheet = sheet_of(["登记簿"], ["文件", "说明"], headings, ["文件", "时间", "by"])
    heading = find_heading(sheet, KNOWN, 2)
    assert heading is not None
    assert heading.row == 2
    assert heading.columns == {"file": 0, "received": 1, "by": 5}
    assert heading.others == {2: "备注"}
    assert heading.doubled == (("file", 3),)


def test_headings_are_looked_for_in_ten_rows() -> None:
    blank: list[list[str]] = [["某行"]] * 9
    assert find_heading(sheet_of(*blank, ["文件", "时间"]), KNOWN, 2) is not None
    assert find_heading(sheet_of(*blank, ["某行"], ["文件", "时间"]), KNOWN, 2) is None
    assert find_heading(sheet_of(["文件", "备注"]), KNOWN, 2) is None
    assert find_heading(sheet_of(), KNOWN, 1) is None


@pytest.mark.parametrize("name", ["收件", "receipts", "Receipts", "receipts 收件", "收件 RECEIPTS", " 收件 "])
def test_a_sheet_is_found_by_either_name(name: str) -> None:
    body = pack(parts(Tab(name="别的"), Tab(name=name)))
    book = read_book(io.BytesIO(body))
    assert find_sheet(book, "receipts", "收件") is book.sheets[1]
    assert find_sheet(book, "findings", "审核意见") is None


def test_zip64_and_stored_packages_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, body in parts(Tab()).items():
            with archive.open(name, "w", force_zip64=True) as stream:
                stream.write(body if isinstance(body, bytes) else body.encode())
    assert ours(path.read_bytes()) == calamine(path.read_bytes()) == {"Sheet1": {"A1": 1.0, "B1": "ok"}}
