"""What rows say beside what earlier cycles had of them: X111 to X117."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import returns_kit as kit
import year_kit as year
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from kpi_xlsx import resources
from kpi_xlsx.checks.rule import Round
from kpi_xlsx.checks.years import adjoins_previous, begins_year
from kpi_xlsx.counting import Counting
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.magnitudes import equal, exact, looks_slipped, show_figure, show_times
from kpi_xlsx.model import Answer, Entry, Finding, Language, Plan, Progress, Return, ReturnStatus, Severity, State
from kpi_xlsx.past import Past, PastCycle, PastRow
from kpi_xlsx.periods import Period, parse_period
from kpi_xlsx.plan_changes import UnitChange, UnitKind
from kpi_xlsx.receipts import from_file_time
from kpi_xlsx.report import Report
from kpi_xlsx.settling import asks
from kpi_xlsx.versions import number_versions
from kpi_xlsx.wording import essence

EN, ZH = Language.EN, Language.ZH
ACROSS = ["X111", "X112", "X113", "X114", "X115", "X116", "X117"]
MAY, JUNE = "2018-05", "2018-06"
SPRING = "五月以来已改造 9 所学校，其余六所在建。"
both_languages = pytest.mark.parametrize("language", list(Language))


def design(language: Language = ZH, more: str = "") -> str:
    """The shipped template with a period's figure and a running total."""
    shipped = resources.folder("templates") / f"progress-{language}.toml"
    return shipped.read_text("utf-8") + kit.totals(language) + more


def status(cycle: Cycle, meaning: Progress) -> str:
    return next(word for word, known in cycle.context.template.progress_of.items() if known is meaning)


def told(
    home: Path, *answers: kit.Changes, periods: Sequence[str] = (MAY, JUNE), language: Language = ZH, **more: Any
) -> Cycle:
    """The last of cycles one after another, in each of which A reports as told."""
    cycle = None
    for period, changes in zip(periods, answers, strict=True):
        options = {"template": design(language), **more}
        cycle = (
            year.begin(home, period, language, **options) if cycle is None else year.follow(cycle, period, **options)
        )
        year.report(cycle, "A", changes)
    assert cycle is not None
    return cycle


def found(report: Report, *codes: str) -> list[tuple[str, str | None, str | None]]:
    return [(one.code, one.goal, one.column) for one in report.findings if one.code in (codes or ACROSS)]


def only(report: Report, code: str) -> Finding:
    (one,) = kit.found_by(report, code)
    return one


# --- X111 -------------------------------------------------------------------------------------------------------------


@both_languages
def test_the_same_words_are_said_with_the_cycle_and_the_cell(language: Language, tmp_path: Path) -> None:
    words: kit.Changes = {"2": {"progress": "9 schools, 6 more under way."}}
    cycle = told(tmp_path, words, words, language=language)
    report = cycle.validate()
    assert found(report) == [("X111", "2", "progress")]
    one = only(report, "X111")
    path = kit.inbox(cycle)
    assert (one.file, one.department, one.severity) == ("inbox/A.xlsx", "A", Severity.WARNING)
    assert one.cell == kit.address(path, "2", "progress")
    assert one.cell in one.hint
    assert MAY in one.message


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("已改造 9 所学校，其余在建。", "已改造9所学校, 其余在建", True),
        ("已改造９所学校。", "已改造9所学校", True),
        ("推进中", "推进中", True),
        ("已投资 1.2 亿元。", "已投资 12 亿元。", False),
        ("已改造 9 所学校。", "已改造 10 所学校。", False),
        ("1-5月完成 30%", "1-6月完成 30%", False),
        ("增长 -3.2%", "增长 3.2%", False),
    ],
)
def test_signs_aside_but_not_figures(before: str, now: str, same: bool, tmp_path: Path) -> None:
    cycle = told(tmp_path, {"2": {"progress": before}}, {"2": {"progress": now}})
    assert found(cycle.validate(), "X111") == [("X111", "2", "progress")] * same


