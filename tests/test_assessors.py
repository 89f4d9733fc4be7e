"""Assessors: their forms, what they settle against what departments report, and what becomes of their files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
import returns_kit as kit
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from kpi_xlsx.assessors import assessors_of
from kpi_xlsx.cli import cli
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import write_form
from kpi_xlsx.master_amended import MARK_WORDS, Mark
from kpi_xlsx.model import CycleError, Finding, Language, PlanError, ReturnStatus, Severity, State
from kpi_xlsx.report import Report
from kpi_xlsx.starter import write_plan

OUTSIDE, INSIDE = 0, 1
"""The assessors of this plan: one that is no department, and department B."""


def plan_of(language: Language) -> list[kit.PlanRow]:
    """The outside body assesses goals 1 and 4, B goal 2, and 4 beside it; nobody assesses 3."""
    body = language.say("样例统计队", "Sample Statistics Office")
    said = {"1": body, "2": "B", "4": f"{body}；B"}
    rows = [{**row, "target": 12, "unit": language.say("公里", "km")} for row in kit.goals(language)]
    return [{**row, **({"assessor": said[str(row["id"])]} if row["id"] in said else {})} for row in rows]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Language, Cycle]:
    """In each language a cycle in which both departments have reported."""
    folder = tmp_path_factory.mktemp("assessed")
    made = {one: kit.make_cycle(folder / one, one, plan=plan_of(one)) for one in Language}
    for cycle in made.values():
        kit.send(cycle)
    return made


@pytest.fixture(params=Language)
def cycle(request: pytest.FixtureRequest, originals: Mapping[Language, Cycle], tmp_path: Path) -> Cycle:
    return kit.copy_cycle(originals[request.param], tmp_path / "cycle")


@pytest.fixture
def english(originals: Mapping[Language, Cycle], tmp_path: Path) -> Cycle:
    return kit.copy_cycle(originals[Language.EN], tmp_path / "cycle")


def run(cycle: Cycle, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["generate", "--assessors", "-C", str(cycle.settings.folder), *arguments])


def settle(cycle: Cycle, name: str = "statistics.xlsx", row: str = "a/1", body: int = OUTSIDE, **cells: object) -> Path:
    """A form of an assessor with one row filled in: by default the outside body's, of goal 1."""
    return kit.assess(cycle, name, {row: {f"assessed_{key}": value for key, value in cells.items()}}, body)  # type: ignore[misc]


def of_assessors(report: Report) -> list[Finding]:
    """What is said of their forms."""
    return [one for one in report.findings if one.department is None and one.severity is not Severity.INFO]


# --- forms ------------------------------------------------------------------------------------------------------------


def test_each_assessor_gets_a_row_for_each_goal_of_each_department(cycle: Cycle) -> None:
    say, language = cycle.context.language.say, cycle.context.language
    done = run(cycle)
    assert done.exit_code == 0, done.output
    folder = cycle.settings.outbox / "assessors"
    forms = {path.name: path for path in sorted(folder.iterdir())}
    outside, inside = forms
    assert outside.endswith(say("-样例统计队-201806-评分.xlsx", "-Sample Statistics Office-201806-assessment.xlsx"))
    assert inside == say("B-样例乙局-201806-评分.xlsx", "B-Other Bureau-201806-assessment.xlsx")
    with kit.edited(Path(shutil.copy(forms[outside], cycle.settings.folder))) as (sheet, marks):
        assert list(marks.rows) == ["a/1", "b/4"]
        top = [cell.value for cell in sheet[marks.head]][1:12]
        words = say(
            "评分编号 责任单位 目标名称 考核内容及指标 目标值 计量单位 核定实际值 得分 扣分理由 依据 自查提示",
            "Row,Department,Goal,Requirement and measure,Target,Unit,Assessed actual,Score,Reason for deductions,"
            "Document,Check",
        )
        assert top == words.split(say(" ", ","))
        goal = plan_of(language)[3]
        row = [cell.value for cell in sheet[marks.rows["b/4"]]][1:6]
        assert row == ["B/4", say("样例乙局", "Other Bureau"), goal["name"], goal["requirement"], 12]
    again = run(cycle)
    assert say("新写 0 份，没有变化 2 份", "0 written, 2 unchanged") in again.output
    body = plan_of(language)[0]["assessor"]
    changed = [{**one, "assessor": body if one["id"] in ("1", "4") else ""} for one in plan_of(language)]
    write_plan(cycle.settings.plan, changed, kit.departments(language), language)
    assert run(cycle).exit_code == 0
    assert [path.name for path in folder.glob("*.xlsx")] == [outside]
    assert [path.name for path in (folder / "old").iterdir()] == [inside]


