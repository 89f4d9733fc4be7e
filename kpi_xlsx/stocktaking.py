"""Taking stock of a round from its judged inbox, the register and what is kept; nothing here reads a file.

A department's stage is the first of these that holds:

1. not required: nothing is asked of it this period, and nothing that can be read came from it
2. nothing that can be read came from it: not issued, if no form was ever made for it; issued, while its deadline (its
   extension, else support_by if it only supports, else return_by, else the period's last day) is not over; not
   received, after that. A file that cannot be used changes none of these.
3. new version held: something came after a version was passed, and nobody has decided on it
4. partly received: goals that are asked of it stand in none of its forms (X109). Its deadline is that of the part that
   is missing.
5. cleared: the newest version that counts was passed
6. sent back: the newest version was, and nothing newer came
7. awaiting explanation: the department has something to explain, but no fault of the form that it must fix. What only
   the office settles (`settling.OFFICE_ONLY`) does not count here, nor a useless file beside a return that counts.
8. late: by the register the return came after the department's deadline
9. received
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xlsx.archived import Since
from kpi_xlsx.briefing import brief
from kpi_xlsx.decisions import Fate
from kpi_xlsx.handover import NOWHERE, Whereabouts
from kpi_xlsx.model import Department, Finding, Kind, ReturnStatus, Role, Severity, State, id_key
from kpi_xlsx.portions import PART_MISSING, Portion, deadline, find_missing, goals_in
from kpi_xlsx.report import Report, ReturnRecord
from kpi_xlsx.rhythm import asked_goals, asks_something
from kpi_xlsx.settings import Settings
from kpi_xlsx.settling import asks, beside_the_point
from kpi_xlsx.standing import Condition, Stage, Standing, Status, period_over
from kpi_xlsx.versions import differing

FORMS = ("form", "lead", "support", "supplement")
"""As what a form is remembered that was written for a department to fill in: whole, or with some goals only."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What else is known of a round: from the ledger, and from what lies in the folder."""

    written: Mapping[tuple[str, str], dt.datetime]
    """When something was last written, by its kind and department."""
    issued: frozenset[str]
    """Departments whose form lies in the outbox, whatever the ledger knows."""
    seen: frozenset[tuple[str, str]]
    """The files of the last merge, by name and sha256."""
    findings: Sequence[Finding]
    """What the last merge found."""
    master: bool
    """Whether there is a master."""
    decided: bool = False
    """Whether the register was changed after the master was written, as far as the files' times tell, or the master by
    hand."""
    places: Whereabouts = NOWHERE
    """Where earlier cycles, master and archive lie."""
    since: Since | None = None
    """What is not as the newest archive has it."""


def take_stock(report: Report, settings: Settings, kept: Kept, now: dt.datetime) -> Status:
    """Where the round stands by a judged inbox, the register and what is kept, at a moment that the caller names."""
    moment = now if now.tzinfo else now.replace(tzinfo=settings.zone)
    standings = tuple(_stand(report, settings, kept, moment, one) for one in report.context.plan.departments)
    closings = report.decisions.closings
    new = {one.file for one in report.returns if one.sha256 and (one.file, one.sha256) not in kept.seen}
    found = Status(
        settings,
        report.context,
        moment,
        standings,
        closings[-1] if closings else None,
        tuple(one for one in report.share(None).returns if one.status is ReturnStatus.QUARANTINED),
        len(new),
        kept.decided or [*map(_gist, report.findings)] != [*map(_gist, kept.findings)],
        kept.master,
        report.remarks,
        since=kept.since,
        assessors=report.assessments.missing,
    )
    return replace(found, handover=brief(found, report, kept.places))


# --- one department ---------------------------------------------------------------------------------------------------


