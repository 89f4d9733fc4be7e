"""What assessors' returns amount to: which of their rows count, and what is to be said of their forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xlsx.amending import Amended
from kpi_xlsx.assessors import (
    DOCUMENT,
    NO_ASSESSMENTS,
    REASON,
    SCORE,
    VALUE,
    Assessed,
    Assessments,
    Missing,
    as_decimal,
    assessed_cell,
    assessed_row,
)
from kpi_xlsx.context import Context
from kpi_xlsx.counting import Counting
from kpi_xlsx.decisions import Amendment, AmendmentKind, AmendmentState, Place
from kpi_xlsx.model import Answer, Department, Entry, Finding, Return, ReturnStatus, Scalar, id_key, plain
from kpi_xlsx.receipts import Receipt
from kpi_xlsx.surveying import Inspected
from kpi_xlsx.versions import RowPlace, number_versions, told


@dataclass(frozen=True, slots=True)
class Heard:
    """All that came from assessors, concluded."""

    assessments: Assessments
    findings: tuple[Finding, ...]


def hear(context: Context, inspected: Sequence[Inspected], receipts: Mapping[str, Receipt]) -> Heard:
    """Conclude what assessors sent, row by row the newest answer; of several assessors of a goal the first named."""
    assessing = context.assessing
    if assessing is None:
        return Heard(NO_ASSESSMENTS, ())
    # Within their own round they are the departments.
    ours = [replace(one, ret=replace(one.ret, department=one.ret.assessor)) for one in inspected]
    read = [one.ret for one in ours if one.ret.status is ReturnStatus.READ]
    counting = Counting.of(assessing, number_versions(read, receipts))
    names = assessing.plan.by_code
    found = Assessments(
        dict(_settled(assessing, counting)),
        {one.ret.file: names[one.ret.assessor].name for one in ours if one.ret.assessor in names},
        tuple(_missing(assessing, counting)),
        frozenset((ret.file, ret.sheet) for ret in read if id(ret) in counting.counting),
    )
    return Heard(found, tuple(_findings(context, ours, counting)))


def _settled(context: Context, counting: Counting) -> Iterator[tuple[RowPlace, Assessed]]:
    for goal in context.plan.goals:
        for code in goal.departments:
            entry, ret = counting.entries.get((code, goal.key)), counting.winners.get((code, goal.key))
            if entry is not None and ret is not None:
                department, goal_id = assessed_row(goal.id)
                yield (department, id_key(goal_id)), _of_row(context.plan.by_code[code], entry, ret)
                break


def _of_row(assessor: Department, entry: Entry, ret: Return) -> Assessed:
    return Assessed(
        assessor.name,
        entry.value(VALUE),
        as_decimal(entry.value(SCORE)),
        entry.text(REASON),
        entry.text(DOCUMENT),
        ret.file,
        ret.sheet or "",
        entry.row,
        entry.places.get(VALUE, ""),
    )


def _missing(context: Context, counting: Counting) -> Iterator[Missing]:
    """Assessors of whom something is asked this period and has not come."""
    for one in context.plan.departments:
        asked = [goal for goal in context.plan.goals_of(one.code) if context.asks(goal)]
        left = sum((one.code, goal.key) not in counting.counted for goal in asked)
        if left:
            yield Missing(one.name, left, len(asked))


def _findings(context: Context, ours: Iterable[Inspected], counting: Counting) -> Iterator[Finding]:
    """What is wrong with their forms, as far as it still matters: of no department, on the plan's goals."""
    for one in ours:
        for finding in one.findings:
            if counting.keeps(finding, one.ret):
                yield replace(finding, department=None, goal=_goal_of(context, finding))


def _goal_of(context: Context, finding: Finding) -> str | None:
    """The id of the goal in whose row, or in whose target's, a finding is."""
    if finding.goal is None:
        return None
    return context.row_id(assessed_cell(context.plan, id_key(assessed_row(finding.goal)[1]))[0])


# --- the assessor's figure in the department's row --------------------------------------------------------------------


Figures = Mapping[RowPlace, Mapping[str, Amended]]
"""The cells of the master in which an assessor's figure stands: by row, then by column key."""


def place_figures(context: Context, settled: Mapping[RowPlace, Assessed], entries: Mapping[RowPlace, Entry]) -> Figures:
    """Put what assessors settled into the departments' rows; `entries` are those that count."""
    found: dict[RowPlace, dict[str, Amended]] = {}
    for (code, key), one in settled.items():
        goal, column = assessed_cell(context.plan, key)
        if one.value is not None:
            made = _settle(code, goal, column, told(entries.get((code, goal)), column), one)
            found.setdefault((code, goal), {})[column] = made
    return found


def _settle(code: str, goal: str, column: str, own: Scalar | None, one: Assessed) -> Amended:
    where = Place(f"{one.file} › {one.sheet}", one.row)
    kind, state = AmendmentKind.FIGURES, AmendmentState.APPLIED
    made = Amendment(code, goal, column, own, one.value, kind, state, where, one.reason, one.document)
    return Amended(one.value, one.value, own, made, assessor=one.assessor)


def as_assessed(entry: Entry | None, figures: Mapping[str, Amended]) -> Entry | None:
    """A row with assessors' figures in place of the department's: what an amendment of these cells is made of."""
    answers = {key: Answer("", plain(one.value), one.value) for key, one in figures.items()}
    if not answers:
        return entry
    return Entry("", "", 0, answers, {}) if entry is None else replace(entry, answers={**entry.answers, **answers})
