"""A cycle: a folder with plan, template and returns, and the verbs of the command line as methods."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from kpi_xlsx.checks import BY_CODE, matches
from kpi_xlsx.context import Context
from kpi_xlsx.definition import nearest
from kpi_xlsx.feedback import Feedback, write_copies
from kpi_xlsx.files import digest, readable
from kpi_xlsx.form import form_name
from kpi_xlsx.intake import Arrival, find_arrivals
from kpi_xlsx.judging import Advance, demand_decisions, judge_arrivals
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.loading import read_cycle
from kpi_xlsx.merging import merge_arrivals
from kpi_xlsx.model import Language, Mistake, PlanError, id_key
from kpi_xlsx.outbox import Outbox, find_departments, write_forms
from kpi_xlsx.register_additions import complete_register
from kpi_xlsx.report import Report, split_codes
from kpi_xlsx.settings import Settings
from kpi_xlsx.standing import Status
from kpi_xlsx.stocktaking import Kept, take_stock
from kpi_xlsx.traces import Trace
from kpi_xlsx.tracing import find_goal, find_standing, trace_goal
from kpi_xlsx.turns import glimpsed, taken_turn


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

    # generate

    def generate(self, departments: Iterable[str] = (), out: Path | None = None) -> list[Path]:
        """Write the blank forms, of all departments or of those named (by code or name); returns their paths."""
        return list(self.fill_outbox(departments, out).forms)

    def fill_outbox(
        self, departments: Iterable[str] = (), out: Path | None = None, advance: Advance | None = None
    ) -> Outbox:
        """What `generate` does, with an account of what was there already and what was moved to old/."""
        names = list(departments)
        found = find_departments(self.context, names)
        tidy = out is None and not names
        with taken_turn(self.settings, self.context.language) as (ledger, remarks):
            folder = out or self.settings.outbox
            outbox = write_forms(self.context, self.settings, found, folder, tidy=tidy, advance=advance)
            ledger.record_outputs(outbox.outputs)
        return replace(outbox, remarks=remarks)

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
            ).report
        return replace(report, findings=report.select(select, ignore))

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
            )
            judged = judge_arrivals(
                settings, context, self.arrivals(), executor=executor, advance=advance, memory=ledger
            )
        return take_stock(judged.report, settings, kept, now or dt.datetime.now(settings.zone))

    def _issued(self) -> Iterator[str]:
        """The departments whose form lies in the outbox."""
        for department in self.context.plan.departments:
            if (self.settings.outbox / form_name(department, self.settings.period.stamp)).is_file():
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
            judged = judge_arrivals(settings, self.context, self.arrivals(), advance=advance, memory=ledger)
            demand_decisions(
                judged.report,
                "退回表没有写：不知道登记簿里放过了什么，就会要单位白改。",
                "No copies were written: without the register they would ask for what was let pass.",
            )
            ledger.see(judged.report.returns, judged.modified, judged.readings())
            done = write_copies(judged.report, settings, found, all_=not names, advance=advance)
            ledger.record_outputs(done.outputs)
        return replace(done, remarks=(*remarks, *judged.report.remarks, *done.remarks))

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
            judged = judge_arrivals(settings, context, self.arrivals(), memory=ledger)
        found = trace_goal(settings, judged, goal, wanted, standing, merged)
        decisions = judged.report.decisions
        return replace(found, missing=decisions.remarks if decisions.unreadable else ())


def _edited(path: Path, ledger: Ledger | None) -> bool:
    """Whether a workbook is not as the tool wrote it, as far as the ledger can tell."""
    return ledger is not None and path.is_file() and not ledger.wrote(digest(path))


def _newer(path: Path, other: Path) -> bool:
    """Whether a file was changed after another one; a hint, since copying changes times."""
    return path.is_file() and other.is_file() and path.stat().st_mtime > other.stat().st_mtime
