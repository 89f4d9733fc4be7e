"""Rounds that last: what the office, the departments and the register do to each other over many merges."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
from masters import opened

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import Amendment
from kpi_xlsx.model import Finding, Language
from kpi_xlsx.register import load_decisions
from kpi_xlsx.report import Report


@pytest.fixture(params=list(Language))
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    return kit.make_cycle(tmp_path / "cycle", request.param)


@pytest.fixture(params=list(Language))
def roomy(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """A cycle whose forms have a spare row."""
    return kit.make_cycle(tmp_path / "cycle", request.param, top="spare_rows = 1")


def words(name: str) -> str:
    return f"{name} is what was done until the end of June."


def send(cycle: Cycle, name: str, moment: str, said: str, goal: str = "1") -> Path:
    """A return of A that says this of a goal's progress."""
    return kit.arrive(cycle, name, moment, {goal: {"progress": words(said)}})


def send_spare(cycle: Cycle, name: str, moment: str, said: str) -> Path:
    """A return of A with something in its spare row."""
    row: kit.Row = {"name": "Bridges", "progress": words(said), "actual": 3}
    return kit.arrive(cycle, name, moment, {cycle.context.spare_ids()[0]: row})


def amend(cycle: Cycle, old: str, new: str, goal: str = "1") -> None:
    kit.amend(cycle, "progress", words(old), words(new), "applied", goal)


def row_of(report: Report, goal: str = "1") -> Any:
    return next((row for row in report.entries if row.department == "A" and row.id == goal), None)


def shown(report: Report, goal: str = "1", column: str = "progress") -> object:
    """What the master shows."""
    row = row_of(report, goal)
    return row.amended[column].value if column in row.amended else row.entry.value(column)


def conflicts(report: Report) -> list[Finding]:
    return kit.found_by(report, "X105")


def amendments(cycle: Cycle) -> tuple[Amendment, ...]:
    return load_decisions(cycle.settings.register, cycle.context, cycle.settings.zone).amendments


# --- amendments over time ---------------------------------------------------------------------------------------------


def test_an_answer_amended_once_is_no_part_of_a_later_amendment_of_another(cycle: Cycle) -> None:
    """A became B, X became Y: when the department says A again, nobody has said Y of it."""
    send(cycle, "1.xlsx", "2018-07-01 09:00", "A")
    amend(cycle, "A", "B")
    assert shown(cycle.validate()) == words("B")
    send(cycle, "2.xlsx", "2018-07-02 09:00", "X")
    assert len(conflicts(cycle.validate())) == 1
    amend(cycle, "X", "Y")
    report = cycle.validate()
    assert (shown(report), conflicts(report)) == (words("Y"), [])
    kit.fill(cycle, "A", kit.inbox(cycle, "3.xlsx"), {"1": {"progress": words("A")}, "2": {"actual": 13}})
    kit.set_time(kit.inbox(cycle, "3.xlsx"), "2018-07-03 09:00")
    (conflict,) = conflicts(cycle.validate())
    assert words("A") in conflict.message


def test_amendments_of_amendments_lead_from_the_first_words_to_the_last(cycle: Cycle) -> None:
    send(cycle, "1.xlsx", "2018-07-01 09:00", "A")
    for old, new in ("AB", "BC", "CD"):
        amend(cycle, old, new)
    for number, said in enumerate("BCDA", 2):
        report = cycle.validate()
        assert (shown(report), conflicts(report)) == (words("D"), [])
        send(cycle, f"{number}.xlsx", f"2018-07-0{number} 09:00", said)


def test_amended_words_without_any_answer_are_a_conflict(cycle: Cycle) -> None:
    """The return was taken away; the words that the office made of it stand, and somebody must know."""
    path = send(cycle, "1.xlsx", "2018-07-01 09:00", "A")
    amend(cycle, "A", "B")
    path.unlink()
    (conflict,) = conflicts(cycle.validate())
    assert (conflict.goal, conflict.column, conflict.file) == ("1", "progress", None)


def test_a_newer_answer_in_an_amended_spare_row_is_a_conflict(roomy: Cycle) -> None:
    spare = roomy.context.spare_ids()[0]
    send_spare(roomy, "1.xlsx", "2018-07-01 09:00", "A")
    amend(roomy, "A", "B", spare)
    assert shown(roomy.validate(), spare) == words("B")
    send_spare(roomy, "2.xlsx", "2018-07-02 09:00", "X")
    (conflict,) = conflicts(roomy.validate())
    assert (conflict.goal, conflict.file) == (spare, "inbox/2.xlsx")


def test_what_was_typed_as_name_of_a_spare_row_can_be_amended(roomy: Cycle) -> None:
    """It is the department's word, not the plan's."""
    spare = roomy.context.spare_ids()[0]
    send_spare(roomy, "1.xlsx", "2018-07-01 09:00", "A")
    roomy.merge()
    with opened(roomy) as table:
        table.type(spare, "name", "Two bridges")
    report = roomy.merge()
    (found,) = amendments(roomy)
    assert (found.goal, found.column, found.new, found.doubtful) == (spare.casefold(), "name", "Two bridges", False)
    assert any(f" {spare} " in remark for remark in report.remarks)
    assert shown(report, spare, "name") == "Two bridges"


