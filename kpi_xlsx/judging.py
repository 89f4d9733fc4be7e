"""Files to a report: the inbox (or the files named) surveyed, their receipts looked up, and all of it concluded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from kpi_xlsx.batch import Conclusion, conclude
from kpi_xlsx.context import Context
from kpi_xlsx.intake import Arrival
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.memory import Reading
from kpi_xlsx.model import CycleError, Mistake
from kpi_xlsx.past import NO_PAST, Past
from kpi_xlsx.receipts import from_file_time
from kpi_xlsx.register import load_decisions
from kpi_xlsx.report import Report
from kpi_xlsx.settings import Settings
from kpi_xlsx.surveying import Inspected, make_readings, survey

Advance = Callable[[int], None]
"""Hears how many files were done since it was last called."""


@dataclass(frozen=True)
class Judged:
    """A run's report, and what it was made of."""

    report: Report
    conclusion: Conclusion
    inspected: Sequence[Inspected]
    modified: Mapping[str, int]
    """The time that each file bore when it was first seen, in seconds since the epoch, by its name."""
    merged: frozenset[str]
    """The sha256 of what was there at the last merge."""

    def readings(self) -> Iterator[Reading]:
        """What was read for the first time, for the ledger to keep."""
        return make_readings(self.report.context, self.inspected)


def judge_arrivals(
    settings: Settings,
    context: Context,
    arrivals: Sequence[Arrival],
    *,
    whole: bool = True,
    executor: Executor | None = None,
    advance: Advance | None = None,
    memory: Ledger | None = None,
    past: Past = NO_PAST,
) -> Judged:
    """Read and judge files. What `memory` knows of the same content is not read again.

    `past`: what earlier cycles had. `memory` also knows what time each file bore when it was first seen.
    """
    seen = {} if memory is None else memory.first_seen()
    inspected = list(survey(context, arrivals, executor, advance, memory))
    modified = {one.ret.file: _first_seen(one, seen) for one in inspected}
    merged = frozenset() if memory is None else memory.merged()
    return _judge(settings, context, inspected, modified, merged, past, whole=whole)


def judge_again(settings: Settings, judged: Judged) -> Judged:
    """The same files by a register that was written to since they were read."""
    report = judged.report
    return _judge(
        settings, report.context, judged.inspected, judged.modified, judged.merged, report.past, whole=report.whole
    )


def demand_decisions(report: Report, zh: str, en: str) -> None:
    """What is to be written rests on what people decided. Raises CycleError where that cannot be known."""
    if not report.decisions.unreadable:
        return
    words = report.context.language.say(
        f"{zh}请修好登记簿（history/ 里有以前的），或者把它移走。",
        f"{en} Mend the register (history/ holds earlier ones), or move it away.",
    )
    raise CycleError([*(Mistake("", "", remark) for remark in report.decisions.remarks), Mistake("", "", words)])


def _judge(
    settings: Settings,
    context: Context,
    inspected: Sequence[Inspected],
    modified: Mapping[str, int],
    merged: frozenset[str],
    past: Past,
    *,
    whole: bool,
) -> Judged:
    decisions = load_decisions(settings.register, context, settings.zone)
    receipts = {name: decisions.receipts.find(name) or from_file_time(seconds) for name, seconds in modified.items()}
    found = conclude(context, inspected, receipts, decisions, whole=whole, zone=settings.zone, merged=merged, past=past)
    report = Report(
        context,
        settings.zone,
        found.returns,
        found.findings,
        found.entries,
        whole,
        decisions,
        (*decisions.remarks, *found.remarks, *past.remarks),
        past,
        found.assessments,
    )
    return Judged(report, found, inspected, modified, merged)


def _first_seen(one: Inspected, seen: Mapping[tuple[str, str], int]) -> int:
    return seen.get((one.ret.file, one.ret.sha256 or ""), int(one.ret.modified))
