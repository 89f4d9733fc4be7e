"""What a colleague who takes a round over must know: open decisions, who reviews what, next dates; nouns, no file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kpi_xlsx.decisions import Closing


class Issue(StrEnum):
    """Why a person must decide something."""

    PROPOSED = "proposed"
    """A correction waits for a yes or no."""
    DOUBTFUL = "doubtful"
    """A change that was found in the master and looks like an accident."""
    DISPUTED = "disputed"
    """Returns, or register and return, contradict each other (X105-X107)."""


@dataclass(frozen=True, slots=True)
class OpenDecision:
    """Something that waits for a person."""

    issue: Issue
    department: str
    """Its code; empty if it is nobody's."""
    goal: str
    """The goal's id."""
    words: str
    place: str
    """Where it is decided, as people find it."""
    code: str = ""
    """The rule that found it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that came after another one was passed, and waits for a decision."""

    department: str
    file: str
    version: int


class Event(StrEnum):
    """What falls on a date."""

    RETURN = "return"
    SUPPORT = "support"
    EXTENSION = "extension"
    GOALS = "goals"


@dataclass(frozen=True, slots=True)
class NextDate:
    """A date that is still to come."""

    event: Event
    moment: dt.datetime
    department: str = ""
    """Whose extension ends."""
    authority: str = ""
    goals: tuple[str, ...] = ()
    """The ids of goals, not reported as completed, that are due."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A department of a reviewer, and how far it has come."""

    department: str
    stage: str
    """As it is shown."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where things lie."""

    chain: tuple[str, ...]
    """The folders of earlier cycles, newest first, each as the one after it names it."""
    master: str
    """Empty if there is none."""
    merged: dt.datetime | None
    """When the master was last written."""
    archive: tuple[str, ...]
    """What lies in archive/."""


NOWHERE = Whereabouts((), "", None, ())


@dataclass(frozen=True, slots=True)
class Handover:
    """What is open in a round at a moment."""

    decisions: tuple[OpenDecision, ...]
    held: tuple[Waiting, ...]
    papers: tuple[str, ...]
    """The departments of which the stamped paper is awaited."""
    reviewers: Mapping[str, Sequence[Charge]]
    """Who looks which departments through; those that nobody does under an empty name, at the end."""
    dates: tuple[NextDate, ...]
    """The nearest first."""
    closing: Closing | None
    places: Whereabouts

    def to_dict(self, zone: dt.tzinfo) -> dict[str, Any]:
        """The object `handover` in JSON."""
        places = self.places
        return {
            "decisions": [
                {
                    "issue": str(one.issue),
                    "department": one.department or None,
                    "goal": one.goal or None,
                    "words": one.words,
                    "place": one.place or None,
                    "code": one.code or None,
                }
                for one in self.decisions
            ],
            "held": [{"department": one.department, "file": one.file, "version": one.version} for one in self.held],
            "extensions": [
                {"department": one.department, "until": _iso(one.moment, zone), "authority": one.authority}
                for one in self.dates
                if one.event is Event.EXTENSION
            ],
            "papers": list(self.papers),
            "reviewers": [
                {
                    "reviewer": name or None,
                    "departments": [{"code": one.department, "stage": one.stage} for one in charges],
                }
                for name, charges in self.reviewers.items()
            ],
            "dates": [
                {
                    "event": str(one.event),
                    "moment": _iso(one.moment, zone),
                    "department": one.department or None,
                    "goals": list(one.goals),
                }
                for one in self.dates
            ],
            "closed": None if self.closing is None else self.closing.date.isoformat(),
            "places": {
                "chain": list(places.chain),
                "master": places.master or None,
                "merged": None if places.merged is None else _iso(places.merged, zone),
                "archive": list(places.archive),
            },
        }


def _iso(moment: dt.datetime, zone: dt.tzinfo) -> str:
    return moment.astimezone(zone).isoformat()
