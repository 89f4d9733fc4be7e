"""xlsxwriter made strict: text stays text, nothing is dropped in silence, and a file is whole or not there at all."""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from kpi_xlsx.excel import MAX_HEIGHT, Sheet, Workbook, WriteError, clean, fit_width, height_of, line_count
from kpi_xlsx.files import move_aside, opened_elsewhere, safe_name, temporary_beside, write_atomically
from kpi_xlsx.sheets import read_book

CREATED = dt.date(2018, 6, 30)
BOTH = pytest.mark.parametrize("streaming", [False, True])


def write(path: Path, fill: Callable[[Sheet], None], *, streaming: bool = False, growing_from: int = 1 << 30) -> Path:
    with Workbook(path, CREATED, streaming=streaming, title="标题") as book:
        fill(book.add_sheet("填报", growing_from=growing_from))
        book.set_property("kpi-xlsx", "一 & 二")
    return path


def part(path: Path, name: str = "xl/worksheets/sheet1.xml") -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


# --- text stays text --------------------------------------------------------------------------------------------------

TEXTS = [
    "=1+1",
    "={1;2}",
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|'/C calc'!A0",
    "http://example.org",
    "mailto:a@example.org",
    "internal:Sheet1!A1",
    "external:c:\\a.xlsx",
    "0012",
    "1e5",
    "TRUE",
    "#REF!",
    "2018-06-15",
    "<r>a & b</r>",
    "<r></r>",
    "<r>" + "长" * 20_000 + "</r>",
    "<b>粗</b> & <i/>",
    "一\n二\t三",
    " 两边 ",
    "_x0041_",
    "😀𠮷",
]


@BOTH
def test_text_is_always_text(tmp_path: Path, streaming: bool) -> None:
    def fill(sheet: Sheet) -> None:
        for row, text in enumerate(TEXTS):
            sheet.text(row, 0, text, {})
            sheet.value(row, 1, text, {"num_format": "@", "quote_prefix": True})

    path = write(tmp_path / "a.xlsx", fill, streaming=streaming)
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert [row == [text, text] for row, text in zip(rows, TEXTS, strict=True)] == [True] * len(TEXTS)
    cells = [cell for line in openpyxl.load_workbook(path)["填报"] for cell in line]
    assert {(cell.data_type, cell.hyperlink) for cell in cells} == {("s", None)}
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if "worksheets/_rels" in name]


@BOTH
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x07c\x1f", "a\ufffdb\ufffdc\ufffd"),
        ("a\ud800b\udfffc", "a\ufffdb\ufffdc"),
        ("\ufffe\uffff", "\ufffd\ufffd"),
        ("<r>\x07\ud800</r>", "<r>\ufffd\ufffd</r>"),
        ("长" * 32_767, "长" * 32_767),
        ("长" * 40_000, "长" * 32_766 + "…"),
        ("😀" * 16_383, "😀" * 16_383),
        ("😀" * 20_000, "😀" * 16_383 + "…"),
        ("长" + "😀" * 20_000, "长" + "😀" * 16_382 + "…"),
        ("<r>" + "&" * 40_000 + "</r>", "<r>" + "&" * 32_763 + "…"),
        ("<r>" + "&" * 32_760 + "</r>", "<r>" + "&" * 32_760 + "</r>"),
        ("<r>" + "😀" * 16_380 + "</r>", "<r>" + "😀" * 16_380 + "</r>"),
    ],
    ids=lambda text: f"{len(text)} {unicodedata.name(text[-1], 'sign')}",
)
def test_text_is_kept_as_far_as_a_cell_can_hold_it(tmp_path: Path, streaming: bool, text: str, kept: str) -> None:
    same = clean(text) == kept
    assert same, "cleaned otherwise"
    path = write(tmp_path / "a.xlsx", lambda sheet: sheet.text(0, 0, text, {}), streaming=streaming)
    found = read_book(path).sheets[0].cell(0, 0)
    assert found is not None
    same = found.value == kept
    assert same, "read otherwise"


