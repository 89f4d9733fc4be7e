"""What an xlsx carries beside its cells: comments, pictures, text boxes, links. Damage here costs no answers.

Only small XML is read, never the media, and within the limits of the reader. Charts, drawings in ink and embedded
documents count as pictures. Formats: ECMA-376 part 1 (comments, DrawingML), MS-XLSX (threaded comments, pictures in
cells); the part in which WPS keeps pictures of cells is known from its files.
"""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote
from xml.parsers import expat

from kpi_xlsx.archives import DAMAGED
from kpi_xlsx.book import BOX_LENGTH, BOXES, LINKS, OWN_REMARK, Extras, Sheet, Unreadable
from kpi_xlsx.model import clip
from kpi_xlsx.parts import local
from kpi_xlsx.stand_ins import find_picture

_REMARK_LENGTH = 200
_MOST = 10_000
"""Of names that are remembered only to be told apart."""

_DAMAGE = (Unreadable, expat.ExpatError, *DAMAGED)
"""All that the parser of a part may raise: what was seen until then is kept, the rest of the part left out."""

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


@dataclass(frozen=True)
class Source:
    """What is needed of a package: its members, how a part is parsed, and what it relates to."""

    members: Collection[str]
    parse: Callable[[str, Start, End | None, Text | None], None]
    relations: Callable[[str], Mapping[str, tuple[str, str]]]

    def related(self, part: str) -> Sequence[tuple[str, str]]:
        """Kind and target of whatever a part relates to within the package, each once."""
        with contextlib.suppress(*_DAMAGE):
            found = dict.fromkeys(self.relations(part).values())
            return [(kind, target) for kind, target in found if target in self.members]
        return []

    def collect(self, part: str, start: Start, end: End | None = None, text: Text | None = None) -> None:
        if part in self.members:
            with contextlib.suppress(*_DAMAGE):
                self.parse(part, start, end, text)


def read_extras(source: Source, workbook: str, tabs: Sequence[str], sheets: Sequence[Sheet]) -> Extras:
    """Count what a workbook carries beside its cells; `tabs` are the parts of its worksheets. Never raises."""
    drawing = _Drawing()
    comments = threads = embedded = 0
    for around in _around(source, tabs):
        conversations = sum(_threads(source, part) for kind, part in around if kind == "threadedComment")
        threads += conversations
        for kind, part in around:
            if kind == "comments":
                remarks = _Remarks()
                source.collect(part, remarks.start, remarks.end, remarks.text)
                # A stub stands for its conversation where another program dropped the conversation itself.
                comments += remarks.comments + (0 if conversations else remarks.stubs)
            elif kind == "drawing":
                source.collect(part, drawing.start, drawing.end, drawing.text)
                drawing.leave()
            elif kind in ("oleObject", "package"):
                embedded += 1
    pictures = drawing.pictures + embedded + _pictures_in_cells(source, workbook, sheets)
    return Extras(comments, threads, pictures, tuple(drawing.boxes), tuple(_links(source, workbook)))


def _around(source: Source, tabs: Sequence[str]) -> Iterator[list[tuple[str, str]]]:
    """For each worksheet the kind and part of what it relates to; no part comes twice."""
    seen: set[str] = set()
    for tab in dict.fromkeys(tabs):
        around = [(kind, part) for kind, part in source.related(tab) if part not in seen]
        seen.update(part for _, part in around)
        yield around


# --- remarks ----------------------------------------------------------------------------------------------------------

_STUBS = ("[Threaded comment]", "[线程批注]")
_STUB_AUTHOR = "tc="
"""Excel writes an old-style comment for each conversation: by such an author, in words of the office's language."""


class _Remarks:
    """A comments part: how many comments people made, and how many stubs of conversations there are."""

    def __init__(self) -> None:
        self.comments = 0
        self.stubs = 0
        self._authors = 0
        self._stub_authors: set[str] = set()
        self._author = ""
        self._words: str | None = None
        self._taking = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if tag in ("author", "comment"):
            self._words = ""
            self._author = attributes.get("authorId", "")
        self._taking = tag in ("author", "t")

    def text(self, data: str) -> None:
        if self._taking and self._words is not None:
            self._words = (self._words + data)[:_REMARK_LENGTH].lstrip()

    def end(self, tag: str) -> None:
        tag = local(tag)
        self._taking = False
        if tag == "author":
            if (self._words or "").startswith(_STUB_AUTHOR) and len(self._stub_authors) < _MOST:
                self._stub_authors.add(str(self._authors))
            self._authors += 1
        elif tag == "comment" and self._words:
            if self._author in self._stub_authors or self._words.startswith(_STUBS):
                self.stubs += 1
            elif not self._words.startswith(OWN_REMARK):
                self.comments += 1


