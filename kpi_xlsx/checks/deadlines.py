"""Family D: facts about the work against its deadlines; nothing here makes a return faulty."""

from collections.abc import Iterator

from kpi_xlsx.checks.required import asked_entries
from kpi_xlsx.checks.rule import Hit, Round, check, check_across
from kpi_xlsx.context import Context
from kpi_xlsx.model import Entry, Goal, Progress, Return, Severity, id_key
from kpi_xlsx.periods import add_months, month_end, show_time
from kpi_xlsx.portions import deadline


def _statuses(ret: Return, context: Context) -> Iterator[tuple[Entry, Goal, Progress | None]]:
    """The goals that were to be answered and whose status cell stands in the return, open to the department."""
    column = context.template.main.by_key.get("status")
    for entry in asked_entries(ret, context):
        goal = context.plan.by_key.get(id_key(entry.goal))
        if column is None or goal is None or not column.open_to(context.role_of(goal, ret.department)):
            continue
        if "status" in entry.places:
            yield entry, goal, context.progress(entry.value("status"))


@check(
    "D101",
    Severity.ERROR,
    "Goal {goal} was due by {due} and is not reported as completed.",
    hint="Report it as completed with its date, or say in the explanation why it is late and when it will be done.",
    explainable=True,
)
def overdue(ret: Return, context: Context) -> Iterator[Hit]:
    """The goal's month has passed and its status is not Completed.

    This is a fact about the work, not a fault in the form: words in the explanation settle it. It then stays visible
    as explained and no longer counts.

    Fix: explain, or report the completion.

    Bad:
        | goal | status |
        | 1 | On track |
    Good:
        | goal | status | completed_on |
        | 1 | Completed | 2018-06-15 |
    """
    for entry, goal, progress in _statuses(ret, context):
        due = month_end(goal.due.year, goal.due.month)
        if due <= context.period.end and progress is not Progress.COMPLETED:
            yield Hit({"due": str(goal.due)}, entry.goal, "status", entry.places["status"])


@check(
    "D102",
    Severity.WARNING,
    "Goal {goal} is due by {due} and has not been started.",
    hint="Say in the explanation when it will begin and whether the date can be kept.",
    explainable=True,
)
def due_soon(ret: Return, context: Context) -> Iterator[Hit]:
    """The goal is due within two months after the period, and its status is Not started.

    Fix: explain.

    Bad:
        | goal | status |
        | 3 | Not started |
    Good:
        | goal | status |
        | 3 | On track |
    """
    soon = add_months(context.period.end, 2)
    for entry, goal, progress in _statuses(ret, context):
        due = month_end(goal.due.year, goal.due.month)
        if context.period.end < due <= soon and progress is Progress.NOT_STARTED:
            yield Hit({"due": str(goal.due)}, entry.goal, "status", entry.places["status"])


@check_across(
    "D103",
    Severity.WARNING,
    "The return came in late: {received}; it was due by {deadline}.",
    hint="Nothing can be changed in the form. If the time is wrong, correct it in register.xlsx, sheet Receipts.",
    explainable=True,
)
def late_return(round_: Round) -> Iterator[Hit]:
    """The return came in after the deadline, by a receipt time that the office registered.

    A form of goals that the department only supports is due by `support_by`, if cycle.toml names it. An extension in
    the register (sheet extensions) moves a department's deadline. A file's own time never makes a
    return late: copying and downloading change it.

    Bad:
        - the register says it came in on 2018-07-09 at 09:12
    Good:
        - the register says it came in on 2018-07-05 at 09:12
    """
    context = round_.context
    for ret in round_.counting.valid:
        receipt = round_.receipts[ret.file]
        due = deadline(context, round_.past, round_.decisions, ret.department, ret.goals)
        if due is not None and receipt.late(due):
            zone = due.tzinfo
            words = {"received": show_time(receipt.moment, zone), "deadline": show_time(due, zone)}
            yield Hit(words, file=ret.file, department=ret.department, sheet=ret.sheet)


CHECKS = (overdue, due_soon, late_return)
