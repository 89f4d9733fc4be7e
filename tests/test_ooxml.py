"""The lint finds nothing in a rich honest workbook, and each fault in one broken on purpose."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from ooxml import demand, lint, validate

BOOK, SHEET, TABLE = "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/tables/table1.xml"
STYLES, STRINGS, TYPES = "xl/styles.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
CUSTOM, RELS = "docProps/custom.xml", "xl/_rels/workbook.xml.rels"
LONG = "长" * 256
HIGH = "😀" * 128  # 256 units for Excel, 128 for Python

VALIDATION = '<dataValidation type="list" allowBlank="1" showInputMessage="1" showErrorMessage="1"'
NEWER = (
    '<ext><x:dataValidations xmlns:x="x14" xmlns:xm="xm"><x:dataValidation type="list"><x:formula1><xm:f>(A1</xm:f>'
    "</x:formula1><xm:sqref>H1</xm:sqref></x:dataValidation></x:dataValidations></ext>"
)
NAME = '<definedName name="年度">'
FORMULA = "<f>SUM(B8:B9)</f>"


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with one of everything the lint looks at."""
    path = tmp_path_factory.mktemp("ooxml") / "honest.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, lists, hidden = (
            book.add_worksheet("填报"),
            book.add_worksheet("It's lists"),
            book.add_worksheet("signed"),
        )
        hidden.very_hidden()
        bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "@", "locked": False})
        sheet.merge_range("A1:C1", "2024年 <填报> & \x07", bold)
        sheet.merge_range("A2:C2", "second", bold)
        sheet.write_rich_string("A3", "rich ", bold, "text")
        sheet.write_url("B3", "https://example.org/", string="link")
        sheet.write_url("C3", "internal:'It''s lists'!A1")
        sheet.write_row("A8", ["K1", 1.5, -2e-300], plain)
        sheet.write_number("B9", 0)
        sheet.write_formula("B10", "=SUM(B8:B9)", None, 1.5)
        sheet.write_formula("C10", '=IF(B10>"a ""(""","[",\'It\'\'s lists\'!A1&"")', None, "")
        sheet.write_formula("D10", '=_xlfn.CONCAT(填报!A8,{"(","b"})&#REF!', None, "#REF!")
        sheet.write_array_formula("E10:E11", "{=B8:B9*2}", None, 3)
        sheet.write_comment("A8", "note")
        sheet.add_table("F8:G10", {"name": "目标", "columns": [{"header": "甲", "format": bold}, {"header": "乙"}]})
        sheet.autofilter("A7:D9")
        sheet.data_validation(
            "A8:A9", {"validate": "list", "source": ["是", "否"], "input_title": "答", "error_title": "答"}
        )
        sheet.data_validation("B8", {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": "=$B$9"})
        sheet.data_validation(
            "C8", {"validate": "list", "source": "='It''s lists'!$A$1:$A$2", "other_cells": [[7, 3, 8, 3]]}
        )
        sheet.conditional_format("A8:C9", {"type": "formula", "criteria": '=$A8="x"', "format": bold})
        sheet.conditional_format("B8:B9", {"type": "data_bar", "bar_solid": True})
        sheet.conditional_format("C8", {"type": "icon_set", "icon_style": "3_arrows"})
        sheet.set_header('&L&"黑体"编号 K1&R&P / &N')
        sheet.protect("", {"format_rows": True})
        sheet.unprotect_range("A8:C9")
        sheet.print_area("A1:D10")
        sheet.repeat_rows(6)
        lists.write_column("A1", ["甲", "乙"])
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=填报!$B$8:$B$9"})
        sheet.insert_chart("I1", chart)
        book.define_name("年度", "=填报!$A$1")
        book.define_name("填报!local", "='It''s lists'!$A$1:$A$2")
        book.set_custom_property("编号", "K1")
    return path


def rewrite(source: Path, target: Path, part: str, old: str, new: str) -> Path:
    """Copy a workbook with one piece of one part replaced; an empty `old` takes the whole part."""
    with zipfile.ZipFile(source) as honest, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as broken:
        for name in honest.namelist():
            data = honest.read(name)
            if name == part:
                assert old.encode() in data, f"{part} has no {old}"
                data = data.replace(old.encode(), new.encode(), 1) if old else new.encode()
            if data:
                broken.writestr(name, data)
    return target


def test_an_honest_workbook_has_no_fault(honest: Path) -> None:
    assert lint(honest) == []


@pytest.mark.ooxml
def test_the_validator_agrees_and_sees_a_fault(honest: Path, tmp_path: Path) -> None:
    assert validate(honest) == []
    broken = rewrite(honest, tmp_path / "broken.xlsx", SHEET, '<c r="B10"', '<c r="B10" s="99"')
    (error,) = validate(broken)
    assert error.startswith("/xl/worksheets/sheet1.xml /x:worksheet[1]/x:sheetData[1]/")
    assert error.endswith("(Sem_MissingIndexedElement)")
    assert lint(broken) == [f"{SHEET} B10: style 99, there are 4"]


FAULTS = [
    # part, what is replaced, by what, the complaint
    (SHEET, 'ref="A2:C2"', 'ref="B1:B2"', f"{SHEET} B1:B2: merge overlaps the merge A1:C1"),
    (SHEET, 'ref="A2:C2"', 'ref="B2:ZZZZ2"', f"{SHEET} B2:ZZZZ2: merge outside the grid"),
    (SHEET, 'ref="A2:C2"', 'ref="A2"', f"{SHEET} A2: merge of a single cell"),
    (SHEET, 'ref="A2:C2"', 'ref="A2:C7"', f"{SHEET} A7:D9: filter overlaps the merge A2:C7"),
    (SHEET, '<autoFilter ref="A7:D9"', '<autoFilter ref="A7:F9"', f"{SHEET} F8:G10: table overlaps the filter A7:F9"),
    (TABLE, 'dataDxfId="0"', 'dataDxfId="7"', f"{TABLE}: differential format 7, there are 1"),
    (SHEET, "<v>0</v>", "<v>77</v>", f"{SHEET} A1: shared string 77, there are 8"),
    (SHEET, "<v>0</v>", "<v>x</v>", f"{SHEET} A1: shared string x, there are 8"),
    (SHEET, "<v>1.5</v>", "<v>nan</v>", f"{SHEET} B8: nan is not a number"),
    (SHEET, '<row r="8"', '<row r="8" s="9" customFormat="1"', f"{SHEET} row 8: style 9, there are 4"),
    (SHEET, 'dxfId="0"', 'dxfId="5"', f"{SHEET} A8:C9: differential format 5, there are 1"),
    (SHEET, '<row r="8"', '<row r="2"/><row r="8"', f"{SHEET} row 2: out of order, repeated or outside the grid"),
    (SHEET, '<c r="B8"', '<c r="A8"', f"{SHEET} A8: cell out of order, repeated or in the wrong row"),
    (SHEET, '<c r="B8"', '<c r="B9"', f"{SHEET} B9: cell out of order, repeated or in the wrong row"),
    (STRINGS, "second", "长" * 32_768, f"{SHEET} A2: text of 32768 characters, 32767 allowed"),
    (SHEET, f"{FORMULA}<v>1.5</v>", FORMULA, f"{SHEET} B10: formula without a cached value"),
    (SHEET, FORMULA, "<f></f>", f"{SHEET} B10: empty formula"),
    (SHEET, FORMULA, "<f>(((</f>", f"{SHEET} B10: unbalanced brackets in formula ((("),
    (SHEET, FORMULA, "<f>(1]</f>", f"{SHEET} B10: unbalanced brackets in formula (1]"),
    (SHEET, FORMULA, '<f>"a"&amp;"</f>', f'{SHEET} B10: unbalanced quotes in formula "a"&"'),
    (SHEET, FORMULA, f"<f>1{'+1' * 4096}</f>", f"{SHEET} B10: formula of 8193 characters, 8192 allowed"),
    (SHEET, FORMULA, f'<f>"{HIGH}"</f>', f"{SHEET} B10: string literal over 255 characters in a formula"),
    (SHEET, FORMULA, "<f>明细!A1</f>", f"{SHEET} B10: formula names the sheet 明细, which is not there"),
    (SHEET, FORMULA, "<f>TEXTJOIN(1,1,A1)</f>", f"{SHEET} B10: function TEXTJOIN without its _xlfn. prefix"),
    (SHEET, '$A8="x"</formula>', "OR(1</formula>", f"{SHEET} A8:C9: unbalanced brackets in formula OR(1"),
    (SHEET, '<formula>$A8="x"</formula>', "", f"{SHEET} A8:C9: rule without a formula"),
    (
        SHEET,
        '<conditionalFormatting sqref="C8"',
        '<conditionalFormatting sqref="C0"',
        f"{SHEET} C0: rule outside the grid",
    ),
    (SHEET, '"是,否"', f'"是,{LONG}"', f"{SHEET} A8:A9: list of 258 characters, 255 allowed"),
    (SHEET, '"是,否"', '"是,"否""', f"{SHEET} A8:A9: bare quote in the list"),
    (SHEET, VALIDATION, f'{VALIDATION} prompt="{HIGH}"', f"{SHEET} A8:A9: prompt of 256 characters, 255 allowed"),
    (
        SHEET,
        'promptTitle="答"',
        f'promptTitle="{"长" * 33}"',
        f"{SHEET} A8:A9: promptTitle of 33 characters, 32 allowed",
    ),
    (SHEET, VALIDATION, f'{VALIDATION} error="{LONG}"', f"{SHEET} A8:A9: error of 256 characters, 255 allowed"),
    (SHEET, 'errorTitle="答"', f'errorTitle="{"长" * 33}"', f"{SHEET} A8:A9: errorTitle of 33 characters, 32 allowed"),
    (
        SHEET,
        'sqref="B8"><formula1>',
        'sqref="A9:B9"><formula1>',
        f"{SHEET} A9:B9: validation overlaps the validation A8:A9",
    ),
    (SHEET, "<formula2>$B$9<", f"<formula2>$B$9{'+1' * 126}<", f"{SHEET} B8: formula of 256 characters, 255 allowed"),
    (SHEET, '<formula1>"是,否"</formula1>', "", f"{SHEET} A8:A9: validation without a formula"),
    (SHEET, "<extLst><ext ", f"<extLst>{NEWER}<ext ", f"{SHEET} H1: unbalanced brackets in formula (A1"),
    (SHEET, "编号 K1", LONG, f"{SHEET} oddHeader: 272 characters, 255 allowed"),
    (
        SHEET,
        "</hyperlinks>",
        '<hyperlink ref="A1"/>' * 65_530 + "</hyperlinks>",
        f"{SHEET}: 65532 links, 65530 allowed",
    ),
    (BOOK, NAME, '<definedName name="1 bad">', f"{BOOK} name 1 bad: forbidden character or length in the name"),
    (BOOK, NAME, '<definedName name="KPI2024">', f"{BOOK} name KPI2024: a cell address or constant cannot be a name"),
    (BOOK, NAME, '<definedName name="r1c1">', f"{BOOK} name r1c1: a cell address or constant cannot be a name"),
    (BOOK, NAME, '<definedName name="C">', f"{BOOK} name C: a cell address or constant cannot be a name"),
    (BOOK, NAME, '<definedName name="_xlnm.Own">', f"{BOOK} name _xlnm.Own: reserved name"),
    (BOOK, NAME, '<definedName name="目标">', f"{BOOK} name 目标: name is there twice"),
    (BOOK, NAME, f"{NAME}1</definedName>{NAME}", f"{BOOK} name 年度: name is there twice"),
    (BOOK, NAME, f"{NAME}(", f"{BOOK} name 年度: unbalanced brackets in formula (填报!$A$1"),
    (
        BOOK,
        'name="local" localSheetId="0"',
        'name="local" localSheetId="3"',
        f"{BOOK} name local: belongs to a sheet that is not there",
    ),
    (BOOK, 'name="signed"', f'name="{"长" * 32}"', f"{BOOK} sheet {'长' * 32}: name of 32 characters, 1 to 31 allowed"),
    (BOOK, 'name="signed"', 'name="填报"', f"{BOOK} sheet 填报: name is there twice"),
    (BOOK, 'name="signed"', 'name="HISTORY"', f"{BOOK} sheet HISTORY: reserved name"),
    (BOOK, 'name="signed"', 'name="a/b"', f"{BOOK} sheet a/b: forbidden character in the name"),
    (BOOK, 'sheetId="1"', 'sheetId="1" state="hidden"', f"{BOOK}: the active sheet, number 1, is hidden or not there"),
    (
        BOOK,
        'sheetId="1" r:id="rId1"/><sheet name="It\'s lists"',
        'sheetId="1" r:id="rId1" state="hidden"/><sheet name="It\'s lists" state="hidden"',
        f"{BOOK}: every sheet is hidden",
    ),
    (CUSTOM, ">K1<", f">{LONG}<", "docProps/custom.xml 编号: name or value over 255 characters"),
    (CUSTOM, "<property ", '<property name="编号"/><property ', "docProps/custom.xml 编号: property is there twice"),
    (STYLES, "", "<styleSheet>", f"{STYLES}: not well formed, no element found: line 1, column 12"),
    (STRINGS, "second", "\x07", f"{STRINGS}: not well formed, not well-formed (invalid token): line 2, column 151"),
    (TYPES, "/xl/styles.xml", "/xl/else.xml", f"{TYPES} xl/else.xml: no such part"),
    (TYPES, "<Override ", f'<Override PartName="/{BOOK}"/><Override ', f"{TYPES} {BOOK}: typed twice"),
    (
        TYPES,
        '<Default Extension="vml"',
        '<Default Extension="x"',
        f"{TYPES} xl/drawings/vmlDrawing1.vml: no content type",
    ),
    (RELS, "worksheets/sheet3.xml", "worksheets/sheet9.xml", f"{RELS} xl/worksheets/sheet9.xml: no such part"),
    (RELS, 'Id="rId5"', 'Id="RID4"', f"{RELS} rid4: id is there twice"),
    (BOOK, 'r:id="rId3"', 'r:id="rId99"', f"{BOOK} rId99: no such relationship"),
]


@pytest.mark.parametrize(
    ("part", "old", "new", "complaint"), FAULTS, ids=[fault[-1].partition(": ")[2][:60] for fault in FAULTS]
)
def test_a_fault_is_named_with_its_place(
    honest: Path, tmp_path: Path, part: str, old: str, new: str, complaint: str
) -> None:
    assert lint(rewrite(honest, tmp_path / "broken.xlsx", part, old, new)) == [complaint]


def test_a_part_in_two_spellings_is_there_twice(honest: Path, tmp_path: Path) -> None:
    path = rewrite(honest, tmp_path / "broken.xlsx", STYLES, "", "<styleSheet/>")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/Styles.xml", "<styleSheet/>")
    assert lint(path) == ["xl/styles.xml: part is there twice"]


def test_a_file_cut_short_is_no_workbook(honest: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.xlsx"
    path.write_bytes(honest.read_bytes()[:500])
    assert lint(path) == ["cut.xlsx: File is not a zip file"]


@pytest.mark.parametrize(
    ("ci", "outcome"),
    [
        ("", pytest.skip.Exception),
        ("false", pytest.skip.Exception),
        ("true", pytest.fail.Exception),
        ("1", pytest.fail.Exception),
    ],
)
def test_a_missing_tool_skips_but_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    assert demand("tool", "no tool") == "tool"
    with pytest.raises(outcome, match="no tool"):
        demand(None, "no tool")
