"""Three cycles of one year in which goals get better, get worse, come and go."""

from __future__ import annotations

from pathlib import Path

import returns_kit as kit
import year_kit as year

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language, Progress


def word(cycle: Cycle, meaning: Progress) -> str:
    return next(choice for choice, means in cycle.context.template.progress_of.items() if means is meaning)


def add_goal(language: Language, number: str, zh: str, en: str) -> kit.PlanRow:
    return {
        "id": number,
        "department": "A",
        "name": language.say(zh, en),
        "requirement": language.say("按计划完成", "As planned"),
        "due_month": 12,
    }


def three_months(home: Path, language: Language) -> tuple[Cycle, Cycle, Cycle]:
    """April to June, as far as June's merge is not done.

    Goal 1 is completed and passed in April and closed since; 2 falls behind in June; of 3 words and number change, and
    May said nothing; 4 (B's) stays as it was; 5 is dropped in June, 6 is new then.
    """
    say, rows = language.say, list(kit.goals(language))
    bridges, parks = add_goal(language, "5", "桥梁", "Bridges"), add_goal(language, "6", "公园", "Parks")
    april = year.begin(home, "2018-04", language, plan=[*rows, bridges])
    on_track, behind = word(april, Progress.ON_TRACK), word(april, Progress.BEHIND)
    trees = say("已植树 100 棵，长势良好。", "So far 100 trees are planted and doing well.")
    year.report(april, "A", {"3": {"progress": trees, "actual": 0.1}})
    year.report(april, "B")
    april.merge()
    year.passed(april, "A", "B")
    april.merge()
    may = year.follow(april, "2018-05", plan=[*rows, bridges])
    deck = say("桥面正在铺装，本月完成两跨。", "The decks are being laid, two spans this month.")
    year.report(may, "A", {"1": kit.blank_row(may), "3": kit.blank_row(may), "5": {"progress": deck, "actual": 2}})
    year.report(may, "B")
    may.merge()
    june = year.follow(may, "2018-06", plan=[*rows, parks])
    more = say("已植树 250 棵，长势良好。", "So far 250 trees are planted and doing well.")
    late = say("两所学校的合同还没有签。", "Two schools are still without a contract.")
    slow: kit.Row = {"status": behind, "explanation": late, "actual": 15}
    grown: kit.Row = {"progress": more, "actual": 0.3, "status": on_track}
    year.report(june, "A", {"1": kit.blank_row(june), "2": slow, "3": grown})
    year.report(june, "B")
    return april, may, june