def test_what_cannot_be_written_is_said(cycle: Cycle) -> None:
    say, language = cycle.context.language.say, cycle.context.language
    for arguments in (("--role", "lead"), ("--supplement",)):
        assert run(cycle, *arguments).exit_code == 2
    known = say("评分单位有：样例统计队、样例乙局", "The assessors: Sample Statistics Office, Other Bureau")
    with pytest.raises(PlanError, match=known):
        cycle.fill_assessors(["A"])
    write_plan(cycle.settings.plan, kit.goals(language), kit.departments(language), language)
    with pytest.raises(PlanError, match=say("没有填评分单位", "names no assessors")):
        Cycle.load(cycle.settings.folder).fill_assessors()
    assert not (cycle.settings.outbox / "assessors").exists()


def test_who_assesses_is_read_as_departments_are(english: Cycle) -> None:
    """By code, name or former name; a body outside keeps its code whatever white space is in its name."""
    plan = english.context.plan
    goal = plan.goals[0]

    def codes(text: str) -> list[str]:
        cells = {**goal.cells, "assessor": text}
        return [one.code for one in assessors_of(plan, type(goal)(goal.id, goal.name, ("A",), cells, goal.due))]

    assert codes("B、Other Bureau, 统计队\nA") == ["B", codes("统计队")[0], "A"]
    assert codes("Sample  Statistics office") == codes("Sample Statistics Office")
    assert codes(" ") == []


# --- what they settle -------------------------------------------------------------------------------------------------


def test_the_assessors_figure_stands_in_the_master(cycle: Cycle) -> None:
    say = cycle.context.language.say
    settle(cycle, value=11.5, score=9, reason="=1+1", document=say("统字3号", "No. 3"))
    place = kit.address(kit.inbox(cycle), "1", "actual")
    report = cycle.merge()
    own = report.assessed["A", "1"]
    assert (own.value, own.score, own.document) == (11.5, Decimal(9), say("统字3号", "No. 3"))
    (finding,) = kit.found_by(report, "X119")
    assert (finding.department, finding.goal, finding.column, finding.file) == ("A", "1", "actual", "inbox/A.xlsx")
    assert finding.cell == place
    assert "11.5" in finding.message
    assert "12" in finding.message
    assert of_assessors(report) == []
    assert cycle.merge().remarks == ()  # nothing of it is taken for a decision that the register has lost
    sheet = load_workbook(cycle.settings.master).worksheets[0]
    (cell,) = [cell for row in sheet.iter_rows() for cell in row if cell.value == 11.5]
    assert cell.comment is not None
    for words in (own.assessor, say("“12”", "“12”"), "inbox/A.xlsx", "=1+1", own.document, "inbox/statistics.xlsx"):
        assert words in cell.comment.text
    assert say(*MARK_WORDS[Mark.ASSESSED]) in str(sheet["A3"].value)
    returns = load_workbook(cycle.settings.master).worksheets[1]
    told = [str(cell.value) for row in returns.iter_rows() for cell in row]
    assert say("（评分单位）样例统计队", "(assessor) Sample Statistics Office") in told
    frame = report.to_frame()
    assert frame[(frame.department == "A") & (frame.id == "1")].actual.item() == 11.5


