"""Forms of cycles that follow one another, as they lie in the outbox: made, looked into, and filled in by hand."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import returns_kit as kit
import stored
import year_kit as year
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.cell.cell import MergedCell

from kpi_xlsx import resources
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language, Scalar

OMIT = '\n[form]\nnot_due = "omit"\n'


def design(language: Language, *last: str, more: str = "") -> str:
    """The shipped template with these columns' last answers shown."""
    text = (resources.folder("templates") / f"progress-{language}.toml").read_text("utf-8")
    for key in last:
        text = text.replace(f'key = "{key}"\n', f'key = "{key}"\nlast = true\n', 1)
    return text + more


def plan(language: Language, **frequency: str) -> list[kit.PlanRow]:
    """The plan of the kit, with the frequencies of some goals: g2="quarter"."""
    words = {"quarter": ("季", "quarter"), "exception": ("例外", "exception")}
    rows = kit.goals(language)
    of = {name.removeprefix("g"): language.say(*words[value]) for name, value in frequency.items()}
    return [{**row, **({"frequency": of[str(row["id"])]} if row["id"] in of else {})} for row in rows]


def form_of(cycle: Cycle, code: str = "A") -> Path:
    return next(path for path in cycle.generate([code]) if path.name.startswith(f"{code}-"))


def cells_of(path: Path) -> Mapping[tuple[str, str], SheetCell | MergedCell]:
    """The cells of a form by goal key and column key."""
    sheet = load_workbook(path).worksheets[0]
    marks = kit.Marks.of(sheet)
    return {
        (goal, key): sheet.cell(row, column)
        for goal, row in marks.rows.items()
        for key, column in marks.columns.items()
    }


def headings_of(path: Path) -> dict[str, object]:
    sheet = load_workbook(path).worksheets[0]
    marks = kit.Marks.of(sheet)
    return {key: sheet.cell(marks.head, column).value for key, column in marks.columns.items()}


def typed(cycle: Cycle, values: Mapping[tuple[str, str], Scalar | None], code: str = "A") -> Path:
    """The form as it lies in the outbox, filled in by hand with these and sent back."""
    path = kit.inbox(cycle, f"{code}.xlsx")
    shutil.copyfile(form_of(cycle, code), path)
    with kit.edited(path) as (sheet, marks):
        for (goal, column), value in values.items():
            sheet.cell(marks.rows[goal], marks.columns[column]).value = value
    kit.set_time(path, f"{cycle.settings.return_by:%Y-%m-%d} 09:00")
    return path


def good(cycle: Cycle, *goals: str) -> dict[tuple[str, str], Scalar | None]:
    """Good answers to these goals, cell by cell."""
    answers = kit.good_answers(cycle, "A")
    return {(goal, key): value for goal in goals for key, value in answers[goal].items()}


def settled_may(home: Path, language: Language, *last: str, more: str = "", **frequency: str) -> Cycle:
    """May, with goal 1 completed and passed, and the template of the months to come."""
    choice = (language, last, more, frequency)
    stored.copied(home, lambda place: _make_may(place, language, last, more, frequency), choice)
    return Cycle.load(home / "2018-05", language)


def _make_may(home: Path, language: Language, last: Sequence[str], more: str, frequency: Mapping[str, str]) -> None:
    template, rows = design(language, *last, more=more), plan(language, **frequency)
    may = year.begin(home, "2018-05", language, template=template, plan=rows)
    year.report(may, "A")
    year.report(may, "B")
    year.passed(may, "A")
    may.merge()


def after(cycle: Cycle, period: str, *last: str, more: str = "", **frequency: str) -> Cycle:
    language = cycle.context.language
    return year.follow(cycle, period, template=design(language, *last, more=more), plan=plan(language, **frequency))
