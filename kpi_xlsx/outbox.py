"""Forms into the outbox: what is already there and identical stays, what differs is kept in outbox/old/."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kpi_xlsx.assessors import ASSESSOR
from kpi_xlsx.context import Context
from kpi_xlsx.files import digest, move_aside
from kpi_xlsx.form import form_name, write_form
from kpi_xlsx.ledger import Output
from kpi_xlsx.model import Department, Finding, Mistake, PlanError, Role
from kpi_xlsx.past import NO_PAST, Past
from kpi_xlsx.rhythm import asks_something
from kpi_xlsx.settings import Settings

OLD = "old"
SUPPLEMENT = "supplement"
ROLE_KINDS = tuple(str(role) for role in Role)
KINDS: Mapping[str, tuple[str, str]] = {
    SUPPLEMENT: ("补充", "supplement"),
    "lead": ("牵头", "lead"),
    "support": ("配合", "support"),
    ASSESSOR: ("评分", "assessment"),
}
"""What other forms than whole ones of departments are called behind the stamp, by kind."""


@dataclass(frozen=True, slots=True)
class Order:
    """A form that is to be written: whose, of which kind, with which goals, and what its head says of that."""

    department: Department
    kind: str = "form"
    only: frozenset[str] = frozenset()
    """The keys of its goals; none: all of the department's."""
    notice: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    """What the supporters of these goals say, by goal key."""


@dataclass(frozen=True, slots=True)
class Part:
    """A form with only some of a department's goals, as it was written or left."""

    path: Path
    department: Department
    kind: str
    goals: tuple[str, ...]
    """Their ids."""
    unchanged: bool


@dataclass(frozen=True, slots=True)
class Outbox:
    """What `generate` did: every form's path, how many were there already, and what was moved to old/."""

    forms: tuple[Path, ...]
    unchanged: int
    moved: tuple[Path, ...]
    outputs: tuple[Output, ...]
    remarks: tuple[str, ...] = ()
    """What a person should know of the ledger, of earlier cycles, and of lines of the plan that do not fit."""
    findings: tuple[Finding, ...] = ()
    """What is to be said of the plan, against that of the cycle before."""
    left_out: tuple[Department, ...] = ()
    """Departments without a form, since no goal would stand in it this period."""
    idle: int = 0
    """How many of the forms ask nothing this period."""
    parts: tuple[Part, ...] = ()
    """Those of the forms that hold only some goals."""
    covered: tuple[Path, ...] = ()
    """Those of the moved that are supplements which a whole form now covers."""


def find_departments(context: Context, names: Iterable[str]) -> Sequence[Department]:
    """Departments by code, name or alias; all that have goals, if none are named. Raises PlanError for unknown ones."""
    wanted = list(names)
    if not wanted:
        return [d for d in context.plan.departments if context.plan.goals_of(d.code)]
    found = [(name, context.plan.find_department(name)) for name in wanted]
    say = context.language.say
    unknown = [
        Mistake("plan.xlsx", "", say(f"部门表里没有“{name}”。", f"“{name}” is not in the departments sheet."))
        for name, department in found
        if department is None
    ] + [
        Mistake(
            "plan.xlsx",
            "",
            say(f"“{name}”没有考核目标，没有表可以生成。", f"“{name}” has no goals, so there is no form."),
        )
        for name, department in found
        if department is not None and not context.plan.goals_of(department.code)
    ]
    if unknown:
        raise PlanError(unknown)
    return [department for _, department in found if department is not None]


def without_goals(context: Context, departments: Iterable[Department]) -> Sequence[Department]:
    """Those in whose form no goal would stand this period, since the template leaves out what is not due."""
    return [one for one in departments if not context.standing_goals(one.code)]


def write_forms(
    context: Context,
    settings: Settings,
    departments: Sequence[Department],
    folder: Path,
    *,
    tidy: bool,
    advance: Callable[[int], None] | None = None,
    past: Past = NO_PAST,
) -> Outbox:
    """Write the forms of these departments. With `tidy` this period's other forms move to old/: they are stale.

    So do the supplements of these departments in any case, since their whole forms cover what those hold.
    """
    done = write_orders(context, settings, [Order(one) for one in departments], folder, advance, past)
    supplements = [one.path for one in list(_supplements(folder, departments, context))]
    covered = tuple(move_aside(path, folder / OLD, path.stem) for path in supplements)
    return replace(_tidied(done, folder, context, "form") if tidy else done, covered=covered)


def write_role_forms(
    context: Context,
    settings: Settings,
    orders: Sequence[Order],
    folder: Path,
    *,
    tidy: bool,
    advance: Callable[[int], None] | None = None,
    past: Past = NO_PAST,
) -> Outbox:
    """Write forms with the goals of one role. With `tidy` those of departments without such a goal move to old/."""
    done = write_orders(context, settings, orders, folder, advance, past)
    return _tidied(done, folder, context, *{order.kind for order in orders}) if tidy else done


def _tidied(done: Outbox, folder: Path, context: Context, *kinds: str) -> Outbox:
    """Move forms that are stale to old/."""
    stale = list(_stale(folder, context, done.forms, kinds))
    return replace(done, moved=(*done.moved, *(move_aside(path, folder / OLD, path.stem) for path in stale)))


