"""The events of a round: what came, which row counts from which return and why, and what people decided."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import returns_kit as kit

from kpi_xlsx.batch import Conclusion, conclude
from kpi_xlsx.chronicle import tell
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import (
    EVERY_GOAL,
    Amendment,
    AmendmentKind,
    AmendmentState,
    Decisions,
    Extension,
    Place,
    Review,
    Verdict,
    Waiver,
)
from kpi_xlsx.events import EVENT_WORDS, Event, EventKind
from kpi_xlsx.model import Basis, Language
from kpi_xlsx.receipts import Receipt, Receipts, file_key
from kpi_xlsx.surveying import survey

HERE = Place("审核", 2)


@pytest.fixture(params=Language)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """A cycle into which only department A reports."""
    made = kit.make_cycle(tmp_path / "cycle", request.param)
    kit.inbox(made, "B.xlsx").unlink()
    return made


def conclusion_of(cycle: Cycle, decisions: Decisions) -> Conclusion:
    arrivals = cycle.arrivals()
    receipts = {
        one.name: decisions.receipts.find(one.name)
        or Receipt(dt.datetime.fromtimestamp(one.path.stat().st_mtime, dt.UTC), Basis.FILE)
        for one in arrivals
    }
    inspected = list(survey(cycle.context, arrivals))
    return conclude(cycle.context, inspected, receipts, decisions, whole=True, zone=kit.ZONE)


def told(cycle: Cycle, decisions: Decisions | None = None) -> list[Event]:
    decisions = decisions or Decisions()
    return tell(cycle.context, conclusion_of(cycle, decisions), decisions, kit.ZONE)


def counted(events: Iterable[Event], goal: str) -> Event:
    return next(one for one in events if one.kind is EventKind.COUNTED and one.goal == goal)


def kinds(events: Sequence[Event]) -> list[str]:
    return [str(one.kind) for one in events]


def review(verdict: Verdict, version: str = "", day: dt.date | None = None, row: int = 2) -> Review:
    return Review("A", version, verdict, replace(HERE, row=row), "李", day, "看过")


def test_the_only_return(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    events = told(cycle)
    assert kinds(events) == ["came", "counted", "counted", "counted"]
    assert [one.goal for one in events] == [None, "1", "2", "3"]
    assert {one.file for one in events} == {"inbox/a.xlsx"}
    assert {one.at for one in events} == {dt.datetime(2018, 7, 3, 9, tzinfo=kit.ZONE)}
    say = cycle.context.language.say
    assert events[1].why == say("唯一的一次来件", "the only return")
    assert events[0].why == say("第1次来件；文件时间，待确认", "return #1; file time, unconfirmed")


def test_a_later_blank_row_erases_nothing(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    kit.arrive(cycle, "b.xlsx", "2018-07-04 09:00", {"2": kit.blank_row(cycle), "1": {"actual": 13}})
    events = told(cycle)
    say = cycle.context.language.say
    assert counted(events, "1").file == "inbox/b.xlsx"
    assert counted(events, "1").why == say("最新的一次来件", "the newest return")
    assert counted(events, "2").file == "inbox/a.xlsx"
    assert say("第2次（此行空白，不覆盖）", "#2 (blank in this row, erases nothing)") in counted(events, "2").why


def test_a_row_that_the_later_return_does_not_have(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    second = kit.arrive(cycle, "b.xlsx", "2018-07-04 09:00")
    with kit.edited(second) as (sheet, marks):
        sheet.delete_rows(marks.rows["3"])
    kit.set_time(second, "2018-07-04 09:00")
    say = cycle.context.language.say
    why = counted(told(cycle), "3").why
    assert say("第2次（没有这一行）", "#2 (has no such row)") in why


def test_the_same_content_under_two_names(cycle: Cycle) -> None:
    first = kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    again = kit.inbox(cycle, "copy.xlsx")
    shutil.copy(first, again)
    kit.set_time(again, "2018-07-04 09:00")
    events = told(cycle)
    say = cycle.context.language.say
    assert kinds(events) == ["came", "counted", "counted", "counted", "came"]
    assert say("第1次，内容与 inbox/a.xlsx 相同", "#1, the same content as inbox/a.xlsx") in events[-1].why
    assert say("内容相同的还有 inbox/copy.xlsx", "the same content came as inbox/copy.xlsx") in counted(events, "1").why


def test_what_comes_after_a_review_is_held_and_dismissed(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    kit.arrive(cycle, "b.xlsx", "2018-07-06 09:00", {"1": {"actual": 13}})
    passed = review(Verdict.PASSED, "1", dt.date(2018, 7, 5))
    say = cycle.context.language.say

    events = told(cycle, Decisions(reviews=(passed,)))
    assert kinds(events) == ["came", "counted", "counted", "counted", "passed", "came", "held"]
    assert events[4].why == say(
        "第1次；审核人：李；看过；登记簿“审核”表第2行", "#1; reviewer: 李; 看过; register, sheet 审核, row 2"
    )
    assert events[4].at == dt.date(2018, 7, 5)
    assert events[-1].file == "inbox/b.xlsx"
    why = counted(events, "1").why
    assert say("已审核通过", "it was passed") in why
    assert say("第2次（第1次已审核通过，之后的暂存）", "#2 (held, since #1 was passed)") in why

    sent_back = review(Verdict.SENT_BACK, "2", dt.date(2018, 7, 7), 3)
    events = told(cycle, Decisions(reviews=(passed, sent_back)))
    assert kinds(events)[-2:] == ["came", "dismissed"]
    assert say("已退回", "sent back") in counted(events, "1").why


def test_a_return_that_repeats_what_was_passed(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    second = kit.arrive(cycle, "b.xlsx", "2018-07-06 09:00")
    kit.type_over(second, "1", "actual", 12)
    kit.set_time(second, "2018-07-06 09:00")
    events = told(cycle, Decisions(reviews=(review(Verdict.PASSED, "1", dt.date(2018, 7, 5)),)))
    assert "held" not in kinds(events)
    say = cycle.context.language.say
    assert say("答案与审核通过的第1次没有差别", "no answer differs from #1, which was passed") in events[-1].why


def test_a_review_without_a_day_follows_what_it_means(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    kit.arrive(cycle, "b.xlsx", "2018-07-06 09:00", {"1": {"actual": 13}})
    events = told(cycle, Decisions(reviews=(review(Verdict.SENT_BACK, "1"), review(Verdict.PENDING, "2", row=3))))
    assert [str(one.kind) for one in events if one.kind is not EventKind.COUNTED] == [
        "came", "sent_back", "came", "pending",
    ]  # fmt: skip


def test_a_review_of_what_never_came(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    first = told(cycle, Decisions(reviews=(review(Verdict.PASSED, "7"),)))[0]
    assert (first.kind, first.file) == (EventKind.PASSED, None)
    assert cycle.context.language.say("没有“7”这一次来件", "there is no return “7”") in first.why


def test_decisions_are_told_in_full(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    amendment = Amendment(
        "A", "1", "actual", 12, 12.5, AmendmentKind.FIGURES, AmendmentState.APPLIED, Place("更正", 2),
        "笔误", "考评办〔2018〕7号", "王主任", "2018-07-08 来函",
    )  # fmt: skip
    rejected = replace(amendment, state=AmendmentState.REJECTED, new=None, column="progress", place=Place("更正", 3))
    proposed = replace(amendment, state=AmendmentState.PROPOSED, place=Place("更正", 4))
    decisions = Decisions(
        amendments=(amendment, rejected, proposed),
        waivers=(
            Waiver("A", "1", "D101", "已报市政府", "赵", Place("免予说明", 2), dt.date(2018, 7, 9)),
            Waiver("A", EVERY_GOAL, "V104", "从简", "赵", Place("免予说明", 3)),
            Waiver("A", None, "D103", "系统故障", "赵", Place("免予说明", 4)),
        ),
        extensions=(Extension("A", dt.datetime(2018, 7, 10, 17, 30, tzinfo=kit.ZONE), "局长", Place("延期", 2)),),
    )
    events = told(cycle, decisions)
    assert kinds(events) == [
        "extended", "came", "counted", "counted", "counted", "applied", "rejected", "proposed", "waived", "waived",
        "waived",
    ]  # fmt: skip
    language = cycle.context.language
    say, heading = language.say, cycle.context.template.main.by_key["actual"].header
    assert events[0].why == say(
        "期限延至 2018-07-10 17:30；批准：局长；登记簿“延期”表第2行",
        "deadline moved to 2018-07-10 17:30; authority: 局长; register, sheet 延期, row 2",
    )
    applied = events[5]
    assert (applied.goal, applied.column, applied.at) == ("1", "actual", None)
    assert applied.why == say(
        f"{heading}：12 → 12.5；数据更正；原因：笔误；依据：考评办〔2018〕7号；批准：王主任；"
        "单位书面确认：2018-07-08 来函；登记簿“更正”表第2行",
        f"{heading}: 12 → 12.5; figures; reason: 笔误; authority: 考评办〔2018〕7号; approved by 王主任; "
        "department's consent: 2018-07-08 来函; register, sheet 更正, row 2",
    )
    assert say("12 → （空）", "12 → (blank)") in events[6].why
    assert [one.goal for one in events[8:]] == [None, None, "1"]
    assert say("V104（所有目标）", "V104 (all goals)") in events[8].why
    assert events[-1].why == say(
        "D101；免予说明：赵；已报市政府；登记簿“免予说明”表第2行",
        "D101; waived by 赵; 已报市政府; register, sheet 免予说明, row 2",
    )


@pytest.mark.parametrize("state", AmendmentState)
def test_what_looks_like_an_accident_is_called_one_until_it_is_decided(cycle: Cycle, state: AmendmentState) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    kind, place = AmendmentKind.WORDING, Place("更正", 2)
    doubtful = Amendment("A", "1", "progress", "x", "y", kind, state, place, doubtful=True)
    event = told(cycle, Decisions(amendments=(doubtful,)))[-1]
    assert (cycle.context.language.say("误改", "accident") in event.why) == (state is AmendmentState.PROPOSED)


def test_a_file_that_cannot_be_used_came_all_the_same(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    broken = kit.inbox(cycle, f"{cycle.context.plan.by_code['A'].name}.xlsx")
    broken.write_bytes(b"PK\x03\x04 broken")
    kit.set_time(broken, "2018-07-02 09:00")
    first = told(cycle)[0]
    assert (first.kind, first.department, first.file) == (EventKind.CAME, "A", f"inbox/{broken.name}")
    assert cycle.context.language.say("无法采用", "could not be used") in first.why


def test_registered_receipts_say_how_and_by_whom(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    moment = dt.datetime(2018, 7, 2, 10, 30, tzinfo=kit.ZONE)
    receipts = Receipts({file_key("a.xlsx"): Receipt(moment, Basis.REGISTERED, "OA", "孙")})
    first = told(cycle, Decisions(receipts=receipts))[0]
    assert first.at == moment
    assert first.why == cycle.context.language.say(
        "第1次来件；时间有登记；OA；经手人：孙", "return #1; time registered; OA; taken in by 孙"
    )


def test_the_same_files_tell_the_same(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    kit.arrive(cycle, "b.xlsx", "2018-07-03 09:00", {"1": {"actual": 13}})
    kit.fill(cycle, "B", kit.inbox(cycle, "B.xlsx"))
    kit.set_time(kit.inbox(cycle, "B.xlsx"), "2018-07-03 09:00")
    decisions = Decisions(reviews=(review(Verdict.PASSED, "1"),))
    events = told(cycle, decisions)
    assert events == told(cycle, decisions)
    assert [one.department for one in events if one.kind is EventKind.CAME] == ["A", "A", "B"]


def test_half_characters_of_the_register_go_into_the_ledger(cycle: Cycle) -> None:
    kit.arrive(cycle, "a.xlsx", "2018-07-03 09:00")
    waiver = Waiver("A", "1", "D101", "half \ud83d\x07", "赵", Place("免予说明", 2))
    why = told(cycle, Decisions(waivers=(waiver,)))[-1].why
    assert "half \ufffd" in why
    assert why.encode("utf-8")


def test_every_kind_has_a_word() -> None:
    assert set(EVENT_WORDS) == set(EventKind)
