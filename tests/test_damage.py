"""Known damage: each is reported by its code at its cell and changes no other answer, whatever else was done."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import harmless
import pytest
from harmless import Change
from pages import DEPARTMENT, NAMESAKES, SPARE, Answers, Filled, Layout, Page, opened, read_outcome

from kpi_xlsx.model import Finding, Scalar
from kpi_xlsx.template import Table

T = TypeVar("T")

CHAINS = 60
DELETABLE = ("category", "attribute", "data_as_of", "evidence", "code", "share")
"""Columns that may be deleted: no other damage touches them, and they prove no row."""


@dataclass(frozen=True)
class Expected:
    """A finding that must be there: where a row is named it points at the column's cell in it, else at the number's.

    Of two rows it is the lower one, once everything is done.
    """

    code: str
    goal: str | None = None
    column: str | None = None
    rows: tuple[str, ...] = ()

    def fits(self, finding: Finding, layout: Layout) -> bool:
        row = max(self.rows, key=lambda row: layout.rows[row], default=None)
        place = None if row is None else layout.address(row, self.column or "id")
        said = (finding.code, finding.goal, finding.column, finding.cell)
        return said == (self.code, self.goal, self.column, place)


class SpentError(Exception):
    """No goal is left that this could happen to."""


@dataclass
class Wreck:
    """A form that is being damaged: what must be found in it, and what its answers are by now."""

    page: Page
    main: Table
    answers: Answers
    expected: list[Expected] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Goals whose rows are no longer sound; each is damaged once."""
    open: set[tuple[str, str]] = field(default_factory=set)
    """Cells of which a test does not say what is read from them."""

    def say(self, zh: str, en: str) -> str:
        return self.page.language.say(zh, en)

    @property
    def dice(self) -> random.Random:
        return self.page.random

    def take(self, *columns: str) -> str:
        """A goal that nothing has happened to, with an answer in all these columns."""
        fit = [goal for goal in self._sound() if all(column in self.answers[goal] for column in columns)]
        return self._touch(self._choose(fit))

    def take_cell(self, *columns: str) -> tuple[str, str]:
        """An answered cell in one of these columns, of a goal that nothing has happened to."""
        fit = [(goal, column) for goal in self._sound() for column in columns if column in self.answers[goal]]
        goal, column = self._choose(fit)
        return self._touch(goal), column

    def _choose(self, among: Sequence[T]) -> T:
        if not among:
            raise SpentError
        return self.dice.choice(among)

    def _sound(self) -> list[str]:
        """The goals that can still be damaged; spare rows are not in the plan and cannot be missed."""
        return [goal for goal in self.answers if goal not in {*self.touched, *SPARE}]

    def _touch(self, goal: str) -> str:
        self.touched.add(goal)
        return goal

    def lose(self, goal: str) -> None:
        """From now on nothing is to be read of this goal."""
        self.touched.add(goal)
        self.answers[goal] = {}

    def renumber(self, goal: str, number: str) -> None:
        """A row that contradicts itself: nothing may be taken from it."""
        self.page.cell(goal, "id").value = number
        self.lose(goal)
        self.expect("S106", goal, None, goal)

    def needs_progress(self, goal: str) -> bool:
        """Whether the status does not waive the progress."""
        waived = self.main.by_key["progress"].waived
        return waived is None or self.answers[goal]["status"] not in waived.choices

    def expect(self, code: str, goal: str | None, column: str | None = None, *rows: str) -> None:
        self.expected.append(Expected(code, goal, column, rows))

    def spoil(self, goal: str, column: str, text: str, code: str) -> None:
        """Put something into a cell that cannot be read."""
        self.page.cell(goal, column).value = text
        self.answers[goal][column] = f"{code}: {text}"
        self.expect(code, goal, column, goal)


Damage = Callable[[Wreck], None]


# --- what goes wrong --------------------------------------------------------------------------------------------------


def blank_required(wreck: Wreck) -> None:
    goal = wreck.take("progress", "status")
    column = wreck.dice.choice(["progress", "status"]) if wreck.needs_progress(goal) else "status"
    wreck.page.cell(goal, column).value = None
    del wreck.answers[goal][column]
    wreck.expect("R101", goal, column, goal)


def blank_conditional(wreck: Wreck) -> None:
    """An explanation or completion date that the status calls for."""
    goal, column = wreck.take_cell("explanation", "completed_on")
    wreck.page.cell(goal, column).value = None
    del wreck.answers[goal][column]
    wreck.expect("R103", goal, column, goal)


def put_words_for_number(wreck: Wreck) -> None:
    words = wreck.say("比去年多一些", "rather more than last year")
    wreck.spoil(wreck.take("actual"), "actual", words, "V101")


