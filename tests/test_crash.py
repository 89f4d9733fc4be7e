"""A merge or a closing that is killed, at any moment, is made good by the next; see crash.py for more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from crash import CLOSINGS, MERGES, die_at_every_step, kill_at_random

from kpi_xlsx.model import Language


@pytest.mark.slow
def test_a_merge_killed_at_random_moments_is_made_good_by_the_next(tmp_path: Path) -> None:
    kill_at_random(tmp_path, kills=25, seed=20180630, count=300)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="ends a forked child at a step, which this system has not")
@pytest.mark.parametrize("stride", [31, pytest.param(7, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", MERGES)
def test_a_merge_that_ends_at_any_step_is_made_good_by_the_next(tmp_path: Path, name: str, stride: int) -> None:
    """A few of them; each step in turn: crash.py."""
    assert die_at_every_step(tmp_path, name, Language.EN, 8, stride=stride, start=3) > 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="ends a forked child at a step, which this system has not")
@pytest.mark.parametrize("stride", [13, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("name", "language"), list(zip(CLOSINGS, Language, strict=True)))
def test_a_closing_that_ends_at_any_step_is_made_good_by_the_next(
    tmp_path: Path, name: str, language: Language, stride: int
) -> None:
    """One closing, one archive, and the same bytes as if nothing had happened."""
    assert die_at_every_step(tmp_path, name, language, 4, stride=stride, start=2) > 30
