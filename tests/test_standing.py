"""Where a round stands: every stage reached, what is counted, and what is said to those who are to be chased."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click
import pytest
import returns_kit as kit
from openpyxl import load_workbook

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import Closing, Decisions, Extension, Fate, Paper, PaperState, Place, Review, Verdict
from kpi_xlsx.lines import cells
from kpi_xlsx.model import Answer, Entry, Language, PlanError, Progress
from kpi_xlsx.outputs.chase import write_chase_book
from kpi_xlsx.reminders import remind, remind_all
from kpi_xlsx.report import Report, ReturnRecord, Waiting
from kpi_xlsx.standing import STAGE_WORDS, Condition, Stage, Standing, Status
from kpi_xlsx.standing_screen import show_distance, show_reminders, show_status
from kpi_xlsx.steps import find_steps
from kpi_xlsx.stocktaking import Kept, take_stock

IN_TIME = dt.datetime(2018, 7, 4, 10, 0, tzinfo=kit.ZONE)
AFTER = dt.datetime(2018, 7, 8, 10, 0, tzinfo=kit.ZONE)
HERE = Place("-", 2)
NOTHING = Kept({}, frozenset(), frozenset(), (), master=False)

DEPARTMENT_KEYS = (
    *("code", "name", "state", "generated", "sent", "received", "late", "errors", "warnings", "explained", "reviewed"),
    *("stage", "asked", "basis", "version", "verdict", "reviewed_by", "reviewed_on", "remark", "held", "differences"),
    *("deadline", "extension", "authority", "feedback", "forms", "attachments", "unusable", "paper", "contact"),
    *("phone", "email", "leader", "reviewer", "parts", "support_deadline"),
)
TOTAL_KEYS = (
    *("departments", "asked", "states", "stages", "late", "reviewed", "held", "errors", "warnings", "explained"),
    *("forms", "attachments", "strangers", "unmerged"),
)


@pytest.fixture(params=list(Language), ids=str)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """B has reported well, A not yet."""
    return kit.make_cycle(tmp_path / "cycle", request.param)


def of(status: Status, code: str = "A") -> Standing:
    return next(one for one in status.standings if one.code == code)


def stock(report: Report, cycle: Cycle, kept: Kept = NOTHING, now: dt.datetime = AFTER) -> Status:
    return take_stock(report, cycle.settings, kept, now)


def decided(cycle: Cycle, **decisions: object) -> Report:
    """The inbox judged, with a register of which only this was read."""
    return replace(cycle.validate(), decisions=Decisions(**decisions))  # type: ignore[arg-type]


def versions(cycle: Cycle, *changes: Mapping[str, object]) -> Report:
    """A has sent one return for each of these changes to its record."""
    for number, _ in enumerate(changes, 1):
        path = kit.fill(cycle, "A", kit.inbox(cycle, f"A-{number}.xlsx"), {"2": {"actual": number}})
        kit.set_time(path, f"2018-07-0{number} 09:00")
    report = cycle.validate()
    own = iter(enumerate(changes, 1))

    def change(record: ReturnRecord) -> ReturnRecord:
        if record.department != "A":
            return record
        number, wanted = next(own)
        return replace(record, version=number, **wanted)  # type: ignore[arg-type]

    return replace(report, returns=[change(record) for record in report.returns])


def review(verdict: Verdict, remark: str = "") -> dict[str, Review]:
    return {"review": Review("A", "", verdict, HERE, "Li", dt.date(2018, 7, 6), remark)}


def overdue(cycle: Cycle) -> kit.Changes:
    """Goal 1 is due and not completed, and nobody says why."""
    words = {meaning: choice for choice, meaning in cycle.context.template.progress_of.items()}
    return {"1": {"status": words[Progress.ON_TRACK], "completed_on": None}}


# --- stages -----------------------------------------------------------------------------------------------------------


def test_the_words_are_those_of_the_desk() -> None:
    words = "未发放 已发放 未报送 报来一部分 迟报 已收待审 已退回 待说明 审核通过 通过后又来件 本期无需报送"
    assert " ".join(word for word, _ in STAGE_WORDS.values()) == words
    assert list(STAGE_WORDS) == list(Stage)


def test_a_form_is_issued_once_it_was_made_and_missing_once_its_deadline_is_over(cycle: Cycle) -> None:
    assert of(cycle.status(AFTER)).stage is Stage.NOT_ISSUED
    cycle.generate()
    assert of(cycle.status(IN_TIME)).stage is Stage.ISSUED
    status = cycle.status(AFTER)
    assert (of(status).stage, of(status).state) == (Stage.MISSING, Condition.MISSING)
    assert of(status).generated is not None
    assert of(status).received is None


def test_the_very_second_of_the_deadline_is_in_time(cycle: Cycle) -> None:
    cycle.generate()
    due = cycle.settings.return_by
    assert due is not None
    assert of(cycle.status(due)).stage is Stage.ISSUED
    assert of(cycle.status(due + dt.timedelta(seconds=1))).stage is Stage.MISSING


def test_a_moment_without_an_offset_is_in_the_cycle_s(cycle: Cycle) -> None:
    cycle.generate()
    assert of(cycle.status(dt.datetime(2018, 7, 5, 17, 0))).stage is Stage.ISSUED
    assert of(cycle.status(dt.datetime(2018, 7, 5, 18, 0))).stage is Stage.MISSING


def test_forms_are_issued_though_the_ledger_that_knew_of_them_is_lost(cycle: Cycle) -> None:
    cycle.generate()
    cycle.settings.ledger.unlink()
    one = of(cycle.status(AFTER))
    assert (one.stage, one.generated) == (Stage.MISSING, None)


def test_without_return_by_the_period_s_last_day_counts(cycle: Cycle) -> None:
    path = cycle.settings.folder / "cycle.toml"
    lines = [line for line in path.read_text("utf-8").splitlines() if "return_by" not in line]
    path.write_text("\n".join(lines), "utf-8")
    cycle = Cycle.load(cycle.settings.folder)
    cycle.generate()
    assert of(cycle.status(dt.datetime(2018, 6, 30, 23, 59))).stage is Stage.ISSUED
    assert of(cycle.status(dt.datetime(2018, 7, 1, 0, 0))).stage is Stage.MISSING
    assert "2018-06-30" in lines_of(cycle.status(AFTER))[1]


def test_an_extension_moves_the_deadline_of_one_department(cycle: Cycle) -> None:
    extension = Extension("A", dt.datetime(2018, 7, 10, 17, 30, tzinfo=kit.ZONE), "No. 7", HERE)
    kept = replace(NOTHING, issued=frozenset("A"))
    status = stock(decided(cycle, extensions=(extension,)), cycle, kept)
    assert of(status).stage is Stage.ISSUED
    assert of(status).to_dict(status.language, status.zone)["extension"] == "2018-07-10T17:30:00+08:00"
    assert "2018-07-10 17:30" in "\n".join(lines_of(status))
    assert "No. 7" in "\n".join(lines_of(status))
    assert of(stock(decided(cycle), cycle, kept)).stage is Stage.MISSING
    kit.send_late(cycle)
    late = replace(cycle.validate(), decisions=Decisions(extensions=(extension,)))
    assert not of(stock(late, cycle)).late


def test_a_file_that_cannot_be_used_is_no_return(cycle: Cycle) -> None:
    cycle.generate()
    kit.cut_off(cycle)
    status = cycle.status(AFTER)
    one = of(status)
    assert (one.stage, one.state, one.received, one.forms) == (Stage.MISSING, Condition.QUARANTINED, None, 0)
    assert any("inbox/A.xlsx" in line for line in lines_of(status))
    reminder = remind(one, status)
    assert "A.xlsx" in reminder
    assert "inbox" not in reminder


def test_a_good_return_waits_for_its_review(cycle: Cycle) -> None:
    one = of(cycle.status(AFTER), "B")
    assert (one.stage, one.state, one.reviewed, one.to_review) == (Stage.RECEIVED, Condition.CLEAN, False, True)


def test_a_fault_that_must_be_fixed_is_no_matter_of_explaining(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}, **overdue(cycle)})
    one = of(cycle.status(AFTER))
    assert (one.stage, one.state, one.errors) == (Stage.RECEIVED, Condition.ERRORS, 2)
    assert one.to_correct
    assert not one.to_review


def test_an_overdue_goal_awaits_its_explanation(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), overdue(cycle))
    one = of(cycle.status(AFTER))
    assert (one.stage, one.state) == (Stage.AWAITING, Condition.ERRORS)
    words = {"explanation": cycle.context.language.say("因雨停工，八月完成。", "Rain; done in August.")}
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {**overdue(cycle)["1"], **words}})
    one = of(cycle.status(AFTER))
    assert (one.stage, one.state, one.explained) == (Stage.RECEIVED, Condition.CLEAN, 1)


def test_a_useless_file_beside_a_good_return_asks_nothing_of_the_department(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle, "A-good.xlsx"), overdue(cycle))
    kit.inbox(cycle, "A.xlsx").write_text("x", "utf-8")
    status = cycle.status(AFTER)
    one = of(status)
    assert (one.stage, one.state, len(one.unusable), one.errors) == (Stage.AWAITING, Condition.ERRORS, 1, 2)
    assert [finding.code for finding in one.pointed_out] == ["D101"]
    assert "A.xlsx" not in remind(one, status)


def test_only_a_registered_time_makes_a_return_late(cycle: Cycle) -> None:
    kit.set_time(kit.send(cycle), "2018-07-09 09:12")
    assert of(cycle.status(AFTER)).stage is Stage.RECEIVED
    kit.send_late(cycle)
    one = of(cycle.status(AFTER))
    assert (one.stage, one.late, one.state) == (Stage.LATE, True, Condition.WARNINGS)
    assert not one.to_correct
    kit.send_in_time(cycle)
    assert of(cycle.status(AFTER)).stage is Stage.RECEIVED


def test_what_is_late_and_wants_explaining_is_told_as_both(cycle: Cycle) -> None:
    kit.send_late(cycle)
    kit.fill(cycle, "A", kit.inbox(cycle), overdue(cycle))
    status = cycle.status(AFTER)
    assert (of(status).stage, of(status).late) == (Stage.AWAITING, True)
    line = next(line for line in lines_of(status) if line.startswith("A "))
    assert status.language.say("迟报", "late") in line


def test_passed_is_what_a_person_says(cycle: Cycle) -> None:
    status = stock(versions(cycle, review(Verdict.PASSED)), cycle)
    one = of(status)
    assert (one.stage, one.reviewed) == (Stage.CLEARED, True)
    told = one.to_dict(status.language, status.zone)
    assert (told["verdict"], told["reviewed_by"], told["reviewed_on"]) == ("passed", "Li", "2018-07-06")
    assert not one.to_correct


def test_sent_back_until_something_newer_comes(cycle: Cycle) -> None:
    back = review(Verdict.SENT_BACK, "请补数据")
    status = stock(versions(cycle, back), cycle)
    assert (of(status).stage, of(status).to_correct) == (Stage.SENT_BACK, True)
    assert "请补数据" in remind(of(status), status)
    assert of(stock(versions(cycle, back, {}), cycle)).stage is Stage.RECEIVED


def test_a_pending_verdict_leaves_the_return_waiting(cycle: Cycle) -> None:
    one = of(stock(versions(cycle, review(Verdict.PENDING)), cycle))
    assert (one.stage, one.reviewed) == (Stage.RECEIVED, False)


def test_a_version_that_came_after_is_held_with_its_differences(cycle: Cycle) -> None:
    report = versions(cycle, review(Verdict.PASSED), {"fate": Fate.HELD})
    held = next(one for one in report.returns if one.fate is Fate.HELD)

    def waiting(answers: Mapping[str, Answer], places: Mapping[str, str]) -> tuple[Waiting, ...]:
        changed = {**answers, "actual": Answer("L6", "99", 99.0), "evidence": Answer("O6", "x", "x")}
        return (Waiting(Entry("main", "2", 6, changed, places), held),)

    rows = [
        replace(row, waiting=waiting(row.entry.answers, row.entry.places))
        if row.department == "A" and row.id == "2" and row.entry
        else row
        for row in report.entries
    ]
    status = stock(replace(report, entries=rows), cycle)
    one = of(status)
    assert (one.stage, one.reviewed, one.passed, len(one.held), one.differences) == (Stage.HELD, False, True, 1, 2)
    assert one.record is not None
    assert one.record.version == 1
    assert one.to_review
    assert status.to_dict()["totals"]["held"] == 1


def test_a_dismissed_version_leaves_the_passed_one_standing(cycle: Cycle) -> None:
    report = versions(cycle, review(Verdict.PASSED), {"fate": Fate.DISMISSED, **review(Verdict.SENT_BACK)})
    one = of(stock(report, cycle))
    assert (one.stage, one.reviewed) == (Stage.CLEARED, True)


def test_the_same_content_counts_once(cycle: Cycle) -> None:
    report = versions(cycle, {}, {"copy_of": "inbox/A-1.xlsx"})
    one = of(stock(report, cycle))
    assert one.forms == 1
    assert one.record is not None
    assert one.record.file == "inbox/A-1.xlsx"


def quiet(tmp_path: Path, language: Language) -> Cycle:
    """C reports once a year only."""
    plan: list[kit.PlanRow] = [
        *kit.goals(language),
        {"id": "9", "department": "C", "name": "y", "requirement": "z", "due_month": 12, "frequency": "year"},
    ]
    offices = [*kit.departments(language), {"code": "C", "name": "C Bureau"}]
    return kit.make_cycle(tmp_path / "quiet", language, plan=plan, offices=offices)


@pytest.mark.parametrize("language", list(Language))
def test_who_is_asked_nothing_is_not_chased(language: Language, tmp_path: Path) -> None:
    cycle = quiet(tmp_path, language)
    cycle.generate()
    status = cycle.status(AFTER)
    one = of(status, "C")
    assert (one.stage, one.state, one.asked) == (Stage.NOT_REQUIRED, Condition.CLEAN, False)
    assert [other.code for other in status.chased] == ["A"]
    assert "3" not in lines_of(status)[2]
    kit.inbox(cycle, "C.xlsx").write_text("x", "utf-8")
    one = of(cycle.status(AFTER), "C")
    assert (one.stage, one.state) == (Stage.NOT_REQUIRED, Condition.QUARANTINED)
    kit.fill(cycle, "C", kit.inbox(cycle, "C.xlsx"), {"9": {"actual": 1}})
    assert of(cycle.status(AFTER), "C").record is not None
    assert of(cycle.status(AFTER), "C").stage is not Stage.NOT_REQUIRED


# --- what is told -----------------------------------------------------------------------------------------------------


def test_json_has_the_keys_of_the_contract_and_says_everything_in_plan_order(cycle: Cycle) -> None:
    kit.send(cycle)
    cycle.merge()
    data = json.loads(json.dumps(cycle.status(AFTER).to_dict()))
    closing = ["closed", "closed_by", "archive", "corrected_since", "changed_since", "support_by"]
    assert list(data) == ["departments", "totals", "now", "return_by", *closing]
    assert [one["code"] for one in data["departments"]] == ["A", "B"]
    assert [list(one) for one in data["departments"]] == [list(DEPARTMENT_KEYS)] * 2
    assert list(data["totals"]) == list(TOTAL_KEYS)
    assert sum(data["totals"]["states"].values()) == sum(data["totals"]["stages"].values()) == 2
    assert list(data["totals"]["states"]) == ["missing", "quarantined", "errors", "warnings", "clean"]
    one = data["departments"][0]
    assert dt.datetime.fromisoformat(one["received"]).utcoffset() == dt.timedelta(hours=8)
    assert (one["late"], one["reviewed"], one["errors"], one["sent"]) == (False, False, 0, None)
    assert data == json.loads(json.dumps(cycle.status(AFTER).to_dict()))


def test_status_counts_what_validate_finds(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}, "3": {"status": "?"}, **overdue(cycle)})
    findings = kit.found(cycle.validate())
    one = of(cycle.status(AFTER))
    assert one.errors == sum(finding.severity == "error" for finding in findings) > 2
    assert one.warnings == sum(finding.severity == "warning" for finding in findings)


def test_nothing_is_written_and_neither_ledger_nor_register_is_needed(cycle: Cycle) -> None:
    folder = cycle.settings.folder
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    cycle.status()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    cycle.merge()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    cycle.status()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_the_ledger_tells_when_form_and_feedback_were_written(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    cycle.generate()
    cycle.feedback()
    status = cycle.status(AFTER)
    assert of(status).generated is not None
    assert of(status).feedback is not None
    assert of(status, "B").feedback is None


def test_files_of_nobody_are_named_since_they_may_be_what_is_missing(cycle: Cycle) -> None:
    kit.inbox(cycle, "scan.xlsx").write_bytes(b"\x00\x01")
    status = cycle.status(AFTER)
    assert len(status.strangers) == 1
    assert any("scan.xlsx" in line for line in lines_of(status))


def test_paper_and_closing_are_told(cycle: Cycle) -> None:
    papers = (Paper("B", PaperState.DIFFERS, HERE),)
    closings = (Closing(dt.date(2018, 7, 20), "Wang", HERE),)
    status = stock(decided(cycle, papers=papers, closings=closings), cycle)
    text = "\n".join(lines_of(status))
    assert status.language.say("已收·不一致", "received but differs") in text
    assert "2018-07-20" in text
    assert status.to_dict()["closed"] == "2018-07-20"
    assert called_for(status) == ["close"]  # it has no archive yet


def lines_of(status: Status, width: int | None = None, **options: bool) -> list[str]:
    return [click.unstyle(line) for line in show_status(status, width, **options)]


def test_the_columns_of_the_departments_stand_below_each_other(cycle: Cycle) -> None:
    kit.set_time(kit.send(cycle), "2018-07-04 09:00")
    shown = [line for line in lines_of(cycle.status(AFTER)) if line[:2] in ("A ", "B ")]
    stage = Stage.RECEIVED.word(cycle.context.language)
    assert len({cells(line[: line.index(stage)]) for line in shown}) == 1
    assert len(shown) == 2


@pytest.mark.parametrize("width", [20, 40])
def test_a_narrow_terminal_breaks_lines_and_cuts_nothing(width: int, cycle: Cycle) -> None:
    kit.send_late(cycle)
    status = cycle.status(AFTER)
    wide, narrow = lines_of(status), lines_of(status, width)
    assert len(narrow) > len(wide)
    assert "".join("".join(narrow).split()) == "".join("".join(wide).split())


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        ("2018-07-02T17:30", "还有 3 天", "3 days left"),
        ("2018-07-05T10:00", "还有 7 小时", "7 hours left"),
        ("2018-07-05T17:00", "还有 不到 1 小时", "less than an hour left"),
        ("2018-07-05T18:00", "已过 不到 1 小时", "less than an hour ago"),
        ("2018-07-06T17:30", "已过 1 天", "1 day ago"),
    ],
)
def test_how_far_the_deadline_is(moment: str, zh: str, en: str) -> None:
    due, now = (dt.datetime.fromisoformat(text) for text in ("2018-07-05T17:30", moment))
    assert show_distance(due, now, Language.ZH) == zh
    assert show_distance(due, now, Language.EN) == en


# --- whom to chase ----------------------------------------------------------------------------------------------------


def led(tmp_path: Path, language: Language) -> Cycle:
    """Four departments, led by two people and by nobody, looked through by two; none but B has reported."""
    rows = (("A", "Wu", "Li、Qian"), ("B", "Sun", "Li"), ("C", "", "Qian"), ("D", "Wu", ""))
    offices: list[kit.PlanRow] = [
        {"code": code, "name": f"{code} {language.say('局', 'Bureau')}", "leader": leader, "reviewer": reviewer,
         "contact": f"Clerk {code}", "phone": f"555-{code}"}
        for code, leader, reviewer in rows
    ]  # fmt: skip
    plan: list[kit.PlanRow] = [
        {"id": code, "department": code, "name": f"g{code}", "requirement": "r", "due_month": 12} for code, *_ in rows
    ]
    return kit.make_cycle(tmp_path / "led", language, plan=plan, offices=offices)


@pytest.mark.parametrize("language", list(Language))
def test_who_is_chased_by_telephone_in_plan_order_or_by_leader(language: Language, tmp_path: Path) -> None:
    cycle = led(tmp_path, language)
    cycle.generate()
    status = cycle.status(AFTER)

    def order(lines: Sequence[str]) -> list[str]:
        return [line.split("555-")[1][0] for line in lines if "555-" in line]

    assert order(lines_of(status)) == ["A", "C", "D"]
    lines = lines_of(status, by_leader=True)
    assert order(lines) == ["A", "D", "C"]
    assert [line.strip() for line in lines if line.startswith("  ") and line[2] != " "] == [
        "Wu",
        language.say("（没有填分管领导）", "(no leader in the plan)"),
    ]


@pytest.mark.parametrize("language", list(Language))
def test_a_colleague_sees_her_own_departments(language: Language, tmp_path: Path) -> None:
    cycle = led(tmp_path, language)
    status = cycle.status(AFTER)
    mine = status.of_reviewer("qian ")
    assert [one.code for one in mine.standings] == ["A", "C"]
    assert mine.to_dict()["totals"]["departments"] == 2
    with pytest.raises(PlanError, match="Qian") as caught:
        status.of_reviewer("Zhao")
    assert "Zhao" in str(caught.value)


def test_a_reminder_names_form_deadline_fault_and_office(cycle: Cycle) -> None:
    cycle = Cycle(replace(cycle.settings, contact="Office 555-0000"), cycle.context)
    blank = dict.fromkeys(("progress", "status"))
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": blank, "2": blank, "3": {"progress": None}})
    status = cycle.status(IN_TIME)
    text = remind(of(status), status)
    name, say = of(status).name, status.language.say
    assert text.startswith(say(f"{name}：\n", f"To {name}:\n"))
    assert cycle.settings.full_title(name, cycle.context.template.title) in text
    assert say("2018年7月5日17:30前", "by 2018-07-05 17:30") in text
    assert "Office 555-0000" in text
    assert [line[:2] for line in text.splitlines() if line[0].isdecimal()] == ["1.", "2.", "3."]
    more = of(status).errors - 3
    assert more > 0
    assert say(f"其余 {more} 处", f"the other {more}") in text
    assert say("尽快", "soon") in remind(of(cycle.status(AFTER)), cycle.status(AFTER))


@pytest.mark.parametrize("language", list(Language))
def test_the_message_to_the_group_names_all_who_are_missing_and_all_who_must_correct(
    language: Language, tmp_path: Path
) -> None:
    cycle = led(tmp_path, language)
    cycle.generate()
    kit.fill(cycle, "D", kit.inbox(cycle, "D.xlsx"), {"d": {"progress": None}})
    status = cycle.status(AFTER)
    message = remind_all(status).splitlines()
    missing, correcting = message[1:3]
    assert [code for code in "ABCD" if f"{code} {language.say('局', 'Bureau')}" in missing] == ["A", "C"]
    assert [code for code in "ABCD" if f"{code} {language.say('局', 'Bureau')}" in correcting] == ["D"]


def test_when_all_is_well_nobody_is_chased(cycle: Cycle) -> None:
    kit.send(cycle)
    status = cycle.status(AFTER)
    assert status.chased == ()
    assert remind_all(status) == ""
    assert list(show_reminders(status)) == [status.language.say("没有要催的单位。", "Nobody is to be chased.")]


NASTY = '=HYPERLINK("http://x","y")\n\x1b[31m<b>&\u202e'


def nasty(cycle: Cycle) -> Status:
    """A is called and led by something that no cell, line or screen should obey."""
    cycle.generate()
    status = cycle.status(AFTER)
    standings = [
        replace(one, department=replace(one.department, name=NASTY, leader=NASTY, contact=NASTY, reviewer=NASTY))
        for one in status.standings
    ]
    return replace(status, standings=tuple(standings))


def test_names_stay_on_their_line(cycle: Cycle) -> None:
    status = nasty(cycle)
    texts = [*lines_of(status), *remind_all(status).splitlines(), *remind(of(status), status).splitlines()]
    shown = [line for line in texts if "HYPERLINK" in line]
    assert all("\u241b[31m<b>&\ufffd" in line for line in shown)
    assert len(shown) > 5
    assert [line for line in texts if "\n" in line or "\x1b" in line or "\u202e" in line] == []
    assert len(remind(of(status), status).splitlines()) == 2


@pytest.mark.parametrize("by_leader", [False, True])
def test_the_workbook_holds_texts_only(by_leader: bool, cycle: Cycle, tmp_path: Path) -> None:
    status = nasty(cycle)
    path = tmp_path / "催报 名单.xlsx"
    write_chase_book(path, status, by_leader=by_leader)
    sheet = load_workbook(path).worksheets[0]
    values = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in values} == {"s"}
    assert sheet["B3"].value is not None
    assert str(sheet["B3"].value).startswith("=HYPERLINK")
    assert sheet["B3"].quotePrefix
    assert not sheet["A3"].quotePrefix
    assert sheet["K3"].value == remind(of(status), status)


@pytest.mark.parametrize("language", list(Language))
def test_the_workbook_lists_whom_to_chase_and_the_message_for_the_group(language: Language, tmp_path: Path) -> None:
    cycle = led(tmp_path, language)
    cycle.generate()
    status = cycle.status(AFTER)
    path = tmp_path / "chase.xlsx"
    write_chase_book(path, status, by_leader=True)
    rows = list(load_workbook(path).worksheets[0].values)
    assert [row[0] for row in rows[2:5]] == ["A", "D", "C"]
    assert [row[2] for row in rows[2:5]] == [Stage.MISSING.word(language)] * 3
    assert rows[6][10] == remind_all(status)
    before = path.read_bytes()
    write_chase_book(path, status, by_leader=True)
    assert path.read_bytes() == before


def test_the_workbook_says_so_if_nobody_is_to_be_chased(cycle: Cycle, tmp_path: Path) -> None:
    kit.send(cycle)
    write_chase_book(tmp_path / "x.xlsx", cycle.status(AFTER))
    rows = list(load_workbook(tmp_path / "x.xlsx").worksheets[0].values)
    assert rows[2][0] == cycle.context.language.say("没有要催的单位。", "Nobody is to be chased.")


# --- what comes next --------------------------------------------------------------------------------------------------


def called_for(status: Status) -> list[str]:
    """The commands that something calls for, `register` for the register."""
    return [step.arguments[0] if step.arguments else "register" for step in find_steps(status) if step.why]


@pytest.mark.parametrize("language", list(Language))
def test_what_comes_next_in_the_course_of_a_round(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    kit.inbox(cycle, "B.xlsx").unlink()
    assert called_for(cycle.status(IN_TIME)) == ["generate"]
    cycle.generate()
    assert called_for(cycle.status(IN_TIME)) == ["status"]
    kit.fill(cycle, "B", kit.inbox(cycle, "B.xlsx"))
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    assert called_for(cycle.status(IN_TIME)) == ["validate", "feedback", "merge", "status", "register"]
    cycle.merge()
    cycle.feedback()
    assert called_for(cycle.status(IN_TIME)) == ["status", "register"]
    kit.send(cycle)
    assert called_for(cycle.status(IN_TIME)) == ["validate", "merge", "register"]
    cycle.merge()
    cycle.settings.master.unlink()
    assert called_for(cycle.status(IN_TIME)) == ["merge", "register"]


def test_a_merge_is_called_for_when_the_register_changes_what_is_found(cycle: Cycle) -> None:
    kit.send(cycle)
    cycle.merge()
    assert "merge" not in called_for(cycle.status(AFTER))
    kit.register(cycle, {"A.xlsx": "2018-07-09 09:12"})
    assert "merge" in called_for(cycle.status(AFTER))


def test_a_merge_is_called_for_when_the_register_was_saved_after_the_master(cycle: Cycle) -> None:
    kit.register(cycle, {"B.xlsx": "2018-07-04 09:12"})
    kit.send(cycle)
    cycle.merge()
    kit.set_time(cycle.settings.master, "2018-07-06 09:00")
    kit.set_time(cycle.settings.register, "2018-07-05 09:00")
    assert "merge" not in called_for(cycle.status(AFTER))
    kit.set_time(cycle.settings.register, "2018-07-06 10:00")
    assert "merge" in called_for(cycle.status(AFTER))


def test_a_round_of_which_all_is_passed_and_merged_can_be_closed(cycle: Cycle) -> None:
    kit.send(cycle)
    cycle.merge()
    passed = Review("A", "", Verdict.PASSED, HERE)
    report = cycle.validate()
    returns = [replace(one, review=passed, version=1) for one in report.returns]
    kept = replace(
        NOTHING,
        issued=frozenset("AB"),
        seen=frozenset((one.file, one.sha256 or "") for one in report.returns),
        findings=report.findings,
        master=True,
    )
    assert called_for(stock(replace(report, returns=returns), cycle, kept)) == ["close"]


WORDS: Sequence[tuple[str, Callable[[Status], Sequence[str]]]] = (
    ("status", lambda status: lines_of(status)),
    ("reminders", lambda status: list(show_reminders(status))),
    ("steps", lambda status: [f"{step.title} {step.why}" for step in find_steps(status)]),
)


@pytest.mark.parametrize(("_name", "show"), WORDS, ids=[name for name, _ in WORDS])
def test_an_english_cycle_is_told_in_english_and_without_words_of_the_code(
    _name: str, show: Callable[[Status], Sequence[str]], tmp_path: Path
) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", Language.EN)
    cycle.generate()
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    text = "\n".join(show(cycle.status(AFTER)))
    assert text.replace("“", '"').replace("”", '"').isascii()
    for word in ("None", "Stage", "not_issued", "True", "False", "datetime"):
        assert word not in text
