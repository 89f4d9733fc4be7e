"""What the tool adds to a register that a person keeps: proposals, versions, closings, headings and sheets, no more."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kpi_xlsx.archives import BROKEN
from kpi_xlsx.book import Book, Sheet, Unreadable
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import REGISTER, Amendment, Place
from kpi_xlsx.edition import Edition
from kpi_xlsx.excel import height_of, line_count
from kpi_xlsx.files import demand_closed, landing, named_errors, put_in_place, temporary_beside
from kpi_xlsx.headings import Heading
from kpi_xlsx.history import keep_changed
from kpi_xlsx.model import Cell, CycleError, Mistake, Scalar, counted, plain
from kpi_xlsx.register import heading_faults
from kpi_xlsx.register_book import LISTS, RegisterRows, amendment_rows, make_register
from kpi_xlsx.register_fields import Field, RegisterSheet
from kpi_xlsx.register_file import read_register
from kpi_xlsx.register_sheets import AMENDMENTS, CLOSING, REVIEWS, SHEETS
from kpi_xlsx.settings import Settings
from kpi_xlsx.sheet_pieces import Address, Written
from kpi_xlsx.xml_pieces import Unwritable

Before = Callable[[Path], None]


def complete_register(
    settings: Settings,
    context: Context,
    proposals: Sequence[Amendment],
    labels: Mapping[Place, str],
    *,
    wrote: Callable[[str], bool],
    before: Before | None = None,
    whole: bool = False,
    closings: RegisterRows = (),
) -> tuple[str, ...]:
    """Write proposed amendments, closings and blank versions into the register; returns what a person should know.

    Missing sheets and headings are added as far as these need them; with `whole`, all of them. A register that is not
    as the tool last wrote it (`wrote` says so of a sha256) is first copied to history/. `before` gets the finished
    file before it takes its place. Raises CycleError if it is open elsewhere or cannot be written into.
    """
    path = settings.register
    if not (proposals or closings or whole or (labels and path.exists())):
        return ()
    demand_closed(dict.fromkeys((path, landing(path))), context.language)
    rows = {AMENDMENTS.key: amendment_rows(proposals, context), CLOSING.key: closings}
    book = _read(path, context)
    if book is None:
        make_register(path, context, settings, rows, before=before)
        made = context.language.say(f"新建了 {path.name}。", f"Made {path.name}.")
        return (made, *_told(len(proposals), context))
    additions = _Additions(book, context, rows, labels, whole)
    if not additions.needed:
        return tuple(additions.remarks)
    temporary = temporary_beside(landing(path))
    try:
        with named_errors(path, temporary):
            _write(path, temporary, additions, context, settings)
        kept = tuple(keep_changed(path, settings.history, settings.zone, wrote, context.language))
        if before is not None:
            before(temporary)
        put_in_place(temporary, landing(path))
    finally:
        temporary.unlink(missing_ok=True)
    return (*kept, *additions.remarks, *_told(len(proposals), context), *_told_versions(additions.versions, context))


def _told(count: int, context: Context) -> Iterator[str]:
    if count:
        sheet = AMENDMENTS.name(context.language)
        yield context.language.say(
            f"登记簿“{sheet}”里补了 {count} 行待确认的更正，请逐行写明状态。",
            f"{counted(count, 'proposed amendment')} added to “{sheet}” in the register; give each its state.",
        )


def _told_versions(count: int, context: Context) -> Iterator[str]:
    if count:
        sheet = REVIEWS.name(context.language)
        yield context.language.say(
            f"登记簿“{sheet}”里补写了 {count} 行的版次。",
            f"The version was written into {counted(count, 'row')} of “{sheet}” in the register.",
        )


def _read(path: Path, context: Context) -> Book | None:
    try:
        return read_register(path, context)
    except Unreadable as trouble:
        raise _refusal(path, context, trouble.zh, trouble.en, trouble.remedy) from trouble


_SAVE_AS = (
    "请在 Excel 或 WPS 里打开，另存为 .xlsx 再运行。",
    "Open it in Excel or WPS, save it as .xlsx, and run this again.",
)


def _refusal(path: Path, context: Context, zh: str, en: str, remedy: tuple[str, str] = _SAVE_AS) -> CycleError:
    words = context.language.say(f"写不进去：{zh}。{remedy[0]}", f"It cannot be written into: {en}. {remedy[1]}")
    return CycleError([Mistake(path.name, "", words)])


def _write(path: Path, target: Path, additions: _Additions, context: Context, settings: Settings) -> None:
    donor = temporary_beside(path)
    try:
        edition = Edition(path)
        for sheet, cells in additions.cells.items():
            edition.write(sheet, cells)
        if additions.sheets:
            make_register(donor, context, settings, additions.rows, kinds=additions.sheets, streaming=True)
            edition.add_sheets(Edition(donor), shared=LISTS)
        edition.save(target)
    except Unwritable as trouble:
        raise _refusal(path, context, trouble.zh, trouble.en) from trouble
    except (NotImplementedError, RuntimeError, *BROKEN) as trouble:  # in a part that is copied without being read
        raise _refusal(path, context, "文件不完整或已损坏", "it is cut off or damaged") from trouble
    finally:
        donor.unlink(missing_ok=True)


class _Additions:
    """What is to be written into a register: cells by sheet and address, and sheets that are not there."""

    def __init__(
        self,
        book: Book,
        context: Context,
        rows: Mapping[str, RegisterRows],
        labels: Mapping[Place, str],
        whole: bool,
    ) -> None:
        self.context = context
        self.language = context.language
        self.rows = rows
        self.labels = labels
        self.cells: dict[str, dict[Address, Written]] = {}
        self.heads: dict[str, int] = {}
        self.columns: dict[str, dict[str, int]] = {}
        """Heading row and columns of each sheet that is written into, those added included."""
        self.sheets: list[RegisterSheet] = []
        self.remarks: list[str] = []
        self.versions = 0
        """How many reviews get theirs."""
        for kind in SHEETS:
            asked = whole or bool(rows.get(kind.key))
            there = list(kind.find(book))
            if there:
                self._complete(kind, there, asked)
            elif asked:
                self.sheets.append(kind)
        if self.sheets:
            names = self.language.say("、", ", ").join(kind.name(self.language) for kind in self.sheets)
            words = self.language.say(f"登记簿里补了工作表：{names}。", f"Sheets added to the register: {names}.")
            self.remarks.append(words)

    @property
    def needed(self) -> bool:
        return bool(self.sheets or any(self.cells.values()))

    def _complete(self, kind: RegisterSheet, there: list[tuple[Sheet, Heading | None]], asked: bool) -> None:
        """Headings and cells for a sheet that is there; of several, the first with headings is written into."""
        if asked:
            sheet, heading = next((pair for pair in there if pair[1] is not None), there[0])
            rows = self.rows.get(kind.key, ())
            if self._demand_headings(kind, sheet, heading, kind.fields, mild=not rows):
                self._append(kind, sheet, rows)
        for sheet, heading in there:
            labels = [(place.row - 1, label) for place, label in self.labels.items() if place.sheet == sheet.name]
            if kind is REVIEWS and labels:
                self._demand_headings(kind, sheet, heading, [kind.by_key["version"]], mild=False)
                self._fill_versions(sheet, labels)

    def _demand_headings(
        self, kind: RegisterSheet, sheet: Sheet, heading: Heading | None, fields: Sequence[Field], *, mild: bool
    ) -> bool:
        """See that these headings are there or get there, behind the last column in use.

        Where a heading was deleted above its cells, a new one would leave these without: a person must restore it.
        """
        lost = next((fault for fault in heading_faults(kind, sheet, heading) if fault.lost), None)
        if lost is not None:
            mistake = Mistake(REGISTER, sheet.name, self.language.say(lost.zh, lost.en))
            if not mild:
                raise CycleError([mistake])
            self.remarks.append(str(mistake))
            return False
        row = 0 if heading is None else heading.row
        self.heads.setdefault(sheet.name, row)
        at = self.columns.setdefault(sheet.name, {} if heading is None else dict(heading.columns))
        missing = [field for field in fields if field.key not in at]
        used = {column for cells in sheet.rows.values() for column in cells} | set(at.values())
        for place, field in enumerate(missing, max(used, default=-1) + 1):
            self._put(sheet, row, place, field.name(self.language), max(at.values(), default=place))
            at[field.key] = place
        if missing:
            names = self.language.say("、", ", ").join(field.name(self.language) for field in missing)
            words = self.language.say(f"补了表头：{names}。", f"Headings added: {names}.")
            self.remarks.append(str(Mistake(REGISTER, sheet.name, words)))
        return True

    def _put(self, sheet: Sheet, row: int, column: int, text: str, like: int) -> None:
        """A cell that looks like another of its row."""
        self.cells.setdefault(sheet.name, {})[row, column] = Written(text, (row, like))

    def _fill_versions(self, sheet: Sheet, labels: Iterable[tuple[int, str]]) -> None:
        """Versions into their cells; a formula stays, and what is written below merged cells nobody sees."""
        column = self.columns[sheet.name]["version"]
        covered = {
            row for top, left, bottom, _ in sheet.merges if left == column for row, _ in labels if top < row <= bottom
        }
        for row, label in labels:
            cell = sheet.cell(row, column)
            if row not in covered and (cell is None or cell.formula is None):
                self._put(sheet, row, column, label, max(column - 1, 0))
                self.versions += 1

    def _append(self, kind: RegisterSheet, sheet: Sheet, rows: RegisterRows) -> None:
        """Rows below the last one in use, looking like it."""
        head, at = self.heads[sheet.name], self.columns[sheet.name]
        used = (row for row, cells in sheet.rows.items() if any(map(_holds, cells.values())))
        number = last = max([head, *used])
        merges = sorted(sheet.merges)
        for row in rows:
            number = _unmerged(merges, number + 1)
            texts = {key: value for key, value in row.items() if value not in (None, "")}
            widths = kind.by_key
            height = height_of(max(line_count(plain(value), widths[key].width) for key, value in texts.items()))
            for key, value in texts.items():
                like = (last, at[key]) if last > head else None
                written = Written(_number_or_text(value), like, height)
                self.cells.setdefault(sheet.name, {})[number, at[key]] = written


def _holds(cell: Cell) -> bool:
    return cell.formula is not None or bool(plain(cell.value).strip())


def _unmerged(merges: Sequence[tuple[int, int, int, int]], row: int) -> int:
    """The first row from here on that no merged cells cover: what is written into those is not seen."""
    for top, _, bottom, _ in merges:
        if top <= row <= bottom:
            row = bottom + 1
    return row


def _number_or_text(value: Scalar | None) -> str | int | float:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if number else plain(value)  # type: ignore[return-value]
