"""What all returns together amount to: which rows count, which findings stand, in what order all is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from kpi_xlsx.checks import judge_round
from kpi_xlsx.checks.rule import Round
from kpi_xlsx.context import Context
from kpi_xlsx.model import Entry, Finding, Return, ReturnStatus, State, id_key
from kpi_xlsx.owners import owner_by_name, owner_by_neighbours
from kpi_xlsx.reading import is_placeholder
from kpi_xlsx.receipts import Receipt
from kpi_xlsx.report import ReturnRecord, Row
from kpi_xlsx.surveying import Inspected

Winners = Mapping[tuple[str, str], Return]
"""The return that counts, by department and goal id."""
LOSSES = frozenset({"S101", "S104", "S106"})
"""What says that answers stand in a return which could not be taken."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What all returns together amount to."""

    returns: tuple[ReturnRecord, ...]
    findings: tuple[Finding, ...]
    entries: tuple[Row, ...]


def conclude(
    context: Context, inspected: Sequence[Inspected], receipts: Mapping[str, Receipt], whole: bool
) -> Conclusion:
    """Which rows count, which findings stand, and in what order everything is shown."""
    read = sorted(
        # Backwards, so that of two forms in one workbook that of the earlier sheet counts as the newer.
        (one.ret for one in reversed(inspected) if one.ret.status is ReturnStatus.READ and one.ret.department),
        key=lambda ret: (receipts[ret.file].moment, ret.file),
    )
    winners = _winners(read)
    counting = {id(ret) for ret in winners.values()}
    newest = {ret.department: ret for ret in read}
    settled = {code for code, _ in winners}
    valid_ids = counting | {id(ret) for code, ret in newest.items() if code not in settled}
    valid = [ret for ret in read if id(ret) in valid_ids]
    order = {id(ret): place for place, ret in enumerate(read)}
    latest = {ret.department: order[id(ret)] for ret in read if id(ret) in counting}
    inspected = list(_filed(context, inspected))
    findings = [
        _explain(finding, winners)
        for one in inspected
        for finding in one.findings
        if _stands(finding, one.ret, winners, valid_ids, newest)
        or _tells_a_loss(finding, one.ret, winners, order, latest)
    ]
    findings += judge_round(Round(context, read, valid, receipts, winners, whole))
    records = _records(inspected, receipts, counting)
    return Conclusion(
        tuple(sorted(records.values(), key=partial(_record_order, context))),
        tuple(sorted(findings, key=partial(_finding_order, context))),
        tuple(_rows(context, winners, records)),
    )


def _filed(context: Context, inspected: Sequence[Inspected]) -> Iterator[Inspected]:
    """Companions and unreadable files, filed under the department that name or neighbours speak for."""
    owners: dict[str, set[str]] = {}
    for one in inspected:
        if one.ret.status is ReturnStatus.READ and one.ret.department is not None:
            owners.setdefault(one.ret.file.rpartition("/")[0], set()).add(one.ret.department)
    for one in inspected:
        file = one.ret.file
        if one.ret.department is None and one.ret.status in (ReturnStatus.ATTACHED, ReturnStatus.QUARANTINED):
            code = owner_by_name(file, context.plan) or owner_by_neighbours(file, owners)
            findings = tuple(replace(finding, department=code) for finding in one.findings)
            one = Inspected(replace(one.ret, department=code), findings)
        yield one


def _winners(read: Iterable[Return]) -> dict[tuple[str, str], Return]:
    """Row by row the newest return with at least one answer; a later blank never erases."""
    found: dict[tuple[str, str], Return] = {}
    for ret in read:
        for entry in ret.entries:
            if entry.answered and ret.department is not None:
                found[ret.department, entry.goal] = ret
    return found


def _stands(
    finding: Finding,
    ret: Return,
    winners: Winners,
    valid: set[int],
    newest: Mapping[str | None, Return],
) -> bool:
    """Whether a finding still matters: that of a row (or return) which a newer one replaced does not."""
    code = ret.department
    if ret.status is not ReturnStatus.READ or code is None:
        return True
    if finding.goal is not None:
        winner = winners.get((code, finding.goal))
        return winner is ret or (winner is None and newest[code] is ret)
    return id(ret) in valid


def _tells_a_loss(
    finding: Finding, ret: Return, winners: Winners, order: Mapping[int, int], latest: Mapping[str | None, int]
) -> bool:
    """Whether answers that could not be taken from a return are newer than those that count in their stead.

    `order`: the returns by when they came; `latest`: the last one of each department of which a row counts.
    """
    code = ret.department
    if finding.code not in LOSSES or code is None or id(ret) not in order:
        return False
    if finding.goal is None:
        return bool(ret.leftovers) and order[id(ret)] > latest.get(code, -1)
    winner = winners.get((code, finding.goal))
    return winner is None or order[id(ret)] > order[id(winner)]


def _explain(finding: Finding, winners: Winners) -> Finding:
    """Words in the explanation settle the explainable findings of their row."""
    if not finding.explainable or finding.goal is None or finding.department is None:
        return finding
    ret = winners.get((finding.department, finding.goal))
    entry = None if ret is None else next(entry for entry in ret.entries if entry.goal == finding.goal)
    return replace(finding, state=State.EXPLAINED) if entry is not None and explained(entry) else finding


def explained(entry: Entry) -> bool:
    """Whether a row's explanation says anything."""
    answer = entry.answers.get("explanation")
    return answer is not None and answer.fault is None and not is_placeholder(answer.raw)


def _records(
    inspected: Sequence[Inspected], receipts: Mapping[str, Receipt], counting: set[int]
) -> dict[int, ReturnRecord]:
    forms: dict[str, int] = {}
    found = {}
    for one in inspected:
        ret = one.ret
        form = forms.setdefault(ret.file, 0)
        forms[ret.file] += 1
        found[id(ret)] = ReturnRecord(
            ret.file,
            ret.department,
            ret.status,
            id(ret) in counting,
            ret.sha256,
            receipts[ret.file],
            ret.size,
            ret.sheet,
            form,
            ret.leftovers,
            ret.signed,
        )
    return found


def _rows(context: Context, winners: Winners, records: Mapping[int, ReturnRecord]) -> Iterator[Row]:
    """The rows of the master: every goal of every department in plan order, then what stands in spare rows."""
    spare = context.spare_ids()
    for department in context.plan.departments:
        code = department.code
        goals = [(goal.id, goal, context.role(goal, code)) for goal in context.plan.goals_of(code)]
        added = [(name, None, "") for name in spare if (code, name) in winners]
        for name, goal, role in [*goals, *added]:
            ret = winners.get((code, name))
            if ret is None:
                yield Row(code, name, goal, role, None, None)
            else:
                entry = next(entry for entry in ret.entries if entry.goal == name)
                yield Row(code, name, goal, role, entry, records[id(ret)])


def _record_order(context: Context, record: ReturnRecord) -> tuple[object, ...]:
    return (_position(context, record.department), record.file, record.form)


def _finding_order(context: Context, finding: Finding) -> tuple[object, ...]:
    table = context.template.main
    keys = [column.key for column in table.columns]
    return (
        _position(context, finding.department),
        _goal_position(context, finding.goal),
        keys.index(finding.column) if finding.column in keys else -1,
        finding.code,
        finding.file or "",
        finding.cell or "",
    )


def _position(context: Context, code: str | None) -> int:
    return context.department_order.get(code or "", len(context.department_order))


def _goal_position(context: Context, goal: str | None) -> int:
    return -1 if goal is None else context.goal_order.get(id_key(goal), len(context.goal_order))
