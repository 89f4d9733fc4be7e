"""The looks of a workbook (styles.xml), byte by byte: one more derived from another, or taken over from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_xlsx.xml_pieces import Piece, Unwritable, exchanged, find_pieces, with_attributes, with_children

GENERAL, TEXT = "0", "49"
"""The numbers of the built-in formats General and @."""
FIRST_OWN_FORMAT = 164


class Styles:
    """The part of styles; `body` is as it is now."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.found: dict[tuple[int, bool], int] = {}

    def derived(self, base: int, *, text: bool) -> int:
        """The number of the look that is as this one, for text that is never taken for a formula, or for a number."""
        if (base, text) not in self.found:
            self.found[base, text] = self._derived(base, text)
        return self.found[base, text]

    def _derived(self, base: int, text: bool) -> int:
        looks = _children(self.body, "cellXfs")
        if not looks:
            raise Unwritable("里面没有单元格格式", "it has no cell formats")
        piece = looks[base if base < len(looks) else 0]
        values = {"numFmtId": TEXT if text else GENERAL, "applyNumberFormat": "1", "quotePrefix": "1" if text else None}
        wanted = with_attributes(piece.tag(self.body), values) + self.body[piece.inner : piece.end]
        for number, look in enumerate(looks):
            if look.whole(self.body) == wanted:
                return number
        self.body = with_children(self.body, "cellXfs", [wanted])
        return len(looks)

    def adopted(self, other: bytes) -> Mapping[int, int]:
        """Take over the looks of another workbook of our own making: their numbers there, and here."""
        if find_pieces(self.body)[0].prefix:
            raise Unwritable("格式部分的写法少见", "its part of styles is spelt in an unusual way")
        formats = self._adopted_formats(other)
        moved = {}
        for parts, attribute in (("fonts", "fontId"), ("fills", "fillId"), ("borders", "borderId")):
            moved[attribute] = len(_children(self.body, parts))
            self.body = with_children(self.body, parts, [one.whole(other) for one in _children(other, parts)])
        before = len(_children(self.body, "cellXfs"))
        looks = []
        for look in _children(other, "cellXfs"):
            values = {key: str(int(look.attributes[key]) + number) for key, number in moved.items()}
            values |= {"numFmtId": formats.get(look.attributes["numFmtId"], look.attributes["numFmtId"]), "xfId": "0"}
            looks.append(with_attributes(look.tag(other), values) + other[look.inner : look.end])
        self.body = with_children(self.body, "cellXfs", looks)
        return {number: before + number for number in range(len(looks))}

    def _adopted_formats(self, other: bytes) -> Mapping[str, str]:
        theirs = _children(other, "numFmts")
        if theirs and not any(piece.name == "numFmts" for piece in find_pieces(self.body)):
            root = find_pieces(self.body)[0]
            self.body = exchanged(self.body, [(root.inner, root.inner, b'<numFmts count="0"></numFmts>')])
        known = {one.attributes.get("formatCode"): one.attributes.get("numFmtId", "") for one in self._formats()}
        taken = [int(number) for number in known.values() if number.isdigit()]
        following = max([FIRST_OWN_FORMAT - 1, *taken]) + 1
        found, new = {}, []
        for piece in theirs:
            code, number = piece.attributes["formatCode"], piece.attributes["numFmtId"]
            if code in known:
                found[number] = known[code]
            else:
                found[number] = str(following)
                new.append(with_attributes(piece.tag(other), {"numFmtId": str(following)}))
                following += 1
        if new:
            self.body = with_children(self.body, "numFmts", new)
        return found

    def _formats(self) -> list[Piece]:
        return _children(self.body, "numFmts")


def _children(body: bytes, parent: str) -> list[Piece]:
    """The elements directly within the one of this name."""
    pieces = find_pieces(body)
    place = next((place for place, piece in enumerate(pieces) if piece.name == parent), None)
    return [] if place is None else [piece for piece in pieces if piece.parent == place]
