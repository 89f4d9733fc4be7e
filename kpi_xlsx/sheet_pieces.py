"""The rows and cells of a worksheet's part, byte by byte: which bytes change when cells are written."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from kpi_xlsx.excel import clean
from kpi_xlsx.model import cell_ref
from kpi_xlsx.style_pieces import Styles
from kpi_xlsx.xml_pieces import Piece, Unwritable, find_pieces, quoted, with_attributes

Address = tuple[int, int]
"""Row and column, counted from 0."""
Change = tuple[int, int, bytes]
_REF = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True, slots=True)
class Written:
    """A cell to be written, the cell that it is to look like, and for a new row the height to begin with."""

    value: str | int | float
    like: Address | None = None
    height: float | None = None


class Grid:
    """A worksheet's rows, and the cells of those rows that are looked at."""

    def __init__(self, body: bytes, looked_at: set[int]) -> None:
        self.body = body
        self.looked_at = looked_at
        self.number = -1
        self.pieces = find_pieces(body, self._wants)
        data = next((piece for piece in self.pieces if piece.name == "sheetData"), None)
        if data is None:
            raise Unwritable("有一个工作表不完整", "one of its sheets is not whole")
        self.data = data
        self.columns = [piece for piece in self.pieces if piece.name == "col"]
        self.rows: dict[int, Piece] = {}
        self.cells: dict[Address, Piece] = {}
        row, column = -1, -1
        for piece in self.pieces:
            if piece.name == "row":
                row, column = _row_number(piece.attributes, row), -1
                self.rows[row] = piece
            elif piece.name == "c":
                match = _REF.fullmatch(piece.attributes.get("r", ""))
                column = _column_number(match[1]) if match else column + 1
                self.cells[row, column] = piece

    def _wants(self, name: str, attributes: Mapping[str, str]) -> bool:
        if name == "row":
            self.number = _row_number(attributes, self.number)
        return name in ("dimension", "cols", "col", "sheetData", "row") or (
            name == "c" and self.number in self.looked_at
        )

    def changes(self, cells: Mapping[Address, Written], styles: Styles) -> Iterator[Change]:
        """The bytes to be exchanged so that these cells stand there."""
        for piece in self.pieces:
            if piece.name == "dimension":
                yield piece.start, piece.end, b""  # optional, and no longer true
        fresh = []
        for row, group in groupby(sorted(cells), key=lambda address: address[0]):
            addresses = list(group)
            made = [(address[1], self._cell(address, cells[address], styles)) for address in addresses]
            if row in self.rows:
                yield from self._into(row, made)
            else:
                heights = [height for address in addresses if (height := cells[address].height) is not None]
                fresh.append((row, self._row(row, made, max(heights, default=None))))
        yield from self._new_rows(fresh)

    def _into(self, row: int, made: list[tuple[int, bytes]]) -> Iterator[Change]:
        """Cells into a row that is there; `spans` would no longer be true of it."""
        piece = self.rows[row]
        tag = with_attributes(piece.opened(self.body), {"spans": None})
        if piece.hollow:
            yield piece.start, piece.end, b"".join([tag, *(body for _, body in made), piece.closed()])
            return
        yield piece.start, piece.inner, tag
        there = sorted((column, cell.start) for (number, column), cell in self.cells.items() if number == row)
        for column, body in made:
            same = self.cells.get((row, column))
            if same is not None:
                yield same.start, same.end, body
            else:
                place = next((start for other, start in there if other > column), piece.close)
                yield place, place, body

    def _new_rows(self, fresh: list[tuple[int, bytes]]) -> Iterator[Change]:
        if not fresh:
            return
        if self.data.hollow:
            bodies = [body for _, body in fresh]
            yield self.data.start, self.data.end, b"".join([self.data.opened(self.body), *bodies, self.data.closed()])
            return
        numbers = sorted(self.rows)
        for row, body in fresh:
            following = bisect(numbers, row)
            place = self.rows[numbers[following]].start if following < len(numbers) else self.data.close
            yield place, place, body

    def _row(self, row: int, made: list[tuple[int, bytes]], height: float | None) -> bytes:
        high = b"" if height is None else b' ht="%b"' % quoted(f"{height:g}")
        name = self._name("row")
        return b'<%b r="%d"%b>%b</%b>' % (name, row + 1, high, b"".join(body for _, body in made), name)

    def _cell(self, address: Address, cell: Written, styles: Styles) -> bytes:
        style = styles.derived(self._style(address, cell.like), text=isinstance(cell.value, str))
        name = self._name("c")
        begin = b'<%b r="%b" s="%d"' % (name, cell_ref(*address).encode(), style)
        if not isinstance(cell.value, str):
            value = self._name("v")
            return b"%b><%b>%b</%b></%b>" % (begin, value, repr(cell.value).encode(), value, name)
        text = quoted(_ESCAPE.sub("_x005F_", clean(cell.value)))
        around, within = self._name("is"), self._name("t")
        inner = b'<%b><%b xml:space="preserve">%b</%b></%b>' % (around, within, text, within, around)
        return b'%b t="inlineStr">%b</%b>' % (begin, inner, name)

    def _name(self, name: str) -> bytes:
        return quoted(self.data.prefix + name)

    def _style(self, address: Address, like: Address | None) -> int:
        """The look of the cell itself if it has one, else of the one that it is to look like, else of its column."""
        for place in (address, like):
            if place is not None and place in self.cells:
                style = _number(self.cells[place].attributes.get("s"))
                if style:
                    return style
        for piece in self.columns:
            first, last = _number(piece.attributes.get("min")), _number(piece.attributes.get("max"))
            if first <= address[1] + 1 <= last:
                return _number(piece.attributes.get("style"))
        return 0


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _row_number(attributes: Mapping[str, str], before: int) -> int:
    return _number(attributes.get("r")) - 1 if attributes.get("r") else before + 1


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
