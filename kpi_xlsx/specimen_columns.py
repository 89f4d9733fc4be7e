"""The columns of an existing form as a definition has them: key, heading, width, and who fills them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kpi_xlsx.column_definition import RESERVED_KEYS
from kpi_xlsx.model import Cell, CellKind, Language, Source, clip, match_key, plain
from kpi_xlsx.reading import clean_text
from kpi_xlsx.specimen import Doubt, Headed, Specimen
from kpi_xlsx.specimen_doubts import WHO, make_doubt
from kpi_xlsx.specimen_meanings import DEPARTMENT, Meaning, find_meaning, without_months
from kpi_xlsx.template import AUTOMATIC

_SAMPLE = 40
"""Rows of the table that are looked at."""
_FIRST_ROWS = 5
"""Rows whose colours and locks are looked at."""
_WIDTH, _LEAST, _MOST = 10.0, 4.0, 60.0
STATUS = "status"
_MEANT = frozenset({"id", "name", "progress", STATUS, "completed_on", "explanation", "data_as_of"})
"""Keys that mean something to the rules: not to be had by chance."""


@dataclass(slots=True)
class Guess:
    """A column as it is supposed to be: its keys in the definition, and what is to be confirmed of it."""

    column: Headed
    data: dict[str, Any]
    meaning: Meaning | None = None
    inherited: Meaning | None = None
    """What its group means, or a heading that stands there a second time: tells only who fills it in, and the type."""
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def key(self) -> str:
        key: str = self.data["key"]
        return key


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rows below a heading say."""

    held: int
    """Rows in which something stands."""
    formulas: int
    told: bool
    """Whether the form tells the cells to be filled in by colour, or by leaving them unlocked."""
    marked: bool
    """Whether these are such cells."""
    kinds: frozenset[str]
    """What kinds of value the cells are for."""