def put_nonsense_for_date(wreck: Wreck) -> None:
    goal, column = wreck.take_cell("completed_on")
    words, code = wreck.dice.choice([(wreck.say("快了", "any day now"), "V101"), ("2018-02-30", "V107")])
    wreck.spoil(goal, column, words, code)


def put_another_choice(wreck: Wreck) -> None:
    wreck.spoil(wreck.take("status"), "status", wreck.say("差不多了", "nearly there"), "V102")


def put_error(wreck: Wreck) -> None:
    goal, column = wreck.take_cell("actual", "status", "progress", "completed_on")
    wreck.spoil(goal, column, wreck.dice.choice(["#REF!", "#DIV/0!", "#N/A"]), "V109")


def put_uncalculated_formula(wreck: Wreck) -> None:
    goal, column = wreck.take_cell("actual", "progress")
    wreck.spoil(goal, column, "=SUM(1,2)", "V109")


def put_placeholder(wreck: Wreck) -> None:
    goal = wreck.take("progress", "status")
    while not wreck.needs_progress(goal):
        goal = wreck.take("progress", "status")
    wreck.page.cell(goal, "progress").value = wreck.dice.choice(["无", "略", "n/a", "xxx", "——"])
    wreck.open.add((goal, "progress"))
    wreck.expect("R102", goal, "progress", goal)


def change_given(wreck: Wreck) -> None:
    goal = wreck.take()
    column = wreck.dice.choice(["name", "due_month"])
    changed: dict[str, Scalar] = {"name": wreck.say("道路和停车场", "Roads and car parks"), "due_month": 10}
    wreck.page.cell(goal, column).value = changed[column]
    wreck.expect("S107", goal, column, goal)


def delete_row(wreck: Wreck) -> None:
    goal = wreck.take()
    wreck.page.delete_row(wreck.page.layout.rows[goal])
    wreck.lose(goal)
    wreck.expect("S102", goal)


def double_row(wreck: Wreck) -> None:
    goal = wreck.take()
    page, own = wreck.page, wreck.page.layout.rows[goal]
    page.insert_rows(own + 1)
    _copy_row(page, own, own + 1, 1)
    page.layout.rows[f"{goal} again"] = own + 1
    wreck.expect("S103", goal, None, goal, f"{goal} again")


def _copy_row(page: Page, source: int, target: int, left: int) -> None:
    for column in range(left, page.sheet.max_column + 1):
        old, new = page.sheet.cell(source, column), page.sheet.cell(target, column)
        new.value = old.value
        new.number_format = old.number_format


def paste_row_over_row(wreck: Wreck) -> None:
    """Everything visible of one row copied over another: one goal twice, the other gone."""
    source, target = wreck.take(), wreck.take()
    _copy_row(wreck.page, wreck.page.layout.rows[source], wreck.page.layout.rows[target], 2)
    wreck.lose(target)
    wreck.expect("S102", target)
    wreck.expect("S103", source, None, source, target)


def paste_answers_into_row(wreck: Wreck) -> None:
    """The answers of one row beside another goal are what that goal's row says; nothing can know better."""
    source, target = wreck.take("progress"), wreck.take("progress")
    for column in wreck.page.layout.columns.keys() & {*wreck.answers[source], *wreck.answers[target]}:
        wreck.page.cell(target, column).value = wreck.page.cell(source, column).value
    wreck.answers[target] = dict(wreck.answers[source])


def renumber_as_another(wreck: Wreck) -> None:
    goal, other = wreck.take(), wreck.take()
    wreck.renumber(goal, other)


def renumber_as_nobody(wreck: Wreck) -> None:
    """A number that is not in the plan: the goal's own words prove the row, as long as no mark speaks against them."""
    goal = wreck.take()
    while goal in NAMESAKES:  # one of two of the same name cannot be told by it
        goal = wreck.take()
    wreck.page.cell(goal, "id").value = "77"
    wreck.expect("S107", goal, "id", goal)


def swap_numbers(wreck: Wreck) -> None:
    first, second = wreck.take(), wreck.take()
    wreck.renumber(first, second)
    wreck.renumber(second, first)


def add_stranger(wreck: Wreck) -> None:
    page, name = wreck.page, f"stranger {len(wreck.page.layout.rows)}"
    row = wreck.dice.choice(page.layout.body)
    page.insert_rows(row)
    page.layout.rows[name] = row
    words = wreck.say("另外还办了几件实事。", "We did some other good things as well.")
    for column, value in (("id", "99"), ("name", wreck.say("其他", "Others")), ("progress", words)):
        page.cell(name, column).value = value
    wreck.expect("S104", None, None, name)


def delete_column(wreck: Wreck) -> None:
    key = wreck.dice.choice([key for key in DELETABLE if key in wreck.page.layout.columns])
    wreck.page.delete_column(wreck.page.layout.columns[key])
    for row in wreck.answers.values():
        row.pop(key, None)
    wreck.expect("S101", None, key)


