"""A cycle of leads and supporters: two stages, a template with columns of each role, and returns of parts of a form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import returns_kit as kit
import year_kit as year

from kpi_xlsx.batch import Conclusion, conclude
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import Decisions
from kpi_xlsx.model import Basis, Language, Scalar
from kpi_xlsx.past import NO_PAST
from kpi_xlsx.receipts import Receipt
from kpi_xlsx.report import Report
from kpi_xlsx.standing import Standing
from kpi_xlsx.stocktaking import Kept, take_stock
from kpi_xlsx.surveying import Inspected, survey

SUPPORT_BY = "support_by = 2018-07-03T17:30:00+08:00"
COLUMNS = (
    ("category", "类别", "Category", 'source = "plan"\nmerge = true'),
    ("requirement", "考核内容", "Requirement", 'source = "plan"\nwidth = 24'),
    ("due_month", "完成时限", "Due month", 'source = "plan"'),
    ("progress", "进展情况", "Progress", 'source = "department"\nrequired = true\nclosed_for = "support"\nwidth = 30'),
    (
        "status",
        "完成状态",
        "Status",
        'source = "department"\ntype = "choice"\nrequired = true\nclosed_for = "support"\nchoices = {choices}',
    ),
    (
        "support_progress",
        "配合工作进展",
        "Support given",
        'source = "department"\nrequired = true\nclosed_for = "lead"\nwidth = 30',
    ),
    ("figure", "数值", "Figure", 'source = "department"\ntype = "number"\nrequired_for = "lead"\nhelp = "{help}"'),
    (
        "explanation",
        "情况说明",
        "Explanation",
        'source = "department"\nrequired = "status={behind}"\nwidth = 24',
    ),
    ("remark", "核实情况", "Verified", 'source = "office"'),
)
CHOICES = {Language.ZH: ("已完成", "正常推进", "滞后"), Language.EN: ("Completed", "On track", "Behind")}
KEPT = Kept({}, frozenset("ABC"), frozenset(), (), False)


def design(language: Language, spare_rows: int = 0) -> str:
    """The template: progress and status for leads only, support_progress for supporters only."""
    say = language.say
    words = {
        "choices": str(list(CHOICES[language])),
        "behind": CHOICES[language][2],
        "help": say("只填数字", "A number only"),
    }
    parts = [
        f'name = "roles"\nversion = 1\nlanguage = "{language}"\ntitle = "{say("进展", "Progress")}"\n'
        f'notes = ["{say("请如实填写。", "Please be exact.")}"]\nspare_rows = {spare_rows}',
        f'[[columns]]\nkey = "id"\nheader = "{say("编号", "ID")}"\nsource = "plan"',
        f'[[columns]]\nkey = "name"\nheader = "{say("目标名称", "Goal")}"\nsource = "plan"\nwidth = 18',
    ]
    for key, zh, en, rest in COLUMNS:
        filled = rest
        for name, word in words.items():
            filled = filled.replace("{" + name + "}", word)
        parts.append(f'[[columns]]\nkey = "{key}"\nheader = "{say(zh, en)}"\n{filled}')
    return "\n\n".join(parts) + "\n"


def goals(language: Language) -> list[kit.PlanRow]:
    """A leads 1 and supports 3; B supports 1 and leads 3, and has 2 to itself; C only supports."""
    rows = [dict(row) for row in kit.goals(language)[:3]]
    for row, departments, due in zip(rows, ("A;B;C", "B", "B;A"), (6, 12, 12), strict=True):
        row["department"], row["due_month"] = departments, due
    return rows  # type: ignore[return-value]


def offices(language: Language) -> list[kit.PlanRow]:
    name = language.say("样例丙局", "Third Bureau")
    return [*kit.departments(language), {"code": "C", "name": name, "phone": "555-0103"}]


def begin(home: Path, language: Language, *, spare_rows: int = 0, settings: str = SUPPORT_BY) -> Cycle:
    return year.begin(
        home,
        kit.PERIOD,
        language,
        plan=goals(language),
        offices=offices(language),
        template=design(language, spare_rows),
        settings=settings,
    )


def follow(cycle: Cycle, period: str, settings: str = "") -> Cycle:
    """The cycle after another one, with the same plan and template."""
    language = cycle.context.language
    return year.follow(
        cycle, period, plan=goals(language), offices=offices(language), template=design(language), settings=settings
    )


def lead_row(language: Language, goal: str, status: int = 0) -> dict[str, Scalar]:
    words = language.say(f"目标 {goal}：12 公里已通车，全部完工。", f"Goal {goal}: all 12 km are open to traffic.")
    return {"progress": words, "status": CHOICES[language][status], "figure": 12}


def support_row(language: Language, goal: str) -> dict[str, Scalar]:
    words = language.say(
        f"目标 {goal} 的征地拆迁配合工作已完成。", f"The land for goal {goal} has been cleared as agreed."
    )
    return {"support_progress": words}


def good(cycle: Cycle, code: str) -> dict[str, Mapping[str, Scalar]]:
    """Right answers of a department in each of its roles."""
    language = cycle.context.language
    return {
        goal.key: lead_row(language, goal.id) if goal.departments[0] == code else support_row(language, goal.id)
        for goal in cycle.context.plan.goals_of(code)
    }


def send(cycle: Cycle, code: str, changes: kit.Changes | None = None, name: str = "", moment: str = "") -> Path:
    """A department's whole form comes back."""
    from kpi_xlsx.form import write_form

    changes = changes or {}
    rows = {goal: {**row, **changes.get(goal, {})} for goal, row in good(cycle, code).items()}
    rows |= {goal: dict(row) for goal, row in changes.items() if goal not in rows}
    filled = {goal: {key: value for key, value in row.items() if value is not None} for goal, row in rows.items()}
    path = kit.inbox(cycle, name or f"{code}.xlsx")
    write_form(path, cycle.context, cycle.settings, code, filled)
    kit.set_time(path, moment or "2018-07-02 09:00")
    return path