@settings(deadline=None, derandomize=True, database=None, max_examples=200)
@given(st.text(st.characters()))
@example("\ud83d\ude00")
def test_clean_text_stays_clean(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert len(clean(text)) == len(text)
    clean(text).encode()


def test_a_blank_text_is_a_blank_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", lambda sheet: sheet.text(0, 0, "", {"bold": True}))
    assert read_book(path).sheets[0].rows == {}
    assert '<c r="A1" s="1"/>' in part(path)


@BOTH
def test_values_are_what_they_are(tmp_path: Path, streaming: bool) -> None:
    values = [None, True, 12, 0.5, "文", dt.date(2018, 6, 15), dt.date(1899, 12, 31), dt.datetime(2018, 6, 15, 9, 30)]

    def fill(sheet: Sheet) -> None:
        for row, value in enumerate(values):
            sheet.value(row, 0, value, {"num_format": "yyyy-mm-dd hh:mm"} if isinstance(value, dt.date) else {})

    found = read_book(write(tmp_path / "a.xlsx", fill, streaming=streaming)).sheets[0]
    cells = [found.cell(row, 0) for row in range(len(values))]
    assert [cell.value if cell else None for cell in cells] == [
        *values[:6],
        "1899-12-31",
        dt.datetime(2018, 6, 15, 9, 30),
    ]


def test_a_formula_shows_its_value(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", lambda sheet: sheet.formula(0, 0, '="a"&"b"', {}, "ab"))
    found = read_book(path).sheets[0].cell(0, 0)
    assert found is not None
    assert (found.value, found.formula) == ("ab", '="a"&"b"')


def test_a_block_of_one_cell_is_not_merged(tmp_path: Path) -> None:
    def fill(sheet: Sheet) -> None:
        sheet.block(0, 0, 0, 0, "=一", {})
        sheet.block(2, 0, 3, 2, "=二", {})

    found = read_book(write(tmp_path / "a.xlsx", fill)).sheets[0]
    assert found.merges == [(2, 0, 3, 2)]
    assert [(cell.value, cell.formula) for row in (0, 2) for cell in found.rows[row].values()] == [
        ("=一", None),
        ("=二", None),
    ]


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSED: dict[str, Callable[[Sheet], None]] = {
    "a row beyond the grid": lambda sheet: sheet.text(1_048_576, 0, "a", {}),
    "a column beyond the grid": lambda sheet: sheet.value(0, 16_384, 1, {}),
    "a formula beyond the grid": lambda sheet: sheet.formula(-1, 0, "=1", {}, 1),
    "a list over 255 characters": lambda sheet: sheet.call(
        "data_validation", 0, 0, 0, 0, {"validate": "list", "source": ["选" * 128, "项" * 128]}
    ),
    "a help over 255 characters": lambda sheet: sheet.call(
        "data_validation", 0, 0, 0, 0, {"validate": "any", "input_message": "长" * 256}
    ),
    "an unknown setting": lambda sheet: sheet.call("data_validation", 0, 0, 0, 0, {"validate": "any", "no": 1}),
    "a link too long": lambda sheet: sheet.call("write_url", 0, 0, "http://example.org/" + "a" * 2100),
    "a header too long": lambda sheet: sheet.call("set_header", "长" * 256),
    "merges that overlap": lambda sheet: _merge_twice(sheet),
    "a merge of one cell": lambda sheet: sheet.call("merge_range", 0, 0, 0, 0, ""),
    "no number": lambda sheet: sheet.value(0, 0, float("nan"), {}),
    "a number beyond numbers": lambda sheet: sheet.value(0, 0, float("inf"), {}),
    "a time with its zone": lambda sheet: sheet.value(
        0, 0, dt.datetime(2018, 6, 30, tzinfo=dt.UTC), {"num_format": "d"}
    ),
    "a condition of no kind": lambda sheet: sheet.call("conditional_format", 0, 0, 0, 0, {"type": "none"}),
}


def _merge_twice(sheet: Sheet) -> None:
    sheet.block(0, 0, 1, 1, "a", {})
    sheet.block(1, 1, 2, 2, "b", {})


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_library_refuses_is_an_error(tmp_path: Path, what: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(WriteError):
        write(path, REFUSED[what])
    assert contents(tmp_path) == {"a.xlsx": b"old"}


def test_a_property_too_long_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with Workbook(path, CREATED) as book:
        book.add_sheet("一")
        book.set_property("short", "中" * 255)
        book.set_property("long", "中" * 256)
    assert read_book(path).properties == {"short": "中" * 255}


# --- whole or not at all ----------------------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@BOTH
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, WriteError])
def test_an_error_on_the_way_leaves_everything_as_it_was(
    tmp_path: Path, streaming: bool, error: type[BaseException]
) -> None:
    path = tmp_path / "汇总.xlsx"
    path.write_bytes(b"old")

    def stop(sheet: Sheet) -> None:
        sheet.text(0, 0, "新", {})
        raise error("half-way")

    with pytest.raises(error, match="half-way"):
        write(path, stop, streaming=streaming)
    assert contents(tmp_path) == {"汇总.xlsx": b"old"}


def test_an_error_before_it_takes_its_place_leaves_everything_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")

    def refuse(finished: Path) -> None:
        assert finished.parent == tmp_path
        assert [sheet.name for sheet in read_book(finished).sheets] == ["一"]
        raise OSError("refused")

    with pytest.raises(OSError, match="refused"), Workbook(path, CREATED, before=refuse) as book:
        book.add_sheet("一")
    assert contents(tmp_path) == {"a.xlsx": b"old"}


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="No such file"), Workbook(tmp_path / "none" / "a.xlsx", CREATED) as book:
        book.add_sheet("一")
    assert contents(tmp_path) == {}


