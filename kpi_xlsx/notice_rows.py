"""The rows of a notice to goals: columns found where a page lost one, categories carried down, torn rows joined."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kpi_xlsx.notice import Line, Notice, Place, joined, one_line, unspread
from kpi_xlsx.notice_headings import LONG, Headings, find_headings
from kpi_xlsx.notice_titles import Title, read_title
from kpi_xlsx.periods import Period, parse_due

_ANY_YEAR = Period(dt.date(2000, 1, 1), dt.date(2000, 12, 31))
_LABELS = frozenset(["category", "subcategory", "attribute", "frequency", "unit", "status", "due_month", "id"])
"""Columns of short words, in which spaces between Chinese signs only spread them over the cell."""
_SECTION = re.compile(r"^(?:[一二三四五六七八九十]+\s*[、.．]|(?P<lower>[(（][一二三四五六七八九十]+[)）]))\s*")
_SUM = re.compile(r"合\s*计|小\s*计|总\s*计|total", re.IGNORECASE)
_FOOT = re.compile(
    r"(?:注|说明|备注|填报人|填表人|制表|审核人?|单位负责人|分管领导|负责人|联系人|联系电话|附件|填报日期)\s*(?:[（(].*?[)）])?\s*[:：]"
    r"|(?:note|prepared by|signed|signature|contact)\b[^:]*:",
    re.IGNORECASE,
)
"""How lines begin that stand below a table."""
_ALIKE = 0.6
"""The share of the first worksheet's headings that another one has if it holds goals, too, and is no other view."""
_CELL_LINES = 60
"""Lines that a cell of copied text may have."""
_ENDED = ("。", "；", ";", ".", "！", "!", "”", ")", "）")


@dataclass(frozen=True, slots=True)
class Record:
    """A goal as the notice has it: texts by column key, further columns, where it stands, and what is open."""

    fields: Mapping[str, str]
    others: Mapping[str, str]
    places: tuple[Place, ...]
    doubts: tuple[Place, ...] = ()
    """What a person must decide, in both languages."""
    joined: bool = False
    """Whether it was put together from several rows."""
    shifted: bool = False
    """Whether its cells had to be moved to come under their headings."""
    title: Title = field(default_factory=Title)
    """What stands above the table in which it is."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The goals of a notice, its title, and the lines of which nothing was used."""

    records: tuple[Record, ...]
    title: Title
    unused: tuple[Line, ...] = ()
    keys: frozenset[str] = frozenset()
    """The columns that the notice has."""


def read_rows(notice: Notice, mapping: Mapping[str, str]) -> Rows | None:
    """The goals below the headings; None if no line holds headings that are known."""
    reader = _Reader(notice, mapping)
    reader.read()
    if not reader.keys:
        return None
    return Rows(tuple(reader.records), reader.first_title, tuple(reader.unused), frozenset(reader.keys))


