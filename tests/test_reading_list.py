"""The sheet of what is to be read: only what is new or changed since the last review, new words coloured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
from ooxml import lint
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.worksheet.worksheet import Worksheet
from test_written_workbooks import SPITEFUL

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.files import digest
from kpi_xlsx.model import Language
from kpi_xlsx.outputs.listing import NEW
from kpi_xlsx.outputs.reading_list import HEADINGS

NAME = {Language.ZH: "待审清单", Language.EN: "To review"}


@pytest.fixture(params=list(Language), ids=str)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    cycle = kit.make_cycle(tmp_path / "cycle", request.param)
    kit.set_time(kit.send(cycle), "2018-07-03 10:00")
    kit.review(cycle, department="B")
    return cycle


def sheet_of(cycle: Cycle) -> Worksheet:
    return load_workbook(cycle.settings.master, rich_text=True)[NAME[cycle.context.language]]


def lines(cycle: Cycle) -> list[dict[str, Any]]:
    """The rows of the list, by English heading."""
    sheet = sheet_of(cycle)
    assert [cell.value for cell in sheet[2]] == HEADINGS[cycle.context.language].split("|")
    names = HEADINGS[Language.EN].split("|")
    rows = [dict(zip(names, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=3)]
    return [row for row in rows if row["Column"]]


def coloured(value: Any) -> list[str]:
    """The pieces of a cell's text that are in the colour of new words."""
    blocks = [part for part in value if isinstance(part, TextBlock)] if isinstance(value, CellRichText) else []
    return [part.text for part in blocks if part.font.color is not None and part.font.color.rgb == f"FF{NEW}"]


def changed_words(cycle: Cycle) -> str:
    return cycle.context.language.say("各项工作按计划推进，已全部完成。", "Work goes on as planned; all of it is done.")


def say(cycle: Cycle, zh: str, en: str) -> str:
    return cycle.context.language.say(zh, en)


def test_a_department_that_was_never_reviewed_is_listed_whole(cycle: Cycle) -> None:
    cycle.merge()
    found = lines(cycle)
    entered = [key for row in kit.good_answers(cycle, "A").values() for key in row]
    assert len(found) == len(entered)
    assert {row["About"] for row in found} == {say(cycle, "新报", "new")}
    assert {row["No."] for row in found} == {"1", "2", "3"}
    assert not any(coloured(row["Now"]) for row in found), "where all is new a colour would say nothing"


def test_after_a_review_the_list_is_empty_and_says_so(cycle: Cycle) -> None:
    kit.review(cycle)
    cycle.merge()
    assert lines(cycle) == []
    assert say(cycle, "没有待审", "Nothing is new") in str(sheet_of(cycle).cell(3, 1).value)


@pytest.mark.parametrize("verdict", ["sent back", "passed"])
def test_only_what_changed_since_is_listed_with_its_new_words_coloured(cycle: Cycle, verdict: str) -> None:
    kit.review(cycle, verdict, version="A.xlsx")
    path = kit.fill(cycle, "A", kit.inbox(cycle, "A2.xlsx"), {"2": {"progress": changed_words(cycle)}})
    kit.set_time(path, "2018-07-04 10:00")
    cycle.merge()
    (row,) = lines(cycle)
    assert (row["No."], row["Column"]) == ("2", cycle.context.template.main.by_key["progress"].header)
    assert str(row["Last review"]) == kit.good_answers(cycle, "A")["2"]["progress"]
    assert str(row["Now"]) == changed_words(cycle)
    assert coloured(row["Now"]) == [say(cycle, "全部", "all")]
    assert row["File"] == "inbox/A2.xlsx"
    assert row["Version"] == say(cycle, "第2次", "#2")
    held = verdict == "passed"
    assert row["About"] == (say(cycle, "待定", "held") if held else say(cycle, "改动", "changed"))


def test_a_pending_review_is_no_review(cycle: Cycle) -> None:
    kit.review(cycle, "pending", version="A.xlsx")
    cycle.merge()
    assert len(lines(cycle)) > 3


def test_what_was_taken_out_is_listed_too(cycle: Cycle) -> None:
    kit.review(cycle, "sent back", version="A.xlsx")
    path = kit.fill(cycle, "A", kit.inbox(cycle, "A2.xlsx"), {"2": {"actual": None}})
    kit.set_time(path, "2018-07-04 10:00")
    cycle.merge()
    (row,) = lines(cycle)
    assert (str(row["Last review"]), row["Now"]) == ("12", say(cycle, "（已删去）", "(taken out)"))


