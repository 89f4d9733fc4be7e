"""A trace as text for a terminal: what the master shows and where it is from, what came, what was decided."""

from __future__ import annotations

from collections.abc import Iterator

import click

from kpi_xlsx.checks.rule import SEVERITY_WORDS, STATE_WORDS
from kpi_xlsx.decisions import AMENDMENT_STATES
from kpi_xlsx.events import EVENT_WORDS
from kpi_xlsx.model import Finding, State
from kpi_xlsx.reading import printable
from kpi_xlsx.traces import Earlier, Part, Said, Sent, Shown, Trace, place_of
from kpi_xlsx.wording import show_change


def show_trace(trace: Trace) -> Iterator[str]:
    """The lines of a trace; no text of a sender writes lines or colours of its own."""
    say = trace.context.language.say
    name = f"{'★ ' if trace.goal.starred else ''}{trace.goal.name}" if trace.goal else say("备用行", "spare row")
    if trace.marking:
        yield _line(trace.marking)
    yield click.style(_line(say(f"目标 {trace.id}　{name}", f"Goal {trace.id}  {name}")), bold=True)
    for heading, text in trace.given:
        yield "  " + _line(say(f"{heading}：{text}", f"{heading}: {text}"))
    for part in trace.parts:
        yield ""
        role = say(f"（{part.role}）", f" ({part.role})") if part.role else ""
        yield click.style(_line(f"{part.department.code} {part.department.name}{role}"), bold=True)
        yield from _part(trace, part)
    if trace.master is not None:
        written = trace.show_time(trace.master.written)
        known = (
            say(f"工具写于 {written}", f"written by the tool {written}")
            if written
            else say("工具没有记录这一份，可能有人改过", "unknown to the ledger; it may have been changed by hand")
        )
        yield ""
        yield click.style(f"{trace.master.name}  {known}  sha256 {trace.master.sha256}", dim=True)


def _part(trace: Trace, part: Part) -> Iterator[str]:
    say = trace.context.language.say
    if part.outdated:
        words = say(
            "上次汇总以后有变化，master.xlsx 里的这一行还是旧的，请再运行 merge。",
            "Something has changed since the last merge: the master's row is still the old one. Run merge.",
        )
        yield "  " + click.style(words, fg="yellow")
    yield say("  汇总表里现在是：", "  The master shows:")
    held = next((one for one in part.earlier if one.holds), None)
    if held is not None:
        yield "    " + _line(
            say(f"前期已完成，沿用 {held.cycle} 的内容", f"completed earlier; what {held.cycle} has still holds")
        )
    elif part.source is None:
        yield say("    没有可以计入的答案", "    no answer counts")
    for one in part.shown:
        if one.text or one.amended:
            yield from _shown(trace, part, one)
    if part.source is not None:
        record = part.source.record
        received = say(f"收到 {trace.show_receipt(record)}", f"received {trace.show_receipt(record)}")
        yield "    " + click.style(_line(f"{part.source.label}  {received}  sha256 {record.sha256}"), dim=True)
        yield "    " + _line(say(f"为什么是这一次：{part.source.why}", f"Why this one: {part.source.why}"))
    if part.sent:
        yield say("  历次来件：", "  Every return:")
    for sent in part.sent:
        yield from _sent(trace, sent)
    for unusable in part.unusable:
        words = say(f"无法采用：{unusable.trouble}", f"could not be used: {unusable.trouble}")
        yield "    " + _line(f"{unusable.record.file}  {trace.show_receipt(unusable.record)}  {words}")
    if part.earlier:
        yield say("  往期（新的在前）：", "  Earlier periods, the newest first:")
    for earlier in part.earlier:
        yield from _earlier(trace, part, earlier)
    if part.findings:
        yield say("  审核意见：", "  Findings:")
    for finding in part.findings:
        yield from _finding(trace, finding)
    yield say("  经过：", "  In order:")
    for event in part.events:
        when = trace.show_time(event.at) or say("（没有记日期）", "(not dated)")
        yield "    " + _line(f"{when}  {say(*EVENT_WORDS[event.kind])}  {event.why}")


