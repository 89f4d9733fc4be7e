"""Forms for one role: the goals that a department leads, with what its supporters said, or those that it supports."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import forms_kit as kits
import pytest
import returns_kit as kit
import year_kit as year
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from kpi_xlsx.cli import cli
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import CycleError, Language, PlanError, Role
from kpi_xlsx.role_forms import LONGEST
from kpi_xlsx.starter import write_plan

SHARES = ("A;B;C", "A", "B;A", "B")


def plan_of(language: Language, *yearly: str) -> list[kit.PlanRow]:
    """The goals with their departments; these are due at the year's end only."""
    rows = [{**row, "department": shared} for row, shared in zip(kit.goals(language), SHARES, strict=True)]
    return [{**row, **({"frequency": language.say("年", "year")} if row["id"] in yearly else {})} for row in rows]


def offices(language: Language) -> list[kit.PlanRow]:
    return [*kit.departments(language), {"code": "C", "name": language.say("样例丙局", "Third Bureau")}]


@pytest.fixture(params=Language)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """A leads goal 1, which B and C support, and has 2 alone; B leads 3, which A supports, and has 4 alone."""
    language: Language = request.param
    return year.begin(tmp_path, kit.PERIOD, language, plan=plan_of(language), offices=offices(language))


def forms(cycle: Cycle, role: Role) -> dict[str, Path]:
    """The forms by the department's code."""
    return {path.name[0]: path for path in cycle.generate(role=role)}


def told(path: Path, goal: str) -> str:
    """What a lead reads of its supporters."""
    with kit.edited(path) as (sheet, marks):
        return str(sheet.cell(marks.rows[goal], marks.columns["supporters"]).value or "")


def goals_in(path: Path) -> set[str]:
    with kit.edited(path) as (_, marks):
        return set(marks.rows)


def run(cycle: Cycle, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["generate", "-C", str(cycle.settings.folder), *arguments])


def test_each_gets_the_goals_of_its_role(cycle: Cycle) -> None:
    lead, support = forms(cycle, Role.LEAD), forms(cycle, Role.SUPPORT)
    assert {code: goals_in(path) for code, path in lead.items()} == {"A": {"1", "2"}, "B": {"3", "4"}}
    assert {code: goals_in(path) for code, path in support.items()} == {"A": {"3"}, "B": {"1"}, "C": {"1"}}
    say = cycle.context.language.say
    assert all(path.stem.endswith(say("-牵头", "-lead")) for path in lead.values())
    assert all(path.stem.endswith(say("-配合", "-support")) for path in support.values())


def test_the_lead_reads_what_supporters_said(cycle: Cycle) -> None:
    say = cycle.context.language.say
    year.report(cycle, "B", {"1": {"progress": "=1+1\n" + "x" * 900, "explanation": "…"}})
    form = forms(cycle, Role.LEAD)["A"]
    lines = told(form, "1").split("\n")
    b, c = (cycle.context.plan.by_code[code].name for code in "BC")
    assert lines[0].startswith(say(f"{b}：=1+1 xxx", f"{b}: =1+1 xxx"))
    assert len(lines[0]) < LONGEST + 40
    assert lines[1] == say(f"{c}（未报）", f"{c} (not reported)")
    assert told(form, "2") == ""
    with kit.edited(form) as (sheet, marks):
        cell = sheet.cell(marks.rows["1"], marks.columns["supporters"])
        assert marks.columns["supporters"] + 1 == marks.columns["progress"]
        assert (cell.data_type, cell.protection.locked) == ("s", True)
        assert sheet.cell(marks.head, marks.columns["supporters"]).value == say("配合单位进展", "Supporters' progress")


def test_the_instructions_say_whose_words_stand_there(cycle: Cycle) -> None:
    name = cycle.context.language.say("“配合单位进展”", "“Supporters' progress”")
    for role, said in ((Role.LEAD, True), (Role.SUPPORT, False)):
        sheet = load_workbook(forms(cycle, role)["A"]).worksheets[1]
        texts = [str(cell.value) for row in sheet.iter_rows() for cell in row]
        assert any(name in text for text in texts) is said


