"""The master of a cycle that follows others: last answers, what was completed earlier, changes, and the year's run."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import masters
import past_kit
import pytest
import returns_kit as kit
import roles_kit as roles
import year_kit as year
from ooxml import lint
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx import resources
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.master import SHEETS
from kpi_xlsx.model import Language, Progress
from kpi_xlsx.outputs.goal_page import show_page
from kpi_xlsx.trace_screen import show_trace


@pytest.fixture(params=list(Language), ids=str)
def language(request: pytest.FixtureRequest) -> Language:
    return Language(request.param)


@pytest.fixture
def june(tmp_path: Path, language: Language) -> Cycle:
    """The last of the chain, not merged yet."""
    return past_kit.chain(tmp_path, language)[-1]


def sheet(cycle: Cycle, zh: str, en: str) -> Worksheet:
    book = load_workbook(cycle.settings.master, rich_text=True)
    return book[cycle.context.language.say(zh, en)]


def lines(page: Worksheet) -> list[list[str]]:
    """The rows of a list below its headings, as text."""
    rows = ([str(cell.value or "") for cell in cells] for cells in page.iter_rows(min_row=3))
    return [cells for cells in rows if any(cells)]


def see(cycle: Cycle, goal: str, column: str) -> Any:
    with masters.opened(cycle) as table:
        return table.see(goal, column)


def test_without_a_past_nothing_is_added(tmp_path: Path, language: Language) -> None:
    cycle = year.begin(tmp_path, "2018-06", language)
    year.report(cycle, "A")
    cycle.merge()
    with closing(load_workbook(cycle.settings.master)) as book:
        assert book.sheetnames == list(SHEETS[language])
    with masters.opened(cycle) as table:
        assert not any(key.startswith("last.") for key in table.at)


def test_last_answers_stand_before_new_ones(june: Cycle) -> None:
    june.merge()
    assert lint(june.settings.master) == []
    say = june.context.language.say
    with masters.opened(june) as table:
        assert table.at["last.progress"] == table.at["progress"] - 1
        heading = table.sheet.cell(table.first - 1, table.at["last.progress"])
        assert heading.value == say("上期进展情况", "Last period: Progress")
        two = table.sheet.cell(table.row("2"), table.at["last.progress"])
        assert two.value == say("改造学校 9 所，其余 6 所正在施工。", "9 schools are done, 6 are being built.")
        assert two.font.i
        one = table.see("1", "last.progress")
        assert one == say("（2018-04）12 公里道路四月全线通车。", "(2018-04) All 12 km of road opened in April.")
        assert table.see("5", "last.progress") is None


def test_numbers_and_dates_stay_what_they_are(tmp_path: Path) -> None:
    design = resources.folder("templates") / "progress-zh.toml"
    text = design.read_text("utf-8")
    for key in ("actual", "data_as_of"):
        text = text.replace(f'key = "{key}"', f'key = "{key}"\nlast = true')
    april = year.begin(tmp_path, "2018-04", template=text)
    year.report(april, "A", {"2": {"actual": 5}})
    april.merge()
    may = year.follow(april, "2018-05", template=text)
    june = year.follow(may, "2018-06", template=text)
    june.merge()
    assert june.merge().remarks == ()
    with masters.opened(june) as table:
        cell = table.sheet.cell(table.row("2"), table.at["last.actual"])
        assert (cell.value, cell.number_format) == (5, '"（2018-04）"General')
        assert table.sheet.cell(table.row("2"), table.at["last.data_as_of"]).number_format == '"（2018-04）"yyyy-mm'
        assert "last.progress" not in table.at


def test_supporters_are_through_with_a_goal_when_its_lead_is(language: Language, tmp_path: Path) -> None:
    """They have no status of their own; C never said anything."""
    say = language.say
    june = roles.begin(tmp_path, language, settings="")
    roles.send(june, "A")
    roles.send(june, "B")
    year.passed(june, "A")
    june.merge()
    august = roles.follow(roles.follow(june, "2018-07"), "2018-08")
    august.merge()
    book = load_workbook(august.settings.master)
    rows = [[str(cell or "") for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    mine = {row[0]: row for row in rows if say("道路", "Roads") in row}
    completed, words = say("前期已完成\n", "Completed earlier\n"), roles.support_row(language, "1")["support_progress"]
    assert len(mine) == 3
    assert all(any(cell.startswith(completed) for cell in row) for row in mine.values())
    assert [words in row for row in mine.values()] == [False, True, False]
    page = book[say("全年走势", "Year")]
    run = {row[0]: row[3:] for row in page.iter_rows(values_only=True) if row[1] == "1"}
    earlier, missing = say("前期已完成", "Completed earlier"), say("未报", "Not reported")
    assert list(run.values())[1:] == [(say("已报", "Reported"), earlier, earlier), (missing, earlier, earlier)]
    assert lint(august.settings.master) == []


def test_what_was_completed_and_passed_stands_as_it_was(june: Cycle) -> None:
    report = june.merge()
    say = june.context.language.say
    assert kit.row_of(report, "1").entry is None
    with masters.opened(june) as table:
        assert table.see("1", "progress") == say("12 公里道路四月全线通车。", "All 12 km of road opened in April.")
        status = table.sheet.cell(table.row("1"), table.at["status"])
        assert (status.value, status.font.i) == (past_kit.words(june, Progress.COMPLETED), True)
        assert table.see("1", "reported") == say("前期已完成\n（2018-04）", "Completed earlier\n(2018-04)")
        assert table.see("1", "file") == "../2018-04/inbox/A.xlsx"
        assert table.see("1", "sheet") == say("填报", "Report")
        assert len(table.see("1", "sha256")) == 64
        assert ":" in table.see("1", "cells")
    frame = report.to_frame()
    carried = frame.set_index("id")["carried"]
    assert carried["1"] == "2018-04"
    assert carried[["2", "3", "5"]].isna().all()
    assert frame.set_index("id")["actual"]["1"] == 12


def test_what_is_answered_now_comes_first(june: Cycle) -> None:
    behind = {"status": past_kit.words(june, Progress.BEHIND), "completed_on": None, "explanation": "x" * 20}
    year.report(june, "A", {"1": behind})
    june.merge()
    assert see(june, "1", "status") == past_kit.words(june, Progress.BEHIND)
    assert see(june, "1", "file") == "inbox/A.xlsx"


def test_another_requirement_is_not_completed(tmp_path: Path, language: Language) -> None:
    april = past_kit.chain(tmp_path / "x", language)[0]
    first, *others = past_kit.plan_of(language)
    rows = [{**first, "requirement": language.say("建成通车 15 公里道路", "Open 15 km of road")}, *others]
    may = year.begin(april.settings.folder.parent, "2018-07", language, previous="2018-04", plan=rows)
    may.merge()
    assert see(may, "1", "progress") is None


def test_merging_again_proposes_nothing_and_writes_the_same(june: Cycle) -> None:
    june.merge()
    first = june.settings.master.read_bytes()
    again = june.merge()
    assert again.remarks == ()
    assert june.settings.master.read_bytes() == first
    assert list(again.decisions.amendments) == []


def test_an_edit_of_what_is_carried_is_an_amendment(june: Cycle) -> None:
    june.merge()
    with masters.opened(june) as table:
        table.type("1", "progress", "13 km.")
    report = june.merge()
    amended = kit.row_of(report, "1").amended["progress"]
    assert (amended.value, amended.conflict, amended.pending) == ("13 km.", False, True)
    assert amended.original == june.context.language.say(
        "12 公里道路四月全线通车。", "All 12 km of road opened in April."
    )
    assert kit.found_by(report, "X105") == []
    assert see(june, "1", "status") == past_kit.words(june, Progress.COMPLETED)
    assert not any("13 km" in remark for remark in june.merge().remarks)
    july = year.follow(june, "2018-07", plan=past_kit.plan_of(june.context.language, without=("4",), more=True))
    july.merge()
    assert see(july, "1", "status") == past_kit.words(july, Progress.COMPLETED)


def test_an_edit_of_a_last_answer_is_said_and_not_proposed(june: Cycle) -> None:
    june.merge()
    with masters.opened(june) as table:
        table.type("2", "last.progress", "something else")
    report = june.merge()
    assert list(report.decisions.amendments) == []
    told = "\n".join(report.remarks)
    assert "something else" in told
    assert june.context.language.say("往期", "earlier period") in told
    assert see(june, "2", "last.progress") != "something else"
    assert len(list(june.settings.history.glob("master*"))) == 1


def test_a_master_made_before_there_was_a_past_is_read(june: Cycle) -> None:
    """And one made with a past, once there is none."""
    path = june.settings.folder / "cycle.toml"
    text = path.read_text("utf-8")
    path.write_text("\n".join(line for line in text.splitlines() if not line.startswith("previous")), "utf-8")
    Cycle.load(june.settings.folder).merge()
    with masters.opened(june) as table:
        table.type("2", "explanation", "typed by hand")
    path.write_text(text, "utf-8")
    report = Cycle.load(june.settings.folder).merge()
    assert [one.new for one in report.decisions.amendments] == ["typed by hand"]
    path.write_text("\n".join(line for line in text.splitlines() if not line.startswith("previous")), "utf-8")
    again = Cycle.load(june.settings.folder).merge()
    assert len(list(again.decisions.amendments)) == 1
    assert not any("last." in remark for remark in again.remarks)


def new_words(value: object) -> list[str]:
    """The coloured pieces of a cell."""
    assert isinstance(value, CellRichText), value
    return [run.text for run in value if isinstance(run, TextBlock) and run.font.color and run.font.b]


def test_changes_are_listed_in_plan_order(june: Cycle) -> None:
    june.merge()
    page, say = sheet(june, "变化情况", "Changes"), june.context.language.say
    found = lines(page)
    assert [(cells[1], cells[3]) for cells in found] == [
        ("2", say("变差", "Worsened")),
        ("3", say("变化", "Changed")),
        ("5", say("新增", "New")),
        ("4", say("取消", "Dropped")),
    ]
    two, three, _, four = found
    well = past_kit.words(june, Progress.ON_TRACK)
    assert two[4:7] == [well, past_kit.words(june, Progress.BEHIND), "9"]
    assert three[6] == "12.25 → 15 (+2.75)"
    assert four[4] == say(f"{well}\n（2018-04）", f"{well}\n(2018-04)")
    assert four[7] == say("水质达标率 80%。", "80% of all water is up to standard.")
    assert new_words(page.cell(3, 9).value) == [say("已停", "have been stopped")]
    summary = str(page.cell(1, 1).value)
    assert "2018-05" in summary
    assert say("变差 1", "Worsened 1") in summary


def test_a_quiet_period_has_no_changes(tmp_path: Path, language: Language) -> None:
    may = year.begin(tmp_path, "2018-05", language)
    year.report(may, "A")
    june = year.follow(may, "2018-06")
    june.merge()
    page = sheet(june, "变化情况", "Changes")
    assert lines(page)[0][0] == language.say("没有变化。", "Nothing has changed.")


def test_the_year_stands_in_one_row_for_each_goal(june: Cycle) -> None:
    june.merge()
    page, say = sheet(june, "全年走势", "Year"), june.context.language.say
    heads = "|".join(str(cell.value) for cell in page[2][3:])
    assert heads == say("2018年4月|2018年5月|2018年6月", "Apr 2018|May 2018|Jun 2018")
    done, well, behind = (past_kit.words(june, one) for one in (Progress.COMPLETED, Progress.ON_TRACK, Progress.BEHIND))
    missing = say("未报", "Not reported")
    assert {cells[1]: cells[3:] for cells in lines(page)} == {
        "1": [f"{done}\n12", done, done],
        "2": [f"{well}\n5", f"{well}\n9", f"{behind}\n9"],
        "3": [missing, f"{well}\n12.25", f"{well}\n15"],
        "5": ["", "", f"{well}\n12"],
        "4": [f"{well}\n12", missing, ""],
    }
    assert page.cell(3, 5).font.i
    assert page.freeze_panes == "D3"


SPITEFUL = ("=1+1", "<r><t>x</t></r>", "_x0041_ & <b>")


@pytest.mark.parametrize("text", SPITEFUL)
def test_words_of_earlier_periods_stay_words(tmp_path: Path, text: str) -> None:
    may = year.begin(tmp_path, "2018-05", Language.EN)
    year.report(may, "A", {"2": {"progress": f"{text} and then more"}})
    june = year.follow(may, "2018-06")
    year.report(june, "A", {"2": {"progress": f"{text} and then less"}})
    june.merge()
    assert lint(june.settings.master) == []
    assert june.merge().remarks == ()
    assert see(june, "2", "last.progress") == f"{text} and then more"


def test_a_trace_tells_earlier_periods(june: Cycle) -> None:
    june.merge()
    say = june.context.language.say
    one = june.trace("1")
    earlier = one.to_dict()["departments"][0]["earlier"]
    assert [(part["cycle"], part["progress"], part["passed"], part["holds"]) for part in earlier] == [
        ("2018-05", None, False, False),
        ("2018-04", "completed", True, True),
    ]
    assert earlier[1]["file"] == "../2018-04/inbox/A.xlsx"
    screen = "\n".join(show_trace(one))
    assert screen.index("2018-05") < screen.index("../2018-04/inbox/A.xlsx")
    assert say("沿用 2018-04", "what 2018-04 has still holds") in screen
    page = show_page(june.trace("2"))
    assert say("往期", "Earlier periods") in page
    assert "../2018-05/inbox/A.xlsx" in page
    assert june.trace("5").parts[0].earlier == ()
