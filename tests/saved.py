"""Our own form as other programs save it, and whether what is read of it stays the same."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from ooxml import demand

from kpi_xlsx.book import Book
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import write_form
from kpi_xlsx.model import CellKind, Language, Scalar
from kpi_xlsx.sheets import read_book
from kpi_xlsx.starter import start_cycle

Shown = dict[str, tuple[CellKind, Scalar | None, bool]]
"""By cell name: kind, value, percentage."""


def shown(book: Book, at: int = 0) -> Shown:
    cells = (one for _, row in book.sheets[at].in_order() for one in row.values())
    return {one.ref: (one.kind, one.value, one.percent) for one in cells}


def make_form(path: Path) -> None:
    """A filled form of the shipped example."""
    start_cycle(path.parent / "cycle", Language.ZH, example="notice-zh")
    cycle = Cycle.load(path.parent / "cycle")
    row: dict[str, Scalar] = {
        "progress": "各项工作  按计划推进，\n已完成一半以上。",
        "status": "正常推进",
        "actual": 12.5,
        "data_as_of": dt.date(2018, 6, 1),
    }
    goals = cycle.context.plan.goals_of("017")
    write_form(path, cycle.context, cycle.settings, "017", {goal.key: row for goal in goals})


def must_be_the_same(form: Path, other: Book, but_for: Callable[[str], bool] = lambda _: False) -> None:
    """Cells, hidden rows and sheets, merges and identity are those of the .xlsx."""
    ours = read_book(form)
    assert [(one.name, one.hidden) for one in other.sheets] == [(one.name, one.hidden) for one in ours.sheets]
    for at, (one, two) in enumerate(zip(ours.sheets, other.sheets, strict=True)):
        cells, found = shown(ours, at), shown(other, at)
        differ = {ref for ref in cells.keys() | found.keys() if cells.get(ref) != found.get(ref)}
        assert [ref for ref in sorted(differ) if not but_for(ref)] == []
        assert two.hidden_rows == one.hidden_rows
        assert sorted(two.merges) == sorted(one.merges)
    assert other.properties["kpi-xlsx"] == ours.properties["kpi-xlsx"]
    assert ours.properties["kpi-xlsx"].startswith("kpi-xlsx:[")
    assert 0 in other.sheets[0].hidden_columns


def convert(form: Path, suffix: str) -> Path:
    """The form saved by Gnumeric."""
    program = demand(shutil.which("ssconvert"), "no ssconvert: install gnumeric")
    target = form.with_name(f"gnumeric{suffix}")
    subprocess.run([program, str(form), str(target)], check=True, capture_output=True, timeout=60)
    return target
