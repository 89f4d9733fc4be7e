"""What all returns together amount to: which rows count, which findings stand, in what order all is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial

from kpi_xlsx.amending import Amended, amend, find_chains
from kpi_xlsx.assessing import as_assessed, hear, settle
from kpi_xlsx.assessors import NO_ASSESSMENTS, Assessed, Assessments
from kpi_xlsx.checks import judge, judge_round
from kpi_xlsx.checks.rhythm import stays_unexplained
from kpi_xlsx.checks.rule import Round
from kpi_xlsx.context import Context
from kpi_xlsx.counting import Counting
from kpi_xlsx.decisions import Decisions, Place
from kpi_xlsx.model import Finding, Note, ReturnStatus, Scalar, id_key
from kpi_xlsx.owners import owner_by_name, owner_by_neighbours
from kpi_xlsx.past import NO_PAST, Past
from kpi_xlsx.receipts import Receipt
from kpi_xlsx.report import ReturnRecord, Row, Waiting
from kpi_xlsx.rhythm import find_settled, is_quiet, is_untouched
from kpi_xlsx.settling import correct, explain, find_idle, outdate, renew, waive
from kpi_xlsx.surveying import Inspected
from kpi_xlsx.versions import (
    Reviewed,
    RowPlace,
    Version,
    apply_reviews,
    is_lasting,
    mark_repeats,
    number_versions,
    version_number,
)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What all returns together amount to, with what people decided."""

    returns: tuple[ReturnRecord, ...]
    findings: tuple[Finding, ...]
    entries: tuple[Row, ...]
    versions: tuple[Version, ...] = ()
    """Of all departments, the oldest first."""
    labels: Mapping[Place, str] = field(default_factory=dict)
    """What is to stand as version in reviews that have no lasting name for it, by where these stand."""
    meant: Mapping[Place, Version] = field(default_factory=dict)
    """The version that a review means, by where the review stands."""
    remarks: tuple[str, ...] = ()
    assessments: Assessments = NO_ASSESSMENTS


def conclude(
    context: Context,
    inspected: Sequence[Inspected],
    receipts: Mapping[str, Receipt],
    decisions: Decisions,
    *,
    whole: bool,
    zone: dt.tzinfo,
    merged: Set[str] = frozenset(),
    past: Past = NO_PAST,
) -> Conclusion:
    """Which rows count, which findings stand, and in what order everything is shown.

    Reviews are applied only where the whole inbox was looked at: among a few files nobody knows which came first.
    """
    filed = tuple(_filed(context, [_as_sent(one, context, past) for one in inspected]))
    heard = hear(context, [one for one in filed if one.ret.assessor], receipts)
    own, settled = [one for one in filed if not one.ret.assessor], heard.assessments.settled
    read = [one.ret for one in own if one.ret.status is ReturnStatus.READ and one.ret.department]
    reviewed = apply_reviews(number_versions(read, receipts), decisions.reviews if whole else (), zone, merged)
    counting = Counting.of(context, mark_repeats(reviewed.versions))
    chains = find_chains(decisions.amendments)
    amended = {
        place: amend(
            as_assessed(counting.entries.get(place), settled.get(place)), chain, _carried(place, counting, past)
        )
        for place, chain in chains.items()
    }
    found = _find(own, Round(context, counting, receipts, decisions, amended, whole, past, heard.assessments))
    findings = [waive(correct(finding, amended, context), decisions, context) for finding in found]
    findings += heard.findings
    records = _records(filed, receipts, counting, heard.assessments)
    by_number = {(one.department, one.number): one for one in counting.versions}
    idle = find_idle(context, decisions, findings, reviewed.unresolved, chains, counting.entries) if whole else ()
    return Conclusion(
        tuple(sorted(records.values(), key=partial(_record_order, context))),
        tuple(sorted(findings, key=partial(_finding_order, context))),
        tuple(_rows(context, counting, records, _lay_over(amended, settled, counting))),
        counting.versions,
        dict(_labels(reviewed, context)),
        {review.place: by_number[version.department, version.number] for review, version in reviewed.meant},
        tuple(idle),
        heard.assessments,
    )


def _lay_over(
    amended: Mapping[RowPlace, Mapping[str, Amended]], settled: Mapping[RowPlace, Assessed], counting: Counting
) -> Mapping[RowPlace, Mapping[str, Amended]]:
    """What stands in the master instead of departments' answers: assessors' figures, and over these the register."""
    figures = {place: settle(place, counting.entries.get(place), one) for place, one in settled.items()}
    return {place: {**figures.get(place, {}), **amended.get(place, {})} for place in {**figures, **amended}}


def _carried(place: RowPlace, counting: Counting, past: Past) -> Mapping[str, Scalar]:
    """What still holds of a row from an earlier cycle; whatever was answered in this one comes first."""
    if not past or place in counting.counted or any(counting.waiting(*place)):
        return {}
    found = find_settled(counting.context.template.main, past, *place)
    return {} if found is None else found[1].values


