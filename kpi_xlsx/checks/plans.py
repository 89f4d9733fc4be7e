"""Family P: the plan itself, against that of the cycle before."""

from collections.abc import Iterator

from kpi_xlsx.checks.rule import Hit, check_plan
from kpi_xlsx.context import Context
from kpi_xlsx.footnotes import item_words
from kpi_xlsx.model import Severity, cell_ref, id_key
from kpi_xlsx.plan_changes import ADDED, CHANGE_SHEET, DROPPED, ITEM_WORDS, UNIT_SHEET
from kpi_xlsx.plan_comparison import Comparison, Difference
from kpi_xlsx.wording import show_change

PLAN_FILE = "plan.xlsx"


@check_plan(
    "P101",
    Severity.ERROR,
    "{what} is not as the previous cycle's plan has it: {change}, and no line of the sheet “{register}” says so.{near}",
    hint="Add a line with date and document to the sheet “{register}” of plan.xlsx, or put it back as it was.",
)
def unregistered_change(comparison: Comparison, context: Context) -> Iterator[Hit]:
    """The plan differs from that of the cycle before, and nothing in it says by which document.

    A target is changed by a document, never by a slip of the hand in a copied workbook. So each difference in a goal
    needs a line in the sheet `changes` of plan.xlsx (goal, item, old, new, document), each department that was added,
    dropped or renamed one in the sheet `units`. Contacts, telephones and the order of rows do not count, and a new
    year's plan is not compared. `generate` finds it and writes the forms all the same.

    Fix: add the line, or put the cell back as it was.

    Bad:
        - the plan's requirement changed since the last period without a line that says so
    Good:
        - the plan's requirement changed since the last period with a line that says so
    """
    for one in comparison.unregistered:
        yield _hit(one, context)


def _hit(one: Difference, context: Context) -> Hit:
    plan, say = context.plan, context.language.say
    sheet, key = plan.sheet, id_key(one.goal or "")
    unit = one.department is not None
    words = {
        "what": _what(one, context),
        "change": _change(one, context),
        "register": say(*reversed(UNIT_SHEET if unit else CHANGE_SHEET)),
        "near": one.near[0] and say(one.near[0], f" {one.near[1]}"),
    }
    known = one.department if one.department in plan.by_code else None
    goal = plan.by_key.get(key)
    if goal is None or goal.row is None:
        return Hit(words, one.goal, file=PLAN_FILE, department=known, sheet=None if unit else sheet.name or None)
    item = "name" if one.item in ("star", ADDED) else one.item
    column = item if item in context.template.main.by_key else None
    cell = cell_ref(goal.row, sheet.columns.get(item, sheet.columns.get("id", 0)))
    return Hit(words, one.goal, column, cell, PLAN_FILE, known, sheet.name or None)


def _what(one: Difference, context: Context) -> str:
    say, plan = context.language.say, context.plan
    if one.department is not None:
        department = plan.by_code.get(one.department)
        name = department.name if department is not None else one.old
        return say(f"部门“{name}”", f"The department “{name}”")
    if one.item in (ADDED, DROPPED):
        return say(f"目标 {one.goal} ", f"Goal {one.goal}")
    item = item_words(one.item, plan, context.language)
    return say(f"目标 {one.goal} 的“{item}”", f"Goal {one.goal}, “{item}”,")


def _change(one: Difference, context: Context) -> str:
    say = context.language.say
    if one.item in ITEM_WORDS:
        word = say(*ITEM_WORDS[one.item])
        text = one.new or one.old
        return say(f"{word}“{text}”", f"“{text}” was {word}")
    if one.department is not None and one.item == "code":
        return say(f"代码 {one.old} → {one.new}", f"code {one.old} → {one.new}")
    return show_change(one.old, one.new, context.language)


CHECKS = (unregistered_change,)
