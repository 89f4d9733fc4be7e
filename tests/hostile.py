"""Hostile workbooks by the dozen, made by hand in milliseconds each: broken, lying, oversized, or something else."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
MEGABYTE = 2**20

Part = str | bytes
Parts = dict[str, Part]


# --- a workbook by hand -----------------------------------------------------------------------------------------------


def cell(ref: str, value: object, kind: str = "", style: int = 0) -> str:
    """A cell with a stored value; `kind` is its `t`."""
    mark = f' t="{kind}"' if kind else ""
    return f'<c r="{ref}" s="{style}"{mark}><v>{value}</v></c>'


def words(ref: str, text: str) -> str:
    """A cell with its text in it."""
    return f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def data(*rows: str) -> str:
    return f"<sheetData>{''.join(rows)}</sheetData>"


def styles(*formats: int | str) -> str:
    """A style sheet whose cell formats show these number formats: built-in ones by number, others by their code."""
    numbers = [164 + place if isinstance(one, str) else one for place, one in enumerate(formats)]
    own = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{escape(one)}"/>'
        for number, one in zip(numbers, formats, strict=True)
        if isinstance(one, str)
    )
    cells = "".join(f'<xf numFmtId="{number}"/>' for number in numbers)
    return f'<styleSheet xmlns="{MAIN}"><numFmts>{own}</numFmts><cellXfs>{cells}</cellXfs></styleSheet>'


PLAIN = data(row(1, cell("A1", 1), words("B1", "ok")))


@dataclass(frozen=True)
class Tab:
    """A worksheet to be packed: what stands within its root, or the whole part as bytes."""

    body: Part = PLAIN
    name: str = "Sheet1"
    attributes: str = ""


def parts(
    *tabs: Tab,
    strings: Part | None = None,
    look: str | None = None,
    settings: str = "",
    main: str = MAIN,
    relations: str = RELATIONS,
) -> Parts:
    """The parts of a workbook. `strings` stand within the root of the shared strings, or are the whole part."""
    entries = "".join(
        f'<sheet name="{escape(tab.name)}" sheetId="{number}" {tab.attributes} r:id="rId{number}"/>'
        for number, tab in enumerate(tabs, 1)
    )
    targets = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(tabs) + 1)]
    targets += [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
    found: Parts = {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": relationships(("officeDocument", "xl/workbook.xml"), relations=relations),
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{main}" xmlns:r="{relations}">{settings}'
        f"<sheets>{entries}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relationships(*targets, relations=relations),
        "xl/styles.xml": look or styles(0),
    }
    for number, tab in enumerate(tabs, 1):
        found[f"xl/worksheets/sheet{number}.xml"] = _part("worksheet", tab.body, main)
    if strings is not None:
        found[STRINGS] = _part("sst", strings, main)
    return found


def relationships(*targets: tuple[str, str], relations: str = RELATIONS) -> str:
    """A .rels part: rId1, rId2 and so on, by kind and target."""
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{relations}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def _part(root: str, body: Part, main: str) -> Part:
    return body if isinstance(body, bytes) else f'{DECLARATION}<{root} xmlns="{main}">{body}</{root}>'


def pack(members: Mapping[str, Part], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these members, in this order, the same bytes each time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, body in members.items():
            info = zipfile.ZipInfo("x")
            info.filename = name  # set afterwards: the constructor would tidy it
            archive.writestr(info, body, method)
    return stream.getvalue()


def workbook(body: Part = PLAIN, strings: Part | None = None, look: str | None = None, settings: str = "") -> bytes:
    """A workbook of one sheet."""
    return pack(parts(Tab(body), strings=strings, look=look, settings=settings))


def members_of(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- lies about the package -------------------------------------------------------------------------------------------

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def forged(body: bytes, name: str, at: int, layout: str, value: int) -> bytes:
    """The zip with one field of a member's header changed, in both copies; `at` counts as in the central one."""
    made = bytearray(body)
    for magic, length, shift in ((_CENTRAL, 46, 0), (_LOCAL, 30, 2)):
        place = body.index(magic)
        while body[place + length : place + length + len(name.encode())] != name.encode():
            place = body.index(magic, place + 1)
        struct.pack_into(layout, made, place + at - shift, value)
    return bytes(made)