def _stand(report: Report, settings: Settings, kept: Kept, now: dt.datetime, department: Department) -> Standing:
    code, context, decisions, share = department.code, report.context, report.decisions, report.share(department.code)
    read = [one for one in share.returns if one.status is ReturnStatus.READ and one.copy_of is None]
    in_play = [one for one in read if one.fate is Fate.IN_PLAY]
    record = max(in_play or read, key=_age, default=None)
    findings = tuple(one for one in share.findings if one.severity is not Severity.INFO)
    counting = share.counting
    parts = _find_parts(report, department)
    lacking = [goal for part in parts for goal in part.goals]
    due = deadline(context, report.past, decisions, code, lacking) or period_over(settings)
    blank = Standing(
        department,
        asks_something(context, report.past, code),
        Stage.RECEIVED,
        Condition.CLEAN,
        due,
        decisions.until.get(code),
        max((kept.written[kind, code] for kind in FORMS if (kind, code) in kept.written), default=None),
        kept.written.get(("feedback", code)),
        kept.written.get(("sent", code)),
        record,
        any(
            one.receipt.late(deadline(context, report.past, decisions, code, one.goals))
            for one in in_play
            if one.counts or one is record
        ),
        findings,
        tuple(one for one in findings if asks(one) and not beside_the_point(one, counting)),
        tuple(sorted((one for one in read if one.fate is Fate.HELD), key=_age)),
        sum(len(differing(row.entry, one.entry)) for row in share.entries for one in row.waiting),
        len({one.sha256 for one in read}),
        sum(one.status is ReturnStatus.ATTACHED for one in share.returns),
        tuple(one for one in share.returns if one.status is ReturnStatus.QUARANTINED),
        decisions.paper.get(code),
        parts,
        _find_support_due(report, code, lacking, due) if record is None or parts else None,
    )
    issued = blank.generated is not None or code in kept.issued
    return replace(blank, stage=_find_stage(blank, issued, now), state=_find_condition(blank))


def _find_parts(report: Report, department: Department) -> tuple[Portion, ...]:
    """What is still to come of a department of which only parts came, as X109 has it."""
    share = report.share(department.code)
    if not any(one.code == PART_MISSING and one.state is State.OPEN for one in share.findings):
        return ()
    read = (one for one in share.returns if one.status is ReturnStatus.READ and one.fate is not Fate.DISMISSED)
    answered = {id_key(row.id) for row in share.entries if row.entry is not None}
    return find_missing(report.context, report.past, department.code, [one.goals for one in read], answered)


def _find_support_due(report: Report, code: str, form: Collection[str], due: dt.datetime) -> dt.datetime | None:
    """When what is to come of a department as a supporter is due, if that is before the rest."""
    context, decisions = report.context, report.decisions
    listed = {goal.key for goal in goals_in(context, code, form)}
    supports = [
        goal.id
        for goal in asked_goals(context, report.past, code)
        if goal.key in listed and context.role_of(goal, code) is Role.SUPPORT
    ]
    own = deadline(context, report.past, decisions, code, supports) if supports else None
    return own if own is not None and own < due else None


def _age(record: ReturnRecord) -> tuple[int, dt.datetime, str]:
    return record.version, record.receipt.moment, record.file


def _find_stage(one: Standing, issued: bool, now: dt.datetime) -> Stage:
    """The first stage that holds, in the order in which this module names them."""
    if one.record is None:
        if not one.asked:
            return Stage.NOT_REQUIRED
        if not issued:
            return Stage.NOT_ISSUED
        return Stage.MISSING if now > one.due else Stage.ISSUED
    if one.held:
        return Stage.HELD
    if one.parts:
        return Stage.PARTLY
    if one.passed:
        return Stage.CLEARED
    if one.sent_back:
        return Stage.SENT_BACK
    asked = one.pointed_out
    if asked and not any(finding.severity is Severity.ERROR and finding.kind is Kind.FORM for finding in asked):
        return Stage.AWAITING
    return Stage.LATE if one.late else Stage.RECEIVED


def _find_condition(one: Standing) -> Condition:
    if one.record is None:
        if one.unusable:
            return Condition.QUARANTINED
        return Condition.MISSING if one.asked else Condition.CLEAN
    return Condition.ERRORS if one.errors else Condition.WARNINGS if one.warnings else Condition.CLEAN


def _gist(finding: Finding) -> tuple[object, ...]:
    """What makes two findings the same, words aside."""
    return finding.code, finding.state, finding.department, finding.goal, finding.column, finding.file, finding.cell
