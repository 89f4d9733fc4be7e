"""The plan's sheets of changes and units: as offices write them, and every mistake named by its cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import returns_kit as kit
import year_kit as year
from openpyxl import load_workbook
from test_plan import write_book

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language, Plan, PlanError
from kpi_xlsx.periods import Period, parse_since
from kpi_xlsx.plan import load_plan
from kpi_xlsx.plan_changes import ADDED, DROPPED, UnitKind
from kpi_xlsx.plan_ids import fill_ids
from kpi_xlsx.starter import write_plan

JULY = Period(dt.date(2018, 7, 1), dt.date(2018, 7, 31))
DEPARTMENTS = """
| code | name    |
| F    | Finance |
| R    | Roads   |
"""
GOALS = """
| id | department | name   | requirement   | Remark |
| 1  | F          | Income | Collect 15 m. | x      |
| 2  | R          | Roads  | Open 12 km.   |        |
"""
CHANGES = "| date | document | goal | item | old | new | since | reason |\n"
UNITS = "| date | kind | old | new | goals | document | old code |\n"
EN, ZH = Language.EN, Language.ZH


def load(
    folder: Path,
    changes: str = "",
    units: str = "",
    *,
    goals: str = GOALS,
    departments: str = DEPARTMENTS,
    language: Language = EN,
    period: Period = JULY,
) -> Plan:
    tables = {"goals": goals, "departments": departments}
    tables |= {"changes": CHANGES + changes} if changes else {}
    tables |= {"units": UNITS + units} if units else {}
    return load_plan(write_book(folder / "plan.xlsx", tables), period, language)


def mistakes(folder: Path, changes: str = "", units: str = "", **more: object) -> list[tuple[str, str]]:
    with pytest.raises(PlanError) as caught:
        load(folder, changes, units, **more)  # type: ignore[arg-type]
    return [(one.place, one.words) for one in caught.value.mistakes]


# --- changes of goals -------------------------------------------------------------------------------------------------


def test_a_line_is_read(tmp_path: Path) -> None:
    plan = load(tmp_path, "| 2018-05-12 | No. 5 | 1 | Requirement | 15 | 12 | 2018-06 | Less trade |")
    (line,) = plan.changes
    assert (line.goal, line.item, line.old, line.new) == ("1", "requirement", "15", "12")
    assert (line.date, line.since) == (dt.date(2018, 5, 12), dt.date(2018, 6, 1))
    assert (line.document, line.reason, line.place) == ("No. 5", "Less trade", "changes!D2")
    assert line.holds(dt.date(2018, 6, 30))
    assert not line.holds(dt.date(2018, 5, 31))


def test_both_languages_joined_headings_and_the_plans_own_columns(tmp_path: Path) -> None:
    heads = "| 日期 | 批准文号 | 编号 | 项目 | 原 | 新 | 自哪期起 | 原因 |\n"
    rows = (
        "| 2018年5月12日 | 5号 | 1 | 考核内容及指标 | 15 | 12 | | |\n"
        "| | | 1 | remark | x | y | 5月 | 笔误 |\n| | 6号 | 3 | 取消 | | | | |\n| | 6号 | 2 | 新增 | | | 二季度 | |\n"
    )
    names = {"goals 考核目标": GOALS, "部门": DEPARTMENTS, "changes 目标调整": heads + rows}
    plan = load_plan(write_book(tmp_path / "plan.xlsx", names), JULY, ZH)
    assert [(one.goal, one.item) for one in plan.changes] == [
        ("1", "requirement"),
        ("1", "remark"),
        ("3", DROPPED),
        ("2", ADDED),
    ]
    assert [one.start for one in plan.changes] == [
        dt.date(2018, 5, 1),
        dt.date(2018, 5, 1),
        None,
        dt.date(2018, 4, 1),
    ]


def test_one_line_may_name_several_goals(tmp_path: Path) -> None:
    plan = load(tmp_path, "| | No. 5 | 1; 2 | due month | 12 | 10 | | |")
    assert [one.goal for one in plan.changes] == ["1", "2"]


CHANGE_MISTAKES: Mapping[str, tuple[str, str, str]] = {
    "no goal": ("| | No. 5 | | name | a | b | | |", "changes!C2", "blank"),
    "an unknown goal": ("| | No. 5 | 7 | name | a | b | | |", "changes!C2", "no goal “7”"),
    "no item": ("| | No. 5 | 1 | | a | b | | |", "changes!D2", "not known"),
    "a misspelt item": ("| | No. 5 | 1 | requirment | a | b | | |", "changes!D2", "did you mean “requirement”"),
    "the id": ("| | No. 5 | 1 | id | 1 | 3 | | |", "changes!D2", "keeps its id"),
    "neither old nor new": ("| | No. 5 | 1 | name | | | | |", "changes!F2", "Both old and new"),
    "no authority": ("| 2018-05-12 | | 1 | name | a | b | | |", "changes!B2", "Neither document nor reason"),
    "no date": ("| soon | No. 5 | 1 | name | a | b | | |", "changes!A2", "“soon” is not understood"),
    "a day that never was": ("| '2018-02-30 | No. 5 | 1 | name | a | b | | |", "changes!A2", "not understood"),
    "no month": ("| | No. 5 | 1 | name | a | b | at once | |", "changes!G2", "no month"),
}


@pytest.mark.parametrize("case", CHANGE_MISTAKES)
def test_mistakes_in_changes(case: str, tmp_path: Path) -> None:
    line, place, words = CHANGE_MISTAKES[case]
    ((where, said),) = mistakes(tmp_path, line)
    assert where == place
    assert words in said
    ((where, said),) = mistakes(tmp_path, line, language=ZH)
    assert where == place
    assert not set("abcdefgh") & set(said.replace("requirement", "").replace("requirment", "").split("“")[0])


def test_what_is_not_of_this_year_or_not_yet_needs_no_goal(tmp_path: Path) -> None:
    plan = load(tmp_path, "| 2017-05-12 | No. 5 | 7 | name | a | b | | |\n| | No. 5 | 8 | added | | | 2018-09 | |")
    assert len(plan.changes) == 2


def test_a_goal_changed_and_dropped_later(tmp_path: Path) -> None:
    assert load(tmp_path, "| | No. 5 | 7 | name | a | b | | |\n| | No. 6 | 7 | dropped | | | | |").changes


def test_a_column_is_missing_or_the_sheet_blank(tmp_path: Path) -> None:
    tables = {"goals": GOALS, "departments": DEPARTMENTS, "changes": "| date | goal | item | new |\n| | 1 | name | x |"}
    with pytest.raises(PlanError, match="The column “old” is missing"):
        load_plan(write_book(tmp_path / "a.xlsx", tables), JULY, EN)
    assert load_plan(write_book(tmp_path / "b.xlsx", {**tables, "changes": "| |"}), JULY, EN).changes == ()
    with pytest.raises(PlanError, match="No heading row"):
        load_plan(write_book(tmp_path / "c.xlsx", {**tables, "units": "| Canteen | Monday |"}), JULY, EN)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("2018-05", (2018, 5)),
        ("5月", (2018, 5)),
        ("自5月起", (2018, 5)),
        ("from May", (2018, 5)),
        (5, (2018, 5)),
        (dt.date(2018, 5, 12), (2018, 5)),
        ("二季度", (2018, 4)),
        ("Q3", (2018, 7)),
    ],
)
def test_since(text: object, first: tuple[int, int]) -> None:
    assert parse_since(text, JULY) == dt.date(*first, 1)


@pytest.mark.parametrize("text", ["全年", "年底", "soon", "13", 0, True, None, "起"])
def test_no_since(text: object) -> None:
    assert parse_since(text, JULY) is None


# --- units ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("更名", UnitKind.RENAME),
        ("rename", UnitKind.RENAME),
        ("合并", UnitKind.MERGE),
        ("并入", UnitKind.MERGE),
        ("merged", UnitKind.MERGE),
        ("撤销", UnitKind.ABOLISH),
        ("Abolish", UnitKind.ABOLISH),
    ],
)
def test_a_unit_that_is_no_more_is_found_under_its_successor(word: str, kind: UnitKind, tmp_path: Path) -> None:
    goals = GOALS.replace("| F          |", "| Old Office |")
    plan = load(tmp_path, "", f"| 2018-07-01 | {word} | Old Office | Finance | | No. 7 | OLD |", goals=goals)
    (line,) = plan.units
    assert (line.kind, line.old, line.old_codes, line.new, line.goals) == (kind, ("Old Office",), ("OLD",), ("F",), ())
    assert plan.goals[0].departments == ("F",)
    for text in ("Old Office", "old office", "OLD"):
        found = plan.find_department(text)
        assert found is not None
        assert found.code == "F"
    assert plan.by_name["oldoffice"] == "F"
    assert "old" not in plan.by_name, "a code is no name"


def test_a_line_of_a_day_to_come_is_left_alone(tmp_path: Path) -> None:
    plan = load(tmp_path, "", "| 2018-08-01 | merge | Roads | Nobody | 99 | | |")
    assert plan.units == ()
    found = plan.find_department("Roads")
    assert found is not None
    assert found.code == "R"


def test_duties_that_pass_leave_the_old_unit_its_name(tmp_path: Path) -> None:
    plan = load(tmp_path, "", "| 2018-07-01 | 职能划转 | Roads | F | 2 | No. 7 | |")
    (line,) = plan.units
    assert (line.kind, line.old_codes, line.new, line.goals) == (UnitKind.TRANSFER, ("R",), ("F",), ("2",))
    found = plan.find_department("Roads")
    assert found is not None
    assert found.code == "R"


def test_a_chain_of_units_ends_at_the_one_that_is_there(tmp_path: Path) -> None:
    lines = (
        "| 2018-03-01 | rename | First | Second | | | A |\n| 2018-07-01 | merge | Second; Third | Finance | | | B; C |"
    )
    plan = load(tmp_path, "", lines)
    for name in ("First", "Second", "Third", "A", "B", "C"):
        found = plan.find_department(name)
        assert found is not None, name
        assert found.code == "F"


def test_a_unit_may_swallow_another_and_keep_its_name(tmp_path: Path) -> None:
    plan = load(tmp_path, "", "| 2018-07-01 | merge | Finance、Old Office | Finance | | | |")
    found = plan.find_department("Old Office")
    assert found is not None
    assert found.code == "F"


def test_one_that_several_succeed_is_nobodys_alias(tmp_path: Path) -> None:
    lines = "| 2018-07-01 | abolish | Old | Finance | 1 | | |\n| 2018-07-01 | abolish | Old | Roads | 2 | | |"
    assert load(tmp_path, "", lines).find_department("Old") is None


UNIT_MISTAKES: Mapping[str, tuple[str, str, str]] = {
    "no date": ("| | merge | Old | Finance | | | |", "units!A2", "blank"),
    "a wrong date": ("| soon | merge | Old | Finance | | | |", "units!A2", "not understood"),
    "a wrong kind": ("| 2018-07-01 | marry | Old | Finance | | | |", "units!B2", "is not known"),
    "no old unit": ("| 2018-07-01 | merge | | Finance | | | |", "units!C2", "old unit is blank"),
    "no new unit": ("| 2018-07-01 | merge | Old | | | | |", "units!D2", "new unit is blank"),
    "an unknown new unit": ("| 2018-07-01 | merge | Old | Finanse | | | |", "units!D2", "did you mean “Finance”"),
    "two new units": ("| 2018-07-01 | rename | Old | Finance;Roads | | | |", "units!D2", "one unit only"),
    "the old unit still stands": ("| 2018-07-01 | merge | Roads | Finance | | | |", "units!C2", "Take it out"),
    "the old code is another's": ("| 2018-07-01 | merge | Old | Finance | | | R |", "units!G2", "Take it out"),
    "too many codes": ("| 2018-07-01 | merge | Old | Finance | | | X;Y |", "units!G2", "more old codes"),
    "an unknown goal": ("| 2018-07-01 | merge | Old | Finance | 9 | | |", "units!E2", "no goal “9”"),
    "duties of nobody": ("| 2018-07-01 | transfer | Raods | Finance | 2 | | |", "units!C2", "did you mean “Roads”"),
}


@pytest.mark.parametrize("case", UNIT_MISTAKES)
def test_mistakes_in_units(case: str, tmp_path: Path) -> None:
    line, place, words = UNIT_MISTAKES[case]
    ((where, said),) = mistakes(tmp_path, "", line)
    assert where == place
    assert words in said
    ((where, _),) = mistakes(tmp_path, "", line, language=ZH)
    assert where == place


def test_abolished_without_a_successor(tmp_path: Path) -> None:
    (line,) = load(tmp_path, "", "| 2018-07-01 | abolish | Old | | | No. 7 | |").units
    assert line.new == ()


# --- a fresh plan, and copies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", list(Language))
def test_a_fresh_plan_has_all_sheets(language: Language, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    write_plan(path, kit.goals(language), kit.departments(language), language)
    zh, en = (
        ["考核目标", "部门", "目标调整", "单位变更", "指标"],
        ["goals", "departments", "changes", "units", "targets"],
    )
    assert load_workbook(path).sheetnames == (zh if language is ZH else en)
    plan = load_plan(path, JULY, language)
    assert (plan.changes, plan.units, plan.targets) == ((), (), ())


@pytest.mark.parametrize("language", list(Language))
def test_rows_that_are_passed_in_are_read_again_and_kept_by_import(language: Language, tmp_path: Path) -> None:
    changes: list[kit.PlanRow] = [{"date": dt.date(2018, 5, 12), "goal": "1", "item": "name", "old": "a", "new": "b"}]
    changes[0] = {**changes[0], "document": "5"}
    units: list[kit.PlanRow] = [
        {"date": dt.date(2018, 7, 1), "kind": language.say("更名", "rename"), "old": "Z", "new": "A", "document": "7"}
    ]
    rows = [dict(row) for row in kit.goals(language)]
    del rows[1]["id"]
    write_plan(tmp_path / "plan.xlsx", rows, kit.departments(language), language, changes, units)
    assert fill_ids(tmp_path / "plan.xlsx", tmp_path / "new.xlsx", language) == 1
    plan = load_plan(tmp_path / "new.xlsx", JULY, language)
    assert [(one.item, one.date) for one in plan.changes] == [("name", dt.date(2018, 5, 12))]
    assert [(one.kind, one.new) for one in plan.units] == [(UnitKind.RENAME, ("A",))]


# --- returns of units that are no more --------------------------------------------------------------------------------


def merged(language: Language, cycle: Cycle, kind: tuple[str, str] = ("合并", "merge")) -> Cycle:
    """The same cycle after A and B became N, whose code is new."""
    say, folder = language.say, cycle.settings.folder
    names = say("、", "; ").join(str(row["name"]) for row in kit.departments(language))
    unit: kit.PlanRow = {"date": dt.date(2018, 6, 20), "kind": say(*kind), "old": names, "new": "N", "old_code": "A;B"}
    offices: list[kit.PlanRow] = [{"code": "N", "name": say("样例新局", "New Bureau")}]
    rows = [{**row, "department": str(kit.departments(language)[0]["name"])} for row in kit.goals(language)]
    write_plan(folder / "plan.xlsx", rows, offices, language, (), [{**unit, "document": "9"}])
    return Cycle.load(folder, language)


@pytest.mark.parametrize("language", list(Language))
def test_a_form_issued_under_the_old_code_is_the_new_units(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    kit.send(cycle)
    cycle = merged(language, cycle)
    report = cycle.merge()
    assert {one.department for one in report.returns} == {"N"}
    found = kit.codes(report.findings)
    assert "I105" in found
    assert "I103" not in found
    assert "X101" not in found
    assert {row.id for row in report.entries if row.entry is not None} == {"1", "2", "3", "4"}


@pytest.mark.parametrize("language", list(Language))
def test_a_register_under_the_old_name_is_the_new_units(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    kit.send(cycle)
    kit.extend(cycle, "2018-07-20 17:30")
    cycle = merged(language, cycle)
    report = cycle.validate()
    assert report.remarks == ()
    assert report.decisions.deadline("N", cycle.context.return_by) != cycle.context.return_by


def test_a_form_whose_code_alone_changed_asks_for_nothing(tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", EN)
    kit.send(cycle)
    offices: list[kit.PlanRow] = [{**kit.departments(EN)[0], "code": "N", "name": "New"}, kit.departments(EN)[1]]
    rows = [{**row, "department": str(row["department"]).replace("A", "N")} for row in kit.goals(EN)]
    unit: kit.PlanRow = {"date": dt.date(2018, 6, 1), "kind": "rename", "old": "Sample Bureau", "new": "N"}
    write_plan(cycle.settings.plan, rows, offices, EN, (), [{**unit, "old_code": "A", "document": "9"}])
    assert Cycle.load(cycle.settings.folder, EN).validate().findings == ()


# --- the last answer of the one before --------------------------------------------------------------------------------


def last(cycle: Cycle, department: str, goal: str) -> str | None:
    found = cycle.past.last(department, goal)
    return None if found is None else str(found[1].values.get("progress"))


def test_the_last_answer_through_rename_merger_and_transfer(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05")
    for code, goal in (("A", "1"), ("B", "4")):
        year.report(may, code, {goal: {"progress": f"五月由{code}报的进展情况，内容较长。"}})
    may.merge()
    first, second = kit.departments(ZH)
    names = (str(first["name"]), str(second["name"]))
    say: kit.PlanRow = {"date": dt.date(2018, 6, 1), "document": "9"}
    offices: list[kit.PlanRow] = [{"code": "N", "name": "样例新局"}, second]
    rows = [{**row, "department": str(row["department"]).replace("A", "N")} for row in kit.goals(ZH)]

    renamed = follow(may, tmp_path / "r", rows, offices, [{**say, "kind": "更名", "old": names[0], "new": "N"}])
    assert last(renamed, "N", "1") == "五月由A报的进展情况，内容较长。"
    assert renamed.plan_findings() == ()

    rows = [{**row, "department": "N"} for row in kit.goals(ZH)]
    both = [{**say, "kind": "合并", "old": "、".join(names), "new": "N", "old_code": "A、B"}]
    joined = follow(may, tmp_path / "m", rows, offices[:1], both)
    assert last(joined, "N", "1") == "五月由A报的进展情况，内容较长。"
    assert last(joined, "N", "4") == "五月由B报的进展情况，内容较长。"
    assert joined.plan_findings() == ()

    rows = [{**row, "department": "B" if row["id"] == "1" else row["department"]} for row in kit.goals(ZH)]
    moved = [{**say, "kind": "职能划转", "old": "A", "new": "B", "goals": "1"}]
    passed = follow(may, tmp_path / "t", rows, kit.departments(ZH), moved)
    assert last(passed, "B", "1") == "五月由A报的进展情况，内容较长。"
    assert passed.plan_findings() == ()


def test_a_supporter_that_was_renamed_finds_its_own_words(tmp_path: Path) -> None:
    rows = [{**row, "department": "A、B" if row["id"] == "1" else row["department"]} for row in kit.goals(ZH)]
    may = year.begin(tmp_path, "2018-05", plan=rows)
    year.report(may, "B", {"1": {"progress": "乙局配合的进展情况写在这里。"}})
    may.merge()
    offices: list[kit.PlanRow] = [kit.departments(ZH)[0], {"code": "N", "name": "样例新局"}]
    later = [{**row, "department": str(row["department"]).replace("B", "N")} for row in rows]
    unit: kit.PlanRow = {"date": dt.date(2018, 6, 1), "kind": "更名", "old": "B", "new": "N", "document": "9"}
    june = follow(may, tmp_path / "x", later, offices, [unit])
    assert last(june, "N", "1") == "乙局配合的进展情况写在这里。"


def follow(
    before: Cycle, home: Path, rows: Sequence[kit.PlanRow], offices: Sequence[kit.PlanRow], units: Sequence[kit.PlanRow]
) -> Cycle:
    """The June after a May, under another roof, with lines on units."""
    cycle = year.begin(home, "2018-06", previous=f"../{before.settings.folder.name}", plan=rows, offices=offices)
    write_plan(cycle.settings.plan, rows, offices, ZH, (), units)
    return Cycle.load(cycle.settings.folder, ZH)
