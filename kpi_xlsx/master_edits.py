"""What the office changed in the master that stands there: its cells against what the ledger says was written there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kpi_xlsx.book import Unreadable
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Amendment, AmendmentKind, AmendmentState, Place
from kpi_xlsx.memory import Written
from kpi_xlsx.model import Cell, CellKind, CellType, Scalar, Source, plain
from kpi_xlsx.old_master import OldMaster, StandingRow, Stray, read_old_master
from kpi_xlsx.reading import clean_text, tidy_text
from kpi_xlsx.stand_ins import find_picture, is_error
from kpi_xlsx.template import Column
from kpi_xlsx.values import read_answer
from kpi_xlsx.versions import RowPlace

MANY = 20
"""More edits than this at once are probably an accident."""

OfficeCells = Mapping[RowPlace, Mapping[str, Cell]]
"""What the office wrote into its own columns: by department code and goal key, then column key."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One cell that no longer holds what was written into it."""

    cell: str
    """With its sheet: 汇总!H9."""
    amendment: Amendment
    given: bool
    """Its words are the plan's, not the department's."""


@dataclass(frozen=True, slots=True)
class MasterEdits:
    """Everything that people did to a master, as far as it can be told."""

    notes: OfficeCells
    id: str | None = None
    """What it is known by."""
    edits: tuple[Edit, ...] = ()
    strays: tuple[Stray, ...] = ()
    """What cannot be placed or used; it is only in history/."""
    rows_gone: int = 0
    unknown: bool = False
    """There is a table, but the ledger does not know what was written into it: no edits can be told."""
    trouble: Unreadable | None = None

    @property
    def given(self) -> int:
        """How many edits are of given cells."""
        return sum(edit.given for edit in self.edits)

    @property
    def doubtful(self) -> bool:
        """Whether it looks like an accident."""
        return any(edit.amendment.doubtful for edit in self.edits)


def read_master(path: Path, context: Context, written: Callable[[str], Written | None]) -> MasterEdits:
    """Read the master at this path once: its office columns, and its edits against what was `written` under its id."""
    old = read_old_master(path, context)
    if old.trouble is not None:
        return MasterEdits({}, trouble=old.trouble)
    notes, strays = _office_notes(old, context)
    base = None if old.id is None else written(old.id)
    if base is None:
        return MasterEdits(notes, old.id, strays=(*old.strays, *strays), unknown=bool(old.rows))
    found = [edit for place, rows in old.rows.items() for edit in _edits_of(old, place, rows, base, context)]
    edits = [one for one in found if isinstance(one, Edit)]
    strays += [one for one in found if isinstance(one, Stray)]
    if len(edits) > MANY or any(edit.given for edit in edits):
        edits = [replace(edit, amendment=replace(edit.amendment, doubtful=True)) for edit in edits]
    gone = len(base.keys() - old.rows.keys())
    return MasterEdits(notes, old.id, tuple(edits), (*old.strays, *strays), gone)


def _office_notes(old: OldMaster, context: Context) -> tuple[OfficeCells, list[Stray]]:
    """What stands in the office's columns; of a doubled row what the first says, all else is listed."""
    keys = [column.key for column in context.template.main.of(Source.OFFICE)]
    notes: dict[RowPlace, dict[str, Cell]] = {}
    strays = []
    for place, rows in old.rows.items():
        for row in rows:
            for key in keys:
                cell = row.cells.get(key)
                if cell is None:
                    continue
                first = notes.setdefault(place, {}).setdefault(key, cell)
                if likeness(first.value) != likeness(cell.value):
                    strays.append(Stray(old.cell(row, key), plain(cell.value), _doubled(context)))
    return notes, strays


def _doubled(context: Context) -> str:
    return context.language.say("这个目标有两行，内容不同", "this goal has two rows that differ")


def _edits_of(
    old: OldMaster, place: RowPlace, rows: Sequence[StandingRow], base: Written, context: Context
) -> Iterator[Edit | Stray]:
    """The edits of one row; of one that is there twice only if both say the same."""
    before = base.get(place)
    if before is None:
        yield from _typed_row(old, rows[0], context)
        return
    shared = [key for key in before if key in old.columns]
    words = [tuple(likeness(_value(row.cells.get(key))) for key in shared) for row in rows]
    if len(set(words)) > 1:
        for row in rows:
            for key in shared:
                now = row.cells.get(key)
                if likeness(before[key]) != likeness(_value(now)):
                    yield Stray(old.cell(row, key), plain(_value(now)), _doubled(context))
        return
    row = rows[0]
    for key in shared:
        found = _edit_of(old, place, row, key, before[key], context)
        if found is not None:
            yield found


