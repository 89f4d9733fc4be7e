"""Family I: whose form is it, and of which cycle?"""

from collections.abc import Iterator

from kpi_xlsx.checks.rule import Hit, Round, check, check_across, noted
from kpi_xlsx.context import Context
from kpi_xlsx.model import Return, Severity
from kpi_xlsx.owners import named_otherwise


@check(
    "I101",
    Severity.ERROR,
    "This is a workbook, but not one of our forms.",
    hint="Ask for the answers in the form that was sent out; a table drawn anew cannot be assigned to a department.",
)
def not_our_form(ret: Return, _: Context) -> Iterator[Hit]:
    """The workbook carries no mark of a form: no form id, no hidden identity.

    Nothing is taken from it, since nothing proves whose answers they are and for which period.

    Fix: fill in the form that was sent out, and send that.

    Bad:
        - another workbook
    Good:
        - the form, filled in
    """
    yield from noted(ret, "I101")


@check(
    "I102",
    Severity.ERROR,
    "This is the form of another period ({found}).",
    hint="Ask for this period's form; answers for another period are never taken over.",
)
def wrong_cycle(ret: Return, _: Context) -> Iterator[Hit]:
    """The form belongs to another cycle: most often last month's file was sent by mistake.

    Fix: send the form of this period.

    Bad:
        - last month's form
    Good:
        - the form, filled in
    """
    yield from noted(ret, "I102")


@check(
    "I103",
    Severity.ERROR,
    "The form is of a department “{found}” that is not in the plan.",
    hint="Add the department to plan.xlsx, or move the file out of the inbox if it belongs elsewhere.",
)
def unknown_department(ret: Return, _: Context) -> Iterator[Hit]:
    """The form names a department that is not in the departments sheet of plan.xlsx.

    Fix: if the department was renamed or has a new code, correct plan.xlsx; else the file belongs to another plan.

    Bad:
        - the form of a department that is not in the plan
    Good:
        - the form, filled in
    """
    yield from noted(ret, "I103")


@check(
    "I104",
    Severity.WARNING,
    "The form was made from another version of the template ({found}; today's is {current}).",
    hint="What could be recognised was read. Check the columns that are new, or ask for the current form.",
)
def old_template(ret: Return, _: Context) -> Iterator[Hit]:
    """The form was generated before the template definition changed.

    Columns that both versions have are read by their keys.

    Fix: generate the form again and have the department fill in what is new.

    Bad:
        - a form made from an older version of the template
    Good:
        - the form, filled in
    """
    yield from noted(ret, "I104")


@check(
    "I105",
    Severity.WARNING,
    "The form was made before this department's goals changed in the plan.",
    hint="The answers were read by goal; check the goals that changed, or send a form with only these: "
    "generate --supplement.",
)
def old_plan(ret: Return, _: Context) -> Iterator[Hit]:
    """The form is genuine, but the department's own goals in plan.xlsx were changed since it was generated.

    The master always shows the plan's present words. Once every goal that changed is counted from a return of the
    current form, this is explained.

    Fix: run generate --supplement, which writes a form with only the goals that changed; or generate the whole form
    again and send it.

    Bad:
        - a form made before the plan changed
    Good:
        - the form, filled in
    """
    yield from noted(ret, "I105")


@check(
    "I106",
    Severity.INFO,
    "Marks of the form were lost or moved on the way: {lost}.",
    hint="The form was still recognised by what was left. Nothing needs to be done unless other findings say so.",
)
def carrier_lost(ret: Return, _: Context) -> Iterator[Hit]:
    """A form carries its identity in several places, since programs lose some of them; some are gone from this one.

    Copying a sheet into a new workbook loses the document properties; sorting unprotected rows leaves the hidden
    row marks behind. Rows are then followed by their visible numbers, if name or requirement bear them out.

    Bad:
        - the hidden identity was deleted
    Good:
        - the form, filled in
    """
    yield from noted(ret, "I106")


@check(
    "I107",
    Severity.WARNING,
    "The form's identity does not carry this cycle's seal.",
    hint="Compare it with the form that was sent out. If cycle.toml lost its seal_key, put the key back.",
)
def seal_broken(ret: Return, _: Context) -> Iterator[Hit]:
    """What the form says of itself (cycle, department, revision) was altered, or was sealed with another key.

    The answers are read all the same; given cells that differ from the plan are listed one by one (S107).

    Fix: ask the department how the file was made, or have the current form filled in.

    Bad:
        - the identity was altered by hand
    Good:
        - the form, filled in
    """
    for hit in noted(ret, "I107"):
        yield hit
        return


@check_across(
    "I108",
    Severity.WARNING,
    "The file is named after {named}, but the form in it is that of {department}; it counts for {department}.",
    hint="Ask who filled it in. If {named} took the wrong form, move the file away and have the right one sent.",
)
def other_department(round_: Round) -> Iterator[Hit]:
    """The file's name speaks of one department, the form within is another's.

    The form's own identity counts, never the file's name; but a department that filled in a neighbour's form would
    replace that neighbour's answers, so somebody should look.

    Fix: send each department its own form again.

    Bad:
        - the form of A came in a file named after B
    Good:
        - the form of A came in a file named after A
    """
    plan = round_.context.plan
    for ret in round_.counting.returns:
        own = ret.department or ""
        named = named_otherwise(ret.file, own, plan)
        if named is not None:
            words = {"named": plan.by_code[named].name, "department": plan.by_code[own].name}
            yield Hit(words, file=ret.file, department=own, sheet=ret.sheet)


CHECKS = (
    not_our_form,
    wrong_cycle,
    unknown_department,
    old_template,
    old_plan,
    carrier_lost,
    seal_broken,
    other_department,
)
