"""Every workbook that the program writes, against the OOXML validator and the lint for what that misses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from office import to_pictures
from ooxml import lint, validate

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.demo import run_demo
from kpi_xlsx.form import write_form
from kpi_xlsx.model import Language, id_key
from kpi_xlsx.starter import start_cycle

SPITEFUL = (
    "<r>a & b</r>",
    "=1+1",
    "+cmd|' /C calc'!A0",
    "_x0041_",
    "a\x07b\ufffe",
    "😀" * 2000,
    "'quoted \" text",
    "&L&R",
)


@pytest.fixture(scope="module", params=["zh", "en"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished demo, beside a cycle that was just begun and a form full of awkward text."""
    home: Path = tmp_path_factory.mktemp("written")
    language = Language(request.param)
    run_demo(home / "demo", language)
    start_cycle(home / "new", language)
    cycle = Cycle.load(home / "demo")
    cells = {
        id_key(goal.id): {"progress": SPITEFUL[i % 8], "evidence": SPITEFUL[-i % 8]}
        for i, goal in enumerate(cycle.context.plan.goals)
    }
    for code in ("017", "105"):
        write_form(cycle.settings.inbox / f"spite-{code}.xlsx", cycle.context, cycle.settings, code, cells)
        os.utime(cycle.settings.inbox / f"spite-{code}.xlsx", (1_600_000_000, 1_600_000_000))
    cycle.merge()
    return home


def written(folder: Path) -> Iterator[Path]:
    """The workbooks that come from our own writer (the demo's maltreated returns come from openpyxl)."""
    yield from sorted(folder.glob("*/*.xlsx"))
    yield from sorted(folder.glob("demo/outbox/*.xlsx"))
    yield from sorted(folder.glob("demo/inbox/*017*.xlsx"))
    yield from sorted(folder.glob("demo/inbox/spite-*.xlsx"))


def test_the_lint_finds_nothing(folder: Path) -> None:
    paths = list(written(folder))
    assert len(paths) >= 13
    assert {path.name: lint(path) for path in paths} == {path.name: [] for path in paths}


@pytest.mark.ooxml
def test_the_validator_finds_nothing(folder: Path) -> None:
    paths = list(written(folder))
    assert {path.name: validate(path) for path in paths} == {path.name: [] for path in paths}


@pytest.mark.office
def test_forms_and_master_turn_into_pages(folder: Path, tmp_path: Path) -> None:
    """They open in LibreOffice and print on as many pages as they should."""
    form = next(folder.glob("demo/outbox/101-*.xlsx"))
    assert len(to_pictures(form, tmp_path / "form")) == 2
    assert len(to_pictures(folder / "demo" / "master.xlsx", tmp_path / "master")) >= 3


def test_awkward_text_arrives_as_it_was_typed(folder: Path) -> None:
    cycle = Cycle.load(folder / "demo")
    entries = {row.id: row.entry for row in cycle.validate().entries if row.department == "017"}
    shown = [entry.text("progress") for entry in entries.values() if entry is not None]
    for text in SPITEFUL:
        assert text.replace("\x07", "\ufffd").replace("\ufffe", "\ufffd") in shown
