"""A folder copied by hand is recognised by its ledger, nothing is done in it, and it is cleared without a loss."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import returns_kit as kit
import year_kit as year
from test_next import run

from kpi_xlsx.clearance import FOLDERS
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import CycleError, Language
from kpi_xlsx.standing_screen import show_status
from kpi_xlsx.steps import find_steps


@pytest.fixture(params=list(Language), ids=str)
def copied(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """May has had its round; its folder was copied and the period changed in the copy."""
    may = year.begin(tmp_path, "2018-05", request.param)
    may.generate()
    year.report(may, "A", {"1": {"progress": None}})
    year.passed(may, "A")
    may.merge()
    may.feedback()
    return copy(may)


def copy(may: Cycle, name: str = "2018-06") -> Cycle:
    folder = may.settings.folder.parent / name
    shutil.copytree(may.settings.folder, folder)
    text = (folder / "cycle.toml").read_text("utf-8")
    (folder / "cycle.toml").write_text(text.replace('period = "2018-05"', 'period = "2018-06"'), "utf-8")
    return Cycle.load(folder, may.context.language)


def contents(folder: Path) -> dict[str, str]:
    """Every file by its name, with what it holds; where it lies is left out."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".ledger")
    }


VERBS: dict[str, Callable[[Cycle], object]] = {
    "generate": Cycle.generate,
    "merge": Cycle.merge,
    "feedback": Cycle.feedback,
    "register": Cycle.make_register,
    "close": Cycle.close,
    "next": Cycle.next,
}


@pytest.mark.parametrize("verb", VERBS)
def test_what_writes_stops_and_says_what_lies_there(copied: Cycle, verb: str) -> None:
    before = contents(copied.settings.folder)
    with pytest.raises(CycleError) as caught:
        VERBS[verb](copied)
    said = str(caught.value)
    assert "2018-05" in said
    assert copied.context.language.say("inbox/ 里有 1 个文件", "1 file in inbox/") in said
    assert copied.context.language.say("登记簿、汇总表", "a register and a master") in said
    assert "kpi-xlsx next --clean" in said
    assert "ledger.sqlite" in said
    assert contents(copied.settings.folder) == before
    assert not (copied.settings.folder.parent / "2018-07").exists()


def test_commands_end_with_exit_code_2(copied: Cycle) -> None:
    for verb in VERBS:
        done = run(copied.settings.folder, verb)
        assert (done.returncode, done.stdout) == (2, "")
        assert "next --clean" in done.stderr


def test_what_only_reads_goes_on_and_says_so_on_stderr(copied: Cycle) -> None:
    before = contents(copied.settings.folder)
    for verb in ("validate", "status"):
        done = run(copied.settings.folder, verb, "--format", "json")
        assert done.returncode in (0, 1)
        json.loads(done.stdout)
        assert "next --clean" in done.stderr
    assert "next --clean" in run(copied.settings.folder, "trace", "1", "--no-page").stderr
    assert contents(copied.settings.folder) == before


def test_clearing_is_the_first_step(copied: Cycle) -> None:
    first, *others = find_steps(copied.status())
    assert first.arguments == ("next", "--clean")
    assert "2018-05" in first.why
    assert not any(step.why for step in others)
    shown = run(copied.settings.folder).stdout.splitlines()
    assert next(line for line in shown if line.startswith("  kpi-xlsx")).startswith("  kpi-xlsx next --clean")


def test_clearing_moves_all_of_the_other_cycle_and_loses_nothing(copied: Cycle) -> None:
    folder = copied.settings.folder
    for name in ("archive", "trace", "history", "mine"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "x.txt").write_text(name, "utf-8")
    (folder / "notes.docx").write_bytes(b"mine")
    before = contents(folder)
    done = copied.clear()
    after = contents(folder)
    assert (done.folder.name, done.cycle) == ("old-2018-05", "2018-05")
    moved = {name for name in before if name not in after}
    assert moved
    assert all(after[f"old-2018-05/{name}"] == before[name] for name in moved)
    stay = {name for name in before if name.split("/")[0] not in (*FOLDERS, "register.xlsx", "master.xlsx")}
    assert stay - moved == {"cycle.toml", "plan.xlsx", "mine/x.txt", "notes.docx"}
    assert {name: after[name] for name in stay - moved - {"cycle.toml"}} == {
        name: before[name] for name in stay - moved - {"cycle.toml"}
    }
    assert "ledger.sqlite" in moved
    assert not [*(folder / "inbox").iterdir(), *(folder / "outbox").iterdir()]
    june = Cycle.load(folder, copied.context.language)
    assert june.settings.previous == "../2018-05"
    assert june.generate()
    assert kit.codes(june.merge().findings) == {"X101"}
    assert june.past.last("A", "2") is not None
    with pytest.raises(CycleError):
        june.clear()


