"""The workbook of a year: states and figures by month, the words by month with what is new coloured, plan changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kpi_xlsx.excel import (
    FONTS,
    HEADING_FONTS,
    Look,
    Sheet,
    Workbook,
    clean,
    fit_width,
    height_of,
    line_count,
    text_width,
    write_groups,
)
from kpi_xlsx.master_columns import DEPARTMENT_HEADING
from kpi_xlsx.master_rows import LINE, QUIET, status_colours
from kpi_xlsx.model import Language, Role, Scalar, plain
from kpi_xlsx.outputs.change_list import write_change_list
from kpi_xlsx.outputs.listing import NEW, coloured
from kpi_xlsx.settings import Settings
from kpi_xlsx.template import given
from kpi_xlsx.values import show_value
from kpi_xlsx.year_runs import MARK_SIGNS, Mark, YearCell
from kpi_xlsx.yearbook import Yearbook, YearLine

SHEETS = {Language.ZH: ("全年台账", "文字", "变更"), Language.EN: ("Year", "Words", "Plan changes")}
HEAD = "D9E1F2"
TOP, GROUPS, HEADINGS, FIRST = 0, 2, 3, 4
"""The rows of the title, of the periods, of the headings and of the first line."""
STATUS_WIDTH, FIGURE_WIDTH, WORDS_WIDTH, NOTE_WIDTH = 11, 10, 34, 22
WIDTHS = {"id": 9, "department": 16, "role": 7, "name": 20, "requirement": 38, "due_month": 11}
CENTRED = frozenset({"id", "department", "role", "due_month"})
PAGE_WIDTH, SMALLEST = 205.0, 52
"""How many signs stand side by side on A3 at full size, and the scale in per cent below which nobody reads figures."""
LOOSE_WIDTH, READABLE = 150.0, 62
"""The same for texts, and for programs that take columns for a good deal wider than Excel does."""


def write_year_table(
    path: Path, settings: Settings, book: Yearbook, before: Callable[[Path], None] | None = None
) -> None:
    """Write the workbook. `before` is called with the finished file before it takes its place."""
    context = book.context
    say = context.language.say
    period = context.period
    months = f"{book.cycles[0].cycle.period.start:%Y-%m} — {period.end:%Y-%m}"
    title = say(f"全年台账（{months}）", f"The year ({months})")
    with Workbook(path, period.end, streaming=True, title=title, before=before) as workbook:
        names = SHEETS[context.language]
        _States(workbook.add_sheet(names[0]), settings, book, title).write()
        words = say(f"文字进展（{months}）", f"What was reported ({months})")
        _Words(workbook.add_sheet(names[1]), settings, book, words).write()
        write_change_list(workbook.add_sheet(names[2]), context, settings.marking)


class _Months:
    """A sheet with given columns at the left and the cycles side by side; rows are written in order (streaming)."""

    keys: tuple[str, ...]
    """The given columns, from the left."""
    size = 10.0

    def __init__(self, sheet: Sheet, settings: Settings, book: Yearbook, title: str) -> None:
        self.sheet, self.settings, self.book, self.title = sheet, settings, book, title
        self.context, self.language = book.context, book.context.language
        self.say = self.language.say
        by_key = self.context.template.main.by_key
        shared = self.context.plan.shared
        optional = {"role": shared, "requirement": "requirement" in by_key}
        self.given = [key for key in self.keys if optional.get(key, True)]
        self.by_key = by_key

    def subs(self) -> Sequence[tuple[str, float]]:
        """Heading and width of each column of a cycle."""
        raise NotImplementedError

    def legend(self) -> str:
        raise NotImplementedError

    def write_cells(self, number: int, line: YearLine) -> None:
        """What the cycles have of a line."""
        raise NotImplementedError

    def lines_of(self, line: YearLine) -> int:
        """How many lines of text the highest of a line's cells of the cycles takes."""
        raise NotImplementedError

    def write(self) -> None:
        widths = self._widths()
        for place, width in enumerate(widths):
            self.sheet.call("set_column", place, place, width)
        self._write_head(len(widths))
        number = FIRST - 1
        for number, line in enumerate(self.book.lines, FIRST):
            texts = [plain(value) for value in self._given(line)]
            lines = [line_count(text, WIDTHS[key]) for key, text in zip(self.given, texts, strict=True)]
            lines += [line_count(line.note, NOTE_WIDTH), self.lines_of(line)]
            self.sheet.call("set_row", number, height_of(max(lines), self.size))
            for place, (key, value) in enumerate(zip(self.given, self._given(line), strict=True)):
                self.sheet.value(number, place, value, self.look(value, centre=key in CENTRED))
            self.write_cells(number, line)
            self.sheet.text(number, len(widths) - 1, line.note, self.look(line.note, font_color=QUIET))
        self._set_page(widths, max(number, FIRST))

    def _widths(self) -> list[float]:
        months = [width for _ in self.book.cycles for _, width in self.subs()]
        return [*(float(WIDTHS[key]) for key in self.given), *months, NOTE_WIDTH]

    def _given(self, line: YearLine) -> list[Scalar | None]:
        return [self._given_cell(key, line) for key in self.given]

    def _given_cell(self, key: str, line: YearLine) -> Scalar | None:
        goal = line.goal
        if key in ("department", "role"):
            return {"department": line.department, "role": line.role}[key] or None
        column = self.by_key.get(key)
        shown = None if column is None else given(column, goal)
        return shown or {"id": goal.id, "name": goal.name, "due_month": f"{goal.due:%Y-%m}"}.get(key)

    def heading(self, key: str) -> str:
        """What stands above a given column: as in the template, else as everywhere."""
        words = {
            "department": DEPARTMENT_HEADING,
            "role": ("角色", "Role"),
            "id": ("编号", "No."),
            "name": ("目标名称", "Goal"),
            "due_month": ("完成时限", "Due"),
        }
        column = self.by_key.get(key)
        return column.header if column is not None else self.say(*words[key])

    def _write_head(self, columns: int) -> None:
        font = {"font_name": HEADING_FONTS[self.language], "font_size": 16, "bold": True, "valign": "vcenter"}
        self.sheet.call("set_row", TOP, 32)
        self.sheet.text(TOP, 0, self.title, font)
        quiet = {"font_name": FONTS[self.language], "font_size": 10, "font_color": QUIET, "valign": "vcenter"}
        self.sheet.call("set_row", TOP + 1, 20)
        above = (self.settings.marking, self._gap(), self.legend())
        self.sheet.text(TOP + 1, 0, "　".join(filter(None, above)), quiet)
        head = {**self.look(None, centre=True), "bold": True, "bg_color": HEAD}
        groups = dict.fromkeys(range(len(self.given)), "")
        for number, one in enumerate(self.book.cycles):
            start = len(self.given) + number * len(self.subs())
            groups |= dict.fromkeys(range(start, start + len(self.subs())), one.label(self.language))
        groups[columns - 1] = ""
        longest = max(text_width(one.label(self.language)) for one in self.book.cycles)
        room = sum(width for _, width in self.subs())
        self.sheet.call("set_row", GROUPS, 24 if longest < room - 1 else 36)
        write_groups(self.sheet, GROUPS, groups, lambda _: head)
        names = [self.heading(key) for key in self.given]
        names += [name for _ in self.book.cycles for name, _ in self.subs()]
        self.sheet.call("set_row", HEADINGS, 30)
        for place, name in enumerate([*names, self.say("说明", "Note")]):
            alone = groups[place] == ""
            self.sheet.text(HEADINGS, place, name, {**head, "top": 0} if alone else head)

    def _gap(self) -> str:
        """What whoever only has the table before them must know of cycles that are missing."""
        first = self.book.cycles[0].cycle.period
        words = self.say(
            f"不全：{first} 之前的各期读不到，没有列入。",
            f"Not complete: what came before {first} could not be read and is not in here.",
        )
        return words if self.book.cut_short else ""

    def look(self, value: Scalar | None, *, centre: bool = False, **more: Any) -> dict[str, Any]:
        """How a cell looks; texts stay texts, whoever edits them."""
        look: dict[str, Any] = {
            "font_name": FONTS[self.language],
            "font_size": self.size,
            "text_wrap": True,
            "valign": "vcenter",
            "align": "center" if centre else "left",
            "indent": 0 if centre else 1,
            "border": 1,
            "border_color": LINE,
        }
        if isinstance(value, str):
            look |= {"num_format": "@", "quote_prefix": value[:1] in ("=", "+", "-", "@")}
        return {**look, **more}

    def _set_page(self, widths: Sequence[float], last: int) -> None:
        """A3; as many whole cycles on a page as can be read there, the goal's columns on each."""
        raw, kept = self.sheet.raw, self.given.index("name") + 1
        self.sheet.call("autofilter", HEADINGS, 0, last, len(widths) - 1)
        raw.freeze_panes(FIRST, kept)
        raw.hide_gridlines(2)
        raw.set_landscape()
        raw.set_paper(8)
        raw.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        raw.repeat_rows(GROUPS, HEADINGS)
        raw.repeat_columns(0, kept - 1)
        raw.set_footer(f"&R&9{self.say('第 &P 页　共 &N 页', 'Page &P of &N')}")
        cycles, subs, month = len(self.book.cycles), len(self.subs()), sum(width for _, width in self.subs())
        a_page = _cycles_on_page(cycles, sum(widths[:kept]) + NOTE_WIDTH, month)
        if sum(widths) <= PAGE_WIDTH * 100 / SMALLEST or a_page == cycles:
            raw.fit_to_pages(1, 0)
            return
        raw.set_print_scale(_scale(sum(widths[:kept]) + NOTE_WIDTH + month * a_page))
        # A page that is made to fit takes no notice of breaks, and would cut a cycle in two.
        raw.set_v_pagebreaks([len(self.given) + subs * number for number in range(a_page, cycles, a_page)])


