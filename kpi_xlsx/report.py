"""What a run found: returns, findings and the rows of the master, for people's scripts and for the command line."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from kpi_xlsx.amending import Amended
from kpi_xlsx.assessors import NO_ASSESSMENTS, Assessed, Assessments
from kpi_xlsx.checks import matches
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Decisions, Fate, Review
from kpi_xlsx.model import CellType, Entry, Finding, Goal, Leftover, Progress, ReturnStatus, Severity, State, id_key
from kpi_xlsx.past import NO_PAST, Answered, Past
from kpi_xlsx.receipts import Receipt
from kpi_xlsx.rhythm import find_settled
from kpi_xlsx.template import given

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class ReturnRecord:
    """One file that was found (or one form in it), and what became of it."""

    file: str
    department: str | None
    status: ReturnStatus
    counts: bool
    sha256: str | None
    receipt: Receipt
    size: int = 0
    sheet: str | None = None
    form: int = 0
    """Which form of its file it is, from 0."""
    leftovers: tuple[Leftover, ...] = ()
    """What stands in it and belongs to no goal and column."""
    signed: Mapping[str, str] = field(default_factory=dict)
    """What was typed behind the labels below its table, by label."""
    version: int = 0
    """Which of its department's returns it is, from 1, by when each content first came; 0 for what is no return."""
    fate: Fate = Fate.IN_PLAY
    review: Review | None = None
    """What a person last said of this version."""
    copy_of: str | None = None
    """The file of the same content that stands for this one."""
    revision: str = ""
    """Of the goals in its form, as the form was issued; empty for what is no return."""
    part: int = 0
    """How many goals its form holds, if not all of the department's."""
    current: bool = True
    """Whether the plan has these goals so today."""
    goals: tuple[str, ...] = ()
    """The ids of the goals in a form that holds only some of its department's; none: all of them."""

    @property
    def bundle(self) -> bool:
        """Whether it is an archive: read, but nobody's, and without a sheet, which an assessor's form has."""
        return self.status is ReturnStatus.READ and self.department is None and self.sheet is None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a held version answers in a row, where that differs from what counts."""

    entry: Entry
    record: ReturnRecord


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the master: a goal of a department, with the entry that counts, if any."""

    department: str
    id: str
    goal: Goal | None
    """None for a row that the department added in its spare rows."""
    role: str
    entry: Entry | None
    record: ReturnRecord | None
    """The return that the entry is from."""
    amended: Mapping[str, Amended] = field(default_factory=dict)
    """By column key."""
    reviewed: Entry | None = None
    """What counted in this row when a reviewer last passed the department or sent it back; None if never."""
    waiting: tuple[Waiting, ...] = ()
    """The oldest first."""


def find_carried(row: Row, context: Context, past: Past) -> Answered | None:
    """The earlier answer that still holds in a row: completed and passed then, and nothing was answered since.

    What the department answered in this period comes first, also while it is held; so does a status that the office
    put there.
    """
    if not past or row.goal is None or row.entry is not None or row.waiting:
        return None
    status = row.amended.get("status")
    if status is not None and context.progress(status.value) is not Progress.COMPLETED:
        return None
    return find_settled(context.template.main, past, row.department, id_key(row.id))


@dataclass(frozen=True, slots=True)
class Share:
    """What a report has of one department (or of nobody)."""

    returns: Sequence[ReturnRecord]
    findings: Sequence[Finding]
    entries: Sequence[Row]

    @property
    def counting(self) -> frozenset[str]:
        """The files of which a row counts."""
        return frozenset(one.file for one in self.returns if one.counts)


