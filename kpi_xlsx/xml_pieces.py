"""Where the elements of an XML part lie, byte by byte, so that some can be exchanged and all others stay as they are.

Positions come from expat. What is written in is ASCII with character references, whatever the part's own encoding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from html import escape
from xml.parsers import expat

_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


class Unwritable(Exception):  # noqa: N818  (a verdict on a file)
    """A workbook that cannot be changed without harm; the reason in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Piece:
    """An element: where its start tag begins and ends, and where its end tag begins and ends."""

    name: str
    """Without its prefix."""
    prefix: str
    """With its colon, or empty."""
    attributes: Mapping[str, str]
    parent: int
    """The place of the element around it in the list of all; -1 for the root."""
    start: int
    inner: int
    close: int = -1
    end: int = -1

    @property
    def hollow(self) -> bool:
        """Whether it is a single tag: <c r="A1"/>."""
        return self.close == self.inner == self.end

    def whole(self, body: bytes) -> bytes:
        return body[self.start : self.end]

    def tag(self, body: bytes) -> bytes:
        return body[self.start : self.inner]

    def opened(self, body: bytes) -> bytes:
        """Its start tag, as it is where something stands within."""
        tag = self.tag(body)
        return tag[:-2].rstrip() + b">" if self.hollow else tag

    def closed(self) -> bytes:
        return f"</{self.prefix}{self.name}>".encode("ascii", "xmlcharrefreplace")


def find_pieces(body: bytes, wanted: Callable[[str, Mapping[str, str]], bool] = lambda *_: True) -> list[Piece]:
    """All elements of a part that are wanted, in order. Raises Unwritable for what cannot be taken apart."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in body[:4]:
        raise Unwritable("内部用了少见的文字编码", "the text inside is in an unusual encoding")
    found: list[Piece] = []
    around: list[int] = []
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        prefix, colon, name = tag.rpartition(":")
        if not wanted(name, attributes):
            around.append(-1)
            return
        begin = parser.CurrentByteIndex
        match = _TAG.match(body, begin)
        assert match is not None
        parent = next((place for place in reversed(around) if place >= 0), -1)
        around.append(len(found))
        found.append(Piece(name, prefix + colon, attributes, parent, begin, match.end()))

    def end(_: str) -> None:
        place = around.pop()
        if place >= 0:
            piece = found[place]
            if body[piece.inner - 2 : piece.inner] == b"/>":
                found[place] = replace(piece, close=piece.inner, end=piece.inner)
            else:
                close = parser.CurrentByteIndex
                found[place] = replace(piece, close=close, end=body.index(b">", close) + 1)

    def refuse(*_: object) -> None:
        raise Unwritable("里面有 Excel 从不写入的内容", "it holds something that Excel never writes")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as problem:
        raise Unwritable("内部的数据不完整或已损坏", "the data inside is cut off or damaged") from problem
    return found


def exchanged(body: bytes, changes: Iterable[tuple[int, int, bytes]]) -> bytes:
    """The part with other bytes from each start to its end; insertions at one place keep their order."""
    parts, at = [], 0
    for start, end, piece in sorted(changes, key=lambda change: change[:2]):
        parts += [body[at:start], piece]
        at = end
    return b"".join([*parts, body[at:]])


def with_children(body: bytes, parent: str, children: Iterable[bytes]) -> bytes:
    """The part with further elements at the end of the one element of this name; its count is set right."""
    children = list(children)
    pieces = find_pieces(body)
    place = next((place for place, piece in enumerate(pieces) if piece.name == parent), None)
    if place is None:
        raise Unwritable(f"内部缺少 {parent}", f"a part of it ({parent}) is missing")
    piece = pieces[place]
    count = sum(other.parent == place for other in pieces) + len(children)
    tag = re.sub(rb"""\bcount=(["'])\d+\1""", b'count="%d"' % count, piece.opened(body))
    if piece.hollow:
        return exchanged(body, [(piece.start, piece.end, b"".join([tag, *children, piece.closed()]))])
    return exchanged(body, [(piece.start, piece.inner, tag), (piece.close, piece.close, b"".join(children))])


def with_attributes(tag: bytes, values: Mapping[str, str | None]) -> bytes:
    """A start tag with these attributes set, or taken out if None."""
    for name, value in values.items():
        tag = re.sub(rb"\s+" + name.encode() + rb"\s*=\s*(\"[^\"]*\"|'[^']*')", b"", tag)
        if value is not None:
            end = re.search(rb"\s*/?>\Z", tag)
            assert end is not None
            tag = b'%b %b="%b"%b' % (tag[: end.start()], name.encode(), quoted(value), end[0])
    return tag


def quoted(text: str) -> bytes:
    """Text as it stands in XML, in ASCII."""
    return escape(text).encode("ascii", "xmlcharrefreplace")
