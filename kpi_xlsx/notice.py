"""A published notice as lines of cells, whatever it came as: what its readers yield; nothing is understood here yet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kpi_xlsx.book import over

_CJK = "\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_SPACED = re.compile(rf"(?<=[{_CJK}])[ \t\u3000\xa0]+(?=[{_CJK}])")
_BREAKS = re.compile(r"[ \t\xa0\u3000]*[\r\n\v\f\u2028\u2029]+[ \t\xa0\u3000]*")
_LETTER_SPACED = re.compile(rf"[{_CJK}](?:[ \t\u3000\xa0]+[{_CJK}])+")

ROWS = 20_000
"""Lines of a notice: no plan has so many."""
Place = tuple[str, str]
"""Where something stands in the source, in both languages."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a notice: a row of a table, or a line of text outside of any (a single cell, table 0)."""

    place: Place
    cells: tuple[str, ...]
    table: int = 0
    spans: Mapping[int, int] = field(default_factory=dict)
    """Of cells that go over several columns: the first column and the last. The text stands in the first."""
    above: frozenset[int] = frozenset()
    """The columns whose text goes on from the row above, in cells merged downwards."""

    @property
    def filled(self) -> tuple[int, ...]:
        """The columns that hold something."""
        return tuple(column for column, text in enumerate(self.cells) if text)


@dataclass(frozen=True, slots=True)
class Notice:
    """What was read of a source: its lines from the top."""

    lines: tuple[Line, ...]
    loose: bool = False
    """Whether a line may end within a cell, as in text that was copied out of a page."""
    apart: bool = False
    """Whether each table stands for itself, as worksheets do; pages of a document may go on with one another's."""


def tidy(text: str) -> str:
    """A cell's text without white space at its ends and without signs that no one sees."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\t", " ")
    seen = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cc", "Cs") or sign == "\n")
    return "\n".join(part.strip(" \u3000") for part in seen.split("\n")).strip()


def one_line(text: str) -> str:
    """A label on one line: without breaks, and without the spaces that spread Chinese signs over a narrow cell."""
    return _SPACED.sub("", _BREAKS.sub(lambda found: _gap(text, found.start(), found.end()), text)).strip()


def unspread(name: str) -> str:
    """A name on one line; its own spaces stay, but not where every sign has one behind it."""
    flat = _BREAKS.sub(lambda found: _gap(name, found.start(), found.end()), name).strip()
    return _SPACED.sub("", flat) if _LETTER_SPACED.fullmatch(flat.lstrip("★☆* ")) else flat


def joined(first: str, second: str) -> str:
    """Two parts of a text that a page break tore apart: no gap in Chinese, a space between words in Latin script."""
    if not first or not second:
        return first + second
    return first + _gap(first + second, len(first), len(first)) + second


def _gap(text: str, end: int, start: int) -> str:
    """What belongs between a line's end and the next one's start: a space, if words of Latin script meet there."""
    before, after = text[:end].rstrip()[-1:], text[start:].lstrip()[:1]
    if not before or not after or not before.isascii() or not after.isascii():
        return ""
    chinese = any(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    words = before.isalpha() and after.isalpha() if chinese else after.isalnum() or after in "(\"'$"
    return " " if words else ""


class Grid:
    """A table whose cells may go over several rows and columns, put together row by row.

    A cell that goes down counts for each row that it covers, as in a plan. How many columns there may be is limited,
    since a source can claim any number.
    """

    COLUMNS = 200
    ROWS_DOWN = 2000

    def __init__(self, table: int) -> None:
        self.table = table
        self._below: dict[int, tuple[int, int, str]] = {}
        self._rows = 0

    def row(self, place: Place, cells: Iterable[tuple[str, int, int]]) -> Line:
        """A line of cells given as text, columns covered, rows covered."""
        self._rows += 1
        if self._rows > ROWS:
            raise over("表格的行太多", "a table has too many rows")
        texts: dict[int, str] = {}
        spans: dict[int, int] = {}
        above: set[int] = set()
        column = self._carry(0, texts, spans, above)
        for text, wide, tall in cells:
            wide = min(max(wide, 1), self.COLUMNS - column)
            if wide < 1:
                break
            texts[column] = text
            if wide > 1:
                spans[column] = column + wide - 1
            if tall > 1:
                self._below[column] = (min(tall, self.ROWS_DOWN) - 1, wide, text)
            column = self._carry(column + wide, texts, spans, above)
        for further in sorted(one for one in self._below if one >= column):
            self._carry(further, texts, spans, above)
        last = max([*texts, *spans.values()], default=-1)
        return Line(place, tuple(texts.get(one, "") for one in range(last + 1)), self.table, spans, frozenset(above))

    def _carry(self, column: int, texts: dict[int, str], spans: dict[int, int], above: set[int]) -> int:
        """Put down what comes from above, and say which column is the next free one."""
        while column in self._below and column not in texts:
            left, wide, text = self._below.pop(column)
            if left > 1:
                self._below[column] = (left - 1, wide, text)
            texts[column] = text
            above.add(column)
            if wide > 1:
                spans[column] = column + wide - 1
            column += wide
        return column