DAMAGES: tuple[Damage, ...] = (
    blank_required,
    blank_conditional,
    put_words_for_number,
    put_nonsense_for_date,
    put_another_choice,
    put_error,
    put_uncalculated_formula,
    put_placeholder,
    change_given,
    delete_row,
    double_row,
    paste_row_over_row,
    paste_answers_into_row,
    renumber_as_another,
    renumber_as_nobody,
    swap_numbers,
    add_stranger,
    delete_column,
)


# --- the tests --------------------------------------------------------------------------------------------------------


def damage(filled: Filled, path: Path, steps: Sequence[Damage | Change], dice: random.Random) -> Wreck:
    path.write_bytes(filled.body)
    with opened(path, deepcopy(filled.layout), filled.language, dice) as page:
        wreck = Wreck(page, filled.cycle.context.template.main, deepcopy(filled.answers))
        for step in steps:
            with suppress(SpentError):
                step(page if step in harmless.HARMLESS else wreck)  # type: ignore[arg-type]
    return wreck


def must_be_reported(filled: Filled, path: Path, wreck: Wreck, what: str) -> None:
    """All that is expected is there, nothing else is said of sound rows, and their answers are what they were."""
    outcome, layout = read_outcome(path, filled.cycle), wreck.page.layout
    for one in wreck.expected:
        assert any(one.fits(finding, layout) for finding in outcome.findings), (what, one, outcome.complaints)
    for finding in outcome.complaints:
        assert (finding.file, finding.department, finding.sheet) == (str(path), DEPARTMENT, layout.sheet)
        assert finding.goal in wreck.touched or any(one.fits(finding, layout) for one in wreck.expected), (
            what,
            finding,
        )
    for answers in (outcome.answers, wreck.answers):
        for goal, column in wreck.open:
            answers[goal].pop(column, None)
    assert outcome.answers == wreck.answers, what


def draw(dice: random.Random) -> list[Damage | Change]:
    """Damage with harmless changes before, between and after."""
    damages = dice.sample(DAMAGES, dice.randint(1, 4))
    changes = harmless.draw(dice, 6)
    if renumber_as_nobody in damages:  # a mark that went astray would speak against the row, see below
        changes = [change for change in changes if change is not harmless.sort_rows]
    steps: list[Damage | Change] = [*damages, *changes]
    dice.shuffle(steps)
    return steps


@pytest.mark.parametrize("one", DAMAGES, ids=lambda one: one.__name__)
def test_damage_is_reported_where_it_is(filled: Filled, tmp_path: Path, one: Damage) -> None:
    for seed in range(3):
        wreck = damage(filled, tmp_path / "A.xlsx", [one], random.Random(seed))
        must_be_reported(filled, tmp_path / "A.xlsx", wreck, f"seed {seed}")


@pytest.mark.parametrize("seed", range(CHAINS))
def test_a_chain_of_damage_is_reported_where_it_is(filled: Filled, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    steps = draw(dice)
    wreck = damage(filled, tmp_path / "A.xlsx", steps, dice)
    must_be_reported(filled, tmp_path / "A.xlsx", wreck, harmless.name_of(steps))


def test_of_a_row_with_a_strange_number_and_a_mark_gone_astray_nothing_is_taken(filled: Filled, tmp_path: Path) -> None:
    def renumber(wreck: Wreck) -> None:
        layout, sheet = wreck.page.layout, wreck.page.sheet
        goal = next(goal for goal in "12369" if sheet.cell(layout.rows[goal], 1).value != f"#{goal}")
        wreck.renumber(goal, "77")

    wreck = damage(filled, tmp_path / "A.xlsx", [harmless.sort_rows, renumber], random.Random(1))
    must_be_reported(filled, tmp_path / "A.xlsx", wreck, "")


@pytest.mark.parametrize("before", [harmless.unprotect, harmless.clear_marks, harmless.sort_rows])
def test_a_name_that_two_goals_share_speaks_for_neither(filled: Filled, tmp_path: Path, before: Change) -> None:
    def swap(wreck: Wreck) -> None:
        for goal, other in (NAMESAKES, NAMESAKES[::-1]):
            wreck.renumber(goal, other)

    wreck = damage(filled, tmp_path / "A.xlsx", [before, swap], random.Random(1))
    must_be_reported(filled, tmp_path / "A.xlsx", wreck, "")


def test_a_goal_is_missing_even_if_another_row_bears_its_number(filled: Filled, tmp_path: Path) -> None:
    def overwrite(wreck: Wreck) -> None:
        wreck.page.delete_row(wreck.page.layout.rows["2"])
        wreck.lose("2")
        wreck.expect("S102", "2")
        wreck.renumber("1", "2")

    wreck = damage(filled, tmp_path / "A.xlsx", [overwrite], random.Random(1))
    must_be_reported(filled, tmp_path / "A.xlsx", wreck, "")
