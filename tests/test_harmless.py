"""Metamorphic: whatever is done to a filled form without touching an answer, the same answers are read from it."""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import harmless
import pytest
from harmless import Answers, Layout

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Language

CHAINS = 60


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