def claiming(size: int) -> bytes:
    """A workbook that gives another unpacked size for its sheet than the true one."""
    return forged(workbook(), SHEET, 24, "<I", size)


def damaged(method: int) -> bytes:
    """A workbook whose sheet has a wrong bit in the middle of its compressed bytes."""
    body = bytearray(workbook(data(*(row(n, words(f"A{n}", str(n**7))) for n in range(1, 200)))))
    if method != zipfile.ZIP_DEFLATED:
        body = bytearray(pack(members_of(bytes(body)), method))
    place = body.find(SHEET.encode()) + len(SHEET) + 60
    body[place : place + 40] = bytes(40)
    return bytes(body)


def _sheet_twice() -> bytes:
    other = SHEET.replace("1", "9")
    body = pack({**parts(Tab()), other: f'<worksheet xmlns="{MAIN}">{data(row(1, cell("A1", 999)))}</worksheet>'})
    return body.replace(other.encode(), SHEET.encode())


def _far_directory() -> bytes:
    body = bytearray(workbook())
    struct.pack_into("<I", body, body.rfind(_END) + 16, 2**31)
    return bytes(body)


def _without(name: str) -> bytes:
    return pack({key: body for key, body in parts(Tab()).items() if key != name})


# --- other people's formats -------------------------------------------------------------------------------------------


def compound(*names: str) -> bytes:
    """The beginning of an OLE compound file, with these names in its directory."""
    header = OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    folder = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *names))
    return header.ljust(512, b"\xff") + folder


def _document() -> bytes:
    rels = relationships(("officeDocument", "word/document.xml"))
    return pack({"[Content_Types].xml": "<Types/>", "_rels/.rels": rels, "word/document.xml": "<w/>"})


_XML_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
)
_CSV = "编号,进展情况\r\nJR-01,正常\r\n"


# --- too much of something --------------------------------------------------------------------------------------------

_LAUGHS = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + step)} "{f"&{chr(97 + step)};" * 10}">' for step in range(9)
)
_SHARED = data(row(1, cell("A1", 0, "s")))


def _entity(definition: str, use: str, root: str = "worksheet") -> bytes:
    inner = f'<sheetData><row><c t="inlineStr"><is><t>{use}</t></is></c></row></sheetData>'
    body = inner if root == "worksheet" else f"<si><t>{use}</t></si>"
    return f'{definition}]><{root} xmlns="{MAIN}">{body}</{root}>'.encode()


def one_part_many_sheets(count: int, body: str = PLAIN) -> bytes:
    """A workbook whose sheets all lead to the same part, so that each reading of it costs nothing to write."""
    tabs = [Tab(name=f"S{number}") for number in range(count)]
    made = {name: text for name, text in parts(*tabs).items() if "worksheets/" not in name}
    targets = [("worksheet", "worksheets/sheet1.xml")] * count
    made["xl/_rels/workbook.xml.rels"] = relationships(*targets)
    made[SHEET] = f'<worksheet xmlns="{MAIN}">{body}</worksheet>'
    return pack(made)