@pytest.mark.parametrize(
    "meaning", [Progress.COMPLETED, Progress.NOT_DUE, Progress.DATA_PENDING, Progress.NOT_STARTED, Progress.ON_TRACK]
)
def test_words_may_stand_still_where_nothing_is_to_be_expected(meaning: Progress, tmp_path: Path) -> None:
    may = year.begin(tmp_path, MAY)
    year.report(may, "A", {"3": {"progress": SPRING}})
    june = year.follow(may, JUNE)
    row: kit.Row = {"progress": SPRING, "status": status(june, meaning), "completed_on": dt.date(2018, 6, 1)}
    year.report(june, "A", {"3": row if meaning is Progress.COMPLETED else {**row, "completed_on": None}})
    expected = meaning in (Progress.NOT_STARTED, Progress.ON_TRACK)
    assert found(june.validate(), "X111") == [("X111", "3", "progress")] * expected


def test_a_completed_goal_may_keep_its_words(tmp_path: Path) -> None:
    cycle = told(tmp_path, {"1": {"progress": SPRING}}, {"1": {"progress": SPRING}})
    assert found(cycle.validate()) == []


def test_optional_texts_may_stay(tmp_path: Path) -> None:
    same: kit.Changes = {"2": {"evidence": "样府〔2018〕12号文件", "explanation": "资金未到位，预计九月解决。"}}
    assert found(told(tmp_path, same, same).validate()) == []


def test_words_are_compared_with_the_last_answer_however_long_ago(tmp_path: Path) -> None:
    words: kit.Changes = {"2": {"progress": SPRING}}
    blank: kit.Changes = {"2": dict.fromkeys(("progress", "status", "actual", "data_as_of"))}
    cycle = told(tmp_path, words, blank, words, periods=("2018-04", MAY, JUNE))
    assert "2018-04" in only(cycle.validate(), "X111").message


def test_a_goal_that_is_not_due_asks_nothing(tmp_path: Path) -> None:
    first, second, *others = kit.goals(ZH)
    words: kit.Changes = {"2": {"progress": SPRING, "total": 9}}
    plan = [first, {**second, "frequency": "季"}, *others]
    periods = ("2018-06", "2018-07", "2018-09")
    blank: kit.Changes = {"2": dict.fromkeys(("progress", "status", "actual", "data_as_of"))}
    cycle = told(tmp_path, words, blank, words, periods=periods, plan=plan)
    assert found(cycle.validate(), "X111") == [("X111", "2", "progress")], "of June, the last that was asked"
    july = Cycle.load(cycle.settings.folder.with_name("2018-07"))
    year.report(july, "A", words)
    assert "2" not in {goal for _, goal, _ in found(july.validate())}


def test_a_placeholder_is_another_rules_matter(tmp_path: Path) -> None:
    words: kit.Changes = {"2": {"progress": "无"}}
    assert found(told(tmp_path, words, words).validate(), "X111", "R102") == [("R102", "2", "progress")]


def test_what_the_department_had_said_is_known_after_the_office_changed_it(tmp_path: Path) -> None:
    may = year.begin(tmp_path, MAY)
    year.report(may, "A", {"2": {"progress": SPRING}})
    kit.amend(may, "progress", SPRING, "已改造 9 所学校。", "applied", goal="2")
    may.merge()
    june = year.follow(may, JUNE)
    for words in (SPRING, "已改造 9 所学校"):
        year.report(june, "A", {"2": {"progress": words}})
        assert found(june.validate(), "X111") == [("X111", "2", "progress")], words


def test_the_successor_is_asked_about_its_predecessors_words(tmp_path: Path) -> None:
    cycle = told(tmp_path, {"2": {"progress": SPRING}}, {})
    plan = cycle.context.plan
    goals = tuple(replace(goal, departments=("B",)) if goal.id == "2" else goal for goal in plan.goals)
    merged = UnitChange(UnitKind.MERGE, None, ("样例甲局",), ("A",), ("B",), (), "", "")
    after = Cycle(cycle.settings, replace(cycle.context, plan=Plan(plan.departments, goals, units=(merged,))))
    year.report(after, "B", {"2": {"progress": SPRING}})
    one = only(after.validate(), "X111")
    assert (one.department, one.goal) == ("B", "2")
    assert "样例甲局" in one.message
    assert not kit.found_by(after.validate(), "X117")


# --- X112 -------------------------------------------------------------------------------------------------------------


