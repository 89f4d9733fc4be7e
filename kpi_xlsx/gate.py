"""What stands against publishing a notice, a line for each reason, and what a person is to look at; no file here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from kpi_xlsx.decisions import AmendmentState
from kpi_xlsx.model import Finding, Language, Severity, State, clip, comparable, counted, plain
from kpi_xlsx.publication import (
    PublicRow,
    led_goals,
    progress_column,
    public_edits,
    released,
    settled,
)
from kpi_xlsx.releases import Release, find_release
from kpi_xlsx.report import Report
from kpi_xlsx.standing import Status
from kpi_xlsx.unsettled import listed

_DOUBTS: Mapping[tuple[str, str], re.Pattern[str]] = {
    ("像是手机号码", "looks like a mobile number"): re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"),
    ("像是身份证号", "looks like an identity number"): re.compile(
        r"(?<!\d)\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])\d{5}[\dXx](?!\d)"
    ),
    ("涉密字样", "marked as not public"): re.compile(
        r"绝密|机密|秘密|内部|\b(?:top secret|secret|confidential|internal|official-sensitive)\b", re.IGNORECASE
    ),
    ("说有附件，公示里没有附件", "speaks of an attachment, and the notice has none"): re.compile(
        r"见附件|附件[0-9一二三四五六七八九十]|附后|\b(?:see (?:the )?(?:attachment|annex|appendix)|attached)\b",
        re.IGNORECASE,
    ),
}


def tell_reasons(report: Report, status: Status, plan: Iterable[Finding], codes: Collection[str]) -> Iterator[str]:
    """Everything that stands against publishing the goals that these departments lead.

    `plan`: what was found in the plan, against that of the cycle before.
    """
    context = report.context
    yield from _undecided(report, codes)
    ours = frozenset(one.code for one, goal in led_goals(context, codes) if released(goal, context))
    yield from _unpassed(report, status, ours)
    yield from _errors(report, ours)
    yield from _unconfirmed(report, ours)
    yield from _outdated(report, ours)
    for one in plan:
        if one.code == "P101":
            yield f"{one.code} {one.message}"


def _undecided(report: Report, codes: Collection[str]) -> Iterator[str]:
    """Goals of which the plan does not say whether they are published, or not in words that are known."""
    context = report.context
    say, sheet, edits = context.language.say, context.plan.sheet, public_edits(report)
    heading = sheet.headings.get("publish", "publish")
    blank: list[str] = []
    for department, goal in led_goals(context, codes):
        release = find_release(goal, asked=context.plan.publishes)
        if release is Release.UNDECIDED:
            blank.append(goal.id)
        elif release is Release.UNREADABLE:
            word = clip(plain(goal.cells.get("publish")), 20)
            yield say(
                f"{goal.id} 的“{heading}”写的是“{word}”，看不懂。请写 是、否、摘要公开 或 另行报送。",
                f"{goal.id}: “{word}” under “{heading}” is not understood. Write yes, no or summary.",
            )
        elif (
            release is Release.SUMMARY
            and (department.code, goal.key) not in edits
            and not plain(goal.cells.get("public_text")).strip()
        ):
            yield say(
                f"{goal.id} 只公开摘要，可是 plan.xlsx 的“公开表述”没有写。",
                f"{goal.id} is published as a summary only, but its public_text in plan.xlsx is blank.",
            )
    if blank:
        yield say(
            f"{len(blank)} 个目标没有写“{heading}”：{listed(blank, context.language)}。请在 plan.xlsx 里写 是 或 否。",
            f"{counted(len(blank), 'goal')} with a blank under “{heading}”: {listed(blank, context.language)}. "
            "Write yes or no in plan.xlsx.",
        )


def _unpassed(report: Report, status: Status, codes: Collection[str]) -> Iterator[str]:
    """Returns that nobody has passed; where the round was closed without a return, that was decided."""
    say, language = report.context.language.say, report.context.language
    ours = [one for one in status.standings if one.code in codes and one.asked]
    missing = [one.name for one in ours if one.record is None]
    if missing and not report.decisions.closings:
        yield say(
            f"{len(missing)} 个单位未报送：{listed(missing, language)}。"
            "要不等它们就公示，请先写明原因结账（kpi-xlsx close）。",
            f"{counted(len(missing), 'department')} did not report: {listed(missing, language)}. To publish without "
            "them, close the round with a reason first (kpi-xlsx close).",
        )
    unpassed = [one.name for one in ours if one.record is not None and not one.reviewed]
    if unpassed:
        yield say(
            f"{len(unpassed)} 个单位的报送件没有审核通过：{listed(unpassed, language)}。请在登记簿“审核”里写明结论。",
            f"{counted(len(unpassed), 'department')} with a return that is not cleared: {listed(unpassed, language)}. "
            "Enter the verdict in the register's sheet Reviews.",
        )


def _errors(report: Report, codes: Collection[str]) -> Iterator[str]:
    open_ = [
        one
        for one in report.findings
        if one.severity is Severity.ERROR
        and one.state is State.OPEN
        and one.code not in ("X101", "P101")  # which are said by themselves
        and (one.department is None or one.department in codes)
    ]
    if open_:
        names = (" ".join(filter(None, (_name(report, one), one.goal, one.code))) for one in open_)
        shown = listed(dict.fromkeys(names), report.context.language)
        yield report.context.language.say(
            f"必须修改的还有 {len(open_)} 条：{shown}。请退回修改，或在登记簿里更正、免予说明。",
            f"{counted(len(open_), 'error')} open: {shown}. Send the return back, or settle it in the register.",
        )


def _unconfirmed(report: Report, codes: Collection[str]) -> Iterator[str]:
    context = report.context
    pending = [
        one for one in report.decisions.amendments if one.state is AmendmentState.PROPOSED and one.department in codes
    ]
    if pending:
        names = (f"{context.row_id(one.goal)} ({one.place.told(context.language)})" for one in pending)
        shown = listed(names, context.language)
        yield context.language.say(
            f"{len(pending)} 处更正待确认：{shown}。请在登记簿“更正”里写明已采用或不采用。",
            f"{counted(len(pending), 'amendment')} nobody has decided on: {shown}. Write “applied” or “rejected” "
            "beside each in the register.",
        )


def _outdated(report: Report, codes: Collection[str]) -> Iterator[str]:
    """Public words that were written when the department had said something else, and amendments of such."""
    context, key = report.context, progress_column(report.context)
    rows = {(row.department, row.goal.key): row for row in report.entries if row.goal is not None}
    edits = public_edits(report)
    stale = [
        f"{context.row_id(one.goal)} ({one.place.told(context.language)})"
        for place, one in edits.items()
        if one.department in codes and place in rows and one.old is not None
        if comparable(one.old) != comparable(settled(report, rows[place], key))
    ]
    stale += [
        f"{row.id} ({one.amendment.place.told(context.language)})"
        for row in report.entries
        for one in row.amended.values()
        if one.conflict and row.department in codes
    ]
    if stale:
        shown = listed(stale, context.language)
        yield context.language.say(
            f"{len(stale)} 处更正以后，单位又改了原文：{shown}。请重新确认。",
            f"{counted(len(stale), 'amendment')} of words that the department has changed since: {shown}. Decide anew.",
        )


def _name(report: Report, finding: Finding) -> str:
    """Whose it is; a file that is nobody's may be anybody's."""
    department = report.context.plan.by_code.get(finding.department or "")
    return finding.file or finding.department or "?" if department is None else department.name


def tell_doubts(rows: Sequence[PublicRow], headings: Mapping[str, str], language: Language) -> Iterator[str]:
    """What a machine cannot judge: a line for each thing that a person is to look at before it is public."""
    for row in rows:
        for key, heading in headings.items():
            text = unicodedata.normalize("NFKC", row.texts[key])
            for words, pattern in _DOUBTS.items():
                for found in dict.fromkeys(one[0] for one in pattern.finditer(text)):
                    yield language.say(
                        f"{row.goal.id}“{heading}”：“{found}”{words[0]}",
                        f"{row.goal.id}, {heading}: “{found}” {words[1]}",
                    )