def _cycles_on_page(cycles: int, beside: float, width: float) -> int:
    """How many cycles of this width go on a page that can be read, spread evenly; `beside`: what else stands there."""
    most = max(1, int((LOOSE_WIDTH * 100 / READABLE - beside) // width))
    pages = -(-cycles // most)
    return -(-cycles // pages)


def _scale(width: float) -> int:
    return max(10, min(100, int(100 * LOOSE_WIDTH / width)))


class _States(_Months):
    """Status and figures."""

    keys = ("id", "department", "role", "name", "requirement", "due_month")

    def subs(self) -> Sequence[tuple[str, float]]:
        status = self.by_key.get("status")
        word = self.say("报送情况", "Return") if status is None else status.header
        return ((word, STATUS_WIDTH), *((one.header, FIGURE_WIDTH) for one in self.book.figures))

    def legend(self) -> str:
        return self.say(
            "未报：应报而没有报。斜体：前期已完成，之后没有再报。—：当期不报，或当时没有这项。",
            "Not reported: asked for, and nothing came. Italics: completed earlier, not reported since. —: not asked "
            "for, or not there at the time.",
        )

    def lines_of(self, line: YearLine) -> int:
        words = (self._status(one)[0] for one in line.cells)
        return max(line_count(word, STATUS_WIDTH) for word in words)

    def _status(self, one: YearCell) -> tuple[str, Look]:
        if one.mark is Mark.MISSING:
            return self.say(*MARK_SIGNS[one.mark]), {"font_color": "9C0006", "bold": True}
        row = one.row
        if row is None:
            return "—", {"font_color": QUIET}
        if row.progress is None:
            return plain(row.values.get("status")) or self.say("已报", "Reported"), {}
        fill, ink = status_colours(row.progress, row.values.get("status"), self.context.template)
        strong = {"italic": True} if one.mark is Mark.SETTLED else {"bold": True}
        return plain(row.values.get("status")), {"bg_color": fill, "font_color": ink, **strong}

    def write_cells(self, number: int, line: YearLine) -> None:
        place = len(self.given)
        for one in line.cells:
            word, colours = self._status(one)
            self.sheet.text(number, place, word, self.look(word, centre=True, **colours))
            said = one.said
            for column in self.book.figures:
                place += 1
                value = None if said is None else said.values.get(column.key)
                self.sheet.value(number, place, value, self.look(value, centre=True))
            place += 1


class _Words(_Months):
    """The main texts, of which what the cycle before did not say is coloured."""

    keys = ("id", "department", "role", "name")

    def __init__(self, sheet: Sheet, settings: Settings, book: Yearbook, title: str) -> None:
        super().__init__(sheet, settings, book, title)
        texts = [self.words(one) for line in book.lines for one in line.cells]
        self.width, self.size = fit_width(texts, WORDS_WIDTH, 10.0)

    def words(self, one: YearCell) -> str:
        """What was reported: one text, or each under its heading."""
        row = one.said
        if row is None:
            return ""
        found = [
            (column, show_value(column, value))
            for column in self.context.template.main.told_by(Role.LEAD if row.leads else Role.SUPPORT)
            if (value := row.values.get(column.key)) is not None
        ]
        several = len(self.context.template.main.remembered) > 1
        colon = self.say("：", ": ")
        return clean("\n".join(f"{column.header}{colon}{text}" if several else text for column, text in found))

    def subs(self) -> Sequence[tuple[str, float]]:
        columns = self.context.template.main.remembered
        name = columns[0].header if len(columns) == 1 else self.say("进展", "Progress")
        return ((name, self.width),)

    def legend(self) -> str:
        return self.say("红字：与上一次报的不同。", "Red: not in what was reported the time before.")

    def lines_of(self, line: YearLine) -> int:
        # Smaller signs need less room.
        return max(line_count(self.words(one), self.width * 10.5 / self.size) for one in line.cells)

    def write_cells(self, number: int, line: YearLine) -> None:
        before = ""
        for place, one in enumerate(line.cells, len(self.given)):
            now = self.words(one)
            look = self.look(now)
            if now and before:
                fresh = {"font_color": NEW}
                self.sheet.runs(number, place, coloured(before, now, fresh, self.language, self.size), look)
            else:
                self.sheet.text(number, place, now, look)
            before = now or before
