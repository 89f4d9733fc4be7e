"""Family X: what is seen only when all returns are looked at together."""

from collections import Counter
from collections.abc import Iterator, Sequence

from kpi_xlsx.checks.rule import Hit, Round, check_across
from kpi_xlsx.decisions import Fate
from kpi_xlsx.model import Department, Language, Return, Severity, counted
from kpi_xlsx.portions import PART_MISSING, find_missing, tell_portions
from kpi_xlsx.rhythm import asks_something


@check_across(
    "X101",
    Severity.ERROR,
    "{department} has not reported.",
    hint="Ask for the return: {reach}.",
)
def no_return(round_: Round) -> Iterator[Hit]:
    """A department with goals due this period has sent nothing that could be read as its form.

    Goals that were completed and passed in an earlier cycle ask nothing any more.

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
    present = {ret.department for ret in round_.counting.returns}
    for department in context.plan.departments:
        if department.code in present or not asks_something(context, round_.past, department.code):
            continue
        words = {"department": department.name, "reach": _reach(department, context.language)}
        yield Hit(words, department=department.code)


def _reach(department: Department, language: Language) -> str:
    known = " ".join(filter(None, (department.contact, department.phone, department.email)))
    return known or language.say("部门表里没有联系方式", "the plan has no contact")


@check_across(
    "X102",
    Severity.INFO,
    "{department} has sent {count} returns. {which}.",
    hint="Nothing needs to be done if that is right. A later blank row never erases an earlier answer.",
)
def several_returns(round_: Round) -> Iterator[Hit]:
    """More than one return of a department was read. Row by row the newest one with an answer counts, whole.

    Cells are never mixed: a row comes from one file. A later blank row does not erase an earlier answer. The same
    content under several names is one return.

    Bad:
        - two files came
    Good:
        - the form, filled in
    """
    context = round_.context
    between = context.language.say("；", "; ")
    rows: dict[str, Counter[str]] = {}
    for (code, _), (version, _, _) in round_.counting.counted.items():
        rows.setdefault(code, Counter())[version.file] += 1
    for code, ours in round_.in_play.items():
        if len(ours) < 2:
            continue
        which = between.join(
            context.language.say(f"{file}：计入 {count} 行", f"{file}: {counted(count, 'row')} taken")
            for file, count in sorted(rows.get(code, Counter()).items())
        )
        nothing = context.language.say("都没有可计入的行", "none has a row that counts")
        name = context.plan.by_code[code].name
        yield Hit(
            {"department": name, "count": str(len(ours)), "which": which or nothing},
            file=ours[-1].file,
            department=code,
        )


@check_across(
    "X103",
    Severity.ERROR,
    "{department} answers goal {goal} twice in one workbook, and differently (sheets {sheets}).",
    hint="Ask which is right, and have the other form taken out of the workbook. Until then the earlier sheet counts.",
)
def contradicting_forms(round_: Round) -> Iterator[Hit]:
    """One workbook holds the department's form more than once, and the answers to a goal differ.

    People copy the sheet before they change it, and forget the copy. Which of the two is meant, the file cannot tell.
    Copies that agree, or that are blank, do no harm.

    Fix: send the workbook again with one form in it.

    Bad:
        - the workbook holds a copy of the form with another answer
    Good:
        - the workbook holds a copy of the form
    """
    forms: dict[tuple[str, str | None], list[Return]] = {}
    for ret in round_.counting.returns:
        forms.setdefault((ret.file, ret.department), []).append(ret)
    between = round_.context.language.say("、", ", ")
    for (file, code), copies in forms.items():
        if len(copies) < 2 or code is None:
            continue
        sheets = between.join(f"“{ret.sheet}”" for ret in reversed(copies))
        goals = (goal.id for goal in round_.context.plan.goals_of(code))
        for goal in (*goals, *round_.context.spare_ids()):
            told = [_told(ret, goal) for ret in copies]
            if len({text for text in told if text}) > 1:
                name = round_.context.plan.by_code[code].name
                words = {"department": name, "sheets": sheets}
                yield Hit(words, goal, file=file, department=code, sheet=copies[-1].sheet)


def _told(ret: Return, goal: str) -> tuple[tuple[str, str], ...]:
    """What a return answers to a goal, as far as it can be compared."""
    entry = next((entry for entry in ret.entries if entry.goal == goal), None)
    return () if entry is None else tuple(sorted((key, answer.raw) for key, answer in entry.answers.items()))


@check_across(
    PART_MISSING,
    Severity.ERROR,
    "{department} has sent only a part; still to come: {missing}.",
    hint="Ask for the other form: {reach}.",
)
def part_missing(round_: Round) -> Iterator[Hit]:
    """A department's forms hold only some of its goals each, and others that are asked of it stand in none of them.

    So it is where supporters report first and leads afterwards, or where a supplement came back before the form itself.
    Goals that are not due this period are not asked, nor those that were completed and passed in an earlier cycle.

    Fix: chase the other form.

    Bad:
        - the form that came holds only goals 1 and 2
    Good:
        - the form, filled in
    """
    if not round_.whole:
        return
    context = round_.context
    forms: dict[str, list[Sequence[str]]] = {}
    for one in round_.counting.versions:
        if one.fate is not Fate.DISMISSED:
            forms.setdefault(one.department, []).extend(form.goals for form in one.forms)
    for code, ours in forms.items():
        answered = {key for owner, key in round_.counting.counted if owner == code} if all(ours) else ()
        missing = find_missing(context, round_.past, code, ours, answered)
        if missing:
            department = context.plan.by_code[code]
            words = {"missing": tell_portions(missing, context.language), "department": department.name}
            yield Hit({**words, "reach": _reach(department, context.language)}, department=code)


CHECKS = (no_return, several_returns, contradicting_forms)
