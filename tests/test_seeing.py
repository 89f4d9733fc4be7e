"""What is seen of a return beside plain answers: formulas, errors, hidden places, remarks, pictures, boxes, links."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
import returns_kit as kit
import xlsxwriter
from hostile import (
    SHEET,
    Part,
    cell,
    data,
    forged,
    members_of,
    pack,
    parts,
    relationships,
    row,
    words,
    workbook,
)
from hostile import Tab as HandMade
from office import Office
from openpyxl.chart import LineChart, Reference
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula

from kpi_xlsx.book import BOX_LENGTH, BOXES, OWN_REMARK, Extras, Sheet
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.model import Answer, CellKind, CellType, Finding, Language
from kpi_xlsx.sheets import read_book
from kpi_xlsx.stand_ins import find_picture, is_error
from kpi_xlsx.values import read_answer

ZH, EN = Language.ZH, Language.EN
both_languages = pytest.mark.parametrize("language", list(Language))


@pytest.fixture
def cycle(tmp_path: Path) -> Cycle:
    return kit.make_cycle(tmp_path / "cycle", EN)


def first_sheet(body: bytes, limits: Limits = DEFAULT_LIMITS) -> Sheet:
    return read_book(io.BytesIO(body), limits).sheets[0]


def extras_of(body: bytes | Path) -> Extras:
    return read_book(io.BytesIO(body) if isinstance(body, bytes) else body).extras


def findings(cycle: Cycle, *codes: str) -> list[Finding]:
    return [one for one in kit.found(cycle.validate()) if one.code in codes]


# --- formulas ---------------------------------------------------------------------------------------------------------

SHAPES: Mapping[str, tuple[str, object]] = {
    "calculated": ("<c r='A1'><f>B1*2</f><v>12</v></c>", 12.0),
    "calculated to nought": ("<c r='A1'><f>B1*2</f><v>0</v></c>", 0.0),
    "a text": ("<c r='A1' t='str'><f>B1</f><v>12 km</v></c>", "12 km"),
    "a shared formula": ("<c r='A1'><f t='shared' ref='A1:A9' si='0'>B1*2</f><v>12</v></c>", 12.0),
    "a follower of one": ("<c r='A1'><f t='shared' si='0'/><v>12</v></c>", 12.0),
    "an empty formula": ("<c r='A1'><f/><v>12</v></c>", 12.0),
    "an array formula": ("<c r='A1'><f t='array' ref='A1:A2'>B1:B2*2</f><v>12</v></c>", 12.0),
    "a dynamic array": ("<c r='A1' cm='1'><f t='array' ref='A1'>_xlfn.UNIQUE(B1)</f><v>12</v></c>", 12.0),
    "a data table": ("<c r='A1'><f t='dataTable' ref='A1:A5' dt2D='1' dtr='1' r1='B1' r2='B2'/><v>12</v></c>", 12.0),
    "never calculated": ("<c r='A1'><f>B1*2</f></c>", None),
    "with an empty value": ("<c r='A1'><f>B1*2</f><v></v></c>", None),
    "with a closed value": ("<c r='A1'><f>B1*2</f><v/></c>", None),
    "a follower never calculated": ("<c r='A1'><f t='shared' si='0'/></c>", None),
    "an array never calculated": ("<c r='A1'><f t='array' ref='A1:A2'>B1:B2*2</f><v/></c>", None),
    "a data table never calculated": ("<c r='A1'><f t='dataTable' ref='A1:A5' r1='B1'/></c>", None),
    "a text never calculated": ("<c r='A1' t='str'><f>B1</f></c>", None),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_formula_gives_its_value_or_was_never_calculated(shape: str, cycle: Cycle) -> None:
    xml, value = SHAPES[shape]
    answer = read(xml, cycle, "progress" if isinstance(value, str) else "actual")
    assert answer is not None
    assert answer.formula
    assert (answer.value, answer.uncalculated) == (value, value is None)
    assert answer.fault == ("V109" if value is None else None)


def test_formula_that_gave_an_empty_text_is_a_blank(cycle: Cycle) -> None:
    assert read("<c r='A1' t='str'><f>IF(B1,1,\"\")</f><v></v></c>", cycle, "actual") is None


def read(xml: str, cycle: Cycle, column: str, **more: str) -> Answer | None:
    """The answer that stands in A1."""
    found = first_sheet(workbook(data(row(1, xml)), **more)).cell(0, 0)
    return read_answer(cycle.context.template.main.by_key[column], found, cycle.context.period)


@pytest.mark.parametrize("array", [False, True])
def test_formula_that_openpyxl_wrote_was_never_calculated(array: bool, tmp_path: Path, cycle: Cycle) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = ArrayFormula("A1:A2", "=B1:B2*2") if array else "=B1*2"
    book.save(path)
    found = read_book(path).sheets[0].cell(0, 0)
    answer = read_answer(cycle.context.template.main.by_key["actual"], found, cycle.context.period)
    assert answer is not None
    assert (answer.value, answer.fault, answer.uncalculated) == (None, "V109", True)


def test_formulas_are_told_with_their_value_and_without(cycle: Cycle) -> None:
    kit.put_formula(cycle)
    kit.patch(kit.inbox(cycle), SHEET, lambda text: text.replace("<f>6*2</f><v>12</v>", "<f>6*0</f><v>0</v>"))
    assert [(one.code, "its value 0 was taken" in one.message) for one in findings(cycle, "V109", "V110")] == [
        ("V110", True)
    ]
    kit.patch(kit.inbox(cycle), SHEET, lambda text: text.replace("<f>6*0</f><v>0</v>", "<f>6*0</f>"))
    (found,) = findings(cycle, "V109", "V110")
    assert "a formula that was never calculated" in found.message


# --- errors -----------------------------------------------------------------------------------------------------------

ERRORS = ["#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!"]
ERRORS += ["#SPILL!", "#CALC!", "#GETTING_DATA", "Err:502"]
BY_TYPE = {
    CellType.TEXT: "progress",
    CellType.NUMBER: "actual",
    CellType.CHOICE: "status",
    CellType.DATE: "completed_on",
    CellType.MONTH: "data_as_of",
}


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("column", BY_TYPE.values())
def test_error_is_no_value_and_no_blank(error: str, column: str, cycle: Cycle) -> None:
    """Stored as one, calculated, and pasted as text."""
    calculated = f"<c r='A1' t='e'><f>B1</f><v>{error}</v></c>"
    as_text = f"<c r='A1' t='str'><f>B1</f><v>{error}</v></c>"
    for xml in (cell("A1", error, "e"), calculated, as_text, words("A1", error), words("A1", f" {error.lower()}　")):
        answer = read(xml, cycle, column)
        assert answer is not None
        assert (answer.value, answer.fault, answer.uncalculated) == (None, "V109", False)
        assert (answer.raw, answer.error) == (answer.error, answer.raw)
        assert answer.raw.casefold() == error.casefold()


@pytest.mark.parametrize(
    "text", ["#1", "#", "#REF", "Err:50", "Err:5022", "#N/A 待补", "见 #REF!", "#REF!" * 20, "错误"]
)
def test_text_about_an_error_is_text(text: str, cycle: Cycle) -> None:
    answer = read(words("A1", text), cycle, "progress")
    assert answer is not None
    assert (answer.value, answer.fault) == (text, None)


@pytest.mark.parametrize("text", ["＃REF！", "错误:502", "错误：508", "ERR:522"])
def test_error_words_are_known_in_other_spellings(text: str) -> None:
    found = first_sheet(workbook(data(row(1, words("A1", text))))).cell(0, 0)
    assert found is not None
    assert (found.kind, is_error(found)) == (CellKind.TEXT, True)


@both_languages
def test_error_pasted_as_text_is_kept_and_told(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"evidence": "#SPILL!"}})
    report = cycle.validate()
    assert [(one.column, one.code, "#SPILL!" in one.message) for one in report.findings] == [("evidence", "V109", True)]
    (entry,) = [line.entry for line in report.entries if line.id == "1"]
    assert entry is not None
    assert entry.text("evidence") == "#SPILL!"


# --- pictures in cells ------------------------------------------------------------------------------------------------

WPS = '=DISPIMG("ID_0A1B",1)'
SHOWN = (
    f"<c r='A1' t='str'><f>_xlfn.DISPIMG(\"ID_0A1B\",1)</f><v>{WPS}</v></c>",
    f"<c r='A1' t='str'><f>DISPIMG(\"ID_0A1B\",1)</f><v>{WPS}</v></c>",
    "<c r='A1'><f>_xlfn.DISPIMG(\"ID_0A1B\",1)</f></c>",
    "<c r='A1' t='e'><f aca='false'>_xlfn.dispimg(\"ID_0A1B\", 1)</f><v>#NAME?</v></c>",
    words("A1", WPS),
)


@pytest.mark.parametrize("xml", SHOWN, ids=["WPS", "no prefix", "openpyxl", "LibreOffice", "text"])
@pytest.mark.parametrize("column", BY_TYPE.values())
def test_picture_in_a_cell_is_no_value(xml: str, column: str, cycle: Cycle) -> None:
    answer = read(xml, cycle, column)
    assert answer is not None
    assert (answer.value, answer.fault, answer.why) == (None, "V109", "picture")
    assert answer.raw
    assert extras_of(workbook(data(row(1, xml)))) == Extras(pictures=1)


@pytest.mark.parametrize(
    "text",
    ['=DISPIMG("ID_1",1)&"x"', '见 =DISPIMG("ID_1",1)', 'DISPIMG("ID_1",1)', "=DISPIMG()", "=" + "_xlfn." * 9_000],
)
def test_words_about_a_picture_are_words(text: str) -> None:
    found = first_sheet(workbook(data(row(1, words("A1", text))))).cell(0, 0)
    assert found is not None
    assert find_picture(found) is None


@both_languages
def test_picture_in_a_cell_is_told_and_is_no_words_in_the_master(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    kit.send(cycle)
    kit.type_over(kit.inbox(cycle), "1", "evidence", '=_xlfn.DISPIMG("ID_1",1)')
    report = cycle.validate()
    said = {one.code: one.message for one in report.findings}
    assert set(said) == {"V109", "S110"}
    assert language.say("是一张图片", "holds a picture instead") in said["V109"]
    assert language.say("1 张图片", "1 picture") in said["S110"]
    cycle.merge()
    master = openpyxl.load_workbook(cycle.settings.master)
    texts = [str(one.value) for sheet in master for line in sheet.iter_rows() for one in line if one.value]
    assert language.say("[图片]", "[picture]") in texts
    assert not [text for text in texts if "DISPIMG" in text]


# --- hidden rows and columns ------------------------------------------------------------------------------------------


def tab(inner: str, *rows: str) -> Sheet:
    return first_sheet(workbook(inner + data(*rows)))


@pytest.mark.parametrize(
    ("attributes", "hidden"),
    [
        ('hidden="1"', True),
        ('hidden="true"', True),
        ('hidden="0"', False),
        ('ht="0"', True),
        ('ht="0.0" customHeight="1"', True),
        ('ht="0.75"', False),
        ('ht="x"', False),
        ('ht="15" collapsed="1"', False),
    ],
)
def test_rows_that_are_not_shown(attributes: str, hidden: bool) -> None:
    sheet = tab("", f'<row r="3" {attributes}>{cell("A3", 1)}</row>')
    assert sheet.hidden_rows == ({2} if hidden else set())


def test_rows_that_stand_in_the_file_are_shown_where_the_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.set_default_row(hide_unused_rows=True)
        sheet.write(0, 0, 1)
        sheet.set_row(1, None, None, {"hidden": True})
    assert b'zeroHeight="1"' in members_of(path.read_bytes())[SHEET]
    assert read_book(path).sheets[0].hidden_rows == {1}


@pytest.mark.parametrize(
    ("attributes", "hidden"),
    [
        ('min="2" max="3" hidden="1"', {1, 2}),
        ('min="2" max="2" width="0" customWidth="1"', {1}),
        ('min="2" max="2" width="9.5"', set()),
        ('min="16384" max="16384" hidden="true"', {16_383}),
        ('min="16384" max="9999999" hidden="1"', {16_383}),
        ('min="16385" max="16390" hidden="1"', set()),
        ('min="0" max="1" hidden="1"', {0}),
        ('min="3" max="2" hidden="1"', set()),
        ('min="-1" max="2" hidden="1"', set()),
        ('min="x" max="y" hidden="1"', set()),
        (f'min="1" max="{"9" * 5000}" hidden="1"', set()),
        ('hidden="1"', set()),
    ],
)
def test_columns_that_are_not_shown(attributes: str, hidden: set[int]) -> None:
    assert tab(f"<cols><col {attributes}/></cols>").hidden_columns == hidden


def test_columns_may_be_claimed_hidden_again_and_again() -> None:
    every = '<col min="1" max="16384" hidden="1"/>'
    assert len(tab(f"<cols>{every * 50_000}</cols>").hidden_columns) == 16_384


def test_columns_claimed_beyond_the_grid_are_left_out() -> None:
    first, last = '<col min="1" max="10000" hidden="1"/>', '<col min="16000" max="16000" hidden="1"/>'
    assert len(tab(f"<cols>{first}{last}</cols>").hidden_columns) == 10_001
    assert len(tab(f"<cols>{first * 2}{last}</cols>").hidden_columns) == 10_000


def hide(path: Path, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> None:
    with kit.edited(path) as (sheet, marks):
        for goal in rows:
            sheet.row_dimensions[marks.rows[goal]].hidden = True
        for key in columns:
            sheet.column_dimensions[get_column_letter(marks.columns[key])].hidden = True


@both_languages
def test_hidden_answers_are_read_and_told(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    before = {line.id: line.entry for line in cycle.validate(kit.send(cycle)).entries if line.department == "A"}
    hide(kit.inbox(cycle), ["1", "3"], ["progress"])
    report = cycle.validate(kit.inbox(cycle))
    assert {line.id: line.entry for line in report.entries if line.department == "A"} == before
    (found,) = report.findings
    rows = [before[goal].row for goal in ("1", "3")]  # type: ignore[union-attr]
    column = cycle.context.template.main.by_key["progress"].header
    where = language.say(
        f"第 {rows[0]}、{rows[1]} 行和“{column}”列被隐藏或筛选掉了",
        f"rows {rows[0]}, {rows[1]} and column “{column}”.",
    )
    assert where in found.message
    assert (found.code, found.cell) == ("S109", kit.address(kit.inbox(cycle), "1", "progress"))


def test_hidden_column_is_told_at_its_first_answer(cycle: Cycle) -> None:
    hide(kit.send(cycle), [], ["progress", "status"])
    (found,) = findings(cycle, "S109")
    names = [cycle.context.template.main.by_key[key].header for key in ("progress", "status")]
    assert f"answered: columns “{names[0]}”, “{names[1]}”." in found.message
    assert found.cell == kit.address(kit.inbox(cycle), "1", "progress")


def test_filtered_rows_are_told(cycle: Cycle) -> None:
    """A filter that was left on; Excel and openpyxl hide the rows themselves."""
    with kit.edited(kit.send(cycle)) as (sheet, marks):
        sheet.auto_filter.ref = f"B{marks.head}:H{marks.head + 3}"
        sheet.auto_filter.add_filter_column(0, ["1", "3"])
        sheet.row_dimensions[marks.rows["2"]].hidden = True
    (found,) = findings(cycle, "S109")
    assert "answered: row " in found.message


def test_filter_of_xlsxwriter_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["Status", "open", "done", "open"])
        sheet.autofilter(0, 0, 3, 0)
        sheet.filter_column(0, "x == open")
        sheet.set_row(2, None, None, {"hidden": True})
    assert read_book(path).sheets[0].hidden_rows == {2}


def test_hidden_without_answers_is_nothing(cycle: Cycle) -> None:
    """Rows and columns left blank, given columns, and the form's own hidden marks."""
    blank = kit.blank_row(cycle)
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": blank, "1": {"share": None}})
    hide(kit.inbox(cycle), ["2"], ["share", "requirement"])
    assert findings(cycle, "S109") == []


