"""The second table of a return: found on whatever sheet it stands, read like the first, and told in the goals' terms.

What it says belongs to the rows of goals; what is wrong with it is told with the sheet's name before each cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from kpi_xlsx import identity as identities
from kpi_xlsx.book import Book
from kpi_xlsx.carriers import Carriers
from kpi_xlsx.context import Context
from kpi_xlsx.leftovers import find_leftovers, note_strays
from kpi_xlsx.merges import note_merges
from kpi_xlsx.model import Entry, Identity, Leftover, Note, id_key
from kpi_xlsx.rows import Rows
from kpi_xlsx.sightings import note_hidden
from kpi_xlsx.tables import Columns, Found, find_tables, match_heading
from kpi_xlsx.target_table import SHEET_NAMES, TARGETS, fold, goal_of, key_in_goal, rows_of
from kpi_xlsx.template import Table

MOST_LEFTOVERS = 200
"""That are kept of one second table."""
_QUOTING = {
    "S101": "what",
    "S102": "what",
    "S103": "rows",
    "S104": "what",
    "S105": "what",
    "S109": "where",
    "S112": "cells",
    "S113": "cells",
    "I106": "lost",
}
"""The words of a note before which the sheet's name stands, since the cell does not say it, or there is none."""


def find_both(book: Book, context: Context) -> tuple[list[Found], list[Found]]:
    """The form's tables in a workbook: the first ones, and the second ones that belong to them."""
    first, second = context.template.main, context.targets
    firsts, seconds = [], []
    for sheet in book.sheets:
        ours = find_tables(sheet, first)
        theirs = [] if second is None else find_tables(sheet, second.template.main)
        if ours and theirs and second is not None:
            fit, other = _fit(ours, first), _fit(theirs, second.template.main)
            both = fit[0] and other[0]  # one sheet with the marks of both: one table was pasted below the other
            ours, theirs = (ours if both or fit >= other else []), (theirs if both or fit < other else [])
        firsts += ours
        seconds += theirs
    return firsts, seconds


def _fit(tables: Iterable[Found], table: Table) -> tuple[bool, float]:
    """How well a sheet fits a table: by hidden keys first, then by the share of its headings that stand there."""
    found = list(tables)
    known = [{match_heading(text, table) for text in one.headings.values()} - {None} for one in found]
    return any(one.keys for one in found), max(map(len, known)) / len(table.form_columns)


def is_of_second(identity: Identity, context: Context) -> bool:
    """Whether an identity is that of a second table, which is not the workbook's own."""
    return identity.template.startswith(f"{context.template.name}.{TARGETS}@")


@dataclass(frozen=True, slots=True)
class SecondSheet:
    """What a form's second table says: its rows, and what else the return has of it."""

    rows: Mapping[str, Sequence[Entry]]
    """By the key of the goal that they belong to, in its own addresses."""
    sheet: str
    notes: tuple[Note, ...] = ()
    current: bool = True
    """Whether it was made for the targets as the plan has them today."""
    old_plan: bool = False
    """Whether it is genuine, and only the plan is another."""
    changed: tuple[str, ...] = ()
    """The ids of goals of which the plan has targets otherwise."""
    leftovers: tuple[Leftover, ...] = ()

    def into(self, entries: Iterable[Entry]) -> list[Entry]:
        """The rows of goals, with the cells of their targets in them."""
        return [fold(one, self.rows.get(id_key(one.goal), ()), self.sheet) for one in entries]


class SecondSheets:
    """The second tables of a workbook, each of which is read with the form that it belongs to."""

    def __init__(self, tables: Sequence[Found], context: Context, forms: int) -> None:
        """`forms`: how many forms the workbook holds; where there is one, a table without a mark is its."""
        self.context = context
        self.left = [(found, Carriers.of(found)) for found in tables]
        self.forms = forms

    def read(self, own: Identity, department: str, goals: Sequence[str]) -> SecondSheet:
        """That of a form of this identity; `goals`: the keys of the goals that were recognised in the first table.

        `department`: its code of today.
        """
        second = self.context.targets
        part = frozenset(map(id_key, own.goals))
        wanted = frozenset() if second is None else rows_of(part, second) if part else _rows_of(second, department)
        found = self._take(own)
        if second is None or found is None:
            notes = () if second is None else tuple(_missing(second, department, wanted))
            return SecondSheet({}, "", notes)
        return _Reader(*found, second, department, wanted if part else frozenset()).read(frozenset(goals))

    def _take(self, own: Identity) -> tuple[Found, Carriers] | None:
        """The first table that is of a form: by its own mark, of which the period must be right, too."""
        for found, carriers in self.left:
            if self._is_of(carriers, own):
                self.left.remove((found, carriers))
                return found, carriers
        return None

    def _is_of(self, carriers: Carriers, own: Identity) -> bool:
        if carriers.payload is not None:
            said = carriers.payload
            return (said.cycle, said.period, said.department) == (own.cycle, own.period, own.department)
        if carriers.printed is not None:
            return carriers.printed[:2] == (self.context.period.stamp, own.department)
        return self.forms == 1

    def alone(self) -> tuple[Identity | None, Note]:
        """Of a workbook that holds only a second table: whose it is, and what is wrong with it."""
        own = next((carriers.payload for _, carriers in self.left if carriers.payload is not None), None)
        if own is None:
            return None, Note("I101")
        if (own.cycle, own.period) != (self.context.cycle, str(self.context.period)):
            return own, Note("I102", {"found": own.period or own.cycle})
        say = self.context.language.say
        name = say("填报", "Report")
        rest = say("，单有指标数据不能采用", ", and the targets alone cannot be taken")
        return replace(own, goals=()), Note("S116", {"what": name, "rest": rest})


