"""Taking stock of a round from its judged inbox, the register and what is kept; nothing here reads a file.

A department's stage is the first of these that holds:

1. not required: nothing is asked of it this period, and nothing that can be read came from it
2. nothing that can be read came from it: not issued, if no form was ever made for it; issued, while its deadline (its
   extension, else return_by, else the period's last day) is not over; not received, after that. A file that cannot be
   used changes none of these.
3. new version held: something came after a version was passed, and nobody has decided on it
4. cleared: the newest version that counts was passed
5. sent back: the newest version was, and nothing newer came
6. awaiting explanation: the department has something to explain, but no fault of the form that it must fix. What only
   the office settles (`settling.OFFICE_ONLY`) does not count here, nor a useless file beside a return that counts.
7. late: by the register the return came after the department's deadline
8. received
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xlsx.decisions import Fate, Verdict
from kpi_xlsx.model import Department, Finding, Kind, ReturnStatus, Severity
from kpi_xlsx.report import Report, ReturnRecord
from kpi_xlsx.settings import Settings
from kpi_xlsx.settling import asks, beside_the_point
from kpi_xlsx.standing import Condition, Stage, Standing, Status, period_over
from kpi_xlsx.versions import differing


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


def take_stock(report: Report, settings: Settings, kept: Kept, now: dt.datetime) -> Status:
    """Where the round stands by a judged inbox, the register and what is kept, at a moment that the caller names."""
    moment = now if now.tzinfo else now.replace(tzinfo=settings.zone)
    standings = tuple(_stand(report, settings, kept, moment, one) for one in report.context.plan.departments)
    closings = report.decisions.closings
    new = {one.file for one in report.returns if one.sha256 and (one.file, one.sha256) not in kept.seen}
    return Status(
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
    )


# --- one department ---------------------------------------------------------------------------------------------------


def _stand(report: Report, settings: Settings, kept: Kept, now: dt.datetime, department: Department) -> Standing:
    code, context, decisions, share = department.code, report.context, report.decisions, report.share(department.code)
    read = [one for one in share.returns if one.status is ReturnStatus.READ and one.copy_of is None]
    in_play = [one for one in read if one.fate is Fate.IN_PLAY]
    record = max(in_play or read, key=_age, default=None)
    findings = tuple(one for one in share.findings if one.severity is not Severity.INFO)
    counting = share.counting
    deadline = decisions.deadline(code, context.return_by)
    blank = Standing(
        department,
        any(map(context.asks, context.plan.goals_of(code))),
        Stage.RECEIVED,
        Condition.CLEAN,
        deadline or period_over(settings),
        decisions.until.get(code),
        kept.written.get(("form", code)),
        kept.written.get(("feedback", code)),
        kept.written.get(("sent", code)),
        record,
        any(one.receipt.late(deadline) for one in in_play if one.counts or one is record),
        findings,
        tuple(one for one in findings if asks(one) and not beside_the_point(one, counting)),
        tuple(sorted((one for one in read if one.fate is Fate.HELD), key=_age)),
        sum(len(differing(row.entry, one.entry)) for row in share.entries for one in row.waiting),
        len({one.sha256 for one in read}),
        sum(one.status is ReturnStatus.ATTACHED for one in share.returns),
        tuple(one for one in share.returns if one.status is ReturnStatus.QUARANTINED),
        decisions.paper.get(code),
    )
    issued = blank.generated is not None or code in kept.issued
    return replace(blank, stage=_find_stage(blank, issued, now), state=_find_condition(blank))


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
    if one.passed:
        return Stage.CLEARED
    if one.record.review is not None and one.record.review.verdict is Verdict.SENT_BACK:
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