def test_a_hidden_sheet_with_answers_is_said(cycle: Cycle) -> None:
    """Somebody may see another sheet only: a blank copy of the form, for one."""
    book = openpyxl.load_workbook(kit.send(cycle))
    book.worksheets[0].sheet_state = "hidden"
    book.create_sheet("Cover")
    book.active = len(book.worksheets) - 1
    book.save(kit.inbox(cycle))
    assert read_book(kit.inbox(cycle)).sheets[0].hidden
    (found,) = findings(cycle, "S109")
    assert found.cell == kit.address(kit.inbox(cycle), "1", "progress")
    assert f"“{found.sheet}”" in found.message


@pytest.mark.parametrize(
    ("goals", "shown"),
    [
        (range(1, 21), "rows {1}–{20}."),
        ((1, 2, 4, 7, 8, 9), "rows {1}–{2}, {4}, {7}–{9}."),
        (range(1, 20, 2), "rows {1}, {3}, {5}, {7}, {9}, {11}, {13}, {15}…."),
        ((20,), "row {20}."),
    ],
)
def test_hidden_rows_are_named_together(goals: Sequence[int], shown: str, tmp_path: Path) -> None:
    plan = [{**kit.goals(EN)[0], "id": str(number), "name": f"Road {number}"} for number in range(1, 21)]
    plan.append({**kit.goals(EN)[3], "id": "99"})
    cycle = kit.make_cycle(tmp_path / "cycle", EN, plan=plan)
    hide(kit.send(cycle), [str(number) for number in goals])
    (found,) = findings(cycle, "S109")
    with kit.edited(kit.inbox(cycle)) as (_, marks):
        rows = [0, *(marks.rows[str(number)] for number in range(1, 21))]
    assert found.message.endswith(shown.format(*rows))