Parts = Mapping[str, Sequence[str]]


def as_parts(inspected: Iterable[Inspected], parts: Parts) -> list[Inspected]:
    """What was read, as if each file were a form of only these goals: by the file's name."""
    made = []
    for one in inspected:
        held = parts.get(one.ret.file.rpartition("/")[2])
        if held is not None and one.ret.identity is not None:
            entries = tuple(entry for entry in one.ret.entries if entry.goal in held)
            own = replace(one.ret.identity, goals=tuple(held))
            findings = tuple(finding for finding in one.findings if finding.goal is None or finding.goal in held)
            one = Inspected(replace(one.ret, identity=own, entries=entries), findings)
        made.append(one)
    return made


def concluded(cycle: Cycle, parts: Parts, decisions: Decisions, moments: Mapping[str, str]) -> Conclusion:
    """The inbox judged; `moments`: the times that the register names, by the file's name."""
    inspected = as_parts(survey(cycle.context, cycle.arrivals()), parts)
    receipts = {}
    for one in inspected:
        registered = moments.get(one.ret.file.rpartition("/")[2])
        by_file = dt.datetime.fromtimestamp(one.ret.modified, dt.UTC)
        own = dt.datetime.fromisoformat(registered).replace(tzinfo=kit.ZONE) if registered else by_file
        receipts[one.ret.file] = Receipt(own, Basis.REGISTERED if registered else Basis.FILE)
    return conclude(cycle.context, inspected, receipts, decisions, whole=True, zone=kit.ZONE)


def judge(
    cycle: Cycle,
    parts: Parts | None = None,
    decisions: Decisions | None = None,
    moments: Mapping[str, str] | None = None,
) -> Report:
    decisions = decisions or Decisions()
    found = concluded(cycle, parts or {}, decisions, moments or {})
    return Report(
        cycle.context, kit.ZONE, found.returns, found.findings, found.entries, True, decisions, found.remarks, NO_PAST
    )


def stand(cycle: Cycle, report: Report, now: str, code: str) -> Standing:
    """Where a department stands at a time in the cycle's offset."""
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=kit.ZONE)
    status = take_stock(report, cycle.settings, KEPT, moment)
    return next(one for one in status.standings if one.code == code)
