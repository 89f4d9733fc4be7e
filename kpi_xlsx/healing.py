"""A department's part of a report made into its next form: the answers that move, what is still wrong, what is not.

Nothing here looks at a file. What is said of the copy comes from judging the copy itself as if it had come back, so
that it holds for what stands in it, in its own addresses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from kpi_xlsx.checks import BY_CODE, judge
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Fate
from kpi_xlsx.form import Answers
from kpi_xlsx.form_remarks import Remark, Remarks
from kpi_xlsx.layout import Layout, Line
from kpi_xlsx.model import (
    Answer,
    Cell,
    CellKind,
    Entry,
    Finding,
    Leftover,
    Return,
    ReturnStatus,
    Scalar,
    Severity,
    State,
    cell_ref,
    id_key,
    plain,
)
from kpi_xlsx.report import Report, Share
from kpi_xlsx.rhythm import is_quiet
from kpi_xlsx.settling import asks, beside_the_point, explained
from kpi_xlsx.target_table import fold, goal_of
from kpi_xlsx.template import Column, in_row
from kpi_xlsx.values import read_answer

CURES: Mapping[str, tuple[str, str]] = {
    "I104": (
        "本表已是现行的模板，请看有没有新增的列要填。",
        "This copy is the current form; see whether it has new columns to fill in.",
    ),
    "I105": (
        "本表已是调整后的目标，请看填报内容是否仍然相符。",
        "This copy has the goals as they are now; see whether the answers still fit.",
    ),
    "I107": ("请改用本表报送。", "Please return this copy instead."),
    "S101": (
        "本表已补上这一列，要报的内容请重新填写。",
        "This copy has the column again; what you have to say there must be entered anew.",
    ),
    "S102": (
        "本表已补上这一行，要报的内容请重新填写。",
        "This copy has the row again; what you have to say there must be entered anew.",
    ),
    "S103": (
        "本表取其中第一个有填报内容的行，请核对。",
        "This copy has the first of these rows that holds answers; please check it.",
    ),
    "S104": (
        "这一行没有搬到本表；如果是为某个目标填的，请填到该目标的行里。",
        "The row was not moved into this copy; if it is meant for a goal, enter it in that goal's row.",
    ),
    "S106": (
        "这里的内容没有采用，请在本表里重新填写。",
        "Nothing was taken from there; please fill it in again in this copy.",
    ),
    "S107": ("本表已恢复考核目标的原文。", "This copy has the plan's words again."),
    "S112": (
        "本表每个目标各有一格，请逐格核对。",
        "This copy has a cell for each goal again; please check each of them.",
    ),
    "S114": ("请在表下补填。", "Please fill it in below the table."),
    "S115": (
        "灰色的格不由你单位填写，这里的内容没有采用；有用的请写到能填的列里。",
        "The grey cells are not yours to fill in, and nothing was taken from them; write what is of use into the open "
        "columns.",
    ),
    "S116": (
        "本表已补上这一页，指标请重新填写。",
        "This copy has the sheet again; the targets must be entered anew.",
    ),
    "X103": (
        "本表取前一张工作表的内容，请核对。",
        "This copy has what the earlier sheet says; please check it.",
    ),
}
"""What the copy itself does about a finding, in place of the hint, which speaks to the office."""


@dataclass(frozen=True, slots=True)
class Healed:
    """A department's next form: what stands in it and what is said of it."""

    answers: Answers
    remarks: Remarks
    signed: Mapping[str, str] = field(default_factory=dict)
    """What was typed behind the labels below the table, by label."""


def needs_copy(report: Report, code: str) -> bool:
    """Whether a department sent something that it must correct or explain.

    Not while a return of it is held: that may be the correction already, and a copy would have the old answers.
    """
    return not is_held(report, code) and asks_something(report, code)


def is_held(report: Report, code: str) -> bool:
    """Whether a newer return of the department waits for a decision of the office."""
    return any(one.fate is Fate.HELD for one in report.share(code).returns)


def asks_something(report: Report, code: str) -> bool:
    """Whether anything in what counts is to be corrected or explained."""
    return bool(_own(report.share(code)))


def _own(share: Share) -> list[Finding]:
    """What a department is to correct or to explain in what it sent."""
    counting = share.counting
    return [one for one in share.findings if asks(one) and not beside_the_point(one, counting)]


