"""Metamorphic: whatever is done to a filled form without touching an answer, the same answers are read from it."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path

import harmless
import programs
import pytest
from office import Office
from pages import Filled, Layout, opened, read_outcome
from programs import Program

CHAINS = 60
OFFICE_CHAINS = 20


def must_say_the_same(filled: Filled, path: Path, what: str) -> None:
    outcome = read_outcome(path, filled.cycle)
    assert outcome.answers == filled.answers, what
    assert outcome.complaints == [], what


def test_the_form_as_it_was_filled_says_what_was_put_in(filled: Filled, tmp_path: Path) -> None:
    path = tmp_path / "A.xlsx"
    path.write_bytes(filled.body)
    must_say_the_same(filled, path, "untouched")
    assert read_outcome(path, filled.cycle).findings == ()


def handle(filled: Filled, path: Path, chain: Sequence[harmless.Change], dice: random.Random) -> Layout:
    """Write the form as it is after a chain of changes."""
    path.write_bytes(filled.body)
    layout = deepcopy(filled.layout)
    with opened(path, layout, filled.language, dice) as page:
        for change in chain:
            change(page)
    return layout


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.startswith("docProps/core")}


@pytest.mark.parametrize("change", harmless.HARMLESS, ids=lambda change: change.__name__)
def test_a_harmless_change_changes_no_answer(filled: Filled, tmp_path: Path, change: harmless.Change) -> None:
    path = tmp_path / "A.xlsx"
    handle(filled, path, [], random.Random())
    made = [parts_of(path)]
    for seed in range(3):
        handle(filled, path, [change], random.Random(seed))
        must_say_the_same(filled, path, f"seed {seed}")
        made.append(parts_of(path))
    assert any(parts != made[0] for parts in made), "it does something"


@pytest.mark.parametrize("seed", range(CHAINS))
def test_a_chain_of_harmless_changes_changes_no_answer(filled: Filled, tmp_path: Path, seed: int) -> None:
    path, dice = tmp_path / "A.xlsx", random.Random(seed)
    chain = harmless.draw(dice)
    handle(filled, path, chain, dice)
    must_say_the_same(filled, path, harmless.name_of(chain))


@pytest.mark.office
@pytest.mark.parametrize("program", programs.PROGRAMS, ids=str)
def test_a_program_that_saves_again_changes_no_answer(
    filled: Filled, tmp_path: Path, office: Office, program: Program
) -> None:
    path, saved = tmp_path / "form.xlsx", tmp_path / f"A{program.suffix}"
    path.write_bytes(filled.body)
    program.save(office, path, saved, filled.layout.sheet)
    must_say_the_same(filled, saved, str(program))


@pytest.mark.office
@pytest.mark.parametrize("change", programs.BY_HAND, ids=lambda change: change.__name__)
def test_a_change_in_libreoffice_changes_no_answer(
    filled: Filled, tmp_path: Path, office: Office, change: Callable[[programs.Table], None]
) -> None:
    path, saved = tmp_path / "form.xlsx", tmp_path / "A.xlsx"
    path.write_bytes(filled.body)
    programs.edit_with_office(office, path, saved, deepcopy(filled.layout), [change], seed=1)
    must_say_the_same(filled, saved, change.__name__)


@pytest.mark.office
@pytest.mark.parametrize("seed", range(OFFICE_CHAINS))
def test_a_chain_through_programs_changes_no_answer(filled: Filled, tmp_path: Path, office: Office, seed: int) -> None:
    """Changes by hand, then more in LibreOffice, then up to two other programs save again."""
    path, dice = tmp_path / "0.xlsx", random.Random(seed)
    changes, by_hand = harmless.draw(dice, 4), dice.choices(programs.BY_HAND, k=dice.randint(0, 4))
    layout = handle(filled, path, changes, dice)
    path, source = tmp_path / f"1{dice.choice(['.xlsx', '.xls', '.ods'])}", path
    programs.edit_with_office(office, source, path, layout, by_hand, seed)
    savers = programs.draw_programs(dice, path.suffix)
    for number, saver in enumerate(savers, 2):
        path, source = tmp_path / f"{number}{saver.suffix}", path
        saver.save(office, source, path, layout.sheet)
    must_say_the_same(filled, path, harmless.name_of([*changes, *by_hand], *savers))
