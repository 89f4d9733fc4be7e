"""The nouns of a reporting round, frozen; no file, no library and no clock is touched here."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from kpi_xlsx.plan_changes import GoalChange, UnitChange

if TYPE_CHECKING:
    from kpi_xlsx.targets import Target

Scalar = str | int | float | bool | dt.date
"""What a cell can hold once it is read. A blank is None, never an empty string."""


class Language(StrEnum):
    """The languages in which forms, findings and pages exist."""

    ZH = "zh"
    EN = "en"

    def say(self, zh: str, en: str) -> str:
        """The one of two wordings that is in this language."""
        return zh if self is Language.ZH else en


class Severity(StrEnum):
    """必须修改 | 请说明 | 提示."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Kind(StrEnum):
    """A fault in the form, or a fact about the work."""

    FORM = "form"
    WORK = "work"


class State(StrEnum):
    """Whether a finding still asks for something; explained ones stay visible but no longer count."""

    OPEN = "open"
    EXPLAINED = "explained"


class ReturnStatus(StrEnum):
    """The four ends that a file in the inbox can come to; each file comes to exactly one."""

    READ = "read"
    ATTACHED = "attached"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


class Source(StrEnum):
    """Who fills a column: the plan, the department, or the office (in the master only)."""

    PLAN = "plan"
    DEPARTMENT = "department"
    OFFICE = "office"


