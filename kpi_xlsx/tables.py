"""Where the form's table is on a sheet, and which of its columns is which; no cell address is known beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_xlsx import identity as identities
from kpi_xlsx.context import Context
from kpi_xlsx.model import Cell, CellType, Note, cell_ref, comparable, match_key
from kpi_xlsx.parts import Sheet
from kpi_xlsx.template import AUTOMATIC, Table, given
from kpi_xlsx.values import read_answer

HEADING_ROWS = 400
"""How far down a heading is looked for; departments put letters above a table, but not more."""
LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class Found:
    """The table on a sheet: its heading row, the hidden row of keys, and what is claimed of each column."""

    sheet: Sheet
    heading_row: int | None
    keys: Mapping[int, str]
    headings: Mapping[int, str]
    key_row: int | None

    @property
    def first_row(self) -> int:
        return 1 + max(row for row in (self.heading_row, self.key_row) if row is not None)


def find_table(sheet: Sheet, table: Table) -> Found | None:
    known = {column.key for column in table.form_columns} | set(AUTOMATIC)
    key_row: int | None = None
    heading_row: int | None = None
    keys: dict[int, str] = {}
    headings: dict[int, str] = {}
    enough = max(3, len(table.form_columns) // 3)
    best = 0
    for row, cells in sheet.in_order():
        if row > HEADING_ROWS:
            break
        texts = {column: cell.value for column, cell in cells.items() if isinstance(cell.value, str)}
        marked = {
            column: text[1:] for column, text in texts.items() if text[:1] == identities.MARK and text[1:] in known
        }
        if key_row is None and len(marked) >= 3:
            key_row, keys = row, marked
            continue
        matched = {key for text in texts.values() if (key := match_heading(text, table))}
        if len(matched) >= enough and len(matched) > best:
            best, heading_row = len(matched), row
            headings = {column: text.strip() for column, text in texts.items() if text.strip()}
        if keys and best >= len(table.form_columns):
            break  # everything is found; what stands below are answers
    if heading_row is None and key_row is None:
        return None
    return Found(sheet, heading_row, keys, headings, key_row)


_SUFFIX = re.compile(r"[(:\d]")
_AUTOMATIC_STEMS = tuple((match_key(word), name) for name, words in AUTOMATIC.items() for word in words)


def match_heading(text: str, table: Table) -> str | None:
    """The key of the column whose heading this is; a leading star and a month or unit at the end may be added."""
    if len(text) > LONGEST_HEADING:
        return None
    key = match_key(text).lstrip("*★")
    for stem, name in (*_AUTOMATIC_STEMS, *table.stems):
        if key == stem:
            return name
    return next((name for stem, name in table.stems if key.startswith(stem) and _SUFFIX.match(key[len(stem) :])), None)


class Columns:
    """Which column of the sheet holds which key, from the hidden key row and the headings."""

    def __init__(self, found: Found, context: Context) -> None:
        self.found = found
        self.context = context
        self.table = context.template.main
        self.notes: list[Note] = []
        self.at: dict[str, int] = {}
        self.conflicts: set[str] = set()
        self.torn: set[int] = set()
        self.unknown: dict[int, str] = {}
        by_key = dict(found.keys)
        by_heading = {
            column: key for column, text in found.headings.items() if (key := match_heading(text, self.table))
        }
        self._settle(by_key, by_heading)
        for column in sorted({*by_key, *found.headings}):
            self._claim(column, by_key.get(column) or by_heading.get(column), found.headings.get(column, ""))
        self._note_missing()

    def _settle(self, by_key: dict[int, str], by_heading: dict[int, str]) -> None:
        """Where hidden keys and headings disagree, follow the one that the cells below bear out, or neither."""
        found, say = self.found, self.context.language.say
        torn = [column for column in by_key if by_heading.get(column, by_key[column]) != by_key[column]]
        if not torn:
            return
        keys_fit, headings_fit = (self._fits(torn, claims) for claims in (by_key, by_heading))
        if headings_fit and not keys_fit:
            by_key.update({column: by_heading[column] for column in torn})
        elif keys_fit and not headings_fit:
            by_heading.update({column: by_key[column] for column in torn})
        else:
            for column in torn:
                self.conflicts.update((by_key.pop(column), by_heading[column]))
                self.torn.add(column)
                place = cell_ref(found.heading_row or 0, column)
                what = found.headings[column]
                self.notes.append(Note("S106", {"what": what}, None, by_heading.pop(column), place))
            return
        names = say("、", ", ").join(found.headings[column] for column in torn)
        lost = say(
            f"“{names}”的隐藏列标识与表头不符（多半是移过列），已按格里的内容认列",
            f"the hidden keys of “{names}” do not fit the headings (columns were probably moved); "
            "the cells' content settled it",
        )
        self.notes.append(Note("I106", {"lost": lost}))

    def _fits(self, columns: list[int], claims: Mapping[int, str]) -> bool:
        """Whether the cells below bear a claim out: some speak for it by their type or words, none against."""
        judged = [verdict for column in columns for verdict in self._verdicts(column, claims[column])]
        return bool(judged) and all(judged)

    def _verdicts(self, number: int, key: str) -> Iterator[bool]:
        """For each cell of a column that says anything: would it be right there, by its type or by the plan?"""
        column = self.table.by_key.get(key)
        plan = {comparable(given(column, goal)) for goal in self.context.plan.goals} if column else set()
        for row, cells in self.found.sheet.rows.items():
            cell = cells.get(number)
            if row < self.found.first_row or cell is None or column is None or is_signature(cells, self.context):
                continue
            if column in self.table.given:
                yield comparable(cell.value) in plan
            elif column.type is not CellType.TEXT:
                answer = read_answer(column, cell, self.context.period)
                if answer is not None and not answer.absent:
                    yield answer.fault not in ("V101", "V102", "V107")

    def _claim(self, column: int, key: str | None, text: str) -> None:
        if key in self.conflicts or column in self.torn:
            return
        if key is None or key in self.at:
            if text and not text.startswith((identities.MARK, identities.PAYLOAD)):
                self.unknown[column] = text
            return
        self.at[key] = column

    def _note_missing(self) -> None:
        for column in self.table.form_columns:
            if column.key not in self.at and column.key not in self.conflicts:
                self.notes.append(Note("S101", {"what": column.header}, None, column.key))
        row = self.found.heading_row or 0
        for number, text in self.unknown.items():
            self.notes.append(Note("S105", {"what": text[:60]}, cell=cell_ref(row, number)))

    def cell(self, cells: Mapping[int, Cell], key: str) -> Cell | None:
        column = self.at.get(key)
        return None if column is None else cells.get(column)


def is_signature(cells: Mapping[int, Cell], context: Context) -> bool:
    """Whether a row is the form's signature block, and no goal."""
    labels = context.template.signature
    texts = [cell.value.strip() for cell in cells.values() if isinstance(cell.value, str)]
    return any(text == identities.SIGNATURE_MARK or (labels and text.startswith(labels)) for text in texts)
