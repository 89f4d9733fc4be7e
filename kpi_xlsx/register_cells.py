"""One row of a sheet of the register: its cells read as departments, goals, columns, words, days and values.

What cannot be used raises Unusable, with the cell, what is wrong with it, and what to do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from kpi_xlsx.book import Sheet
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import REGISTER, Place
from kpi_xlsx.headings import Heading
from kpi_xlsx.model import (
    Answer,
    Cell,
    CellKind,
    Department,
    Mistake,
    Scalar,
    Source,
    cell_ref,
    clip,
    id_key,
    match_key,
)
from kpi_xlsx.moments import FIRST_MINUTE, find_day, find_moment
from kpi_xlsx.reading import clean_text, printable, tidy_text
from kpi_xlsx.register_fields import RegisterSheet
from kpi_xlsx.register_sheets import column_labels
from kpi_xlsx.register_words import find_word
from kpi_xlsx.stand_ins import is_error
from kpi_xlsx.tables import match_heading
from kpi_xlsx.target_table import goal_of, key_in_goal
from kpi_xlsx.template import Column
from kpi_xlsx.toml_files import nearest
from kpi_xlsx.values import read_answer, show

Word = TypeVar("Word")
MOST_SPREAD = 50_000
"""Cells that are filled from merged ones at the most, however many ranges a file claims."""


class Unusable(Exception):  # noqa: N818  (a verdict on a row, not an error of the program)
    """A cell for which its row cannot be used; the words in both languages."""

    def __init__(self, place: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.place = place
        self.zh = zh
        self.en = en


class RegisterRow:
    """A row below the headings."""

    def __init__(
        self, kind: RegisterSheet, sheet: Sheet, heading: Heading, covered: Covered, number: int, context: Context
    ) -> None:
        self.kind = kind
        self.sheet = sheet
        self.at = heading.columns
        self.number = number
        self.context = context
        self.say = context.language.say
        self.cells: Mapping[int, Cell] = _cells(sheet, number, heading, covered.get(number, {}))
        self.faulty = {key: words for key in self.at if (words := _fault(self._cell(key))) is not None}
        """Why a cell has no value, in both languages."""

    @property
    def place(self) -> Place:
        return Place(self.sheet.name, self.number + 1)

    def where(self, key: str) -> str:
        """The cell's name with its sheet; where the sheet lacks the column, the row's first."""
        column = self.at.get(key, min(self.at.values()))
        return f"{printable(self.sheet.name)}!{cell_ref(self.number, column)}"

    def remark(self, place: str, zh: str, en: str) -> str:
        return str(Mistake(REGISTER, place, self.say(zh, en)))

    def wrong(self, key: str, zh: str, en: str) -> Unusable:
        return Unusable(self.where(key), f"{zh}这一行没有用上。", f"{en} This row was not used.")

    def _cell(self, key: str) -> Cell | None:
        return self.cells.get(self.at[key]) if key in self.at else None

    # What is there at all.

    def filled(self) -> frozenset[str]:
        """The columns in which anything stands."""
        return frozenset(key for key in self.at if key in self.faulty or _shown(self._cell(key)))

    def faults_beside(self) -> Iterator[str]:
        """Remarks on cells without a value on which nothing depends, in a row that is used."""
        for key, (zh, en) in self.faulty.items():
            yield self.remark(self.where(key), f"{zh}这一格没有用上。", f"{en} This cell was not used.")

    # What a cell says. The faulty raise Unusable.

    def cell(self, key: str) -> Cell | None:
        if key in self.faulty:
            raise self.wrong(key, *self.faulty[key])
        return self._cell(key)

    def text(self, key: str) -> str:
        """A text on which something depends, blank or not."""
        return _shown(self.cell(key))

    def note(self, key: str) -> str:
        """A text that is kept, and on which nothing depends."""
        return "" if key in self.faulty else _shown(self._cell(key))

    def demanded(self, key: str) -> str:
        """A text that must be there."""
        text = self.text(key)
        if not text:
            name = self.kind.by_key[key].names
            raise self.wrong(key, f"“{name[0]}”是空的，请填上。", f"“{name[1]}” is blank; fill it in.")
        return text

    def department(self) -> str:
        """The code of the department that is named by code, name or former name."""
        text = self.demanded("department")
        plan = self.context.plan
        found = plan.find_department(text) or self._unpadded(text)
        if found is None:
            names = [name for one in plan.departments for name in (one.name, one.code, *one.aliases)]
            words = ("部门表里没有", "is not in the departments sheet of plan.xlsx")
            raise self.wrong("department", *_unknown(text, names, words))
        return found.code

    def _unpadded(self, text: str) -> Department | None:
        """The one department whose code lost its zeros in a cell of numbers: 017 that became 17."""
        cell = self.cell("department")
        if cell is None or cell.kind is not CellKind.NUMBER or not text.isdecimal():
            return None
        alike = [one for one in self.context.plan.departments if one.code.lstrip("0") == text]
        return alike[0] if len(alike) == 1 else None

    def goal(self, department: str) -> str:
        """The key of one of the department's goals, or of a spare row."""
        text = self.demanded("goal")
        key, plan = id_key(text), self.context.plan
        if self.context.has_row(department, key):
            return key
        goal = plan.by_key.get(key)
        if goal is not None:
            owners = [plan.by_code[code].name for code in goal.departments]
            name = plan.by_code[department].name
            raise self.wrong(
                "goal",
                f"目标“{goal.id}”是{'、'.join(owners)}的，不是{name}的，请改正。",
                f"Goal “{goal.id}” belongs to {', '.join(owners)}, not to {name}; correct it.",
            )
        known = [*(one.id for one in plan.goals_of(department)), *self.context.spare_ids()]
        raise self.wrong("goal", *_unknown(text, known, ("没有这个编号的目标：", "is no goal of the plan")))

    def column(self) -> Column:
        """A column of the master, by its heading or key."""
        text = self.demanded("column")
        table = self.context.template.main
        labels = column_labels(table)
        keys = {match_key(label): key for key, label in labels.items()} | {match_key(key): key for key in labels}
        key = keys.get(match_key(text).lstrip("*★")) or match_heading(text, table)
        if key is None or key not in labels:
            raise self.wrong(
                "column",
                *_unknown(text, labels.values(), ("汇总表里没有可以更正的列", "is no column that can be amended")),
            )
        return table.by_key[key]

    def cell_of_plan(self, department: str) -> tuple[str, Column]:
        """The key of a goal and one of its cells: by column, or as 2#1 by a target and a column of the second sheet."""
        second, row = self.context.targets, id_key(self.text("goal"))
        if second is None or not second.has_row(department, row):
            return self.goal(department), self.column()
        text, table = self.demanded("column"), second.template.main
        key = match_heading(text, table)
        goal = self.context.plan.by_key[id_key(goal_of(row)[0])]
        found = self.context.column(key_in_goal(row, key), goal.id) if key in {one.key for one in table.entry} else None
        if found is None:
            labels = [one.header for one in table.entry]
            raise self.wrong("column", *_unknown(text, labels, ("指标没有这样可以更正的列", "is no column of targets")))
        return goal.key, found

    def word(self, key: str, words: Mapping[str, Word]) -> Word | None:
        """What a word of a closed list means; None if the cell is blank."""
        text = self.text(key)
        if not text:
            return None
        found = find_word(text, words)
        if found is None:
            zh, en = zip(*self.kind.by_key[key].words, strict=True)
            raise self.wrong(
                key,
                f"看不懂“{_quoted(text)}”，请写成{'、'.join(zh)}中的一个。",
                f"“{_quoted(text)}” is not understood; write one of: {'; '.join(en)}.",
            )
        return found

    def day(self, key: str, *, years_later: bool = False) -> dt.date | None:
        """A day; None if the cell is blank. With `years_later` it may be long after the period."""
        cell = self.cell(key)
        found = find_day(cell, self.context, years_later=years_later) if cell is not None and _shown(cell) else None
        if found is None and _shown(cell):
            raise self._no_date(key, "2018-07-05")
        return found

    def moment(self, key: str, zone: dt.tzinfo, bare: dt.time = FIRST_MINUTE) -> dt.datetime:
        """A moment that must be there; of a bare day the time `bare`."""
        self.demanded(key)
        cell = self.cell(key)
        found = None if cell is None else find_moment(cell, self.context, zone, bare)
        if found is None:
            raise self._no_date(key, "2018-07-05 17:20")
        return found

    def _no_date(self, key: str, example: str) -> Unusable:
        text = _quoted(self.text(key))
        return self.wrong(
            key,
            f"“{text}”看不出是哪一天，或者离本期太远；请写成 {example}。",
            f"“{text}” names no day, or one far from this period; write it as {example}.",
        )

    def answer(self, key: str, column: Column) -> Answer | None:
        """What a cell of the master's column would say; None if it is blank."""
        cell = self.cell(key)
        if cell is None or not _shown(cell):
            return None
        if column.source is Source.PLAN:  # given cells are of no type
            value: Scalar | None = cell.value
            if isinstance(value, str):
                value = clean_text(tidy_text(value))
            return Answer(cell.ref, show(cell), value)
        return read_answer(column, cell, self.context.period)


