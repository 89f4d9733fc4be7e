"""Ways to damage a file: its bytes, the members of its zip, the XML and the values in them; by chance, repeatable.

What is damaged is small: parts that unpack to more than a megabyte suffer in their bytes only.
"""

from __future__ import annotations

import copy
import io
import random
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

from hostile import MAIN, RELATIONS, Member, raw_zip

ElementTree.register_namespace("", MAIN)
ElementTree.register_namespace("r", RELATIONS)

LARGEST = 2**20
"""Of a file that is unpacked to be damaged."""

# --- bytes ------------------------------------------------------------------------------------------------------------


def _flip(body: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 8)):
        body[chance.randrange(len(body))] = chance.randrange(256)


def _cut(body: bytearray, chance: random.Random) -> None:
    del body[chance.randrange(len(body)) :]


def _blank(body: bytearray, chance: random.Random) -> None:
    start, length = chance.randrange(len(body)), chance.randint(1, 400)
    body[start : start + length] = bytes(length)


def _leave_out(body: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(body))
    del body[start : start + chance.randint(1, 400)]


def _repeat(body: bytearray, chance: random.Random) -> None:
    start, place = chance.randrange(len(body)), chance.randrange(len(body))
    body[place:place] = body[start : start + chance.randint(1, 400)]


_BYTE_DAMAGE = (_flip, _flip, _flip, _cut, _blank, _leave_out, _repeat)


def damage_bytes(body: bytes, chance: random.Random) -> bytes:
    """One or two kinds of damage to the bytes as they lie on the disk."""
    changed = bytearray(body)
    for damage in chance.choices(_BYTE_DAMAGE, k=chance.randint(1, 2)):
        if changed:
            damage(changed, chance)
    return bytes(changed)


# --- members of a zip -------------------------------------------------------------------------------------------------

_Pairs = list[tuple[str, bytes]]
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_NAMES = ("", "/", "../x.xlsx", "C:\\x", "xl\\workbook.xml", "a\0b", "长" * 300, "con.xlsx", "\u202e", "x/", "mimetype")


def unpack(body: bytes) -> _Pairs:
    """The members of a zip that is not too large; none if it is no zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            found = archive.infolist()
            if sum(one.file_size for one in found) > LARGEST:
                return []
            return [(one.filename, _read(archive, one)) for one in found]
    except Exception:  # whatever zipfile says of a damaged one
        return []


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as stream:
        return stream.read(LARGEST)  # without a number it unpacks all there is, whatever the header says


def repack(pairs: _Pairs, *methods: int) -> bytes:
    """A zip of members, which may have one name twice; the methods of compression take turns."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name stands there twice is what is wanted
        for place, (name, body) in enumerate(pairs):
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, body, methods[place % len(methods)] if methods else zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _drop_member(pairs: _Pairs, chance: random.Random) -> None:
    del pairs[chance.randrange(len(pairs))]


def _rename_member(pairs: _Pairs, chance: random.Random) -> None:
    place = chance.randrange(len(pairs))
    old = pairs[place][0]
    name = chance.choice([*_NAMES, old.upper(), old.replace("/", "\\"), f"/{old}", chance.choice(pairs)[0]])
    pairs[place] = (name, pairs[place][1])


def _swap_members(pairs: _Pairs, chance: random.Random) -> None:
    one, other = chance.randrange(len(pairs)), chance.randrange(len(pairs))
    (name, body), (second, content) = pairs[one], pairs[other]
    pairs[one], pairs[other] = (name, content), (second, body)


def _double_member(pairs: _Pairs, chance: random.Random) -> None:
    name, _ = chance.choice(pairs)
    pairs.insert(chance.randint(0, len(pairs)), (name, chance.choice(pairs)[1]))


def _shuffle_members(pairs: _Pairs, chance: random.Random) -> None:
    chance.shuffle(pairs)


_MEMBER_DAMAGE = (_drop_member, _rename_member, _swap_members, _double_member, _shuffle_members)


def damage_members(body: bytes, chance: random.Random) -> bytes:
    """Members dropped, renamed, swapped, doubled, reordered, compressed otherwise, or with false headers."""
    pairs = unpack(body)
    if not pairs:
        return damage_bytes(body, chance)
    for damage in chance.choices(_MEMBER_DAMAGE, k=chance.randint(1, 3)):
        if pairs:
            damage(pairs, chance)
    if chance.random() < 0.3:
        return _lie(pairs, chance)
    return repack(pairs, *chance.choices(_METHODS, k=chance.randint(1, 3)))


def _lie(pairs: _Pairs, chance: random.Random) -> bytes:
    """A zip that claims false sizes, flags, methods and checksums of a member."""
    made = []
    for name, body in pairs:
        one = Member.stored(name.encode("utf-8", "replace"), body, chance.choice((0, 0x800)))
        if chance.random() < 0.2:
            size = chance.choice((0, 1, one.size - 1, one.size + 1, 2**31, 2**32 - 1)) % 2**32
            flags, method = chance.choice((0, 1, 8, 0x800, 0x41)), chance.choice((0, 8, 9, 12, 14, 99))
            claims = chance.choice(((size, one.flags, 0), (one.size, flags, 0), (one.size, one.flags, method)))
            one = Member(one.name, body, claims[0], one.checksum, claims[2], claims[1])
        made.append(one)
    return raw_zip(*made)


