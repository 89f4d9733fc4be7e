"""Family R: is everything filled in that must be?"""

from collections.abc import Iterator

from kpi_xlsx.checks.rule import Hit, check
from kpi_xlsx.context import Context
from kpi_xlsx.model import Answer, CellType, Entry, Return, Role, Severity, id_key
from kpi_xlsx.reading import is_placeholder
from kpi_xlsx.rhythm import is_nil
from kpi_xlsx.template import Column, Condition


def asked_entries(ret: Return, context: Context) -> Iterator[Entry]:
    """The rows that must be answered: goals due this period, and any other row that was begun.

    Not the row of an exception that says that nothing happened.
    """
    for entry in ret.entries:
        goal = context.plan.by_key.get(id_key(entry.goal))
        if goal is None or not context.asks(goal):
            begun = entry.answered and not is_nil(context, goal, entry)
            if begun and (goal is None or not context.closed(goal)):
                yield entry
        else:
            yield entry


def holds(condition: Condition | None, entry: Entry) -> bool:
    """Whether a condition such as `status=Behind` is true of a row."""
    return condition is not None and entry.value(condition.column) in condition.choices


def role_in(ret: Return, entry: Entry, context: Context) -> Role:
    """The department's part in a row of its return."""
    return context.role_of(context.plan.by_key.get(id_key(entry.goal)), ret.department)


def required_now(column: Column, entry: Entry, role: Role) -> bool:
    """Whether a department in this role must fill in a cell as things stand in its row."""
    if not column.open_to(role):
        return False
    asked = column.required_of(role) or holds(column.required_when, entry)
    return asked and not holds(column.waived, entry)


def _cells(ret: Return, context: Context) -> Iterator[tuple[Entry, Column, Role]]:
    """The cells of a return that are open to its department, row by row, with its role in the row."""
    for entry in asked_entries(ret, context):
        role = role_in(ret, entry, context)
        for column in context.template.main.entry:
            if column.key in entry.places and column.open_to(role):
                yield entry, column, role


def _is_empty_talk(column: Column, answer: Answer) -> bool:
    """Whether a cell says nothing. 无 among the choices of a list is a choice; what is faulty has its own finding."""
    return answer.absent or (column.type is CellType.TEXT and answer.fault is None and is_placeholder(answer.raw))


@check("R101", Severity.ERROR, "{column} is empty.", hint="Fill in {cell}.")
def required_empty(ret: Return, context: Context) -> Iterator[Hit]:
    """A cell that the template requires of the department's role in the goal was left empty.

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
    for entry, column, role in _cells(ret, context):
        if column.required_of(role) and not holds(column.waived, entry) and column.key not in entry.answers:
            yield Hit(goal=entry.goal, column=column.key, cell=entry.places[column.key])


@check(
    "R102",
    Severity.ERROR,
    "{column} holds only a placeholder: “{raw}”.",
    hint="Write what is the case in {cell}, or choose the status that says why there is nothing to report.",
)
def placeholder(ret: Return, context: Context) -> Iterator[Hit]:
    """A required cell was filled with a word that says nothing: none, n/a, xxx, a dash, “same as above”.

    Where a cell is not required, such a word is a right answer and passes. So it is in the row of an exception, where
    it says that nothing happened, as long as nothing else stands there.

    Fix: write in words what is the case.

    Bad:
        | goal | progress |
        | 1 | n/a |
    Good:
        | goal | progress | evidence |
        | 1 | No contract has been signed yet. | none |
    """
    for entry, column, role in _cells(ret, context):
        answer = entry.answers.get(column.key)
        if answer is not None and _is_empty_talk(column, answer) and required_now(column, entry, role):
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
    for entry, column, _ in _cells(ret, context):
        needed = holds(column.required_when, entry) and not holds(column.waived, entry)
        if needed and column.key not in entry.answers and column.required_when:
            why = entry.text(column.required_when.column)
            yield Hit({"why": why}, entry.goal, column.key, entry.places[column.key])


CHECKS = (required_empty, placeholder, required_when)
