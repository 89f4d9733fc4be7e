"""Where a round stands as text for a terminal: the counts, a line for each department, whom to chase, what to paste."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import click

from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.decisions import PAPER_WORDS, VERDICT_WORDS
from kpi_xlsx.lines import cells, padded
from kpi_xlsx.model import Language, Severity, counted
from kpi_xlsx.periods import show_time
from kpi_xlsx.reading import one_line
from kpi_xlsx.reminders import remind, remind_all, show_wanted
from kpi_xlsx.standing import Stage, Standing, Status, group_by_leader
from kpi_xlsx.versions import version_name

COLOURS = {
    Stage.NOT_ISSUED: "bright_black",
    Stage.ISSUED: "cyan",
    Stage.MISSING: "red",
    Stage.PARTLY: "red",
    Stage.LATE: "magenta",
    Stage.RECEIVED: "blue",
    Stage.SENT_BACK: "yellow",
    Stage.AWAITING: "yellow",
    Stage.CLEARED: "green",
    Stage.HELD: "magenta",
    Stage.NOT_REQUIRED: "bright_black",
}
WIDEST = 36
"""Longer names are shown whole, but do not push everybody's columns to the right."""
INDENT = " " * 4


def show_status(status: Status, width: int | None, *, by_leader: bool = False) -> Iterator[str]:
    """The counts, a line for each department in plan order, and whom to chase. `width` None: lines of any length."""
    yield from show_headline(status)
    if status.standings:
        yield ""
        yield from _departments(status, width)
    if status.chased and status.closing is None:
        yield ""
        yield from show_chase(status, width, by_leader=by_leader)


def show_headline(status: Status) -> Iterator[str]:
    """The title, the deadline, and how many are where."""
    say = status.language.say
    yield click.style(one_line(status.settings.full_title("", status.context.template.title)), bold=True)
    yield _deadline(status)
    if status.reviewer:
        yield say(f"只看审核人 {one_line(status.reviewer)} 的单位", f"Departments of {one_line(status.reviewer)} only")
    asked = status.count(lambda one: one.asked)
    came = status.count(lambda one: one.asked and one.record is not None)
    late, partly = status.count(lambda one: one.late), status.count(lambda one: bool(one.parts))
    beside = [say(f"迟报 {late}", f"{late} late")] if late else []
    beside += [say(f"只报来一部分 {partly}", f"{partly} only in part")] if partly else []
    among = say("（其中" + "，".join(beside) + "）", f" ({', '.join(beside)})") if beside else ""
    parts = [
        say(f"应报 {asked} 个单位", f"{counted(asked, 'department')} to report"),
        say(f"已报 {came}", f"{came} received") + among,
        say(f"未报 {asked - came}", f"{asked - came} not received"),
    ]
    yield say("，", ", ").join(parts)
    stages = [
        click.style(f"{stage.word(status.language)} {count}", fg=COLOURS[stage])
        for stage, count in status.stages().items()
        if count
    ]
    yield say("　", "   ").join(stages)
    if status.assessors and status.closing is None:
        left = [
            say(f"{one.assessor} {one.rows}/{one.total} 行", f"{one.assessor} {one.rows} of {one.total} rows")
            for one in status.assessors
        ]
        yield say("评分单位还没有核定：", "Still to be settled by assessors: ") + one_line(say("、", ", ").join(left))
    if status.strangers:
        names = say("、", ", ").join(one_line(one.file) for one in status.strangers)
        yield say(
            f"另有 {len(status.strangers)} 个文件无法采用，也认不出是哪个单位的：{names}",
            f"{counted(len(status.strangers), 'more file')} could not be used, and nothing says whose: {names}",
        )
    if status.closing is not None and status.copied is None:  # of a copy it is the other cycle's register
        closing = status.closing
        by = one_line(closing.by)
        yield say(
            f"登记簿写明本期已于 {closing.date} 结账{f'（{by}）' if by else ''}。",
            f"The register says that this round was closed on {closing.date}{f' ({by})' if by else ''}.",
        )
        yield from _closed(status)


