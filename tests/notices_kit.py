"""Notices to import: the shipped example's goals laid out like a real notice, with its traps, in every format."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import xlwt
from openpyxl import Workbook

from kpi_xlsx import resources
from kpi_xlsx.model import CycleError
from kpi_xlsx.toml_files import read_toml

SEVEN = ("category", "subcategory", "name", "requirement", "progress", "attribute", "due_month")
"""The notice's columns, as the template calls them."""
TITLE = "杭州市金融办 2018 年 1-6 月绩效考核目标进展情况公示"
HEADINGS = ("类别", "分项指标", "目标名称", "考核内容及指标", "进展情况 6 月", "指标属性", "完成时限 (月)")
Cells = list[str]


def story() -> list[Cells]:
    """The eleven goals of the finance office as the shipped example has them: seven texts each."""
    home = resources.folder("examples") / "notice-zh"
    plan, sent = (read_toml(home / name, CycleError) for name in ("plan.toml", "answers.toml"))
    said: Mapping[str, Any] = {
        row["goal"]: row.get("progress", "")
        for one in sent["returns"]
        if one["department"] == "017"
        for row in one["answers"]
    }
    goals = [{**goal, "progress": said.get(goal["id"], "")} for goal in plan["goals"] if goal["id"].startswith("JR-")]
    return [[str(goal[key]) for key in SEVEN] for goal in goals]


def merged(rows: Sequence[Cells]) -> list[Cells]:
    """The rows with a category only where its block begins, as merged cells come out."""
    shown = [list(row) for row in rows]
    for above, row in reversed(list(pairwise(shown))):
        if row[1] in (above[1], ""):
            row[1] = ""
        if row[0] == above[0]:
            row[0] = ""
    return shown


def as_text(rows: Sequence[Cells]) -> str:
    """Tab-separated over four pages: letter-spaced labels, two rows torn apart, a page a column short, a rule below."""
    shown = merged(rows)
    shown[6][0], shown[6][1] = (" ".join(text) for text in shown[6][:2])
    torn = {8: (40, 30), 10: (60, 0)}
    lines = ["", "", TITLE, "", "\t".join(HEADINGS)]
    for number, row in enumerate(shown):
        if number == 6:
            lines.append("")
        if number in torn:
            of_requirement, of_progress = torn[number]
            rest = [""] * 7
            row[3], rest[3] = row[3][:of_requirement], row[3][of_requirement:]
            if of_progress:
                row[4], rest[4] = row[4][:of_progress], row[4][of_progress:]
            first = row[1:] if number == 10 else row
            lines += ["\t".join(first), "", "\t".join(rest[1:] if number == 8 else rest)]
        else:
            lines.append("\t".join(row[1:] if number == 9 else row))
    return "\n".join([*lines, "\t".join(["--", "--", "--", "-" * 36, "--", "--", "--"])])


def as_html(rows: Sequence[Cells]) -> bytes:
    """A page in GB 18030 that is laid out in a table, with cells that go down; the last two rows over two columns."""
    parts = ['<html><head><meta charset="gb2312"><style>td{}</style></head><body><table><tr><td><h1>', TITLE, "</h1>"]
    parts += ["<table><tr>", *(f"<th>{one}</th>" for one in HEADINGS), "</tr>"]
    for number, row in enumerate(rows):
        cells = [f"<td>{escape(text)}</td>" for text in row[2:]]
        start = {0: (6, 6), 6: (5, 3)}.get(number)
        if start:
            cells[:0] = [f'<td rowspan="{tall}">{text}</td>' for tall, text in zip(start, row, strict=False)]
        elif number >= 9:
            cells[0] = f'<td colspan="2">{escape(row[2])}</td>'
        parts += ["<tr>", *cells, "</tr>"]
    parts.append("</table><script>var x = '<td>';</script></td></tr></table></body></html>")
    return "".join(parts).encode("gb18030")


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def as_docx(rows: Sequence[Cells]) -> bytes:
    """A document with merged cells and a note below the table."""

    def paragraph(text: str) -> str:
        return f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'

    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    table = ["<w:tr>", *map(cell, HEADINGS), "</w:tr>"]
    for number, row in enumerate(merged(rows)):
        lead = [
            cell(text, f"<w:vMerge{' w:val=' + chr(34) + 'restart' + chr(34) if text else ''}/>") for text in row[:2]
        ]
        rest = [cell(text) for text in row[2:]]
        if number >= 9:
            lead, rest[0] = lead[:1], cell(row[2], '<w:gridSpan w:val="2"/>')
        table += ["<w:tr>", *lead, *rest, "</w:tr>"]
    body = paragraph(TITLE) + f"<w:tbl>{''.join(table)}</w:tbl>" + paragraph("注：示例。")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')
    return package.getvalue()


