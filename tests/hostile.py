"""Hostile workbooks by the dozen, made by hand in milliseconds each: broken, lying, oversized, or something else."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
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
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"

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
    return {"[Content_Types].xml": content_types(*found), **found}


SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_KINDS = {"workbook": "sheet.main", "sheet": "worksheet", "styles": "styles", "sharedStrings": "sharedStrings"}


def content_types(*names: str) -> str:
    """What each part is, so that other programs open the workbook too."""
    kinds = {name: _KINDS.get(posixpath.basename(name).removesuffix(".xml").rstrip("0123456789")) for name in names}
    lines = "".join(
        f'<Override PartName="/{name}" ContentType="{SPREADSHEET}.{kind}+xml"/>' for name, kind in kinds.items() if kind
    )
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    usual = '<Default Extension="xml" ContentType="application/xml"/>'
    return f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">{rels}{usual}{lines}</Types>'


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


SHARED = data(row(1, cell("A1", 0, "s")))
"""A cell that shows the first shared string."""


def members_of(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- a zip by hand ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """A member as it stands in the archive: its name in whatever bytes, its body as stored, and what it claims."""

    name: bytes
    body: bytes
    size: int
    checksum: int
    method: int = zipfile.ZIP_STORED
    flags: int = 0
    made_by: int = 20
    attributes: int = 0

    @classmethod
    def stored(cls, name: bytes, body: bytes, flags: int = 0) -> Member:
        return cls(name, body, len(body), zlib.crc32(body), flags=flags)

    @classmethod
    def repeated(cls, name: str, head: bytes, block: bytes, times: int, tail: bytes = b"") -> Member:
        """A part of any size in no memory: the block is compressed once, and stands there many times."""
        checksum = zlib.crc32(head)
        for _ in range(times):
            checksum = zlib.crc32(block, checksum)
        body = _deflated(head) + _deflated(block) * times + _deflated(tail, zlib.Z_FINISH)
        size = len(head) + len(block) * times + len(tail)
        return cls(name.encode(), body, size, zlib.crc32(tail, checksum), zipfile.ZIP_DEFLATED)

    @property
    def claims(self) -> tuple[int, ...]:
        """What both headers say: flags, method, time, date, checksum, sizes, length of the name."""
        return (self.flags, self.method, 0, 0x5821, self.checksum, len(self.body), self.size, len(self.name))


def _deflated(body: bytes, end: int = zlib.Z_FULL_FLUSH) -> bytes:
    """Raw deflate that ends at a whole byte and refers to nothing before it."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(body) + deflate.flush(end)


def raw_zip(*members: Member) -> bytes:
    """A zip in which nothing is tidied: names, sizes and checksums are what the members claim."""
    made, directory = bytearray(), bytearray()
    for one in members:
        place = len(made)
        made += struct.pack("<4s5H3I2H", _LOCAL, 20, *one.claims, 0) + one.name + one.body
        directory += struct.pack(
            "<4s6H3I5H2I", _CENTRAL, one.made_by, 20, *one.claims, 0, 0, 0, 0, one.attributes, place
        )
        directory += one.name
    end = struct.pack("<4s4H2IH", _END, 0, 0, len(members), len(members), len(directory), len(made), 0)
    return bytes(made + directory + end)


def with_part(members: Mapping[str, Part], part: Member) -> bytes:
    """A workbook in which this part is as it was made by hand."""
    plain = {name: body for name, body in members.items() if name.encode() != part.name}
    stored = (
        Member.stored(name.encode(), body.encode() if isinstance(body, str) else body) for name, body in plain.items()
    )
    return raw_zip(*stored, part)


# --- lies about the package -------------------------------------------------------------------------------------------


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


# --- too much of something --------------------------------------------------------------------------------------------


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

Ends = Mapping[str, Mapping[str, Callable[[], bytes]]]
"""Files by the end that they come to: the code of a rule, or the status of what no rule minds."""


@dataclass(frozen=True)
class Hostile:
    """A file as it lies in the inbox, and the end that it comes to."""

    name: str
    end: str
    make: Callable[[], bytes]

    @property
    def code(self) -> str:
        """The rule that sets the file aside, if one does."""
        return self.end if self.status == "quarantined" else ""

    @property
    def status(self) -> str:
        return self.end if self.end in ("read", "attached", "ignored") else "quarantined"


