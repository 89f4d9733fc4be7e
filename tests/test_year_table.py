"""The table of the year: every goal a row, every cycle its columns, the words with what is new, the plan's changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
import year_kit as year
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from test_next import run

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.exports import ExportKind, kind_of
from kpi_xlsx.master_rows import STATUS_COLOURS
from kpi_xlsx.model import CycleError, Language, Progress
from kpi_xlsx.outputs.listing import NEW
from kpi_xlsx.outputs.year_table import SHEETS
from kpi_xlsx.plan_changes import ADDED, GoalChange, UnitChange, UnitKind
from kpi_xlsx.starter import write_plan
from kpi_xlsx.trace_screen import show_trace


@pytest.fixture(params=list(Language), ids=str)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


class Page:
    """A sheet of the workbook: its cells by goal and department, cycle and heading."""

    def __init__(self, path: Path, number: int) -> None:
        self.sheet = load_workbook(path, rich_text=True).worksheets[number]
        groups = [cell.value for cell in self.sheet[3]]
        heads = [cell.value for cell in self.sheet[4]]
        self.at: dict[tuple[str, str], int] = {}
        group = ""
        for number_, (above, head) in enumerate(zip(groups, heads, strict=True), 1):
            # A merged heading stands in its first cell only.
            group = str(above) if above else group
            self.at.setdefault((group, str(head)), number_)
        self.groups = [str(text) for text in groups if text]

    def rows(self) -> list[list[Any]]:
        return [[cell.value for cell in row] for row in self.sheet.iter_rows(min_row=5)]

    def row(self, goal: str, department: str) -> int:
        return next(
            row[0].row or 0
            for row in self.sheet.iter_rows(min_row=5)
            if (str(row[0].value), row[1].value) == (goal, department)
        )

    def cell(self, goal: str, department: str, cycle: str, head: str) -> Any:
        return self.sheet.cell(self.row(goal, department), self.at[cycle, head])


def names(cycle: Cycle) -> tuple[str, str]:
    by_code = cycle.context.plan.by_code
    return by_code["A"].name, by_code["B"].name


def heads(cycle: Cycle) -> tuple[str, str, str]:
    by_key = cycle.context.template.main.by_key
    return by_key["status"].header, by_key["actual"].header, by_key["progress"].header


def offered(cycle: Cycle, meaning: Progress) -> str:
    return {found: choice for choice, found in cycle.context.template.progress_of.items()}[meaning]


def plan(cycle: Cycle, goals: Sequence[kit.PlanRow], offices: Sequence[kit.PlanRow] | None = None) -> Cycle:
    language = cycle.context.language
    write_plan(cycle.settings.plan, goals, offices or kit.departments(language), language)
    return Cycle.load(cycle.settings.folder, language)


def test_states_and_figures_by_month(tmp_path: Path, language: Language) -> None:
    april = year.begin(tmp_path, "2018-04", language)
    year.report(april, "A", {"1": {"actual": 3}, "3": kit.blank_row(april)})
    april.merge()
    may = Cycle.load(april.next(), language)
    behind = offered(may, Progress.BEHIND)
    year.report(may, "A", {"1": {"actual": 4.5, "status": behind, "completed_on": None, "explanation": "x" * 20}})
    kit.decide(
        april,
        language.say("结账", "closing"),
        {language.say("日期", "date"): dt.date(2018, 5, 9), language.say("结账人", "by"): "Li"},
    )
    june = Cycle.load(may.next(), language)
    june.merge()
    target = tmp_path / language.say("全年台账.xlsx", "year.xlsx")
    assert june.export(target) == target
    page = Page(target, 0)
    closed, not_merged = (
        language.say("2018年4月（已结账）", "Apr 2018 (closed)"),
        language.say("2018年5月（未汇总）", "May 2018 (not merged)"),
    )
    this = language.say("2018年6月", "Jun 2018")
    assert page.groups == [closed, not_merged, this]
    a, b = names(june)
    status, actual, _ = heads(june)
    assert [str(row[0]) for row in page.rows()] == ["1", "2", "3", "4"]
    assert page.cell("1", a, closed, actual).value == 3
    assert page.cell("1", a, not_merged, actual).value == 4.5
    assert page.cell("1", a, not_merged, status).value == behind
    assert page.cell("1", a, not_merged, status).fill.fgColor.rgb[-6:] == STATUS_COLOURS[Progress.BEHIND][0]
    missing = language.say("未报", "Not reported")
    assert page.cell("3", a, closed, status).value == missing
    assert page.cell("4", b, this, status).value == missing
    assert page.cell("4", b, this, actual).value is None
    assert page.sheet.freeze_panes == "D5"
    assert page.sheet.auto_filter.ref.startswith("A4:")
    assert page.sheet.page_setup.paperSize == 8
    assert load_workbook(target).sheetnames == list(SHEETS[language])


def test_only_the_year_and_only_up_to_this_cycle(tmp_path: Path) -> None:
    december = year.begin(tmp_path, "2017-12")
    january = Cycle.load(december.next())
    february = Cycle.load(january.next())
    february.next()
    target = tmp_path / "year.xlsx"
    february.export(target)
    assert [group[:7] for group in Page(target, 0).groups] == ["2018年1月", "2018年2月"]
    january.export(target)
    assert [group[:7] for group in Page(target, 0).groups] == ["2018年1月"]


def test_a_financial_year(tmp_path: Path) -> None:
    cycle = year.begin(tmp_path, "2018-01/2018-03", settings="year_start = 4")
    for _ in range(5):
        cycle = Cycle.load(cycle.next())
    assert str(cycle.settings.period) == "2019-04/2019-06"
    before = Cycle.load(tmp_path / "2019-03")
    target = tmp_path / "year.xlsx"
    before.export(target)
    assert [group.partition("（")[0] for group in Page(target, 0).groups] == [
        "2018年4—6月",
        "2018年7—9月",
        "2018年10—12月",
        "2019年1—3月",
    ]


def coloured(cell: Any) -> str:
    if not isinstance(cell.value, CellRichText):
        return ""
    return "".join(
        part.text
        for part in cell.value
        if isinstance(part, TextBlock) and part.font.color and str(part.font.color.rgb)[-6:] == NEW
    )


def test_the_words_with_what_is_new(tmp_path: Path, language: Language) -> None:
    say = language.say
    april = year.begin(tmp_path, "2018-04", language)
    year.report(
        april, "A", {"1": {"progress": say("已通车 3 公里，其余在建。", "3 km are open, the rest is being built.")}}
    )
    may = Cycle.load(april.next(), language)
    june = Cycle.load(may.next(), language)
    year.report(
        june, "A", {"1": {"progress": say("已通车 9 公里，其余在建。", "9 km are open, the rest is being built.")}}
    )
    july = Cycle.load(june.next(), language)
    year.report(
        july, "A", {"1": {"progress": say("已通车 9 公里，其余在建。", "9 km are open, the rest is being built.")}}
    )
    target = tmp_path / "year.xlsx"
    july.export(target)
    page, (a, _), progress = Page(target, 1), names(july), heads(july)[2]
    cells = {group: page.cell("1", a, group, progress) for group in page.groups}
    first, second, third, fourth = cells.values()
    assert str(first.value).startswith(say("已通车 3", "3 km"))
    assert coloured(first) == "", "nothing stood there before"
    assert second.value is None
    assert coloured(third) == "9", "against what was reported last, two months ago"
    assert str(third.value) == str(fourth.value)
    assert coloured(fourth) == ""


def test_a_text_of_any_length_fits_into_its_cell(tmp_path: Path) -> None:
    april = year.begin(tmp_path, "2018-04")
    year.report(april, "A", {"1": {"progress": "甲乙丙丁" * 8190}})
    april.merge()
    may = Cycle.load(april.next())
    year.report(may, "A", {"1": {"progress": "甲乙丙丁" * 8189 + "戊"}})
    target = tmp_path / "year.xlsx"
    may.export(target)
    page = Page(target, 1)
    texts = [str(page.cell("1", names(may)[0], group, heads(may)[2]).value) for group in page.groups]
    assert all(0 < len(text) <= 32767 for text in texts)


def test_a_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    april = year.begin(tmp_path, "2018-04")
    year.report(april, "A", {"1": {"progress": "=1+1 是公式样的文字，不是公式"}})
    target = tmp_path / "year.xlsx"
    april.export(target)
    page = Page(target, 1)
    cell = page.cell("1", names(april)[0], page.groups[0], heads(april)[2])
    assert (cell.data_type, str(cell.value)[:4]) == ("s", "=1+1")


def test_a_dropped_goal_stands_behind_the_others(tmp_path: Path, language: Language) -> None:
    april = year.begin(tmp_path, "2018-04", language)
    year.report(april, "A")
    may = plan(Cycle.load(april.next(), language), [one for one in kit.goals(language) if one["id"] != "2"])
    target = tmp_path / "year.xlsx"
    may.export(target)
    page, (a, _), status = Page(target, 0), names(may), heads(may)[0]
    rows = page.rows()
    assert [str(row[0]) for row in rows] == ["1", "3", "4", "2"]
    assert rows[-1][-1] == language.say("已不在今天的计划里", "No longer in the plan")
    assert page.cell("2", a, page.groups[0], status).value == offered(april, Progress.ON_TRACK)
    assert page.cell("2", a, page.groups[1], status).value == "—"


def test_a_goal_that_moved_keeps_its_year_and_says_whose_it_was(tmp_path: Path, language: Language) -> None:
    april = year.begin(tmp_path, "2018-04", language)
    year.report(april, "A", {"2": {"actual": 7}})
    rows = [{**one, "department": "B"} if one["id"] == "2" else one for one in kit.goals(language)]
    may = plan(Cycle.load(april.next(), language), rows)
    target = tmp_path / "year.xlsx"
    may.export(target)
    page, (a, b), actual = Page(target, 0), names(may), heads(may)[1]
    assert [str(row[0]) for row in page.rows()] == ["1", "3", "2", "4"]
    assert page.cell("2", b, page.groups[0], actual).value == 7
    note = page.rows()[2][-1]
    assert note == language.say(f"2018-04 由{a}报送", f"2018-04: reported by {a}")


def test_what_a_supporter_said_is_not_lost_when_it_supports_no_more(tmp_path: Path, language: Language) -> None:
    shared = [{**one, "department": "A;B"} if one["id"] == "2" else one for one in kit.goals(language)]
    april = year.begin(tmp_path, "2018-04", language, plan=shared)
    year.report(april, "A")
    year.report(april, "B", {"2": {"actual": 5}})
    may = plan(Cycle.load(april.next(), language), kit.goals(language))
    target = tmp_path / "year.xlsx"
    may.export(target)
    page, (_, b), actual = Page(target, 0), names(may), heads(may)[1]
    assert page.cell("2", b, page.groups[0], actual).value == 5
    assert page.rows()[-1][-1] == language.say("不再由这个单位承担", "No longer with this department")


def test_a_settled_goal_is_no_gap_afterwards(tmp_path: Path, language: Language) -> None:
    april = year.begin(tmp_path, "2018-04", language)
    done = offered(april, Progress.COMPLETED)
    year.report(april, "A", {"1": {"status": done, "completed_on": dt.date(2018, 4, 20), "actual": 12}})
    april.merge()
    year.passed(april, "A")
    april.merge()
    may = Cycle.load(april.next(), language)
    year.report(may, "A", {"1": kit.blank_row(may), "2": kit.blank_row(may)})
    may.merge()
    june = Cycle.load(may.next(), language)
    june.merge()
    target = tmp_path / "year.xlsx"
    june.export(target)
    page, (a, _), (status, actual, progress) = Page(target, 0), names(june), heads(june)
    missing = language.say("未报", "Not reported")
    _, second, third = page.groups
    for group in (second, third):
        assert page.cell("1", a, group, status).value == done
        assert page.cell("1", a, group, status).font.i
        assert page.cell("1", a, group, actual).value is None
        assert page.cell("2", a, group, status).value == missing
    assert not page.cell("1", a, page.groups[0], status).font.i
    assert language.say("斜体", "Italics") in str(page.sheet["A2"].value)
    assert Page(target, 1).cell("1", a, second, progress).value is None
    settled = language.say("前期已完成，没有再报", "completed earlier, not reported since")
    shown = "\n".join(show_trace(june.trace("1")))
    assert settled in shown
    assert missing.casefold() not in shown.replace(settled, "").casefold()
    assert missing.casefold() in "\n".join(show_trace(june.trace("2"))).casefold()


def test_goals_that_are_not_due_are_no_gaps(tmp_path: Path) -> None:
    rows = [{**one, "frequency": "季"} for one in kit.goals(Language.ZH)]
    april = year.begin(tmp_path, "2018-04", plan=rows)
    target = tmp_path / "year.xlsx"
    april.export(target)
    page = Page(target, 0)
    assert page.cell("1", names(april)[0], page.groups[0], heads(april)[0]).value == "—"


def test_a_template_with_many_numbers_shows_three(tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "c", Language.ZH)
    kit.send(cycle)
    numbers = [one.header for one in cycle.context.template.main.entry if str(one.type) == "number"]
    assert len(numbers) == 3
    target = tmp_path / "year.xlsx"
    cycle.export(target)
    sheet = load_workbook(target).worksheets[0]
    assert [cell.value for cell in sheet[4]][-5:-1] == [heads(cycle)[0], *numbers]


def test_the_plans_changes_by_document(tmp_path: Path, language: Language) -> None:
    cycle = year.begin(tmp_path, "2018-05", language)
    day = dt.date(2018, 5, 3)
    changes = (
        GoalChange("2", "requirement", "=15", "18", dt.date(2018, 5, 1), day, "No. 12", "r", "目标调整!A2"),
        GoalChange("4", ADDED, "", "", None, None, "No. 13", "", "目标调整!A3"),
    )
    units = (UnitChange(UnitKind.RENAME, day, ("旧局",), ("X",), ("B",), (), "No. 14", "单位变更!A2"),)
    context = replace(cycle.context, plan=replace(cycle.context.plan, changes=changes, units=units))
    target = tmp_path / "year.xlsx"
    Cycle(cycle.settings, context).export(target)
    sheet = load_workbook(target).worksheets[2]
    first, second, third = ([cell.value for cell in row] for row in sheet.iter_rows(min_row=3))
    say, goals = language.say, cycle.context.plan.by_key
    header = cycle.context.template.main.by_key["requirement"].header
    assert first == [
        *(say("目标调整", "Goal changed"), "2018-05-03", "No. 12", "2", goals["2"].name, header, "=15", "18"),
        *("2018-05-01", "r", "目标调整!A2"),
    ]
    assert second[0] == say("新增目标", "Goal added")
    assert (third[0], third[6], third[7]) == (say("更名", "Rename"), "旧局", names(cycle)[1])
    cycle.export(target)
    words = load_workbook(target).worksheets[2]["A3"].value
    assert words == say("计划没有登记变更。", "No changes of the plan are recorded.")


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("全年台账.xlsx", "year"),
        ("全年台账2018.xlsx", "year"),
        ("Year-2018.XLSX", "year"),
        ("board.html", "board"),
        ("督办单.docx", "orders"),
        ("orders.xlsx", "orders"),
        ("公示.docx", "notice"),
        ("x.PDF", "notice"),
        ("x.csv", "data"),
        ("x.xlsx", "data"),
    ],
)
def test_the_name_says_what_is_meant(name: str, kind: str) -> None:
    assert kind_of(name) == ExportKind(kind)


def test_the_command_and_its_refusals(tmp_path: Path, language: Language) -> None:
    year.begin(tmp_path, "2018-05", language)
    done = run(tmp_path, "export", "-C", "2018-05", "--to", "year.xlsx", language=language)
    assert (done.returncode, done.stderr) == (0, "")
    assert "year.xlsx" in done.stdout
    before = {path: path.read_bytes() for path in (tmp_path / "2018-05").glob("*.*") if path.is_file()}
    (tmp_path / "2018-05" / "archive").mkdir()
    refused: Mapping[tuple[str, ...], str] = {
        ("--to", "orders.docx"): language.say("还不能导出", "cannot be exported yet"),
        ("--to", "x.xlsx"): language.say("还没有汇总过", "Nothing is merged yet"),
        ("--to", "year.docx", "--kind", "board"): language.say("还不能导出", "cannot be exported yet"),
        ("--to", "year.csv"): ".xlsx",
        ("--to", "nowhere/year.xlsx"): language.say("没有 nowhere/ 这个文件夹", "no folder nowhere/"),
        ("--to", "2018-05/plan.xlsx", "--kind", "year"): language.say("报送期自己的文件", "cycle's own files"),
        ("--to", "2018-05/inbox/year.xlsx"): language.say("报送期自己的文件", "cycle's own files"),
        ("--to", "2018-05/archive/year.xlsx"): language.say("报送期自己的文件", "cycle's own files"),
    }
    for arguments, words in refused.items():
        done = run(tmp_path, "export", "-C", "2018-05", *arguments, language=language)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert before == {path: path.read_bytes() for path in before}


def test_a_table_that_is_open_or_was_changed_by_hand_is_not_lost(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05")
    target = tmp_path / "year.xlsx"
    may.export(target)
    first = target.read_bytes()
    may.export(target)
    assert target.read_bytes() == first, "the same inputs give the same bytes"
    assert not may.settings.history.exists()
    lock = tmp_path / "~$year.xlsx"
    lock.touch()
    with pytest.raises(CycleError, match=r"year\.xlsx"):
        may.export(target)
    lock.unlink()
    book = load_workbook(target)
    book.worksheets[0]["A1"] = "mine"
    book.save(target)
    mine = target.read_bytes()
    assert may.issue(target).remarks
    assert [path.read_bytes() for path in may.settings.history.glob("*.xlsx")] == [mine]


def test_one_table_for_all_months_was_changed_by_nobody(tmp_path: Path) -> None:
    target = tmp_path / "year.xlsx"
    april = year.begin(tmp_path, "2018-04")
    april.export(target)
    may = Cycle.load(april.next())
    assert may.issue(target).remarks == ()
    june = Cycle.load(may.next())
    assert june.issue(target).remarks == ()
    assert not may.settings.history.exists()
    assert not june.settings.history.exists()


def test_a_chain_that_breaks_off_is_said_on_the_screen_and_in_the_table(tmp_path: Path, language: Language) -> None:
    june = year.begin(tmp_path, "2018-06", language, previous="2018-05")
    target = tmp_path / "year.xlsx"
    remarks = june.issue(target).remarks
    assert any("../2018-05" in remark for remark in remarks)
    assert any(language.say("从 2018-06 起", "begins with 2018-06") in remark for remark in remarks)
    for number in (0, 1):
        assert language.say("不全", "Not complete") in str(Page(target, number).sheet["A2"].value)
    january = year.begin(tmp_path, "2018-01", language, previous="2017-12")
    whole = tmp_path / "year-2018.xlsx"
    (remark,) = january.issue(whole).remarks
    assert language.say("没有这个文件夹", "there is no such folder") in remark
    assert language.say("不全", "Not complete") not in str(Page(tmp_path / "year-2018.xlsx", 0).sheet["A2"].value), (
        "the year is whole"
    )
