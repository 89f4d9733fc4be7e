"""A notice as a Word document (.docx): A4 across, one table whose heading is repeated on each page. Data stays text."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kpi_xlsx.excel import line_count
from kpi_xlsx.model import Language
from kpi_xlsx.publication import MERGED, Publication, PublicColumn
from kpi_xlsx.reading import printable

if TYPE_CHECKING:
    from docx.document import Document

FONTS: Mapping[str, Mapping[Language, tuple[str, str]]] = {
    "title": {Language.ZH: ("方正小标宋简体", "方正小标宋简体"), Language.EN: ("Calibri", "宋体")},
    "body": {Language.ZH: ("仿宋_GB2312", "仿宋_GB2312"), Language.EN: ("Calibri", "仿宋")},
    "table": {Language.ZH: ("宋体", "宋体"), Language.EN: ("Calibri", "宋体")},
}
"""Latin and Chinese fonts of each part."""
STAND_INS = (("方正小标宋简体", "华文中宋,STZhongsong,宋体"), ("仿宋_GB2312", "仿宋,FangSong"), ("宋体", "SimSun"))
"""What Word takes on a computer that lacks an office's fonts."""
SIGNATURES = (
    ("经办人：", "Prepared by:"),
    ("处室负责人：", "Head of unit:"),
    ("保密审查：", "Disclosure check:"),
    ("分管领导：", "Director:"),
    ("签发：", "Approved for publication:"),
)
CENTRED = frozenset([*MERGED, "attribute", "due_month"])
CELL_SIZE = 9.0
_POINT = 25.4 / 72
_PADDING = 2.4
"""Of a cell, left and right together, in mm."""
MARGINS = (("top", "45"), ("left", "68"), ("bottom", "45"), ("right", "68"))
"""Of a cell, in twentieths of a point."""
_LINE = 4.6
"""The height of a line in the table, in mm."""
_WHOLE = 135.0
"""A row that is higher, in mm, may be torn: it would fit on no page below the heading."""
_RED = "C00000"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FONT_PART = "word/fontTable.xml"


def show_notice_document(notice: Publication) -> bytes:
    """The document's bytes; the same notice gives the same."""
    import docx

    document = docx.Document()
    _set_up(document, notice)
    _paragraph(document, "Notice Title", notice.title)
    for text in notice.opening:
        _paragraph(document, "Notice Body", text)
    _table(document, notice)
    below = [("Notice Note", text) for text in notice.notes]
    below += [("Notice Signature", text) for text in notice.signature]
    below = below or [("Notice Note", "")]  # Word wants a paragraph after a table
    for number, (style, text) in enumerate(below, 1):
        _paragraph(document, style, text).paragraph_format.keep_with_next = number < len(below)
    if notice.draft:
        _checklist(document, notice)
    stream = io.BytesIO()
    document.save(stream)
    return _settled(stream.getvalue())


# --- the page ---------------------------------------------------------------------------------------------------------


def _set_up(document: Document, notice: Publication) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(20)
    section.header_distance = section.footer_distance = Mm(10)
    _styles(document, notice.language)
    if notice.mark:
        header = section.header.paragraphs[0]
        header.style = document.styles["Notice Mark"]
        header.add_run(printable(notice.mark))
    footer = section.footer.paragraphs[0]
    footer.style = document.styles["Notice Page"]
    footer.add_run("— ")
    footer._p.append(_element("fldSimple", {"instr": "PAGE"}, [_element("r", {}, [_text("1")])]))
    footer.add_run(" —")
    about = document.core_properties
    about.title, about.author, about.comments = printable(notice.title), "", ""
    about.created = about.modified = dt.datetime.combine(notice.day, dt.time())
    about.language = notice.language.say("zh-CN", "en-GB")


