"""Where the form's table is on a sheet, and which of its columns is which; no cell address is known beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from kpi_xlsx import identity as identities
from kpi_xlsx.book import MAX_ROW, Sheet
from kpi_xlsx.context import Context
from kpi_xlsx.model import Cell, CellType, Note, cell_ref, clip, comparable, match_key
from kpi_xlsx.template import AUTOMATIC, Table, given
from kpi_xlsx.values import read_answer

HEADING_ROWS = 400
"""How far down a heading is looked for; departments put letters above a table, but not more."""
LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A table on a sheet: its heading row, the hidden row of keys, and what is claimed of each column.

    It takes up the rows from `start` to before `end`: several forms may have been pasted below one another.
    """

    sheet: Sheet
    heading_row: int | None
    keys: Mapping[int, str]
    headings: Mapping[int, str]
    key_row: int | None
    start: int = 0
    end: int = MAX_ROW
    repeated: frozenset[int] = frozenset()
    """Rows in which the headings stand once more, as people copy them for a page of their own."""

    @property
    def first_row(self) -> int:
        return 1 + max(row for row in (self.heading_row, self.key_row) if row is not None)

    def all_rows(self) -> Iterator[tuple[int, dict[int, Cell]]]:
        """The rows that the table takes up, what stands above it included."""
        for row, cells in self.sheet.in_order():
            if self.start <= row < self.end:
                yield row, cells

    def rows(self) -> Iterator[tuple[int, dict[int, Cell]]]:
        """The rows below the headings."""
        for row, cells in self.all_rows():
            if row >= self.first_row and row not in self.repeated:
                yield row, cells


def find_tables(sheet: Sheet, table: Table) -> list[Found]:
    """The form's tables on a sheet; a further one begins where an identity stands below the headings of another."""
    found: list[Found] = []
    search = _Search(sheet, table, 0)
    for row, cells in sheet.in_order():
        texts = {column: cell.value for column, cell in cells.items() if isinstance(cell.value, str)}
        if search.settled and any(map(_identifies, texts.values())):
            further = _Search(sheet, table, row)
            found.append(search.found(row))
            search = further
        search.look(row, texts)
    if search.settled:
        return [*found, search.found(MAX_ROW)]
    return [*found[:-1], replace(found[-1], end=MAX_ROW)] if found else []


def _identifies(text: str) -> bool:
    return text.startswith(identities.PAYLOAD) or identities.find_form_id(text) is not None