def heal(report: Report, code: str) -> Healed:
    """The next form of a department, whatever became of its returns."""
    share = report.share(code)
    answers = _find_answers(share, report.context)
    own = _own(share)
    leftovers = tuple(_find_leftovers(share))
    signed = _find_signed(share)
    if not answers:
        found = (_cured(one, report.context) for one in own if one.code[0] == "S" and one.code != "S108")
        remarks = tuple(dict.fromkeys(found))
        return Healed(answers, Remarks(_why_blank(own, report, remarks), remarks, leftovers), signed)
    settled = [one for one in share.findings if one.state is State.EXPLAINED and one.goal and _of_cell(one)]
    # The remarks push the table down, and name its cells: so they are made once to be counted, and once to be right.
    layout = Layout(report.context, code, past=report.past, answers=answers)
    draft = Remarks("", tuple(_remarks(own, settled, layout)), leftovers)
    final = tuple(_remarks(own, settled, replace(layout, above=draft.above)))
    return Healed(answers, Remarks(_headline(final, leftovers, report.context), final, leftovers), signed)


def _find_signed(share: Share) -> Mapping[str, str]:
    """Who signed: label by label the newest return that says so."""
    ours = sorted(share.returns, key=lambda one: one.receipt.moment)
    return {label: text for one in ours for label, text in one.signed.items()}


# --- what moves -------------------------------------------------------------------------------------------------------


def _find_answers(share: Share, context: Context) -> Answers:
    """The answers that count, by the key of their row."""
    found: dict[str, Mapping[str, Scalar]] = {}
    for row in share.entries:
        if row.entry is not None:
            columns = ((context.column(key, row.id), key, answer) for key, answer in row.entry.answers.items())
            moved = ((key, _move(answer, column, context)) for column, key, answer in columns if column is not None)
            found[id_key(row.id) if row.goal else row.id] = {key: value for key, value in moved if value is not None}
    return found


def _move(answer: Answer, column: Column, context: Context) -> Scalar | None:
    """What the new cell gets: the value as what it is, else the original text; nothing where there was no value.

    Nor is a text moved that would pass where the original cell did not: a fault is not cured by being copied.
    """
    if answer.error is not None or answer.uncalculated:
        return None
    if answer.fault is not None:
        again = read_answer(column, _as_cell(0, 0, answer.raw), context.period)
        return answer.raw if again is not None and again.fault is not None else None
    value = answer.raw if answer.value is None else answer.value
    # Before 1900 Excel has no dates; there it stands as text, as it must have come.
    return plain(value) if isinstance(value, dt.date) and value.year < 1900 else value


def _find_leftovers(share: Share) -> Iterator[tuple[str, Leftover]]:
    own = [one for one in share.returns if one.status is ReturnStatus.READ]
    counting = [one for one in own if one.counts]
    for record in counting or own:
        origin = " ".join(filter(None, (PurePosixPath(record.file).name, record.sheet)))
        for one in record.leftovers:
            yield origin, one


# --- what is said -----------------------------------------------------------------------------------------------------


def _remarks(own: list[Finding], settled: list[Finding], layout: Layout) -> Iterator[Remark]:
    """What the cells of the copy still need, the gravest first, then what the copy has put right."""
    context = layout.context
    returned = _as_returned(layout)
    explains = {entry.goal for entry in returned.entries if explained(entry)}
    waived = {(one.code, one.goal) for one in settled if one.grounds}
    found = [
        one
        for one in judge(returned, context)
        if not is_quiet(one, returned, context, layout.past)
        and asks(one)
        and not (one.explainable and one.goal in explains)
        and (one.code, one.goal) not in waived
    ]
    known = {(one.code, one.goal, one.column) for one in found}
    lost = [one for one in own if (one.code, one.goal, one.column) not in known]
    again = [
        BY_CODE[one.code].find_again(one, layout.cell(one.goal, one.column), context) for one in lost if _of_cell(one)
    ]
    taken = {(one.goal, one.column) for one in again}
    open_ = [one for one in found if one.code[0] != "R" or (one.goal, one.column) not in taken] + again
    places = {id(one): _order(layout, one) for one in open_}
    for severity in (Severity.ERROR, Severity.WARNING):
        for one in sorted(open_, key=lambda one: places[id(one)]):
            if one.severity is severity:
                yield Remark(one.message, one.hint, one.goal, one.column, severity)
    yield from dict.fromkeys(_cured(one, context) for one in lost if not _of_cell(one))  # two files may have one fault
    yield from (Remark(one.message, one.grounds, one.goal, one.column, explained=True) for one in settled)


def _order(layout: Layout, finding: Finding) -> tuple[bool, tuple[int, int]]:
    """By which remarks stand in the order of the form's sheets and cells."""
    found = layout.find(finding.goal, finding.column)
    return (False, (0, 0)) if found is None else (found[0].within is not None, found[1])


def _of_cell(finding: Finding) -> bool:
    """Whether it speaks of what a cell holds; else of a file, its table or a round, which the copy replaces."""
    return BY_CODE[finding.code].of_cell


