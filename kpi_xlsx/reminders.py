"""What is said to a department that has not reported, or must correct what it sent: plain text to be pasted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from kpi_xlsx.model import Finding, Language, Severity, id_key
from kpi_xlsx.reading import one_line
from kpi_xlsx.standing import Stage, Standing, Status

MOST_FINDINGS = 3
"""How many findings a reminder tells; the feedback copy has all of them."""


def remind(one: Standing, status: Status) -> str:
    """The words for one department: the form's title, its deadline, what is wanted, and whom to ask."""
    say = status.language.say
    title = one_line(status.settings.full_title(one.name, status.context.template.title))
    if one.missing:
        lines = [_missing(one, status, title)]
    else:
        lines = [_received(one, status, title), *_list(one, status), _by_when(one, status)]
    greeting = say(f"{one_line(one.name)}：", f"To {one_line(one.name)}:")
    return "\n".join([greeting, *lines, *_office(status)])


def remind_all(status: Status) -> str:
    """One message to the whole group, naming who has not reported and who is to correct something; empty if nobody."""
    say = status.language.say
    missing = [one for one in status.chased if one.missing]
    correcting = [one for one in status.chased if one.to_correct]
    if not missing and not correcting:
        return ""
    title = one_line(status.settings.full_title("", status.context.template.title))
    moment, over = show_moment(status.due, status), status.now > status.due
    head = say(
        f"各单位：《{title}》报送截止时间为{moment}{'，现已过期' if over else ''}。",
        f"To all departments. {title}: returns {'were' if over else 'are'} due by {moment}.",
    )
    lines = [head]
    if missing:
        names = _names(missing, status.language, [_own_deadline(one, status) for one in missing])
        lines.append(
            say(
                f"尚未收到报送件的单位（{len(missing)} 个）：{names}。请{'尽快' if over else '按时'}填报并发回。",
                f"Not received yet ({len(missing)}): {names}. "
                f"Please fill in the form and return it {'as soon as you can' if over else 'in time'}.",
            )
        )
    if correcting:
        names = _names(correcting, status.language, [_wanted(one, status.language) for one in correcting])
        lines.append(
            say(
                f"需要修改或说明的单位（{len(correcting)} 个）：{names}。请按退回的表修改后发回。",
                f"To be corrected or explained ({len(correcting)}): {names}. "
                "Please correct the copy that you got back and return it.",
            )
        )
    return "\n".join([*lines, *_office(status)])


def show_moment(moment: dt.datetime, status: Status) -> str:
    """A time as letters have it, in the cycle's offset."""
    local = moment.astimezone(status.zone)
    if status.context.return_by is None and moment == status.due:
        return status.language.say(f"{local.year}年{local.month}月{local.day}日", f"{local:%Y-%m-%d}")
    return status.language.say(f"{local.year}年{local.month}月{local.day}日{local:%H:%M}", f"{local:%Y-%m-%d %H:%M}")


def show_open(one: Standing, language: Language) -> str:
    """How much a department has to fix and to explain."""
    fix, explain = _split(one)
    parts = [language.say(f"必须修改 {fix} 处", f"{fix} to correct")] if fix else []
    parts += [language.say(f"请说明 {explain} 处", f"{explain} to explain")] if explain else []
    return language.say("、", ", ").join(parts)


def show_wanted(one: Standing, language: Language) -> str:
    """What a department still has to do."""
    if one.missing:
        word = one.stage.word(language) if one.stage is Stage.MISSING else language.say("还没有报", "Not received yet")
        return word + (language.say("，报来的文件无法采用", ", a file could not be used") if one.unusable else "")
    return show_open(one, language) or one.stage.word(language)


def _split(one: Standing) -> tuple[int, int]:
    """Faults to be fixed; an overdue goal is an error, too, but what it wants is words."""
    fix = sum(map(_must_fix, one.pointed_out))
    return fix, len(one.pointed_out) - fix


