"""What the register settles: amendments, waivers and extensions, applied to rows, findings and deadlines of a round."""

from __future__ import annotations

from pathlib import Path

import pytest
import returns_kit as kit
from openpyxl import load_workbook

from kpi_xlsx.amending import Amended
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import CycleError, Language, State
from kpi_xlsx.report import Report


@pytest.fixture(params=list(Language))
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """A has reported well: 12 for each goal."""
    made = kit.make_cycle(tmp_path / "cycle", request.param)
    kit.send(made)
    return made


def cell(report: Report, goal: str = "1", column: str = "actual") -> Amended | None:
    return kit.row_of(report, goal).amended.get(column)


# --- amendments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "pending", "settled"), [("proposed", True, 12), ("applied", False, 15), ("rejected", None, None)]
)
def test_an_amendment_is_shown_until_it_is_rejected(
    state: str, pending: bool | None, settled: object, cycle: Cycle
) -> None:
    kit.amend(cycle, "actual", 12, 15, state)
    report = cycle.validate()
    found = cell(report)
    if pending is None:
        assert found is None
    else:
        assert found is not None
        assert (found.value, found.settled, found.original) == (15, settled, 12)
        assert found.pending is pending
    assert not kit.found_by(report, "X105")


def test_the_return_itself_is_never_edited(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 15, "applied")
    row = kit.row_of(cycle.validate(), "1")
    assert row.entry is not None
    assert row.entry.value("actual") == 12


def test_the_last_that_is_not_rejected_rules(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 15, "applied")
    kit.amend(cycle, "actual", 15, 16)
    kit.amend(cycle, "actual", 16, 17, "rejected")
    found = cell(cycle.validate())
    assert found is not None
    assert (found.value, found.settled, found.pending, found.conflict) == (16, 15, True, False)


def test_a_newer_answer_never_overwrites_what_was_amended(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 15, "applied")
    kit.set_time(kit.inbox(cycle), "2018-07-01 09:00")
    newer = kit.fill(cycle, "A", kit.inbox(cycle, "newer.xlsx"), {"1": {"actual": 14}})
    kit.set_time(newer, "2018-07-02 09:00")
    report = cycle.validate()
    found = cell(report)
    assert found is not None
    assert (found.value, found.original, found.conflict) == (15, 14, True)
    (said,) = kit.found_by(report, "X105")
    assert (said.goal, said.column, said.file) == ("1", "actual", "inbox/newer.xlsx")
    assert "14" in said.message
    kit.amend(cycle, "actual", 14, 15, "applied")
    assert not kit.found_by(cycle.validate(), "X105")


def test_a_department_that_adopts_the_amended_words_is_no_conflict(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 15, "applied")
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"actual": 15}})
    report = cycle.validate()
    found = cell(report)
    assert found is not None
    assert not found.conflict
    assert not kit.found_by(report, "X105")


@pytest.mark.parametrize("language", Language)
def test_a_conflict_in_a_spare_row_is_found_too(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language, top="spare_rows = 1")
    (spare,) = cycle.context.spare_ids()
    kit.fill(cycle, "A", kit.inbox(cycle), {spare: {"name": "Sluice", "actual": 3}})
    kit.amend(cycle, "actual", 2, 4, goal=spare)
    report = cycle.validate()
    assert [(one.goal, one.column) for one in kit.found_by(report, "X105")] == [(spare, "actual")]


def test_what_is_for_publication_only_leaves_the_master_alone(cycle: Cycle) -> None:
    say = cycle.context.language.say
    kit.amend(cycle, "actual", 12, 15, "applied")
    register = load_workbook(cycle.settings.register)
    sheet = register.worksheets[0]
    sheet.cell(1, sheet.max_column + 1).value = say("类型", "kind")
    sheet.cell(2, sheet.max_column).value = say("仅公开稿", "public only")
    register.save(cycle.settings.register)
    assert cell(cycle.validate()) is None


def test_a_given_cell_is_not_amended_but_said(cycle: Cycle) -> None:
    kit.amend(cycle, "requirement", "x", "y", "applied")
    report = cycle.validate()
    assert cell(report, column="requirement") is None
    assert any("plan.xlsx" in remark for remark in report.remarks)


@pytest.mark.parametrize(("state", "settled"), [("proposed", False), ("applied", True), ("rejected", False)])
def test_what_was_wrong_with_a_cell_is_settled_by_an_applied_amendment(state: str, settled: bool, cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"progress": None}})
    kit.amend(cycle, "progress", None, "All 12 km are open, says the written consent.", state)
    report = cycle.validate()
    (finding,) = kit.found_by(report, "R101")
    assert finding.state is (State.EXPLAINED if settled else State.OPEN)
    assert bool(finding.grounds) is settled
    assert report.exit_code == (not settled)


# --- waivers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def blank(cycle: Cycle) -> Cycle:
    """The progress of goals 1 and 2 is blank."""
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"progress": None}, "2": {"progress": None}})
    return cycle


def states(report: Report) -> dict[str | None, State]:
    return {one.goal: one.state for one in kit.found_by(report, "R101")}


