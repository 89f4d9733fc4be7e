"""Reports as text for a terminal: by department, must-fix first, form faults apart from facts about the work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.context import Context
from kpi_xlsx.feedback import Copy, Feedback
from kpi_xlsx.model import Finding, Kind, Language, ReturnStatus, Severity, State, clip, counted, id_key
from kpi_xlsx.outbox import KINDS, SUPPLEMENT, Outbox, Part
from kpi_xlsx.reading import printable
from kpi_xlsx.report import Report

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_HEADINGS = {Kind.FORM: ("填报问题", "About the return"), Kind.WORK: ("工作情况", "About the work")}


def show_report(report: Report, *, infos: bool) -> Iterator[str]:
    """The lines of a report. Infos are counted, and listed only if asked for."""
    context = report.context
    say = context.language.say
    yield _counts_line(report)
    shown = [one for one in report.findings if infos or one.severity is not Severity.INFO]
    groups: dict[tuple[str | None, bool], list[Finding]] = {}
    for one in shown:
        of_assessor = one.department is None and (one.file is None or one.file in report.assessments.files)
        groups.setdefault((one.department, of_assessor), []).append(one)
    for (code, of_assessor), findings in groups.items():
        yield ""
        yield click.style(_department_line(context, code, findings, of_assessor=of_assessor), bold=True)
        yield from _department(context, findings)
    yield ""
    yield _total_line(report)
    hidden = len(report.findings) - len(shown)
    if hidden:
        yield say(
            f"另有 {hidden} 条提示，加 --verbose 可以看到。",
            f"{hidden} more for information; add --verbose to see them.",
        )


def show_plan_findings(findings: Sequence[Finding], context: Context) -> Iterator[str]:
    """The lines of what is to be said of the plan; none if there is nothing."""
    if findings:
        say = context.language.say
        title = say("目标表与上一期比对", "The plan against that of the previous cycle")
        if any(one.code != "P101" for one in findings):
            title = say("考核目标表", "The plan")
        tally = _tally(context.language, findings)
        yield ""
        yield click.style(say(f"{title}　{tally}", f"{title}: {tally}"), bold=True)
        for one in findings:
            yield from _finding(context, one)


def _on_one_line(name: str) -> str:
    """A file's name as it can be shown: it must not write lines of its own, nor turn those of others round."""
    return printable(name).replace("\n", "\u240a")


def _counts_line(report: Report) -> str:
    """How many files came, bundles and what is in them each counted once, and to which end each of them came."""
    ends: dict[str, ReturnStatus] = {}
    for record in report.returns:
        if ends.get(record.file) is not ReturnStatus.READ:
            ends[record.file] = record.status
    counts = Counter(ends.values())
    read, attached, ignored, aside = (counts[status] for status in ReturnStatus)
    say = report.context.language.say
    bundles = sum(record.bundle for record in report.returns)
    packed = say(f"（其中压缩包 {bundles} 个）", f" (archives among them: {bundles})") if bundles else ""
    return say(
        f"收到 {len(ends)} 件{packed}：读取 {read}，附件 {attached}，忽略 {ignored}，无法采用 {aside}",
        f"{counted(len(ends), 'file')}{packed}: {read} read, {attached} attached, {ignored} ignored, {aside} set aside",
    )


def _department_line(context: Context, code: str | None, findings: Iterable[Finding], *, of_assessor: bool) -> str:
    department, say = context.plan.by_code.get(code or ""), context.language.say
    nobody = say("评分单位", "Assessors") if of_assessor else say("认不出单位的文件", "Files of no known department")
    name = f"{department.code} {department.name}" if department else nobody
    return (
        f"{name}　{_tally(context.language, findings)}"
        if context.language is Language.ZH
        else f"{name}: {_tally(context.language, findings)}"
    )


def _tally(language: Language, findings: Iterable[Finding]) -> str:
    counts = Counter((one.severity if one.state is State.OPEN else None) for one in findings)
    parts = [SEVERITY_WORDS[severity][language] + f" {counts[severity]}" for severity in Severity if counts[severity]]
    if counts[None]:
        parts.append(language.say(f"已说明 {counts[None]}", f"Explained {counts[None]}"))
    return language.say("，", ", ").join(parts)