class CellType(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MONTH = "month"
    CHOICE = "choice"


class Progress(StrEnum):
    """What a status choice means, whatever its words; the order is that of the shipped choices."""

    COMPLETED = "completed"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    NOT_DUE = "not_due"
    NOT_STARTED = "not_started"
    DATA_PENDING = "data_pending"
    CHANGE_REQUESTED = "change_requested"


class Role(StrEnum):
    """A department's part in a goal that several share: 牵头 | 配合. One that has a goal to itself leads it."""

    LEAD = "lead"
    SUPPORT = "support"


ROLE_WORDS: Mapping[Role, tuple[str, str]] = {Role.LEAD: ("牵头", "lead"), Role.SUPPORT: ("配合", "supporting")}


class Basis(StrEnum):
    """On what a receipt time rests; only a registered one can make a return late."""

    REGISTERED = "registered"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a plan, template or cycle: where it is and what to do about it."""

    file: str
    place: str
    words: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.place, self.words) if part)


class PlanError(Exception):
    """The plan, the template or the cycle cannot be used; `mistakes` holds every one that was found."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))

    def __reduce__(self) -> tuple[type[PlanError], tuple[tuple[Mistake, ...]]]:
        return type(self), (self.mistakes,)


class TemplateError(PlanError):
    """The template definition cannot be used."""


class CycleError(PlanError):
    """The cycle's folder or its cycle.toml cannot be used."""


# --- the plan ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Department:
    """Who reports: a stable code and the name that is printed."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    group: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    reviewer: str = ""
    leader: str = ""


class Frequency(StrEnum):
    """How often a goal is reported."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True)
class Goal:
    """One row of the plan. `departments` are codes, the lead first; `due` is the last day of the month due."""

    id: str
    name: str
    departments: tuple[str, ...]
    cells: Mapping[str, Scalar]
    """Every cell of the plan's row as it stands there, by known key or by the heading of another column."""
    due: dt.date
    frequency: Frequency = Frequency.MONTH
    starred: bool = False
    row: int | None = field(default=None, compare=False)
    """The row of the plan's sheet in which it stands, counted from 0."""

    @property
    def key(self) -> str:
        """The id as it is compared."""
        return id_key(self.id)


@dataclass(frozen=True, slots=True)
class GoalSheet:
    """The plan's sheet of goals as it lies there: its name, and number and heading of each known column by key."""

    name: str = ""
    columns: Mapping[str, int] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Departments in their official order, goals in the plan's order, and the extra columns it carries."""

    departments: tuple[Department, ...]
    goals: tuple[Goal, ...]
    extra: tuple[str, ...] = ()
    """Headings of the plan's own further columns, in their order."""
    publishes: bool = False
    """Whether the plan has a publish column."""
    changes: tuple[GoalChange, ...] = ()
    """What was changed in goals by document, as the sheet of changes has it."""
    units: tuple[UnitChange, ...] = ()
    """What became of departments, as the sheet of units has it: only what is in effect by the period's end."""
    sheet: GoalSheet = field(default_factory=GoalSheet, compare=False)
    """Where the goals stand, for messages."""
    targets: tuple[Target, ...] = ()
    unconfirmed: frozenset[str] = frozenset()
    """The keys of goals that import-plan proposed and nobody has looked through: their targets do not count."""
    """What is to be reached, in the order of the goals."""

    @cached_property
    def by_code(self) -> Mapping[str, Department]:
        return {department.code: department for department in self.departments}

    @cached_property
    def by_key(self) -> Mapping[str, Goal]:
        return {goal.key: goal for goal in self.goals}

    @cached_property
    def _targets_of(self) -> Mapping[str, tuple[Target, ...]]:
        found: dict[str, list[Target]] = {}
        for target in self.targets:
            found.setdefault(id_key(target.goal), []).append(target)
        return {key: tuple(targets) for key, targets in found.items()}

    def targets_of(self, key: str) -> tuple[Target, ...]:
        """A goal's targets, by its key, in their order."""
        return self._targets_of.get(key, ())

    @cached_property
    def _goals_of(self) -> Mapping[str, tuple[Goal, ...]]:
        found: dict[str, list[Goal]] = {department.code: [] for department in self.departments}
        for goal in self.goals:
            for code in goal.departments:
                found[code].append(goal)
        return {code: tuple(goals) for code, goals in found.items()}

    def goals_of(self, code: str) -> tuple[Goal, ...]:
        """The goals that stand in a department's form, in the plan's order."""
        return self._goals_of.get(code, ())

    @property
    def shared(self) -> bool:
        """Whether any goal has supporters, so that forms and master need a column for the role."""
        return any(len(goal.departments) > 1 for goal in self.goals)

    @cached_property
    def by_name(self) -> Mapping[str, str]:
        """The code of each department by its name and former names, as names are compared."""
        ended = {match_key(name): code for name, code in self._ended(lambda change: change.old)}
        return ended | {
            match_key(name): department.code
            for department in self.departments
            for name in (department.name, *department.aliases)
        }

    def find_department(self, text: str) -> Department | None:
        """Look a department up by code, then name, then alias, then by name or code of a unit that is no more."""
        return self._lookup.get(match_key(text))

    def _ended(self, names: Callable[[UnitChange], tuple[str, ...]]) -> Iterator[tuple[str, str]]:
        """What units that are no more were called, with the code of the one department that each of them became."""
        became: dict[str, set[str]] = {}
        shown: dict[str, str] = {}
        for change in self.units:
            for name in names(change) if change.ends else ():
                became.setdefault(match_key(name), set()).update(change.new)
                shown[match_key(name)] = name
        for key, codes in became.items():
            if len(codes) == 1 and codes <= self.by_code.keys():  # of several nobody knows which is meant
                yield shown[key], next(iter(codes))

    @cached_property
    def _lookup(self) -> Mapping[str, Department]:
        found: dict[str, Department] = {}
        for names in (
            lambda d: (d.code,),
            lambda d: (d.name,),
            lambda d: d.aliases,
        ):
            for department in self.departments:
                for name in names(department):
                    found.setdefault(match_key(name), department)
        for name, code in self._ended(lambda change: (*change.old, *change.old_codes)):
            found.setdefault(match_key(name), self.by_code[code])
        return found


# --- what a sheet holds -----------------------------------------------------------------------------------------------


class CellKind(StrEnum):
    """How a workbook stores a cell."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    ERROR = "error"
    DATE = "date"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as a reader saw it. Rows and columns count from 0. A date that carries a time of day keeps it."""

    row: int
    column: int
    kind: CellKind
    value: Scalar | None
    formula: str | None = None
    percent: bool = False

    @property
    def ref(self) -> str:
        return cell_ref(self.row, self.column)


# --- what came back ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """What a form says of itself, redundantly, in several places of the workbook."""

    cycle: str
    period: str
    template: str
    department: str
    revision: str
    seal: str
    goals: tuple[str, ...] = ()
    """The ids of the goals in a form that holds only some of its department's; none: all of them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands in one entry cell: as typed, and as understood.

    `fault` is the code of the rule that the reading itself broke (V101 wrong type, V107 impossible date, ...).
    A value is None only if there is a fault, or if the cell itself says that there is nothing.
    """

    cell: str
    raw: str
    value: Scalar | None
    fault: str | None = None
    converted: bool = False
    formula: bool = False
    error: str | None = None
    uncalculated: bool = False
    absent: bool = False
    """The cell says that there is nothing (无, n/a, —): neither a blank nor a zero."""
    why: str = ""
    """What exactly is wrong with a faulty value, or open about a doubtful one: a key of the rules' words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The answers of one return for one row of a table, by column key. A blank cell has no answer."""

    table: str
    goal: str
    row: int
    answers: Mapping[str, Answer]
    places: Mapping[str, str]
    """Where each column's cell of this row lies, blank ones included."""

    def value(self, column: str) -> Scalar | None:
        answer = self.answers.get(column)
        return None if answer is None else answer.value

    def text(self, column: str) -> str:
        """What stands there as text; an unreadable value is its original text."""
        answer = self.answers.get(column)
        return "" if answer is None else answer.raw

    @property
    def answered(self) -> bool:
        return bool(self.answers)

    @property
    def span(self) -> str:
        """From its first cell to its last on the sheet of the form; those of targets stand on another."""
        own = [place for key, place in self.places.items() if "." not in key]
        return f"{own[0]}:{own[-1]}" if own else ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader saw on the way that a check turns into a finding."""

    code: str
    words: Mapping[str, str] = field(default_factory=dict)
    goal: str | None = None
    column: str | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something in a return that belongs to no goal and column: kept and listed, never taken for an answer."""

    cell: str
    label: str
    """The heading above or the id beside it, as far as there is one."""
    text: str


@dataclass(frozen=True, slots=True)
class Return:
    """One file (or one form within it) as it came back. Reading is total: trouble is in `notes`, never raised."""

    file: str
    status: ReturnStatus
    sha256: str | None = None
    size: int = 0
    modified: float = 0.0
    """Seconds since the epoch, as the file system says."""
    identity: Identity | None = None
    department: str | None = None
    sheet: str | None = None
    entries: tuple[Entry, ...] = ()
    notes: tuple[Note, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    signed: Mapping[str, str] = field(default_factory=dict)
    """What was typed behind the labels below the table, by label."""
    momentary: bool = False
    """Read with what was at hand just then (a password, the memory left), so that the content alone decides nothing."""
    current: bool = True
    """Whether its form was made for the goals that it holds as the plan has them today."""
    changed: tuple[str, ...] = ()
    """The ids of goals that the plan has otherwise than the form, or that it should hold and does not."""
    assessor: str = ""
    """The code of the assessor whose form it is; its rows are departments' goals, and it is no department's return."""

    @property
    def part(self) -> frozenset[str]:
        """The keys of the goals in a form that holds only some of its department's; none: all of them."""
        return frozenset() if self.identity is None else frozenset(map(id_key, self.identity.goals))

    @property
    def goals(self) -> tuple[str, ...]:
        """The ids of the goals in a form that holds only some of its department's; none: all of them."""
        return () if self.identity is None else self.identity.goals


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: code, place, words and remedy, in the cycle's language."""

    code: str
    name: str
    kind: Kind
    severity: Severity
    message: str
    hint: str
    state: State = State.OPEN
    file: str | None = None
    department: str | None = None
    goal: str | None = None
    column: str | None = None
    sheet: str | None = None
    cell: str | None = None
    explainable: bool = False
    grounds: str = ""
    """Why it is explained although the department said nothing: a waiver with its reason, or a later return."""
    words: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What its check put into the message, so that it can be said again of another cell."""


# --- small words on cells and keys ------------------------------------------------------------------------------------


def cell_ref(row: int, column: int) -> str:
    """The name of a cell counted from 0: (6, 5) is F7."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def id_key(text: str) -> str:
    """How goal ids are compared: NFKC, trimmed, case-blind."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def match_key(text: str) -> str:
    """How names and headings are compared: NFKC, trimmed, inner white space closed up, case-blind."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


_SEPARATORS = re.compile(r"[、；;,，\n\r]+")


def split_names(text: str) -> list[str]:
    """Several departments in one cell: separated by 、；;,， or line breaks."""
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def comparable(value: Scalar | None) -> str:
    """How given cells are compared: white space and full-width signs do not count."""
    return "".join(unicodedata.normalize("NFKC", plain(value)).split())


def plain(value: Scalar | None) -> str:
    """A value as a person would type it: 12.0 is 12, a date is ISO, a blank is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "minutes") if value.time() != dt.time() else value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def counted(count: int, one: str, more: str = "") -> str:
    """A number with its noun in English: 1 file, 2 files."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def bare_name(text: str) -> str:
    """A goal's name without the star that marks a key goal."""
    return text.lstrip("★ \u3000")


def clip(text: str, limit: int = 60) -> str:
    """A text on one line and short enough to be quoted in a message."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
