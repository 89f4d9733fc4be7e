"""The sheet of returns in the master: who reported when with which file, who did not, and whom to telephone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from kpi_xlsx.assessors import NO_ASSESSMENTS, Assessments
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import VERDICT_WORDS, Decisions, Fate
from kpi_xlsx.excel import Look, Sheet, height_of, line_count
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.model import Department, ReturnStatus, Scalar, Severity, State, counted
from kpi_xlsx.outputs.listing import FIRST_ROW, begin_list, end_list
from kpi_xlsx.past import NO_PAST, Past
from kpi_xlsx.periods import show_time
from kpi_xlsx.portions import deadline
from kpi_xlsx.report import ReturnRecord
from kpi_xlsx.rhythm import asks_something
from kpi_xlsx.settings import Settings
from kpi_xlsx.versions import version_name

COLUMNS: Mapping[str, tuple[str, str, float]] = {
    "code": ("代码", "Code", 9),
    "department": ("责任单位", "Department", 16),
    "reported": ("报送情况", "Return", 11),
    "version": ("版次", "Version", 8),
    "goals": ("目标", "Goals", 13),
    "file": ("文件", "File", 38),
    "received": ("收到时间", "Received", 30),
    "way": ("方式", "Way", 9),
    "by": ("经手人", "By", 10),
    "reading": ("读取情况", "Reading", 11),
    "counts": ("计入汇总", "Counts", 14),
    "verdict": ("审核结论", "Verdict", 13),
    "reviewer": ("审核人", "Reviewer", 11),
    "extension": ("延期至", "Extended to", 17),
    "errors": ("必须修改", "Must fix", 9),
    "warnings": ("请说明", "Please explain", 9),
    "explained": ("已说明", "Explained", 10),
    "infos": ("提示", "Infos", 8),
    "contact": ("联系人", "Contact", 12),
    "phone": ("电话", "Telephone", 18),
    "sha256": ("sha256", "sha256", 68),
}
"""Headings in both languages and width of each column, from the left."""
LEFT = frozenset({"department", "file", "received", "contact", "phone", "sha256"})
WIDTHS = tuple(width for _, _, width in COLUMNS.values())
_Counts = Counter[tuple[str | None, str | None, Severity, State]]
STATUS_WORDS = {
    ReturnStatus.READ: ("已读取", "read"),
    ReturnStatus.ATTACHED: ("附件", "attached"),
    ReturnStatus.IGNORED: ("忽略", "ignored"),
    ReturnStatus.QUARANTINED: ("无法采用", "set aside"),
}
FATE_WORDS = {
    Fate.HELD: ("暂存待定", "held"),
    Fate.DISMISSED: ("已退回", "sent back"),
    Fate.REPEATS: ("重复", "repeats"),
}
"""Why a return does not count, where a person's review is the reason."""
PARTS = {
    "form": ("部分", "part"),
    "supplement": ("补充", "supplement"),
    "lead": ("牵头", "lead"),
    "support": ("配合", "support"),
}
"""What a form with only some of the department's goals was written as."""
MISSING, NOT_ASKED, HELD = "9C0006", "7F7F7F", "1F4E78"


def write_returns(
    sheet: Sheet,
    context: Context,
    settings: Settings,
    ledger: Ledger,
    decisions: Decisions,
    past: Past = NO_PAST,
    assessments: Assessments = NO_ASSESSMENTS,
) -> None:
    """A row for each file, a row for each department without one, in plan order; files of nobody at the end."""
    language = context.language
    headings = [language.say(zh, en) for zh, en, _ in COLUMNS.values()]
    cell = begin_list(sheet, language.say("报送情况", "Returns"), headings, WIDTHS, language)
    bundles = frozenset(record.file for record in ledger.returns() if record.bundle)
    row = FIRST_ROW - 1
    listing = _Listing(context, settings, decisions, past, ledger.issued(), assessments.files)
    for row, (cells, colour) in enumerate(listing.rows(ledger), FIRST_ROW):
        _write_row(sheet, row, cells, {**cell, **({"font_color": colour} if colour else {})}, bundles)
    end_list(sheet, row, len(WIDTHS), 2)
    sheet.raw.print_area(0, 0, row, len(WIDTHS) - 2)


def _write_row(sheet: Sheet, row: int, cells: Mapping[str, Scalar], base: Look, bundles: Container[str]) -> None:
    lines = max(line_count(str(value), COLUMNS[key][2]) for key, value in cells.items() if key != "sha256")
    sheet.call("set_row", row, height_of(lines, 10))
    for place, key in enumerate(COLUMNS):
        value, look = cells.get(key, ""), dict(base)
        if key not in LEFT:
            look["align"] = "center"
        if key == "sha256":
            look["text_wrap"] = False
        if key == "file" and isinstance(value, str) and value and len(value) < 200 and '"' not in value:
            look |= {"font_color": "0563C1", "underline": 1}
            sheet.formula(row, place, f'=HYPERLINK("{_opens(value, bundles)}","{value}")', look, value)
        else:
            sheet.value(row, place, value if value != "" else None, look)


def _opens(file: str, bundles: Container[str]) -> str:
    """What a link to a file opens: for one in an archive that is the archive."""
    parts = file.split("/")
    paths = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((path for path in paths if path in bundles), file)