class _Search:
    """Looks row by row for the headings and the hidden keys of one table."""

    def __init__(self, sheet: Sheet, table: Table, start: int) -> None:
        self.sheet = sheet
        self.table = table
        self.start = start
        self.known = {column.key for column in table.form_columns} | set(AUTOMATIC)
        self.enough = max(3, len(table.form_columns) // 3)
        self.best = 0
        self.key_row: int | None = None
        self.heading_row: int | None = None
        self.keys: dict[int, str] = {}
        self.headings: dict[int, str] = {}
        self.words: frozenset[str] = frozenset()
        self.repeated: set[int] = set()

    @property
    def settled(self) -> bool:
        """Whether there is a table at all."""
        return self.heading_row is not None or self.key_row is not None

    def look(self, row: int, texts: Mapping[int, str]) -> None:
        again = bool(self.words) and len(self.words.intersection(texts.values())) >= self.enough
        complete = bool(self.keys) and self.best >= len(self.table.form_columns)
        if not complete and row <= self.start + HEADING_ROWS:
            self._look_closely(row, texts)
        if again and self.heading_row != row:
            self.repeated.add(row)

    def _look_closely(self, row: int, texts: Mapping[int, str]) -> None:
        marked = {
            column: text[1:] for column, text in texts.items() if text[:1] == identities.MARK and text[1:] in self.known
        }
        if self.key_row is None and len(marked) >= 3:
            self.key_row, self.keys = row, marked
            return
        matched = {key for text in texts.values() if (key := match_heading(text, self.table))}
        if len(matched) >= self.enough and len(matched) > self.best:
            self.best, self.heading_row = len(matched), row
            self.headings = {column: text.strip() for column, text in texts.items() if text.strip()}
            self.words = frozenset(texts.values())

    def found(self, end: int) -> Found:
        """The table, which ends before this row."""
        repeated = frozenset(self.repeated)
        return Found(self.sheet, self.heading_row, self.keys, self.headings, self.key_row, self.start, end, repeated)


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
        """The headings of columns that are not read; an empty one where something stands without a heading."""
        by_key = dict(found.keys)
        by_heading = {
            column: key for column, text in found.headings.items() if (key := match_heading(text, self.table))
        }
        self._settle(by_key, by_heading)
        claims: dict[str, list[int]] = {}
        for column in sorted({*by_key, *found.headings} - self.torn):
            key = by_key.get(column) or by_heading.get(column)
            if key is None:
                self._leave(column)
            elif key not in self.conflicts:
                claims.setdefault(key, []).append(column)
        for key, columns in claims.items():
            self._claim(key, columns)
        self._note_missing()
        self._note_reworded(by_heading)

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
        for _, cells in self.found.rows():
            cell = cells.get(number)
            if cell is None or column is None or is_signature(cells, self.context):
                continue
            if column in self.table.given:
                yield comparable(cell.value) in plan
            elif column.type is not CellType.TEXT:
                answer = read_answer(column, cell, self.context.period)
                if answer is not None and not answer.absent:
                    yield answer.fault not in ("V101", "V102", "V107")

    def _claim(self, key: str, columns: list[int]) -> None:
        """The column that holds a key. Of several the only one with anything in it, or the first if they agree."""
        if len(columns) == 1 or key in AUTOMATIC:
            self.at[key] = columns[0]
            return
        contents = {column: self._content(column) for column in columns}
        filled = [column for column in columns if contents[column]]
        if any(contents[column] != contents[filled[0]] for column in filled):
            self.conflicts.add(key)
            for column in columns:
                self.torn.add(column)
            place = cell_ref(self.found.heading_row or 0, filled[1])
            self.notes.append(Note("S106", {"what": self.found.headings.get(filled[1], key)}, None, key, place))
            return
        self.at[key] = filled[0] if filled else columns[0]
        for column in columns:
            if column != self.at[key]:
                self._leave(column)

    def _content(self, column: int) -> dict[int, str]:
        """What stands in a column below the headings."""
        texts = {row: comparable(cells[column].value) for row, cells in self.found.rows() if column in cells}
        return {row: text for row, text in texts.items() if text}

    def _leave(self, column: int) -> None:
        text = self.found.headings.get(column, "")
        if text and not text.startswith((identities.MARK, identities.PAYLOAD)):
            self.unknown[column] = text

    def _note_missing(self) -> None:
        for column in self.table.form_columns:
            if column.key not in self.at and column.key not in self.conflicts:
                self.notes.append(Note("S101", {"what": column.header}, None, column.key))
        row = self.found.heading_row or 0
        for number, text in self.unknown.items():
            count = str(len(self._content(number)))
            self.notes.append(Note("S105", {"what": clip(text), "count": count}, cell=cell_ref(row, number)))

    def _note_reworded(self, by_heading: Mapping[int, str]) -> None:
        """A heading that no longer names its column; the hidden key says which it is, but people read the heading."""
        say = self.context.language.say
        for key, column in self.at.items():
            text = self.found.headings.get(column, "")
            if key in self.table.by_key and text and column not in by_heading:
                header = self.table.by_key[key].header
                lost = say(
                    f"“{header}”的表头被改成了“{clip(text)}”（已按隐藏的列标识认列）",
                    f"the heading of “{header}”, which now reads “{clip(text)}” (its hidden key was followed)",
                )
                self.notes.append(Note("I106", {"lost": lost}, cell=cell_ref(self.found.heading_row or 0, column)))

    def heading(self, column: int) -> str:
        """The heading above a column of the sheet, as it stands there."""
        return self.found.headings.get(column, "")

    def cell(self, cells: Mapping[int, Cell], key: str) -> Cell | None:
        column = self.at.get(key)
        return None if column is None else cells.get(column)


def is_signature(cells: Mapping[int, Cell], context: Context) -> bool:
    """Whether a row is the form's signature block, and no goal."""
    labels = context.template.signature
    texts = [cell.value.strip() for cell in cells.values() if isinstance(cell.value, str)]
    return any(text == identities.SIGNATURE_MARK or (labels and text.startswith(labels)) for text in texts)
