"""The real notice makes the round through a real LibreOffice: its eleven goals out, filled in, maltreated, and back."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from office import Office
from openpyxl import load_workbook

from kpi_xlsx import resources
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import write_form
from kpi_xlsx.layout import SHEETS
from kpi_xlsx.model import CycleError, Language, State, id_key
from kpi_xlsx.report import Report
from kpi_xlsx.starter import start_cycle, write_plan
from kpi_xlsx.toml_files import read_toml

pytestmark = pytest.mark.office

SEVEN = ("category", "subcategory", "name", "requirement", "progress", "attribute", "due_month")
"""The notice's seven columns."""
SHEET = SHEETS[Language.ZH][0]
FINANCE = "017"


@pytest.fixture(scope="module")
def story() -> Mapping[str, Any]:
    """The finance office's goals and what it reported, as the shipped example has them."""
    home = resources.folder("examples") / "notice-zh"
    plan, answers = (read_toml(home / name, CycleError) for name in ("plan.toml", "answers.toml"))
    goals = [goal for goal in plan["goals"] if goal["id"].startswith("JR-")]
    sent = next(one for one in answers["returns"] if one["department"] == FINANCE)
    return {
        "departments": [one for one in plan["departments"] if one["code"] == FINANCE],
        "goals": [{**goal, "department": FINANCE} for goal in goals],
        "answers": {row["goal"]: row for row in sent["answers"]},
    }


def make_cycle(folder: Path, story: Mapping[str, Any], period: str = "2018-01/2018-06") -> Cycle:
    start_cycle(folder, Language.ZH, example="notice-zh")
    (folder / "plan.xlsx").unlink()
    write_plan(folder / "plan.xlsx", story["goals"], story["departments"], Language.ZH)
    settings = folder / "cycle.toml"
    text = settings.read_text("utf-8").replace("2018-01/2018-06", period)
    if period != "2018-01/2018-06":
        text = text.replace("2018-07-05T", "2019-01-10T")
    settings.write_text(text, "utf-8")
    return Cycle.load(folder)


def places(path: Path) -> tuple[dict[str, str], dict[str, int], int]:
    """Column letters by key and rows by goal id, from the hidden marks of a fresh form; and the last row."""
    sheet = load_workbook(path).worksheets[0]
    columns, rows = {}, {}
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str) and cell.value.startswith("#"):
                if cell.column == 1:
                    rows[cell.value[1:]] = cell.row
                else:
                    columns[cell.value[1:]] = cell.column_letter
    rows = {key: row for key, row in rows.items() if not key.startswith("*")}
    return columns, rows, max(rows.values())


def typed(row: Mapping[str, Any]) -> dict[str, str]:
    """What a person types, key by key."""
    return {key: str(value) for key, value in row.items() if key != "goal"}