@both_languages
def test_a_goal_that_is_completed_no_longer_is_said(language: Language, tmp_path: Path) -> None:
    may = year.begin(tmp_path, MAY, language)
    year.report(may, "A")
    june = year.follow(may, JUNE)
    behind = status(june, Progress.BEHIND)
    year.report(june, "A", {"1": {"status": behind, "completed_on": None, "explanation": None}})
    one = only(june.validate(), "X112")
    assert (one.goal, one.column, one.cell) == ("1", "status", kit.address(kit.inbox(june), "1", "status"))
    assert all(word in one.message for word in (status(may, Progress.COMPLETED), behind, MAY))
    year.report(june, "A", {"1": {"status": behind, "completed_on": None, "explanation": "The bridge was closed."}})
    assert only(june.validate(), "X112").state is State.EXPLAINED
    year.report(june, "A", {"1": {"status": None, "completed_on": None}})
    assert not kit.found_by(june.validate(), "X112"), "R101 says that"
    year.report(june, "A", {"1": {"status": "nearly", "completed_on": None}})
    assert not kit.found_by(june.validate(), "X112"), "V102 says that"


@pytest.mark.parametrize(("due", "said"), [("2018-06", True), (6, False)])
def test_what_comes_back_each_year_begins_anew(due: object, said: bool, tmp_path: Path) -> None:
    plan: list[kit.PlanRow] = [{**row, "due_month": due} for row in kit.goals(ZH)]  # type: ignore[dict-item]
    december = year.begin(tmp_path, "2018-12", plan=plan)
    year.report(december, "A")
    january = year.follow(december, "2019-01", plan=plan)
    year.report(january, "A", {"1": {"status": status(january, Progress.ON_TRACK), "completed_on": None}})
    assert bool(kit.found_by(january.validate(), "X112")) is said


# --- X113 and X114 ----------------------------------------------------------------------------------------------------

FIGURES = [
    ("fell", {"total": 120}, {"total": 119}, ["X113"]),
    ("rose", {"total": 120}, {"total": 121}, []),
    ("stayed", {"total": 120}, {"total": 120}, []),
    ("dust is no fall", {"total": 0.1 + 0.2}, {"total": 0.3}, []),
    ("adds up", {"total": 120}, {"total": 132, "month": 12}, []),
    ("does not add up", {"total": 120}, {"total": 131, "month": 12}, ["X114"]),
    ("decimals add up", {"total": 0.1}, {"total": 0.3, "month": 0.2}, []),
    ("decimals add up to the last digit", {"total": 1234567.89}, {"total": 1234568.9, "month": 1.01}, []),
    ("fell and adds up", {"total": 120}, {"total": 110, "month": -10}, ["X113"]),
    ("nothing to add", {"total": 120}, {"total": 140}, []),
    ("zero to add", {"total": 120}, {"total": 121, "month": 0}, ["X114"]),
    ("no total before", {"month": 20}, {"total": 140, "month": 12}, []),
    ("no total now", {"total": 120}, {"month": 12}, []),
    ("words before", {"total": "about 120"}, {"total": 110, "month": 12}, []),
    ("words now", {"total": 120}, {"total": "about 110", "month": 12}, []),
    ("nothing before", {"total": "无"}, {"total": 12, "month": 12}, []),
]


@pytest.mark.parametrize(("before", "now", "codes"), [case[1:] for case in FIGURES], ids=[case[0] for case in FIGURES])
def test_totals(before: kit.Row, now: kit.Row, codes: list[str], tmp_path: Path) -> None:
    report = told(tmp_path, {"2": before}, {"2": now}).validate()
    assert found(report) == [(code, "2", "total") for code in codes]


@both_languages
def test_both_figures_and_the_expected_one_are_said(language: Language, tmp_path: Path) -> None:
    now: kit.Row = {"total": 100, "month": 12.5}
    report = told(tmp_path, {"2": {"total": 120}}, {"2": now}, language=language).validate()
    fell, wrong = only(report, "X113").message, only(report, "X114").message
    assert all(text in fell for text in ("120", "100", MAY))
    assert all(text in wrong for text in ("120", "100", "12.5", "132.5", MAY))


def test_a_fall_is_seen_over_a_cycle_that_left_it_blank(tmp_path: Path) -> None:
    answers: Sequence[kit.Changes] = ({"2": {"total": 120}}, {}, {"2": {"total": 110, "month": 5}})
    report = told(tmp_path, *answers, periods=("2018-04", MAY, JUNE)).validate()
    assert found(report) == [("X113", "2", "total")]
    assert "2018-04" in only(report, "X113").message