# --- XML --------------------------------------------------------------------------------------------------------------

SHEET_TAGS = ("worksheet", "sheetData", "row", "c", "v", "f", "is", "t", "r", "rPh", "mergeCell", "si", "sst", "x:c")
PLACES = ("", "A1", "b2", "XFD1048576", "XFE1", "A1:B2", "0", "1", "-1", "1.5", "9" * 30, "14", "9")
KINDS = ("s", "n", "b", "e", "d", "str", "inlineStr", "true", "veryHidden", "#REF!", "2018-06-15", "_x0041_", "😀")
LINKS = ("rId1", "rId2", "worksheets/sheet1.xml", "/xl/workbook.xml", "../..", "..\\x")
TYPES = tuple(f"{RELATIONS}/{kind}" for kind in ("worksheet", "styles", "sharedStrings", "officeDocument"))
WORDS = ("kpi-xlsx:[]", "编号", "目标名称", "进展情况", "完成状态", "#id", "#name")
VALUES = PLACES + KINDS + LINKS + TYPES + WORDS
ODD = (
    *VALUES,
    *("1e400", "NaN", "-0", "2958465.9999999", "\u200b", "=1+1", "{0.__class__}", "%s", "长" * 3000, "9" * 400),
    *(
        "12.5万",
        "下降 12.49%",
        "2018年二季度",
        "6月底",
        "１２３",
        "约20余",
        "√",
        "2018.6.30",
        "\x85",
        "\ufeff",
        "Done",
        "已完成",
    ),
)
Tree = ElementTree.Element


@dataclass(frozen=True)
class Spot:
    """An element of a tree, with what it stands in."""

    tree: Tree
    parent: Tree
    element: Tree
    chance: random.Random


def _drop(spot: Spot) -> None:
    spot.parent.remove(spot.element)


def _double(spot: Spot) -> None:
    spot.parent.insert(spot.chance.randint(0, len(spot.parent)), copy.deepcopy(spot.element))


def _move(spot: Spot) -> None:
    spot.parent.remove(spot.element)
    home = spot.chance.choice(list(spot.tree.iter()))
    home.insert(spot.chance.randint(0, len(home)), spot.element)


def _retag(spot: Spot) -> None:
    spot.element.tag = f"{spot.element.tag.rpartition('}')[0]}}}{spot.chance.choice(SHEET_TAGS)}"


def _retype(spot: Spot) -> None:
    spot.element.text = spot.chance.choice(ODD)


def _remark(spot: Spot) -> None:
    spot.element.set(spot.chance.choice([*spot.element.attrib, "r", "t", "s"]), spot.chance.choice(ODD))


def _unmark(spot: Spot) -> None:
    if spot.element.attrib:
        del spot.element.attrib[spot.chance.choice(list(spot.element.attrib))]


def _answer(spot: Spot) -> None:
    """Something else in a cell, as a person types it."""
    cells = [one for one in spot.tree.iter() if one.tag.endswith("}c")]
    if cells:
        cell = spot.chance.choice(cells)
        cell.set("t", spot.chance.choice(("str", "n", "e", "b", "d", "s")))
        for old in list(cell):
            cell.remove(old)
        ElementTree.SubElement(cell, f"{cell.tag[:-1]}v").text = spot.chance.choice(ODD)


_XML_DAMAGE: tuple[Callable[[Spot], None], ...] = (
    *(_drop, _double, _move, _retag, _retype, _retype, _remark, _remark, _unmark, _answer, _answer, _answer),
)


def damage_tree(tree: Tree, chance: random.Random) -> None:
    pairs = [(parent, element) for parent in tree.iter() for element in parent]
    if pairs:
        parent, element = chance.choice(pairs)
        chance.choice(_XML_DAMAGE)(Spot(tree, parent, element, chance))


def damage_part(body: bytes, chance: random.Random) -> bytes:
    """A part whose tree was damaged; one that is no XML suffers in its bytes."""
    try:
        tree = ElementTree.fromstring(body)
        for _ in range(chance.randint(1, 6)):
            damage_tree(tree, chance)
        # A lone surrogate or another sign that XML does not know is written as it is: the reader must bear it.
        return ElementTree.tostring(tree, "unicode").encode("utf-8", "surrogatepass")
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        return damage_bytes(body, chance)


def damage_parts(body: bytes, chance: random.Random) -> bytes:
    """One or two parts of the zip damaged in their XML or their bytes, and proper checksums around them."""
    pairs = unpack(body)
    known = [place for place, (name, _) in enumerate(pairs) if name.endswith((".xml", ".rels"))]
    if not known:
        return damage_bytes(body, chance)
    weights = [4 if "sheet1." in pairs[place][0] or pairs[place][0] == "content.xml" else 1 for place in known]
    for place in chance.choices(known, weights, k=chance.randint(1, 2)):
        name, content = pairs[place]
        pairs[place] = (name, chance.choice((damage_part, damage_part, damage_part, damage_bytes))(content, chance))
    return repack(pairs)


# --- any --------------------------------------------------------------------------------------------------------------


def damage(body: bytes, chance: random.Random) -> bytes:
    """The file, damaged in one way or another, seldom in two."""
    for way in chance.choices((damage_bytes, damage_members, damage_parts), (2, 2, 5), k=chance.choice((1, 1, 1, 2))):
        body = way(body, chance)
    return body
