"""Family X: what is seen only when all returns are looked at together."""

from collections import Counter
from collections.abc import Iterator

from kpi_xlsx.checks.rule import Hit, Round, check_across
from kpi_xlsx.model import Severity


@check_across(
    "X101",
    Severity.ERROR,
    "{department} has not reported.",
    hint="Ask for the return: {reach}.",
)
def no_return(round_: Round) -> Iterator[Hit]:
    """A department with goals due this period has sent nothing that could be read as its form.

    Its goals stay in the master, marked as not reported.

    Fix: chase it.

    Bad:
        - no file came
    Good:
        - the form, filled in
    """
    if not round_.whole:
        return
    context = round_.context
    present = {ret.department for ret in round_.returns}
    for department in context.plan.departments:
        if department.code in present or not any(map(context.asks, context.plan.goals_of(department.code))):
            continue
        reach = " ".join(filter(None, (department.contact, department.phone, department.email)))
        words = {
            "department": department.name,
            "reach": reach or context.language.say("部门表里没有联系方式", "the plan has no contact"),
        }
        yield Hit(words, department=department.code)


@check_across(
    "X102",
    Severity.INFO,
    "{department} has sent {count} returns. {which}.",
    hint="Nothing needs to be done if that is right. A later blank row never erases an earlier answer.",
)
def several_returns(round_: Round) -> Iterator[Hit]:
    """More than one return of a department was read. Row by row the newest one with an answer counts, whole.

    Cells are never mixed: a row comes from one file. A later blank row does not erase an earlier answer.

    Bad:
        - two files came
    Good:
        - the form, filled in
    """
    context = round_.context
    sent = Counter(ret.department for ret in round_.returns)
    for department in context.plan.departments:
        if sent[department.code] < 2:
            continue
        rows = Counter(ret.file for (code, _), ret in round_.winners.items() if code == department.code)
        which = context.language.say("；", "; ").join(
            context.language.say(f"{file}：{count} 行计入", f"{file}: {count} rows count")
            for file, count in sorted(rows.items())
        )
        nothing = context.language.say("都没有可计入的行", "none has a row that counts")
        words = {"department": department.name, "count": str(sent[department.code]), "which": which or nothing}
        newest = [ret.file for ret in round_.returns if ret.department == department.code][-1]
        yield Hit(words, file=newest, department=department.code)


CHECKS = (no_return, several_returns)
