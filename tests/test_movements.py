"""What changed since each goal's last answer, and the run of a year: the comparison itself, without workbooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from kpi_xlsx.model import CellType, Department, Frequency, Goal, Language, Plan, Progress, Scalar, Source
from kpi_xlsx.movements import Movement, dropped_goals, find_movements, judge, show_step
from kpi_xlsx.past import Past, PastCycle, PastRow
from kpi_xlsx.periods import Period, month_end, parse_period
from kpi_xlsx.template import Column, Table
from kpi_xlsx.year_runs import Mark, find_runs, month_name, year_periods

TABLE = Table(
    "goals",
    (
        Column("id", "No.", Source.PLAN),
        Column("progress", "Progress", Source.DEPARTMENT, required=True),
        Column("status", "Status", Source.DEPARTMENT, CellType.CHOICE),
        Column("actual", "Actual", Source.DEPARTMENT, CellType.NUMBER),
    ),
)
DONE, WELL, BEHIND, IDLE, WAITING = (
    Progress.COMPLETED,
    Progress.ON_TRACK,
    Progress.BEHIND,
    Progress.NOT_STARTED,
    Progress.DATA_PENDING,
)


def goal(key: str, *, requirement: str = "r", due: int = 2018, frequency: Frequency = Frequency.MONTH) -> Goal:
    return Goal(key, f"goal {key}", ("A",), {"requirement": requirement}, dt.date(due, 12, 31), frequency)


def plan(*goals: Goal) -> Plan:
    return Plan((Department("A", "Bureau"),), goals)


def row(
    key: str, meaning: Progress | None = None, *, passed: bool = False, file: str | None = "f", **more: Scalar
) -> PastRow:
    values: Mapping[str, Scalar] = {**({"status": str(meaning)} if meaning else {}), **more}
    return PastRow("A", "Bureau", True, key, values, meaning, passed, True, file)


def month(number: int, goals: Plan, *rows: PastRow, year: int = 2018) -> PastCycle:
    name = f"{year}-{number:02}"
    period = Period(dt.date(year, number, 1), month_end(year, number))
    return PastCycle(name, period, f"../{name}", goals, {(one.department, one.goal): one for one in rows})


def past(goals: Plan, *cycles: PastCycle, year: int = 2018, number: int = 6) -> Past:
    """As seen from a month; `cycles` newest first."""
    return Past(goals, Period(dt.date(year, number, 1), month_end(year, number)), cycles)


def moves(seen: Past, *rows: PastRow) -> list[tuple[str, Movement]]:
    return [(one.goal.id, one.movement) for one in find_movements(rows, seen, TABLE)]


@pytest.mark.parametrize(
    ("before", "now", "movement"),
    [
        (WELL, DONE, Movement.IMPROVED),
        (BEHIND, WELL, Movement.IMPROVED),
        (DONE, WELL, Movement.WORSENED),
        (WELL, IDLE, Movement.WORSENED),
        (BEHIND, IDLE, Movement.CHANGED),
        (WELL, WAITING, Movement.CHANGED),
        (WAITING, DONE, Movement.CHANGED),
        (None, DONE, Movement.CHANGED),
    ],
)
def test_only_ranks_get_better_or_worse(before: Progress | None, now: Progress, movement: Movement) -> None:
    assert judge(before, now) is movement


def test_of_two_words_with_one_meaning_the_later_is_the_worse() -> None:
    goals, words = plan(goal("1"), goal("2"), goal("3")), ("Complete", "Green", "Amber", "Red")
    means = (Progress.COMPLETED, Progress.ON_TRACK, Progress.BEHIND, Progress.BEHIND)
    status = Column("status", "RAG", Source.DEPARTMENT, CellType.CHOICE, choices=words, means=means)
    table = Table("main", (*(one for one in TABLE.columns if one.key != "status"), status))
    may = month(
        5, goals, *(row(key, BEHIND, status=word) for key, word in (("1", "Amber"), ("2", "Red"), ("3", "Late")))
    )
    today = [row(key, BEHIND, status=word) for key, word in (("1", "Red"), ("2", "Amber"), ("3", "Amber"))]
    found = [(one.goal.id, one.movement) for one in find_movements(today, past(goals, may), table)]
    assert found == [("1", Movement.WORSENED), ("2", Movement.IMPROVED)]


def test_only_what_changed_is_listed() -> None:
    goals = plan(goal("1"), goal("2"), goal("3"), goal("4"), goal("5"))
    may = month(
        5,
        goals,
        row("1", WELL, progress="so it is"),
        row("2", WELL, actual=12),
        row("3", WELL),
        row("4", WELL),
        row("5"),
    )
    today = (
        row("1", WELL, progress="so  it is"),
        row("2", WELL, actual=15),
        row("3", DONE),
        row("4"),
        row("5", WELL),
    )
    found = moves(past(goals, may), *today)
    assert found == [("2", Movement.CHANGED), ("3", Movement.IMPROVED), ("5", Movement.FIRST)]


def test_the_last_answer_may_be_older() -> None:
    goals = plan(goal("1"))
    seen = past(goals, month(5, goals, row("1")), month(4, goals, row("1", DONE)))
    (moved,) = find_movements([row("1", BEHIND)], seen, TABLE)
    assert moved.movement is Movement.WORSENED
    assert moved.cycle is not None
    assert moved.cycle.id == "2018-04"


def test_new_and_dropped_goals_stand_even_without_words() -> None:
    before, now = plan(goal("1"), goal("2")), plan(goal("1"), goal("3"))
    seen = past(
        now, month(5, before, row("1", WELL), row("2")), month(4, before, row("2", WELL, progress="last words"))
    )
    found = list(find_movements([row("1", WELL), row("3")], seen, TABLE))
    assert [(one.goal.id, one.movement) for one in found] == [("3", Movement.NEW), ("2", Movement.DROPPED)]
    assert found[1].before is not None
    assert found[1].before.values["progress"] == "last words"


def test_a_new_year_has_a_plan_of_its_own() -> None:
    before, now = plan(goal("1"), goal("2")), plan(goal("1", due=2019), goal("3", due=2019))
    seen = past(now, month(12, before, row("1", WELL), row("2", WELL)), year=2019, number=1)
    assert moves(seen, row("1", BEHIND), row("3")) == [("1", Movement.WORSENED)]


def test_what_a_department_without_goals_had_is_dropped() -> None:
    before = Plan(
        (Department("A", "Bureau"), Department("B", "Office")),
        (goal("1"), Goal("2", "x", ("B",), {}, dt.date(2018, 12, 31))),
    )
    seen = past(plan(goal("1")), month(5, before))
    assert [(one.goal.id, one.name) for one in find_movements([row("1")], seen, TABLE)] == [("2", "Office")]
    assert [(cycle.id, code) for cycle, code, _ in dropped_goals(seen, seen.cycles)] == [("2018-05", "B")]


@pytest.mark.parametrize(
    ("before", "now", "shown"),
    [
        (12, 15, "12 → 15 (+3)"),
        (12.0, 12, "12"),
        (0.3, 0.1, "0.3 → 0.1 (-0.2)"),
        (100, 1000, "100 → 1000 (+900)"),
        (None, 4, "4"),
        (4, None, "4 → —"),
        ("about 3", 4, "about 3 → 4"),
        (None, None, ""),
    ],
)
def test_figures_say_by_how_much(before: Scalar | None, now: Scalar | None, shown: str) -> None:
    assert show_step(before, now) == shown


# --- what settles a goal ----------------------------------------------------------------------------------------------


def test_what_is_settled_must_still_be_what_is_asked() -> None:
    then = month(5, plan(goal("1")), row("1", DONE, passed=True))
    assert past(plan(goal("1")), then).settled("A", "1") is not None
    assert past(plan(goal("1", requirement="more")), then).settled("A", "1") is None
    assert past(plan(goal("1", frequency=Frequency.EXCEPTION)), then).settled("A", "1") is None


def test_a_year_begins_anew_unless_the_goal_was_due_in_it() -> None:
    december = month(12, plan(goal("1")), row("1", DONE, passed=True))
    assert past(plan(goal("1", due=2019)), december, year=2019, number=1).settled("A", "1") is None
    over = plan(goal("1", due=2019))
    december = month(12, over, row("1", DONE, passed=True))
    assert past(over, december, year=2019, number=1).settled("A", "1") is not None


def test_what_the_office_amended_later_lies_over_what_was_settled() -> None:
    goals = plan(goal("1"))
    april = month(4, goals, row("1", DONE, passed=True, progress="old", actual=3))
    may = month(5, goals, row("1", file=None, progress="mended"))
    seen = past(goals, may, april)
    found = seen.settled("A", "1")
    assert found is not None
    assert (found[0].id, found[1].values["progress"], found[1].values["actual"]) == ("2018-04", "mended", 3)
    unpassed = past(goals, may, month(4, goals, row("1", DONE, progress="old"))).last("A", "1")
    assert unpassed is not None
    assert unpassed[1].values == {"progress": "mended"}


# --- the run of a year ------------------------------------------------------------------------------------------------


def test_a_run_tells_why_nothing_was_said() -> None:
    goals = plan(goal("1"))
    quiet = PastRow("A", "Bureau", True, "1", {}, None, False, asked=False)
    cycles = (month(5, goals, quiet), month(4, goals, row("1")), month(3, goals, row("1", WELL)), month(2, plan()))
    (run,) = find_runs([row("1", DONE)], past(goals, *cycles), TABLE)
    assert [cell.mark for cell in run.cells] == [
        Mark.ABSENT,
        Mark.ANSWERED,
        Mark.MISSING,
        Mark.NOT_DUE,
        Mark.ANSWERED,
    ]


def test_a_settled_goal_is_not_missing_afterwards() -> None:
    goals = plan(goal("1"))
    done = row("1", DONE, passed=True, progress="done")
    cycles = (month(5, goals, row("1", DONE, progress="done")), month(4, goals, row("1")), month(3, goals, done))
    (run,) = find_runs([row("1")], past(goals, *cycles), TABLE)
    assert [cell.mark for cell in run.cells] == [Mark.ANSWERED, Mark.SETTLED, Mark.ANSWERED, Mark.SETTLED]


def test_only_this_year_is_shown() -> None:
    over = plan(goal("1", due=2019))
    december = month(12, over, row("1", DONE, passed=True))
    seen = past(over, december, year=2019, number=1)
    (run,) = find_runs([row("1")], seen, TABLE)
    assert [cell.mark for cell in run.cells] == [Mark.SETTLED]
    assert len(year_periods(seen)) == 1


def test_goals_dropped_in_the_year_stand_behind() -> None:
    before, now = plan(goal("1"), goal("2")), plan(goal("1"))
    seen = past(now, month(5, now, row("1")), month(4, before, row("1"), row("2", WELL)))
    runs = list(find_runs([row("1")], seen, TABLE))
    assert [(run.goal.id, run.dropped) for run in runs] == [("1", False), ("2", True)]
    assert [cell.mark for cell in runs[1].cells] == [Mark.ANSWERED, Mark.ABSENT, Mark.ABSENT]


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        ("2018-06", "2018年6月", "Jun 2018"),
        ("2018-01/2018-03", "2018年1—3月", "Jan–Mar 2018"),
        ("2018-12/2019-01", "2018年12月—2019年1月", "Dec 2018–Jan 2019"),
    ],
)
def test_periods_are_named(text: str, chinese: str, english: str) -> None:
    period = parse_period(text)
    assert period is not None
    assert month_name(period, Language.ZH) == chinese
    assert month_name(period, Language.EN) == english
