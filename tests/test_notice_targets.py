"""The notice's targets through a whole round: plan, form with its second sheet, return, master; verdicts as by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from test_pace import NOTICE

from kpi_xlsx import resources
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import write_form
from kpi_xlsx.model import CycleError, Language, id_key
from kpi_xlsx.report import Report
from kpi_xlsx.starter import start_cycle, write_plan
from kpi_xlsx.toml_files import read_toml

CASES = {case.goal: case for case in NOTICE.values() if case.goal}
FINANCE = "017"


def make_round(folder: Path) -> tuple[Cycle, Report]:
    """The finance office's round with targets, its return written into the inbox, merged."""
    home = resources.folder("examples") / "notice-zh"
    plan, answers = (read_toml(home / name, CycleError) for name in ("plan.toml", "answers.toml"))
    start_cycle(folder, Language.ZH, example="notice-zh")
    goals = [{**goal, "department": FINANCE} for goal in plan["goals"] if goal["id"] in CASES]
    offices = [one for one in plan["departments"] if one["code"] == FINANCE]
    targets: list[dict[str, str]] = [
        dict(zip(("id", "name", "target", "unit", "basis"), (f"{goal}#{number}", *given), strict=True))
        for goal, case in CASES.items()
        for number, given in enumerate(case.given, 1)
    ]
    (folder / "plan.xlsx").unlink()
    write_plan(folder / "plan.xlsx", goals, offices, Language.ZH, targets=targets)
    cycle = Cycle.load(folder)
    sent = next(one for one in answers["returns"] if one["department"] == FINANCE)
    texts: dict[str, dict[str, Any]] = {row["goal"]: row for row in sent["answers"]}
    filled: dict[str, dict[str, Any]] = {}
    for goal, case in CASES.items():
        if case.cells:
            row = texts[goal]
            told: dict[str, Any] = {key: row[key] for key in ("status", "explanation", "progress") if key in row}
            filled[id_key(goal)] = {**told, **{key: one for key, one in case.cells.items() if key != "progress"}}
    write_form(cycle.settings.inbox / "017.xlsx", cycle.context, cycle.settings, FINANCE, filled)
    return cycle, cycle.merge()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cycle, Report]:
    return make_round(tmp_path_factory.mktemp("notice") / "cycle")


def test_the_round_comes_to_what_a_careful_person_says(made: tuple[Cycle, Report]) -> None:
    frame = made[1].to_frame("targets")
    for goal, case in CASES.items():
        assert list(frame[frame["goal"] == goal]["state"]) == [str(state) for state in case.states], goal


def test_no_false_verdict_stands_in_the_master(made: tuple[Cycle, Report]) -> None:
    """167 listed companies are not 15 new ones, 17.77% is not 4.67, and the goal takes no colour of its own."""
    sheet = load_workbook(made[0].settings.master)["指标"]
    shown = {row[1]: row for row in sheet.iter_rows(min_row=3, values_only=True)}
    assert (shown["JR-01#2"][8], shown["JR-03#2"][7], shown["JR-03#1"][8]) == ("无法判定", 17.77, "指标未报")
    assert shown["JR-05#1"][9] == "-12.49% 低于目标 0%（增速类，直接比较），差 12.49 个百分点（数据截至 2018-05）"


def test_what_the_checks_ask_of_it(made: tuple[Cycle, Report]) -> None:
    found = {(one.code, one.goal) for one in made[1].findings if one.code[0] == "T" and one.code != "T107"}
    assert ("T101", "JR-02") in found
    assert ("T102", "JR-01") in found
    assert not {goal for code, goal in found if code in ("T103", "T106")}