def entered(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same as values: a month is its first day."""
    values = {key: value for key, value in row.items() if key != "goal"}
    if "data_as_of" in values:
        values["data_as_of"] = dt.date.fromisoformat(values["data_as_of"] + "-01")
    return values


def fill(office: Office, form: Path, target: Path, answers: Mapping[str, Mapping[str, Any]], *, rough: bool) -> None:
    """Type the answers into a form; with `rough` unprotect, sort, insert a row and rename the sheet before saving."""
    columns, rows, last = places(form)
    shutil.copy(form, target)
    with office.open(target) as book:
        cells = {
            f"{columns[key]}{rows[goal]}": text for goal, row in answers.items() for key, text in typed(row).items()
        }
        book.do("type_many", SHEET, cells)
        if rough:
            first, name = min(rows.values()), columns["name"]
            before = [book.get(SHEET, f"{name}{row}").text for row in range(first, last + 1)]
            area = f"{columns['id']}{first}:{columns['check']}{last}"
            offset = ord(name) - ord(columns["id"])
            book.play([("unprotect", SHEET), ("sort", SHEET, area, offset)])
            after = [book.get(SHEET, f"{name}{row}").text for row in range(first, last + 1)]
            assert sorted(before) == sorted(after)
            assert before != after, "the rows were not sorted, so the test would show nothing"
            book.play([("insert_rows", SHEET, first + 4), ("rename_sheet", SHEET, "6月进展（最终版）")])
        book.do("save_as", str(target))


def master_rows(cycle: Cycle) -> dict[str, dict[str, Any]]:
    """The master's rows by goal id and template key, read with openpyxl by its visible headings."""
    sheet = load_workbook(cycle.settings.master).worksheets[0]
    keys = {column.header: column.key for column in cycle.context.template.main.columns}
    grid = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(row for row in grid if {"编号", "进展情况"} <= set(row))
    at = {keys[str(text)]: column for column, text in enumerate(head) if text in keys}
    below = grid[grid.index(head) + 1 :]
    return {str(row[at["id"]]): {key: row[column] for key, column in at.items()} for row in below if row[at["id"]]}


def expected(story: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    rows = {}
    for goal in story["goals"]:
        cells = {key: goal.get(key) for key in SEVEN} | {"progress": story["answers"][goal["id"]].get("progress")}
        rows[goal["id"]] = {key: value if value != "" else None for key, value in cells.items()}
    return rows


def assert_round(cycle: Cycle, story: Mapping[str, Any]) -> Report:
    report = cycle.validate()
    serious = [(one.code, one.goal, one.column) for one in report.findings if one.severity != "info"]
    assert serious == [("R101", "JR-04", "progress"), ("R101", "JR-10", "progress")]
    assert report.exit_code == 1
    cycle.merge()
    rows = {goal: {key: row[key] for key in SEVEN} for goal, row in master_rows(cycle).items()}
    wanted = expected(story)
    assert len(wanted) == 11
    assert rows == wanted
    return report


@pytest.mark.parametrize("rough", [False, True], ids=["as it is", "unprotected, sorted, row inserted, sheet renamed"])
def test_the_notice_makes_the_round(tmp_path: Path, office: Office, story: Mapping[str, Any], rough: bool) -> None:
    cycle = make_cycle(tmp_path / "2018-06 报送", story)
    (form,) = cycle.generate()
    fill(office, form, cycle.settings.inbox / "市金融办 6月.xlsx", story["answers"], rough=rough)
    report = assert_round(cycle, story)
    record = report.returns[0]
    assert (record.status, record.department, record.counts) == ("read", FINANCE, True)
    numbers = {row.id: row.entry.value("actual") for row in report.entries if row.entry and row.entry.value("actual")}
    assert numbers["JR-05"] == -12.49


def whole_year(story: Mapping[str, Any], explanation: str | None) -> dict[str, dict[str, Any]]:
    """Every required cell filled in, nothing completed."""
    rows = {}
    for goal in story["goals"]:
        rows[goal["id"]] = {"progress": "正在推进，年底前尚未完成全部工作。", "status": "正常推进"}
        if explanation:
            rows[goal["id"]]["explanation"] = explanation
    return rows


@pytest.mark.parametrize("explanation", [None, "受政策调整影响，预计明年一季度完成。"])
def test_a_year_in_which_nothing_was_completed(
    tmp_path: Path, office: Office, story: Mapping[str, Any], explanation: str | None
) -> None:
    cycle = make_cycle(tmp_path, story, "2018-01/2018-12")
    (form,) = cycle.generate()
    fill(office, form, cycle.settings.inbox / "return.xlsx", whole_year(story, explanation), rough=False)
    report = cycle.validate()
    assert [one.code for one in report.findings if one.severity != "info"] == ["D101"] * 11
    assert {one.state for one in report.findings if one.code == "D101"} == {
        State.EXPLAINED if explanation else State.OPEN
    }
    assert report.exit_code == (0 if explanation else 1)


def test_the_form_counts_and_checks_itself_in_libreoffice(
    tmp_path: Path, office: Office, story: Mapping[str, Any]
) -> None:
    """What the program wrote as the values of its formulas is what LibreOffice calculates, blank and filled."""
    cycle = make_cycle(tmp_path, story)
    (form,) = cycle.generate()
    columns, rows, last = places(form)
    checks = f"{columns['check']}{min(rows.values())}:{columns['check']}{last}"
    with office.open(form) as book:
        cached = [book.get(SHEET, "B3").text, *book.do("read", SHEET, checks)]
        book.do("recalculate")
        assert [book.get(SHEET, "B3").text, *book.do("read", SHEET, checks)] == cached
        assert "已填齐 0 项／共 11 项" in cached[0]
        cells = {
            f"{columns[key]}{rows[goal]}": text
            for goal, row in story["answers"].items()
            for key, text in typed(row).items()
        }
        book.do("type_many", SHEET, cells)
        counter = book.get(SHEET, "B3").text
        assert "已填齐 9 项／共 11 项" in counter
        assert f"第 {rows['JR-04']} 行" in counter
        assert book.get(SHEET, f"{columns['check']}{rows['JR-04']}").text == "缺进展情况；"
        for goal in ("JR-04", "JR-10"):
            book.do("type", SHEET, f"{columns['progress']}{rows[goal]}", "已经做了一些工作，正在推进。")
        assert "可以报送" in book.get(SHEET, "B3").text
        filled = book.do("read", SHEET, checks)
    prefilled = tmp_path / "prefilled.xlsx"
    answers = {id_key(goal): entered(row) for goal, row in story["answers"].items()}
    for goal in ("JR-04", "JR-10"):
        answers[id_key(goal)]["progress"] = "已经做了一些工作，正在推进。"
    write_form(prefilled, cycle.context, cycle.settings, FINANCE, answers)
    sheet = load_workbook(prefilled, data_only=True).worksheets[0]
    assert [[row[0].value] for row in sheet[checks]] == [list(row) for row in filled]


def test_locked_cells_stay_as_they_are(tmp_path: Path, office: Office, story: Mapping[str, Any]) -> None:
    cycle = make_cycle(tmp_path, story)
    (form,) = cycle.generate()
    columns, rows, _ = places(form)
    with office.open(form) as book:
        place = f"{columns['requirement']}{rows['JR-01']}"
        before = book.get(SHEET, place).text
        assert book.do("type", SHEET, place, "改掉") == before
        assert book.do("is_protected", SHEET)
