"""What assessors' returns amount to: which of their rows count, and what is to be said of their forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xlsx.amending import Amended
from kpi_xlsx.assessors import (
    ACTUAL,
    DOCUMENT,
    NO_ASSESSMENTS,
    REASON,
    SCORE,
    VALUE,
    Assessed,
    Assessments,
    Missing,
    as_decimal,
    assessed_row,
)
from kpi_xlsx.context import Context
from kpi_xlsx.counting import Counting
from kpi_xlsx.decisions import Amendment, AmendmentKind, AmendmentState, Place
from kpi_xlsx.model import Answer, Department, Entry, Finding, Return, ReturnStatus, id_key, plain
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
    return Heard(found, tuple(_findings(ours, counting)))


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


def _findings(ours: Iterable[Inspected], counting: Counting) -> Iterator[Finding]:
    """What is wrong with their forms, as far as it still matters: of no department, on the plan's goals."""
    for one in ours:
        for finding in one.findings:
            if counting.keeps(finding, one.ret):
                goal = None if finding.goal is None else assessed_row(finding.goal)[1]
                yield replace(finding, department=None, goal=goal)


# --- the assessor's figure in the department's row --------------------------------------------------------------------


def as_assessed(entry: Entry | None, assessed: Assessed | None) -> Entry | None:
    """A row with the assessor's figure in place of the department's: what an amendment of the cell is made of."""
    if assessed is None or assessed.value is None:
        return entry
    answer = Answer("", plain(assessed.value), assessed.value)
    if entry is None:
        return Entry("", "", 0, {ACTUAL: answer}, {})
    return replace(entry, answers={**entry.answers, ACTUAL: answer})


def settle(place: RowPlace, entry: Entry | None, assessed: Assessed) -> Mapping[str, Amended]:
    """The cell of the master in which the assessor's figure stands; none, if it gave no figure."""
    if assessed.value is None:
        return {}
    code, goal = place
    own = told(entry, ACTUAL)
    where = Place(f"{assessed.file} › {assessed.sheet}", assessed.row)
    kind, state = AmendmentKind.FIGURES, AmendmentState.APPLIED
    made = Amendment(code, goal, ACTUAL, own, assessed.value, kind, state, where, assessed.reason, assessed.document)
    return {ACTUAL: Amended(assessed.value, assessed.value, own, made, assessor=assessed.assessor)}
