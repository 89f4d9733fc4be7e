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
from kpi_xlsx.form_remarks import Remark, Remarks
from kpi_xlsx.model import Language, Leftover, Severity, id_key
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
GRAVE = (Severity.ERROR, Severity.WARNING, None)


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
    cycle.feedback()
    (home / "copies").mkdir()
    for count in (0, 3, 30):
        write_form(home / "copies" / f"{count}.xlsx", cycle.context, cycle.settings, "017", cells, remarks_of(count))
    return home


def remarks_of(count: int) -> Remarks:
    """So many remarks on cells, rows, columns and nothing, and as many pieces of text that found no place."""
    places = [("JR-01", "progress"), ("JR-02", None), (None, "status"), (None, None), ("JR-01", "progress")]
    remarks = tuple(
        Remark(SPITEFUL[number % 8], SPITEFUL[-number % 8], *places[number % 5], GRAVE[number % 3])
        for number in range(count)
    )
    left = tuple((text, Leftover("A1", text, text)) for text in SPITEFUL * (count > 3))
    return Remarks("headline", remarks, left, 2)


def written(folder: Path) -> Iterator[Path]:
    """The workbooks that come from our own writer (the demo's maltreated returns come from openpyxl)."""
    yield from sorted(folder.glob("*/*.xlsx"))
    yield from sorted(folder.glob("demo/outbox/*.xlsx"))
    yield from sorted(folder.glob("demo/inbox/*017*.xlsx"))
    yield from sorted(folder.glob("demo/inbox/spite-*.xlsx"))
    yield from sorted(folder.glob("demo/feedback/*.xlsx"))


def test_the_lint_finds_nothing(folder: Path) -> None:
    paths = list(written(folder))
    assert len(paths) >= 18
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
