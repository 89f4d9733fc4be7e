"""The reader of old workbooks, held against calamine and against what a parser must not be shown."""

from __future__ import annotations

import datetime as dt
import io
import random
import struct
import time
from pathlib import Path

import biff
import pytest
import xlwt
from biff import container, record, stream, written
from office import Office
from python_calamine import CalamineWorkbook
from saved import Shown, convert, make_form, must_be_the_same, shown

from kpi_xlsx.book import Book, Extras, Unreadable
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.model import CellKind, cell_ref
from kpi_xlsx.old_books import read_old_book
from kpi_xlsx.old_parts import read_properties


def refused(body: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(Unreadable) as caught:
        read_old_book(body, limits)
    assert caught.value.zh
    assert caught.value.en
    return caught.value.code


def look(code: str) -> xlwt.XFStyle:
    return xlwt.easyxf(num_format_str=code)


# --- what is in it ----------------------------------------------------------------------------------------------------


def all_kinds(book: xlwt.Workbook) -> None:
    sheet = book.add_sheet("填报")
    sheet.write(0, 0, "进展\n第二行  é😀")
    sheet.write(0, 1, 12.5)
    sheet.write(0, 2, dt.date(2018, 6, 30), look("yyyy-mm-dd"))
    sheet.write(0, 3, dt.datetime(2018, 6, 30, 17, 30), look('yyyy"年"m"月"d"日" hh:mm'))
    sheet.write(0, 4, 0.068, look("0.0%"))
    sheet.write(0, 5, True)
    sheet.write(0, 6, 43281, look("[$-804]yyyy年m月;@"))
    sheet.write(0, 7, 6.8, look('0.0"%"'))
    sheet.row(0).set_cell_error(8, "#REF!")
    sheet.row(0).set_cell_error(9, "#N/A!")
    sheet.write(0, 10, "", look("@"))
    sheet.write(0, 11, 0.5, look("hh:mm"))
    sheet.write(0, 12, 0)


KINDS: Shown = {
    "A1": (CellKind.TEXT, "进展\n第二行  é😀", False),
    "B1": (CellKind.NUMBER, 12.5, False),
    "C1": (CellKind.DATE, dt.date(2018, 6, 30), False),
    "D1": (CellKind.DATE, dt.datetime(2018, 6, 30, 17, 30), False),
    "E1": (CellKind.NUMBER, 0.068, True),
    "F1": (CellKind.BOOL, True, False),
    "G1": (CellKind.DATE, dt.date(2018, 6, 30), False),
    "H1": (CellKind.NUMBER, 6.8, False),
    "I1": (CellKind.ERROR, "#REF!", False),
    "J1": (CellKind.ERROR, "#N/A", False),
    "L1": (CellKind.TEXT, "12:00", False),
    "M1": (CellKind.NUMBER, 0.0, False),
}


def test_cells_of_every_kind() -> None:
    book = read_old_book(written(all_kinds))
    assert [sheet.name for sheet in book.sheets] == ["填报"]
    assert shown(book) == KINDS
    assert (book.macros, book.properties, book.extras) == (False, {}, Extras())


def test_numbers_and_texts_are_those_of_calamine() -> None:
    body = written(all_kinds)
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_name("填报").to_python()[0]
    for column, value in enumerate(theirs):
        if isinstance(value, str | float | bool) and value != "" and not str(value).startswith("#"):
            assert KINDS[cell_ref(0, column)][1] == value


def test_dates_that_count_from_1904() -> None:
    def make(book: xlwt.Workbook) -> None:
        book.dates_1904 = True
        book.add_sheet("a").write(0, 0, 43281 - 1462, look("yyyy-mm-dd"))

    assert shown(read_old_book(written(make)))["A1"] == (CellKind.DATE, dt.date(2018, 6, 30), False)


def test_formulas_show_their_results() -> None:
    def result(row: int, eight: bytes) -> bytes:
        return record(0x06, struct.pack("<HHH", row, 0, 0) + eight + bytes(8))

    text = record(0x207, struct.pack("<HB", 2, 1) + "乙甲".encode("utf-16-le"))
    cells = (
        result(0, struct.pack("<d", 2.5))
        + result(1, b"\0" * 6 + b"\xff\xff")
        + text
        + result(2, b"\1\0\1\0\0\0\xff\xff")
        + result(3, b"\2\0\x17\0\0\0\xff\xff")
        + result(4, b"\3" + b"\0" * 5 + b"\xff\xff")
        + biff.number(5, 0, 1)
    )
    book = read_old_book(container(stream(biff.number(0, 0, 1), cells)))
    assert shown(book, 1) == {
        "A1": (CellKind.NUMBER, 2.5, False),
        "A2": (CellKind.TEXT, "乙甲", False),
        "A3": (CellKind.BOOL, True, False),
        "A4": (CellKind.ERROR, "#REF!", False),
        "A6": (CellKind.NUMBER, 1.0, False),
    }
    formulas = [[one.formula for row in sheet.rows.values() for one in row.values()] for sheet in book.sheets]
    assert formulas == [[None], ["=", "=", "=", "=", None]]


def test_what_is_hidden_and_merged() -> None:
    def make(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("a")
        sheet.write_merge(1, 2, 1, 3, "合")
        sheet.write(3, 0, "藏")
        sheet.row(3).hidden = True
        sheet.col(2).hidden = True
        for visibility in (1, 2):
            book.add_sheet(f"h{visibility}").visibility = visibility

    book = read_old_book(written(make))
    first = book.sheets[0]
    assert (first.hidden_rows, first.hidden_columns, first.merges) == ({3}, {2}, [(1, 1, 2, 3)])
    assert [sheet.hidden for sheet in book.sheets] == [False, True, True]


def test_a_workbook_without_any_format() -> None:
    body = container(stream(biff.label(0, 0, 0) + biff.number(1, 1, 2.5), table=biff.strings("进展")))
    assert shown(read_old_book(body)) == {
        "A1": (CellKind.TEXT, "进展", False),
        "B2": (CellKind.NUMBER, 2.5, False),
    }


def test_the_stream_may_have_its_older_name() -> None:
    assert shown(read_old_book(biff.renamed(written(all_kinds), "Book"))) == KINDS


def test_macros() -> None:
    body = container(stream(biff.number(0, 0, 1)), "_VBA_PROJECT_CUR")
    assert read_old_book(body).macros


def test_comments_pictures_and_text_boxes() -> None:
    outside = record(biff.SUPBOOK, struct.pack("<HHB", 1, 13, 0) + b"\1\1Dx\3\3[b.xls]"[:13])
    drawings = (
        biff.drawn(25, 1, "请看附件")
        + biff.drawn(25, 2, "【审核意见】缺进展")
        + biff.drawn(8, 3)
        + biff.drawn(6, 4, "另附说明")
        + biff.drawn(6, 5, "长" * 900)
        + biff.drawn(5, 6, "图表标题")
    )
    book = read_old_book(container(stream(biff.number(0, 0, 1) + drawings, more=outside)))
    assert book.extras == Extras(1, 0, 1, ("另附说明", "长" * 500), ("b.xls",))
    assert shown(book) == {"A1": (CellKind.NUMBER, 1.0, False)}


@pytest.mark.parametrize("page", [65001, 1200, 936])
@pytest.mark.parametrize("kind", [0x1E, 0x1F])
def test_custom_properties(page: int, kind: int) -> None:
    pairs = [("备注", "内部"), ("kpi-xlsx", 'kpi-xlsx:["2018-06","a"]')]
    assert read_properties(biff.properties(pairs, page, kind)) == dict(pairs)


def test_custom_properties_that_are_damaged() -> None:
    whole = biff.properties([("kpi-xlsx", "a"), ("b", "c")])
    for length in range(len(whole)):
        try:
            found = read_properties(whole[:length])
        except struct.error:
            continue
        assert set(found) <= {"kpi-xlsx", "b", ""}


# --- what it must not cost --------------------------------------------------------------------------------------------


def test_a_stray_cell_at_the_bottom_pads_nothing() -> None:
    def make(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("a")
        sheet.write(0, 255, "右")
        sheet.write(65_535, 0, "底")

    book = read_old_book(written(make), Limits(cells=66_000))  # a padded grid would have sixteen million
    assert set(shown(book)) == {"IV1", "A65536"}


def in_time(body: bytes, limits: Limits = DEFAULT_LIMITS, seconds: float = 10) -> Book | str:
    """What becomes of a file, if it does so quickly."""
    begun = time.monotonic()
    try:
        return read_old_book(body, limits)
    except Unreadable as verdict:
        return verdict.code
    finally:
        assert time.monotonic() - begun < seconds


def test_a_link_over_the_whole_grid_is_not_unfolded() -> None:
    link = record(biff.HLINK, struct.pack("<HHHH", 0, 65_535, 0, 65_535) + bytes(16) + struct.pack("<II", 2, 0))
    found = in_time(container(stream(biff.number(0, 0, 1) + link)))
    assert isinstance(found, Book)
    assert set(shown(found)) == {"A1"}


def test_a_link_that_is_cut_off_at_the_end_is_not_unfolded_either() -> None:
    body = stream(biff.number(0, 0, 1))[: -len(record(biff.EOF))]
    body += struct.pack("<HH", biff.HLINK, 60_000) + struct.pack("<HHHH", 0, 65_535, 0, 65_535) + bytes(30)
    assert in_time(container(body)) == "F101"


def test_sizes_that_are_told_again_and_again_build_nothing() -> None:
    again = record(biff.DIMENSIONS, struct.pack("<IIHHH", 0, 1, 0, 1, 0)) + biff.number(65_535, 0, 1)
    found = in_time(container(stream(again * 500)))
    assert isinstance(found, Book)
    assert set(shown(found)) == {"A65536"}


def test_many_links_and_boxes() -> None:
    links = b"".join(
        record(biff.SUPBOOK, struct.pack("<HHB", 1, 8, 0) + f"\1{at:07}".encode()) for at in range(100_000)
    )
    found = in_time(container(stream(biff.number(0, 0, 1) + biff.drawn(6, 1, "框") * 500, more=links)))
    assert isinstance(found, Book)
    assert (len(found.extras.links), len(found.extras.text_boxes)) == (50, 50)


def test_shared_strings_that_lead_backwards() -> None:
    phonetic = struct.pack("<HBi", 1, 4, -8) + b"a"
    body = container(stream(biff.label(0, 0, 0), table=struct.pack("<ii", 1, 2**31 - 1) + phonetic + bytes(50)))
    assert in_time(body) == "F101"


def test_more_shared_strings_than_there_are() -> None:
    assert in_time(container(stream(biff.label(0, 0, 0), table=biff.strings("a", count=2**31 - 1)))) == "F101"


def test_many_sheets_in_one_place() -> None:
    body = stream(biff.number(0, 0, 1), biff.number(0, 0, 2))
    first = body.index(struct.pack("<HH", biff.BOUNDSHEET, 10)) + 4
    second = body.index(struct.pack("<HH", biff.BOUNDSHEET, 10), first) + 4
    twice = body[:second] + body[first : first + 4] + body[second + 4 :]
    nowhere = body[:second] + struct.pack("<I", 30) + body[second + 4 :]
    assert isinstance(in_time(container(body)), Book)
    assert in_time(container(twice)) == "F101"
    assert in_time(container(nowhere)) == "F101"


def test_a_stray_cell_at_the_bottom_of_every_sheet() -> None:
    body = container(stream(*[biff.number(65_535, 255, 1)] * 60))
    assert in_time(body, limits=Limits(cells=200_000)) == "F104"


def test_a_chart_sheet_holds_no_cells() -> None:
    body = stream(biff.number(0, 0, 1), biff.number(0, 0, 2), biff.number(0, 0, 3))
    place = body.index(b"S1") - 3
    found = read_old_book(container(body[:place] + b"\2" + body[place + 1 :]))
    assert [(one.name, *shown(found, at).values()) for at, one in enumerate(found.sheets)] == [
        ("S0", (CellKind.NUMBER, 1.0, False)),
        ("S2", (CellKind.NUMBER, 3.0, False)),
    ]


@pytest.mark.parametrize("at", [44, 64, 72])
def test_tables_of_sectors_larger_than_the_file(at: int) -> None:
    body = bytearray(written(all_kinds))
    struct.pack_into("<I", body, at, 2**31 - 1)
    assert in_time(bytes(body)) == "F101"


def test_a_stream_larger_than_the_file() -> None:
    body = bytearray(written(all_kinds))
    struct.pack_into("<I", body, body.find("Workbook".encode("utf-16-le")) + 120, 2**31 - 1)
    assert in_time(bytes(body)) == "F101"


# --- what is refused --------------------------------------------------------------------------------------------------


def test_limits() -> None:
    def make(book: xlwt.Workbook) -> None:
        for name in "abc":
            sheet = book.add_sheet(name)
            sheet.write_merge(0, 0, 0, 2, "文字")
            sheet.write_merge(1, 1, 0, 2, "文字")

    body = written(make)
    assert len(read_old_book(body, Limits(cells=12, text=20, sheets=3, merges=2, old_bytes=len(body))).sheets) == 3
    for limits in (
        Limits(old_bytes=len(body) - 1),
        Limits(cells=11),
        Limits(text=11),
        Limits(sheets=2),
        Limits(merges=1),
        Limits(formats=5),
    ):
        assert refused(body, limits) == "F104"


def test_a_shared_text_counts_wherever_it_is_shown() -> None:
    cells = b"".join(biff.label(row, 0, 0) for row in range(100))
    body = container(stream(cells, table=biff.strings("长" * 100)))
    assert refused(body, Limits(text=9_999)) == "F104"
    assert len(shown(read_old_book(body, Limits(text=10_000)))) == 100


def test_a_password() -> None:
    assert refused(container(stream(biff.number(0, 0, 1), more=record(biff.FILEPASS, bytes(54))))) == "F103"
    assert refused(container(stream(biff.number(0, 0, 1)), "EncryptedPackage")) == "F103"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("WordDocument", "Word"),
        ("PowerPoint Document", "presentation"),
        ("__properties_version1.0", "Outlook"),
        ("Contents", "not a workbook"),
    ],
)
def test_other_old_files(name: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as caught:
        read_old_book(biff.renamed(written(all_kinds), name))
    assert caught.value.code == "F102"


@pytest.mark.parametrize("body", [b"", b"PK\3\4", bytes(600), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)])
def test_no_container_at_all(body: bytes) -> None:
    assert refused(body) == "F101"


@pytest.mark.parametrize("index", [-1, 1, 2**31 - 1])
def test_a_cell_whose_text_is_not_there(index: int) -> None:
    assert refused(container(stream(biff.label(0, 0, index), table=biff.strings("a")))) == "F101"


def test_files_that_are_cut_off() -> None:
    body = written(all_kinds)
    for length in range(0, len(body), 37):
        assert isinstance(in_time(body[:length]), Book | str)
    assert refused(body[: len(body) // 2]) == "F101"


@pytest.mark.parametrize("where", ["anywhere", "container", "records"])
def test_damaged_bytes(where: str) -> None:
    """Nothing but Unreadable may come out, whatever is wrong; and not all of it must be noticed."""
    body = written(all_kinds)
    first, last = {"anywhere": (0, len(body)), "container": (0, 512), "records": (512, 4096)}[where]
    ends = set()
    for seed in range(300):
        chance = random.Random(seed)
        damaged = bytearray(body)
        for _ in range(chance.choice([1, 2, 10, 100])):
            damaged[chance.randrange(first, last)] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        found = in_time(bytes(damaged))
        ends.add(found if isinstance(found, str) else "read")
    assert {"F101", "read"} <= ends <= {"read", "F101", "F102", "F103", "F104"}


# --- our own form, saved by others ------------------------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.parametrize("suffix", [".xls", ".et"])
def test_our_form_saved_by_libreoffice(tmp_path: Path, office: Office, suffix: str) -> None:
    form, saved = tmp_path / "form.xlsx", tmp_path / "saved.xls"
    make_form(form)
    with office.open(form) as book:
        book.do("save_as", str(saved))
    saved = saved.rename(saved.with_suffix(suffix))
    other = read_old_book(saved.read_bytes())
    # LibreOffice saves the texts of formulas that it has not calculated anew as the number 0.
    must_be_the_same(form, other, lambda ref: ref == "B3" or ref.startswith("Q"))


@pytest.mark.office
def test_our_form_saved_by_gnumeric(tmp_path: Path) -> None:
    form = tmp_path / "form.xlsx"
    make_form(form)
    must_be_the_same(form, read_old_book(convert(form, ".xls").read_bytes()))