def test_an_amendment_of_a_spare_row_that_is_gone_is_said(roomy: Cycle) -> None:
    spare = roomy.context.spare_ids()[0]
    path = send_spare(roomy, "1.xlsx", "2018-07-01 09:00", "A")
    amend(roomy, "A", "B", spare)
    path.unlink()
    report = roomy.validate()
    assert row_of(report, spare) is None
    assert any("!2" in remark for remark in report.remarks)
    assert not conflicts(report)


# --- files and masters that are put back or over each other -----------------------------------------------------------


def test_an_overwritten_return_is_said_once_with_its_registered_time(cycle: Cycle) -> None:
    send(cycle, "A.xlsx", "2018-07-01 09:00", "A")
    kit.register(cycle, {"A.xlsx": "2018-07-01 09:00"})
    cycle.merge()
    send(cycle, "A.xlsx", "2018-07-09 09:00", "B")
    told = [remark for remark in cycle.merge().remarks if "A.xlsx" in remark]
    assert len(told) == 1
    assert cycle.context.language.say("收到时间", "receipt time") in told[0]
    assert not any("A.xlsx" in remark for remark in cycle.merge().remarks)


def test_a_return_that_also_lies_under_another_name_may_be_overwritten(cycle: Cycle) -> None:
    path = send(cycle, "A.xlsx", "2018-07-01 09:00", "A")
    shutil.copy2(path, kit.inbox(cycle, "kept.xlsx"))
    cycle.merge()
    send(cycle, "A.xlsx", "2018-07-09 09:00", "B")
    assert not any("A.xlsx" in remark for remark in cycle.merge().remarks)


def test_an_earlier_master_put_back_is_said(cycle: Cycle, tmp_path: Path) -> None:
    """What was noted since is not in it, and the tool knows of nothing that was changed by hand."""
    send(cycle, "1.xlsx", "2018-07-01 09:00", "A")
    cycle.merge()
    earlier = shutil.copy2(cycle.settings.master, tmp_path / "earlier.xlsx")
    send(cycle, "2.xlsx", "2018-07-02 09:00", "B")
    with opened(cycle) as table:
        table.type("1", "remark", "noted")
    cycle.merge()
    shutil.copy2(earlier, cycle.settings.master)
    sign = cycle.context.language.say("不是最近一次", "not the master that was written last")
    assert any(sign in remark for remark in cycle.merge().remarks)
    assert not any(sign in remark for remark in cycle.merge().remarks)


def test_an_edit_is_not_proposed_while_strict_writes_no_master(cycle: Cycle) -> None:
    """Else it could not be taken back where it was made: the master that stands there would show no change at all."""
    kit.fill(cycle, "A", kit.inbox(cycle, "1.xlsx"), {"2": {"status": None}})
    cycle.merge()
    original = kit.good_answers(cycle, "A")["1"]["progress"]
    with opened(cycle) as table:
        table.type("1", "progress", words("B"))
    assert any("1" in remark for remark in cycle.merge(strict=True).remarks)
    assert amendments(cycle) == ()
    with opened(cycle) as table:
        assert table.see("1", "progress") == words("B")
        table.type("1", "progress", original)
    assert shown(cycle.merge()) == original
    with opened(cycle) as table:
        table.type("1", "progress", words("C"))
    cycle.merge(strict=True)
    assert shown(cycle.merge()) == words("C")
    assert len(amendments(cycle)) == 1


# --- what departments get back ----------------------------------------------------------------------------------------


def test_no_copy_is_made_of_what_was_passed_while_a_newer_return_is_held(cycle: Cycle) -> None:
    """It may be the correction already; the copy would bring the old answers back."""
    kit.fill(cycle, "A", kit.inbox(cycle, "1.xlsx"), {"2": {"status": None}})
    kit.set_time(kit.inbox(cycle, "1.xlsx"), "2018-07-01 09:00")
    kit.review(cycle)
    cycle.merge()
    assert len(cycle.fill_feedback().copies) == 1
    send(cycle, "2.xlsx", "2018-07-02 09:00", "B")
    name = cycle.context.plan.by_code["A"].name
    done = cycle.fill_feedback()
    assert not done.copies
    assert any(name in remark for remark in done.remarks)
    done = cycle.fill_feedback(["A"])
    assert len(done.copies) == 1
    assert any(name in remark for remark in done.remarks)
    kit.review(cycle, "sent back", "2.xlsx")
    assert len(cycle.fill_feedback().copies) == 1


# --- what status says of the last merge -------------------------------------------------------------------------------


def test_a_return_that_only_feedback_has_seen_is_not_merged(cycle: Cycle) -> None:
    send(cycle, "1.xlsx", "2018-07-01 09:00", "A")
    cycle.merge()
    assert (cycle.status().unmerged, cycle.status().outdated) == (0, False)
    send(cycle, "1.xlsx", "2018-07-02 09:00", "B")
    cycle.fill_feedback()
    assert cycle.status().unmerged == 1
    cycle.merge()
    send(cycle, "1.xlsx", "2018-07-01 09:00", "A")
    assert cycle.status().unmerged == 1


def test_a_master_that_was_edited_is_to_be_merged(cycle: Cycle) -> None:
    send(cycle, "1.xlsx", "2018-07-01 09:00", "A")
    cycle.merge()
    with opened(cycle) as table:
        table.type("1", "progress", words("B"))
    assert cycle.status().outdated
    cycle.merge()
    assert not cycle.status().outdated
