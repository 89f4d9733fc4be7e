"""Family X, continued: what comes back of goals that earlier cycles settled."""

from collections.abc import Iterator

from kpi_xlsx.checks.rule import Hit, Round, check_across
from kpi_xlsx.model import Entry, Finding, Scalar, Severity, comparable, id_key, plain
from kpi_xlsx.rhythm import departures, settled_answers
from kpi_xlsx.values import show_value
from kpi_xlsx.versions import RowPlace, told
from kpi_xlsx.wording import show_change

_ELSEWHERE = frozenset({"status", "explanation"})
"""Of a status that is no longer Completed another rule speaks; an explanation is the explanation itself."""


@check_across(
    "X118",
    Severity.WARNING,
    "Goal {goal} was completed and passed in {period}; its {column} now reads otherwise: {change}.",
    hint="If the goal is in truth not completed, send the return back; else have the department say in the explanation "
    "why the words changed.",
    explainable=True,
    of_cell=True,
)
def settled_changed(round_: Round) -> Iterator[Hit]:
    """A goal that was reported as completed, and passed by a reviewer in an earlier cycle, came back with other words.

    Its row stands locked in the form, with the answers that were passed. The newer words are shown in the master like
    any answer. A row that is blank or missing asks nothing, nor does one that came back as it was.

    Fix: put the old words back, or say in the explanation why they changed.

    Bad:
        - a goal that was completed and passed last month came back with other words
    Good:
        - a goal that was completed and passed last month came back as it was
    """
    if not round_.past:
        return
    context = round_.context
    for (code, key), entry, settled in _settled_rows(round_):
        since = round_.past.settled(code, key)
        if since is None:
            continue  # settled by the lead; what a supporter adds to its own words contradicts nothing
        ret = round_.counting.winners[code, key]
        for column, old, new in departures(entry, settled, round_.past, round_.amended.get((code, key))):
            if column in _ELSEWHERE:
                continue
            known = context.column(column, context.row_id(key))
            before, after = (plain(value) if known is None else show_value(known, value) for value in (old, new))
            words = {"change": show_change(before, after, context.language), "period": str(since[0].period)}
            cell = entry.places.get(column)
            yield Hit(words, context.row_id(key), column, cell, ret.file, code, ret.sheet)


def _settled_rows(round_: Round) -> Iterator[tuple[RowPlace, Entry, dict[str, Scalar]]]:
    """The rows that count of goals that are settled, with the settled answers."""
    for (code, key), entry in round_.counting.entries.items():
        settled = settled_answers(round_.context, round_.past, code, key)
        if settled is not None:
            yield (code, key), entry, dict(settled)


def stays_unexplained(finding: Finding, round_: Round) -> bool:
    """Whether the explanation in the row is the settled one, which says nothing of the change."""
    if finding.code != "X118" or finding.department is None or finding.goal is None:
        return False
    code, key = finding.department, id_key(finding.goal)
    settled = settled_answers(round_.context, round_.past, code, key)
    if settled is None:
        return False
    now = told(round_.counting.entries.get((code, key)), "explanation")
    return comparable(now) == comparable(settled.get("explanation"))


CHECKS = (settled_changed,)