def _closed(status: Status) -> Iterator[str]:
    """The archive of a closed round, and what is no longer as it has it."""
    say, since = status.language.say, status.since
    if since is None or since.reopened:
        yield say(
            "还没有存档，请运行 kpi-xlsx close；要重新打开本期，就删去登记簿“结账”里的这一行。",
            "It has no archive yet: run kpi-xlsx close; to open the round again, delete the row in the register's "
            "sheet Closing.",
        )
        return
    yield say(f"存档：{since.archived.name}", f"Archive: {since.archived.name}")
    count = len(since.corrections)
    if status.amended:
        yield say(
            f"结账后有 {count} 处登记的更正，已经汇总，还没有存档：请再运行 kpi-xlsx close。",
            f"{counted(count, 'correction')} registered since, merged but not archived: run kpi-xlsx close again.",
        )
    elif count:
        yield say(
            f"结账后有 {count} 处登记的更正。汇总（kpi-xlsx merge）后再存档一次（kpi-xlsx close）。",
            f"{counted(count, 'correction')} registered since. Merge (kpi-xlsx merge), then close again for a further "
            "archive (kpi-xlsx close).",
        )
    if since.came:
        names = say("、", ", ").join(one_line(one.file) for one in since.came)
        yield say(f"结账后又来的：{names}", f"Came after the closing: {names}")
    changed = [one_line(name) for name in (*since.settings, *since.gone)]
    if since.master and not since.corrections:
        changed.append(status.settings.master.name)
    if changed:
        names = say("、", ", ").join(changed)
        yield say(
            f"与存档不同或不见了：{names}。请从存档取回。",
            f"Not as archived, or gone: {names}. Take them back from the archive.",
        )
    if status.finished:
        yield say("结账以后没有变化。", "Nothing has changed since.")


def _deadline(status: Status) -> str:
    say, due = status.language.say, status.due
    left = show_distance(due, status.now, status.language)
    if status.context.return_by is None:
        day = status.settings.period.end
        return say(
            f"cycle.toml 没有设截止时间（return_by），按报送期最后一天 {day} 算，{left}",
            f"cycle.toml names no deadline (return_by); by the period's last day, {day}: {left}",
        )
    shown, first = show_time(due, status.zone), status.context.support_by
    supporters = ""
    if first is not None:
        until, distance = show_time(first, status.zone), show_distance(first, status.now, status.language)
        supporters = say(f"；配合单位 {until}，{distance}", f"; supporters by {until}, {distance}")
    return say(f"截止时间 {shown}，{left}", f"Due by {shown}, {left}") + supporters


def show_distance(moment: dt.datetime, now: dt.datetime, language: Language) -> str:
    """How far a deadline lies ahead or behind, in whole days, or hours on the last one."""
    over, seconds = now > moment, int(abs((moment - now).total_seconds()))
    days, hours = seconds // 86_400, seconds // 3_600
    if not hours:
        soon = language.say("不到 1 小时", "less than an hour")
    elif days:
        soon = language.say(f"{days} 天", counted(days, "day"))
    else:
        soon = language.say(f"{hours} 小时", counted(hours, "hour"))
    return language.say(f"已过 {soon}" if over else f"还有 {soon}", f"{soon} ago" if over else f"{soon} left")


# --- one line for each department -------------------------------------------------------------------------------------


def _departments(status: Status, width: int | None) -> Iterator[str]:
    language = status.language
    heads = [(one_line(one.code), one_line(one.name), one.stage.word(language)) for one in status.standings]
    codes, names, stages = (min(WIDEST, max(map(cells, texts))) for texts in zip(*heads, strict=True))
    details = [list(_details(one, status)) for one in status.standings]
    lines = []
    for one, (code, name, word) in zip(status.standings, heads, strict=True):
        head = f"{padded(code, codes)}  {padded(name, names)}  "
        shown = click.style(word, fg=COLOURS[one.stage], bold=one.stage is Stage.HELD or None)
        # Styles take no room, so the word is padded outside of them.
        lines.append(head + shown + padded("", stages - cells(word)))
    for block in _laid_out(lines, details, width):
        yield from block


def _laid_out(heads: Sequence[str], details: Sequence[Sequence[str]], width: int | None) -> Iterator[Sequence[str]]:
    """A line for each head, its details in columns; what does not fit any more goes on below, indented."""
    widths = [max(map(cells, texts)) for texts in zip(*details, strict=True)]
    for head, texts in zip(heads, details, strict=True):
        yield list(_in_columns(head, texts, widths, width))


def _in_columns(head: str, texts: Sequence[str], widths: Sequence[int], width: int | None) -> Iterator[str]:
    """One line, or several; nothing is cut off."""
    line, room, below = head, cells(click.unstyle(head)), False
    for text, wide in zip(texts, widths, strict=True):
        if text and width is not None and room + 2 + cells(text) > width:
            yield line.rstrip()
            line, room, below = INDENT, len(INDENT), True
        if text or (wide and not below):
            line = f"{line}  {text if below else padded(text, wide)}"
            room += 2 + (cells(text) if below else wide)
    yield line.rstrip()


