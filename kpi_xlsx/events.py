"""What happened to each row in the course of a round, told from the inbox and the register alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What an event was."""

    CAME = "came"
    """A version of a department's return came in."""
    COUNTED = "counted"
    """A row of the master took its answers from a version."""
    HELD = "held"
    DISMISSED = "dismissed"
    PASSED = "passed"
    SENT_BACK = "sent_back"
    PENDING = "pending"
    EXTENDED = "extended"
    PROPOSED = "proposed"
    APPLIED = "applied"
    REJECTED = "rejected"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `at` is None where nobody wrote down when."""

    kind: EventKind
    department: str | None
    goal: str | None
    """The goal's id; None for what concerns a whole return."""
    column: str | None
    file: str | None
    sha256: str | None
    at: dt.datetime | dt.date | None
    why: str
    """In the cycle's language, as it is shown."""


EVENT_WORDS: Mapping[EventKind, tuple[str, str]] = {
    EventKind.CAME: ("收到", "received"),
    EventKind.COUNTED: ("计入汇总", "counts"),
    EventKind.HELD: ("暂存", "held"),
    EventKind.DISMISSED: ("通过后来件，已退回", "dismissed"),
    EventKind.PASSED: ("审核通过", "passed"),
    EventKind.SENT_BACK: ("退回", "sent back"),
    EventKind.PENDING: ("待定", "pending"),
    EventKind.EXTENDED: ("延期", "extended"),
    EventKind.PROPOSED: ("更正待确认", "amendment proposed"),
    EventKind.APPLIED: ("更正已采用", "amendment applied"),
    EventKind.REJECTED: ("更正不采用", "amendment rejected"),
    EventKind.WAIVED: ("免予说明", "waived"),
}