def test_a_total_begins_anew_with_the_year(tmp_path: Path) -> None:
    periods = ("2018-12", "2019-01")
    report = told(tmp_path, {"2": {"total": 120}}, {"2": {"total": 10, "month": 10}}, periods=periods).validate()
    assert found(report) == []
    report = told(tmp_path / "x", {"2": {"total": 120}}, {"2": {"total": 130, "month": 10}}, periods=periods).validate()
    assert found(report) == [("X114", "2", "total")]
    assert "10" in only(report, "X114").message


def test_a_missing_month_adds_nothing_up(tmp_path: Path) -> None:
    answers: Sequence[kit.Changes] = ({"2": {"total": 120}}, {"2": {"total": 150, "month": 12}})
    assert found(told(tmp_path, *answers, periods=("2018-04", JUNE)).validate()) == []


def period(text: str, year_start: int = 1) -> Period:
    found = parse_period(text, year_start)
    assert found is not None
    return found


CHAINS = [
    ("2018-06", ["2018-05"], True, 1),
    ("2018-06", ["2018-04"], False, 1),
    ("2018-01/2018-06", ["2018-01/2018-05"], True, 1),
    ("2018-01/2018-06", ["2018-01/2018-04"], False, 1),
    ("2018-04/2018-06", ["2018-01/2018-03"], True, 1),
    ("2018-07/2018-09", ["2018-01/2018-03"], False, 1),
    ("2018-01/2018-06", ["2018-01/2018-03"], True, 1),
    ("2018-01/2018-06", ["2018-01/2018-03", "2018-01/2018-02"], False, 1),
    ("2018-01/2018-09", ["2018-01/2018-06", "2018-01/2018-03"], True, 1),
    ("2018-01/2018-09", ["2018-01/2018-03"], False, 1),
    ("2018-01/2018-03", ["2018-01/2018-02"], True, 1),
    ("2018-01/2018-02", ["2018-01"], True, 1),
    ("2018-01/2018-06", ["2018-05"], False, 1),
    ("2018-06", ["2018-06"], False, 1),
    ("2018-05", ["2018-06"], False, 1),
    ("2019-01", ["2018-12"], False, 1),
    ("2019-01", ["2018-12"], True, 4),
    ("2018-04", ["2018-03"], False, 4),
    ("2018-07/2018-09", ["2018-04/2018-06"], True, 4),
]


def chain(now: str, before: Sequence[str], start: int = 1) -> Past:
    plan = Plan((), ())
    return Past(plan, period(now, start), tuple(PastCycle(one, period(one, start), one, plan, {}) for one in before))


@pytest.mark.parametrize(("now", "before", "adjoins", "start"), CHAINS)
def test_whether_a_cycle_is_missing(now: str, before: list[str], adjoins: bool, start: int) -> None:
    assert adjoins_previous(chain(now, before, start)) is adjoins


@pytest.mark.parametrize(
    ("now", "before", "start", "first"),
    [
        ("2019-01", ["2018-12"], 1, True),
        ("2019-01/2019-03", ["2018-10/2018-12"], 1, True),
        ("2019-02", ["2018-12"], 1, False),
        ("2019-01/2019-02", ["2019-01", "2018-12"], 1, False),
        ("2018-04/2018-06", ["2018-01/2018-03"], 4, True),
    ],
)
def test_whether_a_cycle_begins_its_year(now: str, before: list[str], start: int, first: bool) -> None:
    assert begins_year(chain(now, before, start)) is first


def test_an_amended_part_is_what_is_added(tmp_path: Path) -> None:
    cycle = told(tmp_path, {"2": {"total": 120}}, {"2": {"total": 132, "month": 2}})
    assert kit.found_by(cycle.validate(), "X114")
    kit.amend(cycle, "month", 2, 12, "proposed", goal="2")
    assert kit.found_by(cycle.validate(), "X114"), "nobody has decided yet"
    kit.amend(cycle, "month", 2, 12, "applied", goal="2")
    assert not kit.found_by(cycle.validate(), "X114")


# --- X115 -------------------------------------------------------------------------------------------------------------

JUMPS: list[tuple[Any, Any, str]] = [
    (12, 120, "10"),
    (12, 1.2, "1/10"),
    (12, 1200, "100"),
    (12, 0.12, "1/100"),
    (12, 120000, "10,000"),
    (120000, 12, "1/10,000"),
    (3.2, 3200, "1,000"),
    (12, 96, "8"),
    (12, 90, ""),
    (12, 250, ""),
    (12, 15, ""),
    (12, 0, ""),
    (0, 12, ""),
    (-12.3, 12.5, "±"),
    (12.3, -12.5, "±"),
    (-12.3, -123, "10"),
    (0.5, -3, ""),
    ("about 12", 120000, ""),
    (12, "120000 or so", ""),
]


