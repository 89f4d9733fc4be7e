"""The plan's sheets of what was changed by document: units and goals, read strictly, each mistake named by its cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpi_xlsx.book import Book
from kpi_xlsx.dates import read_date
from kpi_xlsx.headings import Heading
from kpi_xlsx.model import CellType, Department, Goal, Source, id_key, match_key, plain, split_names
from kpi_xlsx.periods import parse_due, parse_since
from kpi_xlsx.plan_changes import (
    ADDED,
    CHANGE_SHEET,
    DROPPED,
    TARGET_WORDS,
    TARGETS,
    UNIT_SHEET,
    UNIT_WORDS,
    GoalChange,
    UnitChange,
    UnitKind,
)
from kpi_xlsx.plan_rows import PlanRow, PlanTables
from kpi_xlsx.template import Column

CHANGE_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "date": ("日期", "批准日期"),
    "document": ("批准文号", "文号", "文件", "document number"),
    "goal": ("编号", "目标编号", "id", "goal id"),
    "item": ("项目", "调整项目", "column"),
    "old": ("原", "原值", "原内容", "调整前", "old words", "before"),
    "new": ("新", "新值", "新内容", "调整后", "new words", "after"),
    "since": ("自哪期起", "自何期起", "起始月份", "from", "from period"),
    "reason": ("原因", "调整原因", "理由"),
}
UNIT_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "date": ("日期",),
    "kind": ("类型", "变更类型", "type"),
    "old": ("原单位", "变更前", "old unit", "before"),
    "new": ("新单位", "变更后", "new unit", "after"),
    "goals": ("涉及目标", "目标", "goal ids"),
    "document": ("文号", "批准文号", "文件", "document number"),
    "old_code": ("原代码", "原单位代码", "old code"),
}
_ITEMS = {
    **dict.fromkeys(("新增", "增加", "added", "add", "new", ADDED), ADDED),
    **dict.fromkeys(("取消", "删除", "撤销", "dropped", "drop", "removed", DROPPED), DROPPED),
    **dict.fromkeys((*TARGET_WORDS, TARGETS), TARGETS),
}
_KINDS: Mapping[UnitKind, tuple[str, ...]] = {
    UnitKind.RENAME: ("改名", "renamed"),
    UnitKind.MERGE: ("并入", "整合", "merged", "merger"),
    UnitKind.ABOLISH: ("撤并", "abolished", "closed"),
    UnitKind.FOUND: ("设立", "成立", "组建", "新组建", "founded", "established", "new"),
    UnitKind.TRANSFER: ("划转", "职责划转", "职能调整", "transfer", "transferred"),
}
_KIND_OF = {match_key(word): kind for kind in UnitKind for word in (*UNIT_WORDS[kind], *_KINDS[kind], kind)}
_DAY = Column("date", "", Source.OFFICE, CellType.DATE)


def _day(tables: PlanTables, row: PlanRow, key: str) -> dt.date | None:
    """The day in a cell, or the last one of the month in it; None, with what is wrong, if it is neither."""
    cell, text = row.cell(key), row.text(key)
    if cell is None or not text:
        return None
    found = read_date(_DAY, cell, text, tables.period).value
    if isinstance(found, dt.date):
        return found
    month = parse_due(row.value(key), tables.period) if isinstance(row.value(key), str) else None
    if month is None:
        tables.wrong(
            row.place(key),
            f"看不懂日期“{text}”。请写成 2018-05-12 这样。",
            f"The date “{text}” is not understood. Write it like 2018-05-12.",
        )
    return month


# --- units ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A line of the sheet of units whose date has come, as it was typed."""

    row: PlanRow
    kind: UnitKind
    date: dt.date

    @property
    def goals(self) -> tuple[str, ...]:
        return tuple(id_key(name) for name in split_names(self.row.text("goals")))


@dataclass(frozen=True, slots=True)
class UnitLines:
    """The lines in effect, and what they mean."""

    lines: tuple[UnitLine, ...] = ()
    changes: tuple[UnitChange, ...] = ()