# --- comments, pictures and text boxes --------------------------------------------------------------------------------


def png() -> io.BytesIO:
    """A picture of one grey dot."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunks)


def test_what_xlsxwriter_puts_over_the_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, 1)
        sheet.write_comment("B1", "请核对")
        sheet.write_comment("B2", "Please check", {"author": "Li"})
        sheet.insert_image("D1", "a.png", {"image_data": png()})
        sheet.embed_image("A2", "a.png", {"image_data": png()})
        sheet.insert_textbox("D5", "已建成 <12> 公里\n其余 & 年底完成")
        sheet.insert_textbox("D9", "")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Sheet1!$A$1:$A$2"})
        sheet.insert_chart("H1", chart)
    assert extras_of(path) == Extras(2, 0, 3, ("已建成 <12> 公里\n其余 & 年底完成",))


def test_what_openpyxl_puts_over_the_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([1, 2])
    sheet["A1"].comment = Comment("请核对", "Li")
    chart = LineChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=1))
    sheet.add_chart(chart, "D1")
    book.create_sheet()["B2"].comment = Comment("Sheet two", "Li")
    book.save(path)
    assert extras_of(path) == Extras(comments=2, pictures=1)


def with_parts(more: Mapping[str, str], *targets: tuple[str, str], owner: str = "") -> bytes:
    """A workbook whose sheet (or another owner) relates to further parts."""
    return kit.attached(workbook(), more, targets, owner)


def with_comments(*texts: str, author: str = "Li") -> bytes:
    return with_parts({"xl/comments1.xml": kit.comments(*texts, author=author)}, ("comments", "../comments1.xml"))


def with_drawing(*shapes: str) -> bytes:
    part = kit.anchored(*shapes)
    return with_parts({"xl/drawings/drawing1.xml": part}, ("drawing", "../drawings/drawing1.xml"))


def test_remarks_of_the_tool_itself_do_not_count() -> None:
    """In runs, and behind white space; a remark that only quotes one counts."""
    zh, en = OWN_REMARK
    assert extras_of(with_comments(f"{zh}请填写", f"  {en} Fill in", "", f"关于{zh}的答复", "好")).comments == 2


THREADS = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"


def with_threads(comments: str | None, threads: str | None) -> bytes:
    made = {"xl/comments1.xml": comments, "xl/threadedComments/threadedComment1.xml": threads}
    targets = (("comments", "../comments1.xml"), (THREADS, "../threadedComments/threadedComment1.xml"))
    return with_parts({name: text for name, text in made.items() if text is not None}, *targets)


CONVERSATIONS = (
    '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
    '<threadedComment ref="B1" id="{A}"><text>Sure?</text></threadedComment>'
    '<threadedComment ref="B1" id="{B}" parentId="{A}"><text>Yes</text></threadedComment>'
    '<threadedComment ref="B2" id="{C}"><text>And this?</text></threadedComment></ThreadedComments>'
)
STUB_ZH, STUB_EN = "[线程批注]\n\n你的 Excel 版本可读取此批注", "[Threaded comment]\n\nYour version of Excel"


@pytest.mark.parametrize("texts", [(STUB_ZH, STUB_EN), ("[Commentaire]", "[Kommentar]")])
def test_conversations_count_once(texts: tuple[str, str]) -> None:
    """By the author of the stubs that Excel leaves, and by their words; without the conversations the stubs count."""
    stubs = kit.comments(*texts, author="tc={A}")
    assert extras_of(with_threads(stubs, CONVERSATIONS)) == Extras(comments=0, threads=2)
    assert extras_of(with_threads(stubs, None)) == Extras(comments=2)
    assert extras_of(with_threads(None, CONVERSATIONS)) == Extras(threads=2)
    mixed = kit.comments(STUB_ZH, "我自己的批注")
    assert extras_of(with_threads(mixed, CONVERSATIONS)) == Extras(comments=1, threads=2)


def test_shapes_in_groups_and_their_second_forms() -> None:
    """Grouped shapes count; what stands there again for older programs does not, nor do shapes without words."""
    group = f"<xdr:grpSp>{kit.PICTURE}<xdr:grpSp>{kit.text_box('内层')}{kit.PICTURE}</xdr:grpSp></xdr:grpSp>"
    twice = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice Requires='a14'>{kit.text_box('一次')}<xdr14:contentPart xmlns:xdr14='x'/></mc:Choice>"
        f"<mc:Fallback>{kit.text_box('一次')}{kit.PICTURE}</mc:Fallback></mc:AlternateContent>"
    )
    runs = "<a:p><a:r><a:t>6</a:t></a:r><a:br/><a:fld><a:t>月</a:t></a:fld></a:p>"
    field = f"<xdr:sp><xdr:txBody>{runs}</xdr:txBody></xdr:sp>"
    plain = "<xdr:sp><xdr:spPr/></xdr:sp><xdr:cxnSp/>"
    found = extras_of(with_drawing(group, twice, field, plain, kit.text_box(" \n "), kit.text_box("末")))
    assert found == Extras(pictures=3, text_boxes=("内层", "一次", "6\n月", "末"))


def test_words_of_boxes_are_bounded() -> None:
    found = extras_of(with_drawing(*(kit.text_box("长" * 2000 + "\n尾") for _ in range(BOXES + 10))))
    assert found.text_boxes == ("长" * BOX_LENGTH,) * BOXES


CELL_IMAGES = "http://www.wps.cn/officeDocument/2020/cellImage"


def cell_images(*names: str) -> str:
    pictures = "".join(
        f'<etc:cellImage><xdr:pic><xdr:nvPicPr><xdr:cNvPr name="{name}"/></xdr:nvPicPr></xdr:pic></etc:cellImage>'
        for name in names
    )
    return f'<etc:cellImages xmlns:etc="http://www.wps.cn/etc" xmlns:xdr="x">{pictures}</etc:cellImages>'


@pytest.mark.parametrize("targets", [(), ((CELL_IMAGES, "cellimages.xml"),)])
def test_pictures_in_cells_of_wps_count_once(targets: Sequence[tuple[str, str]]) -> None:
    """Whether the part or the cell is left; the same picture shown twice is one."""
    images = {"xl/cellimages.xml": cell_images("ID_A", "ID_B")}
    assert extras_of(with_parts(images, *targets, owner="workbook")).pictures == 2
    lines = [row(at, words(f"A{at}", f'=DISPIMG("{name}",1)')) for at, name in enumerate(("ID_B", "ID_B", "ID_C"), 1)]
    body = pack({**members_of(with_parts(images, *targets, owner="workbook")), SHEET: worksheet(*lines)})
    assert extras_of(body).pictures == 3
    assert extras_of(pack({**members_of(body), "xl/cellimages.xml": "<x>"})).pictures == 2


def worksheet(*rows: str) -> Part:
    return parts(HandMade(data(*rows)))[SHEET]


def test_pictures_in_cells_without_names_count() -> None:
    empty = '<c:cellImages xmlns:c="x"><c:cellImage/><c:cellImage/></c:cellImages>'
    assert extras_of(with_parts({"xl/cellimages.xml": empty})).pictures == 2


def test_embedded_documents_count_as_pictures() -> None:
    made = {"xl/embeddings/oleObject1.bin": "x", "xl/embeddings/Letter.docx": "x"}
    targets = (("oleObject", "../embeddings/oleObject1.bin"), ("package", "../embeddings/Letter.docx"))
    assert extras_of(with_parts(made, *targets)) == Extras(pictures=2)


@both_languages
def test_extras_are_told_in_words(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    kit.add_extras(cycle)
    before = cycle.validate().entries
    (found,) = findings(cycle, "S110")
    assert found.message == language.say(
        "单元格之外，这份报送件还带有 1 条批注、1 张图片和 1 个文本框（“已完成一半”）。",
        "Besides its cells, this return holds 1 comment, 1 picture and 1 text box (“Half of it is done”).",
    )
    kit.send(cycle)
    boxes = [kit.text_box(f"{number}\n" + "long " * 40) for number in range(1, 5)]
    made = {"xl/comments9.xml": kit.comments("a", "b"), "xl/drawings/drawing9.xml": kit.anchored(*boxes)}
    kit.attach(kit.inbox(cycle), made, (("comments", "../comments9.xml"), ("drawing", "../drawings/drawing9.xml")))
    report = cycle.validate()
    (found,) = report.findings
    assert language.say("2 条批注和 4 个文本框（“1 long", "2 comments and 4 text boxes (“1 long") in found.message
    assert found.message.count("“") == 3
    assert [line.entry for line in report.entries] == [line.entry for line in before]


def test_box_over_a_blank_form_is_told(cycle: Cycle) -> None:
    """Where all answers were typed into a text box, the cells are blank."""
    kit.send_blank(cycle)
    drawing = {"xl/drawings/drawing9.xml": kit.anchored(kit.text_box("All goals are met."))}
    kit.attach(kit.inbox(cycle), drawing, (("drawing", "../drawings/drawing9.xml"),))
    assert [one.code for one in cycle.validate().findings] == ["S108", "S110"]


def test_forms_carry_nothing_beside_their_cells(cycle: Cycle) -> None:
    assert extras_of(kit.send(cycle)) == Extras()


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("Figures%202018.xlsx", "Figures 2018.xlsx"),
        ("file:///C:%5Cdata%5C%E6%95%B0%E6%8D%AE.xlsx", "数据.xlsx"),
        ("file:///\\\\server\\share\\a.xlsx", "a.xlsx"),
        ("https://example.org/x/a.xlsx", "a.xlsx"),
        ("../../a.xlsx", "a.xlsx"),
        ("a%0d%1b%E2%80%AExslx.xlsx", "axslx.xlsx"),
        ("%ff%fe.xlsx", "��.xlsx"),
        ("a" * 500, "a" * 59 + "…"),
        ("", ""),
    ],
)
def test_links_are_named_by_file(target: str, name: str) -> None:
    targets = (("externalLink", "externalLinks/externalLink1.xml"),)
    assert extras_of(with_parts(kit.link_parts(target), *targets, owner="workbook")).links == (name,)


@both_languages
def test_links_are_told_in_words(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    kit.put_formula(cycle)
    made: dict[str, str] = {}
    targets = []
    for number in range(1, 13):
        name = f"Book{number}.xlsx" if number != 2 else ""
        made |= kit.link_parts(name, number)
        targets.append(("externalLink", f"externalLinks/externalLink{number}.xml"))
    kit.attach(kit.inbox(cycle), made, targets, "workbook")
    (found,) = findings(cycle, "S111")
    shown = ["Book1.xlsx", language.say("（文件名不详）", "(name unknown)"), *(f"Book{n}.xlsx" for n in range(3, 9))]
    assert language.say("、", ", ").join(shown) + "…" in found.message


# --- damage and limits ------------------------------------------------------------------------------------------------

EXTRA_PARTS = {
    "xl/comments9.xml": kit.comments("Please check", "And this"),
    "xl/threadedComments/threadedComment9.xml": CONVERSATIONS,
    "xl/drawings/drawing9.xml": kit.anchored(kit.PICTURE, kit.text_box("words"), kit.PICTURE),
    "xl/cellimages.xml": cell_images("ID_A", "ID_B"),
    **kit.link_parts("a.xlsx"),
}
AROUND_SHEET = (
    ("comments", "../comments9.xml"),
    (THREADS, "../threadedComments/threadedComment9.xml"),
    ("drawing", "../drawings/drawing9.xml"),
)
AROUND_BOOK = (("externalLink", "externalLinks/externalLink1.xml"),)
ALL = Extras(2, 2, 4, ("words",), ("a.xlsx",))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled form with an extra of every kind."""
    cycle = kit.make_cycle(tmp_path_factory.mktemp("loaded") / "cycle", EN)
    path = kit.send(cycle)
    kit.attach(path, EXTRA_PARTS, AROUND_SHEET)
    kit.attach(path, {}, AROUND_BOOK, "workbook")
    return path