def as_xlsx(rows: Sequence[Cells]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in ([TITLE], HEADINGS, *merged(rows)):
        sheet.append(list(line))
    for area in ("A1:G1", "A3:A8", "B3:B8", "A9:A13", "B9:B11"):
        sheet.merge_cells(area)
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def as_xls(rows: Sequence[Cells]) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("公示")
    shown = [[TITLE], list(HEADINGS), *merged(rows)]
    for number, line in enumerate(shown):
        for column, text in enumerate(line):
            if text and not (column < 2 and number >= 2):
                sheet.write(number, column, text)
    for top, bottom, column in ((2, 7, 0), (2, 7, 1), (8, 12, 0), (8, 10, 1)):
        sheet.write_merge(top, bottom, column, column, shown[top][column])
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


WIDTHS = (60, 70, 90, 240, 240, 50, 40)


def as_pdf(rows: Sequence[Cells]) -> bytes:
    """Ruled tables, a page for every four goals, in a font that no reader has to have."""
    pages = [_page([TITLE], [HEADINGS, *rows[:4]]), _page([], rows[4:8]), _page([], rows[8:])]
    return pdf_of(pages)


def _page(title: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The drawing of a page: frames, and text wrapped within them."""
    parts = [_show(30, 560, text) for text in title]
    top = 540
    for row in rows:
        wrapped = [
            [text[at : at + (width - 8) // 7] for at in range(0, len(text), (width - 8) // 7)] or [""]
            for text, width in zip(row, WIDTHS, strict=True)
        ]
        height = 9 * max(map(len, wrapped)) + 6
        left = 20
        for lines, width in zip(wrapped, WIDTHS, strict=True):
            parts.append(f"{left} {top - height} {width} {height} re S")
            parts += [_show(left + 3, top - 9 - 9 * at, line) for at, line in enumerate(lines) if line]
            left += width
        top -= height
    return "\n".join(parts)


def _show(x: float, y: float, text: str) -> str:
    return f"BT /F 7 Tf {x} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET"


def pdf_of(pages: Sequence[str]) -> bytes:
    """A PDF of drawings, written by hand."""
    font = "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>"
    child = (
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 5 0 R>>"
    )
    about = "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/Ascent 880/Descent -120/FontBBox[0 -120 1000 880]>>"
    numbers = range(6, 6 + 2 * len(pages), 2)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    tree = f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", tree.encode(), font.encode(), child.encode(), about.encode()]
    for number, drawing in zip(numbers, pages, strict=True):
        packed = zlib.compress(drawing.encode())
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
            % (number + 1)
        )
        objects.append(b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(packed), packed))
    body = bytearray(b"%PDF-1.4\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(body)


def write_all(folder: Path) -> Mapping[str, Path]:
    """The notice in every format."""
    rows = story()
    text = as_text(rows)
    bodies = {
        "utf-8.txt": text.encode("utf-8-sig"),
        "gbk.txt": text.encode("gb18030"),
        "页.html": as_html(rows),
        "文.docx": as_docx(rows),
        "表.xlsx": as_xlsx(rows),
        "旧.xls": as_xls(rows),
        "件.pdf": as_pdf(rows),
    }
    for name, body in bodies.items():
        (folder / name).write_bytes(body)
    return {name: folder / name for name in bodies}