def test_an_explanation_settles_the_difference(english: Cycle) -> None:
    kit.fill(english, "A", kit.inbox(english), {"1": {"explanation": "The count was taken a week later."}})
    settle(english, value=11.5)
    (finding,) = kit.found_by(english.validate(), "X119")
    assert finding.state is State.EXPLAINED


@pytest.mark.parametrize(("figure", "differs"), [("12.0", False), ("十二", False), (12.001, True), (None, False)])
def test_figures_are_compared_by_their_digits(english: Cycle, figure: object, differs: bool) -> None:
    settle(english, value=figure, score=8)
    report = english.validate()
    assert bool(kit.found_by(report, "X119")) is differs
    assert report.assessed["A", "1"].score == 8
    assert kit.row_of(report, "1").amended.keys() == ({"actual"} if figure else set())


def test_the_newest_answer_of_the_first_named_assessor_counts(english: Cycle) -> None:
    kit.set_time(settle(english, "old.xlsx", "b/4", value=10), "2018-07-02 09:00")
    kit.set_time(settle(english, "new.xlsx", "b/4", value=11), "2018-07-03 09:00")
    kit.set_time(settle(english, "blank.xlsx", "a/1", score=5), "2018-07-04 09:00")
    settle(english, "other.xlsx", "b/4", INSIDE, value=13)
    report = english.validate()
    assert report.assessed["B", "4"].value == 11
    assert {one.file: one.counts for one in report.returns if one.department is None} == {
        "inbox/old.xlsx": False,
        "inbox/new.xlsx": True,
        "inbox/blank.xlsx": True,
        "inbox/other.xlsx": True,
    }
    (missing,) = kit.found_by(report, "X120")
    assert "Other Bureau: 1 of 2 rows" in missing.message


def test_a_decision_of_the_office_lies_over_it(english: Cycle) -> None:
    """An amendment of what the master shows holds; one of the department's own words is in conflict."""
    settle(english, value=11.5)
    kit.amend(english, "actual", 11.5, 11.8, "applied")
    report = english.validate()
    assert kit.row_of(report, "1").amended["actual"].value == 11.8
    assert kit.found_by(report, "X105") == []
    settle(english, value=11.9)
    assert len(kit.found_by(english.validate(), "X105")) == 1


def test_a_figure_is_no_report(english: Cycle) -> None:
    """It stands in the master, but the department has not reported, and no later cycle takes it for an answer."""
    kit.inbox(english).unlink()
    settle(english, value=11.5)
    report = english.merge()
    assert [one.department for one in kit.found_by(report, "X101")] == ["A"]
    row = kit.row_of(report, "1")
    assert (row.entry, row.amended["actual"].value) == (None, 11.5)
    sheet = load_workbook(english.settings.master).worksheets[0]
    shown = next([cell.value for cell in row] for row in sheet.iter_rows() if row[1].value == "1")
    assert 11.5 in shown
    assert "Not reported" in shown


# --- their files ------------------------------------------------------------------------------------------------------


def test_an_assessor_that_is_a_department_has_still_to_report(cycle: Cycle) -> None:
    """Its form of an assessor, even named after it, is nobody's return; nor is the department asked what is in it."""
    kit.inbox(cycle, "B.xlsx").unlink()
    name = cycle.context.plan.by_code["B"].name
    settle(cycle, f"{name}.xlsx", "a/2", INSIDE, value=13)
    shown = CliRunner().invoke(cli, ["validate", "-C", str(cycle.settings.folder), "--format", "json"])
    found = json.loads(shown.stdout)
    (own,) = [one for one in found["returns"] if one["file"] == f"inbox/{name}.xlsx"]
    assert (own["department"], own["status"], own["counts"]) == (None, "read", True)
    assert [one["code"] for one in found["findings"] if one["department"] == "B"] == ["X101"]
    standing = {one.code: one for one in cycle.status().standings}["B"]
    assert (standing.record, str(standing.state)) == (None, "missing")