def read_units(tables: PlanTables, book: Book, departments: Sequence[Department]) -> UnitLines:
    """What became of departments by the period's end; what is to come is left alone."""
    found = tables.find(book, UNIT_SHEET, UNIT_HEADINGS, ("date", "kind", "old", "new"), 3, optional=True)
    lines = () if found is None else tuple(_unit_lines(tables, tables.rows(*found)))
    sound = [line for line in lines if _is_whole(tables, line)]
    return UnitLines(lines, tuple(_Units(tables, departments).settle(sound)))


def _unit_lines(tables: PlanTables, rows: Iterable[PlanRow]) -> Iterator[UnitLine]:
    for row in rows:
        date, kind = _day(tables, row, "date"), _KIND_OF.get(match_key(row.text("kind")))
        if not row.text("date") and "date" not in row.faulty:
            tables.wrong(
                row.place("date"),
                "日期是空的，不知道从哪期起变更。请填文件写明的日期。",
                "The date is blank, so nobody knows from when it holds. Write the day that the document names.",
            )
        if kind is None and "kind" not in row.faulty:
            listed = tables.say("、", ", ").join(tables.say(*words) for words in UNIT_WORDS.values())
            tables.wrong(
                row.place("kind"),
                f"看不懂类型“{row.text('kind')}”。可写：{listed}。",
                f"The kind “{row.text('kind')}” is not known. Write one of: {listed}.",
            )
        if date is not None and kind is not None and date <= tables.period.end:
            yield UnitLine(row, kind, date)


def _is_whole(tables: PlanTables, line: UnitLine) -> bool:
    """Whether a line names the units that its kind needs; what it lacks is said."""
    row, kind = line.row, line.kind
    old, new = split_names(row.text("old")), split_names(row.text("new"))
    before = len(tables.mistakes)
    if kind is not UnitKind.FOUND and not old and "old" not in row.faulty:
        tables.wrong(row.place("old"), "原单位是空的。", "The old unit is blank.")
    if kind is not UnitKind.ABOLISH and not new and "new" not in row.faulty:
        tables.wrong(row.place("new"), "新单位是空的。", "The new unit is blank.")
    if len(split_names(row.text("old_code"))) > max(len(old), 1):
        tables.wrong(
            row.place("old_code"),
            "原代码比原单位还多。",
            "There are more old codes than old units.",
        )
    return len(tables.mistakes) == before and not row.faulty & {"old", "new", "old_code"}


