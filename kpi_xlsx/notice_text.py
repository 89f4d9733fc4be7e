"""A notice as plain text, the way it is pasted or saved: cells by tabs, commas, Markdown strokes or wide gaps."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from kpi_xlsx.book import damaged, over
from kpi_xlsx.files import decoded
from kpi_xlsx.limits import Limits
from kpi_xlsx.notice import ROWS, Line, Notice, Place, tidy

_RULE = re.compile(r"[\s|:+=_\-—–─━│┃┼├┤┌┐└┘]*")
_WIDE_GAP = re.compile(r" {2,}|\u3000{1,}")
_SIGNS = 2**20
_CELL_LINES = 40
"""Lines of a cell in quotes; beyond that the quote is taken for a sign of the text."""


def read_text(body: bytes, limits: Limits) -> Notice:
    """The lines of a text. Raises Unreadable if it is none, or too long."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        text: str | None = body.decode("utf-16", "replace")
    else:
        text = None if b"\0" in body else decoded(body.removeprefix(b"\xef\xbb\xbf"))
    if text is None or sum(sign < " " and sign not in "\t\r\n\f\v" for sign in text[:4096]) > 20:
        raise damaged("不是文字，也认不出是什么文件", "it is no text, nor any file that is known here")
    if len(text) > min(limits.text, _SIGNS):
        raise over("文字太多", "it holds too much text")
    rows = list(_rows(text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\v", "\n")))
    if len(rows) > ROWS:
        raise over(f"有 {len(rows)} 行", f"it has {len(rows)} lines")
    return Notice(tuple(_lines(rows)), loose=True)


def _rows(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Each line's number and cells, split by whatever this text splits its cells by."""
    lines = text.split("\n")
    if any("\t" in line for line in lines):
        yield from _split_by(text, "\t")
    elif sum(line.strip().startswith("|") for line in lines) >= 2:
        for number, line in enumerate(lines, 1):
            bare = line.strip()
            yield number, [bare] if not bare.startswith("|") else bare.strip("|").split("|")
    elif (sign := _comma(lines)) is not None:
        yield from _split_by(text, sign)
    else:
        for number, line in enumerate(lines, 1):
            yield number, _WIDE_GAP.split(line.strip()) if _gaps(line) else [line]


def _gaps(line: str) -> bool:
    """Whether the line is set in columns by blanks; letters spread by one blank each are a label."""
    return len(_WIDE_GAP.findall(line.strip())) >= 2


def _comma(lines: Sequence[str]) -> str | None:
    """The comma or semicolon of a .csv: one that stands at least twice in three lines of four that hold anything."""
    filled = [line for line in lines if line.strip()][:40]
    for sign in (",", ";"):
        if len(filled) > 1 and sum(line.count(sign) >= 2 for line in filled) * 4 >= len(filled) * 3:
            return sign
    return None


def _split_by(text: str, sign: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Cells as Excel copies them: one with a line break in it stands in quotes.

    A quote that nobody closes is a sign like any other: else it would swallow the rest of the text.
    """
    waiting: list[str] = []
    first = 1
    for number, line in enumerate(text.split("\n"), 1):
        waiting.append(line)
        block = "\n".join(waiting)
        if _open_quote(block, sign) and len(waiting) < _CELL_LINES:
            continue
        if _open_quote(block, sign):
            yield from ((first + at, one.split(sign)) for at, one in enumerate(waiting))
        else:
            yield first, _cells(block, sign)
        waiting, first = [], number + 1
    yield from ((first + at, one.split(sign)) for at, one in enumerate(waiting))


def _open_quote(block: str, sign: str) -> bool:
    """Whether a cell that began with a quote has not ended."""
    if '"' not in block:
        return False
    inside, start = False, True
    at = 0
    while at < len(block):
        here = block[at]
        if inside:
            if here == '"':
                if block[at + 1 : at + 2] == '"':
                    at += 1
                else:
                    inside = False
        elif here == '"' and start:
            inside = True
        start = not inside and here in (sign, "\n")
        at += 1
    return inside


def _cells(block: str, sign: str) -> Sequence[str]:
    if '"' not in block:
        return block.split(sign)
    try:
        rows = list(csv.reader([block], delimiter=sign, strict=True))
    except csv.Error:
        rows = []
    return rows[0] if len(rows) == 1 else block.split(sign)


def _lines(rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[Line]:
    """A row of one cell is text; the others are one table. What only draws a table's lines is left out."""
    for number, cells in rows:
        if any(cell.strip() for cell in cells) and all(_RULE.fullmatch(cell) for cell in cells):
            continue
        texts = tuple(map(tidy, cells))
        if any(texts):
            yield Line(_place(number), texts, int(len(texts) > 1))


def _place(number: int) -> Place:
    return f"第 {number} 行", f"line {number}"
