"""Where a round stands, department by department: the nouns, and what follows from them; no file here."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from kpi_xlsx.archived import Since
from kpi_xlsx.assessors import Missing
from kpi_xlsx.context import Context
from kpi_xlsx.copies import Copied
from kpi_xlsx.decisions import Closing, Extension, Paper, Verdict
from kpi_xlsx.handover import Handover
from kpi_xlsx.model import Department, Finding, Language, Mistake, PlanError, Severity, State, match_key
from kpi_xlsx.periods import end_of
from kpi_xlsx.portions import Portion
from kpi_xlsx.report import ReturnRecord
from kpi_xlsx.settings import Settings


class Condition(StrEnum):
    """The `state` of a department in JSON."""

    MISSING = "missing"
    QUARANTINED = "quarantined"
    ERRORS = "errors"
    WARNINGS = "warnings"
    CLEAN = "clean"


class Stage(StrEnum):
    """How far a department's return has come, in the order of a round."""

    NOT_ISSUED = "not_issued"
    ISSUED = "issued"
    MISSING = "missing"
    PARTLY = "partly_received"
    LATE = "late"
    RECEIVED = "received"
    SENT_BACK = "sent_back"
    AWAITING = "awaiting"
    CLEARED = "cleared"
    HELD = "held"
    NOT_REQUIRED = "not_required"

    def word(self, language: Language) -> str:
        return language.say(*STAGE_WORDS[self])