@dataclass(frozen=True, slots=True)
class _Listing:
    """Makes the rows of the sheet."""

    context: Context
    settings: Settings
    decisions: Decisions
    past: Past
    issued: Mapping[tuple[str, str], str]
    """What kind of form each revision of a department's goals was written as."""
    assessors: Mapping[str, str]
    """The name of the assessor by its file."""

    def rows(self, ledger: Ledger) -> Iterator[tuple[Mapping[str, Scalar], str]]:
        """The cells of each row, by column, and its colour."""
        context = self.context
        counts = Counter((one.department, one.file, one.severity, one.state) for one in ledger.findings())
        records: dict[str | None, list[ReturnRecord]] = {}
        for record in ledger.returns():
            if record.status is not ReturnStatus.IGNORED:
                records.setdefault(record.department, []).append(record)
        for department in context.plan.departments:
            ours = sorted(records.get(department.code, []), key=lambda one: one.version)
            for record in ours:
                yield self._of_record(department, record, counts), HELD if record.fate is Fate.HELD else ""
            if not any(one.status is ReturnStatus.READ for one in ours):
                asked = asks_something(context, self.past, department.code)
                yield self._missing(department, asked, counts), MISSING if asked else NOT_ASKED
        for record in records.get(None, []):
            yield self._of_record(None, record, counts), ""

    def _of_record(self, department: Department | None, record: ReturnRecord, counts: _Counts) -> dict[str, Scalar]:
        say = self.context.language.say

        def count(severity: Severity, state: State = State.OPEN) -> int:
            return counts[record.department, record.file, severity, state]

        return {
            "department": self._of_nobody(record),
            **self._of_department(department),
            "reported": self._reported(record),
            "version": version_name(record.version, self.context.language),
            "goals": self._goals(record),
            "file": record.file,
            "received": record.receipt.show(self.settings.zone, self.context.language),
            "way": record.receipt.way,
            "by": record.receipt.by,
            "reading": say(*STATUS_WORDS[record.status]),
            "counts": self._counts(record),
            **self._reviewed(record),
            "errors": count(Severity.ERROR),
            "warnings": count(Severity.WARNING),
            "explained": count(Severity.ERROR, State.EXPLAINED) + count(Severity.WARNING, State.EXPLAINED),
            "infos": count(Severity.INFO),
            "sha256": record.sha256 or "",
        }

    def _of_nobody(self, record: ReturnRecord) -> str:
        """What stands in place of a department: for an archive, an assessor's form, and what nobody knows."""
        say, name = self.context.language.say, self.assessors.get(record.file)
        if record.department is None and name is not None and record.sheet is not None:
            return say(f"（评分单位）{name}", f"(assessor) {name}")
        return say("（压缩包）", "(archive)") if record.bundle else say("（认不出单位）", "(unknown)")

    def _of_department(self, department: Department | None) -> dict[str, Scalar]:
        if department is None:
            return {}
        extension = self.decisions.until.get(department.code)
        return {
            "code": department.code,
            "department": department.name,
            "reviewer": department.reviewer,
            "extension": "" if extension is None else show_time(extension.until, self.settings.zone),
            "contact": department.contact,
            "phone": department.phone,
        }

    def _reported(self, record: ReturnRecord) -> str:
        say = self.context.language.say
        if record.bundle or record.status is ReturnStatus.ATTACHED:
            return ""
        if record.status is not ReturnStatus.READ:
            return say("无效件", "Invalid")
        late = record.receipt.late(deadline(self.context, self.past, self.decisions, record.department, record.goals))
        return say("迟报", "Late") if late else say("已报送", "Reported")

    def _goals(self, record: ReturnRecord) -> str:
        """Whether the form was made for the goals as they are today, or for some of them."""
        say = self.context.language.say
        if not record.revision or record.department is None:
            return ""
        if not record.part:
            return say("现行目标", "current goals") if record.current else say("旧目标", "earlier goals")
        kind = self.issued.get((record.department, record.revision), "supplement")
        zh, en = PARTS.get(kind, PARTS["form"])
        part = say(f"{zh} {record.part} 项", f"{en}, {counted(record.part, 'goal')}")
        return part if record.current else part + say("，旧目标", ", earlier goals")

    def _counts(self, record: ReturnRecord) -> str:
        """Whether a return counts, or the review (or the twin) by which it does not."""
        say = self.context.language.say
        if record.copy_of is not None:
            twin = record.copy_of.removeprefix("inbox/")
            return say(f"重复，同 {twin}", f"copy of {twin}")
        if record.fate in FATE_WORDS:
            return say(*FATE_WORDS[record.fate])
        return say("是", "yes") if record.counts else say("否", "no")

    def _reviewed(self, record: ReturnRecord) -> dict[str, Scalar]:
        if record.review is None:
            return {}
        review = record.review
        word = self.context.language.say(*VERDICT_WORDS[review.verdict])
        date = "" if review.date is None else f"\n{review.date.isoformat()}"
        return {"verdict": word + date, **({"reviewer": review.reviewer} if review.reviewer else {})}

    def _missing(self, department: Department, asked: bool, counts: _Counts) -> dict[str, Scalar]:
        say = self.context.language.say
        return {
            **self._of_department(department),
            "reported": say("未报送", "Not reported") if asked else say("本期无需报送", "Not required"),
            "errors": counts[department.code, None, Severity.ERROR, State.OPEN] or "",
        }