def _styles(document: Document, language: Language) -> None:
    """The paragraphs of a notice, so that an office can change each kind in one place."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    for name, part, size, align, before, after, colour in (
        ("Notice Title", "title", 22.0, ALIGN.CENTER, 0, 10, ""),
        ("Notice Body", "body", 16.0, ALIGN.LEFT, 0, 8, ""),
        ("Notice Note", "body", 12.0, ALIGN.LEFT, 6, 0, ""),
        ("Notice Signature", "body", 16.0, ALIGN.RIGHT, 6, 0, ""),
        ("Notice Heading", "table", CELL_SIZE, ALIGN.CENTER, 0, 0, ""),
        ("Notice Cell", "table", CELL_SIZE, ALIGN.LEFT, 0, 0, ""),
        ("Notice Label", "table", CELL_SIZE, ALIGN.CENTER, 0, 0, ""),
        ("Notice Page", "table", 12.0, ALIGN.CENTER, 0, 0, ""),
        ("Notice Mark", "table", 14.0, ALIGN.RIGHT, 0, 0, _RED),
        ("Notice Check", "table", 11.0, ALIGN.LEFT, 3, 0, ""),
    ):
        _style(document, name, FONTS[part][language], size, align, (before, after), colour)
    document.styles["Notice Heading"].font.bold = True
    document.styles["Notice Mark"].font.bold = True
    if language is Language.ZH:
        from docx.shared import Pt

        document.styles["Notice Body"].paragraph_format.first_line_indent = Pt(32)


def _style(
    document: Document,
    name: str,
    fonts: tuple[str, str],
    size: float,
    align: Any,
    space: tuple[int, int],
    colour: str,
) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style: Any = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    latin, chinese = fonts
    style.font.name, style.font.size = latin, Pt(size)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), chinese)
    if colour:
        style.font.color.rgb = RGBColor.from_string(colour)
    style.paragraph_format.alignment = align
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(space[0]), Pt(space[1])
    style.paragraph_format.line_spacing = 1.0


def _paragraph(document: Document, style: str, text: str) -> Any:
    return document.add_paragraph(printable(text), document.styles[style])


# --- the table --------------------------------------------------------------------------------------------------------


def _table(document: Document, notice: Publication) -> None:
    """Made of its elements: of thousands of rows the library looks through all for each cell."""
    widths = [_twips(column.width) for column in notice.columns]
    edges = [
        _element(side, {"val": "single", "sz": "4", "space": "0", "color": "000000"})
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    ]
    properties = _element(
        "tblPr",
        {},
        [
            _element("tblW", {"w": str(sum(widths)), "type": "dxa"}),
            _element("jc", {"val": "center"}),
            _element("tblBorders", {}, edges),
            _element("tblLayout", {"type": "fixed"}),
            _element("tblCellMar", {}, [_element(side, {"w": width, "type": "dxa"}) for side, width in MARGINS]),
        ],
    )
    grid = _element("tblGrid", {}, [_element("gridCol", {"w": str(width)}) for width in widths])
    styles = {
        name: document.styles[name].style_id or name for name in ("Notice Heading", "Notice Cell", "Notice Label")
    }
    table = _element("tbl", {}, [properties, grid, _head(notice.columns, styles["Notice Heading"])])
    for place in range(len(notice.rows)):
        table.append(_row(notice, place, styles))
    body = document.element.body
    body.insert(len(body) - 1, table)  # before the section's own element


def _head(columns: Sequence[PublicColumn], style: str) -> Any:
    cells = [_cell(column, column.heading, style, None) for column in columns]
    return _element("tr", {}, [_element("trPr", {}, [_element("cantSplit", {}), _element("tblHeader", {})]), *cells])


def _row(notice: Publication, place: int, styles: Mapping[str, str]) -> Any:
    row = notice.rows[place]
    cells = []
    for column in notice.columns:
        spans = notice.spans.get(column.key)
        style = styles["Notice Label" if column.key in CENTRED else "Notice Cell"]
        goes_on = spans is not None and not spans[place]
        begins = spans is not None and spans[place] > 1
        merge = "continue" if goes_on else "restart" if begins else None
        text = "" if goes_on else row.texts[column.key]
        cells.append(_cell(column, text, style, merge, keep=place == len(notice.rows) - 1))
    whole = _height(notice.columns, row.texts) <= _WHOLE
    return _element("tr", {}, [_element("trPr", {}, [_element("cantSplit", {})] if whole else []), *cells])


def _cell(column: PublicColumn, text: str, style: str, merge: str | None, *, keep: bool = False) -> Any:
    """`keep`: together with what comes below, so that no signature stands on a page of its own."""
    properties = [_element("tcW", {"w": str(_twips(column.width)), "type": "dxa"})]
    properties += [] if merge is None else [_element("vMerge", {"val": merge})]
    properties.append(_element("vAlign", {"val": "center"}))
    kept = [_element("keepNext", {})] if keep else []
    content = [_element("pPr", {}, [_element("pStyle", {"val": style}), *kept])]
    if text:
        run = _element("r", {})
        run.text = printable(text)
        content.append(run)
    return _element("tc", {}, [_element("tcPr", {}, properties), _element("p", {}, content)])


def _height(columns: Iterable[PublicColumn], texts: Mapping[str, str]) -> float:
    """How high a row is about, in mm; what goes over several rows does not count."""
    sign = CELL_SIZE * _POINT / 2
    own = (one for one in columns if one.key not in MERGED)
    return _LINE * max(line_count(texts[one.key], (one.width - _PADDING) / sign + 2) for one in own)


def _twips(width: float) -> int:
    return round(width / 25.4 * 1440)


def _element(tag: str, attributes: Mapping[str, str], children: Sequence[Any] = ()) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made: Any = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    made.extend(children)
    return made


def _text(text: str) -> Any:
    made = _element("t", {})
    made.text = text
    return made


# --- a draft's last page ----------------------------------------------------------------------------------------------


def _checklist(document: Document, notice: Publication) -> None:
    """What a person is to settle, to look at and to sign, on a page that is not published."""
    from docx.shared import Mm, Pt

    say = notice.language.say
    title = _paragraph(document, "Notice Title", say("送审单（公布时没有这一页）", "Clearance sheet (not published)"))
    title.paragraph_format.page_break_before = True
    for heading, lines in (
        (say("还没有了结的：", "Not settled yet:"), notice.reasons),
        (say("请人工核对，看过的打勾：", "To be looked at; tick what you have seen:"), notice.doubts),
    ):
        _paragraph(document, "Notice Check", heading).runs[0].bold = True
        for line in lines or (say("没有。", "Nothing."),):
            _paragraph(document, "Notice Check", f"□ {line}" if lines else line)
    _paragraph(document, "Notice Check", say("审签", "Signatures")).runs[0].bold = True
    for sign in SIGNATURES:
        line = _paragraph(document, "Notice Check", say(*sign) + say("\t日期：", "\tDate:"))
        line.paragraph_format.space_before = Pt(10)
        line.paragraph_format.tab_stops.add_tab_stop(Mm(110))


# --- the file ---------------------------------------------------------------------------------------------------------


def _settled(body: bytes) -> bytes:
    """The package with no time of its making in it, and with stand-ins for the office's fonts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for member in made.infolist():
            content = _font_table() if member.filename == _FONT_PART else made.read(member)
            entry = zipfile.ZipInfo(member.filename, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, content)
    return out.getvalue()


def _font_table() -> bytes:
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>'
        for name, others in STAND_INS
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<w:fonts xmlns:w="{space}">{fonts}</w:fonts>'.encode()