@pytest.mark.parametrize(("before", "now", "what"), JUMPS)
def test_jumps(before: Any, now: Any, what: str, tmp_path: Path) -> None:
    report = told(tmp_path, {"2": {"actual": before}}, {"2": {"actual": now}}).validate()
    assert found(report) == ([("X115", "2", "actual")] if what else [])
    if what:
        message = only(report, "X115").message
        assert ("正负号" if what == "±" else f"约为上次的 {what}") in message
        assert MAY in message


def test_a_jump_is_said_in_english(tmp_path: Path) -> None:
    report = told(tmp_path, {"2": {"actual": 12}}, {"2": {"actual": 1.2}, "3": {"actual": 125}}, language=EN).validate()
    first, second = (one.message for one in kit.found_by(report, "X115"))
    assert "about 1/10 of it" in first
    assert "about 10 times as much" in second


@pytest.mark.parametrize(
    ("before", "now", "codes"),
    [
        (12, 120, []),
        (12, 700, []),
        (12, 1200, ["X115"]),
        (120, 12, ["X113", "X115"]),
        (120000, 12, ["X113", "X115"]),
    ],
)
def test_a_total_may_grow_but_not_a_hundredfold(before: float, now: float, codes: list[str], tmp_path: Path) -> None:
    report = told(tmp_path, {"2": {"total": before}}, {"2": {"total": now}}).validate()
    assert found(report) == [(code, "2", "total") for code in codes]


@pytest.mark.parametrize(
    ("column", "before", "now", "said"),
    [
        ("actual", 120, 12, False),
        ("actual", 12, 120, True),
        ("total", 120, 10, False),
        ("total", 12, 1200, True),
    ],
)
def test_a_fall_with_a_new_year_is_none(column: str, before: float, now: float, said: bool, tmp_path: Path) -> None:
    cycle = told(tmp_path, {"2": {column: before}}, {"2": {column: now}}, periods=("2018-12", "2019-01"))
    assert bool(kit.found_by(cycle.validate(), "X115")) is said


# --- X116 and X117 ----------------------------------------------------------------------------------------------------


def offices(count: int) -> tuple[list[kit.PlanRow], list[kit.PlanRow]]:
    """Departments A, B, C and so on, each with a goal of its own number."""
    codes = "ABCDEFGH"[:count]
    plan: list[kit.PlanRow] = [
        {"id": str(number), "department": code, "name": f"目标{code}", "requirement": f"要求{code}"}
        for number, code in enumerate(codes, 1)
    ]
    return plan, [{"code": code, "name": f"样例{code}局"} for code in codes]


def test_many_with_one_text_are_each_named_with_the_first(tmp_path: Path) -> None:
    plan, departments = offices(4)
    cycle = year.begin(tmp_path, MAY, plan=plan, offices=departments)
    for number, code in enumerate("ABCD", 1):
        year.report(cycle, code, {str(number): {"progress": SPRING}})
    report = cycle.validate()
    echoes = kit.found_by(report, "X116")
    assert [(one.department, one.goal, one.severity) for one in echoes] == [
        (code, str(number), Severity.INFO) for number, code in enumerate("BCD", 2)
    ]
    assert all("样例A局" in one.message for one in echoes)
    assert not any(map(asks, echoes))


def test_a_raised_severity_does_not_send_it_to_departments(tmp_path: Path) -> None:
    plan, departments = offices(2)
    template = design(more='\n[severity]\nX116 = "warning"\n')
    cycle = year.begin(tmp_path, JUNE, plan=plan, offices=departments, template=template)
    for number, code in enumerate("AB", 1):
        year.report(cycle, code, {str(number): {"progress": SPRING}})
    one = only(cycle.validate(), "X116")
    assert one.severity is Severity.WARNING
    assert not asks(one)
    assert cycle.feedback() == []


