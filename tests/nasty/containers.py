"""Zips that are broken or laid out oddly, and files that are something else than their name says."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Sequence
from html import escape

import xlwt
from hostile import PACKAGE, SHEET, Ends, Tab, pack, parts, workbook
from msoffcrypto.format.ooxml import OOXMLFile

_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_PART = f'<Override PartName="/word/document.xml" ContentType="{_TYPE}"/>'
_DOCUMENT = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{_PART}</Types>',
    "_rels/.rels": "<Relationships/>",
    "word/document.xml": "<w/>",
}
_TABLE = (("编码", "值"), ("K1", "1.5"))
_PAGE = (
    '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8"></head><body><table>{}</table>'
)
_XML_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
    ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="填报表"><Table><Row>'
    '<Cell><Data ss:Type="String">K1</Data></Cell><Cell><Data ss:Type="Number">1.5</Data></Cell>'
    "</Row></Table></Worksheet></Workbook>"
)


def renamed(old: str, new: str) -> dict[str, str | bytes]:
    """The parts of a workbook, one of them under another name."""
    return {new if name == old else name: body for name, body in parts(Tab()).items()}


def _without_types() -> bytes:
    return pack({name: body for name, body in parts(Tab()).items() if name != "[Content_Types].xml"})


def _sheet_twice() -> bytes:
    """Two members of one name, with different values; which one counts depends on the reader."""
    other = SHEET.replace("1", "9")
    sheet = parts(Tab())[SHEET]
    assert isinstance(sheet, str)
    return pack({**parts(Tab()), other: sheet.replace("<v>1</v>", "<v>999</v>")}).replace(
        other.encode(), SHEET.encode()
    )


def _text(encoding: str) -> bytes:
    return "".join(f"{','.join(line)}\r\n" for line in _TABLE).encode(encoding)


def _page() -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in line)}</tr>" for line in _TABLE)
    return f"{_PAGE.format(rows)}</body></html>".encode()


def old_workbook() -> bytes:
    """A real .xls, with a text, a number and a date."""
    rows: Sequence[Sequence[object]] = (("编码", "值"), ("K1", 1.5), ("K2", dt.datetime(2024, 1, 2)))
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("填报表")
    date = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for number, line in enumerate(rows):
        for column, value in enumerate(line):
            sheet.write(number, column, value, *([date] if isinstance(value, dt.datetime) else []))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def locked(password: str) -> bytes:
    """A workbook behind a password; with a picture, since msoffcrypto cannot open packages under 4,096 bytes."""
    stream = io.BytesIO()
    inside = pack({**parts(Tab()), "xl/media/image1.png": bytes(4096)}, zipfile.ZIP_STORED)
    OOXMLFile(io.BytesIO(inside)).encrypt(password, stream)
    return stream.getvalue()


def _owner() -> bytes:
    """What Excel leaves beside an open workbook: who has it open."""
    name = "张三"
    narrow, wide = name.encode("gbk"), name.encode("utf-16-le")
    return (bytes([len(narrow)]) + narrow).ljust(55) + struct.pack("<H", len(name)) + wide.ljust(108)


ENDS: Ends = {
    "F101": {
        "zip_dup_entry_sheet1.xlsx": _sheet_twice,
        "zip_truncated.xlsx": lambda: workbook()[: len(workbook()) * 2 // 3],
        "zip_prefix_junk.xlsx": lambda: b"JUNK" * 100 + workbook(),
        "zip_crc_wrong.xlsx": lambda: pack(parts(Tab()), zipfile.ZIP_STORED).replace(b">ok</t>", b">KO</t>"),
        "zero_bytes.xlsx": lambda: b"",
        "random_bytes.xlsx": lambda: bytes((place * 7919 >> 3) & 255 for place in range(5000)),
        "xls_truncated.xls": lambda: old_workbook()[:3000],
    },
    "F102": {
        "pdf_renamed.xlsx": lambda: b"%PDF-1.4\n%%EOF",
        "zip_empty.xlsx": lambda: pack({}),
        "zip_random_archive_renamed.xlsx": lambda: pack({"readme.txt": "hi"}),
        "docx_renamed.xlsx": lambda: pack(_DOCUMENT),
        "html_renamed.xls": _page,
        "csv_utf8_renamed.xlsx": lambda: _text("utf-8-sig"),
        "csv_gbk_renamed.xls": lambda: _text("gbk"),
        "xml2003_renamed.xls": _XML_2003.encode,
    },
    "F103": {
        "encrypted_pw.xlsx": lambda: locked("secret"),
    },
    "I101": {
        "zip_suffix_junk.xlsx": lambda: workbook() + b"\r\n--boundary--\r\n",
        "zip_backslash_names.xlsx": lambda: pack(
            {name.replace("/", "\\"): body for name, body in parts(Tab()).items()}, zipfile.ZIP_STORED
        ),
        "zip_uppercase_names.xlsx": lambda: pack(renamed("xl/workbook.xml", "XL/Workbook.xml")),
        "zip_no_content_types.xlsx": _without_types,
        "xls_real.xls": old_workbook,
        "xls_renamed.xlsx": old_workbook,
        "wps_et_ole.et": old_workbook,
        "wps_ett_ole.ett": old_workbook,
        "xlsx_renamed.xls": workbook,
        "xlsx_renamed_tmp.bin": workbook,
        "encrypted_velvet.xlsx": lambda: locked("VelvetSweatshop"),
    },
    "ignored": {
        "~$lock.xlsx": _owner,
        ".~lock.x.xlsx#": lambda: b",root,vm,23.11.2025 09:21,file:///root;",
        "._macos_appledouble.xlsx": lambda: b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(200),
    },
}
