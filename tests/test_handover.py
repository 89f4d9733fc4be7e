"""What a colleague who takes a round over is told: decisions, reviewers, dates, and where things lie."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import returns_kit as kit
import year_kit as year
from masters import opened
from openpyxl import load_workbook
from test_next import run

from kpi_xlsx.briefing import tell_handover
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.handover import Event, Handover, Issue
from kpi_xlsx.model import Language

NOW = dt.datetime(2018, 7, 1, 9, 0, tzinfo=kit.ZONE)


@pytest.fixture(params=list(Language), ids=str)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """June, after a May; Li looks A through, nobody B."""
    language = request.param
    offices = [{**one, "reviewer": "Li" if one["code"] == "A" else ""} for one in kit.departments(language)]
    may = year.begin(tmp_path, "2018-05", language, offices=offices)
    may.merge()
    return Cycle.load(may.next(), language)


def brief(cycle: Cycle) -> Handover:
    found = cycle.status(NOW).handover
    assert found is not None
    return found


def told(cycle: Cycle) -> str:
    """All that is said, as one text."""
    status = Cycle.load(cycle.settings.folder, cycle.context.language).status(NOW)
    return "\n".join(
        f"{section.title} | {item.who} | {item.what} | {item.where}"
        for section in tell_handover(status)
        for item in section.items
    )


def test_a_round_in_which_nothing_is_open(cycle: Cycle) -> None:
    found = brief(cycle)
    assert (found.decisions, found.held, found.papers, found.closing) == ((), (), (), None)
    assert {name: [one.department for one in charges] for name, charges in found.reviewers.items()} == {
        "Li": ["A"],
        "": ["B"],
    }
    assert found.places.chain == ("../2018-05",)
    assert (found.places.master, found.places.merged, found.places.archive) == ("", None, ())
    assert cycle.context.language.say("没有指定审核人", "nobody assigned") in told(cycle)


def test_dates_that_are_still_to_come(cycle: Cycle) -> None:
    kit.extend(cycle, "2018-07-20 12:00")
    found = brief(cycle)
    assert [(one.event, f"{one.moment:%Y-%m-%d}", one.department) for one in found.dates] == [
        (Event.RETURN, "2018-07-05", ""),
        (Event.EXTENSION, "2018-07-20", "A"),
        (Event.GOALS, "2018-08-31", ""),
    ]
    assert found.dates[-1].goals == ("3",)
    assert "No. 5" in told(cycle)
    late = cycle.status(dt.datetime(2018, 7, 21, tzinfo=kit.ZONE)).handover
    assert late is not None
    assert [one.event for one in late.dates] == [Event.GOALS]


def test_goals_that_are_completed_are_due_no_more(cycle: Cycle) -> None:
    say = cycle.context.language.say
    done: kit.Row = {"status": say("已完成", "Completed"), "completed_on": dt.date(2018, 6, 20)}
    year.report(cycle, "A", {"3": done})
    assert [one.event for one in brief(cycle).dates] == [Event.RETURN]


def test_supporters_have_a_date_of_their_own(tmp_path: Path) -> None:
    cycle = year.begin(tmp_path, "2018-06", settings="support_by = 2018-07-03T17:30:00+08:00")
    assert [one.event for one in brief(cycle).dates][:2] == [Event.SUPPORT, Event.RETURN]


def propose(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 15)


def dispute(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 11, 15, "applied")


@pytest.mark.parametrize(
    ("act", "issue", "code"),
    [(propose, Issue.PROPOSED, ""), (dispute, Issue.DISPUTED, "X105")],
    ids=["proposed", "x105"],
)
def test_what_waits_for_a_person(cycle: Cycle, act: Callable[[Cycle], None], issue: Issue, code: str) -> None:
    year.report(cycle, "A")
    act(cycle)
    (one,) = brief(cycle).decisions
    assert (one.issue, one.department, one.goal, one.code) == (issue, "A", "1", code)
    assert "15" in one.words
    if issue is Issue.PROPOSED:
        assert one.place == cycle.context.language.say("“更正”表第2行", "sheet amendments, row 2")
    assert cycle.context.plan.by_code["A"].name in told(cycle)


def test_changes_that_look_like_an_accident(cycle: Cycle) -> None:
    year.report(cycle, "A")
    cycle.merge()
    with opened(cycle) as master:
        master.type("1", "name", "x")
    cycle.merge()
    (one,) = brief(cycle).decisions
    assert one.issue is Issue.DOUBTFUL


def test_a_held_version_and_the_last_master(cycle: Cycle) -> None:
    year.report(cycle, "A")
    year.passed(cycle, "A")
    cycle.merge()
    kit.arrive(cycle, "A-2.xlsx", "2018-07-05 09:00", {"1": {"actual": 99}})
    found = brief(cycle)
    assert [(one.department, one.file) for one in found.held] == [("A", "inbox/A-2.xlsx")]
    assert found.places.master == "master.xlsx"
    assert found.places.merged is not None
    assert found.places.merged.date() >= dt.date(2020, 1, 1), "when it was written, not the period"
    assert "inbox/A-2.xlsx" in told(cycle)


def test_papers_closing_and_archive(cycle: Cycle) -> None:
    say = cycle.context.language.say
    paper = {say("单位", "department"): "B", say("状态", "state"): say("未收", "awaited")}
    kit.decide(cycle, say("纸质件", "paper"), paper)
    kit.decide(cycle, say("结账", "closing"), {say("日期", "date"): dt.date(2018, 7, 20), say("结账人", "by"): "Wu"})
    (cycle.settings.folder / "archive").mkdir()
    (cycle.settings.folder / "archive" / "2018-06.zip").touch()
    found = brief(cycle)
    assert found.papers == ("B",)
    assert found.closing is not None
    assert found.closing.by == "Wu"
    assert found.places.archive == ("2018-06.zip",)
    words = told(cycle)
    assert "2018-07-20" in words
    assert "archive/ 2018-06.zip" in words


def test_the_command_says_it_in_text_json_and_a_sheet(cycle: Cycle, tmp_path: Path) -> None:
    language, out = cycle.context.language, tmp_path / "x.xlsx"
    year.report(cycle, "A")
    propose(cycle)
    before = sorted(cycle.settings.folder.rglob("*"))
    done = run(cycle.settings.folder, "status", "--handover", "--out", out, language=language)
    assert done.returncode == 0, done.stderr
    assert language.say("等人决定的", "To be decided") in done.stdout
    assert "../2018-05" in done.stdout
    book = load_workbook(out)
    assert book.sheetnames[1] == language.say("交接", "Hand-over")
    assert "15" in str(book.worksheets[1]["C3"].value)
    data = json.loads(run(cycle.settings.folder, "status", "--handover", "--format", "json").stdout)["handover"]
    assert data["decisions"][0]["department"] == "A"
    assert data["reviewers"][0]["reviewer"] == "Li"
    assert data["places"]["chain"] == ["../2018-05"]
    assert sorted(cycle.settings.folder.rglob("*")) == before
    run(cycle.settings.folder, "status", "--out", out)
    assert len(load_workbook(out).sheetnames) == 1


def test_what_a_return_says_writes_no_lines_of_its_own(cycle: Cycle) -> None:
    year.report(cycle, "A")
    kit.amend(cycle, "progress", "x", "first\nsecond \u202e")
    for section in tell_handover(cycle.status(NOW)):
        for item in section.items:
            assert not {"\n", "\u202e"} & set(item.who + item.what + item.where)