@pytest.mark.parametrize(("words", "said"), [("按计划推进中。", False), ("各项工作按计划推进中。", True)])
def test_short_texts_are_everybodys(words: str, said: bool, tmp_path: Path) -> None:
    plan, departments = offices(2)
    cycle = year.begin(tmp_path, MAY, plan=plan, offices=departments)
    for number, code in enumerate("AB", 1):
        year.report(cycle, code, {str(number): {"progress": words}})
    assert bool(kit.found_by(cycle.validate(), "X116")) is said


def test_lead_and_supporter_of_a_goal_may_agree(tmp_path: Path) -> None:
    plan, departments = offices(3)
    plan[0] = {**plan[0], "department": "A;B"}
    may = year.begin(tmp_path, MAY, plan=plan, offices=departments)
    june = year.follow(may, JUNE, plan=plan, offices=departments)
    for cycle in (may, june):
        for code in "AB":
            year.report(cycle, code, {"1": {"progress": SPRING}})
    report = june.validate()
    assert not kit.found_by(report, "X116")
    assert not kit.found_by(report, "X117")
    year.report(june, "C", {"3": {"progress": SPRING}})
    report = june.validate()
    assert [(one.department, one.goal) for one in kit.found_by(report, "X116")] == [("C", "3")]
    assert [(one.department, one.goal) for one in kit.found_by(report, "X117")] == [("C", "3")]


@both_languages
def test_anothers_old_words_are_named(language: Language, tmp_path: Path) -> None:
    may = year.begin(tmp_path, MAY, language)
    year.report(may, "B", {"4": {"progress": SPRING}})
    june = year.follow(may, JUNE)
    year.report(june, "A", {"2": {"progress": SPRING}})
    one = only(june.validate(), "X117")
    assert (one.department, one.goal, one.column, one.explainable) == ("A", "2", "progress", False)
    assert all(text in one.message for text in (may.context.plan.by_code["B"].name, "4", MAY))


def test_what_a_department_said_itself_is_not_anothers(tmp_path: Path) -> None:
    """Nor is it said twice of one cell."""
    may = year.begin(tmp_path, MAY)
    year.report(may, "A", {"2": {"progress": SPRING}, "3": {"progress": "已植树 150 棵，成活率很高。"}})
    year.report(may, "B", {"4": {"progress": SPRING}})
    june = year.follow(may, JUNE)
    year.report(june, "A", {"2": {"progress": SPRING}, "3": {"progress": SPRING}})
    assert found(june.validate()) == [("X111", "2", "progress")]


def test_words_of_three_departments_are_nobodys(tmp_path: Path) -> None:
    plan, departments = offices(4)
    may = year.begin(tmp_path, MAY, plan=plan, offices=departments)
    june = year.follow(may, JUNE, plan=plan, offices=departments)
    for number, code in enumerate("AB", 1):
        year.report(may, code, {str(number): {"progress": SPRING}})
    year.report(june, "D", {"4": {"progress": SPRING}})
    assert kit.found_by(june.validate(), "X117")
    year.report(may, "C", {"3": {"progress": SPRING}})
    assert not kit.found_by(Cycle.load(june.settings.folder).validate(), "X117")


# --- roles ------------------------------------------------------------------------------------------------------------

SUPPORT_ONLY = """
[[columns]]
key = "helped"
header = "配合工作进展"
source = "department"
required_for = "support"
closed_for = "lead"
"""


def test_a_column_counts_for_the_role_that_must_fill_it(tmp_path: Path) -> None:
    first, second, *others = kit.goals(ZH)
    plan = [first, {**second, "department": "A;B"}, *others]
    helped: kit.Changes = {"2": {"helped": "已划拨三所学校的用地。"}}
    template = design(more=SUPPORT_ONLY)
    may = year.begin(tmp_path, MAY, plan=plan, template=template)
    june = year.follow(may, JUNE, plan=plan, template=template)
    for cycle in (may, june):
        year.report(cycle, "B", helped)
        year.report(cycle, "A")
    report = june.validate()
    assert [(one.department, one.column) for one in kit.found_by(report, "X111")] == [("B", "helped")]


# --- without a past, and with one that cannot be read -----------------------------------------------------------------


def test_a_cycle_without_a_past_says_nothing_of_it(tmp_path: Path) -> None:
    cycle = told(tmp_path, {"2": {"total": 120, "month": 12, "actual": 120000}}, periods=("2018-01",))
    assert found(cycle.validate()) == []