def _find(filed: Iterable[Inspected], round_: Round) -> Iterator[Finding]:
    """The findings that still matter, of each return and of all together, as far as returns themselves settle them."""
    counting, context, past = round_.counting, round_.context, round_.past
    for one in filed:
        for finding in one.findings:
            if counting.keeps(finding, one.ret) and not is_quiet(finding, one.ret, context, past):
                told = renew(explain(finding, counting.entries), one.ret, counting.counted, context, past)
                yield outdate(told, one.ret, round_.receipts, counting.latest, context)
    for finding in judge_round(round_):
        yield finding if stays_unexplained(finding, round_) else explain(finding, counting.entries)


def _labels(reviewed: Reviewed, context: Context) -> Iterator[tuple[Place, str]]:
    """What was typed stays, with the content's mark behind it: numbers and names may come to mean another content."""
    for review, version in reviewed.meant:
        typed = review.version.strip()
        if not is_lasting(typed, version):
            numbered = version_number(typed) == version.number
            yield review.place, f"{typed} {version.mark if numbered else version.label(context.language)}".strip()


def _as_sent(one: Inspected, context: Context, past: Past) -> Inspected:
    """A form that came back untouched is a blank one, though answers of goals that are settled stand in it."""
    if not is_untouched(one.ret, context, past):
        return one
    entries = tuple(replace(entry, answers={}) for entry in one.ret.entries)
    ret = replace(one.ret, entries=entries, notes=(*one.ret.notes, Note("S108", {"rest": ""})))
    return replace(one, ret=ret, findings=tuple(judge(ret, context)))


def _filed(context: Context, inspected: Sequence[Inspected]) -> Iterator[Inspected]:
    """Companions and unreadable files, filed under the department that name or neighbours speak for."""
    owners: dict[str, set[str]] = {}
    for one in inspected:
        if one.ret.status is ReturnStatus.READ and one.ret.department is not None:
            owners.setdefault(one.ret.file.rpartition("/")[0], set()).add(one.ret.department)
    for one in inspected:
        file = one.ret.file
        useless = one.ret.status in (ReturnStatus.ATTACHED, ReturnStatus.QUARANTINED)
        if one.ret.department is None and useless and not one.ret.assessor:
            code = owner_by_name(file, context.plan) or owner_by_neighbours(file, owners)
            findings = tuple(replace(finding, department=code) for finding in one.findings)
            one = Inspected(replace(one.ret, department=code), findings)
        yield one


def _records(
    inspected: Iterable[Inspected], receipts: Mapping[str, Receipt], counting: Counting, assessments: Assessments
) -> dict[int, ReturnRecord]:
    versions = {(one.department, file): one for one in counting.versions for file in one.files}
    forms: dict[str, int] = {}
    found = {}
    for one in inspected:
        ret = one.ret
        form = forms.setdefault(ret.file, 0)
        forms[ret.file] += 1
        record = ReturnRecord(
            ret.file,
            ret.department,
            ret.status,
            id(ret) in counting.counting or (ret.file, ret.sheet) in assessments.counting,
            ret.sha256,
            receipts[ret.file],
            ret.size,
            ret.sheet,
            form,
            ret.leftovers,
            ret.signed,
            goals=ret.goals,
        )
        if ret.status is ReturnStatus.READ and ret.identity is not None:
            record = replace(record, revision=ret.identity.revision, part=len(ret.part), current=ret.current)
        version = versions.get((ret.department or "", ret.file)) if ret.status is ReturnStatus.READ else None
        if version is not None:
            original = None if version.file == ret.file else version.file
            record = replace(record, version=version.number, fate=version.fate, review=version.review, copy_of=original)
        found[id(ret)] = record
    return found


def _rows(
    context: Context,
    counting: Counting,
    records: Mapping[int, ReturnRecord],
    amended: Mapping[RowPlace, Mapping[str, Amended]],
) -> Iterator[Row]:
    """The rows of the master: every goal of every department in plan order, then what stands in spare rows."""
    for department in context.plan.departments:
        code = department.code
        reviewed = counting.reviewed(code)
        goals = [(goal.id, goal, context.role(goal, code)) for goal in context.plan.goals_of(code)]
        added = [(name, None, "") for name in context.spare_ids() if (code, id_key(name)) in counting.counted]
        for name, goal, role in [*goals, *added]:
            place = (code, id_key(name))
            _, entry, ret = counting.counted.get(place, (None, None, None))
            before = reviewed.get(place)
            open_cells = context.open_cells(goal, code)
            yield Row(
                code,
                name,
                goal,
                role,
                entry,
                None if ret is None else records[id(ret)],
                {key: one for key, one in amended.get(place, {}).items() if key in open_cells},
                None if before is None else before[1],
                tuple(Waiting(held, records[id(form)]) for held, form in counting.waiting(*place)),
            )


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