def one_string_many_cells(length: int, count: int) -> bytes:
    """A workbook in which many cells show the same long text, which stands in the file once."""
    rows = "".join("<row>" + '<c t="s"><v>0</v></c>' * 10 + "</row>" for _ in range(count // 10))
    return workbook(f"<sheetData>{rows}</sheetData>", strings=f"<si><t>{'长' * length}</t></si>")


# --- all cases --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hostile:
    """A file as it lies in the inbox, and the rule that it ends with; no rule where it is a companion of a return."""

    name: str
    code: str
    make: Callable[[], bytes]


_ERRORS = ("#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#CALC!", "Err:502")
_NUMBERS = ("1e400", "NaN", "INF", "123456789012345678", " 5 ", "-0", "abc", "1,5", "1_000", "", "0x1F", "9" * 5000)
_COUNT = f'<sst xmlns="{MAIN}" count="4000000000" uniqueCount="4000000000"><si><t>x</t></si></sst>'
_MERGE = '<mergeCells><mergeCell ref="A1:XFE1"/></mergeCells>'
_FILE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">'
_LONG = f'<!DOCTYPE x [<!ENTITY a "{"A" * 100_000}">'
_CODED = '<?xml version="1.0" encoding="{}"?><x>中</x>'


def _first(ref: str, value: object, kind: str = "", strings: Part | None = None) -> bytes:
    return workbook(data(row(1, cell(ref, value, kind))), strings)


def _in_row(number: int, ref: str) -> bytes:
    return workbook(data(row(number, cell(ref, 2))))


_ENDS: Mapping[str, Mapping[str, Callable[[], bytes]]] = {
    "F101": {
        "zero-bytes.xlsx": lambda: b"",
        "any-bytes.xlsx": lambda: bytes((place * 7919 >> 3) & 255 for place in range(5000)),
        "cut-off.xlsx": lambda: workbook()[: len(workbook()) * 2 // 3],
        "cut-in-the-first-header.xlsx": lambda: workbook()[:20],
        "bytes-before.xlsx": lambda: b"JUNK" * 100 + workbook(),
        "wrong-checksum.xlsx": lambda: forged(workbook(), SHEET, 16, "<I", 1),
        "damaged-deflate.xlsx": lambda: damaged(zipfile.ZIP_DEFLATED),
        "damaged-bzip2.xlsx": lambda: damaged(zipfile.ZIP_BZIP2),
        "damaged-lzma.xlsx": lambda: damaged(zipfile.ZIP_LZMA),
        "unknown-method.xlsx": lambda: forged(workbook(), SHEET, 10, "<H", 9),
        "claims-too-little.xlsx": lambda: claiming(20),
        "far-directory.xlsx": _far_directory,
        "no-workbook-relations.xlsx": lambda: _without("xl/_rels/workbook.xml.rels"),
        "no-sheet.xlsx": lambda: _without(SHEET),
        "xml-cut-off.xlsx": lambda: workbook(f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c'.encode()),
        "gb18030.xlsx": lambda: workbook(_CODED.format("GB18030").encode("gb18030")),
        "no-such-encoding.xlsx": lambda: workbook(_CODED.format("x-none").encode()),
        "python-encoding.xlsx": lambda: workbook(_CODED.format("unicode_escape").encode()),
        "not-utf-8.xlsx": lambda: workbook(_CODED.format("UTF-8").encode("gbk")),
        "control-sign.xlsx": lambda: workbook(data(row(1, words("A1", "a\x07b")))),
        "control-reference.xlsx": lambda: workbook(PLAIN + "&#7;"),
        "lone-surrogate.xlsx": lambda: workbook(PLAIN + "&#55357;"),
        "string-99.xlsx": lambda: _first("A1", 99, "s", "<si><t>x</t></si>"),
        "string-minus-1.xlsx": lambda: _first("A1", -1, "s", "<si><t>x</t></si>"),
        "no-strings.xlsx": lambda: workbook(_SHARED),
        "sheet-twice.xlsx": _sheet_twice,
        "old.xls": lambda: compound("Workbook"),
        "old-renamed.xlsx": lambda: compound("Workbook"),
        "wps.et": lambda: compound("ETExtData", "Workbook"),
        "open-document.xlsx": lambda: pack({"mimetype": "application/x", "content.xml": "<x/>"}),
    },
    "F102": {
        "empty-zip.xlsx": lambda: _END + bytes(18),
        "no-workbook.xlsx": lambda: _without("xl/workbook.xml"),
        "text-utf8.xlsx": lambda: ("\ufeff" + _CSV).encode(),
        "text-gbk.xls": lambda: _CSV.encode("gbk"),
        "page.xls": lambda: b"\r\n<HTML><body><table></table></body></HTML>",
        "xml-2003.xls": _XML_2003.encode,
        "letter.xlsx": lambda: rb"{\rtf1\ansi hello}",
        "archive-7z.xlsx": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(50),
        "archive-rar.xlsx": lambda: b"Rar!\x1a\x07\x01\x00" + bytes(50),
        "word.xlsx": _document,
        "binary.xlsx": lambda: pack({"xl/workbook.bin": b"\x83\x01\x00"}),
        "zip-of-text.xlsx": lambda: pack({"readme.txt": "hi"}),
        "printed.xlsx": lambda: b"%PDF-1.4\n%%EOF",
    },
    "F103": {
        "password.xlsx": lambda: compound("EncryptionInfo", "EncryptedPackage"),
        "locked-member.xlsx": lambda: forged(workbook(), SHEET, 8, "<H", 1),
    },
    "F104": {
        "claims-too-much.xlsx": lambda: claiming(2**30),
        "spaces.xlsx": lambda: workbook(PLAIN + " " * (9 * MEGABYTE)),
        "long-string.xlsx": lambda: workbook(_SHARED, f"<si><t>{'A' * (9 * MEGABYTE)}</t></si>"),
        "styles.xlsx": lambda: workbook(look=styles(0).replace("<xf ", "<xf />" * 1_600_000 + "<xf ")),
        "thousand-sheets.xlsx": lambda: pack(parts(*(Tab(name=f"S{number}") for number in range(1000)))),
        "many-members.xlsx": lambda: pack({**parts(Tab()), **{f"m{number}": "" for number in range(10_001)}}),
        "one-string-many-cells.xlsx": lambda: one_string_many_cells(100_000, 1_000),
        "laughs.xlsx": lambda: workbook(_entity(_LAUGHS, "&j;")),
        "laughs-in-strings.xlsx": lambda: workbook(_SHARED, _entity(_LAUGHS, "&j;", "sst")),
        "entities.xlsx": lambda: workbook(_entity(_LONG, "&a;" * 20_000)),
        "foreign-file.xlsx": lambda: workbook(_entity(_FILE, "[&e;]")),
        "row-beyond.xlsx": lambda: _in_row(16_777_217, "A16777217"),
        "column-beyond.xlsx": lambda: _in_row(1, "XFE1"),
        "nine-letters.xlsx": lambda: _in_row(1, "ABCDEFGHI1"),
        "row-0.xlsx": lambda: _in_row(0, "A0"),
        "too-wide.xlsx": lambda: workbook(data(f"<row>{'<c/>' * 16_385}</row>")),
        "merge-beyond.xlsx": lambda: workbook(PLAIN + _MERGE),
    },
    "I101": {
        "bytes-after.xlsx": lambda: workbook() + b"\r\n--boundary--\r\n",
        "no-content-types.xlsx": lambda: _without("[Content_Types].xml"),
        "no-package-relations.xlsx": lambda: _without("_rels/.rels"),
        "no-styles.xlsx": lambda: _without("xl/styles.xml"),
        "picture.xlsx": lambda: pack({**parts(Tab()), "xl/media/image1.png": bytes(9 * MEGABYTE)}),
        "string-count.xlsx": lambda: workbook(_SHARED, _COUNT.encode()),
        "nested.xlsx": lambda: workbook(PLAIN + "<a>" * 100_000 + "</a>" * 100_000),
        "last-cell.xlsx": lambda: _in_row(1_048_576, "XFD1048576"),
        "false-dimension.xlsx": lambda: workbook('<dimension ref="A1:ABCDEFGHI99999999999"/>' + PLAIN),
        "utf-16.xlsx": lambda: workbook(f"<x>{PLAIN}</x>".encode("utf-16")),
        "byte-order-mark.xlsx": lambda: workbook(b"\xef\xbb\xbf" + f"<x>{PLAIN}</x>".encode()),
        "errors.xlsx": lambda: workbook(data(row(1, *(cell("A1", one, "e") for one in _ERRORS)))),
        "numbers.xlsx": lambda: workbook(data(row(1, *(cell("A1", one) for one in _NUMBERS)))),
        "end-of-time.xlsx": lambda: workbook(data(row(1, cell("A1", "2958465.9999999"))), look=styles(14)),
        "unknown-type.xlsx": lambda: _first("A1", 1, "zzz"),
        "unknown-style.xlsx": lambda: workbook(data(row(1, cell("A1", 1, style=10**30)))),
        "no-sheets.xlsx": lambda: pack(parts()),
        "same-names.xlsx": lambda: pack(parts(Tab(name="填报"), Tab(name="填报"))),
        "odd-names.xlsx": lambda: pack(parts(Tab(name=""), Tab(name="a&b<c>'\""), Tab(name="x" * 400))),
        "all-hidden.xlsx": lambda: pack(parts(Tab(attributes='state="veryHidden"'))),
    },
    "": {
        "printed.pdf": lambda: b"%PDF-1.4\n%%EOF",
        "photo.jpg": lambda: b"\xff\xd8\xff\xe0" + bytes(50),
    },
}

CASES: tuple[Hostile, ...] = tuple(
    Hostile(name, code, make) for code, cases in _ENDS.items() for name, make in cases.items()
)