def test_named_files_are_compared_with_the_past_as_well(tmp_path: Path) -> None:
    cycle = told(tmp_path, {"2": {"progress": SPRING}}, {"2": {"progress": SPRING}})
    assert found(cycle.validate(kit.inbox(cycle))) == [("X111", "2", "progress")]


# --- what settles them ------------------------------------------------------------------------------------------------

FAULTS: kit.Changes = {"2": {"progress": SPRING, "total": 100, "month": 12, "actual": 120000}}
SETTLED = ["X111", "X113", "X114", "X115"]


def faulty(home: Path, more: kit.Row, language: Language = ZH) -> Cycle:
    before: kit.Changes = {"2": {"progress": SPRING, "total": 120, "actual": 12}}
    return told(home, before, {"2": {**FAULTS["2"], **more}}, language=language)


def test_words_in_the_explanation_settle_them(tmp_path: Path) -> None:
    report = faulty(tmp_path, {"explanation": "上期数字经统计部门修订。"}).validate()
    assert sorted((one.code, one.state) for one in kit.found(report)) == [(code, State.EXPLAINED) for code in SETTLED]


def test_an_amendment_of_the_cell_settles_them(tmp_path: Path) -> None:
    cycle = faulty(tmp_path, {})
    kit.amend(cycle, "progress", SPRING, "六月又改造 2 所。", "applied", goal="2")
    kit.amend(cycle, "total", 100, 132, "applied", goal="2")
    kit.amend(cycle, "actual", 120000, 12, "applied", goal="2")
    report = cycle.validate()
    assert {(one.code, one.state) for one in kit.found(report) if one.code in ACROSS} == {
        (code, State.EXPLAINED) for code in SETTLED
    }
    assert all("登记簿" in one.grounds for one in kit.found(report) if one.code in SETTLED)


def test_a_waiver_settles_what_cannot_be_explained(tmp_path: Path) -> None:
    may = year.begin(tmp_path, MAY)
    year.report(may, "B", {"4": {"progress": SPRING}})
    june = year.follow(may, JUNE)
    year.report(june, "A", {"2": {"progress": SPRING, "explanation": "就是这样写的，没有抄。"}})
    assert only(june.validate(), "X117").state is State.OPEN
    kit.waive(june, "X117", "2")
    assert only(june.validate(), "X117").state is State.EXPLAINED


def test_the_template_changes_their_severity(tmp_path: Path) -> None:
    words: kit.Changes = {"2": {"progress": SPRING}}
    report = told(tmp_path, words, words, template=design(more='\n[severity]\nX111 = "error"\n')).validate()
    assert report.exit_code == 1


# --- the feedback copy ------------------------------------------------------------------------------------------------


@both_languages
def test_the_copy_marks_the_cells_and_is_clean_once_they_are_explained(language: Language, tmp_path: Path) -> None:
    cycle = faulty(tmp_path, {}, language)
    year.report(cycle, "B")
    (copy,) = cycle.feedback()
    sheet = load_workbook(copy).worksheets[0]
    marks = kit.Marks.of(sheet)
    row = marks.rows["2"]
    framed = {key for key, at in marks.columns.items() if sheet.cell(row, at).border.left.style == "thick"}
    assert framed == {"progress", "total", "actual"}
    for key, code in (("progress", "X111"), ("total", "X114"), ("actual", "X115")):
        cell = sheet.cell(row, marks.columns[key])
        assert cell.comment is not None
        assert only(cycle.validate(), code).message in cell.comment.text
        assert cell.value is not None
        hint = only(cycle.validate(), code).hint
        assert hint.replace(str(only(cycle.validate(), code).cell), str(cell.coordinate)) in cell.comment.text
    sheet.cell(row, marks.columns["explanation"]).value = "The office of statistics has revised it."
    book = sheet.parent
    assert book is not None
    book.save(kit.inbox(cycle, "A-again.xlsx"))
    kit.set_time(kit.inbox(cycle, "A-again.xlsx"), "2018-07-05 09:00")
    report = cycle.validate()
    assert {one.state for one in kit.found(report) if one.code in SETTLED} == {State.EXPLAINED}
    assert cycle.feedback() == []