STAGE_WORDS: Mapping[Stage, tuple[str, str]] = {
    Stage.NOT_ISSUED: ("未发放", "Not issued"),
    Stage.ISSUED: ("已发放", "Issued"),
    Stage.MISSING: ("未报送", "Not received"),
    Stage.PARTLY: ("报来一部分", "Partly received"),
    Stage.LATE: ("迟报", "Late"),
    Stage.RECEIVED: ("已收待审", "Received"),
    Stage.SENT_BACK: ("已退回", "Sent back"),
    Stage.AWAITING: ("待说明", "Awaiting explanation"),
    Stage.CLEARED: ("审核通过", "Cleared"),
    Stage.HELD: ("通过后又来件", "New version held"),
    Stage.NOT_REQUIRED: ("本期无需报送", "Not required"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one department stands."""

    department: Department
    asked: bool
    """Whether it has a goal to be reported this period."""
    stage: Stage
    state: Condition
    due: dt.datetime
    """Until when its return is in time."""
    extension: Extension | None
    generated: dt.datetime | None
    """When its form was last made; None also where the ledger that knew was lost."""
    feedback: dt.datetime | None
    """When its feedback copy was last made."""
    sent: dt.datetime | None
    record: ReturnRecord | None
    """The newest of its returns that is neither held nor dismissed."""
    late: bool
    findings: tuple[Finding, ...]
    """Its errors and warnings, explained ones too."""
    pointed_out: tuple[Finding, ...]
    """Those of them which the department is to put right or to explain."""
    held: tuple[ReturnRecord, ...]
    differences: int
    """In how many cells the held versions differ from what counts."""
    forms: int
    """How many different returns of it were read."""
    attachments: int
    unusable: tuple[ReturnRecord, ...]
    paper: Paper | None
    parts: tuple[Portion, ...] = ()
    """What is asked of it and stands in none of its returns, though some came."""
    support_due: dt.datetime | None = None
    """Until when what it says as a supporter is in time, where that is earlier than `due` and still to come."""

    @property
    def code(self) -> str:
        return self.department.code

    @property
    def name(self) -> str:
        return self.department.name

    @property
    def received(self) -> dt.datetime | None:
        return None if self.record is None else self.record.receipt.moment

    @property
    def errors(self) -> int:
        return self._count(State.OPEN, Severity.ERROR)

    @property
    def warnings(self) -> int:
        return self._count(State.OPEN, Severity.WARNING)

    @property
    def explained(self) -> int:
        return self._count(State.EXPLAINED, *Severity)

    def _count(self, state: State, *severities: Severity) -> int:
        return sum(one.state is state and one.severity in severities for one in self.findings)

    @property
    def reviewers(self) -> Sequence[str]:
        """Who is to look it through."""
        return _reviewers(self)

    @property
    def passed(self) -> bool:
        """Whether a person has passed the version that counts."""
        review = None if self.record is None else self.record.review
        return review is not None and review.verdict is Verdict.PASSED

    @property
    def sent_back(self) -> bool:
        """Whether a person has sent the newest version back."""
        review = None if self.record is None else self.record.review
        return review is not None and review.verdict is Verdict.SENT_BACK

    @property
    def reviewed(self) -> bool:
        """Whether the version that counts is passed, nothing newer waits for a decision, and no part is to come."""
        return self.passed and not self.held and not self.parts

    @property
    def missing(self) -> bool:
        """Whether its form went out and its return, or a part of it, is still to come."""
        return self.stage in (Stage.ISSUED, Stage.MISSING, Stage.PARTLY)

    @property
    def to_correct(self) -> bool:
        """Whether the department, not the office, has the next move with what it sent."""
        if self.stage is Stage.SENT_BACK or (self.stage is Stage.PARTLY and self.sent_back):
            return True
        open_ = (Stage.AWAITING, Stage.RECEIVED, Stage.LATE, Stage.PARTLY)
        return self.stage in open_ and bool(self.pointed_out) and not self.passed

    @property
    def to_review(self) -> bool:
        """Whether a person of the office has the next move."""
        return self.stage is Stage.HELD or (self.stage in (Stage.RECEIVED, Stage.LATE) and not self.pointed_out)

    def to_dict(self, language: Language, zone: dt.tzinfo) -> dict[str, Any]:
        """The department's object in JSON."""
        record, department = self.record, self.department
        review = None if record is None else record.review
        return {
            "code": self.code,
            "name": self.name,
            "state": str(self.state),
            "generated": _iso(self.generated, zone),
            "sent": _iso(self.sent, zone),
            "received": _iso(self.received, zone),
            "late": self.late,
            "errors": self.errors,
            "warnings": self.warnings,
            "explained": self.explained,
            "reviewed": self.reviewed,
            "stage": self.stage.word(language),
            "asked": self.asked,
            "basis": None if record is None else str(record.receipt.basis),
            "version": (record.version or None) if record else None,
            "verdict": None if review is None else str(review.verdict),
            "reviewed_by": (review.reviewer or None) if review else None,
            "reviewed_on": review.date.isoformat() if review and review.date else None,
            "remark": (review.remark or None) if review else None,
            "held": len(self.held),
            "differences": self.differences,
            "deadline": _iso(self.due, zone),
            "extension": None if self.extension is None else _iso(self.extension.until, zone),
            "authority": None if self.extension is None else self.extension.authority,
            "feedback": _iso(self.feedback, zone),
            "forms": self.forms,
            "attachments": self.attachments,
            "unusable": [one.file for one in self.unusable],
            "paper": None if self.paper is None else str(self.paper.state),
            "contact": department.contact,
            "phone": department.phone,
            "email": department.email,
            "leader": department.leader,
            "reviewer": department.reviewer,
            "parts": [{"role": str(one.role), "goals": list(one.goals)} for one in self.parts],
            "support_deadline": _iso(self.support_due, zone),
        }


@dataclass(frozen=True)
class Status:
    """Where the round stands at a moment."""

    settings: Settings
    context: Context
    now: dt.datetime
    standings: tuple[Standing, ...]
    """In the order of the plan."""
    closing: Closing | None
    strangers: tuple[ReturnRecord, ...]
    """Files that could not be used and are nobody's: any of them may be what is missing."""
    unmerged: int
    """How many files have come or changed since the last merge."""
    outdated: bool
    """Whether a merge would probably find or show something else than the last one did."""
    master: bool
    remarks: tuple[str, ...] = ()
    reviewer: str = ""
    """Whose departments these are, if not all."""
    copied: Copied | None = None
    """What lies in the folder of another cycle, from which it was copied."""
    handover: Handover | None = None
    """What a colleague who takes the round over must know; of all departments."""
    since: Since | None = None
    """What is not as the newest archive has it; None if there is none."""
    assessors: Sequence[Missing] = ()
    """Who has not settled all that it assesses."""

    @property
    def archive(self) -> str | None:
        """The newest archive, as people find it from the cycle's folder."""
        return None if self.since is None else self.since.archived.name

    @property
    def finished(self) -> bool:
        """Whether the round is closed, archived, and nothing has changed since."""
        return self.closing is not None and self.since is not None and not (self.since.anything or self.since.reopened)

    @property
    def amended(self) -> bool:
        """Whether what was corrected after the closing is merged, so that only a further archive is wanting.

        As far as it can be told: whether the register was changed after the merge, only the files' times say.
        """
        return self.since is not None and bool(self.since.corrections) and self.since.master and not self.outdated

    @property
    def language(self) -> Language:
        return self.context.language

    @property
    def zone(self) -> dt.tzinfo:
        return self.settings.zone

    @property
    def due(self) -> dt.datetime:
        """Until when returns without an extension are in time."""
        return self.context.return_by or period_over(self.settings)

    @property
    def chased(self) -> tuple[Standing, ...]:
        """The departments from which something is still to come: a return, or a better one."""
        return tuple(one for one in self.standings if one.missing or one.to_correct)

    def count(self, holds: Callable[[Standing], bool]) -> int:
        return sum(map(holds, self.standings))

    def of_reviewer(self, name: str) -> Status:
        """The same for only the departments that the plan gives to a colleague. Raises PlanError if there are none."""
        ours = tuple(one for one in self.standings if match_key(name) in map(match_key, _reviewers(one)))
        if not ours:
            known = dict.fromkeys(reviewer for one in self.standings for reviewer in _reviewers(one))
            say = self.language.say
            listed = say("、", ", ").join(known) or say("（没有填）", "(none)")
            words = say(
                f"部门表的“审核人”里没有“{name}”。有的是：{listed}。",
                f"“{name}” is nobody's reviewer in the departments sheet. There are: {listed}.",
            )
            raise PlanError([Mistake("plan.xlsx", "", words)])
        return replace(self, standings=ours, reviewer=name)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `--format json`."""
        ours = self.standings
        states = Counter(one.state for one in ours)
        return {
            "departments": [one.to_dict(self.language, self.zone) for one in ours],
            "totals": {
                "departments": len(ours),
                "asked": self.count(lambda one: one.asked),
                "states": {str(state): states[state] for state in Condition},
                "stages": {stage.word(self.language): count for stage, count in self.stages().items()},
                "late": self.count(lambda one: one.late),
                "reviewed": self.count(lambda one: one.reviewed),
                "held": sum(len(one.held) for one in ours),
                "errors": sum(one.errors for one in ours),
                "warnings": sum(one.warnings for one in ours),
                "explained": sum(one.explained for one in ours),
                "forms": sum(one.forms for one in ours),
                "attachments": sum(one.attachments for one in ours),
                "strangers": len(self.strangers),
                "unmerged": self.unmerged,
            },
            "now": _iso(self.now, self.zone),
            "return_by": _iso(self.context.return_by, self.zone),
            "closed": None if self.closing is None else self.closing.date.isoformat(),
            "closed_by": None if self.closing is None else self.closing.by,
            "archive": self.archive,
            "corrected_since": 0 if self.since is None else len(self.since.corrections),
            "changed_since": self.since is not None and self.since.anything,
            "support_by": _iso(self.context.support_by, self.zone),
        }

    def stages(self) -> Mapping[Stage, int]:
        """How many departments are at each stage, all of them named."""
        found = Counter(one.stage for one in self.standings)
        return {stage: found[stage] for stage in Stage}


def group_by_leader(ours: Iterable[Standing]) -> Sequence[tuple[str, Sequence[Standing]]]:
    """Departments by the leader responsible, leaders as the plan first names them; those without one at the end."""
    groups: dict[str, list[Standing]] = {}
    for one in ours:
        groups.setdefault(one.department.leader.strip(), []).append(one)
    return sorted(groups.items(), key=lambda group: not group[0])


def _reviewers(one: Standing) -> list[str]:
    """Who is to look a department through: one name, or several with 、 or ; between them."""
    return [name.strip() for name in re.split("[、；;，,\n]", one.department.reviewer) if name.strip()]


def period_over(settings: Settings) -> dt.datetime:
    """The last moment of the period, in the cycle's offset."""
    return end_of(settings.period.end, settings.zone)


def _iso(moment: dt.datetime | None, zone: dt.tzinfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat()