class _Units:
    """Looks up the units that lines name: in the departments sheet, or along other lines that say what became of them.

    A unit that was made in March and merged in July stands in no departments sheet of July; its line still holds.
    """

    def __init__(self, tables: PlanTables, departments: Sequence[Department]) -> None:
        self.tables = tables
        self.departments = departments
        self.known: dict[str, str] = {}
        for names in ((d.code, d.code) for d in departments), ((d.name, d.code) for d in departments):
            for name, code in names:
                self.known.setdefault(match_key(name), code)
        for one in departments:
            for alias in one.aliases:
                self.known.setdefault(match_key(alias), one.code)
        self.standing = dict(self.known)

    def settle(self, lines: Sequence[UnitLine]) -> Iterator[UnitChange]:
        """What the lines mean, in their order; what does not stand is said."""
        meant: dict[int, UnitChange] = {}
        waiting = list(enumerate(lines))
        while waiting:
            left = []
            for place, line in waiting:
                codes = self._codes(line)
                if codes is None:
                    left.append((place, line))
                    continue
                meant[place] = change = self._change(line, codes)
                for name in (*change.old, *change.old_codes) if change.ends and len(codes) == 1 else ():
                    self.known.setdefault(match_key(name), codes[0])
            if len(left) == len(waiting):
                break
            waiting = left
        for _, line in waiting:
            self._unknown(line)
        for place, line in enumerate(lines):
            if place in meant:
                self._demand_sense(line, meant[place], [meant[n] for n in meant if n != place])
                yield meant[place]

    def _names(self, text: str) -> list[str]:
        return [text] if match_key(text) in self.known else split_names(text)

    def _codes(self, line: UnitLine) -> tuple[str, ...] | None:
        """The departments that a line's new units are; None while one of them is not known."""
        codes = [self.known.get(match_key(name)) for name in self._names(line.row.text("new"))]
        found = [code for code in dict.fromkeys(codes) if code is not None]
        return None if None in codes else tuple(found)

    def _change(self, line: UnitLine, codes: tuple[str, ...]) -> UnitChange:
        row = line.row
        old = tuple(self._names(row.text("old")))
        standing = [code for name in old if (code := self.standing.get(match_key(name))) is not None]
        given = split_names(row.text("old_code"))
        return UnitChange(
            line.kind,
            line.date,
            old,
            tuple(dict.fromkeys([*given, *standing])),
            codes,
            line.goals,
            row.text("document"),
            row.place("kind"),
        )

    def _unknown(self, line: UnitLine) -> None:
        for name in self._names(line.row.text("new")):
            if match_key(name) not in self.known:
                names = [text for one in self.departments for text in (one.name, one.code, *one.aliases)]
                close = self.tables.close(name, names)
                self.tables.wrong(
                    line.row.place("new"),
                    f"部门表里没有“{name}”" + (close or "。请把新单位补到部门表里。"),
                    f"“{name}” is not in the departments sheet" + (close or ". Add the new unit there."),
                )

    def _demand_sense(self, line: UnitLine, change: UnitChange, others: Sequence[UnitChange]) -> None:
        """What a line says of its old units must fit the departments sheet."""
        row, tables = line.row, self.tables
        if len(change.new) > 1 and change.kind in (UnitKind.RENAME, UnitKind.MERGE):
            tables.wrong(
                row.place("new"),
                "更名、合并后只能是一个单位；分给几个单位的，请写“撤销”，各写一行并列出目标。",
                "A unit can be renamed to, or merged into, one unit only. Where several take over, write “abolish”, a "
                "line for each with its goals.",
            )
        for name in change.old:
            code = self.standing.get(match_key(name))
            if change.ends and code is not None and code not in change.new and not _revived(code, change, others):
                self._stands(row, name, "old")
            if change.kind is UnitKind.TRANSFER and match_key(name) not in self.known and not _ended(name, others):
                close = tables.close(name, [one.name for one in self.departments])
                tables.wrong(
                    row.place("old"),
                    f"部门表里没有“{name}”" + (close or "。这个单位已经没有了的，类型请写合并或撤销。"),
                    f"“{name}” is not in the departments sheet"
                    + (close or ". If the unit is no more, the kind is merge or abolish."),
                )
        for given in split_names(row.text("old_code")) if change.ends else ():
            code = self.standing.get(match_key(given))
            if code is not None and code not in change.new:
                self._stands(row, given, "old_code")

    def _stands(self, row: PlanRow, name: str, key: str) -> None:
        kept = next((one for one in self.departments if one.code == self.standing[match_key(name)]), None)
        who = f"{kept.code} {kept.name}" if kept is not None else name
        self.tables.wrong(
            row.place(key),
            f"“{name}”已经没有了，部门表里却还有（{who}）。请从部门表里拿掉；单位还在的，类型请写“职能划转”。",
            f"“{name}” is no more, but still stands in the departments sheet ({who}). Take it out there; if the unit "
            "goes on, the kind is “transfer of duties”.",
        )


def _revived(code: str, change: UnitChange, others: Iterable[UnitChange]) -> bool:
    """Whether another line, not an earlier one, makes the unit anew."""
    return any(code in one.new and (one.date or dt.date.min) >= (change.date or dt.date.min) for one in others)


def _ended(name: str, others: Iterable[UnitChange]) -> bool:
    return any(match_key(name) in map(match_key, one.old) for one in others if one.ends)


# --- goals ------------------------------------------------------------------------------------------------------------


def read_changes(
    tables: PlanTables, book: Book, goals: Sequence[Goal], heading: Heading, words: Mapping[str, str]
) -> Iterator[GoalChange]:
    """What was changed in goals. `heading` is that of the goals, `words` the names that its columns may have."""
    found = tables.find(book, CHANGE_SHEET, CHANGE_HEADINGS, ("goal", "item", "old", "new"), 3, optional=True)
    if found is None:
        return
    known = {goal.key: goal.id for goal in goals}
    read = [change for row in tables.rows(*found) for change in _changes_in(tables, row, heading, words, known)]
    dropped = {change.goal for _, change in read if change.item == DROPPED}
    for row, change in read:
        if change.goal not in known and change.goal not in dropped and _current(tables, change):
            _unknown_goal(tables, row.place("goal"), row.text("goal"), known.values())
        yield change


