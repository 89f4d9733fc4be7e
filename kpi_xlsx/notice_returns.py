"""What a notice tells of progress as filled-in forms of a plan: whose they are, and what stands in which cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kpi_xlsx.context import Context
from kpi_xlsx.files import safe_name
from kpi_xlsx.model import (
    CellType,
    CycleError,
    Goal,
    Language,
    Mistake,
    PlanError,
    Scalar,
    bare_name,
    id_key,
    match_key,
)
from kpi_xlsx.plan_proposal import Proposal, Row
from kpi_xlsx.template import Column

_NUMBER = re.compile(r"-?\d[\d,]{0,14}(?:\.\d{1,9})?", re.ASCII)

Planned = tuple[Path, str, Mapping[str, Mapping[str, Scalar]]]
"""Where a return is to lie, whose it is, and the answers by goal key and column."""


def plan_returns(made: Proposal, context: Context, path: Path, language: Language) -> Iterator[Planned]:
    """A return for each department that leads a goal with words in the notice; several get its code into their name.

    The goals are those of the plan, which may have been changed since it was proposed: they are known by their names.
    """
    columns = context.template.main.by_key
    if "progress" not in columns:
        words = language.say("模板里没有 progress 这一列，写不了报送件。", "The template has no column progress.")
        raise PlanError([Mistake("--return", "", words)])
    answers: dict[str, dict[str, Mapping[str, Scalar]]] = {}
    for proposed, goal in _pairs(made, context):
        said = dict(_answers(made.progress[str(proposed["id"])], columns, made.language))
        if said and goal is not None:
            answers.setdefault(goal.departments[0], {})[goal.key] = said
    if not answers:
        words = language.say(
            "公示里没有进展情况，或者没有一个目标与 plan.xlsx 里的同名，写不了报送件。",
            "The notice tells of no progress, or of no goal by a name that plan.xlsx has; so there is no return.",
        )
        raise CycleError([Mistake("--return", "", words)])
    for code, given in answers.items():
        name = f"{path.stem}-{code}-{context.plan.by_code[code].name}"
        own = path if len(answers) == 1 else path.with_name(safe_name(name, ".xlsx"))
        if own.exists():
            words = language.say("这个文件已经有了，没有改动。", "This file exists; nothing was changed.")
            raise CycleError([Mistake(str(own), "", words)])
        yield own, code, given


def strangers(made: Proposal, context: Context) -> tuple[str, ...]:
    """The names of goals with words in the notice that the plan does not have."""
    return tuple(
        str(proposed["name"])
        for proposed, goal in _pairs(made, context)
        if goal is None and made.progress[str(proposed["id"])]
    )


def _pairs(made: Proposal, context: Context) -> Iterator[tuple[Row, Goal | None]]:
    """Each goal of the notice with the plan's: that of its name, or of its id where several bear the name."""
    named: dict[str, list[Goal]] = {}
    for goal in context.plan.goals:
        named.setdefault(match_key(bare_name(goal.name)), []).append(goal)
    for proposed in made.goals:
        found = named.get(match_key(bare_name(str(proposed["name"]))), [])
        exact = [goal for goal in found if goal.key == id_key(str(proposed["id"]))]
        meant = exact or found
        yield proposed, meant[0] if len(meant) == 1 else None


def _answers(
    said: Mapping[str, str], columns: Mapping[str, Column], language: Language
) -> Iterator[tuple[str, Scalar]]:
    """What the notice says of a goal, column by column; what fits no column stands in the explanation."""
    words = {"problems": ("存在问题", "Problems"), "steps": ("下步措施", "Next steps"), "status": ("状态", "Status")}
    words |= {"actual": ("实际值", "Actual"), "explanation": ("", ""), "evidence": ("佐证材料", "Evidence")}
    told: list[str] = []
    for key, text in said.items():
        value = _fitting(columns[key], text) if key in columns and key != "explanation" else None
        if value is not None:
            yield key, value
        else:
            label = language.say(*words.get(key, ("", "")))
            told.append(f"{label}{language.say('：', ': ')}{text}" if label and len(said) > 1 else text)
    if told and "explanation" in columns:
        yield "explanation", "\n".join(told)


def _fitting(column: Column, text: str) -> Scalar | None:
    """A text as the column takes it; None if it does not."""
    if column.type is CellType.TEXT:
        return text
    if column.type is CellType.CHOICE:
        return next((one for one in column.choices if match_key(one) == match_key(text)), None)
    if column.type is CellType.NUMBER and _NUMBER.fullmatch(text):
        return float(text.replace(",", ""))
    return None
