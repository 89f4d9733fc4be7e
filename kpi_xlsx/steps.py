"""What can be done next in a round, and which of it is called for; worked out from where the round stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kpi_xlsx.model import counted
from kpi_xlsx.register_sheets import SHEETS
from kpi_xlsx.standing import Stage, Standing, Status


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done. `arguments` is what is typed after kpi-xlsx; none for what is done in the register."""

    arguments: tuple[str, ...]
    title: str
    why: str
    """What calls for it now; empty if nothing does."""


def find_steps(status: Status) -> Sequence[Step]:
    """The steps of a round in their order, always the same ones."""
    say = status.language.say
    findings, chase = say("审核意见.xlsx", "findings.xlsx"), say("催报名单.xlsx", "chase.xlsx")
    steps = (
        (("generate",), say("生成填报表", "Write the forms"), _why_generate(status)),
        (("validate", "--out", findings), say("检查收到的表", "Check what came in"), _why_validate(status)),
        (("feedback",), say("退回修改", "Write copies to send back"), _why_feedback(status)),
        (("merge",), say("汇总", "Merge into the master"), _why_merge(status)),
        (("status", "--reminders", "--out", chase), say("催报名单", "Whom to chase"), _why_chase(status)),
        ((), say("登记簿怎么填", "How to use the register"), _why_register(status)),
        (("status",), say("各单位报送情况", "Where each department stands"), ""),
    )
    if status.copied is not None:
        why = say(f"从 {status.copied.cycle} 复制来的", f"copied from {status.copied.cycle}")
        clear = Step(("next", "--clean"), say("清理这个文件夹", "Clear this folder"), why)
        return [clear, *(Step(arguments, title, "") for arguments, title, _ in steps)]
    closed = status.closing is not None
    late: dict[tuple[str, ...], str] = {("merge",): _why_merge_late(status)}
    found = [Step(arguments, title, late.get(arguments, "") if closed else why) for arguments, title, why in steps]
    found.append(Step(("close",), say("结账存档", "Close the round and archive it"), _why_close(status)))
    if closed:
        why = say("本期已结账", "this round is closed") if status.finished else ""
        found.append(Step(("next",), say("新建下一期", "Begin the next cycle"), why))
    return found


def _why_close(status: Status) -> str:
    say, since = status.language.say, status.since
    if status.closing is not None:
        if since is None or since.reopened:
            return say("已记结账，还没有存档", "it is registered as closed, but has no archive")
        return say("结账后有更正，还没有存档", "it was corrected since, but not archived") if status.amended else ""
    asked = [one for one in status.standings if one.asked]
    ready = status.master and not status.unmerged and not status.outdated and bool(asked)
    if not ready or any(not one.reviewed or one.errors for one in asked):
        return ""
    return say("全部审核通过", "all departments are cleared")


def _why_merge_late(status: Status) -> str:
    since = status.since
    if since is None or since.reopened or not since.corrections or status.amended:
        return ""
    count = len(since.corrections)
    return status.language.say(
        f"结账后登记了 {count} 处更正", f"{counted(count, 'correction')} registered since the closing"
    )


def _why_generate(status: Status) -> str:
    count = status.count(lambda one: one.asked and one.stage is Stage.NOT_ISSUED)
    return (
        status.language.say(f"{count} 个单位还没有填报表", f"{counted(count, 'department')} without a form")
        if count
        else ""
    )


def _why_validate(status: Status) -> str:
    new = status.unmerged
    return status.language.say(f"新收到 {new} 个文件", f"{counted(new, 'new file')}") if new else ""


def _why_feedback(status: Status) -> str:
    count = status.count(_wants_copy)
    return (
        status.language.say(
            f"{count} 个单位要改，还没有退回表",
            f"{counted(count, 'department')} to correct something, without a copy yet",
        )
        if count
        else ""
    )


def _wants_copy(one: Standing) -> bool:
    """Whether a department has something to put right, and no copy was made since its return came."""
    if not one.to_correct or not one.pointed_out or one.received is None:
        return False
    return one.feedback is None or one.feedback < one.received


def _why_merge(status: Status) -> str:
    say = status.language.say
    if status.unmerged:
        return say(f"{status.unmerged} 个文件还没有汇总", f"{counted(status.unmerged, 'file')} not merged yet")
    if status.outdated and status.count(lambda one: one.record is not None):
        return say("上次汇总之后情况有变", "something has changed since the last merge")
    if not status.master and status.count(lambda one: one.record is not None):
        return say("还没有汇总表", "there is no master yet")
    return ""


def _why_chase(status: Status) -> str:
    say = status.language.say
    missing = status.count(lambda one: one.record is None and one.missing)
    partly = status.count(lambda one: bool(one.parts))
    correct = status.count(lambda one: one.to_correct)
    parts = [say(f"{missing} 个单位未报", f"{missing} not received")] if missing else []
    parts += [say(f"{partly} 个单位只报来一部分", f"{partly} received in part")] if partly else []
    parts += [say(f"{correct} 个单位待修改说明", f"{correct} to be corrected or explained")] if correct else []
    return say("，", ", ").join(parts)


def _why_register(status: Status) -> str:
    say = status.language.say
    held = status.count(lambda one: one.stage is Stage.HELD)
    waiting = status.count(lambda one: one.to_review) - held
    parts = [say(f"{held} 个单位通过后又来件待定", f"{held} with a version held")] if held else []
    parts += [say(f"{waiting} 个单位待审", f"{waiting} to be reviewed")] if waiting else []
    return say("，", ", ").join(parts)


def tell_register(status: Status) -> Iterator[str]:
    """Where decisions are written down, and what becomes of them."""
    say, path = status.language.say, status.settings.register
    there = path.is_file()
    yield say(
        f"登记簿是 {path.name}{'' if there else '（还没有；汇总时用到就会生成）'}，"
        "用 Excel、WPS 或 LibreOffice 打开，一个表记一类决定：",
        f"The register is {path.name}{'' if there else ' (not there yet; merge makes it when it is needed)'}. "
        "Open it in Excel, WPS or LibreOffice; it has a sheet for each kind of decision:",
    )
    for sheet in SHEETS:
        yield say("  {}：{}", "  {}: {}").format(sheet.name(status.language), say(*sheet.note))
    yield say(
        "审核前先看 master.xlsx 里的“待审清单”。填好后保存并关闭登记簿，再汇总一次，决定才会用上。",
        "Before a review, read the reading list in master.xlsx. Then save and close the register and merge again: "
        "that puts the decisions into effect.",
    )