class _Reader:
    """Goes down the lines with what holds there: title, headings, category, and the goal that may go on."""

    def __init__(self, notice: Notice, mapping: Mapping[str, str]) -> None:
        self.lines = notice.lines
        self.apart, self.loose = notice.apart, notice.loose
        self.mapping = mapping
        self.records: list[Record] = []
        self.unused: list[Line] = []
        self.keys: set[str] = set()
        self.headings: Headings | None = None
        self.table = 0
        self.above: list[Line] = []
        self.title = self.first_title = Title()
        self.carried: dict[str, str] = {}
        self.merged = False
        """Whether the subcategory that is carried down stands in a cell merged downwards."""

    def read(self) -> None:
        at = 0
        while at < len(self.lines):
            found = find_headings(self.lines, at, self.mapping)
            if found is not None and self._alike(found[0]):
                self._begin(found[0], self.lines[at].table)
                at += found[1]
                continue
            line, taken = self._whole(at)
            at += taken
            if self.headings is None or len(line.cells) < 2 or not self._belongs(line, self.headings):
                self._outside(line)
            else:
                self._row(line, self.headings)
        self.unused.extend(self.above if self.keys else ())

    def _whole(self, at: int) -> tuple[Line, int]:
        """A line, put together with those below if they are lines of its cells; and how many lines that takes."""
        first, headings = self.lines[at], self.headings
        if headings is None or not self.loose or not 1 < len(first.cells) < headings.width:
            return first, 1
        cells = list(first.cells)
        for further in range(at + 1, min(at + _CELL_LINES, len(self.lines))):
            more = self.lines[further].cells
            if find_headings(self.lines, further, self.mapping) is not None:
                break
            cells = [*cells[:-1], "\n".join(filter(None, (cells[-1], more[0]))), *more[1:]]
            if len(cells) >= headings.width:
                better = _fit(cells, headings) > _fit(align(first.cells, headings)[0], headings)
                if len(cells) == headings.width and better:
                    return replace(first, cells=tuple(cells)), further + 1 - at
                break
        return first, 1

    def _alike(self, headings: Headings) -> bool:
        """Whether these headings are of the same kind of table as the first ones."""
        if not self.apart or not self.keys:
            return True
        return len(headings.columns.keys() & self.keys) >= _ALIKE * len(self.keys)

    def _belongs(self, line: Line, headings: Headings) -> bool:
        """Whether a row is one of the table with these headings, or of one on a later page that goes on with it."""
        if line.table == self.table:
            return True
        if self.apart or not headings.width * 0.7 <= len(line.cells) <= headings.width:  # a page may lose a column
            return False
        self.table = line.table
        return True

    def _begin(self, headings: Headings, table: int) -> None:
        """New headings; what stood above them may be the title of another unit's table."""
        texts = [text for line in self.above for text in line.cells if text]
        title = read_title(texts)
        if not self.keys:
            self.title = self.first_title = title
        elif title.unit and title.period is not None:
            self.title = title
        self.above = []
        self.headings = headings
        self.table = table
        self.keys |= headings.columns.keys()

    def _outside(self, line: Line) -> None:
        """A line of text: the name of a section, a title, or a note."""
        text = one_line(" ".join(line.cells))
        if self.headings is not None and len(text) <= 30 and _SECTION.match(text):
            self._section(text)
        else:
            self.above.append(line)

    def _section(self, text: str) -> None:
        found = _SECTION.match(text)
        name = text[found.end() :] if found else text
        if found is not None and found["lower"]:
            self.carried["subcategory"] = name
        else:
            self.carried = {"category": name}

    def _row(self, line: Line, headings: Headings) -> None:
        cells, shift, extra = align(line.cells, headings)
        texts = _under(cells, line.spans if not shift else {}, headings)
        filled = {key: text for key, text in texts.items() if text}
        if not filled or _is_foot(line):
            self.unused.append(line)
            return
        wide = any(last - first + 2 >= headings.width for first, last in line.spans.items())
        if len(filled) == 1 and (wide or filled.keys() & {"category"}):
            self._section(one_line(next(iter(filled.values()))))
            return
        if any(_SUM.fullmatch(one_line(filled.get(key, ""))) for key in ("name", "category", "id")):
            self.unused.append(line)
            return
        others = {name: cells[column] for column, name in headings.others.items() if column < len(cells)}
        if self.records and _goes_on(filled, headings):
            self.records[-1] = _continued(self.records[-1], line, filled)
            return
        self.records.append(
            self._record(line, texts, {name: text for name, text in others.items() if text}, shift, extra)
        )

    def _record(
        self, line: Line, texts: Mapping[str, str], others: Mapping[str, str], shift: int, extra: bool
    ) -> Record:
        fields = {key: _shown(key, text) for key, text in texts.items() if text}
        doubts = [*self._carry(fields, self._why_alone(line, shift)), *_name(fields, self.records)]
        if extra:
            doubts.append(("这一行比表头多出格子，请对照原文", "this row has more cells than there are headings"))
        return Record(fields, others, (line.place,), tuple(doubts), shifted=shift > 0, title=self.title)

    def _why_alone(self, line: Line, shift: int) -> Place | None:
        """Why a row without a subcategory may stand beside the one above instead of in it; None: nothing says so."""
        headings = self.headings
        column = None if headings is None else headings.columns.get("subcategory")
        if headings is None or column is None:
            return None
        if column in line.above:
            self.merged = True
        elif column < len(line.cells) and line.cells[column]:
            self.merged = False
        if shift:
            return "这一页少一列", "a column is missing on this page"
        if any(first <= column < last and first <= headings.name <= last for first, last in line.spans.items()):
            return "分项指标和目标名称是合并的一格", "subcategory and name are one merged cell"
        if self.merged and column not in line.above:
            return "上面的合并格到前一行为止", "the merged cell above ends with the row before"
        return None

    def _carry(self, fields: dict[str, str], alone: Place | None) -> Iterator[Place]:
        """Give a row the categories that stand above it, and the department; say where that is not sure."""
        if fields.get("category"):
            if fields["category"] != self.carried.get("category"):
                self.carried = {"department": self.carried.get("department", "")}
            self.carried["category"] = fields["category"]
        elif self.carried.get("category"):
            fields["category"] = self.carried["category"]
        if fields.get("subcategory"):
            self.carried["subcategory"] = fields["subcategory"]
        elif self.carried.get("subcategory"):
            above = self.carried["subcategory"]
            if alone is None:
                fields["subcategory"] = above
            else:
                yield (
                    f"{alone[0]}：它是“{above}”里的目标，还是与“{above}”并列？现按并列，分项指标空着；是里面的就填上",
                    f"{alone[1]}: does it belong to “{above}”, or stand beside it? Taken to stand beside it, with the "
                    "subcategory blank; fill it in if it belongs there",
                )
        if fields.get("department"):
            self.carried["department"] = fields["department"]
        elif "department" in self.keys and self.carried.get("department"):
            fields["department"] = self.carried["department"]
            yield "责任单位是从上一行带下来的", "the department is that of the row above"


