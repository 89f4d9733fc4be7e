"""Forms into the outbox: what is already there and identical stays, what differs is kept in outbox/old/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpi_xlsx.context import Context
from kpi_xlsx.files import digest, move_aside
from kpi_xlsx.form import form_name, write_form
from kpi_xlsx.ledger import Output
from kpi_xlsx.model import Department, Mistake, PlanError
from kpi_xlsx.settings import Settings


@dataclass(frozen=True, slots=True)
class Outbox:
    """What `generate` did: every form's path, how many were there already, and what was moved to old/."""

    forms: tuple[Path, ...]
    unchanged: int
    moved: tuple[Path, ...]
    outputs: tuple[Output, ...]
    remarks: tuple[str, ...] = ()
    """What a person should know of the ledger."""


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


def write_forms(
    context: Context,
    settings: Settings,
    departments: Sequence[Department],
    folder: Path,
    *,
    tidy: bool,
    advance: Callable[[int], None] | None = None,
) -> Outbox:
    """Write the forms of these departments. With `tidy` this period's other forms move to old/: they are stale."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = context.period.stamp
    forms, outputs, moved = [], [], []
    unchanged = 0
    for department in departments:
        target = folder / form_name(department, stamp)
        fresh = folder / f".{target.name}"
        write_form(fresh, context, settings, department.code)
        try:
            content = digest(fresh)
            if target.exists() and digest(target) == content:
                unchanged += 1
            else:
                if target.exists():
                    moved.append(move_aside(target, folder / "old", target.stem))
                fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
        forms.append(target)
        revision = context.identities[department.code].revision
        outputs.append(Output("form", target.name, content, department.code, revision))
        if advance is not None:
            advance(1)
    if tidy:
        moved.extend(move_aside(stale, folder / "old", stale.stem) for stale in list(_stale(folder, stamp, forms)))
    return Outbox(tuple(forms), unchanged, tuple(moved), tuple(outputs))


def _stale(folder: Path, stamp: str, forms: Sequence[Path]) -> Iterator[Path]:
    """Forms of this period that no department of the plan has any more."""
    current = {form.name for form in forms}
    for path in sorted(folder.glob(f"*-{stamp}.xlsx")):
        if path.name not in current and not path.name.startswith((".", "~$")):
            yield path
