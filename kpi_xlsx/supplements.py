"""Supplements: forms with only the goals that changed since the forms in the outbox were issued."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kpi_xlsx.context import Context
from kpi_xlsx.files import readable
from kpi_xlsx.form import form_name
from kpi_xlsx.identity import holds
from kpi_xlsx.intake import Arrival
from kpi_xlsx.model import Department, Return, ReturnStatus, id_key
from kpi_xlsx.outbox import SUPPLEMENT, Lying, Order, find_lying
from kpi_xlsx.past import Past
from kpi_xlsx.returns import read_returns
from kpi_xlsx.rhythm import open_goals


@dataclass(slots=True)
class Issued:
    """What the forms in the outbox told one department: the last of them that holds a goal tells of that goal."""

    current: dict[str, bool] = field(default_factory=dict)
    """By goal key, whether the plan still has it so."""
    strange: dict[str, str] = field(default_factory=dict)
    """Ids that stand in its forms and are none of its goals today, by key."""

    def hear(self, ret: Return) -> None:
        """What one form tells."""
        changed = set(map(id_key, ret.changed))
        held = ret.part or {id_key(entry.goal) for entry in ret.entries}
        self.current |= {key: key not in changed for key in held}
        listed = () if ret.identity is None else ret.identity.goals
        strangers = (note.words["what"] for note in ret.notes if note.code == "S104" and "!" not in (note.cell or ""))
        self.strange |= {id_key(one): one for one in (*listed, *strangers)}


@dataclass(frozen=True, slots=True)
class Needs:
    """What departments need to be sent so that they know today's goals, and what to say of it."""

    orders: tuple[Order, ...]
    remarks: tuple[str, ...]


def find_needs(context: Context, past: Past, departments: Sequence[Department], outbox: Path, *, named: bool) -> Needs:
    """For each department the goals that are otherwise than in its forms, or its whole form if it has none.

    Goals that are not due or settled are left out, since nobody could fill them in.
    """
    issued, remarks = _find_issued(context, outbox)
    orders = []
    for department in departments:
        known = issued.get(department.code)
        if known is None:
            orders.append(Order(department))
            continue
        goals = open_goals(context, past, department.code)
        needed = [goal for goal in goals if not known.current.get(goal.key, False)]
        if needed:
            orders.append(_supplement(context, department, frozenset(goal.key for goal in needed)))
    told = departments if named else context.plan.departments  # one that has no goal left is told of, too
    return Needs(tuple(orders), (*remarks, *_taken(context, told, issued)))


def _supplement(context: Context, department: Department, only: frozenset[str]) -> Order:
    notice = context.language.say(
        "补充填报：只填下列调整后的目标。其他目标仍按原来的填报表报送。",
        "Supplement: only the goals below, which have changed. Report the other goals in the form that you have.",
    )
    return Order(department, SUPPLEMENT, only, notice)


def _find_issued(context: Context, outbox: Path) -> tuple[Mapping[str, Issued], Sequence[str]]:
    """What every department was told, by code, and remarks on forms in the outbox that are none of this cycle."""
    issued: dict[str, Issued] = {}
    remarks = []
    for path in _forms(context, outbox):
        name = f"{outbox.name}/{readable(path.name)}"
        found = [ret for ret in read_returns(Arrival(name, path), context) if _is_ours(ret, context)]
        for ret in found:
            issued.setdefault(ret.department or "", Issued()).hear(ret)
        if not found:
            words = context.language.say(
                f"{name}：认不出是本期发给哪个单位的表，没有当作已发的。",
                f"{name}: not known as this cycle's form of a department in the plan; it is not taken for issued.",
            )
            remarks.append(words)
    return issued, remarks


def _forms(context: Context, outbox: Path) -> Iterator[Path]:
    """The forms in the outbox, in the order in which they were issued."""
    stamp = context.period.stamp
    lying = {one.path: one for one in find_lying(outbox, stamp)}
    for department in context.plan.departments:
        path = outbox / form_name(department, stamp)  # of a very long name the stamp is cut off
        if path.is_file():
            lying.setdefault(path, Lying(path, path.stem))
    yield from sorted(lying, key=lambda path: lying[path].place)


def _is_ours(ret: Return, context: Context) -> bool:
    own = ret.identity
    return ret.status is ReturnStatus.READ and own is not None and holds(context.seal_key, own)


def _taken(context: Context, departments: Sequence[Department], issued: Mapping[str, Issued]) -> Iterator[str]:
    """Goals that a department's forms hold and that are no longer its own."""
    say = context.language.say
    for department in departments:
        known = issued.get(department.code, Issued())
        own = {goal.key for goal in context.plan.goals_of(department.code)}
        taken = [shown for key, shown in known.strange.items() if key not in own]
        if taken:
            goals = say("、", ", ").join(taken)
            yield say(
                f"{department.name}：已发的表里有目标 {goals}，现在不再由该单位报送，请告知。",
                f"{department.name}: the form that it has holds goals that are no longer its own: {goals}. Tell it so.",
            )
