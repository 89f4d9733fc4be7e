"""Supporters first, then leads: two deadlines, forms of some goals only, what is late, missing, and whom to chase."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import returns_kit as kit
import roles_kit as roles
import year_kit as year
from openpyxl import load_workbook

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import Decisions, Extension, Place, Review, Verdict
from kpi_xlsx.form import write_form
from kpi_xlsx.ledger import opened
from kpi_xlsx.model import CycleError, Finding, Frequency, Language, Role, State
from kpi_xlsx.outputs.chase import write_chase_book
from kpi_xlsx.portions import Portion
from kpi_xlsx.reminders import remind, remind_all
from kpi_xlsx.report import Report
from kpi_xlsx.standing import Condition, Stage, Status
from kpi_xlsx.standing_screen import show_status
from kpi_xlsx.steps import find_steps
from kpi_xlsx.stocktaking import take_stock

ZH, EN = Language.ZH, Language.EN
FIRST, BETWEEN, LAST = "2018-07-03 09:00", "2018-07-04 09:00", "2018-07-06 09:00"
"""Before supporters are due, before leads are, after both."""
SUPPORT_ONLY = {"A.xlsx": ("3",)}
HERE = Place("x", 2)


@pytest.fixture(params=Language)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    return roles.begin(tmp_path, request.param)


def missing(report: Report) -> list[Finding]:
    return kit.found_by(report, "X109")


def status_of(cycle: Cycle, report: Report, now: str) -> Status:
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=kit.ZONE)
    return take_stock(report, cycle.settings, roles.KEPT, moment)


def extended(code: str, until: str) -> Decisions:
    moment = dt.datetime.fromisoformat(until).replace(tzinfo=kit.ZONE)
    return Decisions(extensions=(Extension(code, moment, "No. 5", HERE),))


# --- cycle.toml -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_supporters_cannot_be_due_after_leads(language: Language, tmp_path: Path) -> None:
    with pytest.raises(CycleError) as caught:
        roles.begin(tmp_path, language, settings="support_by = 2018-07-05T17:30:01+08:00")
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.place) == ("cycle.toml", "support_by")


def test_offsets_are_compared_as_moments(tmp_path: Path) -> None:
    made = roles.begin(tmp_path, EN, settings="support_by = 2018-07-05T09:30:00+00:00")
    assert made.settings.support_by == made.settings.return_by


def test_times_without_offset_are_said_once_and_not_compared(tmp_path: Path) -> None:
    with pytest.raises(CycleError) as caught:
        roles.begin(tmp_path, EN, settings="support_by = 2018-07-09T17:30:00")
    assert len(caught.value.mistakes) == 1


# --- the head of a form -----------------------------------------------------------------------------------------------


def head(cycle: Cycle, code: str, only: tuple[str, ...] = ()) -> str:
    path = cycle.settings.folder / "form.xlsx"
    write_form(path, cycle.context, cycle.settings, code, only=only)
    rows = load_workbook(path).worksheets[0].iter_rows(min_row=2, max_row=2, values_only=True)
    return "\n".join(str(value) for row in rows for value in row if value)


def test_the_head_names_the_deadline_of_what_the_form_asks(cycle: Cycle) -> None:
    say = cycle.context.language.say
    leads, supports = (
        say("7月5日17:30 前报送", "return by 2018-07-05"),
        say("7月3日17:30 前报送", "return by 2018-07-03"),
    )
    both = say("其中配合目标请于 7月3日17:30 前报送", "goals that you support: by 2018-07-03 17:30")
    assert supports in head(cycle, "C")
    assert leads not in head(cycle, "C")
    assert supports in head(cycle, "A", ("3",))
    assert leads in head(cycle, "A", ("1",))
    assert both not in head(cycle, "A", ("1",))
    assert leads in head(cycle, "A")
    assert both in head(cycle, "A")


def test_without_support_by_nothing_is_said_of_it(tmp_path: Path) -> None:
    made = roles.begin(tmp_path, ZH, settings="")
    assert "7月5日17:30 前报送" in head(made, "C")
    assert "配合目标" not in head(made, "A")


# --- late -------------------------------------------------------------------------------------------------------------


def test_a_supporter_s_part_is_late_by_the_supporters_deadline(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    at = {"A.xlsx": "2018-07-04 09:00"}
    late = roles.judge(cycle, SUPPORT_ONLY, moments=at)
    (found,) = kit.found_by(late, "D103")
    assert "2018-07-03 17:30" in found.message
    assert roles.stand(cycle, late, LAST, "A").late
    for parts in ({}, {"A.xlsx": ("1",)}, {"A.xlsx": ("1", "3")}):
        report = roles.judge(cycle, parts, moments=at)
        assert not kit.found_by(report, "D103"), parts
        assert not roles.stand(cycle, report, LAST, "A").late


def test_one_who_only_supports_is_due_as_the_form_says(cycle: Cycle) -> None:
    roles.send(cycle, "C")
    assert kit.found_by(roles.judge(cycle, moments={"C.xlsx": "2018-07-04 09:00"}), "D103")
    assert not kit.found_by(roles.judge(cycle, moments={"C.xlsx": "2018-07-03 17:30"}), "D103")


def test_an_extension_moves_both_parts_and_makes_none_earlier(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    at = {"A.xlsx": "2018-07-04 09:00"}
    assert not kit.found_by(roles.judge(cycle, SUPPORT_ONLY, extended("A", "2018-07-04 12:00"), at), "D103")
    leads = roles.judge(cycle, {"A.xlsx": ("1",)}, extended("A", "2018-07-04 12:00"), {"A.xlsx": "2018-07-05 09:00"})
    assert not kit.found_by(leads, "D103")


def test_the_register_takes_an_extension_of_the_supporters_deadline(cycle: Cycle) -> None:
    say = cycle.context.language.say
    for code in "ABC":
        row = {say("单位", "department"): code, say("延至", "until"): "2018-07-04 12:00", say("依据", "authority"): "5"}
        kit.decide(cycle, say("延期", "extensions"), row)
    roles.send(cycle, "A")
    assert cycle.validate().decisions.until.keys() == {"A", "B", "C"}


def test_a_date_of_completion_may_lie_up_to_return_by(cycle: Cycle) -> None:
    assert cycle.context.latest_day == dt.date(2018, 7, 5)


@pytest.mark.parametrize("language", Language)
def test_who_leads_only_settled_goals_is_due_with_the_supporters(language: Language, tmp_path: Path) -> None:
    """As the head of its form says, where what it leads stands locked."""
    june = roles.begin(tmp_path, language, settings="")
    roles.send(june, "A")
    year.passed(june, "A")
    july = roles.follow(june, "2018-07", "support_by = 2018-08-02T17:30:00+08:00")
    (form,) = july.generate(["A"])
    with kit.edited(form) as (sheet, _):
        texts = [str(cell.value) for row in sheet.iter_rows(max_row=3) for cell in row]
    assert any(language.say("8月2日17:30 前报送", "return by 2018-08-02 17:30") in text for text in texts)
    (ours,) = (one for one in july.status().standings if one.code == "A")
    assert (ours.due, ours.support_due) == (july.context.support_by, None)
    path = roles.send(july, "A", {"1": {}}, moment="2018-08-03 09:00")
    kit.register(july, {f"inbox/{path.name}": "2018-08-03 09:00"})
    assert kit.found_by(july.validate(), "D103")


# --- X109 -------------------------------------------------------------------------------------------------------------


def test_what_stands_in_none_of_the_forms_is_missing(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    (found,) = missing(roles.judge(cycle, SUPPORT_ONLY))
    say = cycle.context.language.say
    assert (found.department, found.goal, found.state) == ("A", None, State.OPEN)
    assert say("牵头目标 1", "goals that it leads: 1") in found.message
    assert "555-0101" in found.hint
    (found,) = missing(roles.judge(cycle, {"A.xlsx": ("1",)}))
    assert say("配合目标 3", "goals that it supports: 3") in found.message


def test_two_parts_make_a_whole(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    roles.send(cycle, "A", {"1": {"figure": 13}}, "A-2.xlsx", "2018-07-04 09:00")
    assert missing(roles.judge(cycle, {"A.xlsx": ("3",), "A-2.xlsx": ("1",)})) == []


def test_the_whole_form_beside_a_part_lacks_nothing(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    roles.send(cycle, "A", {"1": {"figure": 13}}, "A-2.xlsx", "2018-07-04 09:00")
    assert missing(roles.judge(cycle, {"A-2.xlsx": ("3",)})) == []


def test_goals_that_are_not_asked_are_not_missing(tmp_path: Path) -> None:
    made = roles.begin(tmp_path, EN)
    roles.send(made, "A")
    first, *others = made.context.plan.goals
    yearly = replace(first, frequency=Frequency.YEAR)
    context = replace(made.context, plan=replace(made.context.plan, goals=(yearly, *others)))
    assert not context.asks(context.plan.by_key["1"])
    assert missing(roles.judge(Cycle(made.settings, context), SUPPORT_ONLY)) == []


def test_ids_of_another_plan_hold_nothing(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    (found,) = missing(roles.judge(cycle, {"A.xlsx": ("99",)}))
    assert "1" in found.message
    assert "3" in found.message


def test_the_part_is_missing_whatever_was_passed_or_waived(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    passed = Decisions(reviews=(Review("A", "", Verdict.PASSED, HERE),))
    report = roles.judge(cycle, SUPPORT_ONLY, passed)
    one = roles.stand(cycle, report, LAST, "A")
    assert one.stage is Stage.PARTLY
    assert not one.reviewed


# --- where it stands --------------------------------------------------------------------------------------------------


def test_a_part_is_chased_by_the_deadline_of_the_rest(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    report = roles.judge(cycle, SUPPORT_ONLY)
    one = roles.stand(cycle, report, BETWEEN, "A")
    assert (one.stage, one.state, one.missing, one.to_correct) == (Stage.PARTLY, Condition.ERRORS, True, False)
    assert one.parts == (Portion(Role.LEAD, ("1",)),)
    assert one.due == cycle.context.return_by
    told = one.to_dict(cycle.context.language, kit.ZONE)
    assert told["parts"] == [{"role": "lead", "goals": ["1"]}]
    assert (told["state"], told["reviewed"]) == ("errors", False)
    assert told["stage"] == cycle.context.language.say("报来一部分", "Partly received")
    rest = roles.stand(cycle, roles.judge(cycle, {"A.xlsx": ("1",)}), BETWEEN, "A")
    assert rest.due == cycle.context.support_by


def test_those_who_only_support_are_due_first(cycle: Cycle) -> None:
    report = roles.judge(cycle)
    found = {code: roles.stand(cycle, report, BETWEEN, code) for code in "ABC"}
    assert {code: one.stage for code, one in found.items()} == {
        "A": Stage.ISSUED,
        "B": Stage.ISSUED,
        "C": Stage.MISSING,
    }
    assert roles.stand(cycle, report, FIRST, "C").stage is Stage.ISSUED
    assert found["C"].due == cycle.context.support_by
    assert (found["A"].support_due, found["C"].support_due) == (cycle.context.support_by, None)


def test_reminders_name_what_is_missing(cycle: Cycle) -> None:
    say = cycle.context.language.say
    roles.send(cycle, "A", {"3": {"support_progress": None, "explanation": "x"}})
    status = status_of(cycle, roles.judge(cycle, SUPPORT_ONLY), BETWEEN)
    one = next(one for one in status.standings if one.code == "A")
    words = remind(one, status)
    assert say("还缺牵头目标 1，请于2018年7月5日17:30前", "Still missing: goals that it leads: 1") in words
    assert say("配合工作进展", "Support given") in words, "what is wrong with the part that came"
    assert say("《", "“") in words
    for text in (remind_all(status), "\n".join(show_status(status, None))):
        assert say("牵头目标 1", "goals that it leads: 1") in text
    late = status_of(cycle, roles.judge(cycle, SUPPORT_ONLY), LAST)
    assert say("尽快", "as soon as you can") in remind(next(one for one in late.standings if one.code == "A"), late)
    both = next(one for one in status.standings if one.code == "B")
    assert say("其中配合目标的报送截止时间为2018年7月3日17:30", "2018-07-03 17:30") in remind(both, status)


def test_the_list_for_the_telephone_has_it_too(cycle: Cycle, tmp_path: Path) -> None:
    roles.send(cycle, "A")
    status = status_of(cycle, roles.judge(cycle, SUPPORT_ONLY), BETWEEN)
    write_chase_book(tmp_path / "chase.xlsx", status)
    text = str([[cell.value for cell in row] for row in load_workbook(tmp_path / "chase.xlsx").worksheets[0].rows])
    assert cycle.context.language.say("缺牵头目标 1", "missing: goals that it leads: 1") in text
    chase = next(one for one in find_steps(status) if "--reminders" in one.arguments)
    assert cycle.context.language.say("1 个单位只报来一部分", "1 received in part") in chase.why


def test_the_headline_names_both_deadlines(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    lines = list(show_status(status_of(cycle, roles.judge(cycle, SUPPORT_ONLY), BETWEEN), None))
    say = cycle.context.language.say
    assert say("配合单位 2018-07-03 17:30", "supporters by 2018-07-03 17:30") in lines[1]
    assert say("只报来一部分 1", "1 only in part") in lines[2]


# --- the ledger -------------------------------------------------------------------------------------------------------


def test_the_ledger_keeps_which_goals_a_form_held(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    cycle.merge()
    report = roles.judge(cycle, SUPPORT_ONLY)
    with opened(cycle.settings.ledger, cycle.settings.id, cycle.settings.history) as (ledger, _):
        ledger.connection.execute("UPDATE files SET goals = '[\"3\"]'")
        assert [one.goals for one in ledger.returns()] == [one.goals for one in report.returns] == [("3",)]


def test_a_ledger_of_the_schema_before_is_carried_on(cycle: Cycle) -> None:
    roles.send(cycle, "A")
    cycle.merge()
    with sqlite3.connect(cycle.settings.ledger) as db:
        for name in ("goals", "revision", "part", "current"):
            db.execute(f"ALTER TABLE files DROP COLUMN {name}")
        db.execute("ALTER TABLE rows DROP COLUMN assessed")
        db.execute("PRAGMA user_version = 2")
    db.close()
    with opened(cycle.settings.ledger, cycle.settings.id, cycle.settings.history) as (ledger, trouble):
        assert trouble is None
        assert [one.goals for one in ledger.returns()] == [()]
        assert ledger.merged()