def test_a_name_with_a_sign_of_formulas_is_text(tmp_path: Path) -> None:
    plan = [{**row, "department": "A;B"} for row in kit.goals(Language.EN)]
    offices = [{"code": "A", "name": "A"}, {"code": "B", "name": "=B"}]
    form = forms(year.begin(tmp_path, kit.PERIOD, Language.EN, plan=plan, offices=offices), Role.LEAD)["A"]
    with kit.edited(form) as (sheet, marks):
        cell = sheet.cell(marks.rows["1"], marks.columns["supporters"])
        assert (cell.value, cell.data_type, cell.quotePrefix) == ("=B (not reported)", "s", True)


def test_what_a_lead_reads_is_never_read_back(cycle: Cycle) -> None:
    year.report(cycle, "B")
    path = forms(cycle, Role.LEAD)["A"]
    good = kit.good_answers(cycle, "A")
    with kit.edited(path) as (sheet, marks):
        for goal in ("1", "2"):
            for key, value in good[goal].items():
                sheet.cell(marks.rows[goal], marks.columns[key]).value = value
        sheet.cell(marks.rows["1"], marks.columns["supporters"]).value = "changed"
    back = kit.inbox(cycle, path.name)
    path.rename(back)
    kit.set_time(back, "2018-07-04 10:00")
    report = cycle.merge()
    record = next(one for one in report.returns if one.file == f"inbox/{back.name}")
    assert (record.part, record.current, record.leftovers) == (2, True, ())
    (missing,) = [one for one in kit.found(report) if one.code != "X108"]
    assert (missing.code, "3" in missing.message) == ("X109", True), "A's answer to what it supports is still to come"
    assert cycle.merge().returns == report.returns


def test_what_is_decided_holds_and_what_is_proposed_stays_here(cycle: Cycle) -> None:
    """The words are those that count, by the register."""
    say = cycle.context.language.say
    first, second = (
        say("已协助征地一半。", "Half of the land is bought."),
        say("已协助征地三成。", "A third of it is bought."),
    )
    year.report(cycle, "B", {"1": {"progress": first}})
    cycle.settings.register.unlink(missing_ok=True)
    row = {
        say("单位", "department"): "B",
        say("目标", "goal"): "1",
        say("列", "column"): cycle.context.template.main.by_key["progress"].header,
        say("原内容", "from"): first,
        say("改为", "to"): second,
        say("状态", "state"): say("待确认", "proposed"),
    }
    kit.decide(cycle, say("更正", "amendments"), row)
    assert first in told(forms(cycle, Role.LEAD)["A"], "1")
    kit.decide(cycle, say("更正", "amendments"), {**row, say("状态", "state"): say("已采用", "applied")})
    assert second in told(forms(cycle, Role.LEAD)["A"], "1")


def test_without_the_register_no_words_are_passed_on(cycle: Cycle) -> None:
    cycle.settings.register.write_bytes(b"no workbook")
    with pytest.raises(CycleError):
        cycle.generate(role=Role.LEAD)
    assert not list(cycle.settings.outbox.glob("*.xlsx"))
    assert len(forms(cycle, Role.SUPPORT)) == 3, "which need no decision"


def test_a_goal_that_is_not_due_tells_nothing(cycle: Cycle, tmp_path: Path) -> None:
    language = cycle.context.language
    plan = [{**row, "department": "A;B", "frequency": "year"} for row in kit.goals(language)]
    form = forms(year.begin(tmp_path / "y", kit.PERIOD, language, plan=plan), Role.LEAD)["A"]
    with kit.edited(form) as (_, marks):
        assert "supporters" not in marks.columns


def test_of_what_is_settled_nobody_is_called_unreported(cycle: Cycle) -> None:
    """B is through with goal 1, which it supports; of goal 3, which B leads, B itself is through."""
    language, say = cycle.context.language, cycle.context.language.say
    completed = cycle.context.template.main.by_key["status"].choices[0]
    words = say("征地已全部完成。", "All the land is cleared.")
    done: kit.Row = {"status": completed, "completed_on": dt.date(2018, 6, 15)}
    year.report(cycle, "B", {"1": {**done, "progress": words}, "3": done})
    year.passed(cycle, "B")
    cycle.merge()
    july = year.follow(cycle, "2018-07", plan=plan_of(language), offices=offices(language))
    lead = forms(july, Role.LEAD)
    b = july.context.plan.by_code["B"].name
    first = told(lead["A"], "1").split("\n")[0]
    assert first == say(f"{b}（前期已完成）：{words}", f"{b} (completed earlier): {words}")
    with kit.edited(lead["B"]) as (_, marks):
        assert "3" in marks.rows
        assert "supporters" not in marks.columns


