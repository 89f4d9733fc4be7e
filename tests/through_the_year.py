"""What the sample departments report from period to period, as the examples' answers.toml tell it, typed into forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import returns_kit as kit
from openpyxl import load_workbook

from kpi_xlsx import resources
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import PlanError, Progress, Role, Scalar, id_key
from kpi_xlsx.toml_files import read_toml


@dataclass(frozen=True)
class Year:
    """An example's answers through its year; periods count from 1."""

    example: str

    @cached_property
    def goals(self) -> Mapping[str, Mapping[str, Any]]:
        data = read_toml(resources.folder("examples") / self.example / "answers.toml", PlanError)
        return {id_key(goal["id"]): goal for goal in data["goals"]}

    def answers(self, cycle: Cycle, number: int, code: str) -> dict[tuple[str, str], Scalar]:
        """What a department types into its form in the n-th period, by goal key and column key."""
        found: dict[tuple[str, str], Scalar] = {}
        for goal in cycle.context.plan.goals_of(code):
            told = self.goals.get(goal.key)
            if told is not None:
                role = cycle.context.role_of(goal, code)
                row = dict(self._row(cycle, told, number, role))
                found.update({(goal.key, column): value for column, value in row.items()})
        return found

    def _row(self, cycle: Cycle, told: Mapping[str, Any], number: int, role: Role) -> Iterator[tuple[str, Scalar]]:
        figures: Sequence[int] = told.get("figures", ())
        step = 12 // max(len(figures), 1) if figures else 1
        fresh, total = (figures[number - 1], sum(figures[:number])) if figures else (0, 0)
        by_quarter = step == 3
        if not by_quarter and cycle.context.plan.by_key[id_key(told["id"])].frequency == "quarter":
            fresh = sum(figures[max(number - 3, 0) : number])
        words = {"month": number, "quarter": number, "figure": fresh, "total": total}
        if role is Role.SUPPORT:
            yield "support_progress", told["support"].format(**words)
            return
        if "nil" in told:
            if number in told["nil"]:
                yield "update", "Nil return"
            return
        if number in told.get("unchanged", ()):
            yield "update", "No change since last quarter"
        else:
            done = told.get("completed") == number and "done" in told
            yield "progress", told["done" if done else "words"].format(**words)
            if "update" in cycle.context.template.main.by_key:
                yield "update", "Updated"
        yield from self._status(cycle, told, number)
        if figures:
            monthly = "month_actual" in cycle.context.template.main.by_key
            yield "month_actual" if monthly else "quarter_figure", figures[number - 1]
            yield "actual", total

    def _status(self, cycle: Cycle, told: Mapping[str, Any], number: int) -> Iterator[tuple[str, Scalar]]:
        words = {meaning: choice for choice, meaning in reversed(list(cycle.context.template.progress_of.items()))}
        own: Sequence[str] = told.get("status", ())
        status = own[number - 1] if own else words[Progress.ON_TRACK]
        if told.get("completed") == number:
            status = words[Progress.COMPLETED]
            yield "completed_on", cycle.settings.period.end.replace(day=20)
        if cycle.context.progress(status) is Progress.BEHIND:
            yield "explanation", "Ground conditions; more crews from next month, decided by the board."
            yield "forecast_on", dt.date(2019, 3, 29)
        yield "status", status

    def report(self, cycle: Cycle, number: int, kind: str = "", days: int = 2) -> None:
        """Departments type into the forms of a kind (`lead`) in outbox/ where they are open, and send them back.

        `days`: how long before the deadline.
        """
        assert cycle.settings.return_by is not None
        moment = cycle.settings.return_by - dt.timedelta(days=days)
        stamp = cycle.settings.period.stamp
        forms = [path for path in sorted(cycle.settings.outbox.glob(f"*-{stamp}*.xlsx")) if kind in path.name]
        assert forms
        for form in forms:
            target = cycle.settings.inbox / form.name
            type_where_open(form, self.answers(cycle, number, form.name.partition("-")[0]), target)
            kit.set_time(target, f"{moment:%Y-%m-%d %H:%M}")


def type_where_open(source: Path, answers: Mapping[tuple[str, str], Scalar], target: Path) -> None:
    """Type into the unlocked cells of a form and sign it below the table; a locked cell takes nothing."""
    book = load_workbook(source)
    page = book.worksheets[0]
    marks = kit.Marks.of(page)
    for (goal, column), value in answers.items():
        if goal in marks.rows and column in marks.columns:
            cell = page.cell(marks.rows[goal], marks.columns[column])
            if not cell.protection.locked:
                cell.value = value
    for row in page.iter_rows(min_row=max(marks.rows.values()) + 1):
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith("Cleared by"):
                cell.value = f"{cell.value} Sample Owner"
    book.save(target)
