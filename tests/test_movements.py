"""What moved against the last answers: found row by row, and shown on the master's sheet 变化情况."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import movements_kit as months
import pytest
import returns_kit as kit
import year_kit as year
from ooxml import lint
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from test_written_workbooks import SPITEFUL

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.files import digest
from kpi_xlsx.model import Language, Progress
from kpi_xlsx.movements import show_movement
from kpi_xlsx.outputs.listing import NEW

SHEET = {Language.ZH: "变化情况", Language.EN: "Changes"}


@pytest.fixture(params=list(Language), ids=str)
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Cycle, Cycle, Cycle]:
    return months.three_months(tmp_path, request.param)


def sheet_of(cycle: Cycle) -> Any:
    return load_workbook(cycle.settings.master, rich_text=True)[SHEET[cycle.context.language]]


def lines(cycle: Cycle) -> dict[str, list[Any]]:
    """The rows of the sheet by goal."""
    rows = ([cell.value for cell in row] for row in sheet_of(cycle).iter_rows(min_row=3))
    return {row[1]: row for row in rows if row[1]}


def coloured(value: Any) -> list[str]:
    blocks = [part for part in value if isinstance(part, TextBlock)] if isinstance(value, CellRichText) else []
    return [part.text for part in blocks if part.font.color is not None and part.font.color.rgb == f"FF{NEW}"]


def kinds(cycle: Cycle) -> dict[str, str]:
    return {goal: row[3] for goal, row in lines(cycle).items()}


# --- in the master ----------------------------------------------------------------------------------------------------


def test_what_moved_is_listed_in_plan_order(chain: tuple[Cycle, Cycle, Cycle]) -> None:
    june = chain[2]
    june.merge()
    say = june.context.language.say
    assert list(kinds(june).items()) == [
        ("2", say("变差", "worsened")),
        ("3", say("变化", "changed")),
        ("6", say("新增", "new")),
        ("5", say("取消", "dropped")),
    ]


def test_each_row_says_what_was_and_what_is(chain: tuple[Cycle, Cycle, Cycle]) -> None:
    june = chain[2]
    june.merge()
    found, say = lines(june), june.context.language.say
    on_track, behind = months.word(june, Progress.ON_TRACK), months.word(june, Progress.BEHIND)
    assert found["2"][4:6] == [on_track, behind]
    assert found["2"][8] == "12 → 15 (+3)"
    assert found["3"][4:6] == [say(f"{on_track}\n（2018-04）", f"{on_track}\n(2018-04)"), on_track]
    assert coloured(found["3"][7]) == ["250"]
    assert "100" in str(found["3"][6])
    assert found["3"][8] == "0.1 → 0.3 (+0.2)"
    assert found["6"][4:6] == [None, on_track]
    assert found["5"][4:6] == [on_track, None]
    assert say("桥面正在铺装", "The decks are being laid") in found["5"][6]
    assert found["5"][7] is None
    assert found["5"][8] == "2"


def test_a_line_counts_them(chain: tuple[Cycle, Cycle, Cycle]) -> None:
    june = chain[2]
    june.merge()
    words = sheet_of(june).cell(1, 3).value
    say = june.context.language.say
    counted = ("0 improved, 1 worsened, 1 new, 1 dropped, 1 changed", "改善 0，变差 1，新增 1，取消 1，变化 1")
    assert say(counted[1], counted[0]) in words
    assert say("未报", "not reported") not in words, "goal 1 had been completed and passed"


def test_rows_lead_to_the_main_sheet(chain: tuple[Cycle, Cycle, Cycle]) -> None:
    june = chain[2]
    june.merge()
    main = load_workbook(june.settings.master).worksheets[0]
    found = lines(june)
    target = found["2"][-1].split('"')[1].rpartition("!")[2]
    assert main[target].value in ("2", 2)
    assert found["5"][-1] is None, "a dropped goal has no row there"


def test_better_is_told_from_worse(chain: tuple[Cycle, Cycle, Cycle]) -> None:
    june = chain[2]
    june.merge()
    july = year.follow(june, "2018-07", plan=kit.goals(june.context.language))
    done: kit.Row = {"status": months.word(july, Progress.COMPLETED), "completed_on": dt.date(2018, 7, 2)}
    paused: kit.Row = {"status": months.word(july, Progress.DATA_PENDING)}
    year.report(july, "A", {"2": done, "3": paused})
    july.merge()
    say, found = july.context.language.say, kinds(july)
    assert found["2"] == say("改善", "improved")
    assert found["3"] == say("变化", "changed"), "a status that tells nothing of how far it is"
    assert found["6"] == say("取消", "dropped")


def test_behind_and_not_started_are_alike(chain: tuple[Cycle, Cycle, Cycle]) -> None:
    june = chain[2]
    june.merge()
    july = year.follow(june, "2018-07")
    year.report(july, "A", {"2": {"status": months.word(july, Progress.NOT_STARTED)}})
    july.merge()
    assert kinds(july)["2"] == july.context.language.say("变化", "changed")


def test_what_the_register_amends_is_compared(chain: tuple[Cycle, Cycle, Cycle]) -> None:
    june = chain[2]
    kit.amend(june, "actual", 15, 16, state="applied", goal="2")
    june.merge()
    assert lines(june)["2"][8] == "12 → 16 (+4)"


def test_the_same_again_is_no_change(tmp_path: Path) -> None:
    april = year.begin(tmp_path, "2018-04")
    year.report(april, "A")
    april.merge()
    may = year.follow(april, "2018-05")
    year.report(may, "A", {"2": {"actual": 12.0}})
    may.merge()
    assert lines(may) == {}
    assert "没有变化" in str(sheet_of(may).cell(3, 1).value)
    assert "本期未报 1 项" in sheet_of(may).cell(1, 3).value, "B's goal"


def test_a_first_answer_is_said_to_be_one(tmp_path: Path) -> None:
    april = year.begin(tmp_path, "2018-04")
    may = year.follow(april, "2018-05")
    year.report(may, "B")
    may.merge()
    assert lines(may)["4"][3:6] == ["变化", "没有报过", "正常推进"]


def test_a_new_year_drops_no_goals(tmp_path: Path) -> None:
    december = year.begin(tmp_path, "2018-12", plan=kit.goals(Language.ZH))
    year.report(december, "A")
    december.merge()
    plan = [dict(row) for row in kit.goals(Language.ZH)][:2]
    plan[1]["name"] = "医院"
    january = year.follow(december, "2019-01", plan=plan, offices=kit.departments(Language.ZH)[:1])
    year.report(january, "A", {"1": {"actual": 13}})
    january.merge()
    found = kinds(january)
    assert found == {"1": "变化", "2": "新增"}, "2 is another goal now, 3 and 4 were last year's"


@pytest.mark.parametrize("text", SPITEFUL)
def test_texts_stay_texts(text: str, tmp_path: Path) -> None:
    april = year.begin(tmp_path, "2018-04")
    year.report(april, "A")
    april.merge()
    may = year.follow(april, "2018-05")
    year.report(may, "A", {"2": {"progress": text}})
    may.merge()
    lint(may.settings.master)
    assert all(cell.data_type != "f" for row in sheet_of(may).iter_rows(min_row=3, max_col=9) for cell in row)


def test_without_previous_there_is_no_such_sheet(tmp_path: Path) -> None:
    april = year.begin(tmp_path, "2018-04", Language.EN)
    year.report(april, "A")
    april.merge()
    assert load_workbook(april.settings.master).sheetnames == ["Master", "Returns", "Findings", "To review"]


def test_same_inputs_give_the_same_bytes(chain: tuple[Cycle, Cycle, Cycle]) -> None:
    june = chain[2]
    june.merge()
    first = digest(june.settings.master)
    lint(june.settings.master)
    june.settings.master.unlink()
    june.settings.ledger.unlink()
    Cycle.load(june.settings.folder).merge()
    assert digest(june.settings.master) == first


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "shown"),
    [
        (12, 15, "12 → 15 (+3)"),
        (0.1, 0.3, "0.1 → 0.3 (+0.2)"),
        (1.1, 1, "1.1 → 1 (-0.1)"),
        (100, 1300.0, "100 → 1300 (+1200)"),
        (12, 12.0, "12"),
        (None, 5, "— → 5"),
        (5, None, "5 → —"),
        (0, "约三成", "0 → 约三成"),
        (None, None, ""),
        (1e300, 1, "1e+300 → 1 (-1E+300)"),
        (0, float("inf"), "0 → inf"),
        (True, 2, "TRUE → 2"),
    ],
)
def test_a_number_is_shown_with_its_difference(before: Any, now: Any, shown: str) -> None:
    assert show_movement(before, now) == shown
