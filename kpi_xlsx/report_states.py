"""What became of a row of the master: reported, late, missing, not due …; the states and their words, no judgement."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ReportState(StrEnum):
    """Whether a row was reported, and if not, why."""

    REPORTED = "reported"
    LATE = "late"
    MISSING = "missing"
    BLANK = "blank"
    NOTHING = "nothing"
    NOT_DUE = "not_due"
    COMPLETED_EARLIER = "completed_earlier"


REPORT_WORDS: Mapping[ReportState, tuple[str, str]] = {
    ReportState.REPORTED: ("已报送", "Reported"),
    ReportState.LATE: ("迟报", "Late"),
    ReportState.MISSING: ("未报送", "Not reported"),
    ReportState.BLANK: ("未填", "Left blank"),
    ReportState.NOTHING: ("无（例外）", "None (exception)"),
    ReportState.NOT_DUE: ("本期不填", "Not due"),
    ReportState.COMPLETED_EARLIER: ("前期已完成", "Completed earlier"),
}