def _department(context: Context, findings: list[Finding]) -> Iterator[str]:
    for kind in Kind:
        ours = [one for one in findings if one.kind is kind]
        if ours:
            yield f"  {context.language.say(*_HEADINGS[kind])}"
            order = list(Severity)
            for one in sorted(
                ours, key=lambda finding: (finding.state is State.EXPLAINED, order.index(finding.severity))
            ):
                yield from _finding(context, one)


def _finding(context: Context, one: Finding) -> Iterator[str]:
    say = context.language.say
    if one.state is State.EXPLAINED:
        word = click.style(say("已说明", "Explained"), fg="green")
    else:
        word = click.style(SEVERITY_WORDS[one.severity][context.language], fg=_COLOURS[one.severity])
    goal = context.plan.by_key.get(id_key(one.goal or ""))
    place = [
        say(f"目标 {one.goal} {goal.name if goal else ''}", f"Goal {one.goal} {goal.name if goal else ''}").strip()
        if one.goal
        else "",
        _on_one_line(one.file or ""),
        "!".join(filter(None, (one.sheet, one.cell))) if one.cell else "",
    ]
    grounds = one.grounds and say(f"（{one.grounds}）", f"({one.grounds})")
    hint = grounds if one.state is State.EXPLAINED else one.hint
    words = " ".join(filter(None, (one.message, hint))) if context.language is Language.EN else one.message + hint
    where = "  ".join(filter(None, place))
    if where:
        yield f"    {word}  {click.style(where, dim=True)}"
        yield f"        {words} [{one.code}]"
    else:
        yield f"    {word}  {words} [{one.code}]"


def _total_line(report: Report) -> str:
    say = report.context.language.say
    states = Counter(one.state if one.severity is not Severity.INFO else None for one in report.findings)
    if not states[State.OPEN] and not states[State.EXPLAINED]:
        return click.style(say("没有要处理的问题。", "Nothing needs to be done."), fg="green")
    return say("合计：", "In all: ") + _tally(report.context.language, (one for one in report.findings))


def show_quiet(outbox: Outbox, language: Language) -> Iterator[str]:
    """The departments of which nothing is asked this period: who has no form, and how many have one all the same."""
    say = language.say
    if outbox.left_out:
        names = say("、", ", ").join(f"{one.code} {one.name}" for one in outbox.left_out)
        yield say(f"本期无需报送，没有生成：{names}", f"Not required this period, no form was written: {names}")
    if outbox.idle:
        yield say(
            f"其中 {outbox.idle} 份本期没有要填的目标，单位无需报送。",
            f"{counted(outbox.idle, 'form')} of these {'asks' if outbox.idle == 1 else 'ask'} nothing this period; "
            "no return is required.",
        )


def show_outbox(done: Outbox, folder: Path, language: Language, *, supplement: bool) -> Iterator[str]:
    """The lines of an account of forms: how many, for whom those with only some goals are, what was moved away."""
    say, place = language.say, folder.as_posix()
    supplements = [part for part in done.parts if part.kind == SUPPLEMENT]
    forms = len(done.forms) - len(supplements)
    unchanged = done.unchanged - sum(part.unchanged for part in supplements)
    role = next((say(*KINDS[part.kind]) for part in done.parts if part.kind != SUPPLEMENT), "")
    which = say(f"（只含{role}的目标）", f" ({role} goals only)") if role else ""
    if forms or not supplement:
        yield say(
            f"{forms} 份填报表{which}在 {place}/：新写 {forms - unchanged} 份，没有变化 {unchanged} 份",
            f"{counted(forms, 'form')}{which} in {place}/: {forms - unchanged} written, {unchanged} unchanged",
        )
    if supplements:
        yield say(
            f"{len(supplements)} 份补充表在 {place}/，只含有调整的目标，请发给：",
            f"{counted(len(supplements), 'supplement')} in {place}/, with only the goals that changed; send them to:",
        )
        yield from (f"  {_supplement(part, language)}" for part in supplements)
    elif supplement and not forms:
        yield say(
            f"与已发的填报表（{place}/）相比，目标没有调整，不用补发。",
            f"No goal is otherwise than in the forms in {place}/: nothing needs to be sent.",
        )
    if done.covered:
        yield say(
            f"{len(done.covered)} 份补充表的内容已在完整的填报表里，移到了 {place}/old/",
            f"{counted(len(done.covered), 'supplement')}, now covered by the whole forms, moved to {place}/old/",
        )
    if done.moved:
        yield say(
            f"原有的 {len(done.moved)} 份与现在不同，移到了 {place}/old/",
            f"{counted(len(done.moved), 'earlier form')} no longer current moved to {place}/old/",
        )


