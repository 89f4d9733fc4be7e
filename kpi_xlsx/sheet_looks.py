"""How one sheet of an .xlsx looks beside its cells: widths, colours, formats, lists, locks and paper; all bounded.

Only the upper left part of a sheet is looked at, where a form's headings and first rows stand. Format: ECMA-376 part 1;
lists that refer to another sheet stand in an extension of Excel's (MS-XLSX).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from kpi_xlsx.book import MAX_COLUMN, Unreadable, over
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.package import unzipped
from kpi_xlsx.parts import builtin_kind, format_kind, local, parse_ref, read_float
from kpi_xlsx.sheets import WorkbookParts

LOOKED_ROWS, LOOKED_COLUMNS = 400, 300
"""How far down and to the right colours and formats are kept."""
MOST_RULES, MOST_AREAS = 2_000, 5_000
MOST_NAMES = 2_000
_RULE_TEXT = 8_192
"""Length of a formula of a validation; Excel takes 8,192 characters."""
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column."""


@dataclass(frozen=True, slots=True)
class CellLook:
    """How a cell is drawn, be it blank or not."""

    fill: str = ""
    """Its colour as RRGGBB; empty for none, and for one that only the workbook's theme knows."""
    kind: str = "general"
    """date, month, percent, number, text or general."""
    locked: bool = True


@dataclass(frozen=True, slots=True)
class EntryRule:
    """A validation: what may be typed into some cells."""

    areas: tuple[Area, ...]
    type: str
    operator: str
    formulas: tuple[str, str]
    prompt: str = ""

    def covers(self, row: int, column: int) -> bool:
        return any(top <= row <= bottom and left <= column <= right for top, left, bottom, right in self.areas)


@dataclass(slots=True)
class SheetLook:
    """What a sheet says beside its cells. Nothing is known of a format of which only the cells are read."""

    widths: dict[int, float] = field(default_factory=dict)
    default_width: float = 0.0
    cells: dict[tuple[int, int], CellLook] = field(default_factory=dict)
    rules: list[EntryRule] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)
    """What the workbook's names refer to; names are compared without case."""
    protected: bool = False
    paper: str = ""
    orientation: str = ""

    def at(self, row: int, column: int) -> CellLook:
        return self.cells.get((row, column), _PLAIN)

    def rule(self, row: int, column: int) -> EntryRule | None:
        return next((rule for rule in self.rules if rule.covers(row, column)), None)


_PLAIN = CellLook()


def read_look(source: IO[bytes], sheet: str, limits: Limits = DEFAULT_LIMITS) -> SheetLook:
    """How the sheet of this name looks. Raises Unreadable, and nothing else, for whatever the bytes are."""
    with unzipped(source, limits) as archive:
        parts = WorkbookParts(archive, limits)
        workbook = parts.workbook_part()
        outline = parts.outline(workbook)
        relations = parts.relations(workbook)
        target = next((relations.get(place, ("", ""))[1] for name, place, _ in outline.sheets if name == sheet), "")
        if target not in parts.members:
            return SheetLook()
        names, styles = _Names(), _Styles(limits.formats)
        parts.parse(workbook, names.start, names.end, names.text)
        part = dict(relations.values()).get("styles")
        if part in parts.members and part is not None:
            parts.parse(part, styles.start, styles.end, None)
        found = _Look(styles.looks)
        parts.parse(target, found.start, found.end, found.text)
        found.look.names = names.found
        return found.look


# --- the parts, each as a collector fed by a parser -------------------------------------------------------------------