@dataclass(frozen=True)
class Report:
    """The outcome of `validate` or `merge`."""

    context: Context
    zone: dt.tzinfo
    returns: Sequence[ReturnRecord]
    findings: Sequence[Finding]
    entries: Sequence[Row]
    whole: bool = True
    decisions: Decisions = field(default_factory=Decisions)
    """The register, as it was read for this run."""
    remarks: tuple[str, ...] = ()
    """What a person should know beside the findings: a register row not used, a master moved to history."""
    past: Past = NO_PAST
    """What earlier cycles had."""
    assessments: Assessments = NO_ASSESSMENTS
    """What assessors settled, whose files are whose, and what is still to come."""

    @property
    def assessed(self) -> Mapping[tuple[str, str], Assessed]:
        """What assessors settled (figure, score, reason, document), by department code and goal key."""
        return self.assessments.settled

    def share(self, department: str | None) -> Share:
        """What there is of one department, by its code; None: of nobody."""
        return self._shares.get(department, Share((), (), ()))

    @cached_property
    def _shares(self) -> Mapping[str | None, Share]:
        returns: defaultdict[str | None, list[ReturnRecord]] = defaultdict(list)
        for record in self.returns:
            returns[record.department].append(record)
        findings: defaultdict[str | None, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            findings[finding.department].append(finding)
        entries: defaultdict[str | None, list[Row]] = defaultdict(list)
        for row in self.entries:
            entries[row.department].append(row)
        codes = returns.keys() | findings.keys() | entries.keys()
        return {code: Share(returns[code], findings[code], entries[code]) for code in codes}

    @property
    def exit_code(self) -> int:
        """1 if an error is open, else 0."""
        return int(any(one.severity is Severity.ERROR and one.state is State.OPEN for one in self.findings))

    def select(self, prefixes: str | Iterable[str], ignore: str | Iterable[str]) -> tuple[Finding, ...]:
        """The findings whose code begins with one of `prefixes` (all, if there are none) and none of `ignore`.

        Both are lists of prefixes, or one text with commas as on the command line.
        """
        wanted, unwanted = split_codes(prefixes), split_codes(ignore)
        return tuple(
            one
            for one in self.findings
            if (not wanted or matches(one.code, wanted)) and not (unwanted and matches(one.code, unwanted))
        )

    def to_dict(self) -> dict[str, list[dict[str, Any]]]:
        """The JSON object of `--format json`."""
        return {
            "returns": [
                {
                    "file": record.file,
                    "department": record.department,
                    "status": str(record.status),
                    "counts": record.counts,
                    "sha256": record.sha256,
                    "received": record.receipt.moment.astimezone(self.zone).isoformat(),
                    "basis": str(record.receipt.basis),
                    "version": record.version or None,
                    "fate": str(record.fate) if record.version else None,
                    "verdict": str(record.review.verdict) if record.review else None,
                    "copy_of": record.copy_of,
                    "revision": record.revision or None,
                    "current": record.current if record.revision else None,
                }
                for record in self.returns
            ],
            "findings": [finding_dict(one) for one in self.findings],
        }

    def to_frame(self, kind: Literal["entries", "findings", "targets"] = "entries") -> pd.DataFrame:
        """A pandas frame: a row for each row of the master as it is shown there, for each finding, or for each target.

        `pending` names the columns whose amendment nobody has decided on yet, `carried` the earlier cycle from which
        the answers of a completed goal are.
        """
        import pandas as pd

        if kind == "findings":
            return pd.DataFrame([finding_dict(one) for one in self.findings], columns=list(FINDING_KEYS))
        if kind == "targets":
            return self._targets_frame()
        if kind != "entries":
            raise ValueError(f"no such frame: {kind!r}; choose 'entries', 'findings' or 'targets'")
        table = self.context.template.main
        rows = [dict(self._frame_row(row)) for row in self.entries]
        names = [
            "department",
            *(column.key for column in table.form_columns),
            "file",
            "sheet",
            "row",
            "sha256",
            "received",
            "pending",
            "carried",
        ]
        frame = pd.DataFrame(rows, columns=names)
        for column in table.entry:
            if column.type is CellType.NUMBER:
                frame[column.key] = pd.to_numeric(frame[column.key], errors="coerce")
        return frame

    def _targets_frame(self) -> pd.DataFrame:
        """A row for each target: what was told of it and what can be said of that. Shares are of the target (0.5)."""
        import pandas as pd

        from kpi_xlsx.pacing import Pacing

        pacing, rows = Pacing(self.context, self.past), []
        for row in self.entries:
            pace = pacing.pace_of(row)
            for one in pace.judgements if pace is not None else ():
                target = one.target
                told = (None if share is None else float(share) for share in (one.actual, one.completion, one.expected))
                named = (
                    (None,) * 5 if target is None else (target.id, target.name, target.value, target.unit, target.basis)
                )
                rows.append((row.department, row.id, *named, str(one.state), one.reason, *told))
        return pd.DataFrame(rows, columns=list(TARGET_KEYS))

    def _frame_row(self, row: Row) -> Mapping[str, Any]:
        table = self.context.template.main
        found: dict[str, Any] = {"department": row.department}
        carried = find_carried(row, self.context, self.past)
        for column in table.form_columns:
            if row.goal is not None and column in table.given:
                found[column.key] = given(column, row.goal)
            elif column.key in row.amended:
                found[column.key] = row.amended[column.key].value
            elif row.entry is not None:
                found[column.key] = row.entry.value(column.key)
            elif carried is not None:
                found[column.key] = carried[1].values.get(column.key)
        found["id"] = row.id
        found["pending"] = ",".join(key for key, one in row.amended.items() if one.pending)
        if row.entry is not None and row.record is not None:
            found |= {"file": row.record.file, "sheet": row.record.sheet, "row": row.entry.row}
            found |= {"sha256": row.record.sha256, "received": row.record.receipt.moment.astimezone(self.zone)}
        if carried is not None:
            cycle, then = carried
            found |= {"carried": cycle.id, "file": cycle.path_of(then), "sheet": then.sheet, "sha256": then.sha256}
        return found


def split_codes(codes: str | Iterable[str]) -> tuple[str, ...]:
    """Code prefixes from a list, or from a text with commas; lower case is fine."""
    parts = codes.split(",") if isinstance(codes, str) else codes
    return tuple(part.strip().upper() for part in parts if part.strip())


TARGET_KEYS = (
    "department",
    "goal",
    "target",
    "name",
    "value",
    "unit",
    "basis",
    "state",
    "reason",
    "actual",
    "completion",
    "expected",
)
FINDING_KEYS = (
    "code",
    "name",
    "kind",
    "severity",
    "state",
    "message",
    "hint",
    "file",
    "department",
    "goal",
    "column",
    "sheet",
    "cell",
)


def finding_dict(finding: Finding) -> dict[str, Any]:
    """A finding with the keys of the JSON contract."""
    return {key: str(value) if (value := getattr(finding, key)) is not None else None for key in FINDING_KEYS}