def show_assessor_forms(done: Outbox, language: Language) -> Iterator[str]:
    """The lines of an account of assessors' forms."""
    say, place = language.say, done.forms[0].parent.as_posix()
    new = len(done.forms) - done.unchanged
    yield say(
        f"{len(done.forms)} 份评分表在 {place}/：新写 {new} 份，没有变化 {done.unchanged} 份",
        f"{counted(len(done.forms), 'assessment form')} in {place}/: {new} written, {done.unchanged} unchanged",
    )
    if done.moved:
        yield say(
            f"原有的 {len(done.moved)} 份与现在不同，移到了 {place}/old/",
            f"{counted(len(done.moved), 'earlier form')} no longer current moved to {place}/old/",
        )


def _supplement(part: Part, language: Language) -> str:
    """One supplement on a line: for whom, with which goals, the file."""
    say = language.say
    goals = clip(say("、", ", ").join(part.goals))
    left = say("（没有变化）", " (unchanged)") if part.unchanged else ""
    words = say(f"目标 {goals}", f"{'goal' if len(part.goals) == 1 else 'goals'} {goals}")
    return f"{part.department.code} {part.department.name}  {words}  {part.path.name}{left}"


def show_feedback(done: Feedback, folder: Path, language: Language) -> Iterator[str]:
    """The lines of an account of feedback copies: for whom, how much is to be done, and whom nobody could answer."""
    say, place = language.say, folder.as_posix()
    unchanged = sum(copy.unchanged for copy in done.copies)
    new = len(done.copies) - unchanged
    if done.copies:
        yield say(
            f"{len(done.copies)} 份退回表在 {place}/：新写 {new} 份，没有变化 {unchanged} 份",
            f"{counted(len(done.copies), 'copy', 'copies')} in {place}/: {new} written, {unchanged} unchanged",
        )
    else:
        yield click.style(say("没有要退回修改的表。", "Nothing needs to be sent back."), fg="green")
    for copy in done.copies:
        yield f"  {_copy(copy, language)}"
    if done.moved:
        yield say(
            f"原有的 {len(done.moved)} 份已被替换或不再需要，移到了 {place}/old/",
            f"{counted(len(done.moved), 'earlier copy', 'earlier copies')}, replaced or no longer needed, moved to "
            f"{place}/old/",
        )
    if done.unanswered:
        yield ""
        yield say(
            "下列文件没有写退回表（认不出是哪个单位的，或是评分单位的）：",
            "There is no copy for these files: nothing says whose they are, or they are an assessor's:",
        )
        for one in done.unanswered:
            words = one.message + one.hint if language is Language.ZH else f"{one.message} {one.hint}"
            yield f"  {_on_one_line(one.file or '')}"
            yield f"    {words} [{one.code}]"


def _copy(copy: Copy, language: Language) -> str:
    """One copy on a line: whose, how much is to be done, the file."""
    say = language.say
    parts = [SEVERITY_WORDS[Severity.ERROR][language] + f" {copy.errors}"] if copy.errors else []
    parts += [SEVERITY_WORDS[Severity.WARNING][language] + f" {copy.warnings}"] if copy.warnings else []
    if copy.blank:
        parts = [say("空白表，收到的内容没有能搬过来的", "a blank form: nothing that came in could be moved into it")]
    elif not parts:
        parts = [say("没有要改的格", "nothing to be fixed")]
    left = say("（没有变化）", " (unchanged)") if copy.unchanged else ""
    department = f"{copy.department.code} {copy.department.name}"
    return f"{department}  {say('，', ', ').join(parts)}  {copy.path.name}{left}"