def _threads(source: Source, part: str) -> int:
    """The conversations of a part; answers within one name the remark that they answer."""
    found = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal found
        found += local(tag) == "threadedComment" and "parentId" not in attributes

    source.collect(part, start)
    return found


# --- pictures and text boxes ------------------------------------------------------------------------------------------


class _Drawing:
    """Drawing parts: pictures, and the words of shapes, also within groups."""

    def __init__(self) -> None:
        self.pictures = 0
        self.boxes: list[str] = []
        self._words: list[str] | None = None
        self._left = 0
        self._taking = False
        self._second = 0

    def start(self, tag: str, _: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "Fallback":
            self._second += 1
        elif self._second:
            return  # the same once more, for programs that do not know the first choice
        elif tag in ("pic", "graphicFrame", "contentPart"):
            self.pictures += 1
        elif tag == "sp":
            self._words, self._left = [], BOX_LENGTH
        elif tag == "t":
            self._taking = True
        elif tag == "br":
            self.add("\n")

    def text(self, data: str) -> None:
        if self._taking and not self._second:
            self.add(data)

    def add(self, words: str) -> None:
        if self._words is not None and self._left > 0:
            self._words.append(words[: self._left])
            self._left -= len(words)

    def end(self, tag: str) -> None:
        tag = local(tag)
        if tag == "Fallback":
            self._second = max(0, self._second - 1)
        elif tag == "t":
            self._taking = False
        elif tag == "p" and not self._second:
            self.add("\n")
        elif tag == "sp" and not self._second:
            self.close()

    def close(self) -> None:
        """Keep the words of the shape, if it has any."""
        words = "".join(self._words or ()).strip()
        if words and len(self.boxes) < BOXES:
            self.boxes.append(words)
        self._words = None

    def leave(self) -> None:
        """The part is over; if it is damaged, perhaps in the midst of a shape."""
        self.close()
        self._taking, self._second = False, 0


def _pictures_in_cells(source: Source, workbook: str, sheets: Sequence[Sheet]) -> int:
    """Pictures in cells: those of WPS by their ids, in its part or in a cell that shows one; those of Excel by part."""
    ids = {
        found
        for sheet in sheets
        for cells in sheet.rows.values()
        for cell in cells.values()
        if (found := find_picture(cell))
    }
    nameless = in_excel = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal nameless, in_excel
        tag = local(tag)
        if tag == "cellImage":
            nameless += 1
        elif tag == "cNvPr" and nameless and len(ids) < _MOST:
            nameless -= 1
            ids.add(attributes.get("name", ""))
        elif tag == "rel":
            in_excel += 1

    parts = {part for kind, part in source.related(workbook) if kind in ("cellImage", "richValueRel")}
    for part in sorted(parts | {"xl/cellimages.xml"}):
        source.collect(part, start)
    return len(ids) + nameless + in_excel


# --- links ------------------------------------------------------------------------------------------------------------


def _links(source: Source, workbook: str) -> list[str]:
    """The file names of other workbooks that this one refers to; empty for one whose name is lost."""
    found: dict[str, None] = {}
    for kind, part in source.related(workbook):
        if kind == "externalLink" and len(found) < LINKS:
            found.update(dict.fromkeys(_targets(source, part) or [""]))
    return list(found)[:LINKS]


def _targets(source: Source, part: str) -> list[str]:
    names: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "Relationship" and attributes.get("TargetMode") == "External" and len(names) < LINKS:
            names.append(file_name(attributes.get("Target", "")))

    folder, name = posixpath.split(part)
    source.collect(f"{folder}/_rels/{name}.rels", start)
    return names


def file_name(target: str) -> str:
    """The last part of a path or address, without signs that cannot be seen."""
    name = unquote(target).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return clip("".join(sign for sign in name if sign.isprintable()))