def test_a_finished_workbook_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / ("长" * 60 + ".xlsx")
    path.write_bytes(b"old")
    write(path, lambda sheet: sheet.text(0, 0, "新", {}))
    assert list(contents(tmp_path)) == [path.name]
    assert read_book(path).properties == {"kpi-xlsx": "一 & 二"}


def test_warnings_are_as_they_were_after_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(WriteError):
        write(tmp_path / "a.xlsx", REFUSED["a header too long"])
    with pytest.warns(UserWarning, match="still only a warning"):
        warnings.warn("still only a warning", UserWarning, stacklevel=1)


@BOTH
def test_the_same_calls_make_the_same_bytes(tmp_path: Path, streaming: bool) -> None:
    def fill(sheet: Sheet) -> None:
        for row in range(50):
            sheet.text(row, 0, f"文字 {row % 7}", {"bold": row % 2 == 0, "font_name": "宋体"})
            sheet.value(row, 1, row / 7, {"num_format": "0.00"})
        sheet.condition(0, 0, 9, 1, "=A1=B1", {"bg_color": "FFC7CE"})

    first = write(tmp_path / "一.xlsx", fill, streaming=streaming).read_bytes()
    second = write(tmp_path / "二.xlsx", fill, streaming=streaming).read_bytes()
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}
    assert "2018-06-30T00:00:00Z" in part(tmp_path / "一.xlsx", "docProps/core.xml")


# --- heights ----------------------------------------------------------------------------------------------------------


@BOTH
def test_rows_grow_from_where_they_are_told_to(tmp_path: Path, streaming: bool) -> None:
    def fill(sheet: Sheet) -> None:
        for row in range(5):
            sheet.call("set_row", row, 40, None, {"hidden": row == 1})
            sheet.text(row, 0, "文", {})

    path = write(tmp_path / "a.xlsx", fill, streaming=streaming, growing_from=3)
    rows = dict(re.findall(r'<row r="(\d)"([^>]*)>', part(path)))
    assert sorted(rows) == ["1", "2", "3", "4", "5"]
    assert ['customHeight="1"' in rows[number] for number in "12345"] == [True, True, True, False, False]
    assert all('ht="39.75"' in mark for mark in rows.values())


def test_empty_rows_grow_too(tmp_path: Path) -> None:
    def fill(sheet: Sheet) -> None:
        for row in range(3):
            sheet.call("set_row", row, 40)

    text = part(write(tmp_path / "a.xlsx", fill, growing_from=1))
    assert re.findall(r'<row r="(\d)"[^>]*customHeight', text) == ["1"]
    assert re.findall(r'<row r="(\d)"[^>]*ht="39.75"', text) == ["1", "2", "3"]


def test_heights_follow_the_text() -> None:
    assert line_count("", 10) == line_count("中文", 10) == 1
    assert line_count("一\n二\n\n四", 10) == 4
    assert line_count("Sample Development Bureau", 14) == 3, "no word is cut in two"
    assert line_count("Bureau " + "x" * 60, 14) == 6
    assert line_count("中" * 100, 20) > line_count("a" * 100, 20) > 1
    assert height_of(1) < height_of(2) < height_of(1000) == MAX_HEIGHT


def test_columns_widen_before_letters_shrink() -> None:
    assert fit_width(["短"], 20) == (20, 10.5)
    width, size = fit_width(["长" * 1200], 20)
    assert width > 20
    assert size == 10.5
    width, size = fit_width(["长" * 100_000], 20)
    assert (width, size) == (100, 8)


