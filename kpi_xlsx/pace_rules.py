"""How progress is judged against time: states, their words and colours, margins and alerts, as a template sets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from kpi_xlsx.model import Language


class Pace(StrEnum):
    """What can be said of a target at the end of a period; "cannot tell" is an answer."""

    MET = "met"
    AHEAD = "ahead"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    OVERDUE = "overdue"
    UNREPORTED = "unreported"
    CANNOT_TELL = "cannot_tell"
    NOT_DUE = "not_due"


PACE_WORDS: Mapping[Pace, tuple[str, str]] = {
    Pace.MET: ("已完成", "Met"),
    Pace.AHEAD: ("超序时", "Ahead"),
    Pace.ON_TRACK: ("达序时", "On track"),
    Pace.BEHIND: ("欠序时", "Behind"),
    Pace.OVERDUE: ("逾期未完成", "Overdue"),
    Pace.UNREPORTED: ("指标未报", "Not reported"),
    Pace.CANNOT_TELL: ("无法判定", "Cannot tell"),
    Pace.NOT_DUE: ("未到节点", "Not yet due"),
}
"""On screen, unless the template has words of its own."""
PACE_COLOURS: Mapping[Pace, tuple[str, str]] = {
    Pace.MET: ("E2EFDA", "375623"),
    Pace.AHEAD: ("C6E0B4", "375623"),
    Pace.ON_TRACK: ("F2F9EE", "375623"),
    Pace.BEHIND: ("FFF2CC", "7F6000"),
    Pace.OVERDUE: ("FFC7CE", "9C0006"),
    Pace.UNREPORTED: ("FFFFFF", "9C0006"),
    Pace.CANNOT_TELL: ("DDEBF7", "1F4E78"),
    Pace.NOT_DUE: ("F2F2F2", "595959"),
}
"""Fill and text colour; the word always stands there too, and the fills survive a grey printer."""
SLOW = frozenset([Pace.BEHIND, Pace.OVERDUE])
"""The states that raise an alert."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A colour that warns: 蓝色, 黄色, 红色; `after` so many periods running in which the goal was not on time."""

    name: str
    fill: str
    after: int


ALERTS: Mapping[Language, tuple[Alert, ...]] = {
    Language.ZH: (Alert("蓝色预警", "DDEBF7", 1), Alert("黄色预警", "FFEB9C", 2), Alert("红色预警", "FFC7CE", 3)),
    Language.EN: (Alert("Blue alert", "DDEBF7", 1), Alert("Amber alert", "FFEB9C", 2), Alert("Red alert", "FFC7CE", 3)),
}


@dataclass(frozen=True)
class PaceRules:
    """What a template says of pace. Margins are in hundredths of the target: 5 is five points of its completion."""

    tolerance: Decimal = Decimal(0)
    """How far below what is expected still counts as on track."""
    ahead: Decimal = Decimal(10)
    """How far above what is expected counts as ahead."""
    pro_rata: bool = True
    """Whether quantities are judged by the months gone; else as they stand."""
    words: Mapping[Pace, str] = field(default_factory=dict)
    alerts: tuple[Alert, ...] | None = None
    """From the mildest; None: the three that are shipped."""

    def word(self, state: Pace, language: Language) -> str:
        """What a state is called on screen."""
        return self.words.get(state) or language.say(*PACE_WORDS[state])

    def alert(self, state: Pace | None, periods: int, language: Language) -> Alert | None:
        """The alert of a goal that was behind for so many periods running; an overdue one gets the gravest at once."""
        alerts = ALERTS[language] if self.alerts is None else self.alerts
        if state not in SLOW or not alerts:
            return None
        if state is Pace.OVERDUE:
            return alerts[-1]
        return next((one for one in reversed(alerts) if one.after <= periods), None)