def _shown(trace: Trace, part: Part, one: Shown) -> Iterator[str]:
    say = trace.context.language.say
    blank = say("（空）", "(blank)")
    place = ""
    if part.source is not None and one.cell:
        place = "  " + click.style(
            _line(place_of(part.source.record.file, part.source.record.sheet, one.cell)), dim=True
        )
    yield "    " + _line(_labelled(trace, one.column.header, one.text or blank)) + place
    if one.amended is not None:
        amendment = one.amended.amendment
        word, place_told = say(*AMENDMENT_STATES[amendment.state]), amendment.place.told(trace.context.language)
        change = show_change(one.original, one.text, trace.context.language)
        words = say(
            f"更正，{word}（单位报的 → 汇总表）：{change}；登记簿{place_told}",
            f"amended, {word} (as reported → in the master): {change}; register, {place_told}",
        )
        if one.amended.assessor:
            body = one.amended.assessor
            words = say(
                f"数源单位核定（单位报的 → 汇总表）：{change}；{body}，{place_told}",
                f"settled by the assessor (as reported → in the master): {change}; {body}, {place_told}",
            )
        conflict = say("；单位现在报的不一样，要有人决定", "; the department now says something else: decide")
        colour = "yellow" if one.amended.pending or one.amended.conflict else "cyan"
        yield "      " + click.style(_line(words + (conflict if one.amended.conflict else "")), fg=colour)


def _sent(trace: Trace, one: Sent) -> Iterator[str]:
    say = trace.context.language.say
    record = one.records[0]
    outcome = click.style(one.outcome, fg="green" if one.counts else None)
    yield "    " + _line(f"{one.label}  {record.file}  {trace.show_receipt(record)}") + f"  {outcome}"
    for copy in one.records[1:]:
        same = say(f"内容相同：{copy.file}", f"same content: {copy.file}")
        yield "      " + _line(f"{same}  {trace.show_receipt(copy)}")
    changed = [said for said in one.said if said.pieces]
    for said in changed:
        yield "      " + _line(_labelled(trace, said.column.header, _difference(trace, one, said)))
    if one.before and one.said and not changed:
        yield "      " + say(f"与{one.before}没有不同", f"no different from {one.before}")


def _difference(trace: Trace, sent: Sent, said: Said) -> str:
    """What changed, and where that stands."""
    old = "".join(text for change, text in said.pieces if change != "new")
    words = show_change(old, said.text, trace.context.language)
    place = place_of(sent.records[0].file, sent.sheet, said.cell)
    return trace.context.language.say(f"{words}（{place}）", f"{words} ({place})")


def _earlier(trace: Trace, part: Part, one: Earlier) -> Iterator[str]:
    say = trace.context.language.say
    passed = say("  审核通过", "  passed") if one.row.passed else ""
    by = "" if one.row.name == part.department.name else f"  {one.row.name}"
    place = place_of(one.file, one.row.sheet, one.row.cells) if one.file else ""
    yield "    " + _line(f"{one.cycle}  {one.status}{passed}{by}") + "  " + click.style(_line(place), dim=True)
    for heading, text in one.words:
        yield "      " + _line(_labelled(trace, heading, text))


def _finding(trace: Trace, one: Finding) -> Iterator[str]:
    language = trace.context.language
    explained = one.state is State.EXPLAINED
    word = STATE_WORDS[one.state][language] if explained else SEVERITY_WORDS[one.severity][language]
    grounds = language.say(f"（{one.grounds}）", f" ({one.grounds})") if one.grounds else ""
    place = place_of(one.file, one.sheet, one.cell) if one.file else ""
    yield (
        "    "
        + _line(f"{word}  {one.message}{grounds} [{one.code}]")
        + ("  " + click.style(_line(place), dim=True) if place else "")
    )


def _labelled(trace: Trace, label: str, text: str) -> str:
    """A heading with words on one line; the page shows them as they stand."""
    words = " ".join(text.split())
    return trace.context.language.say(f"{label}：{words}", f"{label}: {words}")


def _line(text: str) -> str:
    """Words on one line, whatever signs of control stand in them."""
    return printable(text).replace("\n", "\u240a")
