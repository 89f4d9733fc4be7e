"""Chains of small cycles, each beside the one before it, and what departments report in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import returns_kit as kit
import stored

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language
from kpi_xlsx.periods import month_end, parse_period
from kpi_xlsx.starter import write_plan


def begin(
    home: Path,
    period: str,
    language: Language = Language.ZH,
    *,
    previous: str = "",
    plan: Sequence[kit.PlanRow] | None = None,
    offices: Sequence[kit.PlanRow] | None = None,
    template: str | None = None,
    settings: str = "",
) -> Cycle:
    """A cycle in a folder under `home` that is named after the period's last month; its inbox is empty.

    `template` is a whole definition or, without line breaks, a shipped name; by default the shipped one of the
    language. `settings` are further lines of cycle.toml, `previous` the name of a folder under `home`.
    """
    found = parse_period(period)
    assert found is not None
    folder = home / f"{found.end:%Y-%m}"
    assert not (folder / "inbox").exists()
    plan, offices = plan or kit.goals(language), offices or kit.departments(language)
    choice = (period, language, previous, plan, offices, template or f"progress-{language}", settings)
    made = stored.copied(folder, lambda place: _make(place, *choice), choice)
    stored.share(made.context)
    return Cycle(replace(made.settings, folder=folder), made.context)


def _make(
    folder: Path,
    period: str,
    language: Language,
    previous: str,
    plan: Sequence[kit.PlanRow],
    offices: Sequence[kit.PlanRow],
    design: str,
    settings: str,
) -> Cycle:
    found = parse_period(period)
    assert found is not None
    (folder / "inbox").mkdir(parents=True)
    if "\n" in design:
        (folder / kit.DESIGN).write_text(design, "utf-8")
        design = kit.DESIGN
    due = month_end(found.end.year + found.end.month // 12, found.end.month % 12 + 1).replace(day=5)
    lines = [
        f'period = "{period}"',
        f"return_by = {due}T17:30:00+08:00",
        f'template = "{design}"',
        'seal_key = "9f86d081884c7d65"',
        *([f'previous = "../{previous}"'] if previous else []),
        settings,
    ]
    (folder / "cycle.toml").write_text("\n".join(lines) + "\n", "utf-8")
    write_plan(folder / "plan.xlsx", plan, offices, language)
    return Cycle.load(folder, language)


def follow(cycle: Cycle, period: str, **more: object) -> Cycle:
    """The cycle after another one, under the same roof."""
    folder = cycle.settings.folder
    return begin(folder.parent, period, cycle.context.language, previous=folder.name, **more)  # type: ignore[arg-type]


def report(cycle: Cycle, department: str, changes: kit.Changes | None = None, name: str = "") -> Path:
    """The department's form comes back, well filled in but for `changes`, on the day before the deadline."""
    path = kit.fill(cycle, department, kit.inbox(cycle, name or f"{department}.xlsx"), changes)
    assert cycle.settings.return_by is not None
    kit.set_time(path, f"{cycle.settings.return_by - dt.timedelta(days=1):%Y-%m-%d %H:%M}")
    return path


def passed(cycle: Cycle, *departments: str) -> None:
    """A reviewer passes the newest return of these departments."""
    for code in departments:
        kit.review(cycle, department=code)