def cases(ends: Ends) -> tuple[Hostile, ...]:
    return tuple(Hostile(name, end, make) for end, files in ends.items() for name, make in files.items())


_NUMBERS = ("1e400", "NaN", "INF", "123456789012345678", " 5 ", "-0", "abc", "1,5", "1_000", "", "0x1F", "9" * 5000)
_MERGE = '<mergeCells><mergeCell ref="A1:XFE1"/></mergeCells>'
_CODED = '<?xml version="1.0" encoding="{}"?><x>中</x>'

_ENDS: Ends = {
    "F101": {
        "cut-in-the-first-header.xlsx": lambda: workbook()[:20],
        "damaged-deflate.xlsx": lambda: damaged(zipfile.ZIP_DEFLATED),
        "damaged-bzip2.xlsx": lambda: damaged(zipfile.ZIP_BZIP2),
        "damaged-lzma.xlsx": lambda: damaged(zipfile.ZIP_LZMA),
        "unknown-method.xlsx": lambda: forged(workbook(), SHEET, 10, "<H", 9),
        "claims-too-little.xlsx": lambda: claiming(20),
        "far-directory.xlsx": _far_directory,
        "no-workbook-relations.xlsx": lambda: _without("xl/_rels/workbook.xml.rels"),
        "no-such-encoding.xlsx": lambda: workbook(_CODED.format("x-none").encode()),
        "python-encoding.xlsx": lambda: workbook(_CODED.format("unicode_escape").encode()),
        "old.xls": lambda: compound("Workbook"),
        "old-renamed.xlsx": lambda: compound("Workbook"),
        "wps.et": lambda: compound("ETExtData", "Workbook"),
        "open-document.xlsx": lambda: pack({"mimetype": "application/x", "content.xml": "<x/>"}),
    },
    "F102": {
        "no-workbook.xlsx": lambda: _without("xl/workbook.xml"),
        "letter.xlsx": lambda: rb"{\rtf1\ansi hello}",
        "archive-7z.xlsx": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(50),
        "archive-rar.xlsx": lambda: b"Rar!\x1a\x07\x01\x00" + bytes(50),
        "binary.xlsx": lambda: pack({"xl/workbook.bin": b"\x83\x01\x00"}),
    },
    "F103": {
        "password.xlsx": lambda: compound("EncryptionInfo", "EncryptedPackage"),
        "locked-member.xlsx": lambda: forged(workbook(), SHEET, 8, "<H", 1),
    },
    "F104": {
        "claims-too-much.xlsx": lambda: claiming(2**30),
        "many-members.xlsx": lambda: pack({**parts(Tab()), **{f"m{number}": "" for number in range(10_001)}}),
        "one-string-many-cells.xlsx": lambda: one_string_many_cells(100_000, 1_000),
        "column-beyond.xlsx": lambda: workbook(data(row(1, cell("XFE1", 2)))),
        "too-wide.xlsx": lambda: workbook(data(f"<row>{'<c/>' * 16_385}</row>")),
        "merge-beyond.xlsx": lambda: workbook(PLAIN + _MERGE),
    },
    "I101": {
        "no-package-relations.xlsx": lambda: _without("_rels/.rels"),
        "nested.xlsx": lambda: workbook(PLAIN + "<a>" * 100_000 + "</a>" * 100_000),
        "numbers.xlsx": lambda: workbook(data(row(1, *(cell("A1", one) for one in _NUMBERS)))),
        "end-of-time.xlsx": lambda: workbook(data(row(1, cell("A1", "2958465.9999999"))), look=styles(14)),
        "unknown-style.xlsx": lambda: workbook(data(row(1, cell("A1", 1, style=10**30)))),
    },
    "attached": {
        "printed.pdf": lambda: b"%PDF-1.4\n%%EOF",
        "photo.jpg": lambda: b"\xff\xd8\xff\xe0" + bytes(50),
    },
}

CASES = cases(_ENDS)
