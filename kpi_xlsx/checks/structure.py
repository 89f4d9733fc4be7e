"""Family S: is the table still whole: columns, rows, given cells?"""

from collections.abc import Iterator

from kpi_xlsx.checks.rule import Hit, check, noted
from kpi_xlsx.context import Context
from kpi_xlsx.model import Return, Severity


@check(
    "S101",
    Severity.ERROR,
    "The column “{what}” is missing.",
    hint="Ask for it: copy the answers into a fresh form, which has all columns.",
)
def missing_column(ret: Return, _: Context) -> Iterator[Hit]:
    """A column of the form was deleted, or its heading cannot be recognised any more.

    Nothing else is said of its cells, and nothing is taken from other columns in its stead.

    Fix: use a fresh form, or put the column back with its heading.

    Bad:
        - the column status was deleted
    Good:
        - the columns progress and status changed places
    """
    yield from noted(ret, "S101")


@check(
    "S102",
    Severity.ERROR,
    "The row of goal {goal} “{what}” is missing.",
    hint="Ask for the answers to this goal.",
)
def missing_row(ret: Return, _: Context) -> Iterator[Hit]:
    """A goal of the department has no row in its return.

    Fix: send the form again with the row, or a further form with this goal filled in.

    Bad:
        - the row of goal 2 was deleted
    Good:
        - the rows were sorted backwards
    """
    yield from noted(ret, "S102")


@check(
    "S103",
    Severity.ERROR,
    "Goal {goal} stands in several rows ({rows}).",
    hint="Leave one row for the goal and delete the others. Until then the first row with answers is shown.",
)
def duplicate_row(ret: Return, _: Context) -> Iterator[Hit]:
    """One goal has more than one row, so it is not clear which answers count.

    The master shows the first of these rows that has answers, marked.

    Fix: keep one row.

    Bad:
        - the row of goal 2 stands there twice
    Good:
        - a blank row was inserted
    """
    yield from noted(ret, "S103")


@check(
    "S104",
    Severity.WARNING,
    "There is a row for “{what}”, which is not a goal of this department.",
    hint="Its answers were not taken over. If it is meant for a goal, correct the number; else let it be.",
)
def unknown_row(ret: Return, _: Context) -> Iterator[Hit]:
    """A row cannot be assigned to any goal of the department: its number and words are not in the plan.

    Fix: correct the number, or move the text to where it belongs.

    Bad:
        - a row for a goal 99 was added
    Good:
        - a blank row was inserted
    """
    yield from noted(ret, "S104")


@check(
    "S105",
    Severity.INFO,
    "There is an extra column “{what}” (filled cells: {count}).",
    hint="It was not read and stays in the original. Nothing needs to be done, unless it holds what you asked for.",
)
def unknown_column(ret: Return, _: Context) -> Iterator[Hit]:
    """The department added a column of its own. It stays in the original and is not read.

    Bad:
        - a column Mood was added
    Good:
        - the form, filled in
    """
    yield from noted(ret, "S105")


@check(
    "S106",
    Severity.ERROR,
    "{cell} (“{what}”) contradicts itself: number, name and hidden mark belong to different goals or columns.",
    hint="Find out what was meant and correct the number or heading. Nothing was taken from there.",
)
def key_mismatch(ret: Return, _: Context) -> Iterator[Hit]:
    """A row's number says one goal and its name another, or a heading says one column and its hidden key another.

    This happens when only some of the columns are sorted, or a number is typed over. Neither is believed: an answer
    beside the wrong goal would be a wrong figure in print.

    Fix: put number and name together again, or use a fresh form.

    Bad:
        - the number of goal 1 was changed to 2
    Good:
        - the rows were sorted backwards
    """
    yield from noted(ret, "S106")


@check(
    "S107",
    Severity.WARNING,
    "The given cell “{column}” of goal {goal} was changed: the plan says “{ours}”, the return says “{theirs}”.",
    hint="The master keeps the plan's words. If the change is agreed, change plan.xlsx.",
)
def given_changed(ret: Return, _: Context) -> Iterator[Hit]:
    """A cell that comes from the plan no longer says what the plan says.

    White space and full-width signs do not count. The master always shows the plan's words.

    Fix: if the change was decided, change plan.xlsx; else tell the department that the plan stands.

    Bad:
        - the requirement of goal 1 was changed
    Good:
        - spaces were added to the requirement of goal 1
    """
    yield from noted(ret, "S107")


@check(
    "S108",
    Severity.ERROR,
    "The form came back without a single answer{rest}.",
    hint="Ask the department whether it sent the right file.",
)
def blank_form(ret: Return, _: Context) -> Iterator[Hit]:
    """Not one entry cell was filled in. Most often the blank file was attached instead of the filled one.

    It is also said where something was filled in, but nothing of it could be assigned to a goal. Answers of goals that
    were completed earlier do not count: they stood in the form already. Nothing is said where nothing was asked.

    The single cells are not listed, and an earlier return of the department stands.

    Fix: send the filled form.

    Bad:
        - nothing was filled in
    Good:
        - the form, filled in
    """
    yield from noted(ret, "S108")


@check(
    "S109",
    Severity.INFO,
    "Hidden or filtered out, but answered: {where}.",
    hint="These answers were read like all others. Ask the department if it perhaps did not mean to send them.",
)
def hidden_answers(ret: Return, _: Context) -> Iterator[Hit]:
    """Answers stand in rows, columns or a sheet that are hidden or filtered out; they were read like all others.

    Who hides a row often takes it for left out, and a filter hides rows that nobody thinks of any more. The form's own
    hidden row, column and sheet of marks are not meant.

    Fix: show what is hidden and look whether the answers are still meant; empty those that are not.

    Bad:
        - the row of goal 2 was hidden
    Good:
        - a blank row was hidden
    """
    yield from noted(ret, "S109")


