"""What an archive holds, as one page of HTML that needs nothing else. Data never becomes markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.checks.rule import SEVERITY_WORDS, STATE_WORDS
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import VERDICT_WORDS, Amendment, AmendmentState, Fate
from kpi_xlsx.dossier import SUMS, Filed
from kpi_xlsx.fingerprints import program_name
from kpi_xlsx.model import Finding, Language, Scalar, Severity, State
from kpi_xlsx.outputs.html_pages import page_template
from kpi_xlsx.report import Report, ReturnRecord
from kpi_xlsx.settings import Settings
from kpi_xlsx.standing import Standing, Status
from kpi_xlsx.values import show_value
from kpi_xlsx.versions import version_name

INDEX = {Language.ZH: "目录.html", Language.EN: "index.html"}
FATE_WORDS: Mapping[Fate, tuple[str, str]] = {
    Fate.IN_PLAY: ("", ""),
    Fate.HELD: ("暂存待定", "held"),
    Fate.DISMISSED: ("退回，不计入", "sent back, does not count"),
    Fate.REPEATS: ("内容相同", "says nothing new"),
}


@dataclass(frozen=True)
class ArchivePage:
    """A closed round, with every file of its archive."""

    settings: Settings
    report: Report
    status: Status
    archive: str
    filed: Sequence[Filed]
    left_out: Sequence[str]
    """Links and the like, which were not followed."""
    earlier: Sequence[str]
    """Archives of the same cycle that were written before."""

    @property
    def context(self) -> Context:
        return self.report.context

    @property
    def title(self) -> str:
        return self.settings.full_title("", self.context.template.title)

    @cached_property
    def rows(self) -> Mapping[tuple[str, int], int]:
        """In how many rows of the master each form counts."""
        records = (row.record for row in self.report.entries if row.record is not None)
        return Counter((one.file, one.form) for one in records)

    def returns_of(self, code: str | None) -> Sequence[ReturnRecord]:
        return [one for one in self.report.share(code).returns if not one.bundle]

    def findings_of(self, code: str | None) -> Sequence[Finding]:
        """What was left open or explained; what is only for information is counted elsewhere."""
        return [one for one in self.report.share(code).findings if one.severity is not Severity.INFO]

    def amendments_of(self, code: str) -> Sequence[Amendment]:
        ours = self.report.decisions.amendments
        return [one for one in ours if one.department == code and one.state is AmendmentState.APPLIED]

    def asked(self, one: Standing) -> int:
        return sum(map(self.context.asks, self.context.plan.goals_of(one.code)))

    def heading(self, one: Amendment) -> str:
        column = self.context.column(one.column, self.context.row_id(one.goal))
        return one.column if column is None else column.header

    def value(self, one: Amendment, value: Scalar | None) -> str:
        column = self.context.column(one.column, self.context.row_id(one.goal))
        return str(value or "") if column is None else show_value(column, value)

    def counts(self, record: ReturnRecord) -> str:
        """What of a return counted, in words."""
        say = self.context.language.say
        if record.copy_of is not None:
            return say(f"与 {record.copy_of} 内容相同", f"same content as {record.copy_of}")
        count = self.rows.get((record.file, record.form), 0)
        if count:
            return say(f"{count} 行计入汇总表", f"{count} {'row' if count == 1 else 'rows'} of the master")
        word = say(*FATE_WORDS[record.fate])
        return word or say("没有计入", "does not count")

    @property
    def totals(self) -> Sequence[tuple[str, int]]:
        """The round in figures."""
        say, findings = self.context.language.say, self.report.findings
        open_ = [one for one in findings if one.state is State.OPEN]
        return (
            (say("应报单位", "Departments to report"), self.status.count(lambda one: one.asked)),
            (say("已报", "Reported"), self.status.count(lambda one: one.asked and one.record is not None)),
            (say("审核通过", "Cleared"), self.status.count(lambda one: one.reviewed)),
            (say("未了结的必须修改", "Errors left open"), sum(one.severity is Severity.ERROR for one in open_)),
            (say("未了结的请说明", "Warnings left open"), sum(one.severity is Severity.WARNING for one in open_)),
            (say("已说明", "Explained"), sum(one.state is State.EXPLAINED for one in findings)),
            (say("文件", "Files"), len(self.filed)),
        )


def show_archive_page(page: ArchivePage) -> str:
    """The page as text."""
    language, zone = page.context.language, page.settings.zone
    return page_template("archive_page.html").render(
        page=page,
        say=language.say,
        language=language,
        program=program_name(),
        sums=SUMS,
        closings=page.report.decisions.closings,
        receipt=lambda one: one.receipt.show(zone, language),
        version_of=lambda one: version_name(one.version, language),
        verdict_word=lambda one: language.say(*VERDICT_WORDS[one.verdict]),
        severity_word=lambda one: SEVERITY_WORDS[one.severity][language],
        state_word=lambda one: STATE_WORDS[one.state][language],
        size=show_size,
    )


def show_size(size: int) -> str:
    """A size as people read it."""
    return f"{size / 2**20:,.1f} MB" if size >= 2**20 else f"{size / 2**10:,.1f} KB" if size >= 2**10 else f"{size} B"