def test_a_previous_that_stands_there_is_left_and_said(tmp_path: Path) -> None:
    april = year.begin(tmp_path, "2018-04")
    may = year.follow(april, "2018-05")
    may.generate()
    done = copy(may).clear()
    assert Cycle.load(tmp_path / "2018-06").settings.previous == "../2018-04"
    assert any("../2018-05" in remark for remark in done.remarks)


def test_two_folders_of_the_other_cycle_leave_previous_to_a_person(copied: Cycle) -> None:
    home = copied.settings.folder.parent
    shutil.copytree(home / "2018-05", home / "backup")
    done = copied.clear()
    assert not Cycle.load(copied.settings.folder).settings.previous
    assert any("previous" in remark for remark in done.remarks)


def test_a_cycle_of_its_own_and_one_without_a_ledger_are_not_cleared(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05")
    year.report(may, "A")
    for prepare in (lambda: None, may.merge):
        prepare()
        before = contents(may.settings.folder)
        done = run(tmp_path, "next", "--clean", "-C", may.settings.folder)
        assert done.returncode == 2
        assert done.stderr.strip()
        assert contents(may.settings.folder) == before


def test_a_copy_in_which_the_period_was_forgotten_is_told_apart(tmp_path: Path) -> None:
    for language in Language:
        may = year.begin(tmp_path / language, "2018-05", language)
        year.report(may, "A")
        may.merge()
        folder = may.settings.folder.with_name("2018-06")
        shutil.copytree(may.settings.folder, folder)
        before = contents(folder)
        done = run(folder, "next")
        assert (done.returncode, done.stdout) == (2, "")
        assert language.say("period 改成 2018-06", "make the period 2018-06") in done.stderr
        assert "kpi-xlsx next --clean" in done.stderr
        done = run(folder, "next", "--clean")
        assert done.returncode == 2
        assert "cycle.toml" in done.stderr
        assert "2018-05" in done.stderr
        assert contents(folder) == before


def test_the_closing_of_the_other_cycle_is_none_of_this_one(tmp_path: Path) -> None:
    for language in Language:
        may = year.begin(tmp_path / language, "2018-05", language)
        year.report(may, "A")
        may.merge()
        may.close("Li", "B never answers")
        found = copy(may).status()
        shown = "\n".join(show_status(found, None))
        assert "kpi-xlsx close" not in shown
        assert language.say("结账", "closed") not in shown


def test_a_number_where_the_name_is_taken(copied: Cycle) -> None:
    taken = copied.settings.folder / "old-2018-05"
    (taken / "inbox").mkdir(parents=True)
    assert copied.clear().folder.name == "old-2018-05-2"


def test_an_id_that_is_no_file_name_becomes_one(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-01/2018-05")
    may.generate()
    text = (may.settings.folder / "cycle.toml").read_text("utf-8")
    (may.settings.folder / "cycle.toml").write_text(text.replace("2018-01/2018-05", "2018-01/2018-06"), "utf-8")
    assert Cycle.load(may.settings.folder).clear().folder.name == "old-2018-01_2018-05"


@pytest.mark.parametrize("book", ["register.xlsx", "master.xlsx", "inbox/A.xlsx"])
def test_what_is_open_is_noticed_before_anything_moves(copied: Cycle, book: str) -> None:
    path = copied.settings.folder / book
    lock = path.with_name(f"~${path.name}")
    lock.touch()
    before = contents(copied.settings.folder)
    with pytest.raises(CycleError, match=path.name):
        copied.clear()
    assert contents(copied.settings.folder) == before
    lock.unlink()
    copied.clear()


def test_a_run_that_was_killed_can_be_run_again(copied: Cycle, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(copied.settings.folder)
    rename, moves = Path.rename, []

    def dies(self: Path, target: Path) -> Path:
        moves.append(self)
        if len(moves) == 3:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dies)
        with pytest.raises(KeyboardInterrupt):
            copied.clear()
    again = Cycle.load(copied.settings.folder, copied.context.language)
    done = again.clear()
    assert done.folder.name == "old-2018-05"
    kept = {name.removeprefix("old-2018-05/"): what for name, what in contents(copied.settings.folder).items()}
    assert kept | {"cycle.toml": ""} == before | {"cycle.toml": ""}


def test_a_corrected_period_goes_on_once_the_ledger_is_moved_away(copied: Cycle) -> None:
    copied.settings.ledger.unlink()
    copied.generate()
    assert copied.merge().returns