Covered = Mapping[int, Mapping[int, int]]
"""By row and column of a cell that lies below the first of merged ones: the row of that first one."""


def merged_downwards(sheet: Sheet, heading: Heading) -> Covered:
    """The cells below the headings that merged cells of these columns cover, at most so many."""
    known, found, left_over = set(heading.columns.values()), dict[int, dict[int, int]](), MOST_SPREAD
    for top, left, bottom, _ in sheet.merges:
        if top <= heading.row or left not in known:
            continue
        for row in range(top + 1, min(bottom, top + left_over) + 1):
            left_over -= 1
            if row in sheet.rows:
                found.setdefault(row, {})[left] = top
    return found


def _cells(sheet: Sheet, number: int, heading: Heading, over: Mapping[int, int]) -> Mapping[int, Cell]:
    """A row's cells, with what cells that were merged downwards say of it as well; what stands below them is unseen.

    A row in which nothing else stands is only a part of the merged ones.
    """
    own = sheet.rows.get(number, {})
    if not over:
        return own
    beside = {column: cell for column, cell in own.items() if column not in over}
    if not any(_shown(beside.get(column)) for column in heading.columns.values()):
        return {}
    above = {column: cell for column, top in over.items() if (cell := sheet.cell(top, column)) is not None}
    return {**beside, **above}


