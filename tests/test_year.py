"""docs/a-year.md and docs/four-quarters.md in both languages: a year is driven by the commands that stand there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from story import DOCS, Deeds, Desk, append, enter, play, plot
from through_the_year import Year

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language, match_key
from kpi_xlsx.plan import DEPARTMENT_SHEET, GOAL_SHEET

MONTHS = {Language.EN: DOCS / "a-year.md", Language.ZH: DOCS / "a-year.zh-CN.md"}
QUARTERS = {Language.EN: DOCS / "four-quarters.md", Language.ZH: DOCS / "four-quarters.zh-CN.md"}
REVIEWS, AMENDMENTS = ("审核", "Reviews"), ("更正", "Amendments")
CHANGES, UNITS = ("目标调整", "changes"), ("单位变更", "units")


# --- what people do in between ----------------------------------------------------------------------------------------


def month(cycle: Cycle) -> int:
    return cycle.settings.period.position


def year_of(desk: Desk) -> Year:
    return Year(desk.language.say("year-zh", "year-en"))


def report_month(desk: Desk) -> None:
    cycle = desk.cycle
    year_of(desk).report(cycle, month(cycle))


def report_leads(desk: Desk) -> None:
    cycle = desk.cycle
    year_of(desk).report(cycle, month(cycle), name=desk.language.say("*-牵头", "*-lead")[:1])


def pass_everybody(desk: Desk, reviewer: tuple[str, str] = ("王样例", "Wang (sample)")) -> None:
    """A row on the sheet of reviews for each department that has sent anything."""
    cycle, say = desk.cycle, desk.cycle.context.language.say
    codes = dict.fromkeys(one.department for one in cycle.validate().returns if one.department and one.counts)
    day = cycle.settings.period.end + dt.timedelta(days=7)
    for code in codes:
        append(
            cycle.settings.register,
            say(*REVIEWS),
            {
                say("单位", "Department"): code,
                say("结论", "Verdict"): say("通过", "passed"),
                say("审核人", "Reviewer"): say(*reviewer),
                say("日期", "Date"): day,
            },
        )


def same_way(desk: Desk, last: int) -> None:
    """Months up to one, from Python: what the page says in commands, in the calls that stand behind them."""
    while month(desk.cycle) < 12:
        following = sorted(one for one in desk.folder.parent.iterdir() if one.name > desk.folder.name)
        desk.folder = following[0]
        if month(desk.cycle) > last:
            return
        desk.cycle.generate()
        report_month(desk)
        desk.cycle.merge()
        pass_everybody(desk)
        report = desk.cycle.merge()
        assert [one.message for one in report.findings if one.severity == "error"] == []
        desk.cycle.close(by="Li (sample)")
        if month(desk.cycle) <= last:
            desk.cycle.next()


def edit_plan(desk: Desk, sheet: tuple[str, str], key: tuple[str, str], changes: Mapping[str, Any]) -> None:
    """Other words in one row of a sheet of the plan; `key`: heading and content that tell the row."""
    path = desk.folder / "plan.xlsx"
    book = load_workbook(path)
    page = next(one for one in book.worksheets if match_key(one.title) in map(match_key, sheet))
    columns = {str(cell.value): cell.column for cell in page[1] if cell.value is not None}
    row = next(row for row in range(2, page.max_row + 1) if page.cell(row, columns[key[0]]).value == key[1])
    for heading, value in changes.items():
        page.cell(row, columns[heading]).value = value
    book.save(path)


def lower_target(desk: Desk) -> None:
    say = desk.language.say
    words = say("11月底前打通城区断头路12条。", "12 dead-end roads in the city joined up by the end of November.")
    edit_plan(desk, GOAL_SHEET, (say("编号", "id"), "JT-01"), {say("考核内容及指标", "requirement"): words})


def enter_change(desk: Desk) -> None:
    say = desk.language.say
    values = {
        ("日期", "date"): dt.date(2018, 5, 14),
        ("批准文号", "document"): say("样例府办〔2018〕31号", "Sample order no. 31 of 2018"),
        ("编号", "goal"): "JT-01",
        ("项目", "item"): say("考核内容及指标", "requirement"),
        ("原", "old"): say(
            "11月底前打通城区断头路15条。", "15 dead-end roads in the city joined up by the end of November."
        ),
        ("新", "new"): say(
            "11月底前打通城区断头路12条。", "12 dead-end roads in the city joined up by the end of November."
        ),
        ("自哪期起", "since"): "2018-05",
        ("原因", "reason"): say("三条改由地铁工程一并实施。", "Three are built with the metro instead."),
    }
    append(desk.cycle.settings.plan, say(*CHANGES), {say(*heading): value for heading, value in values.items()})


def merge_bureaus(desk: Desk) -> None:
    say, path = desk.language.say, desk.folder / "plan.xlsx"
    new = say("样例发展和经信局", "Sample Development and Industry Bureau")
    old = {"101": say("样例发展局", "Sample Development Bureau"), "105": say("样例经信局", "Sample Industry Bureau")}
    for goal in ("FZ-01", "FZ-02", "JX-01"):
        edit_plan(desk, GOAL_SHEET, (say("编号", "id"), goal), {say("责任单位", "department"): new})
    renamed = {say("代码", "code"): "107", say("名称", "name"): new}
    edit_plan(desk, DEPARTMENT_SHEET, (say("代码", "code"), "101"), renamed)
    book = load_workbook(path)
    page = next(one for one in book.worksheets if match_key(one.title) in map(match_key, DEPARTMENT_SHEET))
    page.delete_rows(next(row for row in range(2, page.max_row + 1) if page.cell(row, 1).value == "105"))
    book.save(path)
    values = {
        ("日期", "date"): dt.date(2018, 7, 2),
        ("类型", "kind"): say("合并", "merge"),
        ("原单位", "old"): say("、", "; ").join(old.values()),
        ("新单位", "new"): new,
        ("文号", "document"): say("样例编办〔2018〕8号", "Sample decree no. 8 of 2018"),
        ("原代码", "old_code"): say("、", "; ").join(old),
    }
    append(path, say(*UNITS), {say(*heading): value for heading, value in values.items()})


def amend_september(desk: Desk) -> None:
    say = desk.language.say
    row = next(row for row in desk.cycle.validate().entries if row.id == "RS-02")
    assert row.entry is not None
    values: dict[tuple[str, str], object] = {
        ("单位", "Department"): "104",
        ("编号", "Goal"): "RS-02",
        ("列", "Column"): desk.cycle.context.template.main.by_key["actual"].header,
        ("原值", "From"): row.entry.value("actual"),
        ("改为", "To"): 13_190,
        ("类型", "Kind"): say("数据更正", "figures"),
        ("依据", "Authority"): say("人社局来函", "Letter of the bureau"),
        ("批准人", "Approved by"): say("陈样例", "Chen (sample)"),
        ("状态", "State"): say("已采用", "applied"),
    }
    enter(desk, AMENDMENTS, **{say(*heading): value for heading, value in values.items()})


DEEDS: Deeds = {
    "the departments report the month": report_month,
    "the leads report the month": report_month,
    "the reviewers pass everybody": pass_everybody,
    "February to April go the same way": lambda desk: same_way(desk, 4),
    "June goes the same way": lambda desk: same_way(desk, 6),
    "September goes the same way": lambda desk: same_way(desk, 9),
    "October and November go the same way": lambda desk: same_way(desk, 11),
    "a document lowers the target of JT-01": lower_target,
    "the change is entered in the plan": enter_change,
    "the Transport Bureau returns the supplement": report_month,
    "two bureaus become one": merge_bureaus,
    "the office amends the September figure of RS-02": amend_september,
}


def test_both_pages_of_the_year_tell_the_same() -> None:
    english, chinese = (
        [(kind, words.replace("year-zh", "year-en")) for kind, words in plot(MONTHS[language])]
        for language in (Language.EN, Language.ZH)
    )
    assert english == chinese
    assert {words for kind, words in english if kind == "deed"} == set(DEEDS)


@pytest.mark.parametrize("language", list(Language))
def test_twelve_months(language: Language, tmp_path: Path) -> None:
    desk = Desk(language, tmp_path)
    play(MONTHS[language], DEEDS, desk)


# --- four quarters ----------------------------------------------------------------------------------------------------


def return_quarter(desk: Desk) -> None:
    cycle = desk.cycle
    Year("quarterly-en").report(cycle, (month(cycle) + 2) // 3)


def rename_and_lower(desk: Desk) -> None:
    path, name = desk.folder / "plan.xlsx", "Sample Digital and Data Directorate"
    edit_plan(desk, DEPARTMENT_SHEET, ("code", "DIG"), {"name": name})
    for goal in ("D-01", "D-02"):
        edit_plan(desk, GOAL_SHEET, ("id", goal), {"department": name})
    old = "12 level crossings closed or upgraded by December 2018."
    new = old.replace("12", "10", 1)
    edit_plan(desk, GOAL_SHEET, ("id", "T-02"), {"requirement": new})
    change = {"goal": "T-02", "item": "requirement", "old": old, "new": new, "since": "2018-10"}
    append(path, "changes", {**change, "document": "Sample letter of 8 October", "reason": "Two are to be bridges."})
    unit = {"kind": "rename", "old": "Sample Digital Directorate", "new": name, "document": "Sample notice 4"}
    append(path, "units", {"date": dt.date(2018, 10, 1), **unit})


QUARTER_DEEDS: Deeds = {
    "the directorates return the quarter": return_quarter,
    "the analyst passes everybody": lambda desk: pass_everybody(desk, ("Sample Analyst", "Sample Analyst")),
    "a directorate is renamed and a target lowered": rename_and_lower,
}


def test_both_pages_of_the_quarters_tell_the_same() -> None:
    assert plot(QUARTERS[Language.EN]) == plot(QUARTERS[Language.ZH])
    assert {words for kind, words in plot(QUARTERS[Language.EN]) if kind == "deed"} == set(QUARTER_DEEDS)


def test_four_quarters(tmp_path: Path) -> None:
    desk = Desk(Language.EN, tmp_path)
    play(QUARTERS[Language.EN], QUARTER_DEEDS, desk)