def test_a_form_of_an_assessor_withstands_what_people_do_to_it(cycle: Cycle) -> None:
    """Renamed, its rows sorted without their marks, and of the identity only the printed id left."""
    path = settle(cycle, "x (1).xlsx", value=11.5)
    with kit.edited(path) as (sheet, marks):
        rows = sorted(marks.rows.values())
        cells = [[sheet.cell(row, column).value for column in marks.ends()] for row in rows]
        for row, values in zip(rows, reversed(cells), strict=True):
            for column, value in zip(marks.ends(), values, strict=True):
                sheet.cell(row, column).value = value
        sheet["A1"].value = None
        assert sheet.parent is not None
        for other in sheet.parent.worksheets[1:]:
            sheet.parent.remove(other)
        sheet.parent.custom_doc_props.props.clear()  # type: ignore[attr-defined]
    report = cycle.validate()
    assert report.assessed["A", "1"].value == 11.5
    assert of_assessors(report) == []


def test_a_department_s_own_form_is_its_own_whatever_it_is_called(english: Cycle) -> None:
    kit.inbox(english, "B.xlsx").rename(kit.inbox(english, "B-Other Bureau-201806-assessment.xlsx"))
    report = english.validate()
    assert kit.found(report, "B") == []
    assert report.assessed == {}
    assert {one.department for one in report.returns} == {"A", "B"}


def test_both_forms_may_come_in_one_workbook(english: Cycle) -> None:
    theirs = load_workbook(settle(english, "apart.xlsx", "a/2", INSIDE, value=13)).worksheets[0]
    kit.inbox(english, "apart.xlsx").unlink()
    path = kit.inbox(english, "B.xlsx")
    book = load_workbook(path)
    copy = book.create_sheet("Assessment")
    for row in theirs.iter_rows():
        for cell in row:
            if cell.value is not None:
                copy.cell(cell.row, cell.column).value = cell.value
    book.save(path)
    report = english.validate()
    assert report.assessed["A", "2"].value == 13
    assert [one.department for one in report.returns if one.file == "inbox/B.xlsx"] == ["B", None]
    assert kit.codes(kit.found(report, "B")) <= {"I106"}


def test_what_is_wrong_with_their_form_names_their_file(cycle: Cycle) -> None:
    settle(cycle, value="about a dozen", score=3)
    report = cycle.validate()
    (finding,) = of_assessors(report)
    assert (finding.code, finding.file, finding.goal) == ("V101", "inbox/statistics.xlsx", "1")
    assert report.assessed["A", "1"].value is None
    assert kit.row_of(report, "1").amended == {}
    assert report.exit_code == 1
    shown = CliRunner().invoke(cli, ["validate", "-C", str(cycle.settings.folder)]).output
    say = cycle.context.language.say
    assert say("评分单位　必须修改 1", "Assessors: Must fix 1") in shown


def test_a_form_of_another_period_names_the_assessor(cycle: Cycle) -> None:
    before = kit.variant(cycle, period="2018-01/2018-05", plan=plan_of(cycle.context.language))
    assessing = before.context.assessing
    assert assessing is not None
    name = f"{cycle.context.plan.by_code['A'].name}.xlsx"
    write_form(kit.inbox(cycle, name), assessing, before.settings, assessing.plan.departments[OUTSIDE].code)
    report = cycle.validate()
    (finding,) = kit.found_by(report, "I102")
    assert finding.department is None
    assert assessing.plan.departments[OUTSIDE].name in finding.message
    (record,) = [one for one in report.returns if one.file == f"inbox/{name}"]
    assert (record.status, record.department) == (ReturnStatus.QUARANTINED, None)


def test_what_was_read_before_is_the_same_from_the_ledger(english: Cycle) -> None:
    settle(english, value=11.5, score=9)
    first = english.merge()
    again = english.validate()
    assert (again.assessed, again.findings, again.returns) == (first.assessed, first.findings, first.returns)


