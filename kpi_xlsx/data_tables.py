"""The rows of a master and of its targets as plain tables for other programs: names, types and values, no format."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from kpi_xlsx.excel import legible
from kpi_xlsx.judgements import GoalPace, Judgement
from kpi_xlsx.master_pace import pace_cells
from kpi_xlsx.master_rows import MasterRows
from kpi_xlsx.model import CellType, Entry, Frequency, Goal, Language, Progress, Role, Scalar, plain
from kpi_xlsx.pace_rules import Alert, Pace
from kpi_xlsx.past import PastCycle, PastRow
from kpi_xlsx.releases import Release, find_release
from kpi_xlsx.report import ReturnRecord, Row, find_carried
from kpi_xlsx.report_states import ReportState
from kpi_xlsx.targets import TargetBasis
from kpi_xlsx.template import Column
from kpi_xlsx.told_figures import tell

Value = str | float | bool | dt.date | dt.datetime | None
"""What a cell of a data table holds; a month is text such as 2018-06."""


class DataType(StrEnum):
    """What a field holds, as Table Schema calls it."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    MONTH = "yearmonth"
    MOMENT = "datetime"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a data table."""

    name: str
    type: DataType
    titles: Mapping[Language, str]
    """In the languages in which it has one."""
    choices: tuple[str, ...] = ()
    """All that it may hold; none: anything of its type."""


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table of data: every row has a value for each field, in their order."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    """The names of the fields that together tell the rows apart."""
    rows: Sequence[tuple[Value, ...]] = field(repr=False)


@dataclass(frozen=True)
class _Line:
    """A row of the master with all that its fields are taken from."""

    master: MasterRows
    row: Row
    values: Mapping[str, Scalar | None]
    """By column key, as the master shows them."""

    @cached_property
    def carried(self) -> tuple[PastCycle, PastRow] | None:
        return find_carried(self.row, self.master.context, self.master.past)

    @cached_property
    def pace(self) -> GoalPace | None:
        return self.master.pacing.pace_of(self.row)

    @cached_property
    def alert(self) -> tuple[Alert, int] | None:
        return None if self.pace is None else self.master.pacing.alert_of(self.row, self.pace)

    @cached_property
    def pace_values(self) -> Mapping[str, Scalar | None]:
        return {key: value for key, value, _ in pace_cells(self.master.context, self.pace, self.alert)}


def gather_tables(master: MasterRows) -> tuple[DataTable, DataTable]:
    """The table of goals, a row for each row of the master, and that of their targets; as the last merge left them."""
    columns = _named([*_BEFORE, *_template_columns(master), *_extra_columns(master), *_AFTER])
    lines = [_Line(master, row, values) for row, values in master.shown()]
    key = (columns[0][0].name, "id")
    goals = tuple(tuple(_sound(read(line)) for _, read in columns) for line in lines)
    told = tuple(
        tuple(_sound(read(line, one)) for _, read in _TARGETS)
        for line in lines
        for one in (() if line.pace is None else line.pace.judgements)
        if one.target is not None
    )
    return (
        DataTable("goals", tuple(one for one, _ in columns), key, goals),
        DataTable("targets", tuple(one for one, _ in _TARGETS), ("department", "target"), told),
    )


def _named(columns: Sequence[_Column]) -> Sequence[_Column]:
    """No name twice: a later column whose name a template's key has taken gets an underscore."""
    taken: set[str] = set()
    found = []
    for one, read in columns:
        name = one.name
        while name in taken:
            name += "_"
        taken.add(name)
        found.append((Field(name, one.type, one.titles, one.choices), read))
    return found


def _sound(value: Value) -> Value:
    return legible(value) if isinstance(value, str) else value


# --- what the template and the plan have ------------------------------------------------------------------------------


_TYPES: Mapping[CellType, DataType] = {
    CellType.TEXT: DataType.STRING,
    CellType.NUMBER: DataType.NUMBER,
    CellType.DATE: DataType.DATE,
    CellType.MONTH: DataType.MONTH,
    CellType.CHOICE: DataType.STRING,
}


def _template_columns(master: MasterRows) -> Iterator[_Column]:
    """Each column of the form under its key; beside one of a type another, for texts that are not of it."""
    language = master.context.language
    behind = language.say("（原文）", " (as written)")
    for column in master.table.form_columns:
        yield (
            Field(column.key, _TYPES[column.type], {language: column.header}, column.choices),
            _cell(column, 0),
        )
        if column.type is not CellType.TEXT:
            yield (
                Field(f"{column.key}_text", DataType.STRING, {language: column.header + behind}),
                _cell(column, 1),
            )


