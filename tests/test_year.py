"""docs/a-year.md and docs/four-quarters.md in both languages: a year is driven by the commands that stand there."""

from __future__ import annotations

import datetime as dt
import hashlib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import forms_kit as forms
import pytest
from masters import Table
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
    year_of(desk).report(cycle, month(cycle), desk.language.say("牵头", "lead"), days=1)


def report_supplement(desk: Desk) -> None:
    cycle = desk.cycle
    year_of(desk).report(cycle, month(cycle), desk.language.say("补充", "supplement"), days=1)


def pass_everybody(desk: Desk, reviewer: tuple[str, str] = ("王样例", "Wang (sample)")) -> None:
    """A row on the sheet of reviews for each department that has sent anything."""
    cycle, say = desk.cycle, desk.cycle.context.language.say
    codes = dict.fromkeys(one.department for one in cycle.validate().returns if one.department and one.counts)
    day = cycle.settings.period.end + dt.timedelta(days=7)
    verdict = {
        say("结论", "Verdict"): say("通过", "passed"),
        say("审核人", "Reviewer"): say(*reviewer),
        say("日期", "Date"): day,
    }
    rows = ({say("单位", "Department"): code, **verdict} for code in codes)
    append(cycle.settings.register, say(*REVIEWS), *rows)


def same_way(desk: Desk, last: int) -> None:
    """The months up to one go by, by the same commands as those before."""
    while month(desk.cycle) < 12:
        following = next(one for one in sorted(desk.folder.parent.iterdir()) if one.name > desk.folder.name)
        desk.run(f"cd ../{following.name}")
        if month(desk.cycle) > last:
            return
        desk.run("kpi-xlsx generate")
        report_month(desk)
        desk.run("kpi-xlsx merge")
        pass_everybody(desk)
        desk.told = ""
        desk.run("kpi-xlsx merge")
        # October's total goes on from September's as it was before the late correction: that is asked about.
        clean = desk.language.say("没有要处理的问题", "Nothing needs to be done") in desk.told
        assert clean == (month(desk.cycle) != 10), desk.told
        desk.run('kpi-xlsx close --by "Li (sample)"')
        assert not desk.refused, desk.refused
        desk.run("kpi-xlsx next")


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
    "the Transport Bureau returns the supplement": report_supplement,
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
    for check in (
        check_forms_of_months,
        check_masters_of_months,
        check_year_table,
        check_archives_of_months,
    ):
        check(tmp_path, language.say)
    settled, late = ("I105", None, "explained"), ("X114", "RS-02", "open")
    assert asked_of(tmp_path) == {"2018-05": {settled}, "2018-10": {late}}, "good answers are asked nothing else"


# --- what lies there when the year is over ----------------------------------------------------------------------------

Say = Callable[[str, str], str]


def seen(month: Path, goal: str, key: str) -> Any:
    """What stands in a month's master."""
    path = month if month.suffix else month / "master.xlsx"
    return Table(load_workbook(path).worksheets[0]).see(goal, key)


