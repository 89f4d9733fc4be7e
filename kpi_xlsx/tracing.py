"""Everything about one goal, gathered from plan, inbox and register; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from kpi_xlsx.chronicle import Teller
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import EVERY_GOAL, Fate
from kpi_xlsx.events import Event
from kpi_xlsx.files import digest
from kpi_xlsx.judging import Judged
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.model import (
    Department,
    Entry,
    Finding,
    Goal,
    Mistake,
    PlanError,
    ReturnStatus,
    Scalar,
    Severity,
    Source,
    id_key,
    match_key,
    plain,
)
from kpi_xlsx.movements import figures_of, words_of
from kpi_xlsx.report import ReturnRecord, Row, find_carried
from kpi_xlsx.settings import Settings
from kpi_xlsx.target_table import columns_told
from kpi_xlsx.template import Column, given
from kpi_xlsx.toml_files import nearest
from kpi_xlsx.traces import Earlier, Judgement, Origin, Part, Said, Sent, Shown, StandingMaster, Trace, UnusableFile
from kpi_xlsx.values import seen_in, show_value
from kpi_xlsx.versions import Version, told, version_name
from kpi_xlsx.wording import find_changes
from kpi_xlsx.year_runs import Mark, cell_in


def find_goal(context: Context, text: str) -> str:
    """A goal's (or spare row's) id as plan and forms write it. Raises PlanError with what may have been meant."""
    key = id_key(text)
    if key in context.plan.by_key or key in context.spare:
        return context.row_id(key)
    say = context.language.say
    close = nearest(text.strip(), [*(one.id for one in context.plan.goals), *context.spare_ids()])
    named = [one for one in context.plan.goals if match_key(text) and match_key(text) in match_key(one.name)]
    listed = say("、", ", ").join(say(f"{one.id}（{one.name}）", f"{one.id} ({one.name})") for one in named[:5])
    hint = say(f"，是不是“{close}”？", f"; did you mean “{close}”?") if close else say("。", ".")
    if named:
        hint = say(f"；名称里有这几个字的：{listed}", f"; goals so named: {listed}")
    raise PlanError([Mistake("plan.xlsx", "", say(f"没有编号为“{text}”的目标", f"There is no goal “{text}”") + hint)])


def trace_goal(
    settings: Settings,
    judged: Judged,
    goal_id: str,
    departments: Sequence[Department],
    standing: StandingMaster | None,
    stored: Mapping[tuple[str, str], Row],
) -> Trace:
    """All that is known of a goal. `stored` are the last merge's rows of it; no department named means all.

    Raises PlanError if no department (or none of those named) has it.
    """
    context = judged.report.context
    goal = context.plan.by_key.get(id_key(goal_id))
    gatherer = _Gatherer(judged, goal_id, goal, stored)
    having = [one for one in context.plan.departments if gatherer.has(one.code)]
    wanted = [one for one in having if not departments or one in departments]
    if not wanted:
        raise PlanError([Mistake("", "", _nobody(context, goal_id, having))])
    return Trace(
        context,
        settings.zone,
        settings.full_title("", context.template.title),
        settings.marking,
        goal_id,
        goal,
        tuple(_given(context, goal)),
        tuple(gatherer.part(one) for one in wanted),
        judged.report.decisions.closings,
        standing,
        len(wanted) < len(having),
    )


def _nobody(context: Context, goal_id: str, having: Sequence[Department]) -> str:
    say = context.language.say
    if not having:
        return say(f"没有单位填过备用行“{goal_id}”。", f"No department has filled in the spare row “{goal_id}”.")
    names = say("、", ", ").join(one.name for one in having)
    return say(f"目标“{goal_id}”由{names}报送，不是指定的单位。", f"Goal “{goal_id}” is reported by {names} only.")


def _given(context: Context, goal: Goal | None) -> Iterator[tuple[str, str]]:
    """What the plan has, in the template's order, then the plan's own further columns."""
    if goal is None:
        return
    columns = context.template.main.of(Source.PLAN)
    shown = {match_key(name) for column in columns for name in (column.key, column.header)}
    for column in columns:
        value = given(column, goal)
        if value is not None:
            yield column.header, show_value(column, value)
    for heading in context.plan.extra:
        value = goal.cells.get(match_key(heading))
        if match_key(heading) not in shown and value is not None:
            yield heading, plain(value)


@dataclass(frozen=True)
class _Gatherer:
    """Gathers the parts of one goal's trace."""

    judged: Judged
    id: str
    goal: Goal | None
    stored: Mapping[tuple[str, str], Row]

    @property
    def context(self) -> Context:
        return self.judged.report.context

    @cached_property
    def teller(self) -> Teller:
        report = self.judged.report
        return Teller(report.context, self.judged.conclusion, report.decisions, report.zone)

    @cached_property
    def columns(self) -> Sequence[Column]:
        """What a department fills in: in a spare row everything but its id; of targets' cells those ever answered."""
        sent = (one.entry(id_key(self.id)) for ours in self.teller.ours.values() for one in ours)
        own = self.context.template.main.columns_of(spare=self.goal is None)
        return (*own, *columns_told(self.context, self.id, sent))

    @cached_property
    def _events(self) -> Sequence[Event]:
        return self.teller.tell()

    @cached_property
    def _rows(self) -> Mapping[str, Row]:
        rows = (row for row in self.judged.report.entries if id_key(row.id) == id_key(self.id))
        return {row.department: row for row in rows}

    def _records(self, code: str) -> Mapping[str, ReturnRecord]:
        """A department's files, of each with several forms the first."""
        found: dict[str, ReturnRecord] = {}
        for one in self.judged.report.share(code).returns:
            found.setdefault(one.file, one)
        return found

    @cached_property
    def _own_findings(self) -> Mapping[int, Sequence[Finding]]:
        """What the checks found in each return on this goal, whether it counts or not."""
        key = id_key(self.id)
        return {
            id(one.ret): [made for made in one.findings if made.goal is not None and id_key(made.goal) == key]
            for one in self.judged.inspected
        }

    @cached_property
    def _standing(self) -> Mapping[tuple[object, ...], Finding]:
        return {_same(one): one for one in self.judged.report.findings}

    def has(self, code: str) -> bool:
        """Whether a department has the goal, or has ever answered in this spare row."""
        if self.goal is not None:
            return code in self.goal.departments
        return any(version.entry(id_key(self.id)) is not None for version in self.teller.ours.get(code, ()))

    def part(self, department: Department) -> Part:
        code, key = department.code, id_key(self.id)
        decisions = self.judged.report.decisions
        row = self._rows.get(code, Row(code, self.id, self.goal, "", None, None))
        ours = self.judged.report.share(code).findings
        records = tuple(self._records(code).values())
        stored = self.stored.get((code, key))
        return Part(
            department,
            row.role,
            self._source(row),
            tuple(self._shown(row)),
            tuple(self._sent(row)),
            tuple(_unusable(records, ours)),
            sum(one.status is ReturnStatus.ATTACHED for one in records),
            tuple(one for one in ours if one.goal is not None and id_key(one.goal) == key),
            tuple(one for one in decisions.amendments if (one.department, one.goal) == (code, key)),
            tuple(one for one in decisions.reviews if one.department == code),
            tuple(one for one in decisions.waivers if one.department == code and one.goal in (key, EVERY_GOAL)),
            tuple(one for one in decisions.extensions if one.department == code),
            tuple(one for one in decisions.papers if one.department == code),
            tuple(one for one in self._events if one.department == code and one.goal in (None, self.id)),
            stored is not None and self._displayed(stored) != self._displayed(row),
            tuple(self._earlier(row)),
        )

    def _earlier(self, row: Row) -> Iterator[Earlier]:
        """What earlier cycles have of the row, the newest first."""
        say, past, table = self.context.language.say, self.judged.report.past, self.context.template.main
        carried = find_carried(row, self.context, past)
        columns = [*words_of(table), *figures_of(table)]
        words = {
            Mark.ANSWERED: say("已报", "reported"),
            Mark.SETTLED: say("前期已完成，没有再报", "completed earlier, not reported since"),
            Mark.MISSING: say("未报", "not reported"),
            Mark.NOT_DUE: say("当期不填", "not due"),
        }
        for cycle, then in past.run(row.department, id_key(row.id)):
            if then is None:
                continue
            mark = cell_in(cycle, then, past, table).mark
            shown = ((one.header, show_value(one, then.values.get(one.key))) for one in columns)
            yield Earlier(
                cycle.id,
                then,
                plain(then.values.get("status")) or words[mark],
                tuple((heading, text) for heading, text in shown if text),
                cycle.path_of(then),
                mark is Mark.SETTLED,
                carried is not None and carried[0] is cycle,
            )

    def _displayed(self, row: Row) -> tuple[object, ...]:
        """What of a row stands in the master, and where it is from."""
        values = {column.key: self._value(row, column) for column in self.columns}
        return (values, row.record and row.record.file, row.record and row.record.sha256)

    @staticmethod
    def _value(row: Row, column: Column) -> Scalar | None:
        amended = row.amended.get(column.key)
        return told(row.entry, column.key) if amended is None else amended.value

    def _source(self, row: Row) -> Origin | None:
        version = self.teller.version_of(row)
        if row.record is None or version is None:
            return None
        return Origin(row.record, version.label(self.context.language), self.teller.reason(row, version))

    def _shown(self, row: Row) -> Iterator[Shown]:
        for column in self.columns:
            amended, value = row.amended.get(column.key), self._value(row, column)
            own = self._text(column, row.entry)
            text = own if amended is None else show_value(column, value)
            cell = None if row.entry is None else row.entry.places.get(column.key)
            original = own if amended is not None else ""
            pieces = tuple(find_changes(own, text)) if amended is not None and own != text else ()
            yield Shown(column, value, text, cell, amended, original, pieces, _typed(column, row.entry))

    def _text(self, column: Column, entry: Entry | None) -> str:
        return show_value(column, seen_in(entry, column.key, self.context.language))

    # Versions.

    def _sent(self, row: Row) -> Iterator[Sent]:
        before: tuple[Version, Entry] | None = None
        records = self._records(row.department)
        for version in self.teller.ours.get(row.department, ()):
            entry = version.entry(id_key(self.id))
            form = next(
                (form for form in version.forms if entry is not None and entry in form.entries), version.forms[0]
            )
            yield Sent(
                version,
                version.label(self.context.language),
                tuple(records[file] for file in version.files if file in records),
                form.sheet,
                version is self.teller.version_of(row),
                self._outcome(version, row),
                tuple(self._said(entry, before and before[1])),
                before[0].label(self.context.language) if before and entry else "",
                tuple(self._judgements(version)),
            )
            before = before if entry is None else (version, entry)

    def _outcome(self, version: Version, row: Row) -> str:
        say, counting = self.context.language.say, self.teller.version_of(row)
        if version is counting:
            return say("计入汇总", "counts")
        if version.fate is not Fate.IN_PLAY or counting is None or version.number > counting.number:
            return self.teller.left_out(version, row)
        if version.entry(id_key(self.id)) is None:
            return say("此行没有答案", "no answer in this row")
        label = version_name(counting.number, self.context.language)
        return say(f"由{label}替代", f"replaced by {label}")

    def _said(self, entry: Entry | None, before: Entry | None) -> Iterator[Said]:
        if entry is None:
            return
        for column in self.columns:
            old, text = self._text(column, before), self._text(column, entry)
            pieces = tuple(find_changes(old, text)) if before is not None and old != text else ()
            value = told(entry, column.key)
            if text or pieces:
                yield Said(column, value, text, entry.places.get(column.key), _typed(column, entry), pieces)

    def _judgements(self, version: Version) -> Iterator[Judgement]:
        for made in chain.from_iterable(self._own_findings.get(id(form), ()) for form in version.forms):
            kept = self._standing.get(_same(made))
            yield Judgement(kept or made, kept is not None)


def _same(one: Finding) -> tuple[object, ...]:
    """By what a finding is known again once it has been explained or waived."""
    return (one.code, one.file, one.sheet, one.goal, one.column, one.cell, one.message)


def _typed(column: Column, entry: Entry | None) -> str:
    """What was typed, where it was not taken as it stood."""
    answer = None if entry is None else entry.answers.get(column.key)
    if answer is None or answer.raw == show_value(column, answer.value) or answer.value is None:
        return ""
    return answer.raw if answer.converted else ""


def _unusable(records: Sequence[ReturnRecord], findings: Sequence[Finding]) -> Iterator[UnusableFile]:
    errors = {one.file: one.message for one in reversed(findings) if one.severity is Severity.ERROR}
    for record in records:
        if record.status is ReturnStatus.QUARANTINED:
            yield UnusableFile(record, errors.get(record.file, ""))


def find_standing(path: Path, ledger: Ledger | None) -> StandingMaster | None:
    """The master that lies there, and whether the ledger knows it."""
    if not path.is_file():
        return None
    sha256 = digest(path)
    return StandingMaster(path.name, sha256, None if ledger is None else ledger.written_at(sha256))