def _details(one: Standing, status: Status) -> Iterator[str]:
    """What is told of a department, always in the same columns; blank where there is nothing to tell."""
    say, language = status.language.say, status.language
    comma = say("，", ", ")
    record = one.record
    yield record.receipt.show(status.zone, language) if record else ""
    yield say("迟报", "late") if one.late and one.stage is not Stage.LATE else ""
    yield version_name(record.version, language) if record else ""
    yield comma.join(_counts(one, language)) if record else ""
    yield comma.join(_review(one, language))
    yield comma.join(_beside(one, language))
    reviewer = one_line(one.department.reviewer)
    yield say(f"审核人 {reviewer}", f"reviewer {reviewer}") if reviewer else ""
    yield _extended(one, status)


def _beside(one: Standing, language: Language) -> Iterator[str]:
    say = language.say
    for record in one.unusable:
        yield say(f"无法采用 {one_line(record.file)}", f"not usable: {one_line(record.file)}")
    if one.attachments:
        yield say(f"附件 {one.attachments}", counted(one.attachments, "attachment"))
    if one.paper is not None:
        yield say("纸质件", "paper ") + say(*PAPER_WORDS[one.paper.state])


def _extended(one: Standing, status: Status) -> str:
    if one.extension is None:
        return ""
    say, until = status.language.say, show_time(one.due, status.zone)
    authority = one_line(one.extension.authority)
    given = say(f"（{authority}）", f" ({authority})") if authority else ""
    return say(f"延期至 {until}", f"extended to {until}") + given


def _counts(one: Standing, language: Language) -> Iterator[str]:
    counts = (
        (one.errors, SEVERITY_WORDS[Severity.ERROR][language]),
        (one.warnings, SEVERITY_WORDS[Severity.WARNING][language]),
        (one.explained, language.say("已说明", "Explained")),
    )
    yield from (f"{word} {count}" for count, word in counts if count)


def _review(one: Standing, language: Language) -> Iterator[str]:
    if one.held:
        count = len(one.held)
        yield language.say(
            f"暂存待定 {count} 份，{one.differences} 格不同",
            f"{count} held, {counted(one.differences, 'cell')} {'differs' if one.differences == 1 else 'differ'}",
        )
    review = None if one.record is None else one.record.review
    if review is not None:
        told = [language.say(*VERDICT_WORDS[review.verdict]), str(review.date or ""), review.reviewer, review.remark]
        yield language.say("审核", "review: ") + " ".join(one_line(text) for text in told if text)


# --- whom to chase ----------------------------------------------------------------------------------------------------


def show_chase(status: Status, width: int | None, *, by_leader: bool = False) -> Iterator[str]:
    """Who still has to send something, what, and whom to telephone; in plan order, or by the leader responsible."""
    say, ours = status.language.say, status.chased
    yield click.style(say(f"要催的单位（{len(ours)} 个）：", f"To be chased ({len(ours)}):"), bold=True)
    names = min(WIDEST, max(cells(one_line(one.name)) for one in ours))
    indent = "    " if by_leader else "  "
    heads = [f"{indent}{padded(one_line(one.name), names)}" for one in ours]
    details = [list(_reach(one, status.language, not by_leader)) for one in ours]
    blocks = dict(zip((one.code for one in ours), _laid_out(heads, details, width), strict=True))
    for leader, group in group_by_leader(ours) if by_leader else [("", ours)]:
        if by_leader:
            nobody = say("（没有填分管领导）", "(no leader in the plan)")
            yield click.style(f"  {one_line(leader) or nobody}", bold=True)
        for one in group:
            yield from blocks[one.code]


def _reach(one: Standing, language: Language, with_leader: bool) -> Iterator[str]:
    department = one.department
    yield show_wanted(one, language)
    reach = " ".join(one_line(text) for text in (department.contact, department.phone) if text)
    yield reach or one_line(department.email) or language.say("部门表里没有联系方式", "the plan has no contact")
    leader = one_line(department.leader)
    yield language.say(f"分管领导 {leader}", f"leader {leader}") if leader and with_leader else ""


# --- what to paste ----------------------------------------------------------------------------------------------------


def show_reminders(status: Status) -> Iterator[str]:
    """One message for the group and one for each department, plain, with rules between them that need not be copied."""
    say = status.language.say
    message = remind_all(status)
    if not message:
        yield say("没有要催的单位。", "Nobody is to be chased.")
        return
    yield click.style(say("---- 发到群里 ----", "---- for the group ----"), dim=True)
    yield message
    for one in status.chased:
        yield ""
        yield click.style(f"---- {one_line(one.code)} {one_line(one.name)} ----", dim=True)
        yield remind(one, status)