def cut(text: bytes) -> bytes:
    return text[: len(text) * 2 // 3]


DAMAGE: Mapping[str, Callable[[bytes], bytes]] = {
    "cut off": cut,
    "empty": lambda _: b"",
    "not XML": lambda _: b"\x89PNG\r\n\x1a\n" * 50,
    "a DOCTYPE": lambda body: b'<!DOCTYPE x [<!ENTITY a "b">]>' + body,
    "an unknown encoding": lambda body: b'<?xml version="1.0" encoding="x-none"?>' + body,
    "a codec of Python": lambda body: b'<?xml version="1.0" encoding="unicode_escape"?>' + body,
    "not UTF-8": lambda body: body.replace(b">", b">\xff", 1),
    "too dense": lambda body: body + b" " * (9 * 2**20),
    "other tags": lambda _: b"<x><sp><t>1</t></y></x>",
}
DAMAGED_PARTS = [*EXTRA_PARTS, "xl/worksheets/_rels/sheet1.xml.rels"]


def test_form_with_everything(loaded: Path) -> None:
    assert extras_of(loaded) == ALL


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("part", DAMAGED_PARTS)
def test_damaged_extras_cost_no_answers(part: str, damage: str, loaded: Path) -> None:
    members = members_of(loaded.read_bytes())
    whole = read_book(loaded)
    hurt = read_book(io.BytesIO(pack({**members, part: DAMAGE[damage](members[part])})))
    assert (hurt.sheets, hurt.properties) == (whole.sheets, whole.properties)
    counts = zip(numbers(hurt.extras), numbers(whole.extras), strict=True)
    assert all(found <= there for found, there in counts), "nothing is made up"


def numbers(extras: Extras) -> list[int]:
    return [extras.comments, extras.threads, extras.pictures, len(extras.text_boxes), len(extras.links)]


@pytest.mark.parametrize("part", DAMAGED_PARTS)
@pytest.mark.parametrize(
    ("at", "layout", "value"),
    [(16, "<I", 1), (10, "<H", 12), (10, "<H", 99), (8, "<H", 1), (24, "<I", 2**31), (24, "<I", 3)],
    ids=["checksum", "bzip2", "unknown method", "encrypted", "claims too much", "claims too little"],
)
def test_lying_headers_of_extras_cost_no_answers(part: str, at: int, layout: str, value: int, loaded: Path) -> None:
    whole = read_book(loaded)
    hurt = read_book(io.BytesIO(forged(loaded.read_bytes(), part, at, layout, value)))
    assert (hurt.sheets, hurt.properties) == (whole.sheets, whole.properties)


@pytest.mark.parametrize("part", DAMAGED_PARTS)
def test_lost_extras_cost_no_answers(part: str, loaded: Path) -> None:
    members = members_of(loaded.read_bytes())
    del members[part]
    assert read_book(io.BytesIO(pack(members))).sheets == read_book(loaded).sheets


def test_damaged_drawing_keeps_what_was_seen() -> None:
    body = members_of(with_drawing(kit.text_box("前"), kit.text_box("后一半")))
    name = "xl/drawings/drawing1.xml"
    text = body[name].decode()
    short = text[: text.index("一半")].encode()
    assert extras_of(pack({**body, name: short})).text_boxes == ("前", "后")


@pytest.mark.parametrize("limits", [Limits(tags=20_000), Limits(extra_tags=10_000)])
def test_too_many_tags_in_extras_cost_no_answers(limits: Limits, loaded: Path) -> None:
    members = members_of(loaded.read_bytes())
    members["xl/drawings/drawing9.xml"] = kit.anchored(*[kit.PICTURE] * 50_000).encode()
    whole = read_book(loaded)
    hurt = read_book(io.BytesIO(pack(members)), limits)
    assert (hurt.sheets, hurt.properties) == (whole.sheets, whole.properties)
    assert 0 < hurt.extras.pictures < 50_000


def test_a_part_counts_once_however_often_it_is_named() -> None:
    names = [("comments", "../comments1.xml")] * 500 + [("comments", "../x/../comments1.xml")] * 500
    assert extras_of(with_parts({"xl/comments1.xml": kit.comments("a")}, *names)).comments == 1


def test_a_part_of_two_sheets_counts_once() -> None:
    around = relationships(("comments", "../comments1.xml"))
    rels = {f"xl/worksheets/_rels/sheet{number}.xml.rels": around for number in (1, 2)}
    book = parts(HandMade(), HandMade(name="Sheet2"))
    assert extras_of(pack({**book, **rels, "xl/comments1.xml": kit.comments("a")})).comments == 1


@pytest.mark.parametrize("part", DAMAGED_PARTS)
def test_broken_compression_of_extras_costs_no_answers(part: str, loaded: Path) -> None:
    body = bytearray(loaded.read_bytes())
    start = body.find(part.encode()) + len(part)
    body[start : start + 20] = b"\xff" * 20
    with zipfile.ZipFile(io.BytesIO(body)) as archive, pytest.raises(zlib.error):
        archive.read(part)
    hurt, whole = read_book(io.BytesIO(body)), read_book(loaded)
    assert (hurt.sheets, hurt.properties) == (whole.sheets, whole.properties)


def test_media_are_never_read(loaded: Path) -> None:
    """A picture's own bytes may be anything: only the parts that name it are opened."""
    more = {"xl/media/image1.png": "x" * 1000}
    body = kit.attached(loaded.read_bytes(), more, (("image", "../media/image1.png"),))
    body = forged(body, "xl/media/image1.png", 16, "<I", 1)
    with zipfile.ZipFile(io.BytesIO(body)) as archive, pytest.raises(zipfile.BadZipFile):
        archive.read("xl/media/image1.png")
    assert extras_of(body) == ALL


def test_damaged_extras_change_nothing_of_a_round(cycle: Cycle) -> None:
    kit.send(cycle)
    before = [line.entry for line in cycle.validate().entries]
    kit.attach(kit.inbox(cycle), {"xl/drawings/drawing9.xml": "<xdr:wsDr><"}, (AROUND_SHEET[2],))
    report = cycle.validate()
    assert [line.entry for line in report.entries] == before
    assert report.findings == ()


# --- an office program ------------------------------------------------------------------------------------------------


@pytest.mark.office
@both_languages
def test_what_was_hidden_and_remarked_in_libreoffice_is_seen(
    language: Language, office: Office, tmp_path: Path
) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    path = kit.send(cycle)
    at = kit.address(path, "2", "progress")
    sheet = openpyxl.load_workbook(path, read_only=True).sheetnames[0]
    line = int("".join(sign for sign in at if sign.isdigit()))
    with office.open(path) as book:
        book.play([("unprotect", sheet), ("hide_rows", sheet, line), ("remark", sheet, at, "请核对")])
        book.do("save_as", path)
    said = {one.code: one.message for one in cycle.validate(ignore=["I106"]).findings}
    assert set(said) == {"S109", "S110"}
    assert language.say(f"第 {line} 行", f"row {line}.") in said["S109"]
    assert language.say("1 条批注。", "1 comment.") in said["S110"]


@pytest.mark.office
def test_extras_that_libreoffice_saved_are_seen(office: Office, tmp_path: Path) -> None:
    """What xlsxwriter put in and LibreOffice wrote anew; WPS's formula is an unknown name to it."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("S")
        sheet.write_formula("A1", '=_xlfn.DISPIMG("ID_1",1)', None, WPS)
        sheet.write_formula("A2", "='[Figures.xlsx]A'!A1", None, 7)
        sheet.write_comment("B1", "请核对")
        sheet.insert_textbox("D1", "已建成 12 公里\n其余年底完成")
        sheet.insert_image("D9", "a.png", {"image_data": png()})
    with office.open(path) as book:
        book.play([("recalculate",), ("save_as", tmp_path / "b.xlsx")])
    assert extras_of(tmp_path / "b.xlsx") == Extras(1, 0, 2, ("已建成 12 公里\n其余年底完成",), ("Figures.xlsx",))