def _current(tables: PlanTables, change: GoalChange) -> bool:
    """Whether a line is of this year and in effect, so that its goal must be there."""
    return change.holds(tables.period.end) and not (change.start and change.start < tables.period.year_begin)


def _unknown_goal(tables: PlanTables, place: str, typed: str, known: Iterable[str]) -> None:
    close = tables.close(typed, known)
    tables.wrong(
        place,
        f"考核目标表里没有编号“{typed}”" + (close or "。不再考核的，项目请写“取消”。"),
        f"There is no goal “{typed}” in the plan"
        + (close or ". For one that is reported no more, the item is “dropped”."),
    )


def _changes_in(
    tables: PlanTables, row: PlanRow, heading: Heading, words: Mapping[str, str], known: Mapping[str, str]
) -> Iterator[tuple[PlanRow, GoalChange]]:
    """A line's changes: one for each goal that it names."""
    typed = row.text("goal")
    if not typed and "goal" not in row.faulty:
        tables.wrong(row.place("goal"), "编号是空的，不知道是哪个目标。", "The goal is blank.")
    item = _item(tables, row, heading, words)
    date, since = _day(tables, row, "date"), _since(tables, row)
    old, new = row.text("old"), row.text("new")
    if item not in (None, ADDED, DROPPED) and not old and not new and not row.faulty:
        tables.wrong(row.place("new"), "原和新都是空的，不知道改了什么。", "Both old and new are blank.")
    if not row.text("document") and not row.text("reason") and not row.faulty & {"document", "reason"}:
        tables.wrong(
            row.place("document"),
            "批准文号和原因都是空的。请写明依据哪个文件，没有文件的写明原因。",
            "Neither document nor reason is given. Name the document, or if there is none, the reason.",
        )
    if item is None:
        return
    for name in [typed] if id_key(typed) in known else split_names(typed):
        document, reason = row.text("document"), row.text("reason")
        yield row, GoalChange(id_key(name), item, old, new, since, date, document, reason, row.place("item"))


def _item(tables: PlanTables, row: PlanRow, heading: Heading, words: Mapping[str, str]) -> str | None:
    """The key of the column that a line is about, ADDED, DROPPED or TARGETS; None, with what is wrong, if none."""
    text = row.text("item")
    key = match_key(text)
    further = {match_key(name) for name in heading.others.values()}
    found = _ITEMS.get(key) or (key if key in further else words.get(key))
    if found == "id":
        tables.wrong(
            row.place("item"),
            "编号一年之内不能改：上期的内容是按编号找的。",
            "A goal keeps its id all year: earlier answers are found by it.",
        )
        return None
    if found is None and "item" not in row.faulty:
        shown = [plain(value) for value in (*heading.others.values(), *words, "新增", "取消", "added", "dropped")]
        close = tables.close(text, shown) if text else ""
        tables.wrong(
            row.place("item"),
            f"看不懂项目“{text}”" + (close or "。请写考核目标表的列名，或者新增、取消。"),
            f"The item “{text}” is not known" + (close or ". Write a heading of the goals sheet, or added, dropped."),
        )
    return found


def _since(tables: PlanTables, row: PlanRow) -> dt.date | None:
    text = row.text("since")
    if not text:
        return None
    found = parse_since(row.value("since"), tables.period)
    if found is None:
        tables.wrong(
            row.place("since"),
            f"看不懂“{text}”是从哪一期起。可写 2018-05、5月、二季度或日期。",
            f"“{text}” is no month from which it could hold. Write 2018-05, May, Q2 or a date.",
        )
    return found


def demand_goals(tables: PlanTables, units: UnitLines, goals: Sequence[Goal], changes: Sequence[GoalChange]) -> None:
    """The goals that lines on units name must be in the plan, or have been dropped from it."""
    known = {goal.key for goal in goals} | {change.goal for change in changes if change.item == DROPPED}
    for line in units.lines:
        for key in line.goals:
            if key not in known and line.date >= tables.period.year_begin:
                _unknown_goal(tables, line.row.place("goals"), key, (goal.id for goal in goals))