def _fault(cell: Cell | None) -> tuple[str, str] | None:
    """Why a cell has no value although something stands in it."""
    if cell is None:
        return None
    if is_error(cell):
        shown = _quoted(show(cell))
        return f"公式出错（{shown}），请改正。", f"The formula gives an error ({shown}); correct it."
    if cell.formula is not None and cell.value is None:
        return (
            "公式没有算出结果，请打开登记簿保存一次，或改成数值。",
            "The formula has no result; open the register and save it, or type the value.",
        )
    return None


def _shown(cell: Cell | None) -> str:
    """What a person sees in a cell, as text; blank if there is nothing."""
    return "" if cell is None or cell.value is None else clean_text(show(cell)).strip()


def _quoted(text: str) -> str:
    return clip(printable(text), 40)


def _close(text: str, known: Iterable[str]) -> tuple[str, str]:
    close = nearest(text, known) if len(text) <= 100 else None
    return (f"是不是“{close}”？", f" Did you mean “{close}”?") if close else ("", "")


def _unknown(text: str, known: Iterable[str], words: tuple[str, str]) -> tuple[str, str]:
    zh, en = _close(text, known)
    return f"{words[0]}“{_quoted(text)}”，{zh or '请改正。'}", f"“{_quoted(text)}” {words[1]}.{en or ' Correct it.'}"
