"""What the year's rhythm asks of whom: goals that are due, those settled earlier, exceptions; no file here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from kpi_xlsx.amending import Amended
from kpi_xlsx.context import Context
from kpi_xlsx.model import (
    CellType,
    Entry,
    Finding,
    Frequency,
    Goal,
    Progress,
    Return,
    Role,
    Scalar,
    comparable,
    id_key,
    match_key,
)
from kpi_xlsx.past import Answered, Past, PastRow
from kpi_xlsx.target_table import targets_in_rows
from kpi_xlsx.template import Table
from kpi_xlsx.versions import told

# --- settled goals ----------------------------------------------------------------------------------------------------


def settled_answers(context: Context, past: Past, code: str, key: str) -> Mapping[str, Scalar] | None:
    """The answers of a goal that was reported as completed and passed in an earlier cycle, by column key; else None.

    Of a goal that is not due nothing is asked anyway, and an exception may happen again: neither is ever settled.
    """
    goal = context.plan.by_key.get(key)
    if not past or goal is None or not context.asks(goal):
        return None
    found = find_settled(context.template.main, past, code, key)
    return None if found is None else dict(_in_todays_words(context, goal, found[1].values))


def find_settled(table: Table, past: Past, code: str, key: str) -> Answered | None:
    """The earlier answer that still holds of a goal that is completed and passed, as seen from a cycle; else None.

    Where supporters have no status of their own, the goal is settled for them when it is for the lead: then what they
    said last holds, or nothing, if they never said anything.
    """
    own, goal, status = past.settled(code, key), past.plan.by_key.get(key), table.by_key.get("status")
    if own is not None or goal is None or code not in goal.departments[1:]:
        return own
    lead = past.settled(goal.departments[0], key)
    if lead is None or (status is not None and status.open_to(Role.SUPPORT)):
        return None
    return past.last(code, key) or (
        lead[0],
        PastRow(code, past.plan.by_code[code].name, False, key, {}, None, False, True),
    )


def _in_todays_words(context: Context, goal: Goal, values: Mapping[str, Scalar]) -> Iterator[tuple[str, Scalar]]:
    """The values that today's form has cells for; a status in other words (of an older template) in today's."""
    for key, value in values.items():
        column = context.column(key, goal.id)
        if column is None:
            continue
        if key == "status" and column.choices and value not in column.choices:
            words = context.template.progress_of
            value = next((word for word, meaning in words.items() if meaning is Progress.COMPLETED), value)
        yield key, value


def departures(
    entry: Entry, settled: Mapping[str, Scalar], past: Past, amended: Mapping[str, Amended] | None = None
) -> Iterator[tuple[str, Scalar | None, Scalar | None]]:
    """The columns in which a row says something else than its settled answers, with both; as amended, if it was."""
    changes = amended or {}
    for column in dict.fromkeys([*settled, *entry.answers]):
        if column in past.momentary or ("." in column and column not in entry.places):
            continue  # of one period alone; or of a target, whose sheet is gone, of which S116 speaks
        new = changes[column].settled if column in changes else told(entry, column)
        if comparable(settled.get(column)) != comparable(new):
            yield column, settled.get(column), new


def is_as_settled(context: Context, past: Past, code: str, entry: Entry) -> bool:
    """Whether the row of a settled goal came back as it stood in the form."""
    settled = settled_answers(context, past, code, id_key(entry.goal))
    return settled is not None and not any(departures(entry, settled, past))


def is_untouched(ret: Return, context: Context, past: Past) -> bool:
    """Whether a form came back with nothing in it but the answers that stood there locked: as blank as it was sent."""
    answered = [entry for entry in ret.entries if entry.answered]
    if not past or ret.department is None or ret.leftovers or not answered:
        return False
    return all(is_as_settled(context, past, ret.department, entry) for entry in answered)


def is_quiet(finding: Finding, ret: Return, context: Context, past: Past) -> bool:
    """Whether a finding asks for nothing: of a settled goal's row that is missing, blank or as it was, or of a blank
    form in which there was nothing to fill in.
    """
    if ret.department is None:
        return False
    if finding.code == "S108":
        return not finding.words.get("rest") and not asks_something(context, past, ret.department, ret.part)
    if finding.code == "S116" and ret.entries:
        open_ = asked_goals(context, past, ret.department)
        return not any(targets_in_rows(context, goal) for goal in open_ if not ret.part or goal.key in ret.part)
    if not past or finding.goal is None:
        return False
    if finding.code != "S102" and finding.code[0] not in "RVD":
        return False
    entry = next((one for one in ret.entries if one.goal == finding.goal), None)
    if entry is None or not entry.answered:
        return settled_answers(context, past, ret.department, id_key(finding.goal)) is not None
    return is_as_settled(context, past, ret.department, entry)


# --- who is asked -----------------------------------------------------------------------------------------------------


def open_goals(context: Context, past: Past, code: str) -> Iterator[Goal]:
    """The goals that a department can fill in this period: those that are due and not settled, and exceptions."""
    for goal in context.plan.goals_of(code):
        if not context.closed(goal) and settled_answers(context, past, code, goal.key) is None:
            yield goal


def asked_goals(context: Context, past: Past, code: str) -> Iterator[Goal]:
    """Those of them that are asked of it, which exceptions are not."""
    return filter(context.asks, open_goals(context, past, code))


def asks_something(context: Context, past: Past, code: str, form: Collection[str] = ()) -> bool:
    """Whether anything is asked of a department this period in a form with the goals of these keys; none: in all."""
    return any(not form or goal.key in form for goal in asked_goals(context, past, code))


# --- exceptions -------------------------------------------------------------------------------------------------------

_ZH_NIL = ("无", "暂无", "没有", "尚无", "本期无", "未发生", "不涉及", "不适用", "无。", "（无）", "(无)")
_EN_NIL = ("none", "none.", "nil", "nil.", "nil return", "n/a", "n.a.", "na", "nothing", "not applicable")
NIL_WORDS = (*_ZH_NIL, *_EN_NIL, "-", "--", "—", "——", "–", "/")
"""What is typed into an exception's row where nothing happened, as forms and rules know it; in lower case."""
_NIL = frozenset(map(match_key, NIL_WORDS))


def says_nil(text: str) -> bool:
    """Whether a cell says that nothing happened. That something is still to be written (待填) or stands elsewhere
    (同上) does not say so."""
    return match_key(text) in _NIL


def is_nil(context: Context, goal: Goal | None, entry: Entry) -> bool:
    """Whether the row of an exception says that nothing happened, and nothing else."""
    if goal is None or goal.frequency is not Frequency.EXCEPTION:
        return False
    texts = {column.key for column in context.template.main.entry if column.type is CellType.TEXT}
    return not texts.isdisjoint(entry.answers) and all(
        answer.fault is None and (answer.absent or key in texts) and says_nil(answer.raw)
        for key, answer in entry.answers.items()
    )