def _typed_row(old: OldMaster, row: StandingRow, context: Context) -> Iterator[Stray]:
    """A row that was not there when the master was written, though the goal is in the plan."""
    words = [plain(row.cells[column.key].value) for column in context.template.main.entry if column.key in row.cells]
    if words:
        why = context.language.say("这一行是手工加的", "this row was typed by hand")
        yield Stray(old.cell(row, context.template.main.row_key), " | ".join(words), why)


def _value(cell: Cell | None) -> Scalar | None:
    return None if cell is None else cell.value


def _edit_of(
    old: OldMaster, place: RowPlace, row: StandingRow, key: str, before: Scalar | None, context: Context
) -> Edit | Stray | None:
    """What became of one cell: nothing, an edit, or something that cannot be used."""
    cell, table = row.cells.get(key), context.template.main
    if is_same(before, cell) or key == table.row_key:
        return None
    where, text, say = old.cell(row, key), plain(_value(cell)), context.language.say
    column = table.by_key.get(key)
    if column is None:
        why = say("这一列取自年度目标，要改请改 plan.xlsx", "this column comes from the plan; change plan.xlsx instead")
        return Stray(where, text, why)
    spare = place[1] not in context.plan.by_key
    given = column.source is Source.PLAN and not spare
    try:
        after = _read_given(cell) if column.source is Source.PLAN else _read_entry(column, cell, context)
    except ValueError:
        return Stray(where, text or plain(cell.formula if cell else None), _unusable(column, context))
    if likeness(before) == likeness(after):
        return None
    department, goal = place
    kind = kind_of_change(column, before, after)
    nowhere = Place("", 0)
    amendment = Amendment(department, goal, key, before, after, kind, AmendmentState.PROPOSED, nowhere)
    return Edit(where, amendment, given)


def _unusable(column: Column, context: Context) -> str:
    say = context.language.say
    if column.type is CellType.CHOICE:
        choices = say("、", ", ").join(column.choices)
        return say(f"不是“{column.header}”的选项（{choices}）", f"none of the choices of {column.header} ({choices})")
    kinds = {
        CellType.NUMBER: ("读不成数字", "cannot be read as a number"),
        CellType.DATE: ("读不成日期", "cannot be read as a date"),
        CellType.MONTH: ("读不成月份", "cannot be read as a month"),
    }
    words = say(*kinds.get(column.type, ("不是文字", "is no text")))
    return say(f"“{column.header}”{words}", f"{words} ({column.header})")


def _read_given(cell: Cell | None) -> Scalar | None:
    """A given cell has no type of its own: what stands there is what it says. Raises ValueError for an error value."""
    if cell is None:
        return None
    if cell.value is None or is_error(cell) or find_picture(cell) is not None:
        raise ValueError
    return tidy_text(clean_text(cell.value)) or None if isinstance(cell.value, str) else cell.value


def _read_entry(column: Column, cell: Cell | None, context: Context) -> Scalar | None:
    """A cell as its column's type has it. Raises ValueError where it cannot be read as that."""
    answer = read_answer(column, cell, context.period)
    if answer is None:
        return None
    if answer.fault is not None:
        raise ValueError
    return answer.raw if answer.value is None else answer.value


# --- what counts as the same ------------------------------------------------------------------------------------------

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def likeness(value: Scalar | None) -> str:
    """A value as it is compared with what another program stored: ends of lines and blanks behind them do not count."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.15g}"  # as many digits as every program keeps
    if isinstance(value, dt.date):
        return plain(value)
    lines = plain(value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def is_same(written: Scalar | None, cell: Cell | None) -> bool:
    """Whether a cell still holds what was written, however it is stored now; words must be the same to the letter."""
    before, now = likeness(written), likeness(_value(cell))
    if before == now or (cell is not None and cell.kind is CellKind.TEXT and now == f"'{before}"):
        return True
    return cell is not None and cell.kind is CellKind.NUMBER and before == likeness(_number(now, before))


def _number(now: str, before: str) -> str:
    """The text that was written, if it is the number that a program made of it: 007 of 7, 1.50 of 1.5."""
    try:
        return before if float(before) == float(now) else now
    except ValueError:
        return now


def kind_of_change(column: Column, before: Scalar | None, after: Scalar | None) -> AmendmentKind:
    """Whether the words were put right, or a figure: one within a text is a figure too."""
    if column.type is not CellType.TEXT:
        return AmendmentKind.FIGURES
    figures = [_FIGURE.findall(likeness(value)) for value in (before, after)]
    return AmendmentKind.WORDING if figures[0] == figures[1] else AmendmentKind.FIGURES
