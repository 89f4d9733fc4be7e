"""The year of each goal: gathered over the cycles, and shown on the master's sheet 全年走势."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import movements_kit as months
import pytest
import returns_kit as kit
import year_kit as year
from ooxml import lint
from openpyxl import load_workbook

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.master_rows import STATUS_COLOURS
from kpi_xlsx.model import Language, Progress

SHEET = {Language.ZH: "全年走势", Language.EN: "Year"}


@pytest.fixture(params=list(Language), ids=str)
def june(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    june = months.three_months(tmp_path, request.param)[2]
    june.merge()
    return june


def sheet_of(cycle: Cycle) -> Any:
    return load_workbook(cycle.settings.master)[SHEET[cycle.context.language]]


def lines(cycle: Cycle) -> dict[str, list[Any]]:
    """What stands under the cycles, by goal."""
    rows = ([cell.value for cell in row] for row in sheet_of(cycle).iter_rows(min_row=3))
    return {row[1]: row[3:-1] for row in rows if row[1]}


def test_the_cycles_stand_across_the_oldest_first(june: Cycle) -> None:
    assert [cell.value for cell in sheet_of(june)[2]][3:-1] == ["2018-04", "2018-05", "2018-06"]


def test_each_cell_says_status_and_figure(june: Cycle) -> None:
    say = june.context.language.say
    words = {meaning: months.word(june, meaning) for meaning in Progress}
    done, on_track, behind = words[Progress.COMPLETED], words[Progress.ON_TRACK], words[Progress.BEHIND]
    carried, missing = say(f"{done}\n（沿用）", f"{done}\n(carried)"), say("未报", "Not reported")
    assert lines(june) == {
        "1": [f"{done}\n12", carried, carried],
        "2": [f"{on_track}\n12", f"{on_track}\n12", f"{behind}\n15"],
        "3": [f"{on_track}\n0.1", missing, f"{on_track}\n0.3"],
        "6": [None, None, f"{on_track}\n12"],
        "4": [f"{on_track}\n12"] * 3,
    }
    lint(june.settings.master)


def test_a_cell_has_the_colour_of_its_status(june: Cycle) -> None:
    row = next(row for row in sheet_of(june).iter_rows(min_row=3) if row[1].value == "2")
    fills = [cell.fill.fgColor.rgb for cell in row[3:-1]]
    assert fills == ["FF" + STATUS_COLOURS[one][0] for one in (Progress.ON_TRACK, Progress.ON_TRACK, Progress.BEHIND)]


def test_completion_that_nobody_passed_is_not_carried(tmp_path: Path) -> None:
    april = year.begin(tmp_path, "2018-04")
    year.report(april, "A")
    april.merge()
    may = year.follow(april, "2018-05")
    may.merge()
    assert lines(may)["1"] == ["已完成\n12", "未报"]


def test_what_is_not_due_is_a_dash(tmp_path: Path) -> None:
    plan = [{**row, "frequency": "季" if row["id"] == "2" else "月"} for row in kit.goals(Language.ZH)]
    april = year.begin(tmp_path, "2018-04", plan=plan)
    year.report(april, "A", {"2": kit.blank_row(april)})
    april.merge()
    may = year.follow(april, "2018-05", plan=plan)
    june = year.follow(may, "2018-06", plan=plan)
    year.report(june, "A")
    june.merge()
    assert lines(june)["2"] == ["—", "—", "正常推进\n12"]


def test_the_running_total_is_the_figure(tmp_path: Path) -> None:
    april = year.begin(tmp_path, "2018-04", template="monthly-zh")
    year.report(april, "A", {"2": {"month_actual": 3, "actual": 9}})
    april.merge()
    may = year.follow(april, "2018-05", template="monthly-zh")
    year.report(may, "A", {"2": {"month_actual": 4, "actual": 13}})
    may.merge()
    assert lines(may)["2"] == ["正常推进\n9", "正常推进\n13"]
    assert "累计" in sheet_of(may).cell(1, 3).value


def test_last_year_is_another_one(tmp_path: Path) -> None:
    december = year.begin(tmp_path, "2018-12")
    year.report(december, "A")
    december.merge()
    year.passed(december, "A")
    december.merge()
    january = year.follow(december, "2019-01")
    january.merge()
    assert [cell.value for cell in sheet_of(january)[2]][3:-1] == ["2019-01"]
    assert lines(january)["1"] == ["已完成\n（沿用）"]


def test_a_goal_of_several_shows_who_has_which_part(tmp_path: Path) -> None:
    plan = [dict(row) for row in kit.goals(Language.ZH)]
    plan[0]["department"] = "A、B"
    april = year.begin(tmp_path, "2018-04", template="monthly-zh", plan=plan)
    may = year.follow(april, "2018-05", template="monthly-zh", plan=plan)
    may.merge()
    rows = [[cell.value for cell in row] for row in sheet_of(may).iter_rows(min_row=3)]
    assert [(row[1], row[3]) for row in rows if row[1] == "1"] == [("1", "牵头"), ("1", "配合")]
