"""Metamorphic: whatever is done to a filled form without touching an answer, the same answers are read from it."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import harmless
import programs
import pytest
from harmless import Answers, Layout
from office import Office
from programs import Program

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language

CHAINS = 60
OFFICE_CHAINS = 20


@dataclass(frozen=True)
class Filled:
    """A form as it came back from a careful department, and what it says."""

    cycle: Cycle
    body: bytes
    answers: Answers
    layout: Layout


@pytest.fixture(scope="module", params=list(Language), ids=str)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    folder = tmp_path_factory.mktemp(f"round-{request.param}")
    cycle = harmless.make_round(folder / "2018-06", request.param)
    answers = harmless.fill(cycle, folder / "form.xlsx")
    return Filled(cycle, (folder / "form.xlsx").read_bytes(), answers, Layout.of(folder / "form.xlsx"))


def must_say_the_same(filled: Filled, path: Path, what: str) -> None:
    outcome = harmless.read_outcome(path, filled.cycle)
    assert outcome.answers == filled.answers, what
    assert outcome.complaints == [], what


def test_the_form_as_it_was_filled_says_what_was_put_in(filled: Filled, tmp_path: Path) -> None:
    path = tmp_path / "A.xlsx"
    path.write_bytes(filled.body)
    must_say_the_same(filled, path, "untouched")
    assert harmless.read_outcome(path, filled.cycle).findings == ()


@pytest.mark.parametrize("change", harmless.HARMLESS, ids=lambda change: change.__name__)
def test_a_harmless_change_changes_nothing(filled: Filled, tmp_path: Path, change: harmless.Change) -> None:
    path = tmp_path / "A.xlsx"
    for seed in range(3):
        path.write_bytes(filled.body)
        with harmless.opened(path, deepcopy(filled.layout), filled.cycle.context.language, random.Random(seed)) as page:
            change(page)
        must_say_the_same(filled, path, f"seed {seed}")


@pytest.mark.parametrize("seed", range(CHAINS))
def test_a_chain_of_harmless_changes_changes_nothing(filled: Filled, tmp_path: Path, seed: int) -> None:
    path, dice = tmp_path / "A.xlsx", random.Random(seed)
    chain = harmless.draw(dice)
    path.write_bytes(filled.body)
    with harmless.opened(path, deepcopy(filled.layout), filled.cycle.context.language, dice) as page:
        for change in chain:
            change(page)
    must_say_the_same(filled, path, harmless.name_of(chain))


@pytest.mark.office
@pytest.mark.parametrize("program", programs.PROGRAMS, ids=str)
def test_a_program_that_saves_again_changes_nothing(
    filled: Filled, tmp_path: Path, office: Office, program: Program
) -> None:
    path, saved = tmp_path / "form.xlsx", tmp_path / f"A{program.suffix}"
    path.write_bytes(filled.body)
    program.save(office, path, saved, filled.layout.sheet)
    must_say_the_same(filled, programs.make_readable(office, saved), str(program))


@pytest.mark.office
@pytest.mark.parametrize("change", programs.BY_HAND, ids=lambda change: change.__name__)
def test_a_change_in_libreoffice_changes_nothing(
    filled: Filled, tmp_path: Path, office: Office, change: Callable[[programs.Table], None]
) -> None:
    path, saved = tmp_path / "form.xlsx", tmp_path / "A.xlsx"
    path.write_bytes(filled.body)
    programs.edit_with_office(office, path, saved, deepcopy(filled.layout), [change], seed=1)
    must_say_the_same(filled, saved, change.__name__)


@pytest.mark.office
@pytest.mark.parametrize("seed", range(OFFICE_CHAINS))
def test_a_chain_through_programs_changes_nothing(filled: Filled, tmp_path: Path, office: Office, seed: int) -> None:
    """Changes by hand, then more in LibreOffice, then up to two other programs save again."""
    path, dice, layout = tmp_path / "0.xlsx", random.Random(seed), deepcopy(filled.layout)
    path.write_bytes(filled.body)
    changes, by_hand = harmless.draw(dice, 4), dice.choices(programs.BY_HAND, k=dice.randint(0, 4))
    with harmless.opened(path, layout, filled.cycle.context.language, dice) as page:
        for change in changes:
            change(page)
    path, source = tmp_path / f"1{dice.choice(['.xlsx', '.xls', '.ods'])}", path
    programs.edit_with_office(office, source, path, layout, by_hand, seed)
    savers = programs.draw_programs(dice, path.suffix)
    for number, saver in enumerate(savers, 2):
        path, source = tmp_path / f"{number}{saver.suffix}", path
        saver.save(office, source, path, layout.sheet)
    must_say_the_same(filled, path, harmless.name_of([*changes, *by_hand, *savers]))