# --- names of files ---------------------------------------------------------------------------------------------------

RESERVED = ["CON", "con", "Prn", "AUX", "nul", "COM1", "lpt9", "aux.tar", "CON.", "nul .x", "COM¹", "CONIN$"]


@pytest.mark.parametrize("stem", RESERVED)
def test_names_that_windows_keeps_for_itself(stem: str) -> None:
    assert safe_name(stem, ".xlsx").startswith("_")


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("017-市金融办-201806", "017-市金融办-201806.xlsx"),
        ('a<b>c:d"e/f\\g|h?i*j', "a_b_c_d_e_f_g_h_i_j.xlsx"),
        ("../../etc/passwd", ".._.._etc_passwd.xlsx"),
        ("a\x00b\nc\td\x7f", "a_b_c_d_.xlsx"),
        (" 两边 ", "两边.xlsx"),
        ("end. . .", "end.xlsx"),
        ("...", "_.xlsx"),
        ("", "_.xlsx"),
        ("  ", "_.xlsx"),
        ("e\u0301", "é.xlsx"),
        ("console", "console.xlsx"),
        ("COM10", "COM10.xlsx"),
    ],
)
def test_names_are_made_safe(stem: str, name: str) -> None:
    assert safe_name(stem, ".xlsx") == name


@pytest.mark.parametrize(
    "stem", ["长" * 300, "😀" * 300, "a" * 300, "con." + "a" * 300, "é" * 300, "a." * 300, "长 " * 300]
)
def test_names_are_at_most_200_bytes(stem: str) -> None:
    name = safe_name(stem, ".xlsx")
    assert 190 < len(name.encode()) <= 200
    assert safe_name(stem, ".xlsx", 50).endswith(".xlsx")
    assert len(safe_name(stem, ".xlsx", 50).encode()) <= 50


def test_every_name_can_be_made_a_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("names")

    @settings(deadline=None, derandomize=True, database=None, max_examples=200)
    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
    @example("con")
    @example("a/b")
    @example("\u00a0. ")
    def check(stem: str) -> None:
        name = safe_name(stem, ".xlsx")
        path = folder / name
        path.write_bytes(b"x")
        assert path.parent == folder
        assert [found.name for found in folder.iterdir()] == [name]
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
        assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d) *(\.|$)", name, re.IGNORECASE)
        assert name.removesuffix(".xlsx").rstrip(". ") == name.removesuffix(".xlsx") != ""
        assert len(name.encode()) <= 200
        path.unlink()

    check()


def test_a_temporary_lies_beside_its_target(tmp_path: Path) -> None:
    path = tmp_path / ("😀" * 60 + ".xlsx")
    names = {temporary_beside(path) for _ in range(20)}
    assert len(names) == 20
    for name in names:
        assert name.parent == tmp_path
        assert name.name.startswith(".")
        name.write_bytes(b"x")


def test_a_text_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "cycle.toml"
    write_atomically(path, "一\n二\n")
    assert path.read_bytes() == "一\n二\n".encode()
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "新\ud800")
    assert contents(tmp_path) == {"cycle.toml": "一\n二\n".encode()}


def test_a_file_moved_aside_takes_no_ones_place(tmp_path: Path) -> None:
    folder = tmp_path / "history" / "deeper"
    for text in ("一", "二", "三"):
        (tmp_path / "汇总.xlsx").write_text(text, "utf-8")
        move_aside(tmp_path / "汇总.xlsx", folder, "汇总-2018")
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == {
        "汇总-2018.xlsx": "一",
        "汇总-2018-2.xlsx": "二",
        "汇总-2018-3.xlsx": "三",
    }
    assert not (tmp_path / "汇总.xlsx").exists()


@pytest.mark.parametrize("lock", ["~$汇总表格.xlsx", "~$表格.xlsx", ".~lock.汇总表格.xlsx#"])
def test_a_workbook_open_elsewhere_is_noticed(tmp_path: Path, lock: str) -> None:
    path = tmp_path / "汇总表格.xlsx"
    path.write_bytes(b"x")
    (tmp_path / "~$别的.xlsx").write_bytes(b"x")
    assert opened_elsewhere(path) is None
    (tmp_path / lock).write_bytes(b"x")
    assert opened_elsewhere(path) == lock