def _is_foot(line: Line) -> bool:
    """Whether a row is for a signature, or a note below the table."""
    texts = [line.cells[column] for column in line.filled]
    short = len(texts) <= 2 and _FOOT.match(texts[0]) is not None
    return short or all(text.endswith(("：", ":")) or _FOOT.match(text) for text in texts)


def align(cells: Sequence[str], headings: Headings) -> tuple[tuple[str, ...], int, bool]:
    """A row's cells under their headings, by how many they were moved to the right, and whether some are left over.

    Pages lose columns on the left, and programs drop blank cells at the end: what fits the headings better counts.
    """
    width, found = headings.width, list(cells)
    while len(found) > width and not found[-1]:
        found.pop()
    while len(found) > width and not found[0]:
        found.pop(0)
    missing = width - len(found)
    if missing <= 0:
        return tuple(found), 0, missing < 0
    left = (*found, *[""] * missing)
    right = (*[""] * missing, *found)
    return (right, missing, False) if _fit(right, headings) >= _fit(left, headings) else (left, 0, False)


def _fit(cells: Sequence[str], headings: Headings) -> int:
    """How well texts are what their headings say."""
    points = 0
    for key, column in headings.columns.items():
        text = cells[column] if column < len(cells) else ""
        if not text:
            continue
        if key == "due_month":
            points += 2 if parse_due(text, _ANY_YEAR) else -3
        elif key == "weight":
            points += 1 if re.fullmatch(r"[\d.]+\s*[分%％]?", text) else -2
        elif key in _LABELS:
            points += 0 if len(text) <= 20 else -3
        elif key == "name":
            points += 1 if len(text) <= 40 else -3
        elif key == "requirement":
            points += 1 if len(text) >= 10 else -1
    return points


def _under(cells: Sequence[str], spans: Mapping[int, int], headings: Headings) -> dict[str, str]:
    """Texts by column; one that goes over several columns is the goal's name if it covers that column."""
    texts = list(cells)
    name = headings.columns.get("name")
    for first, last in spans.items():
        if name is not None and first < name <= last and first < len(texts):
            texts.extend([""] * (name + 1 - len(texts)))
            texts[first], texts[name] = "", texts[first]
    return {key: texts[column] if column < len(texts) else "" for key, column in headings.columns.items()}


def _goes_on(filled: Mapping[str, str], headings: Headings) -> bool:
    """Whether a row is the rest of the one above: nothing in it but sentences."""
    return not any(key not in LONG or key == _naming(headings) for key in filled)


def _naming(headings: Headings) -> str:
    return "name" if "name" in headings.columns else "requirement"


def _continued(record: Record, line: Line, filled: Mapping[str, str]) -> Record:
    fields = dict(record.fields)
    for key, text in filled.items():
        fields[key] = joined(fields.get(key, ""), _shown(key, text))
    doubts = list(record.doubts)
    if any(record.fields.get(key, "").endswith(_ENDED[:3]) for key in filled):
        doubts.append(
            (
                f"{line.place[0]}没有目标名称，接在了这个目标后面；如果是另一个目标，请拆开",
                f"{line.place[1]} has no name and was joined to this goal; split it if it is one of its own",
            )
        )
    return replace(record, fields=fields, places=(*record.places, line.place), doubts=tuple(doubts), joined=True)


def _name(fields: dict[str, str], before: Sequence[Record]) -> Iterator[Place]:
    """Give a row without a name one: of the row above if it has all else of a row, else of its own words."""
    if fields.get("name"):
        return
    if before and fields.get("requirement") and any(key not in LONG for key in fields):
        above = before[-1].fields.get("name", "")
        if above and "name" in before[-1].fields and before[-1].fields.get("category") == fields.get("category"):
            fields["name"] = above
            yield "目标名称空着，沿用上一行的", "the name is blank; that of the row above was taken"
            return
    words = re.split(r"[。；;，,\n:：]", fields.get("requirement", "") or fields.get("progress", ""))[0]
    fields["name"] = words[:40].strip() or fields.get("subcategory") or fields.get("category") or "？"
    yield "没有目标名称，用内容的开头代替", "there is no name; the first words of the requirement stand for it"


def _shown(key: str, text: str) -> str:
    if key in _LABELS:
        return one_line(text)
    return unspread(text) if key == "name" else text
