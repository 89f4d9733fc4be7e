"""What a reader of a table must know of the plan: units that became others, goals that were changed in the year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from kpi_xlsx.model import Language, Plan
from kpi_xlsx.periods import Period
from kpi_xlsx.plan_changes import ADDED, DROPPED, TARGET_WORDS, TARGETS, GoalChange, UnitChange, UnitKind
from kpi_xlsx.wording import show_change

STAR = "star"
"""The item of a goal that became a key goal, or no longer is one; the plan's lines say so of its name."""


def footnotes(plan: Plan, period: Period, language: Language) -> Iterator[str]:
    """A sentence for each change of this year that is in effect by the period's end: units first, then goals.

    The sentences bear no number and no “Note:”; the table below which they stand gives them that.
    """
    yield from unit_notes(plan, period, language)
    for _, note in goal_notes(plan, period, language):
        yield note


def unit_notes(plan: Plan, period: Period, language: Language) -> Iterator[str]:
    """What became of units this year."""
    for change in plan.units:
        if change.date is None or change.date >= period.year_begin:
            since = _since(change.date, language)
            words = _unit_zh(change, plan) if language is Language.ZH else _unit_en(change, plan)
            yield _ended(since, words + _source(change.document, language), language)


def goal_notes(plan: Plan, period: Period, language: Language) -> Iterator[tuple[GoalChange, str]]:
    """What was changed in goals this year, each with the line that says so."""
    for change in plan.changes:
        begun = change.start is None or change.start >= period.year_begin
        if begun and change.holds(period.end):
            words = _goal_words(change, plan, language) + _source(change.document, language)
            yield change, _ended(_since(change.start, language), words, language)


def item_words(item: str, plan: Plan, language: Language) -> str:
    """What an item is called: the heading that the plan itself has for it."""
    if item == STAR:
        return language.say("★（重点目标）", "★ (key goal)")
    if item == TARGETS:
        return language.say(*TARGET_WORDS)
    return plan.sheet.headings.get(item, item)


def _since(day: dt.date | None, language: Language) -> str:
    if day is None:
        return ""
    return language.say(f"{day.month}月起，", f"From {day:%B}, ")


def _source(document: str, language: Language) -> str:
    return language.say(f"（{document}）", f" ({document})") if document else ""


def _ended(since: str, words: str, language: Language) -> str:
    """A sentence, with its full stop."""
    text = since + words if since or language is Language.ZH else words[:1].upper() + words[1:]
    return text + language.say("。", ".")


def _listed(names: tuple[str, ...], word: str, last: str) -> str:
    return last.join(filter(None, (word.join(names[:-1]), names[-1]))) if names else ""


def _goals(change: UnitChange, plan: Plan) -> tuple[str, ...]:
    return tuple(plan.by_key[key].id if key in plan.by_key else key for key in change.goals)


def _old(change: UnitChange, plan: Plan) -> tuple[str, ...]:
    """The old units by name, though one that is still there may have been typed by its code."""
    return tuple(plan.by_code[name].name if name in plan.by_code else name for name in change.old)


def _unit_zh(change: UnitChange, plan: Plan) -> str:
    new = "、".join(plan.by_code[code].name for code in change.new)
    former = "、".join(f"原{name.removeprefix('原')}" for name in _old(change, plan))
    goals = "、".join(_goals(change, plan))
    about = f"（涉及目标 {goals}）" if goals else ""
    match change.kind:
        case UnitKind.RENAME:
            return f"{former}更名为{new}"
        case UnitKind.MERGE:
            return f"{former}{'合并为' if len(change.old) > 1 else '并入'}{new}"
        case UnitKind.ABOLISH if new:
            return f"{former}的职责由{new}承担{about}"
        case UnitKind.ABOLISH:
            return f"{former}撤销"
        case UnitKind.FOUND:
            return f"新设{new}{about}"
        case _:
            old = "、".join(_old(change, plan))
            return f"目标 {goals} 由{old}划转{new}" if goals else f"{old}的有关职责划转{new}"


def _unit_en(change: UnitChange, plan: Plan) -> str:
    new = _listed(tuple(plan.by_code[code].name for code in change.new), ", ", " and ")
    old = _listed(_old(change, plan), ", ", " and ")
    goals = _listed(_goals(change, plan), ", ", " and ")
    noun = f"goal{'s' if len(change.goals) > 1 else ''} {goals}"
    are = "are" if len(change.old) > 1 else "is"
    match change.kind:
        case UnitKind.RENAME:
            return f"{old} is called {new}"
        case UnitKind.MERGE:
            return f"{old} {are} part of {new}"
        case UnitKind.ABOLISH if new:
            return f"the duties of {old} are those of {new}" + (f" ({noun})" if goals else "")
        case UnitKind.ABOLISH:
            return f"{old} {are} no more"
        case UnitKind.FOUND:
            return f"there is a new department, {new}" + (f" ({noun})" if goals else "")
        case _:
            moved = noun if goals else "some duties"
            return f"{moved} passed from {old} to {new}"


def _goal_words(change: GoalChange, plan: Plan, language: Language) -> str:
    goal = plan.by_key.get(change.goal)
    shown, name = (change.goal, "") if goal is None else (goal.id, goal.name)
    say = language.say
    quoted = name and say(f"“{name}”", f" “{name}”")
    if change.item == ADDED:
        return say(f"新增目标 {shown}{quoted}", f"goal {shown}{quoted} is new")
    if change.item == DROPPED:
        named = change.old and say(f"“{change.old}”", f" “{change.old}”")
        return say(f"目标 {shown}{named}不再考核", f"goal {shown}{named} is reported no more")
    item = item_words(change.item, plan, language)
    words = show_change(change.old, change.new, language)
    return say(f"目标 {shown}{quoted}的{item}调整：{words}", f"goal {shown}{quoted}, {item}: {words}")