def _rows_of(second: Context, department: str) -> frozenset[str]:
    return frozenset(goal.key for goal in second.plan.goals_of(department))


def _missing(second: Context, department: str, wanted: frozenset[str]) -> Iterator[Note]:
    """That there is no second table, though something of it is due."""
    due = [one for one in second.plan.goals_of(department) if one.key in wanted and second.asks(one)]
    if due:
        say = second.language.say
        goals = say("、", ", ").join(dict.fromkeys(goal_of(one.id)[0] for one in due))
        rest = say(f"（目标 {goals} 的指标填在那里）", f", on which the targets of {goals} stand")
        yield Note("S116", {"what": SHEET_NAMES[second.language], "rest": rest})


class _Reader:
    """Reads one second table by the code of the first, and tells what it found in the goals' terms."""

    def __init__(
        self, found: Found, carriers: Carriers, context: Context, department: str, part: frozenset[str]
    ) -> None:
        self.found = found
        self.context = context
        self.sheet = found.sheet.name
        self.columns = Columns(found, context)
        self.rows = Rows(self.columns, context, department, part)
        self.today = context.identity_of(department, part)
        self.carriers = carriers

    def read(self, goals: frozenset[str]) -> SecondSheet:
        columns, rows = self.columns, self.rows
        entries = rows.entries()
        current, old_plan = self._compare()
        rows.note_rows()
        payload = self.carriers.payload
        rows.note_given(own=not (old_plan and payload is not None and payload.revision in rows.revisions()))
        notes = [*columns.notes, *rows.notes, *note_hidden(entries, columns)]
        notes += [*note_merges(rows.merges, rows.chosen, columns), *note_strays(columns, rows.chosen)]
        by_goal: dict[str, list[Entry]] = {}
        for entry in entries:
            by_goal.setdefault(id_key(goal_of(entry.goal)[0]), []).append(entry)
        changed = () if current else tuple(dict.fromkeys(goal_of(one)[0] for one in rows.changed(self._issued())))
        return SecondSheet(
            by_goal,
            self.sheet,
            tuple(map(self._told, notes)),
            current,
            old_plan,
            changed,
            tuple(islice(self._leftovers(goals), MOST_LEFTOVERS)),
        )

    def _issued(self) -> str:
        """The revision with which the table was issued, or the beginning of it, or nothing where no mark is left."""
        payload, printed = self.carriers.payload, self.carriers.printed
        return payload.revision if payload is not None else printed[2] if printed is not None else ""

    def _compare(self) -> tuple[bool, bool]:
        """Whether it has the targets as they are today; if not, whether it is genuine and only the plan is another."""
        issued, payload = self._issued(), self.carriers.payload
        if not issued or self.today.revision[: len(issued)] == issued:
            return True, False
        genuine = payload is not None and identities.holds(self.context.seal_key, payload)
        return False, genuine and payload is not None and payload.template == self.today.template

    def _told(self, note: Note) -> Note:
        """A note as it is said of the goal's row and of the return."""
        words, column = dict(note.words), None
        key = _QUOTING.get(note.code)
        if key is not None:
            words[key] = f"{self.sheet}{self.context.language.say('：', ': ')}{words[key]}"
        if note.goal is not None and note.column is not None:
            column = key_in_goal(note.goal, note.column)
        goal = None if note.goal is None else goal_of(note.goal)[0]
        cell = None if note.cell is None else f"{self.sheet}!{note.cell}"
        return replace(note, words=words, goal=goal, column=column, cell=cell)

    def _leftovers(self, goals: frozenset[str]) -> Iterator[Leftover]:
        """What was not taken: also the rows of goals that were not recognised in the first table."""
        chosen = {row: one for row, one in self.rows.chosen.items() if id_key(goal_of(one)[0]) in goals}
        for one in find_leftovers(self.columns, chosen):
            yield replace(one, cell=f"{self.sheet}!{one.cell}")
