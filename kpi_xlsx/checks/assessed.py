"""Family X, continued: what departments report against what assessors settled."""

from collections.abc import Iterator

from kpi_xlsx.assessors import ACTUAL, same_figure
from kpi_xlsx.checks.rule import Hit, Round, check_across
from kpi_xlsx.model import Severity
from kpi_xlsx.values import show_under


@check_across(
    "X119",
    Severity.WARNING,
    "The department reports {ours} under {column} for goal {goal}; {assessor} has settled {theirs}.",
    hint="The master shows {theirs}. If the department stands by its figure, have it say in the explanation where the "
    "difference is from, and ask {assessor}.",
    explainable=True,
    of_cell=True,
)
def differs_from_assessor(round_: Round) -> Iterator[Hit]:
    """The department's figure is not the one that the goal's assessor settled in its own form.

    The assessor's figure stands in the master; the department's own remains in the comment of the cell. Both are read
    alike, units too, and compared by their digits: 12 and 12.0 are the same. A cell that one of them left blank differs
    from nothing.

    Fix: correct the figure, or explain the difference.

    Bad:
        - the assessor settled another figure for goal 1
    Good:
        - the assessor settled the same figure for goal 1
    """
    context = round_.context
    table = context.template.main
    for place, one in round_.assessments.settled.items():
        _, entry, ret = round_.counting.counted.get(place, (None, None, None))
        own = None if entry is None else entry.value(ACTUAL)
        if entry is None or ret is None or own is None or one.value is None or same_figure(own, one.value):
            continue
        ours, theirs = (show_under(table, ACTUAL, value) for value in (own, one.value))
        words = {"ours": ours, "theirs": theirs, "assessor": one.assessor}
        yield Hit(words, entry.goal, ACTUAL, entry.places.get(ACTUAL), ret.file, ret.department, ret.sheet)


@check_across(
    "X120",
    Severity.INFO,
    "Still to come from the assessor {assessor}: {missing} of {total} rows.",
    hint="Its form is written by generate --assessors. Until it comes, the departments' own figures stand.",
)
def assessor_missing(round_: Round) -> Iterator[Hit]:
    """A body that the plan names as assessor has sent no form yet, or left rows of it blank.

    Nothing waits for it: the master shows what the departments report.

    Fix: send it its form, or chase it.

    Bad:
        - the assessor sent nothing
    Good:
        - the assessor settled the same figure for goal 1
    """
    if round_.whole:
        for one in round_.assessments.missing:
            yield Hit({"assessor": one.assessor, "missing": str(one.rows), "total": str(one.total)})


CHECKS = (differs_from_assessor, assessor_missing)
