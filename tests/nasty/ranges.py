"""How far a sheet reaches, and how far it says it does: stray cells, false dimensions, places outside the grid."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator

from hostile import MAIN, SHEET, Ends, Tab, cell, data, parts, row, styles, words, workbook

_LAST = 1_048_576
_DATED = styles(0, 14)


def _rows(*rows: str, dimension: str = "") -> Callable[[], bytes]:
    """A sheet of these rows; each case has at least a cell A1 that is no trouble."""
    said = f'<dimension ref="{dimension}"/>' if dimension else ""
    return lambda: workbook(said + data(*rows), look=_DATED)


def _streamed(rows: Iterator[str]) -> bytes:
    """A workbook whose sheet is written row by row, since it is long."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, body in parts(Tab(), look=_DATED).items():
            if name != SHEET:
                archive.writestr(name, body)
        with archive.open(SHEET, "w") as sheet:
            sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for line in rows:
                sheet.write(line.encode())
            sheet.write(b"</sheetData></worksheet>")
    return stream.getvalue()


def _styled_blank() -> Iterator[str]:
    """100,000 rows in twenty columns that somebody has coloured."""
    yield row(1, *(cell(f"{letter}1", 1, style=1) for letter in "ABCDEFGHIJKLMNOPQRST"))
    line = row(0, *(f'<c r="{letter}0" s="1"/>' for letter in "ABCDEFGHIJKLMNOPQRST")).replace("0", "%d")
    for number in range(2, 100_001):
        yield line % ((number,) * 21)


def _big() -> Iterator[str]:
    """200,000 rows in ten columns with a value each: nothing is wrong, it is only far too much for a form."""
    numbers, texts = "ACEFGHJ", {"B": "K%d", "D": "文本", "I": "x"}
    found = [cell(f"{letter}%d", "%d") for letter in numbers]
    found += [words(f"{letter}%d", text) for letter, text in texts.items()]
    line = row(0, *sorted(found)).replace('"0"', '"%d"', 1)
    for number in range(1, 200_001):
        yield line % ((number,) * line.count("%d"))


_A1 = row(1, cell("A1", 1))
_IN_ROW_1 = [row(number, cell(f"A{number}", number)) for number in range(2, 2001)]

ENDS: Ends = {
    "F104": {
        "range_styled_blank_100k_x20.xlsx": lambda: _streamed(_styled_blank()),
        "range_rows_beyond_grid.xlsx": _rows(_A1, row(16_777_217, cell("XFE16777217", 2))),
        "range_9letter_ref.xlsx": _rows(row(1, cell("A1", 1), cell("ABCDEFGHI1", 2))),
        "range_row0.xlsx": _rows(row(0, cell("A0", 1)), row(1, cell("A1", 2))),
        "big_legit_200k_x10.xlsx": lambda: _streamed(_big()),
    },
    "I101": {
        "range_stray_XFD1048576.xlsx": _rows(_A1, row(_LAST, cell("XFD1048576", 2))),
        "range_stray_A1048576.xlsx": _rows(row(1, cell("A1", 1), cell("T1", 1)), row(_LAST, cell("A1048576", 2))),
        "range_stray_XFD1.xlsx": _rows(row(1, cell("A1", 1), cell("XFD1", 2)), *_IN_ROW_1),
        "range_stray_XFD3000.xlsx": _rows(_A1, row(3000, cell("XFD3000", 2))),
        "range_stray_styled_only_XFD1048576.xlsx": _rows(_A1, row(_LAST, '<c r="XFD1048576" s="1"/>')),
        "range_stray_emptystr_XFD1048576.xlsx": _rows(_A1, row(_LAST, words("XFD1048576", ""))),
        "range_dimension_lies_big.xlsx": _rows(_A1, dimension="A1:XFD1048576"),
        "range_dimension_lies_small.xlsx": _rows(
            row(1, cell("A1", 1), cell("C1", 3)), row(5, cell("C5", 5)), dimension="A1"
        ),
        "range_dimension_A0.xlsx": _rows(_A1, dimension="A0:AZ9"),
        "range_9letter_dimension.xlsx": _rows(_A1, dimension="A1:ABCDEFGHI99999999999"),
    },
}