def _typed(column: Column, value: Scalar | None) -> tuple[Value, str | None]:
    """A cell's value as its column's type has it, or else none, and its text."""
    match column.type:
        case CellType.TEXT:
            return plain(value) or None, None
        case CellType.NUMBER if isinstance(value, int | float) and not isinstance(value, bool):
            if math.isfinite(value):
                return value, None
        case CellType.DATE if isinstance(value, dt.date):
            return value.date() if isinstance(value, dt.datetime) else value, None
        case CellType.MONTH if isinstance(value, dt.date):
            return f"{value.year:04}-{value.month:02}", None
        case CellType.CHOICE if value in column.choices:
            return value, None
    return None, plain(value) or None


def _cell(column: Column, part: int) -> _Reader:
    """Its value (0) or its text (1)."""
    return lambda line: _typed(column, line.values.get(column.key))[part]


def _extra_columns(master: MasterRows) -> Iterator[_Column]:
    """The plan's own further columns, in their order."""
    for number, heading in enumerate(master.columns.extra):
        titles = {master.context.language: heading}
        yield Field(f"extra_{number + 1}", DataType.STRING, titles), _shown(f"extra{number}")


def _shown(key: str) -> _Reader:
    return lambda line: plain(line.values.get(key)) or None


# --- what is the same in every cycle ----------------------------------------------------------------------------------


def _field(name: str, type_: DataType, zh: str, en: str, choices: tuple[str, ...] = ()) -> Field:
    return Field(name, type_, {Language.ZH: zh, Language.EN: en}, choices)


def _text(name: str, zh: str, en: str, choices: type[StrEnum] | None = None) -> Field:
    return _field(name, DataType.STRING, zh, en, () if choices is None else tuple(map(str, choices)))


def _department(line: _Line, name: str) -> str | None:
    found = line.master.context.plan.by_code.get(line.row.department)
    return None if found is None else getattr(found, name) or None


def is_published(goal: Goal | None, publishes: bool) -> bool | None:
    """Whether the plan publishes a goal; None where nobody has decided. Without the column all goals are."""
    release = Release.UNDECIDED if goal is None else find_release(goal, asked=publishes)
    if release in (Release.UNDECIDED, Release.UNREADABLE):
        return None
    return release is not Release.WITHHELD


def _of_goal(read: Callable[[Goal], Value]) -> _Reader:
    return lambda line: None if line.row.goal is None else read(line.row.goal)


def _meaning(line: _Line) -> str | None:
    meaning = line.master.context.progress(line.values.get("status"))
    return None if meaning is None else str(meaning)


def _listed(keys: Iterator[str]) -> str | None:
    return ",".join(keys) or None


def _state(line: _Line) -> str | None:
    """That of the goal; mixed where its targets are in different ones."""
    if line.pace is None:
        return None
    return str(line.pace.state) if line.pace.state is not None else MIXED


def _share(key: str) -> _Reader:
    """A figure where the goal has one target; several have theirs in the table of targets."""

    def read(line: _Line) -> Value:
        value = line.pace_values.get(f"pace.{key}")
        return value if isinstance(value, float) else None

    return read


def _source(
    here: Callable[[ReturnRecord, Entry, dt.tzinfo], Value], then: Callable[[PastCycle, PastRow], Value]
) -> _Reader:
    """Of the return that counts, or of the earlier one whose answer still holds."""

    def read(line: _Line) -> Value:
        if line.carried is not None:
            return then(*line.carried)
        record, entry = line.row.record, line.row.entry
        return None if record is None or entry is None else here(record, entry, line.master.settings.zone)

    return read


def _received(record: ReturnRecord, _: Entry, zone: dt.tzinfo) -> dt.datetime:
    return record.receipt.moment.astimezone(zone).replace(microsecond=0)


