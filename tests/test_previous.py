"""Earlier cycles, looked up along the chain of `previous` by goal id."""

from __future__ import annotations

from pathlib import Path

import returns_kit as kit
import year_kit as year

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Progress
from kpi_xlsx.starter import write_plan


def told(cycle: Cycle, department: str, goal: str) -> list[object]:
    """What each earlier cycle has under progress, newest first."""
    rows = (row for _, row in cycle.past.run(department, goal))
    return [None if row is None else row.values.get("progress") for row in rows]


def test_a_cycle_without_previous_has_no_past(tmp_path: Path) -> None:
    cycle = year.begin(tmp_path, "2018-04")
    assert not cycle.past
    assert cycle.past.last("A", "1") is None
    assert cycle.validate().remarks == ()


def test_answers_are_looked_up_along_the_chain(tmp_path: Path) -> None:
    april = year.begin(tmp_path, "2018-04")
    year.report(april, "A", {"1": {"progress": "四月通车 3 公里，其余在建。"}})
    april.merge()
    may = year.follow(april, "2018-05")
    year.report(may, "A", {"1": kit.blank_row(may), "2": {"progress": "五月改造 9 所学校。"}})
    year.passed(may, "A")
    june = year.follow(may, "2018-06")
    assert told(june, "A", "1") == [None, "四月通车 3 公里，其余在建。"]
    found = june.past.last("A", "1")
    assert found is not None
    cycle, row = found
    assert (cycle.id, cycle.folder, row.file, row.sheet) == ("2018-04", "../2018-04", "inbox/A.xlsx", "填报")
    assert row.progress is Progress.COMPLETED
    assert june.past.settled("A", "1") is None, "nobody has passed it"
    second = june.past.last("A", "2")
    assert second is not None
    assert second[1].passed
    assert second[1].values["progress"] == "五月改造 9 所学校。"


def test_the_last_merge_counts_and_without_one_the_inbox(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05")
    year.report(may, "A", {"1": {"progress": "第一次报的内容，写进了汇总表。"}})
    may.merge()
    year.report(may, "A", {"1": {"progress": "汇总以后才来的内容，还没有汇总。"}})
    june = year.follow(may, "2018-06")
    assert told(june, "A", "1") == ["第一次报的内容，写进了汇总表。"]
    may.settings.ledger.unlink()
    assert told(Cycle.load(june.settings.folder), "A", "1") == ["汇总以后才来的内容，还没有汇总。"]


def test_a_department_that_the_plan_lost_after_the_merge_stops_nobody(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05")
    year.report(may, "A")
    year.report(may, "B", {"4": {"progress": "乙局合并以前报的内容。"}})
    may.merge()
    june = Cycle.load(may.next())
    language = may.context.language
    goals = [{**one, "department": "A"} for one in kit.goals(language)]
    for one in (may, june):
        write_plan(one.settings.plan, goals, kit.departments(language)[:1], language)
    may, june = (Cycle.load(one.settings.folder) for one in (may, june))
    assert told(june, "A", "4") == ["乙局合并以前报的内容。"]
    assert june.validate().returns == ()
    for one in (may, june):
        assert one.export(tmp_path / f"year-{one.settings.period}.xlsx").is_file()


def test_a_chain_that_breaks_off_is_said(tmp_path: Path) -> None:
    june = year.begin(tmp_path, "2018-06", previous="2018-05")
    (remark,) = june.validate().remarks
    assert "../2018-05" in remark
    circle = year.begin(tmp_path / "x", "2018-06", previous="2018-06")
    (remark,) = circle.validate().remarks
    assert "绕回" in remark


def test_another_year_is_the_same_goal_only_by_its_name(tmp_path: Path) -> None:
    december = year.begin(tmp_path, "2018-12")
    year.report(december, "A", {"1": {"progress": "十二月的进展情况写在这里。"}})
    december.merge()
    rows = [dict(row) for row in kit.goals(december.context.language)]
    rows[1]["name"] = "医院"
    year.report(december, "A")
    january = year.follow(december, "2019-01", plan=rows)
    assert told(january, "A", "1") == ["十二月的进展情况写在这里。"]
    assert told(january, "A", "2") == [None]