class _Names:
    """workbook.xml: the names that a person gave to cells."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.name = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "definedName" and len(self.found) < MOST_NAMES:
            self.name = attributes.get("name", "").casefold()

    def text(self, data: str) -> None:
        if self.name:
            self.found[self.name] = (self.found.get(self.name, "") + data)[:_RULE_TEXT]

    def end(self, tag: str) -> None:
        if local(tag) == "definedName":
            self.name = ""


_MONTH_ONLY = re.compile(r"[yY年]+[^dD日]*[mM月]|[mM月]+[^dD日]*[yY年]")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_TEXT_FORMAT = 49
_NUMBERS = frozenset((1, 2, 3, 4, *range(37, 45)))
_YEAR_AND_MONTH = frozenset((17, 27, 36, 50, 52, 54, 57, 58))
"""Built-in formats that show no day: mmm-yy, and those of East Asia."""


def _kind(number: str, custom: Mapping[str, str]) -> str:
    """What a number format is for."""
    if number in custom:
        code = custom[number]
        bare = _QUOTED.sub("", code.split(";")[0])
        kind = format_kind(code)
        if kind == "date":
            return "month" if _MONTH_ONLY.search(code) and not re.search("[dDhHsS日]", code.split(";")[0]) else kind
        if bare.strip() == "@":
            return "text"
        return "number" if kind != "percent" and re.search("[0#]", bare) else kind
    value = int(number) if number.isdecimal() and len(number) < 6 else 0
    if value in _YEAR_AND_MONTH:
        return "month"
    if value in _NUMBERS:
        return "number"
    return "text" if value == _TEXT_FORMAT else builtin_kind(value)


class _Styles:
    """styles.xml: fill, kind of number and lock of each cell format."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.custom: dict[str, str] = {}
        self.fills: list[str] = []
        self.looks: list[CellLook] = []
        self.within = ""
        self.solid = False
        self.pending: tuple[str, str, bool] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if len(self.fills) + len(self.looks) + len(self.custom) > self.limit:
            raise over("单元格格式太多", "it has too many cell formats")
        if tag in ("fills", "cellXfs", "dxfs", "cellStyleXfs"):
            self.within = tag
        elif tag == "numFmt" and not self.within:
            self.custom[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:_RULE_TEXT]
        elif self.within == "fills":
            self._take_fill(tag, attributes)
        elif self.within == "cellXfs":
            if tag == "xf":
                self.pending = attributes.get("numFmtId", "0"), attributes.get("fillId", "0"), True
            elif tag == "protection" and self.pending is not None:
                self.pending = (*self.pending[:2], attributes.get("locked", "1") not in ("0", "false"))

    def _take_fill(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "fill":
            self.fills.append("")
        elif tag == "patternFill":
            self.solid = attributes.get("patternType", "") not in ("", "none", "gray125")
        elif tag == "fgColor" and self.solid and self.fills:
            rgb = attributes.get("rgb", "") or _INDEXED.get(attributes.get("indexed", ""), "")
            rgb = rgb or _THEME.get(attributes.get("theme", ""), "")
            self.fills[-1] = rgb[-6:].upper() if re.fullmatch("[0-9A-Fa-f]{6,8}", rgb) else ""

    def end(self, tag: str) -> None:
        tag = local(tag)
        if tag == self.within:
            self.within = ""
        elif tag == "xf" and self.pending is not None:
            number, fill, locked = self.pending
            place = int(fill) if fill.isdecimal() and len(fill) < 7 else 0
            colour = self.fills[place] if place < len(self.fills) else ""
            self.looks.append(CellLook(colour, _kind(number, self.custom), locked))
            self.pending = None


_INDEXED = {"5": "FFFF00", "13": "FFFF00", "26": "FFFFCC", "43": "FFFF99", "34": "FFFF00", "51": "FFCC00"}
"""The yellows of the old palette, which is all that is asked of it."""
_THEME = {"7": "FFF2CC"}
"""The gold of the themes that Office begins with, in the pale tints that people fill cells with."""
_PAPERS = {"8": "A3", "9": "A4"}
_SIZE = 255.0


class _Look:
    """A worksheet part: everything but what its cells hold."""

    def __init__(self, looks: list[CellLook]) -> None:
        self.looks = looks
        self.look = SheetLook()
        self.rule: dict[str, str] | None = None
        self.taking = ""
        self.areas_left = MOST_AREAS
        self.row = -1
        self.column = -1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "c":
            self._take_cell(attributes)
        elif tag == "row":
            number = attributes.get("r", "")
            self.row = int(number) - 1 if number.isdecimal() and len(number) < 8 else self.row + 1
            self.column = -1
        elif tag == "col":
            self._take_widths(attributes)
        elif tag == "sheetFormatPr":
            self.look.default_width = _size(attributes.get("defaultColWidth") or attributes.get("baseColWidth", ""))
        elif tag == "sheetProtection":
            self.look.protected = attributes.get("sheet", "0") in ("1", "true")
        elif tag == "pageSetup":
            self.look.paper = _PAPERS.get(attributes.get("paperSize", ""), "")
            said = attributes.get("orientation", "")
            self.look.orientation = said if said in ("landscape", "portrait") else ""
        elif tag == "dataValidation":
            self.rule = {**attributes, "1": "", "2": "", "ref": attributes.get("sqref", "")}
        elif self.rule is not None and tag in ("formula1", "formula2", "sqref"):
            self.taking = {"formula1": "1", "formula2": "2", "sqref": "ref"}[tag]

    def _take_cell(self, attributes: dict[str, str]) -> None:
        ref = attributes.get("r")
        self.row, self.column = parse_ref(ref) if ref else (self.row, self.column + 1)
        style = attributes.get("s", "0")
        if self.row < LOOKED_ROWS and self.column < LOOKED_COLUMNS and style.isdecimal() and len(style) < 7:
            number = int(style)
            if number < len(self.looks):
                self.look.cells[self.row, self.column] = self.looks[number]

    def _take_widths(self, attributes: dict[str, str]) -> None:
        first, last = (attributes.get(name, "") for name in ("min", "max"))
        width = _size(attributes.get("width", ""))
        if width and first.isdecimal() and last.isdecimal() and len(first) < 7 and len(last) < 7:
            columns = range(max(int(first), 1) - 1, min(int(last), LOOKED_COLUMNS, MAX_COLUMN))
            self.look.widths.update(dict.fromkeys(columns, width))

    def text(self, data: str) -> None:
        if self.rule is not None and self.taking:
            self.rule[self.taking] = (self.rule[self.taking] + data)[:_RULE_TEXT]

    def end(self, tag: str) -> None:
        tag = local(tag)
        if tag in ("formula1", "formula2", "sqref"):
            self.taking = ""
        elif tag == "dataValidation" and self.rule is not None:
            rule, self.rule = self.rule, None
            if len(self.look.rules) < MOST_RULES and self.areas_left > 0:
                kind, operator = rule.get("type", "none"), rule.get("operator", "between")
                prompt = rule.get("prompt", "")[:_RULE_TEXT]
                formulas = rule["1"].strip(), rule["2"].strip()
                areas = tuple(_areas(rule["ref"]))[: self.areas_left]
                self.areas_left -= len(areas)
                self.look.rules.append(EntryRule(areas, kind, operator, formulas, prompt))


def _size(text: str) -> float:
    number = read_float(text) if text else None
    return min(max(number or 0.0, 0.0), _SIZE)


def _areas(text: str) -> list[Area]:
    found = []
    for piece in text.split():
        first, _, last = piece.partition(":")
        with suppress(Unreadable):  # an area that was deleted
            (top, left), (bottom, right) = parse_ref(first), parse_ref(last or first)
            found.append((min(top, bottom), min(left, right), max(top, bottom), max(left, right)))
    return found
