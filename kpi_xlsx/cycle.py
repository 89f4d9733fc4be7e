"""A cycle: a folder with plan, template and returns, and the verbs of the command line as methods."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from kpi_xlsx.archived import compare, read_archived
from kpi_xlsx.assessor_forms import demand_assessors, find_bodies, write_assessor_forms
from kpi_xlsx.assessors import FOLDER
from kpi_xlsx.checks import BY_CODE, judge_plan, matches
from kpi_xlsx.clearance import Clearance, clear_copy
from kpi_xlsx.closing import Closed, close_cycle
from kpi_xlsx.context import Context
from kpi_xlsx.exports import Export, ExportKind, export_cycle
from kpi_xlsx.feedback import Feedback, write_copies
from kpi_xlsx.files import digest, readable
from kpi_xlsx.form import form_name
from kpi_xlsx.handover import Whereabouts
from kpi_xlsx.intake import Arrival, find_arrivals
from kpi_xlsx.judging import Advance, demand_decisions, judge_arrivals
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.loading import read_cycle
from kpi_xlsx.merging import merge_arrivals
from kpi_xlsx.model import Finding, Language, Mistake, PlanError, Role, id_key
from kpi_xlsx.outbox import (
    Outbox,
    find_departments,
    find_lying,
    without_goals,
    write_forms,
    write_orders,
    write_role_forms,
)
from kpi_xlsx.past import Past
from kpi_xlsx.plan import tell_unconfirmed
from kpi_xlsx.plan_comparison import Comparison, compare_plans
from kpi_xlsx.previous import load_past
from kpi_xlsx.register import load_decisions
from kpi_xlsx.register_additions import complete_register
from kpi_xlsx.report import Report, split_codes
from kpi_xlsx.role_forms import demand_shared, find_orders, tell_supporters
from kpi_xlsx.settings import Settings
from kpi_xlsx.settling import tell_closing
from kpi_xlsx.standing import Status
from kpi_xlsx.stocktaking import Kept, take_stock
from kpi_xlsx.successor import Successor, succeed
from kpi_xlsx.supplements import find_needs
from kpi_xlsx.toml_files import nearest
from kpi_xlsx.traces import Trace
from kpi_xlsx.tracing import find_goal, find_standing, trace_goal
from kpi_xlsx.turns import demand_own, glimpsed, seen_copy, taken_turn


@dataclass(frozen=True)
class Cycle:
    """One reporting period of one plan with one template. `Cycle.load` reads it; the verbs do the work."""

    settings: Settings
    context: Context

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], language: Language = Language.ZH, passwords: Iterable[str] = ()
    ) -> Cycle:
        """Read cycle.toml, template and plan of a folder; locked returns will be tried with these passwords.

        Raises PlanError (CycleError if cycle.toml is at fault) with every mistake in all three at once. `language` is
        that of the messages until the template has said its own.
        """
        return cls(*read_cycle(Path(path), language, passwords))

    @cached_property
    def past(self) -> Past:
        """What the earlier cycles of the chain of `previous` had, read when it is first asked for."""
        return load_past(self.settings, self.context)

    # the plan

    @cached_property
    def comparison(self) -> Comparison:
        """What differs between this plan and that of the cycle before; nothing, if there is none of this year."""
        before = self.past.previous
        if before is None:
            return Comparison()
        return compare_plans(before.plan, before.period, self.context.plan, self.context.period)

    def plan_findings(self) -> tuple[Finding, ...]:
        """What is to be said of the plan: what changed since the cycle before without a line that says so."""
        return tuple(judge_plan(self.comparison, self.context))

    def _plan_remarks(self) -> tuple[str, ...]:
        """What a person should know of the chain of earlier cycles, and of lines of the plan that do not fit."""
        pairs = (*self.comparison.remarks, *tell_unconfirmed(self.context.plan))
        return (*self.past.remarks, *(self.context.language.say(*pair) for pair in pairs))

    # the following one

    def next(
        self,
        target: str | os.PathLike[str] | None = None,
        *,
        period: str | None = None,
        return_by: str | dt.datetime | None = None,
    ) -> Path:
        """Make the following cycle beside this one (or in `target`); returns its folder.

        Raises CycleError, with nothing made, if it is there already, nothing says which period comes next, or this
        folder was copied from another cycle and not cleared yet.
        """
        return self.succeed(target, period=period, return_by=return_by).folder

    def succeed(
        self,
        target: str | os.PathLike[str] | None = None,
        *,
        period: str | None = None,
        return_by: str | dt.datetime | None = None,
    ) -> Successor:
        """What `next` does, with an account of what was taken along and what to look at."""
        demand_own(self.settings, self.context.language)
        place = None if target is None else Path(target)
        return succeed(self.settings, self.context, place, period=period, return_by=return_by)

    def clean(self) -> Path:
        """Set aside what lies here of the cycle that this folder was copied from; returns where it is now.

        Deletes nothing. Raises CycleError, with nothing moved, if the folder is this cycle's own.
        """
        return self.clear().folder

    def clear(self) -> Clearance:
        """What `clean` does, with an account of what was moved."""
        return clear_copy(self.settings, self.context.language)

    # generate

    def generate(
        self,
        departments: Iterable[str] = (),
        out: Path | None = None,
        *,
        supplement: bool = False,
        role: Role | None = None,
    ) -> list[Path]:
        """Write the blank forms, of all departments or of those named (by code or name); returns their paths.

        `supplement`: only the goals that changed since the forms in the outbox were written. `role`: only the goals
        that a department leads, with what its supporters have answered, or only those that it supports.
        """
        return list(self.fill_outbox(departments, out, supplement=supplement, role=role).forms)

    def fill_outbox(
        self,
        departments: Iterable[str] = (),
        out: Path | None = None,
        advance: Advance | None = None,
        *,
        supplement: bool = False,
        role: Role | None = None,
    ) -> Outbox:
        """What `generate` does, with an account of what was there already and what was moved to old/.

        Raises PlanError for roles in a plan that has none, and for a named department without a goal in that role.
        """
        if supplement and role is not None:
            raise ValueError("a supplement is of no role")
        settings, context, names = self.settings, self.context, list(departments)
        found = find_departments(context, names)
        if role is not None:
            demand_shared(context)
        tidy = out is None and not names
        whole = not supplement and role is None
        left_out = without_goals(context, found) if whole and not names else []
        wanted = [one for one in found if one not in left_out]
        past = self.past
        if advance is not None:
            advance(len(left_out))
        with taken_turn(settings, context.language) as (ledger, state):
            folder, remarks = out or settings.outbox, list(state)
            if supplement:
                needs = find_needs(context, past, found, settings.outbox, named=bool(names))
                remarks.extend(needs.remarks)
                outbox = write_orders(context, settings, needs.orders, folder, advance, past=past)
            elif role is not None:
                told = self._supporters(ledger) if role is Role.LEAD else {}
                orders = find_orders(context, found, role, told, named=bool(names))
                outbox = write_role_forms(context, settings, orders, folder, tidy=tidy, advance=advance, past=past)
            else:
                outbox = write_forms(context, settings, wanted, folder, tidy=tidy, advance=advance, past=past)
            ledger.record_outputs(outbox.outputs)
        findings, said = self.plan_findings(), (*remarks, *self._plan_remarks(), *self._closed())
        return replace(outbox, remarks=said, findings=findings, left_out=tuple(left_out))

    def _closed(self) -> Iterator[str]:
        """That the round was closed, if the register says so."""
        decisions = load_decisions(self.settings.register, self.context, self.settings.zone)
        yield from tell_closing(decisions, self.context.language)

    def _supporters(self, ledger: Ledger) -> Mapping[str, str]:
        """What supporters have answered so far, by goal key. Raises CycleError if the register cannot be read."""
        judged = judge_arrivals(self.settings, self.context, self.arrivals(), memory=ledger, past=self.past)
        demand_decisions(
            judged.report,
            "填报表没有写：不知道登记簿里的决定，就不知道配合单位的哪些内容算数。",
            "No forms were written: without the register nobody knows which of the supporters' words hold.",
        )
        ledger.see(judged.report.returns, judged.modified, judged.readings())
        return tell_supporters(judged.report)

    def fill_assessors(self, names: Iterable[str] = (), out: Path | None = None) -> Outbox:
        """Write the forms of the plan's assessors into outbox/assessors/, or of those named (by code or name).

        Raises PlanError if the plan names none.
        """
        assessing, wanted = demand_assessors(self.context), list(names)
        bodies, folder = find_bodies(assessing, wanted), out or self.settings.outbox / FOLDER
        with taken_turn(self.settings, self.context.language) as (ledger, state):
            tidy = out is None and not wanted
            outbox = write_assessor_forms(assessing, self.settings, bodies, folder, tidy=tidy)
            ledger.record_outputs(outbox.outputs)
        return replace(outbox, remarks=(*state, *self._closed()))

    # validate

    def validate(
        self,
        *paths: str | os.PathLike[str],
        select: str | Iterable[str] = (),
        ignore: str | Iterable[str] = (),
        executor: Executor | None = None,
        advance: Advance | None = None,
    ) -> Report:
        """Judge the inbox, or only these files; writes nothing. Code prefixes select or ignore findings.

        Raises PlanError for a prefix to select that no rule has: the answer would be that nothing is wrong.
        """
        self._demand_rules(select)
        arrivals = self.arrivals(paths)
        with glimpsed(self.settings, self.context.language) as ledger:
            report = judge_arrivals(
                self.settings,
                self.context,
                arrivals,
                whole=not paths,
                executor=executor,
                advance=advance,
                memory=ledger,
                past=self.past,
            ).report
        return replace(report, findings=report.select(select, ignore), remarks=(*self._tell_copy(), *report.remarks))

    def _tell_copy(self) -> tuple[str, ...]:
        """What is to be said where this folder was copied from another cycle and nobody has cleared it yet."""
        copied = seen_copy(self.settings, self.context.language)
        return () if copied is None else tuple(copied.tell(self.context.language))

    def _demand_rules(self, select: str | Iterable[str]) -> None:
        say = self.context.language.say
        mistakes = []
        for prefix in split_codes(select):
            if not any(matches(code, [prefix]) for code in BY_CODE):
                close = nearest(prefix, [code for code in BY_CODE if code[0] == prefix[0]] or BY_CODE)
                hint = say(f"，是不是 {close}？", f"; did you mean {close}?") if close else say("。", ".")
                mistakes.append(
                    Mistake("--select", "", say(f"没有 {prefix} 这样的规则", f"No rule begins with {prefix}") + hint)
                )
        if mistakes:
            raise PlanError(mistakes)

    def arrivals(self, paths: Sequence[str | os.PathLike[str]] = ()) -> list[Arrival]:
        """The files to be looked at: these, or all that lie in the inbox. Folders stand for what is in them."""
        if not paths:
            return list(find_arrivals(self.settings.inbox))
        found = {arrival.name: arrival for path in paths for arrival in self._named(Path(path))}
        return list(found.values())

    def _named(self, path: Path) -> Iterator[Arrival]:
        full, home = path.absolute(), self.settings.folder.absolute()
        try:
            name = full.relative_to(home).as_posix()
        except ValueError:
            try:
                name = full.resolve().relative_to(home.resolve()).as_posix()
            except ValueError:
                name = full.as_posix()
        if full.is_dir():
            yield from find_arrivals(full, name)
        else:
            yield Arrival(readable(name), full)

    # status

    def status(
        self, now: dt.datetime | None = None, *, executor: Executor | None = None, advance: Advance | None = None
    ) -> Status:
        """Where the round stands, department by department; writes nothing, and needs neither ledger nor register.

        `now` is the moment by which a return is still to come or overdue; default: the clock. Without an offset it is
        in the cycle's.
        """
        settings, context = self.settings, self.context
        with glimpsed(settings, context.language) as ledger:
            kept = Kept(
                {} if ledger is None else ledger.last_written(),
                frozenset(self._issued()),
                frozenset(() if ledger is None else ((one.file, one.sha256 or "") for one in ledger.returns())),
                () if ledger is None else tuple(ledger.findings()),
                settings.master.is_file(),
                _newer(settings.register, settings.master) or _edited(settings.master, ledger),
                self._places(ledger),
            )
            judged = judge_arrivals(
                settings, context, self.arrivals(), executor=executor, advance=advance, memory=ledger, past=self.past
            )
        report = judged.report
        try:
            archived = read_archived(settings, context)
            since = None if archived is None else compare(archived, settings, report)
        except PlanError as trouble:  # an archive that cannot be read keeps nobody from seeing where the round stands
            since, remarks = None, tuple(map(str, trouble.mistakes))
            report = replace(report, remarks=(*report.remarks, *remarks))
        copied = seen_copy(settings, context.language)
        found = take_stock(report, settings, replace(kept, since=since), now or dt.datetime.now(settings.zone))
        if copied is None:
            return found
        return replace(found, copied=copied, remarks=(*copied.tell(context.language), *found.remarks))

    def _places(self, ledger: Ledger | None) -> Whereabouts:
        """Where earlier cycles, the master and the archive lie; when a master was written the ledger knows best."""
        master, archive = self.settings.master, self.settings.folder / "archive"
        chain = tuple(one.folder for one in self.past.cycles)
        moment = None
        if master.is_file():
            known = None if ledger is None else ledger.written_at(digest(master))
            moment = known or dt.datetime.fromtimestamp(master.stat().st_mtime, self.settings.zone)
        lying = tuple(sorted(readable(path.name) for path in archive.iterdir())) if archive.is_dir() else ()
        return Whereabouts(chain, master.name if moment is not None else "", moment, lying)

    def _issued(self) -> Iterator[str]:
        """The departments whose form lies in the outbox."""
        stamp = self.settings.period.stamp
        lying = list(find_lying(self.settings.outbox, stamp))
        for department in self.context.plan.departments:
            whole = self.settings.outbox / form_name(department, stamp)
            if whole.is_file() or any(one.is_of(department, stamp) for one in lying):
                yield department.code

    # merge

    def merge(
        self,
        executor: Executor | None = None,
        *,
        out: Path | None = None,
        strict: bool = False,
        advance: Advance | None = None,
    ) -> Report:
        """Read and judge the inbox, keep what was found in the ledger and write the master from it.

        With `strict` the master is not written while an error is open. A master that was changed by hand is kept in
        history/. Raises CycleError if the master is open in another program, OSError if it cannot be written.
        """
        return merge_arrivals(
            self.settings,
            self.context,
            self.past,
            target=out or self.settings.master,
            strict=strict,
            executor=executor,
            advance=advance,
        )

    # register

    def make_register(self) -> Path:
        """Make register.xlsx, or add the sheets and headings that it lacks; returns its path.

        What is there stays as it is. Raises CycleError if it is open in another program.
        """
        self.complete_register()
        return self.settings.register

    def complete_register(self) -> tuple[str, ...]:
        """What `make_register` does; returns what was done, and nothing if nothing was."""
        settings = self.settings
        with taken_turn(settings, self.context.language) as (ledger, remarks):
            before = partial(ledger.record_finished, "register", settings.register.name)
            done = complete_register(settings, self.context, (), {}, wrote=ledger.wrote, before=before, whole=True)
        return (*remarks, *done)

    # feedback

    def feedback(self, departments: Iterable[str] = ()) -> list[Path]:
        """Write copies for departments to correct, prefilled with what they sent and marked with what is open.

        For all departments that have something open, or for those named (by code or name); returns the copies' paths.
        """
        return [copy.path for copy in self.fill_feedback(departments).copies]

    def fill_feedback(self, departments: Iterable[str] = (), advance: Advance | None = None) -> Feedback:
        """What `feedback` does, with an account of what it wrote, left and moved, and of files that are nobody's.

        Raises CycleError if a copy that lies there is open in another program, or the register cannot be read.
        """
        settings, names = self.settings, list(departments)
        found = find_departments(self.context, names)
        with taken_turn(settings, self.context.language) as (ledger, remarks):
            judged = judge_arrivals(
                settings, self.context, self.arrivals(), advance=advance, memory=ledger, past=self.past
            )
            demand_decisions(
                judged.report,
                "退回表没有写：不知道登记簿里放过了什么，就会要单位白改。",
                "No copies were written: without the register they would ask for what was let pass.",
            )
            ledger.see(judged.report.returns, judged.modified, judged.readings())
            done = write_copies(judged.report, settings, found, all_=not names, advance=advance)
            ledger.record_outputs(done.outputs)
        closed = tell_closing(judged.report.decisions, self.context.language)
        return replace(done, remarks=(*remarks, *judged.report.remarks, *done.remarks, *closed))

    # close

    def close(self, by: str = "", reason: str = "") -> Path:
        """Close the round: a row in the register, the master kept in history/, everything in archive/; its path.

        `reason` closes it though something is open. Raises CycleError with all that stands against it.
        """
        return self.close_round(by, reason).archive

    def close_round(
        self, by: str = "", reason: str = "", *, now: dt.datetime | None = None, advance: Advance | None = None
    ) -> Closed:
        """What `close` does, with an account of what it wrote. `now` dates the closing; default: the clock."""
        return close_cycle(self.settings, self.context, self.past, by=by, reason=reason, now=now, advance=advance)

    # export

    def export(
        self,
        to: str | os.PathLike[str],
        kind: str | None = None,
        *,
        departments: Iterable[str] = (),
        draft: bool = False,
    ) -> Path:
        """Write what the file's name (or `kind`) says, notice.docx, data.csv or year.xlsx, say; returns its path.

        A notice can be of some departments only, and a draft though something stands against its publication. Raises
        CycleError for a kind that does not exist yet, and with each reason for which there can be no notice.
        """
        return self.issue(to, None if kind is None else ExportKind(kind), departments=departments, draft=draft).path

    def issue(
        self,
        to: str | os.PathLike[str],
        kind: ExportKind | None = None,
        *,
        departments: Iterable[str] = (),
        draft: bool = False,
    ) -> Export:
        """What `export` does, with an account of what it wrote."""
        return export_cycle(self.settings, self.context, self.past, Path(to), kind, departments, draft=draft)

    # trace

    def trace(self, goal_id: str, departments: Iterable[str] = ()) -> Trace:
        """Everything about one goal, or one spare row: what the master shows and why, what came and what was decided.

        For every department that has it, or for those named (by code or name). Writes nothing. Raises PlanError for an
        unknown goal, with what may have been meant.
        """
        settings, context, names = self.settings, self.context, list(departments)
        goal = find_goal(context, goal_id)
        wanted = find_departments(context, names) if names else ()
        with glimpsed(settings, context.language) as ledger:
            stored = () if ledger is None else ledger.rows(context)
            merged = {(row.department, id_key(row.id)): row for row in stored if id_key(row.id) == id_key(goal)}
            standing = find_standing(settings.master, ledger)
            judged = judge_arrivals(settings, context, self.arrivals(), memory=ledger, past=self.past)
        found = trace_goal(settings, judged, goal, wanted, standing, merged)
        decisions = judged.report.decisions
        missing = decisions.remarks if decisions.unreadable else ()
        return replace(found, missing=(*self._tell_copy(), *missing))


def _edited(path: Path, ledger: Ledger | None) -> bool:
    """Whether a workbook is not as the tool wrote it, as far as the ledger can tell."""
    return ledger is not None and path.is_file() and not ledger.wrote(digest(path))


def _newer(path: Path, other: Path) -> bool:
    """Whether a file was changed after another one; a hint, since copying changes times."""
    return path.is_file() and other.is_file() and path.stat().st_mtime > other.stat().st_mtime