def one(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def check_forms_of_months(home: Path, say: Say) -> None:
    def cells(month: str, pattern: str) -> Mapping[tuple[str, str], Any]:
        return forms.cells_of(one(home / month / "outbox", pattern))

    supplement = cells("2018-05", say("103-*补充*", "103-*supplement*"))
    assert {goal for goal, _ in supplement} == {"jt-01"}
    assert "12" in supplement["jt-01", "requirement"].value
    july = cells("2018-07", "107-*")
    assert say("样例发展局", "Sample Development Bureau") in july["fz-01", "last.progress"].value
    assert say("样例经信局", "Sample Industry Bureau") in july["jx-01", "last.progress"].value
    lead = cells("2018-08", say("106-*牵头*", "106-*lead*"))
    assert say("同步修好小区道路6条", "roads of 6 estates") in lead["cj-01", "supporters"].value
    for month in ("2018-09", "2018-11"):
        settled = cells(month, "107-*")["fz-02", "progress"]
        assert say("评估报告已完成", "report on the review") in settled.value
        assert settled.protection.locked
    december = cells("2018-12", "103-*")
    assert (december["jt-01", "actual"].value, december["jt-01", "month_actual"].value) == (12, None)


def check_masters_of_months(home: Path, say: Say) -> None:
    def texts(month: str) -> str:
        page = load_workbook(home / month / "master.xlsx").worksheets[0]
        return "\n".join(str(value) for row in page.iter_rows(max_row=5, values_only=True) for value in row if value)

    change = say("样例府办〔2018〕31号", "Sample order no. 31")
    merger = say("样例编办〔2018〕8号", "Sample decree no. 8")
    assert [change in texts(f"2018-{number:02}") for number in (4, 5, 12)] == [False, True, True]
    assert [merger in texts(f"2018-{number:02}") for number in (6, 7, 12)] == [False, True, True]
    september = home / "2018-09"
    assert seen(september, "RS-02", "actual") == 13_190
    kept = [seen(path, "RS-02", "actual") for path in sorted((september / "history").glob("master-*.xlsx"))]
    assert sorted(kept) == [13_190, 13_400], "the master that was closed first is kept"
    last = seen(home / "2018-10", "WL-02", "last.progress")
    assert say("今年累计120个", "120 since January") in last
    names = load_workbook(home / "2018-12" / "master.xlsx").sheetnames
    assert names[-2:] == list(say("变化情况 全年走势", "Changes Year").split())


def asked_of(home: Path) -> dict[str, set[tuple[str, str | None, str]]]:
    """The findings of each cycle that ask for something, or did."""
    found = {}
    for folder in sorted(home.glob("20??-??")):
        findings = Cycle.load(folder).validate().findings
        asked = {(one.code, one.goal, str(one.state)) for one in findings if one.severity != "info"}
        if asked:
            found[folder.name] = asked
    return found


def check_year_table(home: Path, say: Say) -> None:
    states, words, changes = load_workbook(home / "2018-12" / "year-2018.xlsx").worksheets
    rows = {(row[0], row[2]): row for row in states.iter_rows(min_row=5, values_only=True)}
    assert len(rows) == 11
    months = [cell for cell in next(states.iter_rows(min_row=3, max_row=3, values_only=True)) if cell]
    assert len(months) == 12
    training = rows["RS-02", None]
    figures = [2000, 3600, 5100, 6800, 8600, 10_200, 11_700, 13_190, 15_000, 16_500, 18_100]
    assert list(training[8:42:3]) == [900, *figures], "September as corrected"
    assert rows["JT-04", None][6:9] == ("—", None, None), "nothing happened"
    assert say("样例经信局", "Sample Industry Bureau") in str(rows["JX-01", None][-1])
    completed = say("已完成", "Completed")
    assert [rows["FZ-02", None][6 + 3 * number] == completed for number in range(12)] == [False] * 7 + [True] * 5
    halls = rows["WL-02", None]
    assert halls[-7:-1] == (completed, None, 120) * 2, "one month's figure is not repeated"
    said = [row for row in words.iter_rows(min_row=5, values_only=True) if row[0] == "CJ-01"]
    support = next(row for row in said if row[2] == say("配合", "Support"))
    assert say("同步修好小区道路4条", "roads of 4 estates") in str(support[-2]), "supporters' own words, in December"
    listed = [row[2] for row in changes.iter_rows(min_row=3, values_only=True)]
    documents = [say("样例府办〔2018〕31号", "Sample order no. 31 of 2018")]
    assert listed == [*documents, say("样例编办〔2018〕8号", "Sample decree no. 8 of 2018")]


def check_archives_of_months(home: Path, say: Say) -> None:
    archives = sorted(path.name for path in home.glob("2018-*/archive/*.zip"))
    assert archives == sorted([*(f"2018{number:02}.zip" for number in range(1, 13)), "201809-2.zip"])
    for path in home.glob("2018-*/archive/*.zip"):
        with zipfile.ZipFile(path) as archive:
            sums = [line.split("  ", 1) for line in archive.read("SHA256SUMS").decode().splitlines()]
            assert {name for _, name in sums} == set(archive.namelist()) - {"SHA256SUMS"}
            assert all(hashlib.sha256(archive.read(name)).hexdigest() == digest for digest, name in sums)
            originals = {name for name in archive.namelist() if name.startswith("inbox/")}
            inbox = path.parent.parent / "inbox"
            assert originals == {f"inbox/{one.name}" for one in inbox.iterdir()}
            assert archive.read("master.xlsx") in {one.read_bytes() for one in path.parents[1].glob("history/*.xlsx")}
        assert path.with_suffix(".html").is_file()
    page = (home / "2018-09" / "archive" / "201809-2.html").read_text("utf-8")
    assert say("人社局来函", "Letter of the bureau") in page


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
    assert asked_of(tmp_path) == {"2018-12": {("D101", "T-02", "explained")}}
    june, december, march = (tmp_path / name for name in ("2018-06", "2018-12", "2019-03"))

    def cells(quarter: Path, pattern: str) -> Mapping[tuple[str, str], Any]:
        return forms.cells_of(one(quarter / "outbox", pattern))

    survey = cells(june, "EDU-*")["e-02", "progress"]
    assert (survey.value, survey.protection.locked) == (None, True), "asked for once a year"
    assert not cells(march, "EDU-*")["e-02", "progress"].protection.locked
    waiting = cells(december, "HLT-*")["h-02", "progress"]
    assert ("every hospital" in waiting.value, waiting.protection.locked) == (True, True)
    assert "Sample Digital Directorate" not in cells(december, "DIG-*")["d-01", "last.progress"].value, "the same unit"
    assert "6 services" in cells(december, "DIG-*")["d-01", "last.progress"].value

    assert seen(december, "T-02", "forecast_on").date() == dt.date(2019, 3, 29)
    changes = load_workbook(december / "master.xlsx")["Changes"]
    moved = {row[1]: row[3] for row in changes.iter_rows(min_row=3, values_only=True)}
    assert (moved["T-02"], moved["T-01"]) == ("Worsened", "Changed"), "from Amber to Red"
    run = {row[1]: row[3:6] for row in load_workbook(december / "master.xlsx")["Year"].iter_rows(values_only=True)}
    assert run["T-02"] == ("Green\n2", "Amber\n2", "Red\n2")
    notes = " ".join(
        str(cell.value) for row in load_workbook(december / "master.xlsx").worksheets[0]["A1:A5"] for cell in row
    )
    assert "Sample notice 4" in notes
    assert "Sample letter of 8 October" in notes

    states, words, listed = load_workbook(march / "year-2018-19.xlsx").worksheets
    assert [cell.value for cell in states[3] if cell.value] == [
        "Apr–Jun 2018 (closed)",
        "Jul–Sep 2018 (closed)",
        "Oct–Dec 2018 (closed)",
        "Jan–Mar 2019 (closed)",
    ]
    rows = {row[0]: row for row in states.iter_rows(min_row=5, values_only=True)}
    assert len(rows) == 8
    roads = rows["T-01"]
    assert roads[-13:-1] == ("Green", 120, 120, "Green", 150, 270, "Green", 160, 430, "Complete", 170, 600)
    assert [cell.value for cell in listed["C"]][2:] == ["Sample letter of 8 October", "Sample notice 4"]
    said = next(row for row in words.iter_rows(min_row=5, values_only=True) if row[0] == "H-01")
    assert said[-5:-1] == tuple(
        f"{now} clinics opened this quarter, {total} since April."
        for now, total in ((8, 8), (10, 18), (11, 29), (11, 40))
    )
    assert sorted(path.name for path in tmp_path.glob("*/archive/*.zip")) == [
        "201806.zip",
        "201809.zip",
        "201812.zip",
        "201903.zip",
    ]
