"""Supplements: what `generate --supplement` writes after the plan changed, for whom, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import returns_kit as kit
import year_kit as year
from click.testing import CliRunner, Result

from kpi_xlsx.cli import cli
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.files import digest
from kpi_xlsx.model import Language, Role, Scalar, State
from kpi_xlsx.starter import write_plan

Cells = Mapping[str, Scalar]


@pytest.fixture(params=Language)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """The forms were written."""
    cycle = year.begin(tmp_path, kit.PERIOD, request.param)
    cycle.generate()
    return cycle


def change_plan(cycle: Cycle, changes: Mapping[str, Cells | None], *more: Cells) -> Cycle:
    """The cycle after its plan was changed, goal by goal; None takes a goal away."""
    language = cycle.context.language
    kept = [row for row in kit.goals(language) if changes.get(str(row["id"]), {}) is not None]
    rows = [{**row, **(changes.get(str(row["id"])) or {})} for row in kept]
    write_plan(cycle.settings.plan, [*rows, *more], kit.departments(language), language)
    return Cycle.load(cycle.settings.folder, language)


def name(cycle: Cycle, number: int, code: str = "A") -> str:
    say = cycle.context.language.say
    return f"{code}-{cycle.context.plan.by_code[code].name}-201806-{say('补充', 'supplement')}{number}.xlsx"


def goals_in(path: Path) -> set[str]:
    with kit.edited(path) as (_, marks):
        return set(marks.rows)


def supplement(cycle: Cycle) -> dict[str, set[str]]:
    """The goals in each form that is written, by file name."""
    return {path.name: goals_in(path) for path in cycle.generate(supplement=True)}


def run(cycle: Cycle, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["generate", "-C", str(cycle.settings.folder), *arguments])


NEW: Cells = {"id": "5", "department": "A", "name": "New", "due_month": 12}


def test_only_what_changed_for_whom_it_changed(cycle: Cycle) -> None:
    assert supplement(cycle) == {}
    later = change_plan(cycle, {"2": {"requirement": "…"}}, NEW)
    before = {path.name: digest(path) for path in cycle.settings.outbox.iterdir()}
    assert supplement(later) == {name(cycle, 1): {"2", "5"}}
    after = {path.name: digest(path) for path in cycle.settings.outbox.iterdir()}
    assert before.items() <= after.items(), "the whole forms stay where they are"


def test_supplements_count_as_issued(cycle: Cycle) -> None:
    later = change_plan(cycle, {"2": {"requirement": "…"}})
    supplement(later)
    assert supplement(later) == {}
    latest = change_plan(cycle, {"2": {"requirement": "……"}, "3": {"due_month": 9}})
    assert supplement(latest) == {name(cycle, 2): {"2", "3"}}
    assert supplement(latest) == {}
    back = change_plan(cycle, {"3": {"due_month": 9}})
    assert supplement(back) == {name(cycle, 3): {"2"}}, "what the supplement said holds no longer"


def test_the_same_supplement_is_left_as_it_is(cycle: Cycle, tmp_path: Path) -> None:
    later = change_plan(cycle, {"2": {"requirement": "…"}})
    first = later.fill_outbox(out=tmp_path / "out", supplement=True)
    again = later.fill_outbox(out=tmp_path / "out", supplement=True)
    assert (first.unchanged, again.unchanged, again.forms) == (0, 1, first.forms)


def test_a_goal_that_passes_to_another_department(cycle: Cycle) -> None:
    """It is new to the one; the other has nothing to fill in, and is told of on the screen."""
    later = change_plan(cycle, {"2": {"department": "B"}})
    outbox = later.fill_outbox(supplement=True)
    assert [(part.department.code, part.goals) for part in outbox.parts] == [("B", ("2",))]
    a = cycle.context.plan.by_code["A"].name
    assert [remark for remark in outbox.remarks if a in remark and "2" in remark]


def test_a_changed_role_is_a_change(cycle: Cycle) -> None:
    later = change_plan(cycle, {"2": {"department": "A;B"}})
    assert supplement(later) == {name(cycle, 1): {"2"}, name(cycle, 1, "B"): {"2"}}
    other = change_plan(cycle, {"2": {"department": "B;A"}})
    assert supplement(other) == {name(cycle, 2): {"2"}, name(cycle, 2, "B"): {"2"}}


def test_a_department_whose_last_goal_is_gone_is_told_of(cycle: Cycle) -> None:
    outbox = change_plan(cycle, {"4": None}).fill_outbox(supplement=True)
    assert not outbox.forms
    assert [remark for remark in outbox.remarks if cycle.context.plan.by_code["B"].name in remark]


def test_who_was_sent_nothing_gets_the_whole_form(cycle: Cycle) -> None:
    (form,) = [path for path in cycle.settings.outbox.iterdir() if path.name.startswith("B")]
    form.unlink()
    outbox = cycle.fill_outbox(supplement=True)
    assert (outbox.forms, outbox.parts) == ((form,), ())


@pytest.mark.parametrize("wrong", ["another key", "another cycle", "no workbook", "tampered"])
def test_what_is_not_ours_was_not_issued(cycle: Cycle, wrong: str, tmp_path: Path) -> None:
    form = next(path for path in cycle.settings.outbox.iterdir() if path.name.startswith("A"))
    if wrong == "no workbook":
        form.write_bytes(b"PK\x03\x04 and nothing")
    elif wrong == "tampered":
        with kit.edited(form) as (sheet, _):
            sheet["A1"].value = str(sheet["A1"].value).replace('"A"', '"B"')
    else:
        other = year.begin(
            tmp_path / "other", "2018-05" if wrong == "another cycle" else kit.PERIOD, cycle.context.language
        )
        if wrong == "another key":
            toml = other.settings.folder / "cycle.toml"
            toml.write_text(toml.read_text("utf-8").replace("9f86", "0000"), "utf-8")
            other = Cycle.load(other.settings.folder)
        kit.fill(other, "A", form)
    damaged = digest(form)
    outbox = cycle.fill_outbox(supplement=True)
    assert [remark for remark in outbox.remarks if form.name in remark]
    assert form in outbox.forms
    assert goals_in(form) == {"1", "2", "3"}
    assert [digest(path) for path in outbox.moved] == [damaged], "nothing is overwritten"


def test_goals_that_are_not_due_wait_for_their_period(cycle: Cycle) -> None:
    assert supplement(change_plan(cycle, {"2": {"frequency": "year", "requirement": "…"}})) == {}


def test_a_later_whole_form_covers_its_supplements(cycle: Cycle) -> None:
    """Those of departments for which none is written stay."""
    later = change_plan(cycle, {"2": {"requirement": "…"}, "4": {"requirement": "…"}})
    supplement(later)
    later.fill_outbox(["B"])
    outbox = cycle.settings.outbox
    assert (outbox / name(cycle, 1)).exists()
    assert (outbox / "old" / name(cycle, 1, "B")).exists()
    done = later.fill_outbox()
    assert [path.name for path in done.covered] == [name(cycle, 1)]
    assert supplement(later) == {}
    assert supplement(change_plan(cycle, {})) == {name(cycle, 2): {"2"}, name(cycle, 2, "B"): {"4"}}, "no number twice"


def test_what_a_person_put_there_stays(cycle: Cycle) -> None:
    own = cycle.settings.outbox / "A-201806-补充说明.xlsx"
    own.write_bytes(b"mine")
    (cycle.settings.outbox / "~$A-201806.xlsx").write_bytes(b"lock")
    later = change_plan(cycle, {"2": {"requirement": "…"}})
    supplement(later)
    later.generate()
    assert own.read_bytes() == b"mine"


def test_a_long_name_keeps_its_tail(tmp_path: Path) -> None:
    offices = [{"code": "A", "name": "很长的名字" * 20}, {"code": "B", "name": "B"}]
    cycle = year.begin(tmp_path, kit.PERIOD, offices=offices)
    cycle.generate()
    rows = [{**row, **({"requirement": "…"} if row["id"] == "2" else {})} for row in kit.goals(Language.ZH)]
    write_plan(cycle.settings.plan, rows, offices, Language.ZH)
    later = Cycle.load(cycle.settings.folder)
    (path,) = later.generate(supplement=True)
    assert path.name.endswith("-201806-补充1.xlsx")
    assert len(path.name.encode()) <= 200
    assert later.generate(supplement=True) == []


def test_the_head_says_what_it_is(cycle: Cycle) -> None:
    (path,) = change_plan(cycle, {"2": {"requirement": "…"}}).generate(supplement=True)
    with kit.edited(path) as (sheet, marks):
        above = [str(cell.value) for row in sheet.iter_rows(max_row=marks.head) for cell in row if cell.value]
    words = cycle.context.language.say(
        "补充填报：只填下列调整后的目标", "Supplement: only the goals below, which have changed"
    )
    assert any(text.startswith(words) for text in above)


def test_the_screen_says_for_whom(cycle: Cycle) -> None:
    change_plan(cycle, {"2": {"requirement": "…"}, "3": None})
    done = run(cycle, "--supplement")
    assert done.exit_code == 0, done.output
    assert name(cycle, 1) in done.output
    say = cycle.context.language.say
    assert say("1 份补充表", "1 supplement in") in done.output
    assert say("目标 3，现在不再", "no longer its own: 3.") in done.output
    assert say("不用补发", "nothing needs to be sent") in run(cycle, "--supplement").output
    assert say("1 份补充表的内容已在完整的填报表里", "1 supplement, now covered") in run(cycle).output


def test_a_supplement_is_of_no_role(cycle: Cycle) -> None:
    done = run(cycle, "--supplement", "--role", "lead")
    assert done.exit_code != 0
    assert not list(cycle.settings.outbox.glob("*1.xlsx"))
    with pytest.raises(ValueError, match="role"):
        cycle.generate(supplement=True, role=Role.LEAD)


def test_a_round_with_a_change_in_it(cycle: Cycle) -> None:
    """The whole form came back, then the plan changed; the supplement comes back, filled in by a person."""
    year.report(cycle, "A")
    later = change_plan(cycle, {"2": {"requirement": "…"}})
    (path,) = later.generate(supplement=True)
    say = cycle.context.language.say
    with kit.edited(path) as (sheet, marks):
        row = marks.rows["2"]
        sheet.cell(row, marks.columns["progress"]).value = say("按新目标完成一半。", "Half of the new goal is done.")
        sheet.cell(row, marks.columns["status"]).value = say("正常推进", "On track")
    back = kit.inbox(cycle, path.name)
    path.rename(back)
    kit.set_time(back, "2018-07-05 09:00")
    report = later.merge()
    assert kit.row_of(report, "2").record.file == f"inbox/{path.name}"  # type: ignore[union-attr]
    assert kit.row_of(report, "1").record.file == "inbox/A.xlsx"  # type: ignore[union-attr]
    assert {one.code for one in kit.found(report) if one.state is State.OPEN} == {"X102"}
