"""Lines for a terminal: how wide a text is there, and how a long line goes on below without cutting a word in two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_OPENING, _CLOSING = "“‘（《〈【〔", "”’）》〉】〕，。；：、！？…％"
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CODE = re.compile(r"\x1b\[[0-9;]*m")
_APART = re.compile(r"( {2,})")
_PIECE = re.compile(r"\x1b\[[0-9;]*m|[^\S\x1b]+|[^\s\x1b]+|\x1b")
_UNIT = re.compile(rf"[{_OPENING}]*(?:[^{_WIDE}{_OPENING}{_CLOSING}]+|.)[{_CLOSING}]*", re.DOTALL)
"""What is not broken: a Latin word, or one Chinese sign, with the marks that belong to it."""
NARROWEST = 40
"""On a narrower terminal nothing is gained by breaking lines."""


def cells(text: str) -> int:
    """How many columns a text takes on a terminal: a CJK character two, a sign that stands above another none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def folded(line: str, width: int | None, hang: int = 0) -> Iterator[str]:
    """A line broken where it would reach the terminal's edge; it goes on as far in as it began, and `hang` more.

    What two blanks set apart stays whole if a line can hold it, and so does a path. Codes of colour take no room.
    `width` None: as it is.
    """
    if width is None or width < NARROWEST:
        yield line
        return
    indent = " " * (len(line) - len(line.lstrip(" ")) + hang)
    shown, room, fresh = "", 0, True
    for unit in _units(line, width - len(indent)):
        wide = cells(_CODE.sub("", unit))
        if room + wide > width and not fresh:
            yield shown.rstrip(" ")
            shown, room, fresh = indent, len(indent), True
            if unit.isspace():
                continue
        shown, room = shown + unit, room + wide
        fresh = fresh and (unit.isspace() or not wide)
    yield shown if fresh else shown.rstrip(" ")


def _units(line: str, room: int) -> Iterator[str]:
    """What may stand on a line of its own."""
    for part in _APART.split(line):
        if not part.isspace() and cells(_CODE.sub("", part)) <= room:
            yield part
        else:
            for piece in _PIECE.findall(part):
                whole = piece.isspace() or _CODE.match(piece) or ("/" in piece and cells(piece) <= room)
                yield from [piece] if whole else _UNIT.findall(piece)