def write_orders(
    context: Context,
    settings: Settings,
    orders: Sequence[Order],
    folder: Path,
    advance: Callable[[int], None] | None = None,
    past: Past = NO_PAST,
) -> Outbox:
    """Write forms, whole ones or such with only some goals; one of other content that lies there moves to old/."""
    folder.mkdir(parents=True, exist_ok=True)
    forms: list[tuple[Path, bool]] = []
    outputs, moved, parts = [], [], []
    for order in orders:
        department = order.department
        fresh = folder / f".{_name(order, context)}"
        write_form(
            fresh,
            context,
            settings,
            department.code,
            only=order.only,
            notice=order.notice,
            told=order.told,
            past=past,
        )
        try:
            content = digest(fresh)
            target = _target(order, folder, context, content)
            same = target.exists() and digest(target) == content
            if not same:
                if target.exists():
                    moved.append(move_aside(target, folder / OLD, target.stem))
                fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
        forms.append((target, same))
        identity = context.identity_of(department.code, order.only)
        outputs.append(Output(order.kind, target.name, content, department.code, identity.revision))
        if order.only:
            parts.append(Part(target, department, order.kind, identity.goals, same))
        if advance is not None:
            advance(1)
    paths, unchanged = tuple(path for path, _ in forms), sum(same for _, same in forms)
    idle = sum(not asks_something(context, past, order.department.code, order.only) for order in orders)
    return Outbox(paths, unchanged, tuple(moved), tuple(outputs), parts=tuple(parts), idle=idle)


# --- names ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lying:
    """A form that lies in a folder, as its name tells: what stands before the stamp, and behind it."""

    path: Path
    stem: str
    tail: str = ""
    kind: str = "form"
    number: int = 0
    """Of a supplement."""

    def is_of(self, department: Department, stamp: str) -> bool:
        """Whether the name is one that a department's form gets."""
        return f"{self.stem}-{stamp}{self.tail}.xlsx" == form_name(department, stamp, self.tail)

    @property
    def place(self) -> tuple[int, int, str]:
        """In which order forms were issued, as far as names tell: whole forms first, supplements last."""
        return (("form", *ROLE_KINDS, SUPPLEMENT).index(self.kind), self.number, self.path.name)


_TAIL = re.compile(
    f"(-(?:{'|'.join(KINDS[SUPPLEMENT])})(?P<number>[0-9]{{1,4}})"
    + "".join(f"|-(?P<{kind}>{'|'.join(KINDS[kind])})" for kind in ROLE_KINDS)
    + ")(?:-[0-9]+)?"
)
"""What stands behind the stamp; in old/ a further number may follow."""


def find_lying(folder: Path, stamp: str) -> Iterator[Lying]:
    """The forms of this period in a folder, in the order of their names."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = unicodedata.normalize("NFC", path.name)  # some systems decompose names
        stem, stamped, rest = name.removesuffix(".xlsx").rpartition(f"-{stamp}")
        if not stamped or not name.endswith(".xlsx") or name.startswith((".", "~$")):
            continue
        tail = _TAIL.fullmatch(rest)
        if tail is not None:
            kind = next((one for one in ROLE_KINDS if tail[one]), SUPPLEMENT)
            yield Lying(path, stem, tail[1], kind, int(tail["number"] or 0))
        elif not rest:
            yield Lying(path, stem)


def _name(order: Order, context: Context, number: int = 0) -> str:
    """CODE-NAME-201806-补充1.xlsx, CODE-NAME-201806-牵头.xlsx."""
    tail = f"-{context.language.say(*KINDS[order.kind])}{number or ''}" if order.kind in KINDS else ""
    return form_name(order.department, context.period.stamp, tail)


def _target(order: Order, folder: Path, context: Context, content: str) -> Path:
    """Where a form belongs; a supplement where the same one lies, else under a number that none ever bore."""
    if order.kind != SUPPLEMENT:
        return folder / _name(order, context)
    lying, old = (list(_supplements(place, [order.department], context)) for place in (folder, folder / OLD))
    same = [one.path for one in lying if digest(one.path) == content]
    used = max((one.number for one in (*lying, *old)), default=0)
    return same[-1] if same else folder / _name(order, context, used + 1)


def _supplements(folder: Path, departments: Sequence[Department], context: Context) -> Iterator[Lying]:
    stamp = context.period.stamp
    for one in find_lying(folder, stamp):
        if one.kind == SUPPLEMENT and any(one.is_of(department, stamp) for department in departments):
            yield one


def _stale(folder: Path, context: Context, written: Iterable[Path], kinds: Iterable[str]) -> Iterator[Path]:
    """Forms of this period that none was written for now; of other kinds, those of departments without goals."""
    current, stamp = set(written), context.period.stamp
    departments = find_departments(context, ())
    for one in find_lying(folder, stamp):
        known = one.kind not in kinds and any(one.is_of(department, stamp) for department in departments)
        if one.path not in current and not known:
            yield one.path
