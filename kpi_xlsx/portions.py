"""What a form asks of its department, until when, and what is still to come where only parts came; no file here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Decisions
from kpi_xlsx.model import Goal, Language, Role, id_key
from kpi_xlsx.past import Past
from kpi_xlsx.rhythm import asked_goals, open_goals

PART_MISSING = "X109"
"""The rule that says so of a department."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Goals of a department in one role, by id, that none of its returns holds."""

    role: Role
    goals: tuple[str, ...]

    def told(self, language: Language) -> str:
        """As it stands in a sentence: 牵头目标 1、2."""
        ids = language.say("、", ", ").join(self.goals)
        words = {
            Role.LEAD: (f"牵头目标 {ids}", f"goals that it leads: {ids}"),
            Role.SUPPORT: (f"配合目标 {ids}", f"goals that it supports: {ids}"),
        }
        return language.say(*words[self.role])


def tell_portions(portions: Sequence[Portion], language: Language) -> str:
    """Several of them in one sentence."""
    return language.say("；", "; ").join(one.told(language) for one in portions)


def goals_in(context: Context, code: str, form: Collection[str]) -> Iterator[Goal]:
    """A department's goals in one of its forms; `form` has their ids, or nothing if it holds all of them."""
    keys = frozenset(map(id_key, form))
    return (goal for goal in context.plan.goals_of(code) if not keys or goal.key in keys)


def due_for(context: Context, role: Role) -> dt.datetime | None:
    """When what a department says in this role is due."""
    return context.support_by or context.return_by if role is Role.SUPPORT else context.return_by


def due(context: Context, past: Past, code: str, form: Collection[str] = ()) -> dt.datetime | None:
    """When a form is due, extensions aside: as one of supporters if its department leads none of the goals in it.

    Goals that are not due or settled do not count, since they stand locked there.
    """
    keys = {goal.key for goal in goals_in(context, code, form)}
    roles = {context.role_of(one, code) for one in open_goals(context, past, code) if one.key in keys}
    return due_for(context, Role.SUPPORT if roles == {Role.SUPPORT} else Role.LEAD)


def deadline(
    context: Context, past: Past, decisions: Decisions, code: str | None, form: Collection[str] = ()
) -> dt.datetime | None:
    """Until when a return is in time, by the register too."""
    return decisions.deadline(code, due(context, past, code or "", form))


def find_missing(
    context: Context, past: Past, code: str, forms: Collection[Collection[str]], answered: Collection[str]
) -> tuple[Portion, ...]:
    """What is asked of a department and stands in none of its `forms`, all of them partial; by role, the lead's first.

    `answered`: the keys of rows that were answered, whatever form they stand in.
    """
    if not forms or not all(forms):
        return ()
    held = {id_key(goal) for form in forms for goal in form} | set(answered)
    lacking = [one for one in asked_goals(context, past, code) if one.key not in held]
    by_role = ((role, tuple(one.id for one in lacking if context.role_of(one, code) is role)) for role in Role)
    return tuple(Portion(role, goals) for role, goals in by_role if goals)