def test_a_named_person_may_waive_a_finding_with_a_reason(blank: Cycle) -> None:
    assert blank.validate().exit_code == 1
    kit.waive(blank, "R101", "1", "Told by telephone.", "Wang")
    report = blank.validate()
    assert states(report) == {"1": State.EXPLAINED, "2": State.OPEN}
    finding = next(one for one in kit.found_by(report, "R101") if one.goal == "1")
    assert "Told by telephone." in finding.grounds
    assert "Wang" in finding.grounds
    kit.waive(blank, "r101", blank.context.language.say("全部", "all"), "Told by telephone.", "Wang")
    report = blank.validate()
    assert set(states(report).values()) == {State.EXPLAINED}
    assert report.exit_code == 0


@pytest.mark.parametrize(("reason", "by"), [("", "Wang"), ("Told by telephone.", "")])
def test_without_a_name_or_a_reason_nothing_is_waived(reason: str, by: str, blank: Cycle) -> None:
    kit.waive(blank, "R101", "1", reason, by)
    report = blank.validate()
    assert set(states(report).values()) == {State.OPEN}
    assert len(report.remarks) == 1


def test_a_waiver_that_meets_nothing_is_said(blank: Cycle) -> None:
    kit.waive(blank, "R101", None)
    report = blank.validate()
    assert set(states(report).values()) == {State.OPEN}
    assert len(report.remarks) == 1
    assert "R101" in report.remarks[0]


def test_what_belongs_to_no_row_is_waived_without_a_goal(cycle: Cycle) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-09 09:00"})
    kit.waive(cycle, "D103")
    assert [one.state for one in kit.found_by(cycle.validate(), "D103")] == [State.EXPLAINED]


def test_a_department_that_sent_nothing_may_be_excused(cycle: Cycle) -> None:
    kit.inbox(cycle).unlink()
    kit.waive(cycle, "X101", None, "In quarantine.", "Wang")
    report = cycle.validate()
    assert [one.state for one in kit.found_by(report, "X101")] == [State.EXPLAINED]
    assert report.exit_code == 0


# --- extensions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("until", "late"), [("2018-07-09 09:12", False), ("2018-07-09", False), ("2018-07-08", True)])
def test_an_extension_moves_a_departments_deadline(until: str, late: bool, cycle: Cycle) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-09 09:12"})
    assert kit.found_by(cycle.validate(), "D103")
    kit.extend(cycle, until)
    assert bool(kit.found_by(cycle.validate(), "D103")) == late


# --- feedback ---------------------------------------------------------------------------------------------------------


def test_a_copy_asks_nothing_that_was_waived_and_says_so(blank: Cycle) -> None:
    kit.waive(blank, "R101", "1", "Told by telephone.", "Wang")
    (copy,) = blank.feedback()
    texts = [
        str(cell.value)
        for sheet in load_workbook(copy).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value
    ]
    word = blank.context.language.say("已说明", "Explained")
    assert any(word in text and "Told by telephone." in text for text in texts)
    kit.waive(blank, "R101", "2", "Told by telephone.", "Wang")
    assert blank.feedback() == []


def test_a_copy_names_the_deadline_that_holds_for_its_department(blank: Cycle) -> None:
    kit.extend(blank, "2018-07-20")
    (copy,) = blank.feedback()
    texts = [str(cell.value) for row in load_workbook(copy).worksheets[0].iter_rows() for cell in row if cell.value]
    assert any(blank.context.language.say("7月20日", "20") in text and "23:59" in text for text in texts)


def test_what_only_the_office_can_decide_never_goes_to_a_department(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 11, 15, "applied")
    assert kit.found_by(cycle.validate(), "X105")
    assert cycle.feedback() == []


# --- closing, and a register that is lost -----------------------------------------------------------------------------


def test_a_closing_that_was_typed_stops_the_merge_until_it_is_archived_or_taken_out(cycle: Cycle) -> None:
    say = cycle.context.language.say
    by = say("王样例", "Sample Reviewer")
    kit.decide(cycle, say("结账", "closing"), {say("日期", "date"): "2018-07-20", say("经手人", "by"): by})
    with pytest.raises(CycleError, match="kpi-xlsx close") as refused:
        cycle.merge()
    assert "2018-07-20" in str(refused.value)
    assert by in str(refused.value)
    assert not cycle.settings.master.exists()


def test_a_register_that_cannot_be_read_stops_the_merge_and_nothing_else(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 15, "applied")
    cycle.merge()
    master = cycle.settings.master.read_bytes()
    cycle.settings.register.write_bytes(b"PK cut off")
    with pytest.raises(CycleError, match=r"register\.xlsx"):
        cycle.merge()
    assert cycle.settings.master.read_bytes() == master
    assert any("register.xlsx" in remark for remark in cycle.validate().remarks)


@pytest.mark.parametrize("gone", ["sheet", "row"])
def test_decisions_that_are_gone_are_missed_once(gone: str, cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 15, "applied")
    kit.review(cycle)
    cycle.merge()
    book = load_workbook(cycle.settings.register)
    for sheet in list(book.worksheets):
        sheet.delete_rows(2, 5)
        if gone == "sheet":
            book.remove(sheet)
    if gone == "sheet":
        book.create_sheet("x")
    book.save(cycle.settings.register)
    name = cycle.context.plan.by_code["A"].name
    assert len([remark for remark in cycle.merge().remarks if name in remark]) == 2
    assert [remark for remark in cycle.merge().remarks if name in remark] == []
