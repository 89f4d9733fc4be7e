"""A cycle of many small departments, all of which have reported: for what is to be tried or timed at size."""

from __future__ import annotations

from pathlib import Path

import returns_kit as kit

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language
from kpi_xlsx.starter import write_plan

FIRST_CAME, NEXT_DAY = "2018-07-03 09:00", "2018-07-04 09:00"


def make_many(folder: Path, language: Language, count: int, goals: int = 1) -> Cycle:
    """Departments 0001, 0002, … with so many goals each, and a return of each in the inbox."""
    say = language.say
    offices: list[kit.PlanRow] = [
        {"code": f"{number:04}", "name": say(f"样例{number}局", f"Bureau {number}")} for number in range(1, count + 1)
    ]
    plan: list[kit.PlanRow] = [
        {
            "id": f"{office['code']}-{number}",
            "department": office["code"],
            "name": say(f"道路 {number}", f"Roads {number}"),
            "requirement": say(f"建成 {number} 公里道路", f"Open {number} km of road"),
            "due_month": 12,
        }
        for office in offices
        for number in range(1, goals + 1)
    ]
    cycle = kit.make_cycle(folder, language)
    kit.inbox(cycle, "B.xlsx").unlink()
    write_plan(folder / "plan.xlsx", plan, offices, language)
    cycle = Cycle.load(folder, language)
    for office in offices:
        send(cycle, str(office["code"]))
    return cycle


def send(cycle: Cycle, code: str, name: str = "", *, words: str = "", came: str = FIRST_CAME) -> Path:
    """Put a return into the inbox, with other words for the progress of its first goal if told."""
    first = cycle.context.plan.goals_of(code)[0].key
    return kit.arrive(cycle, name or f"{code}.xlsx", came, {first: {"progress": words}} if words else None, code)
