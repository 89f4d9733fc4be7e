"""Which row of a returned table belongs to which goal, and what is answered in it.

Three witnesses speak for a row: the visible goal id, the hidden mark, and the goal's own words. Where they contradict
one another none of them is trusted in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from kpi_xlsx import identity as identities
from kpi_xlsx.context import Context
from kpi_xlsx.merges import find_merges
from kpi_xlsx.model import (
    ROLE_WORDS,
    Answer,
    Cell,
    CellKind,
    Entry,
    Goal,
    Note,
    Scalar,
    cell_ref,
    clip,
    comparable,
    id_key,
    match_key,
    plain,
)
from kpi_xlsx.reading import is_placeholder
from kpi_xlsx.tables import Columns, is_signature
from kpi_xlsx.template import Column, given, in_row
from kpi_xlsx.values import read_answer, show

MOST_STRANGERS = 100
"""Rows of no goal that are named one by one; a department may have pasted a whole list beside its form."""


@dataclass(slots=True)
class _Claim:
    """A row of the sheet with the goal (or spare row) that it was recognised as."""

    row: int
    cells: Mapping[int, Cell]
    goal: str
    answers: dict[str, Answer]
    refused: Mapping[str, Answer]
    """What stands in columns that are closed for the department's role."""


class Rows:
    """The rows of the table: each recognised by its visible id, hidden mark and words, or listed as unknown."""

    def __init__(self, columns: Columns, context: Context, department: str, part: Set[str] = frozenset()) -> None:
        """`part`: the keys of the goals that the form holds, if not all of the department's."""
        self.part = part
        self.has_spare = False
        self.context = context
        self.columns = columns
        self.found = columns.found
        self.table = columns.table
        self.notes: list[Note] = []
        self.department = department
        self.goals: dict[str, Goal] = {goal.key: goal for goal in self.context.plan.goals_of(department)}
        self.spare = self.context.spare
        self.whose = {key: self._whose(key) for key in self.table.witnesses}
        self.claims: dict[str, list[_Claim]] = {}
        self.contradictions: list[tuple[str, str, list[str]]] = []
        self.disputed: set[str] = set()
        self.displaced: list[int] = []
        self.strangers: list[tuple[str, Sequence[str]]] = []
        self.merges = find_merges(columns)
        self.described = tuple(column.key for column in self.table.given if column.key != self.table.row_key)

    def _whose(self, column: str) -> dict[str, str]:
        """The goals by their words in a column, where no two share them."""
        words = {key: self._words(goal.cells.get(column)) for key, goal in self.goals.items()}
        times = Counter(words.values())
        return {own: key for key, own in words.items() if own and times[own] == 1}

    @staticmethod
    def _words(value: Scalar | None) -> str:
        return match_key(plain(value)).lstrip("★*")

    def note(
        self, code: str, goal: str | None = None, column: str | None = None, cell: str | None = None, **words: str
    ) -> None:
        self.notes.append(Note(code, words, goal, column, cell))

    def entries(self) -> list[Entry]:
        """The rows that were recognised, in the plan's order."""
        say = self.context.language.say
        for row, cells in self.found.rows():
            self._recognise(row, self.merges.rows.get(row, cells))
        for place, text, witnesses in self.contradictions:
            # Most likely it is about the goal that has no row otherwise.
            lost = (key for key in witnesses if key not in self.claims and key not in self.disputed)
            about = next(lost, witnesses[0])
            self.disputed.add(about)
            self.note("S106", self._name(about), cell=place, what=text)
        if len(self.strangers) > MOST_STRANGERS:
            rest = len(self.strangers) - MOST_STRANGERS
            self.note("S104", what=say(f"另外 {rest} 行", f"{rest} more rows"))
        if self.displaced:
            shown = self._listed(self.displaced)
            self.note(
                "I106",
                lost=say(
                    f"第 {shown} 行的隐藏行标识不在原位（多半是排过序；已按可见编号认行，请确认填报内容没有错行）",
                    f"the hidden marks of rows {shown} are out of place (the rows were probably sorted; the visible "
                    "numbers were followed: check that the answers still stand beside their goals)",
                ),
            )
        return [self._entry(key) for key in self._order() if key in self.claims]

    def _listed(self, rows: Sequence[int], most: int = 8) -> str:
        """Row numbers as a person counts them, the first few."""
        shown = self.context.language.say("、", ", ").join(str(row + 1) for row in rows[:most])
        return shown + "…" if len(rows) > most else shown

    def _order(self) -> Iterator[str]:
        yield from self.goals
        yield from self.spare

    # The witnesses of a row: visible id, hidden mark, the goal's own words.

    def _recognise(self, row: int, cells: Mapping[int, Cell]) -> None:
        columns = self.columns
        visible = self._text(columns.cell(cells, self.table.row_key))
        words = [self._text(columns.cell(cells, key)) for key in self.described]
        by_id = self._by_id(visible)
        by_mark = self._by_mark(cells)
        if not by_id and not by_mark and is_signature(cells, self.context):
            return
        answers = self._answers(cells, self.table.entry)
        if not visible and not any(words) and not answers:
            return
        told = [goals.get(self._words(self._text(columns.cell(cells, key)))) for key, goals in self.whose.items()]
        owners = {key for key in told if key}
        by_name = told[0]
        if by_id is not None and by_id in self.spare:
            self.has_spare = True
            if any(words) or answers:
                self._claim(by_id, row, cells, answers | self._answers(cells, self.table.given))
            return
        goal = self._settle(visible, by_id, by_mark, by_name, owners, cells, anything=any(words))
        where = columns.at.get(self.table.row_key, 0)
        if goal is None:
            text = visible or next(filter(None, words), "") or next(iter(answers.values())).raw
            witnesses = [key for key in (*told, by_id, by_mark) if key]
            stranger = bool(visible) and not by_id and not by_name
            if witnesses and not stranger:
                self.contradictions.append((cell_ref(row, where), clip(text), witnesses))
            else:
                self.strangers.append((visible, [visible, *words]))
                if len(self.strangers) <= MOST_STRANGERS:
                    self.note("S104", cell=cell_ref(row, where), what=clip(text))
            return
        if by_mark and by_mark != goal:
            self.displaced.append(row)
        self._claim(goal, row, cells, answers)

    def _settle(
        self,
        visible: str,
        by_id: str | None,
        by_mark: str | None,
        by_name: str | None,
        owners: Set[str],
        cells: Mapping[int, Cell],
        anything: bool,
    ) -> str | None:
        """The goal that the witnesses agree on, or None; `owners` are the goals that alone have the row's words."""
        if by_id:
            if len(owners) > 1 and by_mark != by_id:
                return None  # name and requirement are of two goals: only some of the columns were sorted
            if owners:
                return by_id if by_id in owners else None
            # Words that are nobody's do not speak for the number; then the hidden mark must not speak against it.
            return by_id if self._agrees(by_id, cells) or by_mark in (None, by_id) or not anything else None
        if by_mark and (self._agrees(by_mark, cells) or not (visible or anything)):
            return by_mark if owners <= {by_mark} else None
        return by_name if by_name and not by_mark else None

    def _agrees(self, key: str, cells: Mapping[int, Cell]) -> bool:
        """Whether a row carries the goal's own name or requirement."""
        goal = self.goals.get(key)
        if goal is None:
            return False
        for name in self.table.witnesses:
            own = self._words(goal.cells.get(name))
            if own and own == self._words(self._text(self.columns.cell(cells, name))):
                return True
        return False

    def _by_id(self, visible: str) -> str | None:
        key = id_key(visible)
        return key if key in self.goals or key in self.spare else None

    def _by_mark(self, cells: Mapping[int, Cell]) -> str | None:
        taken = set(self.columns.at.values())
        for column, cell in cells.items():
            if column not in taken and isinstance(cell.value, str) and cell.value.startswith(identities.MARK):
                found = self._by_id(cell.value[1:])
                if found:
                    return found
        return None

    @staticmethod
    def _text(cell: Cell | None) -> str:
        return "" if cell is None else show(cell)

    def _answers(self, cells: Mapping[int, Cell], wanted: Sequence[Column]) -> dict[str, Answer]:
        found = {}
        for column in wanted:
            if column.key != self.table.row_key:
                answer = read_answer(column, self.columns.cell(cells, column.key), self.context.period)
                if answer is not None:
                    found[column.key] = answer
        return found

    def _claim(self, goal: str, row: int, cells: Mapping[int, Cell], answers: dict[str, Answer]) -> None:
        open_ = self._open(goal)
        if self.table.unit_key:  # only now is it known in which unit the row's figures are
            answers |= self._answers(cells, [in_row(self.table, one, self.goals.get(goal)) for one in self.table.entry])
        taken = {key: answer for key, answer in answers.items() if key in open_}
        refused = {key: answer for key, answer in answers.items() if key not in open_ and not _says_nothing(answer)}
        self.claims.setdefault(goal, []).append(_Claim(row, cells, goal, taken, refused))

    def _open(self, key: str) -> Set[str]:
        """The columns that the department fills in for a goal, or in a spare row."""
        return {column.key for column in self.context.open_columns(self.goals.get(key), self.department)}

    def opens(self, column: str | None) -> bool:
        """Whether there is anything for the department to fill in below a heading; a given column is always wanted."""
        asked = self.table.by_key.get(column or "")
        return asked not in self.table.entry or any(column in self._open(key) for key in self.part or self.goals)

    @property
    def refused(self) -> Set[str]:
        """The cells of the rows that were read from which nothing was taken, since they are not the department's."""
        return {answer.cell for key in self.claims for answer in self._best(key).refused.values()}

    def _best(self, key: str) -> _Claim:
        """Of several rows for one goal the first that answers anything."""
        claims = self.claims[key]
        return next((claim for claim in claims if claim.answers), claims[0])

    def _entry(self, key: str) -> Entry:
        claim = self._best(key)
        shown = self._open(key) | ({self.table.row_key} if key in self.spare else set())
        places = {
            column.key: cell_ref(claim.row, self.columns.at[column.key])
            for column in self.table.form_columns
            if column.key in shown and column.key in self.columns.at
        }
        return Entry(self.table.key, self._name(key), claim.row + 1, claim.answers, places)

    # What differs from the plan.

    def note_rows(self) -> None:
        """Rows missing or doubled."""
        where = self.columns.at.get(self.table.row_key, 0)
        for key, goal in self.goals.items():
            claims = self.claims.get(key, [])
            own = not self.part or key in self.part
            lost = own and key not in self.disputed and self.table.row_key not in self.columns.conflicts
            if not claims and lost and not self.context.omits(goal):
                self.note("S102", goal.id, what=goal.name)
            if len(claims) > 1:
                rows = self._listed([claim.row for claim in claims])
                self.note("S103", goal.id, cell=cell_ref(claims[1].row, where), rows=rows)

    def note_refused(self) -> None:
        """What stands in cells that are not the department's to fill in."""
        for key in self._order():
            for column, answer in self._best(key).refused.items() if key in self.claims else ():
                role = self.context.role_of(self.goals.get(key), self.department)
                words = {"what": clip(answer.raw), "role": self.context.language.say(*ROLE_WORDS[role])}
                self.note("S115", self._name(key), column, answer.cell, **words)

    def _name(self, key: str) -> str:
        return self.context.row_id(key)

    @property
    def chosen(self) -> Mapping[int, str]:
        """The rows that were read, with the id of their goal."""
        return {self._best(key).row: self._name(key) for key in self.claims}

    def note_given(self, *, own: bool = True) -> None:
        """Given cells that are not as the plan has them; without `own` only in rows that are not the form's own."""
        for key, goal in self.goals.items():
            if key in self.claims and (own or (self.part and key not in self.part)):
                self._note_given(goal, self._best(key))

    def _note_given(self, goal: Goal, claim: _Claim) -> None:
        for column, ours, cell in self._differing(goal, claim):
            place = cell_ref(claim.row, self.columns.at[column.key])
            words = dict(zip(("ours", "theirs"), _differing(plain(ours), self._text(cell)), strict=True))
            self.note("S107", goal.id, column.key, place, **words)

    def _differing(self, goal: Goal, claim: _Claim) -> Iterator[tuple[Column, Scalar | None, Cell | None]]:
        """The given cells of a row that are not as the plan has them: column, the plan's value, and the cell."""
        for column in self.table.given:
            if column.key in self.columns.at:
                ours, cell = given(column, goal), claim.cells.get(self.columns.at[column.key])
                if not same_given(ours, None if cell is None else cell.value, cell):
                    yield column, ours, cell

    # Which revision of the goals the file holds.

    @property
    def present(self) -> frozenset[str]:
        """The keys of the goals that have a row."""
        return frozenset(key for key in self.claims if key in self.goals)

    def revisions(self) -> tuple[str, str]:
        """The revisions that the given cells of this very file add up to: with today's roles, and as it has them."""
        return self._revision(self._role_today), self._revision(self._role_told)

    def _revision(self, role: Callable[[str], str]) -> str:
        strangers = (one for one in self.strangers if not self.part or id_key(one[0]) in self.part)
        rows: list[tuple[str, str, Sequence[str]]] = [(visible, "", cells) for visible, cells in strangers]
        for key in self.present:
            if not self.part or key in self.part:
                cells = self.claims[key][0].cells
                values = [self._text(self.columns.cell(cells, column.key)) for column in self.table.given]
                rows.append((self.goals[key].id, role(key), values))
        for key, goal in self.goals.items():
            if not self.part and key not in self.claims and self.context.omits(goal):
                own = [plain(cell) for cell in identities.given_cells(self.table, goal)]
                rows.append((goal.id, role(key), own))
        return identities.revision(self.context.template, rows)

    def _role_today(self, key: str) -> str:
        return self.context.role(self.goals[key], self.department)

    def _role_told(self, key: str) -> str:
        claims = self.claims.get(key)
        return self._text(self.columns.cell(claims[0].cells, "role")) if claims else self._role_today(key)

    def changed(self, issued: str) -> Iterator[str]:
        """The ids of the form's goals that are today otherwise than in the form, which was issued as this revision."""
        roles_hold = issued == self._revision(self._role_today)
        for key, goal in self.goals.items():
            if self.part and key not in self.part:
                continue
            claims = self.claims.get(key)
            role_changed = claims and not roles_hold and self._role_told(key) != self._role_today(key)
            if not claims or role_changed or any(self._differing(goal, claims[0])):
                yield goal.id


def _says_nothing(answer: Answer) -> bool:
    """Whether a cell only says that there is nothing: a dash, n/a, 无."""
    return answer.absent or is_placeholder(answer.raw)


def same_given(ours: Scalar | None, theirs: Scalar | None, cell: Cell | None = None) -> bool:
    """Whether a given cell still says what the plan says; white space and full-width signs do not count."""
    if cell is not None and cell.kind is CellKind.ERROR:
        return False
    return comparable(ours) == comparable(theirs)


def _differing(ours: str, theirs: str, limit: int = 60) -> tuple[str, str]:
    """Two long texts cut to where they begin to differ."""
    ours, theirs = (" ".join(text.split()) for text in (ours, theirs))
    same = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), 0)
    start = max(0, same - limit // 3) if max(len(ours), len(theirs)) > limit else 0
    lead = "…" if start else ""
    return clip(lead + ours[start:], limit), clip(lead + theirs[start:], limit)
