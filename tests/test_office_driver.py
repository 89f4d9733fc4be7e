"""What the driver promises of LibreOffice, tried on one small protected workbook."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from office import Cell, Office, OfficeError, to_pictures

pytestmark = pytest.mark.office

SHEET = "填报"
TABLE = "A2:D6"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Locked codes and sums, and entry cells for a number, a text and a date; protected by a password."""
    path = tmp_path / "季度 填报.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(SHEET)
        number, text = book.add_format({"locked": False}), book.add_format({"locked": False, "num_format": "@"})
        date = book.add_format({"locked": False, "num_format": "yyyy-mm-dd"})
        sheet.write_row("A1", ["编码", "数", "文", "和", "日"])
        for row in range(1, 6):
            sheet.write_string(row, 0, f"K{row:03}")
            sheet.write_number(row, 1, (row * 3) % 5, number)
            sheet.write_string(row, 2, f"文{row}", text)
            sheet.write_formula(row, 3, f"=B{row + 1}*2", None, 99)
            sheet.write_blank(row, 4, None, date)
        sheet.protect("secret")
    return path


def test_typing_is_parsed_as_in_chinese_and_locked_cells_stay(office: Office, path: Path) -> None:
    with office.open(path) as book:
        shown = book.do("type_many", SHEET, {"B2": "85%", "C2": "007", "C3": "=1+1", "E2": "2024年1月17日", "A2": "X"})
        assert shown == ["85.00%", "007", "=1+1", "2024-01-17", "K001"]
        assert book.get(SHEET, "E2") == Cell("2024-01-17", 45308, "VALUE", "", 0)
        assert book.get(SHEET, "C3").kind == "TEXT"
        assert book.do("read", SHEET, "A2:B3") == [["K001", "85.00%"], ["K002", "1"]]


def test_cached_results_last_until_recalculated(office: Office, path: Path) -> None:
    with office.open(path) as book:
        assert book.get(SHEET, "D2") == Cell("99", 99, "FORMULA", "=B2*2", 0)
        book.do("recalculate")
        assert book.get(SHEET, "D2") == Cell("6", 6, "FORMULA", "=B2*2", 0)


def test_rows_are_inserted_deleted_and_sorted(office: Office, path: Path) -> None:
    with office.open(path) as book:
        before = book.do("read", SHEET, TABLE)
        book.play([("unprotect", SHEET, "secret"), ("sort", SHEET, TABLE, 1)])
        after = book.do("read", SHEET, TABLE)
        assert [row[1] for row in before] == ["3", "1", "4", "2", "0"]
        assert [row[0] for row in after] == ["K005", "K002", "K004", "K001", "K003"]
        book.play([("sort", SHEET, "A1:D6", 0, False, True), ("insert_rows", SHEET, 3), ("delete_rows", SHEET, 5, 2)])
        assert [code for (code,) in book.do("read", SHEET, "A1:A6")] == ["编码", "K005", "", "K004", "K001", ""]


def test_columns_are_moved_with_their_formulas(office: Office, path: Path) -> None:
    with office.open(path) as book:
        book.play([("unprotect", SHEET, "secret"), ("move_columns", SHEET, "C", "D", "B")])
        assert book.do("read", SHEET, "A1:E1") == [["编码", "文", "和", "数", "日"]]
        assert book.get(SHEET, "C2").formula == "=D2*2"
        book.do("move_columns", SHEET, "A", "A", "F")
        assert book.do("read", SHEET, "A1:E1") == [["文", "和", "数", "日", "编码"]]


def test_columns_are_inserted_and_hidden_and_merged_cells_taken_apart(office: Office, path: Path) -> None:
    target = path.with_name("hidden.xlsx")
    book = openpyxl.load_workbook(path)
    book[SHEET].merge_cells("A8:C8")
    book.save(path)
    with office.open(path) as open_book:
        open_book.play([("unprotect", SHEET, "secret"), ("insert_columns", SHEET, "B"), ("unmerge", SHEET)])
        open_book.play([("hide_rows", SHEET, 3), ("hide_columns", SHEET, "C"), ("save_as", target)])
        assert open_book.do("read", SHEET, "A1:D1") == [["编码", "", "数", "文"]]
    sheet = openpyxl.load_workbook(target)[SHEET]
    assert (sheet.row_dimensions[3].hidden, sheet.row_dimensions[4].hidden) == (True, False)
    assert sheet.column_dimensions["C"].hidden
    assert not sheet.merged_cells.ranges