class Columns:
    """Judges the columns of a form from the left to the right; no key is used twice."""

    def __init__(self, specimen: Specimen, language: Language) -> None:
        self.specimen = specimen
        self.language = language
        self.rows = specimen.frame.rows[:_SAMPLE]
        self.first_rows = self.rows[:_FIRST_ROWS] or (specimen.frame.bottom + 1,)
        self.taken: set[str] = set()
        self.headers: dict[str, int] = {}
        self.left_out: list[Doubt] = []
        self.told: set[str] = set()
        columns = specimen.frame.columns
        self.headings = Counter(without_months(_bare(column.header)) for column in columns)
        self.groups = Counter(without_months(_bare(group)) for group in {column.group for column in columns})
        self.evidence = dict(self._weigh())

    def find(self) -> list[Guess]:
        """Every column that a form of the tool's own can have, an id among them, and one to be filled in."""
        found = [guess for column in self.specimen.frame.columns if (guess := self._guess(column)) is not None]
        if not any(guess.data["source"] == Source.DEPARTMENT for guess in found):
            self._open_one(found)
        if self.specimen.frame.bands and "category" not in self.taken:
            found.insert(0, self._added_category())
        if "id" not in self.taken:
            found.insert(0, self._added_id())
        return found

    def rename(self, guess: Guess, key: str = "") -> None:
        """Give a column another key, or one by its place."""
        self.taken.discard(guess.key)
        guess.data["key"] = key or f"column_{guess.column.left + 1}"
        self.taken.add(guess.key)
        guess.doubts = [Doubt(guess.key, one.words) for one in guess.doubts]

    def doubt(self, guess: Guess, what: str, **words: object) -> None:
        header = guess.data["header"]
        guess.doubts.append(make_doubt(guess.key, what, self.language, header=header, **words))

    # --- one column ---------------------------------------------------------------------------------------------------

    def _guess(self, column: Headed) -> Guess | None:
        header = _bare(column.header)
        header, group = self._timeless(header, self.headings), self._timeless(_bare(column.group), self.groups)
        meaning = find_meaning(header)
        reason = self._reason_against(header, meaning, column)
        if reason:
            self.left_out.append(make_doubt("", reason, self.language, header=header))
            return None
        inherited = find_meaning(group) if meaning is None and group else None
        if meaning is not None and (meaning.key in self.taken or not self._fits(meaning, column)):
            inherited, meaning = meaning, None
        data: dict[str, Any] = {"key": self._key(meaning, header, column), "header": self._single(header, group)}
        if group:
            data["group"] = group
        data["width"] = self._width(column)
        guess = Guess(column, data, meaning, inherited)
        for shown, timeless in ((column.header, header), (column.group, group)):
            if without_months(_bare(shown)) == timeless != _bare(shown) and shown not in self.told:
                self.told.add(shown)
                self.doubt(guess, "months", shown=shown, timeless=timeless)
        self._judge_source(guess)
        if data["source"] == Source.PLAN and self._merges_down(column):
            data["merge"] = True
        return guess

    def _timeless(self, heading: str, all_: Counter[str]) -> str:
        """A heading without months, unless several differ by nothing else."""
        bare = without_months(heading)
        return bare if all_[bare] == 1 else heading

    def _reason_against(self, header: str, meaning: Meaning | None, column: Headed) -> str:
        """Why a column is left out, if it is: the tool has its own, or forms can have no such column."""
        if meaning is not None and meaning.key == DEPARTMENT:
            return "department"
        if match_key(header) in {match_key(word) for words in AUTOMATIC.values() for word in words}:
            return "automatic"
        if column.left in self.specimen.sheet.hidden_columns:
            return "hidden"
        evidence = self.evidence[column.left]
        entry = evidence.marked if evidence.told else meaning is not None
        calculated = evidence.held > 0 and evidence.held == evidence.formulas
        return "calculated" if calculated and not entry and (meaning is None or meaning.key != "id") else ""

    def _fits(self, meaning: Meaning, column: Headed) -> bool:
        """Whether what stands below does not contradict a meaning: numbers that begin anew name no goal."""
        if meaning.key != "id":
            return True
        texts = [match_key(plain(cell.value)) for cell in self._cells(column) if cell.value is not None]
        return len(set(texts)) == len(texts)

    def _key(self, meaning: Meaning | None, header: str, column: Headed) -> str:
        """That of a known meaning; else of an English heading's words; else of the column's place."""
        words = re.findall("[a-z0-9]+", header.lower()) if header.isascii() else []
        slug = "_".join(words)[:36].strip("_")
        usable = re.fullmatch(r"[a-z][a-z0-9_]{1,39}", slug) and slug not in self.taken | RESERVED_KEYS | _MEANT
        key = meaning.key if meaning is not None else slug if usable else f"column_{column.left + 1}"
        self.taken.add(key)
        return key

    def _single(self, header: str, group: str) -> str:
        """A heading that stands twice under one group is numbered."""
        mark = f"{match_key(group)}:{match_key(header)}"
        count = self.headers[mark] = self.headers.get(mark, 0) + 1
        return header if count == 1 else f"{header} ({count})"

    def _width(self, column: Headed) -> float:
        look = self.specimen.look
        default = look.default_width or _WIDTH
        width = sum(look.widths.get(at, default) for at in range(column.left, column.right + 1))
        return round(min(max(width, _LEAST), _MOST), 1)

    def _cells(self, column: Headed) -> Iterator[Cell]:
        """What stands below a heading; of a column over several, the first that holds something."""
        for row in self.rows:
            cells = self.specimen.sheet.rows.get(row, {})
            held = (cells[at] for at in range(column.left, column.right + 1) if at in cells)
            found = next((cell for cell in held if plain(cell.value).strip() or cell.formula), None)
            if found is not None:
                yield found

    def _merges_down(self, column: Headed) -> bool:
        rows = set(self.rows)
        return any(
            left <= column.left <= right and bottom > top and top in rows
            for top, left, bottom, right in self.specimen.sheet.merges
        )

    # --- who fills it in ----------------------------------------------------------------------------------------------

    def _weigh(self) -> Iterator[tuple[int, Evidence]]:
        """The evidence of each column, by where it begins."""
        look, columns = self.specimen.look, self.specimen.frame.columns
        yellow = {one.left: any(is_yellow(look.at(row, one.left).fill) for row in self.first_rows) for one in columns}
        open_ = {one.left: any(not look.at(row, one.left).locked for row in self.first_rows) for one in columns}
        marks = open_ if look.protected and any(open_.values()) else yellow
        told = 0 < sum(marks.values()) < len(columns)
        for one in columns:
            cells = list(self._cells(one))
            kinds = {look.at(row, one.left).kind for row in self.first_rows}
            kinds |= {str(cell.kind) for cell in cells if cell.kind in (CellKind.DATE, CellKind.NUMBER)}
            formulas = sum(cell.formula is not None for cell in cells)
            yield one.left, Evidence(len(cells), formulas, told, marks[one.left], frozenset(kinds))

    def _judge_source(self, guess: Guess) -> None:
        """By colour or lock if the form tells by these, else by the heading, else by what stands below it."""
        evidence, known = self.evidence[guess.column.left], guess.meaning or guess.inherited
        by_rows = Source.PLAN if evidence.held else Source.DEPARTMENT
        by_mark = Source.DEPARTMENT if evidence.marked else Source.PLAN
        source = by_mark if evidence.told else known.source if known is not None else by_rows
        if guess.key == "id":
            source = Source.PLAN  # by which the rows are told apart: never the department's
        guess.data["source"] = str(source)
        who = self.language.say(*WHO[source])
        given = any(one.held for one in self.evidence.values())
        if not evidence.told and known is None:
            self.doubt(guess, "unknown", who=who)
        elif evidence.told and known is not None and known.source is not source:
            self.doubt(guess, "contradicted", who=who)
        elif not evidence.told and source is Source.PLAN and given and not evidence.held:
            self.doubt(guess, "blank", who=who)
        elif guess.meaning is not None and guess.meaning.open and source is Source.DEPARTMENT:
            self.doubt(guess, "open")

    # --- columns that a definition must have --------------------------------------------------------------------------

    def _open_one(self, found: list[Guess]) -> None:
        """Where no column seems to be left to departments, the last is taken for it."""
        if not found or found[-1].key == "id":
            found.append(self._added("progress", ("进展情况", "Progress"), 40, Source.DEPARTMENT))
        guess = found[-1]
        guess.data["source"] = str(Source.DEPARTMENT)
        guess.data.pop("merge", None)
        guess.doubts = []
        self.doubt(guess, "nobody")

    def _added_category(self) -> Guess:
        """The lines that part the table, as a column: forms have no such lines."""
        cells = self.specimen.sheet.rows.get(self.specimen.frame.bands[0], {})
        shown = clip(next((plain(cell.value) for _, cell in sorted(cells.items())), ""), 20)
        guess = self._added("category", ("类别", "Category"), 10, Source.PLAN)
        guess.data["merge"] = True
        self.doubt(guess, "bands", shown=shown)
        return guess

    def _added_id(self) -> Guess:
        guess = self._added("id", ("编号", "Goal ID"), 8, Source.PLAN)
        guess.data["print"] = False
        self.doubt(guess, "no_id")
        return guess

    def _added(self, key: str, words: tuple[str, str], width: float, source: Source) -> Guess:
        """A column that the form does not have."""
        self.taken.add(key)
        header = self._single(self.language.say(*words), "")
        return Guess(Headed(-1, -1, header), {"key": key, "header": header, "width": width, "source": str(source)})


def _bare(heading: str) -> str:
    """A heading without the star of a required column."""
    return clean_text(heading).lstrip("*★ ").strip() or clean_text(heading)


def is_yellow(fill: str) -> bool:
    """Whether a colour is a yellow, from pale cream to gold, with which forms paint the cells that are to be filled."""
    if len(fill) != 6:
        return False
    red, green, blue = (int(fill[at : at + 2], 16) for at in (0, 2, 4))
    return red >= 0xE0 and green >= 0xB8 and blue <= min(red, green) - 8 and red - green <= 0x50
