"""The rows of a plan's sheets by key, and every mistake met on the way: what all readers of plan.xlsx read with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kpi_xlsx.book import Book, Sheet
from kpi_xlsx.headings import Heading, both_languages, find_heading, find_sheet
from kpi_xlsx.model import Cell, CellKind, Language, Mistake, Scalar, cell_ref, match_key, plain
from kpi_xlsx.periods import Period


def tidy(value: Scalar | None) -> Scalar | None:
    """White space alone is a blank; 12.0 is 12; other text keeps its inner form."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip() or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _is_faulty(cell: Cell | None) -> bool:
    """Whether a cell shows an error, or a formula that was never calculated."""
    return cell is not None and (cell.kind is CellKind.ERROR or (cell.formula is not None and cell.value is None))


def _doubled(headings: Mapping[int, str]) -> Iterator[tuple[str, int]]:
    """The plan's own columns whose heading stands further left already: one would take the other's place."""
    seen: set[str] = set()
    for column, text in headings.items():
        if match_key(text) in seen:
            yield text, column
        seen.add(match_key(text))


class PlanRow:
    """One row of a plan sheet, by key."""

    def __init__(self, sheet: Sheet, heading: Heading, row: int) -> None:
        self.sheet = sheet.name
        self.number = row
        self.heading = heading
        self.cells = sheet.rows.get(row, {})
        self.faulty = frozenset(key for key in heading.columns if _is_faulty(self.cell(key)))
        """Columns whose cell holds no value; the cell itself is complained of, nothing that follows from it."""

    def cell(self, key: str) -> Cell | None:
        column = self.heading.columns.get(key)
        return None if column is None else self.cells.get(column)

    def value(self, key: str) -> Scalar | None:
        cell = self.cell(key)
        return None if cell is None or key in self.faulty else tidy(cell.value)

    def text(self, key: str) -> str:
        return plain(self.value(key)).strip()

    def place(self, key: str) -> str:
        column = self.heading.columns.get(key, 0)
        return f"{self.sheet}!{cell_ref(self.number, column)}"


class PlanTables:
    """Finds the tables of plan.xlsx and keeps every mistake in them."""

    def __init__(self, file: str, period: Period, language: Language) -> None:
        self.file = file
        self.period = period
        self.language = language
        self.say = language.say
        self.mistakes: list[Mistake] = []

    def wrong(self, place: str, zh: str, en: str) -> None:
        self.mistakes.append(Mistake(self.file, place, self.say(zh, en)))

    def close(self, text: str, known: Iterable[str]) -> str:
        """What may have been meant, to be put behind a message; empty if nothing is near."""
        from difflib import get_close_matches

        close = get_close_matches(text, list(known), n=1, cutoff=0.5)
        return self.say(f"，是不是“{close[0]}”？", f"; did you mean “{close[0]}”?") if close else ""

    def find(
        self,
        book: Book,
        names: tuple[str, str],
        words: Mapping[str, tuple[str, ...]],
        required: tuple[str, ...],
        enough: int,
        *,
        optional: bool = False,
    ) -> tuple[Sheet, Heading] | None:
        """A sheet and its headings; None, with what is wrong, if they cannot be used. An optional one may be blank."""
        label = self.say(names[1], names[0])
        sheet = find_sheet(book, *names)
        if optional and (sheet is None or not any(tidy(c.value) for _, row in sheet.in_order() for c in row.values())):
            return None
        if sheet is None:
            self.wrong("", f"缺少工作表“{label}”。", f"The sheet “{label}” is missing.")
            return None
        heading = find_heading(sheet, both_languages(words), enough)
        shown = {key: self.say(words[key][0], key) for key in required}
        if heading is None:
            listed = self.say("、", ", ").join(shown.values())
            self.wrong(
                sheet.name,
                f"前十行里找不到表头。至少要有这几列：{listed}。",
                f"No heading row in the first ten rows. These columns are needed: {listed}.",
            )
            return None
        for key in required:
            if key not in heading.columns:
                self.wrong(sheet.name, f"缺少“{shown[key]}”这一列。", f"The column “{shown[key]}” is missing.")
        for text, column in (*heading.doubled, *_doubled(heading.others)):
            place = f"{sheet.name}!{cell_ref(heading.row, column)}"
            self.wrong(place, f"“{text}”这一列出现了两次。", f"The column “{text}” stands there twice.")
        return (sheet, heading) if all(key in heading.columns for key in required) else None

    def rows(self, sheet: Sheet, heading: Heading) -> Iterator[PlanRow]:
        """The rows below the heading that hold anything; vertical merges count for each row they cover."""
        for top, left, bottom, _ in sheet.merges:
            anchor = sheet.cell(top, left)
            if top > heading.row and anchor is not None:
                for covered in range(top + 1, bottom + 1):
                    sheet.rows.setdefault(covered, {}).setdefault(left, anchor)
        known = sorted(heading.columns.values())
        for number, cells in sheet.in_order():
            if number <= heading.row:
                continue
            row = PlanRow(sheet, heading, number)
            if any(
                tidy(cells[column].value) is not None or cells[column].formula for column in known if column in cells
            ):
                self._faulty_cells(row)
                yield row

    def _faulty_cells(self, row: PlanRow) -> None:
        for column in (*row.heading.columns.values(), *row.heading.others):
            cell = row.cells.get(column)
            if cell is None or not _is_faulty(cell):
                continue
            place = f"{row.sheet}!{cell.ref}"
            if cell.kind is CellKind.ERROR:
                self.wrong(place, f"公式出错：{cell.value}。", f"The formula gives an error: {cell.value}.")
            else:
                self.wrong(
                    place,
                    "公式没有算出结果，请打开文件保存一次，或改成数值。",
                    "The formula has no result; open and save the file once, or type the value.",
                )
