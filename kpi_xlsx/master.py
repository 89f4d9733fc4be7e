"""master.xlsx, streamed from the ledger: every goal of every department, what was reported, and where it came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path

from kpi_xlsx import identity as identities
from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.excel import (
    FONTS,
    HEADING_FONTS,
    Look,
    Sheet,
    Workbook,
    height_of,
    line_count,
    looks_merged,
    write_groups,
)
from kpi_xlsx.master_amended import AMENDED_LOOKS, MARK_WORDS, Mark
from kpi_xlsx.master_columns import ID_MARK, ID_PROPERTY, LAST, MASTER_SHEETS
from kpi_xlsx.master_rows import CLOSED, LINE, MARKS, MasterRows, RowCell
from kpi_xlsx.model import Language, Scalar, Severity, Source, cell_ref, plain
from kpi_xlsx.outputs.findings import write_findings
from kpi_xlsx.outputs.movements import write_movements
from kpi_xlsx.outputs.overview_sheet import write_overview
from kpi_xlsx.outputs.print_sheet import PrintSheet
from kpi_xlsx.outputs.reading_list import write_reading_list
from kpi_xlsx.outputs.returns import write_returns
from kpi_xlsx.outputs.scores import write_scores
from kpi_xlsx.outputs.targets import write_targets
from kpi_xlsx.outputs.year import write_year
from kpi_xlsx.portions import PART_MISSING
from kpi_xlsx.rhythm import asks_something
from kpi_xlsx.score_inputs import score_rows
from kpi_xlsx.tallies import Tallies

SHEETS = {
    Language.ZH: (MASTER_SHEETS[0], "报送", "审核意见", "概览", "打印稿", "待审清单"),
    Language.EN: (MASTER_SHEETS[1], "Returns", "Findings", "Overview", "Print", "To review"),
}
TARGET_SHEETS = {Language.ZH: "指标", Language.EN: "Targets"}
"""Only where the plan has any."""
PAST_SHEETS = {Language.ZH: ("变化情况", "全年走势"), Language.EN: ("Changes", "Year")}
"""Only where there are earlier cycles."""
HEAD, OFFICE_HEAD, LAST_HEAD = "D9E1F2", "E2EFDA", "EDEDED"
MOST_NOTE_LINES = 4


def write_master(path: Path, rows: MasterRows, master_id: str, before: Callable[[Path], None] | None = None) -> None:
    """Write the master, known by `master_id`. `before` is called with the finished file before it takes its place."""
    context, settings, ledger, columns = rows.context, rows.settings, rows.ledger, rows.columns
    title = settings.full_title("", context.template.title)
    with Workbook(path, context.period.end, streaming=True, title=title, before=before) as book:
        book.set_property(ID_PROPERTY, master_id)
        names = SHEETS[context.language]
        main, returns, findings, overview, paper, reading = (book.add_sheet(name) for name in names)
        _write_rows(main, overview, paper, rows, master_id)
        write_returns(returns, context, settings, ledger, rows.decisions, rows.past, rows.assessments)
        positions = ledger.positions()

        def place_of(department: str | None, goal: str | None, column: str | None) -> str | None:
            position = positions.get((department or "", goal or ""))
            if position is None:
                return None
            place = columns.at.get(column or "", columns.at[context.template.main.row_key])
            return f"'{names[0]}'!{cell_ref(columns.first + position, place)}"

        write_findings(findings, ledger.findings(), context, place_of)
        write_reading_list(reading, context, ledger, place_of)
        if rows.pacing.applies:
            targets = book.add_sheet(TARGET_SHEETS[context.language])
            write_targets(targets, rows.pacing, lambda: ledger.rows(context), place_of)
        if rows.past:
            changes, year = PAST_SHEETS[context.language]
            write_movements(book.add_sheet(changes), context, rows.past, rows.today, place_of)
            write_year(book.add_sheet(year), context, rows.past, rows.today())
        if context.scores is not None:
            write_scores(book, context, score_rows(rows, context.scores).departments(), context.scores, place_of)


def _write_rows(sheet: Sheet, overview: Sheet, paper: Sheet, rows: MasterRows, master_id: str) -> None:
    """The sheets that have a goal in each row, and the one that counts them, in one pass."""
    tallies = Tallies(rows)
    main = _MasterSheet(sheet, rows, tallies, master_id)
    printed = PrintSheet(paper, rows, main.summary)
    main.begin()
    printed.begin()
    for number, line in enumerate(rows.lines(), rows.columns.first):
        main.add(number, line.cells)
        printed.add(line)
        tallies.add(line)
    main.end()
    printed.end()
    write_overview(overview, rows, tallies, main.summary)


def identify(written: Iterable[tuple[str, str, str, Scalar | None]]) -> str:
    """What a master is known by: a hash over the cells that are written into it, in their order."""
    found = hashlib.sha256()
    for department, goal, column, value in written:
        line = json.dumps([department, goal, column, type(value).__name__, plain(value)], ensure_ascii=True)
        found.update(line.encode())
    return found.hexdigest()[:32]


class _MasterSheet:
    """The main sheet; rows are written in order and never touched again (constant memory)."""

    def __init__(self, sheet: Sheet, rows: MasterRows, tallies: Tallies, master_id: str) -> None:
        self.columns = columns = rows.columns
        self.master_id = master_id
        self.rows = rows
        self.tallies = tallies
        self.context = rows.context
        self.settings = rows.settings
        self.ledger = rows.ledger
        self.language = self.context.language
        self.say = self.language.say
        self.table = columns.table
        self.at = columns.at
        self.font = FONTS[self.language]
        self.sheet = sheet
        sheet.raw.growing_from = columns.first

    @cached_property
    def last(self) -> int:
        return self.columns.first + max(self.ledger.count_rows(), 1) - 1

    def begin(self) -> None:
        """All that stands above the rows."""
        self._columns()
        self._head()

    def _columns(self) -> None:
        sheet = self.sheet
        provenance = self.at["file"]
        for key, place in self.at.items():
            options = {"level": 1, "hidden": True} if place >= provenance else {}
            sheet.call("set_column", place, place, self.columns.width(key), None, options)
        after = len(self.at)
        sheet.call("set_column", after, after, 3, None, {"collapsed": True})
        sheet.raw.hide_gridlines(2)
        sheet.raw.outline_settings(True, False, True, False)

    def _head(self) -> None:
        sheet = self.sheet
        base = {"font_name": self.font, "valign": "vcenter"}
        sheet.call("set_row", 0, 34)
        title = self.settings.full_title("", self.context.template.title)
        sheet.text(0, 0, title, {**base, "font_name": HEADING_FONTS[self.language], "font_size": 18, "bold": True})
        sheet.call("set_row", 1, 20)
        sheet.text(1, 0, self.summary, {**base, "font_size": 10, "font_color": "595959"})
        sheet.call("set_row", 2, 20)
        self._legend(2, {**base, "font_size": 10, "font_color": "595959"})
        self._notes(3, {**base, "font_size": 10, "font_color": "404040", "text_wrap": True})
        sheet.call("set_row", self.columns.key_row, 3, None, {"hidden": True})
        for key, place in self.at.items():
            sheet.text(self.columns.key_row, place, identities.MARK + key, {"num_format": ";;;"})
        sheet.text(self.columns.key_row, len(self.at), ID_MARK + self.master_id, {"num_format": ";;;"})
        groups = {place: self.columns.group(key) for key, place in self.at.items()}
        if self.table.grouped:
            keys = {place: key for key, place in self.at.items()}
            write_groups(sheet, self.columns.head_row - 1, groups, lambda place: self._heading_look(keys[place]))
        lines = max(line_count(self.columns.heading(key), self.columns.width(key)) for key in self.at)
        sheet.call("set_row", self.columns.head_row, max(30, height_of(lines)))
        for key, place in self.at.items():
            below = {"top": 0} if self.table.grouped and not groups[place] else {}
            sheet.text(self.columns.head_row, place, self.columns.heading(key), {**self._heading_look(key), **below})

    def _legend(self, row: int, look: Look) -> None:
        """What the colours of the cells mean, each on a square of itself."""
        marks = [(MARKS[grave], SEVERITY_WORDS[grave][self.language]) for grave in MARKS]
        if self.rows.closes:
            marks.append((CLOSED, self.say("不由该单位填报", "Not theirs to fill in")))
        assessed = bool(self.rows.assessments.settled)
        marks += [
            (str(AMENDED_LOOKS[mark]["bg_color"]), self.say(*words))
            for mark, words in MARK_WORDS.items()
            if mark is not Mark.ASSESSED or assessed
        ]
        font = {"font_name": self.font, "font_size": 10}
        last = self.say("斜体：以前各期的内容", "Italics: from earlier periods")
        parts = [
            part
            for colour, words in marks
            for part in (("■", {**font, "font_color": colour, "font_size": 12}), (f" {words}　", {**font, **look}))
        ]
        parts += [(last, {**font, **look, "italic": True})] if self.columns.remembers else []
        self.sheet.runs(row, 0, parts, look)

    def _notes(self, row: int, look: Look) -> None:
        """What changed in the plan this year, on one row that is not too tall to stand above a table that scrolls."""
        notes = self.columns.notes
        if not notes:
            return
        last = self.at["file"] - 1
        room = sum(self.columns.width(key) for key, place in self.at.items() if place <= last)
        for shown in range(len(notes), 0, -1):
            text = self._numbered(notes[:shown], len(notes) - shown)
            lines = line_count(text, room)
            if lines <= MOST_NOTE_LINES:
                break
        self.sheet.call("set_row", row, height_of(min(lines, MOST_NOTE_LINES), 10))
        self.sheet.block(row, 0, row, last, text, look)

    def _numbered(self, notes: Sequence[str], more: int) -> str:
        numbered = [f"{number}. {note}" for number, note in enumerate(notes, 1)] if len(notes) + more > 1 else notes
        rest = [self.say(f"另有 {more} 处，见各目标的批注。", f"{more} more: see the goals' comments.")] if more else []
        return self.say("注：", "Note: ") + self.say("　", "  ").join([*numbered, *rest])

    @cached_property
    def summary(self) -> str:
        """One line: how many reported, who is missing, what is open."""
        context = self.context
        asked = [d for d in context.plan.departments if asks_something(context, self.rows.past, d.code)]
        missing = [department.name for department in asked if department.code not in self.rows.reported]
        errors, warnings = (self.tallies.count(severity) for severity in (Severity.ERROR, Severity.WARNING))
        partly = sum(one.code == PART_MISSING for one in self.ledger.findings())
        if self.language is Language.ZH:
            names = "（" + "、".join(missing[:12]) + ("等" if len(missing) > 12 else "") + "）" if missing else ""
            text = f"应报送 {len(asked)} 个单位，已报送 {len(asked) - len(missing)} 个，未报送 {len(missing)} 个{names}"
            text += f"，只报来一部分 {partly} 个" if partly else ""
            text += f"；必须修改 {errors} 处，请说明 {warnings} 处"
        else:
            names = f" ({', '.join(missing[:12])}{' …' if len(missing) > 12 else ''})" if missing else ""
            text = (
                f"{len(asked) - len(missing)} of {len(asked)} departments have reported, {len(missing)} missing{names}"
            )
            text += f", {partly} only in part" if partly else ""
            text += f"; {errors} to be fixed, {warnings} to be explained"
        return f"{text}　{self.settings.marking}".strip() + ("。" if self.language is Language.ZH else ".")

    def _heading_look(self, key: str) -> Look:
        office = key in self.table.by_key and self.table.by_key[key].source is Source.OFFICE
        return {
            "font_name": self.font,
            "font_size": 10.5,
            "bold": True,
            "text_wrap": True,
            "align": "center",
            "valign": "vcenter",
            "border": 1,
            "border_color": LINE,
            "bg_color": OFFICE_HEAD if office else LAST_HEAD if key.startswith(LAST) else HEAD,
        }

    def add(self, number: int, cells: Sequence[RowCell]) -> None:
        """A goal's row."""
        lines = max(
            line_count(plain(value), self.columns.width(key) * 1.05)
            for key, value in ((cell.key, cell.value) for cell in cells)
            if value is not None and self.at[key] < self.at["file"]
        )
        self.sheet.call("set_row", number, height_of(max(lines, 2), 10))
        for cell in cells:
            look, place = cell.look, self.at[cell.key]
            if cell.key in self.columns.merged:
                look = {**look, "top": 0, "bottom": int(number == self.last)}
            self.sheet.value(number, place, cell.value, look)
            if cell.remark:
                self.sheet.comment(number, place, cell.remark, self.font)

    def end(self) -> None:
        """What needs to know the last row, and the page."""
        sheet, last = self.sheet, self.last
        looks_merged(sheet, [self.at[key] for key in self.columns.merged], self.columns.first, last, "FFFFFF", LINE)
        sheet.call("autofilter", self.columns.head_row, 0, last, len(self.at) - 1)
        frozen = 1 + self.at.get("name", self.at[self.table.row_key])
        sheet.raw.freeze_panes(self.columns.first, frozen)
        sheet.raw.set_landscape()
        sheet.raw.set_paper(8)
        sheet.raw.fit_to_pages(1, 0)
        sheet.raw.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.raw.repeat_rows(self.columns.head_row - self.table.grouped, self.columns.head_row)
        sheet.raw.print_area(0, 0, last, self.at["file"] - 1)
        pages = self.say("第 &P 页　共 &N 页", "Page &P of &N")
        sheet.call("set_footer", f"&R&9{pages}")
        sheet.raw.activate()
