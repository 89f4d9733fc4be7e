"""The records of an old workbook: what must be known of them before a parser may see them, and what it does not see.

Formats: MS-XLS (BIFF8, and BIFF5 before it), MS-OLEPS. Everything here is linear in the size of the stream.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from kpi_xlsx.book import BOX_LENGTH, BOXES, LINKS, OWN_REMARK, Extras, Unreadable, damaged, over
from kpi_xlsx.limits import Limits

_BOF, _EOF, _CONTINUE = 0x809, 0x0A, 0x3C
_BOUNDSHEET, _FILEPASS, _SST, _LABELSST, _XF, _FORMAT = 0x85, 0x2F, 0xFC, 0xFD, 0xE0, 0x41E
_OBJ, _TXO, _NOTE, _SUPBOOK = 0x5D, 0x1B6, 0x1C, 0x1AE
_FORMULAS = (0x06, 0x206, 0x406)
_CELLS = (*_FORMULAS, 0x207, 0x221, 0x4BC, 0x236, 0x203, 0x204, 0x205, 0xD6, 0x27E, 0xBD, _LABELSST)
_SHAPES = (0x7D, 0x208, 0xE5)
"""Columns and rows (which are hidden), merged cells."""
_WANTED = frozenset(
    [_BOF, _EOF, _BOUNDSHEET, _SST, _XF, _FORMAT, 0x42, 0x22, *_CELLS, *_SHAPES]  # 0x42 code page, 0x22 date system
)
_LONG = frozenset([_SST, 0x207, 0x204])
"""Records whose continuations are wanted with them."""
_NOTHING = struct.pack("<H", 0xFFF)
"""The number of no record."""

_PICTURE, _COMMENT = 8, 0x19
_BOXES = frozenset([2, 3, 6, 0x0E, 0x1E])
"""Objects that a person writes into: rectangle, oval, text box, label, drawn shape."""


def _walk(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Number, start and length of each record; the start is that of its content, four bytes after its own."""
    position = 0
    while position + 4 <= len(stream):
        number, length = struct.unpack_from("<HH", stream, position)
        position += 4
        if position + length > len(stream):
            return
        yield number, position, length
        position += length


@dataclass(frozen=True, slots=True)
class Defused:
    """The stream of a workbook without all that is not read, and what a parser does not tell of it.

    The stream cannot make a parser run away: no names, links and ranges to unfold, no second look at a sheet.
    """

    stream: bytes
    extras: Extras
    formulas: list[set[tuple[int, int]]]
    """Row and column of each formula, worksheet by worksheet."""


def defuse(body: bytes, limits: Limits) -> Defused:
    """Look at every record once. Raises Unreadable."""
    stream = bytearray(body)
    seen = _Seen(limits)
    last = end = 0
    for number, start, length in _walk(body):
        seen.take(number, start - 4, body[start : start + length])
        last = number if number != _CONTINUE else last
        if number not in _WANTED and not (number == _CONTINUE and last in _LONG):
            stream[start - 4 : start - 2] = _NOTHING
        end = start + length
    seen.judge()
    formulas = [seen.formulas[place] for place, kind in seen.sheets.items() if kind == 0]
    return Defused(bytes(stream[:end]), seen.drawn.extras(), formulas)


