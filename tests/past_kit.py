"""A chain of three cycles: a goal that was completed, one that got worse, a new one and one that was dropped."""

from __future__ import annotations

from pathlib import Path

import returns_kit as kit
import stored
import year_kit as year

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language, Progress


def words(cycle: Cycle, progress: Progress) -> str:
    """A status in the cycle's words."""
    return next(choice for choice, one in cycle.context.template.progress_of.items() if one is progress)


def plan_of(language: Language, *, without: tuple[str, ...] = (), more: bool = False) -> list[kit.PlanRow]:
    say = language.say
    rows = [row for row in kit.goals(language) if row["id"] not in without]
    if more:
        requirement = say("新建 2 座公园", "Build 2 parks")
        rows.append({"id": "5", "department": "A", "name": say("公园", "Parks"), "requirement": requirement})
    return rows


def chain(home: Path, language: Language) -> list[Cycle]:
    """April to June, all merged but June, in which A has reported 2 (worse), 3 (only its figure) and 5 (new).

    Goal 1 was completed in April and passed; nothing was said of it since. Goal 4 of B is gone in June.
    """
    stored.copied(home, lambda place: _make(place, language), language)
    return [Cycle.load(home / month, language) for month in ("2018-04", "2018-05", "2018-06")]


def _make(home: Path, language: Language) -> None:
    say = language.say
    april = year.begin(home, "2018-04", language, plan=plan_of(language))
    completed: kit.Row = {
        "progress": say("12 公里道路四月全线通车。", "All 12 km of road opened in April."),
        "actual": 12,
    }
    year.report(april, "A", {"1": completed, "2": {"actual": 5}, "3": kit.blank_row(april)})
    year.report(april, "B", {"4": {"progress": say("水质达标率 80%。", "80% of all water is up to standard.")}})
    year.passed(april, "A")
    april.merge()
    may = year.follow(april, "2018-05", plan=plan_of(language))
    old = say("改造学校 9 所，其余 6 所正在施工。", "9 schools are done, 6 are being built.")
    year.report(may, "A", {"1": kit.blank_row(may), "2": {"progress": old, "actual": 9}, "3": {"actual": 12.25}})
    may.merge()
    june = year.follow(may, "2018-06", plan=plan_of(language, without=("4",), more=True))
    behind: kit.Row = {
        "progress": say("改造学校 9 所，其余 6 所已停工。", "9 schools are done, 6 have been stopped."),
        "status": words(june, Progress.BEHIND),
        "actual": 9,
        "explanation": say("施工单位更换，七月底前复工。", "The builder was replaced; work resumes in July."),
    }
    year.report(june, "A", {"1": kit.blank_row(june), "2": behind, "3": {"actual": 15}})