def test_after_the_closing_nothing_more_is_taken(english: Cycle) -> None:
    """What was settled is archived; a figure that comes later has to go into the register."""
    kit.set_time(settle(english, value=11.5), "2018-07-03 09:00")
    english.merge()
    english.close(by="Li", reason="a sample")
    assert english.status().finished
    kit.set_time(settle(english, "late.xlsx", value=14), "2018-07-20 09:00")
    with pytest.raises(CycleError, match="An assessor's form that came after the closing"):
        english.merge()


def test_targets_that_are_reported_one_by_one_are_settled_one_by_one(english: Cycle) -> None:
    """In the unit of each, as the department's; the goal as a whole may be scored, and of it nothing is owed."""
    language = english.context.language
    rows = [{**row, "assessor": "B"} for row in kit.goals(language)]
    keys = ("id", "target", "unit", "basis")
    targets = [
        dict(zip(keys, one, strict=True)) for one in (("3#1", 300, "trees", "flow"), ("3#2", ">=90", "%", "ratio"))
    ]
    write_plan(english.settings.plan, rows, kit.departments(language), language, targets=targets)
    cycle = Cycle.load(english.settings.folder)
    assert cycle.context.assessing is not None
    rows_of_3 = [goal for goal in cycle.context.assessing.plan.goals if goal.id.startswith("A/3")]
    assert [goal.id for goal in rows_of_3] == ["A/3", "A/3#1", "A/3#2"]
    assert [goal.cells.get("target") for goal in rows_of_3] == [None, "300", ">=90"]
    kit.fill(cycle, "A", kit.inbox(cycle), {"3": {"actual": None, "1.total": 250, "2.total": 91}})
    given = {
        "a/3": {"assessed_score": "4.5"},
        "a/3#1": {"assessed_value": "0.02万"},
        "a/3#2": {"assessed_value": "91%"},
    }
    kit.assess(cycle, "b.xlsx", given)
    report = cycle.merge()
    assert report.assessed["A", "3"].score == Decimal("4.5")
    (finding,) = kit.found_by(report, "X119")
    assert (finding.goal, finding.column) == ("3", "1.total")
    assert "250 under target 1" in finding.message
    row = kit.row_of(report, "3")
    assert {key: one.value for key, one in row.amended.items()} == {"1.total": 200, "2.total": 91}
    (missing,) = kit.found_by(report, "X120")
    assert "3 of 5 rows" in missing.message
    sheets = load_workbook(cycle.settings.master)
    assert any("200" in str(cell.value) for row in sheets.worksheets[0].iter_rows() for cell in row)


def test_their_figures_are_what_pace_and_scores_are_made_of(english: Cycle, tmp_path: Path) -> None:
    rules = '[[rules]]\nname = "As given"\ngoals = ["1", "3"]\ninputs = { "Given" = "assessor:score" }\n'
    rules += '[[rules.lines]]\nname = "Score"\nkind = "cap"\ninput = "Given"\nlimit = 10\n'
    (english.settings.folder / "scores.toml").write_text(rules, "utf-8")
    settle(english, value=9, score=8.5)
    cycle = Cycle.load(english.settings.folder, Language.EN)
    frame = cycle.merge().to_frame("targets").set_index("goal")
    assert frame["actual"]["1"] == 9
    lines = list(load_workbook(cycle.settings.master, data_only=True)["Scores"].iter_rows(values_only=True))
    texts = [" ".join(map(str, line)) for line in lines]
    assert any("8.5" in text for text in texts)
    assert any("the assessor gave no score" in text for text in texts)
    settle(cycle, "later.xlsx", value=9, score=7)  # no merge has seen it
    cycle.export(tmp_path / "scores")
    (sheet,) = (tmp_path / "scores").glob("A-*")
    shown = load_workbook(sheet, data_only=True).worksheets[0].iter_rows(values_only=True)
    assert any(8.5 in line for line in shown)