@check(
    "S110",
    Severity.INFO,
    "Besides its cells, this return holds {what}.",
    hint="Nothing of that was read; it is in the original. Open it and look: words in a comment or a text box may be "
    "an answer, which then belongs in a cell.",
)
def beside_cells(ret: Return, _: Context) -> Iterator[Hit]:
    """The workbook holds comments, pictures or text boxes, which lie over the cells and not in them.

    They cannot be taken into the master. A text box is the dangerous one: it looks like a filled cell. Charts and
    embedded documents count as pictures; remarks that a feedback copy itself brought along do not count.

    Fix: type into the cells whatever is meant as an answer.

    Bad:
        - a comment, a picture and a text box were added
    Good:
        - the form, filled in
    """
    yield from noted(ret, "S110")


@check(
    "S111",
    Severity.INFO,
    "Formulas refer to other workbooks: {links}.",
    hint="The values that were shown are taken. Ask the department to break the links (Data, Edit Links), which leaves "
    "the values.",
)
def external_links(ret: Return, _: Context) -> Iterator[Hit]:
    """Formulas or names in the workbook refer to other workbooks, which did not come with it.

    The values are those of when the sender last calculated; nobody else can check or renew them.

    Fix: break the links, so that the values themselves stand in the cells.

    Bad:
        - the actual of goal 1 comes from another workbook
    Good:
        - the actual of goal 1 is a formula
    """
    yield from noted(ret, "S111")


@check(
    "S112",
    Severity.WARNING,
    "The entry cells {cells} were merged into one, across goals {goals}; {taken}.",
    hint="Split the merged cell and give each goal an answer of its own.",
)
def merged_answers(ret: Return, _: Context) -> Iterator[Hit]:
    """Entry cells were merged into one, so that one answer seems to stand for several goals or columns.

    Words, dates and choices are taken for every goal that the merged cell covers; a number is taken for the first
    goal only, since it may be a total. Given cells that were merged (category and the like) do no harm.

    Fix: split the cell, and answer each goal by itself.

    Bad:
        - the progress of goals 1 and 2 was merged into one cell
    Good:
        - the categories of goals 1 and 2 were merged into one cell
    """
    yield from noted(ret, "S112")


@check(
    "S113",
    Severity.INFO,
    "Something was typed beside the table (cells: {count}, {cells}): “{what}”.",
    hint="They were not read and stay in the original. Nothing needs to be done, unless they hold answers.",
)
def stray_cells(ret: Return, _: Context) -> Iterator[Hit]:
    """Something was typed beside a goal's row, in a column without a heading.

    Fix: if it is an answer, have it moved into the column where it belongs.

    Bad:
        - a remark was typed beside the row of goal 1
    Good:
        - the form, filled in
    """
    yield from noted(ret, "S113")


@check(
    "S114",
    Severity.WARNING,
    "Below the table, nothing stands behind “{what}”.",
    hint="Have it filled in, so that it is clear whom to ask.",
)
def unsigned(ret: Return, _: Context) -> Iterator[Hit]:
    """A line below the table that the template wants to be filled in (`signed`) was left blank.

    The shipped templates want none; an office that needs names and telephone numbers lists their labels.

    Fix: fill it in.

    Bad:
        - nobody says who checked the form
    Good:
        - the form, filled in
    """
    yield from noted(ret, "S114")


@check(
    "S115",
    Severity.WARNING,
    "Goal {goal}: {column} is not for {role} departments to fill in, but says “{what}”.",
    hint="It was not taken; the original keeps it. If it is of use, have it written into a column that is open.",
)
def closed_column(ret: Return, _: Context) -> Iterator[Hit]:
    """Something was typed into a grey cell: the template closes the column for the department's role (`closed_for`).

    It does not go into the master, or several departments would report the same figure. It stays in the original, and
    the feedback copy lists it. A dash or “none” does not count.

    Fix: write what is to be reported into the columns that are open.

    Bad:
        - a supporter typed into a column that only the lead fills in
    Good:
        - a supporter filled in only what is open to supporters
    """
    yield from noted(ret, "S115")


@check(
    "S116",
    Severity.ERROR,
    "The sheet “{what}” is missing{rest}.",
    hint="Ask for the whole workbook as it was sent out, with all of its sheets.",
)
def missing_sheet(ret: Return, _: Context) -> Iterator[Hit]:
    """A form has two sheets to fill in where a goal has several targets, and one of them did not come back.

    Or the sheet that stands there is another period's or another department's. Without the targets' sheet the rows of
    goals count all the same; the targets' sheet alone tells nothing that could be taken.

    A sheet that was renamed or moved is found all the same.

    Fix: send the form again with both sheets.

    Bad:
        - the sheet of targets was deleted
    Good:
        - the sheet of targets was renamed
    """
    yield from noted(ret, "S116")


CHECKS = (
    missing_column,
    missing_row,
    duplicate_row,
    unknown_row,
    unknown_column,
    key_mismatch,
    given_changed,
    blank_form,
    hidden_answers,
    beside_cells,
    external_links,
    merged_answers,
    stray_cells,
    unsigned,
    closed_column,
    missing_sheet,
)