def test_findings_stand_beside_what_they_are_about(cycle: Cycle) -> None:
    kit.review(cycle, "sent back", version="A.xlsx")
    short = say(cycle, "过半", "Half")
    path = kit.fill(cycle, "A", kit.inbox(cycle, "A2.xlsx"), {"2": {"progress": short, "actual": 13}})
    kit.set_time(path, "2018-07-04 10:00")
    report = cycle.merge()
    message = next(one.message for one in report.findings if one.code == "V104")
    found = {row["Column"]: row["Findings"] for row in lines(cycle)}
    columns = cycle.context.template.main.by_key
    assert found == {columns["progress"].header: message, columns["actual"].header: None}


def test_a_cell_left_blank_is_listed_with_what_is_wanted(cycle: Cycle) -> None:
    kit.set_time(kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}}), "2018-07-03 10:00")
    message = next(one.message for one in cycle.merge().findings if one.goal == "2" and one.column == "progress")
    header = cycle.context.template.main.by_key["progress"].header
    (row,) = (row for row in lines(cycle) if (row["No."], row["Column"]) == ("2", header))
    assert (row["Now"], row["Findings"]) == (say(cycle, "（空）", "(blank)"), message)


def test_a_held_line_bears_no_findings_of_what_counts(cycle: Cycle) -> None:
    kit.set_time(kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}}), "2018-07-03 10:00")
    kit.review(cycle)
    cycle.merge()
    kit.set_time(kit.fill(cycle, "A", kit.inbox(cycle, "A2.xlsx")), "2018-07-04 10:00")
    cycle.merge()
    (row,) = lines(cycle)
    assert (row["About"], row["Findings"]) == (say(cycle, "待定", "held"), None)


def test_it_is_ordered_by_reviewer_and_then_as_the_plan_is(tmp_path: Path) -> None:
    language = Language.ZH
    reviewers = {"A": "乙", "B": "甲", "C": "乙", "D": ""}
    offices = [{"code": code, "name": f"{code}局", "reviewer": who} for code, who in reviewers.items()]
    goals: list[kit.PlanRow] = [
        {"id": f"{code}{n}", "department": code, "name": f"{code}{n}", "requirement": "x", "due_month": 12}
        for code in "ABCD"
        for n in (1, 2)
    ]
    cycle = kit.make_cycle(tmp_path / "cycle", language, plan=goals, offices=offices)
    for code in "ACD":
        kit.fill(cycle, code, kit.inbox(cycle, f"{code}.xlsx"))
    cycle.merge()
    seen = list(dict.fromkeys((row["Reviewer"], row["No."]) for row in lines(cycle)))
    wanted = ["A1", "A2", "C1", "C2", "B1", "B2", "D1", "D2"]
    assert seen == [(reviewers[goal[0]] or None, goal) for goal in wanted]


def test_links_lead_to_the_cell_in_the_master(cycle: Cycle) -> None:
    cycle.merge()
    book = load_workbook(cycle.settings.master)
    links = [(str(row["Master"]).partition("!")[2].partition('"')[0], str(row["Now"])) for row in lines(cycle)[:3]]
    assert [str(book.worksheets[0][cell].value) for cell, _ in links] == [now for _, now in links]
    assert len(links) == 3


def test_awkward_words_arrive_as_they_are(cycle: Cycle) -> None:
    """In pieces of several colours nothing may become markup, a formula or an escape."""
    before = {goal: {"evidence": f"{SPITEFUL[n]} a"} for n, goal in enumerate("123")}
    kit.set_time(kit.fill(cycle, "A", kit.inbox(cycle), before), "2018-07-03 10:00")
    kit.review(cycle, "sent back", version="A.xlsx")
    after = {goal: {"evidence": f"{SPITEFUL[n]} b", "progress": SPITEFUL[n + 3]} for n, goal in enumerate("123")}
    kit.set_time(kit.fill(cycle, "A", kit.inbox(cycle, "A2.xlsx"), after), "2018-07-04 10:00")
    cycle.merge()
    assert lint(cycle.settings.master) == []
    evidence = cycle.context.template.main.by_key["evidence"].header
    shown = {row["No."]: str(row["Now"]) for row in lines(cycle) if row["Column"] == evidence}
    assert shown == {goal: f"{SPITEFUL[n]} b" for n, goal in enumerate("123")}
    first = digest(cycle.settings.master)
    cycle.merge()
    assert digest(cycle.settings.master) == first