class _Seen:
    """What the records say of the workbook as a whole."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sheets: dict[int, int] = {}
        """Kind by place: 0 is a worksheet."""
        self.formulas: dict[int, set[tuple[int, int]]] = {}
        """By the place of each beginning."""
        self.place = self.depth = self.last = 0
        self.counts = {_XF: 0, _FORMAT: 0}
        self.tables: list[list[bytes]] = []
        self.drawn = _Drawn()

    def take(self, number: int, place: int, content: bytes) -> None:
        if number == _BOF:
            self.place = place if self.depth == 0 else self.place
            self.depth += 1
            self.formulas[place] = set()
        elif number == _EOF:
            self.depth -= 1
        elif number in _FORMULAS and len(content) >= 4:
            self.formulas.setdefault(self.place, set()).add(struct.unpack_from("<HH", content))
        elif number in (_FILEPASS, _BOUNDSHEET, _LABELSST):
            self._judge_at_once(number, content)
        elif number in self.counts:
            self.counts[number] += 1
        elif number == _SST:
            self.tables.append([content])
        elif number == _CONTINUE and self.last == _SST:
            self.tables[-1].append(content)
        self.drawn.take(number, content)
        self.last = number if number != _CONTINUE else self.last

    def _judge_at_once(self, number: int, content: bytes) -> None:
        if number == _FILEPASS:
            raise Unreadable("F103", "工作簿设了打开密码", "the workbook opens only with a password")
        if number == _LABELSST and len(content) >= 10 and content[9] & 0x80:
            raise damaged("单元格引用的文字不存在", "a cell refers to text that is not there")
        if number == _BOUNDSHEET:
            (place,) = struct.unpack_from("<I", content)
            if place in self.sheets:
                raise damaged("两个工作表在同一个位置", "two of its sheets lie in the same place")
            self.sheets[place] = content[5]
            if len(self.sheets) > self.limits.sheets:
                raise over("工作表太多", "it has too many sheets")

    def judge(self) -> None:
        for chunks in self.tables:
            _check_strings(chunks, self.limits.text)
        if max(self.counts.values()) > self.limits.formats:
            raise over("单元格格式太多", "it has too many cell formats")
        if not self.formulas.keys() >= self.sheets.keys():
            raise damaged("工作表目录与内容不符", "its list of sheets does not fit what it holds")


def _check_strings(chunks: list[bytes], text: int) -> None:
    """Walk through a table of texts and its continuations as a parser does: forwards only, not over the limit."""
    (count,) = struct.unpack_from("<i", chunks[0], 4)
    data, index, at = chunks[0], 0, 8
    for _ in range(count):
        left, flags = struct.unpack_from("<HB", data, at)
        at += 3
        runs = phonetic = 0
        if flags & 8:
            (runs,) = struct.unpack_from("<H", data, at)
            at += 2
        if flags & 4:
            (phonetic,) = struct.unpack_from("<i", data, at)
            at += 4
        text -= left
        if text < 0:
            raise over("文字太多", "it holds too much text")
        while True:
            wide = flags & 1
            taken = min((len(data) - at) >> wide, left)
            at += taken << wide
            left -= taken
            if left == 0:
                break
            index += 1
            data, flags, at = chunks[index], chunks[index][0], 1
        for _ in range(runs):
            if at == len(data):
                index += 1
                data, at = chunks[index], 0
            at += 4
        if phonetic < 0 or at > len(data):
            raise damaged("内部结构自相矛盾", "its inner structure contradicts itself")
        at += phonetic
        if at >= len(data) and index + 1 < len(chunks):
            index += 1
            at -= len(data)
            data = chunks[index]


class _Drawn:
    """Collects comments, pictures, text boxes and outside links; damaged ones are passed over."""

    def __init__(self) -> None:
        self.pictures = 0
        self.comments = 0
        self.boxes: list[str] = []
        self.links: list[str] = []
        self.kind = 0
        self.left = 0
        self.words: list[str] = []

    def take(self, number: int, content: bytes) -> None:
        if number == _CONTINUE:
            self._continue(content)
            return
        if self.words:
            self._close()
        self.left = 0
        if number == _OBJ and content[:4] == b"\x15\0\x12\0" and len(content) >= 6:
            (self.kind,) = struct.unpack_from("<H", content, 4)
            self.pictures += self.kind == _PICTURE
            self.comments += self.kind == _COMMENT
        elif number == _TXO and len(content) >= 12:
            (self.left,) = struct.unpack_from("<H", content, 10)
        elif number == _SUPBOOK and len(self.links) < LINKS:
            self.links.extend({_outside(content)}.difference(self.links, [""]))

    def _continue(self, content: bytes) -> None:
        if self.left > 0 and content:
            text = content[1:].decode("utf-16-le" if content[0] & 1 else "latin-1", "replace")
            self.words.append(text[: self.left])
            self.left -= len(text)

    def _close(self) -> None:
        text = "".join(self.words).strip()
        self.words = []
        if self.kind == _COMMENT:
            self.comments -= text.startswith(OWN_REMARK)
        elif self.kind in _BOXES and text and len(self.boxes) < BOXES:
            self.boxes.append(text[:BOX_LENGTH])

    def extras(self) -> Extras:
        self.take(_EOF, b"")
        return Extras(max(self.comments, 0), 0, self.pictures, tuple(self.boxes), tuple(self.links))


def _outside(content: bytes) -> str:
    """The name of another workbook that formulas refer to, from its coded path (VirtualPath in MS-XLS)."""
    if len(content) < 6:
        return ""
    length, flags = struct.unpack_from("<HB", content, 2)
    if length in (0x401, 0x3A01) or content[5] == 0:  # the workbook itself, or functions of an add-in
        return ""
    text = content[5 : 5 + (length << (flags & 1))].decode("utf-16-le" if flags & 1 else "latin-1", "replace")
    name = text.replace("\\", "\3").replace("/", "\3").rsplit("\3", 1)[-1]
    return "".join(sign for sign in name if sign >= " ").strip("[]")


_USER_DEFINED = bytes.fromhex("05d5cdd59c2e1b10939708002b2cf9ae")


def read_properties(body: bytes) -> dict[str, str]:
    """The texts among the custom properties in a stream of document properties (MS-OLEPS). Raises struct.error."""
    (count,) = struct.unpack_from("<I", body, 24)
    for number in range(min(count, 8)):
        if body[28 + 20 * number : 44 + 20 * number] == _USER_DEFINED:
            (start,) = struct.unpack_from("<I", body, 44 + 20 * number)
            return _read_section(body[start:])
    return {}


def _read_section(section: bytes) -> dict[str, str]:
    (count,) = struct.unpack_from("<I", section, 4)
    offsets = dict(struct.unpack_from("<II", section, 8 + 8 * number) for number in range(min(count, 100)))
    encoding = "latin-1"
    if 1 in offsets:
        (page,) = struct.unpack_from("<H", section, offsets[1] + 4)
        encoding = {1200: "utf-16-le", 65001: "utf-8", 936: "gb18030"}.get(page, f"cp{page}")
    wide = encoding == "utf-16-le"
    names: dict[int, str] = {}
    at = offsets.get(0, len(section))
    (entries,) = struct.unpack_from("<I", section, at)
    at += 4
    for _ in range(min(entries, 100)):
        key, length = struct.unpack_from("<II", section, at)
        names[key] = _string(section, at + 8, length * 2 if wide else length, encoding)
        at += 8 + ((length * 2 + 3) // 4 * 4 if wide else length)
    found = {}
    for key, name in names.items():
        if key in offsets:
            kind, length = struct.unpack_from("<II", section, offsets[key])
            if kind == 0x1E:
                found[name] = _string(section, offsets[key] + 8, length, encoding)
            elif kind == 0x1F:
                found[name] = _string(section, offsets[key] + 8, length * 2, "utf-16-le")
    return found


def _string(section: bytes, at: int, length: int, encoding: str) -> str:
    return section[at : at + min(length, 4096)].decode(encoding, "replace").split("\0")[0].strip()
