"""How a cell of the master looks and what its comment says once the register amends it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from kpi_xlsx.amending import Amended
from kpi_xlsx.context import Context
from kpi_xlsx.model import Scalar, clip
from kpi_xlsx.report import Row
from kpi_xlsx.values import show_under
from kpi_xlsx.wording import show_change

if TYPE_CHECKING:
    from kpi_xlsx.excel import Look

QUOTED = 400
"""So much of a text a comment quotes."""


class Mark(StrEnum):
    """What is to be seen of an amendment, or of an assessor's figure; what was applied stands plainly."""

    PENDING = "pending"
    CONFLICT = "conflict"
    ASSESSED = "assessed"


AMENDED_LOOKS: Mapping[Mark, Look] = {
    Mark.PENDING: {"bg_color": "9BE0D8", "border": 3, "border_color": "0B7A6F"},
    Mark.CONFLICT: {"bg_color": "FFB066", "border": 3, "border_color": "9C4A00"},
    Mark.ASSESSED: {"bg_color": "D9D2E9", "border": 1, "border_color": "674EA7"},
}
"""A colour of its own, and a dashed line, since colours may not print."""
MARK_WORDS: Mapping[Mark, tuple[str, str]] = {
    Mark.PENDING: (
        "待确认：本办改过，登记簿里还没有定",
        "To be confirmed: changed by the office, not decided in the register",
    ),
    Mark.CONFLICT: (
        "有冲突：改过之后单位报来了别的内容",
        "In conflict: the department has reported something else since",
    ),
    Mark.ASSESSED: ("数源单位核定", "Settled by the assessor"),
}


def mark_of(amended: Amended) -> Mark | None:
    """How an amended cell is marked."""
    if amended.assessor:
        return Mark.ASSESSED
    if amended.conflict:
        return Mark.CONFLICT
    return Mark.PENDING if amended.pending else None


def remark_on(context: Context, row: Row, key: str, amended: Amended) -> str:
    """The comment on an amended cell: what the department wrote, who says otherwise, and where that is decided."""
    say, one = context.language.say, amended.amendment
    original = quoted(context, key, amended.original)
    source = "" if row.record is None else say(f"（{row.record.file}）", f" ({row.record.file})")
    if amended.assessor:
        return _remark_of_assessor(context, amended, original + source)
    place = say("登记簿", "register, ") + one.place.told(context.language)
    if amended.conflict:
        change = changed(context, key, one.old, one.new)
        return say(
            f"有冲突：单位现在报的是{original}{source}；登记簿里的更正是 {change}。请在{place}决定。",
            f"In conflict: the department now says {original}{source}; the register's amendment is {change}. "
            f"Decide in the {place}.",
        )
    if amended.pending:
        return say(
            f"待确认：原文{original}{source}。请在{place}决定。",
            f"To be confirmed: the department wrote {original}{source}. Decide in the {place}.",
        )
    parts = [say(f"已更正：原文{original}{source}", f"Amended: the department wrote {original}{source}")]
    for text, zh, en in (
        (one.reason, "理由：", "reason: "),
        (one.authority, "依据：", "authority: "),
        (one.approved_by, "批准人：", "approved by: "),
    ):
        parts += [say(zh, en) + text] if text else []
    return say("；", "; ").join([*parts, place]) + say("。", ".")


def _remark_of_assessor(context: Context, amended: Amended, original: str) -> str:
    say, one = context.language.say, amended.amendment
    parts = [
        say(f"数源单位核定：{amended.assessor}", f"Settled by the assessor: {amended.assessor}"),
        say(f"单位原报{original}", f"the department wrote {original}"),
        *((say("扣分理由：", "reason: ") + clip(one.reason, QUOTED),) if one.reason else ()),
        *((say("依据：", "document: ") + clip(one.authority, QUOTED),) if one.authority else ()),
        one.place.told(context.language),
    ]
    return say("；", "; ").join(parts) + say("。", ".")


def changed(context: Context, key: str, old: Scalar | None, new: Scalar | None) -> str:
    """A change of a value as its column shows it: of long texts only what differs."""
    before, after = (show_under(context.template.main, key, value) for value in (old, new))
    return show_change(before, after, context.language)


def quoted(context: Context, key: str, value: Scalar | None) -> str:
    """A value in quotation marks as the column shows it."""
    text = show_under(context.template.main, key, value)
    return f"“{clip(text, QUOTED)}”" if text else context.language.say("空白", "nothing")