def test_sheets_are_moved_deleted_and_copied_alone(office: Office, path: Path) -> None:
    target = path.with_name("alone.xlsx")
    book = openpyxl.load_workbook(path)
    for name in ("二", "三"):
        book.create_sheet(name)
    book.save(path)
    with office.open(path) as open_book:
        open_book.play([("delete_sheet", "三"), ("move_sheet", SHEET, 2)])
        assert open_book.do("list_sheets") == ["二", SHEET]
        with open_book.copy_alone(SHEET) as alone:
            assert alone.do("list_sheets") == [SHEET]
            alone.do("save_as", target)
        with pytest.raises(OfficeError, match="no open workbook"):
            alone.do("list_sheets")
    assert openpyxl.load_workbook(target)[SHEET]["A2"].value == "K001"


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods", ".pdf"])
def test_copies_are_saved_by_suffix(office: Office, path: Path, suffix: str) -> None:
    target = path.with_name(f"另存{suffix}")
    with office.open(path) as book:
        assert book.do("is_protected", SHEET)
        book.play([("unprotect", SHEET, "secret"), ("rename_sheet", SHEET, "新名"), ("type", "新名", "B2", "12")])
        book.play([("protect", "新名"), ("save_as", target)])
        assert book.do("list_sheets") == ["新名"]
    magic = {".xlsx": b"PK", ".xls": b"\xd0\xcf", ".ods": b"PK", ".pdf": b"%PDF"}
    assert target.read_bytes().startswith(magic[suffix])
    assert sorted(path.parent.iterdir()) == sorted([path, target]), "no lock file stays"
    if suffix == ".xlsx":
        sheet = openpyxl.load_workbook(target)["新名"]
        assert [sheet["A2"].value, sheet["B2"].value, sheet["D2"].value] == ["K001", 12, "=B2*2"]
        assert sheet.protection.sheet


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (("insert_rows", SHEET, 2), "insert_rows .* and the sheet is protected"),
        (("delete_rows", SHEET, 2), "delete_rows .* and the sheet is protected"),
        (("sort", SHEET, TABLE, 1), "locked cells.* and the sheet is protected"),
        (("sort", SHEET, TABLE, 4), "A2:D6 has no column 4"),
        (("unprotect", SHEET, "wrong"), "IllegalArgumentException, and the sheet is protected"),
        (("type", "没有", "A1", "x"), "no sheet 没有, there are 填报"),
        (("type", SHEET, "A1:B2", "x"), "A1:B2 is not one cell"),
        (("rename_sheet", SHEET, "a/b"), "the name is taken or not allowed"),
        (("save_as", "/tmp/x.doc"), "save as .xlsx, .xls, .ods, .pdf"),
        (("fly", SHEET), "no attribute 'do_fly'"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_refusals_have_words(office: Office, path: Path, step: tuple[object, ...], words: str) -> None:
    with office.open(path) as book, pytest.raises(OfficeError, match=words):
        book.play([step])


def test_a_damaged_file_is_refused(office: Office, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(OfficeError, match="cannot be loaded"), office.open(path):
        pass


def kill_driver(driver: int) -> None:
    os.kill(driver, signal.SIGKILL)


def kill_soffice(driver: int) -> None:
    """Kill the soffice that the driver started, and no other."""
    listed = subprocess.run(["ps", "-e", "-o", "pgid=,pid=,comm="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    (soffice,) = [int(row[1]) for row in rows if row[0] == str(driver) and row[2] == "soffice.bin"]
    os.kill(soffice, signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_driver, kill_soffice])
def test_it_starts_again_after_a_crash(path: Path, kill: Callable[[int], None]) -> None:
    with contextlib.closing(Office()) as own:
        with own.open(path) as book:
            assert own._process
            kill(own._process.pid)
            with pytest.raises(OfficeError, match="the office is gone"):
                book.get(SHEET, "A2")
        with own.open(path) as book:
            assert book.get(SHEET, "A2").text == "K001"


def test_pages_become_pictures(path: Path, tmp_path: Path) -> None:
    (page,) = to_pictures(path, tmp_path / "pages", dpi=50)
    assert page.read_bytes().startswith(b"\x89PNG")
    assert page.stat().st_size > 1000
    assert (
        subprocess.run(["pdftotext", page.parent / "季度 填报.pdf", "-"], capture_output=True).stdout.count(b"K00") == 5
    )
