"""Edits of the master on their way into the register: which are new, what a person should hear of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Amendment, AmendmentKind, AmendmentState, Decisions
from kpi_xlsx.master_amended import changed
from kpi_xlsx.master_edits import Edit, MasterEdits, likeness
from kpi_xlsx.model import counted
from kpi_xlsx.versions import RowPlace

LISTED = 12
"""So many edits or strays are named one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """The edits that the register does not have yet, and what to know of all that were found."""

    new: tuple[Amendment, ...]
    remarks: tuple[str, ...]


def propose_edits(edits: MasterEdits, decisions: Decisions, context: Context, master: str) -> Proposals:
    """Sort edits into those that the register already has and those that are to be proposed."""
    if edits.trouble is not None:
        words = context.language.say(
            f"原来的 {master} 打不开（{edits.trouble.zh}），办公室填写的列和改动没有带过来。",
            f"The old master cannot be opened ({edits.trouble.en}); office columns and edits were not carried over.",
        )
        return Proposals((), (words,))
    registered: dict[RowPlace, list[Amendment]] = {}
    for one in decisions.amendments:
        registered.setdefault((one.department, one.goal), []).append(one)
    new: list[Edit] = []
    known: list[tuple[Edit, Amendment]] = []
    for edit in edits.edits:
        own = edit.amendment
        same = _find_same(own, registered.get((own.department, own.goal), ()))
        if same is None:
            new.append(edit)
        else:
            known.append((edit, same))
    remarks = (*_of_edits(new, edits, context), *_of_known(known, context), *_of_strays(edits, context))
    return Proposals(tuple(edit.amendment for edit in new), remarks)


def leave_edits(edits: MasterEdits, context: Context) -> Proposals:
    """What to say where no master is to be written: its edits stay in it, and can still be taken back there."""
    if not edits.edits:
        return Proposals((), ())
    words = context.language.say(
        f"汇总表里有 {len(edits.edits)} 处手工改动，等写汇总表时再列入登记簿。",
        f"{counted(len(edits.edits), 'cell')} of the master had been changed by hand; to be proposed once a master is "
        "written.",
    )
    return Proposals((), (words,))


def _find_same(amendment: Amendment, registered: Sequence[Amendment]) -> Amendment | None:
    """Of a row's amendments the one for the same change, unless a later one leads back to where this change begins."""
    found: Amendment | None = None
    for one in registered:
        if one.column != amendment.column:
            continue
        if _words(one) == _words(amendment):
            found = one
        elif one.state is not AmendmentState.REJECTED:
            found = None if likeness(one.new) == likeness(amendment.old) else found
    return found


def _words(one: Amendment) -> tuple[str, str]:
    return likeness(one.old), likeness(one.new)


def _of_edits(new: Sequence[Edit], edits: MasterEdits, context: Context) -> Iterator[str]:
    if not new:
        return
    say = context.language.say
    given = sum(edit.given for edit in new)
    if edits.doubtful:
        many = say(f"一次改了 {len(edits.edits)} 处", f"{counted(len(edits.edits), 'cell')} changed at once")
        plan = say(f"其中 {given} 处是年度目标里的内容", f"{given} of them given by the plan")
        why = say("，", ", ").join([many, plan] if given else [many])
        yield say(
            f"注意：汇总表{why}，很可能是误操作。新的汇总表没有采用这些改动，只在登记簿里逐条列为待确认（存疑）；"
            "改过的汇总表存在 history/。",
            f"Careful: in the master {why}; that looks like an accident. The new master does not show these changes; "
            "each is proposed in the register, marked as doubtful. The changed master is kept in history/.",
        )
    else:
        yield say(
            f"汇总表里有 {len(new)} 处手工改动，新的汇总表保留，标为待确认：",
            f"{counted(len(new), 'cell')} of the master had been changed by hand; the new one keeps them, to be "
            "confirmed:",
        )
    for edit in new[:LISTED]:
        yield _change(edit, context)
    if len(new) > LISTED:
        yield say(f"另有 {len(new) - LISTED} 处，见登记簿。", f"{len(new) - LISTED} more; see the register.")


def _change(edit: Edit, context: Context) -> str:
    one = edit.amendment
    column = context.template.main.by_key[one.column].header
    department = context.plan.by_code[one.department].name
    change = changed(context, one.column, one.old, one.new)
    colon = context.language.say("：", ": ")
    return f"{edit.cell}{colon}{department} {context.row_id(one.goal)} {column}{colon}{change}"


def _of_known(known: Sequence[tuple[Edit, Amendment]], context: Context) -> Iterator[str]:
    """What the register has already, and by which the master does not show it."""
    say = context.language.say
    for edit, one in known[:LISTED]:
        if one.state is AmendmentState.REJECTED:
            why = say("已定为不采用", "it is rejected")
        elif one.kind is AmendmentKind.PUBLIC_ONLY:
            why = say("只用于公开稿", "it is for publication only")
        elif one.set_aside:
            why = say("记为疑似误操作，还没有定", "it is taken for a likely accident and not decided")
        else:
            continue
        place = one.place.told(context.language)
        yield say(
            f"{_change(edit, context)}。登记簿{place}里{why}，汇总表没有采用；要采用请改那一行。",
            f"{_change(edit, context)}. In the register ({place}) {why}, so the master does not show it; to have it, "
            "change that row.",
        )


def _of_strays(edits: MasterEdits, context: Context) -> Iterator[str]:
    say, strays = context.language.say, edits.strays
    if edits.unknown:
        yield say(
            "收件台账里没有这份汇总表的底稿（台账丢失，或汇总表来自别处）：办公室填写的列已带过来，其他改动无从辨认，"
            "原表存在 history/。",
            "The ledger does not know what was written into this master (the ledger was lost, or the master came from "
            "elsewhere): its office columns were carried over, other changes cannot be told; it is kept in history/.",
        )
    if edits.rows_gone:
        yield say(
            f"汇总表里少了 {edits.rows_gone} 行，不算改动，新表里仍有。",
            f"{counted(edits.rows_gone, 'row')} had been deleted from the master; the new one has them all the same.",
        )
    if strays:
        yield say(
            f"汇总表里有 {len(strays)} 处内容没有用上，原表存在 history/：",
            f"{counted(len(strays), 'entry', 'entries')} of the master could not be used; it is kept in history/:",
        )
        yield from map(str, strays[:LISTED])
        if len(strays) > LISTED:
            yield say(f"另有 {len(strays) - LISTED} 处。", f"{len(strays) - LISTED} more.")