def test_what_is_explained_stands_in_a_copy_that_is_needed_for_something_else(tmp_path: Path) -> None:
    cycle = faulty(tmp_path, {"explanation": "上期数字经统计部门修订。"})
    year.report(cycle, "A", {"2": {**FAULTS["2"], "explanation": "上期数字已修订。"}, "3": {"progress": None}})
    (copy,) = (path for path in cycle.feedback() if path.name.startswith("A-"))
    sheet = load_workbook(copy).worksheets[0]
    shown = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert only(cycle.validate(), "X115").message in shown
    marks = kit.Marks.of(sheet)
    thick = {
        (goal, key)
        for goal, row in marks.rows.items()
        for key, at in marks.columns.items()
        if sheet.cell(row, at).border.left.style == "thick"
    }
    assert thick == {("3", "progress")}


# --- figures and texts by themselves ----------------------------------------------------------------------------------


@given(st.one_of(st.floats(), st.integers(), st.booleans(), st.text(), st.dates(), st.none()))
def test_only_finite_numbers_are_figures(value: object) -> None:
    found = exact(value)
    assert found is None or found.is_finite()
    if found is not None:
        assert equal(found, found)
        assert show_figure(found)


@given(st.decimals("1e-12", "1e12", allow_nan=False), st.sampled_from([10, 100, 1000, 10_000]))
def test_a_power_of_ten_always_looks_slipped(value: Decimal, power: int) -> None:
    assert looks_slipped(value * power / value)
    assert looks_slipped(value / (value * power))
    assert show_times(Decimal(power)) == f"{power:,}"


@given(st.text())
def test_the_essence_of_a_text_is_its_own_essence(text: str) -> None:
    assert essence(essence(text)) == essence(text)
    assert essence(f"  {text} ") == essence(text)


# --- any mixture of values --------------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.none(), st.floats(), st.integers(), st.booleans(), st.text(max_size=20), st.dates(), st.datetimes(),
    st.sampled_from(["已完成", "正常推进", "无", SPRING, 12, 120.0, "约12"]),
)  # fmt: skip
ROWS = st.fixed_dictionaries({}, optional=dict.fromkeys(("progress", "status", "actual", "month", "total"), CELLS))
KEYS = ("progress", "status", "actual", "month", "total", "explanation")


@pytest.fixture(scope="module")
def last_cycle(tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    return year.begin(tmp_path_factory.mktemp("mixed"), JUNE, template=design())


def as_return(code: str, rows: dict[str, dict[str, Any]]) -> Return:
    """A return whose cells hold these values, be they of the column's kind or not."""
    entries = tuple(
        Entry(
            "goals",
            goal,
            row,
            {key: Answer(f"H{row}", str(value), value) for key, value in cells.items() if value is not None},
            dict.fromkeys(KEYS, f"H{row}"),
        )
        for row, (goal, cells) in enumerate(rows.items(), 7)
    )
    return Return(f"inbox/{code}.xlsx", ReturnStatus.READ, code, department=code, sheet="填报", entries=entries)


def earlier(cycle: Cycle, name: str, rows: dict[str, dict[str, Any]]) -> PastCycle:
    plan = cycle.context.plan
    made = {}
    for goal, cells in rows.items():
        code = plan.by_key[goal].departments[0]
        values = {key: value for key, value in cells.items() if value is not None}
        progress = cycle.context.progress(values.get("status"))
        made[code, goal] = PastRow(code, plan.by_code[code].name, True, goal, values, progress, False, True)
    return PastCycle(name, period(name), name, plan, MappingProxyType(made))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    now=st.fixed_dictionaries(dict.fromkeys("1234", ROWS)),
    may=st.fixed_dictionaries(dict.fromkeys("1234", ROWS)),
    april=st.fixed_dictionaries(dict.fromkeys("1234", ROWS)),
)
def test_no_rule_stumbles_over_any_mixture(
    last_cycle: Cycle, now: dict[str, Any], may: dict[str, Any], april: dict[str, Any]
) -> None:
    from kpi_xlsx.checks import BY_CODE, judge_round

    context = last_cycle.context
    cycles = (earlier(last_cycle, MAY, may), earlier(last_cycle, "2018-04", april))
    returns = [as_return("A", {goal: now[goal] for goal in "123"}), as_return("B", {"4": now["4"]})]
    receipts = {one.file: from_file_time(0) for one in returns}
    counting = Counting.of(context, number_versions(returns, receipts))
    past = Past(context.plan, context.period, cycles)
    round_ = Round(context, counting, receipts, last_cycle.validate().decisions, {}, True, past)
    for one in judge_round(round_):
        assert one.message
        if BY_CODE[one.code].of_cell:
            assert one.goal
            assert one.column
