"""The events of a round, told from what was concluded and what people decided; no file and no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.batch import Conclusion
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import (
    AMENDMENT_KINDS,
    EVERY_GOAL,
    Amendment,
    AmendmentState,
    Decisions,
    Fate,
    Place,
    Review,
    Verdict,
    Waiver,
)
from kpi_xlsx.events import Event, EventKind
from kpi_xlsx.model import Basis, ReturnStatus, Severity, clip, id_key, plain
from kpi_xlsx.periods import end_of, show_time
from kpi_xlsx.reading import printable
from kpi_xlsx.receipts import UNCONFIRMED, Receipt
from kpi_xlsx.report import ReturnRecord, Row
from kpi_xlsx.values import show_value
from kpi_xlsx.versions import Version, version_name

_BEFORE_ALL = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
_REVIEWED = {
    Verdict.PASSED: EventKind.PASSED,
    Verdict.SENT_BACK: EventKind.SENT_BACK,
    Verdict.PENDING: EventKind.PENDING,
}
_AMENDED = {
    AmendmentState.PROPOSED: EventKind.PROPOSED,
    AmendmentState.APPLIED: EventKind.APPLIED,
    AmendmentState.REJECTED: EventKind.REJECTED,
}


def tell(context: Context, conclusion: Conclusion, decisions: Decisions, zone: dt.tzinfo) -> list[Event]:
    """What happened in a round, the oldest first; what nobody dated stands behind what it belongs to."""
    return Teller(context, conclusion, decisions, zone).tell()


@dataclass(frozen=True, slots=True)
class _Told:
    """An event and its place among the others."""

    event: Event
    when: dt.datetime
    """By this it is sorted: a day counts as its end."""
    step: int
    """What comes first of the same moment."""


@dataclass(frozen=True)
class Teller:
    """Tells the events of one round, and why a row counts from one version and not from another."""

    context: Context
    conclusion: Conclusion
    decisions: Decisions
    zone: dt.tzinfo

    def tell(self) -> list[Event]:
        told = [*self.extensions(), *self.arrivals(), *self.counts(), *self.holds(), *self.reviews()]
        told += [*self.amendments(), *self.waivers()]
        return [one.event for one in sorted(told, key=self.order)]

    def order(self, told: _Told) -> tuple[object, ...]:
        """By time; at the same time in the order of the plan. What stands in the register keeps its order."""
        event, context = told.event, self.context
        department = context.department_order.get(event.department or "", len(context.department_order))
        goal = -1 if event.goal is None else context.goal_order.get(id_key(event.goal), len(context.goal_order))
        return (told.when, told.step, department, goal)

    # What came.

    def extensions(self) -> Iterator[_Told]:
        """Nobody writes down when one was granted; it stands before all that came."""
        say = self.context.language.say
        for one in self.decisions.extensions:
            until = show_time(one.until, self.zone)
            why = self._listed(
                say(f"期限延至 {until}", f"deadline moved to {until}"),
                say(f"批准：{one.authority}", f"authority: {one.authority}") if one.authority else "",
                self._place(one.place),
            )
            yield _Told(_event(EventKind.EXTENDED, one.department, why), _BEFORE_ALL, 0)

    def arrivals(self) -> Iterator[_Told]:
        """Every file of a department's return, under every name, and files of which nothing could be used."""
        for record in self.conclusion.returns:
            if record.department is None or record.form:
                continue
            if record.version or record.status is ReturnStatus.QUARANTINED:
                receipt = record.receipt
                why = self._listed(self._came(record), self._basis(receipt), self._way(receipt))
                event = _event(EventKind.CAME, record.department, why, of=record, at=receipt.moment)
                yield _Told(event, receipt.moment, 1)

    def _came(self, record: ReturnRecord) -> str:
        say = self.context.language.say
        if not record.version:
            trouble = self._errors.get(record.file, "")
            return say(f"无法采用：{trouble}", f"could not be used: {trouble}").rstrip(":： 。.")
        label = self._label(record.version)
        if record.copy_of is not None:
            return say(f"{label}，内容与 {record.copy_of} 相同", f"{label}, the same content as {record.copy_of}")
        passed = self.passed.get(record.department or "")
        if record.fate is Fate.REPEATS and passed is not None:
            other = self._label(passed.number)
            return say(
                f"{label}，答案与审核通过的{other}没有差别",
                f"{label}, no answer differs from {other}, which was passed",
            )
        return say(f"{label}来件", f"return {label}")

    def _basis(self, receipt: Receipt) -> str:
        say = self.context.language.say
        if receipt.basis is Basis.REGISTERED:
            return say("时间有登记", "time registered")
        return say(*UNCONFIRMED)

    def _way(self, receipt: Receipt) -> str:
        by = receipt.by
        return self._listed(receipt.way, self.context.language.say(f"经手人：{by}", f"taken in by {by}") if by else "")

    # What counts, and why.

    def counts(self) -> Iterator[_Told]:
        for row in self.conclusion.entries:
            version = self.version_of(row)
            if version is not None and row.record is not None:
                why = self.reason(row, version)
                at = version.moment
                event = _event(EventKind.COUNTED, row.department, why, goal=row.id, of=row.record, at=at)
                yield _Told(event, at, 2)

    def version_of(self, row: Row) -> Version | None:
        """The version from which a row counts."""
        if row.record is None:
            return None
        return next((one for one in self.ours.get(row.department, ()) if one.number == row.record.version), None)

    def reason(self, row: Row, version: Version) -> str:
        """Why a row counts from this version and from no other."""
        say, ours = self.context.language.say, self.ours[row.department]
        later = [one for one in ours if one.number > version.number]
        if len(ours) == 1:
            first = say("唯一的一次来件", "the only return")
        elif not later:
            first = say("最新的一次来件", "the newest return")
        else:
            first = say("此行最近一次有答案、可以计入的来件", "the newest return that answers here and counts")
        others = [f"{self._label(one.number)}{self._bracketed(self.left_out(one, row))}" for one in later]
        copies = say("、", ", ").join(version.files[1:])
        passed = version.review is not None and version.review.verdict is Verdict.PASSED
        return self._listed(
            first,
            say("已审核通过", "it was passed") if passed else "",
            say("之后：", "later: ") + say("、", ", ").join(others) if others else "",
            say(f"内容相同的还有 {copies}", f"the same content came as {copies}") if copies else "",
        )

    def left_out(self, later: Version, row: Row) -> str:
        """Why a later version does not count in a row."""
        say, passed = self.context.language.say, self.passed.get(row.department)
        answered = self._rows_of[later.department, later.number].get(id_key(row.id))
        if later.fate is Fate.HELD and passed is not None:
            label = self._label(passed.number)
            return say(f"{label}已审核通过，之后的暂存", f"held, since {label} was passed")
        if later.fate is Fate.DISMISSED:
            return say("通过之后来的，已退回", "came after the review, sent back")
        if later.fate is Fate.REPEATS:
            return say("答案没有差别", "no answer differs")
        if answered is None:
            return say("没有这一行", "has no such row")
        if not answered:
            return say("此行空白，不覆盖", "blank in this row, erases nothing")
        return say("此行没有计入", "not taken in this row")

    def _bracketed(self, text: str) -> str:
        return self.context.language.say(f"（{text}）", f" ({text})")

    def holds(self) -> Iterator[_Told]:
        """Versions that came after another was passed and wait for a decision."""
        say = self.context.language.say
        for version in self.conclusion.versions:
            passed = self.passed.get(version.department)
            if version.fate is not Fate.HELD or passed is None or passed.review is None:
                continue
            label, other = self._label(version.number), self._label(passed.number)
            why = self._listed(
                say(
                    f"{other}已审核通过，{label}暂存，等人决定",
                    f"{other} was passed; {label} is held until somebody decides",
                ),
                self._place(passed.review.place),
            )
            day = passed.review.date
            late = day is not None and day > version.moment.astimezone(self.zone).date()
            at = day if late else version.moment
            event = _event(EventKind.HELD, version.department, why, of=version, at=at)
            yield _Told(event, max(version.moment, self._end(day) or version.moment), 4)

    # What people decided.

    def reviews(self) -> Iterator[_Told]:
        for review in self.decisions.reviews:
            version = self.conclusion.meant.get(review.place)
            kind = _REVIEWED[review.verdict]
            if version is not None and version.fate is Fate.DISMISSED and version.review == review:
                kind = EventKind.DISMISSED
            event = _event(kind, review.department, self._review(review, version), of=version, at=review.date)
            came = version.moment if version is not None else _BEFORE_ALL
            yield _Told(event, self._end(review.date) or came, 3)

    def _review(self, review: Review, version: Version | None) -> str:
        say = self.context.language.say
        if version is None:
            which = say(f"没有“{review.version}”这一次来件", f"there is no return “{review.version}”")
        else:
            which = self._label(version.number)
        by = say(f"审核人：{review.reviewer}", f"reviewer: {review.reviewer}") if review.reviewer else ""
        return self._listed(which, by, review.remark, self._place(review.place))

    def amendments(self) -> Iterator[_Told]:
        for one in self.decisions.amendments:
            when = self._after.get((one.department, one.goal)) or self._last.get(one.department, _BEFORE_ALL)
            goal, column = self.context.row_id(one.goal), one.column
            event = _event(_AMENDED[one.state], one.department, self._amendment(one), goal=goal, column=column)
            yield _Told(event, when, 5)

    def _amendment(self, one: Amendment) -> str:
        say, column = self.context.language.say, self.context.column(one.column, self.context.row_id(one.goal))
        blank, heading = say("（空）", "(blank)"), one.column if column is None else column.header
        shown = (plain(value) if column is None else show_value(column, value) for value in (one.old, one.new))
        old, new = (text or blank for text in shown)
        parts = (
            (say("原因：", "reason: "), one.reason),
            (say("依据：", "authority: "), one.authority),
            (say("批准：", "approved by "), one.approved_by),
            (say("单位书面确认：", "department's consent: "), one.consent),
        )
        return self._listed(
            say(f"{heading}：{old} → {new}", f"{heading}: {old} → {new}"),
            say(*AMENDMENT_KINDS[one.kind]) if one.kind else "",
            *(f"{label}{text}" for label, text in parts if text),
            say("像是误改，没有采用", "likely an accident, not taken") if one.set_aside else "",
            self._place(one.place),
        )

    def waivers(self) -> Iterator[_Told]:
        for one in self.decisions.waivers:
            goal = None if one.goal in (None, EVERY_GOAL) else self.context.row_id(one.goal)
            when = self._after.get((one.department, one.goal or "")) or self._last.get(one.department, _BEFORE_ALL)
            event = _event(EventKind.WAIVED, one.department, self._waiver(one), goal=goal, at=one.date)
            yield _Told(event, self._end(one.date) or when, 6)

    def _waiver(self, one: Waiver) -> str:
        say = self.context.language.say
        every = say("（所有目标）", " (all goals)") if one.goal == EVERY_GOAL else ""
        by = say(f"免予说明：{one.by}", f"waived by {one.by}")
        return self._listed(f"{one.code}{every}", by, one.reason, self._place(one.place))

    # What is known of departments.

    @cached_property
    def ours(self) -> Mapping[str, Sequence[Version]]:
        """The versions of each department, the oldest first."""
        found: dict[str, list[Version]] = {}
        for one in self.conclusion.versions:
            found.setdefault(one.department, []).append(one)
        return found

    @cached_property
    def passed(self) -> Mapping[str, Version]:
        """The newest version of each department that was passed."""
        reviewed = (one for one in self.conclusion.versions if one.review and one.review.verdict is Verdict.PASSED)
        return {one.department: one for one in reviewed}

    @cached_property
    def _errors(self) -> Mapping[str | None, str]:
        """What is said first of each file that has an error."""
        errors = (one for one in reversed(self.conclusion.findings) if one.severity is Severity.ERROR)
        return {one.file: one.message for one in errors}

    @cached_property
    def _rows_of(self) -> Mapping[tuple[str, int], Mapping[str, bool]]:
        """The rows of each version by their keys, and whether they are answered."""
        return {
            (one.department, one.number): _any_answered(
                (id_key(entry.goal), entry.answered) for form in one.forms for entry in form.entries
            )
            for one in self.conclusion.versions
        }

    @cached_property
    def _last(self) -> Mapping[str, dt.datetime]:
        """When the last dated thing happened to a department's newest version."""
        return {code: self._settled(ours[-1]) for code, ours in self.ours.items()}

    @cached_property
    def _after(self) -> Mapping[tuple[str, str], dt.datetime]:
        """Behind what the undated decisions on a row stand: the version that counts, and its review."""
        versions = ((row, self.version_of(row)) for row in self.conclusion.entries)
        return {(row.department, id_key(row.id)): self._settled(one) for row, one in versions if one is not None}

    def _settled(self, version: Version) -> dt.datetime:
        end = self._end(version.review.date) if version.review else None
        return max(version.moment, end or version.moment)

    # Words.

    def _end(self, day: dt.date | None) -> dt.datetime | None:
        return None if day is None else end_of(day, self.zone)

    def _label(self, number: int) -> str:
        return version_name(number, self.context.language)

    def _place(self, place: Place) -> str:
        language = self.context.language
        return language.say("登记簿", "register, ") + place.told(language)

    def _listed(self, *parts: str) -> str:
        return self.context.language.say("；", "; ").join(printable(clip(part, 400)) for part in parts if part)


def _any_answered(rows: Iterable[tuple[str, bool]]) -> Mapping[str, bool]:
    found: dict[str, bool] = {}
    for key, answered in rows:
        found[key] = found.get(key, False) or answered
    return found


def _event(
    kind: EventKind,
    department: str | None,
    why: str,
    *,
    goal: str | None = None,
    column: str | None = None,
    of: ReturnRecord | Version | None = None,
    at: dt.datetime | dt.date | None = None,
) -> Event:
    file, sha256 = (None, None) if of is None else (of.file, of.sha256)
    return Event(kind, department, goal, column, file, sha256, at, why)