def _must_fix(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR and not finding.explainable


def _wanted(one: Standing, language: Language) -> str:
    return show_open(one, language) or language.say("见退回意见", "see the remarks")


def _own_deadline(one: Standing, status: Status) -> str:
    if one.extension is None:
        return ""
    until = show_moment(one.due, status)
    return status.language.say(f"延至{until}", f"extended to {until}")


def _names(ours: Sequence[Standing], language: Language, remarks: Sequence[str]) -> str:
    shown = (
        one_line(one.name) + (language.say(f"（{remark}）", f" ({remark})") if remark else "")
        for one, remark in zip(ours, remarks, strict=True)
    )
    return language.say("、", "; ").join(shown)


def _missing(one: Standing, status: Status, title: str) -> str:
    say, moment = status.language.say, show_moment(one.due, status)
    over = status.now > one.due
    if one.unusable:
        file = one_line(one.unusable[-1].file.rpartition("/")[2])
        why = _why_unusable(one, status.language)
        return say(
            f"你单位报来的《{title}》（文件“{file}”）无法采用{why}。"
            f"请用我办发放的填报表填写，{'尽快' if over else f'于{moment}前'}重新发回。",
            f"What you sent for “{title}” (the file “{file}”) could not be used{why}. Please fill in the form that we "
            f"sent you and return it {'as soon as you can' if over else f'by {moment}'}.",
        )
    if over:
        return say(
            f"《{title}》报送截止时间为{moment}，我办尚未收到你单位的报送件。请尽快填报并发回；确有困难的，请及时说明情况。",
            f"“{title}” was due by {moment}, and your return has not reached us. "
            "Please fill in the form and return it as soon as you can, or tell us what stands in the way.",
        )
    return say(
        f"《{title}》请于{moment}前填报并发回，我办尚未收到你单位的报送件。如已报送，请告知。",
        f"“{title}” is due by {moment}, and your return has not reached us yet. "
        "Please fill in the form and return it by then. If you have sent it, please let us know.",
    )


def _why_unusable(one: Standing, language: Language) -> str:
    files = {record.file for record in one.unusable[-1:]}
    found = next((finding for finding in one.pointed_out if finding.file in files), None)
    if found is None:
        return ""
    message = one_line(found.message).rstrip("。.")
    return language.say(f"：{message}", f": {message}")


def _received(one: Standing, status: Status, title: str) -> str:
    say = status.language.say
    what = show_open(one, status.language)
    review = None if one.record is None else one.record.review
    remark = one_line(review.remark).rstrip("。.") if review is not None else ""
    if not what:
        because = say(f"意见：{remark}。", f" The reviewer says: {remark}.") if remark else ""
        return say(
            f"你单位报送的《{title}》已收到，经审核退回。{because}",
            f"We have received your return “{title}” and sent it back.{because}",
        )
    further = len(one.pointed_out) > MOST_FINDINGS
    more = say(f"审核人意见：{remark}。", f" The reviewer says: {remark}.") if remark else ""
    return say(
        f"你单位报送的《{title}》已收到。经审核，{what}。{more}{'主要是' if further else '如下'}：",
        f"We have received your return “{title}”. Still open: {what}.{more}{' Above all:' if further else ''}",
    )


def _list(one: Standing, status: Status) -> Iterator[str]:
    """The gravest findings, each on a line, and how many more there are."""
    say = status.language.say
    first = sorted(one.pointed_out, key=lambda finding: not _must_fix(finding))
    for number, finding in enumerate(first[:MOST_FINDINGS], 1):
        goal = status.context.plan.by_key.get(id_key(finding.goal or ""))
        place = f"{goal.id} {goal.name}" if goal else finding.goal or ""
        message = one_line(finding.message)
        yield f"{number}. {one_line(place)}{say('：', ': ')}{message}" if place else f"{number}. {message}"
    more = len(first) - MOST_FINDINGS
    if more > 0:
        yield say(f"其余 {more} 处见退回的表。", f"For the other {more} see the copy that you got back.")


def _by_when(one: Standing, status: Status) -> str:
    moment = show_moment(one.due, status)
    if status.now > one.due:
        return status.language.say(
            "请在退回的表上修改，尽快发回。", "Please correct the copy that you got back and return it soon."
        )
    return status.language.say(
        f"请在退回的表上修改，于{moment}前发回。",
        f"Please correct the copy that you got back and return it by {moment}.",
    )


def _office(status: Status) -> Iterator[str]:
    """Whom to ask, if cycle.toml says so."""
    contact = one_line(status.settings.contact)
    if contact:
        yield status.language.say(f"联系方式：{contact}", f"Questions: {contact}")
