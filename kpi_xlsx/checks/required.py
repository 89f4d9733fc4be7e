"""Family R: is everything filled in that must be?"""

from collections.abc import Iterator

from kpi_xlsx.checks.rule import Hit, check
from kpi_xlsx.context import Context
from kpi_xlsx.model import Answer, CellType, Entry, Return, Severity, id_key
from kpi_xlsx.reading import is_placeholder
from kpi_xlsx.template import Column, Condition


def asked_entries(ret: Return, context: Context) -> Iterator[Entry]:
    """The rows that must be answered: goals due this period, and any other row that was begun."""
    for entry in ret.entries:
        goal = context.plan.by_key.get(id_key(entry.goal))
        if goal is None or not context.asks(goal):
            if entry.answered and (goal is None or not context.closed(goal)):
                yield entry
        else:
            yield entry


def holds(condition: Condition | None, entry: Entry) -> bool:
    """Whether a condition such as `status=Behind` is true of a row."""
    return condition is not None and entry.value(condition.column) in condition.choices


def required_now(column: Column, entry: Entry) -> bool:
    """Whether a cell must be filled in as things stand in its row."""
    return (column.required and not holds(column.waived, entry)) or holds(column.required_when, entry)


def _cells(ret: Return, context: Context) -> Iterator[tuple[Entry, Column]]:
    """The department's cells that stand in the return, row by row."""
    for entry in asked_entries(ret, context):
        for column in context.template.main.entry:
            if column.key in entry.places:
                yield entry, column


def _is_empty_talk(column: Column, answer: Answer) -> bool:
    """Whether a cell says nothing. 无 among the choices of a list is a choice; what is faulty has its own finding."""
    return answer.absent or (column.type is CellType.TEXT and answer.fault is None and is_placeholder(answer.raw))


@check("R101", Severity.ERROR, "{column} is empty.", hint="Fill in {cell}.")
def required_empty(ret: Return, context: Context) -> Iterator[Hit]:
    """A cell that the template requires was left empty.

    Goals that are not due this period ask nothing; a status may waive the cell (Data pending: the figures are not
    out yet), in which case the explanation is required instead.

    Fix: fill in the cell, or choose the status that says why it cannot be filled.

    Bad:
        | goal | progress | status |
        | 1 | | On track |
    Good:
        | goal | progress | status | explanation |
        | 1 | The road is open to traffic. | On track | |
        | 2 | | Data pending | The office publishes the figures on 20 July. |
    """
    for entry, column in _cells(ret, context):
        if column.required and not holds(column.waived, entry) and column.key not in entry.answers:
            yield Hit(goal=entry.goal, column=column.key, cell=entry.places[column.key])


@check(
    "R102",
    Severity.ERROR,
    "{column} holds only a placeholder: “{raw}”.",
    hint="Write what is the case in {cell}, or choose the status that says why there is nothing to report.",
)
def placeholder(ret: Return, context: Context) -> Iterator[Hit]:
    """A required cell was filled with a word that says nothing: none, n/a, xxx, a dash, “same as above”.

    Where a cell is not required, such a word is a right answer and passes.

    Fix: write in words what is the case.

    Bad:
        | goal | progress |
        | 1 | n/a |
    Good:
        | goal | progress | evidence |
        | 1 | No contract has been signed yet. | none |
    """
    for entry, column in _cells(ret, context):
        answer = entry.answers.get(column.key)
        if answer is not None and _is_empty_talk(column, answer) and required_now(column, entry):
            yield Hit({"raw": answer.raw}, entry.goal, column.key, answer.cell)


@check(
    "R103",
    Severity.ERROR,
    "{column} is empty, but “{why}” calls for it.",
    hint="Fill in {cell}, or correct the choice in the same row.",
)
def required_when(ret: Return, context: Context) -> Iterator[Hit]:
    """A cell that another answer in the row makes necessary was left empty.

    Completed needs a completion date; Behind, Data pending, Not yet due and Change requested need an explanation.

    Fix: fill in the cell, or correct the choice.

    Bad:
        | goal | status | completed_on |
        | 1 | Completed | |
        | 2 | Behind | |
    Good:
        | goal | status | completed_on | explanation |
        | 1 | Completed | 2018-06-15 | |
        | 2 | Behind | | The tender had to be repeated; signing is planned for August. |
    """
    for entry, column in _cells(ret, context):
        if holds(column.required_when, entry) and column.key not in entry.answers and column.required_when:
            why = entry.text(column.required_when.column)
            yield Hit({"why": why}, entry.goal, column.key, entry.places[column.key])


CHECKS = (required_empty, placeholder, required_when)