def _cured(finding: Finding, context: Context) -> Remark:
    say = context.language.say
    message = say(f"收到的表：{finding.message}", f"In the return: {finding.message}")
    cure = CURES.get(finding.code, ("请核对。", "Please check."))
    return Remark(message, say(*cure), finding.goal, finding.column)


def _as_returned(layout: Layout) -> Return:
    """The copy as it would be read if it came back as it is."""
    entries = tuple(_as_entry(line, layout.values(line), layout) for line in layout.lines)
    if layout.second is not None:
        second, rows = layout.second, dict[str, list[Entry]]()
        for line in second.lines:
            entry = _as_entry(line, second.values(line), second)
            rows.setdefault(id_key(goal_of(entry.goal)[0]), []).append(entry)
        entries = tuple(fold(one, rows.get(id_key(one.goal), ()), second.sheet) for one in entries)
    begun = tuple(entry for line, entry in zip(layout.lines, entries, strict=True) if line.goal or entry.answered)
    return Return("", ReturnStatus.READ, department=layout.department, sheet=layout.sheet, entries=begun)


def _as_entry(line: Line, values: Mapping[str, Scalar], layout: Layout) -> Entry:
    row = layout.rows[id_key(line.id)]
    table, period = layout.context.template.main, layout.context.period
    columns = tuple(in_row(table, column, line.goal) for column in layout.open_columns(line))
    read = {
        column.key: read_answer(column, _as_cell(row, layout.at[column.key], values[column.key]), period)
        for column in columns
        if column.key in values
    }
    places = {column.key: cell_ref(row, layout.at[column.key]) for column in columns}
    return Entry(table.key, line.id, row + 1, {key: one for key, one in read.items() if one is not None}, places)


def _as_cell(row: int, column: int, value: Scalar) -> Cell:
    if isinstance(value, bool):
        return Cell(row, column, CellKind.BOOL, value)
    if isinstance(value, int | float):
        return Cell(row, column, CellKind.NUMBER, float(value))
    return Cell(row, column, CellKind.DATE if isinstance(value, dt.date) else CellKind.TEXT, value)


# --- the headline -----------------------------------------------------------------------------------------------------


def _headline(remarks: tuple[Remark, ...], leftovers: object, context: Context) -> str:
    say = context.language.say
    errors, warnings = (
        sum(remark.severity is severity for remark in remarks) for severity in (Severity.ERROR, Severity.WARNING)
    )
    if errors or warnings:
        fixes = [say(f"必须修改 {errors} 处", f"{errors} to be fixed")] if errors else []
        words = [say(f"请说明 {warnings} 处", f"{warnings} to be explained")] if warnings else []
        what = say("、", ", ").join(fixes + words)
        frames = "和".join(["红框"] * bool(errors) + ["橙框"] * bool(warnings))
        return say(f"退回修改：{what}，见{frames}。", f"Returned: {what}; see the marked cells.")
    if leftovers or any(not remark.explained for remark in remarks):
        return say(
            "能认定的内容都已搬到这份新表，没有必须修改的格；请核对下列各项，再把本表发回。",
            "All answers that could be recognised were moved into this new form, and no cell must be changed; please "
            "check the points below and return this copy.",
        )
    return say("目前没有要改的内容。", "Nothing needs to be changed.")


def _why_blank(own: list[Finding], report: Report, remarks: tuple[Remark, ...]) -> str:
    """Why the copy holds no answers, and what to do."""
    say = report.context.language.say
    found = {one.code: one for one in own}
    if "I102" in found:
        period = found["I102"].words.get("found", "")
        return say(
            f"收到的是另一个报送期（{period}）的表，其中的内容没有采用。请填写本表后发回。",
            f"You sent the form of another period ({period}); nothing was taken from it. "
            "Please fill in this one and return it.",
        )
    grave = next((one for one in own if one.code[0] in "FI"), None)
    if grave is not None:
        return say(
            f"收到的文件无法采用。{grave.message}请填写本表后发回。",
            f"What you sent could not be used. {grave.message} Please fill in this form and return it.",
        )
    if remarks:
        return say(
            "收到的表里没有能认定的填报内容。请填写本表后发回。",
            "No answer in what you sent could be assigned to a goal. Please fill in this form and return it.",
        )
    if "S108" in found:
        return say(
            "收到的表一格都没有填。请填写本表后发回。",
            "You sent a blank form. Please fill in this one and return it.",
        )
    return say(
        "还没有收到你单位的报送件。请填写本表后发回。",
        "Nothing has come in from you yet. Please fill in this form and return it.",
    )