@pytest.mark.parametrize("language", Language)
def test_what_is_not_due_is_left_out_of_forms_of_a_role(language: Language, tmp_path: Path) -> None:
    """As of whole forms. B, of whose goals nothing is due as a lead, gets no such form unless it is named."""
    template, rows = kits.design(language, more=kits.OMIT), plan_of(language, "2", "3", "4")
    cycle = year.begin(tmp_path, "2018-07", language, plan=rows, offices=offices(language), template=template)
    assert {code: goals_in(path) for code, path in forms(cycle, Role.LEAD).items()} == {"A": {"1"}}
    (named,) = cycle.generate(["B"], role=Role.LEAD)
    assert goals_in(named) == {"3", "4"}


def test_forms_of_a_role_that_ask_nothing_are_counted(cycle: Cycle) -> None:
    """Of what B leads nothing is due; what it supports is."""
    language = cycle.context.language
    write_plan(cycle.settings.plan, plan_of(language, "3", "4"), offices(language), language)
    assert Cycle.load(cycle.settings.folder, language).fill_outbox(role=Role.LEAD).idle == 1


def test_what_supporters_say_meanwhile_makes_a_new_form(cycle: Cycle) -> None:
    first = cycle.fill_outbox(role=Role.LEAD)
    again = cycle.fill_outbox(role=Role.LEAD)
    assert (again.unchanged, again.moved) == (2, ())
    year.report(cycle, "B")
    done = cycle.fill_outbox(role=Role.LEAD)
    assert done.forms == first.forms
    assert [path.parent.name for path in done.moved] == ["old"]


def test_whole_forms_and_those_of_a_role_leave_one_another_alone(cycle: Cycle) -> None:
    lead, support = forms(cycle, Role.LEAD), forms(cycle, Role.SUPPORT)
    whole = cycle.generate()
    assert forms(cycle, Role.SUPPORT) == support
    assert all(path.exists() for path in (*lead.values(), *support.values(), *whole))


def test_forms_of_a_role_count_as_sent(cycle: Cycle) -> None:
    """Both for the status and for supplements."""
    now = dt.datetime(2018, 7, 1, tzinfo=kit.ZONE)
    forms(cycle, Role.SUPPORT)
    assert {one.department.code for one in cycle.status(now).standings if one.generated} == {"A", "B", "C"}
    forms(cycle, Role.LEAD)
    assert cycle.generate(supplement=True) == []


def test_a_plan_without_supporters_has_no_roles(tmp_path: Path) -> None:
    cycle = year.begin(tmp_path, kit.PERIOD, Language.ZH)
    with pytest.raises(PlanError):
        cycle.generate(role=Role.SUPPORT)
    done = run(cycle, "--role", "lead")
    assert done.exception is not None
    assert not cycle.settings.outbox.exists() or not list(cycle.settings.outbox.glob("*.xlsx"))


def test_a_named_department_without_a_goal_in_that_role(cycle: Cycle) -> None:
    with pytest.raises(PlanError) as caught:
        cycle.generate(["C"], role=Role.LEAD)
    assert cycle.context.plan.by_code["C"].name in str(caught.value)


@pytest.mark.parametrize(("word", "tail"), [("lead", 0), ("牵头", 0), ("support", 1), ("配合", 1)])
def test_the_command_takes_words_of_both_languages(cycle: Cycle, word: str, tail: int) -> None:
    done = run(cycle, "--role", word)
    assert done.exit_code == 0, done.output
    words = cycle.context.language.say("牵头 配合", "lead support").split()[tail]
    assert cycle.context.language.say(f"只含{words}的目标", f"({words} goals only)") in done.output
    assert list(cycle.settings.outbox.glob(f"*-{words}.xlsx"))


def test_a_template_may_not_take_the_columns_heading() -> None:
    from kpi_xlsx.column_definition import RESERVED_KEYS

    assert "supporters" in RESERVED_KEYS
