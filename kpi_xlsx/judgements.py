"""What can be said of a target, and of a goal by its targets: nouns, and how shares and runs are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cached_property

from kpi_xlsx.pace_rules import SLOW, Pace
from kpi_xlsx.targets import Target, figure


class Doubt(StrEnum):
    """Why a figure that stands there is no verdict."""

    BASIS = "basis"
    UNIT = "unit"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What can be said of one target, and why. Shares are of the target's value: 0.5 is half."""

    target: Target | None
    """None: the goal has no target; its status alone is judged."""
    state: Pace
    reason: str
    actual: Decimal | None = None
    """The figure that was judged, in the target's unit."""
    completion: Decimal | None = None
    expected: Decimal | None = None
    """The share that is expected by now; None where figures are compared as they stand."""
    doubt: Doubt | None = None


@dataclass(frozen=True)
class GoalPace:
    """What can be said of a goal: the states of its targets."""

    judgements: tuple[Judgement, ...]

    @cached_property
    def state(self) -> Pace | None:
        """The one state that all its targets are in; None if they differ."""
        states = {one.state for one in self.judgements}
        return next(iter(states)) if len(states) == 1 else None

    @cached_property
    def slow(self) -> Pace | None:
        """Overdue or behind, if any of its targets is."""
        states = {one.state for one in self.judgements}
        return next((one for one in (Pace.OVERDUE, Pace.BEHIND) if one in states), None)


def percent(share: Decimal | None) -> str:
    """A share as people write it: 46.7%."""
    if share is None:
        return ""
    return figure((share * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)) + "%"


def count_running(states: Iterable[Pace | None]) -> int:
    """For how many periods running, the newest first, a goal has been behind or overdue."""
    count = 0
    for state in states:
        if state not in SLOW:
            break
        count += 1
    return count
