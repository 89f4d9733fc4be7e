"""How a workbook is put together: sheets, rows and cells in odd order, missing parts, encodings, styles that break."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import xlsxwriter
from hostile import (
    DECLARATION,
    MAIN,
    PACKAGE,
    RELATIONS,
    STRICT_MAIN,
    STRICT_RELATIONS,
    Ends,
    Part,
    Tab,
    cell,
    data,
    pack,
    parts,
    relationships,
    row,
    styles,
    words,
    workbook,
)

_A1 = data(row(1, cell("A1", 1)))
_LOOK = styles(0, 14)
_FONT = '<fonts count="1"><font><sz val="11"/>{}<name val="Calibri"/>{}</font></fonts><cellXfs>'
_FORMAT_ID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"


def _sheet(*rows: str, after: str = "", before: str = "") -> Callable[[], bytes]:
    """A sheet of these rows, and what stands around its data."""
    return lambda: workbook(before + data(*rows) + after, look=_LOOK)


def _tabs(*tabs: Tab) -> Callable[[], bytes]:
    return lambda: pack(parts(*tabs))


def _holding(value: object, name: str, attributes: str = "") -> Tab:
    """A sheet with one cell, a text or a number."""
    inside = words("A1", value) if isinstance(value, str) else cell("A1", value)
    return Tab(data(row(1, inside)), name, attributes)


def _merged() -> bytes:
    """Merges, hidden rows and columns, a filter, and a table of its own."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("S")
        sheet.merge_range("A1:C1", "标题")
        sheet.merge_range("A2:A4", "竖合并")
        for number in range(1, 10):
            sheet.write_row(number, 1, (number, f"x{number}"))
        for number in (1, 2, 3, 5):
            sheet.set_row(number, None, None, {"hidden": True})
        sheet.set_column("C:C", 8, None, {"hidden": True})
        sheet.autofilter("B2:C10")
        sheet.filter_column("B", "x > 3")
        columns = [{"header": header} for header in "甲乙丙"]
        table = {"name": "Tbl", "columns": columns, "data": [[1, 2, 3]] * 3, "total_row": False}
        book.add_worksheet("T").add_table("B3:D6", table)
    return stream.getvalue()


def _chart() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.add_worksheet().write(0, 0, 1)
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=Sheet1!$A$1"})
        sheet = book.add_chartsheet("图")
        sheet.set_chart(chart)
        sheet.activate()
    return stream.getvalue()


def _prefixed() -> bytes:
    """Every element with a prefix, as some libraries write them."""
    names = ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml")

    def change(name: str, body: Part) -> Part:
        if name not in names or isinstance(body, bytes):
            return body
        return re.sub(r"<(/?)(?!\?|!)(\w)", r"<\1x:\2", body).replace("xmlns=", "xmlns:x=", 1)

    return pack({name: change(name, body) for name, body in parts(Tab()).items()})


def _strict() -> bytes:
    cells = (cell("A1", 1), words("B1", "ok"), cell("C1", "2024-01-15", "d", 1), cell("D1", 0, "s"))
    strings = "<si><t>strict共享</t></si>"
    look = _LOOK.replace(MAIN, STRICT_MAIN)
    tab = Tab(data(row(1, *cells)))
    return pack(parts(tab, strings=strings, look=look, main=STRICT_MAIN, relations=STRICT_RELATIONS))


def _without(name: str, *tabs: Tab) -> bytes:
    return pack({key: body for key, body in parts(*tabs).items() if key != name})


def _encoded(encoding: str, text: str) -> bytes:
    body = f'<worksheet xmlns="{MAIN}">{data(row(1, words("A1", text)))}</worksheet>'
    return workbook(f'<?xml version="1.0" encoding="{encoding}"?>{body}'.encode(encoding))


def _whole(body: bytes) -> bytes:
    return workbook(f'{DECLARATION}<worksheet xmlns="{MAIN}">'.encode() + body)


def _with_font(before: str, after: str) -> bytes:
    return workbook(_A1, look=_LOOK.replace("<cellXfs>", _FONT.format(before, after)))


def _bad_names() -> bytes:
    """Defined names that lead nowhere."""
    found = parts(Tab(_A1))
    names = (
        '<definedNames><definedName name="x">#REF!</definedName>'
        '<definedName name="_xlnm.Print_Titles" localSheetId="9">bogus!!</definedName></definedNames></workbook>'
    )
    return pack({**found, "xl/workbook.xml": str(found["xl/workbook.xml"]).replace("</workbook>", names)})


def _property(number: int, name: str, value: str) -> str:
    return f'<property fmtid="{_FORMAT_ID}" pid="{number}" name="{name}">{value}</property>'


def _properties() -> bytes:
    """Custom properties of one name and number, and one of a kind that nobody expects."""
    inside = "".join(
        _property(number, name, value)
        for number, name, value in (
            (2, "KSOProductBuildVer", "<vt:lpwstr>2052-12.1.0.16929</vt:lpwstr>"),
            (2, "KSOProductBuildVer", "<vt:lpwstr>dup</vt:lpwstr>"),
            (3, "v", '<vt:vector size="1" baseType="lpstr"><vt:lpstr>x</vt:lpstr></vt:vector>'),
        )
    )
    space = RELATIONS.replace("relationships", "custom-properties")
    rels = relationships(("officeDocument", "xl/workbook.xml"), ("custom-properties", "docProps/custom.xml"))
    body = f'{DECLARATION}<Properties xmlns="{space}" xmlns:vt="{_TYPES}">{inside}</Properties>'
    return pack({**parts(Tab()), "_rels/.rels": rels, "docProps/custom.xml": body})