MIXED = "mixed"
_PACES = (*map(str, Pace), MIXED)
_Reader = Callable[[_Line], Value]
_Column = tuple[Field, _Reader]
_BEFORE: tuple[_Column, ...] = (
    (_text("department", "单位代码", "Department code"), lambda line: line.row.department),
    (_text("department_name", "责任单位", "Department"), lambda line: _department(line, "name")),
    (_text("department_group", "单位类别", "Department group"), lambda line: _department(line, "group")),
    (
        _text("role", "角色", "Role", Role),
        lambda line: str(line.master.context.role_of(line.row.goal, line.row.department)),
    ),
)
_AFTER: tuple[_Column, ...] = (
    (_field("due", DataType.DATE, "完成期限", "Due"), _of_goal(lambda goal: goal.due)),
    (_text("frequency", "报送频率", "Frequency", Frequency), _of_goal(lambda goal: str(goal.frequency))),
    (
        _field("publish", DataType.BOOLEAN, "是否公开", "To be published"),
        lambda line: is_published(line.row.goal, line.master.context.plan.publishes),
    ),
    (_text("report_state", "报送情况", "Return", ReportState), lambda line: str(line.master.state_of(line.row))),
    (_text("status_meaning", "完成状态的含义", "Meaning of the status", Progress), _meaning),
    (_field("pace_state", DataType.STRING, "研判", "Pace", _PACES), _state),
    (_text("pace_reason", "判断依据", "Reason"), lambda line: plain(line.pace_values.get("pace.reason")) or None),
    (_field("pace_completion", DataType.NUMBER, "完成率（0.5 即 50%）", "Done (0.5 is 50%)"), _share("completion")),
    (_field("pace_expected", DataType.NUMBER, "序时要求（0.5 即 50%）", "Expected (0.5 is 50%)"), _share("expected")),
    (_text("pace_alert", "预警", "Alert"), lambda line: None if line.alert is None else line.alert[0].name),
    (
        _field("pace_alert_periods", DataType.INTEGER, "连续预警期数", "Periods running with an alert"),
        lambda line: None if line.alert is None else line.alert[1],
    ),
    (
        _text("amended", "更正过的列", "Columns amended"),
        lambda line: _listed(key for key, one in line.row.amended.items() if not one.pending),
    ),
    (
        _text("pending", "更正待确认的列", "Columns with an amendment to be confirmed"),
        lambda line: _listed(key for key, one in line.row.amended.items() if one.pending),
    ),
    (
        _field("held", DataType.BOOLEAN, "有新报送待定", "A newer return is held"),
        lambda line: bool(line.row.waiting),
    ),
    (
        _text("carried", "沿用自哪一期", "Earlier cycle it is from"),
        lambda line: None if line.carried is None else line.carried[0].id,
    ),
    (
        _text("file", "来源文件", "File"),
        _source(lambda record, *_: record.file, lambda cycle, then: cycle.path_of(then)),
    ),
    (
        _text("sheet", "工作表", "Sheet"),
        _source(lambda record, *_: record.sheet, lambda _, then: then.sheet),
    ),
    (
        _field("row", DataType.INTEGER, "行", "Row"),
        _source(lambda _, entry, __: entry.row, lambda *_: None),
    ),
    (
        _text("sha256", "文件指纹 sha256", "sha256"),
        _source(lambda record, *_: record.sha256, lambda _, then: then.sha256),
    ),
    (_field("received", DataType.MOMENT, "收到时间", "Received"), _source(_received, lambda *_: None)),
)


# --- targets ----------------------------------------------------------------------------------------------------------


def _raw(line: _Line, one: Judgement) -> str | None:
    goal, target = line.row.goal, one.target
    if goal is None or target is None:
        return None
    cell, answered = line.master.pacing.told_in(line.row)
    return tell(line.master.context, goal, target, cell, answered=answered).raw or None


def _number(name: str) -> Callable[[_Line, Judgement], Value]:
    def read(_: _Line, one: Judgement) -> Value:
        figure = getattr(one, name)
        return None if figure is None else float(figure)

    return read


def _of_target(name: str) -> Callable[[_Line, Judgement], Value]:
    def read(_: _Line, one: Judgement) -> Value:
        value = getattr(one.target, name)
        return None if value is None else str(value) or None

    return read


_TARGETS: tuple[tuple[Field, Callable[[_Line, Judgement], Value]], ...] = (
    (_text("department", "单位代码", "Department code"), lambda line, _: line.row.department),
    (_text("goal", "目标编号", "Goal"), lambda line, _: line.row.id),
    (_text("target", "指标编号", "Target"), _of_target("id")),
    (_text("name", "指标名称", "Name"), _of_target("name")),
    (_text("value", "目标值", "Target value"), _of_target("value")),
    (_text("unit", "单位", "Unit"), _of_target("unit")),
    (_text("basis", "口径", "Basis", TargetBasis), _of_target("basis")),
    (_text("reported", "填报内容", "As reported"), _raw),
    (
        _field("actual", DataType.NUMBER, "填报数值（按目标的单位）", "Reported, in the target's unit"),
        _number("actual"),
    ),
    (_text("state", "研判", "Pace", Pace), lambda _, one: str(one.state)),
    (_text("reason", "判断依据", "Reason"), lambda _, one: one.reason or None),
    (_field("completion", DataType.NUMBER, "完成率（0.5 即 50%）", "Done (0.5 is 50%)"), _number("completion")),
    (_field("expected", DataType.NUMBER, "序时要求（0.5 即 50%）", "Expected (0.5 is 50%)"), _number("expected")),
)