def _core() -> bytes:
    """A date of creation as nobody should write it."""
    body = (
        f'{DECLARATION}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties"'
        ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<dcterms:created xsi:type="dcterms:W3CDTF">2024/1/5 下午</dcterms:created></cp:coreProperties>'
    )
    return pack({**parts(Tab()), "docProps/core.xml": body})


_BAD_LIST = (
    '<dataValidations count="1"><dataValidation type="list" sqref="A1:A" operator="bogus"><formula1>1</formula1>'
    "</dataValidation></dataValidations>"
)
_BAD_RULE = (
    '<conditionalFormatting sqref="A1"><cfRule type="containsBlanks" priority="1" operator="containsBlanks">'
    "<formula>LEN(A1)=0</formula></cfRule></conditionalFormatting>"
)
_HALF = b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2'
_NOT_UTF_8 = '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>中文</t></is></c></row></sheetData></worksheet>'

ENDS: Ends = {
    "F101": {
        "sheet_part_missing.xlsx": lambda: _without("xl/worksheets/sheet2.xml", _holding(1, "a"), _holding(2, "b")),
        "sheet_xml_cut.xlsx": lambda: _whole(_HALF),
        "xml_gb18030.xlsx": lambda: _encoded("GB18030", "中文GB"),
        "xml_invalid_utf8.xlsx": lambda: _whole(_NOT_UTF_8.encode("gbk")),
    },
    "I101": {
        "merged_hidden_filter_table.xlsx": _merged,
        "leading_empty_rows_cols.xlsx": _sheet(row(3, words("C3", "first"), cell("E3", 1)), row(5, cell("D5", 2))),
        "rows_out_of_order.xlsx": _sheet(
            row(5, cell("A5", 5)), row(2, cell("A2", 2)), row(9, cell("A9", 9), cell("C9", 3), cell("B9", 2))
        ),
        "rows_duplicate.xlsx": _sheet(row(1, cell("A1", 1)), row(1, cell("A1", 2), cell("B1", 3))),
        "cells_duplicate.xlsx": _sheet(row(1, cell("A1", 1), cell("A1", 2))),
        "cell_row_mismatch.xlsx": _sheet(row(1, cell("A7", 1), cell("B1", 2))),
        "cells_without_refs.xlsx": _sheet(
            "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>", row(10, "<c><v>10</v></c>")
        ),
        "refs_lowercase.xlsx": _sheet(row(1, cell("a1", 1), cell("b1", 2))),
        "ns_prefixed.xlsx": _prefixed,
        "strict_ooxml.xlsx": _strict,
        "sheets_zero.xlsx": _tabs(),
        "sheets_dup_case.xlsx": _tabs(_holding(1, "Data"), _holding(2, "DATA")),
        "sheets_dup_exact.xlsx": _tabs(_holding(1, "Data"), _holding(2, "Data")),
        "sheets_renamed_reordered.xlsx": _tabs(
            _holding("说明", "说明"), _holding("data", "填报表 (2)"), _holding("id", "_m", 'state="veryHidden"')
        ),
        "sheets_all_hidden.xlsx": _tabs(_holding(1, "a", 'state="hidden"')),
        "sheets_name_weird.xlsx": _tabs(
            _holding(1, " 填报\u00a0表 "), _holding(2, "a&b<c>'\""), _holding(3, "x" * 40), _holding(4, "")
        ),
        "sheet_empty.xlsx": lambda: workbook("<sheetData/>"),
        "chartsheet_only.xlsx": _chart,
        "xml_utf16.xlsx": lambda: _encoded("UTF-16", "中文16"),
        "xml_bom.xlsx": lambda: workbook(
            f'\ufeff{DECLARATION}<worksheet xmlns="{MAIN}">{data(row(1, words("A1", "bom")))}</worksheet>'.encode()
        ),
        "styles_missing.xlsx": lambda: _without("xl/styles.xml", Tab(data(row(1, cell("A1", 45_306, style=1))))),
        "styles_font_family_255.xlsx": lambda: _with_font("", '<family val="255"/>'),
        "styles_bad_color.xlsx": lambda: _with_font('<color rgb="red"/>', ""),
        "style_index_out_of_range.xlsx": _sheet(row(1, cell("A1", 1, style=999))),
        "dv_bad.xlsx": lambda: workbook(_A1 + _BAD_LIST),
        "cf_bad_operator.xlsx": lambda: workbook(_A1 + _BAD_RULE),
        "col_unknown_attr.xlsx": lambda: workbook('<cols><col min="1" max="1" width="9" level="1"/></cols>' + _A1),
        "definedname_bad.xlsx": _bad_names,
        "custom_prop_dup_bad.xlsx": _properties,
        "core_props_bad_date.xlsx": _core,
    },
}
